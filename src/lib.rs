//! Tells a firm which supports of a trade policy document concern it, why, what is still missing,
//! what would change the answer, and where to go next.
//!
//! The middle of the library is pure: rule files and a profile go in, an answer comes out. The
//! edges (`api`, `web`, `cli`) do all input and output, behind features; without default features
//! only the middle is built.

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

#[cfg(feature = "server")]
pub mod api;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "portfolio")]
pub mod portfolio;
#[cfg(feature = "server")]
pub mod store;
#[cfg(feature = "server")]
pub mod web;
