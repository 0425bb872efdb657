//! Cells to answers: one reader a column.
//!
//! Owns the cache of parsed cells, since a column repeats the same few texts a million times. Short texts are
//! looked up as numbers; common booleans are read 64 rows at once. Cells go in; values come out in a [`Column`] of
//! a batch, or a fault. `Profile::read_scaled` defines the meaning of a cell; a test compares every shortcut with
//! it.

use crate::fast::booleans::CommonBoolean;
use crate::fast::bytes::{WIDTH, positions};
use crate::fast::numbers::plain_number;
use crate::fast::text_keys::key_16;
use crate::table::cells::{CellKind, Cells};
use crate::table::delimited::unguarded;
use crate::table::header::Mapped;
use export_advisor_core::evaluate::{Column, short};
use export_advisor_core::facts::credit_code::is_personal_number;
use export_advisor_core::facts::{
    Fact, FaultKind, Format, Kind, Notice, Profile, Reference, Value, is_plain_credit_code,
};
use foldhash::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// How many different cells of a column are cached: codes and words repeat, names do not.
const CACHE_ENTRIES: usize = 1 << 12;

/// The longest cell that is cached, in bytes: the number of cells alone would not bound the memory.
const LONGEST_CACHED: usize = 1 << 10;

/// The digits that a binary fraction keeps.
const EXACT_DIGITS: usize = 15;

/// Reads the cells of one column.
#[derive(Debug)]
pub(crate) struct ColumnReader<'a> {
    /// The fact of the column.
    pub(crate) fact: &'a Fact,
    shift: i8,
    reference: &'a Reference,
    /// The key of a text of up to seven bytes → its parse.
    by_short_key: HashMap<u64, ShortEntry>,
    /// The key of a text of eight to fifteen bytes → the index of its parse.
    by_key_16: HashMap<u128, u32>,
    /// A longer text → the index of its parse.
    by_text: HashMap<Box<str>, u32>,
    parsed: Vec<CachedParse>,
    /// The parses of the texts of a dictionary.
    dictionary: Vec<CachedParse>,
}

/// The parse of a short text.
#[derive(Clone, Copy, Debug)]
enum ShortEntry {
    /// A code that is as short as the text: most columns of codes need no other memory.
    Code(u64),
    /// The index of its parse.
    Parsed(u32),
}

/// The parse of a text.
#[derive(Debug)]
struct CachedParse {
    /// Meaningless where there are `codes`.
    value: Result<Value, FaultKind>,
    notices: Notices,
    /// Whether the outcome is more than a plain value.
    is_reported: bool,
    /// The codes of a list, if all are short and the outcome is a plain value.
    codes: Option<Box<[u64]>>,
}

impl CachedParse {
    fn outcome(&self) -> CellOutcome {
        match &self.value {
            Ok(value) => CellOutcome::Read {
                unknown: *value == Value::Unknown,
                notices: self.notices.clone(),
            },
            Err(kind) => CellOutcome::Fault(kind.clone()),
        }
    }
}

/// What a person should check of a cell that was read; most cells have nothing.
pub(crate) type Notices = Option<Arc<[Notice]>>;

/// What reading a cell gave, beside the value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CellOutcome {
    /// The cell has a value.
    Read {
        /// The value is that the firm does not know.
        unknown: bool,
        /// What a person should check: a retired code, a credit code that fails its check.
        notices: Notices,
    },
    /// The cell has no value that can be read.
    Fault(FaultKind),
}

/// The key of a blank.
const BLANK: Option<u64> = Some(0);

const PLAIN: CellOutcome = CellOutcome::Read { unknown: false, notices: None };

impl<'a> ColumnReader<'a> {
    /// A reader for a column.
    pub(crate) fn new(fact: &'a Fact, mapped: Mapped, reference: &'a Reference) -> Self {
        Self {
            fact,
            shift: mapped.shift,
            reference,
            by_short_key: HashMap::default(),
            by_key_16: HashMap::default(),
            by_text: HashMap::default(),
            parsed: Vec::new(),
            dictionary: Vec::new(),
        }
    }

    /// Reads cells of text in up to 64 rows into the next rows of their fact's column, and reports the outcome of
    /// those which are not plain values.
    pub(crate) fn push_rows(
        &mut self,
        cells: &Cells<'_>,
        cell_column: usize,
        rows: Range<usize>,
        column: &mut Column,
        report: &mut dyn FnMut(usize, &CellOutcome, &str),
    ) {
        if self.fact.kind == Kind::Bool {
            return self.push_bools(cells, cell_column, rows, column, report);
        }
        for (row, key) in rows.clone().zip(cells.shorts(rows, cell_column)) {
            if key == BLANK {
                column.push_not_answered();
                continue;
            }
            let outcome = match key.and_then(|key| self.by_short_key.get(&key)) {
                Some(ShortEntry::Code(code)) => {
                    column.push_short_code(*code);
                    continue;
                }
                Some(ShortEntry::Parsed(index)) => push_cached(&self.parsed, *index, column),
                None => self.push(unguarded(cells.get(row, cell_column)), column),
            };
            if outcome != PLAIN {
                report(row, &outcome, unguarded(cells.get(row, cell_column)));
            }
        }
    }

    /// Reads booleans, one bit a row. Common texts take no branch that a processor could mispredict.
    fn push_bools(
        &mut self,
        cells: &Cells<'_>,
        cell_column: usize,
        rows: Range<usize>,
        column: &mut Column,
        report: &mut dyn FnMut(usize, &CellOutcome, &str),
    ) {
        let mut common = [CommonBoolean::Blank as u8; WIDTH];
        for (slot, key) in common.iter_mut().zip(cells.shorts(rows.clone(), cell_column)) {
            *slot = CommonBoolean::from_key(key) as u8;
        }
        let rows_with = |value: CommonBoolean| positions(&common, value as u8);
        let (mut yes, mut no) = (rows_with(CommonBoolean::Yes), rows_with(CommonBoolean::No));
        let (mut other, mut unknown) = (rows_with(CommonBoolean::Other), 0);
        while other != 0 {
            let bit = other.trailing_zeros();
            other &= other - 1;
            let row = rows.start + bit as usize;
            let text = unguarded(cells.get(row, cell_column));
            let uncached;
            let parsed = match self.cached(text) {
                Some(ShortEntry::Parsed(index)) => self.parsed.get(index as usize),
                _ => {
                    uncached = self.read(text);
                    Some(&uncached)
                }
            };
            let Some(parsed) = parsed else { continue };
            match parsed.value {
                Ok(Value::Bool(true)) => yes |= 1 << bit,
                Ok(Value::Bool(false)) => no |= 1 << bit,
                Ok(Value::Unknown) => unknown |= 1 << bit,
                _ => {}
            }
            if parsed.is_reported {
                report(row, &parsed.outcome(), text);
            }
        }
        column.push_bools(rows.len(), yes | no, yes, unknown);
    }

    /// Reads a cell into the next row of its fact's column.
    pub(crate) fn push(&mut self, text: &str, column: &mut Column) -> CellOutcome {
        if text.is_empty() {
            column.push_not_answered();
            return PLAIN;
        }
        match &self.fact.kind {
            Kind::Bool => {
                let common = CommonBoolean::from_key(short(text.as_bytes()));
                if matches!(common, CommonBoolean::Yes | CommonBoolean::No) {
                    column.push_bool(common == CommonBoolean::Yes);
                    return PLAIN;
                }
            }
            Kind::Number { whole, min, max, .. } => {
                let number = plain_number(text).filter(|_| self.shift == 0);
                if let Some(number) = number
                    && number >= *min
                    && number <= *max
                    && (!whole || number.scale() == 0)
                {
                    column.push_number(number);
                    return PLAIN;
                }
                return self.push_uncached(text, column);
            }
            Kind::Code { format: Format::Uscc, .. } => {
                if is_plain_credit_code(text) {
                    column.push_code(text);
                    return PLAIN;
                }
                return self.push_uncached(text, column);
            }
            _ => {}
        }
        match self.cached(text) {
            Some(ShortEntry::Code(code)) => {
                column.push_short_code(code);
                PLAIN
            }
            Some(ShortEntry::Parsed(index)) => push_cached(&self.parsed, index, column),
            None => self.push_uncached(text, column),
        }
    }

    /// The cached parse of a text, which is parsed if it is new; `None` if the cache is full.
    fn cached(&mut self, text: &str) -> Option<ShortEntry> {
        let (key, long_key) = (short(text.as_bytes()), key_16(text.as_bytes()));
        let found = match (key, long_key) {
            (Some(key), _) => self.by_short_key.get(&key).copied(),
            (_, Some(long_key)) => self.by_key_16.get(&long_key).copied().map(ShortEntry::Parsed),
            _ => self.by_text.get(text).copied().map(ShortEntry::Parsed),
        };
        if found.is_some() {
            return found;
        }
        if self.by_short_key.len() + self.by_key_16.len() + self.by_text.len() >= CACHE_ENTRIES
            || text.len() > LONGEST_CACHED
        {
            return None;
        }
        let parsed = self.read(text);
        let code = match &parsed.value {
            Ok(Value::Code(code)) if !parsed.is_reported => short(code.as_bytes()),
            _ => None,
        };
        let number = u32::try_from(self.parsed.len()).ok()?;
        let read = match (key, code) {
            (Some(_), Some(code)) => ShortEntry::Code(code),
            _ => ShortEntry::Parsed(number),
        };
        match (key, long_key) {
            (Some(key), _) => drop(self.by_short_key.insert(key, read)),
            (_, Some(long_key)) => drop(self.by_key_16.insert(long_key, number)),
            _ => drop(self.by_text.insert(text.into(), number)),
        }
        if matches!(read, ShortEntry::Parsed(_)) {
            self.parsed.push(parsed);
        }
        Some(read)
    }

    /// Reads a cell of a kind. A credit code that is stored as a binary fraction has lost its last digits; a cell that
    /// shows something else than its number, or nothing, is not read.
    pub(crate) fn push_as(
        &mut self,
        text: &str,
        kind: CellKind,
        column: &mut Column,
    ) -> CellOutcome {
        let lost = kind == CellKind::Fraction
            && text.len() > EXACT_DIGITS
            && matches!(self.fact.kind, Kind::Code { format: Format::Uscc, .. })
            && !is_personal_number(text);
        let fault = match kind {
            CellKind::NoResult => Some(FaultKind::NoResult),
            CellKind::OtherFormat => Some(FaultKind::OtherFormat),
            _ if lost => Some(FaultKind::SpreadsheetNumber),
            _ => None,
        };
        if let Some(fault) = fault {
            column.push_not_answered();
            return CellOutcome::Fault(fault);
        }
        self.push(text, column)
    }

    /// Parses a text of a dictionary, and returns the index by which it is pushed.
    pub(crate) fn add_dictionary_entry(&mut self, text: &str) -> u32 {
        let index = u32::try_from(self.dictionary.len()).unwrap_or(u32::MAX);
        let parsed = self.read(text);
        self.dictionary.push(parsed);
        index
    }

    /// Pushes a text of the dictionary.
    pub(crate) fn push_dictionary_entry(&self, index: u32, column: &mut Column) -> CellOutcome {
        push_cached(&self.dictionary, index, column)
    }

    /// Removes the texts of the dictionary: another one begins.
    pub(crate) fn clear_dictionary(&mut self) {
        self.dictionary.clear();
    }

    /// Whether a text can be read.
    pub(crate) fn can_read(&self, text: &str) -> bool {
        self.read(text).value.is_ok()
    }

    fn push_uncached(&self, text: &str, column: &mut Column) -> CellOutcome {
        push_parsed(&self.read(text), column)
    }

    fn read(&self, text: &str) -> CachedParse {
        let mut notices: Vec<Notice> = Vec::new();
        let value =
            Profile::read_scaled(self.fact, &[text], self.shift, self.reference, &mut notices);
        let notices: Notices = (!notices.is_empty()).then(|| notices.into());
        let is_reported =
            notices.is_some() || !value.as_ref().is_ok_and(|value| *value != Value::Unknown);
        let codes = match &value {
            Ok(Value::Codes(codes)) if !is_reported => {
                codes.iter().map(|code| short(code.as_bytes())).collect()
            }
            _ => None,
        };
        let codes: Option<Box<[u64]>> = codes;
        // As numbers they take a tenth of the memory.
        let value = if codes.is_some() { Ok(Value::NotAnswered) } else { value };
        CachedParse { value, notices, is_reported, codes }
    }
}

/// Pushes a parse by its index.
fn push_cached(read: &[CachedParse], index: u32, column: &mut Column) -> CellOutcome {
    match read.get(index as usize) {
        Some(parsed) => push_parsed(parsed, column),
        None => {
            column.push_not_answered();
            PLAIN
        }
    }
}

fn push_parsed(parsed: &CachedParse, column: &mut Column) -> CellOutcome {
    if let Some(codes) = &parsed.codes {
        column.push_short_codes(codes);
        return PLAIN;
    }
    match &parsed.value {
        Ok(value) => column.push(value),
        Err(_) => column.push_not_answered(),
    }
    if parsed.is_reported { parsed.outcome() } else { PLAIN }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::test_plan::plan;
    use export_advisor_core::evaluate::Batch;
    use fastrand::Rng;

    #[test]
    fn the_fast_reader_reads_as_the_form_does() {
        let book = &plan().book;
        let mut rng = Rng::with_seed(7);
        let pieces = [
            "是",
            "否",
            "1",
            "0",
            "12",
            "300",
            "1,200",
            ".5",
            "5.",
            "007",
            "9",
            "人",
            "万元",
            "约",
            "-",
            "小",
            "微型",
            "JP",
            ";",
            " ",
            "330782",
            "F5292",
            "5292",
            "无",
            "不详",
            "true",
            "Y",
            "８",
            "unknown",
            "91110000600037341L",
            "91110000600037341M",
            "110105194912310021",
            "99999999999999999999",
            "E+17",
            "1.0",
            ".0",
            "440300",
            "441282",
            "义乌",
            "朝阳",
            "汽车整车制造",
            "亿",
            "¥",
            "RMB",
        ];
        for shift in [0, -4] {
            for fact in &book.catalogue.facts {
                if shift != 0 && !matches!(fact.kind, Kind::Number { whole: false, .. }) {
                    continue;
                }
                let mapped = Mapped { fact: fact.id, shift };
                let mut reader = ColumnReader::new(fact, mapped, &book.reference);
                let mut block = Batch::new(plan());
                let mut expected = Vec::new();
                let mut cells = Cells::new(1);
                for _ in 0..600 {
                    let text: String =
                        (0..rng.usize(0..4)).map(|_| pieces[rng.usize(0..pieces.len())]).collect();
                    let reference_value = Profile::read_scaled(
                        fact,
                        &[&text],
                        shift,
                        &book.reference,
                        &mut Vec::new(),
                    );
                    match reader.push(&text, block.column(fact.id)) {
                        CellOutcome::Read { unknown, .. } => {
                            assert!(
                                reference_value.is_ok(),
                                "{}: {text}: {reference_value:?}",
                                fact.name
                            );
                            assert_eq!(
                                unknown,
                                reference_value == Ok(Value::Unknown),
                                "{}: {text}",
                                fact.name
                            );
                        }
                        CellOutcome::Fault(kind) => {
                            assert_eq!(Err(kind), reference_value, "{}: {text}", fact.name)
                        }
                    }
                    expected.push(reference_value);
                    cells.push(&text);
                    cells.end_row();
                }
                // The same, many rows at once.
                let mut together = Batch::new(plan());
                let mut reader = ColumnReader::new(fact, mapped, &book.reference);
                let mut faults = Vec::new();
                let mut unknown = Vec::new();
                for first in (0..cells.rows()).step_by(64) {
                    let rows = first..cells.rows().min(first + 64);
                    let mut report = |row: usize, outcome: &CellOutcome, text: &str| {
                        assert_eq!(text, cells.get(row, 0), "{}", fact.name);
                        match outcome {
                            CellOutcome::Read { unknown: true, .. } => unknown.push(row),
                            CellOutcome::Read { notices, .. } => {
                                assert!(notices.is_some(), "{}: {text}", fact.name)
                            }
                            CellOutcome::Fault(kind) => faults.push((row, kind.clone())),
                        }
                    };
                    reader.push_rows(&cells, 0, rows, together.column(fact.id), &mut report);
                }
                faults.sort_by_key(|(row, _)| *row);
                unknown.sort_unstable();
                let reference_value = expected.iter().enumerate();
                let errors = reference_value.clone().filter_map(|(row, reference_value)| {
                    Some((row, reference_value.clone().err()?))
                });
                assert_eq!(faults, errors.collect::<Vec<_>>(), "{}", fact.name);
                let asked = reference_value
                    .filter(|(_, reference_value)| **reference_value == Ok(Value::Unknown))
                    .map(|(row, _)| row);
                assert_eq!(unknown, asked.collect::<Vec<_>>(), "{}", fact.name);
                let expected = expected
                    .into_iter()
                    .map(|reference_value| reference_value.unwrap_or(Value::NotAnswered));
                let expected: Vec<Value> = expected.collect();
                let column = &together.columns()[fact.id.index()];
                for (row, value) in expected.iter().enumerate() {
                    assert_eq!(&column.value(row), value, "{} row {row}, together", fact.name);
                }
                let column = &block.columns()[fact.id.index()];
                for (row, value) in expected.into_iter().enumerate() {
                    assert_eq!(column.value(row), value, "{} row {row}", fact.name);
                }
            }
        }
    }
}
