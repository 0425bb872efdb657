//! What the scripts have stated so far, before it is checked.

use super::symbols::{Location, SymbolicValue};
use crate::facts::{FactId, LocalizedText};
use crate::rulebook::{Basis, OtherRule, RelationKind};

/// Everything that the scripts stated.
#[derive(Default)]
pub(super) struct Drafts {
    pub(super) measures: Vec<(Location, i64)>,
    pub(super) supports: Vec<DraftSupport>,
    pub(super) derivations: Vec<DraftDerivation>,
    pub(super) conflicts: Vec<DraftConflict>,
}

impl Drafts {
    /// Adds what other scripts stated.
    pub(super) fn append(&mut self, other: Self) {
        self.measures.extend(other.measures);
        self.supports.extend(other.supports);
        self.derivations.extend(other.derivations);
        self.conflicts.extend(other.conflicts);
    }

    /// Notes that a script broke off: what it described last may not be whole.
    pub(super) fn break_off(&mut self, file: &str) {
        if let Some(last) = self.supports.last_mut().filter(|last| *last.location.file == *file) {
            last.broken = true;
        }
        if let Some(last) = self.derivations.last_mut().filter(|last| *last.location.file == *file)
        {
            last.broken = true;
        }
    }
}

/// A support as a script describes it.
pub(super) struct DraftSupport {
    pub(super) location: Location,
    /// Whether the script broke off while it was described: what is missing may come after.
    pub(super) broken: bool,
    pub(super) id: String,
    pub(super) title: Vec<LocalizedText>,
    pub(super) summary: Vec<LocalizedText>,
    pub(super) benefit: Vec<(Location, String)>,
    pub(super) access: Vec<(Location, String)>,
    pub(super) cites: Vec<(Location, String, String)>,
    pub(super) requires: Vec<DraftCriterion>,
    pub(super) emphases: Vec<(LocalizedText, SymbolicValue)>,
    pub(super) confirm: Vec<LocalizedText>,
    pub(super) channels: Vec<DraftChannel>,
    /// What stands before any channel, with its method and, of a question, its text.
    pub(super) misplaced: Vec<(Location, &'static str, Option<LocalizedText>)>,
    pub(super) note: Vec<LocalizedText>,
    pub(super) amount: Vec<LocalizedText>,
    pub(super) relations: Vec<DraftRelation>,
    pub(super) see_also: Vec<OtherRule>,
    pub(super) opens: Vec<(Location, String)>,
    pub(super) closes: Vec<(Location, String, LocalizedText)>,
    pub(super) lapsed: Vec<(Location, String, LocalizedText)>,
}

impl DraftSupport {
    pub(super) fn new(location: Location, id: &str) -> Self {
        Self {
            location,
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
            channels: Vec::new(),
            misplaced: Vec::new(),
            note: Vec::new(),
            amount: Vec::new(),
            relations: Vec::new(),
            see_also: Vec::new(),
            opens: Vec::new(),
            closes: Vec::new(),
            lapsed: Vec::new(),
        }
    }
}

/// A `channel(…)` with what follows for it.
pub(super) struct DraftChannel {
    pub(super) location: Location,
    pub(super) office: Office,
    pub(super) asks: Vec<LocalizedText>,
    pub(super) papers: Vec<(Location, String)>,
}

/// How a script names an office.
pub(super) enum Office {
    /// By the id of a channel.
    Id(String),
    /// In its own words, as rules did before there were channels.
    Words(LocalizedText),
}

/// How a support stands to one of another document, which may not have been read yet.
pub(super) struct DraftRelation {
    pub(super) location: Location,
    pub(super) kind: RelationKind,
    pub(super) to: String,
    pub(super) difference: Option<LocalizedText>,
}

/// A `requires(…)` or a `needs(…)`.
pub(super) struct DraftCriterion {
    pub(super) label: LocalizedText,
    pub(super) basis: Basis,
    pub(super) condition: SymbolicValue,
}

/// A `derive(…)`.
pub(super) struct DraftDerivation {
    pub(super) location: Location,
    /// Whether the script broke off while it was described.
    pub(super) broken: bool,
    pub(super) fact: Option<FactId>,
    pub(super) when: Vec<SymbolicValue>,
    /// Value → condition, from `value`, `at_most` or `includes`.
    pub(super) values: Vec<(Location, &'static str, String, SymbolicValue)>,
    pub(super) source: Vec<(String, String)>,
    pub(super) explanations: Vec<(LocalizedText, SymbolicValue)>,
}

/// A `conflict(…)`.
pub(super) struct DraftConflict {
    pub(super) location: Location,
    pub(super) id: String,
    pub(super) text: LocalizedText,
    pub(super) condition: SymbolicValue,
}
