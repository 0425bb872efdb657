//! From nodes to expressions: one printer, and what each language spells its own way.

use crate::rules::Rules;
use export_advisor_core::condition::Test;
use export_advisor_core::facts::Fact;
use export_advisor_core::plan::{Node, NodeId};

/// How a language spells a condition with two values.
pub struct Language {
    pub and: &'static str,
    pub or: &'static str,
    pub not: &'static str,
    /// What stands before the name of something computed before.
    pub earlier: &'static str,
    /// Of a fact: the first where it is known, and so what is stated of it, else the second.
    pub otherwise: fn(&str, &str, &str) -> String,
    /// A test, false where the fact is not known.
    pub test: fn(NodeId, &Fact, &Test) -> String,
    /// How many tests a name must save to pay for itself; found by trying.
    pub worth: usize,
}

/// The shared nodes that are worth a name in order, parts first, then an expression a support.
pub struct Printed {
    pub shared: Vec<(NodeId, String)>,
    pub supports: Vec<String>,
}

pub fn print(rules: &Rules, language: &Language) -> Printed {
    let fact = |id| rules.plan.book.catalogue.fact(id);
    let mut shared = Vec::new();
    // Per node, its text and how many tests that makes.
    let mut texts: Vec<(String, usize)> = Vec::with_capacity(rules.nodes.len());
    for ((id, node), uses) in (0_usize..).map(NodeId::from).zip(&rules.nodes).zip(rules.uses()) {
        let of = |id: &NodeId| texts[id.index()].clone();
        let joined = |parts: &[NodeId], with: &str| {
            let tests = parts.iter().map(|id| of(id).1).sum();
            (any(parts.iter().map(|id| of(id).0), with), tests)
        };
        let (text, tests) = match node {
            _ if uses == 0 => Default::default(),
            Node::Indeterminate => ("false".to_owned(), 0),
            Node::Test((of, test)) => ((language.test)(id, fact(*of), test), looks(test)),
            Node::Not(inner) => (format!("{}({})", language.not, of(inner).0), of(inner).1),
            Node::And(parts) if parts.is_empty() => ("true".to_owned(), 0),
            Node::And(parts) => joined(parts, language.and),
            Node::Or(parts) => joined(parts, language.or),
            Node::Coalesce(first, second) => {
                let Node::Test((known, _)) = rules.node(*first) else {
                    panic!("the first of an otherwise is what is stated of a fact");
                };
                let (first, second) = (of(first), of(second));
                let text = (language.otherwise)(&fact(*known).name, &first.0, &second.0);
                (text, first.1 + second.1 + 1)
            }
        };
        if uses > 1 && tests * (uses - 1) >= language.worth {
            shared.push((id, text));
            texts.push((format!("{}n{}", language.earlier, id.index()), 1));
        } else {
            texts.push((text, tests));
        }
    }
    let supports = rules.supports.iter().map(|id| texts[id.index()].0.clone()).collect();
    Printed { shared, supports }
}

/// How many things a test looks for.
fn looks(test: &Test) -> usize {
    match test {
        Test::StartsWith(texts) | Test::RegisteredIn(texts) => texts.len(),
        Test::HasCode(texts) | Test::HasStart(texts) => texts.len(),
        Test::HasValue(words) => words.len(),
        _ => 1,
    }
}

/// Several expressions joined, in brackets.
pub fn any(parts: impl Iterator<Item = String>, with: &str) -> String {
    format!("({})", parts.collect::<Vec<_>>().join(with))
}

/// What differs between two languages of scripts in spelling a test.
pub struct Spelling {
    pub and: &'static str,
    pub or: &'static str,
    pub null: &'static str,
    pub starts_with: &'static str,
    /// Characters 3 to 8 of `NAME`.
    pub office: &'static str,
    /// What stands before a condition over `item`, a member of a list.
    pub each: &'static str,
    pub item: &'static str,
}

impl Spelling {
    pub fn test(&self, fact: &Fact, test: &Test) -> String {
        let name = &fact.name;
        let known = |text: String| format!("({name} != {}{}{text})", self.null, self.and);
        let starts = |of: &str, texts: &[String]| {
            any(texts.iter().map(|t| format!("{}({of}, {t:?})", self.starts_with)), self.or)
        };
        let is = |places: &mut dyn Iterator<Item = u16>| {
            any(places.map(|p| format!("{name} == {:?}", fact.value_name(p))), self.or)
        };
        let has = |texts: &mut dyn Iterator<Item = &str>| {
            known(any(texts.map(|text| format!("{text:?} in {name}")), self.or))
        };
        match test {
            Test::Yes => format!("({name} == true)"),
            Test::AtLeast(n) => known(format!("{name} >= {n}")),
            Test::MoreThan(n) => known(format!("{name} > {n}")),
            Test::Equals(n) => known(format!("{name} == {n}")),
            Test::OneOf(places) => is(&mut places.iter().copied()),
            Test::AtMost(place) => is(&mut (0..=*place)),
            Test::StartsWith(texts) => known(starts(name, texts)),
            Test::RegisteredIn(texts) => known(starts(&self.office.replace("NAME", name), texts)),
            Test::HasValue(places) => has(&mut places.iter().map(|p| fact.value_name(*p))),
            Test::HasCode(texts) => has(&mut texts.iter().map(String::as_str)),
            Test::HasStart(texts) => {
                known(format!("some({name}, {}{})", self.each, starts(self.item, texts)))
            }
            Test::Empty => known(format!("len({name}) == 0")),
        }
    }
}
