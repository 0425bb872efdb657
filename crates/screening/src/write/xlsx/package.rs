//! The parts of a workbook around its sheet of rows.
//!
//! The library writes everything but the rows: the sheets that explain, the formats, the table of contents. Its own
//! sheets of rows would share texts without a limit, or none at all. So its first sheet is a placeholder with one cell
//! for each format, which states the index of the format; [`Base::assemble`] puts the written rows and their texts in its
//! stead. The same rows give the same bytes: no clock is read.

use super::rows::{PART, Style, WrittenRows, failed};
use crate::error::workbook::WorkbookError;
use jiff::civil::Date;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};
use std::fs::File;
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The part with the shared texts.
const STRINGS: &str = "xl/sharedStrings.xml";

/// A workbook whose first sheet is a placeholder for rows with some formats.
pub(super) struct Base<'f> {
    title: &'f str,
    formats: &'f [Format],
}

impl<'f> Base<'f> {
    /// A workbook with a sheet of rows of this title, whose cells have these formats.
    pub(super) fn new(title: &'f str, formats: &'f [Format]) -> Self {
        Self { title, formats }
    }

    /// The workbook, with the filter and the printed header of so many rows and columns.
    fn workbook(&self, rows: u64, columns: usize) -> Result<Workbook, XlsxError> {
        let mut book = Workbook::new();
        // Its formats get their indices as they are written, before those of any other sheet.
        let sheet = book.add_worksheet_with_low_memory()?;
        sheet.set_name(self.title)?;
        for (column, format) in (0..).zip(self.formats) {
            sheet.write_string_with_format(0, column, "x", format)?;
        }
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let last = u16::try_from(columns.saturating_sub(1)).unwrap_or(u16::MAX);
        sheet.autofilter(0, 0, rows, last)?;
        sheet.set_repeat_rows(0, 0)?;
        Ok(book)
    }

    /// The styles of the formats, in their order.
    ///
    /// # Errors
    /// The library fails.
    pub(super) fn styles(&self) -> Result<Vec<Style>, WorkbookError> {
        let mut book = self.workbook(0, 1).map_err(failed)?;
        let bytes = book.save_to_buffer().map_err(failed)?;
        let styles = styles(&mut ZipArchive::new(Cursor::new(bytes)).map_err(failed)?)?;
        if styles.len() == self.formats.len() {
            Ok(styles)
        } else {
            Err(failed("a format has no index"))
        }
    }

    /// Puts a workbook of written rows together; `explain` adds further sheets. The result is an archive that is
    /// complete, at its beginning or end.
    ///
    /// # Errors
    /// The library fails, or a temporary file cannot be written.
    pub(super) fn assemble(
        &self,
        written: WrittenRows,
        as_of: Date,
        version: &str,
        explain: impl FnOnce(&mut Workbook) -> Result<(), XlsxError>,
    ) -> Result<File, WorkbookError> {
        let expected = self.styles()?;
        let mut book = self.workbook(written.rows, written.columns).map_err(failed)?;
        explain(&mut book).map_err(failed)?;
        book.set_properties(&properties(as_of, version).map_err(failed)?);
        let bytes = book.save_to_buffer().map_err(failed)?;
        let mut parts = ZipArchive::new(Cursor::new(bytes)).map_err(failed)?;
        if styles(&mut parts)? != expected {
            return Err(failed("the index of a format has changed"));
        }
        let mut rows = ZipArchive::new(written.archive).map_err(failed)?;
        let mut archive = ZipWriter::new(tempfile::tempfile().map_err(failed)?);
        for index in 0..parts.len() {
            let part = parts.by_index_raw(index).map_err(failed)?;
            let name = part.name().map_err(failed)?.into_owned();
            match name.as_str() {
                PART => {
                    let rows = rows.by_index_raw(0).map_err(failed)?;
                    archive.raw_copy_file(rows).map_err(failed)?;
                }
                STRINGS => {
                    let options = SimpleFileOptions::default()
                        .compression_method(CompressionMethod::Deflated);
                    archive.start_file(STRINGS, options).map_err(failed)?;
                    archive.write_all(written.strings.part().as_bytes()).map_err(failed)?;
                }
                _ => archive.raw_copy_file(part).map_err(failed)?,
            }
        }
        archive.finish().map_err(failed)
    }
}

/// The indices of the formats in the placeholder.
fn styles(parts: &mut ZipArchive<Cursor<Vec<u8>>>) -> Result<Vec<Style>, WorkbookError> {
    let mut xml = String::new();
    parts.by_name(PART).map_err(failed)?.read_to_string(&mut xml).map_err(failed)?;
    let cells = xml.split("<c ").skip(1).map(|cell| {
        let index = cell.split_once(" s=\"").and_then(|(_, rest)| rest.split('"').next());
        index.and_then(|index| index.parse().ok()).map(Style)
    });
    cells.collect::<Option<_>>().ok_or_else(|| failed("a format has no index"))
}

fn properties(as_of: Date, version: &str) -> Result<DocProperties, XlsxError> {
    let made = ExcelDateTime::from_ymd(
        u16::try_from(as_of.year()).unwrap_or(1900),
        u8::try_from(as_of.month()).unwrap_or(1),
        u8::try_from(as_of.day()).unwrap_or(1),
    )?;
    Ok(DocProperties::new()
        .set_creation_datetime(&made)
        .set_author(crate::manifest::program())
        .set_comment(format!("{version} {as_of}")))
}
