//! All routes of the pages, in one place, and what a browser may do with them.

use super::seal::FormKey;
use super::{adviser, guided, prefill, reader, shares, sheets};
use crate::api::{self, guarded};
use crate::facts::Format;
use crate::wording::Lang;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::{Next, from_fn};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

/// What the pages need besides the state of the service.
#[derive(Clone, Debug)]
pub struct Pages {
    /// The key that the form's state is sealed with.
    pub key: FormKey,
    /// The sites that may show the form in a frame; none if empty.
    pub embed: Vec<String>,
}

/// What a page may load: its own style sheet and script, and nothing else; and who may frame it: the
/// sites that the operator names, and those that keys list.
fn policy(pages: &Pages, state: &api::State) -> String {
    let mut frames = pages.embed.clone();
    frames.extend(state.origins());
    frames.sort_unstable();
    frames.dedup();
    let frames = if frames.is_empty() { "'none'".to_owned() } else { frames.join(" ") };
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
         img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
    )
}

/// Sends a page with its headers.
async fn headed(
    state: web::Data<api::State>,
    pages: web::Data<Pages>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut response = next.call(request).await?;
    let policy = HeaderValue::from_str(&policy(&pages, &state));
    let all = [
        (CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static("default-src 'none'"))),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        // `no-store` would take the way back from pages that were answers to a form.
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

/// Adds the pages.
pub fn configure(config: &mut web::ServiceConfig, pages: &Pages) {
    let page = |path: &str| web::resource(path).wrap(from_fn(headed));
    let script = "text/javascript; charset=utf-8";
    let asset = |path: &str, kind: &'static str, body: &'static str| {
        guarded(web::resource(path).route(web::get().to(move || async move {
            HttpResponse::Ok()
                .content_type(kind)
                .insert_header(("Cache-Control", "public, max-age=3600"))
                .insert_header(("X-Content-Type-Options", "nosniff"))
                .body(body)
        })))
    };
    config
        .app_data(web::Data::new(pages.clone()))
        .service(guarded(page("/").route(web::get().to(prefill::start))))
        .service(guarded(
            page("/form").route(web::get().to(guided::begin)).route(web::post().to(guided::send)),
        ))
        .service(guarded(page("/embed").route(web::get().to(guided::begin))))
        .service(guarded(page("/sheet").route(web::post().to(sheets::sheet))))
        .service(guarded(page("/copy").route(web::post().to(sheets::copy))))
        .service(guarded(page("/share").route(web::post().to(shares::make))))
        .service(guarded(
            page("/s").route(web::get().to(shares::ask)).route(web::post().to(shares::show)),
        ))
        .service(guarded(page("/s/delete").route(web::post().to(shares::delete))))
        .service(guarded(
            page("/adviser")
                .route(web::get().to(adviser::empty))
                .route(web::post().to(adviser::send)),
        ))
        .service(guarded(page("/text").route(web::get().to(reader::read))))
        .service(guarded(page("/suggest/{what}").route(web::get().to(suggest))))
        .service(asset(
            "/assets/style.css",
            "text/css; charset=utf-8",
            include_str!("assets/style.css"),
        ))
        .service(asset("/assets/icon.svg", "image/svg+xml", include_str!("assets/icon.svg")))
        .service(asset("/assets/form.js", script, include_str!("assets/form.js")))
        .service(asset("/assets/embed.js", script, include_str!("assets/embed.js")));
}

#[derive(Debug, Deserialize)]
struct SuggestParams {
    q: String,
    lang: Option<String>,
}

/// Names that fit what is being typed; a place, a trade or a country says nothing of who asks.
async fn suggest(
    state: web::Data<api::State>,
    request: HttpRequest,
    params: web::Query<SuggestParams>,
) -> HttpResponse {
    let format = match request.match_info().get("what") {
        Some("place") => Format::Division,
        Some("industry") => Format::Industry,
        Some("country") => Format::Country,
        _ => return HttpResponse::NotFound().finish(),
    };
    let lang = if params.lang.as_deref() == Some("en") { Lang::En } else { Lang::Zh };
    let advisor = state.advisor();
    let finds = super::search::suggest(&advisor.book().reference, format, &params.q, lang);
    HttpResponse::Ok().json(finds)
}
