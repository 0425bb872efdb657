//! All tests of one fact, settled for a column.
//!
//! Owns what is known beforehand of the tests of a fact (which of them each word makes true, the
//! limits of numbers as integers) and what was found out of codes met before. In go a column and a
//! tile, out come the masks of the fact's tests. What a value makes true is asked of the plan's
//! [`Probe`], once a word or code: the meaning of a test is not told here a second time.

#![expect(clippy::indexing_slicing, reason = "slots and lanes are given out by the evaluator")]

use super::column::{Cells, Codes, Column, Key, Numbers, span, unpack};
use super::masks::{LANES, Lanes, Masks, ROWS, zip};
use crate::facts::{FactId, Value};
use crate::plan::{NodeId, Probe};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap as HashMap;

/// The place of a node among those that are evaluated.
pub(super) type Slot = u32;

/// The most codes of one fact that are remembered.
const REMEMBERED: usize = 1 << 16;

/// How a fact's tests are settled.
#[derive(Debug)]
pub(super) struct Tests<'a> {
    pub(super) fact: FactId,
    probe: &'a Probe,
    /// All tests of the fact.
    pub(super) all: Vec<Slot>,
    /// Those that a yes makes true.
    yes: Vec<Slot>,
    /// Those that an empty list makes true.
    empty: Vec<Slot>,
    /// Per word, those that it makes true.
    words: Vec<Vec<Slot>>,
    limits: Limits,
}

/// What a thread remembers of the codes of a fact: the tests that each makes true.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    known: HashMap<Key, (u32, u32)>,
    hits: Vec<Slot>,
}

impl<'a> Tests<'a> {
    /// The tests of a fact among the nodes that `slot` has a place for.
    pub(super) fn new(
        fact: FactId,
        probe: &'a Probe,
        words: usize,
        slot: &dyn Fn(NodeId) -> Option<Slot>,
    ) -> Self {
        let hits = |value: &Value| {
            let mut found = Vec::new();
            probe.settle(value, |node| found.extend(slot(node)));
            found
        };
        let word = |word: usize| {
            let word = u16::try_from(word).unwrap_or(u16::MAX);
            hits(&Value::Word(word))
        };
        Self {
            fact,
            probe,
            all: probe.all.iter().filter_map(|node| slot(*node)).collect(),
            yes: hits(&Value::Bool(true)),
            empty: hits(&Value::Words(Vec::new())),
            words: (0..words).map(word).collect(),
            limits: Limits::new(probe.limits(), slot),
        }
    }

    /// Settles the tests for the rows of a tile.
    pub(super) fn settle(
        &self,
        column: &Column,
        tile: usize,
        slot: &dyn Fn(NodeId) -> Option<Slot>,
        memory: &mut Memory,
        masks: &mut [Masks],
    ) {
        let mut known: Lanes = [0; LANES];
        known.iter_mut().zip(column.known.words(tile * LANES)).for_each(|(k, word)| *k = *word);
        for test in &self.all {
            masks[*test as usize].yes = [0; LANES];
        }
        let first = tile * ROWS;
        let hold = |masks: &mut [Masks], row: usize, tests: &[Slot]| {
            let (lane, bit) = ((row - first) / 64, 1 << (row % 64));
            for test in tests {
                masks[*test as usize].yes[lane] |= bit;
            }
        };
        match &column.cells {
            Cells::Bool(yes) => {
                for test in &self.yes {
                    let lanes = &mut masks[*test as usize].yes;
                    lanes.iter_mut().zip(yes.words(tile * LANES)).for_each(|(l, word)| *l = *word);
                }
            }
            Cells::Number(numbers) => self.limits.settle(numbers, first, &known, masks),
            Cells::Word(words) => {
                for row in rows(&known, first) {
                    if let Some(tests) = self.words.get(usize::from(words[row])) {
                        hold(masks, row, tests);
                    }
                }
            }
            Cells::Words(words, ends) => {
                for row in rows(&known, first) {
                    let words = &words[span(ends, row)];
                    if words.is_empty() {
                        hold(masks, row, &self.empty);
                    }
                    for word in words {
                        if let Some(tests) = self.words.get(usize::from(*word)) {
                            hold(masks, row, tests);
                        }
                    }
                }
            }
            Cells::Code(codes) => {
                for row in rows(&known, first) {
                    // A row without a code has the blank key 0, which makes nothing true.
                    let one = |text| Value::Code(text);
                    let tests = memory.hits(self.probe, slot, codes, codes.keys[row], one);
                    hold(masks, row, tests);
                }
            }
            Cells::Codes(codes, ends) => {
                for row in rows(&known, first) {
                    let keys = &codes.keys[span(ends, row)];
                    if keys.is_empty() {
                        hold(masks, row, &self.empty);
                    }
                    for key in keys {
                        let one = |text| Value::Codes(vec![text]);
                        let tests = memory.hits(self.probe, slot, codes, *key, one);
                        hold(masks, row, tests);
                    }
                }
            }
        }
        for test in &self.all {
            let test = &mut masks[*test as usize];
            test.no = zip(&known, &test.yes, |known, yes| known & !yes);
        }
    }
}

impl Memory {
    /// The tests that a code makes true.
    fn hits(
        &mut self,
        probe: &Probe,
        slot: &dyn Fn(NodeId) -> Option<Slot>,
        codes: &Codes,
        key: Key,
        value: impl Fn(String) -> Value,
    ) -> &[Slot] {
        let long = codes.long(key);
        // Of a credit code its office is remembered: no two codes are the same, and many offices are.
        let office = long.filter(|_| probe.is_of_office()).map(|code| code.get(2..8).unwrap_or(""));
        let (key, kept) = match (long, office.and_then(|office| Codes::pack(office.as_bytes()))) {
            (None, _) => (key, true),
            // Marked, so that it is not taken for a short code of the same characters.
            (Some(_), Some(office)) => (office | 1 << 63, true),
            (Some(_), None) => (key, false),
        };
        if kept && let Some((start, end)) = self.known.get(&key) {
            return &self.hits[*start as usize..*end as usize];
        }
        if self.known.len() >= REMEMBERED || self.hits.len() > REMEMBERED * 16 {
            self.known.clear();
            self.hits.clear();
        }
        let start = self.hits.len();
        let text = long.map_or_else(|| unpack(key), str::to_owned);
        probe.settle(&value(text), |node| self.hits.extend(slot(node)));
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        if kept {
            self.known.insert(key, (place(start), place(self.hits.len())));
        }
        &self.hits[start..]
    }
}

/// The rows of a tile that have their bit.
fn rows(lanes: &Lanes, first: usize) -> impl Iterator<Item = usize> {
    lanes.iter().enumerate().flat_map(move |(lane, word)| {
        let bits = std::iter::successors(Some(*word), |word| Some(word & word.wrapping_sub(1)));
        let bits = bits.take_while(|word| *word != 0);
        bits.map(move |word| first + lane * 64 + word.trailing_zeros() as usize)
    })
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
        for row in rows(known, first) {
            classes[self.class(numbers, row)][(row - first) / 64] |= 1 << (row % 64);
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
                column.push(number);
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
