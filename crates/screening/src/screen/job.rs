//! What all screeners of a list share.
//!
//! Owns the [`Job`]: the plan, the columns of the list, the layout of the output, and the choices that are made
//! before the first row. It is made once, by `job::prepare`, and never changes while rows are screened.

use super::layout::Layout;
use super::matches::Matches;
use super::questions::MissingColumn;
use crate::parquet::ParquetSchema;
use crate::table::header::{Columns, Headers};
use export_advisor_core::facts::{FactId, Format, Kind};
use export_advisor_core::plan::Plan;

/// A list with everything that is decided before its rows are screened.
pub(crate) struct Job<'a> {
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// The known headers.
    pub(crate) headers: &'a Headers<'a>,
    /// The input's columns.
    pub(crate) columns: Columns,
    /// The added columns.
    pub(crate) layout: Layout,
    /// The rows up to the first one of a firm, as spreadsheets count them.
    pub(crate) position: usize,
    /// The delimiter of the input.
    pub(crate) delimiter: u8,
    /// Whether a value that reads only in GB18030 overrides the encoding.
    pub(crate) is_encoding_weak: bool,
    /// Whether cells with a personal number are copied to the outputs.
    pub(crate) keep_refused: bool,
    /// Which missing facts the column `missing` names.
    pub(crate) missing_column: MissingColumn,
    /// The form of the output.
    pub(crate) form: OutputForm,
    /// The requested supports whose window is open, by index.
    pub(crate) open: Vec<usize>,
    /// The list to call, if there is one.
    pub(crate) matches: Option<Matches>,
    /// The types of a Parquet output.
    pub(crate) parquet: Option<ParquetSchema>,
}

/// The form in which screened chunks leave a screener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputForm {
    /// Finished delimited text.
    Csv {
        /// The delimiter.
        delimiter: u8,
    },
    /// Finished lines of JSON.
    Ndjson,
    /// Cells with their added columns.
    Rows,
    /// An encoded row group, where the input is Parquet too.
    RowGroup,
}

/// The fact that is a firm's credit code.
pub(crate) fn credit_code_fact(plan: &Plan) -> Option<FactId> {
    let mut facts = plan.book.catalogue.facts.iter();
    let found = facts.find(|f| matches!(f.kind, Kind::Code { format: Format::Uscc, .. }));
    found.map(|fact| fact.id)
}
