//! Firms in which something is put back as it was, evaluated many at once.
//!
//! Owns one batch and one evaluator for each rule book. A variant of a firm states the new facts, except those that are
//! put back; it is evaluated by the rule book that is not put back. So the answer to “what if this alone were as it was”
//! is the answer that the plan gives, and nothing is concluded from how conditions look.

use super::comparison::ListComparison;
use super::shared_facts::Book;
use export_advisor_core::evaluate::{Batch, Evaluator, Outcome};
use export_advisor_core::facts::{FactId, FactSet, Value};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::SupportId;

/// What a firm states in the catalogue of one rule book.
pub(super) type Stated = Vec<(FactId, Value)>;

/// The firms that are evaluated by one rule book.
#[derive(Debug)]
pub(super) struct Variants<'a> {
    evaluator: Evaluator<'a>,
    batch: Batch,
    rows: usize,
}

impl<'a> Variants<'a> {
    /// None yet, for the supports of a comparison.
    pub(super) fn new(comparison: &ListComparison<'a>, book: Book) -> Self {
        let plan: &'a Plan = match book {
            Book::Now => comparison.plan,
            Book::Before => comparison.plan_before,
        };
        let supports = comparison.supports.iter().filter_map(|support| support.in_book(book));
        let supports: Vec<SupportId> = supports.map(SupportId::from).collect();
        Self { evaluator: Evaluator::only(plan, &supports), batch: Batch::new(plan), rows: 0 }
    }

    /// Removes all firms.
    pub(super) fn clear(&mut self) {
        self.batch.clear();
        self.rows = 0;
    }

    /// Adds a firm that states some values, and others instead of them; returns its row.
    pub(super) fn push(&mut self, stated: &Stated, instead: &[(FactId, &Value)]) -> usize {
        let row = self.rows;
        let replaced: FactSet = instead.iter().map(|(fact, _)| *fact).collect();
        let kept = stated.iter().filter(|(fact, _)| !replaced.contains(*fact));
        let kept = kept.map(|(fact, value)| (*fact, value));
        for (fact, value) in kept.chain(instead.iter().copied()) {
            if *value == Value::NotAnswered {
                continue;
            }
            let column = self.batch.column(fact);
            while column.len() < row {
                column.push_not_answered();
            }
            column.push(value);
        }
        self.rows += 1;
        row
    }

    /// Evaluates all firms.
    pub(super) fn evaluate(&mut self) -> Outcome<'_> {
        self.batch.set_rows(self.rows);
        self.evaluator.run(&self.batch)
    }
}
