//! The start page, and links that fill in the form in advance.
//!
//! A link carries only what says nothing of who a firm is or how it does: no name, no credit code, no
//! figures, no needs. In go the parameters of a link, out comes the start page; whatever else a link
//! carries is left out, and the page says so.

use super::frame::{Frame, send};
use super::progress::Progress;
use super::result;
use super::routes::Pages;
use crate::server::api::{Problem, State};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::facts::{Fact, Format, Kind, LocalizedText, Profile, Together, Value};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording;

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    f: Frame,
    state: String,
    policies: Vec<String>,
    as_of: String,
    notes: Vec<String>,
    /// The same page in the other language, with what the link has filled in.
    turned: String,
}

/// Whether a link may carry a fact.
fn in_link(fact: &Fact) -> bool {
    match fact.kind {
        Kind::Number { .. } | Kind::Code { format: Format::Uscc, .. } => false,
        _ => fact.together != Some(Together::Needs),
    }
}

/// The link that fills in what a link may carry; nothing if that is nothing.
pub(super) fn link(advisor: &Advisor, profile: &Profile, lang: &str) -> Option<String> {
    let catalogue = &advisor.book().catalogue;
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for fact in catalogue.facts.iter().filter(|fact| in_link(fact)) {
        let text = match profile.value(fact.id) {
            Value::Bool(yes) => yes.to_string(),
            Value::Enum(place) => fact.value_name(*place).to_owned(),
            Value::Code(code) => code.clone(),
            Value::NoCode => "none".to_owned(),
            Value::Codes(codes) if codes.is_empty() => "none".to_owned(),
            Value::Codes(codes) => codes.join(","),
            _ => continue,
        };
        pairs.push((&fact.name, text));
    }
    if pairs.is_empty() {
        return None;
    }
    pairs.push(("lang", lang.to_owned()));
    serde_urlencoded::to_string(pairs).map(|query| format!("/?{query}")).ok()
}

/// The form that a link fills in, the labels of what it filled in, and how much of it was not used.
fn read<'a>(plan: &'a Plan, query: &str) -> (Progress, Vec<&'a LocalizedText>, usize) {
    let mut progress = Progress::new(plan);
    let (mut used, mut unused) = (Vec::new(), 0);
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    for (name, text) in pairs {
        // Addresses grow parameters of other sites' own; only names of facts were meant for us.
        let Some(fact) = plan.book.catalogue.find(&name) else { continue };
        let mut notices = Vec::new();
        let read = Profile::read_text(fact, &[&text], &plan.book.reference, &mut notices);
        match read {
            Ok(value) if in_link(fact) && value.is_known() => {
                progress.answer(plan, fact.id, value);
                progress.profile.notices.extend(notices);
                used.push(&fact.label);
            }
            _ => unused += 1,
        }
    }
    progress.last = None;
    (progress, used, unused)
}

pub(super) async fn start(
    state: web::Data<State>,
    pages: web::Data<Pages>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let frame = Frame::of(&request);
    let advisor = state.advisor();
    let (progress, used, unused) = read(&advisor.plan, request.query_string());
    let mut notes = Vec::new();
    if !used.is_empty() {
        notes.push(frame.lang.of(&wording::prefilled(&used)).to_owned());
    }
    if unused > 0 {
        notes.push(frame.lang.of(&wording::not_prefilled(unused)).to_owned());
    }
    let page = StartPage {
        state: pages.key.seal(&progress.to_text(&advisor.plan)),
        policies: result::policies(&advisor, frame.lang),
        as_of: state.today().to_string(),
        notes,
        turned: link(&advisor, &progress.profile, frame.other())
            .unwrap_or_else(|| format!("/?lang={}", frame.other())),
        f: frame,
    };
    send(StatusCode::OK, &page)
}
