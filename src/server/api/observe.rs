//! What is done around every request: it gets a name, is counted, and leaves a line in the log.
//!
//! The name, `X-Request-Id`, is the one that the client or a proxy gives if it is short and plain;
//! else one is made. The line has method, route template, status, time and name: no path, no
//! parameter, no header and no body, so nothing that a client said of a firm. What is to be audited is
//! noted here too.

use super::access::Caller;
use super::audit::{Answered, RequestName};
use super::connections::Connection;
use super::delivery::Delivery;
use super::metrics::{NO_ROUTE, known};
use super::retiring::{RETIRING, find};
use super::state::State;
use super::telemetry::{Telemetry, Told};
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

const NAME: HeaderName = HeaderName::from_static("x-request-id");
/// The status of a request whose rest is not waited for.
const TOO_SLOW: u16 = 408;
/// The longest name that is taken over.
const LONGEST: usize = 64;

/// Random for each process, so that the names of two processes differ.
static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Names, counts and logs a request.
///
/// # Errors
/// Those of the handlers.
pub async fn observe<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<Delivery>, Error> {
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    if let Some(connection) = &connection {
        connection.asks();
        connection.turn.begins();
    }
    let given = request.headers().get(NAME).filter(|value| is_plain(value)).cloned();
    let id = given.unwrap_or_else(made);
    let begun = Instant::now();
    let method = request.method().clone();
    request.extensions_mut().insert(RequestName(id.to_str().unwrap_or("").to_owned()));
    let state = request.app_data::<web::Data<State>>().cloned();
    let traced = state.as_ref().is_some_and(|state| state.telemetry.is_some());
    let parent = traced.then(|| Telemetry::parent(request.headers()));
    let mut response = next.call(request).await?;
    let took = begun.elapsed();
    let status = response.status().as_u16();
    let route = response.request().match_pattern();
    let route = route.as_deref().unwrap_or(NO_ROUTE);
    if let Some(state) = state {
        state.metrics.answered(&method, route, status, took);
        let caller = response.request().extensions().get::<Caller>().cloned();
        let request_id = id.to_str().unwrap_or("");
        let answered = Answered { method: &method, route, request_id, caller: caller.as_ref() };
        state.note(&answered, response.response());
        if let (Some(telemetry), Some(parent)) = (&state.telemetry, &parent) {
            let method = known(&method);
            telemetry.answered(parent, &Told { method, route, status, request_id, took });
        }
    }
    let id_text = id.to_str().unwrap_or("");
    let ms = milliseconds(took);
    let told = known(&method);
    if status >= 500 {
        tracing::error!(request_id = id_text, method = told, route, status, ms, "failed");
    } else {
        tracing::info!(request_id = id_text, method = told, route, status, ms, "answered");
    }
    if let Some(entry) = find(RETIRING, method.as_str(), route) {
        entry.tell(response.headers_mut());
    }
    response.headers_mut().insert(NAME, id);
    if let Some(connection) = &connection {
        if let BodySize::Sized(bytes) = response.response().body().size() {
            connection.keep_for(usize::try_from(bytes).unwrap_or(usize::MAX)).await?;
        }
        if status == TOO_SLOW {
            connection.ends()
        } else {
            connection.sends()
        }
        connection.turn.answers();
    }
    Ok(response.map_body(|_, body| Delivery::new(body, connection)))
}

/// Milliseconds to the microsecond: more digits say nothing.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// Whether a name can be taken over. One that is a firm's or a person's number would put it into the log.
fn is_plain(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    let text = value.to_str().unwrap_or("");
    if credit_code::check(text).is_ok() || credit_code::is_personal_number(text) {
        return false;
    }
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(plain)
}

fn made() -> HeaderValue {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("{:016x}-{count:x}", *PROCESS);
    HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_to_the_microsecond() {
        let told = |nanos| milliseconds(Duration::from_nanos(nanos)).to_string();
        assert_eq!(told(46_610), "0.047");
        for nanos in (0..2_000_000).step_by(97) {
            let digits = told(nanos);
            assert!(digits.split('.').nth(1).is_none_or(|part| part.len() <= 3), "{digits}");
        }
    }
}
