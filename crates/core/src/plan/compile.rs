//! From the rule book's conditions to one graph of nodes.

use super::counterfactuals;
use super::program::Program;
use super::test_index::TestIndex;
use super::{DerivedNodes, Exclusion, Node, NodeId, Plan};
use crate::condition::{Condition, Test};
use crate::facts::{FactId, FactSet};
use crate::formula::Formula;
use crate::index::IndexVec;
use crate::interrupt::Interrupt;
use crate::rulebook::{DerivedAs, ExcludedBy, RuleBook, SupportId};
use foldhash::HashMap;
use foldhash::fast::RandomState;
use indexmap::IndexSet;
use std::sync::Arc;

/// Compiles a rule book. Interrupted, what it gives is not whole.
pub(super) fn compile(book: RuleBook, interrupt: &Interrupt) -> Plan {
    let mut graph = Graph::default();
    let mut derived = Vec::new();
    for (id, derivation) in book.derivations.iter_enumerated() {
        // Derivations come in an order in which each finds the facts that it needs.
        let fact = derivation.fact;
        let tests = value_tests(&derivation.rule);
        let follows: Vec<NodeId> =
            derivation.rule.conditions().into_iter().map(|c| graph.shared(c)).collect();
        let stated = tests.into_iter().map(|test| graph.add(Node::Test((fact, test)))).collect();
        let nodes = DerivedNodes { fact, derivation: id, follows, stated };
        graph.derived.insert(fact, (nodes.follows.clone(), &derivation.rule));
        derived.push(nodes);
    }
    let areas = book.policies.iter().map(|policy| &policy.area);
    let areas = areas.map(|area| area.as_ref().map(|area| graph.shared(&area.condition)));
    let areas = areas.collect();
    let mut supports = IndexVec::new();
    let mut criteria = IndexVec::new();
    let mut emphases = IndexVec::new();
    let mut exclusions = IndexVec::new();
    for support in book.supports.iter().take_while(|_| !interrupt.is_set()) {
        let parts: Vec<NodeId> =
            support.criteria.iter().map(|c| graph.shared(&c.condition)).collect();
        supports.push(graph.join(parts.clone(), true));
        let mut all = |wanted| {
            let by = support.criteria.iter().map(|criterion| criterion.basis.excludes_by());
            let found = by.zip(&parts).filter(|(by, _)| *by == wanted).map(|(_, node)| *node);
            let found: Vec<NodeId> = found.collect();
            (!found.is_empty()).then(|| graph.join(found, true))
        };
        exclusions.push(Exclusion {
            area: all(ExcludedBy::OutOfArea),
            text: all(ExcludedBy::Text),
            needs: all(ExcludedBy::NoNeed),
        });
        criteria.push(parts);
        emphases.push(support.emphases.iter().map(|e| graph.shared(&e.condition)).collect());
    }
    let conflicts = book.conflicts.iter().map(|c| graph.shared(&c.condition)).collect();
    let explanations = book
        .derivations
        .iter()
        .map(|derivation| derivation.explanations.iter().map(|(_, c)| graph.shared(c)).collect());
    let explanations = explanations.collect();
    let nodes: IndexVec<NodeId, Node> = graph.nodes.into_iter().collect();
    let facts = reach(&nodes);
    let shared = shared(&nodes, &criteria, interrupt);
    let used_by = used_by(&book, &supports, &facts);
    let inputs = inputs(&book);
    let test_indices = TestIndex::gather(&book.catalogue, &nodes);
    let program = Program::new(&nodes);
    let (counterfactuals, cut) =
        counterfactuals::find(&book.catalogue, &nodes, &facts, &supports, interrupt);
    let ids = names(&book, &nodes);
    Plan {
        book,
        nodes,
        ids,
        supports,
        shared,
        criteria,
        exclusions,
        areas,
        emphases,
        conflicts,
        explanations,
        derived,
        counterfactuals,
        cut,
        used_by,
        inputs,
        test_indices,
        program,
    }
}

/// One test a value of a derivation, in the order of its conditions.
fn value_tests(rule: &DerivedAs) -> Vec<Test> {
    match rule {
        DerivedAs::Yes(_) => vec![Test::Yes],
        DerivedAs::Value(list) => list.iter().map(|(w, _)| Test::OneOf(vec![*w])).collect(),
        DerivedAs::AtMost(list) => (0_u16..).zip(list).map(|(w, _)| Test::AtMost(w)).collect(),
        DerivedAs::IncludesValue(list) => {
            list.iter().map(|(w, _)| Test::HasValue(vec![*w])).collect()
        }
        DerivedAs::IncludesCode(list) => {
            list.iter().map(|(c, _)| Test::HasCode(vec![c.clone()])).collect()
        }
    }
}

#[derive(Default)]
struct Graph<'a> {
    /// Each node once, where it was first met.
    nodes: IndexSet<Node, RandomState>,
    /// By address: a shared part is compiled once; equal parts meet in `nodes`.
    conditions: HashMap<*const Condition, NodeId>,
    derived: HashMap<FactId, (Vec<NodeId>, &'a DerivedAs)>,
}

impl Graph<'_> {
    fn add(&mut self, node: Node) -> NodeId {
        let (index, _) = self.nodes.insert_full(node);
        NodeId::from(index)
    }

    fn join(&mut self, mut parts: Vec<NodeId>, all: bool) -> NodeId {
        parts.sort_unstable();
        parts.dedup();
        match parts.as_slice() {
            [] => self.add(Node::Indeterminate),
            [only] => *only,
            _ => self.add(if all { Node::And(parts) } else { Node::Or(parts) }),
        }
    }

    fn shared(&mut self, condition: &Arc<Condition>) -> NodeId {
        if let Some(index) = self.conditions.get(&Arc::as_ptr(condition)) {
            return *index;
        }
        let index = self.condition(condition);
        self.conditions.insert(Arc::as_ptr(condition), index);
        index
    }

    fn condition(&mut self, condition: &Condition) -> NodeId {
        match condition.formula() {
            Formula::Indeterminate => self.add(Node::Indeterminate),
            Formula::Test((fact, test)) => self.test(*fact, test),
            Formula::Not(inner) => {
                let inner = self.shared(inner);
                self.negate(inner)
            }
            Formula::And(terms) | Formula::Or(terms) => {
                let parts = terms.iter().map(|term| self.shared(term)).collect();
                self.join(parts, matches!(condition.formula(), Formula::And(_)))
            }
            Formula::Coalesce(first, second) => {
                let first = self.shared(first);
                let second = self.shared(second);
                self.add(Node::Coalesce(first, second))
            }
        }
    }

    fn negate(&mut self, inner: NodeId) -> NodeId {
        match self.nodes.get_index(inner.index()) {
            Some(Node::Not(twice)) => *twice,
            Some(Node::Indeterminate) => inner,
            _ => self.add(Node::Not(inner)),
        }
    }

    /// A test: of what is stated, and for a derived fact, otherwise of what follows.
    fn test(&mut self, fact: FactId, test: &Test) -> NodeId {
        let stated = self.add(Node::Test((fact, test.clone())));
        let Some((nodes, rule)) = self.derived.get(&fact) else { return stated };
        let pick = |wanted: &dyn Fn(usize) -> bool| -> Vec<NodeId> {
            nodes.iter().enumerate().filter(|(i, _)| wanted(*i)).map(|(_, node)| *node).collect()
        };
        let follows = match (*rule, test) {
            (DerivedAs::AtMost(_), Test::AtMost(index)) => pick(&|i| i == usize::from(*index)),
            (DerivedAs::Value(list), Test::OneOf(values))
            | (DerivedAs::IncludesValue(list), Test::HasValue(values)) => {
                // The values of a test are sorted.
                pick(&|i| list.get(i).is_some_and(|(value, _)| values.binary_search(value).is_ok()))
            }
            (DerivedAs::IncludesCode(list), Test::HasCode(codes)) => {
                pick(&|i| list.get(i).is_some_and(|(code, _)| codes.binary_search(code).is_ok()))
            }
            (DerivedAs::IncludesCode(list), Test::HasStart(starts)) => pick(&|i| {
                list.get(i)
                    .is_some_and(|(code, _)| starts.iter().any(|s| code.starts_with(s.as_str())))
            }),
            (DerivedAs::IncludesValue(_) | DerivedAs::IncludesCode(_), Test::Empty)
            | (DerivedAs::Yes(_), Test::Yes) => nodes.clone(),
            // The script host makes no other test of these types.
            _ => Vec::new(),
        };
        // `script` refuses a test that no value of the derivation can meet.
        let follows = self.join(follows, false);
        let follows = if *test == Test::Empty { self.negate(follows) } else { follows };
        self.add(Node::Coalesce(stated, follows))
    }
}

/// Per support, the nodes that stand in several of its criteria.
fn shared(
    nodes: &IndexVec<NodeId, Node>,
    criteria: &IndexVec<SupportId, Vec<NodeId>>,
    interrupt: &Interrupt,
) -> IndexVec<SupportId, Vec<NodeId>> {
    // Which criterion came to a node last.
    let mut last = IndexVec::filled(0_usize, nodes);
    let mut criterion = 0;
    let mut waiting = Vec::new();
    let of_support = |roots: &Vec<NodeId>| {
        let mut reached: Vec<NodeId> = Vec::new();
        for root in roots {
            criterion += 1;
            waiting.push(*root);
            while let Some(id) = waiting.pop() {
                if std::mem::replace(last.at_mut(id), criterion) != criterion {
                    reached.push(id);
                    waiting.extend(nodes.at(id).parts().copied());
                }
            }
        }
        reached.sort_unstable();
        let several = reached.chunk_by(|a, b| a == b).filter(|same| same.len() > 1);
        several.filter_map(<[NodeId]>::first).copied().collect()
    };
    criteria.iter().take_while(|_| !interrupt.is_set()).map(of_support).collect()
}

/// Per node, the facts tested in it or below.
fn reach(nodes: &IndexVec<NodeId, Node>) -> IndexVec<NodeId, FactSet> {
    let mut facts: IndexVec<NodeId, FactSet> = IndexVec::new();
    for node in nodes {
        let set = match node {
            Node::Test((fact, _)) => FactSet::of(*fact),
            node => node.parts().fold(FactSet::default(), |mut set, part| {
                set.extend(facts.at(*part));
                set
            }),
        };
        facts.push(set);
    }
    facts
}

/// Per fact, the supports that it can decide.
fn used_by(
    book: &RuleBook,
    supports: &IndexVec<SupportId, NodeId>,
    facts: &IndexVec<NodeId, FactSet>,
) -> IndexVec<FactId, Vec<SupportId>> {
    let mut used_by = IndexVec::filled(Vec::new(), &book.catalogue.facts);
    for (support, root) in supports.iter_enumerated() {
        facts.at(*root).iter().for_each(|fact| used_by.at_mut(fact).push(support));
    }
    used_by
}

/// Per fact, the facts without derivation that it follows from.
fn inputs(book: &RuleBook) -> IndexVec<FactId, FactSet> {
    let mut inputs = IndexVec::filled(FactSet::default(), &book.catalogue.facts);
    for derivation in &book.derivations {
        let mut set = FactSet::default();
        for condition in derivation.rule.conditions() {
            for fact in condition.facts().iter() {
                set.extend(inputs.at(fact));
                set.insert(fact);
            }
        }
        set.remove(derivation.fact);
        *inputs.at_mut(derivation.fact) = set;
    }
    inputs
}

/// Stable ids: a hash of what the node says, so that they do not move when others come or go.
fn names(book: &RuleBook, nodes: &IndexVec<NodeId, Node>) -> IndexVec<NodeId, String> {
    let mut names: IndexVec<NodeId, String> = IndexVec::new();
    let mut text = String::new();
    for node in nodes {
        let of = |id: NodeId| names.at(id).as_str();
        text.clear();
        match node {
            Node::Indeterminate => text.push_str("open"),
            Node::Test((fact, test)) => test.write(book.catalogue.fact(*fact), &mut text),
            Node::Not(inner) => text.extend(["not ", of(*inner)]),
            Node::And(parts) | Node::Or(parts) => {
                let value = if matches!(node, Node::And(_)) { " and " } else { " or " };
                let mut parts: Vec<&str> = parts.iter().map(|part| of(*part)).collect();
                parts.sort_unstable();
                for (index, part) in parts.into_iter().enumerate() {
                    text.extend([if index > 0 { value } else { "" }, part]);
                }
            }
            Node::Coalesce(a, b) => text.extend([of(*a), " otherwise ", of(*b)]),
        }
        names.push(crate::files::short_name('n', &text));
    }
    names
}
