//! What columns and tables are called in a query.
//!
//! In go nodes, out come names that say what is tested, unique in the query. Names of facts and
//! supports are taken as they are; nothing else decides over a name.

use super::dialect::Dialect;
use super::gather::{Leaf, Node, parts};
use super::options::{LONGEST_NAME, OPEN, Source, stated};
use super::print::Printer;
use crate::condition::Test;
use crate::facts::Fact;
use crate::plan::NodeId;
use foldhash::HashSet;

/// What stands after FROM: a table's name, each part of it quoted, or an expression as it is.
pub(super) fn source(dialect: Dialect, source: &Source) -> String {
    match source {
        Source::Table(name) => {
            let parts: Vec<String> = name.split('.').map(|part| dialect.quoted(part)).collect();
            parts.join(".")
        }
        Source::Expression(text) => text.clone(),
    }
}

/// A comment on one line, whatever the text has.
pub(super) fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Appends comments on lines of their own.
pub(super) fn push_comments(comments: &[String], indent: &str, out: &mut String) {
    for line in comments {
        if !line.is_empty() {
            out.push_str(indent);
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// A name for a node's column that says what it is.
pub(super) fn node_name(printer: &Printer<'_>, id: NodeId, taken: &mut HashSet<String>) -> String {
    let plain = match printer.graph.node(id) {
        // What is known of a derived fact.
        Node::Coalesce(first, _) => match printer.graph.node(*first) {
            Node::Test(Leaf::Fact(fact, test)) => test_name(printer.catalogue.fact(*fact), test),
            _ => of_facts(printer, id, "known"),
        },
        Node::Test(Leaf::Fact(fact, test)) => {
            let fact = printer.catalogue.fact(*fact);
            let name = test_name(fact, test);
            if printer.derived.contains(fact.id) { stated(&name) } else { name }
        }
        // There are hundreds, none of which its facts would tell from the others.
        _ if printer.graph.is_never_unknown(id) => "missing".to_owned(),
        Node::Test(_) => of_facts(printer, id, "is"),
        Node::Not(_) => of_facts(printer, id, "not"),
        Node::And(_) => of_facts(printer, id, "all"),
        Node::Or(_) => of_facts(printer, id, "any"),
        Node::Indeterminate => OPEN.to_owned(),
    };
    let mut name = plain.clone();
    let mut number = 1;
    while !taken.insert(printer.naming.column(&name).to_lowercase()) {
        number += 1;
        name = format!("{plain}.{number}");
    }
    name
}

/// `all(industry, employees)`: the facts of a condition, or how many there are.
fn of_facts(printer: &Printer<'_>, id: NodeId, keyword: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut waiting = vec![id];
    let mut seen: HashSet<NodeId> = HashSet::default();
    while let Some(id) = waiting.pop() {
        match printer.graph.node(id) {
            Node::Test(Leaf::Fact(fact, _) | Leaf::FactUnknown(fact)) => {
                names.push(&printer.catalogue.fact(*fact).name);
            }
            // A derived fact stands for what it follows from.
            Node::Coalesce(first, _) => waiting.push(*first),
            node => waiting.extend(parts(node).copied().filter(|part| seen.insert(*part))),
        }
    }
    names.sort_unstable();
    names.dedup();
    let some = |count: usize| {
        let more = names.len() - count;
        let listed = names.iter().take(count).copied().collect::<Vec<_>>().join("+");
        if more == 0 { format!("{keyword}.{listed}") } else { format!("{keyword}.{listed}+{more}") }
    };
    let choices: Vec<String> = (1..=names.len())
        .rev()
        .map(some)
        .chain([format!("{keyword}.{}_facts", names.len())])
        .collect();
    fitting(&choices)
}

fn test_name(fact: &Fact, test: &Test) -> String {
    let name = &fact.name;
    let list = |keyword: &str, items: Vec<String>| {
        fitting(&[
            format!("{name}.{keyword}.{}", items.join("+")),
            format!("{name}.{keyword}.{}_values", items.len()),
            format!("{name}.{keyword}"),
        ])
    };
    let values = |indices: &[u16]| indices.iter().map(|p| fact.value_name(*p).to_owned()).collect();
    match test {
        Test::Yes => name.clone(),
        Test::AtLeast(n) => format!("{name}.at_least.{n}"),
        Test::MoreThan(n) => format!("{name}.more_than.{n}"),
        Test::Equals(n) => format!("{name}.is.{n}"),
        Test::AtMost(index) => format!("{name}.at_most.{}", fact.value_name(*index)),
        Test::OneOf(indices) => list("in", values(indices)),
        Test::HasValue(indices) => list("has", values(indices)),
        Test::StartsWith(codes) => list("starts", codes.clone()),
        Test::RegisteredIn(codes) => list("registered_in", codes.clone()),
        Test::HasCode(codes) => list("has", codes.clone()),
        Test::HasStart(codes) => list("has_start", codes.clone()),
        Test::Empty => format!("{name}.none"),
    }
}

/// The first name that is short enough for a number, and that can be read at a glance.
fn fitting(names: &[String]) -> String {
    const SUFFIX: usize = 6;
    const GLANCE: usize = 40;
    let fits =
        |name: &&String| name.len() + SUFFIX <= LONGEST_NAME && name.chars().count() <= GLANCE;
    let short = names.iter().find(fits).or_else(|| names.last());
    short.cloned().unwrap_or_default()
}
