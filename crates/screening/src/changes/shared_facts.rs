//! The facts of two rule books side by side.
//!
//! Owns which fact of one catalogue is which of the other, by its name, and the translation of values, whose enum values
//! have other indices in another catalogue. What the other catalogue cannot express is "not answered" there.

use export_advisor_core::facts::{Catalogue, Fact, FactId, Value};
use std::mem::discriminant;

/// One of the two rule books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Book {
    /// That of the new screening.
    Now,
    /// That of the last one.
    Before,
}

/// The facts of both catalogues.
#[derive(Debug)]
pub(crate) struct SharedFacts {
    facts: Vec<SharedFact>,
    /// Per fact of the new catalogue, its position.
    of_now: Vec<usize>,
    /// Per fact of the last catalogue, its position.
    of_before: Vec<usize>,
    /// Whether both catalogues are one.
    is_same: bool,
}

/// A fact of one catalogue or both.
#[derive(Debug)]
pub(crate) struct SharedFact {
    /// In the new catalogue.
    pub(crate) now: Option<FactId>,
    /// In the last catalogue.
    pub(crate) before: Option<FactId>,
    /// Whether both give it values of one kind.
    is_alike: bool,
    /// Per enum value of the new catalogue, its index in the last one.
    to_before: Vec<Option<u16>>,
    /// Per enum value of the last catalogue, its index in the new one.
    to_now: Vec<Option<u16>>,
}

impl SharedFacts {
    /// Those of two catalogues.
    pub(crate) fn new(now: &Catalogue, before: &Catalogue) -> Self {
        let is_same = now == before;
        let indices = |from: &Fact, to: &Fact| -> Vec<Option<u16>> {
            from.values.iter().map(|value| to.value_index(&value.name)).collect()
        };
        let mut facts: Vec<SharedFact> = (now.facts.iter())
            .map(|fact| {
                let same = before.find(&fact.name);
                SharedFact {
                    now: Some(fact.id),
                    before: same.map(|same| same.id),
                    is_alike: same
                        .is_some_and(|s| discriminant(&s.kind) == discriminant(&fact.kind)),
                    to_before: same.map(|same| indices(fact, same)).unwrap_or_default(),
                    to_now: same.map(|same| indices(same, fact)).unwrap_or_default(),
                }
            })
            .collect();
        let of_now = (0..facts.len()).collect();
        let mut of_before = vec![0; before.facts.len()];
        for fact in &before.facts {
            let position = now.find(&fact.name).map(|same| same.id.index());
            let position = position.unwrap_or_else(|| {
                facts.push(SharedFact {
                    now: None,
                    before: Some(fact.id),
                    is_alike: false,
                    to_before: Vec::new(),
                    to_now: Vec::new(),
                });
                facts.len() - 1
            });
            if let Some(slot) = of_before.get_mut(fact.id.index()) {
                *slot = position;
            }
        }
        Self { facts, of_now, of_before, is_same }
    }

    /// Whether both catalogues are one.
    pub(crate) fn is_same(&self) -> bool {
        self.is_same
    }

    /// How many facts there are.
    pub(crate) fn len(&self) -> usize {
        self.facts.len()
    }

    /// A fact by its position.
    pub(crate) fn get(&self, position: usize) -> Option<&SharedFact> {
        self.facts.get(position)
    }

    /// The position of a fact of one of the catalogues.
    pub(crate) fn position(&self, book: Book, fact: FactId) -> Option<usize> {
        let positions = match book {
            Book::Now => &self.of_now,
            Book::Before => &self.of_before,
        };
        positions.get(fact.index()).copied()
    }
}

impl SharedFact {
    /// The fact in one of the catalogues.
    pub(crate) fn in_book(&self, book: Book) -> Option<FactId> {
        match book {
            Book::Now => self.now,
            Book::Before => self.before,
        }
    }

    /// A value of the other catalogue in that of `book`.
    pub(crate) fn translated(&self, value: &Value, book: Book) -> Value {
        let indices = match book {
            Book::Now => &self.to_now,
            Book::Before => &self.to_before,
        };
        let index = |from: &u16| indices.get(usize::from(*from)).copied().flatten();
        let translated = match value {
            Value::Enum(from) => index(from).map(Value::Enum),
            Value::EnumList(list) => {
                let list: Option<Vec<u16>> = list.iter().map(index).collect();
                list.map(|mut list| {
                    list.sort_unstable();
                    Value::EnumList(list)
                })
            }
            other => Some(other.clone()),
        };
        translated.filter(|_| self.is_alike).unwrap_or_default()
    }
}
