//! Cells to answers: one reader a column.
//!
//! Owns the fast ways to read what files repeat a million times, and the memory of what was read before: short
//! cells are looked up as numbers, and those of yes or no go 64 rows at once. In go cells, out come values in a
//! [`Column`] of a block, or a fault. Every fast way gives what `Profile::read_scaled` gives, which is the
//! meaning; a test holds it to that.

use super::cells::{CellKind, Cells};
use super::csv::unguarded;
use super::header::Mapped;
use super::lanes;
use export_advisor_core::evaluate::{Column, short};
use export_advisor_core::facts::credit_code::is_personal_number;
use export_advisor_core::facts::{
    Fact, FaultKind, Format, Kind, Notice, Profile, Reference, Value, is_plain_credit_code,
};
use foldhash::HashMap;
use rust_decimal::Decimal;
use std::ops::Range;

/// How many different cells of a column are remembered: codes and words repeat, names do not.
const REMEMBERED: usize = 1 << 12;

/// The longest cell that is remembered, in bytes: their number alone would not bound the memory.
const LONGEST_REMEMBERED: usize = 1 << 10;

/// Digits that a binary fraction keeps.
const SURE_DIGITS: usize = 15;

/// Reads the cells of one column.
#[derive(Debug)]
pub struct ColumnReader<'a> {
    /// The fact of the column.
    pub fact: &'a Fact,
    shift: i8,
    reference: &'a Reference,
    /// Short texts, as numbers → what they were read as.
    short: HashMap<u64, Short>,
    /// Texts of eight to fifteen bytes, as numbers → the place of what they were read as.
    middle: HashMap<u128, u32>,
    /// Longer texts → the same.
    long: HashMap<Box<str>, u32>,
    known: Vec<Known>,
    learned: Vec<Known>,
}

/// What a short text was read as.
#[derive(Clone, Copy, Debug)]
enum Short {
    /// A code as short as the text: most columns of codes need no more memory than this.
    Code(u64),
    /// The place of what it was read as.
    Known(u32),
}

/// What a cell was read as.
#[derive(Debug)]
struct Known {
    /// Without meaning where there are `codes`.
    value: Result<Value, FaultKind>,
    noticed: bool,
    /// Whether there is something to tell beside the value.
    told: bool,
    /// The codes of a list, if all are short and there is nothing to tell.
    codes: Option<Box<[u64]>>,
}

impl Known {
    fn came(&self) -> Came {
        match &self.value {
            Ok(value) => Came::Read { unknown: *value == Value::Unknown, noticed: self.noticed },
            Err(kind) => Came::Fault(kind.clone()),
        }
    }
}

/// What reading a cell came to, beside the value.
#[derive(Clone, Debug, PartialEq)]
pub enum Came {
    /// Read; `unknown` if it says that the firm does not know, `noticed` if it was read otherwise than
    /// written.
    Read {
        /// Asked, and not known.
        unknown: bool,
        /// A retired code, or a credit code that fails its check.
        noticed: bool,
    },
    /// Not read.
    Fault(FaultKind),
}

/// The number of a blank.
const BLANK: Option<u64> = Some(0);

const PLAIN: Came = Came::Read { unknown: false, noticed: false };

impl<'a> ColumnReader<'a> {
    /// A reader for a column.
    #[must_use]
    pub fn new(fact: &'a Fact, mapped: Mapped, reference: &'a Reference) -> Self {
        Self {
            fact,
            shift: mapped.shift,
            reference,
            short: HashMap::default(),
            middle: HashMap::default(),
            long: HashMap::default(),
            known: Vec::new(),
            learned: Vec::new(),
        }
    }

    /// Reads cells of text in up to 64 rows into the next rows of their fact's column, and tells what came of
    /// those which were not simply read.
    pub fn push_rows(
        &mut self,
        cells: &Cells<'_>,
        place: usize,
        rows: Range<usize>,
        column: &mut Column,
        tell: &mut dyn FnMut(usize, &Came, &str),
    ) {
        if self.fact.kind == Kind::Bool {
            return self.push_bools(cells, place, rows, column, tell);
        }
        for (row, key) in rows.clone().zip(cells.shorts(rows, place)) {
            if key == BLANK {
                column.push_not_answered();
                continue;
            }
            let came = match key.and_then(|key| self.short.get(&key)) {
                Some(Short::Code(code)) => {
                    column.push_short_code(*code);
                    continue;
                }
                Some(Short::Known(place)) => push_of(&self.known, *place, column),
                None => self.push(unguarded(cells.get(row, place)), column),
            };
            if came != PLAIN {
                tell(row, &came, unguarded(cells.get(row, place)));
            }
        }
    }

    /// Each row is one bit: the usual words cost no decision that a processor could guess wrongly.
    fn push_bools(
        &mut self,
        cells: &Cells<'_>,
        place: usize,
        rows: Range<usize>,
        column: &mut Column,
        tell: &mut dyn FnMut(usize, &Came, &str),
    ) {
        let mut usual = [Usual::Blank as u8; lanes::TOGETHER];
        for (slot, key) in usual.iter_mut().zip(cells.shorts(rows.clone(), place)) {
            *slot = Usual::of(key) as u8;
        }
        let places = |of: Usual| lanes::places(&usual, of as u8);
        let (mut yes, mut no) = (places(Usual::Yes), places(Usual::No));
        let (mut other, mut unknown) = (places(Usual::Other), 0);
        while other != 0 {
            let bit = other.trailing_zeros();
            other &= other - 1;
            let row = rows.start + bit as usize;
            let text = unguarded(cells.get(row, place));
            let unsaved;
            let known = match self.remembered(text) {
                Some(Short::Known(place)) => self.known.get(place as usize),
                _ => {
                    unsaved = self.read(text);
                    Some(&unsaved)
                }
            };
            let Some(known) = known else { continue };
            match known.value {
                Ok(Value::Bool(true)) => yes |= 1 << bit,
                Ok(Value::Bool(false)) => no |= 1 << bit,
                Ok(Value::Unknown) => unknown |= 1 << bit,
                _ => {}
            }
            if known.told {
                tell(row, &known.came(), text);
            }
        }
        column.push_bools(rows.len(), yes | no, yes, unknown);
    }

    /// Reads a cell into the next row of its fact's column.
    pub fn push(&mut self, text: &str, column: &mut Column) -> Came {
        if text.is_empty() {
            column.push_not_answered();
            return PLAIN;
        }
        match &self.fact.kind {
            Kind::Bool => {
                let usual = Usual::of(short(text.as_bytes()));
                if matches!(usual, Usual::Yes | Usual::No) {
                    column.push_bool(usual == Usual::Yes);
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
                return self.slow(text, column);
            }
            Kind::Code { format: Format::Uscc, .. } => {
                if is_plain_credit_code(text) {
                    column.push_code(text);
                    return PLAIN;
                }
                return self.slow(text, column);
            }
            _ => {}
        }
        match self.remembered(text) {
            Some(Short::Code(code)) => {
                column.push_short_code(code);
                PLAIN
            }
            Some(Short::Known(place)) => push_of(&self.known, place, column),
            None => self.slow(text, column),
        }
    }

    /// What a text was read as; it is read if it is new. Nothing if there is no room left.
    fn remembered(&mut self, text: &str) -> Option<Short> {
        let (key, wide) = (short(text.as_bytes()), middle(text.as_bytes()));
        let found = match (key, wide) {
            (Some(key), _) => self.short.get(&key).copied(),
            (_, Some(wide)) => self.middle.get(&wide).copied().map(Short::Known),
            _ => self.long.get(text).copied().map(Short::Known),
        };
        if found.is_some() {
            return found;
        }
        if self.short.len() + self.middle.len() + self.long.len() >= REMEMBERED
            || text.len() > LONGEST_REMEMBERED
        {
            return None;
        }
        let known = self.read(text);
        let code = match &known.value {
            Ok(Value::Code(code)) if !known.told => short(code.as_bytes()),
            _ => None,
        };
        let number = u32::try_from(self.known.len()).ok()?;
        let read = match (key, code) {
            (Some(_), Some(code)) => Short::Code(code),
            _ => Short::Known(number),
        };
        match (key, wide) {
            (Some(key), _) => drop(self.short.insert(key, read)),
            (_, Some(wide)) => drop(self.middle.insert(wide, number)),
            _ => drop(self.long.insert(text.into(), number)),
        }
        if matches!(read, Short::Known(_)) {
            self.known.push(known);
        }
        Some(read)
    }

    /// Reads a cell of a kind. A credit code that is kept as a binary fraction has lost its last digits.
    pub fn push_as(&mut self, text: &str, kind: CellKind, column: &mut Column) -> Came {
        let lost = kind == CellKind::Fraction
            && text.len() > SURE_DIGITS
            && matches!(self.fact.kind, Kind::Code { format: Format::Uscc, .. })
            && !is_personal_number(text);
        if lost {
            column.push_not_answered();
            return Came::Fault(FaultKind::SpreadsheetNumber);
        }
        self.push(text, column)
    }

    /// Reads a text of a dictionary, to be pushed by its place.
    pub fn learn(&mut self, text: &str) -> u32 {
        let place = u32::try_from(self.learned.len()).unwrap_or(u32::MAX);
        let known = self.read(text);
        self.learned.push(known);
        place
    }

    /// Pushes a text that was learned.
    pub fn push_learned(&self, place: u32, column: &mut Column) -> Came {
        push_of(&self.learned, place, column)
    }

    /// Forgets what was learned: another dictionary begins.
    pub fn forget(&mut self) {
        self.learned.clear();
    }

    /// Whether a text is an answer.
    #[must_use]
    pub fn can_read(&self, text: &str) -> bool {
        self.read(text).value.is_ok()
    }

    fn slow(&self, text: &str, column: &mut Column) -> Came {
        put(&self.read(text), column)
    }

    fn read(&self, text: &str) -> Known {
        let mut notices: Vec<Notice> = Vec::new();
        let value =
            Profile::read_scaled(self.fact, &[text], self.shift, self.reference, &mut notices);
        let noticed = !notices.is_empty();
        let told = noticed || !value.as_ref().is_ok_and(|value| *value != Value::Unknown);
        let codes = match &value {
            Ok(Value::Codes(codes)) if !told => {
                codes.iter().map(|code| short(code.as_bytes())).collect()
            }
            _ => None,
        };
        let codes: Option<Box<[u64]>> = codes;
        // As numbers they need a tenth of the room.
        let value = if codes.is_some() { Ok(Value::NotAnswered) } else { value };
        Known { value, noticed, told, codes }
    }
}

/// A text of eight to fifteen bytes as a number that no other text has: its bytes, the first lowest, and
/// its length in the highest.
fn middle(text: &[u8]) -> Option<u128> {
    let (first, last) = (text.first_chunk()?, text.last_chunk()?);
    let length = u32::try_from(text.len()).ok().filter(|length| *length < 16)?;
    // Of the last eight bytes those that the first eight do not have.
    let rest = u64::from_le_bytes(*last).checked_shr(8 * (16 - length)).unwrap_or(0);
    let high = rest | u64::from(length) << 56;
    Some(u128::from(u64::from_le_bytes(*first)) | u128::from(high) << 64)
}

/// Pushes what was read before, by its place.
fn push_of(read: &[Known], place: u32, column: &mut Column) -> Came {
    match read.get(place as usize) {
        Some(known) => put(known, column),
        None => {
            column.push_not_answered();
            PLAIN
        }
    }
}

fn put(known: &Known, column: &mut Column) -> Came {
    if let Some(codes) = &known.codes {
        column.push_short_codes(codes);
        return PLAIN;
    }
    match &known.value {
        Ok(value) => column.push(value),
        Err(_) => column.push_not_answered(),
    }
    if known.told { known.came() } else { PLAIN }
}

/// What most cells of yes or no hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Usual {
    Yes,
    No,
    Blank,
    /// Anything else.
    Other,
}

impl Usual {
    const WORDS: [(&'static str, Self); 9] = [
        ("是", Self::Yes),
        ("1", Self::Yes),
        ("true", Self::Yes),
        ("Y", Self::Yes),
        ("否", Self::No),
        ("0", Self::No),
        ("false", Self::No),
        ("N", Self::No),
        ("", Self::Blank),
    ];

    /// Each word where its key leads: one look tells a cell, where comparing with each word in turn costs
    /// three times as much.
    #[expect(clippy::indexing_slicing, reason = "this runs at build time")]
    const TABLE: [(u64, Self); 16] = {
        let mut table = [(u64::MAX, Self::Other); 16];
        let mut words: &[(&str, Self)] = &Self::WORDS;
        while let [(word, usual), rest @ ..] = words {
            let Some(key) = short(word.as_bytes()) else { panic!("the usual words are short") };
            let slot = &mut table[Self::place(key)];
            assert!(slot.0 == u64::MAX, "two words lead to one place: choose another factor");
            *slot = (key, *usual);
            words = rest;
        }
        table
    };

    const fn place(key: u64) -> usize {
        (key.wrapping_mul(0x837d_19db_bd89_6311) >> 60) as usize
    }

    #[inline]
    fn of(key: Option<u64>) -> Self {
        let key = key.unwrap_or(u64::MAX);
        match Self::TABLE.get(Self::place(key)) {
            Some((word, usual)) if *word == key => *usual,
            _ => Self::Other,
        }
    }
}

/// Digits with at most one point between them, as few as are exact in 64 bits.
fn plain_number(text: &str) -> Option<Decimal> {
    const MOST: usize = 17;
    if text.len() > MOST {
        return None;
    }
    let (mut digits, mut point, mut last) = (0_i64, None, b'.');
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => digits = digits * 10 + i64::from(byte - b'0'),
            b'.' if point.is_none() && at > 0 => point = Some(at),
            _ => return None,
        }
        last = byte;
    }
    if last == b'.' {
        return None;
    }
    let scale = point.map_or(0, |at| text.len() - at - 1);
    let number = Decimal::new(digits, u32::try_from(scale).ok()?);
    // As few digits after the point as the number needs.
    Some(if scale > 0 && last == b'0' { number.normalize() } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middle_texts_are_told_apart() {
        assert_eq!(middle(b"1234567"), None);
        assert_eq!(middle(b"1234567890123456"), None);
        let mut seen = std::collections::HashMap::new();
        let mut rng = fastrand::Rng::with_seed(6);
        for _ in 0..20_000 {
            let text: Vec<u8> =
                (0..rng.usize(8..16)).map(|_| *rng.choice(b"\0ab").unwrap()).collect();
            let key = middle(&text).unwrap();
            assert_eq!(seen.entry(key).or_insert_with(|| text.clone()), &text, "{text:?}");
        }
    }
}
