//! What could still make nodes true, and what could make them false, for a tile of rows.
//!
//! Owns the masks of `missing`: per node, whether it can become true or false and whether it may stay
//! open; per node and fact below it, whether the fact can help to make it true or false. In go the
//! truths of a tile, out come these masks, by the same rules that [`Missing`] has for one firm.
//! It knows no support.
//!
//! INVARIANT: all masks of a node are zero in the rows in which it is known.
//!
//! [`Missing`]: crate::evaluate::missing::Missing

#![expect(clippy::indexing_slicing, reason = "places are given out by `missing` alone")]

use super::masks::{LANES, Lanes, Masks, zip};

/// The place of a node among those that something could be missing for.
pub(super) type Place = u32;

/// No row.
pub(super) const NO_ROW: Lanes = [0; LANES];

/// For the sake of making a node true.
pub(super) const TO_TRUE: usize = 0;
/// For the sake of making a node false.
pub(super) const TO_FALSE: usize = 1;

/// A part of a node.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) place: Place,
    /// The first of its pairs.
    pub(super) first: usize,
    /// Per fact below the part, its place among the facts below the node.
    pub(super) links: Vec<u16>,
}

/// How the prospect of a node follows from those of its parts.
#[derive(Clone, Debug)]
pub(super) enum Way {
    /// Never known.
    Open,
    /// Tests of one fact, open where the fact is.
    Leaf,
    Not(Part),
    /// Becomes `easy` ([`TO_TRUE`] of an `or`, [`TO_FALSE`] of an `and`) by any part, and the
    /// opposite only by all that are open.
    Join {
        easy: usize,
        parts: Vec<Part>,
    },
    /// What is stated, and what follows.
    Otherwise(Part, Part),
}

impl Way {
    /// The nodes directly below.
    pub(super) fn parts(&self) -> Vec<&Part> {
        match self {
            Self::Open | Self::Leaf => Vec::new(),
            Self::Not(part) => vec![part],
            Self::Join { parts, .. } => parts.iter().collect(),
            Self::Otherwise(first, second) => vec![first, second],
        }
    }

    /// The same with other parts.
    pub(super) fn with(&self, part: impl Fn(&Part) -> Part) -> Self {
        match self {
            Self::Open => Self::Open,
            Self::Leaf => Self::Leaf,
            Self::Not(inner) => Self::Not(part(inner)),
            Self::Join { easy, parts } => {
                Self::Join { easy: *easy, parts: parts.iter().map(part).collect() }
            }
            Self::Otherwise(first, second) => Self::Otherwise(part(first), part(second)),
        }
    }

    /// The truths of a node from those of its parts; those of a leaf are not found here.
    pub(super) fn truth<'m>(&self, of: impl Fn(&Part) -> &'m Masks) -> Masks {
        match self {
            Self::Open | Self::Leaf => Masks::UNKNOWN,
            Self::Not(part) => of(part).not(),
            Self::Join { easy: TO_TRUE, parts } => {
                parts.iter().fold(Masks::FALSE, |masks, part| masks.or(of(part)))
            }
            Self::Join { parts, .. } => {
                parts.iter().fold(Masks::TRUE, |masks, part| masks.and(of(part)))
            }
            Self::Otherwise(first, second) => of(first).otherwise(of(second)),
        }
    }
}

/// A node: its way, and where its facts stand.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) way: Way,
    /// The first of its facts among all pairs of node and fact.
    pub(super) first: usize,
    /// The facts tested in it or below, rising.
    pub(super) facts: Vec<u16>,
}

/// The masks of one tile.
#[derive(Debug, Default)]
pub(super) struct Prospects {
    /// Per node, the rows in which it is open.
    pub(super) open: Vec<Lanes>,
    /// Per node, the rows in which it can become true, or false.
    can: Vec<[Lanes; 2]>,
    /// Per node, the rows in which it may stay open whatever is answered.
    stay: Vec<Lanes>,
    /// Per node and fact, the rows in which the fact can help to make it true, or false.
    pub(super) pairs: Vec<[Lanes; 2]>,
    /// Per fact, the rows in which the firm said that it does not know.
    pub(super) unsure: Vec<Lanes>,
}

#[inline]
pub(super) fn and(a: &Lanes, b: &Lanes) -> Lanes {
    zip(a, b, |a, b| a & b)
}

#[inline]
pub(super) fn or(a: &Lanes, b: &Lanes) -> Lanes {
    zip(a, b, |a, b| a | b)
}

#[inline]
pub(super) fn without(a: &Lanes, b: &Lanes) -> Lanes {
    zip(a, b, |a, b| a & !b)
}

/// Puts `of` of each word of `b` into `a`.
#[inline]
fn put(a: &mut Lanes, b: &Lanes, of: impl Fn(u64, u64) -> u64) {
    for (a, b) in a.iter_mut().zip(b) {
        *a = of(*a, *b);
    }
}

#[inline]
pub(super) fn none(lanes: &Lanes) -> bool {
    lanes.iter().fold(0, |all, word| all | word) == 0
}

impl Prospects {
    /// Makes room for so many nodes, pairs and facts.
    pub(super) fn resize(&mut self, nodes: usize, pairs: usize, facts: usize) {
        self.open.resize(nodes, NO_ROW);
        self.can.resize(nodes, [NO_ROW; 2]);
        self.stay.resize(nodes, NO_ROW);
        self.pairs.resize(pairs, [NO_ROW; 2]);
        self.unsure.resize(facts, NO_ROW);
    }

    /// Finds the prospect of a node from those of its parts; `open` are the rows that want it.
    pub(super) fn look(&mut self, at: usize, look: &Look, open: Lanes) {
        self.open[at] = open;
        let (below, rest) = self.pairs.split_at_mut(look.first);
        let pairs = &mut rest[..look.facts.len()];
        if none(&open) || matches!(look.way, Way::Open) {
            self.can[at] = [NO_ROW; 2];
            self.stay[at] = open;
            pairs.fill([NO_ROW; 2]);
            return;
        }
        match &look.way {
            Way::Open => {}
            Way::Leaf => {
                self.can[at] = [open; 2];
                self.stay[at] = NO_ROW;
                pairs.fill([open; 2]);
            }
            Way::Not(part) => {
                let place = part.place as usize;
                for (to, other) in [(TO_TRUE, TO_FALSE), (TO_FALSE, TO_TRUE)] {
                    self.can[at][to] = and(&self.can[place][other], &open);
                    for (pair, below) in pairs.iter_mut().zip(&below[part.first..]) {
                        pair[to] = and(&below[other], &open);
                    }
                }
                self.stay[at] = and(&self.stay[place], &open);
            }
            Way::Join { easy, parts } => {
                let (easy, hard) = (*easy, 1 - *easy);
                let (mut any, mut all, mut stay) = (NO_ROW, open, NO_ROW);
                pairs.fill([NO_ROW; 2]);
                for part in parts {
                    let place = part.place as usize;
                    let can = &self.can[place];
                    put(&mut any, &can[easy], |a, b| a | b);
                    put(&mut all, &without(&self.open[place], &can[hard]), |a, b| a & !b);
                    put(&mut stay, &self.stay[place], |a, b| a | b);
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
            Way::Otherwise(stated, follows) => {
                // The fact itself is missing where what follows may end open, or needs something
                // that the firm said it does not know.
                let mut itself = self.stay[follows.place as usize];
                pairs.fill([NO_ROW; 2]);
                for (link, below) in follows.links.iter().zip(&below[follows.first..]) {
                    let unsure = &self.unsure[usize::from(look.facts[usize::from(*link)])];
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
                for lanes in pairs.iter_mut().flatten() {
                    put(lanes, &open, |a, b| a & b);
                }
                let can = [TO_TRUE, TO_FALSE].map(|to| {
                    let stated = and(&self.can[stated.place as usize][to], &itself);
                    and(&or(&self.can[follows.place as usize][to], &stated), &open)
                });
                self.can[at] = can;
                self.stay[at] = NO_ROW;
            }
        }
    }
}
