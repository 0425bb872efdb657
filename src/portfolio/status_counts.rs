//! How often each support applies and does not.
//!
//! Owns counters that take all supports of a row at once: a counter's bits lie in as many words as it has
//! digits, the same bit of each, so that adding a row is a few operations for 64 supports.

/// Digits of a counter: enough for any number of rows.
const DIGITS: usize = 48;

/// The counters of 64 supports, digit by digit.
type Counters = [u64; DIGITS];

/// How many rows have each support apply, and not apply.
#[derive(Clone, Debug)]
pub(super) struct StatusCounts {
    supports: usize,
    /// Per 64 supports.
    applies: Vec<Counters>,
    not: Vec<Counters>,
}

impl StatusCounts {
    /// Nothing counted yet.
    pub(super) fn new(supports: usize) -> Self {
        let none = vec![[0; DIGITS]; supports.div_ceil(64)];
        Self { supports, applies: none.clone(), not: none }
    }

    /// Counts a row: the supports that apply and those that do not, one bit each.
    pub(super) fn add(&mut self, applies: &[u64], not: &[u64]) {
        self.applies.iter_mut().zip(applies).for_each(|(counters, row)| add(counters, 0, *row));
        self.not.iter_mut().zip(not).for_each(|(counters, row)| add(counters, 0, *row));
    }

    /// Adds what others have counted.
    pub(super) fn merge(&mut self, other: &Self) {
        let mine = self.applies.iter_mut().chain(&mut self.not);
        for (mine, theirs) in mine.zip(other.applies.iter().chain(&other.not)) {
            theirs.iter().enumerate().for_each(|(digit, bits)| add(mine, digit, *bits));
        }
    }

    /// Per support, the rows to which it applies and those to which it does not.
    pub(super) fn totals(&self) -> Vec<[u64; 2]> {
        let total = |all: &[Counters], support: usize| -> u64 {
            let digits = all.get(support / 64).into_iter().flatten().enumerate();
            digits.map(|(digit, bits)| (bits >> (support % 64) & 1) << digit).sum()
        };
        (0..self.supports).map(|at| [total(&self.applies, at), total(&self.not, at)]).collect()
    }
}

/// Adds one bit a counter at a digit; what is carried goes on to the next.
fn add(counters: &mut Counters, digit: usize, bits: u64) {
    let mut carried = bits;
    for digit in counters.iter_mut().skip(digit) {
        if carried == 0 {
            return;
        }
        (*digit, carried) = (*digit ^ carried, *digit & carried);
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_counting_one_by_one() {
        let mut rng = fastrand::Rng::with_seed(3);
        for supports in [1, 57, 64, 65, 130] {
            let mut expected = vec![[0_u64; 2]; supports];
            let mut halves = [StatusCounts::new(supports), StatusCounts::new(supports)];
            for row in 0..3000 {
                let words = supports.div_ceil(64);
                let keep =
                    |word: usize| u64::MAX >> (64 * (word + 1)).saturating_sub(supports).min(63);
                let applies: Vec<u64> = (0..words).map(|w| rng.u64(..) & keep(w)).collect();
                let not: Vec<u64> =
                    applies.iter().enumerate().map(|(w, a)| !a & rng.u64(..) & keep(w)).collect();
                for (support, [yes, no]) in expected.iter_mut().enumerate() {
                    *yes += applies[support / 64] >> (support % 64) & 1;
                    *no += not[support / 64] >> (support % 64) & 1;
                }
                halves[row % 2].add(&applies, &not);
            }
            let [mut first, second] = halves;
            first.merge(&second);
            assert_eq!(first.totals(), expected, "{supports}");
        }
    }
}
