//! What people read of a move: its title, the labels of its criteria, its sentences word for word.
//!
//! In go a move and both rule books, out come their texts: those of the new book, and of the old one for what only that has.
//! It concludes nothing.

use super::Move;
use crate::facts::LocalizedText;
use crate::policy::SentenceId;
use crate::rulebook::{Criterion, Policy, RuleBook};

/// The texts of a move.
#[derive(Clone, Debug)]
pub struct MoveDescription<'b> {
    /// The title of the support.
    pub title: &'b LocalizedText,
    /// The policy of the support.
    pub policy: &'b Policy,
    /// The criteria that moved it, in the order of its causes.
    pub criteria: Vec<&'b Criterion>,
    /// The sentences that it cites, word for word.
    pub sentences: Vec<(SentenceId, &'b str)>,
}

impl Move<'_> {
    /// The texts of the move; none if neither book has its support.
    #[must_use]
    pub fn describe<'b>(
        &self,
        old: &'b RuleBook,
        new: &'b RuleBook,
    ) -> Option<MoveDescription<'b>> {
        let books = [new, old].into_iter();
        let mut found = books.filter_map(|book| Some((book, book.find(self.support)?.1)));
        let (book, support) = found.next()?;
        let criteria = support.criteria.iter().chain(found.flat_map(|(_, old)| &old.criteria));
        let criteria: Vec<&Criterion> = criteria.collect();
        let criterion = |id: &str| criteria.iter().find(|criterion| criterion.id == id).copied();
        let policy = book.policies.get(support.policy)?;
        let sentences = self.sentences.iter();
        Some(MoveDescription {
            title: &support.title,
            policy,
            criteria: self.causes.iter().filter_map(|cause| criterion(cause.criterion)).collect(),
            sentences: sentences.filter_map(|id| Some((*id, policy.text.sentence(*id)?))).collect(),
        })
    }
}
