//! Rows to files, in order.
//!
//! Owns the boundary that every output format stands behind. Workers bring each chunk into the form
//! that the format wants, an [`Output`]: text formats as finished bytes, which the [`Writer`] only
//! passes on, others as cells and verdicts, which it writes itself, in order. The file appears under its
//! name only when everything is on the disk, after [`Writer::complete`].

use super::cells::Cells;
use super::error::ScreenError;
use super::layout::Layout;
use super::output::{Complete, Target};
use super::verdicts::Verdicts;

/// A screened chunk in the form that a writer takes.
#[derive(Clone, Debug)]
pub enum Output {
    /// Finished text.
    Text(Vec<u8>),
    /// Cells with what was found out of them.
    Table(Box<Screened>),
}

/// Rows with what was found out of them.
#[derive(Clone, Debug)]
pub struct Screened {
    /// The rows.
    pub cells: Cells,
    /// What was found out.
    pub verdicts: Verdicts,
}

/// An open output.
pub enum Writer {
    /// Text.
    Text(Target),
}

impl Writer {
    /// Writes the head: the names of the input's columns and those that are added.
    ///
    /// # Errors
    /// The target cannot be written.
    pub fn begin(
        &mut self,
        head: &[u8],
        _columns: &[String],
        _layout: &Layout,
    ) -> Result<(), ScreenError> {
        match self {
            Self::Text(target) => target.write(head),
        }
    }

    /// Writes a chunk; chunks come in order.
    ///
    /// # Errors
    /// The target cannot be written.
    pub fn write(&mut self, output: &Output) -> Result<(), ScreenError> {
        match (self, output) {
            (Self::Text(target), Output::Text(text)) => target.write(text),
            // Workers make what the writer takes: see `Screener::output`.
            (Self::Text(_), Output::Table(_)) => Ok(()),
        }
    }

    /// Ends the file and brings it to the disk; [`Complete::keep`] then gives it its name.
    ///
    /// # Errors
    /// The target cannot be written.
    pub fn complete(self) -> Result<Complete, ScreenError> {
        match self {
            Self::Text(target) => target.complete(),
        }
    }
}
