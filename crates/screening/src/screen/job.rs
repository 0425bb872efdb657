//! What all screeners of a list share.
//!
//! Owns the [`Job`]: the plan, the columns of the list, the layout of the output, and the choices that are made
//! before the first row. It is made once, by `job::prepare`, and never changes while rows are screened.

use super::layout::Layout;
use super::matches::Matches;
use super::questions::MissingColumn;
use crate::book_diff::books::Books;
use crate::book_diff::facts::BookFacts;
use crate::changes::comparison::ListComparison;
use crate::changes::key::KeyHasher;
use crate::parquet::ParquetSchema;
use crate::table::header::{Columns, Headers, Mapped};
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
    /// What hashes the keys of clients, where they are the output.
    pub(crate) hasher: Option<KeyHasher>,
    /// The requested supports whose window is open, by index.
    pub(crate) open: Vec<usize>,
    /// The list to call, if there is one.
    pub(crate) matches: Option<Matches>,
    /// The types of a Parquet output.
    pub(crate) parquet: Option<ParquetSchema>,
    /// The columns that a raw row group of Parquet has decoded; others have all.
    pub(crate) decoded: Vec<usize>,
    /// The column of the clients' key, if lists are compared.
    pub(crate) key: Option<usize>,
    /// The last list, if this one is compared with it.
    pub(crate) comparison: Option<&'a ListComparison<'a>>,
    /// The two rule books, if they are compared on this list.
    pub(crate) books: Option<&'a Books<'a>>,
    /// What the newer rule book reads the columns as, if this is the job of an older one.
    pub(crate) newer: Option<(BookFacts<'a>, Columns)>,
}

impl Job<'_> {
    /// The fact that a further key of a line of JSON holds; `None` if that is not certain.
    pub(crate) fn later_key(&self, key: &str) -> Option<Mapped> {
        match &self.newer {
            None => self.headers.meaning(key, &self.columns),
            Some((facts, columns)) => facts.later_key(key, columns),
        }
    }

    /// Where a column of the list stands in a batch of Parquet that has so many columns.
    pub(crate) fn column_in_batch(&self, column: usize, columns: usize) -> usize {
        if columns == self.columns.names.len() {
            return column;
        }
        self.decoded.binary_search(&column).unwrap_or(usize::MAX)
    }
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
    /// No rows, but the clients that they are.
    Clients,
    /// No rows, but the firms that move between two rule books.
    Moves,
    /// No rows: matches or changes alone are wanted.
    Omitted,
}

impl OutputForm {
    /// Whether rows are not written, but something is gathered from them.
    pub(crate) const fn is_gathered(self) -> bool {
        matches!(self, Self::Clients | Self::Moves)
    }
}

/// The fact that is a firm's credit code.
pub(crate) fn credit_code_fact(plan: &Plan) -> Option<FactId> {
    let mut facts = plan.book.catalogue.facts.iter();
    let found = facts.find(|f| matches!(f.kind, Kind::Code { format: Format::Uscc, .. }));
    found.map(|fact| fact.id)
}
