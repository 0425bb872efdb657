//! What a person should check about the answers of a row.
//!
//! Owns the warnings that need more than one cell: a stated value that contradicts what follows from other answers,
//! and answers that do not go together. They are those of an assessment, in fewer words. Whatever concerns one cell is
//! warned of where the cell is read.

use super::findings::Findings;
use super::tally::Tally;
use export_advisor_core::assessment::{conflict_warning, contradiction};
use export_advisor_core::evaluate::{Batch, Outcome};
use export_advisor_core::plan::Plan;

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
        for row in rows(&outcome.contradictions(nodes)) {
            let follows = outcome.follows(nodes, row);
            let warning = contradiction(plan, nodes.fact, &stated.value(row), &follows, &[]);
            found.warning(tally, row, &warning);
        }
    }
    for (conflict, node) in plan.book.conflicts.iter().zip(&plan.conflicts) {
        for row in rows(&outcome.holding(*node)) {
            found.warning(tally, row, &conflict_warning(conflict));
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
