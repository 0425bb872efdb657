//! All routes of the API, in one place.

use super::access::{guard, guard_unrouted};
use super::body::Largest;
use super::error::{Problem, ProblemCode};
use super::limits::Limits;
use super::{
    assessments, audit, batch, catalogue, docs, health, metrics, openapi, policies, reload,
    screenings, shares, sql, supports,
};
use actix_web::body::MessageBody;
use actix_web::dev::{HttpServiceFactory, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{
    Error, FromRequest, Handler, HttpRequest, HttpResponse, Responder, ResponseError as _, web,
};

/// Adds the routes of the API, with the sizes of their bodies.
pub fn configure(config: &mut web::ServiceConfig, limits: &Limits) {
    config
        .app_data(Largest(limits.body_bytes))
        .service(postable("/api/v1/assessments", assessments::assess))
        .service(guarded(
            resource("/api/v1/assessments:batch")
                .app_data(Largest(limits.batch_bytes))
                .route(web::post().to(batch::assess_batch)),
        ))
        .service(postable("/api/v1/screenings", screenings::screen))
        .service(postable("/api/v1/shares", shares::create))
        .service(postable("/api/v1/shares/open", shares::open))
        .service(postable("/api/v1/shares/delete", shares::delete))
        .service(readable("/api/v1/policies", policies::list))
        .service(readable("/api/v1/policies/{id}", policies::get))
        .service(readable("/api/v1/supports", supports::list))
        .service(readable("/api/v1/supports/{id}", supports::get))
        .service(readable("/api/v1/facts", catalogue::facts))
        .service(readable("/api/v1/rulebook", catalogue::rulebook))
        .service(readable("/api/v1/rulebook/sql", sql::get))
        .service(readable("/openapi.json", openapi::serve))
        .service(readable("/docs", docs::lead))
        .service(readable("/docs/{file:.*}", docs::file))
        .service(readable("/healthz", health::health))
        .service(readable("/readyz", health::ready))
        .service(readable("/metrics", metrics::metrics))
        .service(readable("/admin/audit", audit::list))
        .service(postable("/admin/reload", reload::reload))
        .default_service(web::to(not_found).wrap(from_fn(guard_unrouted)));
}

/// Puts the guard before a resource: without it none may be registered.
pub fn guarded<T, B>(resource: actix_web::Resource<T>) -> impl HttpServiceFactory + 'static
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    resource.wrap(from_fn(guard))
}

/// A resource to GET, or to HEAD.
fn readable<F, Args>(path: &str, handler: F) -> impl HttpServiceFactory + use<F, Args>
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    guarded(resource(path).route(web::get().to(handler.clone())).route(web::head().to(handler)))
}

/// A resource to POST to.
fn postable<F, Args>(path: &str, handler: F) -> impl HttpServiceFactory + use<F, Args>
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    guarded(resource(path).route(web::post().to(handler)))
}

/// A resource that answers other methods with a problem.
fn resource(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(wrong_method))
}

async fn not_found() -> HttpResponse {
    Problem::new(ProblemCode::NotFound).error_response()
}

async fn wrong_method(request: HttpRequest) -> HttpResponse {
    let posted = ["/api/v1/assessments", "/api/v1/screenings", "/api/v1/shares", "/admin/reload"];
    let posted = posted.iter().any(|start| request.path().starts_with(start));
    let allowed = if posted { "POST" } else { "GET, HEAD" };
    let mut response = Problem::new(ProblemCode::MethodNotAllowed).error_response();
    let value = actix_web::http::header::HeaderValue::from_static(allowed);
    response.headers_mut().insert(actix_web::http::header::ALLOW, value);
    response
}
