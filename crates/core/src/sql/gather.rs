//! The plan's nodes, joined where one test says what several say.
//!
//! In goes the plan's graph, in which a derived enum or list is one condition a value; out comes a
//! graph in which “has JP or has KR” is one test of a list, so that a query stays short and an
//! engine reads a column once. A test of a fact that the table does not have is unknown, and so is
//! whatever hangs on it alone. Every rewrite is an identity of three-valued logic; none looks at
//! what the facts mean. It never prints.

use crate::condition::Test;
use crate::facts::{FactId, FactSet};
use crate::formula::Formula;
use crate::index::IndexVec;
use crate::plan::{NodeId, Plan};
use crate::truth::Truth;
use foldhash::HashMap;
use std::mem::discriminant;

/// A node of a query.
pub(super) type Node = Formula<NodeId, Leaf>;

/// What a query asks of a row, or of another node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Leaf {
    /// A test of a fact's column; unknown where the column is.
    Fact(FactId, Test),
    /// Whether the column of a fact is not known: never unknown itself.
    FactUnknown(FactId),
    /// Whether a node has this truth: never unknown itself.
    Is(NodeId, Truth),
    /// Always true, or always false.
    Constant(bool),
}

/// The parts of a node, also of one that asks of another.
pub(super) fn parts(node: &Node) -> impl Iterator<Item = &NodeId> {
    let asked = match node {
        Node::Test(Leaf::Is(id, _)) => Some(id),
        _ => None,
    };
    asked.into_iter().chain(node.parts())
}

/// A graph of nodes, parts first, equal nodes once.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: IndexVec<NodeId, Node>,
    ids: HashMap<Node, NodeId>,
}

/// The nodes of a query.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) graph: Graph,
    /// Where each node of the plan is in the graph.
    moved_ids: IndexVec<NodeId, NodeId>,
    /// The facts that the table has.
    facts: FactSet,
}

impl Gathered {
    /// The nodes of a plan for a table that has some facts.
    pub(super) fn new(plan: &Plan, facts: FactSet) -> Self {
        let mut own = Self { graph: Graph::default(), moved_ids: IndexVec::new(), facts };
        for node in &plan.nodes {
            let of = |id: &NodeId| *own.moved_ids.at(*id);
            let moved = match node {
                Formula::Indeterminate => own.graph.add(Node::Indeterminate),
                Formula::Test((fact, test)) => own.test(*fact, test.clone()),
                Formula::Not(inner) => {
                    let inner = of(inner);
                    own.graph.not(inner)
                }
                Formula::And(parts) => {
                    let parts = parts.iter().map(of).collect();
                    own.graph.and(parts)
                }
                Formula::Or(parts) => {
                    let parts = parts.iter().map(of).collect();
                    own.graph.or(parts)
                }
                Formula::Coalesce(a, b) => {
                    let (a, b) = (of(a), of(b));
                    own.graph.coalesce(a, b)
                }
            };
            own.moved_ids.push(moved);
        }
        own
    }

    /// A test of what is stated of a fact.
    pub(super) fn test(&mut self, fact: FactId, test: Test) -> NodeId {
        self.graph.add(if self.facts.contains(fact) {
            Node::Test(Leaf::Fact(fact, test))
        } else {
            Node::Indeterminate
        })
    }

    /// Whether the table has a fact.
    pub(super) fn has(&self, fact: FactId) -> bool {
        self.facts.contains(fact)
    }

    /// Where a node of the plan is.
    pub(super) fn of(&self, id: NodeId) -> NodeId {
        *self.moved_ids.at(id)
    }
}

/// What tests must share to become one: the fact, the kind of test, and what holds where the
/// fact is not known.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Test(FactId, std::mem::Discriminant<Test>),
    Coalesce(FactId, std::mem::Discriminant<Test>),
    /// `x and open`.
    Indeterminate,
}

impl Graph {
    /// A node by its index.
    pub(super) fn node(&self, id: NodeId) -> &Node {
        self.nodes.at(id)
    }

    /// Whether a node is a condition about what is known, which is true or false of every row.
    pub(super) fn is_never_unknown(&self, id: NodeId) -> bool {
        match self.node(id) {
            Node::Test(leaf) => !matches!(leaf, Leaf::Fact(..)),
            Node::Not(inner) => self.is_never_unknown(*inner),
            Node::And(parts) | Node::Or(parts) => {
                parts.iter().all(|part| self.is_never_unknown(*part))
            }
            Node::Indeterminate | Node::Coalesce(..) => false,
        }
    }

    pub(super) fn add(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.ids.get(&node) {
            return *id;
        }
        let id = self.nodes.push(node.clone());
        self.ids.insert(node, id);
        id
    }

    pub(super) fn not(&mut self, inner: NodeId) -> NodeId {
        match self.node(inner) {
            Node::Not(twice) => *twice,
            Node::Indeterminate => inner,
            _ => self.add(Node::Not(inner)),
        }
    }

    /// The first where it is known, otherwise the second.
    pub(super) fn coalesce(&mut self, first: NodeId, second: NodeId) -> NodeId {
        match (self.node(first), self.node(second)) {
            (Node::Indeterminate, _) => second,
            (_, Node::Indeterminate) => first,
            _ => self.add(Node::Coalesce(first, second)),
        }
    }

    pub(super) fn and(&mut self, parts: Vec<NodeId>) -> NodeId {
        self.join(parts, Node::And)
    }

    /// One of the parts holds; parts that one test can say are joined.
    pub(super) fn or(&mut self, parts: Vec<NodeId>) -> NodeId {
        let mut flat = Vec::new();
        let mut waiting = parts.clone();
        while let Some(id) = waiting.pop() {
            match self.node(id) {
                Node::Or(inner) => waiting.extend(inner.iter().copied()),
                _ => flat.push(id),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        let mut groups: Vec<(Option<Key>, Vec<NodeId>)> = Vec::new();
        let mut known: HashMap<Key, usize> = HashMap::default();
        for id in flat {
            let Some(key) = self.key(id) else {
                groups.push((None, vec![id]));
                continue;
            };
            let group =
                *known.entry(self.key(id).unwrap_or(Key::Indeterminate)).or_insert(groups.len());
            match groups.get_mut(group) {
                Some((_, members)) => members.push(id),
                None => groups.push((Some(key), vec![id])),
            }
        }
        if groups.iter().all(|(_, members)| members.len() == 1) {
            // Nothing to join: what other conditions share stays shared.
            return self.join(parts, Node::Or);
        }
        let joined = groups
            .into_iter()
            .map(|(key, members)| match (key, members.as_slice()) {
                (_, [only]) => *only,
                (Some(Key::Indeterminate), _) => self.or_open(&members),
                (Some(Key::Test(..)), _) => self.one_test(&members),
                (Some(Key::Coalesce(..)), _) => self.one_coalesce(&members),
                (None, _) => self.join(members, Node::Or),
            })
            .collect();
        self.join(joined, Node::Or)
    }

    fn key(&self, id: NodeId) -> Option<Key> {
        let mergeable = |test: &Test| {
            matches!(
                test,
                Test::OneOf(_)
                    | Test::StartsWith(_)
                    | Test::RegisteredIn(_)
                    | Test::HasValue(_)
                    | Test::HasCode(_)
                    | Test::HasStart(_)
            )
        };
        match self.node(id) {
            Node::Test(Leaf::Fact(fact, test)) if mergeable(test) => {
                Some(Key::Test(*fact, discriminant(test)))
            }
            Node::Coalesce(first, _) => match self.node(*first) {
                Node::Test(Leaf::Fact(fact, test)) if mergeable(test) => {
                    Some(Key::Coalesce(*fact, discriminant(test)))
                }
                _ => None,
            },
            Node::And(parts)
                if parts.iter().any(|part| *self.node(*part) == Node::Indeterminate) =>
            {
                Some(Key::Indeterminate)
            }
            _ => None,
        }
    }

    pub(super) fn join(&mut self, mut parts: Vec<NodeId>, node: fn(Vec<NodeId>) -> Node) -> NodeId {
        parts.sort_unstable();
        parts.dedup();
        match parts.as_slice() {
            [] => self.add(Node::Indeterminate),
            [only] => *only,
            _ => self.add(node(parts)),
        }
    }

    /// Tests of one fact, all known or none: one test of all their values.
    fn one_test(&mut self, members: &[NodeId]) -> NodeId {
        let tests: Vec<Test> = members.iter().filter_map(|id| self.test(*id)).collect();
        let fact = members.iter().find_map(|id| match self.node(*id) {
            Node::Test(Leaf::Fact(fact, _)) => Some(*fact),
            _ => None,
        });
        match (fact, union(&tests)) {
            (Some(fact), Some(test)) => self.add(Node::Test(Leaf::Fact(fact, test))),
            _ => self.join(members.to_vec(), Node::Or),
        }
    }

    fn test(&self, id: NodeId) -> Option<Test> {
        match self.node(id) {
            Node::Test(Leaf::Fact(_, test)) => Some(test.clone()),
            _ => None,
        }
    }

    /// `(t1 coalesce b1) or (t2 coalesce b2)`: where the fact is known, `t1 or t2`; where it is
    /// not, `b1 or b2`.
    fn one_coalesce(&mut self, members: &[NodeId]) -> NodeId {
        let (firsts, seconds): (Vec<NodeId>, Vec<NodeId>) = members
            .iter()
            .filter_map(|id| match self.node(*id) {
                Node::Coalesce(first, second) => Some((*first, *second)),
                _ => None,
            })
            .unzip();
        let first = self.one_test(&firsts);
        let second = self.or(seconds);
        self.coalesce(first, second)
    }

    /// `(x and open) or (y and open)` is `(x or y) and open`.
    fn or_open(&mut self, members: &[NodeId]) -> NodeId {
        let open = self.add(Node::Indeterminate);
        let rests: Vec<NodeId> = members
            .iter()
            .map(|id| match self.node(*id).clone() {
                Node::And(parts) => {
                    self.and(parts.into_iter().filter(|part| *part != open).collect())
                }
                _ => *id,
            })
            .collect();
        let rest = self.or(rests);
        self.and(vec![rest, open])
    }

    /// A shorter node that is true (or, for `wanted` false, is false) of the same firms; it may
    /// differ in being false or unknown of the others. Nothing if it never is.
    pub(super) fn lean(&mut self, id: NodeId, wanted: bool) -> Option<NodeId> {
        match self.node(id).clone() {
            Node::Indeterminate => None,
            Node::Test(..) => Some(id),
            Node::Not(inner) => self.lean(inner, !wanted).map(|inner| self.not(inner)),
            Node::Coalesce(first, second) => Some(match self.lean(second, wanted) {
                Some(second) => self.coalesce(first, second),
                None => first,
            }),
            Node::And(parts) if wanted => self.lean_all(parts, wanted).map(|all| self.and(all)),
            Node::Or(parts) if !wanted => self.lean_all(parts, wanted).map(|all| self.or(all)),
            Node::And(parts) => {
                let some = parts.into_iter().filter_map(|part| self.lean(part, wanted)).collect();
                self.some(some, Self::and)
            }
            Node::Or(parts) => {
                let some = parts.into_iter().filter_map(|part| self.lean(part, wanted)).collect();
                self.some(some, Self::or)
            }
        }
    }

    fn lean_all(&mut self, parts: Vec<NodeId>, wanted: bool) -> Option<Vec<NodeId>> {
        parts.into_iter().map(|part| self.lean(part, wanted)).collect()
    }

    fn some(
        &mut self,
        parts: Vec<NodeId>,
        join: fn(&mut Self, Vec<NodeId>) -> NodeId,
    ) -> Option<NodeId> {
        (!parts.is_empty()).then(|| join(self, parts))
    }
}

/// One test that holds where one of these does.
fn union(tests: &[Test]) -> Option<Test> {
    let texts = |of: fn(&Test) -> Option<&Vec<String>>| {
        let mut all: Vec<String> = tests.iter().filter_map(of).flatten().cloned().collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let values = |of: fn(&Test) -> Option<&Vec<u16>>| {
        let mut all: Vec<u16> = tests.iter().filter_map(of).flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    macro_rules! all_of {
        ($gather:ident, $kind:ident) => {
            Test::$kind($gather(|test| match test {
                Test::$kind(list) => Some(list),
                _ => None,
            }))
        };
    }
    Some(match tests.first()? {
        Test::OneOf(_) => all_of!(values, OneOf),
        Test::HasValue(_) => all_of!(values, HasValue),
        Test::StartsWith(_) => all_of!(texts, StartsWith),
        Test::RegisteredIn(_) => all_of!(texts, RegisteredIn),
        Test::HasCode(_) => all_of!(texts, HasCode),
        Test::HasStart(_) => all_of!(texts, HasStart),
        _ => return None,
    })
}
