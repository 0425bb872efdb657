//! An input as a sequence of chunks of rows.
//!
//! Owns the boundary that every input format is behind. A [`Reader`] names the columns of a file and gives its rows
//! in chunks, in order. A text format gives whole records as bytes, which a screener parses; a sheet gives
//! [`Cells`], since it must be parsed in order; Parquet gives columns. A reader knows no fact.

use super::text::TextReader;
use super::xlsx::reader::XlsxReader;
use crate::error::ScreenError;
use crate::parquet::{ParquetChunk, ParquetReader};
use crate::table::cells::Cells;
use crate::table::encoding::{Choice, Evidence};
use crate::table::format::FileFormat;
use export_advisor_core::facts::LocalizedText;

/// Rows as a reader gives them.
pub(crate) enum Chunk {
    /// Whole records of delimited text.
    Csv(Vec<u8>),
    /// Whole lines, a JSON object each.
    Ndjson(Vec<u8>),
    /// Parsed cells.
    Cells(Cells<'static>),
    /// Columns of values with types.
    Parquet(ParquetChunk),
}

/// An open input.
pub(crate) enum Reader {
    /// Delimited text, or a JSON object a line.
    Text(Box<TextReader>),
    /// A sheet of a workbook.
    Xlsx(Box<XlsxReader>),
    /// A Parquet file.
    Parquet(Box<ParquetReader>),
}

impl Reader {
    /// The names of the columns as the file gives them; for NDJSON, the keys of its first rows.
    pub(crate) fn columns(&self) -> &[String] {
        match self {
            Self::Text(text) => text.columns(),
            Self::Xlsx(sheet) => sheet.columns(),
            Self::Parquet(table) => table.columns(),
        }
    }

    /// The next rows; `None` after the last.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub(crate) fn next(&mut self) -> Result<Option<Chunk>, ScreenError> {
        Ok(match self {
            Self::Text(text) if text.format == FileFormat::Ndjson => {
                text.next()?.map(Chunk::Ndjson)
            }
            Self::Text(text) => text.next()?.map(Chunk::Csv),
            Self::Xlsx(sheet) => sheet.next()?.map(Chunk::Cells),
            Self::Parquet(table) => table.next()?.map(Chunk::Parquet),
        })
    }

    /// How the file is read, for the user; empty if nothing was chosen.
    pub(crate) fn notes(&self) -> Vec<LocalizedText> {
        match self {
            Self::Text(text) => text.notes(),
            Self::Xlsx(sheet) => sheet.notes(),
            Self::Parquet(_) => Vec::new(),
        }
    }

    /// The delimiter of delimited text; of other formats the comma.
    pub(crate) fn delimiter(&self) -> u8 {
        match self {
            Self::Text(text) => text.delimiter,
            Self::Xlsx(_) | Self::Parquet(_) => b',',
        }
    }

    /// The encoding of a text; other formats are UTF-8.
    pub(crate) fn encoding(&self) -> Choice {
        match self {
            Self::Text(text) => text.choice,
            Self::Xlsx(_) | Self::Parquet(_) => {
                Choice { encoding: encoding_rs::UTF_8, evidence: Evidence::Valid, weak: false }
            }
        }
    }

    /// Takes the buffer of a screened chunk, to use it again.
    pub(crate) fn reuse(&mut self, buffer: Vec<u8>) {
        if let Self::Text(text) = self {
            text.reuse(buffer);
        }
    }

    /// The rows up to the first one of a firm, as spreadsheets count them; of formats without a header none.
    pub(crate) fn position(&self) -> usize {
        match self {
            Self::Text(text) => text.position(),
            Self::Xlsx(sheet) => sheet.position(),
            Self::Parquet(_) => 0,
        }
    }

    /// How many rows there are, if the file states it.
    pub(crate) fn rows(&self) -> Option<u64> {
        match self {
            Self::Text(_) | Self::Xlsx(_) => None,
            Self::Parquet(table) => Some(table.rows()),
        }
    }
}
