//! The route table: every resource and method of the service, in one place.
//!
//! A row says method, path, what it requires, how the audit records it, how large its body may be, and its handler.
//! [`configure`] registers the rows; there is no other way to register a resource, and so none past the guard.
//! Resources with several methods have their rows side by side.

use crate::server::access::Requirement::{Key, KeyUnlessLocal, Nothing, RateLimit, ScopeOfKey};
use crate::server::access::Scope::{Admin, Assess, Screen, Share};
use crate::server::api::error::{Problem, ProblemCode};
use crate::server::api::{
    assessments, audit, batch, codes, docs, facts, health, metrics, openapi, policies, reload,
    rulebook, rulebooks, screenings, shares, sql, supports,
};
use crate::server::audit::AuditAction;
use crate::server::http::body::MaxBody;
use crate::server::http::guard::guard;
use crate::server::http::limits::Limits;
use crate::server::http::panics::catch_panics;
use crate::server::pages::headers::page_headers;
use crate::server::pages::lookup::{list, one};
use crate::server::pages::{
    self, about, adviser, assets, brand, feedback, form, missing, reader, saved, sheets, start,
    suggest,
};
use crate::server::route::{BodyLimit, Kind, Route, requirement};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::middleware::{Next, from_fn};
use actix_web::{
    Error, HttpMessage as _, HttpRequest, HttpResponse, Resource, ResponseError as _, web,
};

static ROUTES: &[Route] = &[
    Route::post("/api/v1/assessments", ScopeOfKey(Assess), || web::to(assessments::assess))
        .audit(AuditAction::Assess),
    Route::post("/api/v1/assessments:batch", ScopeOfKey(Assess), || web::to(batch::assess_batch))
        .audit(AuditAction::AssessBatch)
        .body(BodyLimit::Batch),
    Route::post("/api/v1/screenings", KeyUnlessLocal(Screen), || web::to(screenings::screen))
        .audit(AuditAction::Screen),
    Route::post("/api/v1/screenings:upload", KeyUnlessLocal(Screen), || {
        web::to(screenings::screen_upload)
    })
    .audit(AuditAction::Screen),
    Route::post("/api/v1/screenings:compare", KeyUnlessLocal(Screen), || {
        web::to(screenings::compare)
    })
    .audit(AuditAction::Screen),
    Route::post("/api/v1/shares", ScopeOfKey(Share), || web::to(shares::create))
        .audit(AuditAction::ShareCreate),
    Route::post("/api/v1/shares/open", ScopeOfKey(Share), || web::to(shares::open))
        .audit(AuditAction::ShareOpen),
    Route::post("/api/v1/shares/delete", ScopeOfKey(Share), || web::to(shares::delete))
        .audit(AuditAction::ShareDelete),
    Route::get("/api/v1/policies", RateLimit, || web::to(policies::list)),
    Route::get("/api/v1/policies/{id}", RateLimit, || web::to(policies::get)),
    Route::get("/api/v1/policies/{id}/later", RateLimit, || web::to(policies::later)),
    Route::get("/api/v1/supports", RateLimit, || web::to(supports::list)),
    Route::get("/api/v1/supports/{id}", RateLimit, || web::to(supports::get)),
    Route::get("/api/v1/facts", RateLimit, || web::to(facts::list)),
    Route::get("/api/v1/codes/{system}", RateLimit, || web::to(codes::list)),
    Route::get("/api/v1/rulebook", RateLimit, || web::to(rulebook::get)),
    Route::get("/api/v1/rulebook/sql", RateLimit, || web::to(sql::get)),
    Route::get("/api/v1/rulebooks", RateLimit, || web::to(rulebooks::list)),
    // Before the next row, which takes any text.
    Route::get("/api/v1/rulebooks/{old}..{new}", RateLimit, || web::to(rulebooks::compare)),
    Route::get("/api/v1/rulebooks/{version}", RateLimit, || web::to(rulebooks::get)),
    Route::get("/api/v1/rulebooks/{version}/archive", RateLimit, || web::to(rulebooks::archive)),
    Route::get("/admin/audit", Key(Admin), || web::to(audit::list)).audit(AuditAction::AuditRead),
    Route::post("/admin/reload", Key(Admin), || web::to(reload::reload))
        .audit(AuditAction::RulesReload),
    // The page asks for nine files at once: the default limit has room for thirty such pages a minute.
    Route::get("/openapi.json", RateLimit, || web::to(openapi::get)),
    Route::get("/docs", RateLimit, || web::to(docs::redirect)),
    Route::get("/docs/{file:.*}", RateLimit, || web::to(docs::file)),
    Route::get("/healthz", Nothing, || web::to(health::health)),
    Route::get("/readyz", Nothing, || web::to(health::ready)),
    Route::get("/metrics", Nothing, || web::to(metrics::get)),
    Route::get("/", RateLimit, || web::to(start::show)).kind(Kind::Page),
    Route::post("/", RateLimit, || web::to(start::fill)).kind(Kind::Page),
    Route::get("/form", RateLimit, || web::to(form::begin)).kind(Kind::Page),
    Route::post("/form", RateLimit, || web::to(form::submit)).kind(Kind::Page),
    Route::get("/embed", RateLimit, || web::to(form::begin)).kind(Kind::Page),
    Route::get("/result", RateLimit, || web::to(saved::open_saved)).kind(Kind::Page),
    Route::get("/adviser", RateLimit, || web::to(adviser::empty)).kind(Kind::Page),
    Route::post("/adviser", RateLimit, || web::to(adviser::submit)).kind(Kind::Page),
    Route::get("/assets/adviser.js", Nothing, || web::to(assets::adviser)).kind(Kind::Asset),
    Route::get("/text", RateLimit, || web::to(reader::read)).kind(Kind::Page),
    Route::get("/supports", RateLimit, || web::to(list::list)).kind(Kind::Page),
    Route::get("/supports/{id}", RateLimit, || web::to(one::show)).kind(Kind::Page),
    Route::get("/contact", RateLimit, || web::to(about::contact)).kind(Kind::Page),
    Route::get("/privacy", RateLimit, || web::to(about::privacy)).kind(Kind::Page),
    Route::get("/accessibility", RateLimit, || web::to(about::accessibility)).kind(Kind::Page),
    Route::post("/feedback", RateLimit, || web::to(feedback::send_feedback)).kind(Kind::Page),
    Route::post("/sheet", RateLimit, || web::to(sheets::sheet)).kind(Kind::Page),
    Route::post("/copy", RateLimit, || web::to(sheets::copy)).kind(Kind::Page),
    Route::post("/share", RateLimit, || web::to(pages::shares::create))
        .kind(Kind::Page)
        .audit(AuditAction::ShareCreate),
    Route::get("/s", RateLimit, || web::to(pages::shares::ask)).kind(Kind::Page),
    Route::post("/s", RateLimit, || web::to(pages::shares::open_share))
        .kind(Kind::Page)
        .audit(AuditAction::ShareOpen),
    Route::post("/s/delete", RateLimit, || web::to(pages::shares::delete))
        .kind(Kind::Page)
        .audit(AuditAction::ShareDelete),
    Route::get("/suggest/{what}", RateLimit, || web::to(suggest::suggest)).kind(Kind::Page),
    Route::get("/assets/style.css", Nothing, || web::to(assets::style)).kind(Kind::Asset),
    Route::get("/assets/icon.svg", Nothing, || web::to(assets::icon)).kind(Kind::Asset),
    Route::get("/assets/form.js", Nothing, || web::to(assets::form)).kind(Kind::Asset),
    Route::get("/assets/embed.js", Nothing, || web::to(assets::embed)).kind(Kind::Asset),
    Route::get("/assets/icon-180.png", Nothing, || web::to(assets::large_icon)).kind(Kind::Asset),
    Route::get("/assets/card.png", Nothing, || web::to(assets::card)).kind(Kind::Asset),
    Route::get("/assets/brand.css", Nothing, || web::to(brand::style)).kind(Kind::Asset),
    Route::get("/assets/brand.svg", Nothing, || web::to(brand::logo)).kind(Kind::Asset),
    Route::get("/favicon.ico", Nothing, || web::to(assets::favicon)).kind(Kind::Asset),
    Route::get("/robots.txt", Nothing, || web::to(assets::robots)).kind(Kind::Asset),
];

/// Every method and path of the service, as patterns of the router.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.method.as_str(), route.path))
}

/// The description of the API for the rules built into the program.
#[must_use]
pub fn description() -> String {
    openapi::builtin(ROUTES)
}

/// Registers all routes.
pub(super) fn configure(config: &mut web::ServiceConfig, limits: &Limits) {
    config.app_data(web::Data::new(openapi::Described(ROUTES)));
    for routes in ROUTES.chunk_by(|one, next| one.path == next.path) {
        register(config, routes, limits);
    }
    let not_found = web::to(not_found).wrap(from_fn(page_headers));
    config
        .default_service(not_found.wrap(from_fn(|request, next| guard(RateLimit, request, next))));
}

/// Registers a resource behind the guard.
fn register(config: &mut web::ServiceConfig, routes: &'static [Route], limits: &Limits) {
    let Some(first) = routes.first() else { return };
    let mut resource = web::resource(first.path).app_data(MaxBody(first.body.bytes(limits)));
    for route in routes {
        for method in methods(route) {
            resource = resource.route((route.handler)().method(method));
        }
    }
    match first.kind {
        Kind::Page => {
            let wrong_method = web::to(move |request: HttpRequest| async move {
                missing::wrong_method(&request).map(|response| with_allowed(routes, response))
            });
            let resource = resource.default_service(wrong_method);
            guarded(config, resource.wrap(from_fn(page_headers)), routes);
        }
        Kind::Asset => guarded(config, resource, routes),
        Kind::Api => {
            let wrong_method = web::to(move || async { method_not_allowed(routes) });
            guarded(config, resource.default_service(wrong_method), routes);
        }
    }
}

/// Wraps a resource with the guard, as the outermost layer, and registers it.
fn guarded<T, B>(config: &mut web::ServiceConfig, resource: Resource<T>, routes: &'static [Route])
where
    T: actix_web::dev::ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let guard = move |request, next| guard_resource(routes, request, next);
    config.service(resource.wrap(from_fn(catch_panics)).wrap(from_fn(guard)));
}

/// The methods that a route answers.
fn methods(route: &Route) -> impl Iterator<Item = Method> {
    [Method::GET, Method::HEAD, Method::POST].into_iter().filter(|method| route.answers(method))
}

/// Guards a resource by the route that is going to answer.
async fn guard_resource<B: MessageBody + 'static>(
    routes: &'static [Route],
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let method = request.method();
    let route = routes.iter().find(|route| route.answers(method));
    // A method that the resource does not take is recorded as an attempt to read it.
    let read =
        || routes.iter().find(|route| route.method == Method::GET && *method != Method::POST);
    if let Some(action) = route.or_else(read).and_then(|route| route.audit) {
        request.extensions_mut().insert(action);
    }
    guard(requirement(routes, request.method()), request, next).await
}

async fn not_found(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let pages = ROUTES.iter().filter(|route| {
        route.kind == Kind::Page && route.method == Method::GET && !route.path.contains('{')
    });
    missing::not_found(&request, pages.map(|route| route.path))
}

fn method_not_allowed(routes: &[Route]) -> HttpResponse {
    with_allowed(routes, Problem::new(ProblemCode::MethodNotAllowed).error_response())
}

/// An answer that names the methods of a resource.
fn with_allowed(routes: &[Route], mut response: HttpResponse) -> HttpResponse {
    let allowed: Vec<String> =
        routes.iter().flat_map(methods).map(|method| method.to_string()).collect();
    if let Ok(value) = allowed.join(", ").parse() {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::access::Requirement;
    use std::collections::BTreeSet;

    /// What a method of a path requires.
    fn required(method: &Method, path: &str) -> Requirement {
        let routes = ROUTES.chunk_by(|one, next| one.path == next.path);
        let found = routes.into_iter().find(|routes| routes.iter().any(|route| route.path == path));
        requirement(found.unwrap_or_default(), method)
    }

    #[test]
    fn the_table_requires_a_key_where_it_should() {
        let post = |path| required(&Method::POST, path);
        assert_eq!(post("/api/v1/screenings"), KeyUnlessLocal(Screen));
        assert_eq!(post("/api/v1/assessments"), ScopeOfKey(Assess));
        for path in ["/api/v1/shares", "/api/v1/shares/open", "/api/v1/shares/delete"] {
            assert_eq!(post(path), ScopeOfKey(Share));
        }
        assert_eq!(post("/admin/reload"), Key(Admin));
        assert_eq!(post("/form"), RateLimit);
        assert_eq!(required(&Method::GET, "/a/new/route"), Key(Admin));
        assert_eq!(required(&Method::GET, "/assets/style.css"), Nothing);
        // Methods that a resource does not take.
        assert_eq!(required(&Method::GET, "/api/v1/screenings"), RateLimit);
        assert_eq!(required(&Method::GET, "/admin/reload"), Key(Admin));
        assert_eq!(required(&Method::DELETE, "/admin/audit"), Key(Admin));
        assert_eq!(required(&Method::PUT, "/healthz"), Nothing);
    }

    #[test]
    fn no_path_has_rows_apart_and_no_method_two() {
        let resources = ROUTES.chunk_by(|one, next| one.path == next.path).count();
        let paths: BTreeSet<&str> = ROUTES.iter().map(|route| route.path).collect();
        assert_eq!(resources, paths.len());
        let methods: BTreeSet<(&str, &str)> = routes().collect();
        assert_eq!(methods.len(), ROUTES.len());
        let kinds = |routes: &[Route]| {
            routes.iter().all(|route| {
                routes
                    .first()
                    .is_some_and(|first| first.kind == route.kind && first.body == route.body)
            })
        };
        assert!(ROUTES.chunk_by(|one, next| one.path == next.path).all(kinds));
    }

    #[test]
    fn the_description_has_every_route_of_the_api_and_no_other() {
        let document: serde_json::Value = serde_json::from_str(&description()).unwrap();
        let described: BTreeSet<(String, String)> =
            (document.get("paths").and_then(|paths| paths.as_object()).unwrap().iter())
                .flat_map(|(path, methods)| {
                    let methods = methods.as_object().unwrap().keys();
                    methods.map(move |method| (method.to_uppercase(), path.clone()))
                })
                .collect();
        let api = ROUTES.iter().filter(|route| {
            route.kind == Kind::Api
                && route.path != "/openapi.json"
                && !route.path.starts_with("/docs")
        });
        let api: BTreeSet<(String, String)> =
            api.map(|route| (route.method.to_string(), route.path.to_owned())).collect();
        assert_eq!(described, api);
    }
}
