//! An answer as JSON, written between prerendered parts.

use super::policies::PrerenderedPolicy;
use super::prerendered::{self, ContactView, Prerendered};
use super::{Advisor, errands, explanation, known_derived, warnings};
use crate::evaluate::{Answer, PartialValue};
use crate::facts::json::{write_text, write_texts};
use crate::facts::{Fact, FactId, FactSet, LocalizedText, Value};
use crate::plan::{DerivedNodes, NodeId};
use crate::rulebook::{ExcludedBy, Status, SupportId};
use crate::truth::Truth;
use crate::wording::{self, Lang};
use std::fmt::Write as _;

/// How much of an answer is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Per support, status and window.
    Status,
    /// Also what is missing, and the questions.
    Missing,
    /// All that was found out of the firm, by the ids that the rule book's own texts have.
    Reasons,
    /// Everything.
    #[default]
    Full,
}

impl Detail {
    /// Its name in an answer and in parameters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Missing => "missing",
            Self::Reasons => "reasons",
            Self::Full => "full",
        }
    }

    /// A capacity, in bytes, for the longest answer of the built-in rules: that to a firm that answered
    /// nothing: so a text is not moved while it grows.
    #[must_use]
    pub fn typical_size(self) -> usize {
        match self {
            Self::Status => 12 * 1024,
            Self::Missing => 64 * 1024,
            Self::Reasons => 208 * 1024,
            Self::Full => 896 * 1024,
        }
    }
}

/// How an answer is written.
#[derive(Clone, Debug, Default)]
pub struct JsonOptions {
    /// How much of it is wanted.
    pub detail: Detail,
    /// The language of its texts; both if nothing is said.
    pub lang: Option<Lang>,
    /// The statuses of the supports that are listed; all if none is named.
    pub statuses: Vec<Status>,
    /// The fact answered last, if that is known: questions near it come first.
    pub last: Option<FactId>,
}

impl From<Detail> for JsonOptions {
    fn from(detail: Detail) -> Self {
        Self { detail, ..Self::default() }
    }
}

/// Writes an answer.
pub fn write_json(advisor: &Advisor, answer: &Answer<'_>, options: &JsonOptions, out: &mut String) {
    let derived: Vec<_> = if options.detail >= Detail::Reasons {
        known_derived(answer).collect()
    } else {
        Vec::new()
    };
    let prerendered = advisor.prerendered(options.detail, options.lang);
    let mut writer = Writer { advisor, prerendered, answer, derived: &derived, options, out };
    writer.assessment();
}

struct Writer<'a, 'b> {
    advisor: &'a Advisor,
    prerendered: &'a Prerendered,
    answer: &'a Answer<'a>,
    /// The derived facts, with what is known of them.
    derived: &'a [(&'a DerivedNodes, PartialValue)],
    options: &'a JsonOptions,
    out: &'b mut String,
}

impl Writer<'_, '_> {
    fn assessment(&mut self) {
        let (detail, book) = (self.options.detail, self.advisor.book());
        let _ = write!(
            self.out,
            "{{\"rulebook\":\"{}\",\"as_of\":\"{}\",\"detail\":\"{}\"",
            book.version,
            self.answer.as_of,
            detail.as_str()
        );
        if !book.overlays.is_empty() {
            let ids: Vec<&str> = book.overlays.iter().map(|overlay| overlay.id.as_str()).collect();
            let _ = write!(self.out, ",\"overlays\":{}", prerendered::json(&ids));
        }
        if detail >= Detail::Reasons {
            self.summary();
            self.policies();
            self.profile();
            self.derived();
        }
        self.out.push_str(",\"supports\":[");
        let mut first = true;
        let statuses = &self.options.statuses;
        for id in self.answer.supports() {
            if statuses.is_empty() || statuses.contains(&self.answer.status(id)) {
                self.comma(&mut first);
                self.support(id, detail);
            }
        }
        self.out.push(']');
        if detail >= Detail::Reasons {
            self.errands();
        }
        if detail != Detail::Status {
            self.questions(self.options.last);
            self.warnings();
        }
        if detail == Detail::Full {
            self.of_policies(",\"sentences\":{", |policy| &policy.sentences, "}");
            self.of_policies(",\"sentence_uses\":{", |policy| &policy.sentence_uses, "}");
            self.of_policies(",\"later\":[", |policy| &policy.later, "]");
        }
        self.out.push('}');
    }

    fn summary(&mut self) {
        let counts = self.answer.counts();
        let _ = write!(
            self.out,
            ",\"summary\":{{\"applies\":{},\"undetermined\":{},\"does_not_apply\":{},\"out_of_area\":{},\"text\":",
            counts.applies, counts.undetermined, counts.does_not_apply, counts.out_of_area
        );
        self.texts(&wording::summary(self.answer));
        self.out.push('}');
    }

    /// The documents, and whether each holds where the firm is.
    fn policies(&mut self) {
        self.out.push_str(",\"policies\":[");
        let mut first = true;
        for id in self.answer.policies() {
            self.comma(&mut first);
            self.out.push_str(&self.prerendered.policies.at(id).head);
            let in_force = &self.advisor.book().policies.at(id).in_force;
            let here = self.answer.holds_here(id).as_str();
            let window = in_force.state(self.answer.as_of).as_str();
            self.out.extend([",\"holds_here\":\"", here, "\",\"window\":\"", window, "\"}"]);
        }
        self.out.push(']');
    }

    /// What is prerendered for each document that the answer is about.
    fn of_policies(&mut self, open: &str, part: fn(&PrerenderedPolicy) -> &str, close: &str) {
        self.out.push_str(open);
        let mut first = true;
        for id in self.answer.policies() {
            let text = part(self.prerendered.policies.at(id));
            if !text.is_empty() {
                self.comma(&mut first);
                self.out.push_str(text);
            }
        }
        self.out.push_str(close);
    }

    fn profile(&mut self) {
        self.out.push_str(",\"profile\":{");
        let mut first = true;
        for (id, value) in self.answer.profile.iter() {
            if *value == Value::NotAnswered {
                continue;
            }
            self.comma(&mut first);
            self.fact(id);
            self.out.push(':');
            self.advisor.book().catalogue.write_json(id, value, self.out);
        }
        self.out.push('}');
    }

    fn derived(&mut self) {
        self.out.push_str(",\"derived\":[");
        let mut first = true;
        for (nodes, partial_value) in self.derived {
            self.comma(&mut first);
            let fact = self.advisor.book().catalogue.fact(nodes.fact);
            let (head, source) = self.prerendered.derived.at(nodes.derivation);
            self.out.push_str(head);
            self.out.push_str(",\"value\":");
            let at_most = matches!(partial_value, PartialValue::AtMost(_));
            if at_most {
                self.out.push_str("null,\"at_most\":");
            }
            write_partial_value(fact, partial_value, self.out);
            if !at_most {
                self.out.push_str(",\"at_most\":null");
            }
            let complete = !matches!(
                partial_value,
                PartialValue::AtMost(_)
                    | PartialValue::EnumList { complete: false, .. }
                    | PartialValue::Codes { complete: false, .. }
            );
            let used = !self.answer.is_stated(nodes.fact);
            let _ = write!(self.out, ",\"complete\":{complete},\"used\":{used},\"from\":");
            self.facts(&self.answer.follows_from(nodes));
            self.out.push_str(",\"because\":");
            match self.because(nodes) {
                Some(text) => self.texts(&text),
                None => self.out.push_str("null"),
            }
            self.out.push_str(source);
        }
        self.out.push(']');
    }

    /// Why a derived fact has its value: what the rules say of it, or else the tests that decide it, each with the entry
    /// of the list that it looks in.
    fn because(&self, nodes: &DerivedNodes) -> Option<LocalizedText> {
        explanation(self.answer, nodes).or_else(|| {
            // Of a list what it has, or else all that it has not: of a yes/no fact the one test, either way.
            let truth = |id: &NodeId| self.answer.truth(*id);
            let has_any = nodes.follows.iter().any(|id| truth(id) == Truth::True);
            let wanted = if has_any { Truth::True } else { Truth::False };
            let deciding = nodes.follows.iter().filter(|id| truth(id) == wanted);
            let mut reasons: Vec<_> = deciding.flat_map(|id| self.answer.reasons(*id)).collect();
            reasons.sort_unstable();
            reasons.dedup();
            let mut because: Option<LocalizedText> = None;
            for reason in reasons {
                let Some(test) = self.prerendered.derived_tests.get(&reason.node) else { continue };
                let outcome = wording::test_outcome(reason.truth);
                let texts = because.get_or_insert_default();
                for (text, test, outcome, between) in [
                    (&mut texts.zh, &test.zh, outcome.0, "；"),
                    (&mut texts.en, &test.en, outcome.1, "; "),
                ] {
                    let between = if text.is_empty() { "" } else { between };
                    text.extend([between, test, outcome]);
                }
            }
            because
        })
    }

    fn support(&mut self, id: SupportId, detail: Detail) {
        let prerendered = self.prerendered.supports.at(id);
        let support = self.advisor.book().supports.at(id);
        let status = self.answer.status(id);
        let (window, reason) = support.window.state(self.answer.as_of);
        if detail >= Detail::Reasons {
            self.out.push_str(&prerendered.head);
        } else {
            self.out.push_str("{\"id\":");
            self.out.push_str(&prerendered.id);
        }
        self.out.extend([
            ",\"status\":\"",
            status.as_str(),
            match self.answer.excluded_by(id) {
                None => "\",\"excluded_by\":null",
                Some(ExcludedBy::OutOfArea) => "\",\"excluded_by\":\"out_of_area\"",
                Some(ExcludedBy::Text) => "\",\"excluded_by\":\"text\"",
                Some(ExcludedBy::NoNeed) => "\",\"excluded_by\":\"no_need\"",
                Some(ExcludedBy::Reading) => "\",\"excluded_by\":\"reading\"",
            },
            ",\"window\":\"",
            window.as_str(),
            "\"",
        ]);
        if detail == Detail::Full {
            self.out.push_str(",\"window_reason\":");
            match reason {
                Some(reason) => self.texts(reason),
                None => self.out.push_str("null"),
            }
            self.out.push_str(&prerendered.after_window);
        }
        if detail >= Detail::Reasons {
            self.criteria(id);
            self.emphases(id);
        }
        if detail != Detail::Status {
            self.out.push_str(",\"missing\":");
            self.facts(&self.answer.missing_for(id));
        }
        if detail >= Detail::Reasons {
            self.changes(id);
            self.out.push_str(&prerendered.tail);
        }
        self.out.push('}');
    }

    fn criteria(&mut self, id: SupportId) {
        self.out.push_str(",\"criteria\":[");
        let nodes = self.advisor.plan.criteria.at(id);
        let prerendered = &self.prerendered.supports.at(id).criteria;
        let mut first = true;
        for (node, head) in nodes.iter().zip(prerendered) {
            self.comma(&mut first);
            self.out.push_str(head);
            let truth = self.answer.truth(*node);
            let node_id = self.advisor.plan.ids.at(*node).as_str();
            self.out.extend([
                ",\"node\":\"",
                node_id,
                "\",\"truth\":\"",
                truth.as_str(),
                "\",\"because\":[",
            ]);
            let mut first = true;
            for reason in self.answer.reasons(*node) {
                self.comma(&mut first);
                let test = self.prerendered.tests.at(reason.node);
                self.out.push_str(test);
                let derived = reason.truth.is_known() && !self.answer.is_stated(reason.fact);
                let derived = if derived { "true" } else { "false" };
                let truth = reason.truth.as_str();
                self.out.extend([
                    ",\"truth\":\"",
                    truth,
                    "\",\"derived\":",
                    derived,
                    ",\"value\":",
                ]);
                self.value(reason.fact);
                self.out.push('}');
            }
            self.out.push_str("],\"missing\":");
            self.facts(&self.answer.missing(*node));
            self.out.push('}');
        }
        self.out.push(']');
    }

    fn emphases(&mut self, id: SupportId) {
        self.out.push_str(",\"emphases\":[");
        let nodes = self.advisor.plan.emphases.at(id);
        let prerendered = &self.prerendered.supports.at(id).emphases;
        let mut first = true;
        for (node, head) in nodes.iter().zip(prerendered) {
            self.comma(&mut first);
            self.out.push_str(head);
            self.out.extend([",\"truth\":\"", self.answer.truth(*node).as_str(), "\"}"]);
        }
        self.out.push(']');
    }

    fn changes(&mut self, id: SupportId) {
        self.out.push_str(",\"would_change\":[");
        let counterfactuals = self.advisor.plan.counterfactuals.at(id);
        let prerendered = &self.prerendered.supports.at(id).counterfactuals;
        let mut first = true;
        for change in self.answer.changes(id) {
            let alternative = counterfactuals
                .iter()
                .position(|counterfactual| std::ptr::eq(counterfactual, change.counterfactual));
            let Some(needs) = alternative.and_then(|alternative| prerendered.get(alternative))
            else {
                continue;
            };
            self.comma(&mut first);
            self.out.push('[');
            let mut first = true;
            for (need, text) in change.counterfactual.needs.iter().zip(needs) {
                if change.facts.contains(need.fact) {
                    self.comma(&mut first);
                    self.out.push_str(text);
                }
            }
            self.out.push(']');
        }
        self.out.push(']');
    }

    fn errands(&mut self) {
        self.out.push_str(",\"errands\":[");
        let prerendered = self.prerendered;
        let mut first = true;
        for errand in errands(self.advisor, self.answer) {
            self.comma(&mut first);
            self.out.push_str(prerendered.channels.at(errand.channel));
            self.out.push_str(",\"contacts\":[");
            self.list(&errand.contacts, |writer, contact| {
                let contact = prerendered::json(&ContactView::of(writer.advisor.book(), contact));
                writer.out.push_str(&contact);
            });
            self.out.push_str("],\"supports\":[");
            self.list(&errand.supports, |writer, id| {
                writer.out.push_str(&prerendered.supports.at(*id).id);
            });
            self.out.push_str("],\"also\":[");
            self.list(&errand.also, |writer, id| {
                writer.out.push_str(&prerendered.supports.at(*id).id);
            });
            if self.options.detail == Detail::Full {
                self.out.push_str("],\"ask\":[");
                self.list(&errand.asks, |writer, text| writer.texts(text));
                self.out.push_str("],\"bring\":[");
                self.list(&errand.papers, |writer, id| {
                    writer.texts(&writer.advisor.book().papers.at(*id).name);
                });
            }
            self.out.push_str("]}");
        }
        self.out.push(']');
    }

    fn list<T>(&mut self, items: &[T], mut item_to: impl FnMut(&mut Self, &T)) {
        let mut first = true;
        for item in items {
            self.comma(&mut first);
            item_to(self, item);
        }
    }

    fn questions(&mut self, last: Option<FactId>) {
        self.out.push_str(",\"questions\":[");
        let mut first = true;
        for question in self.answer.questions(last) {
            self.comma(&mut first);
            self.out.push_str("{\"fact\":");
            self.fact(question.fact);
            let _ =
                write!(self.out, ",\"could_settle\":{},\"supports\":[", question.supports.len());
            let mut first = true;
            for support in question.supports {
                self.comma(&mut first);
                self.out.push_str(&self.prerendered.supports.at(support).id);
            }
            self.out.push_str("]}");
        }
        self.out.push(']');
    }

    fn warnings(&mut self) {
        self.out.push_str(",\"warnings\":[");
        let mut first = true;
        for warning in warnings(self.answer) {
            self.comma(&mut first);
            self.out.push_str("{\"code\":");
            write_text(&warning.code, self.out);
            self.out.push_str(",\"facts\":");
            self.facts(&warning.facts.iter().copied().collect());
            self.out.push_str(",\"message\":");
            self.texts(&warning.message);
            self.out.push('}');
        }
        self.out.push(']');
    }

    fn comma(&mut self, first: &mut bool) {
        if !std::mem::replace(first, false) {
            self.out.push(',');
        }
    }

    fn fact(&mut self, id: FactId) {
        self.out.push_str(self.prerendered.facts.at(id));
    }

    /// A fact's value as it was used: stated, or else what follows.
    fn value(&mut self, id: FactId) {
        let catalogue = &self.advisor.book().catalogue;
        let follows = self.derived.iter().find(|(nodes, _)| nodes.fact == id);
        match follows.filter(|_| !self.answer.is_stated(id)) {
            Some((_, partial_value @ PartialValue::AtMost(_))) => {
                self.out.push_str("{\"at_most\":");
                write_partial_value(catalogue.fact(id), partial_value, self.out);
                self.out.push('}');
            }
            Some((_, partial_value)) => {
                write_partial_value(catalogue.fact(id), partial_value, self.out)
            }
            None => catalogue.write_json(id, self.answer.profile.value(id), self.out),
        }
    }

    fn facts(&mut self, facts: &FactSet) {
        self.out.push('[');
        let mut first = true;
        for fact in facts.iter() {
            self.comma(&mut first);
            self.fact(fact);
        }
        self.out.push(']');
    }

    fn texts(&mut self, texts: &LocalizedText) {
        let lang = self.options.lang;
        self.out.push('{');
        if lang != Some(Lang::En) {
            self.out.push_str("\"zh\":");
            write_text(&texts.zh, self.out);
        }
        if lang.is_none() {
            self.out.push(',');
        }
        if lang != Some(Lang::Zh) {
            self.out.push_str("\"en\":");
            write_text(&texts.en, self.out);
        }
        self.out.push('}');
    }
}

fn write_partial_value(fact: &Fact, partial_value: &PartialValue, out: &mut String) {
    match partial_value {
        PartialValue::Unknown => out.push_str("null"),
        PartialValue::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        PartialValue::Enum(value) | PartialValue::AtMost(value) => {
            write_text(fact.value_name(*value), out)
        }
        PartialValue::EnumList { has, .. } => {
            write_texts(has.iter().map(|value| fact.value_name(*value)), out)
        }
        PartialValue::Codes { has, .. } => write_texts(has.iter().map(String::as_str), out),
    }
}
