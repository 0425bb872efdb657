//! `X-Request-Id`: a name for each request, so that a client and an operator mean the same one.
//!
//! A name that the client or a proxy gives is kept if it is short and plain; else one is made.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

const NAME: HeaderName = HeaderName::from_static("x-request-id");
/// The longest name that is taken over.
const LONGEST: usize = 64;

/// Random for each process, so that the names of two processes differ.
static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Answers each request with its name.
///
/// # Errors
/// Those of the handlers.
pub async fn request_id<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let given = request.headers().get(NAME).filter(|value| is_plain(value)).cloned();
    let id = given.unwrap_or_else(made);
    let mut response = next.call(request).await?;
    response.headers_mut().insert(NAME, id);
    Ok(response)
}

fn is_plain(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(plain)
}

fn made() -> HeaderValue {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("{:016x}-{count:x}", *PROCESS);
    HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("none"))
}
