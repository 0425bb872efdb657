//! The statuses of a batch, row by row.
//!
//! Owns the transposition of bitmaps of rows, one a support, to bitmaps of supports, one a row: whoever writes or
//! counts rows takes all supports of a row at once.

use super::bitmaps::transpose;
use crate::rulebook::Status;

/// The statuses of rows, two bits each: applies, does not apply; neither is undetermined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statuses {
    supports: usize,
    /// Row after row, a bit word for each 64 supports.
    applies: Vec<u64>,
    not: Vec<u64>,
}

impl Statuses {
    /// From the bitmaps of some supports, each those of applies and of does not apply.
    pub(super) fn new<'m>(
        rows: usize,
        bitmaps: impl Iterator<Item = (&'m [u64], &'m [u64])>,
    ) -> Self {
        let bitmaps: Vec<_> = bitmaps.collect();
        let chunks = bitmaps.len().div_ceil(64);
        let mut found = Self {
            supports: bitmaps.len(),
            applies: vec![0; rows * chunks],
            not: vec![0; rows * chunks],
        };
        for (chunk, supports) in bitmaps.chunks(64).enumerate() {
            for first in (0..rows).step_by(64) {
                for (second, out) in [&mut found.applies, &mut found.not].into_iter().enumerate() {
                    let mut square = [0; 64];
                    for (slot, (applies, not)) in square.iter_mut().zip(supports) {
                        let bitmap = if second == 0 { applies } else { not };
                        *slot = bitmap.get(first / 64).copied().unwrap_or(0);
                    }
                    transpose(&mut square);
                    let positions = (first * chunks + chunk..).step_by(chunks);
                    for (index, bits) in positions.zip(square).take(rows - first) {
                        if let Some(slot) = out.get_mut(index) {
                            *slot = bits;
                        }
                    }
                }
            }
        }
        found
    }

    /// How many supports there are.
    #[must_use]
    pub fn supports(&self) -> usize {
        self.supports
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.applies.len() / self.supports.div_ceil(64).max(1)
    }

    /// Appends some rows of others, which have the same supports.
    pub fn append(&mut self, others: &Self, rows: impl Iterator<Item = usize>) {
        self.supports = others.supports;
        for row in rows {
            let (applies, not) = others.row(row);
            self.applies.extend_from_slice(applies);
            self.not.extend_from_slice(not);
        }
    }

    /// Bitmaps of 64 rows from one on, for each of the supports that a bit word of a row has: where they apply and
    /// where they do not. There is nothing past the last row.
    #[must_use]
    pub fn bitmaps(&self, first: usize, chunk: usize) -> [[u64; 64]; 2] {
        let chunks = self.supports.div_ceil(64);
        [&self.applies, &self.not].map(|all| {
            let mut square = [0; 64];
            let rows = all.get(first * chunks..).unwrap_or_default().chunks(chunks.max(1));
            for (slot, row) in square.iter_mut().zip(rows) {
                *slot = row.get(chunk).copied().unwrap_or(0);
            }
            transpose(&mut square);
            square
        })
    }

    /// The supports that apply in a row and those that do not, one bit a support, the first the lowest bit
    /// of the first bit word.
    #[must_use]
    #[inline]
    pub fn row(&self, row: usize) -> (&[u64], &[u64]) {
        let chunks = self.supports.div_ceil(64);
        let of = |all: &'_ [u64]| -> std::ops::Range<usize> {
            let start = (row * chunks).min(all.len());
            start..(start + chunks).min(all.len())
        };
        let get = |all| <[u64]>::get(all, of(all)).unwrap_or_default();
        (get(&self.applies), get(&self.not))
    }

    /// The status of a support in a row, by its position among those that were asked for.
    #[must_use]
    pub fn of(&self, row: usize, support: usize) -> Status {
        let (applies, not) = self.row(row);
        let bit =
            |chunks: &[u64]| chunks.get(support / 64).is_some_and(|w| w >> (support % 64) & 1 == 1);
        if bit(applies) {
            Status::Applies
        } else if bit(not) {
            Status::DoesNotApply
        } else {
            Status::Undetermined
        }
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn rows_have_what_the_bitmaps_of_supports_have() {
        let mut rng = fastrand::Rng::with_seed(7);
        for (rows, supports) in [(0, 3), (1, 1), (63, 64), (64, 65), (130, 57), (1050, 129)] {
            let chunks = usize::div_ceil(rows, 64);
            let bitmaps: Vec<(Vec<u64>, Vec<u64>)> = (0..supports)
                .map(|_| {
                    let applies: Vec<u64> = (0..chunks).map(|_| rng.u64(..)).collect();
                    let not = applies.iter().map(|chunk| !chunk & rng.u64(..)).collect();
                    (applies, not)
                })
                .collect();
            let found = Statuses::new(rows, bitmaps.iter().map(|(a, n)| (&a[..], &n[..])));
            for row in 0..rows {
                for (support, (applies, not)) in bitmaps.iter().enumerate() {
                    let bit = |chunks: &[u64]| chunks[row / 64] >> (row % 64) & 1 == 1;
                    let expected = match (bit(applies), bit(not)) {
                        (true, _) => Status::Applies,
                        (_, true) => Status::DoesNotApply,
                        _ => Status::Undetermined,
                    };
                    assert_eq!(found.of(row, support), expected, "{row} of {rows}, {support}");
                }
            }
            let odd: Vec<usize> = (0..rows).filter(|row| row % 2 == 1).collect();
            let mut some = Statuses::default();
            some.append(&found, odd.iter().copied());
            some.append(&found, 0..rows);
            assert!(supports == 0 || some.rows() == odd.len() + rows);
            for (at, row) in odd.into_iter().chain(0..rows).enumerate() {
                let bitmaps = some.bitmaps(at / 64 * 64, 0);
                for (support, (applies, not)) in bitmaps[0].iter().zip(bitmaps[1]).enumerate() {
                    let bits = (applies >> (at % 64) & 1, not >> (at % 64) & 1);
                    let (a, n) = found.row(row);
                    assert_eq!(bits, (a[0] >> support & 1, n[0] >> support & 1), "{at}, {support}");
                }
            }
        }
    }
}
