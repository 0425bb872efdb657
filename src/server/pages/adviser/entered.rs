//! What the fields of the adviser's page say: the answers, and what is no answer.
//!
//! In go the pairs that a form sent, out come the state of a form and the errors by fact. It words nothing.

use crate::server::pages::fields::{self, FieldInput, Pairs};
use crate::server::pages::progress::Progress;
use export_advisor_core::facts::{Fact, FactId};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::ValidationError;

/// The fields, and what they say.
pub(super) struct Entered {
    pub(super) pairs: Pairs,
    pub(super) progress: Progress,
    /// What is wrong with fields, in the order of the catalogue.
    pub(super) invalid: Vec<(FactId, ValidationError)>,
}

impl Entered {
    /// Reads the fields of all facts.
    pub(super) fn read(plan: &Plan, pairs: Pairs) -> Self {
        let mut progress = Progress::new(plan);
        let mut invalid = Vec::new();
        for fact in &plan.book.catalogue.facts {
            match fields::read(plan, fact, &pairs) {
                Ok(FieldInput::Nothing) => {}
                Ok(FieldInput::Range(range)) => progress.answer_range(plan, fact.id, range),
                Ok(FieldInput::Value(value, notices)) => {
                    progress.answer(plan, fact.id, value);
                    progress.profile.notices.extend(notices);
                }
                Err(error) => invalid.push((fact.id, error)),
            }
        }
        Self { pairs, progress, invalid }
    }

    /// What is wrong with the field of a fact.
    pub(super) fn error(&self, fact: FactId) -> Option<&ValidationError> {
        self.invalid.iter().find(|(id, _)| *id == fact).map(|(_, error)| error)
    }
}

/// Removes what was sent for a fact.
pub(super) fn remove(pairs: &mut Pairs, fact: &Fact) {
    let is_of_fact = |name: &str| {
        name.strip_prefix(fact.name.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    pairs.retain(|(name, _)| !is_of_fact(name));
}
