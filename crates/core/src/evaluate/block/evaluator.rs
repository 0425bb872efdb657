//! The plan, evaluated for a block of firms.
//!
//! Owns the order of work: which nodes are needed, tests by column, then the connectives in the order of
//! the plan, tile by tile; and the [`Outcome`], which reads the masks for a row or a support. What
//! could still decide an open support is left to `missing`, and made only when it is asked for.

#![expect(clippy::indexing_slicing, reason = "slots are given out here alone")]

use super::Block;
use super::masks::{LANES, Masks, ROWS, turn};
use super::missing::{FoundMissing, Search};
use super::settle::{Memory, NO_SLOT, Slot, Tests};
use super::statuses::Statuses;
use crate::evaluate::one::{Stage, stage};
use crate::facts::{FactId, FactSet};
use crate::plan::{DerivedNodes, Node, NodeId, Plan};
use crate::rulebook::Status;
use crate::truth::Truth;

/// One connective; its parts have lower slots.
#[derive(Clone, Debug)]
enum Step {
    /// Never known.
    Open,
    /// Settled by its fact's column.
    Test,
    Not(Slot),
    And(Vec<Slot>),
    Or(Vec<Slot>),
    Otherwise(Slot, Slot),
}

/// A plan made ready for blocks: what is needed of it, and what one thread works on.
#[derive(Debug)]
pub struct Evaluator<'a> {
    program: Program<'a>,
    work: Work,
}

/// What does not change from block to block.
#[derive(Debug)]
struct Program<'a> {
    plan: &'a Plan,
    /// Node → slot.
    slots: Vec<Slot>,
    /// Slot → what to do.
    steps: Vec<Step>,
    tests: Vec<Tests<'a>>,
    /// The supports that are evaluated.
    chosen: Vec<usize>,
    /// Per support, whether it counts for what is missing of a row.
    asked: Vec<bool>,
    search: Search,
}

/// What one block leaves for its outcome; allocated once.
#[derive(Debug, Default)]
struct Work {
    /// Tile by tile, the masks of each slot.
    masks: Vec<Masks>,
    /// Per support, the words of applies and those of does not apply.
    statuses: Vec<(Vec<u64>, Vec<u64>)>,
    memories: Vec<Memory>,
    missing: FoundMissing,
    /// Per row, the facts that could decide any support; empty until asked for.
    any: Vec<FactSet>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator of all nodes of a plan.
    #[must_use]
    pub fn new(plan: &'a Plan) -> Self {
        let chosen = (0..plan.supports.len()).collect();
        Self::of(plan, chosen, &|_| true)
    }

    /// An evaluator of the nodes that some supports and the derived facts need. Of all other nodes the
    /// outcome says "unknown".
    #[must_use]
    pub fn only(plan: &'a Plan, supports: &[usize]) -> Self {
        let mut needed = vec![false; plan.nodes.len()];
        let mut waiting: Vec<NodeId> =
            supports.iter().filter_map(|place| plan.supports.get(*place).copied()).collect();
        waiting.extend(plan.derived.iter().flat_map(|nodes| nodes.follows.iter().copied()));
        while let Some(node) = waiting.pop() {
            if !std::mem::replace(&mut needed[node as usize], true) {
                waiting.extend(plan.node(node).parts());
            }
        }
        Self::of(plan, supports.to_vec(), &|node| needed[node as usize])
    }

    fn of(plan: &'a Plan, mut chosen: Vec<usize>, needed: &dyn Fn(NodeId) -> bool) -> Self {
        chosen.sort_unstable();
        chosen.dedup();
        chosen.retain(|place| *place < plan.supports.len());
        let mut slots = vec![NO_SLOT; plan.nodes.len()];
        let mut steps = Vec::new();
        for (place, node) in (0..).zip(&plan.nodes) {
            if !needed(place) {
                continue;
            }
            let of = |node: &NodeId| slots[*node as usize];
            let step = match node {
                Node::Open => Step::Open,
                Node::Test(..) => Step::Test,
                Node::Not(inner) => Step::Not(of(inner)),
                Node::And(parts) => Step::And(parts.iter().map(of).collect()),
                Node::Or(parts) => Step::Or(parts.iter().map(of).collect()),
                Node::Otherwise(first, second) => Step::Otherwise(of(first), of(second)),
            };
            slots[place as usize] = Slot::try_from(steps.len()).unwrap_or(NO_SLOT);
            steps.push(step);
        }
        let facts = plan.book.catalogue.facts.iter().zip(&plan.probes);
        let tests = facts.map(|(fact, probe)| Tests::new(fact.id, probe, fact.words.len(), &slots));
        let tests: Vec<Tests<'a>> = tests.filter(|tests| !tests.all.is_empty()).collect();
        let work = Work {
            statuses: vec![(Vec::new(), Vec::new()); plan.supports.len()],
            memories: vec![Memory::default(); tests.len()],
            ..Work::default()
        };
        let search = Search::new(plan, &chosen, &|node| slots[node as usize]);
        let asked = (0..plan.supports.len()).map(|place| chosen.contains(&place)).collect();
        Self { program: Program { plan, slots, steps, tests, chosen, asked, search }, work }
    }

    /// Narrows [`Outcome::missing`] to some supports, say to those whose window is open.
    #[must_use]
    pub fn asking_for(mut self, supports: &[usize]) -> Self {
        for (place, asked) in self.program.asked.iter_mut().enumerate() {
            *asked = *asked && supports.contains(&place);
        }
        self
    }

    /// Evaluates a block. The outcome is of this block, and goes before the next is run.
    pub fn run<'e>(&'e mut self, block: &'e Block) -> Outcome<'e> {
        let Self { program, work } = self;
        let rows = block.rows();
        program.truths(block, rows, work);
        program.statuses(rows, work);
        work.any.clear();
        Outcome { program, work, block, rows, found: false }
    }
}

impl Program<'_> {
    fn truths(&self, block: &Block, rows: usize, work: &mut Work) {
        let tiles = rows.div_ceil(ROWS);
        let nodes = self.steps.len();
        work.masks.resize(tiles * nodes, Masks::UNKNOWN);
        for (tile, masks) in work.masks.chunks_exact_mut(nodes.max(1)).enumerate() {
            for (tests, memory) in self.tests.iter().zip(&mut work.memories) {
                tests.settle(&block.columns[tests.fact.index()], tile, memory, masks);
            }
            for (at, step) in self.steps.iter().enumerate() {
                let (below, rest) = masks.split_at_mut(at);
                let of = |slot: &Slot| &below[*slot as usize];
                rest[0] = match step {
                    Step::Test => continue,
                    Step::Open => Masks::UNKNOWN,
                    Step::Not(inner) => of(inner).not(),
                    Step::And(parts) => {
                        parts.iter().fold(Masks::TRUE, |masks, part| masks.and(of(part)))
                    }
                    Step::Or(parts) => {
                        parts.iter().fold(Masks::FALSE, |masks, part| masks.or(of(part)))
                    }
                    Step::Otherwise(first, second) => of(first).otherwise(of(second)),
                };
            }
        }
    }

    /// Copies the statuses out, so that those of one support stand side by side.
    fn statuses(&self, rows: usize, work: &mut Work) {
        let words = rows.div_ceil(64);
        for place in &self.chosen {
            let slot = self.slots[self.plan.supports[*place] as usize] as usize;
            let (applies, not) = &mut work.statuses[*place];
            applies.clear();
            not.clear();
            for tile in work.masks.chunks_exact(self.steps.len()) {
                applies.extend_from_slice(&tile[slot].yes);
                not.extend_from_slice(&tile[slot].no);
            }
            applies.truncate(words);
            not.truncate(words);
        }
    }
}

/// What the plan says of the rows of one block.
#[derive(Debug)]
pub struct Outcome<'e> {
    program: &'e Program<'e>,
    work: &'e mut Work,
    block: &'e Block,
    rows: usize,
    /// Whether what is missing has been looked for.
    found: bool,
}

impl Outcome<'_> {
    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The truth of a node in a row; unknown if there is no such row or the node is not evaluated.
    #[must_use]
    pub fn truth(&self, node: NodeId, row: usize) -> Truth {
        let slot = self.program.slots.get(node as usize).copied().unwrap_or(NO_SLOT);
        if slot == NO_SLOT || row >= self.rows {
            return Truth::Unknown;
        }
        let place = row / ROWS * self.program.steps.len() + slot as usize;
        self.work.masks[place].truth(row % ROWS)
    }

    /// The status of a support in a row.
    #[must_use]
    pub fn status(&self, support: usize, row: usize) -> Status {
        let (applies, not) = self.status_masks(support);
        let bit = |words: &[u64]| words.get(row / 64).is_some_and(|w| w >> (row % 64) & 1 == 1);
        if bit(applies) {
            Status::Applies
        } else if bit(not) {
            Status::DoesNotApply
        } else {
            Status::Undetermined
        }
    }

    /// The rows to which a support applies and those to which it does not, one bit a row, the first
    /// row the lowest bit of the first word. Empty for a support that is not evaluated.
    #[must_use]
    pub fn status_masks(&self, support: usize) -> (&[u64], &[u64]) {
        let statuses = self.work.statuses.get(support);
        statuses.map_or((&[], &[]), |(applies, not)| (applies, not))
    }

    /// The statuses of some supports, row by row.
    #[must_use]
    pub fn statuses(&self, supports: impl Iterator<Item = usize>) -> Statuses {
        Statuses::new(self.rows, supports.map(|support| self.status_masks(support)))
    }

    /// The facts that could decide a support in a row: what [`Answer::missing_for`] says of it. The
    /// first call finds them for the whole block.
    ///
    /// [`Answer::missing_for`]: crate::evaluate::Answer::missing_for
    #[must_use]
    pub fn missing_for(&mut self, support: usize, row: usize) -> FactSet {
        if row >= self.rows {
            return FactSet::default();
        }
        self.find();
        self.work.missing.of_row(&self.program.search, support, row)
    }

    /// The facts that could decide any of the supports that are asked for, in a row.
    #[must_use]
    pub fn missing(&mut self, row: usize) -> FactSet {
        if row >= self.rows {
            return FactSet::default();
        }
        self.find();
        if self.work.any.is_empty() {
            self.any();
        }
        self.work.any[row]
    }

    /// Per fact that stands in a support, the rows in which it could decide the support, one bit a
    /// row.
    #[must_use]
    pub fn missing_masks(&mut self, support: usize) -> Vec<(FactId, Vec<u64>)> {
        self.find();
        let mut masks = self.work.missing.masks(&self.program.search, support);
        masks.iter_mut().for_each(|(_, words)| words.truncate(self.rows.div_ceil(64)));
        masks
    }

    fn find(&mut self) {
        if !self.found {
            let Self { program, work, block, .. } = self;
            let Work { masks, missing, .. } = &mut **work;
            program.search.find(block, masks, program.steps.len(), missing);
            self.found = true;
        }
    }

    /// Turns the masks of facts into one set a row.
    fn any(&mut self) {
        let Work { missing, any, .. } = &mut *self.work;
        let mut masks = [[0; LANES]; 256];
        for tile in 0..self.rows.div_ceil(ROWS) {
            missing.any(&self.program.search, &self.program.asked, tile, &mut masks);
            for lane in 0..LANES {
                let mut sets = [[0; 64]; 4];
                for (set, masks) in sets.iter_mut().zip(masks.chunks_exact(64)) {
                    set.iter_mut().zip(masks).for_each(|(word, mask)| *word = mask[lane]);
                    if set.iter().any(|word| *word != 0) {
                        turn(set);
                    }
                }
                any.extend((0..64).map(|row| FactSet::from_words(sets.map(|set| set[row]))));
            }
        }
    }

    /// What follows for a derived fact from other facts in a row, whatever the firm states of it.
    #[must_use]
    pub fn follows(&self, nodes: &DerivedNodes, row: usize) -> Stage {
        stage(self.program.plan, nodes, |node| self.truth(node, row))
    }
}
