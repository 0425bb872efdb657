//! The query that lists the cells which cannot be read: one row a cell.
//!
//! In go a plan, a dialect and options; out comes the text. A cell is listed exactly where the query of the statuses
//! reads it as not known although the table has something there: both read by the same expressions. An empty text and
//! `unknown` are not known and no faults. A personal identity number is not shown.

use super::derived;
use super::dialect::Dialect;
use super::gather::Gathered;
use super::inputs;
use super::layout::Doc;
use super::names::comment;
use super::options::{FAULTS, Selection, SqlOptions, raw};
use super::print::Printer;
use super::query::{handed_on, identity, reads};
use super::read::form;
use super::rows::Rows;
use crate::facts::{Fact, FactSet, Kind};
use crate::plan::{NodeId, Plan};
use foldhash::HashMap;

pub(super) fn print(
    plan: &Plan,
    dialect: Dialect,
    options: &SqlOptions,
    selection: &Selection,
) -> String {
    let mut gathered = Gathered::new(plan, selection.facts);
    let values = derived::values(plan, &mut gathered);
    let statuses = selection.supports.iter().filter_map(|id| plan.supports.get(*id));
    let mut roots: Vec<NodeId> = statuses.map(|id| gathered.of(*id)).collect();
    roots.extend(values.iter().flat_map(derived::Value::nodes));
    let printer = Printer {
        dialect,
        naming: options.naming,
        catalogue: &plan.book.catalogue,
        // Each fact has one column here, of what is stated.
        derived: FactSet::default(),
        graph: &gathered.graph,
        named: HashMap::default(),
    };
    let mut tests = inputs::tests(&printer, &roots);
    for value in values.iter().filter(|value| selection.facts.contains(value.fact)) {
        tests.entry(value.fact).or_default();
    }
    let facts = || tests.keys().map(|id| plan.book.catalogue.fact(*id));
    let listed: Vec<&Fact> = facts().filter(|fact| can_fail(dialect, fact)).collect();
    let tests = listed.iter().map(|fact| (fact.id, Vec::new())).collect();

    let mut lines = identity(plan, dialect);
    lines.push(reads(options));
    lines.push(comment(&format!(
        "-- Gives {}fact, value and expected, one row for each cell that cannot be read and counts as",
        handed_on(options)
    )));
    lines.push(
        "-- not known. NULL, an empty text and 'unknown' are not known, and not listed.".to_owned(),
    );
    let mut out = lines.join("\n") + "\n";
    out.push_str(&inputs::print(plan, &printer, options, &tests, true));
    let mut rows = Rows::new(&printer, options.keys.len(), &FAULTS, "firm");
    for fact in listed {
        let text = |text: &str| Doc::Text(dialect.text(text));
        rows.push(&[], &[text(&fact.name), value(&printer, fact), text(&expected(fact))]);
    }
    let mut columns = rows.keys(&options.keys);
    columns.extend(FAULTS.map(|name| format!("{} AS {}", rows.column(name), printer.quoted(name))));
    let [_, value, _] = FAULTS;
    let condition = format!("{} IS NOT NULL", rows.column(value));
    out.push_str(&rows.print(&columns, Some(&condition)));
    out
}

/// Whether a column of the fact's type can hold what is not read.
fn can_fail(dialect: Dialect, fact: &Fact) -> bool {
    fact.kind != Kind::Bool || dialect == Dialect::Sqlite
}

/// The cell if it cannot be read, otherwise NULL.
fn value(printer: &Printer<'_>, fact: &Fact) -> Doc {
    let dialect = printer.dialect;
    let cell = printer.column(&raw(&fact.name));
    let read = printer.column(&fact.name);
    let plain = dialect.plain(&cell);
    let shown = match fact.kind {
        Kind::Enum { .. } | Kind::Code { .. } => personal(dialect, &cell),
        _ => cell,
    };
    Doc::Text(format!(
        "CASE
                WHEN {read} IS NULL
                    AND lower(trim({plain})) NOT IN ('', 'unknown')
                THEN {shown}
            END"
    ))
}

/// A text, or `…` where it is a personal identity number: seventeen digits and a digit or X, with a date of birth.
fn personal(dialect: Dialect, cell: &str) -> String {
    let text = format!("trim({})", dialect.plain(cell));
    let part = |from: usize, count: usize| format!("substr({text}, {from}, {count})");
    format!(
        "CASE
                    WHEN length({text}) = 18
                        AND {digits}
                        AND {last}
                        AND {year} BETWEEN '1900' AND '2099'
                        AND {month} BETWEEN '01' AND '12'
                        AND {day} BETWEEN '01' AND '31'
                    THEN '…'
                    ELSE {cell}
                END",
        digits = dialect.only(&part(1, 17), "0123456789"),
        last = dialect.only(&part(18, 1), "0123456789Xx"),
        year = part(7, 4),
        month = part(11, 2),
        day = part(13, 2),
    )
}

/// What a cell must have.
fn expected(fact: &Fact) -> String {
    let values = || {
        let names: Vec<&str> = fact.values.iter().map(|value| value.name.as_str()).collect();
        names.join(", ")
    };
    match &fact.kind {
        Kind::Bool => "1 or 0".to_owned(),
        Kind::Number { whole, min, max, .. } => {
            let number = if *whole { "a whole number" } else { "a number" };
            format!("{number} from {min} to {max}")
        }
        Kind::Enum { .. } => format!("one of: {}", values()),
        Kind::EnumList => format!("a list of: {}", values()),
        Kind::Code { format, .. } => form(*format).to_owned(),
        Kind::Codes { format } => format!("a list of: {}", form(*format)),
    }
}
