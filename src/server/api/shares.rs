//! `POST /shares`, `/shares/open`, `/shares/delete`: a share made, opened, deleted.
//!
//! The secret is sent in bodies, never in an address, so that no log and no history of a browser has it. If
//! there is no share under a secret, every operation answers the same, whatever the reason.

use super::error::{Problem, ProblemCode, ProblemFault};
use super::moves::{self, ApiMove};
use super::params::{as_of, day};
use super::schema::{Bilingual, FullAssessment};
use crate::server::app::App;
use crate::server::audit::counted;
use crate::server::clock::today;
use crate::server::http::body::JsonBody;
use crate::server::http::query::{NoQuery, Query};
use crate::server::shares::{DEFAULT_DAYS, SHARE_DAYS, Shared};
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::assessment::{Advisor, Detail, write_json};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{Suggestions, Value as FactValue, members, parse};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use utoipa::{IntoParams, ToSchema};

/// Since when the day in the body of a share is deprecated, as RFC 9745 writes it, and from when it may be gone.
const DEPRECATED: (&str, &str) = ("@1795996800", "Tue, 30 Nov 2027 00:00:00 GMT");

/// For which day a share is made.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShareParams {
    /// The day from which windows are seen; today in China if left out.
    #[param(value_type = Option<String>, format = "date", example = "2026-11-25")]
    as_of: Option<String>,
}

/// A share that was made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MadeShare {
    /// The link, as an address of this server. What stands after `#` reaches no server.
    #[schema(examples("/s#Zm9yIGV4YW1wbGUgb25seTogdGhpcyBpcyBubyBzZWNyZXQ"))]
    url: String,
    /// The secret: whoever has it can read the answers. It is told once.
    #[schema(examples("Zm9yIGV4YW1wbGUgb25seTogdGhpcyBpcyBubyBzZWNyZXQ"))]
    secret: String,
    /// When the share ends.
    #[schema(examples("2026-12-25T16:00:00Z"), format = "date-time")]
    expires_at: String,
}

/// A share that was opened: the assessment of then, and the current one beside it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenedShare {
    /// When the share ends.
    #[schema(examples("2026-12-25T16:00:00Z"), format = "date-time")]
    expires_at: String,
    /// The version of the program that made it.
    #[schema(examples("0.1.0"))]
    program: String,
    /// Numbers of the profile that stand for a range which the firm chose in the form: from, and below.
    #[schema(examples(json!({"employees": "5-20"})))]
    ranges: BTreeMap<String, String>,
    /// The supports of which the current rule book says something else of the profile than that of then, and why; not if
    /// it cannot read the profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples(json!([])))]
    moves: Option<Vec<ApiMove>>,
    /// The assessment of then, to the byte: the same rule book, day and profile.
    then: FullAssessment,
    /// What the current rule book says today; not if it cannot read the profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<FullAssessment>,
    /// Why the current rule book cannot read the profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Makes a share of an assessment.
///
/// The answers are sealed with a key that only the link has, and kept until the end of the last of `days`;
/// the day of making is not counted. Whoever has the secret can read and delete them.
#[utoipa::path(
    post,
    path = "/api/v1/shares",
    operation_id = "share",
    tag = "shares",
    params(ShareParams),
    request_body(content = serde_json::Value, content_type = "application/json", description = "What is shared, and for how long."),
    responses(
        (status = 201, description = "The share, returned once.", body = MadeShare,
            headers(("Deprecation" = Option<String>, description = "Only if the body has `as_of`: since when that is deprecated, with `Sunset` and `Link` (RFC 9745, RFC 8594)."))),
        (status = 400, description = "The body is not JSON, a parameter cannot be read, or the day is given twice."),
        (status = 408, description = "The body took too long."),
        (status = 413, description = "The body is too large."),
        (status = 415, description = "The body names no type, or none of JSON."),
        (status = 422, description = "The profile, the day or the days have faults; each is listed."),
        (status = 429, description = "This key or address has made as many shares as it may make a day."),
        (status = 503, description = "The store does not answer."),
        (status = 507, description = "As many shares are kept as the service keeps."),
    )
)]
pub(crate) async fn create(
    app: web::Data<App>,
    request: HttpRequest,
    JsonBody(body): JsonBody,
    params: Query<ShareParams>,
) -> Result<HttpResponse, Problem> {
    let advisor = app.advisor();
    let (profile, of_body, days) = read(&advisor, &body)?;
    let stated = params.parsed()?.as_of;
    if stated.is_some() && of_body.is_some() {
        let detail = "`as_of` is given in the address and in the body: give it in the address";
        return Err(Problem::new(ProblemCode::BadQuery).with(detail));
    }
    let shared = Shared {
        profile,
        ranges: BTreeMap::new(),
        as_of: of_body.map_or_else(|| as_of(stated.as_deref()), Ok)?,
        rulebook: advisor.book().version.clone(),
    };
    let made = app.shares.create(&shared, days, &request).await?;
    let mut response = HttpResponse::Created();
    if of_body.is_some() {
        response
            .insert_header(("Deprecation", DEPRECATED.0))
            .insert_header(("Sunset", DEPRECATED.1))
            .insert_header(("Link", "</openapi.json>; rel=\"deprecation\""));
    }
    Ok(response
        .insert_header(("Rule-Book-Version", shared.rulebook))
        .insert_header(("Cache-Control", "no-store"))
        .json(MadeShare {
            url: format!("/s#{}", made.secret),
            secret: made.secret,
            expires_at: made.expires_at.to_string(),
        }))
}

/// Opens a share.
///
/// `then` is the assessment that was shared, `now` what the current rule book says today of the same
/// profile, and `moves` what differs by the rules. A secret that is wrong, has expired or was deleted has one answer, 404 `no_share`.
#[utoipa::path(
    post,
    path = "/api/v1/shares/open",
    operation_id = "open_share",
    tag = "shares",
    request_body(content = serde_json::Value, content_type = "application/json", description = "The secret."),
    responses(
        (status = 200, description = "The assessments of then and now.", body = OpenedShare,
            headers(("Rule-Book-Version" = String, description = "The version of the current rule book."))),
        (status = 400, description = "The body is not JSON, or has no secret."),
        (status = 404, description = "There is no share under this secret, or its rule book is not kept any more."),
        (status = 408, description = "The body took too long."),
        (status = 413, description = "The body is too large."),
        (status = 415, description = "The body names no type, or none of JSON."),
        (status = 503, description = "The store does not answer."),
    )
)]
pub(crate) async fn open(
    app: web::Data<App>,
    JsonBody(body): JsonBody,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let opened = app.shares.open(&secret(&body)?).await?;
    let (advisor, shared) = (app.advisor(), &opened.shared);
    let ranges = serde_json::to_string(&shared.ranges).unwrap_or_default();
    let mut out = format!(
        "{{\"expires_at\":\"{}\",\"program\":\"{}\",\"ranges\":{ranges}",
        opened.expires_at, opened.program
    );
    let then = Answer::new(&opened.then.plan, &opened.profile, shared.as_of);
    let book = advisor.book();
    match parse(&book.catalogue, &book.reference, shared.profile.as_bytes()) {
        Ok(mut profile) => {
            // Other rules may distinguish numbers of a range: a number that the firm did not state is not used.
            for name in shared.ranges.keys().filter(|_| book.version != shared.rulebook) {
                if let Some(fact) = book.catalogue.find(name) {
                    profile.set(fact.id, FactValue::NotAnswered);
                }
            }
            let now = Answer::new(&advisor.plan, &profile, today());
            let moves = serde_json::to_string(&moves::moves(&then, &now)).unwrap_or_default();
            let _ = write!(out, ",\"moves\":{moves},\"then\":");
            write_json(&opened.then, &then, &Detail::Full.into(), &mut out);
            out.push_str(",\"now\":");
            write_json(&advisor, &now, &Detail::Full.into(), &mut out);
        }
        Err(faults) => {
            out.push_str(",\"then\":");
            write_json(&opened.then, &then, &Detail::Full.into(), &mut out);
            let mut suggestions = Suggestions::new(&book.catalogue, &book.reference);
            let problem = Problem::of_profile(&book.catalogue, &faults, &mut suggestions);
            let problem = serde_json::to_string(&problem).unwrap_or_default();
            let _ = write!(out, ",\"problem\":{problem}");
        }
    }
    out.push('}');
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header(("Rule-Book-Version", book.version.as_str()))
        .insert_header(("Cache-Control", "no-store"))
        .body(out))
}

/// Deletes a share.
///
/// The answer is the same whether there was one or not: after it, there is none.
#[utoipa::path(
    post,
    path = "/api/v1/shares/delete",
    operation_id = "delete_share",
    tag = "shares",
    request_body(content = serde_json::Value, content_type = "application/json", description = "The secret."),
    responses(
        (status = 204, description = "There is no share under this secret any more."),
        (status = 400, description = "The body is not JSON, or has no secret."),
        (status = 408, description = "The body took too long."),
        (status = 413, description = "The body is too large."),
        (status = 415, description = "The body names no type, or none of JSON."),
        (status = 503, description = "The store does not answer."),
    )
)]
pub(crate) async fn delete(
    app: web::Data<App>,
    JsonBody(body): JsonBody,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let deleted = app.shares.delete(&secret(&body)?).await?;
    let response = HttpResponse::NoContent().insert_header(("Cache-Control", "no-store")).finish();
    Ok(counted(response, usize::from(deleted)))
}

/// The secret of a body.
fn secret(body: &[u8]) -> Result<String, Problem> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Secret {
        secret: String,
    }
    let parsed: Result<Secret, serde_json::Error> = serde_json::from_slice(body);
    parsed.map(|parsed| parsed.secret).map_err(|error| {
        // Without the parser's message: it would repeat what was sent.
        let code = if error.is_data() { ProblemCode::BadBody } else { ProblemCode::NotJson };
        Problem::new(code).with("send one JSON object: {\"secret\": \"…\"}")
    })
}

/// Profile, day and days of a body, or all that is wrong with it.
fn read(advisor: &Advisor, body: &[u8]) -> Result<(String, Option<Date>, u16), Problem> {
    let book = advisor.book();
    let mut suggestions = Suggestions::new(&book.catalogue, &book.reference);
    let Ok(parts) = members(body) else {
        // It is no JSON, or no object: the same faults as of a profile.
        let faults = parse(&book.catalogue, &book.reference, body).err().unwrap_or_default();
        return Err(Problem::of_profile(&book.catalogue, &faults, &mut suggestions));
    };
    let mut problem = Problem::new(ProblemCode::InvalidProfile);
    let mut wrong = |pointer: &str, code: &str, zh: &str, en: &str| {
        problem.errors.push(ProblemFault {
            pointer: pointer.to_owned(),
            code: code.to_owned(),
            fact: None,
            message: Bilingual { zh: Some(zh.to_owned()), en: Some(en.to_owned()) },
            message_zh: zh.to_owned(),
            message_en: en.to_owned(),
        });
    };
    const KEYS: [&str; 3] = ["profile", "as_of", "days"];
    if parts.iter().any(|(key, _)| !KEYS.contains(&key.as_ref())) {
        let (zh, en) = (
            "只能有“profile”“as_of”和“days”。",
            "there may be `profile`, `as_of` and `days`, and nothing else",
        );
        wrong("", "unknown_key", zh, en);
    }
    for name in KEYS {
        if parts.iter().filter(|(key, _)| key == name).count() > 1 {
            let (zh, en) = (
                format!("“{name}”填了两次，请只留一个。"),
                format!("`{name}` is given twice: keep one"),
            );
            wrong(&format!("/{name}"), "given_twice", &zh, &en);
        }
    }
    let raw = |name: &str| parts.iter().find(|(key, _)| key == name).map(|(_, raw)| raw.get());
    let value = |key: &str| {
        let value = raw(key).and_then(|raw| serde_json::from_str::<Value>(raw).ok());
        value.filter(|value| !value.is_null())
    };
    let days = match value("days") {
        None => Some(DEFAULT_DAYS),
        Some(days) => days
            .as_u64()
            .and_then(|days| u16::try_from(days).ok())
            .filter(|days| SHARE_DAYS.contains(days)),
    };
    if days.is_none() {
        let (zh, en) =
            ("“days”应填 1 到 180 的整数。", "`days` must be a whole number from 1 to 180");
        wrong("/days", "out_of_range", zh, en);
    }
    let as_of = value("as_of").map(|text| text.as_str().and_then(|text| day("as_of", text).ok()));
    if as_of == Some(None) {
        let (zh, en) =
            ("“as_of”应填日期，如 2026-11-25。", "`as_of` must be a day, such as 2026-11-25");
        wrong("/as_of", "not_a_day", zh, en);
    }
    let profile = raw("profile");
    match profile.map(|text| parse(&book.catalogue, &book.reference, text.as_bytes())) {
        None => wrong("/profile", "missing", "缺少“profile”。", "`profile` is missing"),
        Some(Err(faults)) => {
            let inner = Problem::of_profile(&book.catalogue, &faults, &mut suggestions);
            problem.errors.extend(inner.errors.into_iter().map(|fault| ProblemFault {
                pointer: format!("/profile{}", fault.pointer),
                ..fault
            }));
        }
        Some(Ok(_)) => {}
    }
    match (profile, days) {
        (Some(profile), Some(days)) if problem.errors.is_empty() => {
            Ok((profile.to_owned(), as_of.flatten(), days))
        }
        _ => Err(problem),
    }
}

/// The schema of the bodies, by the end of the path: `utoipa` does not know the schema of a profile.
pub(crate) fn body(end: &str, profile: &Value) -> Value {
    let (required, properties) = match end {
        "shares" => (
            "profile",
            json!({
                "profile": profile,
                "as_of": {
                    "type": ["string", "null"], "format": "date", "examples": ["2026-11-25"],
                    "description": "Deprecated since 2026-11-30, read until 2027-11-30: the parameter `as_of` of the address says it.",
                    "deprecated": true,
                },
                "days": {
                    "type": ["integer", "null"], "minimum": SHARE_DAYS.start(), "maximum": SHARE_DAYS.end(),
                    "default": DEFAULT_DAYS, "examples": [DEFAULT_DAYS],
                    "description": "For how many days the share is kept, the day of making not counted.",
                },
            }),
        ),
        _ => (
            "secret",
            json!({
                "secret": {
                    "type": "string", "description": "The secret, or a link that ends with it.",
                    "examples": ["Zm9yIGV4YW1wbGUgb25seTogdGhpcyBpcyBubyBzZWNyZXQ"],
                },
            }),
        ),
    };
    json!({
        "type": "object", "required": [required], "additionalProperties": false, "properties": properties,
    })
}
