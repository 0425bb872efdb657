//! One firm under two rule books: which supports have another outcome, and what moved them.

use crate::evaluate::{Answer, SupportOutcome};
use crate::policy::SentenceId;
use crate::rulebook::{Criterion, Support, SupportId};
use crate::truth::Truth;

/// A support whose outcome for a firm is another under another rule book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move<'a> {
    /// The support's id.
    pub support: &'a str,
    /// The outcome under the old book; none if it has no such support.
    pub before: Option<SupportOutcome>,
    /// The outcome under the new book; none if it has no such support.
    pub after: Option<SupportOutcome>,
    /// The criteria that moved it; none if the support was added or removed.
    pub causes: Vec<Cause<'a>>,
    /// The sentences that the support cites, in the new book if it is there.
    pub sentences: Vec<SentenceId>,
}

/// A criterion that moved a support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause<'a> {
    /// The criterion's id.
    pub criterion: &'a str,
    /// Its truth under the old book; none if it is new.
    pub before: Option<Truth>,
    /// Its truth under the new book; none if it was removed.
    pub after: Option<Truth>,
}

/// The supports whose outcome differs between two answers for one firm, in the order of the new book; then those that only
/// the old book has. Supports are matched by their ids.
#[must_use]
pub fn moves<'a>(old: &Answer<'a>, new: &Answer<'a>) -> Vec<Move<'a>> {
    let of_new = new.plan.book.supports.iter_enumerated().filter_map(|(id, support)| {
        let was = old.plan.book.find(&support.id);
        of_support(was.map(|(id, support)| (old, id, support)), Some((new, id, support)))
    });
    let removed = old.plan.book.supports.iter_enumerated().filter_map(|(id, support)| {
        let is_gone = new.plan.book.find(&support.id).is_none();
        is_gone.then(|| of_support(Some((old, id, support)), None)).flatten()
    });
    of_new.chain(removed).collect()
}

type Side<'s, 'a> = (&'s Answer<'a>, SupportId, &'a Support);

/// The move of a support under two books; none if its outcome is the same.
pub(crate) fn of_support<'a>(
    old: Option<Side<'_, 'a>>,
    new: Option<Side<'_, 'a>>,
) -> Option<Move<'a>> {
    let outcome =
        |side: Option<Side<'_, 'a>>| side.map(|(answer, id, _)| SupportOutcome::of(answer, id));
    let (before, after) = (outcome(old), outcome(new));
    let (_, _, support) = new.or(old)?;
    if before == after {
        return None;
    }
    let causes = match (old.zip(before), new.zip(after)) {
        (Some((old, before)), Some((new, after))) => causes(old, before, new, after),
        _ => Vec::new(),
    };
    Some(Move { support: &support.id, before, after, causes, sentences: support.sentences() })
}

/// The criteria whose truth, or what they exclude by, differs; of these the ones that decided an outcome, if any did.
fn causes<'a>(
    (old, old_id, old_support): Side<'_, 'a>,
    before: SupportOutcome,
    (new, new_id, new_support): Side<'_, 'a>,
    after: SupportOutcome,
) -> Vec<Cause<'a>> {
    type Found<'a> = Vec<(&'a Criterion, Truth)>;
    let found = |answer: &Answer<'_>, id: SupportId, support: &'a Support| -> Found<'a> {
        let nodes = answer.plan.criteria.at(id);
        support.criteria.iter().zip(nodes).map(|(c, node)| (c, answer.truth(*node))).collect()
    };
    let (was, is) = (found(old, old_id, old_support), found(new, new_id, new_support));
    let of = |all: &Found<'a>, id: &str| all.iter().find(|(c, _)| c.id == id).copied();
    let ids = is.iter().map(|(c, _)| c.id.as_str());
    let removed = was.iter().map(|(c, _)| c.id.as_str()).filter(|id| of(&is, id).is_none());
    let (mut decisive, mut others) = (Vec::new(), Vec::new());
    for criterion in ids.chain(removed) {
        let (was, is) = (of(&was, criterion), of(&is, criterion));
        // A criterion that a book does not have excludes nobody, as one that holds.
        let truth = |found: Option<(&Criterion, Truth)>| found.map_or(Truth::True, |(_, t)| t);
        let basis = |found: Option<(&Criterion, Truth)>| found.map(|(c, _)| c.basis.excludes_by());
        let moved_basis = truth(is) == Truth::False && basis(was) != basis(is);
        if truth(was) == truth(is) && !moved_basis {
            continue;
        }
        let cause = Cause {
            criterion,
            before: was.map(|(_, truth)| truth),
            after: is.map(|(_, truth)| truth),
        };
        let decided = |truth: Truth, outcome: SupportOutcome| {
            outcome != SupportOutcome::Applies && truth == outcome.truth()
        };
        let is_decisive = decided(truth(was), before) || decided(truth(is), after);
        if is_decisive { decisive.push(cause) } else { others.push(cause) }
    }
    if decisive.is_empty() { others } else { decisive }
}
