//! Cross-origin use: what a browser may do with answers for a page of another site (CORS).
//!
//! Pages of an origin that a key lists may send requests and read the answers. All other origins get no header,
//! so that a browser keeps the answers from their pages.

use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderMap, HeaderValue, VARY,
};

/// Whether a browser asks what it may send, before it sends it.
pub(super) fn is_preflight(request: &ServiceRequest) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a preflight request of an origin that a key lists.
pub(super) fn preflight(origin: &HeaderValue) -> HttpResponse {
    let mut response = HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST"))
        .insert_header((
            ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, Accept, Accept-Language, If-None-Match, X-Request-Id",
        ))
        .insert_header((ACCESS_CONTROL_MAX_AGE, "600"))
        .finish();
    allow_origin(response.headers_mut(), origin);
    response
}

/// Lets a page of an origin read an answer.
pub(super) fn allow_origin(headers: &mut HeaderMap, origin: &HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "ETag, RateLimit, RateLimit-Policy, Retry-After, Rule-Book-Version, X-Request-Id",
        ),
    );
    headers.append(VARY, HeaderValue::from_static("Origin"));
}
