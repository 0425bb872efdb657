//! `POST /assessments`: one profile in, one assessment out.

use super::error::{Problem, ProblemCode};
use super::params::as_of;
use super::schema::Assessment;
use super::selection::{Selection, SelectionParams};
use crate::server::app::App;
use crate::server::http::body::JsonBody;
use crate::server::http::packed;
use crate::server::http::query::Query;
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::assessment::{Detail, JsonOptions, write_json};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{Suggestions, parse};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// How much of an answer is wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DetailParam {
    /// Per support, status and window.
    Status,
    /// Also what is missing, the questions and the warnings.
    Missing,
    /// All that was found out of the firm, without the texts that `/supports` and `/facts` have.
    Reasons,
    /// Everything.
    #[default]
    Full,
}

/// Parameters of an assessment.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AssessParams {
    /// The day from which windows are seen; today in China if left out.
    #[param(value_type = Option<String>, format = "date", example = "2026-11-25")]
    as_of: Option<String>,
    /// How much of the answer is wanted.
    #[serde(default)]
    #[param(inline, example = "full")]
    detail: DetailParam,
    /// The fact answered last: questions near it come first.
    #[param(example = "markets")]
    after: Option<String>,
    /// The version of a rule book that was in use before, to ask an old answer again; the current
    /// one if left out.
    #[param(example = "sha256:0f3a…")]
    rulebook: Option<String>,
    /// The language of texts, `zh` or `en`; both if left out.
    #[param(pattern = "^(zh|en)$", example = "en")]
    lang: Option<String>,
    /// The statuses of the supports that are listed, separated by commas; all if left out. Questions, errands and counts
    /// do not depend on it.
    #[param(example = "applies,undetermined")]
    status: Option<String>,
    /// The supports that the answer is about, separated by commas; all if left out.
    #[param(example = "guarantee-small-micro")]
    supports: Option<String>,
    /// The policies whose supports the answer is about, separated by commas; all if left out.
    #[param(example = "gbf-2023-10")]
    policy: Option<String>,
}

impl AssessParams {
    fn selection(&self) -> SelectionParams<'_> {
        SelectionParams {
            lang: self.lang.as_deref(),
            status: self.status.as_deref(),
            supports: self.supports.as_deref(),
            policy: self.policy.as_deref(),
        }
    }
}

/// Assesses one firm.
///
/// The answer is a pure function of the rule book, the as-of date and the profile. Nothing is
/// stored.
#[utoipa::path(
    post,
    path = "/api/v1/assessments",
    operation_id = "assess",
    tag = "assessments",
    params(AssessParams),
    request_body(content = serde_json::Value, content_type = "application/json", description = "The profile; its form is the schema `Profile`."),
    responses(
        (status = 200, description = "The assessment.", body = Assessment,
            headers(("Rule-Book-Version" = String, description = "The rule book's version."))),
        (status = 400, description = "The body is not JSON, or a parameter cannot be read."),
        (status = 404, description = "No rule book of the version asked for was kept."),
        (status = 408, description = "The body took too long."),
        (status = 413, description = "The body is too large."),
        (status = 415, description = "The body names no type, or none of JSON."),
        (status = 422, description = "The profile has faults, all listed."),
        (status = 503, description = "The store does not answer."),
    )
)]
pub(crate) async fn assess(
    app: web::Data<App>,
    request: HttpRequest,
    params: Query<AssessParams>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Problem> {
    let params = params.parsed()?;
    let advisor = app.rules.version(params.rulebook.as_deref()).await?;
    let book = advisor.book();
    let as_of = as_of(params.as_of.as_deref())?;
    let selection = Selection::new(book, &params.selection())?;
    let after = match &params.after {
        None => None,
        Some(name) => match book.catalogue.find(name) {
            Some(fact) => Some(fact.id),
            None => {
                let detail = "`after` names no fact; see /api/v1/facts".to_owned();
                return Err(Problem::new(ProblemCode::BadQuery).with(detail));
            }
        },
    };
    let profile = parse(&book.catalogue, &book.reference, &body).map_err(|faults| {
        let mut suggestions = Suggestions::new(&book.catalogue, &book.reference);
        Problem::of_profile(&book.catalogue, &faults, &mut suggestions)
    })?;
    let detail = match params.detail {
        DetailParam::Status => Detail::Status,
        DetailParam::Missing => Detail::Missing,
        DetailParam::Reasons => Detail::Reasons,
        DetailParam::Full => Detail::Full,
    };
    let answer = selection.of(Answer::new(&advisor.plan, &profile, as_of));
    let mut out = String::with_capacity(detail.typical_size());
    let Selection { lang, statuses, .. } = selection;
    write_json(&advisor, &answer, &JsonOptions { detail, lang, statuses, last: after }, &mut out);
    let mut response = HttpResponse::Ok();
    response
        .content_type("application/json")
        .insert_header(("Rule-Book-Version", book.version.as_str()))
        .insert_header(("Cache-Control", "no-store"));
    Ok(packed::body(&request, &mut response, out))
}
