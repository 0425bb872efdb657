//! Which criteria moved a support.
//!
//! Owns how the criteria of a support are paired under two rule books, and the search for causes. A cause is verified: a
//! criterion that alone, put back as it was, gives the former outcome; if there is none, a set of criteria that together
//! give it, and none of which can be left out. In go the truths of the criteria, so the firm is not needed.

use crate::evaluate::SupportOutcome;
use crate::rulebook::{ExcludedBy, Support};
use crate::truth::Truth;

/// A criterion of a support under two rule books, by its index in each; none where a book does not have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CriterionPair {
    /// Its index among the criteria of the old book.
    pub old: Option<usize>,
    /// Its index among the criteria of the new book.
    pub new: Option<usize>,
}

impl CriterionPair {
    /// The criteria of a support under two rule books, in the order of the new book; then those that only the old book
    /// has. They are matched by what stands in their ids after the id of the support.
    #[must_use]
    pub fn all(old: Option<&Support>, new: Option<&Support>) -> Vec<Self> {
        let ids = |support: Option<&'_ Support>| -> Vec<String> {
            let criteria = support.into_iter().flat_map(|support| &support.criteria);
            let name = |id: &str| id.split_once('/').map_or(id, |(_, name)| name).to_owned();
            criteria.map(|criterion| name(&criterion.id)).collect()
        };
        let (was, is) = (ids(old), ids(new));
        let of_new = is.iter().enumerate().map(|(index, id)| Self {
            old: was.iter().position(|old| old == id),
            new: Some(index),
        });
        let removed = was.iter().enumerate().filter(|(_, id)| !is.contains(id));
        of_new.chain(removed.map(|(index, _)| Self { old: Some(index), new: None })).collect()
    }
}

/// What a criterion says of a firm, and what it excludes by.
pub type CriterionTruth = (Truth, ExcludedBy);

/// The truth of a criterion under the old and the new book; none where a book does not have it.
pub type CriterionTruths = [Option<CriterionTruth>; 2];

/// The criteria that moved a support.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Causes {
    /// Their positions.
    pub criteria: Vec<usize>,
    /// Whether only all of them together, put back, give the former outcome; else each alone does.
    pub are_joint: bool,
}

impl Causes {
    /// The causes of a move, from the truths of all criteria of the support under both books.
    #[must_use]
    pub fn of(criteria: &[CriterionTruths]) -> Self {
        let before = outcome(criteria.iter().map(|[old, _]| *old));
        let differing = (0..criteria.len()).filter(|position| {
            criteria.get(*position).is_some_and(|[old, new]| decisive(*old) != decisive(*new))
        });
        let differing: Vec<usize> = differing.collect();
        let restores = |undone: &[usize]| {
            let put_back = criteria
                .iter()
                .enumerate()
                .map(|(position, [old, new])| if undone.contains(&position) { *old } else { *new });
            outcome(put_back) == before
        };
        let alone = differing.iter().copied().filter(|position| restores(&[*position]));
        let alone: Vec<usize> = alone.collect();
        if !alone.is_empty() {
            return Self { criteria: alone, are_joint: false };
        }
        let mut joint = differing.clone();
        for position in differing.into_iter().rev() {
            let others: Vec<usize> = joint.iter().copied().filter(|p| *p != position).collect();
            if restores(&others) {
                joint = others;
            }
        }
        Self { criteria: joint, are_joint: true }
    }
}

/// What a criterion adds to an outcome: nothing if it holds or is absent.
fn decisive(truth: Option<CriterionTruth>) -> Option<(Truth, Option<ExcludedBy>)> {
    match truth {
        None | Some((Truth::True, _)) => None,
        Some((Truth::Unknown, _)) => Some((Truth::Unknown, None)),
        Some((Truth::False, by)) => Some((Truth::False, Some(by))),
    }
}

/// The outcome of a support whose criteria have these truths.
fn outcome(criteria: impl Iterator<Item = Option<CriterionTruth>>) -> SupportOutcome {
    let (mut excluded, mut is_unknown) = (None, false);
    for (truth, by) in criteria.flatten() {
        match truth {
            Truth::True => {}
            Truth::Unknown => is_unknown = true,
            Truth::False => excluded = Some(excluded.map_or(by, |other: ExcludedBy| other.min(by))),
        }
    }
    match excluded {
        Some(by) => SupportOutcome::DoesNotApply(by),
        None if is_unknown => SupportOutcome::Undetermined,
        None => SupportOutcome::Applies,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ExcludedBy::{NoNeed, Text};
    use Truth::{False, True, Unknown};

    fn of(criteria: &[(Truth, Truth)]) -> (Vec<usize>, bool) {
        let truths = |(old, new): &(Truth, Truth)| [Some((*old, Text)), Some((*new, Text))];
        let found = Causes::of(&criteria.iter().map(truths).collect::<Vec<_>>());
        (found.criteria, found.are_joint)
    }

    #[test]
    fn a_cause_alone_gives_the_former_outcome_and_several_give_it_together() {
        assert_eq!(of(&[(True, False), (True, True)]), (vec![0], false));
        // Either would keep it undetermined.
        assert_eq!(of(&[(Unknown, True), (Unknown, True)]), (vec![0, 1], false));
        // With one put back, the other still excludes the firm.
        assert_eq!(of(&[(True, False), (True, False)]), (vec![0, 1], true));
        assert_eq!(of(&[(True, False), (True, Unknown)]), (vec![0, 1], true));
        // What differs beside it does not matter.
        assert_eq!(of(&[(Unknown, True), (Unknown, False)]), (vec![1], false));
        assert_eq!(of(&[(False, True), (True, Unknown), (True, True)]), (vec![0], false));
    }

    #[test]
    fn a_criterion_that_a_book_lacks_excludes_nobody_and_a_basis_may_move_a_firm() {
        let added = [[None, Some((False, Text))], [Some((True, Text)); 2]];
        assert_eq!(Causes::of(&added), Causes { criteria: vec![0], are_joint: false });
        let basis = [[Some((False, NoNeed)), Some((False, Text))]];
        assert_eq!(Causes::of(&basis), Causes { criteria: vec![0], are_joint: false });
    }
}
