//! All routes of the pages, in one place, and what a browser may do with them.

use super::cross_site::is_cross_site;
use super::seal::FormKey;
use super::{adviser, guided, prefill, reader, shares, sheets};
use crate::server::api::{self, Problem, ProblemCode, StaticFile, guarded};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use export_advisor_core::facts::Format;
use export_advisor_core::wording::Lang;
use serde::Deserialize;
use std::sync::LazyLock;

/// What the pages need besides the state of the service.
#[derive(Clone, Debug)]
pub struct Pages {
    /// The key that the form's state is sealed with.
    pub key: FormKey,
    /// The sites that may show the form in a frame; none if empty.
    pub embed: Vec<String>,
}

static STYLE: LazyLock<StaticFile> =
    LazyLock::new(|| StaticFile::new("text/css; charset=utf-8", include_str!("assets/style.css")));
static ICON: LazyLock<StaticFile> =
    LazyLock::new(|| StaticFile::new("image/svg+xml", include_str!("assets/icon.svg")));
static FORM: LazyLock<StaticFile> =
    LazyLock::new(|| StaticFile::new(SCRIPT, include_str!("assets/form.js")));
static EMBED: LazyLock<StaticFile> =
    LazyLock::new(|| StaticFile::new(SCRIPT, include_str!("assets/embed.js")));
const SCRIPT: &str = "text/javascript; charset=utf-8";

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

/// Sends a page with its headers, unless a page of another site asks for it with a form.
async fn headed<B: MessageBody + 'static>(
    state: web::Data<api::State>,
    pages: web::Data<Pages>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let mut response = if request.method() == Method::POST && is_cross_site(request.headers()) {
        let problem = Problem::new(ProblemCode::CrossSite);
        request.into_response(problem.error_response()).map_into_right_body()
    } else {
        next.call(request).await?.map_into_left_body()
    };
    let policy = HeaderValue::from_str(&policy(&pages, &state));
    let all = [
        (CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static("default-src 'none'"))),
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
    let asset = |path: &str, file: &'static LazyLock<StaticFile>| {
        let send =
            move |request: HttpRequest| async move { file.send(&request, &mut file.response()) };
        guarded(web::resource(path).route(web::get().to(send)))
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
        .service(asset("/assets/style.css", &STYLE))
        .service(asset("/assets/icon.svg", &ICON))
        .service(asset("/assets/form.js", &FORM))
        .service(asset("/assets/embed.js", &EMBED));
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
