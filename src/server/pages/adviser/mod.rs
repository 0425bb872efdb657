//! The adviser's page: all facts on one page, the result beside them.
//!
//! The answers are the fields themselves, so nothing is carried; the result carries the signed state
//! to the sheet, the text and the guided form. A derived fact has a field if it has a rank, was
//! given, or is among the questions of the answer.

use super::fields::{self, FieldInput, FieldView, Pairs, sent};
use super::form::summary_line;
use super::frame::{Frame, send};
use super::page::Page;
use super::progress::{Progress, clean_name};
use super::result::{self, ResultView};
use crate::server::api::error::Problem;
use crate::server::app::App;
use crate::server::clock::today;
use crate::server::http::body::Body;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{FactId, FactSet, Together, Value};
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

/// The page without answers.
pub(crate) async fn empty(
    app: web::Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    show(&app, Frame::new(&request), None)
}

/// The page with the answers that were submitted, and the result.
pub(crate) async fn submit(
    app: web::Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> Result<HttpResponse, Problem> {
    let pairs = fields::pairs(&body)?;
    show(&app, Frame::new(&request), Some(&pairs))
}

fn show(app: &App, frame: Frame, submitted: Option<&Pairs>) -> Result<HttpResponse, Problem> {
    let lang = frame.lang;
    let advisor = app.advisor();
    let plan = &advisor.plan;
    let catalogue = &plan.book.catalogue;
    let none = Pairs::new();
    let pairs = submitted.unwrap_or(&none);
    let mut progress = Progress::new(plan);
    let mut invalid: Vec<(FactId, ValidationError)> = Vec::new();
    for fact in &catalogue.facts {
        match fields::read(plan, fact, pairs) {
            Ok(FieldInput::Nothing) => {}
            Ok(FieldInput::Range(range)) => progress.answer_range(plan, fact.id, range),
            Ok(FieldInput::Value(value, notices)) => {
                progress.answer(plan, fact.id, value);
                progress.profile.notices.extend(notices);
            }
            Err(error) => invalid.push((fact.id, error)),
        }
    }
    // A person who goes on from here to the guided form has filled in the pages with several questions; what is empty
    // was left out.
    for together in [Together::Basics, Together::Size] {
        let facts = catalogue.facts.iter().filter(|fact| fact.together == Some(together));
        let empty: FactSet = facts.map(|fact| fact.id).filter(|id| !progress.has(*id)).collect();
        progress.skipped.extend(&empty);
        progress.pass(Page::Several(together));
    }
    progress.history.clear();
    progress.last = None;
    let answer = Answer::new(plan, &progress.profile, today());
    let next = answer.questions(None);
    let mut groups: Vec<FactsView> = Vec::new();
    let mut last = usize::MAX;
    let mut errors = Vec::new();
    for fact in &catalogue.facts {
        let error = invalid.iter().find(|(id, _)| *id == fact.id).map(|(_, error)| error);
        let wanted = !plan.is_derived(fact.id)
            || fact.rank.is_some()
            || error.is_some()
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
        let view = fields::view(plan, &progress, fact, pairs, error, lang);
        if let Some(error) = error {
            errors.push((view.id.clone(), summary_line(&fact.label, error, lang)));
        }
        if let Some(group) = groups.last_mut() {
            group.fields.push(view);
        }
    }
    let shown = submitted.is_some() && errors.is_empty();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    progress.name = clean_name(sent(pairs, "name").unwrap_or("")).unwrap_or_default();
    let page = AdviserPage {
        state: app.form_key.sign(&progress.to_text(plan)),
        groups,
        errors,
        notes: Vec::new(),
        result: shown.then(|| result::view(&advisor, &answer, &progress, lang)),
        f: frame,
    };
    send(status, &page)
}
