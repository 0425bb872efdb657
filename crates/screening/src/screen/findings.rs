//! What reading the cells of a chunk finds, beside their values.
//!
//! Owns the faults of rows in words, and the rows that state that they do not know a fact. Screeners fill it, the
//! tally and the writers use it. Suggestions are bounded for each chunk. Where a chunk begins and ends depends on
//! the list alone, so the words do not depend on the number of threads.

use crate::messages;
use crate::screen::column_reader::CellOutcome;
use crate::screen::tally::Tally;
use crate::table::cells::RowFault;
use export_advisor_core::facts::{Catalogue, Fact, FactId, FaultKind, LocalizedText, Suggestions};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::Lang;
use foldhash::HashMap;

/// What reading the cells of a chunk found.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    catalogue: &'a Catalogue,
    lang: Lang,
    /// The fact that is the credit code.
    uscc: Option<FactId>,
    /// Per row, its faults in words.
    pub(crate) faults: Vec<Vec<String>>,
    /// Per fact, the rows that state that they do not know it, one bit a row.
    pub(crate) unknown: HashMap<FactId, Vec<u64>>,
    /// Rows whose credit code cannot be read.
    pub(crate) bad_code: Vec<usize>,
    /// Faults of rows as such.
    pub(crate) row_faults: u64,
    /// Cells whose value differs from their text.
    pub(crate) noticed: u64,
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
            unknown: HashMap::default(),
            bad_code: Vec::new(),
            row_faults: 0,
            noticed: 0,
            suggestions: Suggestions::new(&plan.book.catalogue, &plan.book.reference),
        }
    }

    /// Adds a message to a row.
    pub(crate) fn add(&mut self, row: usize, message: &LocalizedText) {
        if let Some(faults) = self.faults.get_mut(row) {
            faults.push(self.lang.of(message).to_owned());
        }
    }

    /// Adds a fault of a row as such.
    pub(crate) fn row_fault(&mut self, row: usize, fault: &RowFault) {
        self.add(row, &messages::row_fault(fault));
        self.row_faults += 1;
    }

    /// Records the outcome of a cell.
    pub(crate) fn record(
        &mut self,
        tally: &mut Tally,
        fact: &Fact,
        row: usize,
        outcome: &CellOutcome,
        text: &str,
    ) {
        match outcome {
            CellOutcome::Read { unknown: false, noticed: false } => {}
            CellOutcome::Read { unknown, noticed } => {
                if *unknown {
                    self.unknown(fact.id, row);
                }
                self.noticed += u64::from(*noticed);
            }
            CellOutcome::Fault(kind) => self.fault(tally, fact, row, kind, text),
        }
    }

    /// Records a fault of a cell.
    pub(crate) fn fault(
        &mut self,
        tally: &mut Tally,
        fact: &Fact,
        row: usize,
        kind: &FaultKind,
        text: &str,
    ) {
        let suggestion = self.suggestions.of_value(fact, kind);
        let message = messages::cell_fault(self.catalogue, fact, kind, text, suggestion);
        self.add(row, &message);
        if self.uscc == Some(fact.id) {
            self.bad_code.push(row);
        }
        tally.fault(fact.id);
    }

    /// Records that a row states that it does not know a fact.
    pub(crate) fn unknown(&mut self, fact: FactId, row: usize) {
        let rows = self.faults.len();
        let bits = self.unknown.entry(fact).or_insert_with(|| vec![0; rows.div_ceil(64)]);
        if let Some(bits_of_rows) = bits.get_mut(row / 64) {
            *bits_of_rows |= 1 << (row % 64);
        }
    }
}
