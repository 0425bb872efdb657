//! Counts of how often each bit of a row is set: which supports apply to it, which facts it misses.
//!
//! The plain form adds each bit of a row to a counter of its own. Here the counters are transposed: one word holds
//! the same digit of 64 counters, so adding a row takes a few operations for 64 counters.

/// Digits of a counter: enough for any number of rows.
const DIGITS: usize = 48;

/// One counter a bit of a row.
#[derive(Clone, Debug)]
pub(crate) struct BitCounts {
    bits: usize,
    /// Per 64 bits, digit by digit.
    counters: Vec<[u64; DIGITS]>,
}

impl BitCounts {
    /// Counters at zero.
    pub(crate) fn new(bits: usize) -> Self {
        Self { bits, counters: vec![[0; DIGITS]; bits.div_ceil(64)] }
    }

    /// Counts a row.
    pub(crate) fn add(&mut self, row: &[u64]) {
        self.counters.iter_mut().zip(row).for_each(|(counters, bits)| add(counters, 0, *bits));
    }

    /// Adds the counts of another thread.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counters.iter_mut().zip(&other.counters) {
            theirs.iter().enumerate().for_each(|(digit, bits)| add(mine, digit, *bits));
        }
    }

    /// Per bit, the number of rows that have it.
    pub(crate) fn totals(&self) -> impl Iterator<Item = u64> {
        (0..self.bits).map(|bit| {
            let digits = self.counters.get(bit / 64).into_iter().flatten().enumerate();
            digits.map(|(digit, bits)| (bits >> (bit % 64) & 1) << digit).sum()
        })
    }
}

/// Adds one bit to each counter at a digit, and the carry to the next digit.
fn add(counters: &mut [u64; DIGITS], digit: usize, bits: u64) {
    let mut carry = bits;
    for digit in counters.iter_mut().skip(digit) {
        if carry == 0 {
            return;
        }
        (*digit, carry) = (*digit ^ carry, *digit & carry);
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_counting_one_by_one() {
        let mut rng = fastrand::Rng::with_seed(3);
        for bits in [1, 57, 64, 65, 130] {
            let mut expected = vec![0_u64; bits];
            let mut halves = [BitCounts::new(bits), BitCounts::new(bits)];
            for number in 0..3000 {
                let row: Vec<u64> = (0..bits.div_ceil(64)).map(|_| rng.u64(..)).collect();
                for (bit, count) in expected.iter_mut().enumerate() {
                    *count += row[bit / 64] >> (bit % 64) & 1;
                }
                halves[number % 2].add(&row);
            }
            let [mut first, second] = halves;
            first.merge(&second);
            assert_eq!(first.totals().collect::<Vec<_>>(), expected, "{bits}");
        }
    }
}
