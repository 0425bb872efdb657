//! An assessment: one firm's answer as JSON and as text for a terminal.
//!
//! Owns the form of an answer. The parts that do not depend on the firm are prerendered
//! once, at load; for each firm only what was found out is written between them. It decides
//! nothing and words nothing: findings come from `evaluate`, sentences from `wording`.

mod errands;
mod json;
mod order;
mod policies;
mod prerendered;
mod text;

use crate::evaluate::{Answer, Group, PartialValue};
use crate::facts::{Fact, FactId, FactSet, LocalizedText, Value};
use crate::interrupt::{Interrupt, Interrupted};
use crate::plan::{DerivedNodes, Plan};
use crate::rulebook::{Conflict, RuleBook, SupportId};
use crate::truth::Truth;
use crate::wording::{self, Lang};
use std::sync::OnceLock;

pub use errands::{Errand, contacts_near, errands};
pub use json::{Detail, JsonOptions, write_json};
pub use text::write_text;

/// A rule book that answers: the compiled plan and the prerendered parts of its answers.
#[derive(Debug)]
pub struct Advisor {
    /// The plan.
    pub plan: Plan,
    order: Vec<SupportId>,
    prerendered: prerendered::Prerendered,
    /// The same in one language, made when first asked for.
    in_language: [OnceLock<prerendered::Prerendered>; 2],
    /// The ids alone, made when first asked for.
    ids: OnceLock<prerendered::Prerendered>,
}

impl Advisor {
    /// Compiles a rule book, however long that takes.
    #[must_use]
    pub fn new(book: RuleBook) -> Self {
        Self::of(Plan::new(book))
    }

    /// Compiles a rule book, unless it is interrupted.
    ///
    /// # Errors
    /// If nobody does any more.
    pub fn within(book: RuleBook, interrupt: &Interrupt) -> Result<Self, Interrupted> {
        Plan::within(book, interrupt).map(Self::of)
    }

    fn of(plan: Plan) -> Self {
        let order = order::most_specific_first(&plan);
        let prerendered = prerendered::Prerendered::new(&plan, &order);
        Self { plan, order, prerendered, in_language: Default::default(), ids: OnceLock::new() }
    }

    /// The prerendered parts of answers in one language, or in both.
    fn prerendered(&self, detail: Detail, lang: Option<Lang>) -> &prerendered::Prerendered {
        if detail == Detail::Reasons {
            return self.ids.get_or_init(|| prerendered::Prerendered::ids(&self.plan));
        }
        let [zh, en] = &self.in_language;
        let (lang, cell) = match lang {
            None => return &self.prerendered,
            Some(Lang::Zh) => (Lang::Zh, zh),
            Some(Lang::En) => (Lang::En, en),
        };
        cell.get_or_init(|| self.prerendered.in_language(lang))
    }

    /// The supports, the most specific first, each with those of other documents that relate to it behind it.
    #[must_use]
    pub fn in_order(&self) -> &[SupportId] {
        &self.order
    }

    /// The rule book.
    #[must_use]
    pub fn book(&self) -> &RuleBook {
        &self.plan.book
    }
}

/// A warning of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// A stable code.
    pub code: String,
    /// The facts that it is about.
    pub facts: Vec<FactId>,
    /// What it says.
    pub message: LocalizedText,
}

/// Everything in the profile that a person should check.
#[must_use]
pub fn warnings(answer: &Answer<'_>) -> Vec<Warning> {
    let plan = answer.plan;
    let catalogue = &plan.book.catalogue;
    let notices = answer.profile.notices.iter().map(|notice| {
        let (code, message) = wording::notice(catalogue, notice);
        Warning { code: code.to_owned(), facts: vec![notice.fact], message }
    });
    let contradictions =
        plan.derived.iter().filter(|nodes| answer.contradicts(nodes)).map(|nodes| {
            let from: Vec<FactId> = answer.follows_from(nodes).iter().collect();
            let stated = answer.profile.value(nodes.fact);
            contradiction(plan, nodes.fact, stated, &answer.follows(nodes), &from)
        });
    let conflicts =
        plan.book.conflicts.iter().zip(&plan.conflicts).filter_map(|(conflict, node)| {
            if answer.truth(*node) != Truth::True {
                return None;
            }
            let facts: FactSet = answer.reasons(*node).iter().map(|reason| reason.fact).collect();
            Some(Warning { facts: facts.iter().collect(), ..conflict_warning(conflict) })
        });
    notices.chain(contradictions).chain(conflicts).collect()
}

/// The warning that what a firm states of a derived fact contradicts what follows from other facts.
#[must_use]
pub fn contradiction(
    plan: &Plan,
    fact: FactId,
    stated: &Value,
    follows: &PartialValue,
    from: &[FactId],
) -> Warning {
    let catalogue = &plan.book.catalogue;
    let of = catalogue.fact(fact);
    let labels: Vec<&LocalizedText> = from.iter().map(|id| &catalogue.fact(*id).label).collect();
    let stated = wording::value(catalogue, of, &plan.book.reference, stated);
    // A list may state what the derivation never gives: then no one value follows.
    let follows = match follows {
        PartialValue::Unknown => {
            LocalizedText { zh: "没有这一项".to_owned(), en: "none of it".to_owned() }
        }
        known => partial_value_text(plan, of, known),
    };
    let message = wording::contradiction(&of.label, &stated, &follows, &labels);
    let facts = std::iter::once(fact).chain(from.iter().copied()).collect();
    Warning { code: "contradiction".to_owned(), facts, message }
}

/// The warning that answers of a firm do not go together, without the facts that it is about.
#[must_use]
pub fn conflict_warning(conflict: &Conflict) -> Warning {
    Warning {
        code: format!("conflict:{}", conflict.id),
        facts: Vec::new(),
        message: conflict.text.clone(),
    }
}

/// What follows for a derived fact, as people read it.
#[must_use]
pub fn partial_value_text(plan: &Plan, fact: &Fact, partial_value: &PartialValue) -> LocalizedText {
    let catalogue = &plan.book.catalogue;
    let of = |value: &Value| wording::value(catalogue, fact, &plan.book.reference, value);
    match partial_value {
        PartialValue::Unknown => of(&Value::NotAnswered),
        PartialValue::Bool(yes) => of(&Value::Bool(*yes)),
        PartialValue::Enum(value) => of(&Value::Enum(*value)),
        PartialValue::AtMost(value) => {
            let value = of(&Value::Enum(*value));
            LocalizedText {
                zh: format!("不超过{}", value.zh), en: format!("at most {}", value.en)
            }
        }
        PartialValue::EnumList { has, .. } => of(&Value::EnumList(has.clone())),
        PartialValue::Codes { has, .. } => of(&Value::Codes(has.clone())),
    }
}

/// How many supports that only our reading excludes are named to a firm that nothing concerns.
const MOST_TO_ASK: usize = 3;

/// The supports with their groups, the most specific first. A firm that nothing concerns is told to ask for
/// a few of those that only our reading excludes; the rest of them do not apply.
#[must_use]
pub fn grouped(advisor: &Advisor, answer: &Answer<'_>) -> Vec<(Group, SupportId)> {
    let counts = answer.counts();
    let nothing = counts.applies == 0 && counts.undetermined == 0;
    let mut to_ask = 0;
    (advisor.in_order().iter())
        .filter(|id| answer.is_about(**id))
        .map(|id| {
            let group = Group::of(answer, *id);
            to_ask += usize::from(group == Group::AskAnyway);
            let too_many = nothing && group == Group::AskAnyway && to_ask > MOST_TO_ASK;
            (if too_many { Group::DoesNotApply } else { group }, *id)
        })
        .collect()
}

/// What the rules say of why a derived fact has its value, as far as they say it.
#[must_use]
pub fn explanation(answer: &Answer<'_>, nodes: &DerivedNodes) -> Option<LocalizedText> {
    let plan = answer.plan;
    let given = &plan.book.derivations.at(nodes.derivation).explanations;
    let holding = given.iter().zip(plan.explanations.at(nodes.derivation));
    let holding = holding.filter(|(_, node)| answer.truth(**node) == Truth::True);
    let texts: Vec<&LocalizedText> = holding.map(|((text, _), _)| text).collect();
    let join = |pick: fn(&LocalizedText) -> &str, between: &str| {
        texts.iter().map(|text| pick(text)).collect::<Vec<_>>().join(between)
    };
    (!texts.is_empty())
        .then(|| LocalizedText { zh: join(|t| &t.zh, "；"), en: join(|t| &t.en, "; ") })
}

/// A fact's value as it was used: stated, or else what follows.
#[must_use]
pub fn used_value_text(answer: &Answer<'_>, id: FactId) -> LocalizedText {
    let plan = answer.plan;
    let fact = plan.book.catalogue.fact(id);
    let derived = plan.derived.iter().find(|nodes| nodes.fact == id);
    match derived {
        Some(nodes) if !answer.is_stated(id) && answer.follows(nodes) != PartialValue::Unknown => {
            partial_value_text(plan, fact, &answer.follows(nodes))
        }
        _ => wording::value(
            &plan.book.catalogue,
            fact,
            &plan.book.reference,
            answer.profile.value(id),
        ),
    }
}

/// The derived facts of which something is known, with what is known.
pub fn known_derived<'a>(
    answer: &'a Answer<'_>,
) -> impl Iterator<Item = (&'a DerivedNodes, PartialValue)> {
    answer
        .plan
        .derived
        .iter()
        .map(|nodes| (nodes, answer.follows(nodes)))
        .filter(|(_, partial_value)| *partial_value != PartialValue::Unknown)
}
