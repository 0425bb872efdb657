//! Request bodies: read to their end within a size and a time.
//!
//! The size is that of the route (see [`MaxBody`]). The time is for the whole body: a client that sends a byte now
//! and then would otherwise hold its connection for ever. Handlers take [`Body`] or [`JsonBody`], and no extractor
//! of actix.

use super::connections::Connection;
use super::inflate;
use super::limits::{Limits, is_deeper};
use super::memory::BODY;
use crate::server::api::error::{Problem, ProblemCode};
use crate::server::app::App;
use actix_web::dev::Payload;
use actix_web::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING,
};
use actix_web::{FromRequest, HttpRequest, web};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

const HAS_LEFT: &str =
    "the client closed its end of the connection; keep it open until the answer is there";

/// The most bytes of a resource's body; it stands among the resource's data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaxBody(pub(crate) usize);

/// A whole request body.
#[derive(Debug)]
pub(crate) struct Body(pub(crate) web::Bytes);

impl FromRequest for Body {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let app = request.app_data::<web::Data<App>>();
        let limits = app.map(|app| Arc::clone(&app.limits)).unwrap_or_default();
        let max = request.app_data().map_or(limits.body_bytes, |MaxBody(bytes)| *bytes);
        let connection = request.conn_data::<Arc<Connection>>().cloned();
        let more = expected(request, max).saturating_sub(BODY);
        let bytes = inflate::read(request.clone(), payload.take(), max);
        Box::pin(async move {
            if let Some(connection) = connection.as_ref().filter(|_| more > 0) {
                connection.reserve(more).await?;
            }
            let read = actix_web::rt::time::timeout(limits.body_timeout, bytes).await;
            if let (Ok(Ok(_)), Some(connection)) = (&read, connection) {
                connection.read_state.finish_body();
                if connection.has_left() {
                    return Err(Problem::new(ProblemCode::BadBody).with(HAS_LEFT));
                }
            }
            match read {
                Ok(bytes) => bytes.map(Self),
                Err(_) => Err(Problem::new(ProblemCode::TooSlow)),
            }
        })
    }
}

/// A whole request body that says that it is JSON.
#[derive(Debug)]
pub(crate) struct JsonBody(pub(crate) web::Bytes);

impl FromRequest for JsonBody {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !is_json(request) {
            return Box::pin(async { Err(Problem::new(ProblemCode::UnsupportedMediaType)) });
        }
        let app = request.app_data::<web::Data<App>>();
        let deepest = app.map_or_else(|| Limits::default().json_depth, |app| app.limits.json_depth);
        let body = Body::from_request(request, payload);
        Box::pin(async move {
            let Body(bytes) = body.await?;
            // Editors on Windows put a BOM before the text.
            let bytes = match bytes.strip_prefix(b"\xef\xbb\xbf") {
                Some(text) => bytes.slice_ref(text),
                None => bytes,
            };
            if is_deeper(&bytes, deepest) {
                let detail =
                    format!("more than {deepest} lists and objects stand within each other");
                return Err(Problem::new(ProblemCode::NotJson).with(detail));
            }
            Ok(Self(bytes))
        })
    }
}

/// How a body is compressed, if it is.
pub(crate) fn encoding(request: &HttpRequest) -> Option<String> {
    let given = request.headers().get(CONTENT_ENCODING)?.to_str().unwrap_or("?");
    let given = given.trim().to_ascii_lowercase();
    (given != "identity").then_some(given)
}

/// Whether a body comes after the head.
pub(super) fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length != "0")
}

/// The bytes that a body will have: as many as the head states, or else as many as it may have.
fn expected(request: &HttpRequest, max: usize) -> usize {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(max);
    if encoding(request).is_some() { max } else { length.min(max) }
}

fn is_json(request: &HttpRequest) -> bool {
    let Some(given) = request.headers().get(CONTENT_TYPE) else { return false };
    let given = given.to_str().unwrap_or("").split(';').next().unwrap_or("").trim().to_lowercase();
    given == "application/json" || given.starts_with("application/") && given.ends_with("+json")
}
