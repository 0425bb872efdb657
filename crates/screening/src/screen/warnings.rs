//! What a person should check about the answers of a row.
//!
//! Owns the warnings that need more than one cell: a stated value that contradicts what follows from other answers,
//! and answers that do not go together. They are those of an assessment, in fewer words. Whatever concerns one cell is
//! warned of where the cell is read.

use super::findings::Findings;
use super::tally::Tally;
use export_advisor_core::assessment::{Warning, conflict_warning, contradiction};
use export_advisor_core::evaluate::{Batch, Outcome, PartialValue};
use export_advisor_core::facts::Value;
use export_advisor_core::plan::Plan;
use std::sync::Arc;

/// How many texts of contradictions of one fact the rows of a batch share: few values contradict each other.
const SHARED_TEXTS: usize = 32;

/// Adds the warnings about the rows of a batch.
pub(super) fn add(
    plan: &Plan,
    answers: &Batch,
    outcome: &Outcome<'_>,
    found: &mut Findings<'_>,
    tally: &mut Tally,
) {
    for nodes in &plan.derived {
        let Some(stated) = answers.columns().get(nodes.fact.index()) else { continue };
        let mut texts: Vec<(Value, PartialValue, Warning, Arc<str>)> = Vec::new();
        for row in rows(&outcome.contradictions(nodes)) {
            let (value, follows) = (stated.value(row), outcome.follows(nodes, row));
            let known = texts.iter().find(|known| known.0 == value && known.1 == follows);
            if let Some((_, _, warning, text)) = known {
                found.warning(tally, row, &warning.code, Arc::clone(text));
                continue;
            }
            let warning = contradiction(plan, nodes.fact, &value, &follows, &[]);
            let text = found.text_of(&warning);
            found.warning(tally, row, &warning.code, Arc::clone(&text));
            if texts.len() < SHARED_TEXTS {
                texts.push((value, follows, warning, text));
            }
        }
    }
    for (conflict, node) in plan.book.conflicts.iter().zip(&plan.conflicts) {
        let holding = outcome.holding(*node);
        let mut rows = rows(&holding).peekable();
        if rows.peek().is_some() {
            let warning = conflict_warning(conflict);
            let text = found.text_of(&warning);
            rows.for_each(|row| found.warning(tally, row, &warning.code, Arc::clone(&text)));
        }
    }
}

/// The rows whose bits are set, the first row the lowest bit of the first word.
fn rows(bits: &[u64]) -> impl Iterator<Item = usize> {
    bits.iter().enumerate().flat_map(|(word, bits)| {
        let mut rest = *bits;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(word * 64 + bit)
        })
    })
}
