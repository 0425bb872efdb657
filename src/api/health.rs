//! `GET /healthz`: whether the service answers.

use actix_web::HttpResponse;

/// Whether the service answers.
#[utoipa::path(get, path = "/healthz", operation_id = "health", tag = "operation",
    responses((status = 200, description = "It does.", body = String, content_type = "text/plain", example = json!("ok"))))]
pub(super) async fn health() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}
