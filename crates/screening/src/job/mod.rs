//! One screening from beginning to end.
//!
//! Owns the order of events: the destinations are checked first, then the input's encoding and columns; rows are
//! screened; the outputs get their names; the report, the summary and the manifest are written last. A value that
//! overrides the choice of encoding starts the job again, once; so does a cell that must not be copied with its column.
//! Where changes are wanted, the last list is read before all this.

pub(crate) mod book_diff;
mod extent;
mod last_list;
pub(crate) mod options;
mod outputs;
pub(crate) mod prepare;

use self::extent::check_rows;
use self::options::{Options, Progress, Report};
use self::outputs::Outputs;
use self::prepare::{Attempt, Purpose, check_destinations, open, prepare, stated_encoding};
use crate::changes::comparison::ListComparison;
use crate::changes::last::ChangeOptions;
use crate::error::ScreenError;
use crate::manifest::Manifest;
use crate::manifest::summary_file::SummaryFile;
use crate::read::input::Input;
use crate::read::list_file::ListFile;
use crate::screen::pipeline;
use crate::screen::screened::ScreenedChunk;
use crate::screen::summary::Summary;
use crate::table::encoding::{Choice, Evidence};
use crate::table::header::Headers;
use crate::table::meter::Meter;
use crate::write::page;
use crate::write::target::{Destination, Target};
use crate::write::xlsx::legend::Explanation;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::plan::Plan;
use std::path::{Path, PathBuf};

/// Screens a file.
///
/// # Errors
/// Whatever stops the job; then there is no output.
pub fn screen(
    plan: &Plan,
    options: &Options,
    progress: &mut dyn Progress,
) -> Result<Report, ScreenError> {
    check_destinations(options, &[], &[])?;
    complete(plan, options, None, progress)
}

/// Screens a file, and writes what changed since the last screening, and why.
///
/// # Errors
/// Whatever stops the job; then there is no output. The last screening cannot be trusted: its list or its output is
/// another file than its manifest records, or its rule book is another than the given one.
pub fn screen_with_changes(
    plan: &Plan,
    options: &Options,
    changes: &ChangeOptions<'_>,
    progress: &mut dyn Progress,
) -> Result<Report, ScreenError> {
    let inputs = changes.inputs();
    let inputs: Vec<&Path> = inputs.iter().map(PathBuf::as_path).collect();
    check_destinations(options, &inputs, &[&changes.output])?;
    let (comparison, notes) = last_list::read(plan, options, changes)?;
    notes.iter().for_each(|note| progress.note(note));
    complete(plan, options, Some((changes, &comparison)), progress)
}

/// The last screening with its options, and what is known of its list.
type Changes<'c> = (&'c ChangeOptions<'c>, &'c ListComparison<'c>);

fn complete(
    plan: &Plan,
    options: &Options,
    changes: Option<Changes<'_>>,
    progress: &mut dyn Progress,
) -> Result<Report, ScreenError> {
    let mut read_as = options.input_type;
    let mut report = attempts(options, &mut |options, attempt| {
        read_as = options.input_type;
        run(plan, options, attempt, changes, progress)
    })?;
    let options = &Options { input_type: read_as, ..options.clone() };
    if let Some(path) = &options.report {
        let text = page::text(plan, options, &report, path)?;
        report.page = Some(Target::write_file(path, options.mode, &text)?);
    }
    if let Some(path) = &options.summary {
        let manifest = Manifest::new(plan, options, &report);
        let text = SummaryFile::new(plan, &manifest, &report.summary).text();
        report.summary_file = Some(Target::write_file(path, options.mode, &text)?);
    }
    if let Destination::File(path) = &options.output {
        Manifest::new(plan, options, &report).write(path, options.mode)?;
    }
    Ok(report)
}

/// Runs a job over a list as what its content is, and once more where its rows do not bear out what was decided before.
fn attempts<T>(
    options: &Options,
    run: &mut dyn FnMut(&Options, &mut Attempt) -> Result<T, ScreenError>,
) -> Result<T, ScreenError> {
    let stated = stated_encoding(options)?;
    let is_file = matches!(options.input, Input::File(_));
    let mut copy = None;
    let (input, limits) = (&options.input, &options.limits);
    let list = ListFile::inspect(input, options.input_type, stated, limits, &mut copy)?;
    let options = &Options { input_type: list.file_type, ..options.clone() };
    let mut attempt = Attempt { encoding: stated, copies_columns: true, copy, list };
    loop {
        match run(options, &mut attempt) {
            Err(ScreenError::WrongEncoding { .. }) if is_file && attempt.encoding.is_none() => {
                let encoding = encoding_rs::GB18030;
                let other = Choice { encoding, evidence: Evidence::LaterValue, weak: false };
                attempt.encoding = Some(other);
            }
            Err(ScreenError::RefusedCellCopied) if attempt.copies_columns => {
                attempt.copies_columns = false;
            }
            other => return other,
        }
    }
}

/// Screens the rows and writes the outputs.
fn run(
    plan: &Plan,
    options: &Options,
    attempt: &mut Attempt,
    changes: Option<Changes<'_>>,
    progress: &mut dyn Progress,
) -> Result<Report, ScreenError> {
    let headers = Headers::new(&plan.book.catalogue);
    check_rows(plan, options, attempt, &headers)?;
    let meter = Meter::default();
    let mut reader = open(plan, options, attempt, &headers, &meter)?;
    let encoding = reader.encoding().encoding.name().to_owned();
    let purpose = match changes {
        None => Purpose::Screen,
        Some((changes, _)) => Purpose::Compare { key: &changes.key },
    };
    let mut job = prepare(plan, options, &headers, &mut reader, purpose)?;
    job.comparison = changes.map(|(_, comparison)| comparison);
    let mut notes = attempt.list.notes.clone();
    notes.extend(reader.notes());
    notes.extend(headers.nearly_known(&job.columns, &options.map));
    progress.start(&job.columns, plan, &notes);

    let mut outputs = Outputs::open(&job, options, changes.map(|(changes, _)| changes), &meter)?;
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
    let (written, matches, changes) = outputs.commit(options, &explanation)?;
    Ok(Report {
        summary,
        columns: job.columns,
        notes,
        encoding,
        input_bytes: meter.bytes(),
        input_sha256,
        written,
        matches,
        changes,
        page: None,
        summary_file: None,
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
