//! The plan: a rule book compiled for answering.
//!
//! Owns the graph of all conditions, each computed once however many supports use it, with tests of
//! one fact gathered so that one look at an answer settles all of them. Derived facts are woven in:
//! a test of a derived fact becomes "what the firm states, otherwise what follows". Everything that
//! does not depend on the firm is done here, at load.

mod compile;
mod flips;
mod probe;
mod steps;

use crate::condition::Test;
use crate::facts::{FactId, FactSet};
use crate::interrupt::{Interrupt, Interrupted};
use crate::rulebook::RuleBook;
use crate::truth::Truth;
use std::collections::HashSet;

pub use flips::{Accept, Flip, Item, Need};
pub(crate) use probe::Probe;
pub(crate) use steps::Steps;

/// The place of a node in the plan.
pub type NodeId = u32;

/// One node; its parts have lower places.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// Never known.
    Open,
    /// A test of one fact, of what the firm stated.
    Test(FactId, Test),
    /// The opposite.
    Not(NodeId),
    /// All hold.
    And(Vec<NodeId>),
    /// One holds.
    Or(Vec<NodeId>),
    /// The first where known, else the second.
    Otherwise(NodeId, NodeId),
}

impl Node {
    /// The truth of a node from those of its parts; a test is not settled here.
    pub(crate) fn truth(&self, of: impl Fn(NodeId) -> Truth) -> Truth {
        match self {
            Self::Open | Self::Test(..) => Truth::Unknown,
            Self::Not(inner) => !of(*inner),
            Self::And(parts) => parts.iter().map(|p| of(*p)).fold(Truth::True, Truth::and),
            Self::Or(parts) => parts.iter().map(|p| of(*p)).fold(Truth::False, Truth::or),
            Self::Otherwise(first, second) => of(*first).otherwise(of(*second)),
        }
    }

    /// The nodes directly below.
    pub fn parts(&self) -> impl Iterator<Item = NodeId> {
        let (few, many): ([Option<NodeId>; 2], &[NodeId]) = match self {
            Self::Open | Self::Test(..) => ([None, None], &[]),
            Self::Not(inner) => ([Some(*inner), None], &[]),
            Self::And(parts) | Self::Or(parts) => ([None, None], parts),
            Self::Otherwise(first, second) => ([Some(*first), Some(*second)], &[]),
        };
        few.into_iter().flatten().chain(many.iter().copied())
    }
}

/// The nodes that give a derived fact's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedNodes {
    /// The fact.
    pub fact: FactId,
    /// Its place among the book's derivations.
    pub derivation: usize,
    /// One node a value, in the order of the derivation: of what follows, whatever is stated.
    pub follows: Vec<NodeId>,
    /// The same tests of what the firm stated.
    pub stated: Vec<NodeId>,
}

/// A rule book compiled for answering.
#[derive(Debug)]
pub struct Plan {
    /// The book.
    pub book: RuleBook,
    /// The nodes, parts first.
    pub nodes: Vec<Node>,
    /// One stable id a node: a hash of its condition.
    pub ids: Vec<String>,
    /// Per support, the node of all its criteria together.
    pub supports: Vec<NodeId>,
    /// Per support, one node a criterion.
    pub criteria: Vec<Vec<NodeId>>,
    /// Per support, the nodes that stand in several of its criteria.
    pub shared: Vec<Vec<NodeId>>,
    /// Per support, one node an emphasis.
    pub emphases: Vec<Vec<NodeId>>,
    /// Per conflict, its node.
    pub conflicts: Vec<NodeId>,
    /// The derived facts.
    pub derived: Vec<DerivedNodes>,
    /// Per support, the ways to make it apply.
    pub flips: Vec<Vec<Flip>>,
    /// Per support, whether there are more ways than are kept; `check` refuses such a support.
    pub cut: Vec<bool>,
    /// Per fact, the supports that it can decide, directly or through derived facts.
    pub used_by: Vec<Vec<usize>>,
    /// Per fact, the facts that it is derived from, directly or not; empty if it is not derived.
    pub inputs: Vec<FactSet>,
    /// Per fact, how an answer settles its tests.
    pub(crate) probes: Vec<Probe>,
    /// How the truths of all other nodes follow from those of the tests.
    pub(crate) steps: Steps,
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

    /// Puts another node in a place, its parts in lower places: how tests plant a fault.
    pub fn replace(&mut self, id: NodeId, node: Node) {
        if let Some(slot) = self.nodes.get_mut(id as usize) {
            *slot = node;
        }
        self.steps = Steps::new(&self.nodes);
    }

    /// Whether a fact can follow from others.
    #[must_use]
    pub fn is_derived(&self, fact: FactId) -> bool {
        self.inputs.get(fact.index()).is_some_and(|inputs| !inputs.is_empty())
    }

    /// The tests that can be told as reasons of a criterion: all that it is made of, where a derived
    /// fact stands for what it follows from.
    #[must_use]
    pub fn reasons(&self) -> HashSet<NodeId> {
        let mut seen = HashSet::new();
        let mut waiting: Vec<NodeId> = self.criteria.iter().flatten().copied().collect();
        while let Some(id) = waiting.pop() {
            if seen.insert(id) {
                match self.node(id) {
                    Node::Otherwise(first, _) => waiting.push(*first),
                    node => waiting.extend(node.parts()),
                }
            }
        }
        seen
    }

    /// A node by its place.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "places are given out by the compiler alone")]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }
}
