//! `GET /supports/{id}`: one support, without a firm.
//!
//! The sentence that it rests on in its paragraph, its criteria with their basis and their conditions in words, what
//! excludes, what has to be known, the offices, and what other rules say. The button that asks whether it concerns the
//! firm leads to the guided form, which then asks for nothing else.

use super::marks::{Marked, mark};
use super::measures::{MeasureChoice, measure_label, title};
use super::outline::OutlineView;
use crate::server::api::error::Problem;
use crate::server::app::App;
use crate::server::clock::today;
use crate::server::pages::frame::{Frame, send};
use crate::server::pages::interview::is_asked_for;
use crate::server::pages::missing;
use crate::server::pages::offices::{self, StepView};
use crate::server::pages::result::amount;
use crate::server::pages::sentences;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{Fact, LocalizedText, Profile};
use export_advisor_core::policy::{Sentence, SentenceId};
use export_advisor_core::rulebook::{
    Access, Basis, Citation, Criterion, Policy, RuleBook, Support, SupportId, WindowState,
};
use export_advisor_core::wording::{self, Lang};
use jiff::civil::Date;

#[derive(Template)]
#[template(path = "support-page.html")]
struct SupportPage {
    f: Frame,
    id: String,
    title: String,
    summary: String,
    kind: String,
    access: String,
    is_indirect: bool,
    /// Number and title of its measure.
    measure: String,
    /// The measure as the list of supports takes it.
    measure_value: String,
    relations: Vec<RelationView>,
    /// Its window with the reason, if it is not open; then nobody is asked whether it concerns the firm.
    window: String,
    note: String,
    emphases: Vec<String>,
    may: String,
    may_not: Vec<String>,
    paragraphs: Vec<ParagraphView>,
    criteria: Vec<CriterionView>,
    needed: Vec<String>,
    by_office: Vec<String>,
    steps: Vec<StepView>,
    confirm: Vec<String>,
    amount: String,
    /// What overlays say of it: who, and what.
    notes: Vec<(String, String)>,
    /// Title and date, whether it is sure, what it says.
    see_also: Vec<(String, bool, String)>,
    later: Vec<String>,
    policy: String,
    /// Where and when the document holds.
    scope: Vec<String>,
    /// The day on which its rules were last compared with the text; empty if nobody wrote it down.
    checked: String,
    as_of: String,
    version: String,
}

/// A support of another document that has to do with this one.
struct RelationView {
    kind: String,
    id: String,
    title: String,
    policy: String,
    /// Where its document holds; empty if everywhere.
    area: String,
    /// Where the two differ; empty if nothing is said of it.
    difference: String,
}

/// The paragraphs of a measure.
struct ParagraphView {
    /// The measure in the language of the page.
    label: String,
    /// The bold title of the text.
    heading: String,
    sentences: Vec<SentenceView>,
    /// The sentences that are cited: address and label.
    cited: Vec<(String, String)>,
}

/// A sentence, whose words are marked where the support rests on them.
struct SentenceView {
    is_cited: bool,
    /// Whether it begins a paragraph or an item other than the first.
    begins: bool,
    text: Marked,
}

/// A criterion, without a firm.
struct CriterionView {
    label: String,
    basis: String,
    /// Whether the cited words say it.
    is_stated: bool,
    /// Its condition; nothing if that says no more than the label.
    outline: Option<OutlineView>,
    /// By which rule or list its facts follow from others.
    sources: Vec<String>,
}

/// Shows a support.
pub(crate) async fn show(
    app: web::Data<App>,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (f, advisor) = (Frame::new(&request), app.advisor());
    let Some((index, support)) = advisor.book().find(&id) else {
        return missing::not_found(&request, ["/supports"].into_iter());
    };
    send(StatusCode::OK, &page(&advisor, (index, support), today(), f))
}

fn page(
    advisor: &Advisor,
    (id, support): (SupportId, &Support),
    today: Date,
    f: Frame,
) -> SupportPage {
    let (book, lang) = (advisor.book(), f.lang);
    let of = |texts: &LocalizedText| lang.of(texts).to_owned();
    let kind = book.kinds.get(support.kind);
    let policy = book.policies.at(support.policy);
    let (needed, by_office) = needed(advisor, id, today, lang);
    SupportPage {
        id: support.id.clone(),
        title: of(&support.title),
        summary: of(&support.summary),
        kind: kind.map(|kind| of(&kind.label)).unwrap_or_default(),
        access: of(&wording::access(support.access)),
        is_indirect: support.access == Access::Indirect,
        measure: measure_label(
            policy,
            support.measure,
            &title(policy, support.measure, lang),
            lang,
        ),
        measure_value: MeasureChoice { policy: support.policy, number: support.measure }
            .to_text(book),
        relations: relations(book, id, lang),
        window: window(support, today, lang),
        note: support.note.as_ref().map(of).unwrap_or_default(),
        emphases: support.emphases.iter().map(|emphasis| of(&emphasis.label)).collect(),
        may: of(&wording::who_may(support)),
        may_not: wording::who_may_not(support).iter().map(of).collect(),
        paragraphs: paragraphs(book, policy, &support.citations, lang),
        criteria: support.criteria.iter().map(|one| criterion(book, one, lang)).collect(),
        needed,
        by_office,
        steps: offices::steps(book, support, lang),
        confirm: support.confirm.iter().map(of).collect(),
        amount: amount(support, kind, lang),
        // Where the firm is, is not known here.
        notes: (book.notes(id).filter(|(_, note)| note.area.is_empty()))
            .map(|(overlay, note)| (of(&overlay.by), of(&note.text)))
            .collect(),
        see_also: (support.see_also.iter())
            .map(|rule| {
                let title = match lang {
                    Lang::Zh => format!("{}（{}）", rule.title, rule.date),
                    Lang::En => format!("{} ({})", rule.title, rule.date),
                };
                (title, rule.confidence == "high", of(&rule.says))
            })
            .collect(),
        later: (policy.later.iter())
            .filter(|document| document.measures.contains(&support.measure))
            .map(|document| of(&wording::later_document(document)))
            .collect(),
        policy: format!("{} {}", policy.number, lang.of(&policy.title)).trim_start().to_owned(),
        scope: wording::scope(policy, today).iter().map(of).collect(),
        checked: (policy.measures.iter())
            .find(|measure| measure.number == support.measure)
            .and_then(|measure| measure.checked)
            .map_or_else(String::new, |day| day.to_string()),
        as_of: today.to_string(),
        version: book.version.clone(),
        f,
    }
}

/// The window of a support with the reason; empty if it is open.
fn window(support: &Support, today: Date, lang: Lang) -> String {
    let (state, reason) = support.window.state(today);
    if state == WindowState::Open {
        return String::new();
    }
    let state = wording::window(state);
    match (reason, lang) {
        (None, lang) => lang.of(&state).to_owned(),
        (Some(reason), Lang::Zh) => format!("{}：{}", state.zh, reason.zh),
        (Some(reason), Lang::En) => format!("{}: {}", state.en, reason.en),
    }
}

/// The paragraphs of the measures that are cited.
fn paragraphs(
    book: &RuleBook,
    policy: &Policy,
    citations: &[Citation],
    lang: Lang,
) -> Vec<ParagraphView> {
    let cited = |number: u8| citations.iter().filter(move |c| c.sentence.measure == number);
    (policy.text.measures.iter())
        .filter(|measure| cited(measure.number).next().is_some())
        .map(|measure| {
            let mut ids: Vec<SentenceId> = cited(measure.number).map(|c| c.sentence).collect();
            ids.sort_unstable();
            ids.dedup();
            let mut last = measure.sentences.first().map(|first| (first.id.paragraph, first.item));
            let sentences = measure.sentences.iter().map(|Sentence { id, range, item }| {
                let at = (id.paragraph, *item);
                let begins = last.replace(at) != Some(at);
                let words = cited(measure.number).filter(|c| c.sentence == *id);
                let words = words.map(|citation| {
                    let within = |at: usize| at.saturating_sub(range.start);
                    within(citation.range.start)..within(citation.range.end)
                });
                SentenceView {
                    is_cited: ids.contains(id),
                    begins,
                    text: mark(policy.text.slice(range), words.collect()),
                }
            });
            let heading = policy.text.slice(&measure.title);
            let number = measure.number;
            ParagraphView {
                label: measure_label(policy, number, &title(policy, number, lang), lang),
                heading: if heading.is_empty() { String::new() } else { format!("{heading}。") },
                sentences: sentences.collect(),
                cited: (ids.iter())
                    .map(|id| {
                        let label = sentences::label(policy, *id, lang);
                        (sentences::address(book, policy, *id, lang), label)
                    })
                    .collect(),
            }
        })
        .collect()
}

/// What documents of other places or levels say of the same.
fn relations(book: &RuleBook, id: SupportId, lang: Lang) -> Vec<RelationView> {
    let related = book.related(id).map(|related| {
        let support = book.supports.at(related.support);
        let policy = book.policies.at(support.policy);
        let area = policy.area.as_ref().map(|area| lang.of(&area.name).to_owned());
        RelationView {
            kind: lang.of(&wording::relation(related.kind)).to_owned(),
            id: support.id.clone(),
            title: lang.of(&support.title).to_owned(),
            policy: lang.of(&policy.name()).to_owned(),
            area: area.unwrap_or_default(),
            difference: related.difference.map(|text| lang.of(text).to_owned()).unwrap_or_default(),
        }
    });
    related.collect()
}

fn criterion(book: &RuleBook, criterion: &Criterion, lang: Lang) -> CriterionView {
    let catalogue = &book.catalogue;
    let outline = wording::outline(catalogue, &book.reference, &criterion.condition);
    let outline = OutlineView::new(&outline, lang);
    let label = lang.of(&criterion.label).to_owned();
    let facts = criterion.condition.facts();
    let derived = facts.iter().filter_map(|id| Some((catalogue.fact(id), book.derivation(id)?)));
    let source = |fact: &Fact, source: &str| {
        let label = lang.of(&fact.label);
        match lang {
            Lang::Zh => format!("“{label}”怎么看：{source}"),
            Lang::En => format!("“{label}” is worked out by: {source}"),
        }
    };
    CriterionView {
        basis: lang.of(&wording::basis(&criterion.basis)).to_owned(),
        is_stated: criterion.basis == Basis::Stated,
        sources: derived.map(|(fact, derivation)| source(fact, &derivation.source)).collect(),
        outline: Some(outline).filter(|outline| outline.line != label),
        label,
    }
}

/// What has to be known for a verdict: what a firm knows itself, and what only an office can say.
fn needed(
    advisor: &Advisor,
    support: SupportId,
    today: Date,
    lang: Lang,
) -> (Vec<String>, Vec<String>) {
    let catalogue = &advisor.book().catalogue;
    let nobody = Profile::empty(catalogue);
    let answer = Answer::new(&advisor.plan, &nobody, today);
    let missing = answer.missing_for(support);
    // What follows from other facts is asked for only where those are not known.
    let follows =
        |fact: &Fact| fact.rank.is_none() && advisor.plan.inputs.at(fact.id).intersects(&missing);
    let facts = || missing.iter().map(|id| catalogue.fact(id)).filter(|fact| !follows(fact));
    let question = |fact: &Fact| lang.of(&fact.question).to_owned();
    (
        facts().filter(|fact| is_asked_for(fact, true)).map(question).collect(),
        facts().filter(|fact| fact.decided_by_office).map(question).collect(),
    )
}
