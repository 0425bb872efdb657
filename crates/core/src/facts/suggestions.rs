//! What was meant by a name, value or code that does not exist.
//!
//! Owns the bound on this work: a search for what was meant takes far longer than finding that something is wrong,
//! and a caller who sends nothing but wrong codes would keep it going without end. So faults are found without
//! suggestions, and whoever puts them into words makes a [`Suggestions`] for one request or one chunk of a list.
//! It searches [`MOST_SUGGESTIONS`] times at most, never for a long text, and never twice for the same one.

use super::spelling::{code_spelling, fold};
use super::{Catalogue, Fact, FactId, Fault, FaultKind, Format, Reference};
use crate::diagnostic::{LONGEST_SUGGESTED, nearest};
use foldhash::HashMap;

/// How many different texts are searched for; faults of further ones have no suggestion.
pub const MOST_SUGGESTIONS: usize = 100;

/// Suggestions for the faults of one request, or of one chunk of a list.
#[derive(Debug)]
pub struct Suggestions<'a> {
    catalogue: &'a Catalogue,
    reference: &'a Reference,
    /// Per text, what was found for it: a value of the fact, or the name of one.
    found: HashMap<(Option<FactId>, String), Option<&'a str>>,
}

impl<'a> Suggestions<'a> {
    /// Suggestions of a rule book's catalogue and code lists; nothing is searched for yet.
    #[must_use]
    pub fn new(catalogue: &'a Catalogue, reference: &'a Reference) -> Self {
        Self { catalogue, reference, found: HashMap::default() }
    }

    /// What was meant where a fault names something that does not exist; nothing if none is near or the bound is
    /// reached.
    pub fn of(&mut self, fault: &Fault) -> Option<&'a str> {
        match &fault.kind {
            FaultKind::UnknownFact => {
                self.search(None, &fault.key, |own| own.catalogue.nearest(&fault.key))
            }
            kind => self.of_value(self.catalogue.fact(fault.fact?), kind),
        }
    }

    /// The same of what is wrong with a value of a fact.
    pub fn of_value(&mut self, fact: &Fact, kind: &FaultKind) -> Option<&'a str> {
        match kind {
            FaultKind::NotAValue { .. } if fact.values_table.is_some() => None,
            FaultKind::NotAValue { given } => self.search(Some(fact.id), given, |own| {
                let values = own.catalogue.fact(fact.id).values.iter();
                nearest(&fold(given), values.map(|value| value.name.as_str()))
            }),
            // Of other codes nothing is known but their form.
            FaultKind::BadCode {
                format: format @ (Format::Division | Format::Industry),
                given,
            } => self.search(Some(fact.id), given, |own| {
                own.reference.nearest(*format, &code_spelling(given))
            }),
            _ => None,
        }
    }

    fn search(
        &mut self,
        fact: Option<FactId>,
        text: &str,
        nearest: impl FnOnce(&Self) -> Option<&'a str>,
    ) -> Option<&'a str> {
        if text.chars().nth(LONGEST_SUGGESTED).is_some() {
            return None;
        }
        let key = (fact, text.to_owned());
        if let Some(found) = self.found.get(&key) {
            return *found;
        }
        if self.found.len() >= MOST_SUGGESTIONS {
            return None;
        }
        let found = nearest(self);
        self.found.insert(key, found);
        found
    }
}
