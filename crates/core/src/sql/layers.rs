//! The conditions that have a column of their own, and the CTEs in which they are computed.
//!
//! In go a printer and the nodes that a result is made of; out come names for the nodes that several conditions
//! share, and the text of one CTE a layer, each on top of the last. How a node is printed is not decided here.

use super::gather::{Leaf, Node, parts};
use super::names::node_name;
use super::options::{OPEN, fraction, key};
use super::print::Printer;
use crate::plan::NodeId;
use foldhash::{HashMap, HashSet};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// An expression that is longer than this has a column of its own if it is used more than once.
const SHORT: usize = 48;

/// The same of what is never unknown, for all but one of its uses together.
const LONG: usize = 100;

/// The nodes with a column, by the CTE in which it can be computed.
pub(super) struct Layers(Vec<Vec<NodeId>>);

impl Layers {
    /// Names the nodes that are worth a column, parts first.
    pub(super) fn find(printer: &mut Printer<'_>, roots: &[NodeId], keys: usize) -> Self {
        let mut uses: HashMap<NodeId, usize> = HashMap::default();
        let mut waiting = roots.to_vec();
        let mut seen: HashSet<NodeId> = HashSet::default();
        while let Some(id) = waiting.pop() {
            *uses.entry(id).or_default() += 1;
            if seen.insert(id) {
                waiting.extend(parts(printer.graph.node(id)).copied());
            }
        }
        let mut reached: Vec<NodeId> = seen.into_iter().collect();
        reached.sort_unstable();
        let stated = printer.catalogue.facts.iter().map(|fact| printer.stated(fact));
        let inputs = stated.flat_map(|name| [fraction(&name), name]);
        let inputs = inputs.chain((1..=keys).map(key)).chain([OPEN.to_owned()]);
        let mut taken: HashSet<String> = inputs.map(|name| printer.naming.column(&name)).collect();
        let mut depth: HashMap<NodeId, usize> = HashMap::default();
        let mut layers: Vec<Vec<NodeId>> = Vec::new();
        // New nodes may stand below older ones in the graph: order by parts, not by index.
        for id in ordered(printer, reached) {
            let parts = parts(printer.graph.node(id));
            let below = parts.filter_map(|part| depth.get(part)).max().copied().unwrap_or(0);
            let further = uses.get(&id).map_or(0, |count| count - 1);
            let length = || printer.definition(id, false).flat().chars().count();
            // There are hundreds of conditions that are never unknown, and engines limit how many columns there are.
            let is_worth = match further {
                0 => false,
                _ if printer.graph.is_never_unknown(id) => further * length() > LONG,
                _ => length() > SHORT,
            };
            if is_worth {
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

    /// Adds the CTEs; gives the name of the last one.
    pub(super) fn print(&self, printer: &Printer<'_>, out: &mut String) -> String {
        let fence = printer.dialect.fence();
        let mut from = "firm".to_owned();
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for layer in &self.0 {
            let derived = |id: &NodeId| match printer.graph.node(*id) {
                Node::Coalesce(first, _) => match printer.graph.node(*first) {
                    Node::Test(Leaf::Fact(fact, _)) => printer.derived.contains(*fact),
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
                let expression = printer.definition(*id, false).lines(8);
                let column = printer.named.get(id).map_or("", String::as_str);
                columns.push(format!("{expression} AS {}", printer.quoted(column)));
            }
            let _ = write!(
                out,
                ",\n\n{note}\n{name} {fence} (\n    SELECT\n        f.*,\n        {}\n    FROM {from} AS f\n)",
                columns.join(",\n        ")
            );
            from = name;
        }
        from
    }
}

/// The nodes that roots are made of, in an order in which parts come first.
pub(super) fn ordered(printer: &Printer<'_>, roots: Vec<NodeId>) -> Vec<NodeId> {
    let mut done: HashSet<NodeId> = HashSet::default();
    let mut order = Vec::with_capacity(roots.len());
    for root in roots {
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
                waiting.extend(parts(printer.graph.node(id)).map(|p| (*p, false)));
            }
        }
    }
    order
}
