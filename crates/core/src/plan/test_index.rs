//! How an answer evaluates all tests of its fact at once.

use super::{Node, NodeId};
use crate::condition::Test;
use crate::facts::{Catalogue, FactId, Value};
use crate::index::IndexVec;
use foldhash::HashMap;
use rust_decimal::Decimal;

/// The tests of one fact, gathered by how they are evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TestIndex {
    /// Every test of the fact: false of a known value, unless found to be true below.
    pub(crate) all: Vec<NodeId>,
    /// Tests for credit codes: unknown unless the code passed its check.
    yes: Vec<NodeId>,
    at_least: Vec<(Decimal, NodeId)>,
    more_than: Vec<(Decimal, NodeId)>,
    equals: Vec<(Decimal, NodeId)>,
    /// Word → tests that it makes true.
    values: Vec<Vec<NodeId>>,
    /// Start of a code → tests that it makes true.
    starts: HashMap<String, Vec<NodeId>>,
    /// The lengths of those starts.
    lengths: Vec<usize>,
    /// The same for the registering office of a credit code.
    offices: HashMap<String, Vec<NodeId>>,
    /// Whole code of a list → tests that it makes true.
    codes: HashMap<String, Vec<NodeId>>,
    empty: Vec<NodeId>,
}

impl TestIndex {
    /// One index of tests a fact.
    pub(super) fn gather(
        catalogue: &Catalogue,
        nodes: &IndexVec<NodeId, Node>,
    ) -> IndexVec<FactId, Self> {
        let mut test_indices: IndexVec<FactId, Self> = catalogue
            .facts
            .iter()
            .map(|fact| Self { values: vec![Vec::new(); fact.values.len()], ..Self::default() })
            .collect();
        for (id, node) in nodes.iter_enumerated() {
            if let Node::Test((fact, test)) = node {
                test_indices.at_mut(*fact).add(id, test);
            }
        }
        for test_index in test_indices.iter_mut() {
            test_index.lengths = test_index.starts.keys().map(String::len).collect();
            test_index.lengths.sort_unstable();
            test_index.lengths.dedup();
        }
        test_indices
    }

    fn add(&mut self, node: NodeId, test: &Test) {
        self.all.push(node);
        let mut by_name = |values: &mut dyn Iterator<Item = u16>| {
            for value in values {
                if let Some(tests) = self.values.get_mut(usize::from(value)) {
                    tests.push(node);
                }
            }
        };
        let by_text = |map: &mut HashMap<String, Vec<NodeId>>, texts: &[String]| {
            for text in texts {
                match map.get_mut(text) {
                    Some(tests) => tests.push(node),
                    None => drop(map.insert(text.clone(), vec![node])),
                }
            }
        };
        match test {
            Test::Yes => self.yes.push(node),
            Test::AtLeast(n) => self.at_least.push((*n, node)),
            Test::MoreThan(n) => self.more_than.push((*n, node)),
            Test::Equals(n) => self.equals.push((*n, node)),
            Test::OneOf(values) | Test::HasValue(values) => by_name(&mut values.iter().copied()),
            Test::AtMost(value) => by_name(&mut (0..=*value)),
            Test::StartsWith(texts) | Test::HasStart(texts) => by_text(&mut self.starts, texts),
            Test::RegisteredIn(texts) => by_text(&mut self.offices, texts),
            Test::HasCode(texts) => by_text(&mut self.codes, texts),
            Test::Empty => self.empty.push(node),
        }
    }

    /// The tests of a number with their limits: those for at least, for more than, for equal to it.
    pub(crate) fn limits(&self) -> [&[(Decimal, NodeId)]; 3] {
        [&self.at_least, &self.more_than, &self.equals]
    }

    /// Whether of a code nothing but its registering office is tested.
    pub(crate) fn is_of_office(&self) -> bool {
        self.starts.is_empty()
    }

    /// Calls `set` with every test that a known value makes true; all others of `all` are false.
    pub(crate) fn evaluate(&self, value: &Value, mut set: impl FnMut(NodeId)) {
        match value {
            Value::NotAnswered | Value::Unknown | Value::UncheckedCode(_) | Value::NoCode => {}
            Value::Bool(true) => self.yes.iter().copied().for_each(set),
            Value::Bool(false) => {}
            Value::Number(number) => {
                let at_least = self.at_least.iter().filter(|(limit, _)| number >= limit);
                let more_than = self.more_than.iter().filter(|(limit, _)| number > limit);
                let equals = self.equals.iter().filter(|(limit, _)| number == limit);
                at_least.chain(more_than).chain(equals).for_each(|(_, node)| set(*node));
            }
            Value::Enum(value) => {
                let tests = self.values.get(usize::from(*value)).into_iter().flatten();
                tests.copied().for_each(set);
            }
            Value::Code(code) => {
                self.start(&self.starts, code, &mut set);
                if !self.offices.is_empty() {
                    // Characters 3 to 8 name the office of first registration.
                    let office = code.get(2..8).unwrap_or("");
                    for length in 1..=office.len() {
                        let found = office.get(..length).and_then(|o| self.offices.get(o));
                        found.into_iter().flatten().copied().for_each(&mut set);
                    }
                }
            }
            Value::EnumList(values) if values.is_empty() => {
                self.empty.iter().copied().for_each(set)
            }
            Value::EnumList(values) => {
                for value in values {
                    let tests = self.values.get(usize::from(*value)).into_iter().flatten();
                    tests.copied().for_each(&mut set);
                }
            }
            Value::Codes(codes) if codes.is_empty() => self.empty.iter().copied().for_each(set),
            Value::Codes(codes) => {
                for code in codes {
                    self.codes.get(code).into_iter().flatten().copied().for_each(&mut set);
                    self.start(&self.starts, code, &mut set);
                }
            }
        }
    }

    fn start(
        &self,
        starts: &HashMap<String, Vec<NodeId>>,
        code: &str,
        set: &mut impl FnMut(NodeId),
    ) {
        for length in &self.lengths {
            let found = code.get(..*length).and_then(|start| starts.get(start));
            found.into_iter().flatten().copied().for_each(&mut *set);
        }
    }
}
