//! The plan: a rule book compiled for answering.
//!
//! Owns the graph of all conditions, each computed once however many supports use it, with tests of
//! one fact gathered so that each answer evaluates all of them at once. Derived facts are woven in:
//! a test of a derived fact becomes "what the firm states, otherwise what follows". Everything that
//! does not depend on the firm is done here, at load.

mod compile;
mod counterfactuals;
mod program;
mod test_index;

use crate::condition::FactTest;
use crate::facts::{FactId, FactSet};
use crate::formula::Formula;
use crate::index::IndexVec;
use crate::interrupt::{Interrupt, Interrupted};
use crate::rulebook::{DerivationId, ExcludedBy, PolicyId, RuleBook, SupportId};
use std::collections::HashSet;

pub use counterfactuals::{Counterfactual, Item, Need, ValueDomain};
pub(crate) use program::{Program, Register};
pub(crate) use test_index::TestIndex;

crate::index::index_type!(
    /// The index of a node in the plan.
    pub struct NodeId
);

/// One node; its parts have lower indices. A test is of what the firm stated.
pub type Node = Formula<NodeId, FactTest>;

/// The nodes that give a derived fact's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedNodes {
    /// The fact.
    pub fact: FactId,
    /// Its index among the book's derivations.
    pub derivation: DerivationId,
    /// One node a value, in the order of the derivation: of what follows, whatever is stated.
    pub follows: Vec<NodeId>,
    /// The same tests of what the firm stated.
    pub stated: Vec<NodeId>,
}

/// The nodes that tell what excludes a firm from a support that does not apply: the first of them that
/// is false does, and our reading if none is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// That the document holds where the firm is, unless it holds everywhere.
    pub area: Option<NodeId>,
    /// All stated and defined criteria together, if there is any.
    pub text: Option<NodeId>,
    /// All needs together, if there is any.
    pub needs: Option<NodeId>,
}

impl Exclusion {
    /// The nodes, each with what it excludes by, the strongest first.
    #[must_use]
    pub fn nodes(&self) -> [(Option<NodeId>, ExcludedBy); 3] {
        [
            (self.area, ExcludedBy::OutOfArea),
            (self.text, ExcludedBy::Text),
            (self.needs, ExcludedBy::NoNeed),
        ]
    }

    /// What excludes a firm from a support that does not apply to it.
    pub fn excluded_by(&self, fails: impl Fn(NodeId) -> bool) -> ExcludedBy {
        let mut nodes = self.nodes().into_iter();
        let first = nodes.find(|(node, _)| node.is_some_and(&fails));
        first.map_or(ExcludedBy::Reading, |(_, by)| by)
    }
}

/// A rule book compiled for answering.
#[derive(Debug)]
pub struct Plan {
    /// The book.
    pub book: RuleBook,
    /// The nodes, parts first.
    pub nodes: IndexVec<NodeId, Node>,
    /// One stable id a node: a hash of its condition.
    pub ids: IndexVec<NodeId, String>,
    /// Per support, the node of all its criteria together.
    pub supports: IndexVec<SupportId, NodeId>,
    /// Per support, one node a criterion.
    pub criteria: IndexVec<SupportId, Vec<NodeId>>,
    /// Per support, what tells what excludes a firm.
    pub exclusions: IndexVec<SupportId, Exclusion>,
    /// Per policy, that it holds where the firm is, unless it holds everywhere.
    pub areas: IndexVec<PolicyId, Option<NodeId>>,
    /// Per support, the nodes that stand in several of its criteria.
    pub shared: IndexVec<SupportId, Vec<NodeId>>,
    /// Per support, one node an emphasis.
    pub emphases: IndexVec<SupportId, Vec<NodeId>>,
    /// Per conflict, its node.
    pub conflicts: Vec<NodeId>,
    /// Per derivation, one node an explanation.
    pub explanations: IndexVec<DerivationId, Vec<NodeId>>,
    /// The derived facts.
    pub derived: Vec<DerivedNodes>,
    /// Per support, its counterfactuals.
    pub(crate) counterfactuals: IndexVec<SupportId, Vec<Counterfactual>>,
    /// Per support, whether there are more counterfactuals than are kept; `check` refuses such a support.
    pub cut: IndexVec<SupportId, bool>,
    /// Per fact, the supports that it can decide, directly or through derived facts.
    pub used_by: IndexVec<FactId, Vec<SupportId>>,
    /// Per fact, the facts that it is derived from, directly or not; empty if it is not derived.
    pub inputs: IndexVec<FactId, FactSet>,
    /// Per fact, how an answer evaluates its tests.
    pub(crate) test_indices: IndexVec<FactId, TestIndex>,
    /// How the truths of all other nodes follow from those of the tests.
    pub(crate) program: Program,
}

impl Plan {
    /// Compiles a rule book, however long that takes.
    #[must_use]
    pub fn new(book: RuleBook) -> Self {
        compile::compile(book, &Interrupt::never())
    }

    /// Compiles a rule book as long as somebody waits for it.
    ///
    /// # Errors
    /// If nobody does any more.
    pub fn within(book: RuleBook, interrupt: &Interrupt) -> Result<Self, Interrupted> {
        let plan = compile::compile(book, interrupt);
        interrupt.check().map(|()| plan)
    }

    /// Whether a fact can follow from others.
    #[must_use]
    pub fn is_derived(&self, fact: FactId) -> bool {
        !self.inputs.at(fact).is_empty()
    }

    /// The facts that could decide whether the document of a support holds where a firm is.
    #[must_use]
    pub fn area_facts(&self, support: SupportId) -> FactSet {
        let policy = self.book.policies.at(self.book.supports.at(support).policy);
        let mut facts = FactSet::default();
        if let Some(area) = &policy.area {
            for fact in area.condition.facts().iter() {
                facts.insert(fact);
                facts.extend(self.inputs.at(fact));
            }
        }
        facts
    }

    /// The nodes that can be reported as reasons of some criteria: all that these are made of, where a derived
    /// fact stands for what it follows from.
    #[must_use]
    pub fn reasons(&self) -> HashSet<NodeId> {
        self.parts(self.criteria.iter().flatten().copied().collect())
    }

    /// The tests that can be reported as reasons of a criterion, in the order of the plan.
    #[must_use]
    pub fn tests(&self, criterion: NodeId) -> Vec<NodeId> {
        let parts = self.parts(vec![criterion]).into_iter();
        let mut tests: Vec<NodeId> =
            parts.filter(|id| matches!(self.node(*id), Node::Test(_))).collect();
        tests.sort_unstable();
        tests
    }

    fn parts(&self, mut waiting: Vec<NodeId>) -> HashSet<NodeId> {
        let mut seen = HashSet::new();
        while let Some(id) = waiting.pop() {
            if seen.insert(id) {
                match self.node(id) {
                    Node::Coalesce(first, _) => waiting.push(*first),
                    node => waiting.extend(node.parts().copied()),
                }
            }
        }
        seen
    }

    /// A node by its index.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        self.nodes.at(id)
    }
}
