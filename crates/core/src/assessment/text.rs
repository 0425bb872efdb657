//! An answer as text for a terminal: where to go first, then what applies, what is open, what does not
//! apply and why.

use super::{
    Advisor, errands, explanation, grouped, known_derived, partial_value_text, used_value_text,
    warnings,
};
use crate::evaluate::{Answer, Group};
use crate::facts::{Fact, Kind, LocalizedText};
use crate::plan::NodeId;
use crate::rulebook::{Contact, Policy, Status, Support, SupportId};
use crate::truth::Truth;
use crate::wording::{self, Lang};
use std::fmt::Write as _;

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

impl<'a> Text<'a, '_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        if self.lang == Lang::Zh { zh } else { en }
    }

    fn join<'t>(&self, items: impl Iterator<Item = &'t str>) -> String {
        items.collect::<Vec<_>>().join(self.pick("、", ", "))
    }

    /// A label and what belongs to it.
    fn pair(&self, label: &str, value: &str) -> String {
        format!("{label}{}{value}", self.pick("：", ": "))
    }

    /// A text in the brackets of the language.
    fn bracketed(&self, text: &str) -> String {
        if self.lang == Lang::Zh { format!("（{text}）") } else { format!(" ({text})") }
    }

    fn all(&mut self) {
        let book = self.advisor.book();
        let summary = wording::summary(self.answer);
        self.line(self.lang.of(&summary));
        for warning in warnings(self.answer) {
            let text = format!("! {}", self.lang.of(&warning.message));
            self.line(&text);
        }
        for policy in self.with_later() {
            let line = wording::later_line(policy);
            self.line(self.lang.of(&line));
        }
        self.assumptions();
        self.errands();
        let grouped = grouped(self.advisor, self.answer);
        for group in Group::ALL {
            let members = grouped.iter().filter(|(of, _)| *of == group).map(|(_, id)| *id);
            let members: Vec<SupportId> = members.collect();
            if members.is_empty() {
                continue;
            }
            if group == Group::OutOfArea {
                let line = wording::out_of_area(book, &members);
                let line = format!("\n{}", self.lang.of(&line));
                self.line(&line);
                continue;
            }
            let heading = self.lang.of(&wording::heading(group)).to_owned();
            self.heading(&heading, members.len());
            for id in members {
                let support = book.supports.at(id);
                match group {
                    Group::Now | Group::Indirect => self.applying(id, support),
                    Group::Undetermined => self.undetermined(id, support),
                    Group::AskAnyway => self.not_excluded(id, support),
                    Group::DoesNotApply | Group::OutOfArea => self.failing(id, support),
                    Group::Ended => self.ended(support),
                }
            }
        }
        self.questions();
        self.later();
        let closing = format!("\n{}", self.lang.of(&wording::closing_line(book)));
        self.line(&closing);
        let here = self.answer.policies().into_iter();
        let here = here.filter(|policy| self.answer.holds_here(*policy) != Truth::False);
        let names: Vec<_> = here.map(|policy| book.policies.at(policy).name()).collect();
        let names = self.join(names.iter().map(|name| self.lang.of(name)));
        let overlays = book.overlays.iter().map(|overlay| self.lang.of(&overlay.name));
        let overlays: String = overlays.map(|name| format!(" · {name}")).collect();
        let foot = format!("{names} · {} · {}{overlays}", self.answer.as_of, book.version);
        self.line(&foot);
    }

    fn heading(&mut self, heading: &str, count: usize) {
        let line = format!("\n== {heading} ({count}) ==");
        self.line(&line);
    }

    /// The documents of the answer that hold here, as far as they name later documents.
    fn with_later(&self) -> Vec<&'a Policy> {
        let ids = self.answer.policies().into_iter();
        let here = ids.filter(|policy| self.answer.holds_here(*policy) != Truth::False);
        let policies = here.map(|policy| self.advisor.book().policies.at(policy));
        policies.filter(|policy| !policy.later.is_empty()).collect()
    }

    fn later(&mut self) {
        for policy in self.with_later() {
            let heading = wording::later_heading(policy);
            let heading = self.lang.of(&heading).to_owned();
            self.heading(&heading, policy.later.len());
            for later in &policy.later {
                let line = format!("  {}", self.lang.of(&wording::later_document(later)));
                self.line(&line);
            }
        }
    }

    fn assumptions(&mut self) {
        let known: Vec<String> = known_derived(self.answer)
            .filter(|(nodes, _)| !self.answer.is_stated(nodes.fact))
            .map(|(nodes, partial_value)| {
                let fact = self.advisor.book().catalogue.fact(nodes.fact);
                let value = partial_value_text(self.answer.plan, fact, &partial_value);
                let pair = self.pair(self.lang.of(&fact.label), self.lang.of(&value));
                match explanation(self.answer, nodes) {
                    Some(why) => format!("{pair}{}", self.bracketed(self.lang.of(&why))),
                    None => pair,
                }
            })
            .collect();
        if !known.is_empty() {
            let head = self.pick("推断：", "Inferred: ");
            let line = format!("{head}{}", known.join(self.pick("；", "; ")));
            self.line(&line);
        }
    }

    fn errands(&mut self) {
        let book = self.advisor.book();
        let errands = errands(self.advisor, self.answer);
        if errands.is_empty() {
            return;
        }
        let heading = self.lang.of(&wording::errands_heading()).to_owned();
        self.heading(&heading, errands.len());
        let lang = self.lang;
        for (index, errand) in errands.iter().enumerate() {
            let channel = book.channels.at(errand.channel);
            let mut line = format!("\n{}. {}", index + 1, lang.of(&channel.name));
            line += &self.bracketed(lang.of(&channel.does));
            self.line(&line);
            for contact in &errand.contacts {
                self.contact(contact);
            }
            let titles = |ids: &[SupportId]| {
                let titles = ids.iter().map(|id| lang.of(&book.supports.at(*id).title));
                titles.collect::<Vec<_>>().join(self.pick("；", "; "))
            };
            let (supports, also) = (titles(&errand.supports), titles(&errand.also));
            let line = format!("   {}", self.pair(self.pick("办", "for"), &supports));
            self.line(&line);
            for ask in &errand.asks {
                let line = format!("   · {}", lang.of(ask));
                self.line(&line);
            }
            if let Some(papers) = wording::papers(book, &errand.papers) {
                let line = format!("   {}", self.pair(self.pick("带", "bring"), lang.of(&papers)));
                self.line(&line);
            }
            if !also.is_empty() {
                let label = self.pick("顺便可以打听", "also ask about");
                let line = format!("   {}", self.pair(label, &also));
                self.line(&line);
            }
        }
    }

    fn contact(&mut self, contact: &'a Contact) {
        let lang = self.lang;
        let named = |text: &'a Option<LocalizedText>| text.as_ref().map(|text| lang.of(text));
        let reach = [
            named(&contact.office),
            contact.phone.as_deref(),
            named(&contact.address),
            named(&contact.hours),
            contact.url.as_deref(),
        ];
        let sign = if contact.phone.is_some() { "☎" } else { "→" };
        let sure = match contact.confidence.as_str() {
            "high" => String::new(),
            _ => self.bracketed(self.pick("未完全核实", "not fully verified")),
        };
        let by = contact.overlay.map(|id| lang.of(&self.advisor.book().overlays.at(id).by));
        let by = by.map_or_else(String::new, |by| {
            format!(" [{by} {} {}]", self.pick("核对于", "checked"), contact.date)
        });
        let reach: Vec<&str> = reach.into_iter().flatten().collect();
        let line = format!("   {sign} {}{sure}{by}", reach.join(self.pick("；", "; ")));
        self.line(&line);
    }

    fn title(&mut self, support: &Support) {
        let sentences: Vec<String> = support.sentences().iter().map(ToString::to_string).collect();
        let title = self.lang.of(&support.title);
        let line = format!("\n* {title} [{} · {}]", support.id, sentences.join(" "));
        self.line(&line);
    }

    fn applying(&mut self, id: SupportId, support: &Support) {
        self.title(support);
        self.note(id, support);
        let summary = format!("  {}", self.lang.of(&support.summary));
        self.line(&summary);
        self.emphases(id, support);
        self.criteria(id, support, Truth::True);
        self.relations(id);
        self.next_step(support);
        if let Some(amount) = &support.amount {
            let label = self.pick("金额", "amount");
            let line = format!("  {}", self.pair(label, self.lang.of(amount)));
            self.line(&line);
        }
        for confirm in &support.confirm {
            let label = self.pick("以对方答复为准", "to confirm with them");
            let line = format!("  {}", self.pair(label, self.lang.of(confirm)));
            self.line(&line);
        }
        for citation in &support.citations {
            let sentence = self.bracketed(&citation.sentence.to_string());
            let line = format!("  “{}”{sentence}", citation.quote);
            self.line(&line);
        }
        for rule in &support.see_also {
            let sure = match rule.confidence.as_str() {
                "high" => String::new(),
                _ => self.bracketed(self.pick("未完全核实", "not fully verified")),
            };
            let rule_name = format!("{}{}{sure}", rule.title, self.bracketed(&rule.date));
            let label = format!("{} {rule_name}", self.pick("另见", "see also"));
            let line = format!("  {}", self.pair(&label, self.lang.of(&rule.says)));
            self.line(&line);
        }
    }

    fn emphases(&mut self, id: SupportId, support: &Support) {
        for (emphasis, node) in support.emphases.iter().zip(self.advisor.plan.emphases.at(id)) {
            if self.answer.truth(*node) == Truth::True {
                let label = self.pick("文件点名侧重", "the text singles out");
                let line = format!("  ★ {}", self.pair(label, self.lang.of(&emphasis.label)));
                self.line(&line);
            }
        }
    }

    /// What documents of other places or levels say of the same, as far as they hold here.
    fn relations(&mut self, id: SupportId) {
        let book = self.advisor.book();
        for related in book.related(id) {
            if self.answer.status(related.support) == Status::DoesNotApply {
                continue;
            }
            let support = book.supports.at(related.support);
            let kind = wording::relation(related.kind);
            let policy = book.policies.at(support.policy).name();
            let title = self.lang.of(&support.title);
            let window = self.answer.window(related.support);
            let status = wording::standing(window, self.answer.status(related.support));
            let facts = [self.lang.of(&policy), self.lang.of(&status)];
            let named = self.bracketed(&facts.join(self.pick("，", ", ")));
            let line = format!("  ⇄ {}{named}", self.pair(self.lang.of(&kind), title));
            self.line(&line);
            if let Some(difference) = related.difference {
                let label = self.pick("差别", "the difference");
                let line = format!("    {}", self.pair(label, self.lang.of(difference)));
                self.line(&line);
            }
        }
    }

    fn next_step(&mut self, support: &Support) {
        let line = wording::next_step_line(self.advisor.book(), support);
        let line = self.lang.of(&line);
        let line = format!("  → {line}");
        self.line(&line);
    }

    fn undetermined(&mut self, id: SupportId, support: &Support) {
        self.title(support);
        self.criteria(id, support, Truth::Unknown);
        self.relations(id);
        let catalogue = &self.advisor.book().catalogue;
        let missing = self.answer.missing_for(id);
        let missing = self.join(missing.iter().map(|f| self.lang.of(&catalogue.fact(f).label)));
        let line = format!("  {}", self.pair(self.pick("要知道", "to be known"), &missing));
        self.line(&line);
    }

    /// A support that only our reading excludes: the reading, its reason, and the counter.
    fn not_excluded(&mut self, id: SupportId, support: &Support) {
        self.title(support);
        let line = format!("  {}", self.lang.of(&support.summary));
        self.line(&line);
        self.criteria(id, support, Truth::False);
        self.next_step(support);
    }

    fn failing(&mut self, id: SupportId, support: &Support) {
        let Some(by) = self.answer.excluded_by(id) else { return };
        let catalogue = &self.advisor.book().catalogue;
        let failed: Vec<&str> = (support.criteria.iter().zip(self.nodes(id)))
            .filter(|(criterion, _)| criterion.basis.excludes_by() == by)
            .filter(|(_, node)| self.answer.truth(*node) == Truth::False)
            .map(|(criterion, _)| self.lang.of(&criterion.label))
            .collect();
        let alternatives: Vec<String> = (self.answer.changes(id).iter().take(3))
            .map(|change| {
                let parts: Vec<String> = (change.needs())
                    .map(|need| {
                        let fact = catalogue.fact(need.fact);
                        let reference = &self.advisor.book().reference;
                        let value = wording::need(fact, reference, &need.domain);
                        self.pair(self.lang.of(&fact.label), self.lang.of(&value))
                    })
                    .collect();
                parts.join(self.pick("，", ", "))
            })
            .collect();
        let only_for = wording::only_for(self.lang, &failed);
        let by = wording::excluded_by(by);
        let mut line = format!("- {}", self.pair(self.lang.of(&support.title), &only_for));
        line += &self.bracketed(self.lang.of(&by));
        if !alternatives.is_empty() {
            let alternatives = alternatives.join(self.pick("，或 ", ", or "));
            let label = self.pick("；以后如果有变化，可以再查：", "; look again if this changes: ");
            let _ = write!(line, "{label}{alternatives}");
        }
        self.line(&line);
    }

    fn ended(&mut self, support: &Support) {
        let (window, reason) = support.window.state(self.answer.as_of);
        let reason = reason.map_or("", |reason| self.lang.of(reason));
        let window = self.lang.of(&wording::window(window)).to_owned();
        let line = format!("- {} {reason}", self.pair(self.lang.of(&support.title), &window));
        self.line(line.trim_end());
    }

    fn note(&mut self, id: SupportId, support: &Support) {
        if let Some(note) = &support.note {
            let line = format!("  ({})", self.lang.of(note));
            self.line(&line);
        }
        for (overlay, note) in self.answer.notes(id) {
            let note = self.lang.of(&note.text);
            let line = format!("  + {}", self.pair(self.lang.of(&overlay.by), note));
            self.line(&line);
        }
    }

    fn nodes(&self, id: SupportId) -> impl Iterator<Item = NodeId> + use<'a> {
        self.advisor.plan.criteria.at(id).iter().copied()
    }

    fn criteria(&mut self, id: SupportId, support: &Support, wanted: Truth) {
        let catalogue = &self.advisor.book().catalogue;
        for (criterion, node) in support.criteria.iter().zip(self.nodes(id)) {
            if self.answer.truth(node) != wanted {
                continue;
            }
            let label = self.lang.of(&criterion.label);
            // “A foreign trader (a foreign trader: yes)” would repeat the label.
            let repeats =
                |fact: &Fact| fact.kind == Kind::Bool && self.lang.of(&fact.label) == label;
            let values: Vec<String> = (self.answer.reasons(node).iter())
                .filter(|reason| !repeats(catalogue.fact(reason.fact)))
                .map(|reason| {
                    let fact = catalogue.fact(reason.fact);
                    let value = used_value_text(self.answer, reason.fact);
                    self.pair(self.lang.of(&fact.label), self.lang.of(&value))
                })
                .collect();
            let values = match values.as_slice() {
                [] => String::new(),
                values => self.bracketed(&values.join(self.pick("，", ", "))),
            };
            let mark = match wanted {
                Truth::True => "✓",
                Truth::False => "✗",
                Truth::Unknown => "?",
            };
            let basis = self.lang.of(&wording::basis(&criterion.basis)).to_owned();
            let line = format!("  {mark} {label}{values} [{basis}]");
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
