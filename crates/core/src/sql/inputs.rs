//! The CTEs that read the table: cells as texts, then values as the rules see them.
//!
//! In go the facts that are asked for with their tests; out come the CTEs up to `firm`, which has one column a key and
//! a fact. Whatever the fact catalogue does not allow is NULL there; for the query that lists such cells, `firm` also
//! has each cell as it is.

use super::gather::{Leaf, Node};
use super::layers::ordered;
use super::layout::{Doc, fill};
use super::names::source;
use super::options::{OPEN, SqlOptions, key, raw};
use super::print::Printer;
use super::read::{RETIRED, Reader};
use crate::condition::Test;
use crate::facts::{Fact, FactId, Format, Kind};
use crate::plan::{NodeId, Plan};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The facts that a query reads, with the tests of each.
pub(super) type Tests = BTreeMap<FactId, Vec<Test>>;

/// The tests that some nodes are made of.
pub(super) fn tests(printer: &Printer<'_>, roots: &[NodeId]) -> Tests {
    let mut tests = Tests::new();
    for id in ordered(printer, roots.to_vec()) {
        match printer.graph.node(id) {
            Node::Test(Leaf::Fact(fact, test)) => {
                tests.entry(*fact).or_default().push(test.clone());
            }
            Node::Test(Leaf::FactUnknown(fact)) => {
                tests.entry(*fact).or_default();
            }
            _ => {}
        }
    }
    tests
}

/// The CTEs that read the table; `with_raw_cells` adds each cell as the table has it.
pub(super) fn print(
    plan: &Plan,
    printer: &Printer<'_>,
    options: &SqlOptions,
    tests: &Tests,
    with_raw_cells: bool,
) -> String {
    let dialect = printer.dialect;
    let reader = Reader { dialect, reference: &plan.book.reference };
    // What is read instead of an old code is known or not with it.
    let retired = if with_raw_cells { Vec::new() } else { retired(plan, tests) };
    let fence = dialect.fence();
    let mut ctes: Vec<String> = Vec::new();
    if !retired.is_empty() {
        let rows: Vec<String> = retired
            .iter()
            .map(|(code, now)| format!("({}, {})", dialect.text(code), dialect.text(now)))
            .collect();
        let note = "-- Division codes that are no longer in force, and the one to read instead; only those\n-- of which the rules say something else than of their successor.\n";
        ctes.push(format!(
            "{note}{RETIRED}(code, now) AS (\n    VALUES\n        {}\n)",
            fill(&rows, ", ", 8)
        ));
    }
    let of_table = |name: &str| Doc::Text(format!("t.{}", dialect.quoted(name)));
    let handed_on = |name: String| (Doc::Text(format!("t.{}", printer.quoted(&name))), name);
    let keys: Vec<(Doc, String)> =
        (1..).zip(&options.keys).map(|(n, name)| (of_table(name), key(n))).collect();
    let facts: Vec<(&Fact, &Vec<Test>)> =
        tests.iter().map(|(id, tests)| (plan.book.catalogue.fact(*id), tests)).collect();
    let mut further: Vec<String> = keys.iter().map(|(_, name)| name.clone()).collect();
    let mut columns = keys;
    columns.extend(facts.iter().map(|(fact, _)| (Doc::Text(reader.text(fact)), fact.name.clone())));
    if with_raw_cells {
        for (fact, _) in &facts {
            columns.push((Doc::Text(reader.raw_text(fact)), raw(&fact.name)));
            further.push(raw(&fact.name));
        }
    }
    ctes.push(format!(
        "-- The table; codes trimmed and in upper case.\ntable_text {fence} (\n    SELECT\n        {}\n    FROM {} AS t\n)",
        listed(printer, &columns),
        source(dialect, &options.source)
    ));
    let mut joins = String::new();
    let mut columns: Vec<(Doc, String)> = further.into_iter().map(handed_on).collect();
    if !with_raw_cells {
        columns.push((Doc::Text("CAST(NULL AS BOOLEAN)".to_owned()), OPEN.to_owned()));
    }
    for (fact, tests) in facts {
        let division = matches!(fact.kind, Kind::Code { format: Format::Division, .. });
        let join = (division && !retired.is_empty()).then(|| format!("retired_{}", fact.name));
        if let Some(alias) = &join {
            let code = dialect.quoted(&fact.name);
            let _ = write!(
                joins,
                "\n    LEFT JOIN {RETIRED} AS {alias} ON {alias}.code = substr(t.{code}, 1, 6)"
            );
        }
        let digits = tests.iter().any(|test| printer.needs_fraction(test));
        let name = printer.stated(fact);
        columns.extend(reader.columns(fact, &name, join.as_deref(), digits));
    }
    let note = if with_raw_cells {
        "-- Values as they are read, beside each cell as it is."
    } else {
        "-- Values as they are read: what the fact catalogue does not allow counts as not known.\n-- “open” is what facts do not decide."
    };
    ctes.push(format!(
        "{note}\nfirm {fence} (\n    SELECT\n        {}\n    FROM table_text AS t{joins}\n)",
        listed(printer, &columns),
    ));
    format!("WITH\n{}", ctes.join(",\n\n"))
}

fn listed(printer: &Printer<'_>, columns: &[(Doc, String)]) -> String {
    let lines: Vec<String> = columns
        .iter()
        .map(|(doc, name)| format!("{} AS {}", doc.lines(8), printer.quoted(name)))
        .collect();
    lines.join(",\n        ")
}

/// The retired divisions of which some test says something else than of what replaced them.
fn retired(plan: &Plan, tests: &Tests) -> Vec<(String, String)> {
    let starts: Vec<&Vec<String>> = tests
        .iter()
        .filter(|(id, _)| {
            let kind = &plan.book.catalogue.fact(**id).kind;
            matches!(kind, Kind::Code { format: Format::Division, .. })
        })
        .flat_map(|(_, tests)| tests)
        .filter_map(|test| match test {
            Test::StartsWith(starts) => Some(starts),
            _ => None,
        })
        .collect();
    let begins = |code: &str, any: &[String]| any.iter().any(|s| code.starts_with(s.as_str()));
    plan.book
        .reference
        .retired()
        .filter(|(code, now)| starts.iter().any(|any| begins(code, any) != begins(now, any)))
        .map(|(code, now)| (code.to_owned(), now.to_owned()))
        .collect()
}
