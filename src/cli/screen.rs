//! `screen`: a list of firms in, the same list with every status out.
//!
//! Owns the arguments, the progress, and what is told on standard error: how the file was read, the
//! summary, the first faults. Exit status 1 says that rows have faults; the output is there all the same.

use super::{CliError, LangArg, RulesArg, date, today};
use crate::facts::{FactId, Texts};
use crate::plan::Plan;
use crate::portfolio::{
    FileType, From, Meter, Options, Packing, Place, Report, Said, ScreenError, Watch, screen,
};
use crate::wording::Lang;
use clap::Args;
use jiff::civil::Date;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Arguments of `screen`.
#[derive(Debug, Args)]
pub(super) struct Screen {
    /// The list: .csv, .tsv or .ndjson, also with .gz or .zst; `-` is standard input
    input: PathBuf,
    /// Where the screened list goes; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The form of the input, if its name does not tell: csv, tsv, ndjson, csv.gz …
    #[arg(long, value_name = "FORM", value_parser = form)]
    from: Option<FileType>,
    /// The form of the output, if its name does not tell
    #[arg(long, value_name = "FORM", value_parser = form)]
    to: Option<FileType>,
    /// The day on which it is asked [default: today in China]
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<Date>,
    /// What a column holds: HEADER=fact, HEADER=fact:元, #3=fact, or HEADER=- to let it pass; or a file
    /// of such lines (.toml or .csv)
    #[arg(long, value_name = "HEADER=FACT|FILE")]
    map: Vec<String>,
    /// Only these supports
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    supports: Vec<String>,
    /// Derived facts that get a column
    #[arg(long, value_name = "FACT,…", value_delimiter = ',', default_value = "size,region")]
    derive: Vec<String>,
    /// The encoding of the input [default: found out]
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// What parts the cells of the input [default: found out]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// Write delimited text without a byte-order mark
    #[arg(long)]
    no_bom: bool,
    /// How many threads work [default: one a core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Tell faults only
    #[arg(long)]
    quiet: bool,
    /// The language of words and texts
    #[arg(long, value_enum, default_value = "zh")]
    lang: LangArg,
    #[command(flatten)]
    rules: RulesArg,
}

fn form(word: &str) -> Result<FileType, String> {
    FileType::of_word(word)
        .ok_or_else(|| "write csv, tsv or ndjson, with .gz or .zst if it is packed".to_owned())
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" | "\t" => Ok(b'\t'),
        _ if text.len() == 1 && !text.contains(['"', '\n', '\r']) => {
            text.bytes().next().ok_or_else(String::new)
        }
        _ => Err("write one ASCII character, or `tab`".to_owned()),
    }
}

impl Screen {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let advisor = self.rules.advisor()?;
        let plan = &advisor.plan;
        let options = self.options(plan).map_err(told)?;
        let lang = options.lang;
        let mut watch = Teller { lang, quiet: self.quiet };
        let report = screen(plan, &options, &mut watch).map_err(told)?;
        finish(&report, lang)
    }

    fn options(&self, plan: &Plan) -> Result<Options, ScreenError> {
        let mut wrong = Vec::new();
        let book = &plan.book;
        let ids = book.supports.iter().map(|support| support.id.as_str());
        let mut supports: Vec<usize> = (self.supports.iter())
            .filter_map(|id| {
                let place = book.supports.iter().position(|support| support.id == *id);
                if place.is_none() {
                    wrong.push(unknown("--supports", "support", id, ids.clone()));
                }
                place
            })
            .collect();
        if self.supports.is_empty() {
            supports = (0..book.supports.len()).collect();
        }
        supports.sort_unstable();
        supports.dedup();
        let derived = plan.derived.iter().map(|nodes| book.catalogue.fact(nodes.fact));
        let derive: Vec<FactId> = (self.derive.iter().filter(|name| !name.is_empty()))
            .filter_map(|name| {
                let fact = derived.clone().find(|fact| fact.name == *name);
                if fact.is_none() {
                    let names = derived.clone().map(|fact| fact.name.as_str());
                    wrong.push(unknown("--derive", "derived fact", name, names));
                }
                fact.map(|fact| fact.id)
            })
            .collect();
        let map = self.said(&mut wrong)?;
        if !wrong.is_empty() {
            return Err(ScreenError::Options(wrong));
        }
        let input_type = file_type(&self.input, self.from)?;
        let output_type = file_type(&self.output, self.to)?;
        let standard = |path: &Path| path == Path::new("-");
        Ok(Options {
            input: if standard(&self.input) { From::Stdin } else { From::File(self.input.clone()) },
            input_type,
            output: if standard(&self.output) {
                Place::Stdout
            } else {
                Place::File(self.output.clone())
            },
            output_type,
            as_of: self.as_of.unwrap_or_else(today),
            lang: self.lang.into(),
            supports,
            derive,
            map,
            encoding: self.encoding.clone(),
            delimiter: self.delimiter,
            bom: !self.no_bom,
            workers: self.workers.unwrap_or_else(cores),
        })
    }

    fn said(&self, wrong: &mut Vec<String>) -> Result<Vec<Said>, ScreenError> {
        let mut all = Vec::new();
        for text in &self.map {
            match text.rsplit_once('=') {
                Some((header, fact)) => all.push((header.to_owned(), fact.to_owned())),
                None => match crate::portfolio::read_map(Path::new(text)) {
                    Ok(said) => all.extend(said),
                    Err(ScreenError::Options(more)) => wrong.extend(more),
                    Err(other) => return Err(other),
                },
            }
        }
        Ok(all)
    }
}

fn unknown<'a>(
    option: &str,
    kind: &str,
    name: &str,
    names: impl Iterator<Item = &'a str>,
) -> String {
    let near = crate::diagnostic::nearest(name, names);
    let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    format!("{option}: there is no {kind} `{name}`{near}")
}

fn file_type(path: &Path, said: Option<FileType>) -> Result<FileType, ScreenError> {
    match said {
        Some(said) if said.packing != Packing::Plain => Ok(said),
        // A word without packing says the form alone.
        Some(said) => Ok(FileType { packing: FileType::packing_of(path), ..said }),
        None => FileType::of_path(path).map_err(Into::into),
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn told(error: ScreenError) -> CliError {
    CliError::Faults(error.to_string())
}

/// Tells on standard error how a file is read.
struct Teller {
    lang: Lang,
    quiet: bool,
}

impl Watch for Teller {
    fn begins(&mut self, _columns: &crate::portfolio::Columns, told: &[Texts]) {
        if self.quiet {
            return;
        }
        let mut err = std::io::stderr().lock();
        for line in told {
            let _ = writeln!(err, "{}", self.lang.of(line));
        }
    }

    fn tick(&mut self, _meter: &Meter) {}
}

/// Rows with faults are told, and make the exit status 1.
fn finish(report: &Report, lang: Lang) -> Result<(), CliError> {
    let summary = &report.summary;
    if summary.faulty == 0 {
        return Ok(());
    }
    let mut lines: Vec<String> = (summary.told.iter())
        .map(|(row, text)| match lang {
            Lang::Zh => format!("第{row}行：{text}"),
            Lang::En => format!("row {row}: {text}"),
        })
        .collect();
    lines.push(match lang {
        Lang::Zh => {
            format!("{}行中有{}行有误：没有状态，见 faults 列。", summary.rows, summary.faulty)
        }
        Lang::En => format!(
            "{} of {} rows have faults: they have no status, see the column faults",
            summary.faulty, summary.rows
        ),
    });
    Err(CliError::Faults(lines.join("\n")))
}
