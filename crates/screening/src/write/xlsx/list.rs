//! A list of texts as a workbook of one sheet.
//!
//! Owns a frozen header, a filter and column widths; every cell is text. Rows are written to temporary files as they
//! come. The same rows give the same bytes: no clock is read.

use super::writer::{LONGEST, WIDTH_ROWS, failed, save};
use crate::error::ScreenError;
use crate::error::workbook::{MAX_ROWS, WorkbookError};
use crate::write::list::ListHeader;
use crate::write::target::Target;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};
use unicode_width::UnicodeWidthStr as _;

/// A workbook that is being written.
pub(crate) struct XlsxList {
    book: Workbook,
    rows: u64,
    labels: Vec<String>,
    widths: Vec<usize>,
}

impl XlsxList {
    /// Begins a workbook.
    ///
    /// # Errors
    /// The library refuses the title.
    pub(crate) fn new(header: &ListHeader<'_>) -> Result<Self, WorkbookError> {
        let mut book = Workbook::new();
        let begin = |book: &mut Workbook| {
            let day = header.as_of;
            let made = ExcelDateTime::from_ymd(
                u16::try_from(day.year()).unwrap_or(1900),
                u8::try_from(day.month()).unwrap_or(1),
                u8::try_from(day.day()).unwrap_or(1),
            )?;
            let properties = DocProperties::new()
                .set_creation_datetime(&made)
                .set_author(crate::manifest::program());
            book.set_properties(&properties);
            let bold = Format::new().set_bold();
            let sheet = book.add_worksheet_with_constant_memory()?;
            sheet.set_name(header.title)?.set_freeze_panes(1, 0)?;
            for (column, label) in (0..).zip(header.labels) {
                sheet.write_string_with_format(0, column, *label, &bold)?;
            }
            Ok(())
        };
        begin(&mut book).map_err(|error| failed(&error))?;
        let widths = header.labels.iter().map(|label| label.width().clamp(6, 24)).collect();
        let labels = header.labels.iter().map(|label| (*label).to_owned()).collect();
        Ok(Self { book, rows: 0, labels, widths })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// The sheet is full, or a text is too long for a cell.
    pub(crate) fn write(&mut self, row: &[&str]) -> Result<(), WorkbookError> {
        if self.rows == MAX_ROWS {
            return Err(WorkbookError::TooManyRows);
        }
        self.rows += 1;
        let number = u32::try_from(self.rows).unwrap_or(u32::MAX);
        let sheet = self.book.worksheet_from_index(0).map_err(|error| failed(&error))?;
        for (column, text) in row.iter().enumerate() {
            if let Some(width) = self.widths.get_mut(column).filter(|_| self.rows <= WIDTH_ROWS) {
                *width = (*width).max(text.width().min(40));
            }
            if text.is_empty() {
                continue;
            }
            if text.len() > LONGEST && text.encode_utf16().count() > LONGEST {
                let column = self.labels.get(column).cloned().unwrap_or_default();
                return Err(WorkbookError::TooLong { row: self.rows, column });
            }
            let column = u16::try_from(column).unwrap_or(u16::MAX);
            sheet.write_string(number, column, *text).map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    /// Ends the workbook and writes it into a target.
    ///
    /// # Errors
    /// The target cannot be written.
    pub(crate) fn finish(mut self, target: &mut Target) -> Result<(), ScreenError> {
        let mut end = || {
            let sheet = self.book.worksheet_from_index(0)?;
            for (column, width) in (0..).zip(&self.widths) {
                let width = u32::try_from(*width).unwrap_or(0);
                sheet.set_column_width(column, f64::from(width) + 2.0)?;
            }
            let last = u16::try_from(self.labels.len().saturating_sub(1)).unwrap_or(u16::MAX);
            sheet.autofilter(0, 0, u32::try_from(self.rows).unwrap_or(u32::MAX), last)?;
            sheet.set_landscape().set_repeat_rows(0, 0)?;
            Ok(())
        };
        let ended = end().map_err(|error| failed(&error));
        let path = target.path().to_owned();
        ended.map_err(|fault| ScreenError::Workbook { path, fault })?;
        save(&mut self.book, target)
    }
}
