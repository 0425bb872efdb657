//! Conditions over facts, as trees.
//!
//! Owns the tests of one fact and the connectives between them. Built by the script host,
//! evaluated through the plan, printed for people by `wording`. A condition is plain data in a
//! normal form: nested `and`/`or` are flat, double negation is gone, equal parts stand once.

mod canonical;

use crate::facts::{Catalogue, Fact, FactId, FactSet};
use crate::formula::Formula;
use rust_decimal::Decimal;
use std::sync::Arc;

/// A test of one fact. It is true or false of a known value and unknown otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// A yes/no fact is yes.
    Yes,
    /// A number is at least this.
    AtLeast(Decimal),
    /// A number is more than this.
    MoreThan(Decimal),
    /// A number is this.
    Equals(Decimal),
    /// An enum value is one of these, by index; sorted.
    OneOf(Vec<u16>),
    /// A value of an ordered fact is this or lower, by index.
    AtMost(u16),
    /// A code begins with one of these; sorted.
    StartsWith(Vec<String>),
    /// The registering office of a credit code begins with one of these; sorted. Unknown for a
    /// code that fails its check.
    RegisteredIn(Vec<String>),
    /// A list has one of these enum values, by index; sorted.
    HasValue(Vec<u16>),
    /// A list has one of these codes; sorted.
    HasCode(Vec<String>),
    /// A list has a code that begins with one of these; sorted.
    HasStart(Vec<String>),
    /// A list is known to be empty.
    Empty,
}

impl Test {
    /// How many values it lists.
    fn values(&self) -> usize {
        match self {
            Self::OneOf(values) | Self::HasValue(values) => values.len(),
            Self::StartsWith(codes)
            | Self::RegisteredIn(codes)
            | Self::HasCode(codes)
            | Self::HasStart(codes) => codes.len(),
            _ => 0,
        }
    }

    /// Writes the test of a fact as a script would say it.
    pub(crate) fn write(&self, fact: &Fact, out: &mut String) {
        canonical::write_test(self, fact, out);
    }
}

/// The most that one condition may hold: its connectives, its tests and the values that these list, each as often as it
/// stands there when the condition is written out. That a part is shared does not make it smaller: whoever explains or
/// compares a condition goes through all of it.
pub const LARGEST: usize = 50_000;
/// The most parts of a condition within each other: what goes through one calls itself.
pub const DEEPEST: usize = 32;

/// A condition over facts: a formula whose parts are conditions. `and` and `or` have two parts or more.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Condition(Formula<Arc<Self>, FactTest>);

/// A test, and the fact that it is of.
pub type FactTest = (FactId, Test);

impl From<Formula<Arc<Self>, FactTest>> for Condition {
    fn from(formula: Formula<Arc<Self>, FactTest>) -> Self {
        Self(formula)
    }
}

/// A condition's formula, whose parts are shared.
type SharedFormula = Formula<Arc<Condition>, FactTest>;

impl Condition {
    /// The condition as a formula.
    #[must_use]
    pub const fn formula(&self) -> &Formula<Arc<Self>, FactTest> {
        &self.0
    }

    /// A test of one fact.
    #[must_use]
    pub const fn test(fact: FactId, test: Test) -> Self {
        Self(Formula::Test((fact, test)))
    }

    /// The condition that no fact can decide.
    #[must_use]
    pub const fn indeterminate() -> Self {
        Self(Formula::Indeterminate)
    }

    /// The first where it is known, else the second.
    #[must_use]
    pub const fn coalesce(first: Arc<Self>, second: Arc<Self>) -> Self {
        Self(Formula::Coalesce(first, second))
    }

    /// All of `terms`.
    #[must_use]
    pub fn and(terms: impl IntoIterator<Item = Arc<Self>>) -> Arc<Self> {
        let mut flat = Vec::new();
        for term in terms {
            match &term.0 {
                Formula::And(inner) => flat.extend(inner.iter().cloned()),
                _ => flat.push(term),
            }
        }
        Self::several(flat, Formula::And)
    }

    /// Any of `terms`.
    #[must_use]
    pub fn or(terms: impl IntoIterator<Item = Arc<Self>>) -> Arc<Self> {
        let mut flat = Vec::new();
        for term in terms {
            match &term.0 {
                Formula::Or(inner) => flat.extend(inner.iter().cloned()),
                _ => flat.push(term),
            }
        }
        Self::several(flat, Formula::Or)
    }

    fn several(terms: Vec<Arc<Self>>, join: fn(Vec<Arc<Self>>) -> SharedFormula) -> Arc<Self> {
        /// Below this, comparing all is faster than hashing all.
        const FEW: usize = 16;
        let mut distinct: Vec<Arc<Self>> = Vec::with_capacity(terms.len());
        if terms.len() < FEW {
            for term in terms {
                if !distinct.contains(&term) {
                    distinct.push(term);
                }
            }
        } else {
            let mut seen = foldhash::HashSet::default();
            distinct.extend(terms.into_iter().filter(|term| seen.insert(Arc::clone(term))));
        }
        match distinct.as_slice() {
            [only] => Arc::clone(only),
            _ => Arc::new(Self(join(distinct))),
        }
    }

    /// The opposite of `condition`.
    #[must_use]
    pub fn negate(condition: &Arc<Self>) -> Arc<Self> {
        match &condition.0 {
            Formula::Not(inner) => Arc::clone(inner),
            Formula::Indeterminate => Arc::clone(condition),
            _ => Arc::new(Self(Formula::Not(Arc::clone(condition)))),
        }
    }

    /// The parts directly below.
    pub fn parts(&self) -> impl Iterator<Item = &Arc<Self>> {
        self.0.parts()
    }

    /// How much conditions hold together when they are written out: connectives, tests and listed values. Counting ends
    /// above `most`, so it never takes longer than that.
    pub fn size<'a>(conditions: impl IntoIterator<Item = &'a Self>, most: usize) -> usize {
        conditions.into_iter().fold(0, |size, condition| condition.sized(size, most))
    }

    fn sized(&self, before: usize, most: usize) -> usize {
        if before > most {
            return before;
        }
        let values = if let Formula::Test((_, test)) = &self.0 { test.values() } else { 0 };
        self.parts().fold(before + 1 + values, |size, part| part.sized(size, most))
    }

    /// How many parts stand within each other, itself among them.
    #[must_use]
    pub fn depth(&self) -> usize {
        1 + self.parts().map(|part| part.depth()).max().unwrap_or(0)
    }

    /// The facts that are tested anywhere in it.
    #[must_use]
    pub fn facts(&self) -> FactSet {
        if let Formula::Test((fact, _)) = &self.0 {
            return FactSet::of(*fact);
        }
        self.parts().fold(FactSet::default(), |mut set, part| {
            set.extend(&part.facts());
            set
        })
    }

    /// The condition in one line, as a script would say it. Equal conditions have equal lines.
    #[must_use]
    pub fn canonical(&self, catalogue: &Catalogue) -> String {
        let mut out = String::new();
        canonical::write(self, catalogue, &mut out);
        out
    }
}
