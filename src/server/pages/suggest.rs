//! `GET /suggest/{what}`: names that fit what is being typed, for the script of the form.
//!
//! A place, an industry or a country says nothing of who asks.

use crate::server::app::App;
use crate::server::search;
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::facts::Format;
use export_advisor_core::wording::Lang;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct SuggestParams {
    q: String,
    lang: Option<String>,
}

/// Lists the names.
pub(crate) async fn suggest(
    app: web::Data<App>,
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
    let advisor = app.advisor();
    let finds = search::suggest(&advisor.book().reference, format, &params.q, lang);
    HttpResponse::Ok().json(finds)
}
