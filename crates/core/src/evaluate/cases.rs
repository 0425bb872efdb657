//! Cases run against the plan: what a rule's author expects, and what the rules say.

use super::one::Answer;
use crate::facts::{FactId, Fault, parse};
use crate::plan::Plan;
use crate::rulebook::{Case, ExcludedBy, Status, SupportId};

/// What a case expected and did not get.
#[derive(Clone, Debug, PartialEq)]
pub enum CaseFailure {
    /// The firm cannot be read.
    Firm(Vec<Fault>),
    /// A support has another status.
    Status {
        /// The support.
        support: String,
        /// What the case expects.
        expected: Status,
        /// What the rules say.
        found: Status,
        /// The criteria that decided it, by id.
        decided_by: Vec<String>,
    },
    /// Something else excludes the firm.
    ExcludedBy {
        /// The support.
        support: String,
        /// What the case expects.
        expected: ExcludedBy,
        /// What the rules say; nothing if the support applies or is undetermined.
        found: Option<ExcludedBy>,
    },
    /// Other facts are missing.
    Missing {
        /// The support.
        support: String,
        /// What the case expects.
        expected: Vec<String>,
        /// What the rules say.
        found: Vec<String>,
    },
    /// Other changes would make it apply.
    WouldChange {
        /// The support.
        support: String,
        /// What the case expects.
        expected: Vec<Vec<String>>,
        /// What the rules say.
        found: Vec<Vec<String>>,
    },
}

/// Runs a case.
#[must_use]
pub fn run_case(plan: &Plan, case: &Case) -> Vec<CaseFailure> {
    let book = &plan.book;
    let profile = match parse(&book.catalogue, &book.reference, case.firm.as_bytes()) {
        Ok(profile) => profile,
        Err(faults) => return vec![CaseFailure::Firm(faults)],
    };
    let answer = Answer::new(plan, &profile, case.as_of);
    let names = |facts: &mut dyn Iterator<Item = FactId>| -> Vec<String> {
        let mut names: Vec<String> =
            facts.map(|fact| book.catalogue.fact(fact).name.clone()).collect();
        names.sort_unstable();
        names
    };
    let index = |id: &String| book.find(id).map(|(index, _)| index);
    let mut failures = Vec::new();
    for (support, expected) in &case.expect {
        let Some(index) = index(support) else { continue };
        let found = answer.status(index);
        if found != *expected {
            let decided_by = decided_by(&answer, index, found);
            let support = support.clone();
            failures.push(CaseFailure::Status { support, expected: *expected, found, decided_by });
        }
    }
    for (support, expected) in &case.excluded_by {
        let Some(index) = index(support) else { continue };
        let found = answer.excluded_by(index);
        if found != Some(*expected) {
            let (support, expected) = (support.clone(), *expected);
            failures.push(CaseFailure::ExcludedBy { support, expected, found });
        }
    }
    for (support, expected) in &case.missing {
        let Some(index) = index(support) else { continue };
        let mut expected = expected.clone();
        expected.sort_unstable();
        let found = names(&mut answer.missing_for(index).iter());
        if found != expected {
            failures.push(CaseFailure::Missing { support: support.clone(), expected, found });
        }
    }
    for (support, expected) in &case.would_change {
        let Some(index) = index(support) else { continue };
        let mut expected = expected.clone();
        expected.iter_mut().for_each(|set| set.sort_unstable());
        expected.sort_unstable();
        let mut found: Vec<Vec<String>> =
            answer.changes(index).iter().map(|change| names(&mut change.facts.iter())).collect();
        found.sort_unstable();
        found.dedup();
        if found != expected {
            failures.push(CaseFailure::WouldChange { support: support.clone(), expected, found });
        }
    }
    failures
}

fn decided_by(answer: &Answer<'_>, support: SupportId, status: Status) -> Vec<String> {
    let criteria = &answer.plan.book.supports.at(support).criteria;
    let nodes = answer.plan.criteria.at(support);
    (criteria.iter().zip(nodes))
        .filter(|(_, node)| Status::from(answer.truth(**node)) == status)
        .map(|(criterion, _)| criterion.id.clone())
        .collect()
}
