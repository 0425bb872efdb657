//! Which support of one rule book is which of another.
//!
//! Owns the pairs: supports are matched by their ids, and where a support was renamed by what it is. It compares no
//! condition with a diagram and no text with another.

use crate::rulebook::{RuleBook, Support, SupportId};
use std::collections::{BTreeMap, BTreeSet};

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
        let ids: BTreeMap<&str, SupportId> = by_id(old);
        let mut removed: BTreeSet<SupportId> = old.supports.indices().collect();
        let mut pairs: Vec<Self> = Vec::with_capacity(new.supports.len());
        for (id, support) in new.supports.iter_enumerated() {
            let was = renamed.get(&support.id).unwrap_or(&support.id);
            let was = ids.get(was.as_str()).copied();
            if let Some(was) = was {
                removed.remove(&was);
            }
            pairs.push(Self { old: was, new: Some(id) });
        }
        pairs.extend(removed.into_iter().map(|id| Self { old: Some(id), new: None }));
        pairs
    }
}

fn by_id(book: &RuleBook) -> BTreeMap<&str, SupportId> {
    book.supports.iter_enumerated().map(|(id, support)| (support.id.as_str(), id)).collect()
}

/// New id of a support → its id in the old book, where a support was renamed: one that is gone and one that is new in the
/// same measure, with the same conditions or the same citations.
pub(super) fn renamed(old: &RuleBook, new: &RuleBook) -> BTreeMap<String, String> {
    let (old_ids, new_ids) = (by_id(old), by_id(new));
    let is_gone = |support: &&Support| !new_ids.contains_key(support.id.as_str());
    let mut gone: Vec<&Support> = old.supports.iter().filter(is_gone).collect();
    let mut renamed = BTreeMap::new();
    let is_new = |support: &&Support| !old_ids.contains_key(support.id.as_str());
    for support in new.supports.iter().filter(is_new) {
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
