//! `GET /healthz`: whether the service answers; `GET /readyz`: whether it can do its work.

use super::error::{Problem, ProblemCode};
use super::state::State;
use crate::server::store::Store;
use actix_web::{HttpResponse, rt, web};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Whether the service answers.
#[utoipa::path(get, path = "/healthz", operation_id = "health", tag = "operation",
    responses((status = 200, description = "It does.", body = String, content_type = "text/plain", example = json!("ok"))))]
pub(super) async fn health() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// How long an outcome is taken for the current one. Anybody may ask, and asking writes to the database.
const FRESH: Duration = Duration::from_secs(1);

/// What was last found out about the store: when, and whether it is ready.
#[derive(Clone, Debug, Default)]
pub(super) struct Readiness(Arc<Mutex<Option<(Instant, bool)>>>);

impl Readiness {
    /// Whether the store takes what is written. Asks it once a second at most, whoever waits for the outcome.
    async fn of(self, store: Store) -> bool {
        let mut last = self.0.lock().await;
        if let Some((at, is_ready)) = *last
            && at.elapsed() < FRESH
        {
            return is_ready;
        }
        let checked = store.check_writes().await;
        if let Err(error) = &checked {
            tracing::error!(%error, "the store is not ready");
        }
        *last = Some((Instant::now(), checked.is_ok()));
        checked.is_ok()
    }
}

/// Whether the service can do its work: its rule book is loaded, and its store has the schema that it needs
/// and takes what is written. The answer is up to a second old.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "operation",
    responses(
        (status = 200, description = "It can.", body = String, content_type = "text/plain", example = json!("ready")),
        (status = 503, description = "The store does not answer, or takes nothing.", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    if let Some(store) = &state.store {
        // Apart from the request: a client that goes away must not end the check, since the next would begin it
        // again, without the pause.
        let outcome = rt::spawn(state.readiness.clone().of(store.clone()));
        if !outcome.await.unwrap_or(false) {
            return Err(Problem::new(ProblemCode::StoreUnavailable));
        }
    }
    let version = state.advisor().book().version.clone();
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header(("Rule-Book-Version", version))
        .body("ready\n"))
}
