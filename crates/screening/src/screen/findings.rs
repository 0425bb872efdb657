//! What reading the cells of a chunk finds, beside their values.
//!
//! Owns the faults and warnings of rows in words, the rows that cannot be taken apart, the cells that no output may
//! repeat, and the rows that state that they do not know a fact. Readers fill it, the tally and the writers use it. A
//! faulty cell costs its fact alone: only a row that cannot be taken apart has no status. Suggestions are bounded for
//! each chunk. Where a chunk begins and ends depends on the list alone, so the words do not depend on the number of
//! threads.

use crate::messages;
use crate::screen::column_reader::CellOutcome;
use crate::screen::not_firm::NotFirm;
use crate::screen::tally::Tally;
use crate::table::cells::RowFault;
use export_advisor_core::assessment::Warning;
use export_advisor_core::facts::credit_code::without_personal_numbers;
use export_advisor_core::facts::{
    Catalogue, Fact, FactId, FaultKind, LocalizedText, Notice, Suggestions,
};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::{self, Lang};
use foldhash::HashMap;
use std::borrow::Cow;
use std::sync::Arc;

/// A cell of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell<'c> {
    /// Its row within the chunk.
    pub(crate) row: usize,
    /// Its column, by index or, in a line of JSON, by key.
    pub(crate) column: ColumnRef<'c>,
}

/// The column of a cell.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ColumnRef<'c> {
    /// Its index among the columns of the list.
    Index(usize),
    /// The key of a member.
    Key(&'c str),
}

/// What reading the cells of a chunk found.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    catalogue: &'a Catalogue,
    lang: Lang,
    /// The fact that is the credit code.
    uscc: Option<FactId>,
    /// Per row, its faults in words.
    pub(crate) faults: Vec<Vec<Arc<str>>>,
    /// Per row, its warnings in words, each after its code.
    pub(crate) warnings: Vec<Vec<Arc<str>>>,
    /// The rows that cannot be taken apart into cells, and those that are no firm, one bit a row.
    pub(crate) without_status: Vec<u64>,
    /// The cells that hold a personal number, by row and index of the column.
    pub(crate) refused: Vec<(usize, usize)>,
    /// The members that hold a personal number, by row and key.
    pub(crate) refused_members: Vec<(usize, String)>,
    /// Per fact, the rows that state that they do not know it, one bit a row.
    pub(crate) unknown: HashMap<FactId, Vec<u64>>,
    /// Rows whose credit code cannot be read.
    pub(crate) bad_code: Vec<usize>,
    /// The cells that cannot be read: their row, their fact, and which of the faults of the row it is.
    pub(crate) faulty: Vec<(usize, FactId, usize)>,
    suggestions: Suggestions<'a>,
}

impl<'a> Findings<'a> {
    /// No findings yet in so many rows.
    pub(crate) fn new(rows: usize, plan: &'a Plan, lang: Lang, uscc: Option<FactId>) -> Self {
        Self {
            catalogue: &plan.book.catalogue,
            lang,
            uscc,
            faults: vec![Vec::new(); rows],
            warnings: vec![Vec::new(); rows],
            without_status: vec![0; rows.div_ceil(64)],
            refused: Vec::new(),
            refused_members: Vec::new(),
            unknown: HashMap::default(),
            bad_code: Vec::new(),
            faulty: Vec::new(),
            suggestions: Suggestions::new(&plan.book.catalogue, &plan.book.reference),
        }
    }

    /// No findings yet of another rule book in the same rows.
    pub(crate) fn of_other_book<'b>(&self, plan: &'b Plan) -> Findings<'b> {
        let mut other = Findings::new(self.faults.len(), plan, self.lang, None);
        other.without_status.clone_from(&self.without_status);
        other
    }

    /// Adds the faults that another rule book finds, and the cells that no output may repeat.
    pub(crate) fn add_of_other_book(&mut self, other: Findings<'_>) {
        for (mine, theirs) in self.faults.iter_mut().zip(other.faults) {
            mine.extend(theirs);
        }
        self.refused.extend(other.refused);
        self.refused_members.extend(other.refused_members);
    }

    /// Adds a fault of a row as such.
    pub(crate) fn row_fault(&mut self, tally: &mut Tally, row: usize, fault: &RowFault) {
        if self.has_no_status(row) && !fault.is_unreadable() {
            return;
        }
        self.add(row, &messages::row_fault(fault));
        if fault.is_unreadable() {
            set(&mut self.without_status, row);
        }
        tally.row_fault(fault.code());
    }

    /// Adds the fault of a cell that a merged cell covers.
    pub(crate) fn merged(&mut self, tally: &mut Tally, fact: &Fact, row: usize) {
        if self.has_no_status(row) {
            return;
        }
        self.add(row, &messages::merged(fact));
        self.last_is_of(row, fact.id);
        tally.fault(fact.id, "merged_cell");
    }

    /// Records that a row is no firm: it has no status, and is no fault.
    pub(crate) fn not_firm(&mut self, tally: &mut Tally, row: usize, kind: NotFirm) {
        self.warn(tally, row, "not_a_firm", &kind.text());
        set(&mut self.without_status, row);
    }

    /// Records the outcome of a cell.
    pub(crate) fn record(
        &mut self,
        tally: &mut Tally,
        fact: &Fact,
        cell: Cell<'_>,
        outcome: &CellOutcome,
        text: &str,
    ) {
        match outcome {
            CellOutcome::Read { unknown, notices } => {
                if *unknown {
                    self.unknown(fact.id, cell.row);
                }
                self.notices(tally, cell.row, notices.as_deref().unwrap_or_default());
            }
            CellOutcome::Fault(kind) => self.fault(tally, fact, cell, kind, text),
        }
    }

    /// Records a fault of a cell. In a row without a status only personal numbers matter.
    pub(crate) fn fault(
        &mut self,
        tally: &mut Tally,
        fact: &Fact,
        cell: Cell<'_>,
        kind: &FaultKind,
        text: &str,
    ) {
        let is_personal = *kind == FaultKind::PersonalNumber
            || matches!(without_personal_numbers(text), Cow::Owned(_));
        if is_personal {
            self.refuse(tally, cell);
        }
        if self.has_no_status(cell.row) {
            return;
        }
        if self.uscc == Some(fact.id) {
            self.bad_code.push(cell.row);
        }
        let kind = if is_personal { &FaultKind::PersonalNumber } else { kind };
        let suggestion = self.suggestions.of_value(fact, kind);
        let message = messages::cell_fault(self.catalogue, fact, kind, text, suggestion);
        self.add(cell.row, &message);
        self.last_is_of(cell.row, fact.id);
        tally.fault(fact.id, wording::fault_code(kind));
    }

    /// Records a cell with a personal number.
    pub(crate) fn refuse(&mut self, tally: &mut Tally, cell: Cell<'_>) {
        match cell.column {
            ColumnRef::Index(column) => self.refused.push((cell.row, column)),
            ColumnRef::Key(key) => self.refused_members.push((cell.row, key.to_owned())),
        }
        tally.refused();
    }

    /// Records what a person should check of a cell that was read.
    pub(crate) fn notices(&mut self, tally: &mut Tally, row: usize, notices: &[Notice]) {
        for notice in notices {
            let (code, message) = wording::notice(self.catalogue, notice);
            self.warn(tally, row, code, &message);
        }
    }

    /// The text of a warning, which many rows may share.
    pub(crate) fn text_of(&self, warning: &Warning) -> Arc<str> {
        warning_text(&warning.code, self.lang.of(&warning.message))
    }

    /// Records a warning about a row.
    pub(crate) fn warning(&mut self, tally: &mut Tally, row: usize, code: &str, text: Arc<str>) {
        if self.has_no_status(row) {
            return;
        }
        if let Some(warnings) = self.warnings.get_mut(row) {
            warnings.push(text);
            tally.warning(code);
        }
    }

    /// Whether a row cannot be taken apart into cells, or is no firm.
    pub(crate) fn has_no_status(&self, row: usize) -> bool {
        self.without_status.get(row / 64).is_some_and(|bits| bits >> (row % 64) & 1 == 1)
    }

    /// Records that a row states that it does not know a fact.
    pub(crate) fn unknown(&mut self, fact: FactId, row: usize) {
        let rows = self.faults.len();
        let bits = self.unknown.entry(fact).or_insert_with(|| vec![0; rows.div_ceil(64)]);
        set(bits, row);
    }

    /// Records that the last fault of a row, if it has one, is why a fact of it is unknown.
    pub(crate) fn last_is_of(&mut self, row: usize, fact: FactId) {
        let last = self.faults.get(row).and_then(|faults| faults.len().checked_sub(1));
        self.faulty.extend(last.map(|last| (row, fact, last)));
    }

    fn add(&mut self, row: usize, message: &LocalizedText) {
        if let Some(faults) = self.faults.get_mut(row) {
            faults.push(self.lang.of(message).into());
        }
    }

    fn warn(&mut self, tally: &mut Tally, row: usize, code: &str, message: &LocalizedText) {
        self.warning(tally, row, code, warning_text(code, self.lang.of(message)));
    }
}

/// A warning after its code.
fn warning_text(code: &str, message: &str) -> Arc<str> {
    format!("[{code}] {message}").into()
}

/// Sets the bit of a row.
fn set(bits: &mut [u64], row: usize) {
    if let Some(word) = bits.get_mut(row / 64) {
        *word |= 1 << (row % 64);
    }
}
