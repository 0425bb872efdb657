//! What a query is printed for: the table, its columns, the supports, and the form of the result.
//!
//! In go names as a user writes them, out comes a [`Selection`] of facts and supports, or all that is wrong with
//! them. No name of the result may stand there twice: that is checked here, before anything is printed.

use super::{Dialect, derived_columns};
use crate::diagnostic::nearest;
use crate::facts::{FactSet, Kind};
use crate::plan::Plan;
use crate::rulebook::SupportId;

/// Where the firms are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A table; dots separate its schema.
    Table(String),
    /// What stands after FROM, as it is: a template such as `{{ ref('firms') }}`, a function, a subquery. Nothing
    /// checks it.
    Expression(String),
}

/// What a row of the result is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// A firm: one column a support.
    #[default]
    Wide,
    /// A firm and a support.
    Long,
}

/// How the columns of a query are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// As facts, supports and keys are named.
    #[default]
    Exact,
    /// With `a` to `z`, `0` to `9` and `_` only: `guarantee-small-micro` is `guarantee_small_micro`.
    Snake,
}

impl Naming {
    /// A name as a column has it. Different names may become the same: [`SqlOptions::select`] refuses that.
    pub(super) fn column(self, name: &str) -> String {
        let snake = |c: char| match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => c,
            _ => '_',
        };
        match self {
            Self::Exact => name.to_owned(),
            Self::Snake => name.chars().map(snake).collect(),
        }
    }
}

/// What a query is printed for, and what it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlOptions {
    /// Where the firms are.
    pub source: Source,
    /// Columns that are handed on unchanged, so that a result can be joined to its firm.
    pub keys: Vec<String>,
    /// The facts that the table has columns of; all if nothing is said. The query mentions no other, and treats them
    /// as not known.
    pub have: Option<Vec<String>>,
    /// The ids of the supports that are asked for; all if nothing is said.
    pub supports: Option<Vec<String>>,
    /// Whether the result has what excludes a firm from each support.
    pub excluded_by: bool,
    /// Whether the result has the facts that could decide what is undetermined.
    pub missing: bool,
    /// What a row is.
    pub layout: Layout,
    /// How columns are named.
    pub naming: Naming,
}

impl Default for SqlOptions {
    fn default() -> Self {
        Self {
            source: Source::Table("firms".to_owned()),
            keys: vec!["id".to_owned()],
            have: None,
            supports: None,
            excluded_by: false,
            missing: false,
            layout: Layout::default(),
            naming: Naming::default(),
        }
    }
}

/// Why a query cannot be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// Empty, too long, or with a control character.
    #[error("`{0}` cannot be a name: write 1 to 63 bytes without control characters")]
    Unusable(String),
    /// The result has another column of this name.
    #[error("the result has a column `{0}` already: rename the key column, or leave it out")]
    Taken(String),
    /// SQLite has no exact decimals, and the form used instead knows no sign.
    #[error("`{0}` can be below zero, which SQLite cannot compare exactly: use another dialect")]
    Negative(String),
    /// A support's column for what excludes a firm would have too long a name.
    #[error(
        "the support `{0}` has too long an id for a column `{0}_excluded_by`: 51 bytes at most; print the query without these columns, or in the long layout"
    )]
    LongId(String),
    /// A key column is named twice.
    #[error("the key column `{0}` is named twice: name it once")]
    Twice(String),
    /// No fact has this name.
    #[error("there is no fact `{name}`{}", hint(near.as_deref(), "`export-advisor facts` lists all"))]
    NoFact {
        /// The name as given.
        name: String,
        /// The fact that was probably meant.
        near: Option<String>,
    },
    /// No support has this id.
    #[error("there is no support `{id}`{}", hint(near.as_deref(), "the query without this option has a column of each"))]
    NoSupport {
        /// The id as given.
        id: String,
        /// The support that was probably meant.
        near: Option<String>,
    },
    /// Two names differ only in what snake case drops.
    #[error(
        "`{0}` and `{1}` are both `{2}` in snake case: rename the key column, or print exact names"
    )]
    SameInSnakeCase(String, String, String),
    /// A key column has letters that snake case has no form of.
    #[error(
        "the key column `{0}` has no name in snake case: give it one in a view, or print exact names"
    )]
    NoSnakeCase(String),
    /// A table cannot be made of an expression.
    #[error("an expression cannot be made: name the table")]
    NoTable,
    /// The expression after FROM is blank.
    #[error("the expression after FROM is empty: write a table, a function or a template")]
    NoSource,
}

fn hint(near: Option<&str>, fallback: &str) -> String {
    near.map_or_else(|| format!(": {fallback}"), |near| format!("; did you mean `{near}`?"))
}

/// The longest name, in bytes: PostgreSQL cuts off what is longer.
pub(crate) const LONGEST_NAME: usize = 63;

/// What options select of a plan.
#[derive(Debug)]
pub(super) struct Selection {
    /// The facts that the table has.
    pub(super) facts: FactSet,
    /// The supports, in the order of the book.
    pub(super) supports: Vec<SupportId>,
}

/// What is printed; the columns after the keys depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// The statuses.
    Query,
    /// The cells that cannot be read.
    Faults,
    /// The table.
    Table,
}

/// The column that tells what excludes a firm from a support.
pub(super) fn excluded_by(support: &str) -> String {
    format!("{support}_excluded_by")
}

/// The columns of the long layout after the keys.
pub(super) const LONG: [&str; 4] = ["support", "status", "excluded_by", "missing"];
/// The columns of the query for cells that cannot be read, after the keys.
pub(super) const FAULTS: [&str; 3] = ["fact", "value", "expected"];

impl SqlOptions {
    /// The facts and supports that are meant, if nothing stands against the options.
    ///
    /// # Errors
    /// All that does.
    pub(super) fn select(
        &self,
        plan: &Plan,
        dialect: Dialect,
        output: Output,
    ) -> Result<Selection, Vec<SqlError>> {
        let mut faults = self.name_faults();
        let selection = Selection {
            facts: self.facts(plan, &mut faults),
            supports: self.chosen(plan, &mut faults),
        };
        if self.excluded_by && self.layout == Layout::Wide {
            let ids = selection.supports.iter().filter_map(|id| plan.book.supports.get(*id));
            let long = ids.filter(|support| excluded_by(&support.id).len() > LONGEST_NAME);
            faults.extend(long.map(|support| SqlError::LongId(support.id.clone())));
        }
        if output == Output::Table && matches!(self.source, Source::Expression(_)) {
            faults.push(SqlError::NoTable);
        }
        self.clashes(plan, &selection, output, &mut faults);
        if dialect == Dialect::Sqlite {
            let below_zero = |kind: &Kind| matches!(kind, Kind::Number { whole: false, min, .. } if min.is_sign_negative());
            let facts = plan.book.catalogue.facts.iter();
            let facts = facts.filter(|f| selection.facts.contains(f.id) && below_zero(&f.kind));
            faults.extend(facts.map(|fact| SqlError::Negative(fact.name.clone())));
        }
        if faults.is_empty() { Ok(selection) } else { Err(faults) }
    }

    /// What is wrong with the names of the table and its keys alone.
    fn name_faults(&self) -> Vec<SqlError> {
        let usable = |name: &str| {
            !name.is_empty() && name.len() <= LONGEST_NAME && !name.chars().any(char::is_control)
        };
        let table = match &self.source {
            Source::Table(table) => Some(table),
            Source::Expression(_) => None,
        };
        let parts = table.into_iter().flat_map(|table| table.split('.'));
        let parts = parts.chain(self.keys.iter().map(String::as_str));
        let mut faults: Vec<SqlError> = parts
            .filter(|name| !usable(name))
            .map(|name| SqlError::Unusable(name.chars().filter(|c| !c.is_control()).collect()))
            .collect();
        if matches!(&self.source, Source::Expression(text) if text.trim().is_empty()) {
            faults.push(SqlError::NoSource);
        }
        faults
    }

    fn facts(&self, plan: &Plan, faults: &mut Vec<SqlError>) -> FactSet {
        let catalogue = &plan.book.catalogue;
        let mut facts = FactSet::default();
        let Some(have) = &self.have else {
            catalogue.facts.iter().for_each(|fact| facts.insert(fact.id));
            return facts;
        };
        for name in have {
            match catalogue.find(name) {
                Some(fact) => facts.insert(fact.id),
                None => faults.push(SqlError::NoFact {
                    name: name.clone(),
                    near: catalogue.nearest(name).map(str::to_owned),
                }),
            }
        }
        facts
    }

    fn chosen(&self, plan: &Plan, faults: &mut Vec<SqlError>) -> Vec<SupportId> {
        let supports = &plan.book.supports;
        let Some(ids) = &self.supports else {
            return (0..supports.len()).map(SupportId::from).collect();
        };
        let mut chosen = Vec::new();
        for id in ids {
            match supports.iter().position(|support| support.id == *id) {
                Some(index) => chosen.push(SupportId::from(index)),
                None => faults.push(SqlError::NoSupport {
                    id: id.clone(),
                    near: nearest(id, supports.iter().map(|s| s.id.as_str())).map(str::to_owned),
                }),
            }
        }
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }

    /// The columns of the result after the keys, in order and as they are named exactly.
    pub(super) fn result_names(
        &self,
        plan: &Plan,
        selection: &Selection,
        output: Output,
    ) -> Vec<String> {
        let long = |name: &&str| match *name {
            "excluded_by" => self.excluded_by,
            "missing" => self.missing,
            _ => true,
        };
        match (output, self.layout) {
            (Output::Faults, _) => FAULTS.map(str::to_owned).to_vec(),
            (_, Layout::Long) => LONG.into_iter().filter(long).map(str::to_owned).collect(),
            (_, Layout::Wide) => {
                let derived = derived_columns::columns(plan).into_iter().map(|column| column.name);
                let ids = selection.supports.iter().filter_map(|id| plan.book.supports.get(*id));
                let ids: Vec<String> = ids.map(|support| support.id.clone()).collect();
                let exclusions: Vec<String> =
                    ids.iter().filter(|_| self.excluded_by).map(|id| excluded_by(id)).collect();
                let missing = self.missing.then(|| "missing".to_owned());
                derived.chain(ids).chain(exclusions).chain(missing).collect()
            }
        }
    }

    /// Columns that would have the same name, in the result or inside the query.
    fn clashes(
        &self,
        plan: &Plan,
        selection: &Selection,
        output: Output,
        faults: &mut Vec<SqlError>,
    ) {
        let results = self.result_names(plan, selection, output);
        let folded = |name: &str| self.naming.column(name).to_lowercase();
        for (index, key) in self.keys.iter().enumerate() {
            let same = |other: &String| folded(other) == folded(key);
            if results.iter().any(same) {
                faults.push(SqlError::Taken(key.clone()));
            }
            if self.keys.iter().take(index).any(same) {
                faults.push(SqlError::Twice(key.clone()));
            }
        }
        if self.naming == Naming::Exact {
            return;
        }
        let letters = |key: &&String| {
            let snake = self.naming.column(key);
            !key.is_ascii() || !snake.chars().any(|c| c.is_ascii_alphanumeric())
        };
        faults.extend(self.keys.iter().filter(letters).cloned().map(SqlError::NoSnakeCase));
        let internal = plan.book.catalogue.facts.iter().flat_map(|fact| internal_names(&fact.name));
        let keys = (1..=self.keys.len()).map(key);
        let internal = internal.chain(keys).chain([OPEN.to_owned()]);
        for names in [results, internal.collect()] {
            let mut names: Vec<(String, String)> =
                names.into_iter().map(|name| (self.naming.column(&name), name)).collect();
            names.sort();
            faults.extend(names.windows(2).filter_map(|pair| match pair {
                [(a, first), (b, second)] if a == b => {
                    Some(SqlError::SameInSnakeCase(first.clone(), second.clone(), a.clone()))
                }
                _ => None,
            }));
        }
    }
}

/// The columns that a fact may have inside a query.
fn internal_names(fact: &str) -> [String; 4] {
    [fact.to_owned(), stated(fact), fraction(fact), raw(fact)]
}

/// The column of what is stated of a fact that can also follow from others.
pub(super) fn stated(fact: &str) -> String {
    format!("stated.{fact}")
}

/// The column with the digits after the point.
pub(super) fn fraction(column: &str) -> String {
    format!("{column}.fraction")
}

/// The column of a cell as the table has it.
pub(super) fn raw(fact: &str) -> String {
    format!("raw.{fact}")
}

/// The column of what facts do not decide.
pub(super) const OPEN: &str = "open";

/// The column of a key, from 1.
pub(super) fn key(number: usize) -> String {
    format!("key.{number}")
}
