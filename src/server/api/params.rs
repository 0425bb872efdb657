//! Parameters that several resources have.

use super::error::{Problem, ProblemCode};
use crate::server::app::App;
use crate::server::clock::today;
use crate::server::http::etag::Made;
use crate::server::http::query::Query;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use export_advisor_core::assessment::Advisor;
use export_advisor_core::wording::Lang;
use jiff::civil::Date;
use serde::Deserialize;
use std::pin::Pin;
use std::sync::Arc;
use utoipa::IntoParams;

/// The parameters of a resource that is made from the rule book alone.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RuleBookParams {
    /// The version of a rule book that was in use before; the current one if left out.
    pub(super) rulebook: Option<String>,
}

/// The rule book that a request asks. As an extractor it reads [`RuleBookParams`] and refuses other parameters.
pub(crate) struct AskedRuleBook {
    pub(super) advisor: Arc<Advisor>,
    /// Whether the request names it.
    is_stated: bool,
}

impl AskedRuleBook {
    /// The rule book of a version, or the one in use.
    ///
    /// # Errors
    /// If no such rule book is kept.
    pub(super) async fn new(app: &App, version: Option<&str>) -> Result<Self, Problem> {
        let advisor = app.rules.version(version).await?;
        Ok(Self { advisor, is_stated: version.is_some() })
    }

    /// Whether it is the one in use.
    pub(super) fn is_in_use(&self, app: &App) -> bool {
        Arc::ptr_eq(&self.advisor, &app.advisor())
    }

    /// How an answer is made from it.
    pub(super) fn made(&self) -> Made<'_> {
        Made { version: &self.advisor.book().version, is_stated: self.is_stated }
    }
}

impl FromRequest for AskedRuleBook {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let params = Query::<RuleBookParams>::from_request(request, payload);
        let app = web::Data::<App>::from_request(request, payload);
        Box::pin(async move {
            let params = params.await?.parsed()?;
            let app = app.await.map_err(|_| Problem::new(ProblemCode::Internal))?;
            Self::new(&app, params.rulebook.as_deref()).await
        })
    }
}

/// A day as a parameter writes it, `2026-11-25` and no other spelling: a time with a zone would not say which day is
/// meant.
///
/// # Errors
/// If it is not a day.
pub(super) fn day(name: &str, text: &str) -> Result<Date, Problem> {
    let day: Option<Date> = text.parse().ok();
    day.filter(|day| day.year() > 0 && day.to_string() == text).ok_or_else(|| {
        let detail = format!("`{name}` is not a day: write it as 2026-11-25");
        Problem::new(ProblemCode::BadQuery).with(detail)
    })
}

/// A language as a parameter writes it.
///
/// # Errors
/// If it is none.
pub(super) fn lang(text: &str) -> Result<Lang, Problem> {
    match text {
        "zh" => Ok(Lang::Zh),
        "en" => Ok(Lang::En),
        _ => Err(Problem::new(ProblemCode::BadQuery).with("`lang` is `zh` or `en`")),
    }
}

/// The day from which windows are seen: the parameter `as_of`, else today in China.
///
/// # Errors
/// If it is not a day.
pub(super) fn as_of(text: Option<&str>) -> Result<Date, Problem> {
    text.map_or_else(|| Ok(today()), |text| day("as_of", text))
}
