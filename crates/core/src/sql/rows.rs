//! Several rows for each row of a table, as each engine writes it.
//!
//! In go tuples of expressions over `f`; out comes a SELECT with one row a tuple and a row of the table. PostgreSQL,
//! DuckDB and Spark read the table once; SQLite, which has no lateral join, reads it once a tuple.

use super::dialect::Dialect;
use super::layout::Doc;
use super::names::push_comments;
use super::options::key;
use super::print::Printer;

/// Rows to be printed.
pub(super) struct Rows<'a> {
    printer: &'a Printer<'a>,
    keys: usize,
    names: Vec<&'static str>,
    from: String,
    tuples: Vec<String>,
}

impl<'a> Rows<'a> {
    /// Rows of the columns `names`, for each row of `from`, whose key columns are numbered from 1.
    pub(super) fn new(
        printer: &'a Printer<'a>,
        keys: usize,
        names: &[&'static str],
        from: &str,
    ) -> Self {
        Self { printer, keys, names: names.to_vec(), from: from.to_owned(), tuples: Vec::new() }
    }

    /// A tuple, under comments.
    pub(super) fn push(&mut self, comments: &[String], cells: &[Doc]) {
        let indent = match self.printer.dialect {
            Dialect::Sqlite => 4,
            _ => 8,
        };
        let margin = " ".repeat(indent);
        let mut out = String::new();
        push_comments(comments, &margin, &mut out);
        let cells = cells.iter().map(|cell| cell.lines(indent + 4));
        let cells: Vec<String> = match self.printer.dialect {
            Dialect::Sqlite => {
                cells.zip(&self.names).map(|(cell, name)| format!("{cell} AS {name}")).collect()
            }
            _ => cells.collect(),
        };
        let between = format!(",\n{margin}    ");
        out.push_str(&match self.printer.dialect {
            Dialect::Sqlite => {
                let keys = (1..=self.keys).map(|n| self.printer.column(&key(n)));
                let cells: Vec<String> = keys.chain(cells).collect();
                format!(
                    "{margin}SELECT\n{margin}    {}\n{margin}FROM {} AS f",
                    cells.join(&between),
                    self.from
                )
            }
            Dialect::Spark => format!("{margin}{}", cells.join(&between)),
            Dialect::PostgreSql | Dialect::DuckDb => format!("{margin}({})", cells.join(&between)),
        });
        self.tuples.push(out);
    }

    /// The key columns under their own names.
    pub(super) fn keys(&self, names: &[String]) -> Vec<String> {
        let row = if self.printer.dialect == Dialect::Sqlite { "s" } else { "f" };
        let column = |n: usize| format!("{row}.{}", self.printer.quoted(&key(n)));
        (1..)
            .zip(names)
            .map(|(n, name)| format!("{} AS {}", column(n), self.printer.quoted(name)))
            .collect()
    }

    /// A column of the tuples.
    pub(super) fn column(&self, name: &str) -> String {
        format!("s.{name}")
    }

    /// The SELECT of some columns, where a condition holds.
    pub(super) fn print(&self, columns: &[String], condition: Option<&str>) -> String {
        let from = &self.from;
        let names = self.names.join(", ");
        let rows = match self.printer.dialect {
            Dialect::PostgreSql | Dialect::DuckDb => format!(
                "FROM {from} AS f\nCROSS JOIN LATERAL (\n    VALUES\n{}\n) AS s({names})",
                self.tuples.join(",\n")
            ),
            Dialect::Spark => format!(
                "FROM {from} AS f\nLATERAL VIEW stack(\n        {},\n{}\n    ) s AS {names}",
                self.tuples.len(),
                self.tuples.join(",\n")
            ),
            Dialect::Sqlite => {
                format!("FROM (\n{}\n) AS s", self.tuples.join("\n    UNION ALL\n"))
            }
        };
        let condition = condition.map_or_else(String::new, |text| format!("\nWHERE {text}"));
        format!("\n\nSELECT\n    {}\n{rows}{condition}\n", columns.join(",\n    "))
    }
}
