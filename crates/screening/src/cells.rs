//! Rows of cells as text, in the order of the file.
//!
//! Owns the one form that every reader of tables brings its rows into, and every writer of tables takes
//! them from: all text in one string, which may be the chunk that was read, a span a cell, row after row. A
//! reader may add that a row has a fault of its own (too many cells, bytes that are no text). Cells know no
//! fact and no rule.

use export_advisor_core::evaluate::short;
use std::borrow::Cow;
use std::ops::Range;

/// Where a cell's text stands.
type Span = (u32, u32);

/// What is wrong with a row as such, whatever its cells mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowFault {
    /// Fewer cells than the header.
    TooFew {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// More cells than the header; the surplus is kept here, since no column takes it.
    TooMany {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
        /// What stands in the surplus cells.
        surplus: Vec<String>,
    },
    /// Bytes that are no text in the file's encoding; `U+FFFD` stands for them.
    NotText,
    /// A NUL character.
    Nul,
    /// A line that is no JSON object; the text of the line is kept.
    NotJson {
        /// The column where it breaks, from 1.
        column: usize,
        /// The line.
        line: String,
    },
    /// A JSON object that gives one key twice.
    KeyTwice(String),
    /// A key that the first rows did not have, so that there is no column for it.
    NewKey {
        /// The key.
        key: String,
        /// What it holds.
        value: String,
    },
}

/// What a cell is, in a format whose cells have types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellKind {
    /// Text, or whatever is shown as text, such as a day.
    #[default]
    Text,
    /// A number that is exactly what was given.
    Number,
    /// A number that is kept as a binary fraction, of which only fifteen digits are sure.
    Fraction,
    /// Yes or no.
    Bool,
    /// Covered by a merged cell that begins elsewhere, so that it is not known whether it is blank.
    Merged,
}

/// Rows of cells.
#[derive(Clone, Debug, Default)]
pub struct Cells<'t> {
    /// The text that spans point into; whole records too, if they can be copied as they are.
    text: Cow<'t, str>,
    spans: Vec<Span>,
    /// Per cell, what it is; empty if the format does not say.
    kinds: Vec<CellKind>,
    columns: usize,
    rows: usize,
    /// Per row, the record as it stood in the file without its line end; empty if it must be written
    /// anew. Either one a row or none at all.
    records: Vec<Span>,
    faults: Vec<(usize, RowFault)>,
}

impl<'t> Cells<'t> {
    /// No rows yet, of so many columns.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self { columns, ..Self::default() }
    }

    /// Rows whose spans point into a text that is given later, by [`Cells::set_text`].
    pub(super) fn over(columns: usize) -> Self {
        Self::new(columns)
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns there are.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// How many bytes its cells have as delimited text.
    #[must_use]
    pub fn size(&self) -> usize {
        self.text.len() + self.spans.len()
    }

    /// The text of a cell; empty if there is no such cell.
    #[must_use]
    #[inline]
    pub fn get(&self, row: usize, column: usize) -> &str {
        self.spans.get(row * self.columns + column).map_or("", |span| self.at(*span))
    }

    /// The texts of a column's cells in some rows as [`short`] gives them; nothing for longer ones.
    #[inline]
    pub fn shorts(&self, rows: Range<usize>, column: usize) -> impl Iterator<Item = Option<u64>> {
        let text = self.text.as_bytes();
        let spans = self.spans.get(rows.start * self.columns + column..).unwrap_or_default();
        let spans = spans.iter().step_by(self.columns.max(1)).take(rows.len());
        spans.map(|(start, end)| {
            let length = end.saturating_sub(*start);
            if length > 7 {
                return None;
            }
            let from = text.get(*start as usize..).unwrap_or_default();
            // What follows in the text is read too, and cut off: a fixed length is one instruction.
            let word = match from.first_chunk() {
                Some(eight) => u64::from_le_bytes(*eight) & ((1 << (8 * length)) - 1),
                None => return short(from.get(..length as usize)?),
            };
            Some(word | u64::from(length) << 56)
        })
    }

    /// Whether the format says what each cell is.
    #[must_use]
    pub fn has_kinds(&self) -> bool {
        !self.kinds.is_empty()
    }

    /// Rows that hold their text themselves.
    #[must_use]
    pub fn into_owned(self) -> Cells<'static> {
        let Self { text, spans, kinds, columns, rows, records, faults } = self;
        Cells { text: Cow::Owned(text.into_owned()), spans, kinds, columns, rows, records, faults }
    }

    /// The cells of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = &str> {
        let spans = self.spans.get(row * self.columns..(row + 1) * self.columns);
        spans.unwrap_or_default().iter().map(|span| self.at(*span))
    }

    /// The record of a row as it stood in the file, if it can be copied.
    #[must_use]
    pub fn record(&self, row: usize) -> Option<&str> {
        self.records.get(row).filter(|(start, end)| start < end).map(|span| self.at(*span))
    }

    /// What is wrong with rows as such, in the order of rows.
    #[must_use]
    pub fn faults(&self) -> &[(usize, RowFault)] {
        &self.faults
    }

    /// Whether any text has a `U+FFFD`, which stands for bytes that are no text.
    #[must_use]
    pub fn has_replacements(&self) -> bool {
        memchr::memmem::find(self.text.as_bytes(), "\u{fffd}".as_bytes()).is_some()
    }

    /// Adds a cell to the row that is being made; surplus cells are the caller's to refuse.
    pub fn push(&mut self, text: &str) {
        let start = self.text.len();
        self.text.to_mut().push_str(text);
        self.spans.push(span(start..self.text.len()));
    }

    /// Adds a cell of a kind; either all cells are added so, or none.
    pub fn push_as(&mut self, text: &str, kind: CellKind) {
        self.push(text);
        self.kinds.push(kind);
    }

    /// What a cell is; nothing if the format does not say.
    #[must_use]
    #[inline]
    pub fn kind(&self, row: usize, column: usize) -> Option<CellKind> {
        if self.kinds.is_empty() {
            return None;
        }
        self.kinds.get(row * self.columns + column).copied()
    }

    /// Ends a row: cells that are missing are blank, and cells beyond the last column are dropped.
    pub fn end_row(&mut self) {
        self.rows += 1;
        self.spans.resize(self.rows * self.columns, (0, 0));
        if !self.kinds.is_empty() {
            self.kinds.resize(self.rows * self.columns, CellKind::Text);
        }
    }

    /// Says that the row which is being made (or, after [`Cells::end_row`], the next) has a fault.
    pub fn fault(&mut self, fault: RowFault) {
        self.faults.push((self.rows, fault));
    }

    pub(super) fn push_span(&mut self, range: Range<usize>) {
        self.spans.push(span(range));
    }

    /// How many cells the row has that is being made.
    pub(super) fn open_cells(&self) -> usize {
        self.spans.len().saturating_sub(self.rows * self.columns)
    }

    /// Takes cells back until the row that is being made has `left`.
    pub(super) fn take_back(&mut self, left: usize) {
        self.spans.truncate(self.rows * self.columns + left);
    }

    /// The spans of the cells of the first row, while it is being made.
    pub(super) fn open_spans(&self) -> Vec<Range<usize>> {
        self.spans.iter().map(|(start, end)| *start as usize..*end as usize).collect()
    }

    /// The spans of the cells of the row that is being made.
    pub(super) fn open_row(&self) -> Vec<Range<usize>> {
        let spans = self.spans.get(self.rows * self.columns..).unwrap_or_default();
        spans.iter().map(|(start, end)| *start as usize..*end as usize).collect()
    }

    /// The spans of the row's cells beyond the last column.
    pub(super) fn surplus(&self) -> Vec<Range<usize>> {
        let spans = self.spans.get((self.rows + 1) * self.columns..).unwrap_or_default();
        spans.iter().map(|(start, end)| *start as usize..*end as usize).collect()
    }

    pub(super) fn push_record(&mut self, range: Range<usize>) {
        self.records.push(span(range));
    }

    pub(super) fn set_text(&mut self, text: Cow<'t, str>) {
        self.text = text;
    }

    fn at(&self, (start, end): Span) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or("")
    }
}

/// Chunks are far below 4 GiB: a record has no more than the limit `line` can be set to.
fn span(range: Range<usize>) -> Span {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    (place(range.start), place(range.end))
}
