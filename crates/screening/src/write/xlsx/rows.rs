//! A sheet of rows, as its XML.
//!
//! Owns the cells of a sheet with a header that is frozen and has a filter: their positions, types and styles, and the
//! widths of the columns, by the first rows. Rows are compressed into a temporary file as they come, so memory does not
//! grow with them. Text stays text, also where it looks like a number or a formula. It refuses what a sheet cannot
//! hold, and knows neither firms nor the other parts of the workbook.

use super::strings::{SharedStrings, write_text};
use crate::error::workbook::{LONGEST_TEXT, MAX_COLUMNS, MAX_ROWS, WorkbookError};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use unicode_width::UnicodeWidthStr as _;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// How many rows determine the width of a column.
const WIDTH_ROWS: u64 = 500;
/// How many bytes of rows determine it at most.
const WIDTH_BYTES: usize = 4 << 20;
/// How many bytes of rows are compressed at once.
const PIECE: usize = 1 << 18;
/// The least and the most characters of a column's width, and the most that its header asks for.
const WIDTHS: [usize; 3] = [6, 40, 24];

/// How a cell is shown: the index of a format in the workbook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style(pub(super) u32);

/// A sheet that is being written.
pub(super) struct RowSheet {
    /// The compressed XML, as the one part of an archive.
    archive: ZipWriter<File>,
    strings: SharedStrings,
    /// What is not compressed yet.
    xml: String,
    /// Whether the widths have been written.
    has_widths: bool,
    widths: Vec<usize>,
    /// The names of the columns.
    names: Vec<String>,
    /// Their letters.
    letters: Vec<String>,
    rows: u64,
    /// The number of the current row, as text.
    number: String,
    column: usize,
    /// Whether the last cell is blank.
    is_blank: bool,
}

/// A sheet that is complete.
pub(super) struct WrittenRows {
    /// An archive with the sheet as its one part.
    pub(super) archive: File,
    /// The texts that its cells refer to.
    pub(super) strings: SharedStrings,
    /// How many rows are under the header.
    pub(super) rows: u64,
    /// How many columns there are.
    pub(super) columns: usize,
}

/// The name of the part in the archive.
pub(super) const PART: &str = "xl/worksheets/sheet1.xml";

pub(super) fn failed(error: impl std::fmt::Display) -> WorkbookError {
    WorkbookError::Writing(error.to_string())
}

impl RowSheet {
    /// Begins a sheet with its header: names with their styles.
    ///
    /// # Errors
    /// There are more columns than a sheet has, or no temporary file can be written.
    pub(super) fn new(header: &[(&str, Style)]) -> Result<Self, WorkbookError> {
        if header.len() > MAX_COLUMNS {
            return Err(WorkbookError::TooManyColumns(header.len()));
        }
        let mut archive = ZipWriter::new(tempfile::tempfile().map_err(failed)?);
        // Its size is not known yet; the copy in the workbook has the form that its size needs.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(true);
        archive.start_file(PART, options).map_err(failed)?;
        let [least, _, most] = WIDTHS;
        let mut sheet = Self {
            archive,
            strings: SharedStrings::default(),
            xml: String::new(),
            has_widths: false,
            widths: header.iter().map(|(name, _)| name.width().clamp(least, most)).collect(),
            names: header.iter().map(|(name, _)| (*name).to_owned()).collect(),
            letters: (0..header.len()).map(letters).collect(),
            rows: 0,
            number: String::new(),
            column: 0,
            is_blank: false,
        };
        sheet.start_row(1);
        for (name, style) in header {
            sheet.string(name, *style)?;
        }
        sheet.xml.push_str("</row>");
        Ok(sheet)
    }

    /// Begins the next row under the header.
    ///
    /// # Errors
    /// The sheet is full.
    pub(super) fn begin_row(&mut self) -> Result<(), WorkbookError> {
        if self.rows == MAX_ROWS {
            return Err(WorkbookError::TooManyRows(None));
        }
        self.rows += 1;
        self.start_row(self.rows + 1);
        Ok(())
    }

    fn start_row(&mut self, number: u64) {
        self.number.clear();
        let _ = write!(self.number, "{number}");
        let _ = write!(self.xml, "<row r=\"{number}\">");
        self.column = 0;
    }

    /// Ends the current row.
    ///
    /// # Errors
    /// The temporary file cannot be written.
    pub(super) fn end_row(&mut self) -> Result<(), WorkbookError> {
        // Some readers take the last cell of a row for its end.
        if let Some(last) = self.letters.last().filter(|_| self.is_blank) {
            let _ = write!(self.xml, "<c r=\"{last}{}\"/>", self.number);
        }
        self.xml.push_str("</row>");
        let is_full = if self.has_widths {
            self.xml.len() >= PIECE
        } else {
            self.rows >= WIDTH_ROWS || self.xml.len() >= WIDTH_BYTES
        };
        if is_full { self.compress() } else { Ok(()) }
    }

    /// Writes a cell of text; a blank one is left out.
    ///
    /// # Errors
    /// The text is longer than a cell holds.
    pub(super) fn text(&mut self, text: &str, style: Style) -> Result<(), WorkbookError> {
        self.widen(|| text.width());
        self.string(text, style)
    }

    fn string(&mut self, text: &str, style: Style) -> Result<(), WorkbookError> {
        self.is_blank = text.is_empty();
        if self.is_blank {
            self.column += 1;
            return Ok(());
        }
        // Characters are counted in UTF-16, of which a byte of UTF-8 is at most one.
        if text.len() > LONGEST_TEXT {
            let characters = text.encode_utf16().count();
            if characters > LONGEST_TEXT {
                let column = self.names.get(self.column).cloned().unwrap_or_default();
                return Err(WorkbookError::TooLong { row: self.rows, column, characters });
            }
        }
        let shared = self.strings.refer(self.column, text);
        self.start_cell(style);
        match shared {
            Some(index) => {
                let _ = write!(self.xml, " t=\"s\"><v>{index}</v></c>");
            }
            None => {
                self.xml.push_str(" t=\"inlineStr\"><is>");
                write_text(text, &mut self.xml);
                self.xml.push_str("</is></c>");
            }
        }
        Ok(())
    }

    /// Writes a boolean.
    pub(super) fn bool(&mut self, yes: bool) {
        self.widen(|| 5);
        self.start_cell(Style::default());
        let _ = write!(self.xml, " t=\"b\"><v>{}</v></c>", u8::from(yes));
    }

    /// Writes a number as a number if a sheet shows it as it is written, else as text.
    ///
    /// # Errors
    /// The text is longer than a cell holds.
    pub(super) fn number(&mut self, text: &str) -> Result<(), WorkbookError> {
        if !is_exact_number(text) {
            return self.text(text, Style::default());
        }
        self.widen(|| text.len());
        self.start_cell(Style::default());
        let _ = write!(self.xml, "><v>{text}</v></c>");
        Ok(())
    }

    fn start_cell(&mut self, Style(style): Style) {
        self.is_blank = false;
        self.xml.push_str("<c r=\"");
        self.xml.push_str(self.letters.get(self.column).map_or("", String::as_str));
        self.xml.push_str(&self.number);
        self.xml.push('"');
        if style != 0 {
            let _ = write!(self.xml, " s=\"{style}\"");
        }
        self.column += 1;
    }

    fn widen(&mut self, width: impl FnOnce() -> usize) {
        if self.has_widths {
            return;
        }
        if let Some(widest) = self.widths.get_mut(self.column) {
            let [_, most, _] = WIDTHS;
            *widest = (*widest).max(width().min(most));
        }
    }

    fn compress(&mut self) -> Result<(), WorkbookError> {
        if !self.has_widths {
            self.has_widths = true;
            let start = start(&self.widths);
            self.archive.write_all(start.as_bytes()).map_err(failed)?;
        }
        self.archive.write_all(self.xml.as_bytes()).map_err(failed)?;
        self.xml.clear();
        Ok(())
    }

    /// Ends the sheet.
    ///
    /// # Errors
    /// The temporary file cannot be written.
    pub(super) fn finish(mut self) -> Result<WrittenRows, WorkbookError> {
        self.xml.push_str("</sheetData>");
        if let Some(last) = self.letters.last() {
            let _ = write!(self.xml, "<autoFilter ref=\"A1:{last}{}\"/>", self.rows + 1);
        }
        self.xml.push_str(END);
        self.compress()?;
        let archive = self.archive.finish().map_err(failed)?;
        let columns = self.names.len();
        Ok(WrittenRows { archive, strings: self.strings, rows: self.rows, columns })
    }
}

/// What stands before the rows.
fn start(widths: &[usize]) -> String {
    let mut start = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheetViews><sheetView tabSelected=\"1\" workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/><selection pane=\"bottomLeft\"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\"/>".to_owned();
    if !widths.is_empty() {
        start.push_str("<cols>");
        for (number, width) in (1..).zip(widths) {
            let _ = write!(
                start,
                "<col min=\"{number}\" max=\"{number}\" width=\"{}.7109375\" customWidth=\"1\"/>",
                width + 2
            );
        }
        start.push_str("</cols>");
    }
    start.push_str("<sheetData>");
    start
}

/// What stands after the filter.
const END: &str = "<pageMargins left=\"0.7\" right=\"0.7\" top=\"0.75\" bottom=\"0.75\" header=\"0.3\" footer=\"0.3\"/><pageSetup orientation=\"landscape\"/></worksheet>";

/// The letters of a column.
fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// Whether a text is a plain number of at most fifteen digits, which a sheet shows as it was written.
fn is_exact_number(text: &str) -> bool {
    const KEPT: usize = 15;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = match digits.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (digits, None),
    };
    let are = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let leads = whole.len() > 1 && whole.starts_with('0');
    let trails = part.is_some_and(|part| !are(part) || part.ends_with('0'));
    let length = whole.len() + part.map_or(0, str::len);
    are(whole) && !leads && !trails && length <= KEPT && text != "-0"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_stay_as_written_become_numbers() {
        for text in ["0", "1200", "-5", "0.5", "123456789012345"] {
            assert!(is_exact_number(text), "{text}");
        }
        for text in [
            "",
            "007",
            "1.50",
            "1.",
            ".5",
            "1e5",
            "1,200",
            "1234567890123456",
            "-0",
            "--1",
            "1.2.3",
            "+5",
        ] {
            assert!(!is_exact_number(text), "{text}");
        }
    }

    #[test]
    fn columns_have_letters() {
        for (column, expected) in
            [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
        {
            assert_eq!(letters(column), expected);
        }
    }

    #[test]
    fn a_sheet_takes_no_more_rows_than_it_holds() {
        let mut sheet = RowSheet::new(&[("编号", Style::default())]).unwrap();
        for _ in 0..MAX_ROWS {
            sheet.begin_row().unwrap();
            sheet.end_row().unwrap();
        }
        assert_eq!(sheet.begin_row(), Err(WorkbookError::TooManyRows(None)));
        let many = vec![("x", Style::default()); MAX_COLUMNS + 1];
        let refused = RowSheet::new(&many).err();
        assert_eq!(refused, Some(WorkbookError::TooManyColumns(MAX_COLUMNS + 1)));
    }
}
