//! The result, as pages show it: the supports in groups, what was answered, what was inferred.
//!
//! In go an answer and the progress of a form, out come views for the result page, the printed sheet
//! and the text to copy. It decides nothing but how much is shown at once: where nothing concerns a firm,
//! a few supports to ask about, and the others folded.

mod exporting;
mod filter;
mod overview;
mod support;

pub(super) use exporting::ExportingView;
pub(super) use filter::{Filter, FilterView};
pub(super) use overview::TilesView;
pub(super) use support::{AskView, SupportView};

use super::interview::{self, Tally};
use super::offices::{self, ErrandView, LaterView};
use super::page::Page;
use super::progress::Progress;
use export_advisor_core::assessment::{
    Advisor, explanation, grouped, known_derived, partial_value_text, warnings,
};
use export_advisor_core::evaluate::{Answer, Counts, Group};
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::rulebook::SupportId;
use export_advisor_core::wording::{self, Lang};
use support::Renderer;

pub(super) use support::{amount, capital};

/// The groups as pages show them: after the errands what is left to do, then what the errands are for.
const ORDER: [Group; 6] = [
    Group::Undetermined,
    Group::AskAnyway,
    Group::Now,
    Group::Indirect,
    Group::DoesNotApply,
    Group::Ended,
];

/// The whole result.
pub(super) struct ResultView {
    pub(super) summary: String,
    /// Whether no support concerns the firm or could.
    pub(super) nothing: bool,
    pub(super) tiles: Vec<TilesView>,
    pub(super) filter: FilterView,
    /// What would concern the firm if it exported goods.
    pub(super) exporting: Option<ExportingView>,
    pub(super) errands: Vec<ErrandView>,
    pub(super) later: Vec<LaterView>,
    pub(super) progress: String,
    pub(super) tally: Tally,
    pub(super) ended: String,
    /// How many questions were skipped.
    pub(super) skipped: String,
    pub(super) warnings: Vec<String>,
    pub(super) groups: Vec<GroupView>,
    /// Supports of documents that do not hold where the firm is, in one line; empty if there are none.
    pub(super) out_of_area: String,
    pub(super) recap: Vec<RecapView>,
    pub(super) inferred: Vec<RecapView>,
    pub(super) closing: String,
    pub(super) as_of: String,
    pub(super) version: String,
    pub(super) policies: Vec<String>,
}

/// Supports under one heading.
pub(super) struct GroupView {
    pub(super) group: Group,
    /// The name of the group.
    pub(super) id: &'static str,
    pub(super) heading: String,
    /// Those that were selected.
    pub(super) supports: Vec<SupportView>,
    /// Those that the filter leaves out.
    pub(super) others: Vec<SupportView>,
    pub(super) others_heading: String,
}

/// A question with the supports that wait for it first.
pub(super) struct OpenView<'a> {
    /// Nothing, if they wait for no answer of the firm.
    pub(super) ask: Option<&'a AskView>,
    /// Whether it was asked before, and the firm does not know.
    pub(super) unknown: bool,
    pub(super) supports: Vec<&'a SupportView>,
}

/// How many supports of a group are shown with more than a line.
const WHOLE_CARDS: usize = 6;

impl GroupView {
    /// How many there are, with those that the filter leaves out.
    pub(super) fn all(&self) -> usize {
        self.supports.len() + self.others.len()
    }

    /// Whether it is folded at first.
    pub(super) fn folded(&self) -> bool {
        self.group >= Group::DoesNotApply || self.group == Group::Indirect
    }

    /// Whether a support takes one line until it is unfolded: after the first ones, which are the most specific. With
    /// several documents a result would otherwise be longer than anybody reads.
    pub(super) fn brief(&self, place: &usize) -> bool {
        *place >= WHOLE_CARDS
    }

    /// The supports by the question that they wait for: the one that settles most first, and what the firm has to find
    /// out itself after what it can answer here.
    pub(super) fn by_question(&self) -> Vec<OpenView<'_>> {
        let mut open: Vec<OpenView<'_>> = Vec::new();
        for support in &self.supports {
            let (asked, unknown) = (support.questions.first(), support.unknown.first());
            let ask = asked.or(unknown);
            let same =
                |one: &&mut OpenView<'_>| one.ask.map(|ask| &ask.fact) == ask.map(|ask| &ask.fact);
            match open.iter_mut().find(same) {
                Some(one) => one.supports.push(support),
                None => {
                    open.push(OpenView { ask, unknown: asked.is_none(), supports: vec![support] })
                }
            }
        }
        open.sort_by_key(|one| (one.ask.is_none(), one.unknown, usize::MAX - one.supports.len()));
        open
    }

    /// Whether it stands on the sheet and in the text to copy.
    pub(super) fn printed(&self) -> bool {
        self.group < Group::DoesNotApply
    }
}

/// An answer, or what was inferred, with the page on which it is changed.
pub(super) struct RecapView {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) source: String,
    /// Why it has this value, as far as the rules say it.
    pub(super) why: String,
    pub(super) page: String,
}

/// Puts an answer into views.
pub(super) fn view(
    advisor: &Advisor,
    answer: &Answer<'_>,
    progress: &Progress,
    lang: Lang,
) -> ResultView {
    filtered(advisor, answer, progress, Filter::default(), lang)
}

/// The same with what a filter leaves out set apart.
pub(super) fn filtered(
    advisor: &Advisor,
    answer: &Answer<'_>,
    progress: &Progress,
    filter: Filter,
    lang: Lang,
) -> ResultView {
    let book = advisor.book();
    let of = |texts: &LocalizedText| lang.of(texts).to_owned();
    let renderer =
        Renderer { advisor, answer, progress, lang, questions: interview::questions(answer, None) };
    let Counts { applies, undetermined, .. } = answer.counts();
    let nothing = applies == 0 && undetermined == 0;
    let grouped = grouped(advisor, answer);
    let group = |wanted: Group| {
        let members = grouped.iter().filter(|(group, _)| *group == wanted).map(|(_, id)| *id);
        let render = |id: SupportId| renderer.support(id.index(), book.supports.at(id));
        let (selected, others): (Vec<SupportId>, Vec<SupportId>) =
            members.partition(|id| filter.has(book.supports.at(*id)));
        let of_group = selected.clone();
        let render_selected =
            |id: SupportId| SupportView { related: renderer.related(id, &of_group), ..render(id) };
        GroupView {
            group: wanted,
            id: wanted.as_str(),
            heading: of(&wording::heading(wanted)),
            supports: selected.into_iter().map(render_selected).collect(),
            others_heading: of(&wording::filtered_out(others.len())),
            others: others.into_iter().map(render).collect(),
        }
    };
    let groups = ORDER.into_iter().map(group).filter(|group| group.all() > 0);
    let tally = interview::tally(answer, progress);
    let elsewhere = grouped.iter().filter(|(group, _)| *group == Group::OutOfArea);
    let elsewhere: Vec<SupportId> = elsewhere.map(|(_, id)| *id).collect();
    ResultView {
        summary: of(&wording::summary(answer)),
        nothing,
        tiles: overview::tiles(advisor, answer, &grouped, lang),
        filter: filter.view(book, &grouped, lang),
        exporting: exporting::view(advisor, answer, lang),
        errands: offices::errand_list(advisor, answer, lang),
        later: offices::later(answer, lang),
        progress: of(&wording::progress(tally.decided, tally.questions, tally.skipped, None)),
        tally,
        ended: of(&wording::no_question(answer)),
        skipped: of(&wording::skipped()),
        warnings: notes(answer, progress, lang),
        groups: groups.collect(),
        out_of_area: match elsewhere.as_slice() {
            [] => String::new(),
            supports => of(&wording::out_of_area(book, supports)),
        },
        recap: renderer.recap(),
        inferred: inferred(answer, lang),
        closing: of(&wording::closing_line(book)),
        as_of: answer.as_of.to_string(),
        version: book.version.clone(),
        policies: policies(answer, lang),
    }
}

/// One support alone.
pub(super) struct OneView {
    pub(super) support: SupportView,
    /// What was answered.
    pub(super) recap: Vec<RecapView>,
}

/// Puts one support of an answer into a view.
pub(super) fn one(
    advisor: &Advisor,
    answer: &Answer<'_>,
    progress: &Progress,
    id: SupportId,
    lang: Lang,
) -> OneView {
    let questions = interview::questions(answer, None);
    let renderer = Renderer { advisor, answer, progress, lang, questions };
    let support = renderer.support(id.index(), advisor.book().supports.at(id));
    OneView { support, recap: renderer.recap() }
}

/// The documents that hold where the firm is, or could, by number and title.
pub(super) fn policies(answer: &Answer<'_>, lang: Lang) -> Vec<String> {
    let here = offices::held_here(answer);
    here.map(|p| format!("{} {}", p.number, lang.of(&p.title)).trim_start().to_owned()).collect()
}

/// What a person should check.
pub(super) fn notes(answer: &Answer<'_>, progress: &Progress, lang: Lang) -> Vec<String> {
    let messages = warnings(answer).into_iter().map(|w| lang.of(&w.message).to_owned());
    messages.chain(ambiguous_ranges(answer, progress, lang)).collect()
}

/// The ranges that say too little since another answer changed.
pub(super) fn ambiguous_ranges(
    answer: &Answer<'_>,
    progress: &Progress,
    lang: Lang,
) -> Vec<String> {
    let catalogue = &answer.plan.book.catalogue;
    let texts =
        progress.ambiguous.iter().map(|id| wording::range_too_wide(&catalogue.fact(id).label));
    texts.map(|text| lang.of(&text).to_owned()).collect()
}

/// What follows from the answers, and from which list or rule.
pub(super) fn inferred(answer: &Answer<'_>, lang: Lang) -> Vec<RecapView> {
    let book = &answer.plan.book;
    known_derived(answer)
        .filter(|(nodes, _)| !answer.is_stated(nodes.fact))
        .map(|(nodes, stage)| {
            let fact = book.catalogue.fact(nodes.fact);
            let from: Vec<&str> = (answer.follows_from(nodes).iter())
                .map(|id| lang.of(&book.catalogue.fact(id).label))
                .collect();
            let source = book.derivations.get(nodes.derivation).map_or("", |d| d.source.as_str());
            let from = from.join(if lang == Lang::Zh { "、" } else { ", " });
            RecapView {
                label: capital(lang.of(&fact.label)),
                value: lang.of(&partial_value_text(answer.plan, fact, &stage)).to_owned(),
                source: wording::inferred_from(lang, &from, source),
                why: explanation(answer, nodes)
                    .map_or(String::new(), |why| lang.of(&why).to_owned()),
                page: Page::Fact(fact.id).to_text(&book.catalogue),
            }
        })
        .collect()
}
