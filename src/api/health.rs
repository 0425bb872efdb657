//! `GET /healthz`: whether the service answers; `GET /readyz`: whether it can do its work.

use super::error::{Problem, ProblemCode};
use super::state::State;
use actix_web::{HttpResponse, web};

/// Whether the service answers.
#[utoipa::path(get, path = "/healthz", operation_id = "health", tag = "operation",
    responses((status = 200, description = "It does.", body = String, content_type = "text/plain", example = json!("ok"))))]
pub(super) async fn health() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// Whether the service can do its work: its rule book is loaded, and its store answers with the
/// schema that it needs.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "operation",
    responses(
        (status = 200, description = "It can.", body = String, content_type = "text/plain", example = json!("ready")),
        (status = 503, description = "The store does not answer.", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    if let Some(store) = &state.store {
        store.check().await.map_err(|error| {
            tracing::error!(%error, "the store is not ready");
            Problem::new(ProblemCode::StoreUnavailable)
        })?;
    }
    let version = state.advisor().book().version.clone();
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header(("Rule-Book-Version", version))
        .body("ready\n"))
}
