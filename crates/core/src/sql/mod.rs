//! The rule book as SQL: one query over a table of firms, the table, and what goes with them.
//!
//! In go a plan, a dialect and options; out comes a text. SQL's
//! NULL is the unknown of three-valued logic, so AND, OR and NOT are themselves and “stated,
//! otherwise derived” is COALESCE. A column has the name of its fact, a support's column has its
//! id. It connects to no database and evaluates no firm.

mod assumed;
mod ddl;
mod derived;
mod derived_columns;
mod dialect;
mod faults;
mod gather;
mod inputs;
mod layers;
mod layout;
mod missing;
mod names;
mod options;
mod print;
mod query;
mod read;
mod result;
mod rows;
mod supports;

use crate::plan::Plan;
use options::Output;

pub use dialect::Dialect;
pub use options::{Layout, Naming, Source, SqlError, SqlOptions};

/// The query that gives each firm of a table its derived facts and the status of every support.
///
/// # Errors
/// All that stands against it.
pub fn query(plan: &Plan, dialect: Dialect, options: &SqlOptions) -> Result<String, Vec<SqlError>> {
    let selection = options.select(plan, dialect, Output::Query)?;
    Ok(query::print(plan, dialect, options, &selection))
}

/// The query that lists the cells which [`query()`] reads as not known although they hold something: the key columns,
/// the fact, the cell as a text, and what is expected there.
///
/// # Errors
/// All that stands against it.
pub fn faults(
    plan: &Plan,
    dialect: Dialect,
    options: &SqlOptions,
) -> Result<String, Vec<SqlError>> {
    let selection = options.select(plan, dialect, Output::Faults)?;
    Ok(faults::print(plan, dialect, options, &selection))
}

/// The query that gives the supports themselves: title, measure, sentences and window. It reads no table.
///
/// # Errors
/// All that stands against the options.
pub fn supports(
    plan: &Plan,
    dialect: Dialect,
    options: &SqlOptions,
) -> Result<String, Vec<SqlError>> {
    let selection = options.select(plan, dialect, Output::Query)?;
    Ok(supports::print(plan, dialect, &selection))
}

/// The statement that makes the table which the query reads.
///
/// # Errors
/// All that stands against it; an expression is no table.
pub fn ddl(plan: &Plan, dialect: Dialect, options: &SqlOptions) -> Result<String, Vec<SqlError>> {
    let selection = options.select(plan, dialect, Output::Table)?;
    Ok(ddl::print(plan, dialect, options, &selection))
}
