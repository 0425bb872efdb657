//! Delimited text: where records end, and which cells they have.
//!
//! `boundaries` finds the ends of records in a stream, so that it can be cut into chunks; `records` reads the cells
//! of a chunk. `csv-core` defines the quoting: a quote counts only at the start of a cell, `""` inside is one
//! quote, and CR, LF and CRLF all end a record. Records without quotes are cut at the delimiter directly; a test
//! compares both ways.

pub(crate) mod boundaries;
pub(crate) mod records;
