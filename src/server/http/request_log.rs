//! What is recorded of every request: an id, counters, a log line, an entry in the audit, a span.
//!
//! The id, `X-Request-Id`, is the one that the client or a proxy sends if it is short and plain; else one is made.
//! The line has method, route template, status, time and id: no path, no parameter, no header and no body, so
//! nothing that a client said of a firm.
//!
//! It also moves the connection through the phases of a request: it begins here, and its answer leaves here.

use super::connections::Connection;
use super::delivery::Delivery;
use crate::server::access::Caller;
use crate::server::app::App;
use crate::server::audit::{Answered, AuditAction, RequestId};
use crate::server::metrics::{NO_ROUTE, known_method};
use crate::server::telemetry::{Span, Telemetry};
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};
use export_advisor_core::facts::credit_code;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The status of a request whose rest is not waited for.
const TOO_SLOW: u16 = 408;
/// The longest id that is accepted from a client.
const LONGEST: usize = 64;

/// Random for each process, so that the ids of two processes differ.
static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Records a request and its answer. Wraps the whole service.
///
/// # Errors
/// Those of the handlers.
pub(crate) async fn log_request<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<Delivery>, Error> {
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    if let Some(connection) = &connection {
        connection.begin_request();
        connection.read_state.begin_request();
    }
    let given = request.headers().get(REQUEST_ID).filter(|value| is_plain(value)).cloned();
    let id = given.unwrap_or_else(new_id);
    let request_id = id.to_str().unwrap_or("").to_owned();
    let began = Instant::now();
    let method = request.method().clone();
    request.extensions_mut().insert(RequestId(request_id.clone()));
    let app = request.app_data::<web::Data<App>>().cloned();
    let is_traced = app.as_ref().is_some_and(|app| app.telemetry.is_some());
    let parent = is_traced.then(|| Telemetry::parent(request.headers()));
    let mut response = next.call(request).await?;
    let took = began.elapsed();
    let status = response.status().as_u16();
    let route = response.request().match_pattern();
    let route = route.as_deref().unwrap_or(NO_ROUTE);
    let known = known_method(&method);
    if let Some(app) = app {
        app.metrics.count_request(known, route, status, took);
        let extensions = response.request().extensions();
        let (action, caller) = (extensions.get::<AuditAction>(), extensions.get::<Caller>());
        if let Some(action) = action {
            let answered = Answered { action: *action, request_id: &request_id, caller };
            app.audit.record(&answered, response.response());
        }
        if let (Some(telemetry), Some(parent)) = (&app.telemetry, &parent) {
            let span = Span { method: known, route, status, request_id: &request_id, took };
            telemetry.record(parent, &span);
        }
    }
    let (method, ms) = (known, milliseconds(took));
    if status >= 500 {
        tracing::error!(request_id = request_id.as_str(), method, route, status, ms, "failed");
    } else {
        tracing::info!(request_id = request_id.as_str(), method, route, status, ms, "answered");
    }
    response.headers_mut().insert(REQUEST_ID, id);
    if let Some(connection) = &connection {
        if let BodySize::Sized(bytes) = response.response().body().size() {
            connection.reserve_answer(usize::try_from(bytes).unwrap_or(usize::MAX)).await?;
        }
        if status == TOO_SLOW {
            connection.start_last_deadline();
        } else {
            connection.start_deadline();
        }
        connection.read_state.begin_answer();
    }
    Ok(response.map_body(|_, body| Delivery::new(body, connection)))
}

/// Milliseconds to the microsecond: more digits mean nothing.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// Whether an id can be accepted. The number of a firm or a person would get into the log by it.
fn is_plain(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    let text = value.to_str().unwrap_or("");
    if credit_code::check(text).is_ok() || credit_code::is_personal_number(text) {
        return false;
    }
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(plain)
}

fn new_id() -> HeaderValue {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let id = format!("{:016x}-{count:x}", *PROCESS);
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_logged_to_the_microsecond() {
        let logged = |nanos| milliseconds(Duration::from_nanos(nanos)).to_string();
        assert_eq!(logged(46_610), "0.047");
        for nanos in (0..2_000_000).step_by(97) {
            let digits = logged(nanos);
            assert!(digits.split('.').nth(1).is_none_or(|part| part.len() <= 3), "{digits}");
        }
    }
}
