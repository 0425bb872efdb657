//! What a job is asked to do, and what it reports.
//!
//! Owns the plain data on both sides of a screening: [`Options`] go in, a [`Report`] comes out, [`Progress`] is
//! called in between. It does nothing itself.

use crate::changes::report::ChangeReport;
use crate::read::input::Input;
use crate::screen::matches::MatchesLayout;
use crate::screen::questions::MissingColumn;
use crate::screen::summary::Summary;
use crate::table::format::FileType;
use crate::table::header::{ColumnMapping, Columns};
use crate::table::limits::Limits;
use crate::table::meter::Meter;
use crate::write::target::{Destination, Written};
use crate::write::temporary_file::Mode;
use export_advisor_core::facts::{FactId, LocalizedText};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::Status;
use export_advisor_core::wording::Lang;
use jiff::civil::Date;
use std::path::PathBuf;

/// What is to be screened, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The list.
    pub input: Input,
    /// The file type of the list.
    pub input_type: FileType,
    /// Where the screened list goes.
    pub output: Destination,
    /// The file type of the screened list.
    pub output_type: FileType,
    /// The day for which windows are evaluated.
    pub as_of: Date,
    /// The language of labels and messages.
    pub lang: Lang,
    /// The requested supports, by index.
    pub supports: Vec<usize>,
    /// The derived facts that get a column.
    pub derive: Vec<FactId>,
    /// Whether each support has a column that tells what excludes a firm.
    pub excluded_by: bool,
    /// Which missing facts of a row its column `missing` names.
    pub missing: MissingColumn,
    /// Whether there is a column with the fact to ask for next.
    pub ask_next: bool,
    /// Whether cells with a personal number are copied to the outputs.
    pub keep_refused: bool,
    /// Mappings of columns to facts.
    pub map: Vec<ColumnMapping>,
    /// The sheet of a workbook; `None` for the first that is not hidden.
    pub sheet: Option<String>,
    /// The row of the header as spreadsheets number it; `None` if it is to be found.
    pub header_row: Option<usize>,
    /// The encoding of a text; `None` if it is to be detected.
    pub encoding: Option<String>,
    /// The delimiter of a text; `None` if it is to be detected.
    pub delimiter: Option<u8>,
    /// Whether delimited text begins with a byte-order mark.
    pub bom: bool,
    /// The number of threads.
    pub workers: usize,
    /// The list to call.
    pub matches: Option<MatchOptions>,
    /// The file of the report for people.
    pub report: Option<PathBuf>,
    /// The file of the summary for programs.
    pub summary: Option<PathBuf>,
    /// The limits on the input and the outputs.
    pub limits: Limits,
    /// The permissions of the files that are written.
    pub mode: Mode,
}

/// What goes into the list to call.
#[derive(Clone, Debug)]
pub struct MatchOptions {
    /// Where it goes.
    pub output: Destination,
    /// Its file type: delimited text, or a workbook.
    pub output_type: FileType,
    /// What a line of it is.
    pub layout: MatchesLayout,
    /// The statuses that are a match.
    pub statuses: Vec<Status>,
}

/// The result of a job.
#[derive(Clone, Debug)]
pub struct Report {
    /// The counts.
    pub summary: Summary,
    /// The columns of the list.
    pub columns: Columns,
    /// How the file was read.
    pub notes: Vec<LocalizedText>,
    /// The name of the encoding.
    pub encoding: String,
    /// The bytes of the input.
    pub input_bytes: u64,
    /// `sha256:…` of the input.
    pub input_sha256: String,
    /// The output.
    pub written: Written,
    /// The list to call and its rows.
    pub matches: Option<(Written, u64)>,
    /// What changed since the last screening.
    pub changes: Option<ChangeReport>,
    /// The report for people.
    pub page: Option<Written>,
    /// The summary for programs.
    pub summary_file: Option<Written>,
    /// Rows read.
    pub rows_in: u64,
    /// Rows written.
    pub rows_out: u64,
}

/// Is called while a job runs.
pub trait Progress: Send {
    /// The header has been read.
    fn start(&mut self, columns: &Columns, plan: &Plan, notes: &[LocalizedText]);
    /// Something was found out after the header, for the user.
    fn note(&mut self, _note: &LocalizedText) {}
    /// A chunk has been read.
    fn advance(&mut self, meter: &Meter);
}
