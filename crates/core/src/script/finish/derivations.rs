//! Derived facts: the form that fits the fact, a source, and an order without circles.

use super::{Finisher, tree};
use crate::condition::Condition;
use crate::facts::{FactId, FactSet, Format, Kind};
use crate::rulebook::{Derivation, DerivedAs};
use crate::script::draft::DraftDerivation;
use crate::script::symbols::Location;

/// The most derived facts that follow from each other in a row: what goes through a condition goes through these too.
const LONGEST_CHAIN: usize = 16;

impl Finisher<'_> {
    pub(super) fn derivations(&self, drafts: Vec<DraftDerivation>) -> Vec<Derivation> {
        let mut derivations: Vec<(Location, Derivation)> = Vec::new();
        for mut draft in drafts {
            if !self.context.limiter.is_waited_for() {
                break;
            }
            let Some(fact) = draft.fact else { continue };
            if draft.broken {
                continue;
            }
            let name = &self.context.catalogue.fact(fact).name;
            if derivations.iter().any(|(_, other)| other.fact == fact) {
                let message = format!("`{name}` is derived twice");
                self.context.fault(
                    &draft.location,
                    "duplicate-id",
                    message,
                    "join the two with `or`",
                );
                continue;
            }
            let source = match draft.source.as_slice() {
                [(title, date)] => {
                    self.is_dated(&draft.location, date);
                    format!("{title}，{date}")
                }
                _ => {
                    let message =
                        format!("the derivation of `{name}` does not name its source once");
                    self.context.fault(
                        &draft.location,
                        "no-source",
                        message,
                        "add one `.source(\"rule or list\", \"date\")`",
                    );
                    String::new()
                }
            };
            let location = draft.location.clone();
            let explanations = std::mem::take(&mut draft.explanations);
            let explanations = explanations.into_iter();
            let explanations = explanations.filter_map(|(text, c)| Some((text, tree(c)?)));
            let explanations: Vec<_> = explanations.collect();
            if let Some(rule) = self.derived_as(fact, draft) {
                let all = rule.conditions().into_iter().chain(explanations.iter().map(|(_, c)| c));
                for condition in all {
                    self.codes_exist(&location, condition);
                }
                derivations.push((location, Derivation { fact, rule, source, explanations }));
            }
        }
        self.in_order(derivations)
    }

    pub(super) fn derived_as(&self, id: FactId, draft: DraftDerivation) -> Option<DerivedAs> {
        let fact = self.context.catalogue.fact(id);
        let (method, form) = match &fact.kind {
            Kind::Bool => ("when", ".when(condition)"),
            Kind::Enum { ordered: false } => ("value", ".value(\"word\", condition)"),
            Kind::Enum { ordered: true } => {
                ("at_most", ".at_most(\"word\", condition) for every value but the last, in order")
            }
            Kind::EnumList | Kind::Codes { .. } => ("includes", ".includes(\"word\", condition)"),
            Kind::Number { .. } | Kind::Code { .. } => {
                ("", "only yes/no facts, words and lists can be derived")
            }
        };
        let wrong = |location: &Location| {
            let message = format!("this is not how `{}` can be derived", fact.name);
            self.context.fault(location, "derivation", message, format!("write {form}"));
        };
        let fits = draft.values.iter().all(|(_, used, ..)| *used == method)
            && (draft.when.is_empty() || method == "when")
            && (!draft.values.is_empty() || !draft.when.is_empty());
        if !fits {
            wrong(&draft.location);
            return None;
        }
        if method == "when" {
            let conditions: Option<Vec<_>> = draft.when.into_iter().map(tree).collect();
            return Some(DerivedAs::Yes(Condition::or(conditions?)));
        }
        let codes = matches!(fact.kind, Kind::Codes { .. });
        let mut values = Vec::new();
        let mut texts = Vec::new();
        for (location, _, value, symbolic) in draft.values {
            let condition = tree(symbolic)?;
            if codes {
                let country = matches!(fact.kind, Kind::Codes { format: Format::Country });
                if country && self.reference.country(&value) != Some(value.as_str()) {
                    self.context.fault_of_text(
                        &location,
                        &value,
                        "impossible-code",
                        format!("no country has the code `{value}`"),
                        "write two capital letters of ISO 3166-1",
                    );
                }
                texts.push((value, condition));
            } else if let Some(index) = self.context.value(&location, id, &value) {
                values.push((index, condition));
            }
        }
        Some(match method {
            "value" => DerivedAs::Value(values),
            "at_most" => {
                if !values
                    .iter()
                    .map(|(index, _)| usize::from(*index))
                    .eq(0..fact.values.len().saturating_sub(1))
                {
                    wrong(&draft.location);
                    return None;
                }
                DerivedAs::AtMost(values.into_iter().map(|(_, condition)| condition).collect())
            }
            _ if codes => DerivedAs::IncludesCode(texts),
            _ => DerivedAs::IncludesValue(values),
        })
    }

    /// Sorts derivations so that each comes after those that it needs.
    pub(super) fn in_order(&self, derivations: Vec<(Location, Derivation)>) -> Vec<Derivation> {
        let needs = |derivation: &Derivation| {
            let explanations = derivation.explanations.iter().map(|(_, condition)| condition);
            derivation.rule.conditions().into_iter().chain(explanations).fold(
                FactSet::default(),
                |mut needs, condition| {
                    needs.extend(&condition.facts());
                    needs
                },
            )
        };
        let mut waiting: Vec<(Location, Derivation, FactSet)> = derivations
            .into_iter()
            .map(|(location, derivation)| {
                let needs = needs(&derivation);
                (location, derivation, needs)
            })
            .collect();
        let mut sorted: Vec<Derivation> = Vec::new();
        let mut rounds = 0;
        while !waiting.is_empty() {
            let open: FactSet = waiting.iter().map(|(_, derivation, _)| derivation.fact).collect();
            let (sortable, rest): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|(.., needs)| !needs.intersects(&open));
            if sortable.is_empty() {
                for (location, derivation, _) in &rest {
                    let name = &self.context.catalogue.fact(derivation.fact).name;
                    self.context.fault(
                        location,
                        "derivation-circle",
                        format!("`{name}` follows from itself, through other derived facts"),
                        "derive it from facts that the firm states",
                    );
                }
                break;
            }
            rounds += 1;
            if rounds > LONGEST_CHAIN {
                for (location, derivation, _) in &sortable {
                    let name = &self.context.catalogue.fact(derivation.fact).name;
                    self.context.fault(
                        location,
                        "derivation-chain",
                        format!(
                            "`{name}` follows from more than {LONGEST_CHAIN} derived facts in a row"
                        ),
                        "derive it from facts that are nearer to what the firm states",
                    );
                }
                break;
            }
            sorted.extend(sortable.into_iter().map(|(_, derivation, _)| derivation));
            waiting = rest;
        }
        sorted
    }
}
