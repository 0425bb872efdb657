//! The facts of two rule books, and which column holds which.
//!
//! Owns which fact of the old book is which of the new one, by names and aliases, and whether both read a cell alike: then the
//! column is read once. A header is recognised by the new book; what only the old book knows is recognised by that.

use crate::error::ScreenError;
use crate::table::header::{ColumnMapping, Columns, Headers, Mapped};
use export_advisor_core::facts::{Catalogue, Fact, FactId};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::Lang;

/// A fact of the new book in the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OldFact {
    /// The old book does not have it.
    Absent,
    /// It is the same: a cell that one book reads, the other reads alike.
    Shared(FactId),
    /// It has other values.
    Other(FactId),
}

/// The facts of two rule books.
#[derive(Clone, Debug)]
pub(crate) struct BookFacts<'a> {
    old_headers: &'a Headers<'a>,
    headers: &'a Headers<'a>,
    old: &'a Plan,
    new: &'a Plan,
    /// Per fact of the new book, what it is in the old one.
    old_facts: Vec<OldFact>,
    /// The mappings of the user to facts that only the old book has.
    old_map: Vec<ColumnMapping>,
}

impl<'a> BookFacts<'a> {
    /// Those of two books, with the headers that they know and the mappings of the user.
    pub(crate) fn new(
        (old, old_headers): (&'a Plan, &'a Headers<'a>),
        (new, headers): (&'a Plan, &'a Headers<'a>),
        map: &[ColumnMapping],
    ) -> Self {
        let has_same_codes = old.book.reference == new.book.reference;
        let old_fact = |fact: &Fact| match same_fact(fact, &old.book.catalogue) {
            None => OldFact::Absent,
            Some(old) if has_same_codes && reads_alike(old, fact) => OldFact::Shared(old.id),
            Some(old) => OldFact::Other(old.id),
        };
        let old_facts = new.book.catalogue.facts.iter().map(old_fact).collect();
        let old_map = map.iter().filter(|mapping| is_old(old, new, mapping)).cloned().collect();
        Self { old_headers, headers, old, new, old_facts, old_map }
    }

    /// Whether the answers that the new book reads are those of the old book.
    pub(crate) fn are_all_shared(&self) -> bool {
        self.old.book.catalogue.facts.len() == self.old_facts.len()
            && (self.old_facts.iter().enumerate())
                .all(|(index, old)| *old == OldFact::Shared(FactId::from(index)))
    }

    /// The facts that both books read alike, in the new book and in the old one.
    pub(crate) fn shared(&self) -> Vec<(FactId, FactId)> {
        let shared = self.old_facts.iter().enumerate().filter_map(|(index, old)| match old {
            OldFact::Shared(old) => Some((FactId::from(index), *old)),
            OldFact::Absent | OldFact::Other(_) => None,
        });
        shared.collect()
    }

    /// The mappings of the user for the new book: it lets those columns pass that hold facts of the old book alone.
    pub(crate) fn map(&self, all: &[ColumnMapping]) -> Vec<ColumnMapping> {
        let of_new = all.iter().map(|mapping| match is_old(self.old, self.new, mapping) {
            true => (mapping.0.clone(), "-".to_owned()),
            false => mapping.clone(),
        });
        of_new.collect()
    }

    /// What the old book reads a list's columns as, where that is not what the new book has read already.
    ///
    /// # Errors
    /// A mapping of the user is wrong.
    pub(crate) fn old_columns(
        &self,
        columns: &Columns,
        lang: Lang,
    ) -> Result<Columns, ScreenError> {
        let stated = self.old_headers.mapped(&columns.names, &self.old_map, lang)?;
        let facts = columns.names.iter().zip(&columns.facts).zip(stated).enumerate();
        let facts = facts.map(|(index, ((name, new), stated))| match stated {
            None if columns.results.contains(&index) => None,
            None => self.of_column(name, *new),
            stated => stated,
        });
        let mut facts: Vec<Option<Mapped>> = facts.collect();
        // Of two columns that only the old book knows as one fact, neither is meant more than the other.
        let all = facts.clone();
        for mapped in &mut facts {
            let is_same = |other: &&Mapped| mapped.is_some_and(|mapped| mapped.fact == other.fact);
            if all.iter().flatten().filter(is_same).count() > 1 {
                *mapped = None;
            }
        }
        Ok(Columns { names: columns.names.clone(), facts, results: columns.results.clone() })
    }

    /// What the old book reads a further key of a line of JSON as.
    pub(crate) fn later_key(&self, key: &str, columns: &Columns) -> Option<Mapped> {
        self.of_column(key, self.headers.meaning(key, columns))
    }

    /// The fact of the old book that a column holds, if it must be read once more.
    fn of_column(&self, name: &str, new: Option<Mapped>) -> Option<Mapped> {
        if let Some(mapped) = new {
            return match self.old_facts.get(mapped.fact.index())? {
                OldFact::Absent | OldFact::Shared(_) => None,
                OldFact::Other(fact) => Some(Mapped { fact: *fact, ..mapped }),
            };
        }
        let old = self.old_headers.meaning(name, &Columns::default())?;
        let fact = self.old.book.catalogue.fact(old.fact);
        same_fact(fact, &self.new.book.catalogue).is_none().then_some(old)
    }
}

/// Whether a mapping names a fact that only the old book has.
fn is_old(old: &Plan, new: &Plan, (_, fact): &ColumnMapping) -> bool {
    let name = fact.split_once(':').map_or(fact.as_str(), |(name, _)| name);
    let found = old.book.catalogue.find(name);
    new.book.catalogue.find(name).is_none()
        && found.is_some_and(|fact| same_fact(fact, &new.book.catalogue).is_none())
}

/// The fact of another catalogue that is the same: it has the same name, or one is an alias of the other.
fn same_fact<'c>(fact: &Fact, other: &'c Catalogue) -> Option<&'c Fact> {
    let by_alias = || fact.aliases.iter().find_map(|alias| other.find(alias));
    other.find(&fact.name).or_else(|| other.find_alias(&fact.name)).or_else(by_alias)
}

/// Whether two facts that are the same read a cell alike: what asks for them and where they stand makes no difference.
fn reads_alike(old: &Fact, new: &Fact) -> bool {
    let mut same = old.clone();
    same.id = new.id;
    same.name.clone_from(&new.name);
    same.group = new.group;
    same.label.clone_from(&new.label);
    same.question.clone_from(&new.question);
    same.help.clone_from(&new.help);
    same.changeable = new.changeable;
    same.rank = new.rank;
    same.together.clone_from(&new.together);
    same.doubtful = new.doubtful;
    same.decided_by_office = new.decided_by_office;
    same.usual_per.clone_from(&new.usual_per);
    same.aliases.clone_from(&new.aliases);
    same.headers.clone_from(&new.headers);
    same.headers_yuan.clone_from(&new.headers_yuan);
    same.headers_fallback.clone_from(&new.headers_fallback);
    same.industries.clone_from(&new.industries);
    same == *new
}
