//! Which support of one rule book is which of another.
//!
//! Owns the pairs: supports are matched by their ids, and where a support was renamed by what it is. It compares no
//! condition with a diagram and no text with another.

use crate::rulebook::{RuleBook, Support, SupportId};
use std::collections::BTreeMap;

/// A support of two rule books, by its index in each; none where a book does not have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupportPair {
    /// In the old book.
    pub old: Option<SupportId>,
    /// In the new book.
    pub new: Option<SupportId>,
}

impl SupportPair {
    /// The supports of two books in the order of the new one; then those that only the old book has.
    #[must_use]
    pub fn all(old: &RuleBook, new: &RuleBook) -> Vec<Self> {
        let renamed = renamed(old, new);
        let find = |id: &str| old.find(renamed.get(id).map_or(id, String::as_str));
        let of_new = new
            .supports
            .iter_enumerated()
            .map(|(id, support)| Self { old: find(&support.id).map(|(id, _)| id), new: Some(id) });
        let mut pairs: Vec<Self> = of_new.collect();
        let removed = old.supports.indices().filter(|id| !pairs.iter().any(|p| p.old == Some(*id)));
        let removed: Vec<SupportId> = removed.collect();
        pairs.extend(removed.into_iter().map(|id| Self { old: Some(id), new: None }));
        pairs
    }
}

/// New id of a support → its id in the old book, where a support was renamed: one that is gone and one that came in the
/// same measure, with the same conditions or the same citations.
pub(super) fn renamed(old: &RuleBook, new: &RuleBook) -> BTreeMap<String, String> {
    let gone = old.supports.iter().filter(|support| new.find(&support.id).is_none());
    let mut gone: Vec<&Support> = gone.collect();
    let mut renamed = BTreeMap::new();
    for support in new.supports.iter().filter(|support| old.find(&support.id).is_none()) {
        let policy = |book: &RuleBook, support: &Support| {
            book.policies.get(support.policy).map(|policy| policy.id.clone())
        };
        let canonical = |book: &RuleBook, support: &Support| -> Vec<String> {
            let criteria = support.criteria.iter();
            criteria.map(|c| c.condition.canonical(&book.catalogue)).collect()
        };
        let index = gone.iter().position(|was| {
            policy(old, was) == policy(new, support)
                && was.measure == support.measure
                && (was.citations == support.citations || was.title == support.title)
                && (was.title == support.title || canonical(old, was) == canonical(new, support))
        });
        if let Some(index) = index {
            renamed.insert(support.id.clone(), gone.remove(index).id.clone());
        }
    }
    renamed
}
