//! One firm under two rule books: which supports have another outcome, and what moved them.

use super::causes::{Causes, CriterionPair};
use super::pairs::SupportPair;
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
    /// The criteria that moved it: each alone, put back as it was, gives the former outcome, or all of them together do;
    /// none if the support was added or removed.
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
/// the old book has.
#[must_use]
pub fn moves<'a>(old: &Answer<'a>, new: &Answer<'a>) -> Vec<Move<'a>> {
    let (was, is) = (&old.plan.book, &new.plan.book);
    let pairs = SupportPair::all(was, is).into_iter();
    pairs
        .filter_map(|pair| {
            let old = pair.old.map(|id| (old, id, was.supports.at(id)));
            of_support(old, pair.new.map(|id| (new, id, is.supports.at(id))))
        })
        .collect()
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
    let causes = old.zip(new).map(|(old, new)| causes(old, new)).unwrap_or_default();
    Some(Move { support: &support.id, before, after, causes, sentences: support.sentences() })
}

/// The criteria that moved a support, verified.
fn causes<'a>(
    (old, old_id, old_support): Side<'_, 'a>,
    (new, new_id, new_support): Side<'_, 'a>,
) -> Vec<Cause<'a>> {
    let truth = |(answer, id, support): Side<'_, 'a>, index: Option<usize>| {
        let index = index?;
        let (criterion, node) =
            support.criteria.get(index).zip(answer.plan.criteria.at(id).get(index))?;
        Some((criterion, answer.truth(*node)))
    };
    let pairs = CriterionPair::all(Some(old_support), Some(new_support)).into_iter();
    let criteria = pairs.map(|pair| {
        let old = truth((old, old_id, old_support), pair.old);
        [old, truth((new, new_id, new_support), pair.new)]
    });
    let criteria: Vec<[Option<(&Criterion, Truth)>; 2]> = criteria.collect();
    let truths = criteria.iter().map(|both| {
        both.map(|found| found.map(|(criterion, truth)| (truth, criterion.basis.excludes_by())))
    });
    let found = Causes::of(&truths.collect::<Vec<_>>()).criteria.into_iter();
    found
        .filter_map(|position| {
            let [was, is] = *criteria.get(position)?;
            let (criterion, _) = is.or(was)?;
            let [before, after] = [was, is].map(|found| found.map(|(_, truth)| truth));
            Some(Cause { criterion: &criterion.id, before, after })
        })
        .collect()
}
