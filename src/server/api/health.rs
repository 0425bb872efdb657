//! `GET /healthz`: whether the service answers; `GET /readyz`: whether it can do its work.

use super::error::{Problem, ProblemCode};
use crate::server::app::App;
use crate::server::http::query::NoQuery;
use actix_web::{HttpResponse, web};

/// Whether the service answers.
///
/// For a supervisor that restarts a service that hangs; it says nothing of the store.
#[utoipa::path(get, path = "/healthz", operation_id = "health", tag = "operation",
    responses(
        (status = 200, description = "It does.", body = String, content_type = "text/plain", example = json!("ok")),
        (status = 400, description = "It has no parameters."),
    ))]
pub(crate) async fn health(_: NoQuery) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// Whether the service can do its work.
///
/// It can if its rule book is loaded, and its store has the schema that it needs and takes what is written. The answer is up to a second old.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "operation",
    responses(
        (status = 200, description = "It can.", body = String, content_type = "text/plain", example = json!("ready")),
        (status = 400, description = "It has no parameters."),
        (status = 503, description = "The store does not answer, or takes nothing."),
    ))]
pub(crate) async fn ready(app: web::Data<App>, _: NoQuery) -> Result<HttpResponse, Problem> {
    if !app.readiness.is_ready().await {
        return Err(Problem::new(ProblemCode::StoreUnavailable));
    }
    let version = app.advisor().book().version.clone();
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header(("Rule-Book-Version", version))
        .body("ready\n"))
}
