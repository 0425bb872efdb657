//! The plan, evaluated for a batch of firms.
//!
//! Owns the order of work: which nodes are needed, tests by column, then the connectives in the order of
//! the plan, tile by tile; and the [`Outcome`], which reads the truth bitmaps for a row or a support. What
//! could still decide an open support is left to `missing`, and made only when it is asked for.

#![expect(clippy::indexing_slicing, reason = "registers are given out here alone")]

use super::Batch;
use super::bitmaps::{BIT_WORDS, BitWords, ROWS, TruthBitmaps, transpose, zip};
use super::column_tests::{Memory, Register, Registers, Tests};
use super::missing::{FoundMissing, Search};
use super::statuses::Statuses;
use crate::evaluate::one::{PartialValue, partial_value};
use crate::facts::{FactId, FactSet};
use crate::formula::Formula;
use crate::index::IndexVec;
use crate::plan::{DerivedNodes, NodeId, Plan};
use crate::rulebook::{ExcludedBy, Status, SupportId};
use crate::truth::{Kleene as _, Truth};

/// One connective; its parts have lower registers. A test is evaluated with the column of its fact.
type Instruction = Formula<Register>;

/// A plan compiled for batches: what is needed of it, and what one thread works on.
#[derive(Debug)]
pub struct Evaluator<'a> {
    program: BatchProgram<'a>,
    work: Work,
}

/// What does not change from batch to batch.
#[derive(Debug)]
struct BatchProgram<'a> {
    plan: &'a Plan,
    registers: Registers,
    instructions: IndexVec<Register, Instruction>,
    tests: Vec<Tests<'a>>,
    /// The supports that are evaluated.
    chosen: Vec<SupportId>,
    /// Per support, whether it counts for what is missing of a row.
    asked: IndexVec<SupportId, bool>,
    search: Search,
}

/// The register of a node that is evaluated.
fn register_of(registers: &Registers, node: NodeId) -> Register {
    registers[node].unwrap_or(Register::NONE)
}

/// What one batch leaves for its outcome; allocated once.
#[derive(Debug, Default)]
struct Work {
    /// Tile by tile, the truth bitmaps of each register.
    bitmaps: Vec<TruthBitmaps>,
    /// Per support, the bit words of applies and those of does not apply.
    statuses: IndexVec<SupportId, (Vec<u64>, Vec<u64>)>,
    memories: Vec<Memory>,
    missing: FoundMissing,
    /// Per row, the facts that could decide any support; empty until asked for.
    any: Vec<FactSet>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator of all nodes of a plan.
    #[must_use]
    pub fn new(plan: &'a Plan) -> Self {
        let chosen = plan.supports.indices().collect();
        Self::of(plan, chosen, &|_| true)
    }

    /// An evaluator of the nodes that some supports, the derived facts and the conflicts need. Of all other nodes
    /// the outcome says "unknown". A support that the plan does not have is left out.
    #[must_use]
    pub fn only(plan: &'a Plan, supports: &[impl Into<SupportId> + Copy]) -> Self {
        let known = |support: &SupportId| support.index() < plan.supports.len();
        let supports: Vec<SupportId> =
            supports.iter().map(|support| (*support).into()).filter(known).collect();
        let mut needed = IndexVec::filled(false, &plan.nodes);
        let mut waiting: Vec<NodeId> =
            supports.iter().map(|support| plan.supports[*support]).collect();
        let exclusions = supports.iter().map(|support| plan.exclusions[*support]);
        waiting.extend(exclusions.flat_map(|e| e.nodes()).filter_map(|(node, _)| node));
        waiting.extend(supports.iter().flat_map(|support| &plan.criteria[*support]));
        let derived =
            plan.derived.iter().flat_map(|nodes| nodes.follows.iter().chain(&nodes.stated));
        waiting.extend(derived.chain(&plan.conflicts).copied());
        while let Some(node) = waiting.pop() {
            if !std::mem::replace(&mut needed[node], true) {
                waiting.extend(plan.node(node).parts().copied());
            }
        }
        Self::of(plan, supports, &|node| needed[node])
    }

    fn of(plan: &'a Plan, mut chosen: Vec<SupportId>, needed: &dyn Fn(NodeId) -> bool) -> Self {
        chosen.sort_unstable();
        chosen.dedup();
        let mut registers: Registers = IndexVec::filled(None, &plan.nodes);
        let mut instructions: IndexVec<Register, Instruction> = IndexVec::new();
        for (id, node) in plan.nodes.iter_enumerated().filter(|(id, _)| needed(*id)) {
            // The parts of a node that is needed are needed too.
            let instruction = node.map(|_| (), |part| register_of(&registers, *part));
            registers[id] = Some(instructions.push(instruction));
        }
        let facts = plan.book.catalogue.facts.iter().zip(&plan.test_indices);
        let tests = facts.map(|(fact, test_index)| {
            Tests::new(fact.id, test_index, fact.values.len(), &registers)
        });
        let tests: Vec<Tests<'a>> = tests.filter(|tests| !tests.all.is_empty()).collect();
        let work = Work {
            statuses: IndexVec::filled((Vec::new(), Vec::new()), &plan.supports),
            memories: vec![Memory::default(); tests.len()],
            ..Work::default()
        };
        let search = Search::new(plan, &chosen, &|node| register_of(&registers, node));
        let asked = plan.supports.indices().map(|support| chosen.contains(&support)).collect();
        Self {
            program: BatchProgram { plan, registers, instructions, tests, chosen, asked, search },
            work,
        }
    }

    /// Narrows [`Outcome::missing`] to some supports, say to those whose window is open.
    #[must_use]
    pub fn asking_for(mut self, supports: &[impl Into<SupportId> + Copy]) -> Self {
        let supports: Vec<SupportId> = supports.iter().map(|support| (*support).into()).collect();
        for (support, asked) in (0_usize..).zip(self.program.asked.iter_mut()) {
            *asked = *asked && supports.contains(&support.into());
        }
        self
    }

    /// Evaluates a batch. The outcome is of this batch, and borrows the evaluator until it is dropped.
    pub fn run<'e>(&'e mut self, batch: &'e Batch) -> Outcome<'e> {
        let Self { program, work } = self;
        let rows = batch.rows();
        program.truths(batch, rows, work);
        program.statuses(rows, work);
        work.any.clear();
        Outcome { program, work, batch, rows, found: false }
    }
}

impl BatchProgram<'_> {
    fn truths(&self, batch: &Batch, rows: usize, work: &mut Work) {
        let tiles = rows.div_ceil(ROWS);
        let nodes = self.instructions.len();
        work.bitmaps.resize(tiles * nodes, TruthBitmaps::UNKNOWN);
        for (tile, bitmaps) in work.bitmaps.chunks_exact_mut(nodes.max(1)).enumerate() {
            for (tests, memory) in self.tests.iter().zip(&mut work.memories) {
                tests.evaluate(&batch.columns[tests.fact], tile, memory, bitmaps);
            }
            for (at, instruction) in self.instructions.iter().enumerate() {
                let (below, rest) = bitmaps.split_at_mut(at);
                if !matches!(instruction, Formula::Test(())) {
                    rest[0] = instruction.evaluate(|register| &below[register.index()]);
                }
            }
        }
    }

    /// Copies the statuses out, so that those of one support stand side by side.
    fn statuses(&self, rows: usize, work: &mut Work) {
        let values = rows.div_ceil(64);
        for support in &self.chosen {
            let register = register_of(&self.registers, self.plan.supports[*support]).index();
            let (applies, not) = &mut work.statuses[*support];
            applies.clear();
            not.clear();
            for tile in work.bitmaps.chunks_exact(self.instructions.len()) {
                applies.extend_from_slice(&tile[register].yes);
                not.extend_from_slice(&tile[register].no);
            }
            applies.truncate(values);
            not.truncate(values);
        }
    }
}

/// What the plan says of the rows of one batch.
#[derive(Debug)]
pub struct Outcome<'e> {
    program: &'e BatchProgram<'e>,
    work: &'e mut Work,
    batch: &'e Batch,
    rows: usize,
    /// Whether what is missing has been searched for.
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
        let Some(register) = self.program.registers[node].filter(|_| row < self.rows) else {
            return Truth::Unknown;
        };
        let index = row / ROWS * self.program.instructions.len() + register.index();
        self.work.bitmaps[index].truth(row % ROWS)
    }

    /// The status of a support in a row.
    #[must_use]
    pub fn status(&self, support: impl Into<SupportId>, row: usize) -> Status {
        let (applies, not) = self.status_bitmaps(support);
        let bit = |values: &[u64]| values.get(row / 64).is_some_and(|w| w >> (row % 64) & 1 == 1);
        if bit(applies) {
            Status::Applies
        } else if bit(not) {
            Status::DoesNotApply
        } else {
            Status::Undetermined
        }
    }

    /// The rows to which a support applies and those to which it does not, one bit a row, the first
    /// row the lowest bit of the first bit word. Empty for a support that is not evaluated.
    #[must_use]
    pub fn status_bitmaps(&self, support: impl Into<SupportId>) -> (&[u64], &[u64]) {
        let (applies, not) = &self.work.statuses[support];
        (applies, not)
    }

    /// What excludes the firm of a row from a support that does not apply; nothing of another.
    #[must_use]
    pub fn excluded_by(&self, support: impl Into<SupportId>, row: usize) -> Option<ExcludedBy> {
        let support = support.into();
        if self.status(support, row) != Status::DoesNotApply {
            return None;
        }
        let exclusion = self.program.plan.exclusions[support];
        Some(exclusion.excluded_by(|node| self.truth(node, row) == Truth::False))
    }

    /// The rows that each of [`ExcludedBy::ALL`] excludes from a support, in this order, as bit words like those of
    /// [`Outcome::status_bitmaps`]. Empty for a support that is not evaluated.
    #[must_use]
    pub fn exclusion_bitmaps(
        &self,
        support: impl Into<SupportId>,
    ) -> [Vec<u64>; ExcludedBy::COUNT] {
        let support = support.into();
        let exclusion = self.program.plan.exclusions[support];
        let (_, not) = self.status_bitmaps(support);
        // What nothing stronger excludes.
        let mut left = not.to_vec();
        let [area, text, needs] = exclusion.nodes().map(|(node, _)| -> Vec<u64> {
            let nodes = self.program.instructions.len();
            let register = node.and_then(|node| self.program.registers[node]);
            let Some(register) = register else { return vec![0; not.len()] };
            let tiles = self.work.bitmaps.chunks_exact(nodes.max(1));
            let words = tiles.flat_map(|tile| tile[register.index()].no).zip(&mut left);
            let excluded = words.map(|(fails, left)| {
                let excluded = fails & *left;
                *left &= !fails;
                excluded
            });
            excluded.collect()
        });
        [area, text, needs, left]
    }

    /// The statuses of some supports, row by row.
    #[must_use]
    pub fn statuses(&self, supports: impl Iterator<Item = impl Into<SupportId>>) -> Statuses {
        Statuses::new(self.rows, supports.map(|support| self.status_bitmaps(support)))
    }

    /// The facts that could decide a support in a row: what [`Answer::missing_for`] says of it. The
    /// first call finds them for the whole batch.
    ///
    /// [`Answer::missing_for`]: crate::evaluate::Answer::missing_for
    #[must_use]
    pub fn missing_for(&mut self, support: impl Into<SupportId>, row: usize) -> FactSet {
        if row >= self.rows {
            return FactSet::default();
        }
        self.find();
        self.work.missing.of_row(&self.program.search, support.into(), row)
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
    pub fn missing_bitmaps(&mut self, support: impl Into<SupportId>) -> Vec<(FactId, Vec<u64>)> {
        self.find();
        let mut bitmaps = self.work.missing.bitmaps(&self.program.search, support.into());
        bitmaps.iter_mut().for_each(|(_, values)| values.truncate(self.rows.div_ceil(64)));
        bitmaps
    }

    fn find(&mut self) {
        if !self.found {
            let Self { program, work, batch, .. } = self;
            let Work { bitmaps, missing, .. } = &mut **work;
            program.search.find(batch, bitmaps, program.instructions.len(), missing);
            self.found = true;
        }
    }

    /// Transposes the bitmaps of facts into one set a row.
    fn any(&mut self) {
        let Work { missing, any, .. } = &mut *self.work;
        let mut bitmaps = [[0; BIT_WORDS]; 256];
        for tile in 0..self.rows.div_ceil(ROWS) {
            missing.any(&self.program.search, &self.program.asked, tile, &mut bitmaps);
            for bit_word in 0..BIT_WORDS {
                let mut sets = [[0; 64]; 4];
                for (set, bitmaps) in sets.iter_mut().zip(bitmaps.chunks_exact(64)) {
                    set.iter_mut()
                        .zip(bitmaps)
                        .for_each(|(value, bitmap)| *value = bitmap[bit_word]);
                    if set.iter().any(|value| *value != 0) {
                        transpose(set);
                    }
                }
                any.extend((0..64).map(|row| FactSet::from_bits(sets.map(|set| set[row]))));
            }
        }
    }

    /// The rows in which a node is known to hold, one bit a row like [`Outcome::status_bitmaps`]. None if the node is
    /// not evaluated.
    #[must_use]
    pub fn holding(&self, node: NodeId) -> Vec<u64> {
        self.rows_with(|bitmaps| bitmaps(node).yes)
    }

    /// The rows in which it is not known whether the document of a support holds there, one bit a row; none if it holds
    /// everywhere.
    #[must_use]
    pub fn undecided_areas(&self, support: impl Into<SupportId>) -> Option<Vec<u64>> {
        let area = self.program.plan.exclusions[support.into()].area?;
        Some(self.rows_with(|bitmaps| bitmaps(area).unknown()))
    }

    /// The rows in which what the firm states of a derived fact contradicts what follows from other facts, one bit a
    /// row: what [`Answer::contradicts`] says of each.
    ///
    /// [`Answer::contradicts`]: crate::evaluate::Answer::contradicts
    #[must_use]
    pub fn contradictions(&self, nodes: &DerivedNodes) -> Vec<u64> {
        let column = &self.batch.columns[nodes.fact];
        if column.is_empty() {
            return vec![0; self.rows.div_ceil(64)];
        }
        let mut differs = self.rows_with(|bitmaps| {
            let mut differs = [0; BIT_WORDS];
            for (follows, stated) in nodes.follows.iter().zip(&nodes.stated) {
                let (follows, stated) = (bitmaps(*follows), bitmaps(*stated));
                let one = zip(&follows.yes, &stated.no, |a, b| a & b);
                let other = zip(&follows.no, &stated.yes, |a, b| a & b);
                differs = zip(&differs, &zip(&one, &other, |a, b| a | b), |a, b| a | b);
            }
            differs
        });
        // A list may state what the derivation never gives.
        if column.holds_lists() {
            let nothing_follows = self.rows_with(|bitmaps| {
                let no = nodes.follows.iter().map(|node| bitmaps(*node).no);
                no.fold([u64::MAX; BIT_WORDS], |all, no| zip(&all, &no, |a, b| a & b))
            });
            for row in 0..self.rows {
                let (word, bit) = (row / 64, 1 << (row % 64));
                if nothing_follows[word] & bit != 0 && column.states_an_item(row) {
                    differs[word] |= bit;
                }
            }
        }
        differs
    }

    /// Bits computed tile by tile from the truths of nodes, one bit a row. A node that is not evaluated is unknown.
    fn rows_with(&self, of_tile: impl Fn(&dyn Fn(NodeId) -> TruthBitmaps) -> BitWords) -> Vec<u64> {
        let nodes = self.program.instructions.len();
        let tiles = self.work.bitmaps.chunks_exact(nodes.max(1)).take(self.rows.div_ceil(ROWS));
        let mut bits: Vec<u64> = tiles
            .flat_map(|tile| {
                of_tile(&|node| {
                    let register = self.program.registers[node];
                    register.map_or(TruthBitmaps::UNKNOWN, |register| tile[register.index()])
                })
            })
            .collect();
        bits.truncate(self.rows.div_ceil(64));
        if let Some(last) = bits.last_mut().filter(|_| !self.rows.is_multiple_of(64)) {
            *last &= (1 << (self.rows % 64)) - 1;
        }
        bits
    }

    /// What follows for a derived fact from other facts in a row, whatever the firm states of it.
    #[must_use]
    pub fn follows(&self, nodes: &DerivedNodes, row: usize) -> PartialValue {
        partial_value(self.program.plan, nodes, |node| self.truth(node, row))
    }
}
