//! One support of a result, as pages show it, and how a fact's value is written.
//!
//! In go an answer and the progress of a form, out come the texts of a support: what was asked, what is missing, which
//! criteria decided, where to go.

use super::RecapView;
use crate::server::pages::fields::{self, OptionView};
use crate::server::pages::offices::{self, StepView};
use crate::server::pages::page::Page;
use crate::server::pages::progress::Progress;
use crate::server::pages::sentences;
use crate::server::search;
use export_advisor_core::assessment::{Advisor, used_value_text};
use export_advisor_core::evaluate::{Answer, Question};
use export_advisor_core::facts::{Fact, FactId, FactSet, Kind, LocalizedText, Value};
use export_advisor_core::rulebook::{BenefitKind, Status, Support, SupportId, WindowState};
use export_advisor_core::truth::Truth;
use export_advisor_core::wording::{self, Lang};

/// One support.
pub(in crate::server::pages) struct SupportView {
    pub(in crate::server::pages) id: String,
    /// `applies`, `does_not_apply` or `undetermined`.
    pub(in crate::server::pages) status: &'static str,
    pub(in crate::server::pages) title: String,
    pub(in crate::server::pages) summary: String,
    pub(in crate::server::pages) window: String,
    pub(in crate::server::pages) note: String,
    pub(in crate::server::pages) emphases: Vec<String>,
    pub(in crate::server::pages) criteria: Vec<CriterionView>,
    pub(in crate::server::pages) questions: Vec<AskView>,
    /// What was asked, is not known, and could decide it.
    pub(in crate::server::pages) unknown: Vec<AskView>,
    /// How many questions there are besides the first; empty if there are none.
    pub(in crate::server::pages) further: String,
    pub(in crate::server::pages) alternatives: Vec<String>,
    /// Its offices, in one line.
    pub(in crate::server::pages) channel: String,
    /// What to do, by office.
    pub(in crate::server::pages) steps: Vec<StepView>,
    pub(in crate::server::pages) confirm: Vec<String>,
    pub(in crate::server::pages) quotes: Vec<QuoteView>,
    /// The document, where the rules have several.
    pub(in crate::server::pages) policy: String,
    /// What documents of other places or levels say of the same, as far as they hold here.
    pub(in crate::server::pages) relations: Vec<RelationView>,
    /// How it stands to the support before it in its group, and its document; empty if it stands for itself.
    pub(in crate::server::pages) related: String,
    /// Title and date, whether it is sure, what it says.
    pub(in crate::server::pages) see_also: Vec<(String, bool, String)>,
    /// What excludes the firm, if it does not apply.
    pub(in crate::server::pages) reason: String,
    /// The words of the text on amounts, or that it names none where a reader would expect one; empty else.
    pub(in crate::server::pages) amount: String,
    /// What overlays say of it: who, and what.
    pub(in crate::server::pages) notes: Vec<(String, String)>,
}

/// Words of a document.
pub(in crate::server::pages) struct QuoteView {
    /// The sentence as people name it.
    pub(in crate::server::pages) sentence: String,
    /// Where it stands.
    pub(in crate::server::pages) address: String,
    pub(in crate::server::pages) quote: String,
}

/// A support of another document that has to do with one.
pub(in crate::server::pages) struct RelationView {
    /// In what way.
    pub(in crate::server::pages) kind: String,
    pub(in crate::server::pages) id: String,
    pub(in crate::server::pages) title: String,
    pub(in crate::server::pages) policy: String,
    /// What it means for the firm.
    pub(in crate::server::pages) status: String,
    /// Where the two differ; empty if nothing is said of it.
    pub(in crate::server::pages) difference: String,
}

/// A question that is answered on the result page.
pub(in crate::server::pages) struct AskView {
    pub(in crate::server::pages) fact: String,
    pub(in crate::server::pages) question: String,
    /// The answers of a question with few; else it has a page.
    pub(in crate::server::pages) options: Vec<OptionView>,
    /// Whether only an office can answer it.
    pub(in crate::server::pages) by_office: bool,
}

/// One criterion.
pub(in crate::server::pages) struct CriterionView {
    pub(in crate::server::pages) state: &'static str,
    pub(in crate::server::pages) truth: String,
    pub(in crate::server::pages) label: String,
    pub(in crate::server::pages) values: String,
    pub(in crate::server::pages) basis: String,
}

/// The words of the text on amounts, or that it names none where a reader would expect one.
pub(in crate::server::pages) fn amount(
    support: &Support,
    kind: Option<&BenefitKind>,
    lang: Lang,
) -> String {
    match (&support.amount, kind.is_some_and(|kind| kind.amount)) {
        (Some(text), _) => lang.of(text).to_owned(),
        (None, true) => lang.of(&wording::no_amount()).to_owned(),
        (None, false) => String::new(),
    }
}

/// A label at the beginning of a line.
pub(in crate::server::pages) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

pub(super) struct Renderer<'a> {
    pub(super) advisor: &'a Advisor,
    pub(super) answer: &'a Answer<'a>,
    pub(super) progress: &'a Progress,
    pub(super) lang: Lang,
    pub(super) questions: Vec<Question>,
}

impl Renderer<'_> {
    fn of(&self, texts: &LocalizedText) -> String {
        self.lang.of(texts).to_owned()
    }

    fn fact(&self, id: FactId) -> &Fact {
        self.advisor.book().catalogue.fact(id)
    }

    fn between(&self) -> &'static str {
        if self.lang == Lang::Zh { "，" } else { ", " }
    }

    fn pair(&self, label: &str, value: &str) -> String {
        let colon = if self.lang == Lang::Zh { "：" } else { ": " };
        format!("{label}{colon}{value}")
    }

    /// A text in the brackets of the language.
    fn bracketed(&self, text: &str) -> String {
        if self.lang == Lang::Zh { format!("（{text}）") } else { format!(" ({text})") }
    }

    /// A fact's value as it was used, a range as the range.
    fn value(&self, id: FactId) -> String {
        let fact = self.fact(id);
        if let Some(range) = self.progress.ranges.get(&id) {
            return self.of(&range.label(fact));
        }
        match (self.answer.profile.value(id), &fact.kind) {
            (Value::Code(code), Kind::Code { format, .. }) => {
                let label = search::label(&self.advisor.book().reference, *format, code, self.lang);
                match self.lang {
                    Lang::Zh => label,
                    Lang::En => label.replace('（', " (").replace('）', ")"),
                }
            }
            _ => self.of(&used_value_text(self.answer, id)),
        }
    }

    /// What was answered.
    pub(super) fn recap(&self) -> Vec<RecapView> {
        let catalogue = &self.advisor.book().catalogue;
        let is_answered = |fact: &&Fact| {
            *self.answer.profile.value(fact.id) != Value::NotAnswered
                || self.progress.ranges.contains_key(&fact.id)
        };
        (catalogue.facts.iter().filter(is_answered))
            .map(|fact| RecapView {
                label: capital(self.lang.of(&fact.label)),
                value: self.value(fact.id),
                source: String::new(),
                why: String::new(),
                page: Page::of(fact).to_text(catalogue),
            })
            .collect()
    }

    /// One support.
    pub(super) fn support(&self, index: usize, support: &Support) -> SupportView {
        let answer = self.answer;
        let status = answer.status(index);
        let (window, reason) = support.window.state(answer.as_of);
        let window = match window {
            WindowState::Open => String::new(),
            closed => {
                let reason = reason.map_or("", |reason| self.lang.of(reason));
                let word = self.of(&wording::window(closed));
                if reason.is_empty() { word } else { self.pair(&word, reason) }
            }
        };
        let emphases: Vec<String> = (support.emphases.iter())
            .zip(self.advisor.plan.emphases.get(index).into_iter().flatten())
            .filter(|(_, node)| answer.truth(**node) == Truth::True)
            .map(|(emphasis, _)| self.of(&emphasis.label))
            .collect();
        let missing = answer.missing_for(index);
        let open = status == Status::Undetermined && window.is_empty();
        let asks = |ids: Vec<FactId>| -> Vec<AskView> {
            ids.into_iter().filter(|_| open).map(|id| self.ask(id)).collect()
        };
        let best = self.questions.iter().map(|question| question.fact);
        let questions = asks(best.filter(|id| missing.contains(*id)).collect());
        // What only an office can say is to be found out, whether or not the firm was ever asked.
        let to_find_out = |id: &FactId| {
            answer.profile.value(*id).is_asked_unknown()
                || self.fact(*id).decided_by_office && self.is_left_open(*id, &missing)
        };
        let unknown = asks(missing.iter().filter(to_find_out).collect());
        let alternatives = self.alternatives(index);
        let criteria = self.criteria(index, support);
        let reason = answer.excluded_by(index).map_or(String::new(), |by| {
            let decided: Vec<&str> = criteria.iter().map(|c| c.label.as_str()).collect();
            let only_for = wording::only_for(self.lang, &decided);
            only_for + &self.bracketed(self.lang.of(&wording::excluded_by(by)))
        });
        let book = self.advisor.book();
        let kind = book.kinds.get(support.kind);
        let policy = book.policies.at(support.policy);
        SupportView {
            id: support.id.clone(),
            status: status.as_str(),
            title: self.of(&support.title),
            summary: self.of(&support.summary),
            window,
            note: support.note.as_ref().map(|note| self.of(note)).unwrap_or_default(),
            emphases,
            reason,
            criteria,
            further: match questions.len() + unknown.len() {
                0 | 1 => String::new(),
                count => self.of(&wording::more_to_find_out(count - 1)),
            },
            questions,
            unknown,
            alternatives: if status == Status::DoesNotApply { alternatives } else { Vec::new() },
            channel: self.of(&wording::offices(support)),
            steps: offices::steps(self.advisor.book(), support, self.lang),
            confirm: support.confirm.iter().map(|text| self.of(text)).collect(),
            quotes: (support.citations.iter())
                .map(|c| QuoteView {
                    sentence: sentences::label(policy, c.sentence, self.lang),
                    address: sentences::address(book, policy, c.sentence, self.lang),
                    quote: c.quote.clone(),
                })
                .collect(),
            policy: match book.policies.len() {
                1 => String::new(),
                _ => self.of(&policy.name()),
            },
            relations: self.relations(index.into()),
            related: String::new(),
            see_also: (support.see_also.iter())
                .map(|r| {
                    let sure = r.confidence == "high";
                    (format!("{}{}", r.title, self.bracketed(&r.date)), sure, self.of(&r.says))
                })
                .collect(),
            amount: amount(support, kind, self.lang),
            notes: (answer.notes(index.into()))
                .map(|(overlay, note)| (self.of(&overlay.by), self.of(&note.text)))
                .collect(),
        }
    }

    /// How a support stands to one that stands above it.
    pub(super) fn related(&self, id: SupportId, above: &[SupportId]) -> String {
        let book = self.advisor.book();
        let support = book.supports.at(id);
        let relation = support.relations.iter().find(|relation| above.contains(&relation.to));
        relation.map_or_else(String::new, |relation| {
            let kind = self.of(&wording::relation(relation.kind.as_str()));
            let to = self.of(&book.supports.at(relation.to).title);
            let policy = self.of(&book.policies.at(support.policy).name());
            format!("{policy} · {}", self.pair(&kind, &to))
        })
    }

    /// The supports of other documents that have to do with one, as far as they apply or could.
    fn relations(&self, id: SupportId) -> Vec<RelationView> {
        let book = self.advisor.book();
        let applies = |id| self.answer.status(id) != Status::DoesNotApply;
        let here = book.related(id).filter(|other| applies(other.support));
        here.map(|related| {
            let support = book.supports.at(related.support);
            let window = self.answer.window(related.support);
            RelationView {
                kind: self.of(&wording::relation(related.kind)),
                id: support.id.clone(),
                title: self.of(&support.title),
                policy: self.of(&book.policies.at(support.policy).name()),
                status: self.of(&wording::standing(window, self.answer.status(related.support))),
                difference: related.difference.map(|text| self.of(text)).unwrap_or_default(),
            }
        })
        .collect()
    }

    /// Whether a fact follows from nothing that is still to be asked.
    fn is_left_open(&self, id: FactId, missing: &FactSet) -> bool {
        let open = missing.iter().filter(|id| !self.answer.profile.value(*id).is_asked_unknown());
        !self.advisor.plan.inputs.at(id).intersects(&open.collect())
    }

    fn ask(&self, id: FactId) -> AskView {
        let fact = self.fact(id);
        let few = fact.kind == Kind::Bool;
        let lang = self.lang;
        let empty = Vec::new();
        let options = if few {
            fields::view(&self.advisor.plan, self.progress, fact, &empty, None, lang).options
        } else {
            Vec::new()
        };
        let question = self.of(&fact.question);
        AskView { fact: fact.name.clone(), question, options, by_office: fact.decided_by_office }
    }

    /// The criteria of a support; of one that does not apply those that decided it.
    fn criteria(&self, index: usize, support: &Support) -> Vec<CriterionView> {
        let nodes = self.advisor.plan.criteria.get(index).into_iter().flatten();
        let by = self.answer.excluded_by(index);
        (support.criteria.iter().zip(nodes))
            .filter(|(criterion, node)| {
                by.is_none_or(|by| {
                    criterion.basis.excludes_by() == by && self.answer.truth(**node) == Truth::False
                })
            })
            .map(|(criterion, node)| {
                let truth = self.answer.truth(*node);
                // “A foreign trader: yes (a foreign trader: yes)” would repeat the label.
                let label = self.lang.of(&criterion.label);
                let repeats =
                    |fact: &Fact| fact.kind == Kind::Bool && self.lang.of(&fact.label) == label;
                let values: Vec<String> = (self.answer.reasons(*node).iter())
                    .filter(|reason| !repeats(self.fact(reason.fact)))
                    .map(|reason| {
                        let label = self.lang.of(&self.fact(reason.fact).label);
                        self.pair(label, &self.value(reason.fact))
                    })
                    .collect();
                CriterionView {
                    state: match truth {
                        Truth::True => "yes",
                        Truth::False => "no",
                        Truth::Unknown => "open",
                    },
                    truth: self.of(&wording::holds(truth)),
                    label: self.of(&criterion.label),
                    values: values.join(self.between()),
                    basis: self.of(&wording::basis(&criterion.basis)),
                }
            })
            .collect()
    }

    fn alternatives(&self, index: usize) -> Vec<String> {
        let changes = self.answer.changes(index);
        (changes.iter().take(4))
            .map(|change| {
                let needs: Vec<String> = change
                    .needs()
                    .map(|need| {
                        let fact = self.fact(need.fact);
                        let reference = &self.advisor.book().reference;
                        let value = wording::need(fact, reference, &need.domain);
                        self.pair(self.lang.of(&fact.label), self.lang.of(&value))
                    })
                    .collect();
                needs.join(self.between())
            })
            .collect()
    }
}
