//! The values of the added columns, for the rows of one chunk.
//!
//! Owns these values as data; writers turn them into the cells of their format. A row that cannot be taken apart into
//! cells, or is no firm, has no status, no derived fact and nothing missing: it has its faults.

use crate::fast::prerendered::PrerenderedColumns;
use crate::screen::layout::Layout;
use crate::table::delimited::escape;
use export_advisor_core::evaluate::{PartialValue, Statuses};
use export_advisor_core::facts::{FactId, FactSet};
use export_advisor_core::rulebook::{ExcludedBy, Status};
use std::sync::Arc;

/// The values of the added columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddedColumns {
    /// Whether the credit code passes its checks; `None` if there is none.
    pub(crate) uscc_ok: Vec<Option<bool>>,
    /// Per derived column of the layout, the value in each row: the stated one, else the derived one.
    pub(crate) derived: Vec<Vec<PartialValue>>,
    /// The statuses of the layout's supports; meaningless in a row that cannot be taken apart.
    pub(crate) statuses: Statuses,
    /// Per support of the layout, the rows that each of [`ExcludedBy::ALL`] excludes, one bit a row; empty if they are
    /// not requested, meaningless in a row that cannot be taken apart.
    pub(crate) excluded_by: Vec<[Vec<u64>; ExcludedBy::COUNT]>,
    /// The facts that could decide an undetermined support of the layout.
    pub(crate) missing: Vec<FactSet>,
    /// Those that the column `missing` names, if it does not name all of them; else empty.
    pub(crate) top_missing: Vec<Vec<FactId>>,
    /// The fact to ask for next; empty if it is not requested.
    pub(crate) ask_next: Vec<Option<FactId>>,
    /// The warnings of the row, in words, each after its code.
    pub(crate) warnings: Vec<Vec<Arc<str>>>,
    /// The faults of the row, in words.
    pub(crate) faults: Vec<Vec<Arc<str>>>,
    /// The rows that cannot be taken apart, and those that are no firm, one bit a row.
    pub(crate) without_status: Vec<u64>,
}

impl AddedColumns {
    /// Whether a row has a fault.
    pub(crate) fn is_faulty(&self, row: usize) -> bool {
        self.faults.get(row).is_some_and(|faults| !faults.is_empty())
    }

    /// Whether a row cannot be taken apart into cells or is no firm, so that it has no status.
    pub(crate) fn has_no_status(&self, row: usize) -> bool {
        self.without_status.get(row / 64).is_some_and(|bits| bits >> (row % 64) & 1 == 1)
    }

    /// The status of a support of the layout in a row; `None` in a row that cannot be taken apart.
    pub(crate) fn status(&self, row: usize, support: usize) -> Option<Status> {
        (!self.has_no_status(row)).then(|| self.statuses.of(row, support))
    }

    /// What excludes the firm of a row from a support of the layout, where that is requested; `None` where it is not
    /// excluded, and in a row that cannot be taken apart.
    pub(crate) fn excluded_by(&self, row: usize, support: usize) -> Option<ExcludedBy> {
        if self.has_no_status(row) {
            return None;
        }
        let has = |words: &[u64]| words.get(row / 64).is_some_and(|w| w >> (row % 64) & 1 == 1);
        let mut all = ExcludedBy::ALL.into_iter().zip(self.excluded_by.get(support)?);
        all.find(|(_, words)| has(words)).map(|(by, _)| by)
    }

    /// The facts that the column `missing` names in a row.
    pub(crate) fn missing_facts(&self, row: usize) -> impl Iterator<Item = FactId> {
        let top = self.top_missing.get(row);
        let all = self.missing.get(row).copied().filter(|_| top.is_none()).unwrap_or_default();
        top.into_iter().flatten().copied().chain(all.iter())
    }

    /// The fact to ask for next in a row, where that is requested.
    pub(crate) fn ask_next(&self, row: usize) -> Option<FactId> {
        self.ask_next.get(row).copied().flatten()
    }

    /// Writes the added cells of a row, each with a delimiter before it.
    pub(crate) fn write_cells(
        &self,
        row: usize,
        layout: &Layout,
        prerendered: &PrerenderedColumns,
        out: &mut Vec<u8>,
    ) {
        let delimiter = prerendered.delimiter;
        out.push(delimiter);
        match self.uscc_ok.get(row) {
            Some(Some(true)) => out.extend_from_slice(b"yes"),
            Some(Some(false)) => out.extend_from_slice(b"no"),
            _ => {}
        }
        for (index, column) in self.derived.iter().enumerate() {
            match column.get(row) {
                None | Some(PartialValue::Unknown) => out.push(delimiter),
                Some(PartialValue::Enum(value)) => prerendered.value(index, *value, out),
                Some(value) => {
                    out.push(delimiter);
                    escape(&layout.derived_text(index, value), delimiter, out);
                }
            }
        }
        if self.has_no_status(row) {
            out.resize(out.len() + self.statuses.supports(), delimiter);
        } else {
            let (applies, not) = self.statuses.row(row);
            prerendered.statuses(applies, not, self.statuses.supports(), out);
        }
        for support in 0..self.excluded_by.len() {
            prerendered.exclusion(self.excluded_by(row, support), out);
        }
        if layout.missing.is_some() {
            match self.top_missing.get(row) {
                Some(top) => prerendered.facts(top.iter().copied(), out),
                None => {
                    let all = self.missing.get(row).copied().unwrap_or_default();
                    prerendered.facts(all.iter(), out);
                }
            }
        }
        if layout.ask_next.is_some() {
            prerendered.facts(self.ask_next(row).into_iter(), out);
        }
        for messages in [&self.warnings, &self.faults] {
            out.push(delimiter);
            if let Some(messages) = messages.get(row).filter(|messages| !messages.is_empty()) {
                escape(&messages.join(" "), delimiter, out);
            }
        }
    }
}
