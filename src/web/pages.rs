//! The pages and their routes.

use super::form::{self, GroupView, Submission};
use super::view::{self, AnswerView};
use crate::api::{Body, Problem, ProblemCode, State};
use crate::evaluate::Answer;
use crate::facts::{FactId, Format};
use crate::wording::Lang;
use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

/// What a page may load: its own style sheet, and nothing else.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    zh: bool,
    policies: Vec<String>,
    groups: Vec<GroupView>,
    /// Anchor, message.
    errors: Vec<(String, String)>,
    answer: Option<AnswerView>,
    divisions: Vec<(String, String)>,
    industries: Vec<(String, String)>,
}

#[derive(Debug, Deserialize)]
struct PageParams {
    lang: Option<String>,
}

/// Adds the pages.
pub fn configure(config: &mut web::ServiceConfig) {
    let page = web::resource("/")
        .wrap(
            DefaultHeaders::new()
                .add(("Content-Security-Policy", CONTENT_POLICY))
                .add(("X-Content-Type-Options", "nosniff"))
                .add(("Referrer-Policy", "no-referrer"))
                .add(("Cache-Control", "no-store")),
        )
        .route(web::get().to(start))
        .route(web::post().to(submit));
    config.service(page).service(web::resource("/assets/style.css").route(web::get().to(style)));
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header(("Cache-Control", "public, max-age=3600"))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .body(include_str!("assets/style.css"))
}

async fn start(
    state: web::Data<State>,
    request: HttpRequest,
    params: Result<web::Query<PageParams>, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let lang = language(asked_for(&params), &request);
    let advisor = state.advisor();
    let submission = Submission::empty(&advisor.book().catalogue);
    render(&state, &submission, None, lang)
}

async fn submit(
    state: web::Data<State>,
    request: HttpRequest,
    params: Result<web::Query<PageParams>, actix_web::Error>,
    Body(body): Body,
) -> Result<HttpResponse, Problem> {
    let lang = language(asked_for(&params), &request);
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_bytes(&body).map_err(|_| Problem::new(ProblemCode::BadBody))?;
    let advisor = state.advisor();
    let submission = Submission::read(&advisor.plan, &pairs);
    let answer = submission.faults.is_empty().then(|| {
        let answer = Answer::new(&advisor.plan, &submission.profile, state.today());
        view::answer(&advisor, &answer, lang)
    });
    render(&state, &submission, answer, lang)
}

fn render(
    state: &State,
    submission: &Submission,
    answer: Option<AnswerView>,
    lang: Lang,
) -> Result<HttpResponse, Problem> {
    let advisor = state.advisor();
    let book = advisor.book();
    let next: Vec<FactId> = answer.iter().flat_map(|answer| answer.next.clone()).collect();
    let groups = form::groups(&advisor.plan, submission, &next, lang);
    let fields = groups.iter().flat_map(|group| &group.fields);
    let errors: Vec<(String, String)> =
        fields.filter_map(|field| Some((field.name.clone(), field.error.clone()?))).collect();
    let failed = !errors.is_empty();
    let page = Page {
        zh: lang == Lang::Zh,
        policies: book
            .policies
            .iter()
            .map(|p| format!("{} {}", p.number, lang.of(&p.title)))
            .collect(),
        errors,
        groups,
        answer,
        divisions: form::choices(&book.reference, Format::Division),
        industries: form::choices(&book.reference, Format::Industry),
    };
    let html = page.render().map_err(|_| Problem::new(ProblemCode::Internal))?;
    let mut response =
        if failed { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    Ok(response.content_type("text/html; charset=utf-8").body(html))
}

fn asked_for(params: &Result<web::Query<PageParams>, actix_web::Error>) -> Option<&str> {
    params.as_ref().ok().and_then(|params| params.lang.as_deref())
}

/// The language that was asked for, else the browser's, else Chinese.
fn language(asked: Option<&str>, request: &HttpRequest) -> Lang {
    match asked {
        Some("en") => Lang::En,
        Some("zh") => Lang::Zh,
        _ => {
            let header = request.headers().get(ACCEPT_LANGUAGE).and_then(|h| h.to_str().ok());
            let first = header.unwrap_or("").trim().to_lowercase();
            if first.starts_with("en") { Lang::En } else { Lang::Zh }
        }
    }
}
