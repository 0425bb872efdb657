//! Answers that change only with the rule book: told once, then "not modified".

use actix_web::http::header::{ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;

/// A value made from the rule book of `version`. The handler says which that was: the book may have
/// been exchanged since.
pub(super) fn json<T: Serialize>(request: &HttpRequest, version: &str, value: &T) -> HttpResponse {
    unless_known(request, version, |response| response.json(value))
}

/// The same of a text.
pub(super) fn text(
    request: &HttpRequest,
    version: &str,
    content_type: &str,
    text: String,
) -> HttpResponse {
    unless_known(request, version, |response| response.content_type(content_type).body(text))
}

fn unless_known(
    request: &HttpRequest,
    version: &str,
    body: impl FnOnce(&mut HttpResponseBuilder) -> HttpResponse,
) -> HttpResponse {
    // Weak, since an answer may be compressed; the program's version is in it, since a new
    // program may tell the same rules otherwise.
    let tag = format!("W/\"{}-{version}\"", env!("CARGO_PKG_VERSION"));
    let known = request.headers().get(IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let known = known.is_some_and(|known| known.split(',').any(|t| t.trim() == tag));
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((ETAG, tag))
        .insert_header(("Cache-Control", "no-cache"))
        .insert_header(("Rule-Book-Version", version));
    if known { response.finish() } else { body(&mut response) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn an_answer_is_named_by_the_book_that_it_was_made_from() {
        let asked = |tag: &str| TestRequest::default().insert_header((IF_NONE_MATCH, tag));
        let head = |response: &HttpResponse, name: &str| {
            let value = response.headers().get(name);
            value.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let first = text(&asked("none").to_http_request(), "sha256:a", "text/plain", "a".into());
        assert_eq!(head(&first, "rule-book-version"), "sha256:a");
        let tag = head(&first, "etag");
        let again = json(&asked(&tag).to_http_request(), "sha256:a", &1);
        assert_eq!(again.status(), 304);
        let other = json(&asked(&tag).to_http_request(), "sha256:b", &1);
        assert_eq!(
            (other.status().as_u16(), head(&other, "rule-book-version").as_str()),
            (200, "sha256:b")
        );
    }
}
