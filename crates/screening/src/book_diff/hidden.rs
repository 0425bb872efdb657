//! Which counts a digest hides, so that no small group of firms can be inferred.
//!
//! Owns the choice. A count above zero and below the limit is small. If a support has a small count, the counts of its
//! unchanged firms are hidden too, whatever they are: all counts of a support add up to the number of firms, so the small
//! ones would else be what is missing. If even that leaves too few possibilities, all counts of the support are hidden.

use super::report::MoveCell;

/// What is hidden of a support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    /// Nothing.
    None,
    /// The small counts, and those of the firms that do not move.
    SmallAndUnchanged,
    /// Every count, and which of them are zero.
    All,
}

impl Hidden {
    /// What is hidden of a support of which these are the counts above zero.
    pub(super) fn of(cells: &[MoveCell], below: u64) -> Self {
        if !cells.iter().any(|cell| cell.firms < below) {
            return Self::None;
        }
        let small = cells.iter().filter(|cell| cell.is_move() && cell.firms < below).count() as u64;
        let hidden = cells.iter().filter(|cell| !cell.is_move() || cell.firms < below);
        let sum: u64 = hidden.map(|cell| cell.firms).sum();
        // Each small count may then be anything from one to the limit, whatever the others are.
        if sum < (small + 1) * below { Self::All } else { Self::SmallAndUnchanged }
    }

    /// Whether the count of some firms is hidden.
    pub(super) fn hides(self, cell: &MoveCell, below: u64) -> bool {
        match self {
            Self::None => false,
            Self::SmallAndUnchanged => !cell.is_move() || cell.firms < below,
            Self::All => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book_diff::kinds::{is_move, outcomes};

    const BELOW: u64 = 5;

    /// The cells of a support of random counts, all cells of the matrix that are above zero.
    fn random(rng: &mut fastrand::Rng) -> Vec<MoveCell> {
        let all = outcomes().flat_map(|before| outcomes().map(move |after| (before, after)));
        let both = all.filter(|(before, after)| before.is_some() && after.is_some());
        let most = rng.choice([1, 4, 8, 40, 1000]).unwrap();
        let share = rng.u32(1..8);
        let cells = both.map(|(before, after)| {
            let firms = if rng.u32(0..8) < share { rng.u64(0..=most) } else { 0 };
            MoveCell { before, after, firms }
        });
        cells.filter(|cell| cell.firms > 0).collect()
    }

    #[test]
    fn no_small_count_follows_from_the_others_and_the_sum() {
        let mut rng = fastrand::Rng::with_seed(5);
        let (mut none, mut some, mut all) = (0, 0, 0);
        for _ in 0..20_000 {
            let cells = random(&mut rng);
            let hidden = Hidden::of(&cells, BELOW);
            let small = |cell: &&MoveCell| cell.firms < BELOW;
            match hidden {
                Hidden::None => {
                    none += 1;
                    assert_eq!(cells.iter().filter(small).count(), 0);
                }
                Hidden::All => all += 1,
                Hidden::SmallAndUnchanged => {
                    some += 1;
                    // What a reader knows: the sum of what is hidden, and that a hidden move is small.
                    let of_hidden = cells.iter().filter(|cell| hidden.hides(cell, BELOW));
                    let sum: u64 = of_hidden.clone().map(|cell| cell.firms).sum();
                    let moves = of_hidden.filter(|cell| is_move(cell.before, cell.after)).count();
                    let others = (BELOW - 1) * (moves as u64).saturating_sub(1);
                    // Each may have every small value, even if the others have their largest.
                    assert!(sum >= others + BELOW - 1, "{cells:?}");
                    assert!(cells.iter().filter(small).all(|cell| hidden.hides(cell, BELOW)));
                }
            }
        }
        assert!(none > 100 && some > 100 && all > 100, "{none} {some} {all}");
    }
}
