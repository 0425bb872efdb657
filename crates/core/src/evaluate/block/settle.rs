//! All tests of one fact, settled for a column.
//!
//! Owns what is known beforehand of the tests of a fact (which of them each word makes true, the
//! limits of numbers as integers) and what was found out of codes met before. In go a column and a
//! tile, out come the masks of the fact's tests. What a value makes true is asked of the plan's
//! [`Probe`], once a word or code: the meaning of a test is not told here a second time.

#![expect(clippy::indexing_slicing, reason = "slots and lanes are given out by the evaluator")]

use super::column::{Cells, Codes, Column, Key, Numbers, short, span};
use super::masks::{LANES, Lanes, Masks, ROWS, turn, zip};
use crate::facts::{FactId, Value};
use crate::plan::{NodeId, Probe};
use foldhash::HashMap;
use rust_decimal::Decimal;

/// The place of a node among those that are evaluated.
pub(super) type Slot = u32;

/// No slot: the node is not evaluated.
pub(super) const NO_SLOT: Slot = Slot::MAX;

/// The most codes of one fact that are remembered.
const REMEMBERED: usize = 1 << 16;

/// How a fact's tests are settled.
#[derive(Debug)]
pub(super) struct Tests<'a> {
    pub(super) fact: FactId,
    probe: &'a Probe,
    /// All tests of the fact, rising. A value makes a set of them true: one bit each, in
    /// `self.width()` words.
    pub(super) all: Vec<Slot>,
    /// Those that a yes makes true.
    yes: Vec<u64>,
    /// Those that an empty list makes true.
    empty: Vec<u64>,
    /// Word by word, those that it makes true.
    words: Vec<u64>,
    limits: Limits,
    slots: Vec<Slot>,
}

/// What a thread remembers of the codes of a fact: the tests that each makes true.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    known: HashMap<Key, usize>,
    bits: Vec<u64>,
    /// Per word of a set, what 64 rows make true: one word a row, and turned over, one a test.
    squares: Vec<[u64; 64]>,
}

impl<'a> Tests<'a> {
    /// The tests of a fact with so many words, among the nodes that have a slot; `slots` gives the
    /// slot of each node.
    pub(super) fn new(fact: FactId, probe: &'a Probe, words: usize, slots: &[Slot]) -> Self {
        let slot = |node: NodeId| Some(slots[node as usize]).filter(|slot| *slot != NO_SLOT);
        let all: Vec<Slot> = probe.all.iter().filter_map(|node| slot(*node)).collect();
        let mut tests = Self {
            fact,
            probe,
            all,
            yes: Vec::new(),
            empty: Vec::new(),
            words: Vec::new(),
            limits: Limits::new(probe.limits(), &slot),
            slots: probe.all.iter().map(|node| slots[*node as usize]).collect(),
        };
        let sets = |values: &mut dyn Iterator<Item = Value>| {
            let mut sets = Vec::new();
            values.for_each(|value| tests.hits(&value, &mut sets));
            sets
        };
        let yes = sets(&mut std::iter::once(Value::Bool(true)));
        let empty = sets(&mut std::iter::once(Value::Words(Vec::new())));
        let words = sets(&mut (0_u16..).take(words).map(Value::Word));
        (tests.yes, tests.empty, tests.words) = (yes, empty, words);
        tests
    }

    /// How many words a set of tests has.
    fn width(&self) -> usize {
        self.all.len().div_ceil(64)
    }

    /// Appends the set of tests that a value makes true.
    fn hits(&self, value: &Value, sets: &mut Vec<u64>) {
        let start = sets.len();
        sets.resize(start + self.width(), 0);
        self.probe.settle(value, |node| {
            let place = self.probe.all.binary_search(&node).ok();
            let slot = place.map(|place| self.slots[place]);
            if let Some(Ok(bit)) = slot.map(|slot| self.all.binary_search(&slot)) {
                sets[start + bit / 64] |= 1 << (bit % 64);
            }
        });
    }

    /// Settles the tests for the rows of a tile.
    pub(super) fn settle(
        &self,
        column: &Column,
        tile: usize,
        memory: &mut Memory,
        masks: &mut [Masks],
    ) {
        let mut known: Lanes = [0; LANES];
        known.iter_mut().zip(column.known.words(tile * LANES)).for_each(|(k, word)| *k = *word);
        let first = tile * ROWS;
        let width = self.width();
        match &column.cells {
            Cells::Bool(yes) => {
                let mut held: Lanes = [0; LANES];
                held.iter_mut().zip(yes.words(tile * LANES)).for_each(|(h, word)| *h = *word);
                for (at, test) in self.all.iter().enumerate() {
                    let true_of_yes = self.yes[at / 64] >> (at % 64) & 1 == 1;
                    masks[*test as usize].yes = if true_of_yes { held } else { [0; LANES] };
                }
            }
            Cells::Number(numbers) => self.limits.settle(numbers, first, &known, masks),
            Cells::Word(words) => self.fill(&known, memory, masks, |_, at, held| {
                held.by(self.word(words[first + at]));
            }),
            Cells::Words(words, ends) => self.fill(&known, memory, masks, |_, at, held| {
                let words = &words[span(ends, first + at)];
                words.iter().for_each(|word| held.by(self.word(*word)));
                if words.is_empty() {
                    held.by(&self.empty);
                }
            }),
            Cells::Code(codes) => self.fill(&known, memory, masks, |memory, at, held| {
                // A row without a code has the blank key 0, which makes nothing true.
                let set = memory.set(self, codes, codes.keys[first + at], Value::Code);
                held.by(&memory.bits[set..set + width]);
            }),
            Cells::Codes(codes, ends) => self.fill(&known, memory, masks, |memory, at, held| {
                let keys = &codes.keys[span(ends, first + at)];
                for key in keys {
                    let set = memory.set(self, codes, *key, |text| Value::Codes(vec![text]));
                    held.by(&memory.bits[set..set + width]);
                }
                if keys.is_empty() {
                    held.by(&self.empty);
                }
            }),
        }
        for test in &self.all {
            let test = &mut masks[*test as usize];
            test.no = zip(&known, &test.yes, |known, yes| known & !yes);
        }
    }

    /// The tests that a word makes true; none if the fact has no such word.
    fn word(&self, word: u16) -> &[u64] {
        let start = usize::from(word) * self.width();
        self.words.get(start..start + self.width()).unwrap_or_default()
    }

    /// Fills the masks of the tests from the sets that `row` says of each known row of the tile.
    #[inline]
    fn fill(
        &self,
        known: &Lanes,
        memory: &mut Memory,
        masks: &mut [Masks],
        row: impl Fn(&mut Memory, usize, &mut Held<'_>),
    ) {
        let mut squares = std::mem::take(&mut memory.squares);
        squares.resize(self.width(), [0; 64]);
        for (lane, known) in known.iter().enumerate() {
            squares.fill([0; 64]);
            let mut left = *known;
            while left != 0 {
                let at = left.trailing_zeros() as usize;
                left &= left - 1;
                row(memory, lane * 64 + at, &mut Held { squares: &mut squares, at });
            }
            for (tests, square) in self.all.chunks(64).zip(&mut squares) {
                if square.iter().fold(0, |all, word| all | word) != 0 {
                    turn(square);
                }
                for (test, word) in tests.iter().zip(square) {
                    masks[*test as usize].yes[lane] = *word;
                }
            }
        }
        memory.squares = squares;
    }
}

/// What one row makes true.
struct Held<'s> {
    squares: &'s mut [[u64; 64]],
    at: usize,
}

impl Held<'_> {
    #[inline]
    fn by(&mut self, set: &[u64]) {
        for (square, word) in self.squares.iter_mut().zip(set) {
            square[self.at % 64] |= word;
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
            Some(code) if tests.probe.is_of_office() => {
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
    from: Vec<(Slot, usize)>,
    /// A test, and the one class in which it holds.
    only: Vec<(Slot, usize)>,
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
    fn new(tests: [&[(Decimal, NodeId)]; 3], slot: &dyn Fn(NodeId) -> Option<Slot>) -> Self {
        let mut exact: Vec<Decimal> = tests.iter().flat_map(|t| t.iter().map(|t| t.0)).collect();
        exact.sort_unstable();
        exact.dedup();
        let class = |limit: &Decimal| 2 * exact.partition_point(|other| other < limit) + 1;
        let places = |tests: &[(Decimal, NodeId)], more: usize| -> Vec<(Slot, usize)> {
            let places = tests.iter().map(|(limit, node)| (slot(*node), class(limit) + more));
            places.filter_map(|(slot, class)| Some((slot?, class))).collect()
        };
        let [at_least, more_than, equals] = tests;
        let mut from = places(at_least, 0);
        from.extend(places(more_than, 1));
        let only = places(equals, 0);
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

    fn settle(&self, numbers: &Numbers, first: usize, known: &Lanes, masks: &mut [Masks]) {
        let mut classes = vec![[0; LANES]; 2 * self.exact.len() + 1];
        for (lane, known) in known.iter().enumerate() {
            let mut left = *known;
            while left != 0 {
                let bit = left & left.wrapping_neg();
                let row = first + lane * 64 + left.trailing_zeros() as usize;
                left ^= bit;
                classes[self.class(numbers, row)][lane] |= bit;
            }
        }
        for (test, class) in &self.only {
            masks[*test as usize].yes = classes[*class];
        }
        for class in (1..classes.len()).rev() {
            classes[class - 1] = zip(&classes[class - 1], &classes[class], |a, b| a | b);
        }
        for (test, class) in &self.from {
            masks[*test as usize].yes = classes[*class];
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
            let nodes: Vec<(Decimal, NodeId)> =
                (0..).zip(chosen).map(|(node, limit)| (limit.parse().unwrap(), node)).collect();
            let found = Limits::new([&nodes, &nodes, &nodes], &Some);
            for number in numbers {
                let number: Decimal = number.parse().unwrap();
                let mut column = Numbers::default();
                column.push(0, number);
                let class = found.class(&column, 0);
                assert_eq!(column.number(0), number);
                for (node, limit) in (0..).zip(nodes.iter().map(|(limit, _)| limit)) {
                    let from: Vec<bool> = found
                        .from
                        .iter()
                        .filter(|(slot, _)| *slot == node)
                        .map(|(_, from)| class >= *from)
                        .collect();
                    assert_eq!(from, [number >= *limit, number > *limit], "{number} and {limit}");
                    let only = found.only.iter().find(|(slot, _)| *slot == node).unwrap();
                    assert_eq!(class == only.1, number == *limit, "{number} and {limit}");
                }
            }
        }
    }
}
