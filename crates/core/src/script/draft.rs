//! What the scripts have said so far, before it is checked.

use super::symbols::{At, Sym};
use crate::facts::{FactId, Texts};
use crate::rulebook::{Basis, OtherRule};

/// Everything that the scripts said.
#[derive(Default)]
pub(super) struct Drafts {
    pub(super) measures: Vec<(At, i64)>,
    pub(super) supports: Vec<DraftSupport>,
    pub(super) derivations: Vec<DraftDerivation>,
    pub(super) conflicts: Vec<DraftConflict>,
}

impl Drafts {
    /// Adds what other scripts said.
    pub(super) fn append(&mut self, other: Self) {
        self.measures.extend(other.measures);
        self.supports.extend(other.supports);
        self.derivations.extend(other.derivations);
        self.conflicts.extend(other.conflicts);
    }

    /// Notes that a script broke off: what it described last may not be whole.
    pub(super) fn break_off(&mut self, file: &str) {
        if let Some(last) = self.supports.last_mut().filter(|last| *last.at.file == *file) {
            last.broken = true;
        }
        if let Some(last) = self.derivations.last_mut().filter(|last| *last.at.file == *file) {
            last.broken = true;
        }
    }
}

/// A support as a script describes it.
pub(super) struct DraftSupport {
    pub(super) at: At,
    /// Whether the script broke off while it was described: what is missing may come after.
    pub(super) broken: bool,
    pub(super) id: String,
    pub(super) title: Vec<Texts>,
    pub(super) summary: Vec<Texts>,
    pub(super) benefit: Vec<(At, String)>,
    pub(super) access: Vec<(At, String)>,
    pub(super) cites: Vec<(At, String, String)>,
    pub(super) requires: Vec<DraftCriterion>,
    pub(super) emphases: Vec<(Texts, Sym)>,
    pub(super) confirm: Vec<Texts>,
    pub(super) channel: Vec<Texts>,
    pub(super) ask: Vec<Texts>,
    pub(super) note: Vec<Texts>,
    pub(super) see_also: Vec<OtherRule>,
    pub(super) opens: Vec<(At, String)>,
    pub(super) closes: Vec<(At, String, Texts)>,
    pub(super) lapsed: Vec<(At, String, Texts)>,
}

impl DraftSupport {
    pub(super) fn new(at: At, id: &str) -> Self {
        Self {
            at,
            broken: false,
            id: id.to_owned(),
            title: Vec::new(),
            summary: Vec::new(),
            benefit: Vec::new(),
            access: Vec::new(),
            cites: Vec::new(),
            requires: Vec::new(),
            emphases: Vec::new(),
            confirm: Vec::new(),
            channel: Vec::new(),
            ask: Vec::new(),
            note: Vec::new(),
            see_also: Vec::new(),
            opens: Vec::new(),
            closes: Vec::new(),
            lapsed: Vec::new(),
        }
    }
}

/// A `requires(…)`.
pub(super) struct DraftCriterion {
    pub(super) label: Texts,
    pub(super) basis: Basis,
    pub(super) condition: Sym,
}

/// A `derive(…)`.
pub(super) struct DraftDerivation {
    pub(super) at: At,
    /// Whether the script broke off while it was described.
    pub(super) broken: bool,
    pub(super) fact: Option<FactId>,
    pub(super) when: Vec<Sym>,
    /// Value → condition, from `value`, `at_most` or `includes`.
    pub(super) values: Vec<(At, &'static str, String, Sym)>,
    pub(super) source: Vec<(String, String)>,
}

/// A `conflict(…)`.
pub(super) struct DraftConflict {
    pub(super) at: At,
    pub(super) id: String,
    pub(super) text: Texts,
    pub(super) condition: Sym,
}
