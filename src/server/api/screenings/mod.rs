//! `POST /screenings`: a list of firms streamed in, the same list with every status streamed out, or the list to call.
//! `POST /screenings:upload`: the same for a list that is a file of a form. `POST /screenings:compare`: what changed since the
//! last list.
//!
//! One record a row, in order, with the caller's columns; faults stand in their row; the last record has
//! the counts, or the problem for which the list ended early. The request's bytes go to a thread through a spool,
//! since most clients send a list before they read its answer; the screened rows come back through a channel that
//! holds little, so memory does not grow with the list. If the client goes away, both close and the work stops. What
//! waits on the disk is encrypted and has no name; nothing else is stored, and nothing logged.

mod incoming;
mod job;
mod media_type;
mod options;
mod params;

use self::incoming::{receive, spool};
use self::job::{Body, Comparison, ScreeningJob};
use self::media_type::{CSV, FORM_TYPE, LIST_TYPES, NDJSON, file_type, header};
use self::options::{comparison, no_comparison, options};
use self::params::{ComparisonParams, ScreenParams};
use super::error::{Problem, ProblemCode};
use super::params::as_of;
use crate::server::app::App;
use crate::server::audit::{AuditAction, entry};
use crate::server::http::body::encoding;
use crate::server::http::connections::Connection;
use crate::server::http::language::{accepted, heaviest};
use crate::server::http::memory::{CLIENTS, SCREENING, WORKBOOK};
use crate::server::http::multipart::boundary;
use crate::server::http::query::Query;
use crate::server::http::request_log::milliseconds;
use crate::server::http::streaming::{BodyReader, Streamed, channel};
use crate::server::store::AuditRow;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_screening::FileType;
use export_advisor_screening::stream::End;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;
use utoipa::{IntoResponses, ToSchema};

/// A list of firms as a file of a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read as a stream")]
pub(crate) struct ListUpload {
    /// The list: CSV, NDJSON or a workbook, by its `Content-Type` or the name of its file.
    #[schema(value_type = String, format = Binary)]
    list: Vec<u8>,
}

/// Why a list, or two, cannot be screened.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes problems")]
enum ListProblems {
    /// A parameter cannot be read.
    #[response(status = 400)]
    Parameter,
    /// No rule book of the version `rulebook`, or `previous_rulebook`, is kept.
    #[response(status = 404)]
    RuleBook,
    /// The list arrived too slowly.
    #[response(status = 408)]
    TooSlow,
    /// A workbook is larger than the limit `workbook`, or the clients of two lists take more than the limit `clients`.
    #[response(status = 413)]
    TooLarge,
    /// The body, or a part of it, is none of the types that are named here.
    #[response(status = 415)]
    MediaType,
    /// A list cannot be screened as a whole: its columns, its encoding or its quotes.
    #[response(status = 422)]
    List,
    /// As many lists and batches of this caller are under way as one caller may have.
    #[response(status = 429)]
    Caller,
    /// As many lists and batches are under way as the service takes at a time.
    #[response(status = 503)]
    Busy,
}

/// Two lists of firms as files of a form, in this order.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read as a stream")]
pub(crate) struct TwoLists {
    /// The list as it was sent last time: CSV, NDJSON or a workbook, by its `Content-Type` or the name of its file.
    #[schema(value_type = String, format = Binary)]
    previous: Vec<u8>,
    /// The list.
    #[schema(value_type = String, format = Binary)]
    list: Vec<u8>,
}

/// A list of firms: the bytes of a file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "describes a body that is read as a stream")]
pub(crate) struct ListFile(Vec<u8>);

/// Screens a list.
///
/// Send `text/csv`, `application/x-ndjson` or a workbook (.xlsx); the answer has the same form unless `Accept` names
/// another, and is CSV for a workbook. Each row comes back in order with its own columns and, added, `uscc_ok`, derived facts, one status
/// a support, with `excluded_by=true` what excludes the firm from each, `missing`, `warnings` and `faults`. A cell that
/// cannot be read makes its fact unknown; only a row that cannot be taken apart has no status. The last record has the
/// counts: of NDJSON an object with the one key `summary`, of CSV a row whose first cell is `#summary` and whose second
/// is `rows=…;faults=…;without_status=…;not_firms=…;warnings=…`; with it, as JSON, what each column was read as
/// (`columns`) and how the list was read (`notes`), in a CSV as the third and the fourth cell. A list that
/// ends early has a last record with the problem: `{"problem":{…}}`, of CSV a row whose first cell is `#problem`. An
/// answer without a summary is not complete. What is sent before the answer is received waits, up to a limit.
///
/// With `status` the answer is the list to call: of CSV its columns are labelled in the language of the answer, of NDJSON
/// they are named `row`, `support`, `title`, `status`, `reasons`, `missing` and `next_step`.
///
/// A list as a file of a form goes to `/api/v1/screenings:upload`, two lists to `/api/v1/screenings:compare`.
#[utoipa::path(
    post,
    path = "/api/v1/screenings",
    operation_id = "screen",
    tag = "screenings",
    params(ScreenParams),
    request_body(
        content(
            (inline(ListFile) = "application/x-ndjson", example = json!("{\"name\": \"甲\", \"exports_goods\": true, \"employees\": 6}\n")),
            (inline(ListFile) = "text/csv", example = json!("企业名称,是否出口,从业人数\n甲,是,6\n")),
            (inline(ListFile) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        ),
        description = "The list: one firm a line."
    ),
    responses(
        (status = 200, description = "The list with every status, and a last record with the counts.",
            content((inline(ListFile) = "application/x-ndjson"), (inline(ListFile) = "text/csv")),
            headers(("Rule-Book-Version" = String, description = "The rule book's version."))),
        ListProblems,
    )
)]
pub(crate) async fn screen(
    app: web::Data<App>,
    request: HttpRequest,
    params: Query<ScreenParams>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let media_type = header(&request, CONTENT_TYPE.as_str()).unwrap_or("");
    let Some(input_type) = file_type(media_type) else { return Err(unsupported(LIST_TYPES)) };
    let output = (input_type != FileType::XLSX).then_some(input_type);
    let params = params.parsed()?;
    no_comparison(&params)?;
    screening(app, request, params, output, Body::List(input_type), payload).await
}

/// Screens a list sent as a file of a form.
///
/// Send `multipart/form-data` with the part `list`: CSV, NDJSON or a workbook, by the `Content-Type` of the part or the name
/// of its file. The answer is that of `/api/v1/screenings`; it is CSV unless `Accept` names NDJSON.
#[utoipa::path(
    post,
    path = "/api/v1/screenings:upload",
    operation_id = "screen_upload",
    tag = "screenings",
    params(ScreenParams),
    request_body(content = ListUpload, content_type = "multipart/form-data", description = "The list."),
    responses(
        (status = 200, description = "The list with every status, and a last record with the counts.",
            content((inline(ListFile) = "application/x-ndjson"), (inline(ListFile) = "text/csv")),
            headers(("Rule-Book-Version" = String, description = "The rule book's version."))),
        ListProblems,
    )
)]
pub(crate) async fn screen_upload(
    app: web::Data<App>,
    request: HttpRequest,
    params: Query<ScreenParams>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let boundary = form_boundary(&request)?;
    let params = params.parsed()?;
    no_comparison(&params)?;
    let body = Body::Parts { boundary, comparison: None };
    screening(app, request, params, None, body, payload).await
}

/// Says what changed between two lists, and why.
///
/// Send `multipart/form-data` with two parts, in this order: `previous`, the list as it was sent last time, and `list`. Each
/// is CSV, NDJSON or a workbook, by the `Content-Type` of the part or the name of its file. The answer has a line a client
/// and support whose status or window is not what it was, with the cause (`fact`, `rule`, `window`, `fault`, `several`,
/// `new_client`, `gone`). It is CSV unless `Accept` names NDJSON. The last record counts the changes.
#[utoipa::path(
    post,
    path = "/api/v1/screenings:compare",
    operation_id = "compare_lists",
    tag = "screenings",
    params(ScreenParams, ComparisonParams),
    request_body(content = TwoLists, content_type = "multipart/form-data", description = "Both lists."),
    responses(
        (status = 200, description = "The changes, and a last record with the counts.",
            content((inline(ListFile) = "application/x-ndjson"), (inline(ListFile) = "text/csv")),
            headers(("Rule-Book-Version" = String, description = "The rule book's version."))),
        ListProblems,
    )
)]
pub(crate) async fn compare(
    app: web::Data<App>,
    request: HttpRequest,
    params: Query<ScreenParams>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let boundary = form_boundary(&request)?;
    let params = params.parsed()?;
    let (key, as_of) = comparison(&params, as_of(params.as_of.as_deref())?)?;
    let advisor = app.rules.version(params.previous_rulebook.as_deref()).await;
    let advisor = advisor.map_err(|problem| match problem.code {
        ProblemCode::UnknownRuleBook => {
            problem.with("leave `previous_rulebook` out, or take a version of `/api/v1/rulebooks`")
        }
        _ => problem,
    })?;
    let body = Body::Parts { boundary, comparison: Some(Comparison { advisor, as_of, key }) };
    screening(app, request, params, None, body, payload).await
}

/// The boundary between the parts of a body.
fn form_boundary(request: &HttpRequest) -> Result<String, Problem> {
    let media_type = header(request, CONTENT_TYPE.as_str()).unwrap_or("");
    Ok(boundary(media_type).ok_or_else(|| unsupported(FORM_TYPE))?.to_owned())
}

fn unsupported(detail: &str) -> Problem {
    Problem::new(ProblemCode::UnsupportedMediaType).with(detail)
}

/// Screens what a body has. `output`: the file type of the answer unless the request accepts another; CSV if `None`.
async fn screening(
    app: web::Data<App>,
    request: HttpRequest,
    params: ScreenParams,
    output: Option<FileType>,
    body: Body,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let advisor = app.rules.version(params.rulebook.as_deref()).await?;
    let as_of = as_of(params.as_of.as_deref())?;
    if encoding(&request).is_some() {
        return Err(unsupported("a list is taken as it is: send it without `Content-Encoding`"));
    }
    let wanted =
        |media_type: &str| file_type(media_type).filter(|wanted| *wanted != FileType::XLSX);
    let accepted_type = heaviest(header(&request, ACCEPT.as_str()).unwrap_or(""), wanted);
    let output = accepted_type.or(output).unwrap_or(FileType::CSV);
    let options = options(&advisor, &params, accepted(request.headers()), as_of, output)
        .map_err(|detail| Problem::new(ProblemCode::BadQuery).with(detail))?;
    let version = advisor.book().version.clone();
    let job = app.jobs.begin(app.access.job_owner(&request))?;
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    if let Some(connection) = &connection {
        let more = match &body {
            Body::List(input) if *input == FileType::XLSX => WORKBOOK,
            Body::List(_) => 0,
            Body::Parts { comparison: None, .. } => WORKBOOK,
            Body::Parts { comparison: Some(_), .. } => WORKBOOK + CLIENTS,
        };
        connection.reserve(SCREENING + more).await?;
    }
    let (bytes_in, incoming) = spool(app.limits.spool_bytes);
    let (answer, pieces) = channel();
    let (start, started) = oneshot::channel::<Result<(), Problem>>();
    if let Some(connection) = &connection {
        connection.read_state.stream_body();
    }
    let received = receive(payload, bytes_in, connection.clone(), app.limits.body_timeout);
    let reader = BodyReader(actix_web::rt::spawn(received));
    let (entry, audit) = (entry(&request, AuditAction::Screen), Arc::clone(&app.audit));
    let (used, held) = (version.clone(), (job.clone(), app.shutdown.begin_work()));
    actix_web::rt::task::spawn_blocking(move || {
        let _held = held;
        let began = Instant::now();
        let job = ScreeningJob { advisor, options, body, spool_bytes: app.limits.spool_bytes };
        let (rows, end) = job.run(incoming, &answer, start);
        let name = match end {
            End::Refused => "refused",
            End::Whole => "whole",
            End::Stopped => "left",
            End::Broke(_) => "broke_off",
        };
        app.metrics.count_list(name, rows);
        let (request_id, ms) = (entry.request_id.as_str(), milliseconds(began.elapsed()));
        tracing::info!(request_id, outcome = name, rows, ms, "screened");
        let outcome = match end {
            // Recorded with its answer.
            End::Refused => return,
            End::Whole => "200",
            End::Stopped | End::Broke(_) => "failed",
        };
        audit.add(AuditRow {
            count: i64::try_from(rows).unwrap_or(i64::MAX),
            rule_book: used,
            outcome: outcome.to_owned(),
            ..entry
        });
    });
    match started.await {
        Ok(Ok(())) => {}
        Ok(Err(problem)) => return Err(problem),
        Err(_) => return Err(Problem::new(ProblemCode::Internal)),
    }
    Ok(HttpResponse::Ok()
        .content_type(if output == FileType::NDJSON { NDJSON } else { CSV })
        .insert_header(("Rule-Book-Version", version))
        .insert_header(("Cache-Control", "no-store"))
        .body(Streamed { pieces, connection, _job: job, _reader: Some(reader) }))
}
