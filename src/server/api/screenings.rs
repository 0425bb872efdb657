//! `POST /screenings`: a list of firms streamed in, the same list with every status streamed out.
//!
//! One record a row, in order, with the caller's columns; faults stand in their row; the last record has
//! the counts, or the problem for which the list ended early. The request's bytes go to a thread through a spool,
//! since most clients send a list before they read its answer; the screened rows come back through a channel that
//! holds little, so memory does not grow with the list. If the client goes away, both close and the work stops. What
//! waits on the disk is encrypted and has no name; nothing else is stored, and nothing logged.

use super::error::{Problem, ProblemCode};
use super::params::as_of;
use crate::server::app::App;
use crate::server::audit::{AuditAction, entry};
use crate::server::http::body::encoding;
use crate::server::http::connections::Connection;
use crate::server::http::language::{accepted, heaviest};
use crate::server::http::memory::{SCREENING, WORKBOOK};
use crate::server::http::query::Query;
use crate::server::http::request_log::milliseconds;
use crate::server::http::spool::{BLOCK, Kept, Spool};
use crate::server::http::streaming::{BodyReader, Sender, Streamed, channel};
use crate::server::store::AuditRow;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE};
use actix_web::rt::time::{sleep, timeout};
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::assessment::Advisor;
use export_advisor_core::wording::{self, Lang};
use export_advisor_screening::stream::{End, Started, stream};
use export_advisor_screening::{
    Destination, FileType, Input, Interface, Limit, Limits, MissingColumn, Mode, Options,
    ScreenError,
};
use futures_core::Stream as _;
use jiff::civil::Date;
use serde::Deserialize;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use utoipa::IntoParams;

/// The slowest rate of a list, in bytes a second, after the time that every body has.
const SLOWEST: u64 = 8 * 1024;
/// The time between two tries to add to a full spool.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// Parameters of a screening.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScreenParams {
    /// The day from which windows are seen; today in China if left out.
    #[param(value_type = Option<String>, format = "date", example = "2026-11-25")]
    as_of: Option<String>,
    /// The supports that are asked, parted by commas; all if left out.
    #[param(example = "guarantee-small-micro")]
    supports: Option<String>,
    /// Derived facts that are shown, parted by commas; `size,region` if left out.
    #[param(example = "size,region")]
    derive: Option<String>,
    /// Whether each support has one more column, `<id>_excluded_by`: `text`, `no_need` or `reading` where it does not
    /// apply, else nothing.
    #[serde(default)]
    #[param(example = false)]
    excluded_by: bool,
    /// The language of the words of a CSV, and of warnings and faults: `zh` or `en`; that of `Accept-Language` if left out,
    /// else Chinese.
    #[param(pattern = "^(zh|en)$", example = "en")]
    lang: Option<String>,
    /// The encoding of the list; found out if left out.
    #[param(example = "gb18030")]
    encoding: Option<String>,
    /// What a column holds: `HEADER=fact`, `HEADER=fact:元`, `#3=fact` for the third column, or `HEADER=-` to let it pass.
    /// May be repeated.
    #[serde(default)]
    #[param(example = json!(["销售=revenue_wan:元"]))]
    map: Vec<String>,
    /// The sheet of a workbook; the first visible one with a known header if left out.
    #[param(example = "名单")]
    sheet: Option<String>,
    /// The row of the header as a spreadsheet numbers it; found by the names of its columns if left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000, example = 1)]
    header_row: Option<String>,
}

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
#[utoipa::path(
    post,
    path = "/api/v1/screenings",
    operation_id = "screen",
    tag = "screenings",
    params(ScreenParams),
    request_body(
        content(
            (String = "application/x-ndjson", example = json!("{\"name\": \"甲\", \"exports_goods\": true, \"employees\": 6}\n")),
            (String = "text/csv", example = json!("企业名称,是否出口,从业人数\n甲,是,6\n")),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        ),
        description = "The list: one firm a line."
    ),
    responses(
        (status = 200, description = "The list with every status, and a last record with the counts.",
            content((String = "application/x-ndjson"), (String = "text/csv")),
            headers(("Rule-Book-Version" = String, description = "The rule book's version."))),
        (status = 400, description = "A parameter cannot be read."),
        (status = 413, description = "A workbook is larger than the limit `workbook`."),
        (status = 415, description = "The body is neither CSV, NDJSON nor a workbook by its type."),
        (status = 422, description = "The list cannot be screened as a whole: its columns, its encoding or its quotes."),
        (status = 408, description = "The list came too slowly."),
        (status = 429, description = "As many lists and batches of this caller are under way as one caller may have."),
        (status = 503, description = "As many lists and batches are under way as the service takes at a time."),
    )
)]
pub(crate) async fn screen(
    app: web::Data<App>,
    request: HttpRequest,
    params: Query<ScreenParams>,
    mut payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let advisor = app.advisor();
    let params = params.parsed()?;
    let as_of = as_of(params.as_of.as_deref())?;
    let unsupported = |detail: &str| Problem::new(ProblemCode::UnsupportedMediaType).with(detail);
    if encoding(&request).is_some() {
        return Err(unsupported("a list is taken as it is: send it without `Content-Encoding`"));
    }
    let input = header(&request, CONTENT_TYPE.as_str()).and_then(file_type);
    let input = input.ok_or_else(|| unsupported(TYPES))?;
    let wanted =
        |media_type: &str| file_type(media_type).filter(|wanted| *wanted != FileType::XLSX);
    let output = heaviest(header(&request, ACCEPT.as_str()).unwrap_or(""), wanted);
    let output = output.unwrap_or(if input == FileType::XLSX { FileType::CSV } else { input });
    let options = options(&advisor, &params, accepted(request.headers()), as_of, input, output)
        .map_err(|detail| Problem::new(ProblemCode::BadQuery).with(detail))?;
    let version = advisor.book().version.clone();
    let job = app.jobs.begin(app.access.job_owner(&request))?;
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    if let Some(connection) = &connection {
        let workbook = if input == FileType::XLSX { WORKBOOK } else { 0 };
        connection.reserve(SCREENING + workbook).await?;
    }
    let patience = app.limits.body_timeout;
    let spool = Spool::new(app.limits.spool_bytes);
    let incoming = Incoming { spool: Arc::clone(&spool), piece: web::Bytes::new() };
    let mut bytes_in = SpoolWriter { spool, gathered: Vec::new() };
    let (answer, pieces) = channel();
    let (start, started) = oneshot::channel::<Result<(), Problem>>();
    let body_of = connection.clone();
    if let Some(connection) = &connection {
        connection.read_state.stream_body();
    }
    let reader = BodyReader(actix_web::rt::spawn(async move {
        let (mut waited, mut received) = (Duration::ZERO, 0);
        loop {
            let next = std::future::poll_fn(|cx| Pin::new(&mut payload).poll_next(cx));
            let most = patience + Duration::from_secs(received / SLOWEST);
            let left = most.saturating_sub(waited);
            let asked = Instant::now();
            // What was gathered for the file is screened even if nothing more arrives for a while.
            let may_wait =
                if bytes_in.gathered.is_empty() { left } else { left.min(BETWEEN_TRIES) };
            let piece = match timeout(may_wait, next).await {
                Ok(None) => break,
                Ok(Some(Ok(piece))) => piece,
                Ok(Some(Err(_))) => return bytes_in.fail(io::ErrorKind::ConnectionAborted),
                Err(_) if may_wait < left => {
                    waited += asked.elapsed();
                    bytes_in.add_gathered();
                    continue;
                }
                Err(_) => return bytes_in.fail(io::ErrorKind::TimedOut),
            };
            waited += asked.elapsed();
            received += piece.len() as u64;
            // A client that sends does not have to receive yet.
            if let Some(connection) = &body_of {
                connection.extend_deadline();
            }
            match bytes_in.add(piece, patience).await {
                Ok(true) => {}
                // Nobody takes it any more: the work has ended.
                Ok(false) => return,
                Err(error) => return bytes_in.fail(error.kind()),
            }
        }
        match bytes_in.flush(patience).await {
            Ok(true) => bytes_in.spool.end(Ok(())),
            Ok(false) => return,
            Err(error) => return bytes_in.fail(error.kind()),
        }
        if let Some(connection) = body_of {
            connection.read_state.finish_body();
        }
    }));
    let (entry, audit) = (entry(&request, AuditAction::Screen), Arc::clone(&app.audit));
    let (used, held) = (version.clone(), (job.clone(), app.shutdown.begin_work()));
    actix_web::rt::task::spawn_blocking(move || {
        let _held = held;
        let most = app.limits.spool_bytes;
        let began = Instant::now();
        let (rows, end) = screen_list(&advisor, &options, incoming, &answer, start, most);
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

const NDJSON: &str = "application/x-ndjson; charset=utf-8";
const CSV: &str = "text/csv; charset=utf-8; header=present";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const TYPES: &str = "send `Content-Type: text/csv`, `application/x-ndjson` or, for a workbook, `application/vnd.openxmlformats-officedocument.spreadsheetml.sheet`";

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// The file type that a media type names.
fn file_type(media_type: &str) -> Option<FileType> {
    let bare = media_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match bare.as_str() {
        "text/csv" => Some(FileType::CSV),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
            Some(FileType::NDJSON)
        }
        XLSX => Some(FileType::XLSX),
        _ => None,
    }
}

fn options(
    advisor: &Advisor,
    params: &ScreenParams,
    accepted: Lang,
    as_of: Date,
    input: FileType,
    output: FileType,
) -> Result<Options, String> {
    let book = advisor.book();
    let list = |text: &Option<String>| -> Vec<String> {
        let items = text.iter().flat_map(|text| text.split(','));
        items.map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
    };
    let mut supports = Vec::new();
    for id in list(&params.supports) {
        match book.find(&id) {
            Some((index, _)) => supports.push(index.index()),
            None => return Err("`supports` names none; see /api/v1/supports".to_owned()),
        }
    }
    if params.supports.is_none() {
        supports = (0..book.supports.len()).collect();
    }
    supports.sort_unstable();
    supports.dedup();
    let mut derive = Vec::new();
    let shown = params.derive.clone().or_else(|| Some("size,region".to_owned()));
    for name in list(&shown) {
        let fact = book.catalogue.find(&name).map(|fact| fact.id);
        match fact.filter(|fact| advisor.plan.is_derived(*fact)) {
            Some(fact) => derive.push(fact),
            // Other rules may derive neither of the two.
            None if params.derive.is_none() => {}
            None => return Err("`derive` names no derived fact; see /api/v1/facts".to_owned()),
        }
    }
    let header_row = params.header_row.as_deref().map(|row| {
        let row = row.parse().ok().filter(|row| (1..=1000).contains(row));
        row.ok_or_else(|| "`header_row` is a number from 1 to 1000".to_owned())
    });
    let header_row = header_row.transpose()?;
    let map = params.map.iter().map(|text| {
        let (header, fact) = text.rsplit_once('=').ok_or_else(|| {
            format!(
                "`map` is HEADER=fact, HEADER=fact:元, #3=fact or HEADER=-, and `{}` is none",
                wording::shown(text)
            )
        })?;
        Ok((header.to_owned(), fact.to_owned()))
    });
    let map = map.collect::<Result<Vec<_>, String>>()?;
    for (name, is_given, fits, formats) in [
        ("sheet", params.sheet.is_some(), input == FileType::XLSX, "a workbook"),
        ("header_row", header_row.is_some(), input != FileType::NDJSON, "CSV or a workbook"),
        ("encoding", params.encoding.is_some(), input != FileType::XLSX, "CSV or NDJSON"),
    ] {
        if is_given && !fits {
            return Err(format!("`{name}` is for {formats}: leave it out"));
        }
    }
    let lang = match params.lang.as_deref() {
        None => accepted,
        Some("zh") => Lang::Zh,
        Some("en") => Lang::En,
        Some(_) => return Err("`lang` is `zh` or `en`".to_owned()),
    };
    Ok(Options {
        // Neither is used: the list comes and goes through channels.
        input: Input::Stdin,
        output: Destination::Discard,
        input_type: input,
        output_type: output,
        as_of,
        lang,
        supports,
        derive,
        excluded_by: params.excluded_by,
        missing: MissingColumn::All,
        ask_next: false,
        keep_refused: false,
        header_row,
        map,
        sheet: params.sheet.clone(),
        report: None,
        summary: None,
        encoding: params.encoding.clone(),
        delimiter: None,
        bom: false,
        workers: 1,
        matches: None,
        limits: Limits::SERVICE,
        mode: Mode::Private,
    })
}

/// Screens on a thread that may block; returns the rows that were screened and what ended it.
fn screen_list(
    advisor: &Advisor,
    options: &Options,
    list: Incoming,
    answer: &Sender,
    start: oneshot::Sender<Result<(), Problem>>,
    spool_bytes: u64,
) -> (u64, End) {
    let mut start = Some(start);
    let mut report_start = |started: Started<'_>| {
        let outcome = match started {
            Started::Begins => Ok(()),
            Started::Fails(error) => Err(problem_of(error, spool_bytes)),
        };
        // The client may have gone.
        start.take().is_some_and(|start| start.send(outcome).is_ok())
    };
    let mut send = |bytes: Vec<u8>| answer.send(bytes);
    let screened = stream(&advisor.plan, options, Box::new(list), &mut report_start, &mut send);
    if let End::Broke(error) = &screened.end {
        let problem = problem_of(error, spool_bytes);
        answer.send(problem_record(&problem, options.output_type, screened.columns));
    }
    (screened.rows, screened.end)
}

/// The problem for which a list cannot be screened, or not to its end.
fn problem_of(error: &ScreenError, spool_bytes: u64) -> Problem {
    let kind = match error {
        ScreenError::Io { source, .. } | ScreenError::Compressed { source, .. } => source.kind(),
        _ => io::ErrorKind::Other,
    };
    match kind {
        io::ErrorKind::TimedOut => Problem::new(ProblemCode::TooSlow),
        io::ErrorKind::FileTooLarge => Problem::new(ProblemCode::TooLarge).with(format!(
            "{spool_bytes} bytes of the list wait to be screened (`spool_bytes`), and nothing of the answer is received: read it while you send, or send a shorter list"
        )),
        _ if error.exceeds() == Some(Limit::Workbook) => {
            Problem::new(ProblemCode::TooLarge).with(error.to_string())
        }
        _ => Problem::new(ProblemCode::InvalidList)
            .with(Interface::Http.spell(&error.to_string())),
    }
}

/// The last record of a list that ended early.
fn problem_record(problem: &Problem, output: FileType, columns: usize) -> Vec<u8> {
    if output == FileType::NDJSON {
        return format!("{}\n", serde_json::json!({ "problem": problem })).into_bytes();
    }
    let detail = problem.detail.replace('"', "\"\"");
    let blank = ",".repeat(columns.saturating_sub(2));
    let (code, status) = (problem.code.as_str(), problem.status);
    format!("#problem,\"code={code};status={status};detail={detail}\"{blank}\n").into_bytes()
}

/// The end of the spool at which the request's bytes arrive. If it is dropped, the list ends.
struct SpoolWriter {
    spool: Arc<Spool>,
    /// Short pieces on their way to the file, which takes blocks.
    gathered: Vec<u8>,
}

impl SpoolWriter {
    /// Keeps bytes; `false` if nobody takes them any more.
    async fn add(&mut self, bytes: web::Bytes, patience: Duration) -> io::Result<bool> {
        if self.gathered.is_empty() {
            match self.spool.add(&bytes) {
                Kept::Yes => return Ok(true),
                Kept::Closed => return Ok(false),
                Kept::Full => {}
            }
        }
        self.gathered.extend_from_slice(&bytes);
        if self.gathered.len() < BLOCK { Ok(true) } else { self.flush(patience).await }
    }

    /// Keeps in memory what was gathered, if it fits by now.
    fn add_gathered(&mut self) {
        let bytes = web::Bytes::from(std::mem::take(&mut self.gathered));
        if self.spool.add(&bytes) == Kept::Full {
            self.gathered = bytes.into();
        }
    }

    /// Keeps what was gathered; `false` if nobody takes it any more.
    async fn flush(&mut self, patience: Duration) -> io::Result<bool> {
        let bytes = web::Bytes::from(std::mem::take(&mut self.gathered));
        if bytes.is_empty() {
            return Ok(true);
        }
        let (mut began, mut taken) = (Instant::now(), self.spool.taken());
        loop {
            let mut kept = self.spool.add(&bytes);
            if kept == Kept::Full {
                let (spool, block) = (Arc::clone(&self.spool), bytes.clone());
                let wrote = actix_web::rt::task::spawn_blocking(move || spool.add_to_file(&block));
                kept = wrote.await.map_err(io::Error::other)??;
            }
            if kept != Kept::Full {
                return Ok(kept == Kept::Yes);
            }
            // A client that receives the answer empties the file in the end.
            if taken != self.spool.taken() {
                (began, taken) = (Instant::now(), self.spool.taken());
            }
            if began.elapsed() > patience {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            sleep(BETWEEN_TRIES).await;
        }
    }

    fn fail(&self, kind: io::ErrorKind) {
        self.spool.end(Err(kind));
    }
}

impl Drop for SpoolWriter {
    fn drop(&mut self) {
        self.spool.end(Err(io::ErrorKind::ConnectionAborted));
    }
}

/// The request's bytes, for a thread that may block.
struct Incoming {
    spool: Arc<Spool>,
    piece: web::Bytes,
}

impl Drop for Incoming {
    fn drop(&mut self) {
        self.spool.close();
    }
}

impl Read for Incoming {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.spool.take()? {
                None => return Ok(0),
                Some(piece) => self.piece = piece,
            }
        }
        let taken = self.piece.split_to(self.piece.len().min(out.len()));
        if let Some(out) = out.get_mut(..taken.len()) {
            out.copy_from_slice(&taken);
        }
        Ok(taken.len())
    }
}
