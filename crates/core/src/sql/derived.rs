//! The columns of derived facts: what the firm states, otherwise what follows.
//!
//! In goes the plan, out come one value a derived fact that is an enum or a yes/no, and for an
//! ordered fact also the bound that is known where the value is not. Derived lists have no column:
//! they live in the conditions that ask for them.

use super::derived_columns::{Column, columns};
use super::gather::Gathered;
use super::layout::Doc;
use super::print::Printer;
use crate::condition::Test;
use crate::facts::FactId;
use crate::plan::{NodeId, Plan};
use crate::rulebook::DerivedAs;

/// How a column's value is found.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) name: String,
    pub(super) fact: FactId,
    /// Whether the table has a column of what is stated.
    stated: bool,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Yes(NodeId),
    /// What is stated, otherwise the value of the first condition that holds.
    Enum(Vec<(NodeId, u16)>),
    /// Thresholds: the first that holds, if all below it are known not to.
    Threshold(Vec<NodeId>),
    /// Thresholds: the first that holds.
    Bound(Vec<NodeId>),
}

/// The values of all columns.
pub(super) fn values(plan: &Plan, gathered: &mut Gathered) -> Vec<Value> {
    let mut values = Vec::new();
    for Column { name, index, bound, .. } in columns(plan) {
        let Some(nodes) = plan.derived.get(index) else { continue };
        let rule = &plan.book.derivations.at(nodes.derivation).rule;
        let follows: Vec<NodeId> = nodes.follows.iter().map(|node| gathered.of(*node)).collect();
        let mut coalesce = |test: Test, follows: NodeId| {
            let stated = gathered.test(nodes.fact, test);
            gathered.graph.coalesce(stated, follows)
        };
        let form = match rule {
            DerivedAs::Yes(_) => match follows.first() {
                Some(follows) => Form::Yes(coalesce(Test::Yes, *follows)),
                None => continue,
            },
            DerivedAs::Value(list) => Form::Enum(
                list.iter()
                    .zip(&follows)
                    .filter_map(|((value_text, _), follows)| {
                        gathered.graph.lean(*follows, true).map(|node| (node, *value_text))
                    })
                    .collect(),
            ),
            DerivedAs::AtMost(_) => {
                let limits = (0_u16..)
                    .zip(&follows)
                    .map(|(index, follows)| coalesce(Test::AtMost(index), *follows))
                    .collect();
                if bound { Form::Bound(limits) } else { Form::Threshold(limits) }
            }
            DerivedAs::IncludesValue(_) | DerivedAs::IncludesCode(_) => continue,
        };
        values.push(Value { name, fact: nodes.fact, stated: gathered.has(nodes.fact), form });
    }
    values
}

impl Value {
    /// The nodes that it is made of.
    pub(super) fn nodes(&self) -> Vec<NodeId> {
        match &self.form {
            Form::Yes(node) => vec![*node],
            Form::Enum(list) => list.iter().map(|(node, _)| *node).collect(),
            Form::Threshold(list) | Form::Bound(list) => list.clone(),
        }
    }

    /// What a comment adds to the fact's label.
    pub(super) fn note(&self) -> &'static str {
        match self.form {
            Form::Bound(_) => "：至多是这一档 · at most this",
            _ => "",
        }
    }

    /// The expression.
    pub(super) fn doc(&self, printer: &Printer<'_>) -> Doc {
        let fact = printer.catalogue.fact(self.fact);
        let value_text = |index: u16| printer.dialect.text(fact.value_name(index));
        match &self.form {
            Form::Yes(node) => printer.bare(*node),
            Form::Enum(list) => {
                let whens: Vec<Doc> = list
                    .iter()
                    .filter(|(node, _)| !printer.is_indeterminate(*node))
                    .map(|(node, index)| Doc::when(printer.bare(*node), &value_text(*index)))
                    .collect();
                let stated = self.stated.then(|| Doc::Text(printer.column(&printer.stated(fact))));
                let follows = (!whens.is_empty()).then(|| Doc::case(whens));
                match (stated, follows) {
                    (Some(stated), Some(follows)) => Doc::Call {
                        before: "COALESCE(",
                        parts: vec![stated, follows],
                        comma: ",",
                        after: ")",
                    },
                    (one, other) => one.or(other).unwrap_or_else(|| printer.unknown_text()),
                }
            }
            Form::Threshold(limits) => {
                // Above a limit that is never known, no value is.
                let known = limits.iter().take_while(|node| !printer.is_indeterminate(**node));
                let known: Vec<NodeId> = known.copied().collect();
                let not = |node: &NodeId| Doc::not(printer.bare(*node));
                let mut whens = Vec::new();
                for (index, node) in known.iter().enumerate() {
                    let mut parts: Vec<Doc> = known.iter().take(index).map(not).collect();
                    parts.insert(0, printer.node(*node));
                    let all = Doc::Joined { keyword: "AND", parts, brackets: false };
                    whens.push(Doc::when(all, &value_text(u16::try_from(index).unwrap_or(0))));
                }
                self.above_all(&known, limits, whens, printer)
            }
            Form::Bound(limits) => {
                let known: Vec<NodeId> = limits
                    .iter()
                    .filter(|node| !printer.is_indeterminate(**node))
                    .copied()
                    .collect();
                let whens: Vec<Doc> = (0_u16..)
                    .zip(limits)
                    .filter(|(_, node)| !printer.is_indeterminate(**node))
                    .map(|(index, node)| Doc::when(printer.bare(*node), &value_text(index)))
                    .collect();
                self.above_all(&known, limits, whens, printer)
            }
        }
    }

    /// A CASE with a last branch for what is above all limits, which only the whole of them can show.
    fn above_all(
        &self,
        known: &[NodeId],
        limits: &[NodeId],
        mut whens: Vec<Doc>,
        printer: &Printer<'_>,
    ) -> Doc {
        if known.len() == limits.len() {
            let parts = limits.iter().map(|node| Doc::not(printer.bare(*node))).collect();
            let all = Doc::Joined { keyword: "AND", parts, brackets: false };
            let highest = u16::try_from(limits.len()).unwrap_or(0);
            let value = printer.catalogue.fact(self.fact).value_name(highest);
            whens.push(Doc::when(all, &printer.dialect.text(value)));
        }
        if whens.is_empty() { printer.unknown_text() } else { Doc::case(whens) }
    }
}
