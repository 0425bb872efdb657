//! The record beside a screened file: what went in, what came out, by which rules and options.
//!
//! Owns its form (JSON), its name, and running it again. It has no time in it and no machine's name: the
//! same screening leaves the same manifest. It is written last, so that where it stands, the output is
//! complete.

use super::error::ScreenError;
use super::format::FileType;
use super::header::Said;
use super::input::From;
use super::limits::Limits;
use super::matches::MatchOptions;
use super::output::{Draft, Mode, Place, Written, hash_of};
use super::run::{Options, Report};
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::Status;
use export_advisor_core::wording::Lang;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The form of manifests that this program writes.
const FORM: u32 = 1;

/// A manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of the manifest.
    pub manifest: u32,
    /// The program and its version.
    pub program: String,
    /// The rule book's version.
    pub rulebook: String,
    /// The day from which windows are seen.
    pub as_of: String,
    /// The input.
    pub input: FileRecord,
    /// The output.
    pub output: FileRecord,
    /// The second, shorter output.
    pub matches: Option<FileRecord>,
    /// The counts.
    pub counts: Counts,
    /// What each column was read as.
    pub columns: Vec<ColumnRecord>,
    /// The options.
    pub options: OptionsRecord,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Its path as it was given; `-` for standard input.
    pub path: String,
    /// Its form, such as `csv.gz`.
    pub form: String,
    /// Its size.
    pub bytes: u64,
    /// `sha256:…` of its bytes.
    pub sha256: String,
}

/// What was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Rows read.
    pub rows_in: u64,
    /// Rows written; the same number.
    pub rows_out: u64,
    /// Rows with a fault.
    pub rows_with_faults: u64,
    /// Blank lines, which are no rows.
    pub blank_lines: u64,
    /// Rows of the second output.
    pub matches: u64,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnRecord {
    /// Its header.
    pub header: String,
    /// Its fact; none if it passed through.
    pub fact: Option<String>,
    /// The power of ten that bare numbers are multiplied by.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shift: i8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(shift: &i8) -> bool {
    *shift == 0
}

/// The options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionsRecord {
    /// `zh` or `en`.
    pub lang: String,
    /// The supports that were asked.
    pub supports: Vec<String>,
    /// The derived facts that have a column.
    pub derive: Vec<String>,
    /// What was said of columns.
    pub map: Vec<Said>,
    /// The sheet that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The encoding that was said.
    pub encoding: Option<String>,
    /// The encoding that was read.
    pub read_as: String,
    /// The delimiter that was said.
    pub delimiter: Option<char>,
    /// Whether text began with a byte-order mark.
    pub bom: bool,
    /// The statuses of the second output.
    pub status: Vec<String>,
}

/// How a manifest compares with the screening run again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same input, rules and options gave the same bytes.
    Same,
    /// What is different.
    Different(Vec<Difference>),
}

/// What is different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The program's version.
    Program(String),
    /// The rule book.
    RuleBook(String),
    /// The input.
    Input(String),
    /// The output as it was made again.
    Output(String),
    /// The second output.
    Matches(String),
    /// The output as it stands on the disk; nothing if it is not there.
    OutputFile(Option<String>),
    /// The second output as it stands on the disk; nothing if it is not there.
    MatchesFile(Option<String>),
    /// The counts.
    Counts(Counts),
}

/// Why a manifest cannot be run again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestFault {
    /// Another text, or a damaged one.
    #[error("this is no manifest of a screening: {0}")]
    NoManifest(String),
    /// A manifest of a form that this program does not read.
    #[error("the manifest has form {0}, this program reads form {FORM}")]
    Form(u32),
    /// What it names is not here, all of it.
    #[error("{}", .0.iter().map(|text| text.en.as_str()).collect::<Vec<_>>().join("\n"))]
    Here(Vec<LocalizedText>),
}

impl ManifestFault {
    /// What is wrong, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::NoManifest(why) => format!("这不是筛查清单：{why}"),
            Self::Form(form) => format!("清单的格式是第 {form} 版，本程序只读第 {FORM} 版"),
            Self::Here(wrong) => {
                wrong.iter().map(|text| text.zh.as_str()).collect::<Vec<_>>().join("\n")
            }
        }
    }
}

/// Where the manifest of an output stands.
#[must_use]
pub fn path_of(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".manifest.json");
    PathBuf::from(name)
}

/// The program as manifests name it.
#[must_use]
pub fn program() -> String {
    format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
}

impl Manifest {
    /// The manifest of a screening.
    #[must_use]
    pub fn new(plan: &Plan, options: &Options, report: &Report) -> Self {
        let book = &plan.book;
        let file = |path: &Path, kind: FileType, written: &Written| FileRecord {
            path: path.display().to_string(),
            form: kind.as_str(),
            bytes: written.bytes,
            sha256: written.sha256.clone(),
        };
        let input = Written { bytes: report.input_bytes, sha256: report.input_sha256.clone() };
        let columns = report.columns.names.iter().zip(&report.columns.facts);
        let support = |place: &usize| book.supports.get(*place).map(|s| s.id.clone());
        let matches = options.matches.as_ref().zip(report.matches.as_ref());
        Self {
            manifest: FORM,
            program: program(),
            rulebook: book.version.clone(),
            as_of: options.as_of.to_string(),
            input: file(options.input.path(), options.input_type, &input),
            output: file(options.output.path(), options.output_type, &report.written),
            matches: matches
                .map(|(said, (written, _))| file(said.output.path(), said.output_type, written)),
            counts: Counts {
                rows_in: report.rows_in,
                rows_out: report.rows_out,
                rows_with_faults: report.summary.faulty,
                blank_lines: report.summary.blank,
                matches: report.matches.as_ref().map_or(0, |(_, rows)| *rows),
            },
            columns: columns
                .map(|(header, mapped)| ColumnRecord {
                    header: header.clone(),
                    fact: mapped.map(|mapped| book.catalogue.fact(mapped.fact).name.clone()),
                    shift: mapped.map_or(0, |mapped| mapped.shift),
                })
                .collect(),
            options: OptionsRecord {
                lang: options.lang.as_str().to_owned(),
                supports: options.supports.iter().filter_map(support).collect(),
                derive: (options.derive.iter())
                    .map(|fact| book.catalogue.fact(*fact).name.clone())
                    .collect(),
                map: options.map.clone(),
                sheet: options.sheet.clone(),
                encoding: options.encoding.clone(),
                read_as: report.encoding.clone(),
                delimiter: options.delimiter.map(char::from),
                bom: options.bom,
                status: options
                    .matches
                    .iter()
                    .flat_map(|m| &m.statuses)
                    .map(|status| status.as_str().to_owned())
                    .collect(),
            },
        }
    }

    /// Writes it beside its output.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, output: &Path, mode: Mode) -> Result<(), ScreenError> {
        let path = path_of(output);
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        let put = || -> std::io::Result<()> {
            let mut draft = Draft::open(path.clone(), mode)?;
            draft.write_all(text.as_bytes())?;
            draft.keep()
        };
        put().map_err(ScreenError::io(&path))
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// It cannot be read, or is none that this program writes.
    pub fn read(path: &Path) -> Result<Self, ScreenError> {
        let text = std::fs::read_to_string(path).map_err(ScreenError::io(path))?;
        let wrong = |fault| ScreenError::Manifest { path: path.to_owned(), fault };
        let manifest: Self = serde_json::from_str(&text)
            .map_err(|error| wrong(ManifestFault::NoManifest(error.to_string())))?;
        if manifest.manifest != FORM {
            return Err(wrong(ManifestFault::Form(manifest.manifest)));
        }
        Ok(manifest)
    }

    /// The options that run the screening again, its outputs nowhere. `input` is where the list is now;
    /// without it, it is looked for where it was and beside the manifest.
    ///
    /// # Errors
    /// The rule book has no such support or fact, or the list is not found.
    pub fn options(
        &self,
        plan: &Plan,
        manifest: &Path,
        input: Option<&Path>,
        workers: usize,
    ) -> Result<Options, ScreenError> {
        let book = &plan.book;
        let mut wrong = Vec::new();
        let mut unless = |is_wrong: bool, zh: String, en: String| {
            if is_wrong {
                wrong.push(LocalizedText { zh, en });
            }
        };
        let mut supports = Vec::new();
        for id in &self.options.supports {
            let found = book.find(id);
            supports.extend(found.map(|(id, _)| id.index()));
            unless(
                found.is_none(),
                format!("这套规则里没有支持事项“{id}”"),
                format!("these rules have no support `{id}`"),
            );
        }
        let mut derive = Vec::new();
        for name in &self.options.derive {
            let found = book.catalogue.find(name);
            derive.extend(found.map(|fact| fact.id));
            unless(
                found.is_none(),
                format!("这套规则里没有事实项“{name}”"),
                format!("these rules have no fact `{name}`"),
            );
        }
        let mut form = |word: &str| {
            let found = FileType::of_word(word);
            unless(
                found.is_none(),
                format!("本程序没有“{word}”这种格式"),
                format!("this program has no form `{word}`"),
            );
            found
        };
        let (input_type, output_type) = (form(&self.input.form), form(&self.output.form));
        let matches_type = self.matches.as_ref().map(|record| form(&record.form));
        let as_of = self.as_of.parse();
        unless(
            as_of.is_err(),
            format!("“{}”不是日期", self.as_of),
            format!("`{}` is not a day", self.as_of),
        );
        let from = self.find(manifest, input);
        let list = input.map_or_else(|| self.input.path.clone(), |said| said.display().to_string());
        unless(
            from.is_none(),
            format!("找不到名单“{list}”：请用 --input 指明它现在的位置"),
            format!("the list `{list}` is not found: say with --input where it is now"),
        );
        let (Some(from), Some(input_type), Some(output_type), Ok(as_of), true) =
            (from, input_type, output_type, as_of, wrong.is_empty())
        else {
            return Err(ScreenError::Manifest {
                path: manifest.to_owned(),
                fault: ManifestFault::Here(wrong),
            });
        };
        let statuses = [Status::Applies, Status::DoesNotApply, Status::Undetermined];
        let matches = matches_type.flatten().map(|output_type| MatchOptions {
            output: Place::Nowhere,
            output_type,
            statuses: (statuses.into_iter())
                .filter(|status| self.options.status.iter().any(|word| word == status.as_str()))
                .collect(),
        });
        Ok(Options {
            input: From::File(from),
            input_type,
            output: Place::Nowhere,
            output_type,
            as_of,
            lang: if self.options.lang == Lang::En.as_str() { Lang::En } else { Lang::Zh },
            supports,
            derive,
            map: self.options.map.clone(),
            sheet: self.options.sheet.clone(),
            report: None,
            encoding: self.options.encoding.clone(),
            delimiter: self.options.delimiter.and_then(|c| u8::try_from(c).ok()),
            bom: self.options.bom,
            workers,
            matches,
            limits: Limits::default(),
            mode: Mode::default(),
        })
    }

    fn find(&self, manifest: &Path, said: Option<&Path>) -> Option<PathBuf> {
        if let Some(said) = said {
            return said.is_file().then(|| said.to_owned());
        }
        let there = PathBuf::from(&self.input.path);
        let beside = there.file_name().map(|name| manifest.with_file_name(name));
        [Some(there), beside].into_iter().flatten().find(|path| path.is_file())
    }

    /// The hash of a file that it names, beside the manifest or where it was written; nothing if it is at
    /// neither place.
    fn on_disk(manifest: &Path, record: &FileRecord) -> Result<Option<String>, ScreenError> {
        let there = PathBuf::from(&record.path);
        let beside = there.file_name().map(|name| manifest.with_file_name(name));
        let found = beside.into_iter().chain([there]).find(|path| path.is_file());
        found.map(|path| hash_of(&path)).transpose()
    }

    /// Compares with the same screening run again, and with the outputs as they stand on the disk.
    ///
    /// # Errors
    /// An output is there and cannot be read.
    pub fn compare(&self, again: &Self, manifest: &Path) -> Result<Verdict, ScreenError> {
        let mut found = Vec::new();
        if self.program != again.program {
            found.push(Difference::Program(again.program.clone()));
        }
        if self.rulebook != again.rulebook {
            found.push(Difference::RuleBook(again.rulebook.clone()));
        }
        if self.input.sha256 != again.input.sha256 {
            found.push(Difference::Input(again.input.sha256.clone()));
        }
        if self.counts != again.counts {
            found.push(Difference::Counts(again.counts));
        }
        if self.output.sha256 != again.output.sha256 {
            found.push(Difference::Output(again.output.sha256.clone()));
        }
        let matches = |m: &Self| m.matches.as_ref().map(|record| record.sha256.clone());
        if matches(self) != matches(again) {
            found.push(Difference::Matches(matches(again).unwrap_or_default()));
        }
        let files: [(_, fn(_) -> _); 2] = [
            (Some(&self.output), Difference::OutputFile),
            (self.matches.as_ref(), Difference::MatchesFile),
        ];
        for (record, difference) in files {
            // A device or a pipe keeps nothing that could be compared.
            let keeps = |record: &&FileRecord| {
                let there = std::fs::metadata(&record.path);
                there.map_or(true, |there| there.is_file() || there.is_dir())
            };
            let Some(record) = record.filter(keeps) else { continue };
            let now = Self::on_disk(manifest, record)?;
            if now.as_deref() != Some(&record.sha256) {
                found.push(difference(now));
            }
        }
        Ok(if found.is_empty() { Verdict::Same } else { Verdict::Different(found) })
    }
}
