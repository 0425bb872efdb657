//! What a change of the rules means for the firm of a page: the supports that differ, why, and their sentences.
//!
//! In go the answers for a firm under two rule books, or a form that was written under another rule book than the one in
//! use; out come views for the page. If the old rule book is not kept, there are none. The core decides what moved a
//! support.

use super::progress::Progress;
use super::sentences;
use crate::server::app::App;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::diff::{self, Move, SupportOutcome};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::rulebook::{RuleBook, Support, SupportId, WindowState};
use export_advisor_core::wording::{self, Lang};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The differences between two rule books for a firm.
pub(super) struct ChangesView {
    /// How many there are, in a sentence.
    pub(super) line: String,
    pub(super) changes: Vec<ChangeView>,
}

/// A support that differs.
pub(super) struct ChangeView {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) then: String,
    pub(super) now: String,
    /// The criteria that moved it, in one line; empty if none did.
    pub(super) causes: String,
    /// Its sentences: where each stands, how it is named, its words.
    pub(super) sentences: Vec<(String, String, String)>,
}

/// What is shown of a support: its window unless that is open, else its outcome.
#[derive(Clone, Copy, PartialEq)]
enum Shown {
    Window(WindowState),
    Outcome(SupportOutcome),
}

impl Shown {
    fn of(answer: &Answer<'_>, id: SupportId) -> Self {
        match answer.plan.book.supports.at(id).window.state(answer.as_of).0 {
            WindowState::Open => Self::Outcome(SupportOutcome::of(answer, id)),
            closed => Self::Window(closed),
        }
    }

    /// In words; what excludes the firm only where the `other` does not apply either.
    fn text(this: Option<Self>, other: Option<Self>) -> LocalizedText {
        match (this, other) {
            (None, _) => wording::no_such_support(),
            (Some(Self::Window(window)), _) => wording::window(window),
            (
                Some(Self::Outcome(SupportOutcome::DoesNotApply(by))),
                Some(Self::Outcome(SupportOutcome::DoesNotApply(_))),
            ) => wording::does_not_apply(by),
            (Some(Self::Outcome(outcome)), _) => wording::status(outcome.status()),
        }
    }
}

/// The supports that differ between two answers for a firm, in the order of the old rule book, and new ones after them.
pub(super) fn changes(before: &Answer<'_>, after: &Answer<'_>, lang: Lang) -> Vec<ChangeView> {
    let (old, new) = (&before.plan.book, &after.plan.book);
    let moves = diff::moves(before, after);
    let moves: BTreeMap<&str, &Move<'_>> = moves.iter().map(|one| (one.support, one)).collect();
    let (old_ids, new_ids) = (ids(old), ids(new));
    let added = new.supports.iter().filter(|support| !old_ids.contains_key(support.id.as_str()));
    let view = |support: &Support| {
        let id = support.id.as_str();
        let was = old_ids.get(id).map(|id| Shown::of(before, *id));
        let is = new_ids.get(id).map(|id| Shown::of(after, *id));
        if was == is {
            return None;
        }
        let is_window = |shown| matches!(shown, Some(Shown::Window(_)));
        let moved = moves.get(id).copied().filter(|_| !is_window(was) && !is_window(is));
        let described = moved.and_then(|moved| Some((moved, moved.describe(old, new)?)));
        let between = if lang == Lang::Zh { "；" } else { "; " };
        let text = |shown, other| lang.of(&Shown::text(shown, other)).to_owned();
        Some(ChangeView {
            id: support.id.clone(),
            title: lang.of(&support.title).to_owned(),
            then: text(was, is),
            now: text(is, was),
            causes: described.as_ref().map_or(String::new(), |(moved, described)| {
                let labels = described.criteria.iter().map(|criterion| &criterion.label);
                causes(moved, labels, lang).join(between)
            }),
            sentences: described.map_or(Vec::new(), |(_, described)| {
                let policy = described.policy;
                let sentences = described.sentences.into_iter().map(|(id, text)| {
                    let address = sentences::address(new, policy, id, lang);
                    (address, sentences::label(policy, id, lang), text.to_owned())
                });
                sentences.collect()
            }),
        })
    };
    old.supports.iter().chain(added).filter_map(view).collect()
}

fn ids(book: &RuleBook) -> BTreeMap<&str, SupportId> {
    book.supports.iter_enumerated().map(|(id, support)| (support.id.as_str(), id)).collect()
}

fn causes<'l>(
    moved: &Move<'_>,
    labels: impl Iterator<Item = &'l LocalizedText>,
    lang: Lang,
) -> Vec<String> {
    let texts = moved.causes.iter().zip(labels).map(|(cause, label)| {
        lang.of(&wording::changed_criterion(label, cause.before, cause.after)).to_owned()
    });
    texts.collect()
}

/// The differences between the rule book under which the state of a form was written and the one in use; nothing if they
/// are the same, or if the former is not kept.
pub(super) async fn since_written(
    app: &App,
    advisor: &Advisor,
    progress: &Progress,
    today: Date,
    lang: Lang,
) -> Option<ChangesView> {
    let former = progress.former.as_ref()?;
    let old = app.rules.version(Some(&former.version)).await.ok()?;
    let (plan, old) = (&advisor.plan, &old.plan);
    let read = progress.under_former(plan, old)?;
    let mut changes =
        changes(&Answer::new(old, &read.profile, today), &progress.evaluate(plan, today), lang);
    if let Some(about) = progress.about {
        changes.retain(|change| change.id == plan.book.supports.at(about).id);
    }
    let line = lang.of(&wording::changed_for_firm(changes.len())).to_owned();
    Some(ChangesView { line, changes })
}
