//! The answers of many firms to one fact.
//!
//! Owns the cells of a column in the form that is read fastest: yes/no as bits, numbers as an integer
//! and a scale, enum values as numbers, short codes as one integer. Each cell can be had
//! back as the [`Value`] that was put in. It knows no test and no rule.

use crate::facts::{Fact, Kind, Value};
use rust_decimal::Decimal;

/// Bits, one a row, in bit words of 64.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// Sets the bits of 64 rows, of which `row` is the first, or of less at the end.
    fn put(&mut self, row: usize, bits: u64) {
        let (chunk, bit) = (row / 64, row % 64);
        for (chunk, bits) in [
            (chunk, bits << bit),
            (chunk + 1, bits.checked_shr(64 - u32::try_from(bit).unwrap_or(0)).unwrap_or(0)),
        ] {
            if bits == 0 {
                continue;
            }
            if self.0.len() <= chunk {
                self.0.resize(chunk + 1, 0);
            }
            if let Some(slot) = self.0.get_mut(chunk) {
                *slot |= bits;
            }
        }
    }

    /// Grows to a row and sets its bit.
    #[inline]
    fn set(&mut self, row: usize) {
        if self.0.len() <= row / 64 {
            self.0.resize(row / 64 + 1, 0);
        }
        if let Some(chunk) = self.0.last_mut() {
            *chunk |= 1 << (row % 64);
        }
    }

    pub(super) fn get(&self, row: usize) -> bool {
        self.0.get(row / 64).is_some_and(|chunk| chunk >> (row % 64) & 1 == 1)
    }

    /// As many of the bit words from `first` on as there are.
    pub(super) fn bit_words(&self, first: usize) -> &[u64] {
        self.0.get(first..).unwrap_or_default()
    }
}

/// A code of up to seven bytes with its length in the highest byte, or the index of a longer one.
pub(super) type Key = u64;

/// Marks a key that is an index among the long codes.
const LONG: u64 = 0xff << 56;

/// A text of up to seven bytes as a number that no other text has: its bytes, the first lowest, and its
/// length in the highest. Nothing for longer ones.
#[must_use]
pub const fn short(text: &[u8]) -> Option<Key> {
    if text.len() > 7 {
        return None;
    }
    let length = text.len() as u64;
    let (mut key, mut shift, mut rest) = (length << 56, 0, text);
    while let [first, after @ ..] = rest {
        key |= (*first as u64) << shift;
        shift += 8;
        rest = after;
    }
    Some(key)
}

/// The codes of a column.
#[derive(Clone, Debug, Default)]
pub(super) struct Codes {
    pub(super) keys: Vec<Key>,
    long: String,
    ends: Vec<usize>,
}

impl Codes {
    fn push(&mut self, row: usize, code: &str) {
        self.keys.resize(row, 0);
        self.item(code);
    }

    fn item(&mut self, code: &str) {
        let key = short(code.as_bytes()).unwrap_or_else(|| {
            self.long.push_str(code);
            self.ends.push(self.long.len());
            LONG | u64::try_from(self.ends.len() - 1).unwrap_or_default()
        });
        self.keys.push(key);
    }

    /// The code of a key, if it is a long one.
    pub(super) fn long(&self, key: Key) -> Option<&str> {
        if key < LONG {
            return None;
        }
        let offset = usize::try_from(key & !LONG).ok()?;
        let start = offset.checked_sub(1).and_then(|before| self.ends.get(before).copied());
        self.long.get(start.unwrap_or(0)..*self.ends.get(offset)?)
    }

    /// The text of a key.
    pub(super) fn text(&self, key: Key) -> String {
        if let Some(long) = self.long(key) {
            return long.to_owned();
        }
        let length = usize::try_from(key >> 56).unwrap_or_default();
        let bytes = key.to_le_bytes();
        String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()).into_owned()
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.long.clear();
        self.ends.clear();
    }
}

/// The numbers of a column.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    /// Without the decimal point.
    pub(super) digits: Vec<i64>,
    /// Digits after the decimal point, or [`Numbers::WIDE`].
    pub(super) scales: Vec<u8>,
    /// Rows with numbers of more digits than fit, rising.
    wide: Vec<(usize, Decimal)>,
}

impl Numbers {
    /// The scale of a number that is kept separately.
    pub(super) const WIDE: u8 = u8::MAX;

    pub(super) fn push(&mut self, row: usize, number: Decimal) {
        self.digits.resize(row, 0);
        self.scales.resize(row, 0);
        let scale = u8::try_from(number.scale()).unwrap_or(Self::WIDE);
        match i64::try_from(number.mantissa()) {
            Ok(digits) => {
                self.digits.push(digits);
                self.scales.push(scale);
            }
            Err(_) => {
                self.wide.push((row, number));
                self.digits.push(0);
                self.scales.push(Self::WIDE);
            }
        }
    }

    pub(super) fn number(&self, row: usize) -> Decimal {
        match (self.digits.get(row), self.scales.get(row)) {
            (Some(digits), Some(scale)) if *scale != Self::WIDE => {
                Decimal::new(*digits, u32::from(*scale))
            }
            _ => {
                let offset = self.wide.binary_search_by_key(&row, |(row, _)| *row);
                offset.ok().and_then(|at| self.wide.get(at)).map_or(Decimal::ZERO, |(_, n)| *n)
            }
        }
    }
}

/// The cells of a column, one a row up to the last that is answered; of a row without an answer a
/// blank, made when a later row is filled.
#[derive(Clone, Debug)]
pub(super) enum Cells {
    Bool(Bits),
    Number(Numbers),
    Enum(Vec<u16>),
    Code(Codes),
    /// Words, and where those of each row end.
    EnumList(Vec<u16>, Vec<usize>),
    /// Codes, and where those of each row end.
    Codes(Codes, Vec<usize>),
}

/// The answers of the rows of a batch to one fact. `push…` gives the next row its answer.
///
/// A value of another type than the fact's is a mistake of the caller's: it is refused where
/// assertions are on, and is "not answered" elsewhere.
#[derive(Clone, Debug)]
pub struct Column {
    len: usize,
    /// Rows that gave an answer.
    pub(super) known: Bits,
    /// Rows that were asked and do not know.
    pub(super) unknown: Bits,
    /// Where known: no code. Else: a code that fails its check.
    odd: Bits,
    pub(super) cells: Cells,
}

impl Column {
    pub(super) fn new(fact: &Fact) -> Self {
        let cells = match fact.kind {
            Kind::Bool => Cells::Bool(Bits::default()),
            Kind::Number { .. } => Cells::Number(Numbers::default()),
            Kind::Enum { .. } => Cells::Enum(Vec::new()),
            Kind::Code { .. } => Cells::Code(Codes::default()),
            Kind::EnumList => Cells::EnumList(Vec::new(), Vec::new()),
            Kind::Codes { .. } => Cells::Codes(Codes::default(), Vec::new()),
        };
        Self {
            len: 0,
            known: Bits::default(),
            unknown: Bits::default(),
            odd: Bits::default(),
            cells,
        }
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
        for bits in [&mut self.known, &mut self.unknown, &mut self.odd] {
            bits.0.clear();
        }
        match &mut self.cells {
            Cells::Bool(yes) => yes.0.clear(),
            Cells::Number(numbers) => {
                numbers.digits.clear();
                numbers.scales.clear();
                numbers.wide.clear();
            }
            Cells::Enum(values) => values.clear(),
            Cells::Code(codes) => codes.clear(),
            Cells::EnumList(values, ends) => {
                values.clear();
                ends.clear();
            }
            Cells::Codes(codes, ends) => {
                codes.clear();
                ends.clear();
            }
        }
    }

    /// How many rows were given an answer, or a blank.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no row was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the values are lists.
    pub(super) fn holds_lists(&self) -> bool {
        matches!(self.cells, Cells::EnumList(..) | Cells::Codes(..))
    }

    /// Whether a row has a list of at least one item.
    pub(super) fn states_an_item(&self, row: usize) -> bool {
        match self.value(row) {
            Value::EnumList(list) => !list.is_empty(),
            Value::Codes(list) => !list.is_empty(),
            _ => false,
        }
    }

    /// Gives the next row a value.
    pub fn push(&mut self, value: &Value) {
        match value {
            Value::NotAnswered => self.push_not_answered(),
            Value::Unknown => self.push_unknown(),
            Value::Bool(yes) => self.push_bool(*yes),
            Value::Number(number) => self.push_number(*number),
            Value::Enum(value) => self.push_enum(*value),
            Value::Code(code) => self.push_code(code),
            Value::UncheckedCode(code) => self.push_unchecked_code(code),
            Value::NoCode => self.push_no_code(),
            Value::EnumList(values) => self.push_enum_list(values),
            Value::Codes(codes) => self.push_codes(codes.iter().map(String::as_str)),
        }
    }

    /// The next row has not answered.
    #[inline]
    pub fn push_not_answered(&mut self) {
        self.len += 1;
    }

    /// The next row was asked and does not know.
    #[inline]
    pub fn push_unknown(&mut self) {
        self.unknown.set(self.len);
        self.push_not_answered();
    }

    /// Yes or no.
    #[inline]
    pub fn push_bool(&mut self, yes: bool) {
        let Cells::Bool(bits) = &mut self.cells else { return self.mistaken() };
        if yes {
            bits.set(self.len);
        }
        self.answered();
    }

    /// Yes or no of up to 64 rows at once, the first row the lowest bit: those that answered, those of
    /// them that said yes, and those that do not know. All others have not answered.
    #[inline]
    pub fn push_bools(&mut self, rows: usize, known: u64, yes: u64, unknown: u64) {
        if let Cells::Bool(bits) = &mut self.cells {
            bits.put(self.len, yes & known);
            self.known.put(self.len, known);
            self.unknown.put(self.len, unknown);
        } else {
            debug_assert!(false, "a value of another type than the fact's");
        }
        self.len += rows;
    }

    /// A number.
    #[inline]
    pub fn push_number(&mut self, number: Decimal) {
        let Cells::Number(numbers) = &mut self.cells else { return self.mistaken() };
        numbers.push(self.len, number);
        self.answered();
    }

    /// An enum value, by its index among the fact's values.
    #[inline]
    pub fn push_enum(&mut self, value: u16) {
        let Cells::Enum(values) = &mut self.cells else { return self.mistaken() };
        values.resize(self.len, 0);
        values.push(value);
        self.answered();
    }

    /// A code, normalised.
    #[inline]
    pub fn push_code(&mut self, code: &str) {
        let Cells::Code(codes) = &mut self.cells else { return self.mistaken() };
        codes.push(self.len, code);
        self.answered();
    }

    /// A code of up to seven bytes, normalised, as [`short`] gives it.
    #[inline]
    pub fn push_short_code(&mut self, code: u64) {
        let Cells::Code(codes) = &mut self.cells else { return self.mistaken() };
        codes.keys.resize(self.len, 0);
        codes.keys.push(code);
        self.answered();
    }

    /// A code that fails its check: kept, and nothing is derived from it.
    #[inline]
    pub fn push_unchecked_code(&mut self, code: &str) {
        let Cells::Code(codes) = &mut self.cells else { return self.mistaken() };
        codes.push(self.len, code);
        self.odd.set(self.len);
        self.len += 1;
    }

    /// Known to have no code.
    #[inline]
    pub fn push_no_code(&mut self) {
        let Cells::Code(codes) = &mut self.cells else { return self.mistaken() };
        codes.keys.resize(self.len + 1, 0);
        self.odd.set(self.len);
        self.answered();
    }

    /// A list of enum values, in any order; none is "known to be none".
    #[inline]
    pub fn push_enum_list(&mut self, values: &[u16]) {
        let Cells::EnumList(all, ends) = &mut self.cells else { return self.mistaken() };
        ends.resize(self.len, all.len());
        all.extend_from_slice(values);
        ends.push(all.len());
        self.answered();
    }

    /// A list of codes, in any order; none is "known to be none".
    #[inline]
    pub fn push_codes<'a>(&mut self, codes: impl Iterator<Item = &'a str>) {
        let Cells::Codes(all, ends) = &mut self.cells else { return self.mistaken() };
        ends.resize(self.len, all.keys.len());
        codes.for_each(|code| all.item(code));
        ends.push(all.keys.len());
        self.answered();
    }

    /// A list of codes of up to seven bytes, as [`short`] gives them.
    #[inline]
    pub fn push_short_codes(&mut self, codes: &[u64]) {
        let Cells::Codes(all, ends) = &mut self.cells else { return self.mistaken() };
        ends.resize(self.len, all.keys.len());
        all.keys.extend_from_slice(codes);
        ends.push(all.keys.len());
        self.answered();
    }

    /// Whether a row's code passes its check; nothing if it has none.
    #[must_use]
    #[inline]
    pub fn passes_check(&self, row: usize) -> Option<bool> {
        match (self.known.get(row), self.odd.get(row)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }

    /// The value of a row, as it was given; lists sorted and without repetition.
    #[must_use]
    pub fn value(&self, row: usize) -> Value {
        if self.unknown.get(row) {
            return Value::Unknown;
        }
        let (known, odd) = (self.known.get(row), self.odd.get(row));
        if !known && !odd {
            return Value::NotAnswered;
        }
        match &self.cells {
            Cells::Bool(yes) => Value::Bool(yes.get(row)),
            Cells::Number(numbers) => Value::Number(numbers.number(row)),
            Cells::Enum(values) => values.get(row).map_or(Value::NotAnswered, |w| Value::Enum(*w)),
            Cells::Code(_) if known && odd => Value::NoCode,
            Cells::Code(codes) => {
                let text = codes.keys.get(row).map(|key| codes.text(*key)).unwrap_or_default();
                if odd { Value::UncheckedCode(text) } else { Value::Code(text) }
            }
            Cells::EnumList(values, ends) => {
                let mut values = values.get(span(ends, row)).unwrap_or_default().to_vec();
                values.sort_unstable();
                values.dedup();
                Value::EnumList(values)
            }
            Cells::Codes(codes, ends) => {
                let keys = codes.keys.get(span(ends, row)).unwrap_or_default();
                let mut texts: Vec<String> = keys.iter().map(|key| codes.text(*key)).collect();
                texts.sort_unstable();
                texts.dedup();
                Value::Codes(texts)
            }
        }
    }

    #[inline]
    fn answered(&mut self) {
        self.known.set(self.len);
        self.len += 1;
    }

    fn mistaken(&mut self) {
        debug_assert!(false, "a value of another type than the fact's");
        self.push_not_answered();
    }
}

/// Where the items of a row stand.
pub(super) fn span(ends: &[usize], row: usize) -> std::ops::Range<usize> {
    let start = row.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    start..ends.get(row).copied().unwrap_or(start)
}
