//! The sections of the adviser's page, with what can still change a status in view.
//!
//! A fact is idle if it has no answer and no answer to it could change the status of any support; the page shows it on
//! demand. A section is open while it has a question, folded once it has answers alone, and idle if all its facts are.
//! A derived fact has a field if it has a rank, was given, or is a question. In go answers, out come views.

use super::entered::Entered;
use super::rest;
use crate::server::pages::fields::{self, FieldView};
use export_advisor_core::facts::{Fact, FactSet, Group};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::{self, Lang};

/// Facts under one heading.
pub(super) struct SectionView {
    /// The id of the group.
    pub(super) id: String,
    pub(super) label: String,
    pub(super) entries: Vec<EntryView>,
    /// Whether nothing of it has an answer or could change anything.
    pub(super) is_idle: bool,
    pub(super) is_open: bool,
    /// How many questions are left, or were answered.
    pub(super) state: String,
    /// Whether “the rest: no” has something to answer.
    pub(super) has_rest: bool,
    /// How many questions it answered; empty if none.
    pub(super) filled: String,
}

/// A field with what the page knows of it.
pub(super) struct EntryView {
    pub(super) field: FieldView,
    /// Whether an answer could change a status.
    pub(super) is_open: bool,
    pub(super) is_idle: bool,
    /// Whether “the rest: no” answered it.
    pub(super) is_filled: bool,
}

/// The sections in the order of the catalogue; those without a field are left out.
pub(super) fn sections(
    plan: &Plan,
    entered: &Entered,
    questions: &FactSet,
    filled: &FactSet,
    lang: Lang,
) -> Vec<SectionView> {
    let in_view = rest::in_view(plan, entered, questions);
    let has_field = |fact: &&Fact| {
        !plan.is_derived(fact.id)
            || fact.rank.is_some()
            || entered.error(fact.id).is_some()
            || questions.contains(fact.id)
            || entered.progress.has(fact.id)
    };
    let section = |(index, group): (usize, &Group)| {
        let facts = plan.book.catalogue.facts.iter().filter(|fact| fact.group == index);
        let facts: Vec<&Fact> = facts.filter(has_field).collect();
        let entry = |fact: &&Fact| {
            let error = entered.error(fact.id);
            let is_open = questions.contains(fact.id);
            EntryView {
                field: fields::view(plan, &entered.progress, fact, &entered.pairs, error, lang),
                is_open,
                is_idle: !is_open && !entered.progress.has(fact.id) && error.is_none(),
                is_filled: filled.contains(fact.id),
            }
        };
        let entries: Vec<EntryView> = facts.iter().map(entry).collect();
        let count = |is: &dyn Fn(&Fact) -> bool| facts.iter().filter(|fact| is(fact)).count();
        let left = count(&|fact| questions.contains(fact.id));
        let answered = count(&|fact| entered.progress.has(fact.id));
        let wrong = count(&|fact| entered.error(fact.id).is_some());
        let by_rest = count(&|fact| filled.contains(fact.id));
        let is_idle = entries.iter().all(|entry| entry.is_idle);
        let filled = match by_rest {
            0 => String::new(),
            count => lang.of(&wording::filled_with_no(count)).to_owned(),
        };
        SectionView {
            id: group.id.clone(),
            label: lang.of(&group.label).to_owned(),
            is_idle,
            // What is shown on demand is shown whole.
            is_open: left > 0 || wrong > 0 || is_idle,
            state: lang.of(&wording::section_state(left, answered)).to_owned(),
            has_rest: facts.iter().any(|fact| in_view.contains(fact.id)),
            filled,
            entries,
        }
    };
    let groups = plan.book.catalogue.groups.iter().enumerate();
    groups.map(section).filter(|section| !section.entries.is_empty()).collect()
}
