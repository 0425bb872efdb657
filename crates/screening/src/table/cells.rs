//! Rows of cells as text, in the order of the file.
//!
//! Owns the one form of rows that every reader of tables makes and every writer of tables takes: all text in one
//! string, which may be the chunk that was read, and a span for each cell, row after row. A reader may add that a row
//! has a fault of its own (too many cells, bytes that are no text). Cells know no fact and no rule.

use export_advisor_core::evaluate::short;
use std::borrow::Cow;
use std::ops::Range;

/// The range of a cell's text.
type Span = (u32, u32);

/// What is wrong with a row as such, whatever its cells mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowFault {
    /// Fewer cells than the header.
    TooFew {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// More cells than the header; the surplus is kept here, since no column holds it.
    TooMany {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
        /// The text of the surplus cells.
        surplus: Vec<String>,
    },
    /// Bytes that are invalid in the file's encoding; `U+FFFD` replaces them.
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
    /// A JSON object with a key that occurs twice.
    KeyTwice(String),
    /// A key that the first rows did not have, so that there is no column for it.
    NewKey {
        /// The key.
        key: String,
        /// What it holds.
        value: String,
    },
}

impl RowFault {
    /// Its stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::TooFew { .. } => "too_few_cells",
            Self::TooMany { .. } => "too_many_cells",
            Self::NotText => "not_text",
            Self::Nul => "nul_character",
            Self::NotJson { .. } => "not_json",
            Self::KeyTwice(_) => "given_twice",
            Self::NewKey { .. } => "new_key",
        }
    }

    /// Whether it is unknown which cell stands in which column, so that no answer can be read from the row.
    pub(crate) fn is_unreadable(&self) -> bool {
        match self {
            Self::TooFew { .. } | Self::TooMany { .. } | Self::NotJson { .. } => true,
            Self::NotText | Self::Nul | Self::KeyTwice(_) | Self::NewKey { .. } => false,
        }
    }
}

/// What a cell is, in a format whose cells have types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CellKind {
    /// Text, or whatever is shown as text, such as a day.
    #[default]
    Text,
    /// A number that is exactly what was given.
    Number,
    /// A number that is stored as a binary fraction, of which only fifteen digits are exact.
    Fraction,
    /// A boolean.
    Bool,
    /// Covered by a merged cell that begins elsewhere, so it is unknown whether the cell is blank.
    Merged,
    /// A formula whose result is not in the file.
    NoResult,
    /// A number in a format that shows something else.
    OtherFormat,
}

/// Rows of cells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells<'t> {
    /// The text that spans point into; whole records too, if they can be copied as they are.
    text: Cow<'t, str>,
    spans: Vec<Span>,
    /// Per cell, what it is; empty if the format does not say.
    kinds: Vec<CellKind>,
    columns: usize,
    rows: usize,
    /// Per row, the record as it is in the file, without its line end; empty if it cannot be copied. Either one a
    /// row, or none at all.
    records: Vec<Span>,
    faults: Vec<(usize, RowFault)>,
    /// Where blank rows were skipped: the next row, and how many were skipped up to it.
    gaps: Vec<(usize, usize)>,
}

impl<'t> Cells<'t> {
    /// An empty table of so many columns. Its text can be set later, by [`Cells::set_text`].
    pub(crate) fn new(columns: usize) -> Self {
        Self { columns, ..Self::default() }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// How many bytes its cells have as delimited text.
    pub(crate) fn size(&self) -> usize {
        self.text.len() + self.spans.len()
    }

    /// The text of a cell; empty if there is no such cell.
    #[inline]
    pub(crate) fn get(&self, row: usize, column: usize) -> &str {
        self.spans.get(row * self.columns + column).map_or("", |span| self.text_of(*span))
    }

    /// The texts of a column's cells in some rows as [`short`] gives them; `None` for longer ones.
    #[inline]
    pub(crate) fn shorts(
        &self,
        rows: Range<usize>,
        column: usize,
    ) -> impl Iterator<Item = Option<u64>> {
        let text = self.text.as_bytes();
        let spans = self.spans.get(rows.start * self.columns + column..).unwrap_or_default();
        let spans = spans.iter().step_by(self.columns.max(1)).take(rows.len());
        spans.map(|(start, end)| {
            let length = end.saturating_sub(*start);
            if length > 7 {
                return None;
            }
            let rest = text.get(*start as usize..).unwrap_or_default();
            // Eight bytes are read, whatever the length, and the surplus is masked: a load of a fixed length is one
            // instruction.
            let word = match rest.first_chunk() {
                Some(eight) => u64::from_le_bytes(*eight) & ((1 << (8 * length)) - 1),
                None => return short(rest.get(..length as usize)?),
            };
            Some(word | u64::from(length) << 56)
        })
    }

    /// The position of a row in the chunk as it is in the file, blank rows counted.
    pub(crate) fn position(&self, row: usize) -> usize {
        let before = self.gaps.partition_point(|(next, _)| *next <= row);
        let skipped = before.checked_sub(1).and_then(|index| self.gaps.get(index));
        row + skipped.map_or(0, |(_, rows)| *rows)
    }

    /// How many blank rows were skipped.
    pub(crate) fn skipped(&self) -> usize {
        self.gaps.last().map_or(0, |(_, rows)| *rows)
    }

    /// Skips blank rows before the next row.
    pub(crate) fn skip(&mut self, rows: usize) {
        let skipped = self.skipped() + rows;
        match self.gaps.last_mut() {
            Some(last) if last.0 == self.rows => last.1 = skipped,
            _ => self.gaps.push((self.rows, skipped)),
        }
    }

    /// Whether the format says what each cell is.
    pub(crate) fn has_kinds(&self) -> bool {
        !self.kinds.is_empty()
    }

    /// The same rows with their own text.
    pub(crate) fn into_owned(self) -> Cells<'static> {
        let text = Cow::Owned(self.text.into_owned());
        let Self { spans, kinds, columns, rows, records, faults, gaps, .. } = self;
        Cells { text, spans, kinds, columns, rows, records, faults, gaps }
    }

    /// The cells of a row.
    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = &str> + Clone {
        let spans = self.spans.get(row * self.columns..(row + 1) * self.columns);
        spans.unwrap_or_default().iter().map(|span| self.text_of(*span))
    }

    /// The record of a row as it is in the file, if it can be copied.
    pub(crate) fn record(&self, row: usize) -> Option<&str> {
        self.records.get(row).filter(|(start, end)| start < end).map(|span| self.text_of(*span))
    }

    /// Blanks a cell, so that no output repeats it.
    pub(crate) fn withhold(&mut self, row: usize, column: usize) {
        if let Some(span) = self.spans.get_mut(row * self.columns + column) {
            *span = (0, 0);
        }
        if let Some(kind) = self.kinds.get_mut(row * self.columns + column) {
            *kind = CellKind::Text;
        }
        if let Some(record) = self.records.get_mut(row) {
            *record = (0, 0);
        }
    }

    /// What is wrong with rows as such, in the order of rows.
    pub(crate) fn faults(&self) -> &[(usize, RowFault)] {
        &self.faults
    }

    /// Whether any text has a `U+FFFD`, which replaces invalid bytes.
    pub(crate) fn has_replacements(&self) -> bool {
        memchr::memmem::find(self.text.as_bytes(), "\u{fffd}".as_bytes()).is_some()
    }

    /// Adds a cell to the current row. The caller reports surplus cells.
    pub(crate) fn push(&mut self, text: &str) {
        let start = self.text.len();
        self.text.to_mut().push_str(text);
        self.spans.push(span(start..self.text.len()));
    }

    /// Adds a cell of a kind; either all cells are added so, or none.
    pub(crate) fn push_as(&mut self, text: &str, kind: CellKind) {
        self.push(text);
        self.kinds.push(kind);
    }

    /// What a cell is; `None` if the format does not say.
    #[inline]
    pub(crate) fn kind(&self, row: usize, column: usize) -> Option<CellKind> {
        if self.kinds.is_empty() {
            return None;
        }
        self.kinds.get(row * self.columns + column).copied()
    }

    /// Ends a row: cells that are missing are blank, and cells beyond the last column are dropped.
    pub(crate) fn end_row(&mut self) {
        self.rows += 1;
        self.spans.resize(self.rows * self.columns, (0, 0));
        if !self.kinds.is_empty() {
            self.kinds.resize(self.rows * self.columns, CellKind::Text);
        }
    }

    /// Records a fault of the current row (after [`Cells::end_row`], of the next).
    pub(crate) fn fault(&mut self, fault: RowFault) {
        self.faults.push((self.rows, fault));
    }

    pub(crate) fn push_span(&mut self, range: Range<usize>) {
        self.spans.push(span(range));
    }

    /// How many cells the current row has.
    pub(crate) fn cells_of_row(&self) -> usize {
        self.spans.len().saturating_sub(self.rows * self.columns)
    }

    /// Removes cells until the current row has `left`.
    pub(crate) fn truncate_row(&mut self, left: usize) {
        self.spans.truncate(self.rows * self.columns + left);
    }

    /// The spans of the current row.
    pub(crate) fn spans_of_row(&self) -> Vec<Range<usize>> {
        let spans = self.spans.get(self.rows * self.columns..).unwrap_or_default();
        spans.iter().map(|(start, end)| *start as usize..*end as usize).collect()
    }

    /// The spans of the current row beyond the last column.
    pub(crate) fn surplus(&self) -> Vec<Range<usize>> {
        let spans = self.spans.get((self.rows + 1) * self.columns..).unwrap_or_default();
        spans.iter().map(|(start, end)| *start as usize..*end as usize).collect()
    }

    pub(crate) fn push_record(&mut self, range: Range<usize>) {
        self.records.push(span(range));
    }

    pub(crate) fn set_text(&mut self, text: Cow<'t, str>) {
        self.text = text;
    }

    fn text_of(&self, (start, end): Span) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or("")
    }
}

/// Chunks are far below 4 GiB: no record is longer than the limit `line` can be set to.
fn span(range: Range<usize>) -> Span {
    let offset = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
    (offset(range.start), offset(range.end))
}
