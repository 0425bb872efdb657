//! Rule scripts: Rhai run once with symbols instead of a firm, leaving plain data.
//!
//! The only module that names `rhai`. In go the rule files, out comes a [`RuleBook`] or every
//! fault of the rules, each with its location and a remedy. The same scripts can be run with a firm's
//! values instead of symbols: that slow path, [`Oracle`], is what property tests hold the compiled
//! plan to. Nothing here reads a file, a clock or the network, and scripts cannot either.

mod build;
mod cascading;
mod dates;
mod draft;
mod finish;
mod host;
mod known;
mod limits;
mod load;
mod offices;
mod operators;
mod oracle;
mod orphan_files;
mod overlay;
mod policies;
mod remedies;
mod scope;
mod symbols;

pub use load::{Loaded, load, load_within, too_slow};
pub use oracle::Oracle;

#[cfg(doc)]
use crate::rulebook::RuleBook;
