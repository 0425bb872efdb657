//! `GET /healthz`: whether the service answers; `GET /readyz`: whether it can do its work.

use super::state::State;
use actix_web::{HttpResponse, web};

/// Whether the service answers.
#[utoipa::path(get, path = "/healthz", operation_id = "health", tag = "operation",
    responses((status = 200, description = "It does.", body = String, content_type = "text/plain", example = json!("ok"))))]
pub(super) async fn health() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// Whether the service can do its work: its rule book is loaded.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "operation",
    responses((status = 200, description = "It can.", body = String, content_type = "text/plain", example = json!("ready"))))]
pub(super) async fn ready(state: web::Data<State>) -> HttpResponse {
    let version = state.advisor().book().version.clone();
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header(("Rule-Book-Version", version))
        .body("ready\n")
}
