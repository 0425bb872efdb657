//! What is decided before rows are screened.
//!
//! Owns the checks of the options against each other and against the input, the opening of the input, and the
//! [`Job`] that all screeners share. A job over a file and a stream both begin here. No row is read.

use super::options::{MatchOptions, Options};
use crate::book_diff::facts::BookFacts;
use crate::changes::key::{KeyHasher, key_column};
use crate::error::ScreenError;
use crate::error::workbook::{MAX_ROWS, WorkbookError};
use crate::manifest::path_of;
use crate::parquet::{ParquetReader, ParquetSchema};
use crate::read::input::{Input, Source};
use crate::read::list_file::ListFile;
use crate::read::random_access::RandomAccess;
use crate::read::reader::Reader;
use crate::read::text::TextReader;
use crate::read::text_options::TextOptions;
use crate::read::xlsx::reader::{SheetOptions, XlsxReader};
use crate::screen::job::{Job, OutputForm, credit_code_fact};
use crate::screen::layout::{Layout, OptionalColumns};
use crate::screen::matches::{Matches, identifying_columns};
use crate::screen::questions::MissingColumn;
use crate::table::delimited::escape;
use crate::table::encoding::{self, Choice, Evidence};
use crate::table::format::FileFormat;
use crate::table::header::{Columns, Headers};
use crate::table::limits::Limit;
use crate::table::meter::Meter;
use crate::write::target::Destination;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::WindowState;
use export_advisor_core::wording::Lang;
use foldhash::HashSet;
use jiff::civil::Date;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The encoding that the options state.
pub(crate) fn stated_encoding(options: &Options) -> Result<Option<Choice>, ScreenError> {
    let Some(name) = &options.encoding else { return Ok(None) };
    let encoding = encoding::find(name).ok_or_else(|| ScreenError::Encoding(name.clone()))?;
    Ok(Some(Choice { encoding, evidence: Evidence::Stated, weak: false }))
}

/// What is decided before the input is opened, and once more if its rows do not bear it out.
#[derive(Debug)]
pub(super) struct Attempt {
    /// The encoding of a text; `None` if it is to be detected.
    pub(super) encoding: Option<Choice>,
    /// Whether columns of Parquet are copied as they are where they can be. Cells cannot be withheld from them.
    pub(super) copies_columns: bool,
    /// The copy of standard input, if a format needs one.
    pub(super) copy: Option<File>,
    /// Where the list is.
    pub(super) list: ListFile,
}

/// What a list is opened for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose<'p> {
    /// To be screened.
    Screen,
    /// To be screened, and compared with the last list by a key.
    Compare {
        /// The column of the key.
        key: &'p str,
    },
    /// It is the last list: its clients are wanted.
    Clients {
        /// The column of the key.
        key: &'p str,
        /// What hashes keys.
        hasher: &'p KeyHasher,
    },
    /// To be evaluated by two rule books.
    Books {
        /// The column that names firms; `None` for that of the credit code, if there is one.
        key: Option<&'p str>,
        /// The facts of both.
        facts: &'p BookFacts<'p>,
    },
}

/// No output may replace an input or another output. The manifest is an output too.
pub(super) fn check_destinations(
    options: &Options,
    more_inputs: &[&Path],
    more_outputs: &[&Destination],
) -> Result<(), ScreenError> {
    let location = |path: &Path| -> Option<PathBuf> {
        let found = path.canonicalize();
        found.ok().or_else(|| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
            Some(folder.join(path.file_name()?))
        })
    };
    let file = |destination: &Destination| match destination {
        Destination::File(path) => Some(path.clone()),
        Destination::Stdout | Destination::Discard => None,
    };
    let input = match &options.input {
        Input::File(path) => Some(path),
        Input::Stdin => None,
    };
    let output = file(&options.output);
    let outputs = [
        output.clone(),
        output.as_deref().map(path_of),
        options.matches.as_ref().and_then(|matches| file(&matches.output)),
        options.report.clone(),
        options.summary.clone(),
    ];
    let outputs = outputs.into_iter().chain(more_outputs.iter().map(|output| file(output)));
    let inputs = input.map(PathBuf::as_path).into_iter().chain(more_inputs.iter().copied());
    let mut taken: Vec<PathBuf> = inputs.filter_map(location).collect();
    for path in outputs.flatten() {
        let Some(location) = location(&path) else { continue };
        if taken.contains(&location) {
            return Err(ScreenError::SameFile(path));
        }
        taken.push(location);
    }
    Ok(())
}

/// Opens the input.
pub(super) fn open<'a>(
    plan: &'a Plan,
    options: &Options,
    attempt: &mut Attempt,
    headers: &'a Headers<'a>,
    meter: &Meter,
) -> Result<Reader, ScreenError> {
    let path = options.input.path().to_owned();
    match options.input_type.format {
        FileFormat::Csv | FileFormat::Tsv | FileFormat::Ndjson => {
            let list = &attempt.list;
            let source =
                list.open_text(&options.input, &mut attempt.copy, &options.limits, meter)?;
            open_text(plan, options, list.converted().or(attempt.encoding), headers, source)
        }
        FileFormat::Xlsx => {
            let (list, limits) = (&attempt.list, &options.limits);
            let file = list.open_seekable(&options.input, &mut attempt.copy, limits, meter)?;
            open_workbook(options, headers, RandomAccess::File(file), meter)
        }
        FileFormat::Parquet => {
            let (list, limits) = (&attempt.list, &options.limits);
            let file = list.open_seekable(&options.input, &mut attempt.copy, limits, meter)?;
            let mut table = ParquetReader::open(path, file, &options.limits, meter)?;
            if !attempt.copies_columns {
                table.decode_all();
            }
            Ok(Reader::Parquet(Box::new(table)))
        }
    }
}

/// About how many bytes are added to a row.
fn added_to_row(plan: &Plan, options: &Options) -> usize {
    const STATUS: usize = 16;
    let names = plan.book.catalogue.facts.iter().map(|fact| fact.name.len() + 1);
    let columns = options.supports.len() * (1 + usize::from(options.excluded_by));
    (columns + options.derive.len()) * STATUS + names.sum::<usize>()
}

/// Opens a text.
pub(crate) fn open_text<'a>(
    plan: &'a Plan,
    options: &Options,
    encoding: Option<Choice>,
    headers: &'a Headers<'a>,
    source: Source,
) -> Result<Reader, ScreenError> {
    let text = TextOptions {
        format: options.input_type.format,
        encoding,
        delimiter: options.delimiter,
        header_row: options.header_row,
        mappings: &options.map,
        headers,
        reference: &plan.book.reference,
        catalogue: &plan.book.catalogue,
        added: added_to_row(plan, options),
        limits: options.limits,
    };
    let path = options.input.path().to_owned();
    Ok(Reader::Text(Box::new(TextReader::open(path, source, &text)?)))
}

/// Opens a workbook.
pub(crate) fn open_workbook<'a>(
    options: &Options,
    headers: &'a Headers<'a>,
    file: RandomAccess,
    meter: &Meter,
) -> Result<Reader, ScreenError> {
    let choice = SheetOptions {
        name: options.sheet.as_deref(),
        header_row: options.header_row,
        mappings: &options.map,
        headers,
        limits: &options.limits,
    };
    let path = options.input.path().to_owned();
    Ok(Reader::Xlsx(Box::new(XlsxReader::open(path, file, &choice, meter)?)))
}

/// The job over an opened input.
pub(crate) fn prepare<'a>(
    plan: &'a Plan,
    options: &Options,
    headers: &'a Headers<'a>,
    reader: &mut Reader,
    purpose: Purpose<'_>,
) -> Result<Job<'a>, ScreenError> {
    let book = &plan.book;
    let names = reader.columns();
    let most = options.limits.check(Limit::Columns, names.len());
    most.map_err(ScreenError::limit(options.input.path()))?;
    let columns = headers.read(names, &options.map, options.lang)?;
    check_names(&columns, options)?;
    let (list, key) = match purpose {
        Purpose::Screen => (["", ""], None),
        Purpose::Compare { key } => (["本次名单", "this list"], Some(key)),
        Purpose::Clients { key, .. } => (["上次名单", "the last list"], Some(key)),
        Purpose::Books { key, .. } => (["名单", "the list"], key),
    };
    let key = key.map(|key| key_column(&columns, headers, key, list, options.lang));
    let mut key = key.transpose().map_err(|fault| ScreenError::Options(vec![fault]))?;
    if matches!(purpose, Purpose::Books { key: None, .. }) {
        let code = credit_code_fact(plan);
        key = columns.facts.iter().position(|m| m.is_some_and(|m| Some(m.fact) == code));
    }
    let form = match purpose {
        Purpose::Clients { .. } => OutputForm::Clients,
        Purpose::Books { .. } => OutputForm::Moves,
        Purpose::Screen | Purpose::Compare { .. } => output_form(options, reader.delimiter()),
    };
    let output = options.output_type.format;
    if let Reader::Parquet(table) = reader {
        let text = output != FileFormat::Parquet || options.matches.is_some();
        table.check(&columns, key, text && !form.is_gathered(), options.lang)?;
    }
    if let Some(rows) = reader.rows().filter(|rows| *rows > MAX_ROWS)
        && output == FileFormat::Xlsx
    {
        let path = options.output.path().to_owned();
        return Err(ScreenError::Workbook { path, fault: WorkbookError::TooManyRows(Some(rows)) });
    }
    let Options { lang, supports, derive, .. } = options;
    let optional = OptionalColumns {
        excluded_by: options.excluded_by,
        missing: options.missing != MissingColumn::None,
        ask_next: options.ask_next,
    };
    let layout = Layout::new(plan, *lang, supports, derive, optional, reader.columns());
    let parquet = match output {
        FileFormat::Parquet => {
            let input = match reader {
                Reader::Parquet(table) => Some(&**table),
                Reader::Text(_) | Reader::Xlsx(_) => None,
            };
            let as_of = options.as_of.to_string();
            let metadata = [("rulebook", book.version.as_str()), ("as_of", &as_of)];
            let schema = ParquetSchema::new(&columns.names, input, &layout, &metadata);
            let path = options.output.path().to_owned();
            Some(schema.map_err(|fault| ScreenError::Parquet { path, fault })?)
        }
        _ => None,
    };
    let is_open = |support: &usize| {
        let support = book.supports.get(*support);
        support.is_some_and(|s| s.window.state(options.as_of).0 == WindowState::Open)
    };
    let open: Vec<usize> = options.supports.iter().copied().filter(is_open).collect();
    let matches = options.matches.as_ref().map(|wanted| {
        let columns = identifying_columns(&columns, credit_code_fact(plan));
        matches_of(wanted, columns, open.clone(), options.as_of)
    });
    let of_old = match purpose {
        Purpose::Books { facts, .. } => facts.old_columns(&columns, options.lang)?.facts,
        _ => Vec::new(),
    };
    let is_of_old = |column: usize| of_old.get(column).is_some_and(Option::is_some);
    // A match needs all columns of its row as text.
    let decoded = (columns.facts.iter().enumerate()).filter(|(column, fact)| {
        let is_read = fact.is_some() || is_of_old(*column);
        matches.is_some() || is_read || Some(*column) == key
    });
    let decoded: Vec<usize> = decoded.map(|(column, _)| column).collect();
    if let Reader::Parquet(table) = reader
        && (form == OutputForm::RowGroup || form.is_gathered())
    {
        table.deliver_row_groups(decoded.iter().copied())?;
    }
    Ok(Job {
        plan,
        headers,
        layout,
        columns,
        position: reader.position(),
        delimiter: reader.delimiter(),
        is_encoding_weak: reader.encoding().weak,
        keep_refused: options.keep_refused,
        missing_column: options.missing,
        form,
        hasher: match purpose {
            Purpose::Clients { hasher, .. } => Some(hasher.clone()),
            _ => None,
        },
        open,
        matches,
        parquet,
        decoded,
        key,
        comparison: None,
        books: None,
        newer: None,
    })
}

/// The list to call with some identifying columns and open supports.
pub(crate) fn matches_of(
    wanted: &MatchOptions,
    columns: Vec<usize>,
    open: Vec<usize>,
    as_of: Date,
) -> Matches {
    Matches {
        delimiter: match wanted.output_type.format {
            FileFormat::Xlsx | FileFormat::Ndjson => None,
            FileFormat::Tsv => Some(b'\t'),
            _ => Some(b','),
        },
        has_next_steps: wanted.output_type.format != FileFormat::Xlsx,
        layout: wanted.layout,
        statuses: wanted.statuses.clone(),
        columns,
        open,
        as_of,
    }
}

fn output_form(options: &Options, delimiter: u8) -> OutputForm {
    let input = options.input_type.format;
    match options.output_type.format {
        // The delimiter of the input, so that records can be copied.
        FileFormat::Csv if input == FileFormat::Csv => OutputForm::Csv { delimiter },
        FileFormat::Csv => OutputForm::Csv { delimiter: b',' },
        FileFormat::Tsv => OutputForm::Csv { delimiter: b'\t' },
        FileFormat::Ndjson => OutputForm::Ndjson,
        FileFormat::Parquet if input == FileFormat::Parquet => OutputForm::RowGroup,
        FileFormat::Xlsx | FileFormat::Parquet => OutputForm::Rows,
    }
}

/// Formats that name their cells need each name once.
fn check_names(columns: &Columns, options: &Options) -> Result<(), ScreenError> {
    if !matches!(options.output_type.format, FileFormat::Ndjson | FileFormat::Parquet) {
        return Ok(());
    }
    let mut faults = Vec::new();
    let mut before = HashSet::default();
    for (index, name) in columns.names.iter().enumerate() {
        if name.is_empty() || !before.insert(name) {
            faults.push(match options.lang {
                Lang::Zh => format!("第{}列的表头“{name}”为空或与前面的重复：这种输出格式按名称区分各列，请先改名，或输出为 CSV。", index + 1),
                Lang::En => format!("column {}: the header `{name}` is blank or stands twice, and the output tells columns by name: rename it, or write CSV", index + 1),
            });
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(ScreenError::Columns(faults)) }
}

/// The first line of delimited text; nothing for other formats.
pub(crate) fn header(job: &Job<'_>, bom: bool) -> Vec<u8> {
    let OutputForm::Csv { delimiter } = job.form else { return Vec::new() };
    let mut header = if bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
    let input = job.columns.names.iter().map(String::as_str);
    for (index, name) in input.chain(job.layout.names()).enumerate() {
        if index > 0 {
            header.push(delimiter);
        }
        escape(name, delimiter, &mut header);
    }
    header.push(b'\n');
    header
}
