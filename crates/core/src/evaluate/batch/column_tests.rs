//! All tests of one fact, evaluated for a column.
//!
//! Owns what is known beforehand of the tests of a fact (which of them each enum value makes true, the
//! limits of numbers as integers) and what was found out of codes met before. In go a column and a
//! tile, out come the truth bitmaps of the fact's tests. What a value makes true is asked of the plan's
//! [`TestIndex`], once per enum value or code: the meaning of a test is not stated here a second time.

#![expect(
    clippy::indexing_slicing,
    reason = "registers and bit words are given out by the evaluator"
)]

use super::bitmaps::{BIT_WORDS, BitWords, ROWS, TruthBitmaps, transpose, zip};
use super::column::{Cells, Codes, Column, Key, Numbers, short, span};
use crate::facts::{FactId, Value};
use crate::index::{IndexVec, index_type};
use crate::plan::{NodeId, TestIndex};
use foldhash::HashMap;
use rust_decimal::Decimal;

index_type!(
    /// The index of a node among those that are evaluated.
    pub(super) struct Register
);

/// Per node, its register; none where it is not evaluated.
pub(super) type Registers = IndexVec<NodeId, Option<Register>>;

/// The most codes of one fact that are remembered.
const REMEMBERED: usize = 1 << 16;

/// How a fact's tests are evaluated.
#[derive(Debug)]
pub(super) struct Tests<'a> {
    pub(super) fact: FactId,
    test_index: &'a TestIndex,
    /// All tests of the fact, rising. A value makes a set of them true: one bit each, in
    /// `self.width()` bit words.
    pub(super) all: Vec<Register>,
    /// Those that a yes makes true.
    yes: Vec<u64>,
    /// Those that an empty list makes true.
    empty: Vec<u64>,
    /// Per enum value, those that it makes true.
    value_sets: Vec<u64>,
    limits: Limits,
    /// Per test of the index, its register.
    registers: Vec<Option<Register>>,
}

/// What a thread remembers of the codes of a fact: the tests that each makes true.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    known: HashMap<Key, usize>,
    bits: Vec<u64>,
    /// Per bit word of a set, what 64 rows make true: one bit word a row, and transposed, one a test.
    squares: Vec<[u64; 64]>,
}

impl<'a> Tests<'a> {
    /// The tests of a fact with so many enum values, among the nodes that have a register; `registers` gives the
    /// register of each node.
    pub(super) fn new(
        fact: FactId,
        test_index: &'a TestIndex,
        value_sets: usize,
        registers: &Registers,
    ) -> Self {
        let register = |node: NodeId| registers[node];
        let all: Vec<Register> = test_index.all.iter().filter_map(|node| register(*node)).collect();
        let mut tests = Self {
            fact,
            test_index,
            all,
            yes: Vec::new(),
            empty: Vec::new(),
            value_sets: Vec::new(),
            limits: Limits::new(test_index.limits(), &register),
            registers: test_index.all.iter().map(|node| registers[*node]).collect(),
        };
        let sets = |values: &mut dyn Iterator<Item = Value>| {
            let mut sets = Vec::new();
            values.for_each(|value| tests.hits(&value, &mut sets));
            sets
        };
        let yes = sets(&mut std::iter::once(Value::Bool(true)));
        let empty = sets(&mut std::iter::once(Value::EnumList(Vec::new())));
        let value_sets = sets(&mut (0_u16..).take(value_sets).map(Value::Enum));
        (tests.yes, tests.empty, tests.value_sets) = (yes, empty, value_sets);
        tests
    }

    /// How many bit words a set of tests has.
    fn width(&self) -> usize {
        self.all.len().div_ceil(64)
    }

    /// Appends the set of tests that a value makes true.
    fn hits(&self, value: &Value, sets: &mut Vec<u64>) {
        let start = sets.len();
        sets.resize(start + self.width(), 0);
        self.test_index.evaluate(value, |node| {
            let index = self.test_index.all.binary_search(&node).ok();
            let register = index.and_then(|index| self.registers[index]);
            if let Some(Ok(bit)) = register.map(|register| self.all.binary_search(&register)) {
                sets[start + bit / 64] |= 1 << (bit % 64);
            }
        });
    }

    /// Settles the tests for the rows of a tile.
    pub(super) fn evaluate(
        &self,
        column: &Column,
        tile: usize,
        memory: &mut Memory,
        bitmaps: &mut [TruthBitmaps],
    ) {
        let mut known: BitWords = [0; BIT_WORDS];
        known
            .iter_mut()
            .zip(column.known.bit_words(tile * BIT_WORDS))
            .for_each(|(k, chunk)| *k = *chunk);
        let first = tile * ROWS;
        let width = self.width();
        match &column.cells {
            Cells::Bool(yes) => {
                let mut true_tests: BitWords = [0; BIT_WORDS];
                true_tests
                    .iter_mut()
                    .zip(yes.bit_words(tile * BIT_WORDS))
                    .for_each(|(h, chunk)| *h = *chunk);
                for (at, test) in self.all.iter().enumerate() {
                    let true_of_yes = self.yes[at / 64] >> (at % 64) & 1 == 1;
                    bitmaps[test.index()].yes =
                        if true_of_yes { true_tests } else { [0; BIT_WORDS] };
                }
            }
            Cells::Number(numbers) => self.limits.evaluate(numbers, first, &known, bitmaps),
            Cells::Enum(value_sets) => self.fill(&known, memory, bitmaps, |_, at, true_tests| {
                true_tests.by(self.chunk(value_sets[first + at]));
            }),
            Cells::EnumList(value_sets, ends) => {
                self.fill(&known, memory, bitmaps, |_, at, true_tests| {
                    let value_sets = &value_sets[span(ends, first + at)];
                    value_sets.iter().for_each(|chunk| true_tests.by(self.chunk(*chunk)));
                    if value_sets.is_empty() {
                        true_tests.by(&self.empty);
                    }
                })
            }
            Cells::Code(codes) => self.fill(&known, memory, bitmaps, |memory, at, true_tests| {
                // A row without a code has the blank key 0, which makes nothing true.
                let set = memory.set(self, codes, codes.keys[first + at], Value::Code);
                true_tests.by(&memory.bits[set..set + width]);
            }),
            Cells::Codes(codes, ends) => {
                self.fill(&known, memory, bitmaps, |memory, at, true_tests| {
                    let keys = &codes.keys[span(ends, first + at)];
                    for key in keys {
                        let set = memory.set(self, codes, *key, |text| Value::Codes(vec![text]));
                        true_tests.by(&memory.bits[set..set + width]);
                    }
                    if keys.is_empty() {
                        true_tests.by(&self.empty);
                    }
                })
            }
        }
        for test in &self.all {
            let test = &mut bitmaps[test.index()];
            test.no = zip(&known, &test.yes, |known, yes| known & !yes);
        }
    }

    /// The tests that an enum value makes true; none if the fact has no such value.
    fn chunk(&self, chunk: u16) -> &[u64] {
        let start = usize::from(chunk) * self.width();
        self.value_sets.get(start..start + self.width()).unwrap_or_default()
    }

    /// Fills the truth bitmaps of the tests from the sets that `row` says of each known row of the tile.
    #[inline]
    fn fill(
        &self,
        known: &BitWords,
        memory: &mut Memory,
        bitmaps: &mut [TruthBitmaps],
        row: impl Fn(&mut Memory, usize, &mut TrueTests<'_>),
    ) {
        let mut squares = std::mem::take(&mut memory.squares);
        squares.resize(self.width(), [0; 64]);
        for (bit_word, known) in known.iter().enumerate() {
            squares.fill([0; 64]);
            let mut left = *known;
            while left != 0 {
                let at = left.trailing_zeros() as usize;
                left &= left - 1;
                row(memory, bit_word * 64 + at, &mut TrueTests { squares: &mut squares, at });
            }
            for (tests, square) in self.all.chunks(64).zip(&mut squares) {
                if square.iter().fold(0, |all, chunk| all | chunk) != 0 {
                    transpose(square);
                }
                for (test, chunk) in tests.iter().zip(square) {
                    bitmaps[test.index()].yes[bit_word] = *chunk;
                }
            }
        }
        memory.squares = squares;
    }
}

/// What one row makes true.
struct TrueTests<'s> {
    squares: &'s mut [[u64; 64]],
    at: usize,
}

impl TrueTests<'_> {
    #[inline]
    fn by(&mut self, set: &[u64]) {
        for (square, chunk) in self.squares.iter_mut().zip(set) {
            square[self.at % 64] |= chunk;
        }
    }
}

impl Memory {
    /// Where the set of tests stands that a code makes true.
    #[inline]
    fn set(
        &mut self,
        tests: &Tests<'_>,
        codes: &Codes,
        key: Key,
        value: impl Fn(String) -> Value,
    ) -> usize {
        let long = codes.long(key);
        let kept = match long {
            None => Some(key),
            // Of a credit code its office is remembered: no two codes are the same, and many offices
            // are. Marked, so that it is not taken for a short code of the same characters.
            Some(code) if tests.test_index.is_of_office() => {
                short(code.get(2..8).unwrap_or("").as_bytes()).map(|office| office | 1 << 63)
            }
            Some(_) => None,
        };
        if let Some(kept) = kept
            && let Some(start) = self.known.get(&kept)
        {
            return *start;
        }
        if self.known.len() >= REMEMBERED || self.bits.len() >= REMEMBERED * 8 {
            self.known.clear();
            self.bits.clear();
        }
        let start = self.bits.len();
        tests.hits(&value(codes.text(key)), &mut self.bits);
        if let Some(kept) = kept {
            self.known.insert(kept, start);
        }
        start
    }
}

/// The limits that a number is compared with. They cut the numbers into classes: below the first,
/// the first itself, between the first and the second, …
#[derive(Debug)]
struct Limits {
    /// Rising, each once.
    exact: Vec<Decimal>,
    /// The same, times two, without the decimal point, where all fit.
    doubled: Option<Vec<i64>>,
    /// Digits after the decimal point that were taken off.
    scale: u8,
    /// A test, and the lowest class in which it holds.
    from: Vec<(Register, usize)>,
    /// A test, and the one class in which it holds.
    only: Vec<(Register, usize)>,
}

/// Powers of ten that fit.
const POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

impl Limits {
    fn new(
        tests: [&[(Decimal, NodeId)]; 3],
        register: &dyn Fn(NodeId) -> Option<Register>,
    ) -> Self {
        let mut exact: Vec<Decimal> = tests.iter().flat_map(|t| t.iter().map(|t| t.0)).collect();
        exact.sort_unstable();
        exact.dedup();
        let class = |limit: &Decimal| 2 * exact.partition_point(|other| other < limit) + 1;
        let indices = |tests: &[(Decimal, NodeId)], more: usize| -> Vec<(Register, usize)> {
            let indices = tests.iter().map(|(limit, node)| (register(*node), class(limit) + more));
            indices.filter_map(|(register, class)| Some((register?, class))).collect()
        };
        let [at_least, more_than, equals] = tests;
        let mut from = indices(at_least, 0);
        from.extend(indices(more_than, 1));
        let only = indices(equals, 0);
        let scale = exact.iter().map(|limit| limit.normalize().scale()).max().unwrap_or(0);
        let scale = u8::try_from(scale).unwrap_or(Numbers::WIDE);
        let double = |limit: &Decimal| {
            let limit = limit.normalize();
            let digits = i64::try_from(limit.mantissa()).ok()?;
            doubled(digits, u8::try_from(limit.scale()).ok()?, scale)
        };
        let doubled = exact.iter().map(double).collect();
        Self { doubled, scale, from, only, exact }
    }

    fn class(&self, numbers: &Numbers, row: usize) -> usize {
        let class = |below: usize, equal: bool| 2 * below + usize::from(equal);
        let fast = self.doubled.as_ref().and_then(|limits| {
            let number = doubled(numbers.digits[row], numbers.scales[row], self.scale)?;
            let below = limits.partition_point(|limit| *limit < number);
            Some(class(below, limits.get(below) == Some(&number)))
        });
        fast.unwrap_or_else(|| {
            let number = numbers.number(row);
            let below = self.exact.partition_point(|limit| *limit < number);
            class(below, self.exact.get(below) == Some(&number))
        })
    }

    fn evaluate(
        &self,
        numbers: &Numbers,
        first: usize,
        known: &BitWords,
        bitmaps: &mut [TruthBitmaps],
    ) {
        let mut classes = vec![[0; BIT_WORDS]; 2 * self.exact.len() + 1];
        for (bit_word, known) in known.iter().enumerate() {
            let mut left = *known;
            while left != 0 {
                let bit = left & left.wrapping_neg();
                let row = first + bit_word * 64 + left.trailing_zeros() as usize;
                left ^= bit;
                classes[self.class(numbers, row)][bit_word] |= bit;
            }
        }
        for (test, class) in &self.only {
            bitmaps[test.index()].yes = classes[*class];
        }
        for class in (1..classes.len()).rev() {
            classes[class - 1] = zip(&classes[class - 1], &classes[class], |a, b| a | b);
        }
        for (test, class) in &self.from {
            bitmaps[test.index()].yes = classes[*class];
        }
    }
}

/// Twice a number at a scale, plus one if a rest was cut off: in this order numbers stand to limits
/// that have no rest as they do exactly. Nothing if it does not fit.
fn doubled(digits: i64, scale: u8, wanted: u8) -> Option<i64> {
    if scale == Numbers::WIDE {
        return None;
    }
    if scale <= wanted {
        let power = POWERS.get(usize::from(wanted - scale))?;
        return digits.checked_mul(*power)?.checked_mul(2);
    }
    let power = POWERS.get(usize::from(scale - wanted))?;
    let rest = i64::from(digits.rem_euclid(*power) != 0);
    digits.div_euclid(*power).checked_mul(2)?.checked_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_to_a_limit_as_its_decimal_does() {
        let limits = ["-5", "0", "19.5", "20", "2000", "9223372036854775807", "0.0001"];
        let numbers = [
            "-5.0001",
            "-5",
            "-4.9",
            "-0.00001",
            "0",
            "0.00005",
            "0.0001",
            "19.49",
            "19.5",
            "19.50",
            "19.500001",
            "20.0",
            "19.99999999999999999999",
            "1999.9999999999999999999999",
            "2000",
            "2000.0000000000000000000001",
            "9223372036854775807",
            "9223372036854775806.5",
            "9223372036854775808",
            "79228162514264337593543950335",
        ];
        for chosen in [&limits[..], &limits[..5], &limits[4..5], &limits[5..6], &[]] {
            let nodes: Vec<(Decimal, NodeId)> = (0_usize..)
                .zip(chosen)
                .map(|(node, limit)| (limit.parse().unwrap(), node.into()))
                .collect();
            let register = |node: NodeId| Some(Register::from(node.index()));
            let found = Limits::new([&nodes, &nodes, &nodes], &register);
            for number in numbers {
                let number: Decimal = number.parse().unwrap();
                let mut column = Numbers::default();
                column.push(0, number);
                let class = found.class(&column, 0);
                assert_eq!(column.number(0), number);
                for (limit, node) in &nodes {
                    let node = Register::from(node.index());
                    let from: Vec<bool> = found
                        .from
                        .iter()
                        .filter(|(register, _)| *register == node)
                        .map(|(_, from)| class >= *from)
                        .collect();
                    assert_eq!(from, [number >= *limit, number > *limit], "{number} and {limit}");
                    let only = found.only.iter().find(|(register, _)| *register == node).unwrap();
                    assert_eq!(class == only.1, number == *limit, "{number} and {limit}");
                }
            }
        }
    }
}
