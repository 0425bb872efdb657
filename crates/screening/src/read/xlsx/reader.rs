//! A sheet as rows.
//!
//! Owns the assembly of cells into rows: the header is the first row that holds anything, rows without any cell are
//! skipped, absent cells are blank. Before the first row the whole sheet is decompressed once without being kept,
//! so that a damaged file is refused before anything is written, and the merged areas, which are at its end, are
//! known.

use crate::error::ScreenError;
use crate::error::workbook::WorkbookError;
use crate::read::xlsx::package::Package;
use crate::read::xlsx::sheet::{Merged, SheetCell, SheetCells};
use crate::read::xlsx::workbook::Workbook;
use crate::table::cells::{CellKind, Cells, RowFault};
use crate::table::limits::Limits;
use crate::table::meter::Meter;
use export_advisor_core::facts::LocalizedText;
use quick_xml::events::Event;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// The most cells of a chunk.
const CHUNK_CELLS: usize = 1 << 15;

/// The most text of a chunk, in bytes.
const CHUNK_TEXT: usize = 256 << 10;

/// The most bytes behind the cells of a sheet.
const MOST_TAIL: usize = 64 << 20;

/// What merged areas cover of a column, up to the current row.
#[derive(Clone, Copy, Debug, Default)]
struct Cover {
    /// The last row that is covered.
    until: u32,
    /// The row of the first cell of an area, which has its value.
    first: u32,
}

/// Rows of a sheet.
pub(crate) struct SheetRows {
    /// The rows.
    pub(crate) cells: Cells<'static>,
    /// How many blank rows were skipped before or between them.
    pub(crate) blank: usize,
}

/// A sheet that is being read.
pub(crate) struct XlsxReader {
    path: PathBuf,
    book: Workbook,
    cells: SheetCells,
    columns: Vec<String>,
    sheet: String,
    sheets: usize,
    /// Merged areas in the order of their first rows, and how many of them have started.
    merged: Vec<Merged>,
    started: usize,
    covers: Vec<Cover>,
    /// The first cell of the next row.
    next_cell: Option<SheetCell>,
    /// The last row that was read.
    last: u32,
    meter: Meter,
}

impl XlsxReader {
    /// Opens a workbook and reads the header of the named sheet, or of the first that is not hidden.
    ///
    /// # Errors
    /// The file is no workbook, is damaged, exceeds a limit, or the sheet is empty.
    pub(crate) fn open(
        path: PathBuf,
        file: File,
        sheet: Option<&str>,
        limits: &Limits,
        meter: &Meter,
    ) -> Result<Self, ScreenError> {
        let failed = |fault: WorkbookError| ScreenError::Workbook { path: path.clone(), fault };
        let mut package = Package::open(file, limits).map_err(failed)?;
        let book = Workbook::read(&mut package).map_err(failed)?;
        let found = book.sheet(sheet).map_err(failed)?;
        let (name, part) = (found.name.clone(), found.part.clone());
        let mut merged = merged(&mut package, &part).map_err(failed)?;
        merged.sort_unstable_by_key(Merged::rows);
        let cells = SheetCells::new(package.stream(&part).map_err(failed)?, &part);
        let mut reader = Self {
            sheets: book.sheets.len(),
            path: path.clone(),
            book,
            cells,
            columns: Vec::new(),
            sheet: name,
            merged,
            started: 0,
            covers: Vec::new(),
            next_cell: None,
            last: 0,
            meter: meter.clone(),
        };
        reader.header()?;
        reader.covers.resize(reader.columns.len(), Cover::default());
        Ok(reader)
    }

    fn header(&mut self) -> Result<(), ScreenError> {
        let Some(mut cell) = self.cell()? else {
            return Err(ScreenError::Empty(self.path.clone()));
        };
        let row = cell.row;
        loop {
            self.columns.resize(self.columns.len().max(cell.column), String::new());
            // A cell that occurs twice is an error of another program: the last one counts.
            self.columns.truncate(cell.column);
            self.columns.push(self.cells.text.clone());
            match self.cell()? {
                Some(next) if next.row == row && next.column >= cell.column => cell = next,
                next => {
                    self.next_cell = next;
                    self.last = row;
                    return Ok(());
                }
            }
        }
    }

    /// The next cell that holds anything.
    fn cell(&mut self) -> Result<Option<SheetCell>, ScreenError> {
        let found = self.cells.next(&self.book);
        found.map_err(|fault| ScreenError::Workbook { path: self.path.clone(), fault })
    }

    /// The names of the columns.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The next rows.
    ///
    /// # Errors
    /// The sheet is damaged.
    pub(crate) fn next(&mut self) -> Result<Option<SheetRows>, ScreenError> {
        let mut cells = Cells::new(self.columns.len());
        let (mut blank, mut text) = (0, 0);
        while let Some(first) = self.next_cell.take() {
            blank += usize::try_from(first.row.saturating_sub(self.last + 1)).unwrap_or(0);
            text += self.row(first, &mut cells)?;
            if cells.rows() * self.columns.len() >= CHUNK_CELLS || text >= CHUNK_TEXT {
                break;
            }
        }
        self.meter.set_position(self.cells.position());
        let some = cells.rows() > 0;
        Ok(some.then_some(SheetRows { cells, blank }))
    }

    /// Reads the row that begins with the current cell, and returns the size of its text.
    fn row(&mut self, first: SheetCell, cells: &mut Cells<'_>) -> Result<usize, ScreenError> {
        let row = first.row;
        while let Some(area) = self.merged.get(self.started).filter(|area| area.rows().0 <= row) {
            let (from, until) = area.rows();
            let (first, last) = area.columns();
            let covered = first..(last + 1).min(self.covers.len());
            for cover in self.covers.get_mut(covered).unwrap_or_default() {
                cover.until = cover.until.max(until);
            }
            if let Some(cover) = self.covers.get_mut(first) {
                cover.first = from;
            }
            self.started += 1;
        }
        let columns = self.columns.len();
        let (mut cell, mut next_column, mut size) = (first, 0, 0);
        let (mut surplus, mut found) = (Vec::new(), 0);
        loop {
            size += self.cells.text.len();
            if cell.column >= columns {
                surplus.push(self.cells.text.clone());
                found = cell.column + 1;
            } else if cell.column >= next_column {
                for column in next_column..cell.column {
                    self.blank(row, column, cells);
                }
                cells.push_as(&self.cells.text, cell.kind);
                next_column = cell.column + 1;
            }
            match self.cell()? {
                Some(next) if next.row == row => cell = next,
                next => {
                    self.next_cell = next;
                    break;
                }
            }
        }
        for column in next_column..columns {
            self.blank(row, column, cells);
        }
        if !surplus.is_empty() {
            cells.fault(RowFault::TooMany { found, expected: columns, surplus });
        }
        cells.end_row();
        self.last = row;
        Ok(size)
    }

    fn blank(&self, row: u32, column: usize, cells: &mut Cells<'_>) {
        let cover = self.covers.get(column).copied().unwrap_or_default();
        let covered = cover.until >= row && cover.first != row;
        cells.push_as("", if covered { CellKind::Merged } else { CellKind::Text });
    }

    /// How the file is read, for the user.
    pub(crate) fn notes(&self) -> Vec<LocalizedText> {
        let (name, sheets) = (&self.sheet, self.sheets);
        let mut notes = vec![LocalizedText {
            zh: format!("工作表：“{name}”（共{sheets}张）。如不对，请用 --sheet 指明。"),
            en: format!("sheet: `{name}` (of {sheets}); --sheet names another"),
        }];
        if !self.merged.is_empty() {
            let areas = self.merged.len();
            notes.push(LocalizedText {
                zh: format!(
                    "有{areas}处合并单元格：只有左上角的一格有内容，其余各格视为空；如果在事实项的列里，该行记为有误。"
                ),
                en: format!(
                    "{areas} merged areas: only the first cell of each has a value; the others are a fault of their row where a fact is asked"
                ),
            });
        }
        notes
    }
}

/// Reads a sheet to its end without keeping it, and returns its merged areas.
fn merged(package: &mut Package, name: &str) -> Result<Vec<Merged>, WorkbookError> {
    const END: &[u8] = b"sheetData>";
    let damaged = |message: String| WorkbookError::Damaged { part: name.to_owned(), message };
    let mut part = package.stream(name)?;
    let (mut tail, mut behind) = (Vec::new(), false);
    let mut block = vec![0; 1 << 16];
    loop {
        let read = part.read(&mut block).map_err(|error| damaged(error.to_string()))?;
        if read == 0 {
            break;
        }
        tail.extend_from_slice(block.get(..read).unwrap_or_default());
        if let Some(at) = memchr::memmem::rfind(&tail, END) {
            tail.drain(..at + END.len());
            behind = true;
        } else if !behind {
            tail.drain(..tail.len().saturating_sub(END.len()));
        }
        if tail.len() > MOST_TAIL {
            return Err(damaged("too much stands behind its cells".to_owned()));
        }
    }
    let mut found = Vec::new();
    let mut reader = quick_xml::Reader::from_reader(tail.as_slice());
    reader.config_mut().allow_unmatched_ends = true;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Empty(tag) | Event::Start(tag)) => found.extend(Merged::from_tag(&tag)),
            Ok(Event::Eof) => return Ok(found),
            Ok(_) => {}
            Err(error) => return Err(damaged(error.to_string())),
        }
    }
}
