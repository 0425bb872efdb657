//! Why, what is missing, and what would change it.

use super::one::Answer;
use crate::facts::{FactId, FactSet};
use crate::plan::{Counterfactual, DerivedNodes, Need, Node, NodeId};
use crate::rulebook::{DerivedAs, Status, SupportId, WindowState};
use crate::truth::Truth;

/// One test that decided a criterion, or left it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The node of the test.
    pub node: NodeId,
    /// Its fact.
    pub fact: FactId,
    /// Its truth.
    pub truth: Truth,
}

/// One smallest set of changes that would make a support apply.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The counterfactual.
    pub(crate) counterfactual: &'a Counterfactual,
    /// The facts of it that are not already as they need to be.
    pub facts: FactSet,
}

impl<'a> Change<'a> {
    /// What the facts that have to change need to be.
    pub fn needs(&self) -> impl Iterator<Item = &'a Need> + use<'a> {
        let facts = self.facts;
        self.counterfactual.needs.iter().filter(move |need| facts.contains(need.fact))
    }
}

impl<'a> Answer<'a> {
    /// The tests that decided a node: for a true one those that hold it up, for a false one those
    /// that really failed, for an open one those that are open.
    #[must_use]
    pub fn reasons(&self, node: NodeId) -> Vec<Reason> {
        let mut found = Vec::new();
        self.collect(node, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    fn collect(&self, id: NodeId, found: &mut Vec<Reason>) {
        let truth = self.truth(id);
        match self.plan.node(id) {
            Node::Indeterminate => {}
            Node::Test((fact, _)) => found.push(Reason { node: id, fact: *fact, truth }),
            Node::Not(inner) => self.collect(*inner, found),
            Node::And(parts) | Node::Or(parts) => {
                // One holding part is enough to hold up an `or`; all that failed have failed.
                let enough = matches!(self.plan.node(id), Node::Or(_)) && truth == Truth::True;
                let same = parts.iter().filter(|part| self.truth(**part) == truth);
                for part in same.take(if enough { 1 } else { usize::MAX }) {
                    self.collect(*part, found);
                }
            }
            // A derived fact stands for what it follows from: `derived` says how it follows.
            Node::Coalesce(first, second) => match self.plan.node(*first) {
                Node::Test((fact, _)) if self.plan.is_derived(*fact) => {
                    found.push(Reason { node: *first, fact: *fact, truth });
                }
                _ => {
                    let decides = if self.truth(*first).is_known() { first } else { second };
                    self.collect(*decides, found);
                }
            },
        }
    }

    /// The facts that a derived value follows from, as far as it is known.
    #[must_use]
    pub fn follows_from(&self, nodes: &DerivedNodes) -> FactSet {
        let known = |wanted: Truth| nodes.follows.iter().filter(move |n| self.truth(**n) == wanted);
        let mut reasons = Vec::new();
        for node in known(Truth::True) {
            self.collect(*node, &mut reasons);
        }
        // A threshold above the lowest that holds says nothing more; those below it do.
        let ordered =
            matches!(self.plan.book.derivations.at(nodes.derivation).rule, DerivedAs::AtMost(_));
        if ordered || reasons.is_empty() {
            for node in known(Truth::False) {
                self.collect(*node, &mut reasons);
            }
        }
        reasons.into_iter().map(|reason| reason.fact).collect()
    }

    /// All smallest sets of changeable facts that would make a support apply, with the values that
    /// they need; empty if it applies, or if nothing that the firm can change would do it.
    #[must_use]
    pub fn changes(&self, support: impl Into<SupportId>) -> Vec<Change<'a>> {
        let support = support.into();
        if self.status(support) == Status::Applies || self.window(support) != WindowState::Open {
            return Vec::new();
        }
        let mut found: Vec<Change<'a>> = Vec::new();
        for counterfactual in self.plan.counterfactuals.at(support) {
            if counterfactual.preconditions.iter().any(|(node, truth)| self.truth(*node) != *truth)
            {
                continue;
            }
            let unmet = counterfactual
                .needs
                .iter()
                .filter(|n| !n.domain.admits(self.profile.value(n.fact)));
            let facts: FactSet = unmet.map(|need| need.fact).collect();
            if found.iter().any(|other| other.facts != facts && other.facts.is_subset(&facts)) {
                continue;
            }
            found.retain(|other| other.facts == facts || !facts.is_subset(&other.facts));
            let change = Change { counterfactual, facts };
            if !found.iter().any(|other| other.needs().eq(change.needs())) {
                found.push(change);
            }
        }
        found
    }
}
