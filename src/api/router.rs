//! All routes of the API, in one place.

use super::assessments::LARGEST_BODY;
use super::error::{Problem, ProblemCode};
use super::{assessments, catalogue, health, openapi, policies, supports};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};

/// Adds the routes of the API.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(LARGEST_BODY))
        .service(resource("/api/v1/assessments").route(web::post().to(assessments::assess)))
        .service(resource("/api/v1/policies").route(web::get().to(policies::list)))
        .service(resource("/api/v1/policies/{id}").route(web::get().to(policies::get)))
        .service(resource("/api/v1/supports").route(web::get().to(supports::list)))
        .service(resource("/api/v1/supports/{id}").route(web::get().to(supports::get)))
        .service(resource("/api/v1/facts").route(web::get().to(catalogue::facts)))
        .service(resource("/api/v1/rulebook").route(web::get().to(catalogue::rulebook)))
        .service(resource("/openapi.json").route(web::get().to(openapi::serve)))
        .service(resource("/healthz").route(web::get().to(health::health)))
        .default_service(web::to(not_found));
}

/// A resource that answers other methods with a problem.
fn resource(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(wrong_method))
}

async fn not_found() -> HttpResponse {
    Problem::new(ProblemCode::NotFound).error_response()
}

async fn wrong_method(request: HttpRequest) -> HttpResponse {
    let allowed = if request.path().ends_with("/assessments") { "POST" } else { "GET, HEAD" };
    let mut response = Problem::new(ProblemCode::MethodNotAllowed).error_response();
    let value = actix_web::http::header::HeaderValue::from_static(allowed);
    response.headers_mut().insert(actix_web::http::header::ALLOW, value);
    response
}
