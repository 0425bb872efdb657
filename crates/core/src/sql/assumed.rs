//! What the other criteria of a support force of the parts that they share with one.
//!
//! In go the criteria and their shared parts; out come, per part, the conditions under which it is assumed to be true
//! or false, and from them the truths of whatever contains it. A later criterion overrules an earlier one, as it does
//! for one firm.

use super::gather::Gathered;
use crate::plan::{Node, NodeId, Plan};
use crate::truth::Truth;
use foldhash::HashMap;

/// When something is true, and when it is false; unknown otherwise.
type TrueFalse = (NodeId, NodeId);

/// Assumed truths.
#[derive(Debug)]
pub(super) struct Assumed {
    /// Per shared part, when it is assumed to be true and false, provided that it is not known.
    forced: HashMap<NodeId, TrueFalse>,
    touched: HashMap<NodeId, bool>,
    truths: HashMap<NodeId, TrueFalse>,
}

impl Assumed {
    /// What must be if all of some criteria hold.
    pub(super) fn new(
        plan: &Plan,
        gathered: &mut Gathered,
        criteria: &[NodeId],
        shared: &[NodeId],
    ) -> Self {
        let mut own = Self {
            forced: HashMap::default(),
            touched: HashMap::default(),
            truths: HashMap::default(),
        };
        if !shared.is_empty() {
            let yes = gathered.constant(true);
            for criterion in criteria {
                own.force(plan, gathered, *criterion, true, yes, shared);
            }
        }
        own
    }

    /// The conditions under which something is assumed.
    pub(super) fn forced(&self) -> Vec<NodeId> {
        self.forced.values().flat_map(|(yes, no)| [*yes, *no]).collect()
    }

    /// What must be of the parts of a node if it is to be `wanted`, where `when` holds.
    fn force(
        &mut self,
        plan: &Plan,
        gathered: &mut Gathered,
        id: NodeId,
        wanted: bool,
        when: NodeId,
        shared: &[NodeId],
    ) {
        let undecided = gathered.is(plan, id, Truth::Unknown);
        let when = gathered.every(vec![when, undecided]);
        if shared.contains(&id) {
            let never = gathered.constant(false);
            let (yes, no) = self.forced.get(&id).copied().unwrap_or((never, never));
            let not_now = gathered.opposite(when);
            let (now, before) = if wanted { (yes, no) } else { (no, yes) };
            let now = gathered.some_of(vec![now, when]);
            let before = gathered.every(vec![before, not_now]);
            self.forced.insert(id, if wanted { (now, before) } else { (before, now) });
        }
        match plan.node(id) {
            Node::Indeterminate | Node::Test(..) | Node::Coalesce(..) => {}
            Node::Not(inner) => self.force(plan, gathered, *inner, !wanted, when, shared),
            node @ (Node::And(parts) | Node::Or(parts)) => {
                let all = matches!(node, Node::And(_)) == wanted;
                for part in parts {
                    // Otherwise only the last part that is undecided must be.
                    let others = parts.iter().filter(|other| *other != part && !all);
                    let mut needed = vec![when];
                    for other in others {
                        let undecided = gathered.is(plan, *other, Truth::Unknown);
                        needed.push(gathered.opposite(undecided));
                    }
                    let needed = gathered.every(needed);
                    self.force(plan, gathered, *part, wanted, needed, shared);
                }
            }
        }
    }

    /// Whether an assumption bears on a node.
    pub(super) fn touches(&mut self, plan: &Plan, id: NodeId) -> bool {
        if self.forced.is_empty() {
            return false;
        }
        if let Some(known) = self.touched.get(&id) {
            return *known;
        }
        let touched = self.forced.contains_key(&id)
            || plan.node(id).parts().any(|part| self.touches(plan, *part));
        self.touched.insert(id, touched);
        touched
    }

    /// Whether a node has a truth under the assumption; nothing if that does not bear on it.
    pub(super) fn is(
        &mut self,
        plan: &Plan,
        gathered: &mut Gathered,
        id: NodeId,
        truth: Truth,
    ) -> Option<NodeId> {
        if !self.touches(plan, id) {
            return None;
        }
        let (yes, no) = self.truths(plan, gathered, id);
        Some(match truth {
            Truth::True => yes,
            Truth::False => no,
            Truth::Unknown => {
                let parts = vec![gathered.opposite(yes), gathered.opposite(no)];
                gathered.every(parts)
            }
        })
    }

    fn truths(&mut self, plan: &Plan, gathered: &mut Gathered, id: NodeId) -> TrueFalse {
        if let Some(known) = self.truths.get(&id) {
            return *known;
        }
        let plain = (gathered.is(plan, id, Truth::True), gathered.is(plan, id, Truth::False));
        let found = if !self.touches(plan, id) {
            plain
        } else if let Some((yes, no)) = self.forced.get(&id).copied() {
            let undecided = gathered.is(plan, id, Truth::Unknown);
            if yes == undecided || no == undecided {
                // Whenever it is not known, it is forced.
                (gathered.some_of(vec![plain.0, yes]), gathered.some_of(vec![plain.1, no]))
            } else {
                // Where nothing is forced of the part itself, something may be of what it is made of.
                let below = self.below(plan, gathered, id);
                let free = vec![gathered.opposite(yes), gathered.opposite(no)];
                let free = gathered.every(free);
                let below_yes = gathered.every(vec![free, below.0]);
                let below_no = gathered.every(vec![free, below.1]);
                (
                    gathered.some_of(vec![plain.0, yes, below_yes]),
                    gathered.some_of(vec![plain.1, no, below_no]),
                )
            }
        } else {
            self.below(plan, gathered, id)
        };
        self.truths.insert(id, found);
        found
    }

    /// The truths of a node by those of its parts.
    fn below(&mut self, plan: &Plan, gathered: &mut Gathered, id: NodeId) -> TrueFalse {
        let mut of = |gathered: &mut Gathered, part: &NodeId| self.truths(plan, gathered, *part);
        match plan.node(id) {
            Node::Indeterminate | Node::Test(..) => {
                (gathered.is(plan, id, Truth::True), gathered.is(plan, id, Truth::False))
            }
            Node::Not(inner) => {
                let (yes, no) = of(gathered, inner);
                (no, yes)
            }
            node @ (Node::And(parts) | Node::Or(parts)) => {
                let (yes, no): (Vec<NodeId>, Vec<NodeId>) =
                    parts.iter().map(|part| of(gathered, part)).unzip();
                if matches!(node, Node::And(_)) {
                    (gathered.every(yes), gathered.some_of(no))
                } else {
                    (gathered.some_of(yes), gathered.every(no))
                }
            }
            Node::Coalesce(first, second) => {
                let (first, second) = (of(gathered, first), of(gathered, second));
                let unknown = {
                    let parts = vec![gathered.opposite(first.0), gathered.opposite(first.1)];
                    gathered.every(parts)
                };
                let (yes, no) = (
                    gathered.every(vec![unknown, second.0]),
                    gathered.every(vec![unknown, second.1]),
                );
                let yes = gathered.some_of(vec![first.0, yes]);
                let no = gathered.some_of(vec![first.1, no]);
                // What is known stays: an assumption about the first alone would change it.
                let undecided = gathered.is(plan, id, Truth::Unknown);
                let (known_yes, known_no) =
                    (gathered.is(plan, id, Truth::True), gathered.is(plan, id, Truth::False));
                let (yes, no) =
                    (gathered.every(vec![undecided, yes]), gathered.every(vec![undecided, no]));
                (gathered.some_of(vec![known_yes, yes]), gathered.some_of(vec![known_no, no]))
            }
        }
    }
}
