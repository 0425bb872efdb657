//! The start page.
//!
//! In go the answers of a link that fills in the form ([`prefill`]), out comes the page; what a link
//! carries and the form does not use is left out, and the page says so. The answers come in a body, sent by the script
//! of the page, or in the parameters of an older link.

use super::frame::{Frame, send};
use super::lookup::measures::{MeasuresView, measures};
use super::pages_left::pages_in_all;
use super::sentences::policy_line;
use super::{fields, prefill};
use crate::server::api::error::Problem;
use crate::server::app::App;
use crate::server::clock::today;
use crate::server::http::body::Body;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::rulebook::{RuleBook, Support};
use export_advisor_core::wording::{self, Lang};

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    f: Frame,
    state: String,
    policies: Vec<String>,
    measures: Vec<MeasuresView>,
    as_of: String,
    /// How long the form usually is.
    length: String,
    notes: Vec<String>,
    /// The same page in the other language, with what the link has filled in.
    other_language: String,
    /// The address of the page with what was filled in, for the address bar; empty if that is nothing.
    address: String,
}

/// Shows the page, with what an older link has filled in.
pub(crate) async fn show(
    app: web::Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    page(&app, &request, request.query_string())
}

/// Shows the page with the answers of a link, which the script of the page sends.
pub(crate) async fn fill(
    app: web::Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> Result<HttpResponse, Problem> {
    let pairs = fields::pairs(&body)?;
    page(&app, &request, fields::sent(&pairs, "answers").unwrap_or(""))
}

fn page(app: &App, request: &HttpRequest, answers: &str) -> Result<HttpResponse, Problem> {
    let (frame, advisor) = (Frame::new(request), app.advisor());
    let (progress, used, unused) = prefill::read(&advisor.plan, answers);
    let mut notes = Vec::new();
    if !used.is_empty() {
        notes.push(frame.lang.of(&wording::prefilled(&used)).to_owned());
    }
    if unused > 0 {
        notes.push(frame.lang.of(&wording::not_prefilled(unused)).to_owned());
    }
    let supports: Vec<&Support> = advisor.book().supports.iter().collect();
    let page = StartPage {
        state: app.form_key.sign(&progress.to_text(&advisor.plan)),
        policies: policies(advisor.book(), frame.lang),
        measures: measures(advisor.book(), &supports, frame.lang),
        as_of: today().to_string(),
        length: (pages_in_all().map(wording::pages_in_all))
            .map_or(String::new(), |length| frame.lang.of(&length).to_owned()),
        notes,
        address: prefill::link(&advisor, &progress.profile, frame.lang_code()).unwrap_or_default(),
        other_language: prefill::link(&advisor, &progress.profile, frame.other_lang())
            .unwrap_or_else(|| format!("/?lang={}", frame.other_lang())),
        f: frame,
    };
    send(StatusCode::OK, &page)
}

/// The documents by number and title, at most a few.
fn policies(book: &RuleBook, lang: Lang) -> Vec<String> {
    const MOST: usize = 5;
    let mut lines: Vec<String> =
        book.policies.iter().take(MOST).map(|policy| policy_line(policy, lang)).collect();
    match (book.policies.len().saturating_sub(MOST), lang) {
        (0, _) => {}
        (more, Lang::Zh) => lines.push(format!("另有{more}份")),
        (more, Lang::En) => lines.push(format!("and {more} more")),
    }
    lines
}
