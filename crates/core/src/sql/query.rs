//! The query: CTEs that read the table, those that compute what several conditions share, and the
//! SELECT of a column a support.
//!
//! In go a plan, a dialect and names; out comes the text. Which nodes have a column of their own is
//! decided here, and what the columns are called; how a node is printed is not.

use super::dialect::Dialect;
use super::gather::Gathered;
use super::layout::{Doc, fill};
use super::names::{comment, node_name, table};
use super::print::Printer;
use super::read::{RETIRED, Reader};
use super::{Names, derived};
use crate::condition::Test;
use crate::facts::{Fact, FactId, FactSet, Format, Kind};
use crate::plan::{Node, NodeId, Plan};
use crate::rulebook::{Criterion, ExcludedBy, Policy, Support};
use foldhash::{HashMap, HashSet};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// An expression that is longer than this has a column of its own if it is used more than once.
const SHORT: usize = 48;

/// The column that tells what excludes a firm from a support.
pub(super) fn excluded_by(support: &str) -> String {
    format!("{support}_excluded_by")
}

/// The columns of the result after the keys, in order.
pub(super) fn result_names(plan: &Plan, exclusions: bool) -> Vec<String> {
    let derived = derived::columns(plan).into_iter().map(|column| column.name);
    let supports = &plan.book.supports;
    let exclusions = supports.iter().filter(|_| exclusions).map(|s| excluded_by(&s.id));
    let statuses = supports.iter().map(|support| support.id.clone());
    derived.chain(statuses).chain(exclusions).collect()
}

/// What tells what excludes a firm: per support, nodes with what excludes a firm if they are false, the
/// strongest first.
type Exclusions = Vec<Vec<(NodeId, ExcludedBy)>>;

fn exclusions(plan: &Plan, gathered: &Gathered) -> Exclusions {
    let supports = plan.book.supports.iter().zip(&plan.exclusions).zip(&plan.supports);
    let all = supports.map(|((support, exclusion), status)| {
        let by_reading = |c: &Criterion| c.basis.excludes_by() == ExcludedBy::Reading;
        // If neither of the others is false, a support is false by our reading alone.
        let reading = support.criteria.iter().any(by_reading).then_some(*status);
        let nodes = [exclusion.text, exclusion.needs, reading].into_iter().zip(ExcludedBy::ALL);
        nodes.filter_map(|(node, by)| Some((gathered.of(node?), by))).collect()
    });
    all.collect()
}

pub(super) fn print(plan: &Plan, dialect: Dialect, names: &Names) -> String {
    let mut gathered = Gathered::new(plan);
    let values = derived::values(plan, &mut gathered);
    let statuses: Vec<NodeId> = plan.supports.iter().map(|node| gathered.of(*node)).collect();
    let exclusions =
        if names.excluded_by { exclusions(plan, &gathered) } else { Exclusions::default() };
    let excluding = exclusions.iter().flatten().map(|(node, _)| *node);
    let roots: Vec<NodeId> = values
        .iter()
        .flat_map(derived::Value::nodes)
        .chain(statuses.iter().copied())
        .chain(excluding)
        .collect();
    let derived_facts: FactSet = plan.derived.iter().map(|nodes| nodes.fact).collect();
    let mut printer = Printer {
        dialect,
        catalogue: &plan.book.catalogue,
        derived: derived_facts,
        graph: &gathered.graph,
        named: HashMap::default(),
    };
    let layers = Layers::find(&mut printer, &roots);
    let mut query = Query { plan, printer, names, out: String::new() };
    query.header();
    query.inputs(&roots);
    let last = query.layers(&layers);
    query.result(&values, &statuses, &exclusions, &last);
    query.out
}

/// The nodes with a column, by the CTE in which it can be computed.
struct Layers(Vec<Vec<NodeId>>);

impl Layers {
    /// Names the nodes that are worth a column, parts first.
    fn find(printer: &mut Printer<'_>, roots: &[NodeId]) -> Self {
        let mut uses: HashMap<NodeId, usize> = HashMap::default();
        let mut waiting = roots.to_vec();
        let mut seen: HashSet<NodeId> = HashSet::default();
        while let Some(id) = waiting.pop() {
            *uses.entry(id).or_default() += 1;
            if seen.insert(id) {
                waiting.extend(printer.graph.node(id).parts().copied());
            }
        }
        let mut reached: Vec<NodeId> = seen.into_iter().collect();
        reached.sort_unstable();
        let mut taken: HashSet<String> =
            printer.catalogue.facts.iter().map(|fact| printer.stated(fact)).collect();
        let mut depth: HashMap<NodeId, usize> = HashMap::default();
        let mut layers: Vec<Vec<NodeId>> = Vec::new();
        // New nodes may stand below older ones in the graph: order by parts, not by index.
        for id in ordered(printer, reached) {
            let parts = printer.graph.node(id).parts();
            let below = parts.filter_map(|part| depth.get(part)).max().copied().unwrap_or(0);
            let shared = uses.get(&id).is_some_and(|count| *count > 1);
            if shared && printer.definition(id, false).flat().chars().count() > SHORT {
                let name = node_name(printer, id, &mut taken);
                printer.named.insert(id, name);
                match layers.get_mut(below) {
                    Some(layer) => layer.push(id),
                    None => layers.push(vec![id]),
                }
                depth.insert(id, below + 1);
            } else {
                depth.insert(id, below);
            }
        }
        Self(layers)
    }
}

/// The nodes in an order in which parts come first.
fn ordered(printer: &Printer<'_>, reached: Vec<NodeId>) -> Vec<NodeId> {
    let mut done: HashSet<NodeId> = HashSet::default();
    let mut order = Vec::with_capacity(reached.len());
    for root in reached {
        let mut waiting = vec![(root, false)];
        while let Some((id, parts_done)) = waiting.pop() {
            if done.contains(&id) {
                continue;
            }
            if parts_done {
                done.insert(id);
                order.push(id);
            } else {
                waiting.push((id, true));
                waiting.extend(printer.graph.node(id).parts().map(|p| (*p, false)));
            }
        }
    }
    order
}

struct Query<'a> {
    plan: &'a Plan,
    printer: Printer<'a>,
    names: &'a Names,
    out: String,
}

impl Query<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn header(&mut self) {
        let book = &self.plan.book;
        let dialect = self.printer.dialect.name();
        let program = env!("CARGO_PKG_VERSION");
        self.line(&format!("-- export-advisor {program}, printed for {dialect}"));
        self.line(&format!("-- rule book {}", book.version));
        for policy in &book.policies {
            let line = format!("-- {} {} · {}", policy.number, policy.title.zh, policy.title.en);
            self.line(&comment(&line));
        }
        let keys = self.names.keys.join(", ");
        let supports = book.supports.len();
        let derived = derived::columns(self.plan).len();
        self.line("--");
        self.line(&comment(&format!(
            "-- Reads the table {}; a column has the name of its fact (export-advisor facts).",
            self.names.table
        )));
        let handed_on = if keys.is_empty() { String::new() } else { format!("{keys}, then ") };
        self.line(&comment(&format!(
            "-- Gives {handed_on}{derived} columns of derived facts, then {supports} columns, one a support:"
        )));
        self.line("-- true 适用 applies · false 不适用 does not apply · NULL 待定 undetermined.");
        if self.names.excluded_by {
            self.line(&format!(
                "-- Then {supports} columns, one a support, of what excludes a firm where it does not apply:"
            ));
            self.line(
                "-- 'text' 原文的条件 a condition of the text · 'no_need' 没有需要 no such need · 'reading' 只是我们的理解 only our reading.",
            );
        }
        self.line(
            "-- NULL in a fact's column is “not known”; an empty list is “known to be none”.",
        );
        self.line(
            "-- Whether a support can be had on a day is not in its column: see its comment.",
        );
    }

    /// The CTEs that read the table.
    fn inputs(&mut self, roots: &[NodeId]) {
        let mut tests: BTreeMap<FactId, Vec<Test>> = BTreeMap::new();
        for id in ordered(&self.printer, roots.to_vec()) {
            if let Node::Test((fact, test)) = self.printer.graph.node(id) {
                tests.entry(*fact).or_default().push(test.clone());
            }
        }
        // What is stated of a derived fact is shown, even if nothing tests it.
        for column in derived::columns(self.plan) {
            tests.entry(column.fact).or_default();
        }
        let dialect = self.printer.dialect;
        let reader = Reader { dialect, reference: &self.plan.book.reference };
        let retired = self.retired(&tests);
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
        let keys: Vec<(Doc, String)> = (1..)
            .zip(&self.names.keys)
            .map(|(n, key)| (of_table(key), format!("key.{n}")))
            .collect();
        let facts: Vec<(&Fact, &Vec<Test>)> =
            tests.iter().map(|(id, tests)| (self.plan.book.catalogue.fact(*id), tests)).collect();
        let handed_on: Vec<String> = keys.iter().map(|(_, name)| name.clone()).collect();
        let texts = facts.iter().map(|(fact, _)| (Doc::Text(reader.text(fact)), fact.name.clone()));
        let columns: Vec<(Doc, String)> = keys.into_iter().chain(texts).collect();
        ctes.push(format!(
            "-- The table; codes trimmed and in upper case.\ntable_text {fence} (\n    SELECT\n        {}\n    FROM {} AS t\n)",
            self.columns(&columns),
            table(dialect, &self.names.table)
        ));
        let mut joins = String::new();
        let mut columns: Vec<(Doc, String)> =
            handed_on.into_iter().map(|name| (of_table(&name), name)).collect();
        columns.push((Doc::Text("CAST(NULL AS BOOLEAN)".to_owned()), "open".to_owned()));
        for (fact, tests) in facts {
            let division = matches!(fact.kind, Kind::Code { format: Format::Division, .. });
            let join = (division && !retired.is_empty()).then(|| format!("retired_{}", fact.name));
            if let Some(alias) = &join {
                let _ = write!(
                    joins,
                    "\n    LEFT JOIN {RETIRED} AS {alias} ON {alias}.code = t.{}",
                    dialect.quoted(&fact.name)
                );
            }
            let digits = tests.iter().any(|test| self.printer.needs_fraction(test));
            let name = self.printer.stated(fact);
            columns.extend(reader.columns(fact, &name, join.as_deref(), digits));
        }
        ctes.push(format!(
            "-- Values as they are read: what the fact catalogue does not allow counts as not known.\n-- “open” is what cannot be told from facts.\nfirm {fence} (\n    SELECT\n        {}\n    FROM table_text AS t{joins}\n)",
            self.columns(&columns),
        ));
        self.out.push_str("WITH\n");
        self.out.push_str(&ctes.join(",\n\n"));
    }

    fn columns(&self, columns: &[(Doc, String)]) -> String {
        let dialect = self.printer.dialect;
        let lines: Vec<String> = columns
            .iter()
            .map(|(doc, name)| format!("{} AS {}", doc.lines(8), dialect.quoted(name)))
            .collect();
        lines.join(",\n        ")
    }

    /// The retired divisions of which some test says something else than of what replaced them.
    fn retired(&self, tests: &BTreeMap<FactId, Vec<Test>>) -> Vec<(String, String)> {
        let starts: Vec<&Vec<String>> = tests
            .iter()
            .filter(|(id, _)| {
                let kind = &self.plan.book.catalogue.fact(**id).kind;
                matches!(kind, Kind::Code { format: Format::Division, .. })
            })
            .flat_map(|(_, tests)| tests)
            .filter_map(|test| match test {
                Test::StartsWith(starts) => Some(starts),
                _ => None,
            })
            .collect();
        let begins = |code: &str, any: &[String]| any.iter().any(|s| code.starts_with(s.as_str()));
        self.plan
            .book
            .reference
            .retired()
            .filter(|(code, now)| starts.iter().any(|any| begins(code, any) != begins(now, any)))
            .map(|(code, now)| (code.to_owned(), now.to_owned()))
            .collect()
    }

    /// The CTEs of shared conditions; gives the name of the last one.
    fn layers(&mut self, layers: &Layers) -> String {
        let fence = self.printer.dialect.fence();
        let mut from = "firm".to_owned();
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for layer in &layers.0 {
            let derived = |id: &NodeId| match self.printer.graph.node(*id) {
                Node::Coalesce(first, _) => match self.printer.graph.node(*first) {
                    Node::Test((fact, _)) => self.printer.derived.contains(*fact),
                    _ => false,
                },
                _ => false,
            };
            let kind = if layer.iter().any(derived) { "derived" } else { "shared" };
            let note = if kind == "derived" {
                "-- Derived facts, stated otherwise derived, and conditions that several share."
            } else {
                "-- Conditions that several share."
            };
            let number = numbers.entry(kind).or_default();
            *number += 1;
            let name = format!("{kind}_{number}");
            let mut columns: Vec<String> = Vec::new();
            for id in layer {
                let expression = self.printer.definition(*id, false).lines(8);
                let column = self.printer.named.get(id).map_or("", String::as_str);
                columns.push(format!("{expression} AS {}", self.printer.dialect.quoted(column)));
            }
            let _ = write!(
                self.out,
                ",\n\n{note}\n{name} {fence} (\n    SELECT\n        f.*,\n        {}\n    FROM {from} AS f\n)",
                columns.join(",\n        ")
            );
            from = name;
        }
        from
    }

    fn result(
        &mut self,
        values: &[derived::Value],
        statuses: &[NodeId],
        exclusions: &Exclusions,
        from: &str,
    ) {
        let dialect = self.printer.dialect;
        self.out.push_str("\n\nSELECT\n");
        let mut columns: Vec<(Vec<String>, String)> = Vec::new();
        for (n, key) in (1..).zip(&self.names.keys) {
            let column = self.printer.column(&format!("key.{n}"));
            columns.push((Vec::new(), format!("{column} AS {}", dialect.quoted(key))));
        }
        for value in values {
            let fact = self.plan.book.catalogue.fact(value.fact);
            let comments = format!("-- {} · {}{}", fact.label.zh, fact.label.en, value.note());
            let doc = value.doc(&self.printer);
            let name = dialect.quoted(&value.name);
            columns.push((vec![comment(&comments)], format!("{} AS {name}", doc.lines(4))));
        }
        let mut measure = None;
        for (support, node) in self.plan.book.supports.iter().zip(statuses) {
            let policy = self.plan.book.policies.get(support.policy);
            let mut comments = Vec::new();
            if measure != Some((support.policy, support.measure)) {
                measure = Some((support.policy, support.measure));
                comments.extend(measure_lines(policy, support));
            }
            comments.extend(self.support_lines(policy, support));
            let doc: Doc = self.printer.bare(*node);
            let name = dialect.quoted(&support.id);
            columns.push((comments, format!("{} AS {name}", doc.lines(4))));
        }
        for (support, branches) in self.plan.book.supports.iter().zip(exclusions) {
            let branch = |(node, by): &(NodeId, ExcludedBy)| {
                let fails = match self.printer.graph.node(*node) {
                    Node::Not(inner) => self.printer.bare(*inner),
                    _ => self.printer.not(*node),
                };
                Doc::when(fails, &dialect.text(by.as_str()))
            };
            let doc = Doc::case(branches.iter().map(branch).collect());
            let name = dialect.quoted(&excluded_by(&support.id));
            columns.push((Vec::new(), format!("{} AS {name}", doc.lines(4))));
        }
        let count = columns.len();
        for (index, (comments, column)) in columns.into_iter().enumerate() {
            for line in comments {
                self.line(&if line.is_empty() { String::new() } else { format!("    {line}") });
            }
            let comma = if index + 1 < count { "," } else { "" };
            self.line(&format!("    {column}{comma}"));
        }
        self.line(&format!("FROM {from} AS f"));
    }

    fn support_lines(&self, policy: Option<&Policy>, support: &Support) -> Vec<String> {
        let mut comments = vec![String::new()];
        comments.push(comment(&format!("-- {} · {}", support.title.zh, support.title.en)));
        for citation in &support.citations {
            let key = policy.map_or_else(
                || citation.sentence.to_string(),
                |policy| self.plan.book.sentence_key(policy, citation.sentence),
            );
            comments.push(comment(&format!("-- {key} “{}”", citation.quote)));
        }
        let window = &support.window;
        // Every support is open from the day of its policy on; only another day is worth a line.
        let issued = policy.map(|policy| policy.issued);
        let opens = window.opens.filter(|opens| Some(*opens) != issued);
        let opens = opens.map(|date| format!("-- 自 {date} 起 from this day on"));
        let ended = |dated: &Option<(jiff::civil::Date, crate::facts::LocalizedText)>, zh, en| {
            dated
                .as_ref()
                .map(|(date, why)| format!("-- {date} {zh}：{} · {en}: {}", why.zh, why.en))
        };
        let lapsed = ended(&window.lapsed, "起已失效", "lapsed since this day");
        let closes = ended(&window.closes, "为最后一天", "the last day");
        comments.extend([lapsed, closes, opens].into_iter().flatten().map(|line| comment(&line)));
        comments
    }
}

fn measure_lines(policy: Option<&Policy>, support: &Support) -> Vec<String> {
    let measure =
        policy.and_then(|policy| policy.measures.iter().find(|m| m.number == support.measure));
    let title = measure.map_or("", |measure| measure.title.zh.as_str());
    let number = policy.map_or("", |policy| policy.number.as_str());
    let text = format!("-- {number} 第{}条 {title} ", support.measure);
    vec![String::new(), comment(&format!("{text}{}", "-".repeat(30)))]
}
