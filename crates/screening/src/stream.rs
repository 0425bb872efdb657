//! A list that streams through: no file, one thread, a last record with the counts.
//!
//! Owns the order for a stream: the head, each chunk as it is screened, and the last record, without which
//! a stream is not complete. Whoever takes the pieces may stop it at any of them. A choice of encoding is
//! not overturned here, since nothing can be read again: what does not read is a fault of its row.

use super::error::ScreenError;
use super::header::Headers;
use super::input::{Meter, Source, counted};
use super::limits::Growth;
use super::reader::{Body, Reader};
use super::run::{Options, chosen, head, prepare};
use super::screener::{Form, Screener, Task};
use super::text::{TextOptions, TextReader};
use super::writer::Output;
use export_advisor_core::plan::Plan;
use std::io;

/// How a stream begins.
#[derive(Clone, Copy, Debug)]
pub enum Started<'a> {
    /// The columns are read; rows follow.
    Begins,
    /// It cannot be screened as a whole.
    Fails(&'a ScreenError),
}

/// How far a stream came.
#[derive(Debug)]
pub struct Streamed {
    /// The rows that were screened.
    pub rows: u64,
    /// What ended it.
    pub end: End,
}

/// What ended a stream.
#[derive(Debug)]
pub enum End {
    /// It could not be screened as a whole; `start` was told why.
    Refused,
    /// Whoever takes the pieces stopped it.
    Stopped,
    /// The list broke off, or what was made of it could not be written.
    Broke(ScreenError),
    /// That was all, and the last record was taken.
    Whole,
}

/// Screens a stream. `start` is called once, before the first piece; `send` takes the pieces. Either says
/// whether to go on. The input and output of `options` are not looked at, but for their forms.
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
    let opened = chosen(options).and_then(|encoding| {
        let text = TextOptions {
            format: options.input_type.format,
            encoding,
            delimiter: options.delimiter,
            headers: &headers,
            reference: &plan.book.reference,
            catalogue: &plan.book.catalogue,
            limits: options.limits,
        };
        let path = options.input.path().to_owned();
        let mut reader = Reader::Text(Box::new(TextReader::open(path, source, &text)?));
        let mut task = prepare(plan, options, &headers, &reader)?;
        task.weak = false;
        // What is wrong with its first rows is told before anything is given.
        let first = reader.next()?;
        Ok((reader, task, first))
    });
    let (mut reader, task, first) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            start(Started::Fails(&error));
            return Streamed { rows: 0, end: End::Refused };
        }
    };
    if !start(Started::Begins) {
        return Streamed { rows: 0, end: End::Stopped };
    }
    let mut screener = Screener::new(&task);
    let head = head(&task, options.bom);
    let passed = if head.is_empty() || send(head) {
        let growth = Growth::written(&options.limits, &meter);
        pass(first, &mut reader, &mut screener, &growth, send)
    } else {
        Ok(false)
    };
    let (rows, faulty) = screener.tally.counted();
    let end = match passed {
        Ok(true) if send(last(plan, options, &task, rows, faulty)) => End::Whole,
        Ok(_) => End::Stopped,
        Err(error) => End::Broke(error),
    };
    Streamed { rows, end }
}

/// Screens all rows; says whether all that came of them was taken.
fn pass(
    first: Option<Body>,
    reader: &mut Reader,
    screener: &mut Screener<'_>,
    growth: &Growth,
    send: &mut dyn FnMut(Vec<u8>) -> bool,
) -> Result<bool, ScreenError> {
    let mut next = first;
    while let Some(body) = next {
        let done = screener.run(body, Vec::new())?;
        let size = growth.add(done.size(screener.layout()));
        size.map_err(ScreenError::limit("-"))?;
        if let Output::Text(text) = done.output
            && !text.is_empty()
            && !send(text)
        {
            return Ok(false);
        }
        next = reader.next()?;
    }
    Ok(true)
}

/// The last record.
fn last(plan: &Plan, options: &Options, task: &Task<'_>, rows: u64, faulty: u64) -> Vec<u8> {
    let (version, as_of) = (&plan.book.version, options.as_of);
    match task.form {
        Form::Csv { delimiter } => {
            let cells = task.columns.names.len() + task.layout.names().count();
            let mut line = b"#summary".to_vec();
            line.push(delimiter);
            let counts = format!("rows={rows};faults={faulty};as_of={as_of};rulebook={version}");
            line.extend_from_slice(counts.as_bytes());
            line.resize(line.len() + cells.saturating_sub(2), delimiter);
            line.push(b'\n');
            line
        }
        _ => {
            let summary = serde_json::json!({
                "summary": { "rows": rows, "faults": faulty, "as_of": as_of.to_string(), "rulebook": version },
            });
            format!("{summary}\n").into_bytes()
        }
    }
}

/// An error of the system for the one who takes the pieces: the stream breaks off.
#[must_use]
pub fn broken(error: &ScreenError) -> io::Error {
    io::Error::other(error.to_string())
}
