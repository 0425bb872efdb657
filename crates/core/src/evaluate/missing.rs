//! What is missing: the facts that could decide what is open, and only those.

use crate::facts::{FactSet, Profile};
use crate::index::{IndexVec, index_type};
use crate::plan::{Node, NodeId, Plan, Register};
use crate::rulebook::SupportId;
use crate::truth::Truth;
use std::collections::HashMap;

/// What could still make a node true, and what could make it false.
#[derive(Clone, Copy, Debug, Default)]
struct ReachableOutcomes {
    /// The facts that could help to make it true; none if nothing can.
    to_true: FactSet,
    /// The facts that could help to make it false; none if nothing can.
    to_false: FactSet,
    can_be_true: bool,
    can_be_false: bool,
    /// Whether it may stay unknown whatever is answered.
    may_stay_unknown: bool,
}

index_type!(
    /// The index of a node among those that are not known.
    struct UndecidedId
);

/// Per node, the facts that could decide it; empty where it is known.
#[derive(Debug)]
pub(super) struct Missing {
    /// Of the undecided nodes: most nodes are known, and have none.
    outcomes: IndexVec<UndecidedId, ReachableOutcomes>,
    /// Per node, its index in `outcomes`; none where it is known.
    undecided: IndexVec<NodeId, Option<UndecidedId>>,
    /// The facts that the firm does not know.
    unsure: FactSet,
}

impl Missing {
    /// One pass over the plan: what could make an undecided node true or false follows from what
    /// could do so to its undecided parts.
    ///
    /// A derived fact itself is missing only where its derivation may end unknown, or needs something
    /// that the firm said it does not know: elsewhere its inputs are what is missing.
    pub(super) fn new(plan: &Plan, profile: &Profile, truths: &IndexVec<Register, Truth>) -> Self {
        let unsure = profile
            .iter()
            .filter(|(_, value)| value.is_asked_unknown())
            .map(|(fact, _)| fact)
            .collect();
        let undecided = IndexVec::default();
        let mut missing = Self { outcomes: IndexVec::new(), undecided, unsure };
        for (node, truth) in plan.nodes.iter().zip(truths) {
            if truth.is_known() {
                missing.undecided.push(None);
                continue;
            }
            let outcomes =
                ReachableOutcomes::of_node(node, &missing.unsure, |id| missing.undecided(id));
            let undecided = missing.outcomes.push(outcomes);
            missing.undecided.push(Some(undecided));
        }
        missing
    }

    /// The reachable outcomes of a node, unless it is known.
    fn undecided(&self, node: NodeId) -> Option<ReachableOutcomes> {
        self.undecided.at(node).map(|undecided| *self.outcomes.at(undecided))
    }

    pub(super) fn of(&self, node: NodeId) -> FactSet {
        self.undecided(node).unwrap_or_default().facts()
    }

    /// The same for a support, whose criteria may share parts: what the other criteria force is
    /// assumed, since without it the support fails anyway.
    pub(super) fn of_support(
        &self,
        plan: &Plan,
        support: SupportId,
        truths: &IndexVec<Register, Truth>,
    ) -> FactSet {
        let root = *plan.supports.at(support);
        let shared = plan.shared.at(support);
        let truth = |id: NodeId| *truths.at(id);
        if shared.is_empty() || truth(root).is_known() {
            return self.of(root);
        }
        let criteria = plan.criteria.at(support).iter();
        let undecided: Vec<NodeId> =
            criteria.copied().filter(|id| !truth(*id).is_known()).collect();
        let forced: Vec<Vec<(NodeId, Truth)>> = undecided
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
        for (index, id) in undecided.iter().enumerate() {
            let others = forced.iter().enumerate().filter(|(other, _)| *other != index);
            let assumed = others.flat_map(|(_, forced)| forced.iter().copied());
            let mut known: HashMap<NodeId, (Truth, ReachableOutcomes)> = assumed
                .map(|(node, truth)| (node, (truth, ReachableOutcomes::default())))
                .collect();
            match self.assumed(plan, &truth, *id, &mut known) {
                (Truth::Unknown, outcomes) => facts.extend(&outcomes.facts()),
                (Truth::True, _) => {}
                // The criteria exclude each other: each may show it.
                (Truth::False, _) => return self.of(root),
            }
        }
        facts
    }

    /// Truth and reachable outcomes of a node where some truths are assumed.
    #[expect(clippy::indexing_slicing, reason = "`below` has every part of the node")]
    fn assumed(
        &self,
        plan: &Plan,
        truth: &dyn Fn(NodeId) -> Truth,
        id: NodeId,
        known: &mut HashMap<NodeId, (Truth, ReachableOutcomes)>,
    ) -> (Truth, ReachableOutcomes) {
        if let Some(found) = known.get(&id) {
            return *found;
        }
        if truth(id).is_known() {
            return (truth(id), ReachableOutcomes::default());
        }
        let node = plan.node(id);
        let below: HashMap<NodeId, (Truth, ReachableOutcomes)> =
            node.parts().map(|part| (*part, self.assumed(plan, truth, *part, known))).collect();
        let result = node.evaluate(|part| below[part].0);
        let outcomes = if result.is_known() {
            ReachableOutcomes::default()
        } else {
            let undecided = |part| {
                let (truth, outcomes) = below[&part];
                (!truth.is_known()).then_some(outcomes)
            };
            ReachableOutcomes::of_node(node, &self.unsure, undecided)
        };
        known.insert(id, (result, outcomes));
        (result, outcomes)
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
        Node::Indeterminate | Node::Test(..) | Node::Coalesce(..) => {}
        Node::Not(inner) => force(plan, truth, *inner, !wanted, forced),
        node @ (Node::And(parts) | Node::Or(parts)) => {
            let undecided: Vec<NodeId> =
                parts.iter().copied().filter(|p| !truth(*p).is_known()).collect();
            let all = matches!(node, Node::And(_)) == (wanted == Truth::True);
            if all || undecided.len() == 1 {
                for part in undecided {
                    force(plan, truth, part, wanted, forced);
                }
            }
        }
    }
}

impl ReachableOutcomes {
    /// The facts that could help either way.
    fn facts(&self) -> FactSet {
        let mut facts = self.to_true;
        facts.extend(&self.to_false);
        facts
    }

    /// The reachable outcomes of a node that is not known; `undecided` gives that of a part, or nothing if it is known.
    fn of_node(node: &Node, unsure: &FactSet, undecided: impl Fn(NodeId) -> Option<Self>) -> Self {
        let any = |parts: &[NodeId]| Self::of_any(parts.iter().filter_map(|part| undecided(*part)));
        let all = |parts: &[NodeId]| {
            Self::of_any(parts.iter().filter_map(|part| undecided(*part)).map(Self::opposite))
                .opposite()
        };
        match node {
            Node::Indeterminate => Self { may_stay_unknown: true, ..Self::default() },
            Node::Test((fact, _)) => Self {
                to_true: FactSet::of(*fact),
                to_false: FactSet::of(*fact),
                can_be_true: true,
                can_be_false: true,
                may_stay_unknown: false,
            },
            Node::Not(inner) => undecided(*inner).unwrap_or_default().opposite(),
            Node::Or(parts) => any(parts),
            Node::And(parts) => all(parts),
            Node::Coalesce(first, second) => {
                let stated = undecided(*first).unwrap_or_default();
                undecided(*second).unwrap_or_default().coalesce(stated, unsure)
            }
        }
    }

    fn opposite(self) -> Self {
        Self {
            to_true: self.to_false,
            to_false: self.to_true,
            can_be_true: self.can_be_false,
            can_be_false: self.can_be_true,
            may_stay_unknown: self.may_stay_unknown,
        }
    }

    /// True as soon as one of the undecided parts is, false only when all are.
    fn of_any(parts: impl Iterator<Item = Self>) -> Self {
        let mut any = Self { can_be_false: true, ..Self::default() };
        for part in parts {
            any.can_be_true |= part.can_be_true;
            any.can_be_false &= part.can_be_false;
            any.may_stay_unknown |= part.may_stay_unknown;
            any.to_true.extend(&part.to_true);
            any.to_false.extend(&part.to_false);
        }
        if !any.can_be_false {
            any.to_false = FactSet::default();
        }
        any
    }

    /// A derivation, given what stating the fact itself could do.
    fn coalesce(self, stated: Self, unsure: &FactSet) -> Self {
        let needs_unsure = self.to_true.intersects(unsure) || self.to_false.intersects(unsure);
        if !self.may_stay_unknown && !needs_unsure {
            return self;
        }
        let mut both = self;
        both.to_true.extend(&stated.to_true);
        both.to_false.extend(&stated.to_false);
        both.can_be_true |= stated.can_be_true;
        both.can_be_false |= stated.can_be_false;
        both.may_stay_unknown = false;
        both
    }
}
