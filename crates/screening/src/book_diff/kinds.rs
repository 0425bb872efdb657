//! A kind of move: a support, what it was, what it is, and the criteria that moved it.
//!
//! Owns the kinds as data that can be compared and counted. It names criteria by their position among those of both
//! books, so it depends on no firm.

use export_advisor_core::diff::SupportOutcome;
use export_advisor_core::truth::Truth;

/// How many outcomes there are, with that of a support which a book does not have.
pub(crate) const OUTCOMES: usize = SupportOutcome::ALL.len() + 1;

/// What a support is for a firm; `None` if the rule book does not have it.
pub(crate) type Outcome = Option<SupportOutcome>;

/// The index of an outcome, below [`OUTCOMES`].
pub(crate) fn index(outcome: Outcome) -> usize {
    outcome.map_or(SupportOutcome::ALL.len(), SupportOutcome::index)
}

/// All outcomes, by their indices.
pub(crate) fn outcomes() -> impl Iterator<Item = Outcome> {
    SupportOutcome::ALL.into_iter().map(Some).chain([None])
}

/// Whether a firm moves. A support that a book does not have is as one that does not apply.
pub(crate) fn is_move(before: Outcome, after: Outcome) -> bool {
    let is_out = |outcome: Outcome| matches!(outcome, None | Some(SupportOutcome::DoesNotApply(_)));
    match (before, after) {
        (Some(before), Some(after)) => before != after,
        (before, after) => !(is_out(before) && is_out(after)),
    }
}

/// A kind of move.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MoveKind {
    /// The position of the support among the compared ones.
    pub(crate) support: usize,
    /// What it was.
    pub(crate) before: Outcome,
    /// What it is.
    pub(crate) after: Outcome,
    /// The criteria that moved it; none if a book does not have the support.
    pub(crate) causes: Vec<KindCause>,
    /// Whether only all of them together, put back, give the former outcome.
    pub(crate) are_joint: bool,
}

/// A criterion that moved a support.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KindCause {
    /// Its position among the criteria of the support in both books.
    pub(crate) criterion: usize,
    /// Its truth under the old book; none if that does not have it.
    pub(crate) before: Option<Truth>,
    /// Its truth under the new book.
    pub(crate) after: Option<Truth>,
}
