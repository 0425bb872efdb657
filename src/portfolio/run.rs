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
use super::output::{Place, Target, Written};
use super::pipeline;
use super::reader::Reader;
use super::screener::{Done, Form, Task};
use super::summary::{Summary, TOLD_FAULTS};
use super::text::{TextOptions, TextReader};
use super::writer::Writer;
use crate::facts::{FactId, Texts};
use crate::plan::Plan;
use crate::rulebook::WindowState;
use crate::wording::Lang;
use jiff::civil::Date;

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
    /// The encoding, if it is said.
    pub encoding: Option<String>,
    /// What parts the cells of the input, if it is said.
    pub delimiter: Option<u8>,
    /// Whether delimited text begins with a byte-order mark.
    pub bom: bool,
    /// How many workers there are.
    pub workers: usize,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was counted.
    pub summary: Summary,
    /// The columns as they were read.
    pub columns: Columns,
    /// How the file was read.
    pub told: Vec<Texts>,
    /// The encoding by name.
    pub encoding: String,
    /// The bytes of the input.
    pub input_bytes: u64,
    /// `sha256:…` of the input.
    pub input_sha256: String,
    /// The output.
    pub written: Written,
}

/// Who is told how far a screening is.
pub trait Watch {
    /// The columns are known, and how the file is read.
    fn begins(&mut self, columns: &Columns, told: &[Texts]);
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
    let said = match &options.encoding {
        None => None,
        Some(word) => {
            let found = named(word).ok_or_else(|| ScreenError::Encoding(word.clone()))?;
            Some(Choice { encoding: found, evidence: Evidence::Said, weak: false })
        }
    };
    match attempt(plan, options, said, watch) {
        Err(ScreenError::SecondLook { .. }) if matches!(options.input, From::File(_)) => {
            let encoding = encoding_rs::GB18030;
            let again = Choice { encoding, evidence: Evidence::SecondLook, weak: false };
            attempt(plan, options, Some(again), watch)
        }
        other => other,
    }
}

fn attempt(
    plan: &Plan,
    options: &Options,
    encoding: Option<Choice>,
    watch: &mut dyn Watch,
) -> Result<Report, ScreenError> {
    let book = &plan.book;
    let headers = Headers::new(&book.catalogue);
    let meter = Meter::default();
    let text = TextOptions {
        format: options.input_type.format,
        encoding,
        delimiter: options.delimiter,
        headers: &headers,
        reference: &book.reference,
        catalogue: &book.catalogue,
    };
    let source = input::open(&options.input, options.input_type.packing, &meter)?;
    let text = TextReader::open(options.input.path().to_owned(), source, &text)?;
    let (delimiter, choice, crlf) = (text.delimiter, text.choice, text.crlf);
    let mut reader = Reader::Text(text);
    let names = reader.columns();
    let columns = headers.read(names, &options.map, options.lang).map_err(ScreenError::Columns)?;
    unique(&columns, options)?;
    let layout = Layout::new(plan, options.lang, &options.supports, &options.derive, names);
    let open = options.supports.iter().copied().filter(|place| {
        let support = book.supports.get(*place);
        support.is_some_and(|s| s.window.state(options.as_of).0 == WindowState::Open)
    });
    let form = match options.output_type.format {
        // The same delimiter as the input, so that records can be copied.
        Format::Csv if options.input_type.format == Format::Csv => Form::Csv { delimiter },
        Format::Csv => Form::Csv { delimiter: b',' },
        Format::Tsv => Form::Csv { delimiter: b'\t' },
        Format::Ndjson => Form::Ndjson,
    };
    let task = Task {
        plan,
        headers: &headers,
        columns,
        layout,
        delimiter,
        weak: choice.weak,
        form,
        open: open.collect(),
    };
    let told = reader.told();
    watch.begins(&task.columns, &told);
    let mut writer = Writer::Text(Target::open(&options.output, options.output_type.packing)?);
    writer.begin(&head(&task, options.bom, crlf), &task.columns.names, &task.layout)?;
    let (mut rows, mut blank, mut faults) = (0_u64, 0_u64, Vec::new());
    let mut take = |done: Done| {
        for (row, text) in done.faults {
            if faults.len() < TOLD_FAULTS {
                faults.push((rows + row as u64 + 1, text));
            }
        }
        rows += done.rows as u64;
        blank += done.blank as u64;
        writer.write(&done.output)
    };
    let mut tick = || watch.tick(&meter);
    let tally = pipeline::run(&mut reader, &task, options.workers, &mut take, &mut tick)?;
    let written = writer.finish()?;
    Ok(Report {
        summary: Summary::new(plan, &task.layout, options.as_of, &tally, blank, faults),
        columns: task.columns,
        told,
        encoding: choice.encoding.name().to_owned(),
        input_bytes: meter.bytes(),
        input_sha256: meter.sha256(),
        written,
    })
}

/// Formats that tell cells by names need each name once.
fn unique(columns: &Columns, options: &Options) -> Result<(), ScreenError> {
    if options.output_type.format != Format::Ndjson {
        return Ok(());
    }
    let mut faults = Vec::new();
    for (place, name) in columns.names.iter().enumerate() {
        let before = columns.names.iter().take(place).any(|other| other == name);
        if before || name.is_empty() {
            faults.push(match options.lang {
                Lang::Zh => format!("第{}列的表头“{name}”为空或与前面的重复：这种输出格式按名称区分各列，请先改名，或输出为 CSV。", place + 1),
                Lang::En => format!("column {}: the header `{name}` is blank or stands twice, and the output tells columns by name: rename it, or write CSV", place + 1),
            });
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(ScreenError::Columns(faults)) }
}

/// The first line of delimited text.
fn head(task: &Task<'_>, bom: bool, _crlf: bool) -> Vec<u8> {
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
