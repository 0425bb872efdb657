//! The connectives of a plan laid out for one firm.
//!
//! Walking the nodes costs a decision per connective and per part, which a processor guesses wrongly too
//! often. Here each connective is steps that join two truths by looking the pair up; one of more
//! parts joins them in pairs, and those again, in slots behind the nodes.

use super::{Node, NodeId};
use crate::truth::Truth;

/// All connectives of a plan, parts first.
#[derive(Debug)]
pub(crate) struct Steps {
    steps: Vec<Step>,
    slots: usize,
    table: [Truth; 64],
}

#[derive(Clone, Copy, Debug)]
struct Step {
    join: Join,
    first: NodeId,
    second: NodeId,
    into: NodeId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Join {
    And,
    Or,
    Otherwise,
    /// The opposite of the first.
    Not,
}

impl Join {
    const ALL: [Self; 4] = [Self::And, Self::Or, Self::Otherwise, Self::Not];

    fn of(self, first: Truth, second: Truth) -> Truth {
        match self {
            Self::And => first.and(second),
            Self::Or => first.or(second),
            Self::Otherwise => first.otherwise(second),
            Self::Not => !first,
        }
    }

    /// Where the table has the truth of a pair.
    fn place(self, first: Truth, second: Truth) -> usize {
        ((self as usize) << 4 | (first as usize) << 2 | second as usize) & 63
    }
}

impl Steps {
    pub(super) fn new(nodes: &[Node]) -> Self {
        let mut rows = Rows { heights: vec![0; nodes.len()], steps: Vec::new() };
        for (into, node) in (0..).zip(nodes) {
            match node {
                Node::Open | Node::Test(..) => {}
                Node::Not(inner) => rows.join(Join::Not, &[*inner], into),
                Node::And(parts) => rows.join(Join::And, parts, into),
                Node::Or(parts) => rows.join(Join::Or, parts, into),
                Node::Otherwise(first, second) => {
                    rows.join(Join::Otherwise, &[*first, *second], into);
                }
            }
        }
        // Neighbours of one height do not wait for each other.
        rows.steps.sort_by_key(|(height, step)| (*height, step.join));
        let mut table = [Truth::Unknown; 64];
        for join in Join::ALL {
            for (first, second, ..) in Truth::PAIRS {
                if let Some(slot) = table.get_mut(join.place(first, second)) {
                    *slot = join.of(first, second);
                }
            }
        }
        let steps = rows.steps.into_iter().map(|(_, step)| step).collect();
        Self { steps, slots: rows.heights.len(), table }
    }

    /// One truth a node, then those of the slots between: what follows when `settle` has set those of
    /// the tests.
    #[expect(clippy::indexing_slicing, reason = "a place is cut to the table's size")]
    pub(crate) fn run(&self, settle: impl FnOnce(&mut [Truth])) -> Vec<Truth> {
        let mut truths = vec![Truth::Unknown; self.slots];
        settle(&mut truths);
        for step in &self.steps {
            let of = |id: NodeId| truths.get(id as usize).copied().unwrap_or(Truth::Unknown);
            let truth = self.table[step.join.place(of(step.first), of(step.second))];
            if let Some(slot) = truths.get_mut(step.into as usize) {
                *slot = truth;
            }
        }
        truths
    }
}

struct Rows {
    /// Per slot, how many steps it waits for, one after the other.
    heights: Vec<usize>,
    steps: Vec<(usize, Step)>,
}

impl Rows {
    fn join(&mut self, join: Join, parts: &[NodeId], into: NodeId) {
        match *parts {
            // The compiler makes no connective of nothing.
            [] => return,
            // A part joined with itself is itself.
            [only] => return self.step(join, only, only, into),
            [first, second] => return self.step(join, first, second, into),
            _ => {}
        }
        let mut halves = Vec::new();
        for pair in parts.chunks(2) {
            halves.push(match *pair {
                [first, second] => {
                    let between = NodeId::try_from(self.heights.len()).unwrap_or(NodeId::MAX);
                    self.heights.push(0);
                    self.step(join, first, second, between);
                    between
                }
                _ => pair.first().copied().unwrap_or(into),
            });
        }
        self.join(join, &halves, into);
    }

    fn step(&mut self, join: Join, first: NodeId, second: NodeId, into: NodeId) {
        let of = |id: NodeId| self.heights.get(id as usize).copied().unwrap_or(0);
        let height = of(first).max(of(second)) + 1;
        if let Some(slot) = self.heights.get_mut(into as usize) {
            *slot = height;
        }
        self.steps.push((height, Step { join, first, second, into }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::Test;
    use crate::facts::FactId;

    #[test]
    fn steps_are_the_nodes() {
        let mut rng = fastrand::Rng::with_seed(9);
        for _ in 0..500 {
            let tests = rng.u32(1..9);
            let mut nodes: Vec<Node> =
                (0..tests).map(|_| Node::Test(FactId(0), Test::Yes)).collect();
            for end in tests..tests + rng.u32(0..40) {
                let part = |rng: &mut fastrand::Rng| rng.u32(0..end);
                let parts = |rng: &mut fastrand::Rng| -> Vec<NodeId> {
                    (0..rng.u32(1..12)).map(|_| part(rng)).collect()
                };
                nodes.push(match rng.u32(0..5) {
                    0 => Node::Not(part(&mut rng)),
                    1 => Node::Otherwise(part(&mut rng), part(&mut rng)),
                    2 => Node::Open,
                    3 => Node::And(parts(&mut rng)),
                    _ => Node::Or(parts(&mut rng)),
                });
            }
            let given: Vec<Truth> = (0..tests).filter_map(|_| rng.choice(Truth::ALL)).collect();
            let mut expected = given.clone();
            for node in nodes.iter().skip(given.len()) {
                let of = |id: NodeId| expected.get(id as usize).copied().unwrap();
                let truth = node.truth(of);
                expected.push(truth);
            }
            let found = Steps::new(&nodes).run(|truths| {
                truths.iter_mut().zip(&given).for_each(|(slot, truth)| *slot = *truth);
            });
            assert_eq!(found.get(..nodes.len()), Some(expected.as_slice()), "{nodes:?}");
        }
    }
}
