//! The guard: it stands before every handler, and lets a request through or answers it with a problem.
//!
//! In goes a request that was routed, with the row of the route table that the router chose; out comes the
//! handler's answer, or a problem. It also reserves the memory of a request, answers preflight requests, and
//! writes the rate limit into the answer. What a key may do is decided by [`Access`](crate::server::access).
//!
//! INVARIANT: the guard wraps each resource by itself, and its requirement is a value of the row that registered
//! the resource. So it decides on the resource that the router chose and that is going to answer; a decision
//! before routing could be about another one. A resource without a requirement cannot be registered.

use super::body::has_body;
use super::connections::Connection;
use super::cors::{allow_origin, is_preflight, preflight};
use super::memory::REQUEST;
use crate::server::access::{Admission, Caller, Refusal, Requirement};
use crate::server::api::error::{Problem, ProblemCode};
use crate::server::app::App;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::ORIGIN;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, ResponseError as _, web};
use std::sync::Arc;

/// Calls the handler if the caller meets the requirement, else answers with a problem.
///
/// # Errors
/// Those of the handlers.
pub(crate) async fn guard<B: MessageBody + 'static>(
    requirement: Requirement,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
        let problem = Problem::new(ProblemCode::Internal);
        return Ok(request.into_response(problem.error_response()).map_into_right_body());
    };
    let access = &app.access;
    let origin = request.headers().get(ORIGIN).cloned();
    let origin =
        origin.filter(|origin| origin.to_str().is_ok_and(|origin| access.lists_origin(origin)));
    if let Some(origin) = origin.as_ref().filter(|_| is_preflight(&request)) {
        return Ok(request.into_response(preflight(origin)).map_into_right_body());
    }
    if requirement == Requirement::Nothing {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let mut admitted = access.admit(&request, requirement);
    if let Ok(Admission { key, rate }) = &admitted
        && let Err(problem) = reserve(&app, &request).await
    {
        admitted = Err(Refusal { problem, rate: *rate, key: key.clone() });
    }
    let (Ok(Admission { key, .. }) | Err(Refusal { key, .. })) = &admitted;
    if let Some(key) = key {
        request.extensions_mut().insert(Caller(Arc::clone(&key.id)));
    }
    let (key, rate, mut response) = match admitted {
        Ok(Admission { key, rate }) => (key, rate, next.call(request).await?.map_into_left_body()),
        Err(Refusal { problem, rate, key }) => {
            (key, rate, request.into_response(problem.error_response()).map_into_right_body())
        }
    };
    if let Some(rate) = rate {
        rate.write_headers(response.headers_mut());
    }
    if let Some(origin) = origin {
        let is_listed = origin
            .to_str()
            .is_ok_and(|origin| key.as_ref().is_none_or(|key| key.lists_origin(origin)));
        if is_listed {
            allow_origin(response.headers_mut(), &origin);
        }
    }
    Ok(response)
}

/// Reserves the memory that a request takes until it is answered; then its body may come.
async fn reserve(app: &App, request: &ServiceRequest) -> Result<(), Problem> {
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    let Some(connection) = connection else { return Ok(()) };
    connection.set_client(app.access.proxies.client(request.request()));
    connection.reserve(REQUEST).await?;
    if has_body(request.headers()) {
        connection.read_state.read_body();
    }
    Ok(())
}
