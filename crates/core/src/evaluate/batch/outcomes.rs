//! What could still make nodes true, and what could make them false, for a tile of rows.
//!
//! Owns the bitmaps of `missing`: per node, whether it can become true or false and whether it may stay
//! open; per node and fact below it, whether the fact can help to make it true or false. In go the
//! truths of a tile, out come these bitmaps, by the same rules that [`Missing`] has for one firm.
//! It knows no support.
//!
//! INVARIANT: all bitmaps of a node are zero in the rows in which it is known.
//!
//! [`Missing`]: crate::evaluate::missing::Missing

#![expect(clippy::indexing_slicing, reason = "the schedule gives out its indices itself")]

use super::bitmaps::{BIT_WORDS, BitWords, zip};
use crate::facts::FactId;
use crate::formula::Formula;
use crate::index::index_type;

index_type!(
    /// The index of a node among those that something could be missing for.
    pub(super) struct ScheduleIndex
);

/// No row.
pub(super) const NO_ROW: BitWords = [0; BIT_WORDS];

/// For the sake of making a node true.
pub(super) const TO_TRUE: usize = 0;
/// For the sake of making a node false.
pub(super) const TO_FALSE: usize = 1;

/// A part of a node.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) position: ScheduleIndex,
    /// The first of its pairs.
    pub(super) first: usize,
    /// Per fact below the part, its index among the facts below the node.
    pub(super) links: Vec<u16>,
}

/// What one part alone makes of a connective: an `or` true, an `and` false.
pub(super) fn easy(formula: &Formula<Part>) -> usize {
    if matches!(formula, Formula::Or(_)) { TO_TRUE } else { TO_FALSE }
}

/// A node: how what it can become follows from its parts, and where its facts stand. A test stands for all
/// tests of one fact that are joined without others: it is unknown where the fact is.
#[derive(Clone, Debug)]
pub(super) struct ScheduleEntry {
    pub(super) formula: Formula<Part>,
    /// The first of its facts among all pairs of node and fact.
    pub(super) first: usize,
    /// The facts tested in it or below, rising.
    pub(super) facts: Vec<FactId>,
}

/// The bitmaps of one tile.
#[derive(Debug, Default)]
pub(super) struct OutcomeBitmaps {
    /// Per node, the rows in which it is open.
    pub(super) open: Vec<BitWords>,
    /// Per node, the rows in which it can become true, or false.
    can: Vec<[BitWords; 2]>,
    /// Per node, the rows in which it may stay unknown whatever is answered.
    stay: Vec<BitWords>,
    /// Per node and fact, the rows in which the fact can help to make it true, or false.
    pub(super) pairs: Vec<[BitWords; 2]>,
    /// Per fact, the rows in which the firm said that it does not know.
    pub(super) unsure: Vec<BitWords>,
}

#[inline]
pub(super) fn and(a: &BitWords, b: &BitWords) -> BitWords {
    zip(a, b, |a, b| a & b)
}

#[inline]
pub(super) fn or(a: &BitWords, b: &BitWords) -> BitWords {
    zip(a, b, |a, b| a | b)
}

#[inline]
pub(super) fn without(a: &BitWords, b: &BitWords) -> BitWords {
    zip(a, b, |a, b| a & !b)
}

/// Sets each bit word of `a` to `of` it and that of `b`.
#[inline]
fn put(a: &mut BitWords, b: &BitWords, of: impl Fn(u64, u64) -> u64) {
    for (a, b) in a.iter_mut().zip(b) {
        *a = of(*a, *b);
    }
}

#[inline]
pub(super) fn none(bit_words: &BitWords) -> bool {
    bit_words.iter().fold(0, |all, value| all | value) == 0
}

impl OutcomeBitmaps {
    /// Allocates for so many nodes, pairs and facts.
    pub(super) fn resize(&mut self, nodes: usize, pairs: usize, facts: usize) {
        self.open.resize(nodes, NO_ROW);
        self.can.resize(nodes, [NO_ROW; 2]);
        self.stay.resize(nodes, NO_ROW);
        self.pairs.resize(pairs, [NO_ROW; 2]);
        self.unsure.resize(facts, NO_ROW);
    }

    /// Computes the reachable outcomes of a node from those of its parts; `open` are the rows that need them.
    pub(super) fn compute(&mut self, at: usize, entry: &ScheduleEntry, open: BitWords) {
        self.open[at] = open;
        let (below, rest) = self.pairs.split_at_mut(entry.first);
        let pairs = &mut rest[..entry.facts.len()];
        if none(&open) || matches!(entry.formula, Formula::Indeterminate) {
            self.can[at] = [NO_ROW; 2];
            self.stay[at] = open;
            pairs.fill([NO_ROW; 2]);
            return;
        }
        match &entry.formula {
            Formula::Indeterminate => {}
            Formula::Test(()) => {
                self.can[at] = [open; 2];
                self.stay[at] = NO_ROW;
                pairs.fill([open; 2]);
            }
            Formula::Not(part) => {
                let position = part.position.index();
                for (to, other) in [(TO_TRUE, TO_FALSE), (TO_FALSE, TO_TRUE)] {
                    self.can[at][to] = and(&self.can[position][other], &open);
                    for (pair, below) in pairs.iter_mut().zip(&below[part.first..]) {
                        pair[to] = and(&below[other], &open);
                    }
                }
                self.stay[at] = and(&self.stay[position], &open);
            }
            Formula::And(parts) | Formula::Or(parts) => {
                let easy = easy(&entry.formula);
                let hard = 1 - easy;
                let (mut any, mut all, mut stay) = (NO_ROW, open, NO_ROW);
                pairs.fill([NO_ROW; 2]);
                for part in parts {
                    let position = part.position.index();
                    let can = &self.can[position];
                    put(&mut any, &can[easy], |a, b| a | b);
                    put(&mut all, &without(&self.open[position], &can[hard]), |a, b| a & !b);
                    put(&mut stay, &self.stay[position], |a, b| a | b);
                    for (link, below) in part.links.iter().zip(&below[part.first..]) {
                        let pair = &mut pairs[usize::from(*link)];
                        put(&mut pair[TO_TRUE], &below[TO_TRUE], |a, b| a | b);
                        put(&mut pair[TO_FALSE], &below[TO_FALSE], |a, b| a | b);
                    }
                }
                for pair in pairs {
                    put(&mut pair[easy], &open, |a, b| a & b);
                    put(&mut pair[hard], &all, |a, b| a & b);
                }
                self.can[at][easy] = and(&any, &open);
                self.can[at][hard] = all;
                self.stay[at] = and(&stay, &open);
            }
            Formula::Coalesce(stated, follows) => {
                // The fact itself is missing where what follows may end unknown, or needs something
                // that the firm said it does not know.
                let mut itself = self.stay[follows.position.index()];
                pairs.fill([NO_ROW; 2]);
                for (link, below) in follows.links.iter().zip(&below[follows.first..]) {
                    let unsure = &self.unsure[entry.facts[usize::from(*link)].index()];
                    let needs = and(unsure, &or(&below[TO_TRUE], &below[TO_FALSE]));
                    put(&mut itself, &needs, |a, b| a | b);
                    pairs[usize::from(*link)] = *below;
                }
                for (link, below) in stated.links.iter().zip(&below[stated.first..]) {
                    let pair = &mut pairs[usize::from(*link)];
                    for to in [TO_TRUE, TO_FALSE] {
                        put(&mut pair[to], &and(&below[to], &itself), |a, b| a | b);
                    }
                }
                for bit_words in pairs.iter_mut().flatten() {
                    put(bit_words, &open, |a, b| a & b);
                }
                let can = [TO_TRUE, TO_FALSE].map(|to| {
                    let stated = and(&self.can[stated.position.index()][to], &itself);
                    and(&or(&self.can[follows.position.index()][to], &stated), &open)
                });
                self.can[at] = can;
                self.stay[at] = NO_ROW;
            }
        }
    }
}
