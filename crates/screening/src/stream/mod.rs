//! A list as a stream: no file, one thread, a last record with the counts.
//!
//! Owns the order of events of a stream: the header, each chunk when it is screened, and the last record, without
//! which a stream is not complete. What the pieces hold, `answer` decides. A workbook is held in memory until its last
//! row, since it is read in any order. Whoever receives the pieces may stop it at any of them. A stream cannot be read
//! again, so its encoding stays as first chosen, and a value that does not read is a fault of its row.

mod answer;
mod last_list;

pub use self::last_list::{LastList, LastListOptions};

use self::answer::{Answer, Send};
use crate::error::ScreenError;
use crate::interface::Interface;
use crate::job::options::Options;
use crate::job::prepare::{Purpose, open_text, open_workbook, prepare, stated_encoding};
use crate::manifest::ColumnRecord;
use crate::read::input::{Source, counted};
use crate::read::random_access::RandomAccess;
use crate::read::reader::{Chunk, Reader};
use crate::screen::job::Job;
use crate::screen::screener::Screener;
use crate::screen::tally::RowCounts;
use crate::table::delimited::escape;
use crate::table::format::FileFormat;
use crate::table::header::Headers;
use crate::table::limits::{Growth, Limit, Limits};
use crate::table::meter::Meter;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::plan::Plan;
use std::io::Read as _;

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
    /// The columns of the answer.
    pub columns: usize,
    /// What stands between the cells of delimited text.
    pub delimiter: u8,
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
/// whether to continue. Of the input and the output of `options` only the file types are used. The answer is what
/// changed, if there is a last list; else the list to call, if the options have one; else the screened list.
pub fn stream(
    plan: &Plan,
    options: &Options,
    last: Option<&LastList<'_>>,
    source: Source,
    start: &mut dyn FnMut(Started<'_>) -> bool,
    send: &mut Send<'_>,
) -> Streamed {
    let headers = Headers::new(&plan.book.catalogue);
    let purpose = last.map_or(Purpose::Screen, |last| Purpose::Compare { key: &last.key });
    let opened = open(plan, options, &headers, purpose, source).and_then(|mut opened| {
        opened.job.comparison = last.map(|last| &last.comparison);
        let answer = Answer::new(&mut opened.job, options)?;
        Ok((opened, answer))
    });
    let (opened, mut answer) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            start(Started::Fails(&error));
            return Streamed { rows: 0, columns: 0, delimiter: b',', end: End::Refused };
        }
    };
    let Opened { mut reader, job, first, meter, notes } = opened;
    let (columns, delimiter) = (answer.columns(&job), answer.delimiter());
    if !start(Started::Begins) {
        return Streamed { rows: 0, columns, delimiter, end: End::Stopped };
    }
    let mut screener = Screener::new(&job);
    let header = answer.header(&job, options);
    let sent = if header.is_empty() || send(header) {
        let growth = Growth::output(&options.limits, &meter);
        let from = (&options.limits, job.position as u64);
        send_rows(first, &mut reader, &mut screener, &mut answer, &growth, from, send)
    } else {
        Ok(false)
    };
    let counts = screener.tally.row_counts();
    let end = match sent {
        Ok(true) if send(last_record(plan, options, &job, &answer, counts, &notes)) => End::Whole,
        Ok(_) => End::Stopped,
        Err(error) => End::Broke(error),
    };
    Streamed { rows: counts.rows, columns, delimiter, end }
}

/// An opened stream, and what was decided before its rows are screened.
struct Opened<'h> {
    reader: Reader,
    job: Job<'h>,
    /// The first chunk.
    first: Option<Chunk>,
    meter: Meter,
    notes: Vec<LocalizedText>,
}

/// Opens a stream and reads its first chunk: its errors are reported before any output is sent.
fn open<'h>(
    plan: &'h Plan,
    options: &Options,
    headers: &'h Headers<'h>,
    purpose: Purpose<'_>,
    source: Source,
) -> Result<Opened<'h>, ScreenError> {
    let meter = Meter::default();
    let source = counted(source, &meter);
    let encoding = stated_encoding(options)?;
    let mut reader = match options.input_type.format {
        FileFormat::Xlsx => open_workbook(options, headers, hold(source, options)?, &meter)?,
        _ => open_text(plan, options, encoding, headers, source)?,
    };
    let mut notes = reader.notes();
    let mut job = prepare(plan, options, headers, &mut reader, purpose)?;
    job.is_encoding_weak = false;
    let first = reader.next()?;
    notes.extend(headers.nearly_known(&job.columns, &options.map));
    Ok(Opened { reader, job, first, meter, notes })
}

/// Screens and sends all rows; returns whether all were received.
fn send_rows(
    first: Option<Chunk>,
    reader: &mut Reader,
    screener: &mut Screener<'_>,
    answer: &mut Answer<'_>,
    growth: &Growth,
    (limits, position): (&Limits, u64),
    send: &mut Send<'_>,
) -> Result<bool, ScreenError> {
    let (mut next, mut position) = (first, position);
    while let Some(chunk) = next {
        let screened = screener.run(chunk, Vec::new())?;
        let size = growth.add(screened.size(screener.layout()));
        size.map_err(ScreenError::limit("-"))?;
        let rows = (screened.rows + screened.blank) as u64;
        let text = answer.chunk(screened, position + 1, limits)?;
        position += rows;
        if !text.is_empty() && !send(text) {
            return Ok(false);
        }
        next = reader.next()?;
    }
    answer.finish(send)
}

/// A workbook in memory.
fn hold(source: Source, options: &Options) -> Result<RandomAccess, ScreenError> {
    let (path, most) = (options.input.path(), options.limits.get(Limit::Workbook));
    let mut bytes = Vec::new();
    let read = source.take(most.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| ScreenError::source(path, error))?;
    options.limits.check(Limit::Workbook, bytes.len()).map_err(ScreenError::limit(path))?;
    Ok(RandomAccess::memory(bytes))
}

/// The counts, what the columns were read as, and how the list was read.
fn last_record(
    plan: &Plan,
    options: &Options,
    job: &Job<'_>,
    answer: &Answer<'_>,
    counts: RowCounts,
    notes: &[LocalizedText],
) -> Vec<u8> {
    let (version, as_of) = (&plan.book.version, options.as_of);
    let RowCounts { rows, faulty, unreadable, not_firms, warned } = counts;
    let columns = serde_json::json!(ColumnRecord::all(&job.columns, plan));
    let notes = notes.iter().map(|note| Interface::Http.spell(options.lang.of(note)));
    let notes = serde_json::json!(notes.collect::<Vec<_>>());
    let own = answer.counts();
    if options.output_type.format == FileFormat::Ndjson {
        let mut summary = serde_json::json!({
            "rows": rows, "faults": faulty, "without_status": unreadable, "not_firms": not_firms,
            "warnings": warned,
            "as_of": as_of.to_string(), "rulebook": version,
            "columns": columns, "notes": notes,
        });
        if let (Some((_, name, count)), Some(members)) = (own, summary.as_object_mut()) {
            members.insert(name.to_owned(), count);
        }
        return format!("{}\n", serde_json::json!({ "summary": summary })).into_bytes();
    }
    let own = own.map(|(text, ..)| format!("{text};")).unwrap_or_default();
    let counts = format!(
        "rows={rows};faults={faulty};without_status={unreadable};not_firms={not_firms};warnings={warned};{own}as_of={as_of};rulebook={version}"
    );
    let (cells, delimiter) = (answer.columns(job), answer.delimiter());
    let mut line = b"#summary".to_vec();
    let texts = [counts, columns.to_string(), notes.to_string()];
    for text in &texts {
        line.push(delimiter);
        escape(text, delimiter, &mut line);
    }
    line.resize(line.len() + cells.saturating_sub(1 + texts.len()), delimiter);
    line.push(b'\n');
    line
}
