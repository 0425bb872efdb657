//! What a browser may do with a page: the headers of all pages, and the refusal of forms of other sites.

use super::cross_site::is_cross_site;
use crate::server::api::error::{Problem, ProblemCode};
use crate::server::app::App;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{ResponseError as _, web};

/// What a page may load: its own style sheet and script, and nothing else; and who may frame it: the
/// sites that the operator names, and those that keys list.
fn policy(app: &App) -> String {
    let mut frames = app.embed.to_vec();
    frames.extend(app.access.origins());
    frames.sort_unstable();
    frames.dedup();
    let frames = if frames.is_empty() { "'none'".to_owned() } else { frames.join(" ") };
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
         img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
    )
}

/// Sends a page with its headers, unless a page of another site asks for it with a form. Wraps each page, inside the
/// guard.
///
/// # Errors
/// Those of the handlers.
pub(crate) async fn page_headers<B: MessageBody + 'static>(
    app: web::Data<App>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let mut response = if request.method() == Method::POST && is_cross_site(request.headers()) {
        let problem = Problem::new(ProblemCode::CrossSite);
        request.into_response(problem.error_response()).map_into_right_body()
    } else {
        next.call(request).await?.map_into_left_body()
    };
    let policy = HeaderValue::from_str(&policy(&app));
    let all = [
        (CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static("default-src 'none'"))),
        // With `no-store` a browser could not go back to pages that were answers to a form.
        (CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    let headers = response.headers_mut();
    for (name, value) in all {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}
