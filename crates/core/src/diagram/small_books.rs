//! Random small rule books, and all firms that they can tell apart: what diagrams are held to in tests.

#![cfg(test)]
#![expect(clippy::indexing_slicing, reason = "tests")]

use crate::RuleFiles;
use crate::condition::{Condition, Test};
use crate::evaluate::Answer;
use crate::facts::{Catalogue, Fact, FactId, Kind, LocalizedText, Profile, Reference, Value};
use crate::formula::Formula;
use crate::plan::{Node, Plan};
use crate::rulebook::{
    Basis, Conflict, Criterion, Derivation, DerivedAs, Emphasis, RuleBook, Support,
};
use crate::script::load;
use fastrand::Rng;
use rust_decimal::Decimal;
use std::sync::{Arc, LazyLock};

/// Every type of fact but codes, which are tested by their starts as lists by their items.
const FACTS: &str = r#"
[group]
id = "all"
order = 1
label = { zh = "全部", en = "all" }

[[fact]]
name = "a"
type = "bool"
label = { zh = "a", en = "a" }
question = { zh = "a", en = "a" }
help = { zh = "a", en = "a" }
changeable = true

[[fact]]
name = "b"
type = "bool"
label = { zh = "b", en = "b" }
question = { zh = "b", en = "b" }
help = { zh = "b", en = "b" }
changeable = false
decided_by_office = true

[[fact]]
name = "n"
type = "integer"
label = { zh = "n", en = "n" }
question = { zh = "n", en = "n" }
help = { zh = "n", en = "n" }
changeable = true
unit = { zh = "人", en = "people" }
min = 0
max = 4

[[fact]]
name = "s"
type = "word"
label = { zh = "s", en = "s" }
question = { zh = "s", en = "s" }
help = { zh = "s", en = "s" }
changeable = false
ordered = true

[[fact.values]]
word = "x"
label = { zh = "sx", en = "sx" }

[[fact.values]]
word = "y"
label = { zh = "sy", en = "sy" }

[[fact.values]]
word = "z"
label = { zh = "sz", en = "sz" }

[[fact]]
name = "l"
type = "words"
label = { zh = "l", en = "l" }
question = { zh = "l", en = "l" }
help = { zh = "l", en = "l" }
changeable = true

[[fact.values]]
word = "p"
label = { zh = "lp", en = "lp" }

[[fact.values]]
word = "q"
label = { zh = "lq", en = "lq" }

[[fact]]
name = "d"
type = "bool"
label = { zh = "d", en = "d" }
question = { zh = "d", en = "d" }
help = { zh = "d", en = "d" }
changeable = false

[[fact]]
name = "m"
type = "words"
label = { zh = "m", en = "m" }
question = { zh = "m", en = "m" }
help = { zh = "m", en = "m" }
changeable = false

[[fact.values]]
word = "p"
label = { zh = "mp", en = "mp" }

[[fact.values]]
word = "q"
label = { zh = "mq", en = "mq" }
"#;

/// A rule book without supports.
fn base() -> &'static RuleBook {
    static BASE: LazyLock<RuleBook> = LazyLock::new(|| {
        let mut book = load(&RuleFiles::builtin()).into_result().unwrap();
        let mut faults = Vec::new();
        let files = [("facts.toml", FACTS)].into_iter();
        book.catalogue = Catalogue::load(files, &Default::default(), &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
        book.reference = Reference::default();
        book.population = Default::default();
        book.supports = book.supports.into_iter().take(1).collect();
        book.derivations = Default::default();
        book.conflicts = Vec::new();
        book
    });
    &BASE
}

/// A random small book: up to three supports, derivations of `s`, `d` and `m`, a warning.
pub(crate) fn book(rng: &mut Rng) -> RuleBook {
    let mut book = base().clone();
    let facts: Vec<FactId> = book.catalogue.facts.indices().collect();
    // Few facts a book, so that all firms can be gone through.
    let mut chosen = facts.clone();
    rng.shuffle(&mut chosen);
    chosen.truncate(rng.usize(2..=4));
    let given: Vec<FactId> = chosen.iter().copied().filter(|f| !derivable(&book, *f)).collect();
    let catalogue = book.catalogue.clone();
    if !given.is_empty() {
        let derived: Vec<FactId> =
            chosen.iter().copied().filter(|f| derivable(&book, *f) && rng.u8(0..4) > 0).collect();
        let mut known = given;
        for fact in derived {
            let rule = derivation(rng, &catalogue, catalogue.fact(fact), &known);
            let explanation = condition(rng, &catalogue, &known, 1, false);
            book.derivations.push(Derivation {
                fact,
                rule,
                source: String::new(),
                explanations: vec![(text("why"), explanation)],
            });
            known.push(fact);
        }
    }
    let template = book.supports.first().cloned().unwrap();
    book.supports = (0..rng.usize(1..=3))
        .map(|index| support(rng, &catalogue, &chosen, &template, index))
        .collect();
    book.conflicts = vec![Conflict {
        id: "warning".to_owned(),
        text: text("warning"),
        condition: condition(rng, &catalogue, &chosen, 2, false),
    }];
    book
}

/// A book with a change in one of its conditions.
pub(crate) fn changed(rng: &mut Rng, book: &RuleBook) -> RuleBook {
    let mut book = book.clone();
    let catalogue = book.catalogue.clone();
    let mut facts: Vec<FactId> = catalogue.facts.indices().filter(|_| rng.bool()).collect();
    facts.truncate(2);
    let Some(support) = book.supports.iter_mut().next_back() else { return book };
    if facts.is_empty() || support.criteria.is_empty() {
        return book;
    }
    let index = rng.usize(0..support.criteria.len());
    match rng.u8(0..4) {
        0 => support.criteria[index].basis = basis(rng),
        1 => support.criteria[index].condition = condition(rng, &catalogue, &facts, 1, false),
        2 => drop(support.criteria.remove(index)),
        _ => {
            let old = Arc::clone(&support.criteria[index].condition);
            let other = condition(rng, &catalogue, &facts, 0, false);
            let both = [old, other];
            support.criteria[index].condition =
                if rng.bool() { Condition::and(both) } else { Condition::or(both) };
        }
    }
    book
}

fn derivable(book: &RuleBook, fact: FactId) -> bool {
    matches!(book.catalogue.fact(fact).name.as_str(), "s" | "d" | "m")
}

fn text(text: &str) -> LocalizedText {
    LocalizedText { zh: text.to_owned(), en: text.to_owned() }
}

fn basis(rng: &mut Rng) -> Basis {
    match rng.u8(0..4) {
        0 => Basis::Stated,
        1 => Basis::Need,
        2 => Basis::Area,
        _ => Basis::Interpreted { reason: text("reading") },
    }
}

fn support(
    rng: &mut Rng,
    catalogue: &Catalogue,
    facts: &[FactId],
    template: &Support,
    index: usize,
) -> Support {
    let criteria = (0..rng.usize(1..=3)).map(|criterion| Criterion {
        id: format!("s{index}/c{criterion}"),
        label: text(&format!("c{criterion}")),
        basis: basis(rng),
        condition: condition(rng, catalogue, facts, 2, false),
    });
    let criteria = criteria.collect();
    Support {
        id: format!("s{index}"),
        criteria,
        emphases: vec![Emphasis {
            label: text("emphasis"),
            condition: condition(rng, catalogue, facts, 1, false),
        }],
        ..template.clone()
    }
}

fn derivation(rng: &mut Rng, catalogue: &Catalogue, fact: &Fact, known: &[FactId]) -> DerivedAs {
    let mut one = || condition(rng, catalogue, known, 1, true);
    match fact.kind {
        Kind::Bool => DerivedAs::Yes(one()),
        Kind::Enum { .. } => {
            // A threshold holds wherever a lower one does.
            let lowest = one();
            DerivedAs::AtMost(vec![Arc::clone(&lowest), Condition::or([lowest, one()])])
        }
        _ => DerivedAs::IncludesValue(vec![(0, one()), (1, one())]),
    }
}

/// A random condition over some facts; `open` may stand in derivations alone.
fn condition(
    rng: &mut Rng,
    catalogue: &Catalogue,
    facts: &[FactId],
    depth: usize,
    open: bool,
) -> Arc<Condition> {
    if depth == 0 || rng.u8(0..4) == 0 {
        let fact = catalogue.fact(facts[rng.usize(0..facts.len())]);
        return Arc::new(Condition::test(fact.id, test(rng, fact)));
    }
    let mut part = || condition(rng, catalogue, facts, depth - 1, open);
    let (a, b) = (part(), part());
    match rng.u8(0..10) {
        0..4 => Condition::and([a, b]),
        4..7 => Condition::or([a, b]),
        7 => Condition::negate(&a),
        8 if open => Condition::and([a, Arc::new(Condition::indeterminate())]),
        _ => Arc::new(Condition::coalesce(a, b)),
    }
}

fn test(rng: &mut Rng, fact: &Fact) -> Test {
    match fact.kind {
        Kind::Bool => Test::Yes,
        Kind::Number { .. } => {
            let limit = Decimal::from(rng.i32(0..=5));
            match rng.u8(0..3) {
                0 => Test::AtLeast(limit),
                1 => Test::MoreThan(limit),
                _ => Test::Equals(limit),
            }
        }
        Kind::Enum { .. } => Test::AtMost(rng.u16(0..2)),
        _ => match rng.u8(0..4) {
            0 => Test::Empty,
            1 => Test::HasValue(vec![0]),
            2 => Test::HasValue(vec![1]),
            _ => Test::HasValue(vec![0, 1]),
        },
    }
}

/// All firms that some plans can tell apart, over the facts that any of them tests.
pub(crate) fn firms(plans: &[&Plan]) -> Vec<Profile> {
    let catalogue = &plans[0].book.catalogue;
    let is_tested = |fact: FactId| {
        let is_of = |node: &Node| matches!(node, Formula::Test((of, _)) if *of == fact);
        plans.iter().any(|plan| plan.nodes.iter().any(is_of))
    };
    let mut all = vec![Profile::empty(catalogue)];
    for fact in catalogue.facts.iter().filter(|fact| is_tested(fact.id)) {
        let values: Vec<Value> = match fact.kind {
            Kind::Bool => vec![Value::Bool(true), Value::Bool(false)],
            Kind::Number { .. } => (0..=4).map(|n| Value::Number(Decimal::from(n))).collect(),
            Kind::Enum { .. } => (0..3).map(Value::Enum).collect(),
            _ => [vec![], vec![0], vec![1], vec![0, 1]].map(Value::EnumList).into(),
        };
        let with = |profile: &Profile| {
            let set = |value: &Value| {
                let mut profile = profile.clone();
                profile.set(fact.id, value.clone());
                profile
            };
            let mut more: Vec<Profile> = values.iter().map(set).collect();
            more.push(profile.clone());
            more
        };
        all = all.iter().flat_map(with).collect();
    }
    all
}

/// Whether the answers of a firm contradict each other.
pub(crate) fn is_contradictory(answer: &Answer<'_>) -> bool {
    answer.plan.derived.iter().any(|nodes| answer.contradicts(nodes))
}

/// How much a firm answers: facts, then items of lists.
pub(crate) fn cost(profile: &Profile) -> (usize, usize) {
    let known = || profile.iter().map(|(_, value)| value).filter(|value| value.is_known());
    let items = known().map(|value| match value {
        Value::EnumList(list) => list.len(),
        Value::Codes(list) => list.len(),
        _ => 0,
    });
    (known().count(), items.sum())
}
