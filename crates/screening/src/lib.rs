//! Screening of a list: a file of firms in, the same file with every support's status out.
//!
//! [`screen()`] runs a job over a file, [`stream::stream`] over a stream. The modules are layers, lowest first:
//! `table` is what all formats share, `read` gives rows in chunks, `screen` evaluates a chunk and names the added
//! columns, `write` puts screened chunks into a file that appears as a whole, `job` is the order of events;
//! `changes` compares the rows with those of the last screening, `book_diff` what two rule books say of them. [`paste`] reads one row that a person pasted.
//! `parquet` is a feature, and `fast` is what exists only for speed. Every row that goes in comes out, in order,
//! with its columns; a cell that cannot be read costs its fact alone, and stands in the faults of its row. The same rows, rules and options give the
//! same bytes, on any number of threads.
//!
//! The crate owns files and threads. It decides nothing about firms: answers come from `evaluate`, meanings of
//! cells from `facts`.
#![expect(clippy::disallowed_methods, reason = "an edge: reads and writes files")]
#![cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "Parquet alone uses some items"))]

mod book_diff;
mod changes;
mod error;
mod fast;
mod interface;
mod job;
pub mod manifest;
mod messages;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "parquet_stub.rs"]
mod parquet;
pub mod paste;
mod read;
mod screen;
pub mod stream;
mod table;
#[cfg(test)]
mod test_plan;
mod write;

pub use book_diff::digest::{
    Bilingual, BookDigest, DigestCause, DigestCell, DigestCriterion, DigestRows, DigestSupport,
};
pub use book_diff::options::{BookComparisonOptions, DigestFormat};
pub use book_diff::report::{
    BookComparison, MoveCause, MoveCell, MovingCriterion, SupportChange, SupportMoves,
};
pub use changes::last::{ChangeOptions, LastScreening};
pub use changes::report::{
    CauseCounts, ChangeCause, ChangeCounts, ChangeReport, NotCompared, RowList,
};
pub use error::{Cause, ScreenError};
pub use interface::Interface;
pub use job::book_diff::compare_rule_books;
pub use job::options::{MatchOptions, Options, Progress, Report};
pub use job::{screen, screen_with_changes};
pub use read::input::Input;
pub use read::list_file::recognise;
pub use read::map_file::read_map;
pub use screen::matches::MatchesLayout;
pub use screen::questions::MissingColumn;
pub use screen::summary::Summary;
pub use screen::tally::RowCounts;
pub use table::format::{Compression, FileFormat, FileType, FormatError};
pub use table::header::{ColumnMapping, Columns};
pub use table::limits::{Limit, Limits};
pub use table::meter::Meter;
pub use write::target::Destination;
pub use write::temporary_file::Mode;
