//! The rules that all sides are given: the nodes under the supports, read with two values.

use export_advisor_core::evaluate::Answer;
use export_advisor_core::plan::{Node, NodeId, Plan};
use export_advisor_core::truth::Truth;

/// The nodes of a plan for a peer. What two values make of it at once is folded, as any author would:
/// `Indeterminate` is false, and an `And` of nothing true.
pub struct Rules<'a> {
    pub plan: &'a Plan,
    pub nodes: Vec<Node>,
    pub supports: Vec<NodeId>,
}

impl<'a> Rules<'a> {
    pub fn new(plan: &'a Plan) -> Self {
        let mut nodes: Vec<Node> = Vec::with_capacity(plan.nodes.len());
        for node in &plan.nodes {
            let folded = fold(node, &nodes);
            nodes.push(folded);
        }
        Self { plan, nodes, supports: plan.supports.to_vec() }
    }

    /// The same with one support turned into its opposite: a check that lets it pass checks nothing.
    pub fn planted(&self) -> Self {
        let (mut nodes, mut supports) = (self.nodes.clone(), self.supports.clone());
        nodes.push(Node::Not(supports[0]));
        supports[0] = NodeId::from(nodes.len() - 1);
        Self { plan: self.plan, nodes, supports }
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// Per node, how many nodes and supports name it; 0 where no support needs it.
    pub fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.nodes.len()];
        let mut waiting = self.supports.clone();
        while let Some(id) = waiting.pop() {
            uses[id.index()] += 1;
            if uses[id.index()] == 1 {
                waiting.extend(self.node(id).parts().copied());
            }
        }
        uses
    }
}

/// What two values make of a firm, one a support: a test of a fact that is not known is false.
pub fn expected(answer: &Answer) -> Vec<bool> {
    let mut holds: Vec<bool> = Vec::with_capacity(answer.plan.nodes.len());
    for (id, node) in answer.plan.nodes.iter_enumerated() {
        let of = |id: &NodeId| holds[id.index()];
        holds.push(match node {
            Node::Indeterminate => false,
            Node::Test(..) => answer.truth(id) == Truth::True,
            Node::Not(inner) => !of(inner),
            Node::And(parts) => parts.iter().all(of),
            Node::Or(parts) => parts.iter().any(of),
            Node::Coalesce(first, _) if answer.truth(*first).is_known() => of(first),
            Node::Coalesce(_, second) => of(second),
        });
    }
    answer.plan.supports.iter().map(|id| holds[id.index()]).collect()
}

fn fold(node: &Node, below: &[Node]) -> Node {
    let never = |id: &NodeId| below[id.index()] == Node::Indeterminate;
    let always = |id: &NodeId| below[id.index()] == Node::And(Vec::new());
    let without = |parts: &[NodeId], what: &dyn Fn(&NodeId) -> bool| -> Vec<NodeId> {
        parts.iter().copied().filter(|id| !what(id)).collect()
    };
    match node {
        Node::Not(inner) if never(inner) => Node::And(Vec::new()),
        Node::Not(inner) if always(inner) => Node::Indeterminate,
        Node::And(parts) if parts.iter().any(never) => Node::Indeterminate,
        Node::And(parts) => Node::And(without(parts, &always)),
        Node::Or(parts) if parts.iter().any(always) => Node::And(Vec::new()),
        Node::Or(parts) if parts.iter().all(never) => Node::Indeterminate,
        Node::Or(parts) => Node::Or(without(parts, &never)),
        // A test is false of a fact that is not known.
        Node::Coalesce(first, second) if never(second) => Node::And(vec![*first]),
        node => node.clone(),
    }
}
