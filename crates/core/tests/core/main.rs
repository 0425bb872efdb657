//! One binary: the rules, their evaluation and what is printed of it, without the program.
#![allow(missing_docs, unreachable_pub, reason = "tests")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod analysis;
mod batches;
mod broken;
mod diagnostics;
mod edits;
mod exclusion;
mod faults;
mod firms;
mod forms;
mod levels;
mod loading;
mod numbers;
mod personas;
mod profile;
mod properties;
mod search_tables;
mod several;
mod sizes;
mod spellings;
mod sql;
mod support;
