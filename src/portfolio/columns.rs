//! Cells to answers: one reader a column.
//!
//! Owns the fast ways to read what files repeat a million times, and the memory of what was read before: short
//! cells are looked up as numbers, and those of yes or no go 64 rows at once. In go cells, out come values in a
//! [`Column`] of a block, or a fault. Every fast way gives what `Profile::read_scaled` gives, which is the
//! meaning; a test holds it to that.

use super::cells::{CellKind, Cells};
use super::csv::unguarded;
use super::header::Mapped;
use crate::evaluate::{Column, short};
use crate::facts::credit_code::is_personal_number;
use crate::facts::{
    Fact, FaultKind, Format, Kind, Notice, Profile, Reference, Value, is_plain_credit_code,
};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap as HashMap;
use std::ops::Range;

/// How many different cells of a column are remembered: codes and words repeat, names do not.
const REMEMBERED: usize = 1 << 12;

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
    /// Longer texts → the place of what they were read as.
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
            if let Some(Short::Code(code)) = key.and_then(|key| self.short.get(&key)) {
                column.push_short_code(*code);
                continue;
            }
            let text = unguarded(cells.get(row, place));
            let came = self.push(text, column);
            if came != PLAIN {
                tell(row, &came, text);
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
        let (mut yes, mut no, mut other) = (0_u64, 0_u64, 0_u64);
        for (bit, key) in cells.shorts(rows.clone(), place).enumerate() {
            let (is_yes, is_no) = usual_bool(key.unwrap_or(u64::MAX));
            yes |= u64::from(is_yes) << bit;
            no |= u64::from(is_no) << bit;
            other |= u64::from(key != BLANK) << bit;
        }
        other &= !(yes | no);
        let mut unknown = 0;
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
                let (yes, no) = short(text.as_bytes()).map_or((false, false), usual_bool);
                if yes || no {
                    column.push_bool(yes);
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
            Some(Short::Known(place)) => match self.known.get(place as usize) {
                Some(known) => put(known, column),
                None => self.slow(text, column),
            },
            None => self.slow(text, column),
        }
    }

    /// What a text was read as; it is read if it is new. Nothing if there is no room left.
    fn remembered(&mut self, text: &str) -> Option<Short> {
        let key = short(text.as_bytes());
        let found = match key {
            Some(key) => self.short.get(&key).copied(),
            None => self.long.get(text).copied().map(Short::Known),
        };
        if found.is_some() {
            return found;
        }
        if self.short.len() + self.long.len() >= REMEMBERED {
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
        match key {
            Some(key) => {
                self.short.insert(key, read);
            }
            None => {
                self.long.insert(text.into(), number);
            }
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
        match self.learned.get(place as usize) {
            Some(known) => put(known, column),
            None => {
                column.push_not_answered();
                PLAIN
            }
        }
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

/// Whether a short text is one of the usual words for yes, and for no.
#[inline]
const fn usual_bool(key: u64) -> (bool, bool) {
    const YES: [u64; 4] = [key_of("是"), key_of("1"), key_of("true"), key_of("Y")];
    const NO: [u64; 4] = [key_of("否"), key_of("0"), key_of("false"), key_of("N")];
    let [a, b, c, d] = YES;
    let [e, f, g, h] = NO;
    let yes = (key == a) | (key == b) | (key == c) | (key == d);
    let no = (key == e) | (key == f) | (key == g) | (key == h);
    (yes, no)
}

const fn key_of(word: &str) -> u64 {
    match short(word.as_bytes()) {
        Some(key) => key,
        None => u64::MAX,
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
    Some(if scale > 0 { number.normalize() } else { number })
}
