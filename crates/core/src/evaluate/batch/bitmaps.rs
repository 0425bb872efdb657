//! Truths of many rows at once: two bits a row, and the connectives on them.
//!
//! Owns [`TruthBitmaps`], the truths of one node for the [`ROWS`] rows of a tile. It knows no node, no fact
//! and no column.

use crate::truth::{Kleene, Truth};

/// How many bit words (of 64 rows) a tile has.
pub(super) const BIT_WORDS: usize = 8;
/// How many rows a tile has.
pub(super) const ROWS: usize = BIT_WORDS * 64;

/// One bit a row of a tile.
pub(super) type BitWords = [u64; BIT_WORDS];

/// The truths of one node: no row has both bits, and one with neither is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TruthBitmaps {
    /// Rows in which it is known to hold.
    pub(super) yes: BitWords,
    /// Rows in which it is known not to hold.
    pub(super) no: BitWords,
}

/// `f` of each pair of bit words.
#[inline]
pub(super) fn zip(a: &BitWords, b: &BitWords, f: impl Fn(u64, u64) -> u64) -> BitWords {
    let mut out = *a;
    for (a, b) in out.iter_mut().zip(b) {
        *a = f(*a, *b);
    }
    out
}

/// Transposes a square of bits: bit `r` of bit word `c` becomes bit `c` of bit word `r`.
pub(super) fn transpose(square: &mut [u64; 64]) {
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

impl Kleene for TruthBitmaps {
    const UNKNOWN: Self = Self { yes: [0; BIT_WORDS], no: [0; BIT_WORDS] };
    const TRUE: Self = Self { yes: [u64::MAX; BIT_WORDS], no: [0; BIT_WORDS] };
    const FALSE: Self = Self { yes: [0; BIT_WORDS], no: [u64::MAX; BIT_WORDS] };

    #[inline]
    fn and(&self, other: &Self) -> Self {
        Self {
            yes: zip(&self.yes, &other.yes, |a, b| a & b),
            no: zip(&self.no, &other.no, |a, b| a | b),
        }
    }

    #[inline]
    fn or(&self, other: &Self) -> Self {
        Self {
            yes: zip(&self.yes, &other.yes, |a, b| a | b),
            no: zip(&self.no, &other.no, |a, b| a & b),
        }
    }

    #[inline]
    fn not(&self) -> Self {
        Self { yes: self.no, no: self.yes }
    }

    #[inline]
    fn coalesce(&self, other: &Self) -> Self {
        let unknown = self.unknown();
        Self {
            yes: zip(&self.yes, &zip(&unknown, &other.yes, |o, b| o & b), |a, b| a | b),
            no: zip(&self.no, &zip(&unknown, &other.no, |o, b| o & b), |a, b| a | b),
        }
    }
}

impl TruthBitmaps {
    /// The rows in which it is unknown.
    #[inline]
    pub(super) fn unknown(&self) -> BitWords {
        zip(&self.yes, &self.no, |yes, no| !(yes | no))
    }

    /// The truth of a row of the tile.
    #[inline]
    pub(super) fn truth(&self, row: usize) -> Truth {
        let bit = |bit_words: &BitWords| {
            bit_words.get(row / 64).is_some_and(|bits| bits >> (row % 64) & 1 == 1)
        };
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

    /// Rows whose truths go through the pairs of the table, so that each pair stands at every position
    /// of a bit word; rows from `length` on are left unknown.
    fn columns(length: usize, shift: usize) -> (TruthBitmaps, TruthBitmaps, Vec<(Truth, Truth)>) {
        let (mut a, mut b, mut pairs) = (TruthBitmaps::UNKNOWN, TruthBitmaps::UNKNOWN, Vec::new());
        for row in 0..ROWS {
            let (x, y, ..) = Truth::PAIRS[(row + shift) % Truth::PAIRS.len()];
            let (x, y) = if row < length { (x, y) } else { (Truth::Unknown, Truth::Unknown) };
            for (bitmaps, truth) in [(&mut a, x), (&mut b, y)] {
                match truth {
                    Truth::True => bitmaps.yes[row / 64] |= 1 << (row % 64),
                    Truth::False => bitmaps.no[row / 64] |= 1 << (row % 64),
                    Truth::Unknown => {}
                }
            }
            pairs.push((x, y));
        }
        (a, b, pairs)
    }

    #[test]
    fn the_nine_pairs_in_every_position() {
        for length in [0, 1, 63, 64, 65, ROWS] {
            for shift in 0..Truth::PAIRS.len() {
                let (a, b, pairs) = columns(length, shift);
                for (row, (x, y)) in pairs.into_iter().enumerate() {
                    let found = |bitmaps: TruthBitmaps| bitmaps.truth(row);
                    let reported = Truth::PAIRS.iter().find(|pair| (pair.0, pair.1) == (x, y));
                    let (_, _, and, or) = reported.unwrap();
                    assert_eq!(found(a), x);
                    assert_eq!(found(a.and(&b)), *and, "{x} and {y}, row {row} of {length}");
                    assert_eq!(found(a.or(&b)), *or, "{x} or {y}, row {row} of {length}");
                    assert_eq!(found(a.not()), !x, "not {x}, row {row} of {length}");
                    assert_eq!(found(a.coalesce(&b)), x.coalesce(y), "{x} otherwise {y}, {row}");
                    assert_eq!(found(TruthBitmaps::TRUE.and(&a)), x);
                    assert_eq!(found(TruthBitmaps::FALSE.or(&a)), x);
                }
            }
        }
    }

    #[test]
    fn a_square_transposed() {
        let mut seed = 1_u64;
        let square: [u64; 64] = std::array::from_fn(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed ^ seed >> 29
        });
        let mut transposed = square;
        transpose(&mut transposed);
        for (column, bits) in square.iter().enumerate() {
            for (row, across) in transposed.iter().enumerate() {
                assert_eq!(bits >> row & 1, across >> column & 1, "row {row}, column {column}");
            }
        }
    }

    #[test]
    fn no_row_is_both() {
        let (a, b, _) = columns(ROWS, 0);
        for bitmaps in [a.and(&b), a.or(&b), a.not(), a.coalesce(&b)] {
            assert!(bitmaps.yes.iter().zip(bitmaps.no).all(|(yes, no)| yes & no == 0));
        }
    }
}
