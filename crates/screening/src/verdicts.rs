//! What was found out of the rows of one chunk.
//!
//! Owns the values of the added columns, row by row, as data; writers turn them into the cells of their
//! format. A row with a fault has no status, no derived fact and nothing missing: it has its faults.

use super::csv::{AddedText, escape};
use super::layout::Layout;
use export_advisor_core::evaluate::{PartialValue, Statuses};
use export_advisor_core::facts::FactSet;
use export_advisor_core::rulebook::Status;

/// The values of the added columns.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    /// Whether the credit code passes its checks; nothing if none was given.
    pub uscc_ok: Vec<Option<bool>>,
    /// Per derived column of the layout, what is known in each row: as stated, else as it follows.
    pub derived: Vec<Vec<PartialValue>>,
    /// The statuses of the layout's supports; without meaning in a row with a fault.
    pub statuses: Statuses,
    /// The facts that could decide an undetermined support of the layout.
    pub missing: Vec<FactSet>,
    /// What is wrong with the row, in words, each apart.
    pub faults: Vec<Vec<String>>,
}

impl Verdicts {
    /// Whether a row has a fault.
    #[must_use]
    pub fn is_faulty(&self, row: usize) -> bool {
        self.faults.get(row).is_some_and(|faults| !faults.is_empty())
    }

    /// The status of a support of the layout in a row; nothing in a row with a fault.
    #[must_use]
    pub fn status(&self, row: usize, support: usize) -> Option<Status> {
        (!self.is_faulty(row)).then(|| self.statuses.of(row, support))
    }

    /// Writes the added cells of a row, each with a delimiter before it.
    pub(super) fn write_cells(
        &self,
        row: usize,
        layout: &Layout,
        text: &AddedText,
        out: &mut Vec<u8>,
    ) {
        let delimiter = text.delimiter;
        out.push(delimiter);
        match self.uscc_ok.get(row) {
            Some(Some(true)) => out.extend_from_slice(b"yes"),
            Some(Some(false)) => out.extend_from_slice(b"no"),
            _ => {}
        }
        for (place, column) in self.derived.iter().enumerate() {
            match column.get(row) {
                None | Some(PartialValue::Unknown) => out.push(delimiter),
                Some(PartialValue::Enum(word)) => text.word(place, *word, out),
                Some(stage) => {
                    out.push(delimiter);
                    escape(&layout.derived_text(place, stage), delimiter, out);
                }
            }
        }
        if self.is_faulty(row) {
            out.resize(out.len() + self.statuses.supports(), delimiter);
        } else {
            let (applies, not) = self.statuses.row(row);
            text.statuses(applies, not, self.statuses.supports(), out);
        }
        text.facts(self.missing.get(row).copied().unwrap_or_default(), out);
        out.push(delimiter);
        if let Some(faults) = self.faults.get(row).filter(|faults| !faults.is_empty()) {
            escape(&faults.join(" "), delimiter, out);
        }
    }
}
