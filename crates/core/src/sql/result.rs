//! The SELECT of the result: a row a firm, or a row a firm and a support.
//!
//! In go the nodes of each column, out comes the text, each support under its measure with title and quoted sentence.

use super::derived::Value;
use super::gather::Node;
use super::layout::Doc;
use super::missing::MissingFacts;
use super::names::{comment, push_comments};
use super::options::{LONG, Layout, SqlOptions, excluded_by, key};
use super::print::Printer;
use super::query::Exclusion;
use super::rows::Rows;
use crate::facts::{FactId, LocalizedText};
use crate::plan::{NodeId, Plan};
use crate::rulebook::{ExcludedBy, Policy, Support};
use jiff::civil::Date;

/// What a result is made of.
pub(super) struct Columns<'a> {
    pub(super) values: Vec<Value>,
    pub(super) supports: Vec<SupportColumns<'a>>,
    /// In the wide layout, the facts that could decide some support.
    pub(super) missing: MissingFacts,
}

/// The columns of a support.
pub(super) struct SupportColumns<'a> {
    support: &'a Support,
    status: NodeId,
    exclusion: Exclusion,
    /// In the long layout, the facts that could decide it.
    missing: MissingFacts,
}

pub(super) fn of_support(
    support: &Support,
    status: NodeId,
    exclusion: Exclusion,
    missing: MissingFacts,
) -> SupportColumns<'_> {
    SupportColumns { support, status, exclusion, missing }
}

impl Columns<'_> {
    /// The nodes of all columns.
    pub(super) fn roots(&self) -> Vec<NodeId> {
        let supports = || self.supports.iter();
        let missing = supports().flat_map(|columns| &columns.missing).chain(&self.missing);
        (self.values.iter().flat_map(Value::nodes))
            .chain(supports().map(|columns| columns.status))
            .chain(supports().flat_map(|columns| &columns.exclusion).map(|(node, _)| *node))
            .chain(missing.map(|(_, node)| *node))
            .collect()
    }

    pub(super) fn print(
        &self,
        plan: &Plan,
        printer: &Printer<'_>,
        options: &SqlOptions,
        from: &str,
    ) -> String {
        match options.layout {
            Layout::Wide => self.wide(plan, printer, options, from),
            Layout::Long => self.long(plan, printer, options, from),
        }
    }

    fn wide(&self, plan: &Plan, printer: &Printer<'_>, options: &SqlOptions, from: &str) -> String {
        let mut columns: Vec<(Vec<String>, String)> = Vec::new();
        for (n, name) in (1..).zip(&options.keys) {
            let column = printer.column(&key(n));
            columns.push((Vec::new(), format!("{column} AS {}", printer.quoted(name))));
        }
        for value in &self.values {
            let fact = plan.book.catalogue.fact(value.fact);
            let comments = format!("-- {} · {}{}", fact.label.zh, fact.label.en, value.note());
            let name = printer.quoted(&value.name);
            let doc = value.doc(printer).lines(4);
            columns.push((vec![comment(&comments)], format!("{doc} AS {name}")));
        }
        for (support, comments) in self.supports.iter().zip(self.comments(plan)) {
            let name = printer.quoted(&support.support.id);
            let doc = printer.bare(support.status).lines(4);
            columns.push((comments, format!("{doc} AS {name}")));
        }
        for support in self.supports.iter().filter(|_| options.excluded_by) {
            let name = printer.quoted(&excluded_by(&support.support.id));
            let doc = exclusion(printer, &support.exclusion).lines(4);
            columns.push((Vec::new(), format!("{doc} AS {name}")));
        }
        if options.missing {
            let doc = missing(plan, printer, &self.missing).lines(4);
            columns.push((Vec::new(), format!("{doc} AS {}", printer.quoted("missing"))));
        }
        let mut out = "\n\nSELECT\n".to_owned();
        let count = columns.len();
        for (index, (comments, column)) in columns.into_iter().enumerate() {
            push_comments(&comments, "    ", &mut out);
            let comma = if index + 1 < count { "," } else { "" };
            out.push_str(&format!("    {column}{comma}\n"));
        }
        out.push_str(&format!("FROM {from} AS f\n"));
        out
    }

    fn long(&self, plan: &Plan, printer: &Printer<'_>, options: &SqlOptions, from: &str) -> String {
        let [support, status, excluded_by, missing_facts] = LONG;
        let mut names = vec![support, "applies"];
        names.extend(options.excluded_by.then_some(excluded_by));
        names.extend(options.missing.then_some(missing_facts));
        let mut rows = Rows::new(printer, options.keys.len(), &names, from);
        for (support, comments) in self.supports.iter().zip(self.comments(plan)) {
            let id = Doc::Text(printer.dialect.text(&support.support.id));
            let mut cells = vec![id, printer.bare(support.status)];
            if options.excluded_by {
                cells.push(exclusion(printer, &support.exclusion));
            }
            if options.missing {
                cells.push(missing(plan, printer, &support.missing));
            }
            rows.push(&comments, &cells);
        }
        let applies = rows.column("applies");
        let status_text = format!(
            "CASE\n        WHEN {applies} THEN 'applies'\n        WHEN NOT {applies} THEN 'does_not_apply'\n        ELSE 'undetermined'\n    END AS {}",
            printer.quoted(status)
        );
        let mut columns = rows.keys(&options.keys);
        columns.push(format!("{} AS {}", rows.column(support), printer.quoted(support)));
        columns.push(status_text);
        let further = names.iter().skip(2);
        columns.extend(
            further.map(|name| format!("{} AS {}", rows.column(name), printer.quoted(name))),
        );
        rows.print(&columns, None)
    }

    /// The comments above each support.
    fn comments(&self, plan: &Plan) -> Vec<Vec<String>> {
        let mut measure = None;
        let mut all = Vec::new();
        for SupportColumns { support, .. } in &self.supports {
            let policy = plan.book.policies.get(support.policy);
            let mut comments = Vec::new();
            if measure != Some((support.policy, support.measure)) {
                measure = Some((support.policy, support.measure));
                comments.extend(measure_lines(policy, support));
            }
            comments.extend(support_lines(plan, policy, support));
            all.push(comments);
        }
        all
    }
}

/// What excludes a firm from a support.
fn exclusion(printer: &Printer<'_>, branches: &Exclusion) -> Doc {
    let branch = |(node, by): &(NodeId, ExcludedBy)| {
        let fails = match printer.graph.node(*node) {
            Node::Not(inner) => printer.bare(*inner),
            _ => printer.not(*node),
        };
        Doc::when(fails, &printer.dialect.text(by.as_str()))
    };
    Doc::case(branches.iter().map(branch).collect())
}

/// The names of the facts that could decide, with `;` between them; NULL if there is none.
fn missing(plan: &Plan, printer: &Printer<'_>, facts: &MissingFacts) -> Doc {
    let part = |(fact, node): (&FactId, &NodeId)| {
        let name = format!(";{}", plan.book.catalogue.fact(*fact).name);
        let name = printer.dialect.text(&name);
        // The condition is never unknown; an ELSE of NULL would make the whole text NULL.
        Doc::case(vec![Doc::when(printer.bare(*node), &format!("{name} ELSE ''"))])
    };
    if facts.is_empty() {
        return printer.unknown_text();
    }
    let parts: Vec<Doc> = facts.iter().map(part).collect();
    let joined = Doc::Joined { keyword: "||", parts, brackets: false };
    let joined = Doc::Call {
        before: "substr(",
        parts: vec![joined, Doc::Text("2".to_owned())],
        comma: ",",
        after: ")",
    };
    Doc::Call {
        before: "NULLIF(",
        parts: vec![joined, Doc::Text("''".to_owned())],
        comma: ",",
        after: ")",
    }
}

fn support_lines(plan: &Plan, policy: Option<&Policy>, support: &Support) -> Vec<String> {
    let mut comments = vec![String::new()];
    comments.push(comment(&format!("-- {} · {}", support.title.zh, support.title.en)));
    for citation in &support.citations {
        let key = policy.map_or_else(
            || citation.sentence.to_string(),
            |policy| plan.book.sentence_key(policy, citation.sentence),
        );
        comments.push(comment(&format!("-- {key} “{}”", citation.quote)));
    }
    let window = &support.window;
    // Every support is open from the day of its policy on; only another day is worth a line.
    let from = policy.map(|policy| policy.in_force.from);
    let opens = window.opens.filter(|opens| Some(*opens) != from);
    let opens = opens.map(|date| format!("-- 自 {date} 起 from this day on"));
    let ended = |dated: &Option<(Date, LocalizedText)>, zh, en| {
        dated.as_ref().map(|(date, why)| format!("-- {date} {zh}：{} · {en}: {}", why.zh, why.en))
    };
    let lapsed = ended(&window.lapsed, "起已失效", "lapsed since this day");
    let closes = ended(&window.closes, "为最后一天", "the last day");
    comments.extend([lapsed, closes, opens].into_iter().flatten().map(|line| comment(&line)));
    comments
}

fn measure_lines(policy: Option<&Policy>, support: &Support) -> Vec<String> {
    let measure =
        policy.and_then(|policy| policy.measures.iter().find(|m| m.number == support.measure));
    let title = measure.map_or("", |measure| measure.title.zh.as_str());
    let name = policy.map_or_else(String::new, |policy| policy.name().zh);
    let address = policy.and_then(|policy| policy.text.measure_address(support.measure));
    let address = address.map_or_else(String::new, |address| address.zh);
    let text = format!("-- {name} {address} {title} ");
    vec![String::new(), comment(&format!("{text}{}", "-".repeat(30)))]
}
