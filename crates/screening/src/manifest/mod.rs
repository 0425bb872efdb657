//! The record beside a screened list: what went in, what came out, by which rules and options.
//!
//! Owns its form (JSON) and its name. It holds no time and no name of a machine: the same screening leaves the same
//! manifest. It is written last, so where it exists, the output is complete. `verify` runs the screening again.

mod build_id;
pub mod lineage;
pub(crate) mod summary_file;
pub mod verify;

pub use build_id::build_id;

use crate::changes::report::ChangeCounts;
use crate::error::ScreenError;
use crate::error::manifest::{FORM, ManifestError};
use crate::job::options::{Options, Report};
use crate::screen::matches::MatchesLayout;
use crate::screen::questions::MissingColumn;
use crate::screen::summary::SupportCounts;
use crate::table::format::FileType;
use crate::table::header::{ColumnMapping, Columns, Mapped};
use crate::write::target::Written;
use crate::write::temporary_file::{Mode, TemporaryFile};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::RuleBook;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the manifest's form.
    pub manifest: u32,
    /// The program and its version.
    pub program: String,
    /// The program's build ID, if its linker wrote one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// The rule book's version.
    pub rulebook: String,
    /// The day for which windows are evaluated.
    pub as_of: String,
    /// The input.
    pub input: FileRecord,
    /// The output.
    pub output: FileRecord,
    /// The list to call.
    pub matches: Option<FileRecord>,
    /// The changes since the last screening, if they were written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<ChangesRecord>,
    /// The report for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<FileRecord>,
    /// The summary for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<FileRecord>,
    /// The counts.
    pub counts: Counts,
    /// How often each warning occurs, by its code.
    pub warnings: BTreeMap<String, u64>,
    /// The counts of each requested support.
    pub supports: Vec<SupportRecord>,
    /// The fact of each column.
    pub columns: Vec<ColumnRecord>,
    /// The options.
    pub options: OptionsRecord,
}

/// The one member that every form of a manifest has.
#[derive(Deserialize)]
struct Form {
    manifest: u32,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Its path as it was given; `-` for standard input.
    pub path: String,
    /// Its file type, such as `csv.gz`; `html` of a report, `json` of a summary.
    pub form: String,
    /// Its size.
    pub bytes: u64,
    /// `sha256:…` of its bytes.
    pub sha256: String,
}

/// The changes since the last screening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangesRecord {
    /// The list of changes.
    pub output: FileRecord,
    /// The column by which clients were matched, as it was named.
    pub key: String,
    /// The path of the manifest of the last screening, as it was found.
    pub previous: String,
    /// `sha256:…` of that manifest.
    pub previous_sha256: String,
    /// What was compared and found.
    pub counts: ChangeCounts,
}

/// The counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Rows read.
    pub rows_in: u64,
    /// Rows written; the same number.
    pub rows_out: u64,
    /// Rows with a fault of any kind.
    pub rows_with_faults: u64,
    /// Rows among them that cannot be taken apart into cells, which have no status.
    pub rows_without_status: u64,
    /// Rows that are no firm, such as totals.
    pub rows_not_firms: u64,
    /// Cells whose fact is unknown, since they cannot be read.
    pub faulty_cells: u64,
    /// Cells with a personal number, which are among these.
    pub refused_cells: u64,
    /// Rows with a warning.
    pub rows_with_warnings: u64,
    /// Blank lines, which are no rows.
    pub blank_lines: u64,
    /// Rows of the list to call.
    pub matches: u64,
}

/// A support: the rows to which it applies, for which it is undetermined, and to which it does not apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupportRecord {
    /// Its id.
    pub id: String,
    /// Rows to which it applies.
    pub applies: u64,
    /// Rows for which it is undetermined.
    pub undetermined: u64,
    /// Rows to which it does not apply.
    pub does_not_apply: u64,
    /// The same rows, by what excludes the firm.
    pub excluded_by: ExclusionRecord,
}

/// Rows to which a support does not apply, by what excludes the firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExclusionRecord {
    /// The document does not hold where the firm is; absent in older records.
    #[serde(default)]
    pub out_of_area: u64,
    /// A stated or defined criterion does not hold.
    pub text: u64,
    /// The firm lacks the need that the support serves.
    pub no_need: u64,
    /// Only our reading.
    pub reading: u64,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnRecord {
    /// Its header.
    pub header: String,
    /// Its fact; `None` if it passed through.
    pub fact: Option<String>,
    /// The power of ten that bare numbers are multiplied by.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shift: i8,
}

impl ColumnRecord {
    /// What the columns of a list were read as.
    pub(crate) fn all(columns: &Columns, plan: &Plan) -> Vec<Self> {
        let pairs = columns.names.iter().zip(&columns.facts);
        let record = |(header, mapped): (&String, &Option<Mapped>)| Self {
            header: header.clone(),
            fact: mapped.map(|mapped| plan.book.catalogue.fact(mapped.fact).name.clone()),
            shift: mapped.map_or(0, |mapped| mapped.shift),
        };
        pairs.map(record).collect()
    }
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
    /// The requested supports.
    pub supports: Vec<String>,
    /// The derived facts that have a column.
    pub derive: Vec<String>,
    /// Whether each support has a column that tells what excludes a firm.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub excluded_by: bool,
    /// Which missing facts the column `missing` names, if not all: `none` or `top:N`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Whether there is a column with the fact to ask for next.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ask_next: bool,
    /// Whether cells with a personal number were copied.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_refused: bool,
    /// The mappings of columns.
    pub map: Vec<ColumnMapping>,
    /// The stated sheet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The stated row of the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_row: Option<usize>,
    /// The stated encoding.
    pub encoding: Option<String>,
    /// The encoding that was used.
    pub read_as: String,
    /// The stated delimiter.
    pub delimiter: Option<char>,
    /// Whether text began with a byte-order mark.
    pub bom: bool,
    /// The statuses of the list to call.
    pub status: Vec<String>,
    /// What a line of the list to call is, if not a firm and support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches_layout: Option<String>,
}

fn record(book: &RuleBook, counts: &SupportCounts) -> Option<SupportRecord> {
    let [applies, does_not_apply, undetermined] = counts.total;
    let [out_of_area, text, no_need, reading] = counts.excluded_by;
    Some(SupportRecord {
        id: book.supports.get(counts.support)?.id.clone(),
        applies,
        undetermined,
        does_not_apply,
        excluded_by: ExclusionRecord { out_of_area, text, no_need, reading },
    })
}

/// The record of a file that is no list.
fn beside(path: Option<&Path>, form: &str, written: Option<&Written>) -> Option<FileRecord> {
    let Written { bytes, sha256 } = written?.clone();
    Some(FileRecord { path: path?.display().to_string(), form: form.to_owned(), bytes, sha256 })
}

/// The path of the manifest of an output.
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
        let (book, summary) = (&plan.book, &report.summary);
        let file = |path: &Path, kind: FileType, written: &Written| FileRecord {
            path: path.display().to_string(),
            form: kind.name(),
            bytes: written.bytes,
            sha256: written.sha256.clone(),
        };
        let input = Written { bytes: report.input_bytes, sha256: report.input_sha256.clone() };
        let support = |index: &usize| book.supports.get(*index).map(|s| s.id.clone());
        let matches = options.matches.as_ref().zip(report.matches.as_ref());
        Self {
            manifest: FORM,
            program: program(),
            build: build_id(),
            rulebook: book.version.clone(),
            as_of: options.as_of.to_string(),
            input: file(options.input.path(), options.input_type, &input),
            output: file(options.output.path(), options.output_type, &report.written),
            matches: matches.map(|(wanted, (written, _))| {
                file(wanted.output.path(), wanted.output_type, written)
            }),
            changes: report.changes.as_ref().map(|changes| ChangesRecord {
                output: file(&changes.path, changes.file_type, &changes.written),
                key: changes.key.clone(),
                previous: changes.previous.display().to_string(),
                previous_sha256: changes.previous_sha256.clone(),
                counts: changes.counts.clone(),
            }),
            report: beside(options.report.as_deref(), "html", report.page.as_ref()),
            summary: beside(options.summary.as_deref(), "json", report.summary_file.as_ref()),
            counts: Counts {
                rows_in: report.rows_in,
                rows_out: report.rows_out,
                rows_with_faults: summary.faulty,
                rows_without_status: summary.unreadable,
                rows_not_firms: summary.not_firms,
                faulty_cells: summary.faulty_cells,
                refused_cells: summary.refused,
                rows_with_warnings: summary.warned,
                blank_lines: summary.blank,
                matches: report.matches.as_ref().map_or(0, |(_, rows)| *rows),
            },
            warnings: summary.warnings.iter().cloned().collect(),
            supports: summary.supports.iter().filter_map(|s| record(book, s)).collect(),
            columns: ColumnRecord::all(&report.columns, plan),
            options: OptionsRecord {
                lang: options.lang.as_str().to_owned(),
                supports: options.supports.iter().filter_map(support).collect(),
                derive: (options.derive.iter())
                    .map(|fact| book.catalogue.fact(*fact).name.clone())
                    .collect(),
                excluded_by: options.excluded_by,
                missing: Some(options.missing)
                    .filter(|missing| *missing != MissingColumn::All)
                    .map(|missing| missing.to_string()),
                ask_next: options.ask_next,
                keep_refused: options.keep_refused,
                map: options.map.clone(),
                sheet: options.sheet.clone(),
                header_row: options.header_row,
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
                matches_layout: (options.matches.iter())
                    .map(|matches| matches.layout)
                    .find(|layout| *layout != MatchesLayout::default())
                    .map(|layout| layout.as_str().to_owned()),
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
            let mut file = TemporaryFile::open(path.clone(), mode)?;
            file.write_all(text.as_bytes())?;
            file.commit()
        };
        put().map_err(ScreenError::io(&path))
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// It cannot be read, or has a form that this program does not write.
    pub fn read(path: &Path) -> Result<Self, ScreenError> {
        let text = std::fs::read_to_string(path).map_err(ScreenError::io(path))?;
        let wrong = |fault| ScreenError::Manifest { path: path.to_owned(), fault };
        let no_manifest =
            |error: serde_json::Error| wrong(ManifestError::NoManifest(error.to_string()));
        // Another form may have other members.
        let Form { manifest: form } = serde_json::from_str(&text).map_err(no_manifest)?;
        if form != FORM {
            return Err(wrong(ManifestError::OutputForm(form)));
        }
        serde_json::from_str(&text).map_err(no_manifest)
    }
}
