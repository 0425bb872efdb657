//! The rule book as SQL: one query over a table of firms, and the table.
//!
//! In go a plan, a dialect and the names of the table and its key columns; out comes a text. SQL's
//! NULL is the unknown of three-valued logic, so AND, OR and NOT are themselves and “stated,
//! otherwise derived” is COALESCE. A column has the name of its fact, a support's column has its
//! id. It connects to no database and evaluates no firm.

mod ddl;
mod derived;
mod dialect;
mod gather;
mod layout;
mod names;
mod print;
mod query;
mod read;

use crate::facts::Kind;
use crate::plan::Plan;

pub use dialect::Dialect;

/// The names that a query is printed for, and the columns that it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The table of firms; dots separate its schema.
    pub table: String,
    /// Columns that are handed on unchanged, so that a result can be joined to its firm.
    pub keys: Vec<String>,
    /// Whether each support has one more column, which tells what excludes a firm.
    pub excluded_by: bool,
}

impl Default for Names {
    fn default() -> Self {
        Self { table: "firms".to_owned(), keys: vec!["id".to_owned()], excluded_by: false }
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
        "the support `{0}` has too long an id for a column `{0}_excluded_by`: 51 bytes at most; print the query without these columns"
    )]
    LongId(String),
    /// A key column is named twice.
    #[error("the key column `{0}` is named twice: name it once")]
    Twice(String),
}

/// The longest name, in bytes: PostgreSQL cuts off what is longer.
pub(crate) const LONGEST_NAME: usize = 63;

impl Names {
    /// All that is wrong with the names for the results of a plan.
    #[must_use]
    pub fn faults(&self, plan: &Plan) -> Vec<SqlError> {
        let usable = |name: &str| {
            !name.is_empty() && name.len() <= LONGEST_NAME && !name.chars().any(char::is_control)
        };
        let parts = self.table.split('.').chain(self.keys.iter().map(String::as_str));
        let mut faults: Vec<SqlError> = parts
            .filter(|name| !usable(name))
            .map(|name| SqlError::Unusable(name.chars().filter(|c| !c.is_control()).collect()))
            .collect();
        let supports = plan.book.supports.iter().filter(|_| self.excluded_by);
        let is_long = |id: &str| query::excluded_by(id).len() > LONGEST_NAME;
        let long = supports.filter(|support| is_long(&support.id));
        faults.extend(long.map(|support| SqlError::LongId(support.id.clone())));
        let results = query::result_names(plan, self.excluded_by);
        for (index, key) in self.keys.iter().enumerate() {
            let same = |other: &String| other.to_lowercase() == key.to_lowercase();
            if results.iter().any(same) {
                faults.push(SqlError::Taken(key.clone()));
            }
            if self.keys.iter().take(index).any(same) {
                faults.push(SqlError::Twice(key.clone()));
            }
        }
        faults
    }
}

/// The query that gives each firm of a table its derived facts and the status of every support.
///
/// # Errors
/// All that stands against it.
pub fn query(plan: &Plan, dialect: Dialect, names: &Names) -> Result<String, Vec<SqlError>> {
    printable(plan, dialect, names).map(|()| query::print(plan, dialect, names))
}

/// The statement that makes the table which the query reads.
///
/// # Errors
/// All that stands against it.
pub fn ddl(plan: &Plan, dialect: Dialect, names: &Names) -> Result<String, Vec<SqlError>> {
    printable(plan, dialect, names).map(|()| ddl::print(plan, dialect, names))
}

fn printable(plan: &Plan, dialect: Dialect, names: &Names) -> Result<(), Vec<SqlError>> {
    let mut faults = names.faults(plan);
    if dialect == Dialect::Sqlite {
        let below_zero = |kind: &Kind| matches!(kind, Kind::Number { whole: false, min, .. } if min.is_sign_negative());
        let facts = plan.book.catalogue.facts.iter().filter(|fact| below_zero(&fact.kind));
        faults.extend(facts.map(|fact| SqlError::Negative(fact.name.clone())));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}
