//! Answers: the plan applied to what firms said.
//!
//! In go a [`Plan`](crate::plan::Plan) and a profile, out comes a truth for every node, and from
//! these what is missing, what would change the answer, why, and what to ask next. Nothing here
//! writes text, and nothing is computed for a firm that could be computed at load.

mod batch;
mod cases;
mod explain;
mod group;
mod missing;
mod one;
mod outcome;
mod questions;

pub use batch::{Batch, Column, Evaluator, Outcome, Statuses, TILE_ROWS, short};
pub use cases::{CaseFailure, run_case};
pub use explain::{Change, Reason};
pub use group::Group;
pub use one::{Answer, Counts, PartialValue};
pub use outcome::SupportOutcome;
pub use questions::Question;
