//! What the conditions of two rule books mean for all firms: no effect, proved, or the smallest firms that move.

use super::moves::{Cause, of_support};
use crate::diagram::compile::{Firms, Model};
use crate::diagram::search::Assignment;
use crate::diagram::{DiagramError, DiagramId, Diagrams, Terminal};
use crate::evaluate::Answer;
use crate::evaluate::SupportOutcome;
use crate::facts::{Fact, LocalizedText, Value};
use crate::plan::{NodeId, Plan};
use crate::rulebook::{Support, SupportId};
use crate::truth::Truth;
use crate::wording;
use jiff::civil::{Date, date};

/// The day on which examples are evaluated. A status does not depend on it.
const ANY_DAY: Date = date(2026, 1, 1);

const OLD: usize = 0;
const NEW: usize = 1;

/// What a change of conditions does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// No firm notices: proved for all firms, contradictory answers included.
    None,
    /// Some firms move: one example for each kind of move.
    Moves(Vec<MoveExample>),
    /// The conditions are too large to be compared.
    TooLarge,
}

/// A smallest firm that makes one kind of move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveExample {
    /// What it was: an outcome of a support, or a truth value of another condition.
    pub before: String,
    /// What it is.
    pub after: String,
    /// The firm as the new book reads it, as JSON.
    pub firm: String,
    /// The firm as the old book reads it, if that is written another way.
    pub old_firm: Option<String>,
    /// What the firm answered, in words: each fact with its value.
    pub answers: Vec<(LocalizedText, LocalizedText)>,
    /// The facts of these that the old book does not have.
    pub unknown_before: Vec<LocalizedText>,
    /// Whether answers contradict each other in every firm that makes this move.
    pub is_contradictory: bool,
    /// The criteria that moved it; none of other conditions than supports.
    pub causes: Vec<CriterionMove>,
}

/// A criterion that moved a support.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriterionMove {
    /// Its id.
    pub id: String,
    /// Its label.
    pub label: LocalizedText,
    /// Its truth under the old book; none if it is new.
    pub before: Option<Truth>,
    /// Its truth under the new book; none if it was removed.
    pub after: Option<Truth>,
}

/// Compares conditions of an old plan and a new one.
pub(super) struct Comparison<'p, 'i> {
    old: &'p Plan,
    new: &'p Plan,
    model: Model<'p, 'i>,
}

/// Why a comparison of conditions ends early.
#[derive(Debug)]
pub(super) enum Stop {
    Diagram(DiagramError),
    /// The engine does not say of this firm what the diagrams say.
    Disagreement(String),
}

impl From<DiagramError> for Stop {
    fn from(error: DiagramError) -> Self {
        Self::Diagram(error)
    }
}

impl<'p, 'i> Comparison<'p, 'i> {
    pub(super) fn new(old: &'p Plan, new: &'p Plan, model: Model<'p, 'i>) -> Self {
        Self { old, new, model }
    }

    /// Makes way for the diagrams of the next item.
    pub(super) fn reclaim(&mut self) {
        self.model.reclaim();
    }

    /// What the change of a support's criteria does.
    pub(super) fn support(&mut self, old: SupportId, new: SupportId) -> Result<Effect, Stop> {
        let was = self.model.outcome(OLD, old)?;
        let is = self.model.outcome(NEW, new)?;
        let outcomes = SupportOutcome::ALL.map(|outcome| (Terminal::from(outcome), outcome));
        let agree = |of_old: &Answer<'_>,
                     of_new: &Answer<'_>,
                     before: SupportOutcome,
                     after: SupportOutcome| {
            SupportOutcome::of(of_old, old) == before && SupportOutcome::of(of_new, new) == after
        };
        self.effect((was, is), &outcomes, agree, Some((old, new)))
    }

    /// What the change of another condition does, such as that of a warning. One that a book does not have never holds.
    pub(super) fn condition(
        &mut self,
        old: Option<NodeId>,
        new: Option<NodeId>,
    ) -> Result<Effect, Stop> {
        let mut diagram = |book: usize, node: Option<NodeId>| match node {
            Some(node) => self.model.node(Firms::Any, book, node),
            None => Ok(Diagrams::terminal(Truth::False.into())),
        };
        let (was, is) = (diagram(OLD, old)?, diagram(NEW, new)?);
        let truths = Truth::ALL.map(|truth| (Terminal::of(truth), truth));
        let truth = |answer: &Answer<'_>, node: Option<NodeId>| {
            node.map_or(Truth::False, |node| answer.truth(node))
        };
        let agree = |of_old: &Answer<'_>, of_new: &Answer<'_>, before: Truth, after: Truth| {
            truth(of_old, old) == before && truth(of_new, new) == after
        };
        self.effect((was, is), &truths, agree, None)
    }

    fn effect<V: Copy + PartialEq + std::fmt::Display>(
        &mut self,
        (was, is): (DiagramId, DiagramId),
        values: &[(Terminal, V)],
        agree: impl Fn(&Answer<'_>, &Answer<'_>, V, V) -> bool,
        supports: Option<(SupportId, SupportId)>,
    ) -> Result<Effect, Stop> {
        if was == is {
            return Ok(Effect::None);
        }
        let mut examples = Vec::new();
        for (of_old, before) in values {
            for (of_new, after) in values.iter().filter(|(_, after)| after != before) {
                let conditions = [(was, *of_old), (is, *of_new)];
                let consistent = self.model.smallest(Firms::Consistent, &conditions)?;
                let is_contradictory = consistent.is_none();
                let found = match consistent {
                    Some(found) => Some(found),
                    None => self.model.smallest(Firms::Any, &conditions)?,
                };
                let Some(found) = found else { continue };
                let example = self.example(&found, is_contradictory, supports);
                let example =
                    example.checked(self, &found, |old, new| agree(old, new, *before, *after))?;
                examples.push(MoveExample {
                    before: before.to_string(),
                    after: after.to_string(),
                    ..example
                });
            }
        }
        Ok(if examples.is_empty() { Effect::None } else { Effect::Moves(examples) })
    }

    fn example(
        &self,
        found: &Assignment,
        is_contradictory: bool,
        supports: Option<(SupportId, SupportId)>,
    ) -> MoveExample {
        let (of_old, of_new) = (self.model.profile(OLD, found), self.model.profile(NEW, found));
        let old_firm = of_old.to_json(&self.old.book.catalogue);
        let firm = of_new.to_json(&self.new.book.catalogue);
        let old_answer = Answer::new(self.old, &of_old, ANY_DAY);
        let new_answer = Answer::new(self.new, &of_new, ANY_DAY);
        let causes = supports.and_then(|(old, new)| {
            let (was, is) = (self.old.book.supports.at(old), self.new.book.supports.at(new));
            let found = of_support(Some((&old_answer, old, was)), Some((&new_answer, new, is)))?;
            Some(found.causes.iter().map(|cause| criterion_move(cause, was, is)).collect())
        });
        let book = &self.new.book;
        let answered = of_new.iter().filter(|(_, value)| **value != Value::NotAnswered);
        let answered: Vec<(&Fact, &Value)> =
            answered.map(|(fact, value)| (book.catalogue.fact(fact), value)).collect();
        let unknown_before =
            answered.iter().filter(|(fact, _)| self.old.book.catalogue.find(&fact.name).is_none());
        MoveExample {
            before: String::new(),
            after: String::new(),
            unknown_before: unknown_before.map(|(fact, _)| fact.label.clone()).collect(),
            answers: answered
                .iter()
                .map(|(fact, given)| {
                    let value = wording::value(&book.catalogue, fact, &book.reference, given);
                    (fact.label.clone(), value)
                })
                .collect(),
            old_firm: Some(old_firm).filter(|old| *old != firm),
            firm,
            is_contradictory,
            causes: causes.unwrap_or_default(),
        }
    }
}

impl MoveExample {
    /// The example, if the ordinary engine agrees.
    fn checked(
        self,
        comparison: &Comparison<'_, '_>,
        found: &Assignment,
        agree: impl Fn(&Answer<'_>, &Answer<'_>) -> bool,
    ) -> Result<Self, Stop> {
        let of_old = comparison.model.profile(OLD, found);
        let of_new = comparison.model.profile(NEW, found);
        let old = Answer::new(comparison.old, &of_old, ANY_DAY);
        let new = Answer::new(comparison.new, &of_new, ANY_DAY);
        if agree(&old, &new) { Ok(self) } else { Err(Stop::Disagreement(self.firm)) }
    }
}

fn criterion_move(cause: &Cause<'_>, old: &Support, new: &Support) -> CriterionMove {
    let mut all = new.criteria.iter().chain(&old.criteria);
    let criterion = all.find(|criterion| criterion.id == cause.criterion);
    CriterionMove {
        id: cause.criterion.to_owned(),
        label: criterion.map(|criterion| criterion.label.clone()).unwrap_or_default(),
        before: cause.before,
        after: cause.after,
    }
}
