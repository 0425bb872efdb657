//! `POST /assessments:batch`: up to a thousand profiles in, one result each, in order.
//!
//! A small answer is sent whole. A larger one is made as fast as the client receives it: a thousand answers are
//! twenty megabytes.

use super::error::{Problem, ProblemCode};
use super::params::as_of;
use super::schema::BatchResults;
use super::selection::{Selection, SelectionParams};
use crate::server::app::App;
use crate::server::audit::counted;
use crate::server::http::body::JsonBody;
use crate::server::http::connections::Connection;
use crate::server::http::query::Query;
use crate::server::http::streaming::{PIECE, Sender, Streamed, channel};
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::assessment::{Advisor, Detail, JsonOptions, write_json};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{Suggestions, parse};
use jiff::civil::Date;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::fmt::{self, Write as _};
use std::sync::Arc;
use tokio::sync::oneshot;
use utoipa::{IntoParams, ToSchema};

/// The most profiles of a batch.
pub(super) const MOST_PROFILES: usize = 1000;

/// How much of each answer is wanted. Full answers are asked for one by one: a thousand of them
/// would be two hundred megabytes.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BatchDetail {
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
pub(crate) struct BatchParams {
    /// The day from which windows are seen; today in China if left out.
    #[param(value_type = Option<String>, format = "date", example = "2026-11-25")]
    as_of: Option<String>,
    /// How much of each answer is wanted.
    #[serde(default)]
    #[param(inline, example = "status")]
    detail: BatchDetail,
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
    /// The version of a rule book that was in use before, to ask old answers again; the current one if left out.
    #[param(example = "sha256:0f3a…")]
    rulebook: Option<String>,
}

impl BatchParams {
    fn selection(&self) -> SelectionParams<'_> {
        SelectionParams {
            lang: self.lang.as_deref(),
            status: self.status.as_deref(),
            supports: self.supports.as_deref(),
            policy: self.policy.as_deref(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch<'a> {
    #[serde(borrow)]
    profiles: Profiles<'a>,
}

/// The profiles of a batch. Those that are too many are counted only: eight megabytes have millions.
struct Profiles<'a> {
    first: Vec<&'a RawValue>,
    count: usize,
}

impl<'de: 'a, 'a> Deserialize<'de> for Profiles<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Profiles<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of profiles")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut first = Vec::new();
                while first.len() < MOST_PROFILES {
                    match list.next_element()? {
                        Some(profile) => first.push(profile),
                        None => return Ok(Profiles { count: first.len(), first }),
                    }
                }
                let mut count = first.len();
                while list.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Profiles { first, count })
            }
        }
        deserializer.deserialize_seq(List)
    }
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
        (status = 400, description = "The body is not JSON, or a parameter cannot be read."),
        (status = 404, description = "No rule book of the version asked for was kept."),
        (status = 408, description = "The body took too long."),
        (status = 413, description = "The body is too large, or has more than 1,000 profiles."),
        (status = 415, description = "The body names no type, or none of JSON."),
        (status = 422, description = "The body is not a list of profiles."),
        (status = 429, description = "As many lists and batches of this caller are under way as one caller may have."),
        (status = 503, description = "As many lists and batches are under way as the service takes at a time, or the store does not answer."),
    )
)]
pub(crate) async fn assess_batch(
    app: web::Data<App>,
    request: HttpRequest,
    params: Query<BatchParams>,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Problem> {
    let params = params.parsed()?;
    let advisor = app.rules.version(params.rulebook.as_deref()).await?;
    let as_of = as_of(params.as_of.as_deref())?;
    let detail = match params.detail {
        BatchDetail::Status => Detail::Status,
        BatchDetail::Missing => Detail::Missing,
    };
    let selection = Selection::new(advisor.book(), &params.selection())?;
    let version = advisor.book().version.clone();
    let job = app.jobs.begin(app.access.job_owner(&request))?;
    let (answer, pieces) = channel();
    let (start, started) = oneshot::channel();
    let held = job.clone();
    // A thousand answers take tens of milliseconds: not on a thread that other requests need.
    actix_web::rt::task::spawn_blocking(move || {
        let _held = held;
        match read(&body) {
            Ok(batch) => write(&advisor, &batch, (as_of, detail, &selection), start, &answer),
            // The client may have gone.
            Err(problem) => drop(start.send(Err(problem))),
        }
    });
    let started = started.await.map_err(|_| Problem::new(ProblemCode::Internal))?;
    let (profiles, whole) = started?;
    let mut response = HttpResponse::Ok();
    response
        .content_type("application/json")
        .insert_header(("Rule-Book-Version", version))
        .insert_header(("Cache-Control", "no-store"));
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    let response = match whole {
        Some(whole) => response.body(whole),
        None => response.body(Streamed { pieces, connection, _job: job, _reader: None }),
    };
    Ok(counted(response, profiles))
}

/// How an answer begins: how many profiles it is about, and the answer itself if it is small.
type Start = Result<(usize, Option<String>), Problem>;

fn read(body: &[u8]) -> Result<Batch<'_>, Problem> {
    let batch: Batch<'_> = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let at = format!("line {line}, column {column}");
        if error.is_data() {
            let detail = format!(
                "send {{\"profiles\": [{{…}}, {{…}}]}}, an object whose only member is a list of profiles; \
                 this differs from it at {at}"
            );
            return Problem::new(ProblemCode::NotABatch).with(detail);
        }
        let detail = format!("this is not valid JSON: it breaks at {at}");
        Problem::new(ProblemCode::NotJson).with(detail)
    })?;
    let found = batch.profiles.count;
    if found > MOST_PROFILES {
        let detail = format!("{found} profiles; a batch may have {MOST_PROFILES}");
        return Err(Problem::new(ProblemCode::TooLarge).with(detail));
    }
    Ok(batch)
}

/// Writes the answer, until the client has gone.
fn write(
    advisor: &Advisor,
    batch: &Batch<'_>,
    (as_of, detail, selection): (Date, Detail, &Selection),
    start: oneshot::Sender<Start>,
    answer: &Sender,
) {
    let profiles = &batch.profiles.first;
    let version = &advisor.book().version;
    let mut out = format!("{{\"rulebook\":\"{version}\",\"as_of\":\"{as_of}\",\"results\":[");
    let mut start = Some(start);
    let book = advisor.book();
    let (lang, statuses) = (selection.lang, selection.statuses.clone());
    let options = JsonOptions { detail, lang, statuses, last: None };
    let mut suggestions = Suggestions::new(&book.catalogue, &book.reference);
    for (index, raw) in profiles.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        let _ = write!(out, "{comma}{{\"index\":{index},");
        one(advisor, raw, (as_of, &options, selection), &mut suggestions, &mut out);
        out.push('}');
        if out.len() < PIECE {
            continue;
        }
        if start.take().is_some_and(|start| start.send(Ok((profiles.len(), None))).is_err())
            || !answer.send(std::mem::take(&mut out).into_bytes())
        {
            return;
        }
    }
    out.push_str("]}");
    match start {
        Some(start) => drop(start.send(Ok((profiles.len(), Some(out))))),
        None => drop(answer.send(out.into_bytes())),
    }
}

fn one(
    advisor: &Advisor,
    raw: &RawValue,
    (as_of, options, selection): (Date, &JsonOptions, &Selection),
    suggestions: &mut Suggestions<'_>,
    out: &mut String,
) {
    let book = advisor.book();
    match parse(&book.catalogue, &book.reference, raw.get().as_bytes()) {
        Ok(profile) => {
            out.push_str("\"assessment\":");
            let answer = selection.of(Answer::new(&advisor.plan, &profile, as_of));
            write_json(advisor, &answer, options, out);
        }
        Err(faults) => {
            let problem = Problem::of_profile(&book.catalogue, &faults, suggestions);
            out.push_str("\"problem\":");
            out.push_str(&serde_json::to_string(&problem).unwrap_or_default());
        }
    }
}
