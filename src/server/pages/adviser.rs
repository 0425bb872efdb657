//! The adviser's page: all facts on one page, the result beside them.
//!
//! The answers are the fields themselves, so nothing is carried; the result carries the sealed state
//! to the sheet, the text and the guided form. A derived fact has a field if it has a rank, was
//! given, or is among the questions of the answer.

use super::fields::{self, FieldView, Given, Pairs, sent};
use super::frame::{Frame, send as send_page};
use super::interview::Page;
use super::progress::Progress;
use super::result::{self, ResultView};
use super::routes::Pages;
use crate::server::api::{Body, Problem, State};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{FactId, Together, Value};
use export_advisor_core::wording::ValidationError;

/// Fields under one heading.
struct FactsView {
    label: String,
    fields: Vec<FieldView>,
}

#[derive(Template)]
#[template(path = "adviser.html")]
struct AdviserPage {
    f: Frame,
    state: String,
    groups: Vec<FactsView>,
    errors: Vec<(String, String)>,
    notes: Vec<String>,
    result: Option<ResultView>,
}

pub(super) async fn empty(
    state: web::Data<State>,
    pages: web::Data<Pages>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    show(&state, &pages, &request, None)
}

pub(super) async fn send(
    state: web::Data<State>,
    pages: web::Data<Pages>,
    request: HttpRequest,
    body: Result<Body, Problem>,
) -> Result<HttpResponse, Problem> {
    let Body(body) = body?;
    let pairs = fields::pairs(&body)?;
    show(&state, &pages, &request, Some(&pairs))
}

fn show(
    state: &State,
    pages: &Pages,
    request: &HttpRequest,
    sent_pairs: Option<&Pairs>,
) -> Result<HttpResponse, Problem> {
    let frame = Frame::of(request);
    let lang = frame.lang;
    let advisor = state.advisor();
    let plan = &advisor.plan;
    let catalogue = &plan.book.catalogue;
    let none = Pairs::new();
    let pairs = sent_pairs.unwrap_or(&none);
    let mut progress = Progress::new(plan);
    let mut slips: Vec<(FactId, ValidationError)> = Vec::new();
    for fact in &catalogue.facts {
        match fields::read(plan, fact, pairs) {
            Ok(Given::Nothing) => {}
            Ok(Given::Range(range)) => progress.answer_range(plan, fact.id, range),
            Ok(Given::Value(value, notices)) => {
                progress.answer(plan, fact.id, value);
                progress.profile.notices.extend(notices);
            }
            Err(slip) => slips.push((fact.id, slip)),
        }
    }
    // Whoever goes on from here to the guided form has filled in the pages with several questions.
    for together in [Together::Basics, Together::Size] {
        progress.pass(Page::Several(together));
    }
    progress.trail.clear();
    progress.last = None;
    let answer = Answer::new(plan, &progress.profile, state.today());
    let next = answer.questions(None);
    let mut groups: Vec<FactsView> = Vec::new();
    let mut last = usize::MAX;
    let mut errors = Vec::new();
    for fact in &catalogue.facts {
        let slip = slips.iter().find(|(id, _)| *id == fact.id).map(|(_, slip)| slip);
        let wanted = !plan.is_derived(fact.id)
            || fact.rank.is_some()
            || slip.is_some()
            || next.iter().any(|question| question.fact == fact.id)
            || *progress.profile.value(fact.id) != Value::NotAnswered;
        if !wanted {
            continue;
        }
        if fact.group != last {
            last = fact.group;
            let label = catalogue.groups.get(last).map_or("", |group| lang.of(&group.label));
            groups.push(FactsView { label: label.to_owned(), fields: Vec::new() });
        }
        let view = fields::view(plan, &progress, fact, pairs, slip, lang);
        if !view.error.is_empty() {
            errors.push((view.id.clone(), view.error.clone()));
        }
        if let Some(group) = groups.last_mut() {
            group.fields.push(view);
        }
    }
    let shown = sent_pairs.is_some() && errors.is_empty();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    progress.name =
        super::progress::clean_name(sent(pairs, "name").unwrap_or("")).unwrap_or_default();
    let page = AdviserPage {
        state: pages.key.seal(&progress.to_text(plan)),
        groups,
        errors,
        notes: Vec::new(),
        result: shown.then(|| result::view(&advisor, &answer, &progress, lang)),
        f: frame,
    };
    send_page(status, &page)
}
