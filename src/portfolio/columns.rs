//! Cells to answers: one reader a column.
//!
//! Owns the fast ways to read what files repeat a million times, and the memory of what was read before.
//! In go cells, out come values in a [`Column`] of a block, or a fault. Every fast way gives what
//! `Profile::read_scaled` gives, which is the meaning; a test holds it to that.

use super::cells::CellKind;
use super::header::Mapped;
use crate::evaluate::Column;
use crate::facts::credit_code::is_personal_number;
use crate::facts::{
    Fact, FaultKind, Format, Kind, Notice, Profile, Reference, Value, is_plain_credit_code,
};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap as HashMap;

/// How many different cells of a column are remembered: codes and words repeat, names do not.
const REMEMBERED: usize = 1 << 14;

/// Digits that a binary fraction keeps.
const SURE_DIGITS: usize = 15;

/// Reads the cells of one column.
#[derive(Debug)]
pub struct ColumnReader<'a> {
    /// The fact of the column.
    pub fact: &'a Fact,
    shift: i8,
    reference: &'a Reference,
    places: HashMap<Box<str>, u32>,
    known: Vec<Known>,
    learned: Vec<Known>,
}

/// What a cell was read as.
#[derive(Debug)]
struct Known {
    value: Result<Value, FaultKind>,
    noticed: bool,
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

const PLAIN: Came = Came::Read { unknown: false, noticed: false };

impl<'a> ColumnReader<'a> {
    /// A reader for a column.
    #[must_use]
    pub fn new(fact: &'a Fact, mapped: Mapped, reference: &'a Reference) -> Self {
        let (places, known, learned) = (HashMap::default(), Vec::new(), Vec::new());
        Self { fact, shift: mapped.shift, reference, places, known, learned }
    }

    /// Reads a cell into the next row of its fact's column.
    pub fn push(&mut self, text: &str, column: &mut Column) -> Came {
        if text.is_empty() {
            column.push_not_answered();
            return PLAIN;
        }
        match &self.fact.kind {
            Kind::Bool => {
                if let Some(yes) = plain_bool(text.as_bytes()) {
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
        if let Some(known) = self.places.get(text).and_then(|at| self.known.get(*at as usize)) {
            return put(known, column);
        }
        if self.known.len() >= REMEMBERED {
            return self.slow(text, column);
        }
        let known = self.read(text);
        let came = put(&known, column);
        if let Ok(place) = u32::try_from(self.known.len()) {
            self.places.insert(text.into(), place);
            self.known.push(known);
        }
        came
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
        Known { value, noticed: !notices.is_empty() }
    }
}

fn put(known: &Known, column: &mut Column) -> Came {
    match &known.value {
        Ok(value) => {
            column.push(value);
            Came::Read { unknown: *value == Value::Unknown, noticed: known.noticed }
        }
        Err(kind) => {
            column.push_not_answered();
            Came::Fault(kind.clone())
        }
    }
}

/// The usual words for yes and no, byte by byte: 是 and 否 are three each.
fn plain_bool(text: &[u8]) -> Option<bool> {
    match text {
        b"1" | [0xe6, 0x98, 0xaf] | b"true" | b"Y" => Some(true),
        b"0" | [0xe5, 0x90, 0xa6] | b"false" | b"N" => Some(false),
        _ => None,
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
