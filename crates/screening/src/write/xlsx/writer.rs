//! Rows as a workbook.
//!
//! Owns the sheet of rows: a frozen header, a filter, column widths, and cells that keep their type: text stays
//! text, also where it looks like a number or a formula; numbers stay numbers. Rows are written to temporary files
//! as they come; the sheets that explain are added when everything is counted. The same rows give the same bytes:
//! no clock is read.

use super::legend::{self, Explanation};
use crate::error::ScreenError;
use crate::error::workbook::{MAX_COLUMNS, MAX_ROWS, WorkbookError};
use crate::screen::added::AddedColumns;
use crate::screen::layout::Layout;
use crate::table::cells::{CellKind, Cells};
use crate::table::delimited::unguarded;
use crate::table::header::Columns;
use crate::write::target::Target;
use export_advisor_core::facts::Kind;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::Status;
use export_advisor_core::wording::Lang;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError,
};
use std::io::{Read as _, Seek as _};
use unicode_width::UnicodeWidthStr as _;

/// Characters of a cell.
pub(super) const LONGEST: usize = 32_767;

/// How many rows determine the width of a column.
pub(super) const WIDTH_ROWS: u64 = 500;

/// A workbook that is being written.
pub(crate) struct XlsxWriter {
    book: Workbook,
    rows: u64,
    columns: Columns,
    /// Per input column, whether it holds a number as a fact.
    numbers: Vec<bool>,
    widths: Vec<usize>,
    names: Vec<String>,
    formats: Formats,
}

struct Formats {
    head: Format,
    added: Format,
    statuses: [Format; 3],
    warning: Format,
    fault: Format,
}

impl Formats {
    fn new() -> Self {
        let head =
            Format::new().set_bold().set_text_wrap().set_background_color(Color::RGB(0xE8_ED_F2));
        Self {
            added: head.clone().set_background_color(Color::RGB(0xD9_E8_E3)),
            head,
            statuses: [
                Format::new()
                    .set_font_color(Color::RGB(0x0B_5D_45))
                    .set_background_color(Color::RGB(0xE3_F1_EB)),
                Format::new().set_font_color(Color::RGB(0x6B_72_78)),
                Format::new()
                    .set_font_color(Color::RGB(0x7A_50_00))
                    .set_background_color(Color::RGB(0xFB_F1_DC)),
            ],
            warning: Format::new().set_font_color(Color::RGB(0x7A_50_00)),
            fault: Format::new().set_font_color(Color::RGB(0x9B_1C_1C)),
        }
    }

    fn status(&self, status: Status) -> &Format {
        let [applies, not, undetermined] = &self.statuses;
        match status {
            Status::Applies => applies,
            Status::DoesNotApply => not,
            Status::Undetermined => undetermined,
        }
    }
}

/// An error of the library.
pub(super) fn failed(error: &XlsxError) -> WorkbookError {
    WorkbookError::Writing(error.to_string())
}

/// Writes a workbook into a target.
pub(super) fn save(book: &mut Workbook, target: &mut Target) -> Result<(), ScreenError> {
    let path = target.path().to_owned();
    let mut file = tempfile::tempfile().map_err(ScreenError::io(&path))?;
    book.save_to_writer(&mut file).map_err(|error| match error {
        XlsxError::IoError(source) => ScreenError::io(&path)(source),
        other => ScreenError::Workbook { path: path.clone(), fault: failed(&other) },
    })?;
    file.rewind().map_err(ScreenError::io(&path))?;
    let mut block = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut block).map_err(ScreenError::io(&path))?;
        if read == 0 {
            return Ok(());
        }
        target.write(block.get(..read).unwrap_or_default())?;
    }
}

impl XlsxWriter {
    /// Begins a workbook with the header of its sheet of rows.
    ///
    /// # Errors
    /// There are more columns than a sheet has.
    pub(crate) fn new(
        plan: &Plan,
        columns: &Columns,
        layout: &Layout,
    ) -> Result<Self, WorkbookError> {
        let catalogue = &plan.book.catalogue;
        let numbers = columns.facts.iter().map(|mapped| {
            mapped.is_some_and(|m| matches!(catalogue.fact(m.fact).kind, Kind::Number { .. }))
        });
        let names: Vec<String> = (columns.names.iter().map(String::as_str))
            .chain(layout.names())
            .map(str::to_owned)
            .collect();
        if names.len() > MAX_COLUMNS {
            return Err(WorkbookError::TooManyColumns(names.len()));
        }
        let mut book = Workbook::new();
        let sheet = book.add_worksheet_with_constant_memory().map_err(|e| failed(&e))?;
        let title = match layout.lang {
            Lang::Zh => "筛查结果",
            Lang::En => "Screening",
        };
        let formats = Formats::new();
        let mut begin = || -> Result<(), XlsxError> {
            sheet.set_name(title)?.set_freeze_panes(1, 0)?;
            for (index, name) in (0..).zip(&names) {
                let own = usize::from(index) < columns.names.len();
                let format = if own { &formats.head } else { &formats.added };
                sheet.write_string_with_format(0, index, name, format)?;
            }
            Ok(())
        };
        begin().map_err(|e| failed(&e))?;
        Ok(Self {
            book,
            rows: 0,
            columns: columns.clone(),
            numbers: numbers.collect(),
            widths: names.iter().map(|name| name.width().clamp(6, 24)).collect(),
            names,
            formats,
        })
    }

    /// Writes rows.
    ///
    /// # Errors
    /// A sheet cannot hold them.
    pub(crate) fn write(
        &mut self,
        cells: &Cells,
        added_columns: &AddedColumns,
        layout: &Layout,
    ) -> Result<(), WorkbookError> {
        let sheet = self.book.worksheet_from_index(0).map_err(|e| failed(&e))?;
        for row in 0..added_columns.faults.len() {
            if self.rows == MAX_ROWS {
                return Err(WorkbookError::TooManyRows);
            }
            self.rows += 1;
            let mut line = Line {
                sheet,
                row: u32::try_from(self.rows).unwrap_or(u32::MAX),
                column: 0,
                widths: (self.rows <= WIDTH_ROWS).then_some(&mut self.widths),
                names: &self.names,
            };
            for column in 0..self.columns.names.len() {
                let text = cells.get(row, column);
                let kind = cells.kind(row, column);
                let text = if kind.is_some() { text } else { unguarded(text) };
                let is_fact = self.numbers.get(column).copied().unwrap_or(false);
                match kind {
                    Some(CellKind::Bool) if text.eq_ignore_ascii_case("true") => line.bool(true)?,
                    Some(CellKind::Bool) if text.eq_ignore_ascii_case("false") => {
                        line.bool(false)?
                    }
                    Some(CellKind::Number | CellKind::Fraction) => line.number(text)?,
                    None if is_fact => line.number(text)?,
                    _ => line.text(text, None)?,
                }
            }
            line.text(
                match added_columns.uscc_ok.get(row) {
                    Some(Some(true)) => "yes",
                    Some(Some(false)) => "no",
                    _ => "",
                },
                None,
            )?;
            for (index, column) in added_columns.derived.iter().enumerate() {
                let text = column.get(row).map(|value| layout.derived_text(index, value));
                line.text(&text.unwrap_or_default(), None)?;
            }
            for column in 0..layout.supports.len() {
                match added_columns.status(row, column) {
                    Some(status) => {
                        line.text(layout.status(status), Some(self.formats.status(status)))?;
                    }
                    None => line.text("", None)?,
                }
            }
            for column in 0..layout.excluded_by.len() {
                let by = added_columns.excluded_by(row, column);
                line.text(by.map_or("", |by| layout.exclusion(by)), None)?;
            }
            let mut missing = Vec::new();
            if let Some(facts) = added_columns.missing.get(row) {
                layout.write_facts(*facts, &mut missing);
            }
            line.text(&String::from_utf8_lossy(&missing), None)?;
            for (messages, format) in [
                (&added_columns.warnings, &self.formats.warning),
                (&added_columns.faults, &self.formats.fault),
            ] {
                let text = messages.get(row).map(|messages| messages.join(" "));
                line.text(&text.unwrap_or_default(), Some(format))?;
            }
        }
        Ok(())
    }

    /// Ends the workbook and writes it into a target.
    ///
    /// # Errors
    /// The target cannot be written.
    pub(crate) fn finish(
        mut self,
        target: &mut Target,
        explanation: &Explanation<'_>,
    ) -> Result<(), ScreenError> {
        let ended = self.end(explanation).map_err(|error| failed(&error));
        let path = target.path().to_owned();
        ended.map_err(|fault| ScreenError::Workbook { path, fault })?;
        save(&mut self.book, target)
    }

    fn end(&mut self, explanation: &Explanation<'_>) -> Result<(), XlsxError> {
        let sheet = self.book.worksheet_from_index(0)?;
        for (index, width) in (0..).zip(&self.widths) {
            let width = u32::try_from(*width).unwrap_or(0);
            sheet.set_column_width(index, f64::from(width) + 2.0)?;
        }
        let last = u16::try_from(self.names.len().saturating_sub(1)).unwrap_or(u16::MAX);
        sheet.autofilter(0, 0, u32::try_from(self.rows).unwrap_or(u32::MAX), last)?;
        sheet.set_landscape().set_repeat_rows(0, 0)?;
        legend::summary(self.book.add_worksheet(), explanation)?;
        legend::legend(self.book.add_worksheet(), explanation)?;
        let day = explanation.as_of;
        let (year, month, date) = (day.year(), day.month(), day.day());
        let made = ExcelDateTime::from_ymd(
            u16::try_from(year).unwrap_or(1900),
            u8::try_from(month).unwrap_or(1),
            u8::try_from(date).unwrap_or(1),
        )?;
        let properties = DocProperties::new()
            .set_creation_datetime(&made)
            .set_author(crate::manifest::program())
            .set_comment(format!("{} {day}", explanation.plan.book.version));
        self.book.set_properties(&properties);
        Ok(())
    }
}

/// A row that is being written.
struct Line<'a> {
    sheet: &'a mut Worksheet,
    row: u32,
    column: u16,
    widths: Option<&'a mut Vec<usize>>,
    names: &'a [String],
}

impl Line<'_> {
    /// Moves to the next cell.
    fn step(&mut self, width: impl FnOnce() -> usize) -> u16 {
        let column = self.column;
        if let Some(widest) = self.widths.as_mut().and_then(|w| w.get_mut(usize::from(column))) {
            *widest = (*widest).max(width().min(40));
        }
        self.column += 1;
        column
    }

    fn text(&mut self, text: &str, format: Option<&Format>) -> Result<(), WorkbookError> {
        let (row, column) = (self.row, self.step(|| text.width()));
        if text.is_empty() {
            return Ok(());
        }
        // Characters are counted in UTF-16, of which a byte of UTF-8 is at most one.
        if text.len() > LONGEST && text.encode_utf16().count() > LONGEST {
            let name = self.names.get(usize::from(column)).cloned();
            return Err(WorkbookError::TooLong {
                row: row.into(),
                column: name.unwrap_or_default(),
            });
        }
        let written = match format {
            None => self.sheet.write_string(row, column, text),
            Some(format) => self.sheet.write_string_with_format(row, column, text, format),
        };
        written.map(|_| ()).map_err(|error| failed(&error))
    }

    fn bool(&mut self, yes: bool) -> Result<(), WorkbookError> {
        let (row, column) = (self.row, self.step(|| 5));
        self.sheet.write_boolean(row, column, yes).map(|_| ()).map_err(|error| failed(&error))
    }

    /// A number as a number, if a sheet can show it as it is written.
    fn number(&mut self, text: &str) -> Result<(), WorkbookError> {
        match exact_number(text) {
            None => self.text(text, None),
            Some(number) => {
                let (row, column) = (self.row, self.step(|| text.len()));
                let written = self.sheet.write_number(row, column, number);
                written.map(|_| ()).map_err(|error| failed(&error))
            }
        }
    }
}

/// A plain number of at most fifteen digits, which a sheet shows as it was written.
fn exact_number(text: &str) -> Option<f64> {
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
    if !are(whole) || leads || trails || length > KEPT || text == "-0" {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_stay_as_written_become_numbers() {
        for text in ["0", "1200", "-5", "0.5", "123456789012345"] {
            assert!(exact_number(text).is_some(), "{text}");
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
            assert!(exact_number(text).is_none(), "{text}");
        }
    }
}
