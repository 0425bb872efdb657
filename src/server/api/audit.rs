//! `GET /admin/audit`: entries of the audit, a page at a time, for a key with the scope `admin`.

use super::error::{Problem, ProblemCode};
use super::params::day;
use crate::server::app::App;
use crate::server::clock::start_of;
use crate::server::http::query::Query;
use crate::server::store::{AuditQuery, AuditRow};
use actix_web::{HttpResponse, web};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use utoipa::{IntoParams, ToSchema};

/// How many lines a page may have.
const LIMIT: RangeInclusive<u32> = 1..=1000;
const DEFAULT_LIMIT: u32 = 100;

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParams {
    /// The first day, in China; from the beginning if left out.
    #[param(value_type = Option<String>, format = "date", example = "2026-11-01")]
    since: Option<String>,
    /// The last day, in China; until now if left out.
    #[param(value_type = Option<String>, format = "date", example = "2026-11-30")]
    until: Option<String>,
    /// The `next` of the page before.
    #[param(pattern = "^[0-9A-Za-z_-]*$", example = "0005f3a1b2c3d40123456789abcdef")]
    after: Option<String>,
    /// How many lines at most: 1 to 1,000.
    #[param(value_type = Option<u32>, example = 100, minimum = 1, maximum = 1000)]
    #[serde(default = "default_limit")]
    limit: u32,
}

const fn default_limit() -> u32 {
    DEFAULT_LIMIT
}

/// A page of the audit.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditPage {
    /// The lines, the oldest first.
    #[schema(examples(json!([])))]
    lines: Vec<AuditLine>,
    /// What to send as `after` for the next page; null if there is none.
    #[schema(examples("0005f3a1b2c3d40123456789abcdef"))]
    next: Option<String>,
}

/// A line of the audit.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AuditLine {
    /// When it was done.
    #[schema(examples("2026-11-25T08:00:00Z"), format = "date-time")]
    at: String,
    /// The id of the key, `anonymous`, or `cli` for the operator at the machine.
    #[schema(examples("0123456789ab"))]
    actor: String,
    /// What was done.
    #[schema(examples("screen"))]
    action: String,
    /// What it was done to: an id or a hash, or empty.
    #[schema(examples(""))]
    object: String,
    /// How many: rows, profiles, requests, shares.
    #[schema(examples(645000))]
    count: i64,
    /// The version of the rule book, or empty.
    #[schema(examples("sha256:0f3a…"))]
    rule_book: String,
    /// The HTTP status, or `ok` or `failed`.
    #[schema(examples("200"))]
    outcome: String,
    /// The request's name, or empty.
    #[schema(examples("5f0c-1"))]
    request_id: String,
}

impl From<AuditRow> for AuditLine {
    fn from(row: AuditRow) -> Self {
        let AuditRow { id: _, at, actor, action, object, count, rule_book, outcome, request_id } =
            row;
        let at = jiff::Timestamp::from_second(at).map(|at| at.to_string()).unwrap_or_default();
        Self { at, actor, action, object, count, rule_book, outcome, request_id }
    }
}

/// Reads the audit.
///
/// Who did what and when, in counts and hashes, the oldest line first. No line says whom an answer was
/// about. Lines appear some seconds after what they tell of.
#[utoipa::path(
    get,
    path = "/admin/audit",
    operation_id = "audit",
    tag = "operation",
    params(AuditParams),
    responses(
        (status = 200, description = "A page of lines.", body = AuditPage),
        (status = 400, description = "A parameter cannot be read."),
        (status = 503, description = "The store does not answer."),
    )
)]
pub(crate) async fn list(
    app: web::Data<App>,
    params: Query<AuditParams>,
) -> Result<HttpResponse, Problem> {
    let params = params.parsed()?;
    let read =
        |name: &str, text: &Option<String>| text.as_deref().map(|text| day(name, text)).transpose();
    let limit = params.limit;
    if !LIMIT.contains(&limit) {
        let detail = "`limit` is a number from 1 to 1000";
        return Err(Problem::new(ProblemCode::BadQuery).with(detail));
    }
    let second = |day: Date| start_of(day).map(|at| at.as_second());
    let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if params.after.as_deref().is_some_and(|after| !after.chars().all(is_id)) {
        let detail = "`after` is the `next` of an earlier page";
        return Err(Problem::new(ProblemCode::BadQuery).with(detail));
    }
    let since = read("since", &params.since)?.and_then(second);
    let until = read("until", &params.until)?;
    let query = AuditQuery {
        since: since.unwrap_or(0),
        until: until.and_then(|day| second(day.tomorrow().ok()?)),
        actor: None,
        after: params.after.clone().unwrap_or_default(),
        limit: i64::from(limit) + 1,
    };
    let store = app.store.as_ref().ok_or_else(|| Problem::new(ProblemCode::StoreUnavailable))?;
    let rows = store.audit(&query).await.map_err(|error| Problem::of_store(&error))?;
    let size = limit as usize;
    let more = rows.len() > size;
    let last = rows.get(size - 1).filter(|_| more).map(|row| row.id.clone());
    let lines: Vec<AuditLine> = rows.into_iter().take(size).map(AuditLine::from).collect();
    let response = HttpResponse::Ok()
        .insert_header(("Cache-Control", "no-store"))
        .json(AuditPage { next: last, lines });
    Ok(response)
}
