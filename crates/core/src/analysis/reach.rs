//! What nothing reaches or needs: derived values, explanations, warnings, emphases, facts, values and rows of tables.

use super::{Analyst, BOOK, Finding, FindingKind, Stop, Subject, constant, text};
use crate::condition::Test;
use crate::diagram::compile::Firms;
use crate::diagram::{DiagramId, Operator};
use crate::evaluate::Answer;
use crate::facts::{Fact, FactSet, Kind, LocalizedText, Value};
use crate::files::RuleFiles;
use crate::plan::{DerivedNodes, Node, NodeId};
use crate::rulebook::DerivedAs;
use crate::truth::Truth;
use foldhash::HashSet;

/// Derived values that are always “no”, and explanations that never show.
pub(super) fn derivations(analyst: &mut Analyst<'_, '_>) -> Result<(), Stop> {
    let plan = analyst.plan;
    for nodes in &plan.derived {
        analyst.model.reclaim();
        let fact = plan.book.catalogue.fact(nodes.fact);
        let rule = &plan.book.derivations.at(nodes.derivation).rule;
        let values = values_of(fact, rule);
        for (index, value) in values.iter().enumerate() {
            if analyst.is_never_derived(nodes, rule, index)? {
                let (zh, en) = match value {
                    Some(value) => (
                        format!("“{}”从来不会推出“{value}”", fact.label.zh),
                        format!("the derivation of `{}` never gives `{value}`", fact.name),
                    ),
                    None => (
                        format!("“{}”从来不会推出“是”", fact.label.zh),
                        format!("the derivation of `{}` never gives yes", fact.name),
                    ),
                };
                let about = value
                    .as_ref()
                    .map_or_else(|| fact.name.clone(), |value| format!("{}={value}", fact.name));
                let help = text("核对推导的条件", "compare the conditions of the derivation");
                let subject = Subject::Derivation(fact.name.clone());
                analyst.add(FindingKind::DerivedValueNever, about, subject, text(zh, en), help);
            }
        }
        let explanations = &plan.book.derivations.at(nodes.derivation).explanations;
        for (node, (shown, _)) in plan.explanations.at(nodes.derivation).iter().zip(explanations) {
            if analyst.is_never(*node)? {
                let message = text(
                    format!("“{}”的说明“{}”从来不会显示", fact.label.zh, shown.zh),
                    format!("the explanation “{}” of `{}` never shows", shown.en, fact.name),
                );
                let help = text("核对它的条件", "compare its condition");
                let about = format!("{}/{}", fact.name, shown.zh);
                let subject = Subject::Derivation(fact.name.clone());
                analyst.add(FindingKind::ExplanationNever, about, subject, message, help);
            }
        }
    }
    Ok(())
}

/// Warnings that never show, and groups that no firm is in.
pub(super) fn texts(analyst: &mut Analyst<'_, '_>) -> Result<(), Stop> {
    let plan = analyst.plan;
    for (conflict, node) in plan.book.conflicts.iter().zip(&plan.conflicts) {
        if analyst.is_never(*node)? {
            let message = text(
                format!("提醒“{}”从来不会显示", conflict.id),
                format!("the warning `{}` never shows", conflict.id),
            );
            let help = text(
                "核对它的条件：没有企业会这样回答",
                "no firm can answer so: compare its condition",
            );
            let subject = Subject::Conflict(conflict.id.clone());
            analyst.add(FindingKind::WarningNever, conflict.id.clone(), subject, message, help);
        }
    }
    for (id, support) in plan.book.supports.iter_enumerated() {
        analyst.model.reclaim();
        for (emphasis, node) in support.emphases.iter().zip(plan.emphases.at(id)) {
            if analyst.can_be(*node, Truth::True)? {
                continue;
            }
            let message = text(
                format!("没有企业属于“{}”", emphasis.label.zh),
                format!("no firm can be in the group “{}”", emphasis.label.en),
            );
            let help = text("核对它的条件", "compare its condition");
            let label = Some(emphasis.label.zh.clone());
            let about = format!("{}/{}", support.id, emphasis.label.zh);
            let subject = Subject::Support { id, label };
            analyst.add(FindingKind::EmphasisNever, about, subject, message, help);
        }
    }
    Ok(())
}

/// Facts that nothing uses, and values of facts that no rule tells apart.
pub(super) fn unused(analyst: &mut Analyst<'_, '_>) {
    let plan = analyst.plan;
    let reached = reached(analyst);
    let mut used = FactSet::default();
    for node in &reached {
        if let Node::Test((fact, _)) = plan.node(*node) {
            used.insert(*fact);
        }
    }
    for fact in &plan.book.catalogue.facts {
        // A usual ratio of two numbers uses the second.
        let compared = |other: &Fact| other.usual_per.as_ref().is_some_and(|it| it.per == fact.id);
        if !used.contains(fact.id) {
            if plan.book.catalogue.facts.iter().any(compared) {
                continue;
            }
            let message = text(
                format!("没有规则用到事实项“{}”", fact.label.zh),
                format!("no rule uses the fact `{}`", fact.name),
            );
            let help = text("删掉它，或者写明为什么留着", "remove it, or write why it is kept");
            let subject = Subject::Fact(fact.name.clone());
            analyst.add(FindingKind::FactUnused, fact.name.clone(), subject, message, help);
            continue;
        }
        if !matches!(fact.kind, Kind::Enum { .. } | Kind::EnumList) {
            continue;
        }
        let classes = analyst.model.space.classes(BOOK, fact.id);
        let alike = classes.into_iter().filter(|members| members.len() > 1);
        let alike: Vec<Vec<u16>> =
            alike.map(|members| members.iter().filter_map(index).collect()).collect();
        for members in alike {
            let labels = |of: fn(&LocalizedText) -> &str, separator: &str| {
                let members =
                    members.iter().filter_map(|index| fact.values.get(usize::from(*index)));
                members.map(|value| of(&value.label).to_owned()).collect::<Vec<_>>().join(separator)
            };
            let message = text(
                format!("规则不区分“{}”的这些取值：{}", fact.label.zh, labels(|t| &t.zh, "、")),
                format!(
                    "no rule distinguishes these values of `{}`: {}",
                    fact.name,
                    labels(|t| &t.en, ", ")
                ),
            );
            let help = text(
                "不一定有错：问得更细，可能没有必要",
                "nothing need be wrong; firms may be asked for more than is needed",
            );
            let subject = Subject::Fact(fact.name.clone());
            analyst.add(FindingKind::ValuesAlike, fact.name.clone(), subject, message, help);
        }
    }
}

/// The index of an enum value.
fn index(value: &Value) -> Option<u16> {
    match value {
        Value::Enum(index) => Some(*index),
        Value::EnumList(list) => list.first().copied(),
        _ => None,
    }
}

/// Rows of tables that scripts read, of which no cell occurs in any test of the rules.
pub(super) fn table_rows(analyst: &mut Analyst<'_, '_>, files: &RuleFiles) {
    let scripts: Vec<&str> =
        files.iter().filter(|(path, _)| path.ends_with(".rhai")).map(|(_, text)| text).collect();
    let values = tested_values(analyst);
    for (path, text_of_table) in files.within("rules/tables", ".tsv") {
        let name = path.rsplit('/').next().and_then(|name| name.strip_suffix(".tsv")).unwrap_or("");
        let call = format!("table(\"{name}\")");
        if !scripts.iter().any(|script| script.contains(&call)) {
            continue;
        }
        let lines = (1..).zip(text_of_table.lines()).filter(|(_, line)| !line.starts_with('#'));
        for (line, row) in lines.skip(1) {
            let mut cells = row.split('\t').flat_map(|cell| cell.split([' ', ',', ';', '、']));
            if cells.any(|cell| values.contains(cell.trim())) || row.trim().is_empty() {
                continue;
            }
            let first = row.split('\t').next().unwrap_or("");
            let message = text(
                format!("没有规则用到表 {name} 的这一行：{first}"),
                format!("no rule uses this row of the table `{name}`: {first}"),
            );
            let help = text(
                "核对读这张表的脚本，或者删掉这一行",
                "compare the scripts that read the table, or remove the row",
            );
            let subject = Subject::TableRow { file: path.to_owned(), line };
            let about = format!("{name}/{first}");
            analyst.add(FindingKind::TableRowUnused, about, subject, message, help);
        }
    }
}

/// Everything that tests compare with, as a table spells it.
fn tested_values(analyst: &Analyst<'_, '_>) -> HashSet<String> {
    let mut values = HashSet::default();
    for node in &analyst.plan.nodes {
        let Node::Test((fact, test)) = node else { continue };
        let fact = analyst.plan.book.catalogue.fact(*fact);
        match test {
            Test::AtLeast(n) | Test::MoreThan(n) | Test::Equals(n) => {
                values.insert(n.to_string());
            }
            Test::OneOf(list) | Test::HasValue(list) => {
                values.extend(list.iter().map(|value| fact.value_name(*value).to_owned()));
            }
            Test::AtMost(value) => {
                values.insert(fact.value_name(*value).to_owned());
            }
            Test::StartsWith(list)
            | Test::RegisteredIn(list)
            | Test::HasCode(list)
            | Test::HasStart(list) => values.extend(list.iter().cloned()),
            Test::Yes | Test::Empty => {}
        }
    }
    values
}

/// The nodes that something which is shown depends on: supports, emphases, warnings, explanations.
fn reached(analyst: &Analyst<'_, '_>) -> HashSet<NodeId> {
    let plan = analyst.plan;
    let supports = plan.supports.iter().chain(plan.emphases.iter().flatten());
    let texts = plan.conflicts.iter().chain(plan.explanations.iter().flatten());
    let mut waiting: Vec<NodeId> = supports.chain(texts).copied().collect();
    let mut seen = HashSet::default();
    while let Some(next) = waiting.pop() {
        if seen.insert(next) {
            waiting.extend(plan.node(next).parts().copied());
        }
    }
    seen
}

/// The values that a derivation gives, in the order of its nodes; an ordered one also the last, which follows if none of
/// the thresholds holds. `None` is “yes”.
fn values_of(fact: &Fact, rule: &DerivedAs) -> Vec<Option<String>> {
    let name = |index: u16| Some(fact.value_name(index).to_owned());
    match rule {
        DerivedAs::Yes(_) => vec![None],
        DerivedAs::Value(list) | DerivedAs::IncludesValue(list) => {
            list.iter().map(|(value, _)| name(*value)).collect()
        }
        DerivedAs::AtMost(list) => (0..).take(list.len() + 1).map(name).collect(),
        DerivedAs::IncludesCode(list) => list.iter().map(|(code, _)| Some(code.clone())).collect(),
    }
}

impl Analyst<'_, '_> {
    /// Whether a condition is true of no firm, contradictory answers included.
    fn is_never(&mut self, node: NodeId) -> Result<bool, Stop> {
        let diagram = self.model.node(Firms::Any, BOOK, node)?;
        Ok(!self.model.terminals(diagram).contains(&Truth::True.into()))
    }

    /// Whether a derivation says “not this value” of every firm that has answered everything. Where a derivation stays
    /// open, it may still be the value.
    fn is_never_derived(
        &mut self,
        nodes: &DerivedNodes,
        rule: &DerivedAs,
        index: usize,
    ) -> Result<bool, Stop> {
        let value = self.derived_value(Firms::Consistent, nodes, rule, index)?;
        if self.model.exists(Firms::Consistent, &[(value, Truth::True.into())])? {
            return Ok(false);
        }
        let diagram = self.derived_value(Firms::Full, nodes, rule, index)?;
        for truth in [Truth::True, Truth::Unknown] {
            if self.model.exists(Firms::Full, &[(diagram, truth.into())])? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the derived fact has the value.
    fn derived_value(
        &mut self,
        firms: Firms,
        nodes: &DerivedNodes,
        rule: &DerivedAs,
        index: usize,
    ) -> Result<DiagramId, Stop> {
        let at = |index: usize| nodes.follows.get(index).copied();
        let mut diagram = match at(index) {
            Some(node) => self.model.node(firms, BOOK, node)?,
            None => constant(Truth::True),
        };
        if matches!(rule, DerivedAs::AtMost(_))
            && let Some(below) = index.checked_sub(1).and_then(at)
        {
            let below = self.model.node(firms, BOOK, below)?;
            let above = self.model.diagrams.map(Operator::Not, below)?;
            diagram = self.model.diagrams.apply(Operator::And, diagram, above)?;
        }
        Ok(diagram)
    }

    /// Adds a finding without an example.
    pub(super) fn add(
        &mut self,
        kind: FindingKind,
        about: String,
        subject: Subject,
        message: LocalizedText,
        help: LocalizedText,
    ) {
        self.findings.push(Finding {
            kind,
            about,
            subject,
            message,
            help,
            example: None,
            accepted: None,
        });
    }
}

/// All tests, in the whole rule book, of the facts that a node depends on: what any rule can tell of a firm there.
pub(super) fn tests_of_facts_below(analyst: &Analyst<'_, '_>, root: NodeId) -> Vec<NodeId> {
    let plan = analyst.plan;
    let mut waiting = vec![root];
    let mut seen = HashSet::default();
    let mut facts = FactSet::default();
    while let Some(next) = waiting.pop() {
        if seen.insert(next) {
            let node = plan.node(next);
            if let Node::Test((fact, _)) = node {
                facts.insert(*fact);
            }
            waiting.extend(node.parts().copied());
        }
    }
    let is_of = |node: &Node| matches!(node, Node::Test((fact, _)) if facts.contains(*fact));
    plan.nodes.iter_enumerated().filter(|(_, node)| is_of(node)).map(|(id, _)| id).collect()
}

/// What a firm has answered with “unknown”, of the facts of some tests.
pub(super) fn unsure(answer: &Answer<'_>, tests: &[NodeId]) -> FactSet {
    let facts = tests.iter().filter_map(|test| match answer.plan.node(*test) {
        Node::Test((fact, _)) => Some(*fact),
        _ => None,
    });
    facts.filter(|fact| answer.profile.value(*fact).is_asked_unknown()).collect()
}
