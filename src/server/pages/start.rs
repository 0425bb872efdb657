//! The start page.
//!
//! In go the parameters of a link that fills in the form ([`prefill`]), out comes the page; what a link
//! carries and the form does not use is left out, and the page says so.

use super::frame::{Frame, send};
use super::{prefill, result};
use crate::server::api::error::Problem;
use crate::server::app::App;
use crate::server::clock::today;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::wording;

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    f: Frame,
    state: String,
    policies: Vec<String>,
    as_of: String,
    /// How long the form usually is.
    length: String,
    notes: Vec<String>,
    /// The same page in the other language, with what the link has filled in.
    other_language: String,
}

/// Shows the page, with what a link has filled in.
pub(crate) async fn show(
    app: web::Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (frame, advisor) = (Frame::new(&request), app.advisor());
    let (progress, used, unused) = prefill::read(&advisor.plan, request.query_string());
    let mut notes = Vec::new();
    if !used.is_empty() {
        notes.push(frame.lang.of(&wording::prefilled(&used)).to_owned());
    }
    if unused > 0 {
        notes.push(frame.lang.of(&wording::not_prefilled(unused)).to_owned());
    }
    let page = StartPage {
        state: app.form_key.sign(&progress.to_text(&advisor.plan)),
        policies: result::policies(&advisor, frame.lang),
        as_of: today().to_string(),
        length: (pages_in_all().map(wording::pages_in_all))
            .map_or(String::new(), |length| frame.lang.of(&length).to_owned()),
        notes,
        other_language: prefill::link(&advisor, &progress.profile, frame.other_lang())
            .unwrap_or_else(|| format!("/?lang={}", frame.other_lang())),
        f: frame,
    };
    send(StatusCode::OK, &page)
}
