//! Answers that change only with the rule book: sent once, then `304 Not Modified`.
//!
//! In goes a value made from a rule book, out comes an answer with an `ETag`, or without a body if the client has it.

use crate::server::http::static_file::StaticFile;
use actix_web::http::header::{
    ACCEPT_ENCODING, CONTENT_DISPOSITION, CONTENT_ENCODING, ContentEncoding, ETAG, IF_NONE_MATCH,
    VARY,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use arc_swap::ArcSwapOption;
use serde::Serialize;
use std::sync::Arc;

/// Of an answer that stays what it is. Only the program's version can word it otherwise.
const STAYS: &str = "public, max-age=86400, immutable";

/// A file made from the rule book, as it was last served, with the version that it was made for.
#[derive(Debug, Default)]
pub(crate) struct FileCache(ArcSwapOption<(String, StaticFile)>);

/// The files that are made from the rule book in use.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// The description of the API.
    pub(crate) description: FileCache,
    /// All supports.
    pub(crate) supports: FileCache,
    /// All facts.
    pub(crate) facts: FileCache,
}

impl FileCache {
    /// The file for a version; made once, since that takes longer than any other answer.
    fn get_or_make(
        &self,
        version: &str,
        make: impl FnOnce() -> StaticFile,
    ) -> Arc<(String, StaticFile)> {
        if let Some(cached) = self.0.load_full().filter(|cached| cached.0 == version) {
            return cached;
        }
        let made = Arc::new((version.to_owned(), make()));
        self.0.store(Some(Arc::clone(&made)));
        made
    }
}

/// The rule book that an answer is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made<'v> {
    /// Its version. The handler names it: the rule book in use may be another one by now.
    pub(crate) version: &'v str,
    /// Whether the request names the version: then the answer stays what it is.
    pub(crate) is_stated: bool,
}

/// A value made from a rule book.
pub(crate) fn json<T: Serialize>(request: &HttpRequest, made: Made<'_>, value: &T) -> HttpResponse {
    unless_current(request, made, |response| response.json(value))
}

/// The same for a file, which is made once for a rule book.
pub(crate) fn file(
    request: &HttpRequest,
    made: Made<'_>,
    cache: &FileCache,
    make: impl FnOnce() -> StaticFile,
) -> HttpResponse {
    unless_current(request, made, |response| {
        cache.get_or_make(made.version, make).1.send(request, response)
    })
}

/// The same for a text.
pub(crate) fn text(
    request: &HttpRequest,
    made: Made<'_>,
    content_type: &str,
    text: String,
) -> HttpResponse {
    unless_current(request, made, |response| response.content_type(content_type).body(text))
}

/// The same for a file to save, which is compressed already.
pub(crate) fn download(
    request: &HttpRequest,
    made: Made<'_>,
    content_type: &str,
    name: &str,
    bytes: Vec<u8>,
) -> HttpResponse {
    unless_current(request, made, |response| {
        response
            .content_type(content_type)
            .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
            // No middleware compresses it once more.
            .insert_header((CONTENT_ENCODING, ContentEncoding::Identity.as_str()))
            .body(bytes)
    })
}

/// The same for a value, written and compressed once for a rule book.
pub(crate) fn json_file<T: Serialize>(
    request: &HttpRequest,
    made: Made<'_>,
    cache: &FileCache,
    value: impl FnOnce() -> T,
) -> HttpResponse {
    file(request, made, cache, || {
        StaticFile::new("application/json", serde_json::to_vec(&value()).unwrap_or_default())
    })
}

/// The same for a value that also depends on what has happened to the rule book, of which `state` is another text whenever
/// the value is another.
pub(crate) fn json_in_state<T: Serialize>(
    request: &HttpRequest,
    version: &str,
    state: &str,
    value: &T,
) -> HttpResponse {
    let made = Made { version, is_stated: false };
    tagged(request, made, &format!("{version}-{state}"), |response| response.json(value))
}

/// The same for a file that is made already, of content that has a name of its own.
pub(crate) fn kept_file(
    request: &HttpRequest,
    made: Made<'_>,
    content: &str,
    file: &StaticFile,
) -> HttpResponse {
    tagged(request, made, content, |response| file.send(request, response))
}

fn unless_current(
    request: &HttpRequest,
    made: Made<'_>,
    body: impl FnOnce(&mut HttpResponseBuilder) -> HttpResponse,
) -> HttpResponse {
    tagged(request, made, made.version, body)
}

fn tagged(
    request: &HttpRequest,
    Made { version, is_stated }: Made<'_>,
    content: &str,
    body: impl FnOnce(&mut HttpResponseBuilder) -> HttpResponse,
) -> HttpResponse {
    // Weak, since an answer may be compressed. The program's version is in it, since another
    // program may word the same rules differently.
    let tag = format!("W/\"{}-{content}\"", env!("CARGO_PKG_VERSION"));
    let given = request.headers().get(IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let is_current = given.is_some_and(|given| given.split(',').any(|t| t.trim() == tag));
    let mut response = if is_current { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((VARY, ACCEPT_ENCODING.as_str()))
        .insert_header((ETAG, tag))
        .insert_header(("Cache-Control", if is_stated { STAYS } else { "no-cache" }))
        .insert_header(("Rule-Book-Version", version));
    if is_current { response.finish() } else { body(&mut response) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_file_is_made_once_for_each_rule_book() {
        let cache = FileCache::default();
        let file = |version: &str| {
            cache.get_or_make(version, || StaticFile::new("text/plain", format!("of {version}")))
        };
        let (first, again, other) = (file("a"), file("a"), file("b"));
        assert!(Arc::ptr_eq(&first, &again) && !Arc::ptr_eq(&first, &other));
        assert_eq!((first.0.as_str(), other.0.as_str()), ("a", "b"));
    }

    #[test]
    fn an_answer_has_the_tag_of_the_rule_book_that_it_was_made_from() {
        let request = |tag: &str| TestRequest::default().insert_header((IF_NONE_MATCH, tag));
        let header = |response: &HttpResponse, name: &str| {
            let value = response.headers().get(name);
            value.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let made = |version| Made { version, is_stated: false };
        let first =
            text(&request("none").to_http_request(), made("sha256:a"), "text/plain", "a".into());
        assert_eq!(header(&first, "rule-book-version"), "sha256:a");
        let tag = header(&first, "etag");
        let again = json(&request(&tag).to_http_request(), made("sha256:a"), &1);
        assert_eq!(again.status(), 304);
        let other = json(&request(&tag).to_http_request(), made("sha256:b"), &1);
        assert_eq!(
            (other.status().as_u16(), header(&other, "rule-book-version").as_str()),
            (200, "sha256:b")
        );
        assert_eq!(header(&other, "cache-control"), "no-cache");
        let stated = Made { version: "sha256:b", is_stated: true };
        let stated = json(&request(&tag).to_http_request(), stated, &1);
        assert!(header(&stated, "cache-control").contains("immutable"));
    }
}
