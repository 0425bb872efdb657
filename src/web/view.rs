//! The answer, as the page shows it.

use crate::assessment::{Advisor, group, known_derived, stage_texts, used_texts, warnings};
use crate::evaluate::Answer;
use crate::facts::{FactId, Texts};
use crate::rulebook::{Status, Support};
use crate::wording::{self, Lang};

/// The whole answer.
pub(super) struct AnswerView {
    pub(super) summary: String,
    pub(super) warnings: Vec<String>,
    /// Label, value, source.
    pub(super) assumptions: Vec<(String, String, String)>,
    pub(super) sections: Vec<SectionView>,
    pub(super) questions: Vec<(String, usize)>,
    /// The facts to ask next.
    pub(super) next: Vec<FactId>,
    /// What is said when no question is left.
    pub(super) ended: String,
    pub(super) closing: String,
    pub(super) version: String,
    pub(super) as_of: String,
}

/// Supports under one heading.
pub(super) struct SectionView {
    pub(super) heading: String,
    pub(super) folded: bool,
    pub(super) supports: Vec<SupportView>,
}

/// One support.
pub(super) struct SupportView {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) access: String,
    pub(super) window: Option<String>,
    pub(super) note: Option<String>,
    pub(super) criteria: Vec<CriterionView>,
    pub(super) missing: Vec<String>,
    pub(super) ways: Vec<String>,
    pub(super) channel: String,
    pub(super) ask: String,
    pub(super) confirm: Vec<String>,
    /// Sentence, quote.
    pub(super) quotes: Vec<(String, String)>,
    /// Title and date, confidence, what it says.
    pub(super) see_also: Vec<(String, String, String)>,
    pub(super) applies: bool,
}

/// One criterion.
pub(super) struct CriterionView {
    pub(super) mark: &'static str,
    pub(super) truth: String,
    pub(super) label: String,
    pub(super) values: String,
    pub(super) basis: String,
}

/// Puts an answer into words.
pub(super) fn answer(advisor: &Advisor, answer: &Answer<'_>, lang: Lang) -> AnswerView {
    let book = advisor.book();
    let of = |texts: &Texts| lang.of(texts).to_owned();
    let assumptions = known_derived(answer).filter(|(nodes, _)| !answer.is_stated(nodes.fact)).map(
        |(nodes, stage)| {
            let fact = book.catalogue.fact(nodes.fact);
            let source = book.derivations.get(nodes.derivation).map(|d| d.source.clone());
            let value = stage_texts(answer, fact, &stage);
            (of(&fact.label), of(&value), source.unwrap_or_default())
        },
    );
    let sections = (0..5).filter_map(|wanted| {
        let supports: Vec<SupportView> = (book.supports.iter().enumerate())
            .filter(|(place, s)| group(answer, *place, s) == wanted)
            .map(|(place, s)| support(advisor, answer, place, s, lang))
            .collect();
        (!supports.is_empty()).then(|| SectionView {
            heading: of(&wording::heading(wanted)),
            folded: wanted >= 3,
            supports,
        })
    });
    let questions = answer.questions(None).into_iter().take(6).map(|question| {
        (of(&book.catalogue.fact(question.fact).question), question.supports.len())
    });
    AnswerView {
        summary: of(&wording::summary(answer)),
        warnings: warnings(answer).iter().map(|w| of(&w.message)).collect(),
        assumptions: assumptions.collect(),
        sections: sections.collect(),
        next: answer.questions(None).iter().map(|question| question.fact).collect(),
        questions: questions.collect(),
        ended: of(&wording::no_question(answer)),
        closing: of(&wording::closing_line()),
        version: book.version.clone(),
        as_of: answer.as_of.to_string(),
    }
}

fn support(
    advisor: &Advisor,
    answer: &Answer<'_>,
    place: usize,
    support: &Support,
    lang: Lang,
) -> SupportView {
    let book = advisor.book();
    let of = |texts: &Texts| lang.of(texts).to_owned();
    let between = if lang == Lang::Zh { "，" } else { ", " };
    let fact = |id| book.catalogue.fact(id);
    let nodes = advisor.plan.criteria.get(place).into_iter().flatten();
    let criteria = support.criteria.iter().zip(nodes).map(|(criterion, node)| {
        let truth = answer.truth(*node);
        let values: Vec<String> = (answer.reasons(*node).iter())
            .map(|reason| {
                let label = lang.of(&fact(reason.fact).label).to_owned();
                format!("{label}：{}", lang.of(&used_texts(answer, reason.fact)))
            })
            .collect();
        CriterionView {
            mark: match truth {
                crate::truth::Truth::True => "✓",
                crate::truth::Truth::False => "✗",
                crate::truth::Truth::Unknown => "?",
            },
            truth: of(&wording::truth(truth)),
            label: of(&criterion.label),
            values: values.join(between),
            basis: of(&wording::basis(&criterion.basis)),
        }
    });
    let ways = answer.changes(place).into_iter().take(4).map(|change| {
        let needs = change.needs();
        let told: Vec<String> = needs
            .map(|need| {
                let value = wording::need(fact(need.fact), &book.reference, &need.accept);
                format!("{}：{}", lang.of(&fact(need.fact).label), lang.of(&value))
            })
            .collect();
        told.join(between)
    });
    let (window, reason) = support.window.state(answer.as_of);
    let ended = (window != crate::rulebook::WindowState::Open).then(|| {
        format!("{} {}", lang.of(&wording::window(window)), reason.map_or("", |r| lang.of(r)))
    });
    SupportView {
        id: support.id.clone(),
        title: of(&support.title),
        summary: of(&support.summary),
        access: of(&wording::access(support.access)),
        window: ended,
        note: support.note.as_ref().map(of),
        criteria: criteria.collect(),
        missing: answer.missing_for(place).iter().map(|id| of(&fact(id).label)).collect(),
        ways: ways.collect(),
        channel: of(&support.channel),
        ask: of(&support.ask),
        confirm: support.confirm.iter().map(of).collect(),
        quotes: (support.citations.iter())
            .map(|c| (c.sentence.to_string(), c.quote.clone()))
            .collect(),
        see_also: (support.see_also.iter())
            .map(|r| (format!("{}（{}）", r.title, r.date), r.confidence.clone(), of(&r.says)))
            .collect(),
        applies: answer.status(place) == Status::Applies,
    }
}
