//! From the rule book's conditions to one graph of nodes.

use super::flips;
use super::probe::Probe;
use super::steps::Steps;
use super::{DerivedNodes, Node, NodeId, Plan};
use crate::condition::{Condition, Test};
use crate::facts::{FactId, FactSet};
use crate::interrupt::Interrupt;
use crate::rulebook::{DerivedAs, RuleBook};
use foldhash::HashMap;
use foldhash::fast::RandomState;
use indexmap::IndexSet;
use std::sync::Arc;

/// Compiles a rule book. Interrupted, what it gives is not whole.
pub(super) fn compile(book: RuleBook, interrupt: &Interrupt) -> Plan {
    let mut graph = Graph::default();
    let mut derived = Vec::new();
    for (place, derivation) in book.derivations.iter().enumerate() {
        // Derivations come in an order in which each finds the facts that it needs.
        let fact = derivation.fact;
        let tests = value_tests(&derivation.rule);
        let follows: Vec<NodeId> =
            derivation.rule.conditions().into_iter().map(|c| graph.shared(c)).collect();
        let stated = tests.into_iter().map(|test| graph.add(Node::Test(fact, test))).collect();
        let nodes = DerivedNodes { fact, derivation: place, follows, stated };
        graph.derived.insert(fact, (nodes.follows.clone(), &derivation.rule));
        derived.push(nodes);
    }
    let mut supports = Vec::new();
    let mut criteria = Vec::new();
    let mut emphases = Vec::new();
    for support in book.supports.iter().take_while(|_| !interrupt.is_set()) {
        let parts: Vec<NodeId> =
            support.criteria.iter().map(|c| graph.shared(&c.condition)).collect();
        supports.push(graph.join(parts.clone(), true));
        criteria.push(parts);
        emphases.push(support.emphases.iter().map(|e| graph.shared(&e.condition)).collect());
    }
    let conflicts = book.conflicts.iter().map(|c| graph.shared(&c.condition)).collect();
    let nodes: Vec<Node> = graph.nodes.into_iter().collect();
    let facts = reach(&nodes);
    let shared = shared(&nodes, &criteria, interrupt);
    let used_by = used_by(&book, &supports, &facts);
    let inputs = inputs(&book);
    let probes = Probe::gather(&book.catalogue, &nodes);
    let steps = Steps::new(&nodes);
    let (flips, cut) = flips::find(&book.catalogue, &nodes, &facts, &supports, interrupt);
    let ids = names(&book, &nodes);
    Plan {
        book,
        nodes,
        ids,
        supports,
        shared,
        criteria,
        emphases,
        conflicts,
        derived,
        flips,
        cut,
        used_by,
        inputs,
        probes,
        steps,
    }
}

/// One test a value of a derivation, in the order of its conditions.
fn value_tests(rule: &DerivedAs) -> Vec<Test> {
    match rule {
        DerivedAs::Yes(_) => vec![Test::Yes],
        DerivedAs::Value(list) => list.iter().map(|(w, _)| Test::OneOf(vec![*w])).collect(),
        DerivedAs::AtMost(list) => (0_u16..).zip(list).map(|(w, _)| Test::AtMost(w)).collect(),
        DerivedAs::IncludesWord(list) => {
            list.iter().map(|(w, _)| Test::HasWord(vec![*w])).collect()
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
        let (place, _) = self.nodes.insert_full(node);
        NodeId::try_from(place).unwrap_or(NodeId::MAX)
    }

    fn join(&mut self, mut parts: Vec<NodeId>, all: bool) -> NodeId {
        parts.sort_unstable();
        parts.dedup();
        match parts.as_slice() {
            [] => self.add(Node::Open),
            [only] => *only,
            _ => self.add(if all { Node::And(parts) } else { Node::Or(parts) }),
        }
    }

    fn shared(&mut self, condition: &Arc<Condition>) -> NodeId {
        if let Some(place) = self.conditions.get(&Arc::as_ptr(condition)) {
            return *place;
        }
        let place = self.condition(condition);
        self.conditions.insert(Arc::as_ptr(condition), place);
        place
    }

    fn condition(&mut self, condition: &Condition) -> NodeId {
        match condition {
            Condition::Open => self.add(Node::Open),
            Condition::Test(fact, test) => self.test(*fact, test),
            Condition::Not(inner) => {
                let inner = self.shared(inner);
                self.negate(inner)
            }
            Condition::And(terms) | Condition::Or(terms) => {
                let parts = terms.iter().map(|term| self.shared(term)).collect();
                self.join(parts, matches!(condition, Condition::And(_)))
            }
            Condition::Otherwise(first, second) => {
                let first = self.shared(first);
                let second = self.shared(second);
                self.add(Node::Otherwise(first, second))
            }
        }
    }

    fn negate(&mut self, inner: NodeId) -> NodeId {
        match self.nodes.get_index(inner as usize) {
            Some(Node::Not(twice)) => *twice,
            Some(Node::Open) => inner,
            _ => self.add(Node::Not(inner)),
        }
    }

    /// A test: of what is stated, and for a derived fact, otherwise of what follows.
    fn test(&mut self, fact: FactId, test: &Test) -> NodeId {
        let stated = self.add(Node::Test(fact, test.clone()));
        let Some((nodes, rule)) = self.derived.get(&fact) else { return stated };
        let pick = |wanted: &dyn Fn(usize) -> bool| -> Vec<NodeId> {
            nodes.iter().enumerate().filter(|(i, _)| wanted(*i)).map(|(_, node)| *node).collect()
        };
        let follows = match (*rule, test) {
            (DerivedAs::AtMost(_), Test::AtMost(place)) => pick(&|i| i == usize::from(*place)),
            (DerivedAs::Value(list), Test::OneOf(words))
            | (DerivedAs::IncludesWord(list), Test::HasWord(words)) => {
                // The values of a test are sorted.
                pick(&|i| list.get(i).is_some_and(|(word, _)| words.binary_search(word).is_ok()))
            }
            (DerivedAs::IncludesCode(list), Test::HasCode(codes)) => {
                pick(&|i| list.get(i).is_some_and(|(code, _)| codes.binary_search(code).is_ok()))
            }
            (DerivedAs::IncludesCode(list), Test::HasStart(starts)) => pick(&|i| {
                list.get(i)
                    .is_some_and(|(code, _)| starts.iter().any(|s| code.starts_with(s.as_str())))
            }),
            (DerivedAs::IncludesWord(_) | DerivedAs::IncludesCode(_), Test::Empty)
            | (DerivedAs::Yes(_), Test::Yes) => nodes.clone(),
            // The script host makes no other test of these types.
            _ => Vec::new(),
        };
        // `script` refuses a test that no value of the derivation can meet.
        let follows = self.join(follows, false);
        let follows = if *test == Test::Empty { self.negate(follows) } else { follows };
        self.add(Node::Otherwise(stated, follows))
    }
}

/// Per support, the nodes that stand in several of its criteria.
fn shared(nodes: &[Node], criteria: &[Vec<NodeId>], interrupt: &Interrupt) -> Vec<Vec<NodeId>> {
    // Which criterion came to a node last.
    let mut last: Vec<usize> = vec![0; nodes.len()];
    let mut criterion = 0;
    let mut waiting = Vec::new();
    let of_support = |roots: &Vec<NodeId>| {
        let mut reached: Vec<NodeId> = Vec::new();
        for root in roots {
            criterion += 1;
            waiting.push(*root);
            while let Some(id) = waiting.pop() {
                let before =
                    last.get_mut(id as usize).map(|last| std::mem::replace(last, criterion));
                if before.is_some_and(|before| before != criterion) {
                    reached.push(id);
                    waiting.extend(nodes.get(id as usize).into_iter().flat_map(Node::parts));
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
fn reach(nodes: &[Node]) -> Vec<FactSet> {
    let mut facts: Vec<FactSet> = Vec::with_capacity(nodes.len());
    let of = |facts: &[FactSet], id: NodeId| facts.get(id as usize).copied().unwrap_or_default();
    for node in nodes {
        let set = match node {
            Node::Open => FactSet::default(),
            Node::Test(fact, _) => FactSet::of(*fact),
            Node::Not(inner) => of(&facts, *inner),
            Node::And(parts) | Node::Or(parts) => {
                parts.iter().fold(FactSet::default(), |mut set, part| {
                    set.extend(&of(&facts, *part));
                    set
                })
            }
            Node::Otherwise(a, b) => {
                let mut set = of(&facts, *a);
                set.extend(&of(&facts, *b));
                set
            }
        };
        facts.push(set);
    }
    facts
}

fn used_by(book: &RuleBook, supports: &[NodeId], facts: &[FactSet]) -> Vec<Vec<usize>> {
    let reached: Vec<FactSet> = supports
        .iter()
        .map(|root| facts.get(*root as usize).copied().unwrap_or_default())
        .collect();
    book.catalogue
        .facts
        .iter()
        .map(|fact| {
            let uses = reached.iter().enumerate().filter(|(_, set)| set.contains(fact.id));
            uses.map(|(place, _)| place).collect()
        })
        .collect()
}

/// Per fact, the facts without derivation that it follows from.
fn inputs(book: &RuleBook) -> Vec<FactSet> {
    let mut inputs: Vec<FactSet> = vec![FactSet::default(); book.catalogue.facts.len()];
    for derivation in &book.derivations {
        let mut set = FactSet::default();
        for condition in derivation.rule.conditions() {
            for fact in condition.facts().iter() {
                let of = inputs.get(fact.index()).copied().unwrap_or_default();
                if of.is_empty() {
                    set.insert(fact);
                } else {
                    set.extend(&of);
                    set.insert(fact);
                }
            }
        }
        set.remove(derivation.fact);
        if let Some(slot) = inputs.get_mut(derivation.fact.index()) {
            *slot = set;
        }
    }
    inputs
}

/// Stable ids: a hash of what the node says, so that they do not move when others come or go.
fn names(book: &RuleBook, nodes: &[Node]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(nodes.len());
    let mut text = String::new();
    for node in nodes {
        let of = |id: NodeId| names.get(id as usize).map_or("", String::as_str);
        text.clear();
        match node {
            Node::Open => text.push_str("open"),
            Node::Test(fact, test) => test.write(book.catalogue.fact(*fact), &mut text),
            Node::Not(inner) => text.extend(["not ", of(*inner)]),
            Node::And(parts) | Node::Or(parts) => {
                let word = if matches!(node, Node::And(_)) { " and " } else { " or " };
                let mut parts: Vec<&str> = parts.iter().map(|part| of(*part)).collect();
                parts.sort_unstable();
                for (place, part) in parts.into_iter().enumerate() {
                    text.extend([if place > 0 { word } else { "" }, part]);
                }
            }
            Node::Otherwise(a, b) => text.extend([of(*a), " otherwise ", of(*b)]),
        }
        names.push(crate::files::short_name('n', &text));
    }
    names
}
