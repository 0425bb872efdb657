//! Truths of many rows at once: two bits a row, and the connectives on them.
//!
//! Owns [`Masks`], the truths of one node for the [`ROWS`] rows of a tile. It knows no node, no fact
//! and no column.

use crate::truth::Truth;

/// How many machine words a tile has.
pub(super) const LANES: usize = 8;
/// How many rows a tile has.
pub(super) const ROWS: usize = LANES * 64;

/// One bit a row of a tile.
pub(super) type Lanes = [u64; LANES];

/// The truths of one node: no row has both bits, and one with neither is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Masks {
    /// Rows in which it is known to hold.
    pub(super) yes: Lanes,
    /// Rows in which it is known not to hold.
    pub(super) no: Lanes,
}

/// `f` of each pair of words.
#[inline]
pub(super) fn zip(a: &Lanes, b: &Lanes, f: impl Fn(u64, u64) -> u64) -> Lanes {
    let mut out = *a;
    for (a, b) in out.iter_mut().zip(b) {
        *a = f(*a, *b);
    }
    out
}

/// Turns a square of bits over: bit `r` of word `c` becomes bit `c` of word `r`.
pub(super) fn turn(square: &mut [u64; 64]) {
    swap::<32>(square, u64::MAX / (1 << 32 | 1));
    swap::<16>(square, u64::MAX / (1 << 16 | 1));
    swap::<8>(square, u64::MAX / (1 << 8 | 1));
    swap::<4>(square, u64::MAX / (1 << 4 | 1));
    swap::<2>(square, u64::MAX / (1 << 2 | 1));
    swap::<1>(square, u64::MAX / (1 << 1 | 1));
}

/// Swaps the two squares of a width that do not lie on the diagonal, in each square of twice the width.
/// `low` has the lower half of every such square's columns.
#[inline]
fn swap<const WIDTH: usize>(square: &mut [u64; 64], low: u64) {
    for rows in square.chunks_exact_mut(2 * WIDTH) {
        let (upper, lower) = rows.split_at_mut(WIDTH);
        for (a, b) in upper.iter_mut().zip(lower) {
            let change = (*a >> WIDTH ^ *b) & low;
            *a ^= change << WIDTH;
            *b ^= change;
        }
    }
}

impl Masks {
    pub(super) const UNKNOWN: Self = Self { yes: [0; LANES], no: [0; LANES] };
    pub(super) const TRUE: Self = Self { yes: [u64::MAX; LANES], no: [0; LANES] };
    pub(super) const FALSE: Self = Self { yes: [0; LANES], no: [u64::MAX; LANES] };

    #[inline]
    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            yes: zip(&self.yes, &other.yes, |a, b| a & b),
            no: zip(&self.no, &other.no, |a, b| a | b),
        }
    }

    #[inline]
    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            yes: zip(&self.yes, &other.yes, |a, b| a | b),
            no: zip(&self.no, &other.no, |a, b| a & b),
        }
    }

    #[inline]
    pub(super) fn not(&self) -> Self {
        Self { yes: self.no, no: self.yes }
    }

    #[inline]
    pub(super) fn otherwise(&self, other: &Self) -> Self {
        let open = self.open();
        Self {
            yes: zip(&self.yes, &zip(&open, &other.yes, |o, b| o & b), |a, b| a | b),
            no: zip(&self.no, &zip(&open, &other.no, |o, b| o & b), |a, b| a | b),
        }
    }

    /// The rows in which it is unknown.
    #[inline]
    pub(super) fn open(&self) -> Lanes {
        zip(&self.yes, &self.no, |yes, no| !(yes | no))
    }

    /// The truth of a row of the tile.
    #[inline]
    pub(super) fn truth(&self, row: usize) -> Truth {
        let bit =
            |lanes: &Lanes| lanes.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1);
        if bit(&self.yes) {
            Truth::True
        } else if bit(&self.no) {
            Truth::False
        } else {
            Truth::Unknown
        }
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    /// Rows whose truths go through the pairs of the table, so that each pair stands at every place
    /// of a word; rows from `length` on are left unknown.
    fn columns(length: usize, shift: usize) -> (Masks, Masks, Vec<(Truth, Truth)>) {
        let (mut a, mut b, mut pairs) = (Masks::UNKNOWN, Masks::UNKNOWN, Vec::new());
        for row in 0..ROWS {
            let (x, y, ..) = Truth::PAIRS[(row + shift) % Truth::PAIRS.len()];
            let (x, y) = if row < length { (x, y) } else { (Truth::Unknown, Truth::Unknown) };
            for (masks, truth) in [(&mut a, x), (&mut b, y)] {
                match truth {
                    Truth::True => masks.yes[row / 64] |= 1 << (row % 64),
                    Truth::False => masks.no[row / 64] |= 1 << (row % 64),
                    Truth::Unknown => {}
                }
            }
            pairs.push((x, y));
        }
        (a, b, pairs)
    }

    #[test]
    fn the_nine_pairs_in_every_place() {
        for length in [0, 1, 63, 64, 65, ROWS] {
            for shift in 0..Truth::PAIRS.len() {
                let (a, b, pairs) = columns(length, shift);
                for (row, (x, y)) in pairs.into_iter().enumerate() {
                    let found = |masks: Masks| masks.truth(row);
                    let told = Truth::PAIRS.iter().find(|pair| (pair.0, pair.1) == (x, y));
                    let (_, _, and, or) = told.unwrap();
                    assert_eq!(found(a), x);
                    assert_eq!(found(a.and(&b)), *and, "{x} and {y}, row {row} of {length}");
                    assert_eq!(found(a.or(&b)), *or, "{x} or {y}, row {row} of {length}");
                    assert_eq!(found(a.not()), !x, "not {x}, row {row} of {length}");
                    assert_eq!(found(a.otherwise(&b)), x.otherwise(y), "{x} otherwise {y}, {row}");
                    assert_eq!(found(Masks::TRUE.and(&a)), x);
                    assert_eq!(found(Masks::FALSE.or(&a)), x);
                }
            }
        }
    }

    #[test]
    fn a_square_turned_over() {
        let mut seed = 1_u64;
        let square: [u64; 64] = std::array::from_fn(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed ^ seed >> 29
        });
        let mut turned = square;
        turn(&mut turned);
        for (column, word) in square.iter().enumerate() {
            for (row, across) in turned.iter().enumerate() {
                assert_eq!(word >> row & 1, across >> column & 1, "row {row}, column {column}");
            }
        }
    }

    #[test]
    fn no_row_is_both() {
        let (a, b, _) = columns(ROWS, 0);
        for masks in [a.and(&b), a.or(&b), a.not(), a.otherwise(&b)] {
            assert!(masks.yes.iter().zip(masks.no).all(|(yes, no)| yes & no == 0));
        }
    }
}
