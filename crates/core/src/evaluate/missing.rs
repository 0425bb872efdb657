//! What is missing: the facts that could decide what is open, and only those.

use crate::facts::{FactSet, Profile};
use crate::plan::{Node, NodeId, Plan};
use crate::truth::Truth;
use std::collections::HashMap;

/// What could still make a node true, and what could make it false.
#[derive(Clone, Copy, Debug, Default)]
struct Prospect {
    /// The facts that could help to make it true; none if nothing can.
    to_true: FactSet,
    /// The facts that could help to make it false; none if nothing can.
    to_false: FactSet,
    can_be_true: bool,
    can_be_false: bool,
    /// Whether it may stay open whatever is answered.
    may_stay_open: bool,
}

/// In place of a place in the list of open nodes: beyond its end.
const KNOWN: u32 = u32::MAX;

/// Per node, the facts that could decide it; empty where it is known.
#[derive(Debug)]
pub(super) struct Missing {
    /// Of the open nodes: most nodes are known, and have none.
    prospects: Vec<Prospect>,
    /// Per node, its place in `prospects`, or [`KNOWN`].
    places: Vec<u32>,
    /// What the firm said it does not know.
    unsure: FactSet,
}

impl Missing {
    /// One pass over the plan: what could make an undecided node true or false follows from what
    /// could do so to its undecided parts.
    ///
    /// A derived fact itself is missing only where its derivation may end open, or needs something
    /// that the firm said it does not know: elsewhere its inputs are what is missing.
    pub(super) fn new(plan: &Plan, profile: &Profile, truths: &[Truth]) -> Self {
        let unsure = profile
            .iter()
            .filter(|(_, value)| value.is_asked_unknown())
            .map(|(fact, _)| fact)
            .collect();
        let places = Vec::with_capacity(plan.nodes.len());
        let mut missing = Self { prospects: Vec::new(), places, unsure };
        for (node, truth) in plan.nodes.iter().zip(truths) {
            if truth.is_known() {
                missing.places.push(KNOWN);
                continue;
            }
            let prospect = Prospect::of_node(node, &missing.unsure, |id| missing.open(id));
            missing.places.push(u32::try_from(missing.prospects.len()).unwrap_or(KNOWN));
            missing.prospects.push(prospect);
        }
        missing
    }

    /// The prospect of a node, unless it is known.
    fn open(&self, node: NodeId) -> Option<Prospect> {
        let place = self.places.get(node as usize)?;
        self.prospects.get(*place as usize).copied()
    }

    pub(super) fn of(&self, node: NodeId) -> FactSet {
        self.open(node).unwrap_or_default().facts()
    }

    /// The same for a support, whose criteria may share parts: what the other criteria force is
    /// taken for granted, since without it the support fails anyway.
    pub(super) fn of_support(&self, plan: &Plan, place: usize, truths: &[Truth]) -> FactSet {
        let root = plan.supports.get(place).copied().unwrap_or_default();
        let shared = plan.shared.get(place).map_or(&[][..], Vec::as_slice);
        let truth = |id: NodeId| truths.get(id as usize).copied().unwrap_or(Truth::Unknown);
        if shared.is_empty() || truth(root).is_known() {
            return self.of(root);
        }
        let criteria = plan.criteria.get(place).into_iter().flatten();
        let open: Vec<NodeId> = criteria.copied().filter(|id| !truth(*id).is_known()).collect();
        let forced: Vec<Vec<(NodeId, Truth)>> = open
            .iter()
            .map(|id| {
                let mut forced = Vec::new();
                force(plan, &truth, *id, Truth::True, &mut forced);
                forced.retain(|(node, _)| shared.contains(node));
                forced
            })
            .collect();
        if forced.iter().all(Vec::is_empty) {
            return self.of(root);
        }
        let mut facts = FactSet::default();
        for (index, id) in open.iter().enumerate() {
            let others = forced.iter().enumerate().filter(|(other, _)| *other != index);
            let granted = others.flat_map(|(_, forced)| forced.iter().copied());
            let mut known: HashMap<NodeId, (Truth, Prospect)> =
                granted.map(|(node, truth)| (node, (truth, Prospect::default()))).collect();
            match self.granted(plan, &truth, *id, &mut known) {
                (Truth::Unknown, prospect) => facts.extend(&prospect.facts()),
                (Truth::True, _) => {}
                // The criteria exclude each other: each may show it.
                (Truth::False, _) => return self.of(root),
            }
        }
        facts
    }

    /// Truth and prospect of a node where some nodes are granted.
    fn granted(
        &self,
        plan: &Plan,
        truth: &dyn Fn(NodeId) -> Truth,
        id: NodeId,
        known: &mut HashMap<NodeId, (Truth, Prospect)>,
    ) -> (Truth, Prospect) {
        if let Some(found) = known.get(&id) {
            return *found;
        }
        if truth(id).is_known() {
            return (truth(id), Prospect::default());
        }
        let node = plan.node(id);
        let below: Vec<(NodeId, (Truth, Prospect))> =
            node.parts().map(|part| (part, self.granted(plan, truth, part, known))).collect();
        let of = |id: NodeId| below.iter().find(|(part, _)| *part == id).map(|(_, found)| *found);
        let truth_of = |id: NodeId| of(id).map_or(Truth::Unknown, |(truth, _)| truth);
        let result = node.truth(truth_of);
        let prospect = if result.is_known() {
            Prospect::default()
        } else {
            let open = |id| of(id).filter(|(truth, _)| !truth.is_known()).map(|(_, p)| p);
            Prospect::of_node(node, &self.unsure, open)
        };
        known.insert(id, (result, prospect));
        (result, prospect)
    }
}

/// What must be true or false of the parts of a node if it is to be `wanted`.
fn force(
    plan: &Plan,
    truth: &dyn Fn(NodeId) -> Truth,
    id: NodeId,
    wanted: Truth,
    forced: &mut Vec<(NodeId, Truth)>,
) {
    if truth(id).is_known() {
        return;
    }
    forced.push((id, wanted));
    match plan.node(id) {
        Node::Open | Node::Test(..) | Node::Otherwise(..) => {}
        Node::Not(inner) => force(plan, truth, *inner, !wanted, forced),
        node @ (Node::And(parts) | Node::Or(parts)) => {
            let open: Vec<NodeId> =
                parts.iter().copied().filter(|p| !truth(*p).is_known()).collect();
            let all = matches!(node, Node::And(_)) == (wanted == Truth::True);
            if all || open.len() == 1 {
                for part in open {
                    force(plan, truth, part, wanted, forced);
                }
            }
        }
    }
}

impl Prospect {
    /// The facts that could help either way.
    fn facts(&self) -> FactSet {
        let mut facts = self.to_true;
        facts.extend(&self.to_false);
        facts
    }

    /// The prospect of an open node; `open` gives that of a part, or nothing if it is known.
    fn of_node(node: &Node, unsure: &FactSet, open: impl Fn(NodeId) -> Option<Self>) -> Self {
        let any = |parts: &[NodeId]| Self::of_any(parts.iter().filter_map(|part| open(*part)));
        let all = |parts: &[NodeId]| {
            Self::of_any(parts.iter().filter_map(|part| open(*part)).map(Self::opposite)).opposite()
        };
        match node {
            Node::Open => Self { may_stay_open: true, ..Self::default() },
            Node::Test(fact, _) => Self {
                to_true: FactSet::of(*fact),
                to_false: FactSet::of(*fact),
                can_be_true: true,
                can_be_false: true,
                may_stay_open: false,
            },
            Node::Not(inner) => open(*inner).unwrap_or_default().opposite(),
            Node::Or(parts) => any(parts),
            Node::And(parts) => all(parts),
            Node::Otherwise(first, second) => {
                let stated = open(*first).unwrap_or_default();
                open(*second).unwrap_or_default().otherwise(stated, unsure)
            }
        }
    }

    fn opposite(self) -> Self {
        Self {
            to_true: self.to_false,
            to_false: self.to_true,
            can_be_true: self.can_be_false,
            can_be_false: self.can_be_true,
            may_stay_open: self.may_stay_open,
        }
    }

    /// True as soon as one of the open parts is, false only when all are.
    fn of_any(parts: impl Iterator<Item = Self>) -> Self {
        let mut any = Self { can_be_false: true, ..Self::default() };
        for part in parts {
            any.can_be_true |= part.can_be_true;
            any.can_be_false &= part.can_be_false;
            any.may_stay_open |= part.may_stay_open;
            any.to_true.extend(&part.to_true);
            any.to_false.extend(&part.to_false);
        }
        if !any.can_be_false {
            any.to_false = FactSet::default();
        }
        any
    }

    /// A derivation, given what stating the fact itself could do.
    fn otherwise(self, stated: Self, unsure: &FactSet) -> Self {
        let needs_unsure = self.to_true.intersects(unsure) || self.to_false.intersects(unsure);
        if !self.may_stay_open && !needs_unsure {
            return self;
        }
        let mut both = self;
        both.to_true.extend(&stated.to_true);
        both.to_false.extend(&stated.to_false);
        both.can_be_true |= stated.can_be_true;
        both.can_be_false |= stated.can_be_false;
        both.may_stay_open = false;
        both
    }
}
