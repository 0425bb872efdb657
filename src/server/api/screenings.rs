//! `POST /screenings`: a list of firms streamed in, the same list with every status streamed out.
//!
//! One record a row, in order, with the caller's columns; faults stand in their row; the last record has
//! the counts. The request's bytes go to a thread of their own through a channel that holds little, and
//! what is screened comes back through another: whoever is slow makes the others wait, so memory does not
//! grow with the list. If the client goes, the channel breaks and the work stops. Nothing is stored or
//! logged.

use super::assessments::day;
use super::audit::begun as begun_line;
use super::body::encoding;
use super::connections::Connection;
use super::error::{Problem, ProblemCode};
use super::language::{accepted, heaviest};
use super::memory::SCREENING;
use super::pieces::{Reading, Sender, Streamed, channel};
use super::state::State;
use crate::server::store::AuditRow;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE};
use actix_web::rt::time::timeout;
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::assessment::Advisor;
use export_advisor_core::wording::Lang;
use export_advisor_screening::stream::{End, Started, broken, stream};
use export_advisor_screening::{Destination, FileType, Input, Limits, Mode, Options, ScreenError};
use futures_core::Stream as _;
use jiff::civil::Date;
use serde::Deserialize;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use utoipa::IntoParams;

/// A list may come as slowly as this, in bytes a second, after a while that every body has.
const SLOWEST: u64 = 8 * 1024;
/// How many pieces of the list wait in a channel.
const WAITING: usize = 4;
/// Parameters of a screening.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ScreenParams {
    /// The day from which windows are seen; today in China if left out.
    #[param(value_type = Option<String>, format = "date", example = "2026-11-25")]
    as_of: Option<String>,
    /// The supports that are asked, parted by commas; all if left out.
    #[param(example = "guarantee-small-micro")]
    supports: Option<String>,
    /// Derived facts that are shown, parted by commas; `size,region` if left out.
    #[param(example = "size,region")]
    derive: Option<String>,
    /// The language of the words of a CSV, and of faults: `zh` or `en`; that of `Accept-Language` if left out,
    /// else Chinese.
    #[param(pattern = "^(zh|en)$", example = "en")]
    lang: Option<String>,
    /// The encoding of the list; found out if left out.
    #[param(example = "gb18030")]
    encoding: Option<String>,
}

/// Screens a list.
///
/// Send `text/csv` or `application/x-ndjson`; the answer has the same form unless `Accept` names the
/// other. Each row comes back in order with its own columns and, added, `uscc_ok`, derived facts, one status
/// a support, `missing` and `faults`; a row with faults has no status. The last record has the counts:
/// of NDJSON an object with the one key `summary`, of CSV a row whose first cell is `#summary` and whose second is
/// `rows=…;faults=…`. An answer without that record is not complete. Read while you write: the service
/// takes no more than it can answer.
#[utoipa::path(
    post,
    path = "/api/v1/screenings",
    operation_id = "screen",
    tag = "screenings",
    params(ScreenParams),
    request_body(
        content(
            (String = "application/x-ndjson", example = json!("{\"name\": \"甲\", \"exports_goods\": true, \"employees\": 6}\n")),
            (String = "text/csv", example = json!("企业名称,是否出口,从业人数\n甲,是,6\n"))
        ),
        description = "The list: one firm a line."
    ),
    responses(
        (status = 200, description = "The list with every status, and a last record with the counts.",
            content((String = "application/x-ndjson"), (String = "text/csv")),
            headers(("Rule-Book-Version" = String, description = "The rule book's version."))),
        (status = 400, description = "A parameter cannot be read.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is neither CSV nor NDJSON by its type.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The list cannot be screened as a whole: its columns, its encoding or its quotes.", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The list came too slowly.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "As many lists and batches of this caller are under way as one caller may have.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "As many lists and batches are under way as the service takes at a time.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn screen(
    state: web::Data<State>,
    request: HttpRequest,
    params: Result<web::Query<ScreenParams>, actix_web::Error>,
    mut payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let advisor = state.advisor();
    let bad = |detail: String| Problem::new(ProblemCode::BadQuery).with(detail);
    let params = params.map_err(|error| bad(error.to_string()))?;
    let as_of = match &params.as_of {
        None => state.today(),
        Some(text) => day("as_of", text)?,
    };
    let unsupported = |told: &str| Problem::new(ProblemCode::UnsupportedMediaType).with(told);
    if encoding(&request).is_some() {
        return Err(unsupported("a list is taken as it is: send it without `Content-Encoding`"));
    }
    let input = text(&request, CONTENT_TYPE.as_str()).and_then(form);
    let input = input.ok_or_else(|| unsupported(TYPES))?;
    let output = heaviest(text(&request, ACCEPT.as_str()).unwrap_or(""), form).unwrap_or(input);
    let options = options(&advisor, &params, accepted(request.headers()), as_of, input, output)
        .map_err(bad)?;
    let version = advisor.book().version.clone();
    let job = state.jobs.take(state.access.job_owner(&request))?;
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    if let Some(connection) = &connection {
        connection.reserve(SCREENING).await?;
    }
    let patience = state.limits.body_timeout;
    let (bytes_in, list) = mpsc::channel::<io::Result<web::Bytes>>(WAITING);
    let (answer, pieces) = channel();
    let (begun, starts) = oneshot::channel::<Result<(), Problem>>();
    let whole = connection.clone();
    if let Some(connection) = &connection {
        connection.turn.streams();
    }
    let reading = Reading(actix_web::rt::spawn(async move {
        let (mut waited, mut received) = (Duration::ZERO, 0);
        loop {
            let next = std::future::poll_fn(|cx| Pin::new(&mut payload).poll_next(cx));
            let most = patience + Duration::from_secs(received / SLOWEST);
            let asked = Instant::now();
            let piece = match timeout(most.saturating_sub(waited), next).await {
                Ok(None) => break,
                Ok(Some(piece)) => piece.map_err(|error| io::Error::other(error.to_string())),
                Err(_) => Err(io::ErrorKind::TimedOut.into()),
            };
            waited += asked.elapsed();
            received += piece.as_ref().map_or(0, |piece| piece.len() as u64);
            let broken = piece.is_err();
            // Nobody takes it any more: the work has ended.
            if bytes_in.send(piece).await.is_err() || broken {
                return;
            }
        }
        if let Some(connection) = whole {
            connection.turn.has_body();
        }
    }));
    let (line, audited, used) = (begun_line(&request, "screen"), state.clone(), version.clone());
    let (working, unfinished) = (job.clone(), state.unfinished());
    actix_web::rt::task::spawn_blocking(move || {
        let (_working, _unfinished) = (working, unfinished);
        let incoming = Incoming { list, piece: web::Bytes::new() };
        let (rows, end) = work(&advisor, &options, incoming, &answer, begun);
        let outcome = match end {
            // Noted with its answer.
            End::Refused => return,
            End::Whole => "200",
            End::Stopped | End::Broke(_) => "failed",
        };
        audited.note_row(AuditRow {
            count: i64::try_from(rows).unwrap_or(i64::MAX),
            rule_book: used,
            outcome: outcome.to_owned(),
            ..line
        });
    });
    match starts.await {
        Ok(Ok(())) => {}
        Ok(Err(problem)) => return Err(problem),
        Err(_) => return Err(Problem::new(ProblemCode::Internal)),
    }
    Ok(HttpResponse::Ok()
        .content_type(if output == FileType::NDJSON { NDJSON } else { CSV })
        .insert_header(("Rule-Book-Version", version))
        .insert_header(("Cache-Control", "no-store"))
        .body(Streamed { pieces, connection, _job: job, _reading: Some(reading) }))
}

const NDJSON: &str = "application/x-ndjson; charset=utf-8";
const CSV: &str = "text/csv; charset=utf-8; header=present";
const TYPES: &str = "send `Content-Type: text/csv` or `application/x-ndjson`";

fn text<'a>(request: &'a HttpRequest, header: &str) -> Option<&'a str> {
    request.headers().get(header)?.to_str().ok()
}

/// The form that a media type names.
fn form(media_type: &str) -> Option<FileType> {
    let bare = media_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match bare.as_str() {
        "text/csv" => Some(FileType::CSV),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
            Some(FileType::NDJSON)
        }
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
            Some((place, _)) => supports.push(place.index()),
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
    let lang = match params.lang.as_deref() {
        None => accepted,
        Some("zh") => Lang::Zh,
        Some("en") => Lang::En,
        Some(_) => return Err("`lang` is `zh` or `en`".to_owned()),
    };
    Ok(Options {
        // Neither is looked at: the list comes and goes through channels.
        input: Input::Stdin,
        output: Destination::Discard,
        input_type: input,
        output_type: output,
        as_of,
        lang,
        supports,
        derive,
        map: Vec::new(),
        sheet: None,
        report: None,
        encoding: params.encoding.clone(),
        delimiter: None,
        bom: false,
        workers: 1,
        matches: None,
        limits: Limits::SERVICE,
        mode: Mode::Private,
    })
}

/// Screens on a thread that may block; gives the rows that were screened and what ended it.
fn work(
    advisor: &Advisor,
    options: &Options,
    list: Incoming,
    answer: &Sender,
    begun: oneshot::Sender<Result<(), Problem>>,
) -> (u64, End) {
    let mut begun = Some(begun);
    let mut start = |started: Started<'_>| {
        let told = match started {
            Started::Begins => Ok(()),
            Started::Fails(ScreenError::Io { source, .. })
                if source.kind() == io::ErrorKind::TimedOut =>
            {
                Err(Problem::new(ProblemCode::TooSlow))
            }
            Started::Fails(error) => {
                Err(Problem::new(ProblemCode::InvalidList).with(error.to_string()))
            }
        };
        // The client may have gone.
        begun.take().is_some_and(|begun| begun.send(told).is_ok())
    };
    let mut send = |bytes: Vec<u8>| answer.send(bytes);
    let came = stream(&advisor.plan, options, Box::new(list), &mut start, &mut send);
    if let End::Broke(error) = &came.end {
        answer.fail(broken(error));
    }
    (came.rows, came.end)
}

/// The request's bytes, for a thread that may block.
struct Incoming {
    list: mpsc::Receiver<io::Result<web::Bytes>>,
    piece: web::Bytes,
}

impl Read for Incoming {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.list.blocking_recv() {
                None => return Ok(0),
                Some(piece) => self.piece = piece?,
            }
        }
        let taken = self.piece.split_to(self.piece.len().min(out.len()));
        if let Some(out) = out.get_mut(..taken.len()) {
            out.copy_from_slice(&taken);
        }
        Ok(taken.len())
    }
}
