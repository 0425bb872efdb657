//! An answer as text for a terminal: what to do first, then what is open, then what does not apply
//! and why.

use super::{Advisor, known_derived, partial_value_text, used_value_text, warnings};
use crate::evaluate::Answer;
use crate::plan::NodeId;
use crate::rulebook::{Access, Status, Support, SupportId, WindowState};
use crate::truth::Truth;
use crate::wording::{self, Lang};
use std::fmt::Write as _;

/// The group of a support in an answer, as [`wording::heading`] numbers them.
#[must_use]
pub fn group(answer: &Answer<'_>, id: impl Into<SupportId>, support: &Support) -> usize {
    let id = id.into();
    if answer.window(id) != WindowState::Open {
        return 4;
    }
    match (answer.status(id), support.access) {
        (Status::Applies, Access::Apply) => 0,
        (Status::Applies, Access::Indirect) => 1,
        (Status::Undetermined, _) => 2,
        (Status::DoesNotApply, _) => 3,
    }
}

/// Writes an answer.
pub fn write_text(advisor: &Advisor, answer: &Answer<'_>, lang: Lang, out: &mut String) {
    let mut text = Text { advisor, answer, lang, out };
    text.all();
}

struct Text<'a, 'b> {
    advisor: &'a Advisor,
    answer: &'a Answer<'a>,
    lang: Lang,
    out: &'b mut String,
}

impl Text<'_, '_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        if self.lang == Lang::Zh { zh } else { en }
    }

    fn all(&mut self) {
        let book = self.advisor.book();
        let summary = wording::summary(self.answer);
        self.line(self.lang.of(&summary).to_owned().as_str());
        for warning in warnings(self.answer) {
            let text = format!("! {}", self.lang.of(&warning.message));
            self.line(&text);
        }
        self.assumptions();
        for wanted in 0..5 {
            let members: Vec<SupportId> = (book.supports.iter_enumerated())
                .filter(|(id, support)| group(self.answer, *id, support) == wanted)
                .map(|(id, _)| id)
                .collect();
            if members.is_empty() {
                continue;
            }
            let heading =
                format!("\n== {} ({}) ==", self.lang.of(&wording::heading(wanted)), members.len());
            self.line(&heading);
            for id in members {
                let support = book.supports.at(id);
                match wanted {
                    0 | 1 => self.applying(id, support),
                    2 => self.undetermined(id, support),
                    3 => self.failing(id, support),
                    _ => self.ended(support),
                }
            }
        }
        self.questions();
        let closing = format!("\n{}", self.lang.of(&wording::closing_line()));
        self.line(&closing);
        let policies: Vec<&str> = book.policies.iter().map(|p| p.number.as_str()).collect();
        let foot = format!("{} · {} · {}", policies.join("、"), self.answer.as_of, book.version);
        self.line(&foot);
    }

    fn assumptions(&mut self) {
        let known: Vec<String> = known_derived(self.answer)
            .filter(|(nodes, _)| !self.answer.is_stated(nodes.fact))
            .map(|(nodes, partial_value)| {
                let fact = self.advisor.book().catalogue.fact(nodes.fact);
                let value = partial_value_text(self.answer, fact, &partial_value);
                let colon = self.pick("：", ": ");
                format!("{}{colon}{}", self.lang.of(&fact.label), self.lang.of(&value))
            })
            .collect();
        if !known.is_empty() {
            let head = self.pick("推断：", "Inferred: ");
            let line = format!("{head}{}", known.join(self.pick("；", "; ")));
            self.line(&line);
        }
    }

    fn title(&mut self, support: &Support) {
        let sentences: Vec<String> = support.sentences().iter().map(ToString::to_string).collect();
        let title = self.lang.of(&support.title);
        let line = format!("\n* {title} [{} · {}]", support.id, sentences.join(" "));
        self.line(&line);
    }

    fn applying(&mut self, id: SupportId, support: &Support) {
        self.title(support);
        self.note(support);
        let summary = format!("  {}", self.lang.of(&support.summary));
        self.line(&summary);
        self.criteria(id, support, Truth::True);
        let lang = self.lang;
        let step = format!(
            "  → {}{}{}",
            lang.of(&support.channel),
            self.pick("：", ": "),
            lang.of(&support.ask)
        );
        self.line(&step);
        for confirm in &support.confirm {
            let line = format!(
                "  {}{}",
                self.pick("以对方答复为准：", "to confirm with them: "),
                lang.of(confirm)
            );
            self.line(&line);
        }
        for citation in &support.citations {
            let line = format!("  “{}”（{}）", citation.quote, citation.sentence);
            self.line(&line);
        }
    }

    fn undetermined(&mut self, id: SupportId, support: &Support) {
        self.title(support);
        self.criteria(id, support, Truth::Unknown);
        let catalogue = &self.advisor.book().catalogue;
        let missing: Vec<&str> = (self.answer.missing_for(id).iter())
            .map(|fact| self.lang.of(&catalogue.fact(fact).label))
            .collect();
        let line = format!(
            "  {}{}",
            self.pick("要知道：", "to be known: "),
            missing.join(self.pick("、", ", "))
        );
        self.line(&line);
    }

    fn failing(&mut self, id: SupportId, support: &Support) {
        let catalogue = &self.advisor.book().catalogue;
        let mut failed = Vec::new();
        for (criterion, node) in support.criteria.iter().zip(self.nodes(id)) {
            if self.answer.truth(node) == Truth::False {
                failed.push(self.lang.of(&criterion.label).to_owned());
            }
        }
        let changes = self.answer.changes(id);
        let alternatives: Vec<String> = changes
            .iter()
            .take(3)
            .map(|change| {
                let needs = change.needs();
                let parts: Vec<String> = needs
                    .map(|need| {
                        let fact = catalogue.fact(need.fact);
                        let value =
                            wording::need(fact, &self.advisor.book().reference, &need.domain);
                        format!("{}={}", self.lang.of(&fact.label), self.lang.of(&value))
                    })
                    .collect();
                parts.join(self.pick("，", ", "))
            })
            .collect();
        let mut line = format!(
            "- {}{}{}",
            self.lang.of(&support.title),
            self.pick("：不是", ": not "),
            failed.join(self.pick("、不是", ", not "))
        );
        if !alternatives.is_empty() {
            let _ = write!(
                line,
                "{}{}",
                self.pick("；如果改为 ", "; would change with "),
                alternatives.join(self.pick("，或 ", ", or "))
            );
        }
        self.line(&line);
    }

    fn ended(&mut self, support: &Support) {
        let (window, reason) = support.window.state(self.answer.as_of);
        let reason = reason.map_or("", |reason| self.lang.of(reason));
        let line = format!(
            "- {}{}{} {}",
            self.lang.of(&support.title),
            self.pick("：", ": "),
            self.lang.of(&wording::window(window)),
            reason
        );
        self.line(&line);
    }

    fn note(&mut self, support: &Support) {
        if let Some(note) = &support.note {
            let line = format!("  ({})", self.lang.of(note));
            self.line(&line);
        }
    }

    fn nodes(&self, id: SupportId) -> Vec<NodeId> {
        self.advisor.plan.criteria.at(id).clone()
    }

    fn criteria(&mut self, id: SupportId, support: &Support, wanted: Truth) {
        let catalogue = &self.advisor.book().catalogue;
        for (criterion, node) in support.criteria.iter().zip(self.nodes(id)) {
            if self.answer.truth(node) != wanted {
                continue;
            }
            let reasons = self.answer.reasons(node);
            let values: Vec<String> = reasons
                .iter()
                .map(|reason| {
                    let fact = catalogue.fact(reason.fact);
                    let value = used_value_text(self.answer, reason.fact);
                    format!("{}={}", self.lang.of(&fact.label), self.lang.of(&value))
                })
                .collect();
            let mark = match wanted {
                Truth::True => "✓",
                Truth::False => "✗",
                Truth::Unknown => "?",
            };
            let line = format!(
                "  {mark} {}（{}）[{}]",
                self.lang.of(&criterion.label),
                values.join(self.pick("，", ", ")),
                self.lang.of(&wording::basis(&criterion.basis))
            );
            self.line(&line);
        }
    }

    fn questions(&mut self) {
        let questions = self.answer.questions(None);
        let ended = wording::no_question(self.answer);
        let heading = if questions.is_empty() {
            self.lang.of(&ended)
        } else {
            self.pick("接下来可以回答：", "Next questions:")
        };
        let heading = format!("\n{heading}");
        self.line(&heading);
        let catalogue = &self.advisor.book().catalogue;
        for question in questions.iter().take(5) {
            let fact = catalogue.fact(question.fact);
            let line = format!(
                "  ? {} [{}: {}]",
                self.lang.of(&fact.question),
                fact.name,
                question.supports.len()
            );
            self.line(&line);
        }
    }
}
