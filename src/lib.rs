//! The program `export-advisor`: the command line and, with the feature `server`, the HTTP service.
//!
//! What an answer is, is decided by `export-advisor-core`; lists are screened by `export-advisor-screening`.
#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the program is no library for others: its documentation is built with private items"
)]

pub mod cli;
#[cfg(feature = "server")]
pub mod server;
