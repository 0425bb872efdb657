//! What all pages have in common: the language, the frame around them, and how they are sent.

use super::brand::Brand;
use crate::server::api::error::{Problem, ProblemCode};
use crate::server::app::App;
use crate::server::http::language::accepted;
use actix_web::http::StatusCode;
use actix_web::http::header::USER_AGENT;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use export_advisor_core::wording::Lang;

/// The frame of a page.
pub(super) struct Frame {
    pub(super) lang: Lang,
    /// The page's path, for the other language.
    pub(super) path: String,
    /// Whether it is shown in WeChat, which cannot print.
    pub(super) wechat: bool,
    /// Whether readers can report what is wrong or unclear.
    pub(super) feedback: bool,
    /// Scheme and host under which people find the pages, if the operator has said so.
    pub(super) site: Option<String>,
    /// What overlays say on pages.
    pub(super) brand: Brand,
}

impl Frame {
    /// The frame for a request: the language that was asked for, else the browser's, else Chinese.
    pub(super) fn new(request: &HttpRequest) -> Self {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let mut pairs = request.query_string().split('&').filter_map(|pair| pair.split_once('='));
        let lang = match pairs.find(|(name, _)| *name == "lang").map(|(_, value)| value) {
            Some("en") => Lang::En,
            Some("zh") => Lang::Zh,
            _ => accepted(request.headers()),
        };
        let wechat = header(USER_AGENT).is_some_and(|agent| agent.contains("MicroMessenger"));
        let app = request.app_data::<web::Data<App>>();
        let feedback = app.is_some_and(|app| app.feedback.is_kept());
        let site = app.and_then(|app| app.operator.site().map(str::to_owned));
        let brand = app.map(|app| Brand::new(app.advisor().book(), lang)).unwrap_or_default();
        Self { lang, path: request.path().to_owned(), wechat, feedback, site, brand }
    }

    /// A text in the page's language.
    pub(super) fn t(&self, zh: &'static str, en: &'static str) -> &'static str {
        if self.lang == Lang::Zh { zh } else { en }
    }

    /// The name of the service.
    pub(super) fn name(&self) -> &str {
        match self.brand.title.as_str() {
            "" => self.t("外贸支持政策查询", "Trade support finder"),
            title => title,
        }
    }

    /// The language, as a parameter names it.
    pub(super) fn lang_code(&self) -> &'static str {
        self.lang.as_str()
    }

    /// The other language, as a parameter names it.
    pub(super) fn other_lang(&self) -> &'static str {
        if self.lang == Lang::Zh { Lang::En } else { Lang::Zh }.as_str()
    }

    pub(super) fn html(&self) -> &'static str {
        self.t("zh-CN", "en")
    }

    pub(super) fn other_html(&self) -> &'static str {
        self.t("en", "zh-CN")
    }

    pub(super) fn other_name(&self) -> &'static str {
        self.t("English", "中文")
    }
}

/// Sends a page.
pub(super) fn send(status: StatusCode, page: &impl Template) -> Result<HttpResponse, Problem> {
    let html = page.render().map_err(|_| Problem::new(ProblemCode::Internal))?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}
