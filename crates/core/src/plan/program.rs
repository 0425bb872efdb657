//! The connectives of a plan laid out for one firm.
//!
//! Walking the nodes costs a decision per connective and per part, which a processor guesses wrongly too
//! often. Here each connective is instructions that join two truths by looking the pair up; one of more
//! parts joins them in pairs, and those again, in registers behind the nodes.

use super::{Node, NodeId};
use crate::index::{IndexVec, index_type};
use crate::truth::Truth;

index_type!(
    /// Where a truth is held while a program runs: that of a node under the node's own index, then those
    /// between nodes.
    pub(crate) struct Register
);

impl From<NodeId> for Register {
    #[inline]
    fn from(node: NodeId) -> Self {
        Self::from(node.index())
    }
}

/// All connectives of a plan, parts first.
#[derive(Debug)]
pub(crate) struct Program {
    instructions: Vec<Instruction>,
    registers: usize,
    table: [Truth; 64],
}

#[derive(Clone, Copy, Debug)]
struct Instruction {
    join: Join,
    first: Register,
    second: Register,
    into: Register,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Join {
    And,
    Or,
    Coalesce,
    /// The opposite of the first.
    Not,
}

impl Join {
    const ALL: [Self; 4] = [Self::And, Self::Or, Self::Coalesce, Self::Not];

    fn of(self, first: Truth, second: Truth) -> Truth {
        match self {
            Self::And => first.and(second),
            Self::Or => first.or(second),
            Self::Coalesce => first.coalesce(second),
            Self::Not => !first,
        }
    }

    /// Where the table has the truth of a pair.
    fn table_index(self, first: Truth, second: Truth) -> usize {
        ((self as usize) << 4 | (first as usize) << 2 | second as usize) & 63
    }
}

impl Program {
    pub(super) fn new(nodes: &IndexVec<NodeId, Node>) -> Self {
        let mut rows = Rows { heights: vec![0; nodes.len()].into(), instructions: Vec::new() };
        for (into, node) in nodes.iter_enumerated() {
            let into = Register::from(into);
            let parts: Vec<Register> = node.parts().map(|part| (*part).into()).collect();
            match node {
                Node::Indeterminate | Node::Test(..) => {}
                Node::Not(_) => rows.join(Join::Not, &parts, into),
                Node::And(_) => rows.join(Join::And, &parts, into),
                Node::Or(_) => rows.join(Join::Or, &parts, into),
                Node::Coalesce(..) => rows.join(Join::Coalesce, &parts, into),
            }
        }
        // Neighbours of one height do not wait for each other.
        rows.instructions.sort_by_key(|(height, instruction)| (*height, instruction.join));
        let mut table = [Truth::Unknown; 64];
        for join in Join::ALL {
            for (first, second, ..) in Truth::PAIRS {
                if let Some(register) = table.get_mut(join.table_index(first, second)) {
                    *register = join.of(first, second);
                }
            }
        }
        let instructions =
            rows.instructions.into_iter().map(|(_, instruction)| instruction).collect();
        Self { instructions, registers: rows.heights.len(), table }
    }

    /// The truths of all nodes, and behind them those between nodes: `evaluate_tests` sets those of the
    /// tests, the rest follows.
    #[expect(clippy::indexing_slicing, reason = "an index is cut to the table's size")]
    pub(crate) fn run(
        &self,
        evaluate_tests: impl FnOnce(&mut IndexVec<Register, Truth>),
    ) -> IndexVec<Register, Truth> {
        let mut truths = IndexVec::from(vec![Truth::Unknown; self.registers]);
        evaluate_tests(&mut truths);
        for instruction in &self.instructions {
            let (first, second) = (truths[instruction.first], truths[instruction.second]);
            truths[instruction.into] = self.table[instruction.join.table_index(first, second)];
        }
        truths
    }
}

struct Rows {
    /// Per register, how many instructions it waits for, one after the other.
    heights: IndexVec<Register, usize>,
    instructions: Vec<(usize, Instruction)>,
}

impl Rows {
    fn join(&mut self, join: Join, parts: &[Register], into: Register) {
        match *parts {
            // The compiler makes no connective of nothing.
            [] => return,
            // A part joined with itself is itself.
            [only] => return self.instruction(join, only, only, into),
            [first, second] => return self.instruction(join, first, second, into),
            _ => {}
        }
        let mut halves = Vec::new();
        for pair in parts.chunks(2) {
            halves.push(match *pair {
                [first, second] => {
                    let between = self.heights.push(0);
                    self.instruction(join, first, second, between);
                    between
                }
                _ => pair.first().copied().unwrap_or(into),
            });
        }
        self.join(join, &halves, into);
    }

    fn instruction(&mut self, join: Join, first: Register, second: Register, into: Register) {
        let height = (*self.heights.at(first)).max(*self.heights.at(second)) + 1;
        *self.heights.at_mut(into) = height;
        self.instructions.push((height, Instruction { join, first, second, into }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::Test;
    use crate::facts::FactId;

    #[test]
    fn a_program_computes_its_nodes() {
        let mut rng = fastrand::Rng::with_seed(9);
        for _ in 0..500 {
            let tests = rng.usize(1..9);
            let test = || Node::Test((FactId::from(0), Test::Yes));
            let mut nodes: IndexVec<NodeId, Node> = (0..tests).map(|_| test()).collect();
            for end in tests..tests + rng.usize(0..40) {
                let part = |rng: &mut fastrand::Rng| NodeId::from(rng.usize(0..end));
                let parts = |rng: &mut fastrand::Rng| -> Vec<NodeId> {
                    (0..rng.u32(1..12)).map(|_| part(rng)).collect()
                };
                nodes.push(match rng.u32(0..5) {
                    0 => Node::Not(part(&mut rng)),
                    1 => Node::Coalesce(part(&mut rng), part(&mut rng)),
                    2 => Node::Indeterminate,
                    3 => Node::And(parts(&mut rng)),
                    _ => Node::Or(parts(&mut rng)),
                });
            }
            let given: Vec<Truth> = (0..tests).filter_map(|_| rng.choice(Truth::ALL)).collect();
            let mut expected = given.clone();
            for node in nodes.iter().skip(given.len()) {
                let truth = node.evaluate(|id| expected.get(id.index()).copied().unwrap());
                expected.push(truth);
            }
            let found = Program::new(&nodes).run(|truths| {
                truths.iter_mut().zip(&given).for_each(|(register, truth)| *register = *truth);
            });
            assert_eq!(
                <[Truth]>::get(&found, ..nodes.len()),
                Some(expected.as_slice()),
                "{nodes:?}"
            );
        }
    }
}
