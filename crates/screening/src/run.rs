//! One screening from beginning to end.
//!
//! Owns the order of things: what is asked is checked first, then the input's encoding and columns, then
//! rows run, then the output gets its name. A value that overturns the choice of encoding starts the
//! whole again, once.

use super::encoding::{Choice, Evidence, named};
use super::error::ScreenError;
use super::format::{FileType, Format};
use super::header::{Columns, Headers, Said};
use super::input::{self, From, Meter};
use super::layout::Layout;
use super::limits::{Growth, Limit, Limits};
use super::manifest::{Manifest, path_of};
use super::matches::{MatchOptions, Matches, naming};
use super::output::{Mode, Place, Target, Written};
use super::parquet::{ParquetForm, ParquetReader};
use super::pipeline;
use super::reader::Reader;
use super::report;
use super::screener::{Done, Form, Task, uscc};
use super::summary::{Summary, TOLD_FAULTS};
use super::text::{TextOptions, TextReader};
use super::writer::Writer;
use super::xlsx::{About, BookError, MOST_ROWS, XlsxReader};
use export_advisor_core::facts::{FactId, LocalizedText};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::WindowState;
use export_advisor_core::wording::Lang;
use foldhash::HashSet;
use jiff::civil::Date;
use std::path::{Path, PathBuf};

/// What is to be screened, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where rows come from.
    pub input: From,
    /// What it is.
    pub input_type: FileType,
    /// Where they go.
    pub output: Place,
    /// What it is to be.
    pub output_type: FileType,
    /// The day from which windows are seen.
    pub as_of: Date,
    /// The language of words and texts.
    pub lang: Lang,
    /// The supports that are asked, by place.
    pub supports: Vec<usize>,
    /// The derived facts that are shown.
    pub derive: Vec<FactId>,
    /// What is said of columns.
    pub map: Vec<Said>,
    /// The sheet of a workbook, if it is said.
    pub sheet: Option<String>,
    /// The encoding, if it is said.
    pub encoding: Option<String>,
    /// What parts the cells of the input, if it is said.
    pub delimiter: Option<u8>,
    /// Whether delimited text begins with a byte-order mark.
    pub bom: bool,
    /// How many threads work.
    pub workers: usize,
    /// The second, shorter output.
    pub matches: Option<MatchOptions>,
    /// Where the report for people goes.
    pub report: Option<PathBuf>,
    /// What may become of the input.
    pub limits: Limits,
    /// Who may read what is written.
    pub mode: Mode,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was counted.
    pub summary: Summary,
    /// The columns as they were read.
    pub columns: Columns,
    /// How the file was read.
    pub told: Vec<LocalizedText>,
    /// The encoding by name.
    pub encoding: String,
    /// The bytes of the input.
    pub input_bytes: u64,
    /// `sha256:…` of the input.
    pub input_sha256: String,
    /// The output.
    pub written: Written,
    /// The second output and its rows.
    pub matches: Option<(Written, u64)>,
    /// Rows read.
    pub rows_in: u64,
    /// Rows written.
    pub rows_out: u64,
}

/// Who is told how far a screening is.
pub trait Watch: Send {
    /// The columns are known, and how the file is read.
    fn begins(&mut self, columns: &Columns, plan: &Plan, told: &[LocalizedText]);
    /// A chunk was read.
    fn tick(&mut self, meter: &Meter);
}

/// Screens a file.
///
/// # Errors
/// Whatever stops the whole; then there is no output.
pub fn screen(
    plan: &Plan,
    options: &Options,
    watch: &mut dyn Watch,
) -> Result<Report, ScreenError> {
    let said = chosen(options)?;
    distinct(options)?;
    let report = match attempt(plan, options, said, watch) {
        Err(ScreenError::SecondLook { .. }) if matches!(options.input, From::File(_)) => {
            let encoding = encoding_rs::GB18030;
            let again = Choice { encoding, evidence: Evidence::SecondLook, weak: false };
            attempt(plan, options, Some(again), watch)
        }
        other => other,
    }?;
    if let Some(path) = &options.report {
        report::write(plan, options, &report, path)?;
    }
    if let Place::File(path) = &options.output {
        Manifest::new(plan, options, &report).write(path, options.mode)?;
    }
    Ok(report)
}

/// The encoding that was said.
pub(super) fn chosen(options: &Options) -> Result<Option<Choice>, ScreenError> {
    let Some(word) = &options.encoding else { return Ok(None) };
    let encoding = named(word).ok_or_else(|| ScreenError::Encoding(word.clone()))?;
    Ok(Some(Choice { encoding, evidence: Evidence::Said, weak: false }))
}

/// No output may take the place of the input or of another output; the manifest is one too.
fn distinct(options: &Options) -> Result<(), ScreenError> {
    let place = |path: &Path| -> Option<PathBuf> {
        let found = path.canonicalize();
        found.ok().or_else(|| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
            Some(folder.join(path.file_name()?))
        })
    };
    let file = |place: &Place| match place {
        Place::File(path) => Some(path.clone()),
        Place::Stdout | Place::Nowhere => None,
    };
    let input = match &options.input {
        From::File(path) => Some(path),
        From::Stdin => None,
    };
    let output = file(&options.output);
    let outputs = [
        output.clone(),
        output.as_deref().map(path_of),
        options.matches.as_ref().and_then(|matches| file(&matches.output)),
        options.report.clone(),
    ];
    let mut taken: Vec<PathBuf> = input.into_iter().filter_map(|path| place(path)).collect();
    for path in outputs.into_iter().flatten() {
        let Some(there) = place(&path) else { continue };
        if taken.contains(&there) {
            return Err(ScreenError::Same(path));
        }
        taken.push(there);
    }
    Ok(())
}

fn attempt(
    plan: &Plan,
    options: &Options,
    encoding: Option<Choice>,
    watch: &mut dyn Watch,
) -> Result<Report, ScreenError> {
    let headers = Headers::new(&plan.book.catalogue);
    let meter = Meter::default();
    let mut reader = open(plan, options, encoding, &headers, &meter)?;
    let choice = reader.choice();
    let task = prepare(plan, options, &headers, &reader)?;
    if let Reader::Parquet(table) = &mut reader
        && task.form == Form::Parquet
    {
        let facts = task.columns.facts.iter().enumerate();
        // What is told of a match is told with the columns of its row.
        let wanted = facts.filter(|(_, fact)| task.matches.is_some() || fact.is_some());
        table.hand_on_groups(wanted.map(|(place, _)| place))?;
    }
    let told = reader.told();
    watch.begins(&task.columns, plan, &told);
    let mut outputs = Outputs::open(&task, options, &meter)?;
    let mut take = |done: Done| outputs.take(done);
    let mut tick = || watch.tick(&meter);
    let tally = pipeline::run(&mut reader, &task, options.workers, &mut take, &mut tick)?;
    let Outputs { writer, matches, rows_in, rows_out, blank, faults, .. } = outputs;
    let summary = Summary::new(plan, &task.layout, options.as_of, &tally, blank, faults);
    let input_sha256 = meter.sha256();
    let written = writer.complete(&About {
        plan,
        columns: &task.columns,
        layout: &task.layout,
        summary: &summary,
        as_of: options.as_of,
        input_sha256: &input_sha256,
    })?;
    let matches = match matches {
        Some((target, rows)) => Some((target.complete()?, rows)),
        None => None,
    };
    // The old manifest goes before the new output comes, so that no manifest stands by another file.
    if let Place::File(path) = &options.output {
        match std::fs::remove_file(path_of(path)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(ScreenError::io(path_of(path))(error));
            }
            _ => {}
        }
    }
    let written = written.keep()?;
    let matches = match matches {
        Some((complete, rows)) => Some((complete.keep()?, rows)),
        None => None,
    };
    Ok(Report {
        summary,
        columns: task.columns,
        told,
        encoding: choice.encoding.name().to_owned(),
        input_bytes: meter.bytes(),
        input_sha256,
        written,
        matches,
        rows_in,
        rows_out,
    })
}

/// Opens the input.
fn open<'a>(
    plan: &'a Plan,
    options: &Options,
    encoding: Option<Choice>,
    headers: &'a Headers<'a>,
    meter: &Meter,
) -> Result<Reader, ScreenError> {
    let book = &plan.book;
    let path = options.input.path().to_owned();
    match options.input_type.format {
        Format::Csv | Format::Tsv | Format::Ndjson => {
            let text = TextOptions {
                format: options.input_type.format,
                encoding,
                delimiter: options.delimiter,
                headers,
                reference: &book.reference,
                catalogue: &book.catalogue,
                limits: options.limits,
            };
            let (packing, limits) = (options.input_type.packing, &options.limits);
            let source = input::open(&options.input, packing, limits, meter)?;
            Ok(Reader::Text(Box::new(TextReader::open(path, source, &text)?)))
        }
        Format::Xlsx => {
            let file = input::open_seekable(&options.input, meter)?;
            let sheet =
                XlsxReader::open(path, file, options.sheet.as_deref(), &options.limits, meter)?;
            Ok(Reader::Xlsx(Box::new(sheet)))
        }
        Format::Parquet => {
            let file = input::open_seekable(&options.input, meter)?;
            let table = ParquetReader::open(path, file, &options.limits, meter)?;
            Ok(Reader::Parquet(Box::new(table)))
        }
    }
}

/// What the screeners of an opened input share.
pub(super) fn prepare<'a>(
    plan: &'a Plan,
    options: &Options,
    headers: &'a Headers<'a>,
    reader: &Reader,
) -> Result<Task<'a>, ScreenError> {
    let book = &plan.book;
    let names = reader.columns();
    let most = options.limits.check(Limit::Columns, names.len());
    most.map_err(ScreenError::limit(options.input.path()))?;
    let columns = headers.read(names, &options.map, options.lang)?;
    unique(&columns, options)?;
    let to = options.output_type.format;
    if let Reader::Parquet(table) = reader {
        let text = to != Format::Parquet || options.matches.is_some();
        table.check(&columns, text, options.lang)?;
    }
    if to == Format::Xlsx && reader.rows().is_some_and(|rows| rows > MOST_ROWS) {
        let path = options.output.path().to_owned();
        return Err(ScreenError::Book { path, fault: BookError::TooManyRows });
    }
    let layout = Layout::new(plan, options.lang, &options.supports, &options.derive, names);
    let parquet = match (to, reader) {
        (Format::Parquet, Reader::Parquet(table)) => Some(Some(&**table)),
        (Format::Parquet, _) => Some(None),
        _ => None,
    };
    let parquet = parquet.map(|input| {
        let as_of = options.as_of.to_string();
        let about = [("rulebook", book.version.as_str()), ("as_of", &as_of)];
        let form = ParquetForm::new(&columns.names, input, &layout, &about);
        let path = options.output.path().to_owned();
        form.map_err(|fault| ScreenError::Table { path, fault })
    });
    let open = options.supports.iter().copied().filter(|place| {
        let support = book.supports.get(*place);
        support.is_some_and(|s| s.window.state(options.as_of).0 == WindowState::Open)
    });
    let form = match to {
        // The same delimiter as the input, so that records can be copied.
        Format::Csv if options.input_type.format == Format::Csv => {
            Form::Csv { delimiter: reader.delimiter() }
        }
        Format::Csv => Form::Csv { delimiter: b',' },
        Format::Tsv => Form::Csv { delimiter: b'\t' },
        Format::Ndjson => Form::Ndjson,
        Format::Parquet if options.input_type.format == Format::Parquet => Form::Parquet,
        Format::Xlsx | Format::Parquet => Form::Table,
    };
    let matches = options.matches.as_ref().map(|said| Matches {
        delimiter: if said.output_type.format == Format::Tsv { b'\t' } else { b',' },
        statuses: said.statuses.clone(),
        columns: naming(&columns, uscc(plan)),
        as_of: options.as_of,
    });
    Ok(Task {
        plan,
        headers,
        layout,
        columns,
        delimiter: reader.delimiter(),
        weak: reader.choice().weak,
        form,
        open: open.collect(),
        matches,
        parquet: parquet.transpose()?,
    })
}

/// The files that are being written, with what is counted in order.
struct Outputs<'a> {
    layout: &'a Layout,
    input: &'a Path,
    growth: Growth,
    writer: Writer<'a>,
    matches: Option<(Target, u64)>,
    rows_in: u64,
    rows_out: u64,
    blank: u64,
    faults: Vec<(u64, String)>,
}

impl<'a> Outputs<'a> {
    fn open(task: &'a Task<'_>, options: &'a Options, meter: &Meter) -> Result<Self, ScreenError> {
        let mode = options.mode;
        let target = Target::open(&options.output, options.output_type.packing, mode)?;
        let format = options.output_type.format;
        let writer = Writer::begin(target, format, &head(task, options.bom), task)?;
        let matches = match (&options.matches, &task.matches) {
            (Some(said), Some(matches)) => {
                let mut target = Target::open(&said.output, said.output_type.packing, mode)?;
                target.write(&matches.head(task, options.bom))?;
                Some((target, 0))
            }
            _ => None,
        };
        let (layout, input) = (&task.layout, options.input.path());
        let growth = Growth::written(&options.limits, meter);
        let (rows_in, rows_out, blank, faults) = (0, 0, 0, Vec::new());
        Ok(Self { layout, input, growth, writer, matches, rows_in, rows_out, blank, faults })
    }

    /// Takes a chunk, and gives the memory of its text back.
    fn take(&mut self, done: Done) -> Result<Vec<u8>, ScreenError> {
        let size = self.growth.add(done.size(self.layout));
        size.map_err(ScreenError::limit(self.input))?;
        for (row, text) in done.faults {
            if self.faults.len() < TOLD_FAULTS {
                self.faults.push((self.rows_in + row as u64 + 1, text));
            }
        }
        if let Some((target, rows)) = &mut self.matches {
            for (row, line) in &done.matches {
                target.write((self.rows_in + *row as u64 + 1).to_string().as_bytes())?;
                target.write(line)?;
                *rows += 1;
            }
        }
        let memory = self.writer.write(done.output, self.layout)?;
        self.rows_in += done.rows as u64;
        self.rows_out += done.written as u64;
        self.blank += done.blank as u64;
        Ok(memory)
    }
}

/// Formats that tell cells by names need each name once.
fn unique(columns: &Columns, options: &Options) -> Result<(), ScreenError> {
    if !matches!(options.output_type.format, Format::Ndjson | Format::Parquet) {
        return Ok(());
    }
    let mut faults = Vec::new();
    let mut before = HashSet::default();
    for (place, name) in columns.names.iter().enumerate() {
        if name.is_empty() || !before.insert(name) {
            faults.push(match options.lang {
                Lang::Zh => format!("第{}列的表头“{name}”为空或与前面的重复：这种输出格式按名称区分各列，请先改名，或输出为 CSV。", place + 1),
                Lang::En => format!("column {}: the header `{name}` is blank or stands twice, and the output tells columns by name: rename it, or write CSV", place + 1),
            });
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(ScreenError::Columns(faults)) }
}

/// The first line of delimited text.
pub(super) fn head(task: &Task<'_>, bom: bool) -> Vec<u8> {
    let Form::Csv { delimiter } = task.form else { return Vec::new() };
    let mut head = if bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
    let input = task.columns.names.iter().map(String::as_str);
    for (place, name) in input.chain(task.layout.names()).enumerate() {
        if place > 0 {
            head.push(delimiter);
        }
        super::csv::escape(name, delimiter, &mut head);
    }
    head.push(b'\n');
    head
}
