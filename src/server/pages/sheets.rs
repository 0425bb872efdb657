//! What a person takes along: the sheet to print, and the text to copy.
//!
//! In goes a signed state, out comes the result once more without buttons: to print, as a whole text, or as its key
//! points. The firm's name stands on the sheet, and nowhere in an address or a title; the text to copy is without
//! name and code, since it is made for chats.

use super::fields::sent;
use super::form::{open, refused};
use super::frame::{Frame, send};
use super::key_points::key_points;
use super::progress::Progress;
use super::result::{self, ResultView};
use crate::server::api::error::{Problem, ProblemCode};
use crate::server::app::App;
use crate::server::clock::today;
use crate::server::http::body::Body;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::evaluate::Answer;

#[derive(Template)]
#[template(path = "sheet.html")]
struct SheetPage {
    f: Frame,
    state: String,
    name: String,
    r: ResultView,
}

#[derive(Template)]
#[template(path = "copy.html")]
struct CopyPage {
    f: Frame,
    state: String,
    text: String,
    /// Whether it is the key points only.
    brief: bool,
}

#[derive(Template)]
#[template(path = "copy.txt", escape = "none")]
struct CopyText<'a> {
    f: &'a Frame,
    r: &'a ResultView,
}

fn result_view(advisor: &Advisor, progress: &Progress, frame: &Frame) -> ResultView {
    let answer = Answer::new(&advisor.plan, &progress.profile, today());
    result::view(advisor, &answer, progress, frame.lang)
}

/// The sheet to print.
pub(crate) async fn sheet(
    app: web::Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> Result<HttpResponse, Problem> {
    let (frame, advisor) = (Frame::new(&request), app.advisor());
    let Some((_, progress)) = open(&app, &advisor.plan, &body)? else {
        return refused(frame);
    };
    let page = SheetPage {
        state: app.form_key.sign(&progress.to_text(&advisor.plan)),
        r: result_view(&advisor, &progress, &frame),
        name: progress.name,
        f: frame,
    };
    send(StatusCode::OK, &page)
}

/// The text to copy.
pub(crate) async fn copy(
    app: web::Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> Result<HttpResponse, Problem> {
    let (frame, advisor) = (Frame::new(&request), app.advisor());
    let Some((pairs, progress)) = open(&app, &advisor.plan, &body)? else {
        return refused(frame);
    };
    let view = result_view(&advisor, &progress, &frame);
    let brief = sent(&pairs, "brief").is_some();
    let text = match brief {
        true => Ok(key_points(&view, frame.lang)),
        false => CopyText { f: &frame, r: &view }.render(),
    };
    let page = CopyPage {
        state: app.form_key.sign(&progress.to_text(&advisor.plan)),
        text: text.map_err(|_| Problem::new(ProblemCode::Internal))?,
        brief,
        f: frame,
    };
    send(StatusCode::OK, &page)
}
