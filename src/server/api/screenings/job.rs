//! One list on a thread that may block: what it is compared with, its rows, and its end.
//!
//! Owns the parts of a body of two lists, and the problems of a list. It knows no request.

use super::incoming::Incoming;
use super::media_type::file_type;
use super::options::set_input_type;
use crate::server::api::error::{Problem, ProblemCode};
use crate::server::http::multipart::{Multipart, PartHeader};
use crate::server::http::streaming::Sender;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::plan::Plan;
use export_advisor_screening::stream::{End, LastList, LastListOptions, Started, stream};
use export_advisor_screening::{FileType, Interface, Limit, Options, ScreenError};
use jiff::civil::Date;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// What is screened.
pub(super) enum Body {
    /// One list.
    List(FileType),
    /// One or two lists as parts.
    Parts {
        /// What stands between them.
        boundary: String,
        /// What the list is compared with; `None` if it is the only one.
        comparison: Option<Comparison>,
    },
}

/// What a list is compared with.
pub(super) struct Comparison {
    /// The rules of the last list.
    pub(super) advisor: Arc<Advisor>,
    /// The day of the last list.
    pub(super) as_of: Date,
    /// The column by which clients are matched.
    pub(super) key: String,
}

/// A screening.
pub(super) struct ScreeningJob {
    /// The rules.
    pub(super) advisor: Arc<Advisor>,
    /// The options.
    pub(super) options: Options,
    /// What is screened.
    pub(super) body: Body,
    /// How many bytes may wait.
    pub(super) spool_bytes: u64,
}

impl ScreeningJob {
    /// Screens; returns the rows that were screened and what ended it. `start` receives whether an answer begins.
    pub(super) fn run(
        mut self,
        bytes: Incoming,
        answer: &Sender,
        start: oneshot::Sender<Result<(), Problem>>,
    ) -> (u64, End) {
        let body = std::mem::replace(&mut self.body, Body::List(FileType::CSV));
        let refused = |problem: Problem, start: oneshot::Sender<Result<(), Problem>>| {
            // The client may have gone.
            let _ = start.send(Err(problem));
            (0, End::Refused)
        };
        match body {
            Body::List(input_type) => match set_input_type(&mut self.options, input_type) {
                Ok(()) => self.screen(None, Box::new(bytes), answer, start),
                Err(detail) => refused(bad_query(detail), start),
            },
            Body::Parts { boundary, comparison } => {
                let parts = Parts(Arc::new(Mutex::new(Multipart::new(bytes, &boundary))));
                let (plan, spool_bytes) = (&self.advisor.plan, self.spool_bytes);
                let last = comparison.as_ref().map(|comparison| {
                    read_last(plan, &mut self.options, comparison, &parts, spool_bytes)
                });
                let opened = last.transpose().and_then(|last| {
                    let order = if last.is_some() { IN_THIS_ORDER } else { ONE_LIST };
                    let input_type = parts.open("list", order, self.spool_bytes)?;
                    Ok((last, input_type))
                });
                let (last, input_type) = match opened {
                    Ok(opened) => opened,
                    Err(problem) => return refused(problem, start),
                };
                if let Err(detail) = set_input_type(&mut self.options, input_type) {
                    return refused(bad_query(detail), start);
                }
                self.screen(last.as_ref(), Box::new(parts), answer, start)
            }
        }
    }

    fn screen(
        &self,
        last: Option<&LastList<'_>>,
        list: Box<dyn Read + Send>,
        answer: &Sender,
        start: oneshot::Sender<Result<(), Problem>>,
    ) -> (u64, End) {
        let mut start = Some(start);
        let mut report_start = |started: Started<'_>| {
            let outcome = match started {
                Started::Begins => Ok(()),
                Started::Fails(error) => Err(problem_of(error, self.spool_bytes)),
            };
            // The client may have gone.
            start.take().is_some_and(|start| start.send(outcome).is_ok())
        };
        let mut send = |bytes: Vec<u8>| answer.send(bytes);
        let (plan, options) = (&self.advisor.plan, &self.options);
        let screened = stream(plan, options, last, list, &mut report_start, &mut send);
        if let End::Broke(error) = &screened.end {
            let problem = problem_of(error, self.spool_bytes);
            let (columns, delimiter) = (screened.columns, screened.delimiter);
            answer.send(problem_record(&problem, options.output_type, columns, delimiter));
        }
        (screened.rows, screened.end)
    }
}

/// Reads the last list, which is the first part, for the plan of this one. Sets the file type of the options.
fn read_last<'p>(
    plan: &'p Plan,
    options: &mut Options,
    comparison: &'p Comparison,
    parts: &Parts,
    spool_bytes: u64,
) -> Result<LastList<'p>, Problem> {
    let input_type = parts.open("previous", IN_THIS_ORDER, spool_bytes)?;
    set_input_type(options, input_type).map_err(bad_query)?;
    let last = LastListOptions {
        plan: &comparison.advisor.plan,
        as_of: comparison.as_of,
        key: comparison.key.clone(),
        input_type,
    };
    LastList::read(plan, options, last, Box::new(parts.clone())).map_err(|error| {
        let problem = problem_of(&error, spool_bytes);
        let detail = format!("the part `previous`: {}", problem.detail);
        problem.with(detail)
    })
}

/// What to send if a list is compared.
const IN_THIS_ORDER: &str =
    "send the parts `previous` and `list`, in this order, and nothing before them";
/// What to send if a list is not compared.
const ONE_LIST: &str = "send it first; two lists to compare go to `/api/v1/screenings:compare`";

/// The parts of a body. Reading gives the bytes of the current one.
#[derive(Clone)]
struct Parts(Arc<Mutex<Multipart<Incoming>>>);

impl Parts {
    /// Goes to the next part, which must have a name; returns its file type. `remedy` says what to send.
    fn open(&self, name: &str, remedy: &str, spool_bytes: u64) -> Result<FileType, Problem> {
        let next = self.0.lock().unwrap_or_else(PoisonError::into_inner).next_part();
        let next = next.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => {
                Problem::new(ProblemCode::BadBody).with(error.to_string())
            }
            _ => problem_of(&ScreenError::Io { path: "-".into(), source: error }, spool_bytes),
        })?;
        let unsupported =
            |detail: String| Problem::new(ProblemCode::UnsupportedMediaType).with(detail);
        match next {
            Some(part) if part.name == name => part_type(&part).ok_or_else(|| {
                unsupported(format!(
                    "the part `{name}` is none of CSV, NDJSON and a workbook: send it with its `Content-Type`, or with a file name that ends in .csv, .ndjson or .xlsx"
                ))
            }),
            _ => Err(unsupported(format!("the part `{name}` is missing: {remedy}"))),
        }
    }
}

impl Read for Parts {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(out)
    }
}

/// The file type of a part: by its media type, or by the name of its file.
fn part_type(part: &PartHeader) -> Option<FileType> {
    let by_name = |name: &String| FileType::from_path(name.as_ref()).ok();
    let found = part.content_type.as_deref().and_then(file_type);
    let found = found.or_else(|| part.file_name.as_ref().and_then(by_name));
    found.filter(|found| [FileType::CSV, FileType::NDJSON, FileType::XLSX].contains(found))
}

fn bad_query(detail: String) -> Problem {
    Problem::new(ProblemCode::BadQuery).with(detail)
}

/// The problem for which a list cannot be screened, or not to its end.
fn problem_of(error: &ScreenError, spool_bytes: u64) -> Problem {
    let (kind, message) = match error {
        ScreenError::Io { source, .. } | ScreenError::Compressed { source, .. } => {
            (source.kind(), source.to_string())
        }
        _ => (io::ErrorKind::Other, String::new()),
    };
    match kind {
        io::ErrorKind::ConnectionAborted => Problem::new(ProblemCode::BadBody).with(message),
        io::ErrorKind::TimedOut => Problem::new(ProblemCode::TooSlow),
        io::ErrorKind::FileTooLarge => Problem::new(ProblemCode::TooLarge).with(format!(
            "{spool_bytes} bytes of the list wait to be screened (`spool_bytes`), and nothing of the answer is received: read it while you send, or send a shorter list"
        )),
        _ if matches!(error.exceeds(), Some(Limit::Workbook | Limit::Clients)) => {
            Problem::new(ProblemCode::TooLarge).with(error.to_string())
        }
        _ => {
            let message = error.to_string();
            // A list that is sent has no name, but for that of standard input.
            let message = message.strip_prefix("-: ").unwrap_or(&message);
            Problem::new(ProblemCode::InvalidList).with(Interface::Http.spell(message))
        }
    }
}

/// The last record of a list that ended early.
fn problem_record(problem: &Problem, output: FileType, columns: usize, delimiter: u8) -> Vec<u8> {
    if output == FileType::NDJSON {
        return format!("{}\n", serde_json::json!({ "problem": problem })).into_bytes();
    }
    let detail = problem.detail.replace('"', "\"\"");
    let delimiter = char::from(delimiter);
    let blank = delimiter.to_string().repeat(columns.saturating_sub(2));
    let (code, status) = (problem.code.as_str(), problem.status);
    format!("#problem{delimiter}\"code={code};status={status};detail={detail}\"{blank}\n")
        .into_bytes()
}
