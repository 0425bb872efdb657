//! The cells of one sheet, one after the other.
//!
//! Owns the reading of a sheet's XML: positions of cells, their types, shared and inline strings, numbers by their
//! format, cached results of formulas. Cells come in the order of the file, with row and column; nothing is kept
//! between them. The formula of a cell is not read, only its result.

use crate::error::workbook::MAX_COLUMNS;
use crate::error::workbook::WorkbookError;
use crate::read::xlsx::numbers::{NumberFormat, text};
use crate::read::xlsx::package::Part;
use crate::read::xlsx::workbook::{Workbook, Xml, attribute, reference, unescape};
use crate::table::cells::CellKind;
use quick_xml::events::{BytesStart, Event};

/// The last row that a sheet can have, from 0.
const LAST_ROW: u32 = 1_048_575;

/// A sheet that is being read.
pub(super) struct SheetCells {
    xml: Xml,
    part: String,
    row: u32,
    column: usize,
    /// The text of the current cell.
    pub(super) text: String,
    /// Whether all cells have been read.
    at_end: bool,
    /// How many columns are hidden.
    hidden_columns: usize,
}

/// A cell that is not empty; its text is in [`SheetCells::text`].
#[derive(Clone, Copy, Debug)]
pub(super) struct SheetCell {
    pub(super) row: u32,
    pub(super) column: usize,
    pub(super) kind: CellKind,
}

/// The type of a cell, as its tag states it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Number,
    Shared,
    Text,
    Bool,
    Error,
    Day,
}

impl SheetCells {
    pub(super) fn new(part: Part, name: &str) -> Self {
        let xml = Xml::new(part, name);
        let (row, column, text) = (0, 0, String::new());
        Self { xml, part: name.to_owned(), row, column, text, at_end: false, hidden_columns: 0 }
    }

    /// The position in the file.
    pub(super) fn position(&self) -> u64 {
        self.xml.position()
    }

    /// How many columns are hidden, once the first cell has been read.
    pub(super) fn hidden_columns(&self) -> usize {
        self.hidden_columns
    }

    /// The next cell that is not empty.
    pub(super) fn next(&mut self, book: &Workbook) -> Result<Option<SheetCell>, WorkbookError> {
        while !self.at_end {
            match self.xml.next()? {
                Event::Start(tag) => match tag.local_name().into_inner() {
                    "col" => self.hidden_columns += hidden_columns(&tag),
                    "row" => {
                        let number = attribute(&tag, "r").and_then(|r| r.parse::<u32>().ok());
                        let number = number.map_or(self.row, |r| r.saturating_sub(1));
                        (self.row, self.column) = (number, 0);
                    }
                    "c" => {
                        let cell = Cell::from_tag(&tag);
                        if let Some((row, column)) = cell.position {
                            (self.row, self.column) = (row, column);
                        }
                        if self.column >= MAX_COLUMNS || self.row > LAST_ROW {
                            return Err(self.damaged("a cell lies outside of the sheet"));
                        }
                        let kind = self.content(&cell, book)?;
                        let (row, column) = (self.row, self.column);
                        self.column += 1;
                        if !self.text.is_empty() || kind == CellKind::NoResult {
                            return Ok(Some(SheetCell { row, column, kind }));
                        }
                    }
                    _ => {}
                },
                Event::End(tag) => match tag.local_name().into_inner() {
                    "row" => self.row += 1,
                    "sheetData" => self.at_end = true,
                    _ => {}
                },
                Event::Eof => self.at_end = true,
                _ => {}
            }
        }
        Ok(None)
    }

    fn damaged(&self, message: &str) -> WorkbookError {
        WorkbookError::Damaged { part: self.part.clone(), message: message.to_owned() }
    }

    /// Reads the content of a cell up to its end.
    fn content(&mut self, cell: &Cell, book: &Workbook) -> Result<CellKind, WorkbookError> {
        self.text.clear();
        let (mut inside, mut is_phonetic, mut inline) = (false, false, false);
        let (mut is_formula, mut has_value) = (false, false);
        loop {
            let inner = &mut self.text;
            match self.xml.next()? {
                Event::Start(tag) => match tag.local_name().into_inner() {
                    "v" => (inside, has_value) = (true, true),
                    "f" => is_formula = true,
                    "is" => inline = true,
                    "rPh" => is_phonetic = true,
                    "t" => inside = inline && !is_phonetic,
                    _ => {}
                },
                Event::End(tag) => match tag.local_name().into_inner() {
                    "v" | "t" => inside = false,
                    "rPh" => is_phonetic = false,
                    "c" => break,
                    _ => {}
                },
                Event::Text(text) if inside => inner.push_str(&text.xml10_content()),
                Event::CData(text) if inside => inner.push_str(&text.xml10_content()),
                Event::GeneralRef(found) if inside => reference(&found, inner),
                Event::Eof => return Err(self.damaged("it breaks off")),
                _ => {}
            }
        }
        // An empty text is a result, an empty number is none.
        if is_formula && self.text.is_empty() && (!has_value || cell.kind == Type::Number) {
            return Ok(CellKind::NoResult);
        }
        Ok(match cell.kind {
            Type::Shared => {
                let index = self.text.trim().parse().ok();
                let found = index.and_then(|index| book.shared_strings.get(index));
                let Some(found) = found.filter(|_| !self.text.is_empty()) else {
                    if self.text.is_empty() {
                        return Ok(CellKind::Text);
                    }
                    return Err(self.damaged("a cell names a shared text that is not there"));
                };
                self.text.clear();
                self.text.push_str(found);
                CellKind::Text
            }
            Type::Text => {
                unescape(&mut self.text, 0);
                CellKind::Text
            }
            Type::Bool => {
                let yes = matches!(self.text.trim(), "1" | "true");
                if !self.text.is_empty() {
                    self.text.clear();
                    self.text.push_str(if yes { "TRUE" } else { "FALSE" });
                }
                CellKind::Bool
            }
            Type::Error => CellKind::Text,
            Type::Day => {
                if self.text.ends_with("T00:00:00") {
                    self.text.truncate(self.text.len() - "T00:00:00".len());
                }
                CellKind::Text
            }
            Type::Number => {
                let raw = std::mem::take(&mut self.text);
                let plain = NumberFormat::default();
                let format = cell.style.and_then(|style| book.styles.get(style)).unwrap_or(&plain);
                if !raw.is_empty() {
                    text(&raw, format, book.from_1904, &mut self.text);
                }
                format.kind()
            }
        })
    }
}

/// How many columns a `col` tag hides.
fn hidden_columns(tag: &BytesStart<'_>) -> usize {
    let number = |name| attribute(tag, name).and_then(|text| text.parse::<usize>().ok());
    let is_hidden = attribute(tag, "hidden").is_some_and(|text| matches!(&*text, "1" | "true"));
    match (is_hidden, number("min"), number("max")) {
        // Some programs hide all columns up to the last that a sheet can have.
        (true, Some(first), Some(last)) if last < MAX_COLUMNS => (last + 1).saturating_sub(first),
        _ => 0,
    }
}

/// A merged area, whose value is in its first cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Merged {
    first: (u32, usize),
    last: (u32, usize),
}

impl Merged {
    /// The area of a `mergeCell` tag.
    pub(super) fn from_tag(tag: &BytesStart<'_>) -> Option<Self> {
        if tag.local_name().into_inner() != "mergeCell" {
            return None;
        }
        let area = attribute(tag, "ref")?;
        let (first, last) = area.split_once(':').unwrap_or((&area, &area));
        Some(Self { first: parse_reference(first)?, last: parse_reference(last)? })
    }

    /// The first row and the last.
    pub(super) fn rows(&self) -> (u32, u32) {
        (self.first.0, self.last.0)
    }

    /// The first column and the last.
    pub(super) fn columns(&self) -> (usize, usize) {
        (self.first.1, self.last.1)
    }
}

struct Cell {
    position: Option<(u32, usize)>,
    kind: Type,
    /// The index of its style.
    style: Option<usize>,
}

impl Cell {
    fn from_tag(tag: &BytesStart<'_>) -> Self {
        let mut cell = Self { position: None, kind: Type::Number, style: None };
        for attribute in tag.attributes().with_checks(false).flatten() {
            let value: &str = &attribute.value;
            match attribute.key.into_inner() {
                "r" => cell.position = parse_reference(value),
                "s" => cell.style = value.parse().ok(),
                "t" => {
                    cell.kind = match value {
                        "s" => Type::Shared,
                        "str" | "inlineStr" => Type::Text,
                        "b" => Type::Bool,
                        "e" => Type::Error,
                        "d" => Type::Day,
                        _ => Type::Number,
                    };
                }
                _ => {}
            }
        }
        cell
    }
}

/// The row and the column, both from 0, of a name such as `B7`.
fn parse_reference(name: &str) -> Option<(u32, usize)> {
    let (mut column, mut row) = (0_usize, 0_u32);
    for byte in name.bytes().filter(|byte| *byte != b'$') {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' if row == 0 => {
                let letter = usize::from(byte.to_ascii_uppercase() - b'A') + 1;
                column = column.checked_mul(26)?.checked_add(letter)?;
            }
            b'0'..=b'9' => row = row.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?,
            _ => return None,
        }
    }
    Some((row.checked_sub(1)?, column.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_cells_are_positions() {
        assert_eq!(parse_reference("A1"), Some((0, 0)));
        assert_eq!(parse_reference("$B$7"), Some((6, 1)));
        assert_eq!(parse_reference("XFD1048576"), Some((LAST_ROW, MAX_COLUMNS - 1)));
        for name in ["", "A", "1", "A0", "A1B", "A99999999999", "中1"] {
            assert_eq!(parse_reference(name), None, "{name}");
        }
    }
}
