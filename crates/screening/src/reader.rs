//! Files as a sequence of chunks of rows.
//!
//! Owns the boundary that every input format stands behind: a [`Reader`] says which columns a file has
//! and gives its rows in chunks, in order. A text format gives whole records as bytes, which a worker
//! takes apart; a format that must be taken apart in order gives [`Cells`]. It knows no fact.

use super::cells::Cells;
use super::encoding::{Choice, Evidence};
use super::error::ScreenError;
use super::parquet::{ParquetReader, WholeGroup};
use super::text::TextReader;
use super::xlsx::XlsxReader;
use arrow_array::RecordBatch;

/// Rows as a reader gives them.
#[derive(Clone, Debug)]
pub enum Body {
    /// Whole records of delimited text.
    Csv(Vec<u8>),
    /// Whole lines, a JSON object each.
    Ndjson(Vec<u8>),
    /// Cells that are taken apart already.
    Cells {
        /// The rows.
        cells: Cells<'static>,
        /// How many blank rows were passed over before or between them.
        blank: usize,
    },
    /// Columns of values with types.
    Batches(Vec<RecordBatch>),
    /// A row group that is copied.
    Group(WholeGroup),
}

/// An open input.
pub enum Reader {
    /// Delimited text, or a JSON object a line.
    Text(Box<TextReader>),
    /// A sheet of a workbook.
    Xlsx(Box<XlsxReader>),
    /// A Parquet file.
    Parquet(Box<ParquetReader>),
}

impl Reader {
    /// The names of the columns as the file gives them; of a file of JSON objects, the keys of its first
    /// rows.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Text(text) => text.columns(),
            Self::Xlsx(sheet) => sheet.columns(),
            Self::Parquet(table) => table.columns(),
        }
    }

    /// The next rows, or nothing after the last.
    ///
    /// # Errors
    /// The file cannot be read on, or is no file of its format.
    #[expect(clippy::should_implement_trait, reason = "an error ends it: no iterator")]
    pub fn next(&mut self) -> Result<Option<Body>, ScreenError> {
        match self {
            Self::Text(text) => text.next(),
            Self::Xlsx(sheet) => sheet.next(),
            Self::Parquet(table) => table.next(),
        }
    }

    /// How the file was read, in words for the person who runs the program; empty if nothing was
    /// chosen.
    #[must_use]
    pub fn told(&self) -> Vec<export_advisor_core::facts::LocalizedText> {
        match self {
            Self::Text(text) => text.told(),
            Self::Xlsx(sheet) => sheet.told(),
            Self::Parquet(_) => Vec::new(),
        }
    }

    /// What parts the cells, where the file is delimited text; else the comma.
    #[must_use]
    pub fn delimiter(&self) -> u8 {
        match self {
            Self::Text(text) => text.delimiter,
            Self::Xlsx(_) | Self::Parquet(_) => b',',
        }
    }

    /// How a text was decoded; other formats are UTF-8.
    #[must_use]
    pub fn choice(&self) -> Choice {
        match self {
            Self::Text(text) => text.choice,
            Self::Xlsx(_) | Self::Parquet(_) => {
                Choice { encoding: encoding_rs::UTF_8, evidence: Evidence::Valid, weak: false }
            }
        }
    }

    /// Takes back the memory of a chunk, to be used again.
    pub fn reuse(&mut self, memory: Vec<u8>) {
        if let Self::Text(text) = self {
            text.reuse(memory);
        }
    }

    /// How many rows there are, if the file says so.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        match self {
            Self::Text(_) | Self::Xlsx(_) => None,
            Self::Parquet(table) => Some(table.rows()),
        }
    }
}
