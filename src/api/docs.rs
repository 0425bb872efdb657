//! `GET /docs`: the description of the API to browse and to try, by Swagger UI, whose files are in the
//! program. No other server is asked: not even the one that by default judges descriptions.

use super::error::{Problem, ProblemCode};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpResponse, web};
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::Config;

/// Swagger UI sets styles in attributes and draws its icons from `data:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::new(["/openapi.json"]).validator_url("none");
    Arc::new(
        config.display_operation_id(true).try_it_out_enabled(true).persist_authorization(false),
    )
});

/// Leads to the page, whose files are found beside it.
pub(super) async fn lead() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

/// One file of the page.
pub(super) async fn file(path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let found = utoipa_swagger_ui::serve(&path, Arc::clone(&CONFIG)).map_err(|error| {
        tracing::error!(%error, "the page of the description failed");
        Problem::new(ProblemCode::Internal)
    })?;
    let file = found.ok_or_else(|| Problem::new(ProblemCode::NotFound))?;
    Ok(HttpResponse::Ok()
        .content_type(file.content_type)
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .body(file.bytes.into_owned()))
}
