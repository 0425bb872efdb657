//! A result handed to another: the link for it, the page that opens it, and its end.
//!
//! In goes a signed state, or the secret of a link; out come pages that no browser keeps (`no-store`). The
//! secret is sent in bodies only: in a link it stands after `#`, which no server sees, and the one script
//! puts it into the field of the page. What was shared is shown as it was then, without anything to change,
//! beside what the rules in use say differently today.

use super::changes::{ChangesView, changes};
use super::fields::{self, sent};
use super::form::{open, refused};
use super::frame::{Frame, send};
use super::progress::Progress;
use super::result::{self, ResultView};
use crate::server::api::error::{Problem, ProblemCode};
use crate::server::app::App;
use crate::server::audit::counted;
use crate::server::clock::today;
use crate::server::http::body::Body;
use crate::server::shares::{DEFAULT_DAYS, OpenShare, SHARE_DAYS};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use askama::Template;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::wording;
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
    changed: ChangesView,
    r: ResultView,
}

/// A page with a message alone.
#[derive(Template)]
#[template(path = "share-message.html")]
struct MessagePage {
    f: Frame,
    heading: LocalizedText,
    text: LocalizedText,
    /// The form to go back to, if there is one.
    state: String,
}

/// Makes a share of the result, and shows its link.
pub(crate) async fn create(
    app: web::Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> Result<HttpResponse, Problem> {
    let (f, advisor) = (Frame::new(&request), app.advisor());
    let Some((pairs, progress)) = open(&app, &advisor.plan, &body)? else {
        return refused(f);
    };
    let days = sent(&pairs, "days").and_then(|days| days.parse().ok());
    let days = days.filter(|days| SHARE_DAYS.contains(days)).unwrap_or(DEFAULT_DAYS);
    let shared = progress.to_share(&advisor.plan, today());
    let state = app.form_key.sign(&progress.to_text(&advisor.plan));
    match app.shares.create(&shared, days, &request).await {
        Ok(made) => {
            let (secret, until) = (made.secret, made.until.to_string());
            send_uncached(StatusCode::CREATED, &MadePage { f, state, secret, until })
        }
        Err(problem) => {
            let (heading, text) = match problem.code {
                ProblemCode::StoreUnavailable => wording::not_shared(),
                ProblemCode::TooManyShares => wording::not_shared_today(),
                ProblemCode::SharesFull => wording::shares_full(),
                _ => return Err(problem),
            };
            let mut page =
                send_uncached(problem.status_code(), &MessagePage { f, heading, text, state })?;
            if let Some(seconds) = problem.error_response().headers().get(RETRY_AFTER) {
                page.headers_mut().insert(RETRY_AFTER, seconds.clone());
            }
            Ok(page)
        }
    }
}

/// The page on which a link is pasted.
pub(crate) async fn ask(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let f = Frame::new(&request);
    send_uncached(StatusCode::OK, &AskPage { f, errors: Vec::new(), notes: Vec::new() })
}

/// Opens a share.
pub(crate) async fn open_share(
    app: web::Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> Result<HttpResponse, Problem> {
    let (f, secret) = (Frame::new(&request), secret(&body)?);
    let opened = match app.shares.open(&secret).await {
        Ok(opened) => opened,
        Err(problem) => {
            let message = wording::not_opened(problem.code == ProblemCode::NoShare);
            let errors = vec![("secret".to_owned(), f.lang.of(&message).to_owned())];
            let page = AskPage { f, errors, notes: Vec::new() };
            return match problem.code {
                ProblemCode::NoShare => send_uncached(StatusCode::NOT_FOUND, &page),
                ProblemCode::StoreUnavailable | ProblemCode::UnknownRuleBook => unavailable(&page),
                _ => Err(problem),
            };
        }
    };
    let advisor = app.advisor();
    let internal = || Problem::new(ProblemCode::Internal);
    let OpenShare { shared, then, until, .. } = &opened;
    let progress = Progress::from_share(&then.plan, shared).ok_or_else(internal)?;
    let answer = Answer::new(&then.plan, &progress.profile, shared.as_of);
    let current = Progress::from_share(&advisor.plan, shared).ok_or_else(internal)?;
    let now = Answer::new(&advisor.plan, &current.profile, today());
    let changes = changes(&answer, &now, f.lang);
    let page = SharePage {
        changed: ChangesView { line: compared(&f, changes.len(), today(), &current), changes },
        r: result::view(then, &answer, &progress, f.lang),
        until: until.to_string(),
        secret,
        f,
    };
    send_uncached(StatusCode::OK, &page)
}

/// Deletes a share.
pub(crate) async fn delete(
    app: web::Data<App>,
    request: HttpRequest,
    Body(body): Body,
) -> Result<HttpResponse, Problem> {
    let (f, secret) = (Frame::new(&request), secret(&body)?);
    let message = |(heading, text)| MessagePage { f, heading, text, state: String::new() };
    match app.shares.delete(&secret).await {
        Ok(deleted) => {
            let page = send_uncached(StatusCode::OK, &message(wording::deleted()))?;
            Ok(counted(page, usize::from(deleted)))
        }
        Err(problem) if problem.code == ProblemCode::StoreUnavailable => {
            unavailable(&message(wording::not_deleted()))
        }
        Err(problem) => Err(problem),
    }
}

/// The secret that a form sent.
fn secret(body: &[u8]) -> Result<String, Problem> {
    let pairs = fields::pairs(body)?;
    Ok(sent(&pairs, "secret").unwrap_or_default().to_owned())
}

/// How the rules in use compare with those of then.
fn compared(f: &Frame, changes: usize, today: Date, current: &Progress) -> String {
    let compared = wording::compared(changes, current.former.is_some(), &today.to_string());
    let mut text = f.lang.of(&compared).to_owned();
    if !current.dropped.is_empty() {
        text.push_str(f.t("", " "));
        text.push_str(f.lang.of(&wording::no_longer_asked(&current.dropped)));
    }
    text
}

/// Sends a page that no browser keeps.
fn send_uncached(status: StatusCode, page: &impl Template) -> Result<HttpResponse, Problem> {
    let mut response = send(status, page)?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The same while the store does not answer.
fn unavailable(page: &impl Template) -> Result<HttpResponse, Problem> {
    let mut response = send_uncached(StatusCode::SERVICE_UNAVAILABLE, page)?;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30"));
    Ok(response)
}
