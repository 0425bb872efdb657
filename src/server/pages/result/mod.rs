//! The result, as pages show it: the supports in groups, what was answered, what was inferred.
//!
//! In go an answer and the progress of a form, out come views for the result page, the printed sheet
//! and the text to copy. It decides nothing but how much is shown at once: where nothing concerns a firm,
//! a few supports to ask about, and the others folded.

use super::fields::{self, OptionView};
use super::interview::{self, Tally};
use super::offices::{self, ErrandView, LaterView, StepView};
use super::page::Page;
use super::progress::Progress;
use super::search;
use export_advisor_core::assessment::{
    Advisor, explanation, grouped, known_derived, partial_value_text, used_value_text, warnings,
};
use export_advisor_core::evaluate::{Answer, Counts, Group, Question};
use export_advisor_core::facts::{Fact, FactId, Kind, LocalizedText, Value};
use export_advisor_core::rulebook::{Status, Support, WindowState};
use export_advisor_core::truth::Truth;
use export_advisor_core::wording::{self, Lang};

/// The whole result.
pub(super) struct ResultView {
    pub(super) summary: String,
    /// Whether no support concerns the firm or could.
    pub(super) nothing: bool,
    pub(super) errands: Vec<ErrandView>,
    pub(super) later: Vec<LaterView>,
    pub(super) progress: String,
    pub(super) tally: Tally,
    pub(super) ended: String,
    /// How many questions were skipped.
    pub(super) skipped: String,
    pub(super) warnings: Vec<String>,
    pub(super) groups: Vec<GroupView>,
    pub(super) recap: Vec<RecapView>,
    pub(super) inferred: Vec<RecapView>,
    pub(super) closing: String,
    pub(super) as_of: String,
    pub(super) version: String,
    pub(super) policies: Vec<String>,
}

/// Supports under one heading.
pub(super) struct GroupView {
    pub(super) group: Group,
    /// The name of the group.
    pub(super) id: &'static str,
    pub(super) heading: String,
    pub(super) supports: Vec<SupportView>,
}

impl GroupView {
    /// Whether it is folded at first.
    pub(super) fn folded(&self) -> bool {
        self.group >= Group::DoesNotApply
    }

    /// Whether it stands on the sheet and in the text to copy.
    pub(super) fn printed(&self) -> bool {
        self.group < Group::DoesNotApply
    }
}

/// An answer, or what was inferred, with the page on which it is changed.
pub(super) struct RecapView {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) source: String,
    /// Why it has this value, as far as the rules say it.
    pub(super) why: String,
    pub(super) page: String,
}

/// One support.
pub(super) struct SupportView {
    pub(super) id: String,
    /// `applies`, `does_not_apply` or `undetermined`.
    pub(super) status: &'static str,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) window: String,
    pub(super) note: String,
    pub(super) emphases: Vec<String>,
    pub(super) criteria: Vec<CriterionView>,
    pub(super) questions: Vec<AskView>,
    /// What was asked, is not known, and could decide it.
    pub(super) unknown: Vec<AskView>,
    /// How many questions there are besides the first.
    pub(super) more: String,
    pub(super) alternatives: Vec<String>,
    /// Its offices, in one line.
    pub(super) channel: String,
    /// What to do, by office.
    pub(super) steps: Vec<StepView>,
    pub(super) confirm: Vec<String>,
    /// Sentence, quote.
    pub(super) quotes: Vec<(String, String)>,
    /// Title and date, whether it is sure, what it says.
    pub(super) see_also: Vec<(String, bool, String)>,
    /// What excludes the firm, if it does not apply.
    pub(super) reason: String,
    /// Whether a reader would expect an amount.
    pub(super) amount: bool,
}

/// A question that is answered on the result page.
pub(super) struct AskView {
    pub(super) fact: String,
    pub(super) question: String,
    /// The answers of a question with few; else it has a page.
    pub(super) options: Vec<OptionView>,
}

/// One criterion.
pub(super) struct CriterionView {
    pub(super) state: &'static str,
    pub(super) truth: String,
    pub(super) label: String,
    pub(super) values: String,
    pub(super) basis: String,
}

/// Puts an answer into views.
pub(super) fn view(
    advisor: &Advisor,
    answer: &Answer<'_>,
    progress: &Progress,
    lang: Lang,
) -> ResultView {
    let book = advisor.book();
    let of = |texts: &LocalizedText| lang.of(texts).to_owned();
    let renderer = Renderer { advisor, answer, progress, lang, questions: answer.questions(None) };
    let Counts { applies, undetermined, .. } = answer.counts();
    let nothing = applies == 0 && undetermined == 0;
    let grouped = grouped(advisor, answer);
    let groups = Group::ALL.into_iter().filter_map(|wanted| {
        let members = grouped.iter().filter(|(group, _)| *group == wanted);
        let supports: Vec<SupportView> =
            members.map(|(_, id)| renderer.support(id.index(), book.supports.at(*id))).collect();
        let heading = of(&wording::heading(wanted));
        (!supports.is_empty()).then_some(GroupView {
            group: wanted,
            id: wanted.as_str(),
            heading,
            supports,
        })
    });
    let tally = interview::tally(answer, progress);
    ResultView {
        summary: of(&wording::summary(answer)),
        nothing,
        errands: offices::errand_list(advisor, answer, lang),
        later: offices::later(book, lang),
        progress: of(&wording::progress(tally.decided, tally.questions, tally.skipped)),
        tally,
        ended: of(&wording::no_question(answer)),
        skipped: of(&wording::skipped(tally.skipped)),
        warnings: notes(answer, progress, lang),
        groups: groups.collect(),
        recap: renderer.recap(),
        inferred: inferred(answer, lang),
        closing: of(&wording::closing_line()),
        as_of: answer.as_of.to_string(),
        version: book.version.clone(),
        policies: policies(advisor, lang),
    }
}

/// The documents by number and title.
pub(super) fn policies(advisor: &Advisor, lang: Lang) -> Vec<String> {
    let policies = advisor.book().policies.iter();
    policies.map(|p| format!("{} {}", p.number, lang.of(&p.title))).collect()
}

/// What a person should check.
pub(super) fn notes(answer: &Answer<'_>, progress: &Progress, lang: Lang) -> Vec<String> {
    let messages = warnings(answer).into_iter().map(|w| lang.of(&w.message).to_owned());
    messages.chain(ambiguous_ranges(answer, progress, lang)).collect()
}

/// The ranges that say too little since another answer changed.
pub(super) fn ambiguous_ranges(
    answer: &Answer<'_>,
    progress: &Progress,
    lang: Lang,
) -> Vec<String> {
    let catalogue = &answer.plan.book.catalogue;
    let texts =
        progress.ambiguous.iter().map(|id| wording::range_too_wide(&catalogue.fact(id).label));
    texts.map(|text| lang.of(&text).to_owned()).collect()
}

/// What follows from the answers, and from which list or rule.
pub(super) fn inferred(answer: &Answer<'_>, lang: Lang) -> Vec<RecapView> {
    let book = &answer.plan.book;
    known_derived(answer)
        .filter(|(nodes, _)| !answer.is_stated(nodes.fact))
        .map(|(nodes, stage)| {
            let fact = book.catalogue.fact(nodes.fact);
            let from: Vec<&str> = (answer.follows_from(nodes).iter())
                .map(|id| lang.of(&book.catalogue.fact(id).label))
                .collect();
            let source = book.derivations.get(nodes.derivation).map_or("", |d| d.source.as_str());
            let from = from.join(if lang == Lang::Zh { "、" } else { ", " });
            RecapView {
                label: capital(lang.of(&fact.label)),
                value: lang.of(&partial_value_text(answer.plan, fact, &stage)).to_owned(),
                source: wording::inferred_from(lang, &from, source),
                why: explanation(answer, nodes)
                    .map_or(String::new(), |why| lang.of(&why).to_owned()),
                page: Page::Fact(fact.id).to_text(&book.catalogue),
            }
        })
        .collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

struct Renderer<'a> {
    advisor: &'a Advisor,
    answer: &'a Answer<'a>,
    progress: &'a Progress,
    lang: Lang,
    questions: Vec<Question>,
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
        if let (Some(range), Kind::Number { unit, whole, .. }) =
            (self.progress.ranges.get(&id), &fact.kind)
        {
            return self.of(&wording::range(range.from, range.below, *whole, unit));
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

    fn recap(&self) -> Vec<RecapView> {
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

    fn support(&self, index: usize, support: &Support) -> SupportView {
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
        let asked = |id: &FactId| answer.profile.value(*id).is_asked_unknown();
        let unknown = asks(missing.iter().filter(asked).collect());
        let alternatives = self.alternatives(index);
        let criteria = self.criteria(index, support);
        let reason = answer.excluded_by(index).map_or(String::new(), |by| {
            let decided: Vec<&str> = criteria.iter().map(|c| c.label.as_str()).collect();
            let only_for = wording::only_for(self.lang, &decided);
            only_for + &self.bracketed(self.lang.of(&wording::excluded_by(by)))
        });
        let kind = self.advisor.book().kinds.get(support.kind);
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
            more: self.of(&wording::more_questions(questions.len().saturating_sub(1))),
            questions,
            unknown,
            alternatives: if status == Status::DoesNotApply { alternatives } else { Vec::new() },
            channel: self.of(&wording::offices(support)),
            steps: offices::steps(self.advisor.book(), support, self.lang),
            confirm: support.confirm.iter().map(|text| self.of(text)).collect(),
            quotes: (support.citations.iter())
                .map(|c| (c.sentence.to_string(), c.quote.clone()))
                .collect(),
            see_also: (support.see_also.iter())
                .map(|r| {
                    let sure = r.confidence == "high";
                    (format!("{}{}", r.title, self.bracketed(&r.date)), sure, self.of(&r.says))
                })
                .collect(),
            amount: kind.is_some_and(|kind| kind.amount),
        }
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
        AskView { fact: fact.name.clone(), question, options }
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
