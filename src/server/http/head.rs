//! Checks of a request's head before it is routed: its path has one spelling, and it is not too large.

use super::limits::Limits;
use super::path::is_normal;
use crate::server::api::error::{Problem, ProblemCode};
use crate::server::app::App;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError as _, web};

/// Refuses a request whose head alone is wrong. Wraps the whole service.
///
/// # Errors
/// Those of the handlers.
pub(crate) async fn check_head<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let app = request.app_data::<web::Data<App>>();
    let refusal = app.and_then(|app| refusal(&app.limits, &request));
    let Some((problem, closes)) = refusal else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let mut response = request.into_response(problem.error_response());
    if closes {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response.map_into_right_body())
}

/// Why a request is refused whoever sends it and wherever it goes, and whether its connection is closed.
fn refusal(limits: &Limits, request: &ServiceRequest) -> Option<(Problem, bool)> {
    if !is_normal(request.uri().path()) {
        let detail = "the path has another spelling; send it without escapes of plain characters, with \
                      escapes in capital letters, and without empty or dotted segments";
        return Some((Problem::new(ProblemCode::NotFound).with(detail), false));
    }
    if !limits.admit_head(request) {
        return Some((Problem::new(ProblemCode::HeadTooLarge), true));
    }
    None
}
