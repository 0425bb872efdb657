//! What is found in the cells of a chunk, beside their values.
//!
//! Owns the faults of rows in words, and which rows say that they do not know a fact: what counts and
//! writers need of cells that were not simply read. Suggestions are bounded by chunk: where a chunk begins and
//! ends depends on the list alone, so its words do not depend on how many threads work.

use super::columns::Came;
use super::summary::Tally;
use super::words;
use export_advisor_core::facts::{Catalogue, Fact, FactId, FaultKind, Suggestions};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::Lang;
use foldhash::HashMap;

/// What telling of a cell needs to know.
#[derive(Clone, Copy)]
pub(super) struct Telling<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) lang: Lang,
    pub(super) uscc: Option<FactId>,
}

/// Faults of the rows of a chunk, in words, and the rows that cannot be answered.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) faults: Vec<Vec<String>>,
    /// Per fact, the rows that say they do not know, one bit a row.
    pub(super) unknown: HashMap<FactId, Vec<u64>>,
    /// Rows whose credit code cannot be read.
    pub(super) bad_code: Vec<usize>,
    /// Faults of rows as such.
    pub(super) lines: u64,
    pub(super) noticed: u64,
    suggestions: Suggestions<'a>,
}

impl<'a> Found<'a> {
    /// Nothing was found yet in so many rows.
    pub(super) fn new(rows: usize, plan: &'a Plan) -> Self {
        Self {
            faults: vec![Vec::new(); rows],
            unknown: HashMap::default(),
            bad_code: Vec::new(),
            lines: 0,
            noticed: 0,
            suggestions: Suggestions::new(&plan.book.catalogue, &plan.book.reference),
        }
    }

    pub(super) fn add(&mut self, row: usize, text: String) {
        if let Some(faults) = self.faults.get_mut(row) {
            faults.push(text);
        }
    }

    /// Takes what came of a cell, beside its value.
    pub(super) fn take(
        &mut self,
        telling: Telling<'_>,
        tally: &mut Tally,
        fact: &Fact,
        row: usize,
        came: &Came,
        text: &str,
    ) {
        match came {
            Came::Read { unknown: false, noticed: false } => {}
            Came::Read { unknown, noticed } => {
                if *unknown {
                    self.unknown(fact.id, row);
                }
                self.noticed += u64::from(*noticed);
            }
            Came::Fault(kind) => self.fault(telling, tally, fact, row, kind, text),
        }
    }

    /// Takes a fault of a cell.
    pub(super) fn fault(
        &mut self,
        telling: Telling<'_>,
        tally: &mut Tally,
        fact: &Fact,
        row: usize,
        kind: &FaultKind,
        text: &str,
    ) {
        let suggestion = self.suggestions.of_value(fact, kind);
        let told = words::cell_fault(telling.catalogue, fact, kind, text, suggestion);
        self.add(row, telling.lang.of(&told).to_owned());
        if telling.uscc == Some(fact.id) {
            self.bad_code.push(row);
        }
        tally.fault(fact.id);
    }

    pub(super) fn unknown(&mut self, fact: FactId, row: usize) {
        let rows = self.faults.len();
        let bits = self.unknown.entry(fact).or_insert_with(|| vec![0; rows.div_ceil(64)]);
        if let Some(word) = bits.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
    }
}
