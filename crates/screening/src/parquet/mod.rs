//! Parquet files: columns of values with types.
//!
//! `read` gives a file as batches of columns, `values` says what a value is as text, `facts` reads columns as
//! answers, `write` writes them back with the columns that screening adds, of which `statuses` encodes most. From
//! Parquet to Parquet columns stay columns, and workers encode their own row groups: `groups` copies what passes
//! through byte for byte, and only where a row group is too large for that, or there are very many, it is encoded
//! anew. A type that cannot be an answer is refused by the name of its column, before any row. `pages` looks at all
//! sizes before anything is unpacked, and `guard` makes an error of a panic of the library.

mod facts;
mod groups;
mod guard;
mod pages;
mod read;
mod statuses;
mod values;
mod write;

pub use facts::Memory;
pub use groups::WholeGroup;
pub(super) use guard::guarded;
pub use read::ParquetReader;
pub use values::{cells, has_text};
pub use write::{Encoded, ParquetForm, ParquetWriter, RowGroup};

/// Why a Parquet file cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// No Parquet file, or a damaged one.
    #[error("this is no Parquet file, or it is damaged or not complete: {0}")]
    Reading(String),
    /// What the writer says.
    #[error("the Parquet file cannot be written: {0}")]
    Writing(String),
    /// A file without columns.
    #[error("the file has no columns")]
    NoColumns,
}

impl TableError {
    /// What is wrong, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Reading(why) => format!("这不是 Parquet 文件，或者文件已损坏、不完整：{why}"),
            Self::Writing(why) => format!("Parquet 文件写不出来：{why}"),
            Self::NoColumns => "文件里没有列。".to_owned(),
        }
    }

    pub(super) fn reading(error: impl std::fmt::Display) -> Self {
        Self::Reading(error.to_string())
    }

    pub(super) fn writing(error: impl std::fmt::Display) -> Self {
        Self::Writing(error.to_string())
    }
}
