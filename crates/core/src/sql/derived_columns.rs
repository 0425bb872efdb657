//! The columns of derived facts: their names and their order.
//!
//! It knows no value: [`derived`](super::derived) finds those.

use crate::facts::FactId;
use crate::plan::Plan;
use crate::rulebook::DerivedAs;

/// A column of the result.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) fact: FactId,
    /// The index among the plan's derived facts.
    pub(super) index: usize,
    /// Whether it is only an upper bound of the fact.
    pub(super) bound: bool,
}

/// The columns of derived facts, in the order of the catalogue.
pub(super) fn columns(plan: &Plan) -> Vec<Column> {
    let mut indices: Vec<usize> = (0..plan.derived.len()).collect();
    indices.sort_by_key(|index| plan.derived.get(*index).map(|nodes| nodes.fact));
    let mut columns = Vec::new();
    for index in indices {
        let Some(nodes) = plan.derived.get(index) else { continue };
        let rule = &plan.book.derivations.at(nodes.derivation).rule;
        let name = plan.book.catalogue.fact(nodes.fact).name.clone();
        if matches!(rule, DerivedAs::IncludesValue(_) | DerivedAs::IncludesCode(_)) {
            continue;
        }
        let bound = matches!(rule, DerivedAs::AtMost(_)).then(|| format!("{name}_at_most"));
        let fact = nodes.fact;
        columns.push(Column { name, fact, index, bound: false });
        columns.extend(bound.map(|name| Column { name, fact, index, bound: true }));
    }
    columns
}
