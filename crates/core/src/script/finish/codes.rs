//! Codes and values that a condition names: each must be one that a firm can have.

use super::Finisher;
use crate::condition::{Condition, Test};
use crate::facts::{Format, Kind};
use crate::formula::Formula;
use crate::rulebook::{Derivation, DerivedAs};
use crate::script::symbols::Location;
use std::collections::HashSet;
use std::sync::Arc;

impl Finisher<'_> {
    /// Every code that a condition names exists: a typing error would be a silent “no”.
    pub(super) fn codes_exist(&self, location: &Location, condition: &Arc<Condition>) {
        // Lists of codes are shared by many conditions.
        let seen = Arc::as_ptr(condition);
        if self.seen.borrow_mut().insert(seen, Arc::clone(condition)).is_some() {
            return;
        }
        for part in condition.parts() {
            self.codes_exist(location, part);
        }
        let Formula::Test((id, test)) = condition.formula() else { return };
        let fact = self.context.catalogue.fact(*id);
        let format = match fact.kind {
            Kind::Code { format, .. } | Kind::Codes { format } => format,
            _ => return,
        };
        let exists = |code: &&String| match format {
            Format::Country => self.reference.country(code) == Some(code.as_str()),
            Format::Division => self.reference.begins(format, code, false),
            Format::Uscc => self.reference.begins(Format::Division, code, true),
            Format::Industry => self.reference.begins(format, code, false),
            Format::Hs => true,
        };
        let (Test::StartsWith(codes)
        | Test::RegisteredIn(codes)
        | Test::HasCode(codes)
        | Test::HasStart(codes)) = test
        else {
            return;
        };
        for code in codes.iter().filter(|code| !exists(code)) {
            let message = format!("no value of `firm.{}` can match `{code}`", fact.name);
            self.context.fault_of_text(
                location,
                code,
                "impossible-code",
                message,
                "look the code up in rules/tables/",
            );
        }
    }

    /// A test of a derived fact names only values that its derivation can give.
    pub(super) fn derivable(
        &self,
        location: &Location,
        condition: &Condition,
        derivations: &[Derivation],
    ) {
        for part in condition.parts() {
            self.derivable(location, part, derivations);
        }
        let Formula::Test((id, test)) = condition.formula() else { return };
        // A list of codes and what follows may both be long.
        if !self.context.limiter.is_waited_for() {
            return;
        }
        let fact = self.context.catalogue.fact(*id);
        let rule = derivations.iter().find(|d| d.fact == *id).map(|d| &d.rule);
        let never: Vec<String> = match (rule, test) {
            (Some(DerivedAs::IncludesCode(list)), Test::HasCode(codes)) => {
                let list: HashSet<&String> = list.iter().map(|(code, _)| code).collect();
                codes.iter().filter(|code| !list.contains(code)).cloned().collect()
            }
            (
                Some(DerivedAs::Value(list) | DerivedAs::IncludesValue(list)),
                Test::OneOf(values) | Test::HasValue(values),
            ) => {
                let list: HashSet<u16> = list.iter().map(|(value, _)| *value).collect();
                let missing = values.iter().filter(|value| !list.contains(value));
                missing.map(|value| fact.value_name(*value).to_owned()).collect()
            }
            _ => return,
        };
        for value in never {
            let message = format!("`{value}` never follows for `firm.{}`", fact.name);
            self.context.fault_of_text(
                location,
                &value,
                "never-derived",
                message,
                "correct the value, or let the derivation give it",
            );
        }
    }
}
