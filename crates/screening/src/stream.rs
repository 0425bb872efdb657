//! A list as a stream: no file, one thread, a last record with the counts.
//!
//! Owns the order of events of a stream: the header, each chunk when it is screened, and the last record, without
//! which a stream is not complete. Whoever receives the pieces may stop it at any of them. A stream cannot be read
//! again, so its encoding stays as first chosen, and a value that does not read is a fault of its row.

use crate::error::ScreenError;
use crate::job::options::Options;
use crate::job::prepare::{Purpose, header, open_text, prepare, stated_encoding};
use crate::read::input::{Source, counted};
use crate::read::reader::{Chunk, Reader};
use crate::screen::job::{Job, OutputForm};
use crate::screen::screened::Output;
use crate::screen::screener::Screener;
use crate::screen::tally::RowCounts;
use crate::table::header::Headers;
use crate::table::limits::Growth;
use crate::table::meter::Meter;
use export_advisor_core::plan::Plan;

/// How a stream starts.
#[derive(Clone, Copy, Debug)]
pub enum Started<'a> {
    /// The columns are known; rows follow.
    Begins,
    /// It cannot be screened at all.
    Fails(&'a ScreenError),
}

/// The extent of a stream.
#[derive(Debug)]
pub struct Streamed {
    /// The rows that were screened.
    pub rows: u64,
    /// The columns of the answer, with the added ones.
    pub columns: usize,
    /// How it ended.
    pub end: End,
}

/// How a stream ended.
#[derive(Debug)]
pub enum End {
    /// It could not be screened at all; `start` was called with the reason.
    Refused,
    /// The receiver of the pieces stopped it.
    Stopped,
    /// The list broke off, or the output could not be written.
    Broke(ScreenError),
    /// All rows and the last record were received.
    Whole,
}

/// Screens a stream. `start` is called once, before the first piece; `send` receives the pieces. Both return
/// whether to continue. Of the input and the output of `options` only the file types are used.
pub fn stream(
    plan: &Plan,
    options: &Options,
    source: Source,
    start: &mut dyn FnMut(Started<'_>) -> bool,
    send: &mut dyn FnMut(Vec<u8>) -> bool,
) -> Streamed {
    let headers = Headers::new(&plan.book.catalogue);
    let meter = Meter::default();
    let source = counted(source, &meter);
    let opened = stated_encoding(options).and_then(|encoding| {
        let mut reader = open_text(plan, options, encoding, &headers, source)?;
        let mut job = prepare(plan, options, &headers, &mut reader, Purpose::Screen)?;
        job.is_encoding_weak = false;
        // Errors of the first rows are reported before any output is sent.
        let first = reader.next()?;
        Ok((reader, job, first))
    });
    let (mut reader, job, first) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            start(Started::Fails(&error));
            return Streamed { rows: 0, columns: 0, end: End::Refused };
        }
    };
    if !start(Started::Begins) {
        return Streamed { rows: 0, columns: 0, end: End::Stopped };
    }
    let mut screener = Screener::new(&job);
    let header = header(&job, options.bom);
    let sent = if header.is_empty() || send(header) {
        let growth = Growth::output(&options.limits, &meter);
        send_rows(first, &mut reader, &mut screener, &growth, send)
    } else {
        Ok(false)
    };
    let counts = screener.tally.row_counts();
    let end = match sent {
        Ok(true) if send(last_record(plan, options, &job, counts)) => End::Whole,
        Ok(_) => End::Stopped,
        Err(error) => End::Broke(error),
    };
    let columns = job.columns.names.len() + job.layout.names().count();
    Streamed { rows: counts.rows, columns, end }
}

/// Screens and sends all rows; returns whether all were received.
fn send_rows(
    first: Option<Chunk>,
    reader: &mut Reader,
    screener: &mut Screener<'_>,
    growth: &Growth,
    send: &mut dyn FnMut(Vec<u8>) -> bool,
) -> Result<bool, ScreenError> {
    let mut next = first;
    while let Some(chunk) = next {
        let screened = screener.run(chunk, Vec::new())?;
        let size = growth.add(screened.size(screener.layout()));
        size.map_err(ScreenError::limit("-"))?;
        if let Output::Text(text) = screened.output
            && !text.is_empty()
            && !send(text)
        {
            return Ok(false);
        }
        next = reader.next()?;
    }
    Ok(true)
}

fn last_record(plan: &Plan, options: &Options, job: &Job<'_>, counts: RowCounts) -> Vec<u8> {
    let (version, as_of) = (&plan.book.version, options.as_of);
    let RowCounts { rows, faulty, unreadable, not_firms, warned } = counts;
    match job.form {
        OutputForm::Csv { delimiter } => {
            let cells = job.columns.names.len() + job.layout.names().count();
            let mut line = b"#summary".to_vec();
            line.push(delimiter);
            let counts = format!(
                "rows={rows};faults={faulty};without_status={unreadable};not_firms={not_firms};warnings={warned};as_of={as_of};rulebook={version}"
            );
            line.extend_from_slice(counts.as_bytes());
            line.resize(line.len() + cells.saturating_sub(2), delimiter);
            line.push(b'\n');
            line
        }
        _ => {
            let summary = serde_json::json!({
                "summary": {
                    "rows": rows, "faults": faulty, "without_status": unreadable, "not_firms": not_firms,
                    "warnings": warned,
                    "as_of": as_of.to_string(), "rulebook": version,
                },
            });
            format!("{summary}\n").into_bytes()
        }
    }
}
