//! The program `export-advisor`: the command line and, with the feature `server`, the HTTP service.
//!
//! What an answer is, is decided by `export-advisor-core`; lists are screened by `export-advisor-screening`.

pub mod cli;
#[cfg(feature = "server")]
pub mod server;
