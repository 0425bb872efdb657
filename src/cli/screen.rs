//! `screen`: a list of firms in, the same list with every status out.
//!
//! Owns the arguments, the progress, and what is told on standard error: how the file was read, the
//! summary, the first faults. Exit status 0: every cell was read, or no more faults than `--max-faults` allows. 4: written,
//! with more faults. 1: the list cannot be screened, and nothing was written.

use super::changes::ChangeArgs;
use super::list_args::{ListArgs, file_type, form};
use super::max_faults::MaxFaults;
use super::terminal::{inline, report, unknown_name};
use super::{CliError, LangArg, RulesArg};
use clap::{Args, ValueEnum};
use export_advisor_core::facts::{FactId, LocalizedText};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::Status;
use export_advisor_core::wording::{BilingualError as _, Lang};
use export_advisor_screening::{
    Cause, Columns, Destination, FileFormat, FileType, MatchOptions, MatchesLayout, Meter,
    MissingColumn, Options, Progress, ScreenError, Summary, screen, screen_with_changes,
};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How many columns that pass are named.
const SHOWN: usize = 30;

/// How often a plain line tells how far a screening is, where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Arguments of `screen`.
#[derive(Debug, Args)]
pub(super) struct Screen {
    /// The list: .csv, .tsv, .ndjson or .json, also with .gz or .zst, .xlsx or .parquet, a .zip with one of them, a
    /// page with a table; `-` is standard input
    input: PathBuf,
    /// Where the screened list goes; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The form of the output, if its name does not tell
    #[arg(long, value_name = "FORM", value_parser = form)]
    to: Option<FileType>,
    /// Derived facts that get a column
    #[arg(long, value_name = "FACT,…", value_delimiter = ',', default_value = "size,region")]
    derive: Vec<String>,
    /// One more column a support, ID_excluded_by: whether the area, the text, a lack of need or only our reading excludes
    /// a firm
    #[arg(long)]
    excluded_by: bool,
    /// Which missing facts the column missing names: none (no such column), top:N (the first N, the one that could
    /// settle most first) or all
    #[arg(long, value_name = "none|top:N|all", default_value = "all", value_parser = MissingColumn::parse)]
    missing: MissingColumn,
    /// One more column, ask_next: the missing fact whose answer could settle most undetermined supports of the firm
    #[arg(long)]
    ask_next: bool,
    /// Copy cells with a personal number to the outputs; they are not read all the same
    #[arg(long)]
    keep_refused: bool,
    /// How many faults (cells that cannot be read, rows that cannot be taken apart) still end with exit status 0: a
    /// number, or a share of the rows such as 2.5% that may have faults
    #[arg(long, value_name = "N|P%", default_value = "0", value_parser = MaxFaults::parse)]
    max_faults: MaxFaults,
    /// Write delimited text without a byte-order mark
    #[arg(long)]
    no_bom: bool,
    /// A second, shorter list: one line a firm and support, with the reasons in words (.csv, .tsv or .xlsx)
    #[arg(long, value_name = "FILE")]
    matches: Option<PathBuf>,
    /// What a line of it is: a firm and support, or a firm, with its supports joined in one cell
    #[arg(long, value_enum, default_value = "support", requires = "matches")]
    matches_layout: LayoutArg,
    /// The statuses that go into it: applies, undetermined, does_not_apply
    #[arg(long, value_name = "STATUS,…", value_delimiter = ',', requires = "matches")]
    status: Vec<String>,
    #[command(flatten)]
    changes: ChangeArgs,
    /// A page for people: counts with charts, what to ask whom, where faults are (.html)
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The counts for programs, such as a scheduler (.json; openapi/summary.schema.json describes it)
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    #[command(flatten)]
    list: ListArgs,
    /// The language of words and texts
    #[arg(long, value_enum, default_value = "zh")]
    lang: LangArg,
    #[command(flatten)]
    rules: RulesArg,
}

/// What a line of the list to call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LayoutArg {
    /// A firm, with its supports joined in one cell
    Firm,
    /// A firm and a support
    Support,
}

impl From<LayoutArg> for MatchesLayout {
    fn from(arg: LayoutArg) -> Self {
        match arg {
            LayoutArg::Firm => Self::Firm,
            LayoutArg::Support => Self::Support,
        }
    }
}

impl Screen {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let advisor = self.rules.advisor()?;
        let plan = &advisor.plan;
        let lang: Lang = self.lang.into();
        let options = self.options(plan).map_err(|error| failure(&error, lang))?;
        let size = ListArgs::size(&options.input);
        let mut watch = ProgressPrinter::new(lang, self.list.quiet, size);
        let screened = match self.changes.last(lang)? {
            None => screen(plan, &options, &mut watch),
            Some((last, output, output_type)) => {
                let former = self.changes.files.advisor(&last, &advisor)?;
                let former = former.as_ref().map_or(plan, |former| &former.plan);
                let changes = self.changes.options(last, former, output, output_type);
                screen_with_changes(plan, &options, &changes, &mut watch)
            }
        };
        watch.end();
        let screened = screened.map_err(|error| failure(&error, lang))?;
        if !self.list.quiet {
            let mut text = super::summary::text(&plan.book, &screened, lang);
            if let Some(changes) = &screened.changes {
                text.push_str(&super::changes::text(changes, lang));
            }
            report(&format!("\n{}", text.trim_end_matches('\n')));
        }
        self.finish(&screened.summary, lang)
    }

    fn options(&self, plan: &Plan) -> Result<Options, ScreenError> {
        let mut wrong = Vec::new();
        let lang: Lang = self.lang.into();
        let book = &plan.book;
        let supports = match self.list.chosen().ids(&[book], lang) {
            Ok(None) => (0..book.supports.len()).collect(),
            Ok(Some(ids)) => {
                let found = ids.iter().filter_map(|id| book.find(id));
                found.map(|(id, _)| id.index()).collect()
            }
            Err(messages) => {
                wrong.extend(messages);
                Vec::new()
            }
        };
        let derived = plan.derived.iter().map(|nodes| book.catalogue.fact(nodes.fact));
        let derive: Vec<FactId> = (self.derive.iter().filter(|name| !name.is_empty()))
            .filter_map(|name| {
                let fact = derived.clone().find(|fact| fact.name == *name);
                if fact.is_none() {
                    let names = derived.clone().map(|fact| fact.name.as_str());
                    wrong.push(unknown_name(lang, "--derive", name, names));
                }
                fact.map(|fact| fact.id)
            })
            .collect();
        let map = self.list.mappings(lang, &mut wrong)?;
        let input_type = self.list.input_type(&self.input)?;
        let output_type = file_type(&self.output, self.to, FileType::from_path)?;
        wrong.extend(self.list.unfit(input_type, lang));
        if !wrong.is_empty() {
            return Err(ScreenError::Options(wrong));
        }
        let standard = |path: &Path| path == Path::new("-");
        Ok(Options {
            input: ListArgs::input(&self.input),
            input_type,
            output: if standard(&self.output) {
                Destination::Stdout
            } else {
                Destination::File(self.output.clone())
            },
            output_type,
            as_of: self.list.as_of(),
            lang,
            supports,
            derive,
            excluded_by: self.excluded_by,
            missing: self.missing,
            ask_next: self.ask_next,
            keep_refused: self.keep_refused,
            map,
            sheet: self.list.sheet.clone(),
            header_row: self.list.header_row(),
            report: self.report.clone(),
            summary: self.summary.clone(),
            encoding: self.list.encoding.clone(),
            delimiter: self.list.delimiter,
            bom: !self.no_bom,
            workers: self.list.workers(),
            matches: self.matches()?,
            limits: self.list.limits(),
            mode: self.list.mode(),
        })
    }

    /// The first faults. If they are more than `--max-faults` allows, they make the exit status 4.
    fn finish(&self, summary: &Summary, lang: Lang) -> Result<(), CliError> {
        if summary.faulty == 0 {
            return Ok(());
        }
        let mut lines: Vec<String> = (summary.first_faults.iter())
            .map(|(row, text)| match lang {
                Lang::Zh => format!("第{row}行：{text}"),
                Lang::En => format!("row {row}: {text}"),
            })
            .collect();
        let (rows, unreadable) = (summary.rows, summary.unreadable);
        let (partly, cells) = (summary.faulty - unreadable, summary.faulty_cells);
        if partly > 0 {
            lines.push(match lang {
                Lang::Zh => format!(
                    "{rows}行中有{partly}行的格子读不出来（共{cells}格）：那一项按未知处理，不靠它的状态照常给出；错在哪里见 faults 列。"
                ),
                Lang::En => format!(
                    "{partly} of {rows} rows have cells that could not be read ({cells} in all): their facts are unknown, and every status that does not need them is given; see the column faults"
                ),
            });
        }
        if unreadable > 0 {
            lines.push(match lang {
                Lang::Zh => format!(
                    "{rows}行中有{unreadable}行拆不成一格一格：没有状态；错在哪里见 faults 列。"
                ),
                Lang::En => format!(
                    "{unreadable} of {rows} rows could not be taken apart into cells: they have no status; see the column faults"
                ),
            });
        }
        if self.max_faults.allows(summary) {
            if !self.list.quiet {
                report(&lines.join("\n"));
            }
            return Ok(());
        }
        Err(CliError::WrittenWithFaults(lines.join("\n")))
    }

    fn matches(&self) -> Result<Option<MatchOptions>, ScreenError> {
        let Some(path) = &self.matches else { return Ok(None) };
        let mut wrong = Vec::new();
        let lang: Lang = self.lang.into();
        let all = [Status::Applies, Status::Undetermined, Status::DoesNotApply];
        let mut statuses: Vec<Status> = (self.status.iter())
            .filter_map(|name| {
                let found = all.into_iter().find(|status| status.as_str() == name);
                if found.is_none() {
                    let names = all.iter().map(|status| status.as_str());
                    wrong.push(unknown_name(lang, "--status", name, names));
                }
                found
            })
            .collect();
        if self.status.is_empty() {
            statuses.push(Status::Applies);
        }
        let output_type = FileType::from_path(path)?;
        if !matches!(output_type.format, FileFormat::Csv | FileFormat::Tsv | FileFormat::Xlsx) {
            wrong.push(match lang {
                Lang::Zh => "--matches：请写一个 .csv、.tsv 或 .xlsx 文件".to_owned(),
                Lang::En => "--matches: name a .csv, .tsv or .xlsx file".to_owned(),
            });
        }
        if wrong.is_empty() {
            Ok(Some(MatchOptions {
                output: Destination::File(path.clone()),
                output_type,
                layout: self.matches_layout.into(),
                statuses,
            }))
        } else {
            Err(ScreenError::Options(wrong))
        }
    }
}

pub(super) fn failure(error: &ScreenError, lang: Lang) -> CliError {
    let mut text = lang.of(&error.localized()).to_owned();
    if let Some(limit) = error.exceeds() {
        let name = limit.as_str();
        text.push_str(&match lang {
            Lang::Zh => format!("\n如果名单确实如此，请用 --limit {name}=N 放宽。"),
            Lang::En => format!("\nif the list is meant to be so, raise it with --limit {name}=N"),
        });
    }
    match error.cause() {
        Cause::Options => CliError::Usage(text),
        Cause::Input => CliError::Faults(text),
        Cause::System => CliError::Failed(text),
    }
}

/// Tells on standard error how a file is read, and how far.
pub(super) struct ProgressPrinter {
    lang: Lang,
    quiet: bool,
    /// The size of the input, if it has one.
    size: Option<u64>,
    /// On a terminal.
    bar: Option<ProgressBar>,
    /// When a plain line was written last.
    last: Instant,
}

impl ProgressPrinter {
    pub(super) fn new(lang: Lang, quiet: bool, size: Option<u64>) -> Self {
        Self { lang, quiet, size, bar: None, last: Instant::now() }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for ProgressPrinter {
    fn start(&mut self, columns: &Columns, plan: &Plan, notes: &[LocalizedText]) {
        if self.quiet {
            return;
        }
        for line in notes {
            report(self.lang.of(line));
        }
        report(&mapping(columns, plan, self.lang));
        if std::io::stderr().is_terminal() {
            let bar = match self.size {
                Some(size) => ProgressBar::new(size).with_style(style(
                    "[{bar:30}] {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}",
                )),
                None => ProgressBar::no_length()
                    .with_style(style("{spinner} {bytes} {binary_bytes_per_sec} {elapsed}")),
            };
            self.bar = Some(bar);
        }
        self.last = Instant::now();
    }

    fn note(&mut self, note: &LocalizedText) {
        if !self.quiet {
            report(self.lang.of(note));
        }
    }

    fn advance(&mut self, meter: &Meter) {
        if let Some(bar) = &self.bar {
            bar.set_position(meter.position());
        } else if !self.quiet && self.last.elapsed() > BETWEEN_LINES {
            self.last = Instant::now();
            let read = meter.position() >> 20;
            let of = self.size.map_or(String::new(), |size| format!("/{}", size >> 20));
            report(&match self.lang {
                Lang::Zh => format!("已读 {read}{of} MiB"),
                Lang::En => format!("read {read}{of} MiB"),
            });
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// What the columns were read as.
fn mapping(columns: &Columns, plan: &Plan, lang: Lang) -> String {
    let catalogue = &plan.book.catalogue;
    let both = || columns.names.iter().zip(&columns.facts);
    let read = both().filter_map(|(name, mapped)| {
        let mapped = (*mapped)?;
        let fact = &catalogue.fact(mapped.fact).name;
        let unit = match mapped.shift {
            0 => String::new(),
            shift => format!(" ×10^{shift}"),
        };
        Some(if name == fact && unit.is_empty() {
            name.clone()
        } else {
            format!("{}→{fact}{unit}", inline(name))
        })
    });
    let read: Vec<String> = read.collect();
    let passing = both().filter(|(_, mapped)| mapped.is_none()).map(|(name, _)| inline(name));
    let count = passing.clone().count();
    let mut passing: Vec<String> = passing.take(SHOWN).collect();
    if count > SHOWN {
        passing.push("…".to_owned());
    }
    match lang {
        Lang::Zh => {
            format!(
                "读作事实项的列（{}）：{}\n原样通过的列（{count}）：{}",
                read.len(),
                read.join("，"),
                passing.join("，")
            )
        }
        Lang::En => {
            format!(
                "columns read ({}): {}\ncolumns that pass ({count}): {}",
                read.len(),
                read.join(", "),
                passing.join(", ")
            )
        }
    }
}
