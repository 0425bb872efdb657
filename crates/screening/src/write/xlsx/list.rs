//! A list of texts as a workbook of one sheet.
//!
//! Owns its one format, that of the header; every cell is text. The same rows give the same bytes: no clock is read.

use super::package::Base;
use super::rows::{RowSheet, Style};
use super::writer::{copy, heads};
use crate::error::ScreenError;
use crate::error::workbook::WorkbookError;
use crate::write::list::ListHeader;
use crate::write::target::Target;
use jiff::civil::Date;

/// A workbook that is being written.
pub(crate) struct XlsxList {
    sheet: RowSheet,
    title: String,
    as_of: Date,
    rulebook: String,
}

impl XlsxList {
    /// Begins a workbook.
    ///
    /// # Errors
    /// There are more columns than a sheet has, or no temporary file can be written.
    pub(crate) fn new(header: &ListHeader<'_>) -> Result<Self, WorkbookError> {
        let styles = Base::new(header.title, &heads()).styles()?;
        let head = styles.first().copied().unwrap_or_default();
        let labels: Vec<_> = header.labels.iter().map(|label| (*label, head)).collect();
        let (title, rulebook) = (header.title.to_owned(), header.rulebook.to_owned());
        Ok(Self { sheet: RowSheet::new(&labels)?, title, as_of: header.as_of, rulebook })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// The sheet is full, or a text is too long for a cell.
    pub(crate) fn write(&mut self, row: &[&str]) -> Result<(), WorkbookError> {
        self.sheet.begin_row()?;
        for text in row {
            self.sheet.text(text, Style::default())?;
        }
        self.sheet.end_row()
    }

    /// Ends the workbook and writes it into a target.
    ///
    /// # Errors
    /// The target cannot be written.
    pub(crate) fn finish(self, target: &mut Target) -> Result<(), ScreenError> {
        let (title, as_of, rulebook) = (self.title, self.as_of, self.rulebook);
        let assembled = self.sheet.finish().and_then(|written| {
            Base::new(&title, &heads()).assemble(written, as_of, &rulebook, |_| Ok(()))
        });
        let path = target.path().to_owned();
        let file =
            assembled.map_err(|fault| ScreenError::Workbook { path: path.clone(), fault })?;
        copy(file, target, &path)
    }
}
