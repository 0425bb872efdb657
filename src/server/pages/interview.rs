//! The order of the guided form: which page comes next, and when it ends.
//!
//! First the pages that ask several facts together, as the catalogue declares them, each only while
//! it can still change something; then one question a page, as the engine chooses; then the result. What a person
//! passed over is not asked again, nor what hangs on it; what only an office can say is never asked.
//! In go an answer and the state of the form, out comes a page. It words nothing.

use super::fields::is_tick;
use super::page::{Page, SEVERAL};
use super::progress::Progress;
use export_advisor_core::evaluate::{Answer, Counts, Question};
use export_advisor_core::facts::{Fact, FactId, Format, Kind, Together, Value};
use export_advisor_core::plan::Plan;
use jiff::civil::Date;

/// What is decided and what may still change, for one line.
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
    let questions = questions(answer, progress.last);
    let (asked, skipped): (Vec<&Question>, Vec<&Question>) =
        questions.iter().partition(|question| is_asked(answer, progress, question));
    Tally { decided: applies + does_not_apply, questions: asked.len(), skipped: skipped.len() }
}

/// The questions that a firm itself can answer, the best first.
pub(super) fn questions(answer: &Answer<'_>, last: Option<FactId>) -> Vec<Question> {
    let catalogue = &answer.plan.book.catalogue;
    let is_limited = is_limited(answer);
    let mut questions = answer.questions(last);
    questions.retain(|question| is_asked_for(catalogue.fact(question.fact), is_limited));
    questions
}

/// Whether an answer is about some supports only.
fn is_limited(answer: &Answer<'_>) -> bool {
    answer.supports().count() < answer.plan.supports.len()
}

/// Whether the form asks for a fact: not what only an office can say, and where it is about some supports only not for
/// the credit code, in place of which the firm's location does.
pub(super) fn is_asked_for(fact: &Fact, is_limited: bool) -> bool {
    let is_credit_code = matches!(fact.kind, Kind::Code { format: Format::Uscc, .. });
    !(fact.decided_by_office || is_limited && is_credit_code)
}

/// Whether a question is asked unprompted: it was not passed over, and its page is still to come or there is a support
/// that nothing passed over leaves open.
fn is_asked(answer: &Answer<'_>, progress: &Progress, question: &Question) -> bool {
    if progress.skipped.contains(question.fact) {
        return false;
    }
    let together = answer.plan.book.catalogue.fact(question.fact).together;
    let is_to_come = together.is_some_and(|page| !progress.seen.contains(&Page::Several(page)));
    let is_left_open = |support| answer.missing_for(support).intersects(&progress.skipped);
    is_to_come || question.supports.iter().any(|support| !is_left_open(*support))
}

/// The facts of a page: those of its checklist, and those with a field of their own.
#[derive(Default)]
pub(super) struct PageFacts<'a> {
    pub(super) listed: Vec<&'a Fact>,
    pub(super) asked: Vec<&'a Fact>,
}

impl PageFacts<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.asked.is_empty()
    }
}

/// The facts of a page for a firm.
pub(super) fn page_facts<'a>(
    plan: &'a Plan,
    today: Date,
    page: Page,
    progress: &Progress,
) -> PageFacts<'a> {
    let fact = |id: FactId| plan.book.catalogue.fact(id);
    match page {
        Page::Several(together) => {
            let answer = progress.evaluate(plan, today);
            let all = members(&answer, &questions(&answer, None), together);
            let has_list = matches!(together, Together::Activities | Together::Needs);
            let facts = all.into_iter().map(|member| fact(member.id));
            let (listed, mut asked): (Vec<&Fact>, Vec<&Fact>) =
                facts.partition(|fact| has_list && is_tick(fact));
            // What little hangs on stands last, such as the credit code.
            asked.sort_by_key(|fact| fact.rank.unwrap_or(u32::MAX));
            PageFacts { listed, asked }
        }
        Page::Fact(id) => PageFacts { asked: vec![fact(id)], ..PageFacts::default() },
        Page::Result => PageFacts::default(),
    }
}

/// The facts of a page with several, as far as they belong on it for this firm.
fn members<'a>(answer: &Answer<'a>, questions: &[Question], wanted: Together) -> Vec<&'a Fact> {
    let facts = answer.plan.book.catalogue.facts.iter();
    let all = facts.filter(|fact| fact.together == Some(wanted));
    let asked = |fact: &&Fact| {
        questions.iter().any(|q| q.fact == fact.id)
            || *answer.profile.value(fact.id) != Value::NotAnswered
    };
    match wanted {
        // A list of what firms do is only short if it is complete.
        Together::Basics | Together::Activities if !is_limited(answer) => all.collect(),
        _ => all.filter(asked).collect(),
    }
}

/// The page to show next.
pub(super) fn next(answer: &Answer<'_>, progress: &Progress) -> Page {
    let catalogue = &answer.plan.book.catalogue;
    let questions = questions(answer, progress.last);
    for (together, _) in SEVERAL {
        if progress.seen.contains(&Page::Several(together)) {
            continue;
        }
        let waiting = questions.iter().filter(|q| {
            catalogue.fact(q.fact).together == Some(together)
                && *answer.profile.value(q.fact) == Value::NotAnswered
                && !progress.skipped.contains(q.fact)
        });
        let least = match together {
            Together::Needs => 2,
            Together::Activities if progress.about.is_some() => 2,
            _ => 1,
        };
        if waiting.count() >= least {
            return Page::Several(together);
        }
    }
    let next = questions.iter().find(|question| is_asked(answer, progress, question));
    next.map_or(Page::Result, |question| Page::Fact(question.fact))
}
