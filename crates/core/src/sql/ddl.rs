//! The table that the query reads: one column a fact, with what it is in a comment.
//!
//! In go the catalogue, a dialect and names; out come statements. No column is NOT NULL, since NULL
//! is “not known”; checks stop what the query would have to read as unknown. Foreign keys, indexes
//! and partitions are the bank's own.

use super::dialect::Dialect;
use super::layout::fill;
use super::names::{comment, source};
use super::options::{Selection, SqlOptions};
use super::read::form;
use crate::facts::{Fact, Format, Kind};
use crate::plan::Plan;
use std::fmt::Write as _;

pub(super) fn print(
    plan: &Plan,
    dialect: Dialect,
    options: &SqlOptions,
    selection: &Selection,
) -> String {
    let book = &plan.book;
    let name = source(dialect, &options.source);
    let facts = || book.catalogue.facts.iter().filter(|fact| selection.facts.contains(fact.id));
    let mut out = comment(&format!(
        "-- export-advisor {}, printed for {}",
        env!("CARGO_PKG_VERSION"),
        dialect.name()
    ));
    let _ = write!(out, "\n-- rule book {}\nCREATE TABLE {name} (\n", book.version);
    let mut columns: Vec<(String, String)> = Vec::new();
    // A key that is a fact has its column already.
    for key in options.keys.iter().filter(|key| facts().all(|fact| fact.name != **key)) {
        let column = format!("    {} {}", dialect.quoted(key), dialect.text_type());
        columns.push((String::new(), column));
    }
    for fact in facts() {
        let note = format!("    -- {}", description(fact));
        let mut column =
            format!("    {} {}", dialect.quoted(&fact.name), dialect.column_type(fact));
        match dialect {
            Dialect::Spark => {
                let _ = write!(column, " COMMENT {}", dialect.text(&description(fact)));
            }
            _ => {
                if let Some(check) = check(dialect, fact) {
                    let _ = write!(column, "\n        CHECK ({check})");
                }
            }
        }
        columns.push((if dialect == Dialect::Spark { String::new() } else { note }, column));
    }
    let count = columns.len();
    for (index, (note, column)) in columns.into_iter().enumerate() {
        if !note.is_empty() {
            let _ = writeln!(out, "{}", comment(&note));
        }
        let comma = if index + 1 < count { "," } else { "" };
        let _ = writeln!(out, "{column}{comma}");
    }
    out.push_str(if dialect == Dialect::Spark { ") USING parquet;\n" } else { ");\n" });
    if matches!(dialect, Dialect::PostgreSql | Dialect::DuckDb) {
        for fact in facts() {
            let column = dialect.quoted(&fact.name);
            let text = dialect.text(&comment(&description(fact)));
            let _ = writeln!(out, "COMMENT ON COLUMN {name}.{column} IS {text};");
        }
    }
    out
}

/// What a fact is, with its unit and form.
fn description(fact: &Fact) -> String {
    let unit = match &fact.kind {
        Kind::Number { unit, .. } => format!(" ({} · {})", unit.zh, unit.en),
        Kind::Code { format, none } => {
            let none = if *none { "; 'none': known to be none" } else { "" };
            format!(" ({}{none})", form(*format))
        }
        Kind::Codes { format } => format!(" (list: {})", form(*format)),
        Kind::EnumList => " (list)".to_owned(),
        Kind::Bool | Kind::Enum { .. } => String::new(),
    };
    format!("{} · {}{unit}", fact.label.zh, fact.label.en)
}

/// What a value must be, if the engine can say it in a check.
fn check(dialect: Dialect, fact: &Fact) -> Option<String> {
    let column = dialect.quoted(&fact.name);
    let sqlite = dialect == Dialect::Sqlite;
    Some(match &fact.kind {
        Kind::Bool if sqlite => format!("{column} IN (0, 1)"),
        Kind::Bool | Kind::Codes { .. } | Kind::EnumList if !sqlite => return None,
        Kind::Number { whole: true, min, max, .. } if sqlite => {
            format!(
                "{column} IS NULL OR typeof({column}) = 'integer' AND {column} BETWEEN {min} AND {max}"
            )
        }
        Kind::Number { .. } if sqlite => {
            // Digits with at most one point: anything else would be compared wrongly.
            format!(
                "{column} GLOB '[0-9]*' AND {column} NOT GLOB '*[^0-9.]*' AND {column} NOT GLOB '*.*.*'"
            )
        }
        Kind::Number { min, max, .. } => format!("{column} BETWEEN {min} AND {max}"),
        Kind::Enum { .. } => {
            let values: Vec<String> =
                fact.values.iter().map(|value| dialect.text(&value.name)).collect();
            format!("{column} IN ({})", fill(&values, ", ", 12))
        }
        Kind::Code { format: Format::Uscc, .. } => format!("length({column}) = 18"),
        Kind::Code { format: Format::Division, none } => {
            let none = if *none { format!(" OR {column} = 'none'") } else { String::new() };
            format!("length({column}) = 6{none}")
        }
        Kind::Code { .. } => format!("length({column}) BETWEEN 2 AND 5"),
        _ => format!("{column} IS NULL OR json_valid({column}) AND json_type({column}) = 'array'"),
    })
}
