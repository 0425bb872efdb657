//! What a person takes along: the sheet to print, and the text to copy.
//!
//! In goes a sealed state, out comes the result once more, in full and without anything to press. The
//! firm's name stands on the sheet, and nowhere in an address or a title; the text to copy is without
//! name and code, since it is made for chats.

use super::frame::{Frame, send};
use super::guided::{Opened, open, refused};
use super::progress::Progress;
use super::result::{self, ResultView};
use super::routes::Pages;
use crate::server::api::{Body, Problem, ProblemCode, State};
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
}

#[derive(Template)]
#[template(path = "copy.txt", escape = "none")]
struct CopyText<'a> {
    f: &'a Frame,
    r: &'a ResultView,
}

fn told(state: &State, advisor: &Advisor, progress: &Progress, frame: &Frame) -> ResultView {
    let answer = Answer::new(&advisor.plan, &progress.profile, state.today());
    result::view(advisor, &answer, progress, frame.lang)
}

pub(super) async fn sheet(
    state: web::Data<State>,
    pages: web::Data<Pages>,
    request: HttpRequest,
    body: Result<Body, Problem>,
) -> Result<HttpResponse, Problem> {
    let Body(body) = body?;
    let (frame, advisor) = (Frame::of(&request), state.advisor());
    let Some(Opened { progress, .. }) = open(&pages, &advisor.plan, &body)? else {
        return refused(frame);
    };
    let page = SheetPage {
        state: pages.key.seal(&progress.to_text(&advisor.plan)),
        r: told(&state, &advisor, &progress, &frame),
        name: progress.name,
        f: frame,
    };
    send(StatusCode::OK, &page)
}

pub(super) async fn copy(
    state: web::Data<State>,
    pages: web::Data<Pages>,
    request: HttpRequest,
    body: Result<Body, Problem>,
) -> Result<HttpResponse, Problem> {
    let Body(body) = body?;
    let (frame, advisor) = (Frame::of(&request), state.advisor());
    let Some(Opened { progress, .. }) = open(&pages, &advisor.plan, &body)? else {
        return refused(frame);
    };
    let view = told(&state, &advisor, &progress, &frame);
    let text = CopyText { f: &frame, r: &view }.render();
    let page = CopyPage {
        state: pages.key.seal(&progress.to_text(&advisor.plan)),
        text: text.map_err(|_| Problem::new(ProblemCode::Internal))?,
        f: frame,
    };
    send(StatusCode::OK, &page)
}
