//! The order of the guided form: which page comes next, and when it ends.
//!
//! First the pages that ask several facts together, as the catalogue declares them, each only while
//! it can still change something; then one question a page, as the engine chooses; then the result.
//! In go an answer and how far the firm has come, out comes a page. It words nothing.

use super::progress::Progress;
use export_advisor_core::evaluate::{Answer, Counts, Question};
use export_advisor_core::facts::{Catalogue, Fact, FactId, Together, Value};

/// A page of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// Several facts together.
    Several(Together),
    /// One fact.
    Fact(FactId),
    /// The result.
    Result,
}

/// The pages with several facts, in order, and how a page says which it is.
const SEVERAL: [(Together, &str); 4] = [
    (Together::Basics, "@basics"),
    (Together::Size, "@size"),
    (Together::Activities, "@activities"),
    (Together::Needs, "@needs"),
];

impl Page {
    /// How a page says which it is.
    pub(super) fn to_text(self, catalogue: &Catalogue) -> String {
        match self {
            Self::Several(wanted) => {
                let found = SEVERAL.iter().find(|(together, _)| *together == wanted);
                found.map_or("", |(_, text)| text).to_owned()
            }
            Self::Fact(id) => catalogue.fact(id).name.clone(),
            Self::Result => "@result".to_owned(),
        }
    }

    /// The page that a text names.
    pub(super) fn from_text(catalogue: &Catalogue, text: &str) -> Option<Self> {
        if text == "@result" {
            return Some(Self::Result);
        }
        let several = SEVERAL.iter().find(|(_, name)| *name == text);
        let several = several.map(|(together, _)| Self::Several(*together));
        several.or_else(|| catalogue.find(text).map(|fact| Self::Fact(fact.id)))
    }

    /// The page on which a fact is changed.
    pub(super) fn of(fact: &Fact) -> Self {
        match fact.together {
            Some(together @ (Together::Basics | Together::Size)) => Self::Several(together),
            _ => Self::Fact(fact.id),
        }
    }

    /// Whether a fact may be answered on the page.
    pub(super) fn asks(self, fact: &Fact) -> bool {
        match self {
            Self::Several(together) => fact.together == Some(together),
            Self::Fact(id) => id == fact.id,
            Self::Result => false,
        }
    }
}

/// What is decided and what may still change, as one line tells it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tally {
    /// Supports in their window of which it is known whether they apply.
    pub(super) decided: usize,
    /// Questions that may still change something, those that were skipped left out.
    pub(super) questions: usize,
    /// Skipped questions that might have.
    pub(super) skipped: usize,
}

/// Counts for the running line.
pub(super) fn tally(answer: &Answer<'_>, progress: &Progress) -> Tally {
    let Counts { applies, does_not_apply, .. } = answer.counts();
    let questions = answer.questions(progress.last);
    let all = questions.len();
    let skipped = questions.iter().filter(|q| progress.skipped.contains(q.fact)).count();
    Tally { decided: applies + does_not_apply, questions: all - skipped, skipped }
}

/// The facts of a page with several, as far as they belong on it for this firm.
pub(super) fn members<'a>(
    answer: &Answer<'a>,
    questions: &[Question],
    wanted: Together,
) -> Vec<&'a Fact> {
    let facts = answer.plan.book.catalogue.facts.iter();
    let all = facts.filter(|fact| fact.together == Some(wanted));
    let asked = |fact: &&Fact| {
        questions.iter().any(|q| q.fact == fact.id)
            || *answer.profile.value(fact.id) != Value::NotAnswered
    };
    match wanted {
        // A list of what firms do is only short if it is whole.
        Together::Basics | Together::Activities => all.collect(),
        Together::Size | Together::Needs => all.filter(asked).collect(),
    }
}

/// The page to show next.
pub(super) fn next(answer: &Answer<'_>, progress: &Progress) -> Page {
    let catalogue = &answer.plan.book.catalogue;
    let questions = answer.questions(progress.last);
    for (together, _) in SEVERAL {
        if progress.seen.contains(&Page::Several(together)) {
            continue;
        }
        let waiting = questions.iter().filter(|q| {
            catalogue.fact(q.fact).together == Some(together)
                && *answer.profile.value(q.fact) == Value::NotAnswered
        });
        let needed = if together == Together::Needs { 2 } else { 1 };
        if waiting.count() >= needed {
            return Page::Several(together);
        }
    }
    let next = questions.iter().find(|question| !progress.skipped.contains(question.fact));
    next.map_or(Page::Result, |question| Page::Fact(question.fact))
}
