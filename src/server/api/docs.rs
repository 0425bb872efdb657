//! `GET /docs`: the description of the API to browse and to try, by Swagger UI, whose files are in the
//! program. No other server is asked: not even the one that by default judges descriptions.

use super::error::{Problem, ProblemCode};
use crate::server::http::static_file::StaticFile;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::Config;

/// Swagger UI sets styles in attributes and draws its icons from `data:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// The page, and what it loads. Swagger UI has further files that the page does not use.
const NAMES: [&str; 8] = [
    "index.html",
    "index.css",
    "swagger-ui.css",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "swagger-initializer.js",
    "favicon-16x16.png",
    "favicon-32x32.png",
];

static FILES: LazyLock<BTreeMap<&str, StaticFile>> = LazyLock::new(|| {
    let config = Config::new(["/openapi.json"]).validator_url("none");
    let config = Arc::new(
        config.display_operation_id(true).try_it_out_enabled(true).persist_authorization(false),
    );
    let files = NAMES.into_iter().filter_map(|name| {
        let file = utoipa_swagger_ui::serve(name, Arc::clone(&config));
        let file = file.unwrap_or_else(|error| {
            tracing::error!(%error, name, "the page of the description lacks a file");
            None
        })?;
        let bytes = match file.bytes {
            Cow::Borrowed(bytes) => web::Bytes::from_static(bytes),
            Cow::Owned(bytes) => web::Bytes::from(bytes),
        };
        Some((name, StaticFile::new(file.content_type, bytes)))
    });
    files.collect()
});

/// Redirects to the page, whose files are found beside it.
pub(crate) async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

/// One file of the page.
pub(crate) async fn file(
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let name = if path.is_empty() { "index.html" } else { path.as_str() };
    let file = FILES.get(name).ok_or_else(|| Problem::new(ProblemCode::NotFound))?;
    let mut response = file.response();
    response.insert_header((CONTENT_SECURITY_POLICY, POLICY));
    Ok(file.send(&request, &mut response))
}
