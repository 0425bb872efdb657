//! How a list of firms is read: the arguments that `screen` and `diff --on` share.
//!
//! Owns these arguments and what they mean for a list of a file type. What becomes of the list is for the commands to say.

use super::chosen::ChosenSupports;
use super::threads::{cores, workers};
use super::{date, today};
use clap::Args;
use export_advisor_core::wording::Lang;
use export_advisor_screening::{
    ColumnMapping, Compression, FileFormat, FileType, FormatError, Input, Limit, Limits, Mode,
    ScreenError, read_map, recognise,
};
use jiff::civil::Date;
use std::path::Path;

/// How a list is read.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// The form of the input, if its name does not tell: csv, tsv, ndjson, csv.gz, xlsx, parquet …
    #[arg(long, value_name = "FORM", value_parser = input_form)]
    from: Option<FileType>,
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
    /// Only the supports of these documents
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    policies: Vec<String>,
    /// The sheet of a workbook [default: the first visible one with a known header]
    #[arg(long, value_name = "NAME")]
    pub(super) sheet: Option<String>,
    /// The row of the header, as a spreadsheet numbers it [default: found by the names of its columns]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    header_row: Option<u32>,
    /// The encoding of the input [default: found out]
    #[arg(long, value_name = "NAME")]
    pub(super) encoding: Option<String>,
    /// What parts the cells of the input [default: found out]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub(super) delimiter: Option<u8>,
    /// How many threads work [default: one a core]
    #[arg(long, value_name = "N", value_parser = workers)]
    workers: Option<usize>,
    /// What may become of the list: columns=N, line=N (bytes of a row, or 64MiB), expansion=N (times its size,
    /// unpacked), output=N (times its size, written), footer=N (of Parquet)
    #[arg(long, value_name = "NAME=N", value_parser = Limits::parse)]
    limit: Vec<(Limit, u64)>,
    /// Who may read what is written, as octal digits [default: 0600, or less where the old file allowed less]
    #[arg(long, value_name = "MODE", value_parser = Mode::parse)]
    mode: Option<Mode>,
    /// Tell faults only
    #[arg(long)]
    pub(super) quiet: bool,
}

fn input_form(name: &str) -> Result<FileType, String> {
    FileType::parse_input(name).map_or_else(|| form(name), Ok)
}

/// A form by its name.
pub(super) fn form(name: &str) -> Result<FileType, String> {
    FileType::parse(name).ok_or_else(|| {
        "write csv, tsv or ndjson, with .gz or .zst if it is packed, xlsx or parquet".to_owned()
    })
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

impl ListArgs {
    /// The supports that are asked.
    pub(super) fn chosen(&self) -> ChosenSupports {
        // Flattened, they would take all of these arguments out of their group.
        ChosenSupports { supports: self.supports.clone(), policies: self.policies.clone() }
    }

    /// The list of a name.
    pub(super) fn input(path: &Path) -> Input {
        if path == Path::new("-") { Input::Stdin } else { Input::File(path.to_owned()) }
    }

    /// The file type of the list.
    ///
    /// # Errors
    /// Neither its name nor its content says what it is.
    pub(super) fn input_type(&self, path: &Path) -> Result<FileType, ScreenError> {
        match file_type(path, self.from, FileType::of_input) {
            // The content says what the name does not.
            Err(unknown @ ScreenError::Format(_)) => recognise(path)?.ok_or(unknown),
            other => other,
        }
    }

    /// The options that do not fit a file type, each in words.
    pub(super) fn unfit(&self, input_type: FileType, lang: Lang) -> Vec<String> {
        let format = input_type.format;
        let delimited = matches!(format, FileFormat::Csv | FileFormat::Tsv);
        let text = delimited || format == FileFormat::Ndjson;
        let is_workbook = format == FileFormat::Xlsx;
        let mut wrong = Vec::new();
        for (option, given, fits, formats) in [
            ("--sheet", self.sheet.is_some(), is_workbook, "xlsx"),
            ("--delimiter", self.delimiter.is_some(), delimited, "csv, tsv"),
            ("--header-row", self.header_row.is_some(), delimited || is_workbook, "csv, tsv, xlsx"),
            ("--encoding", self.encoding.is_some(), text, "csv, tsv, ndjson"),
        ] {
            if given && !fits {
                let name = input_type.name();
                wrong.push(match lang {
                    Lang::Zh => format!("{option} 只用于 {formats}，输入是 {name}：请去掉这个选项，或用 --from 指明格式"),
                    Lang::En => format!("{option} is for {formats}, and the input is {name}: leave it out, or say the form with --from"),
                });
            }
        }
        wrong
    }

    /// What the columns hold by `--map`; what is wrong with it is added to `wrong`.
    ///
    /// # Errors
    /// A file of such lines cannot be read.
    pub(super) fn mappings(
        &self,
        lang: Lang,
        wrong: &mut Vec<String>,
    ) -> Result<Vec<ColumnMapping>, ScreenError> {
        let mut all = Vec::new();
        for text in &self.map {
            match text.rsplit_once('=') {
                Some((header, fact)) => all.push((header.to_owned(), fact.to_owned())),
                None => match read_map(Path::new(text), lang) {
                    Ok(given) => all.extend(given),
                    Err(ScreenError::Options(more)) => wrong.extend(more),
                    Err(other) => return Err(other),
                },
            }
        }
        Ok(all)
    }

    pub(super) fn as_of(&self) -> Date {
        self.as_of.unwrap_or_else(today)
    }

    pub(super) fn header_row(&self) -> Option<usize> {
        self.header_row.and_then(|row| usize::try_from(row).ok())
    }

    pub(super) fn workers(&self) -> usize {
        self.workers.unwrap_or_else(cores)
    }

    pub(super) fn limits(&self) -> Limits {
        limits(&self.limit)
    }

    pub(super) fn mode(&self) -> Mode {
        self.mode.unwrap_or_default()
    }

    /// The size of a list, if it is a file that has one.
    pub(super) fn size(input: &Input) -> Option<u64> {
        match input {
            Input::File(path) => std::fs::metadata(path).ok().map(|m| m.len()).filter(|n| *n > 0),
            Input::Stdin => None,
        }
    }
}

/// A file type that is given, or that a name says.
pub(super) fn file_type(
    path: &Path,
    given: Option<FileType>,
    of_path: fn(&Path) -> Result<FileType, FormatError>,
) -> Result<FileType, ScreenError> {
    match given {
        Some(given) if given.compression != Compression::Plain => Ok(given),
        // A word without packing says the form alone.
        Some(given) => Ok(FileType { compression: FileType::compression_of(path), ..given }),
        None => of_path(path).map_err(Into::into),
    }
}

/// The limits with what was set of them.
pub(super) fn limits(set: &[(Limit, u64)]) -> Limits {
    let mut limits = Limits::default();
    for (limit, most) in set {
        limits.set(*limit, *most);
    }
    limits
}
