//! `POST /assessments:batch`: up to a thousand profiles in, one result each, in order.

use super::assessments::day;
use super::audit::counted;
use super::body::JsonBody;
use super::error::{Problem, ProblemCode};
use super::state::State;
use super::types::BatchResults;
use crate::assessment::{Advisor, Detail, write_json};
use crate::evaluate::Answer;
use crate::facts::parse;
use actix_web::{HttpResponse, web};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fmt::Write as _;
use utoipa::{IntoParams, ToSchema};

/// The most profiles of a batch.
pub(super) const MOST_PROFILES: usize = 1000;

/// How much of each answer is wanted. Full answers are asked for one by one: a thousand of them
/// would be two hundred megabytes.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum BatchDetail {
    /// Per support, status and window.
    #[default]
    Status,
    /// Also what is missing, the questions and the warnings.
    Missing,
}

/// Parameters of a batch.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct BatchParams {
    /// The day from which windows are seen; today in China if left out.
    #[param(value_type = Option<String>, format = "date", example = "2026-11-25")]
    as_of: Option<String>,
    /// How much of each answer is wanted.
    #[serde(default)]
    #[param(inline, example = "status")]
    detail: BatchDetail,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch<'a> {
    #[serde(borrow)]
    profiles: Vec<&'a RawValue>,
}

/// Assesses up to a thousand firms.
///
/// A profile with faults has a problem in place of its assessment; the others are answered. For
/// more firms, and for files, screen them.
#[utoipa::path(
    post,
    path = "/api/v1/assessments:batch",
    operation_id = "assess_batch",
    tag = "assessments",
    params(BatchParams),
    request_body(content = serde_json::Value, content_type = "application/json", description = "The profiles, under `profiles`."),
    responses(
        (status = 200, description = "One result a profile, in order.", body = BatchResults,
            headers(("Rule-Book-Version" = String, description = "The rule book's version."))),
        (status = 400, description = "The body is not JSON, or a parameter cannot be read.", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body took too long.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large, or has more than 1,000 profiles.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body names no type, or none of JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is not a list of profiles.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "As many lists and batches are under way as the service takes at a time.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn assess_batch(
    state: web::Data<State>,
    params: Result<web::Query<BatchParams>, actix_web::Error>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Problem> {
    let advisor = state.advisor();
    let params = params.map_err(|e| Problem::new(ProblemCode::BadQuery).with(e.to_string()))?;
    let as_of = match &params.as_of {
        None => state.today(),
        Some(text) => day("as_of", text)?,
    };
    let detail = match params.detail {
        BatchDetail::Status => Detail::Status,
        BatchDetail::Missing => Detail::Missing,
    };
    let version = advisor.book().version.clone();
    let job = state.jobs.take()?;
    // A thousand answers take tens of milliseconds: not on a thread that others wait for.
    let answered = web::block(move || {
        let _job = job;
        answer(&advisor, &body, as_of, detail)
    })
    .await;
    let (out, profiles) = answered.map_err(|_| Problem::new(ProblemCode::Internal))??;
    let response = HttpResponse::Ok()
        .content_type("application/json")
        .insert_header(("Rule-Book-Version", version))
        .insert_header(("Cache-Control", "no-store"))
        .body(out);
    Ok(counted(response, profiles))
}

/// The answer, and how many profiles it is about.
fn answer(
    advisor: &Advisor,
    body: &[u8],
    as_of: Date,
    detail: Detail,
) -> Result<(String, usize), Problem> {
    let batch: Batch<'_> = serde_json::from_slice(body).map_err(|error| {
        let code = if error.is_data() { ProblemCode::NotABatch } else { ProblemCode::NotJson };
        Problem::new(code).with(format!("{error}; send {{\"profiles\": [{{…}}, {{…}}]}}"))
    })?;
    if batch.profiles.len() > MOST_PROFILES {
        let found = batch.profiles.len();
        let detail = format!("{found} profiles; a batch may have {MOST_PROFILES}");
        return Err(Problem::new(ProblemCode::TooLarge).with(detail));
    }
    let book = advisor.book();
    let mut out =
        format!("{{\"rulebook\":\"{}\",\"as_of\":\"{as_of}\",\"results\":[", book.version);
    for (index, raw) in batch.profiles.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        let _ = write!(out, "{comma}{{\"index\":{index},");
        one(advisor, raw, as_of, detail, &mut out);
        out.push('}');
    }
    out.push_str("]}");
    Ok((out, batch.profiles.len()))
}

fn one(advisor: &Advisor, raw: &RawValue, as_of: Date, detail: Detail, out: &mut String) {
    let book = advisor.book();
    match parse(&book.catalogue, &book.reference, raw.get().as_bytes()) {
        Ok(profile) => {
            out.push_str("\"assessment\":");
            let answer = Answer::new(&advisor.plan, &profile, as_of);
            write_json(advisor, &answer, detail, None, out);
        }
        Err(faults) => {
            let problem = Problem::of_profile(&book.catalogue, &faults);
            out.push_str("\"problem\":");
            out.push_str(&serde_json::to_string(&problem).unwrap_or_default());
        }
    }
}
