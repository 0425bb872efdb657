//! What is asked of every request before its handler: who it is, whether it may, whether it comes too
//! often; and what a browser of another site may do.

use super::super::body::has_body;
use super::super::connections::Connection;
use super::super::error::{Problem, ProblemCode};
use super::super::memory::REQUEST;
use super::super::state::State;
use super::client::is_forwarded;
use super::key::Scope;
use super::limits::Left;
use super::path::is_normal;
use super::table::Key;
use super::{Access, Caller};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    AUTHORIZATION, HeaderMap, HeaderValue, ORIGIN, VARY,
};
use actix_web::http::{ConnectionType, Method};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpResponse, ResponseError as _, web};
use std::sync::Arc;

/// What a route asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing, not even a limit: the operator's probes, and small files that are compressed once for all.
    Nothing,
    /// A limit; if there is a key, it must be right.
    Limit,
    /// The same, and of a key that it has this scope.
    IfKey(Scope),
    /// A key with this scope, unless the server is local.
    KeyUnlessLocal(Scope),
    /// A key with this scope.
    Key(Scope),
}

/// The one table of what routes ask for. A method that a route does not take is refused behind it. A
/// route that does not stand here is the operator's alone.
pub(super) fn need(method: &Method, route: &str) -> Need {
    let posted = *method == Method::POST;
    match route {
        "/healthz" | "/readyz" | "/metrics" | "/assets/style.css" | "/assets/icon.svg"
        | "/assets/form.js" | "/assets/embed.js" => Need::Nothing,
        "/api/v1/assessments" | "/api/v1/assessments:batch" if posted => Need::IfKey(Scope::Assess),
        "/api/v1/shares" | "/api/v1/shares/open" | "/api/v1/shares/delete" if posted => {
            Need::IfKey(Scope::Share)
        }
        "/api/v1/screenings" if posted => Need::KeyUnlessLocal(Scope::Screen),
        "/" | "/form" | "/sheet" | "/copy" | "/adviser" | "/text" | "/suggest/{what}" | "/s"
        | "/embed" | "/s/delete" | "/share" => Need::Limit,
        // The page asks for nine of these at once: the usual limit has room for thirty such pages a minute.
        "/openapi.json" | "/docs" | "/docs/{file:.*}" => Need::Limit,
        route if route.starts_with("/api/v1/") => Need::Limit,
        _ => Need::Key(Scope::Admin),
    }
}

/// What is found out of a request before its handler.
struct Admitted {
    key: Option<Arc<Key>>,
    left: Option<Left>,
}

struct Refused {
    problem: Problem,
    left: Option<Left>,
    /// The key, if it was right and may not do this.
    key: Option<Arc<Key>>,
}

impl Access {
    fn admit(&self, request: &ServiceRequest, need: Need) -> Result<Admitted, Refused> {
        let mut admitted = Admitted { key: None, left: None };
        let refused = |code, admitted: Admitted| Refused {
            problem: Problem::new(code),
            left: admitted.left,
            key: admitted.key,
        };
        let sent = bearer(request);
        let keys = self.keys.load();
        let known = match (sent, keys.as_deref(), &self.secret) {
            (None, ..) => Ok(None),
            (Some(text), Some(table), Some(secret)) => {
                let now = jiff::Timestamp::now().as_second();
                table.find(secret, text, now).map(Arc::clone).map(Some).ok_or(ProblemCode::BadKey)
            }
            // Keys are kept, and could not be read yet.
            (Some(_), None, Some(_)) if self.keeps_keys => Err(ProblemCode::StoreUnavailable),
            (Some(_), ..) => Err(ProblemCode::BadKey),
        };
        admitted.left = match (&known, &self.addresses) {
            (Ok(Some(key)), _) => Some(key.limit.take()),
            (_, None) => None,
            (_, Some(addresses)) => Some(addresses.take(&self.address(request.request()))),
        };
        if admitted.left.is_some_and(|left| left.is_over()) {
            return Err(refused(ProblemCode::TooManyRequests, admitted));
        }
        admitted.key = match known {
            Ok(key) => key,
            // Nobody can say whether the key is right; what needs none goes on.
            Err(ProblemCode::StoreUnavailable)
                if !matches!(need, Need::Key(_) | Need::KeyUnlessLocal(_)) =>
            {
                None
            }
            Err(code) => return Err(refused(code, admitted)),
        };
        let lacks = |scope| admitted.key.as_ref().is_some_and(|key| !key.may(scope));
        let code = match need {
            Need::Nothing | Need::Limit => return Ok(admitted),
            Need::IfKey(scope) | Need::KeyUnlessLocal(scope) | Need::Key(scope) if lacks(scope) => {
                ProblemCode::LacksScope
            }
            Need::Key(_) if admitted.key.is_none() => ProblemCode::NeedsKey,
            Need::KeyUnlessLocal(_) if admitted.key.is_none() && !self.is_local(request) => {
                ProblemCode::NeedsKey
            }
            _ => return Ok(admitted),
        };
        Err(refused(code, admitted))
    }

    fn is_local(&self, request: &ServiceRequest) -> bool {
        self.loopback && !is_forwarded(request)
    }

    /// Whether any key lists an origin.
    fn lists(&self, origin: &str) -> bool {
        self.keys.load().as_ref().is_some_and(|table| table.lists(origin))
    }
}

/// The key that a request carries; what other schemes carry is a proxy's own affair.
fn bearer(request: &ServiceRequest) -> Option<&str> {
    let (scheme, key) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Checks what a request's head alone says, before it is routed: that its path has one spelling only, and
/// that its head is not too large. Wraps the whole service.
///
/// # Errors
/// Those of the handlers.
pub async fn check_head<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let state = request.app_data::<web::Data<State>>();
    let refusal = state.and_then(|state| refusal(state, &request));
    let Some((problem, closes)) = refusal else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let mut response = request.into_response(problem.error_response());
    if closes {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response.map_into_right_body())
}

/// Lets a request through to its handler, or answers it with a problem. Wraps each resource by itself, so
/// that it decides on the resource that the router chose and that is going to answer: a decision that is made
/// before routing can be about another one. A resource that [`need`] does not know asks for `admin`.
///
/// # Errors
/// Those of the handlers.
pub(in super::super) async fn guard<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let need = match request.match_pattern() {
        Some(route) => need(request.method(), &route),
        None => Need::Key(Scope::Admin),
    };
    admit(request, next, need).await
}

/// Stands before the answer that there is nothing under an address.
///
/// # Errors
/// None.
pub(in super::super) async fn guard_unrouted<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    admit(request, next, Need::Limit).await
}

async fn admit<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
    need: Need,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let Some(state) = request.app_data::<web::Data<State>>().cloned() else {
        let problem = Problem::new(ProblemCode::Internal);
        return Ok(request.into_response(problem.error_response()).map_into_right_body());
    };
    let access = &state.access;
    let origin = request.headers().get(ORIGIN).cloned();
    let origin = origin.filter(|origin| origin.to_str().is_ok_and(|origin| access.lists(origin)));
    if let Some(origin) = &origin
        && request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    {
        return Ok(request.into_response(preflight(origin)).map_into_right_body());
    }
    if need == Need::Nothing {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let mut admitted = access.admit(&request, need);
    if let Ok(Admitted { key, left }) = &admitted
        && let Err(problem) = reserve(&state, &request).await
    {
        admitted = Err(Refused { problem, left: *left, key: key.clone() });
    }
    let (Ok(Admitted { key, .. }) | Err(Refused { key, .. })) = &admitted;
    if let Some(key) = key {
        request.extensions_mut().insert(Caller(Arc::clone(&key.id)));
    }
    let (key, left, mut response) = match admitted {
        Ok(Admitted { key, left }) => (key, left, next.call(request).await?.map_into_left_body()),
        Err(Refused { problem, left, key }) => {
            (key, left, request.into_response(problem.error_response()).map_into_right_body())
        }
    };
    if let Some(left) = left {
        left.tell(response.headers_mut());
    }
    if let Some(origin) = origin {
        let listed = |key: &Arc<Key>| origin.to_str().is_ok_and(|origin| key.lists(origin));
        if key.as_ref().is_none_or(listed) {
            share(response.headers_mut(), &origin);
        }
    }
    Ok(response)
}

/// Why a request is refused whoever sends it and wherever it goes, and whether its connection is closed.
fn refusal(state: &State, request: &ServiceRequest) -> Option<(Problem, bool)> {
    if !is_normal(request.uri().path()) {
        let detail = "the path has another spelling; send it without escapes of plain characters, with \
                      escapes in capital letters, and without empty or dotted segments";
        return Some((Problem::new(ProblemCode::NotFound).with(detail), false));
    }
    if !state.limits.admits(request) {
        return Some((Problem::new(ProblemCode::HeadTooLarge), true));
    }
    None
}

/// Reserves the memory that a request takes until it is answered; then its body may come.
async fn reserve(state: &State, request: &ServiceRequest) -> Result<(), Problem> {
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    let Some(connection) = connection else { return Ok(()) };
    connection.works_for(state.access.proxies.client(request.request()));
    connection.reserve(REQUEST).await?;
    if has_body(request.headers()) {
        connection.turn.reads_body();
    }
    Ok(())
}

/// What a browser asks before it sends a request of another site.
fn preflight(origin: &HeaderValue) -> HttpResponse {
    let mut response = HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST"))
        .insert_header((
            ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, Accept, Accept-Language, If-None-Match, X-Request-Id",
        ))
        .insert_header((ACCESS_CONTROL_MAX_AGE, "600"))
        .finish();
    share(response.headers_mut(), origin);
    response
}

/// Lets a page of an origin read an answer.
fn share(headers: &mut HeaderMap, origin: &HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "ETag, RateLimit, RateLimit-Policy, Retry-After, Rule-Book-Version, X-Request-Id",
        ),
    );
    headers.append(VARY, HeaderValue::from_static("Origin"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_asks_for_a_key_where_it_should() {
        let post = |route| need(&Method::POST, route);
        assert_eq!(post("/api/v1/screenings"), Need::KeyUnlessLocal(Scope::Screen));
        assert_eq!(post("/api/v1/assessments"), Need::IfKey(Scope::Assess));
        for route in ["/api/v1/shares", "/api/v1/shares/open", "/api/v1/shares/delete"] {
            assert_eq!(post(route), Need::IfKey(Scope::Share));
        }
        assert_eq!(post("/admin/reload"), Need::Key(Scope::Admin));
        assert_eq!(post("/form"), Need::Limit);
        assert_eq!(need(&Method::GET, "/a/new/route"), Need::Key(Scope::Admin));
        assert_eq!(need(&Method::GET, "/assets/style.css"), Need::Nothing);
    }
}
