//! The counts of moves that each thread keeps.
//!
//! Owns [`MoveCounts`]: per support the firms of each old and new outcome, and the firms of each kind of move. Its size
//! depends on the rule books, never on the number of rows. Threads count apart and merge at the end.

use super::kinds::{MoveKind, OUTCOMES, Outcome, index};
use foldhash::HashMap;

/// The firms of each old outcome, by new outcome.
pub(crate) type Matrix = [[u64; OUTCOMES]; OUTCOMES];

/// The counts of one thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct MoveCounts {
    /// Per compared support, its matrix.
    supports: Vec<Matrix>,
    /// Per kind of move, the firms that make it.
    kinds: HashMap<MoveKind, u64>,
    /// The rows that are firms and have statuses.
    pub(crate) firms: u64,
    /// Those of which a support moves.
    pub(crate) moved_firms: u64,
}

impl MoveCounts {
    /// Counts firms of a support.
    pub(crate) fn add(&mut self, support: usize, before: Outcome, after: Outcome, firms: u64) {
        if firms == 0 {
            return;
        }
        if self.supports.len() <= support {
            self.supports.resize(support + 1, Matrix::default());
        }
        let row = self.supports.get_mut(support).and_then(|matrix| matrix.get_mut(index(before)));
        if let Some(count) = row.and_then(|row| row.get_mut(index(after))) {
            *count += firms;
        }
    }

    /// Counts firms that make a kind of move.
    pub(crate) fn add_kind(&mut self, kind: &MoveKind, firms: u64) {
        match self.kinds.get_mut(kind) {
            Some(count) => *count += firms,
            None => drop(self.kinds.insert(kind.clone(), firms)),
        }
    }

    /// Adds the counts of another thread.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.firms += other.firms;
        self.moved_firms += other.moved_firms;
        if self.supports.len() < other.supports.len() {
            self.supports.resize(other.supports.len(), Matrix::default());
        }
        for (mine, theirs) in self.supports.iter_mut().zip(&other.supports) {
            let counts = mine.iter_mut().flatten().zip(theirs.iter().flatten());
            counts.for_each(|(mine, theirs)| *mine += theirs);
        }
        other.kinds.iter().for_each(|(kind, firms)| self.add_kind(kind, *firms));
    }

    /// The matrix of a support.
    pub(crate) fn matrix(&self, support: usize) -> Matrix {
        self.supports.get(support).copied().unwrap_or_default()
    }

    /// The kinds of move of each support with the firms that make them, in the order of the supports, the most frequent
    /// first.
    pub(crate) fn kinds(&self) -> Vec<(&MoveKind, u64)> {
        let mut kinds: Vec<(&MoveKind, u64)> =
            self.kinds.iter().map(|(kind, firms)| (kind, *firms)).collect();
        kinds.sort_by(|(a, more), (b, less)| {
            a.support.cmp(&b.support).then(less.cmp(more)).then(a.cmp(b))
        });
        kinds
    }
}
