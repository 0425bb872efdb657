//! What a comparison of two rule books on a list found.
//!
//! Owns the counts as plain data, in the order of the supports. They name no firm.

use super::books::ComparedSupport;
use super::counts::MoveCounts;
use super::kinds::{Outcome, is_move, outcomes};
use crate::screen::tally::RowCounts;
use crate::write::target::Written;
use export_advisor_core::diff::SupportOutcome;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::truth::Truth;
use jiff::civil::Date;

/// What another rule book would mean for a list.
#[derive(Clone, Debug)]
pub struct BookComparison {
    /// The version of the old book.
    pub old: String,
    /// The version of the new book.
    pub new: String,
    /// The day for which windows were evaluated.
    pub as_of: Date,
    /// The rows of the list.
    pub rows: RowCounts,
    /// The rows that are firms and have statuses.
    pub firms: u64,
    /// Those of which a support moves.
    pub moved_firms: u64,
    /// The supports of both books.
    pub supports: Vec<SupportMoves>,
    /// How the list was read.
    pub notes: Vec<LocalizedText>,
    /// The bytes of the list.
    pub input_bytes: u64,
    /// The file of the moved firms and its lines.
    pub details: Option<(Written, u64)>,
    /// The file of the counts.
    pub digest: Option<Written>,
}

/// A support under two rule books.
#[derive(Clone, Debug)]
pub struct SupportMoves {
    /// Its id: that of the new book, if that has it.
    pub id: String,
    /// Its title.
    pub title: LocalizedText,
    /// What became of the support itself.
    pub change: SupportChange,
    /// The sentences that it cites: their addresses and their words.
    pub sentences: Vec<(String, String)>,
    /// The firms of each old and new outcome, as far as there are any.
    pub cells: Vec<MoveCell>,
    /// The moves by cause, the most frequent first.
    pub causes: Vec<MoveCause>,
}

/// What became of a support itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SupportChange {
    /// Both books have it.
    Kept,
    /// It had this id.
    Renamed(String),
    /// Only the new book has it.
    Added,
    /// Only the old book has it.
    Removed,
}

/// Firms with one old and one new outcome; none for a support that the book does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoveCell {
    /// What the support was for them.
    pub before: Option<SupportOutcome>,
    /// What it is for them.
    pub after: Option<SupportOutcome>,
    /// How many they are.
    pub firms: u64,
}

impl MoveCell {
    /// Whether these firms move. A support that a book does not have is as one that does not apply.
    #[must_use]
    pub fn is_move(&self) -> bool {
        is_move(self.before, self.after)
    }
}

/// Firms that the same criteria moved.
#[derive(Clone, Debug)]
pub struct MoveCause {
    /// What the support was for them.
    pub before: Option<SupportOutcome>,
    /// What it is for them.
    pub after: Option<SupportOutcome>,
    /// The criteria; none if a book does not have the support.
    pub criteria: Vec<MovingCriterion>,
    /// Whether only all of them together, put back, give the former outcome; else each alone does.
    pub are_joint: bool,
    /// How many firms they are.
    pub firms: u64,
}

/// A criterion that moves firms.
#[derive(Clone, Debug)]
pub struct MovingCriterion {
    /// Its id.
    pub id: String,
    /// Its label.
    pub label: LocalizedText,
    /// Its truth under the old book; none if that does not have it.
    pub before: Option<Truth>,
    /// Its truth under the new book; none if that does not have it.
    pub after: Option<Truth>,
}

impl SupportMoves {
    /// The firms that move.
    #[must_use]
    pub fn moved(&self) -> u64 {
        self.cells.iter().filter(|cell| cell.is_move()).map(|cell| cell.firms).sum()
    }

    /// The counts of all supports.
    pub(crate) fn all(supports: &[ComparedSupport], counts: &MoveCounts) -> Vec<Self> {
        let mut kinds = counts.kinds().into_iter().peekable();
        let one = |(position, support): (usize, &ComparedSupport)| {
            let mut causes = Vec::new();
            while let Some((kind, firms)) = kinds.next_if(|(kind, _)| kind.support <= position) {
                let criteria = kind.causes.iter().filter_map(|cause| {
                    let criterion = support.criteria.get(cause.criterion)?;
                    Some(MovingCriterion {
                        id: criterion.id.clone(),
                        label: criterion.label.clone(),
                        before: cause.before,
                        after: cause.after,
                    })
                });
                causes.push(MoveCause {
                    before: kind.before,
                    after: kind.after,
                    criteria: criteria.collect(),
                    are_joint: kind.are_joint,
                    firms,
                });
            }
            let matrix = counts.matrix(position);
            let rows = outcomes().zip(matrix);
            let cells = rows.flat_map(|(before, row): (Outcome, _)| {
                outcomes().zip(row).map(move |(after, firms)| MoveCell { before, after, firms })
            });
            SupportMoves {
                id: support.id.clone(),
                title: support.title.clone(),
                change: support.change(),
                sentences: support.sentences.clone(),
                cells: cells.filter(|cell| cell.firms > 0).collect(),
                causes,
            }
        };
        supports.iter().enumerate().map(one).collect()
    }
}

impl ComparedSupport {
    fn change(&self) -> SupportChange {
        match (self.pair.old, self.pair.new, &self.renamed_from) {
            (None, _, _) => SupportChange::Added,
            (_, None, _) => SupportChange::Removed,
            (_, _, Some(from)) => SupportChange::Renamed(from.clone()),
            (_, _, None) => SupportChange::Kept,
        }
    }
}
