//! A sheet as rows.
//!
//! Owns the choice of the sheet and the assembly of cells into rows: the header is found among the first rows, rows
//! without any cell are skipped, absent cells are blank. Before the first row the whole sheet is decompressed once without being kept,
//! so that a damaged file is refused before anything is written, and the merged areas, which are at its end, are
//! known.

use crate::error::ScreenError;
use crate::error::workbook::WorkbookError;
use crate::read::random_access::RandomAccess;
use crate::read::xlsx::package::Package;
use crate::read::xlsx::sheet::{Merged, SheetCell, SheetCells};
use crate::read::xlsx::workbook::{Sheet, Workbook};
use crate::table::cells::{CellKind, Cells, RowFault};
use crate::table::header::{ColumnMapping, Headers};
use crate::table::header_rows::{self, HeaderRows, SEARCHED};
use crate::table::limits::{Limit, Limits};
use crate::table::meter::Meter;
use export_advisor_core::facts::LocalizedText;
use quick_xml::events::Event;
use std::collections::VecDeque;
use std::io::Read;
use std::path::PathBuf;

/// The most cells of a chunk.
const CHUNK_CELLS: usize = 1 << 15;

/// The most text of a chunk, in bytes.
const CHUNK_TEXT: usize = 256 << 10;

/// The most bytes behind the cells of a sheet, unless less of the workbook may be held in memory.
const MOST_TAIL: usize = 64 << 20;

/// What merged areas cover of a column, up to the current row.
#[derive(Clone, Copy, Debug, Default)]
struct Cover {
    /// The last row that is covered.
    until: u32,
    /// The row of the first cell of an area, which has its value.
    first: u32,
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
    /// The sheet that would have been read, had it a known header.
    passed_over: Option<String>,
    /// Other sheets with cells.
    unread: Vec<String>,
    hidden_rows: u64,
    /// Cells that were read in search of the header.
    waiting: VecDeque<WaitingCell>,
    /// The first cell of the next row.
    next_cell: Option<SheetCell>,
    /// The last row that was read.
    last: u32,
    /// The rows up to the first one of a firm.
    position: usize,
    header_note: Option<LocalizedText>,
    meter: Meter,
}

/// What is read of a workbook.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SheetOptions<'a> {
    /// The name of the sheet; `None` for the first that is not hidden and has a known header.
    pub(crate) name: Option<&'a str>,
    /// The row of the header as spreadsheets number it, if it is stated.
    pub(crate) header_row: Option<usize>,
    /// The mappings of columns by the user.
    pub(crate) mappings: &'a [ColumnMapping],
    /// The known headers.
    pub(crate) headers: &'a Headers<'a>,
    /// What is read at most.
    pub(crate) limits: &'a Limits,
}

/// A cell that was read before its row.
struct WaitingCell {
    cell: SheetCell,
    text: String,
}

impl XlsxReader {
    /// Opens a workbook and reads the header of a sheet.
    ///
    /// # Errors
    /// The file is no workbook, is damaged, exceeds a limit, or the sheet is empty.
    pub(crate) fn open(
        path: PathBuf,
        file: RandomAccess,
        options: &SheetOptions<'_>,
        meter: &Meter,
    ) -> Result<Self, ScreenError> {
        let failed = |fault: WorkbookError| ScreenError::Workbook { path: path.clone(), fault };
        let mut package = Package::open(file, options.limits).map_err(failed)?;
        let book = Workbook::read(&mut package).map_err(failed)?;
        let first = book.sheet(options.name).map_err(failed)?;
        let has_header = |package: &mut Package, sheet: &Sheet| {
            let rows = first_rows(package, &book, sheet).unwrap_or_default();
            rows.iter().flatten().any(|name| options.headers.knows(name))
        };
        // A sheet of notes may stand before that of the firms.
        let found = if options.name.is_some() || has_header(&mut package, first) {
            first
        } else {
            let mut others = book.sheets.iter().filter(|sheet| !sheet.is_hidden());
            others.find(|sheet| has_header(&mut package, sheet)).unwrap_or(first)
        };
        let passed_over = (found.name != first.name).then(|| first.name.clone());
        let has_cells = |package: &mut Package, sheet: &Sheet| {
            first_rows(package, &book, sheet).is_ok_and(|rows| !rows.is_empty())
        };
        let others = book.sheets.iter().filter(|sheet| sheet.name != found.name);
        let unread: Vec<String> = others
            .filter(|sheet| has_cells(&mut package, sheet))
            .map(|sheet| sheet.name.clone())
            .collect();
        let (name, part) = (found.name.clone(), found.part.clone());
        let (mut merged, hidden_rows) =
            whole_sheet(&mut package, &part, options.limits).map_err(failed)?;
        merged.sort_unstable_by_key(Merged::rows);
        let cells = SheetCells::new(package.stream(&part).map_err(failed)?, &part);
        let mut reader = Self {
            sheets: book.sheets.len(),
            path: path.clone(),
            book,
            cells,
            columns: Vec::new(),
            sheet: name,
            passed_over,
            unread,
            hidden_rows,
            merged,
            started: 0,
            covers: Vec::new(),
            waiting: VecDeque::new(),
            next_cell: None,
            last: 0,
            position: 0,
            header_note: None,
            meter: meter.clone(),
        };
        reader.header(options)?;
        reader.covers.resize(reader.columns.len(), Cover::default());
        Ok(reader)
    }

    fn header(&mut self, options: &SheetOptions<'_>) -> Result<(), ScreenError> {
        let wanted = options.header_row.map_or(SEARCHED, |row| row.max(SEARCHED));
        let mut rows: Vec<(u32, Vec<String>)> = Vec::new();
        let mut waiting = VecDeque::new();
        while let Some(cell) = self.cell()? {
            let is_next = rows.last().is_none_or(|(row, _)| *row != cell.row);
            let text = self.cells.text.clone();
            if is_next && rows.len() == wanted {
                waiting.push_back(WaitingCell { cell, text });
                break;
            }
            if is_next {
                rows.push((cell.row, Vec::new()));
            }
            if let Some((_, texts)) = rows.last_mut() {
                texts.resize(texts.len().max(cell.column + 1), String::new());
                // A cell that occurs twice is an error of another program: the last one counts.
                if let Some(name) = texts.get_mut(cell.column) {
                    name.clone_from(&text);
                }
            }
            waiting.push_back(WaitingCell { cell, text });
        }
        if rows.is_empty() {
            return Err(ScreenError::Empty(self.path.clone()));
        }
        let texts: Vec<Vec<String>> = rows.iter().map(|(_, texts)| texts.clone()).collect();
        let HeaderRows { first, last, names } = match options.header_row {
            None => header_rows::find(&texts, options.headers, options.mappings),
            Some(wanted) => {
                let is_it = |(row, _): &(u32, Vec<String>)| *row as usize + 1 == wanted;
                let found = rows.iter().position(is_it).ok_or(ScreenError::NoHeaderRow(wanted))?;
                let names = texts.get(found).cloned().unwrap_or_default();
                HeaderRows { first: found, last: found, names }
            }
        };
        let number = |index: usize| rows.get(index).map_or(0, |(row, _)| *row);
        let (upper, lower) = (number(first), number(last));
        self.header_note = header_rows::note(u64::from(upper) + 1, u64::from(lower) + 1, first);
        waiting.retain(|waiting: &WaitingCell| waiting.cell.row > lower);
        self.waiting = waiting;
        self.columns = names;
        self.last = lower;
        self.position = lower as usize + 1;
        self.next_cell = self.cell()?;
        Ok(())
    }

    /// The next cell that holds anything.
    fn cell(&mut self) -> Result<Option<SheetCell>, ScreenError> {
        if let Some(WaitingCell { cell, text }) = self.waiting.pop_front() {
            self.cells.text = text;
            return Ok(Some(cell));
        }
        let found = self.cells.next(&self.book);
        found.map_err(|fault| ScreenError::Workbook { path: self.path.clone(), fault })
    }

    /// The rows up to the first one of a firm, as spreadsheets count them.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// The names of the columns.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The next rows.
    ///
    /// # Errors
    /// The sheet is damaged.
    pub(crate) fn next(&mut self) -> Result<Option<Cells<'static>>, ScreenError> {
        let mut cells = Cells::new(self.columns.len());
        let mut text = 0;
        while let Some(first) = self.next_cell.take() {
            let blank = first.row.saturating_sub(self.last + 1);
            if blank > 0 {
                cells.skip(usize::try_from(blank).unwrap_or(0));
            }
            text += self.row(first, &mut cells)?;
            if cells.rows() * self.columns.len() >= CHUNK_CELLS || text >= CHUNK_TEXT {
                break;
            }
        }
        self.meter.set_position(self.cells.position());
        Ok((cells.rows() > 0).then_some(cells))
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
                // A formula without a result is blank.
                if !self.cells.text.trim().is_empty() {
                    surplus.push(self.cells.text.clone());
                    found = cell.column + 1;
                }
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
        if let Some(first) = &self.passed_over {
            notes.push(LocalizedText {
                zh: format!("工作表“{first}”里没有认识的表头，所以没有读它。"),
                en: format!("the sheet `{first}` has no known header, so it is not read"),
            });
        }
        if !self.unread.is_empty() {
            let names = self.unread.join("”“");
            notes.push(LocalizedText {
                zh: format!("没有读的工作表里也有内容：“{names}”。"),
                en: format!(
                    "other sheets have content and are not read: {}",
                    self.unread.join(", ")
                ),
            });
        }
        let hidden_columns = self.cells.hidden_columns();
        if self.hidden_rows > 0 || hidden_columns > 0 {
            let rows = self.hidden_rows;
            notes.push(LocalizedText {
                zh: format!("表里有{rows}行、{hidden_columns}列是隐藏的，照样读入。"),
                en: format!(
                    "{rows} rows and {hidden_columns} columns are hidden, and read all the same"
                ),
            });
        }
        notes.extend(self.header_note.clone());
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

/// The texts of the first rows of a sheet that hold anything.
fn first_rows(
    package: &mut Package,
    book: &Workbook,
    sheet: &Sheet,
) -> Result<Vec<Vec<String>>, WorkbookError> {
    let mut cells = SheetCells::new(package.stream(&sheet.part)?, &sheet.part);
    let (mut rows, mut last): (Vec<Vec<String>>, _) = (Vec::new(), None);
    while let Some(cell) = cells.next(book)? {
        if last != Some(cell.row) {
            if rows.len() == SEARCHED {
                break;
            }
            rows.push(Vec::new());
            last = Some(cell.row);
        }
        rows.last_mut().into_iter().for_each(|row| row.push(cells.text.clone()));
    }
    Ok(rows)
}

/// How many rows of the next piece of a sheet's XML are hidden. `rest` keeps a tag that the piece breaks off.
fn hidden_rows(piece: &[u8], rest: &mut Vec<u8>) -> u64 {
    const TAG: &[u8] = b"<row ";
    /// A longer tag is none.
    const LONGEST_TAG: usize = 1 << 16;
    rest.extend_from_slice(piece);
    let mut hidden = 0;
    // Without an open tag, the end of the piece may still begin one.
    let mut kept_from = rest.len().saturating_sub(TAG.len() - 1);
    for at in memchr::memmem::find_iter(rest, TAG) {
        let tag = rest.get(at..).unwrap_or_default();
        let Some(end) = memchr::memchr(b'>', tag) else {
            kept_from = at;
            break;
        };
        kept_from = kept_from.max(at + end);
        let tag = tag.get(..end).unwrap_or_default();
        let has = |text: &[u8]| memchr::memmem::find(tag, text).is_some();
        hidden += u64::from(has(b" hidden=\"1\"") || has(b" hidden=\"true\""));
    }
    rest.drain(..kept_from);
    if rest.len() > LONGEST_TAG {
        rest.clear();
    }
    hidden
}

/// Reads a sheet to its end without keeping it, and returns its merged areas and how many rows are hidden.
fn whole_sheet(
    package: &mut Package,
    name: &str,
    limits: &Limits,
) -> Result<(Vec<Merged>, u64), WorkbookError> {
    let most = limits.size(Limit::Workbook).min(MOST_TAIL);
    const END: &[u8] = b"sheetData>";
    let damaged = |message: String| WorkbookError::Damaged { part: name.to_owned(), message };
    let mut part = package.stream(name)?;
    let (mut tail, mut behind) = (Vec::new(), false);
    let (mut hidden, mut rest) = (0, Vec::new());
    let mut block = vec![0; 1 << 16];
    loop {
        let read = part.read(&mut block).map_err(|error| damaged(error.to_string()))?;
        if read == 0 {
            break;
        }
        let piece = block.get(..read).unwrap_or_default();
        hidden += hidden_rows(piece, &mut rest);
        tail.extend_from_slice(piece);
        if let Some(at) = memchr::memmem::rfind(&tail, END) {
            tail.drain(..at + END.len());
            behind = true;
        } else if !behind {
            tail.drain(..tail.len().saturating_sub(END.len()));
        }
        if tail.len() > most {
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
            Ok(Event::Eof) => return Ok((found, hidden)),
            Ok(_) => {}
            Err(error) => return Err(damaged(error.to_string())),
        }
    }
}
