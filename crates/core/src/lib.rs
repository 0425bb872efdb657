//! Tells a firm which supports of a trade policy document concern it, why, what is still missing,
//! what would change the answer, and where to go next.
//!
//! The crate is pure: rule files and a profile go in, an answer comes out. It reads no clock, file, network
//! or environment, and starts no thread.

pub mod assessment;
pub mod condition;
pub mod diagnostic;
pub mod evaluate;
pub mod facts;
pub mod files;
pub mod interrupt;
pub mod plan;
pub mod policy;
pub mod rulebook;
pub mod script;
pub mod sql;
pub mod truth;
pub mod wording;
