//! The pages for an address that does not exist, and for one that is opened the wrong way.
//!
//! A browser gets a page with a way on, and the nearest address if it is a mistyped one; a program gets the problem of the
//! API. In go the request and the addresses of pages; it knows no route itself.

use super::frame::{Frame, send};
use crate::server::api::error::{Problem, ProblemCode};
use crate::server::http::language::heaviest;
use actix_web::http::StatusCode;
use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use askama::Template;
use export_advisor_core::diagnostic::nearest;

#[derive(Template)]
#[template(path = "missing.html")]
struct MissingPage {
    f: Frame,
    /// Whether the address exists, and takes only what a form sends.
    is_for_forms: bool,
    /// The address that was meant, with the language; empty if none is near.
    meant: String,
}

/// Whether a page answers: a browser asks, and not for data.
fn is_for_people(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let wanted = heaviest(accept.unwrap_or(""), |kind| match kind {
        "text/html" | "application/xhtml+xml" => Some(true),
        "application/json" | "application/problem+json" => Some(false),
        _ => None,
    });
    let is_data = ["/api/", "/admin/"].iter().any(|start| request.path().starts_with(start));
    wanted == Some(true) && !is_data
}

/// Answers for an address that nothing has; `pages` are the addresses of pages.
///
/// # Errors
/// The problem of the API, if no person asks.
pub(crate) fn not_found<'a>(
    request: &HttpRequest,
    pages: impl Iterator<Item = &'a str>,
) -> Result<HttpResponse, Problem> {
    if !is_for_people(request) {
        return Err(Problem::new(ProblemCode::NotFound));
    }
    let f = Frame::new(request);
    let path = request.path().trim_end_matches('/').to_ascii_lowercase();
    let pages: Vec<&str> = pages.filter(|page| page.len() > 1).collect();
    // What stands below a page is near to it, whatever it is.
    let above = pages.iter().find(|page| {
        path.strip_prefix(**page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let near = || nearest(&path, pages.iter().copied());
    let meant = above.copied().or_else(near).map(|page| format!("{page}?lang={}", f.lang_code()));
    let page = MissingPage { is_for_forms: false, meant: meant.unwrap_or_default(), f };
    send(StatusCode::NOT_FOUND, &page)
}

/// Answers for a method that a page does not take.
///
/// # Errors
/// The problem of the API, if no person asks.
pub(crate) fn wrong_method(request: &HttpRequest) -> Result<HttpResponse, Problem> {
    if !is_for_people(request) {
        return Ok(Problem::new(ProblemCode::MethodNotAllowed).error_response());
    }
    let page = MissingPage { is_for_forms: true, meant: String::new(), f: Frame::new(request) };
    send(StatusCode::METHOD_NOT_ALLOWED, &page)
}
