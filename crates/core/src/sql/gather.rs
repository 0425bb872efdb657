//! The plan's nodes, joined where one test says what several say.
//!
//! In goes the plan's graph, in which a derived enum or list is one condition a value; out comes a
//! graph in which “has JP or has KR” is one test of a list, so that a query stays short and an
//! engine reads a column once. Every rewrite is an identity of three-valued logic; none looks at
//! what the facts mean. It never prints.

use crate::condition::Test;
use crate::facts::FactId;
use crate::index::IndexVec;
use crate::plan::{Node, NodeId, Plan};
use foldhash::HashMap;
use std::mem::discriminant;

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
}

impl Gathered {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut graph = Graph::default();
        let mut moved_ids: IndexVec<NodeId, NodeId> = IndexVec::new();
        for node in &plan.nodes {
            let of = |id: &NodeId| *moved_ids.at(*id);
            let moved = match node {
                Node::Indeterminate | Node::Test(..) => graph.add(node.clone()),
                Node::Not(inner) => graph.not(of(inner)),
                Node::And(parts) => graph.and(parts.iter().map(of).collect()),
                Node::Or(parts) => graph.or(parts.iter().map(of).collect()),
                Node::Coalesce(a, b) => graph.add(Node::Coalesce(of(a), of(b))),
            };
            moved_ids.push(moved);
        }
        Self { graph, moved_ids }
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
            Node::Test((fact, test)) if mergeable(test) => {
                Some(Key::Test(*fact, discriminant(test)))
            }
            Node::Coalesce(first, _) => match self.node(*first) {
                Node::Test((fact, test)) if mergeable(test) => {
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

    fn join(&mut self, mut parts: Vec<NodeId>, node: fn(Vec<NodeId>) -> Node) -> NodeId {
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
            Node::Test((fact, _)) => Some(*fact),
            _ => None,
        });
        match (fact, union(&tests)) {
            (Some(fact), Some(test)) => self.add(Node::Test((fact, test))),
            _ => self.join(members.to_vec(), Node::Or),
        }
    }

    fn test(&self, id: NodeId) -> Option<Test> {
        match self.node(id) {
            Node::Test((_, test)) => Some(test.clone()),
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
        self.add(Node::Coalesce(first, second))
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
                Some(second) => self.add(Node::Coalesce(first, second)),
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
