//! Screening of a list: a file of firms in, the same file with every support's status out.
//!
//! Owns files and threads. A [`Reader`](reader::Reader) gives rows in chunks, in order; a
//! [`Screener`](screener::Screener) takes a chunk apart, reads cells by fact, evaluates them as a block and brings
//! them into the form of the output; a [`Writer`](writer::Writer) puts them into a file that appears whole or not
//! at all. Every row that goes in comes out, in order, with its columns; a row that cannot be read comes out with
//! its faults in words. The same rows, rules and options give the same bytes.
//!
//! It decides nothing about firms: answers come from `evaluate`, meanings of cells from `facts`.
#![expect(clippy::disallowed_methods, reason = "an edge: reads and writes files")]

mod bit_counts;
pub mod cells;
pub mod columns;
pub mod csv;
pub mod encoding;
mod error;
mod format;
mod found;
pub mod header;
pub mod input;
mod lanes;
pub mod layout;
mod limits;
pub mod manifest;
mod map;
pub mod matches;
pub mod ndjson;
pub mod output;
pub mod parquet;
pub mod pipeline;
pub mod reader;
pub mod report;
mod run;
pub mod screener;
pub mod stream;
pub mod summary;
pub mod text;
pub mod verdicts;
pub mod words;
pub mod writer;
pub mod xlsx;

pub use error::{Cause, ScreenError};
pub use format::{FileType, Format, FormatError, Packing};
pub use header::{Columns, Mapped, Said};
pub use input::{From, Meter};
pub use limits::{Exceeded, Growth, Limit, Limits};
pub use map::read_map;
pub use output::{Mode, Place, Written};
pub use run::{Options, Report, Watch, screen};
pub use summary::{AskThese, Summary, SupportCounts};
