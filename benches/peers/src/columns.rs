//! OpenFisca: the formulas and the columns of firms, written for `openfisca.py`.
//!
//! Its formulas are numpy expressions. Texts and lists are no arrays of numbers, so each test of one
//! is handed in ready, as is whether a fact is known; numbers and words it tests itself.

use crate::firms::Firms;
use crate::print::{Language, any, print};
use crate::rules::{self, Rules};
use crate::{DAY, SEED};
use export_advisor_core::condition::Test;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{Fact, FactId, Kind, Value};
use export_advisor_core::plan::{Node, NodeId};
use export_advisor_core::truth::Truth;
use rust_decimal::prelude::ToPrimitive;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const NUMPY: Language = Language {
    and: " & ",
    or: " | ",
    not: "~",
    earlier: "",
    // Less work than a choice: a test of what is not known is false.
    otherwise: |name, first, second| format!("({first} | (unknown_{name} & {second}))"),
    test: numpy_test,
    worth: 3,
};

/// A test by numpy. A number that is not known is "not a number", a word -1.
fn numpy_test(node: NodeId, fact: &Fact, test: &Test) -> String {
    let name = &fact.name;
    match test {
        Test::Yes => name.clone(),
        Test::AtLeast(n) => format!("({name} >= {n})"),
        Test::MoreThan(n) => format!("({name} > {n})"),
        Test::Equals(n) => format!("({name} == {n})"),
        Test::OneOf(places) => any(places.iter().map(|p| format!("({name} == {p})")), " | "),
        Test::AtMost(place) => format!("(({name} >= 0) & ({name} <= {place}))"),
        _ => format!("ready_{}", node.index()),
    }
}

/// What one input is filled from.
#[derive(Clone, Copy)]
enum Source {
    Number(FactId),
    Word(FactId),
    Unknown(FactId),
    Test(NodeId),
}

impl Source {
    /// As numpy names it.
    fn dtype(self) -> &'static str {
        match self {
            Self::Number(_) => "float64",
            Self::Word(_) => "int32",
            Self::Unknown(_) | Self::Test(_) => "bool",
        }
    }

    fn push(self, answer: &Answer, bytes: &mut Vec<u8>) {
        match self {
            Self::Number(fact) => {
                let Value::Number(number) = answer.profile.value(fact) else {
                    return bytes.extend(f64::NAN.to_le_bytes());
                };
                bytes.extend(number.to_f64().expect("a number").to_le_bytes());
            }
            Self::Word(fact) => {
                let Value::Enum(place) = answer.profile.value(fact) else {
                    return bytes.extend((-1_i32).to_le_bytes());
                };
                bytes.extend(i32::from(*place).to_le_bytes());
            }
            Self::Unknown(fact) => bytes.push((!answer.profile.value(fact).is_known()).into()),
            Self::Test(node) => bytes.push((answer.truth(node) == Truth::True).into()),
        }
    }
}

/// The inputs that the formulas name, and what fills each.
fn inputs(rules: &Rules) -> BTreeMap<String, Source> {
    let mut inputs = BTreeMap::new();
    for ((id, uses), node) in (0_usize..).map(NodeId::from).zip(rules.uses()).zip(&rules.nodes) {
        let fact = |id: &FactId| rules.plan.book.catalogue.fact(*id);
        match node {
            _ if uses == 0 => {}
            Node::Test((of, test)) => {
                let (name, source) = match fact(of).kind {
                    Kind::Number { .. } => (fact(of).name.clone(), Source::Number(*of)),
                    Kind::Enum { .. } => (fact(of).name.clone(), Source::Word(*of)),
                    _ => (numpy_test(id, fact(of), test), Source::Test(id)),
                };
                inputs.insert(name, source);
            }
            Node::Coalesce(first, _) => {
                if let Node::Test((of, _)) = rules.node(*first) {
                    inputs.insert(format!("unknown_{}", fact(of).name), Source::Unknown(*of));
                }
            }
            _ => {}
        }
    }
    inputs
}

/// The columns of some firms, as numpy reads them from files.
pub struct Columns {
    inputs: BTreeMap<String, Source>,
    bytes: Vec<Vec<u8>>,
}

impl Columns {
    pub fn new(rules: &Rules) -> Self {
        let inputs = inputs(rules);
        Self { bytes: vec![Vec::new(); inputs.len()], inputs }
    }

    pub fn clear(&mut self) {
        self.bytes.iter_mut().for_each(Vec::clear);
    }

    /// Adds a firm. The ready tests are taken from our own evaluation of it.
    pub fn push(&mut self, answer: &Answer) {
        for (source, bytes) in self.inputs.values().zip(&mut self.bytes) {
            source.push(answer, bytes);
        }
    }
}

/// Writes the formulas, the columns of `rows` random firms and what is expected of them.
pub fn write(rules: &Rules, folder: &Path, rows: usize) {
    let mut random = Firms::new(rules.plan, SEED);
    let mut columns = Columns::new(rules);
    let mut expected: Vec<Vec<u8>> = vec![Vec::new(); rules.supports.len()];
    for _ in 0..rows {
        let profile = random.firm();
        let answer = Answer::new(rules.plan, &profile, DAY);
        columns.push(&answer);
        for (truth, bytes) in rules::expected(&answer).into_iter().zip(&mut expected) {
            bytes.push(truth.into());
        }
    }
    let printed = print(rules, &NUMPY);
    let shared = printed.shared.into_iter().map(|(id, text)| (format!("n{}", id.index()), text));
    let supports = (0..).zip(printed.supports).map(|(at, text)| (format!("support_{at}"), text));
    let formulas: Vec<(String, String)> = shared.chain(supports).collect();
    let dtypes: BTreeMap<&str, &str> =
        columns.inputs.iter().map(|(name, source)| (name.as_str(), source.dtype())).collect();
    let program =
        json!({"rows": rows, "inputs": dtypes, "formulas": formulas, "supports": expected.len()});
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("a file");
    write("program.json", program.to_string().as_bytes());
    columns.inputs.keys().zip(&columns.bytes).for_each(|(name, bytes)| write(name, bytes));
    (0..).zip(&expected).for_each(|(at, bytes)| write(&format!("expected_{at}"), bytes));
}
