//! `GET /result`: an address that holds a result, in what stands after its `#`.
//!
//! No server sees that part of an address. The script of the page sends it to the form, which shows the result; without
//! a script the page says how a person does the same. The result page puts the address where a bookmark or a chat takes
//! it from. It holds the signed answers without the firm's name and credit code.

use super::frame::{Frame, send};
use super::progress::Progress;
use crate::server::api::error::Problem;
use crate::server::app::App;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use export_advisor_core::plan::Plan;
use jiff::civil::Date;

#[derive(Template)]
#[template(path = "saved.html")]
struct SavedPage {
    f: Frame,
}

/// The page at which the address of a result is opened.
pub(crate) async fn open_saved(request: HttpRequest) -> Result<HttpResponse, Problem> {
    send(StatusCode::OK, &SavedPage { f: Frame::new(&request) })
}

/// The address of a result.
pub(super) fn address(
    app: &App,
    plan: &Plan,
    progress: &Progress,
    today: Date,
    lang: &str,
) -> String {
    let state = app.form_key.sign(&progress.for_address(plan, today).to_text(plan));
    format!("/result?lang={lang}#{state}")
}

/// The state in what was sent: a person may paste the whole address.
pub(super) fn state_of(sent: &str) -> &str {
    sent.rsplit('#').next().unwrap_or(sent)
}
