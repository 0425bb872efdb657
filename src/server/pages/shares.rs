//! A result handed to another: the link for it, the page that opens it, and its end.
//!
//! In goes a sealed state, or the secret of a link; out come pages that nobody keeps (`no-store`). The
//! secret comes in bodies only: in a link it stands after `#`, which no server sees, and the one script
//! puts it into the field of the page. What was shared is shown as it was then, without anything to change,
//! and what the rules in use say otherwise today stands beside it.

use super::fields::{self, sent};
use super::frame::{Frame, send as send_page};
use super::guided::{Opened, open, refused};
use super::progress::Progress;
use super::result::{self, ResultView};
use super::routes::Pages;
use crate::server::api::{Body, OpenShare, Problem, ProblemCode, SHARE_DAYS, State, counted};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use askama::Template;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::rulebook::WindowState;
use export_advisor_core::wording::{self, Lang};
use jiff::civil::Date;

/// The link to a share that was just made.
#[derive(Template)]
#[template(path = "shared.html")]
struct MadePage {
    f: Frame,
    state: String,
    secret: String,
    until: String,
}

/// Where a link is pasted.
#[derive(Template)]
#[template(path = "share-ask.html")]
struct AskPage {
    f: Frame,
    errors: Vec<(String, String)>,
    notes: Vec<String>,
}

/// What was shared.
#[derive(Template)]
#[template(path = "share.html")]
struct SharePage {
    f: Frame,
    secret: String,
    until: String,
    /// How the rules in use compare.
    compared: String,
    changes: Vec<ChangeView>,
    r: ResultView,
}

/// A support of which the rules in use say something else than those of then.
struct ChangeView {
    title: String,
    then: String,
    now: String,
}

/// A page that only says something.
#[derive(Template)]
#[template(path = "share-told.html")]
struct ToldPage {
    f: Frame,
    heading: LocalizedText,
    text: LocalizedText,
    /// The form to go back to, if there is one.
    state: String,
}

pub(super) async fn make(
    state: web::Data<State>,
    pages: web::Data<Pages>,
    request: HttpRequest,
    body: Result<Body, Problem>,
) -> Result<HttpResponse, Problem> {
    let Body(body) = body?;
    let (f, advisor) = (Frame::of(&request), state.advisor());
    let Some(Opened { pairs, progress }) = open(&pages, &advisor.plan, &body)? else {
        return refused(f);
    };
    let days = sent(&pairs, "days").and_then(|days| days.parse().ok());
    let days = days.filter(|days| SHARE_DAYS.contains(days)).unwrap_or(USUAL_DAYS);
    let shared = progress.to_share(&advisor.plan, state.today());
    let sealed = pages.key.seal(&progress.to_text(&advisor.plan));
    match state.share(&shared, days, &request).await {
        Ok(made) => {
            let (secret, until) = (made.secret, made.until.to_string());
            unkept(StatusCode::CREATED, &MadePage { f, state: sealed, secret, until })
        }
        Err(problem) => {
            let (heading, text) = match problem.code {
                ProblemCode::StoreUnavailable => wording::not_shared(),
                ProblemCode::TooManyShares => wording::not_shared_today(),
                ProblemCode::SharesFull => wording::shares_full(),
                _ => return Err(problem),
            };
            let mut page =
                unkept(problem.status_code(), &ToldPage { f, heading, text, state: sealed })?;
            if let Some(seconds) = problem.error_response().headers().get(RETRY_AFTER) {
                page.headers_mut().insert(RETRY_AFTER, seconds.clone());
            }
            Ok(page)
        }
    }
}

pub(super) async fn ask(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let f = Frame::of(&request);
    unkept(StatusCode::OK, &AskPage { f, errors: Vec::new(), notes: Vec::new() })
}

pub(super) async fn show(
    state: web::Data<State>,
    request: HttpRequest,
    body: Result<Body, Problem>,
) -> Result<HttpResponse, Problem> {
    let (f, secret) = (Frame::of(&request), secret(body)?);
    let opened = match state.open_share(&secret).await {
        Ok(opened) => opened,
        Err(problem) => {
            let told = wording::not_opened(problem.code == ProblemCode::NoShare);
            let errors = vec![("secret".to_owned(), f.lang.of(&told).to_owned())];
            let page = AskPage { f, errors, notes: Vec::new() };
            return match problem.code {
                ProblemCode::NoShare => unkept(StatusCode::NOT_FOUND, &page),
                ProblemCode::StoreUnavailable | ProblemCode::UnknownRuleBook => away(&page),
                _ => Err(problem),
            };
        }
    };
    let advisor = state.advisor();
    let internal = || Problem::new(ProblemCode::Internal);
    let OpenShare { shared, then, until, .. } = &opened;
    let progress = Progress::from_share(&then.plan, shared).ok_or_else(internal)?;
    let answer = Answer::new(&then.plan, &progress.profile, shared.as_of);
    let current = Progress::from_share(&advisor.plan, shared).ok_or_else(internal)?;
    let now = Answer::new(&advisor.plan, &current.profile, state.today());
    let changes = changes((then, &answer), (&advisor, &now), f.lang);
    let page = SharePage {
        compared: compared(&f, changes.len(), state.today(), &current),
        changes,
        r: result::view(then, &answer, &progress, f.lang),
        until: until.to_string(),
        secret,
        f,
    };
    unkept(StatusCode::OK, &page)
}

pub(super) async fn delete(
    state: web::Data<State>,
    request: HttpRequest,
    body: Result<Body, Problem>,
) -> Result<HttpResponse, Problem> {
    let (f, secret) = (Frame::of(&request), secret(body)?);
    let told = |(heading, text)| ToldPage { f, heading, text, state: String::new() };
    match state.delete_share(&secret).await {
        Ok(deleted) => {
            let page = unkept(StatusCode::OK, &told(wording::deleted()))?;
            Ok(counted(page, usize::from(deleted)))
        }
        Err(problem) if problem.code == ProblemCode::StoreUnavailable => {
            away(&told(wording::not_deleted()))
        }
        Err(problem) => Err(problem),
    }
}

/// For how many days a share is kept if the form says nothing.
const USUAL_DAYS: u16 = 30;

/// The secret that a form sent.
fn secret(body: Result<Body, Problem>) -> Result<String, Problem> {
    let Body(body) = body?;
    let pairs = fields::pairs(&body)?;
    Ok(sent(&pairs, "secret").unwrap_or_default().to_owned())
}

/// How the rules in use compare with those of then.
fn compared(f: &Frame, changes: usize, today: Date, current: &Progress) -> String {
    let mut told = f.lang.of(&wording::compared(changes, &today.to_string())).to_owned();
    if !current.dropped.is_empty() {
        told.push_str(f.t("", " "));
        told.push_str(f.lang.of(&wording::no_longer_asked(&current.dropped)));
    }
    told
}

/// The supports whose status or window differs, in the order of then, and new ones after them.
fn changes(
    (then, before): (&Advisor, &Answer<'_>),
    (advisor, after): (&Advisor, &Answer<'_>),
    lang: Lang,
) -> Vec<ChangeView> {
    let said = |advisor: &Advisor, answer: &Answer<'_>, id: &str| {
        advisor.book().find(id).map(|(place, support)| match support.window.state(answer.as_of).0 {
            WindowState::Open => wording::status(answer.status(place)),
            closed => wording::window(closed),
        })
    };
    let old = then.book().supports.iter();
    let new = advisor.book().supports.iter().filter(|s| then.book().find(&s.id).is_none());
    old.chain(new)
        .filter_map(|support| {
            let was = said(then, before, &support.id);
            let is = said(advisor, after, &support.id);
            let told = |said: &Option<LocalizedText>| match said {
                Some(texts) => lang.of(texts).to_owned(),
                None => lang.of(&wording::no_such_support()).to_owned(),
            };
            (was != is).then(|| ChangeView {
                title: lang.of(&support.title).to_owned(),
                then: told(&was),
                now: told(&is),
            })
        })
        .collect()
}

/// Sends a page that is kept nowhere.
fn unkept(status: StatusCode, page: &impl Template) -> Result<HttpResponse, Problem> {
    let mut response = send_page(status, page)?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The same while the store does not answer.
fn away(page: &impl Template) -> Result<HttpResponse, Problem> {
    let mut response = unkept(StatusCode::SERVICE_UNAVAILABLE, page)?;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30"));
    Ok(response)
}
