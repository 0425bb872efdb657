//! “The rest: no”: the questions of a section that are in view and open are answered with “no” at once.
//!
//! Only what the adviser had in view is answered: the page sends the names of these facts, since a “no” that nobody
//! saw is none. What only an office can say, and what firms often do not know, stays open. The page carries the names
//! of what was answered like this, so that it is marked and can be undone. In go pairs and facts, out come answers.

use super::entered::{Entered, remove};
use crate::server::pages::fields::{self, Pairs, is_tick, sent, tickable};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{Fact, FactSet, Kind, Value};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::Lang;
use jiff::civil::Date;

/// Whether “no” may be filled in.
fn takes_no(fact: &Fact) -> bool {
    is_tick(fact) && !fact.decided_by_office
}

/// The “no” of a fact: none of the values of a list.
fn no(fact: &Fact) -> Option<Value> {
    match fact.kind {
        Kind::Bool => Some(Value::Bool(false)),
        Kind::EnumList => Some(Value::EnumList(Vec::new())),
        _ if !tickable(fact).is_empty() => fact.value_index("none").map(Value::Enum),
        _ => None,
    }
}

/// The facts that a field of the page names.
fn named(plan: &Plan, pairs: &[(String, String)], field: &str) -> FactSet {
    let names = sent(pairs, field).unwrap_or("").split_ascii_whitespace();
    names.filter_map(|name| plan.book.catalogue.find(name)).map(|fact| fact.id).collect()
}

/// Facts as a field of the page names them.
pub(super) fn names(plan: &Plan, facts: &FactSet) -> String {
    let names = facts.iter().map(|id| plan.book.catalogue.fact(id).name.as_str());
    names.collect::<Vec<_>>().join(" ")
}

/// The questions in view that “the rest: no” may answer.
pub(super) fn in_view(plan: &Plan, entered: &Entered, questions: &FactSet) -> FactSet {
    let facts = plan.book.catalogue.facts.iter();
    let open = facts.filter(|fact| {
        takes_no(fact)
            && questions.contains(fact.id)
            && !entered.progress.has(fact.id)
            && entered.error(fact.id).is_none()
    });
    open.map(|fact| fact.id).collect()
}

/// What was filled in before, and still is a “no”.
pub(super) fn filled(plan: &Plan, entered: &Entered) -> FactSet {
    let before = named(plan, &entered.pairs, "@filled");
    let is_no = |fact: &Fact| no(fact).as_ref() == Some(entered.progress.profile.value(fact.id));
    before.iter().filter(|id| is_no(plan.book.catalogue.fact(*id))).collect()
}

/// Answers the rest of a section with “no”, one question after the other: a “no” may settle what comes after it, which
/// then stays unanswered. Returns what was answered.
pub(super) fn fill(
    plan: &Plan,
    entered: &mut Entered,
    section: usize,
    today: Date,
    lang: Lang,
) -> FactSet {
    let shown = named(plan, &entered.pairs, "@shown");
    let mut filled = FactSet::default();
    for fact in plan.book.catalogue.facts.iter().filter(|fact| fact.group == section) {
        let questions = Answer::new(plan, &entered.progress.profile, today).questions(None);
        let questions = questions.iter().map(|question| question.fact).collect();
        let is_open = in_view(plan, entered, &questions).contains(fact.id);
        let Some(value) = no(fact).filter(|_| is_open && shown.contains(fact.id)) else {
            continue;
        };
        entered.progress.answer(plan, fact.id, value);
        remove(&mut entered.pairs, fact);
        entered.pairs.extend(fields::filled(plan, &entered.progress, &[fact], lang));
        filled.insert(fact.id);
    }
    filled
}

/// Takes back what was filled in in a section and still is a “no”.
pub(super) fn undo(plan: &Plan, pairs: &mut Pairs, section: usize) {
    let filled = filled(plan, &Entered::read(plan, pairs.clone()));
    for fact in filled.iter().map(|id| plan.book.catalogue.fact(id)) {
        if fact.group == section {
            remove(pairs, fact);
        }
    }
}
