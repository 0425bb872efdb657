//! The order of supports: the rarer the conditions of one, the earlier.
//!
//! A support is as specific as the rarest of its conditions, counted over the reference population: a common need
//! beside it does not make it more so. Conditions that most firms meet say little about any of
//! them and count alike; what is left equal stands in the order of the documents.

use crate::evaluate::{Batch, Evaluator, TILE_ROWS};
use crate::plan::Plan;
use crate::rulebook::{RuleBook, SupportId};
use foldhash::HashSet;

/// How many firms of the reference population are asked: enough to tell rare supports from rarer
/// ones, and few enough not to be noticed at load.
const FIRMS: u32 = 2 * TILE_ROWS as u32;

/// Conditions that so many firms meet count alike.
const COMMON: u32 = FIRMS * 3 / 5;

/// The supports, the most specific first; equal ones, and all where the rules state no population,
/// in the order of the documents. A support that relates to one of another document stands behind that one.
pub(super) fn most_specific_first(plan: &Plan) -> Vec<SupportId> {
    with_related(&plan.book, by_rarest(plan))
}

fn with_related(book: &RuleBook, order: Vec<SupportId>) -> Vec<SupportId> {
    let (mut ordered, mut seen) = (Vec::with_capacity(order.len()), HashSet::default());
    // Supports that relate to each other in a circle begin with the first of them.
    let (roots, related): (Vec<SupportId>, Vec<SupportId>) =
        order.into_iter().partition(|id| book.supports.at(*id).relations.is_empty());
    for id in roots.into_iter().chain(related) {
        let mut waiting = vec![id];
        while let Some(next) = waiting.pop() {
            if seen.insert(next) {
                ordered.push(next);
                waiting.extend(book.supports.at(next).named_by.iter().rev());
            }
        }
    }
    ordered
}

fn by_rarest(plan: &Plan) -> Vec<SupportId> {
    if plan.book.population.draws.is_empty() {
        return plan.supports.indices().collect();
    }
    let mut batch = Batch::new(plan);
    for firm in plan.book.population.firms(&plan.book.catalogue, FIRMS as usize) {
        for (fact, value) in firm.iter() {
            batch.column(fact).push(value);
        }
    }
    let mut evaluator = Evaluator::new(plan);
    let outcome = evaluator.run(&batch);
    let rarest = |id: SupportId| -> u32 {
        let conditions = plan.criteria.at(id).iter();
        let firms = conditions.map(|node| {
            let meeting = outcome.holding(*node);
            meeting.iter().map(|word| word.count_ones()).sum::<u32>()
        });
        firms.fold(COMMON, u32::min)
    };
    let mut order: Vec<SupportId> = plan.supports.indices().collect();
    order.sort_by_cached_key(|id| (rarest(*id), *id));
    order
}
