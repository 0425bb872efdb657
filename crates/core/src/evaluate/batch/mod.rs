//! Many firms at once, a column at a time.
//!
//! Owns the [`Batch`] (rows of answers, one typed column a fact), the [`Evaluator`] (a plan made
//! compiled for batches) and the [`Outcome`] (every truth of every row, as truth bitmaps). In go the
//! same values that a profile holds, out come the same truths, statuses and missing facts that
//! [`Answer`](super::Answer) finds for each row alone: `one` is the meaning, this is the speed.
//!
//! A node has two bits a row: known to hold, known not to hold; neither is "unknown". So `and`, `or`,
//! `not` and `coalesce` are a few integer operations for 64 rows. A column is read once for all
//! tests of its fact.
//!
//! It never reads a file, never starts a thread, and never says anything to people.

mod bitmaps;
mod column;
mod column_tests;
mod evaluator;
mod missing;
mod outcomes;
mod statuses;

use crate::facts::FactId;
use crate::index::IndexVec;
use crate::plan::Plan;

pub use column::{Column, short};
pub use evaluator::{Evaluator, Outcome};
pub use statuses::Statuses;

/// How many rows are evaluated together: a batch of a multiple of it, or of a few less, wastes nothing.
pub const TILE_ROWS: usize = bitmaps::ROWS;

/// Rows of answers, one column a fact. Made once and filled again and again: [`Batch::clear`] keeps
/// what was allocated.
#[derive(Clone, Debug)]
pub struct Batch {
    rows: usize,
    columns: IndexVec<FactId, Column>,
}

impl Batch {
    /// An empty batch for firms that a plan can judge.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let columns = plan.book.catalogue.facts.iter().map(Column::new).collect();
        Self { rows: 0, columns }
    }

    /// Takes all rows out and keeps the memory.
    pub fn clear(&mut self) {
        self.rows = 0;
        self.columns.iter_mut().for_each(Column::clear);
    }

    /// How many rows there are: what was last set, or the longest column if that is longer.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.iter().map(Column::len).fold(self.rows, usize::max)
    }

    /// Says how many rows there are. What a column has not been given is "not answered".
    pub fn set_rows(&mut self, rows: usize) {
        self.rows = rows;
    }

    /// The column of a fact, to be filled. A fact that the catalogue does not have is a mistake of
    /// the caller's; its values go nowhere.
    ///
    /// # Panics
    /// Never with a fact of the catalogue that the batch was made for.
    pub fn column(&mut self, fact: FactId) -> &mut Column {
        self.columns.at_mut(fact)
    }

    /// The columns, one a fact, in the order of the catalogue.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }
}
