//! The counts of a comparison without any firm: what may leave the house.
//!
//! Owns [`BookDigest`]: what is in it, in which order, and its form for programs (JSON). Small counts are hidden on
//! request, by `hidden`; a hidden count is null, and no sum is given that would tell it. It has no name of a file, no hash
//! of the list and no time: the same list and books give the same bytes.

use super::hidden::Hidden;
use super::report::{BookComparison, MoveCause, MoveCell, SupportChange, SupportMoves};
use crate::manifest::program;
use export_advisor_core::diff::SupportOutcome;
use export_advisor_core::facts::LocalizedText;
use serde::Serialize;

/// The version of the form.
const FORM: u32 = 1;

/// The counts of a comparison.
#[derive(Clone, Debug, Serialize)]
pub struct BookDigest {
    /// The version of the form.
    digest: u32,
    /// The program and its version.
    program: String,
    /// The version of the old book.
    pub old: String,
    /// The version of the new book.
    pub new: String,
    /// The day for which windows were evaluated.
    pub as_of: String,
    /// Counts of firms below this and above zero are hidden; 0 hides none.
    pub hide_below: u64,
    /// The rows of the list; none if one of their counts is small.
    pub rows: Option<DigestRows>,
    /// The rows that are firms and have statuses; none if they are few.
    pub firms: Option<u64>,
    /// Those of which a support moves; none if that would tell a hidden count.
    pub moved_firms: Option<u64>,
    /// The supports of both books.
    pub supports: Vec<DigestSupport>,
}

/// The rows of a list.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct DigestRows {
    /// All rows.
    pub total: u64,
    /// Rows with a fault of any kind.
    pub faulty: u64,
    /// Rows that cannot be taken apart.
    pub without_status: u64,
    /// Totals, separators, blank rows.
    pub not_firms: u64,
}

/// A text in both languages.
#[derive(Clone, Debug, Serialize)]
pub struct Bilingual {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl From<&LocalizedText> for Bilingual {
    fn from(text: &LocalizedText) -> Self {
        Self { zh: text.zh.clone(), en: text.en.clone() }
    }
}

/// A support under two rule books.
#[derive(Clone, Debug, Serialize)]
pub struct DigestSupport {
    /// Its id: that of the new book, if that has it.
    pub id: String,
    /// Its title.
    pub title: Bilingual,
    /// What became of the support itself: `kept`, `renamed`, `added` or `removed`.
    pub change: &'static str,
    /// Its id in the old book, if it was renamed.
    pub renamed_from: Option<String>,
    /// The addresses of the sentences that it cites.
    pub sentences: Vec<String>,
    /// Whether all counts are hidden.
    pub is_hidden: bool,
    /// The firms that move; none if that would tell a hidden count.
    pub moved: Option<u64>,
    /// The firms that move, by old and new outcome.
    pub moves: Vec<DigestCell>,
    /// The firms that do not move; none if they are hidden.
    pub unchanged: Option<Vec<DigestCell>>,
    /// The moves by cause, the most frequent first; those of a count that is hidden, or has small parts, are left out.
    pub causes: Vec<DigestCause>,
    /// Whether causes are left out.
    pub has_hidden_causes: bool,
}

/// Firms with one old and one new outcome.
#[derive(Clone, Debug, Serialize)]
pub struct DigestCell {
    /// What the support was for them, as `does_not_apply/text`; none if the old book does not have it.
    pub before: Option<String>,
    /// What it is for them.
    pub after: Option<String>,
    /// How many they are; none if it is hidden.
    pub firms: Option<u64>,
}

/// Firms that the same criteria moved.
#[derive(Clone, Debug, Serialize)]
pub struct DigestCause {
    /// What the support was for them.
    pub before: Option<String>,
    /// What it is for them.
    pub after: Option<String>,
    /// The criteria.
    pub criteria: Vec<DigestCriterion>,
    /// Whether only all of them together, put back, give the former outcome; else each alone does.
    pub all_together: bool,
    /// How many firms they are.
    pub firms: u64,
}

/// A criterion that moves firms.
#[derive(Clone, Debug, Serialize)]
pub struct DigestCriterion {
    /// Its id.
    pub id: String,
    /// Its label.
    pub label: Bilingual,
    /// Its truth under the old book; none if that does not have it.
    pub before: Option<&'static str>,
    /// Its truth under the new book; none if that does not have it.
    pub after: Option<&'static str>,
}

impl BookDigest {
    /// The counts of a comparison, without those of fewer firms than `below`.
    #[must_use]
    pub fn new(comparison: &BookComparison, below: u64) -> Self {
        let is_small = |count: u64| count > 0 && count < below;
        let rows = &comparison.rows;
        let has_few = [rows.faulty, rows.unreadable, rows.not_firms].into_iter().any(is_small);
        let supports = comparison.supports.iter();
        let supports: Vec<DigestSupport> =
            supports.map(|support| DigestSupport::new(support, below)).collect();
        let all_moves_shown = supports.iter().all(|support| support.moved.is_some());
        Self {
            digest: FORM,
            program: program(),
            old: comparison.old.clone(),
            new: comparison.new.clone(),
            as_of: comparison.as_of.to_string(),
            hide_below: below,
            rows: (!has_few && !is_small(comparison.firms)).then_some(DigestRows {
                total: rows.rows,
                faulty: rows.faulty,
                without_status: rows.unreadable,
                not_firms: rows.not_firms,
            }),
            firms: Some(comparison.firms).filter(|firms| !is_small(*firms)),
            moved_firms: Some(comparison.moved_firms)
                .filter(|firms| all_moves_shown && !is_small(*firms)),
            supports,
        }
    }

    /// The digest for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{text}\n")
    }

    /// The supports that some firm moves in, or that one of the books does not have.
    pub fn moving(&self) -> impl Iterator<Item = &DigestSupport> {
        let is_kept = |support: &DigestSupport| matches!(support.change, "kept" | "renamed");
        self.supports.iter().filter(move |support| !is_kept(support) || support.moved != Some(0))
    }
}

impl DigestSupport {
    fn new(support: &SupportMoves, below: u64) -> Self {
        let hidden = Hidden::of(&support.cells, below);
        let (moves, unchanged): (Vec<&MoveCell>, Vec<&MoveCell>) =
            support.cells.iter().partition(|cell| cell.is_move());
        let cell = |cell: &&MoveCell| DigestCell {
            before: cell.before.map(|outcome| outcome.to_string()),
            after: cell.after.map(|outcome| outcome.to_string()),
            firms: Some(cell.firms).filter(|_| !hidden.hides(cell, below)),
        };
        let all_shown = !moves.iter().any(|cell| hidden.hides(cell, below));
        let is_hidden = hidden == Hidden::All;
        // The causes of one count add up to it: they are shown all or not at all.
        let is_shown = |cause: &&MoveCause| {
            let of_cell =
                |other: &MoveCause| (other.before, other.after) == (cause.before, cause.after);
            let cell = moves.iter().find(|c| (c.before, c.after) == (cause.before, cause.after));
            cell.is_some_and(|cell| !hidden.hides(cell, below))
                && support.causes.iter().filter(|c| of_cell(c)).all(|c| c.firms >= below)
        };
        let causes: Vec<DigestCause> =
            support.causes.iter().filter(is_shown).map(DigestCause::new).collect();
        let (change, renamed_from) = match &support.change {
            SupportChange::Kept => ("kept", None),
            SupportChange::Renamed(from) => ("renamed", Some(from.clone())),
            SupportChange::Added => ("added", None),
            SupportChange::Removed => ("removed", None),
        };
        Self {
            id: support.id.clone(),
            title: (&support.title).into(),
            change,
            renamed_from,
            sentences: support.sentences.iter().map(|(id, _)| id.clone()).collect(),
            is_hidden,
            moved: (all_shown && !is_hidden).then(|| support.moved()),
            moves: if is_hidden { Vec::new() } else { moves.iter().map(cell).collect() },
            unchanged: (hidden == Hidden::None).then(|| unchanged.iter().map(cell).collect()),
            has_hidden_causes: causes.len() < support.causes.len(),
            causes,
        }
    }
}

impl DigestCause {
    fn new(cause: &MoveCause) -> Self {
        let text = |outcome: Option<SupportOutcome>| outcome.map(|outcome| outcome.to_string());
        let criteria = cause.criteria.iter().map(|criterion| DigestCriterion {
            id: criterion.id.clone(),
            label: (&criterion.label).into(),
            before: criterion.before.map(|truth| truth.as_str()),
            after: criterion.after.map(|truth| truth.as_str()),
        });
        Self {
            before: text(cause.before),
            after: text(cause.after),
            criteria: criteria.collect(),
            all_together: cause.are_joint,
            firms: cause.firms,
        }
    }
}
