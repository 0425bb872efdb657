//! `GET /metrics`: the counters of the process.

use crate::server::app::App;
use crate::server::http::query::NoQuery;
use actix_web::{HttpResponse, web};

/// The media type of the counters.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the process counted, for Prometheus.
///
/// Routes are told by their templates; nothing that a client sent is in it.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "operation",
    responses(
        (status = 200, description = "The counters.", body = String, content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8", example = json!("# EOF\n")),
        (status = 400, description = "It has no parameters."),
    ))]
pub(crate) async fn get(app: web::Data<App>, _: NoQuery) -> HttpResponse {
    match app.metrics.encode() {
        Ok(out) => HttpResponse::Ok().content_type(OPEN_METRICS).body(out),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
