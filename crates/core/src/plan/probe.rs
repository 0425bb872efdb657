//! How an answer settles all tests of its fact in one go.

use super::{Node, NodeId};
use crate::condition::Test;
use crate::facts::{Catalogue, Value};
use foldhash::HashMap;
use rust_decimal::Decimal;

/// The tests of one fact, gathered by how they are settled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Probe {
    /// Every test of the fact: false of a known value, unless found to be true below.
    pub(crate) all: Vec<NodeId>,
    /// Tests for credit codes: unknown unless the code passed its check.
    yes: Vec<NodeId>,
    at_least: Vec<(Decimal, NodeId)>,
    more_than: Vec<(Decimal, NodeId)>,
    equals: Vec<(Decimal, NodeId)>,
    /// Word → tests that it makes true.
    words: Vec<Vec<NodeId>>,
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

impl Probe {
    /// One probe a fact.
    pub(super) fn gather(catalogue: &Catalogue, nodes: &[Node]) -> Vec<Self> {
        let mut probes: Vec<Self> = catalogue
            .facts
            .iter()
            .map(|fact| Self { words: vec![Vec::new(); fact.words.len()], ..Self::default() })
            .collect();
        for (place, node) in (0..).zip(nodes) {
            if let Node::Test(fact, test) = node
                && let Some(probe) = probes.get_mut(fact.index())
            {
                probe.add(place, test);
            }
        }
        for probe in &mut probes {
            probe.lengths = probe.starts.keys().map(String::len).collect();
            probe.lengths.sort_unstable();
            probe.lengths.dedup();
        }
        probes
    }

    fn add(&mut self, node: NodeId, test: &Test) {
        self.all.push(node);
        let mut by_word = |words: &mut dyn Iterator<Item = u16>| {
            for word in words {
                if let Some(tests) = self.words.get_mut(usize::from(word)) {
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
            Test::OneOf(words) | Test::HasWord(words) => by_word(&mut words.iter().copied()),
            Test::AtMost(word) => by_word(&mut (0..=*word)),
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

    /// Calls `hold` with every test that a known value makes true; all others of `all` are false.
    pub(crate) fn settle(&self, value: &Value, mut hold: impl FnMut(NodeId)) {
        match value {
            Value::NotAnswered | Value::Unknown | Value::UncheckedCode(_) | Value::NoCode => {}
            Value::Bool(true) => self.yes.iter().copied().for_each(hold),
            Value::Bool(false) => {}
            Value::Number(number) => {
                let at_least = self.at_least.iter().filter(|(limit, _)| number >= limit);
                let more_than = self.more_than.iter().filter(|(limit, _)| number > limit);
                let equals = self.equals.iter().filter(|(limit, _)| number == limit);
                at_least.chain(more_than).chain(equals).for_each(|(_, node)| hold(*node));
            }
            Value::Word(word) => {
                let tests = self.words.get(usize::from(*word)).into_iter().flatten();
                tests.copied().for_each(hold);
            }
            Value::Code(code) => {
                self.start(&self.starts, code, &mut hold);
                if !self.offices.is_empty() {
                    // Characters 3 to 8 name the office of first registration.
                    let office = code.get(2..8).unwrap_or("");
                    for length in 1..=office.len() {
                        let found = office.get(..length).and_then(|o| self.offices.get(o));
                        found.into_iter().flatten().copied().for_each(&mut hold);
                    }
                }
            }
            Value::Words(words) if words.is_empty() => self.empty.iter().copied().for_each(hold),
            Value::Words(words) => {
                for word in words {
                    let tests = self.words.get(usize::from(*word)).into_iter().flatten();
                    tests.copied().for_each(&mut hold);
                }
            }
            Value::Codes(codes) if codes.is_empty() => self.empty.iter().copied().for_each(hold),
            Value::Codes(codes) => {
                for code in codes {
                    self.codes.get(code).into_iter().flatten().copied().for_each(&mut hold);
                    self.start(&self.starts, code, &mut hold);
                }
            }
        }
    }

    fn start(
        &self,
        starts: &HashMap<String, Vec<NodeId>>,
        code: &str,
        hold: &mut impl FnMut(NodeId),
    ) {
        for length in &self.lengths {
            let found = code.get(..*length).and_then(|start| starts.get(start));
            found.into_iter().flatten().copied().for_each(&mut *hold);
        }
    }
}
