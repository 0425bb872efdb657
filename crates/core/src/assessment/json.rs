//! An answer as JSON, written between ready parts.

use super::{Advisor, known_derived, warnings};
use crate::evaluate::{Answer, Stage};
use crate::facts::json::{write_text, write_texts};
use crate::facts::{Fact, FactId, FactSet, Texts, Value};
use crate::plan::DerivedNodes;
use crate::wording;
use std::fmt::Write as _;

/// How much of an answer is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Per support, status and window.
    Status,
    /// Also what is missing, and the questions.
    Missing,
    /// Everything.
    #[default]
    Full,
}

impl Detail {
    /// Room, in bytes, for the longest answer of the built-in rules, which is that to a firm that said
    /// nothing: so a text is not moved while it grows.
    #[must_use]
    pub fn usual_size(self) -> usize {
        match self {
            Self::Status => 8 * 1024,
            Self::Missing => 24 * 1024,
            Self::Full => 256 * 1024,
        }
    }
}

/// Writes an answer. `last` is the fact answered last, if that is known: questions near it come
/// first.
pub fn write_json(
    advisor: &Advisor,
    answer: &Answer<'_>,
    detail: Detail,
    last: Option<FactId>,
    out: &mut String,
) {
    let derived: Vec<_> =
        if detail == Detail::Full { known_derived(answer).collect() } else { Vec::new() };
    let mut writer = Writer { advisor, answer, derived: &derived, out };
    writer.assessment(detail, last);
}

struct Writer<'a, 'b> {
    advisor: &'a Advisor,
    answer: &'a Answer<'a>,
    /// The derived facts, with what is known of them.
    derived: &'a [(&'a DerivedNodes, Stage)],
    out: &'b mut String,
}

impl Writer<'_, '_> {
    fn assessment(&mut self, detail: Detail, last: Option<FactId>) {
        let book = self.advisor.book();
        let _ = write!(
            self.out,
            "{{\"rulebook\":\"{}\",\"as_of\":\"{}\"",
            book.version, self.answer.as_of
        );
        if detail == Detail::Full {
            self.summary();
            self.profile();
            self.derived();
        }
        self.out.push_str(",\"supports\":[");
        for place in 0..book.supports.len() {
            if place > 0 {
                self.out.push(',');
            }
            self.support(place, detail);
        }
        self.out.push(']');
        if detail != Detail::Status {
            self.questions(last);
            self.warnings();
        }
        if detail == Detail::Full {
            self.out.push(',');
            self.out.push_str(&self.advisor.ready.sentences);
        }
        self.out.push('}');
    }

    fn summary(&mut self) {
        let counts = self.answer.counts();
        let _ = write!(
            self.out,
            ",\"summary\":{{\"applies\":{},\"undetermined\":{},\"does_not_apply\":{},\"text\":",
            counts.applies, counts.undetermined, counts.does_not_apply
        );
        self.texts(&wording::summary(self.answer));
        self.out.push('}');
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
        for (nodes, stage) in self.derived {
            self.comma(&mut first);
            let fact = self.advisor.book().catalogue.fact(nodes.fact);
            let (head, source) =
                self.advisor.ready.derived.get(nodes.derivation).map_or(("", ""), |(a, b)| (a, b));
            self.out.push_str(head);
            self.out.push_str(",\"value\":");
            let at_most = matches!(stage, Stage::AtMost(_));
            if at_most {
                self.out.push_str("null,\"at_most\":");
            }
            write_stage(fact, stage, self.out);
            if !at_most {
                self.out.push_str(",\"at_most\":null");
            }
            let complete = !matches!(
                stage,
                Stage::AtMost(_)
                    | Stage::Words { complete: false, .. }
                    | Stage::Codes { complete: false, .. }
            );
            let used = !self.answer.is_stated(nodes.fact);
            let _ = write!(self.out, ",\"complete\":{complete},\"used\":{used},\"from\":");
            self.facts(&self.answer.follows_from(nodes));
            self.out.push_str(source);
        }
        self.out.push(']');
    }

    fn support(&mut self, place: usize, detail: Detail) {
        let book = self.advisor.book();
        let (Some(ready), Some(support)) =
            (self.advisor.ready.supports.get(place), book.supports.get(place))
        else {
            return;
        };
        let status = self.answer.status(place);
        let (window, reason) = support.window.state(self.answer.as_of);
        if detail == Detail::Full {
            self.out.push_str(&ready.head);
        } else {
            self.out.push_str("{\"id\":");
            self.out.push_str(&ready.id);
        }
        self.out.extend([",\"status\":\"", status.word(), "\",\"window\":\"", window.word(), "\""]);
        if detail == Detail::Full {
            self.out.push_str(",\"window_reason\":");
            match reason {
                Some(reason) => self.texts(reason),
                None => self.out.push_str("null"),
            }
            self.out.push_str(&ready.middle);
            self.criteria(place);
            self.emphases(place);
        }
        if detail != Detail::Status {
            self.out.push_str(",\"missing\":");
            self.facts(&self.answer.missing_for(place));
        }
        if detail == Detail::Full {
            self.changes(place);
            self.out.push_str(&ready.tail);
        }
        self.out.push('}');
    }

    fn criteria(&mut self, place: usize) {
        self.out.push_str(",\"criteria\":[");
        let nodes = self.advisor.plan.criteria.get(place).into_iter().flatten();
        let ready = self.advisor.ready.supports.get(place).into_iter().flat_map(|r| &r.criteria);
        let mut first = true;
        for (node, head) in nodes.zip(ready) {
            self.comma(&mut first);
            self.out.push_str(head);
            let truth = self.answer.truth(*node);
            let id = self.advisor.plan.ids.get(*node as usize).map_or("", String::as_str);
            self.out.extend([
                ",\"node\":\"",
                id,
                "\",\"truth\":\"",
                truth.word(),
                "\",\"because\":[",
            ]);
            let mut first = true;
            for reason in self.answer.reasons(*node) {
                self.comma(&mut first);
                let test =
                    self.advisor.ready.tests.get(reason.node as usize).map_or("", String::as_str);
                self.out.push_str(test);
                let derived = reason.truth.is_known() && !self.answer.is_stated(reason.fact);
                let derived = if derived { "true" } else { "false" };
                let truth = reason.truth.word();
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

    fn emphases(&mut self, place: usize) {
        self.out.push_str(",\"emphases\":[");
        let nodes = self.advisor.plan.emphases.get(place).into_iter().flatten();
        let ready = self.advisor.ready.supports.get(place).into_iter().flat_map(|r| &r.emphases);
        let mut first = true;
        for (node, head) in nodes.zip(ready) {
            self.comma(&mut first);
            self.out.push_str(head);
            self.out.extend([",\"truth\":\"", self.answer.truth(*node).word(), "\"}"]);
        }
        self.out.push(']');
    }

    fn changes(&mut self, place: usize) {
        self.out.push_str(",\"would_change\":[");
        let flips = self.advisor.plan.flips.get(place).map_or(&[][..], Vec::as_slice);
        let ready = self.advisor.ready.supports.get(place).map_or(&[][..], |r| r.flips.as_slice());
        let mut first = true;
        for change in self.answer.changes(place) {
            let way = flips.iter().position(|flip| std::ptr::eq(flip, change.flip));
            let Some(needs) = way.and_then(|way| ready.get(way)) else { continue };
            self.comma(&mut first);
            self.out.push('[');
            let mut first = true;
            for (need, text) in change.flip.needs.iter().zip(needs) {
                if change.facts.contains(need.fact) {
                    self.comma(&mut first);
                    self.out.push_str(text);
                }
            }
            self.out.push(']');
        }
        self.out.push(']');
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
                let id = self.advisor.ready.supports.get(support).map_or("null", |r| r.id.as_str());
                self.out.push_str(id);
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
        let name = self.advisor.ready.facts.get(id.index()).map_or("null", String::as_str);
        self.out.push_str(name);
    }

    /// A fact's value as it was used: stated, or else what follows.
    fn value(&mut self, id: FactId) {
        let catalogue = &self.advisor.book().catalogue;
        let follows = self.derived.iter().find(|(nodes, _)| nodes.fact == id);
        match follows.filter(|_| !self.answer.is_stated(id)) {
            Some((_, stage @ Stage::AtMost(_))) => {
                self.out.push_str("{\"at_most\":");
                write_stage(catalogue.fact(id), stage, self.out);
                self.out.push('}');
            }
            Some((_, stage)) => write_stage(catalogue.fact(id), stage, self.out),
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

    fn texts(&mut self, texts: &Texts) {
        self.out.push_str("{\"zh\":");
        write_text(&texts.zh, self.out);
        self.out.push_str(",\"en\":");
        write_text(&texts.en, self.out);
        self.out.push('}');
    }
}

fn write_stage(fact: &Fact, stage: &Stage, out: &mut String) {
    match stage {
        Stage::Unknown => out.push_str("null"),
        Stage::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Stage::Word(word) | Stage::AtMost(word) => write_text(fact.word_at(*word), out),
        Stage::Words { has, .. } => write_texts(has.iter().map(|word| fact.word_at(*word)), out),
        Stage::Codes { has, .. } => write_texts(has.iter().map(String::as_str), out),
    }
}
