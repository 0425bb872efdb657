//! `POST /admin/reload`: the rules read again, as at SIGHUP.

use super::error::{Problem, ProblemCode};
use crate::server::access::Caller;
use crate::server::app::App;
use crate::server::http::query::NoQuery;
use crate::server::reload::ReloadError;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The rules in use after they were read again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reloaded {
    /// The rule book's version.
    #[schema(examples("sha256:0f3a…"))]
    rulebook: String,
}

/// Reads the rules again.
///
/// They come from where the server took them at its start. Bad rules are refused, told in `detail`, and
/// the old ones stay in use; so are those that take longer to read than the settings allow. One reading is under way
/// at a time.
#[utoipa::path(post, path = "/admin/reload", operation_id = "reload", tag = "operation",
    responses(
        (status = 200, description = "The rules in use now.", body = Reloaded),
        (status = 409, description = "The rules are being read already."),
        (status = 422, description = "The rules have faults; the old ones stay."),
    ))]
pub(crate) async fn reload(
    app: web::Data<App>,
    request: HttpRequest,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    // A task of its own: it runs to its end, and its outcome is used and logged, even if the client goes away.
    let reloader = Arc::clone(&app.reloader);
    let key = request.extensions().get::<Caller>().map(|caller| Arc::clone(&caller.0));
    let reload = async move { reloader.reload(key.as_deref().unwrap_or_default()).await };
    let reloaded = actix_web::rt::spawn(reload).await;
    let rulebook = reloaded.map_err(|_| Problem::new(ProblemCode::Internal))?;
    let rulebook = rulebook.map_err(|error| match error {
        ReloadError::Running => Problem::new(ProblemCode::ReloadRunning),
        ReloadError::Refused(faults) => Problem::new(ProblemCode::InvalidRules).with(faults),
    })?;
    Ok(HttpResponse::Ok()
        .insert_header(("Rule-Book-Version", rulebook.as_str()))
        .insert_header(("Cache-Control", "no-store"))
        .json(Reloaded { rulebook }))
}
