//! The order of supports: the fewer firms of the reference population one fits, the earlier.

use crate::evaluate::Answer;
use crate::index::IndexVec;
use crate::plan::Plan;
use crate::rulebook::{Status, SupportId};
use jiff::civil::Date;

/// How many firms of the reference population are asked. Enough to tell rare supports from common
/// ones, and few enough not to be noticed at load.
const FIRMS: usize = 400;

/// The supports, the most specific first; equal ones, and all where the rules state no population,
/// in the order of the documents.
pub(super) fn most_specific_first(plan: &Plan) -> Vec<SupportId> {
    let mut fits = IndexVec::filled(0_u32, &plan.supports);
    for firm in plan.book.population.firms(&plan.book.catalogue, FIRMS) {
        // Statuses do not depend on the day.
        let answer = Answer::new(plan, &firm, Date::default());
        for id in plan.supports.indices() {
            *fits.at_mut(id) += u32::from(answer.status(id) == Status::Applies);
        }
    }
    let mut order: Vec<SupportId> = plan.supports.indices().collect();
    order.sort_by_key(|id| (*fits.at(*id), *id));
    order
}
