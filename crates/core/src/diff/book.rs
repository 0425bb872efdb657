//! The comparison of two rule books as a whole.

use super::files::{self, FileChange};
use super::meaning::{Comparison, Effect, Stop};
use super::order::reordered;
use super::outline::{Item, ItemKind, emphasis_id, outline};
use super::pairs::renamed;
use super::properties::{PropertyDiff, differing};
use crate::diagram::compile::Model;
use crate::diagram::{DiagramError, MOST_NODES};
use crate::facts::{Fact, LocalizedText};
use crate::files::RuleFiles;
use crate::interrupt::Interrupt;
use crate::plan::{NodeId, Plan};
use crate::rulebook::{DerivedAs, Support};
use std::collections::{BTreeMap, BTreeSet};

/// What differs between two rule books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookDiff {
    /// The version of the old book.
    pub old: String,
    /// The version of the new book.
    pub new: String,
    /// The items that differ, or whose meaning does: supports first, then in the order of the new book.
    pub items: Vec<ItemDiff>,
    /// The rows of tables that differ.
    pub rows: Vec<RowDiff>,
    /// The rule files that differ.
    pub files: Vec<(String, FileChange)>,
}

/// An item that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemDiff {
    /// What it is.
    pub kind: ItemKind,
    /// Its id.
    pub id: String,
    /// What people call it.
    pub title: LocalizedText,
    /// How it differs.
    pub change: ItemChange,
    /// Its properties that differ; none of an item that was added or removed.
    pub properties: Vec<PropertyDiff>,
    /// What that does for firms; none of items without conditions.
    pub effect: Option<Effect>,
    /// The sentences that a support cites, with their ids and words.
    pub sentences: Vec<(String, String)>,
}

/// How an item differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemChange {
    /// Only the new book has it.
    Added,
    /// Only the old book has it.
    Removed,
    /// It had another id.
    Renamed {
        /// The id in the old book.
        from: String,
    },
    /// Both have it.
    Changed,
    /// It stands at another position among those that both have.
    Reordered,
}

/// A row of a table that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowDiff {
    /// The table.
    pub table: String,
    /// The first cell of the row.
    pub key: String,
    /// The row as it was, cells separated by ` | `; none if it was added.
    pub old: Option<String>,
    /// The row as it is; none if it was removed.
    pub new: Option<String>,
}

/// Why two books could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum DiffError {
    /// Nobody waits for it any more.
    #[error("the comparison was interrupted")]
    Interrupted,
    /// The engine does not say of an example what the diagrams say: a defect of this crate.
    #[error(
        "the comparison and the engine disagree about `{about}` for the firm {firm}: this is a defect of the program"
    )]
    Disagreement {
        /// The item.
        about: String,
        /// The firm, as JSON.
        firm: String,
    },
}

/// A rule book and the files that it was read from.
pub type BookWithFiles<'a> = (&'a Plan, &'a RuleFiles);

impl BookDiff {
    /// Compares an old book with a new one.
    ///
    /// # Errors
    /// If it was interrupted, or found a defect of its own.
    pub fn new(
        (old, old_files): BookWithFiles<'_>,
        (new, new_files): BookWithFiles<'_>,
        interrupt: &Interrupt,
    ) -> Result<Self, DiffError> {
        let model = Model::new(&[old, new], MOST_NODES, interrupt);
        let mut differ =
            Differ { old, new, comparison: Comparison::new(old, new, model), is_too_large: false };
        let mut items = differ.items()?;
        items.sort_by_key(|item| item.kind != ItemKind::Support);
        Ok(Self {
            old: old.book.version.clone(),
            new: new.book.version.clone(),
            items,
            rows: rows(old_files, new_files),
            files: files::differing(old_files, new_files),
        })
    }

    /// Whether no firm gets another status, and no text differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.rows.is_empty() && self.files.is_empty()
    }

    /// Whether some firm gets another outcome of some support, or that could not be found out.
    #[must_use]
    pub fn moves_firms(&self) -> bool {
        let supports = self.items.iter().filter(|item| item.kind == ItemKind::Support);
        let mut effects = supports.map(|item| (&item.change, item.effect.as_ref()));
        effects.any(|(change, effect)| {
            matches!(change, ItemChange::Added | ItemChange::Removed)
                || matches!(effect, Some(Effect::Moves(_) | Effect::TooLarge))
        })
    }
}

struct Differ<'p, 'i> {
    old: &'p Plan,
    new: &'p Plan,
    comparison: Comparison<'p, 'i>,
    is_too_large: bool,
}

impl Differ<'_, '_> {
    fn items(&mut self) -> Result<Vec<ItemDiff>, DiffError> {
        let (was, is) = (outline(&self.old.book), outline(&self.new.book));
        let renamed = renamed(&self.old.book, &self.new.book);
        let old_id = |item: &Item| match (item.kind, item.id.split_once('/')) {
            (ItemKind::Support, _) => renamed.get(&item.id).unwrap_or(&item.id).clone(),
            (ItemKind::Emphasis, Some((support, label))) => {
                format!("{}/{label}", renamed.get(support).map_or(support, String::as_str))
            }
            _ => item.id.clone(),
        };
        let of = |items: &'_ [Item], kind: ItemKind, id: &str| -> Option<Item> {
            items.iter().find(|item| item.kind == kind && item.id == id).cloned()
        };
        let mut found = Vec::new();
        for item in &is {
            let id = old_id(item);
            let Some(before) = of(&was, item.kind, &id) else {
                found.push(self.diff(item, ItemChange::Added, Vec::new(), None));
                continue;
            };
            let properties = differing(&before, item);
            let effect = self.effect(item.kind, &id, &item.id)?;
            let has_effect = effect.as_ref().is_some_and(|effect| *effect != Effect::None);
            if id != item.id && item.kind == ItemKind::Support {
                let change = ItemChange::Renamed { from: id };
                found.push(self.diff(item, change, properties, effect));
            } else if !properties.is_empty() || (has_effect && item.kind != ItemKind::Derivation) {
                // What a derivation passes on is shown where firms see it: at the supports and warnings.
                found.push(self.diff(item, ItemChange::Changed, properties, effect));
            }
        }
        let kept: BTreeSet<(ItemKind, String)> =
            is.iter().map(|item| (item.kind, old_id(item))).collect();
        for item in &was {
            if !kept.contains(&(item.kind, item.id.clone())) {
                found.push(self.diff(item, ItemChange::Removed, Vec::new(), None));
            }
        }
        // One that was changed and moved is listed once, as changed.
        let changed: BTreeSet<(ItemKind, String)> =
            found.iter().map(|diff| (diff.kind, diff.id.clone())).collect();
        let moved = reordered(&was, &is)
            .filter(|item| !changed.contains(&(item.kind, item.id.clone())))
            .map(|item| self.diff(item, ItemChange::Reordered, Vec::new(), None));
        found.extend(moved);
        Ok(found)
    }

    fn diff(
        &self,
        item: &Item,
        change: ItemChange,
        properties: Vec<PropertyDiff>,
        effect: Option<Effect>,
    ) -> ItemDiff {
        let plan = if change == ItemChange::Removed { self.old } else { self.new };
        let support = Some(item).filter(|item| item.kind == ItemKind::Support);
        let support = support.and_then(|item| plan.book.find(&item.id));
        ItemDiff {
            kind: item.kind,
            id: item.id.clone(),
            title: item.title.clone(),
            change,
            properties,
            effect,
            sentences: support.map_or_else(Vec::new, |(_, support)| sentences(plan, support)),
        }
    }

    /// What the difference of an item's conditions does; none of an item without conditions.
    fn effect(
        &mut self,
        kind: ItemKind,
        old: &str,
        new: &str,
    ) -> Result<Option<Effect>, DiffError> {
        self.comparison.reclaim();
        if self.is_too_large {
            return Ok(Some(Effect::TooLarge));
        }
        let found = match kind {
            ItemKind::Support => {
                let (was, is) = (self.old.book.find(old), self.new.book.find(new));
                let Some(((was, _), (is, _))) = was.zip(is) else { return Ok(None) };
                self.comparison.support(was, is)
            }
            ItemKind::Warning => {
                let node = |plan: &Plan, id: &str| -> Option<NodeId> {
                    let index =
                        plan.book.conflicts.iter().position(|conflict| conflict.id == id)?;
                    plan.conflicts.get(index).copied()
                };
                let (was, is) = (node(self.old, old), node(self.new, new));
                let Some((was, is)) = was.zip(is) else { return Ok(None) };
                self.comparison.condition(Some(was), Some(is))
            }
            ItemKind::Emphasis => {
                let (was, is) = (emphasis(self.old, old), emphasis(self.new, new));
                let Some((was, is)) = was.zip(is) else { return Ok(None) };
                self.comparison.condition(Some(was), Some(is))
            }
            ItemKind::Derivation => self.of_derivation(new),
            _ => return Ok(None),
        };
        match found {
            Ok(effect) => Ok(Some(effect)),
            Err(Stop::Diagram(DiagramError::Interrupted)) => Err(DiffError::Interrupted),
            Err(Stop::Diagram(DiagramError::TooLarge)) => {
                self.is_too_large = true;
                Ok(Some(Effect::TooLarge))
            }
            Err(Stop::Disagreement(firm)) => {
                Err(DiffError::Disagreement { about: new.to_owned(), firm })
            }
        }
    }

    /// What the difference of a derivation does to the values that follow.
    fn of_derivation(&mut self, fact: &str) -> Result<Effect, Stop> {
        let values = |plan: &Plan| -> BTreeMap<String, NodeId> {
            let Some(fact) = plan.book.catalogue.find(fact) else { return BTreeMap::new() };
            let nodes = plan.derived.iter().find(|nodes| nodes.fact == fact.id);
            nodes.map_or_else(BTreeMap::new, |nodes| {
                let rule = &plan.book.derivations.at(nodes.derivation).rule;
                names(fact, rule).into_iter().zip(nodes.follows.iter().copied()).collect()
            })
        };
        let (was, is) = (values(self.old), values(self.new));
        let mut moves = Vec::new();
        let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        for name in names {
            let (old, new) = (was.get(name).copied(), is.get(name).copied());
            match self.comparison.condition(old, new)? {
                Effect::None => {}
                Effect::Moves(found) => moves.extend(found.into_iter().map(|mut example| {
                    example.before = format!("{name}: {}", example.before);
                    example.after = format!("{name}: {}", example.after);
                    example
                })),
                Effect::TooLarge => return Ok(Effect::TooLarge),
            }
        }
        Ok(if moves.is_empty() { Effect::None } else { Effect::Moves(moves) })
    }
}

/// The condition of an emphasis.
fn emphasis(plan: &Plan, id: &str) -> Option<NodeId> {
    let (support, _) = id.split_once('/')?;
    let (index, support) = plan.book.find(support)?;
    let mut conditions = support.emphases.iter().zip(plan.emphases.at(index));
    let found = conditions.find(|(emphasis, _)| emphasis_id(&support.id, emphasis) == id);
    found.map(|(_, node)| *node)
}

/// What each condition of a derivation gives.
fn names(fact: &Fact, rule: &DerivedAs) -> Vec<String> {
    let name = |index: u16| fact.value_name(index).to_owned();
    match rule {
        DerivedAs::Yes(_) => vec!["yes".to_owned()],
        DerivedAs::AtMost(list) => {
            (0..).zip(list).map(|(index, _)| format!("at most {}", name(index))).collect()
        }
        DerivedAs::Value(list) | DerivedAs::IncludesValue(list) => {
            list.iter().map(|(value, _)| name(*value)).collect()
        }
        DerivedAs::IncludesCode(list) => list.iter().map(|(code, _)| code.clone()).collect(),
    }
}

/// The sentences that a support cites.
fn sentences(plan: &Plan, support: &Support) -> Vec<(String, String)> {
    let Some(policy) = plan.book.policies.get(support.policy) else { return Vec::new() };
    let ids = support.sentences().into_iter();
    ids.map(|id| {
        (plan.book.sentence_key(policy, id), policy.text.sentence(id).unwrap_or("").to_owned())
    })
    .collect()
}

/// The rows of tables that differ. Rows are told apart by their first cell, those of one first cell by their content.
fn rows(old: &RuleFiles, new: &RuleFiles) -> Vec<RowDiff> {
    let table = |path: &str| {
        path.rsplit('/').next().and_then(|name| name.strip_suffix(".tsv")).map(str::to_owned)
    };
    let read = |files: &RuleFiles| -> BTreeMap<String, Vec<String>> {
        let tables = files.within("rules/tables", ".tsv");
        tables
            .filter_map(|(path, text)| {
                let rows = text.lines().map(|line| line.trim_end().replace('\t', " | "));
                Some((table(path)?, rows.filter(|row| !row.is_empty()).collect()))
            })
            .collect()
    };
    let (was, is) = (read(old), read(new));
    let mut found = Vec::new();
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for name in names {
        let empty = Vec::new();
        let (was, is) = (was.get(name).unwrap_or(&empty), is.get(name).unwrap_or(&empty));
        if was == is {
            continue;
        }
        let set = |rows: &[String]| -> std::collections::HashSet<String> {
            rows.iter().cloned().collect()
        };
        let (in_old, in_new) = (set(was), set(is));
        let key = |row: &str| row.split(" | ").next().unwrap_or("").to_owned();
        let diff = |row: &str, old: Option<&String>, new: Option<&String>| RowDiff {
            table: name.clone(),
            key: key(row),
            old: old.cloned(),
            new: new.cloned(),
        };
        // Per key the rows that are gone, the last one first.
        let mut gone: BTreeMap<String, Vec<&String>> = BTreeMap::new();
        for row in was.iter().rev().filter(|row| !in_new.contains(*row)) {
            gone.entry(key(row)).or_default().push(row);
        }
        for row in is.iter().filter(|row| !in_old.contains(*row)) {
            let old = gone.get_mut(&key(row)).and_then(Vec::pop);
            found.push(diff(row, old, Some(row)));
        }
        let removed = gone.into_values().flat_map(|rows| rows.into_iter().rev());
        found.extend(removed.map(|row| diff(row, Some(row), None)));
    }
    found
}
