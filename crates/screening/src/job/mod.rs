//! One screening from beginning to end.
//!
//! Owns the order of events: the destinations are checked first, then the input's encoding and columns; rows are
//! screened; the outputs get their names; the report and the manifest are written last. A value that overrides the
//! choice of encoding starts the job again, once; so does a cell that must not be copied with its column.

pub(crate) mod options;
mod outputs;
pub(crate) mod prepare;

use self::options::{Options, Progress, Report};
use self::outputs::Outputs;
use self::prepare::{Attempt, check_destinations, open, prepare, stated_encoding};
use crate::error::ScreenError;
use crate::manifest::Manifest;
use crate::read::input::Input;
use crate::read::list_file::ListFile;
use crate::screen::pipeline;
use crate::screen::screened::ScreenedChunk;
use crate::screen::summary::Summary;
use crate::table::encoding::{Choice, Evidence};
use crate::table::header::Headers;
use crate::table::meter::Meter;
use crate::write::page;
use crate::write::target::Destination;
use crate::write::xlsx::legend::Explanation;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::plan::Plan;

/// Screens a file.
///
/// # Errors
/// Whatever stops the job; then there is no output.
pub fn screen(
    plan: &Plan,
    options: &Options,
    progress: &mut dyn Progress,
) -> Result<Report, ScreenError> {
    let stated = stated_encoding(options)?;
    check_destinations(options)?;
    let is_file = matches!(options.input, Input::File(_));
    let mut copy = None;
    let (input, limits) = (&options.input, &options.limits);
    let list = ListFile::inspect(input, options.input_type, stated, limits, &mut copy)?;
    let options = &Options { input_type: list.file_type, ..options.clone() };
    let mut attempt = Attempt { encoding: stated, copies_columns: true, copy, list };
    let report = loop {
        match run(plan, options, &mut attempt, progress) {
            Err(ScreenError::WrongEncoding { .. }) if is_file && attempt.encoding.is_none() => {
                let encoding = encoding_rs::GB18030;
                let other = Choice { encoding, evidence: Evidence::LaterValue, weak: false };
                attempt.encoding = Some(other);
            }
            Err(ScreenError::RefusedCellCopied) if attempt.copies_columns => {
                attempt.copies_columns = false;
            }
            other => break other?,
        }
    };
    if let Some(path) = &options.report {
        page::write(plan, options, &report, path)?;
    }
    if let Destination::File(path) = &options.output {
        Manifest::new(plan, options, &report).write(path, options.mode)?;
    }
    Ok(report)
}

/// Screens the rows and writes the outputs.
fn run(
    plan: &Plan,
    options: &Options,
    attempt: &mut Attempt,
    progress: &mut dyn Progress,
) -> Result<Report, ScreenError> {
    let headers = Headers::new(&plan.book.catalogue);
    let meter = Meter::default();
    let mut reader = open(plan, options, attempt, &headers, &meter)?;
    let encoding = reader.encoding().encoding.name().to_owned();
    let job = prepare(plan, options, &headers, &mut reader)?;
    let mut notes = attempt.list.notes.clone();
    notes.extend(reader.notes());
    notes.extend(headers.nearly_known(&job.columns, &options.map));
    progress.start(&job.columns, plan, &notes);

    let mut outputs = Outputs::open(&job, options, &meter)?;
    let mut emit = |chunk: ScreenedChunk| outputs.write(chunk);
    let mut advance = || progress.advance(&meter);
    let tally = pipeline::run(&mut reader, &job, options.workers, &mut emit, &mut advance)?;

    if let Some(note) = ignored_note(&meter) {
        progress.note(&note);
        notes.push(note);
    }
    let (blank, faults) = outputs.take_counts();
    let summary = Summary::new(plan, &job.layout, options.as_of, &tally, blank, faults);
    let input_sha256 = meter.sha256();
    let explanation = Explanation {
        plan,
        columns: &job.columns,
        layout: &job.layout,
        summary: &summary,
        as_of: options.as_of,
        input_sha256: &input_sha256,
    };
    let (rows_in, rows_out) = outputs.rows();
    let (written, matches) = outputs.commit(options, &explanation)?;
    Ok(Report {
        summary,
        columns: job.columns,
        notes,
        encoding,
        input_bytes: meter.bytes(),
        input_sha256,
        written,
        matches,
        rows_in,
        rows_out,
    })
}

/// What is told of bytes behind a compressed list.
fn ignored_note(meter: &Meter) -> Option<LocalizedText> {
    let bytes = Some(meter.ignored()).filter(|bytes| *bytes > 0)?;
    Some(LocalizedText {
        zh: format!(
            "压缩内容之后还有 {bytes} 字节，不属于名单，没有读：请核对行数，文件可能不完整。"
        ),
        en: format!(
            "{bytes} bytes behind the packed list belong to nothing and were not read: compare the number of rows, the file may not be complete"
        ),
    })
}
