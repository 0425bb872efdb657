//! Files as a sequence of chunks of rows.
//!
//! Owns the boundary that every input format stands behind: a [`Reader`] says which columns a file has
//! and gives its rows in chunks, in order. A text format gives whole records as bytes, which a worker
//! takes apart; a format that must be taken apart in order gives [`Cells`]. It knows no fact.

use super::cells::Cells;
use super::error::ScreenError;
use super::text::TextReader;

/// Rows as a reader gives them.
#[derive(Clone, Debug)]
pub enum Body {
    /// Whole records of delimited text.
    Csv(Vec<u8>),
    /// Whole lines, a JSON object each.
    Ndjson(Vec<u8>),
    /// Cells that are taken apart already.
    Cells(Cells),
}

/// An open input.
pub enum Reader {
    /// Delimited text, or a JSON object a line.
    Text(TextReader),
}

impl Reader {
    /// The names of the columns as the file gives them; of a file of JSON objects, the keys of its first
    /// rows.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Text(text) => text.columns(),
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
        }
    }

    /// How the file was read, in words for the person who runs the program; empty if nothing was
    /// chosen.
    #[must_use]
    pub fn told(&self) -> Vec<crate::facts::Texts> {
        match self {
            Self::Text(text) => text.told(),
        }
    }
}
