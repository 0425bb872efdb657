//! The order of supports: the fewer firms of the reference population one fits, the earlier.

use crate::evaluate::{Batch, Evaluator, TILE_ROWS};
use crate::plan::Plan;
use crate::rulebook::SupportId;

/// How many firms of the reference population are asked: enough to tell rare supports from rarer
/// ones, and few enough not to be noticed at load.
const FIRMS: usize = 2 * TILE_ROWS;

/// The supports, the most specific first; equal ones, and all where the rules state no population,
/// in the order of the documents.
pub(super) fn most_specific_first(plan: &Plan) -> Vec<SupportId> {
    if plan.book.population.draws.is_empty() {
        return plan.supports.indices().collect();
    }
    let mut batch = Batch::new(plan);
    for firm in plan.book.population.firms(&plan.book.catalogue, FIRMS) {
        for (fact, value) in firm.iter() {
            batch.column(fact).push(value);
        }
    }
    let mut evaluator = Evaluator::new(plan);
    let outcome = evaluator.run(&batch);
    let fits = |id: SupportId| -> u32 {
        let (applies, _) = outcome.status_bitmaps(id);
        applies.iter().map(|word| word.count_ones()).sum()
    };
    let mut order: Vec<SupportId> = plan.supports.indices().collect();
    order.sort_by_cached_key(|id| (fits(*id), *id));
    order
}
