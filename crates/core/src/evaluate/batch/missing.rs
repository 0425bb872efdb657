//! What is missing, for a batch of firms.
//!
//! Owns the schedule of nodes and facts for the chosen supports, and the bitmaps that result:
//! per support and fact, the rows in which the fact could decide the support. In go the truths of a
//! batch, out come the same sets that [`Missing`] finds row by row. The criteria of a support may
//! share parts; what the others force is assumed for each, by re-evaluating the parts concerned
//! with the forced truths put in.
//!
//! [`Missing`]: crate::evaluate::missing::Missing

#![expect(clippy::indexing_slicing, reason = "the schedule gives out its indices itself")]

use super::Batch;
use super::bitmaps::{BIT_WORDS, BitWords, ROWS, TruthBitmaps};
use super::column_tests::Register;
use super::outcomes::{
    NO_ROW, OutcomeBitmaps, Part, ScheduleEntry, ScheduleIndex, TO_FALSE, TO_TRUE, and, easy, none,
    or, without,
};
use crate::facts::{FactId, FactSet};
use crate::formula::Formula;
use crate::index::IndexVec;
use crate::plan::{Node, NodeId, Plan};
use crate::rulebook::SupportId;
use crate::truth::Kleene as _;

/// The schedule; made once a plan.
#[derive(Debug)]
pub(super) struct Search {
    /// Per entry, the node's register.
    registers: IndexVec<ScheduleIndex, Register>,
    schedule: IndexVec<ScheduleIndex, ScheduleEntry>,
    supports: Vec<Support>,
    /// Pairs of a node and a fact.
    pairs: usize,
    /// How many nodes and pairs there are with the re-evaluations.
    nodes: usize,
    capacity: usize,
    facts: usize,
    /// How many bitmaps result from a tile.
    width: usize,
}

/// A support that something could be missing for.
#[derive(Debug)]
struct Support {
    id: SupportId,
    root: ScheduleIndex,
    /// The first of its bitmaps among those of a tile.
    first: usize,
    shared: Option<Shared>,
}

/// The criteria of a support, some of which share parts.
#[derive(Debug)]
struct Shared {
    /// Per entry, whether its node is shared, or has shared nodes below.
    kinds: IndexVec<ScheduleIndex, Kind>,
    criteria: Vec<Criterion>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unrelated,
    Above,
    Shared,
}

#[derive(Debug)]
struct Criterion {
    position: ScheduleIndex,
    /// The nodes of it that are shared or have shared nodes below, to be re-evaluated: the criterion
    /// itself is the last, unless it has none.
    reevaluations: Vec<Reevaluation>,
    /// Per fact below the criterion, its index among the facts below the support.
    links: Vec<u16>,
}

/// A node that is re-evaluated with forced truths assumed.
#[derive(Debug)]
struct Reevaluation {
    position: ScheduleIndex,
    shared: bool,
    entry: ScheduleEntry,
}

/// What is found for a batch; allocated once.
#[derive(Debug, Default)]
pub(super) struct FoundMissing {
    outcomes: OutcomeBitmaps,
    /// The truths of the nodes that are re-evaluated.
    reevaluations: Vec<TruthBitmaps>,
    assumed: Vec<TruthBitmaps>,
    /// Tile by tile, the bitmaps of each support's facts.
    bitmaps: Vec<BitWords>,
}

/// A shared node that a criterion forces to a truth, with the rows.
type Forced = (ScheduleIndex, usize, BitWords);

impl Search {
    /// The schedule for some supports. `register` gives the register of a node.
    pub(super) fn new(
        plan: &Plan,
        chosen: &[SupportId],
        register: &dyn Fn(NodeId) -> Register,
    ) -> Self {
        let roots: Vec<NodeId> = chosen.iter().map(|support| plan.supports[*support]).collect();
        let leaves = leaves(plan, chosen);
        let below = below(plan, &leaves, &roots);
        let mut search = Self {
            registers: IndexVec::new(),
            schedule: IndexVec::new(),
            supports: Vec::new(),
            pairs: 0,
            nodes: 0,
            capacity: 0,
            facts: plan.book.catalogue.facts.len(),
            width: 0,
        };
        let mut indices = IndexVec::filled(ScheduleIndex::NONE, &plan.nodes);
        for (id, node) in plan.nodes.iter_enumerated() {
            if below[id] {
                let entry = search.entry(node, leaves[id], search.pairs, &|part| {
                    let position = indices[part];
                    (position, &search.schedule[position])
                });
                search.pairs += entry.facts.len();
                indices[id] = search.schedule.push(entry);
                search.registers.push(register(id));
            }
        }
        let (nodes, pairs) = (search.schedule.len(), search.pairs);
        (search.nodes, search.capacity) = (nodes, pairs);
        let mut first = 0;
        for (chosen, root) in chosen.iter().zip(roots) {
            let root = indices[root];
            let shared = &plan.shared[*chosen];
            let shared = (!shared.is_empty()).then(|| {
                let of = |nodes: &[NodeId]| -> Vec<ScheduleIndex> {
                    nodes.iter().map(|node| indices[*node]).collect()
                };
                search.shared(root, &of(shared), &of(&plan.criteria[*chosen]))
            });
            for criterion in shared.iter().flat_map(|shared| &shared.criteria) {
                let more: usize = criterion.reevaluations.iter().map(|a| a.entry.facts.len()).sum();
                search.nodes = search.nodes.max(nodes + criterion.reevaluations.len());
                search.capacity = search.capacity.max(pairs + more);
            }
            search.supports.push(Support { id: *chosen, root, first, shared });
            first += search.schedule[root].facts.len();
        }
        search.width = first;
        search
    }

    /// The schedule entry of a node; `of` gives the index and the entry of a part.
    fn entry<'s>(
        &self,
        node: &Node,
        leaf: Option<FactId>,
        first: usize,
        of: &dyn Fn(NodeId) -> (ScheduleIndex, &'s ScheduleEntry),
    ) -> ScheduleEntry {
        if let Some(fact) = leaf {
            return ScheduleEntry { formula: Formula::Test(()), first, facts: vec![fact] };
        }
        let mut facts: Vec<FactId> =
            node.parts().flat_map(|part| of(*part).1.facts.clone()).collect();
        facts.sort_unstable();
        facts.dedup();
        let part = |id: &NodeId| {
            let (position, entry) = of(*id);
            Part { position, first: entry.first, links: links(&entry.facts, &facts) }
        };
        ScheduleEntry { formula: node.map(|_| (), part), first, facts }
    }

    /// The re-evaluations for the criteria of a support that share nodes.
    fn shared(
        &self,
        root: ScheduleIndex,
        shared: &[ScheduleIndex],
        criteria: &[ScheduleIndex],
    ) -> Shared {
        let mut kinds: IndexVec<ScheduleIndex, Kind> = IndexVec::new();
        for (position, entry) in self.schedule.iter_enumerated() {
            let above =
                || entry.formula.parts().any(|part| kinds[part.position] != Kind::Unrelated);
            kinds.push(match () {
                () if shared.contains(&position) => Kind::Shared,
                () if above() => Kind::Above,
                () => Kind::Unrelated,
            });
        }
        let root = &self.schedule[root];
        let criteria = criteria.iter().map(|position| Criterion {
            position: *position,
            reevaluations: self.reevaluations(*position, &kinds),
            links: links(&self.schedule[*position].facts, &root.facts),
        });
        Shared { criteria: criteria.collect(), kinds }
    }

    /// The nodes of a criterion that are related to what is shared. They come after all others
    /// while the criterion is re-evaluated.
    fn reevaluations(
        &self,
        criterion: ScheduleIndex,
        kinds: &IndexVec<ScheduleIndex, Kind>,
    ) -> Vec<Reevaluation> {
        let (nodes, pairs) = (self.schedule.len(), self.pairs);
        let mut below = IndexVec::filled(false, &self.schedule);
        let mut waiting = vec![criterion];
        while let Some(position) = waiting.pop() {
            let new = !std::mem::replace(&mut below[position], true);
            if new && kinds[position] != Kind::Unrelated {
                let parts = self.schedule[position].formula.parts();
                waiting.extend(parts.map(|part| part.position));
            }
        }
        let mut reevaluations: Vec<Reevaluation> = Vec::new();
        let mut first = pairs;
        for position in self.schedule.indices() {
            if !below[position] || kinds[position] == Kind::Unrelated {
                continue;
            }
            let part = |part: &Part| match reevaluations
                .iter()
                .position(|a| a.position == part.position)
            {
                Some(at) => Part {
                    position: ScheduleIndex::from(nodes + at),
                    first: reevaluations[at].entry.first,
                    links: part.links.clone(),
                },
                None => part.clone(),
            };
            let facts = self.schedule[position].facts.clone();
            let entry = ScheduleEntry {
                formula: self.schedule[position].formula.map(|()| (), part),
                first,
                facts,
            };
            first += entry.facts.len();
            let shared = kinds[position] == Kind::Shared;
            reevaluations.push(Reevaluation { position, shared, entry });
        }
        reevaluations
    }

    /// Finds what is missing in every row of a batch; `tiles` are its truths, `registers` of them a tile.
    pub(super) fn find(
        &self,
        batch: &Batch,
        truths: &[TruthBitmaps],
        registers: usize,
        found: &mut FoundMissing,
    ) {
        let FoundMissing { outcomes, reevaluations, assumed, bitmaps } = found;
        outcomes.resize(self.nodes, self.capacity, self.facts);
        let more = self.nodes - self.schedule.len();
        reevaluations.resize(more, TruthBitmaps::UNKNOWN);
        assumed.resize(more, TruthBitmaps::UNKNOWN);
        bitmaps.clear();
        for (tile, truths) in truths.chunks_exact(registers.max(1)).enumerate() {
            for (unsure, column) in outcomes.unsure.iter_mut().zip(batch.columns()) {
                *unsure = NO_ROW;
                let values = column.unknown.bit_words(tile * BIT_WORDS);
                unsure.iter_mut().zip(values).for_each(|(bit_word, value)| *bit_word = *value);
            }
            for ((at, entry), register) in self.schedule.iter().enumerate().zip(&self.registers) {
                outcomes.compute(at, entry, truths[register.index()].unknown());
            }
            for support in &self.supports {
                let entry = &self.schedule[support.root];
                let start = bitmaps.len();
                let pairs = &outcomes.pairs[entry.first..][..entry.facts.len()];
                bitmaps.extend(pairs.iter().map(|pair| or(&pair[TO_TRUE], &pair[TO_FALSE])));
                if let Some(shared) = &support.shared {
                    let work = &mut Work { search: self, truths, outcomes, reevaluations, assumed };
                    work.assume(support.root, shared, &mut bitmaps[start..]);
                }
            }
        }
    }
}

impl FoundMissing {
    /// The bitmaps of a support's facts: per tile, one a fact.
    fn of(&self, tile: usize, search: &Search, support: &Support) -> &[BitWords] {
        let facts = search.schedule[support.root].facts.len();
        &self.bitmaps[tile * search.width + support.first..][..facts]
    }

    /// The facts that could decide a support in a row.
    pub(super) fn of_row(&self, search: &Search, support: SupportId, row: usize) -> FactSet {
        let Ok(at) = search.supports.binary_search_by_key(&support, |support| support.id) else {
            return FactSet::default();
        };
        let support = &search.supports[at];
        let bitmaps = self.of(row / ROWS, search, support);
        let facts = search.schedule[support.root].facts.iter().zip(bitmaps);
        let missing = facts.filter(|(_, bitmap)| bitmap[row % ROWS / 64] >> (row % 64) & 1 == 1);
        missing.map(|(fact, _)| *fact).collect()
    }

    /// Per tile and fact, the rows in which it could decide any of some supports.
    pub(super) fn any(
        &self,
        search: &Search,
        asked: &IndexVec<SupportId, bool>,
        tile: usize,
        any: &mut [BitWords],
    ) {
        any.fill(NO_ROW);
        for support in search.supports.iter().filter(|support| asked[support.id]) {
            let facts = &search.schedule[support.root].facts;
            for (fact, bitmap) in facts.iter().zip(self.of(tile, search, support)) {
                let any = &mut any[fact.index()];
                *any = or(any, bitmap);
            }
        }
    }

    /// The rows in which each fact could decide a support, 64 rows a bit word.
    pub(super) fn bitmaps(&self, search: &Search, support: SupportId) -> Vec<(FactId, Vec<u64>)> {
        let Ok(at) = search.supports.binary_search_by_key(&support, |support| support.id) else {
            return Vec::new();
        };
        let support = &search.supports[at];
        let facts = search.schedule[support.root].facts.iter().enumerate();
        let tiles = self.bitmaps.chunks_exact(search.width.max(1));
        facts
            .map(|(at, fact)| {
                let mut values = Vec::with_capacity(tiles.len() * BIT_WORDS);
                tiles.clone().for_each(|tile| values.extend_from_slice(&tile[support.first + at]));
                (*fact, values)
            })
            .collect()
    }
}

/// One tile at work.
struct Work<'w> {
    search: &'w Search,
    truths: &'w [TruthBitmaps],
    outcomes: &'w mut OutcomeBitmaps,
    reevaluations: &'w mut [TruthBitmaps],
    assumed: &'w mut [TruthBitmaps],
}

impl Work<'_> {
    /// Puts right what a support misses in the rows in which a criterion forces something that others
    /// have too.
    fn assume(&mut self, root: ScheduleIndex, shared: &Shared, bitmaps: &mut [BitWords]) {
        let forced: Vec<Vec<Forced>> = (shared.criteria.iter())
            .map(|criterion| {
                let mut forced = Vec::new();
                let open = self.outcomes.open[criterion.position.index()];
                self.force(shared, criterion.position, TO_TRUE, open, &mut forced);
                forced
            })
            .collect();
        let rows = forced.iter().flatten().fold(NO_ROW, |rows, (_, _, more)| or(&rows, more));
        let rows = and(&rows, &self.outcomes.open[root.index()]);
        if none(&rows) {
            return;
        }
        // Rows in which the criteria exclude each other: each may show it.
        let mut exclude = NO_ROW;
        let mut found = vec![NO_ROW; bitmaps.len()];
        for (index, criterion) in shared.criteria.iter().enumerate() {
            let rows = and(&rows, &self.outcomes.open[criterion.position.index()]);
            if none(&rows) {
                continue;
            }
            let others = forced.iter().enumerate().filter(|(other, _)| *other != index);
            let others = others.flat_map(|(_, forced)| forced);
            let failed = self.reevaluate(criterion, others, &rows);
            exclude = or(&exclude, &failed);
            let first = criterion.reevaluations.last().map_or_else(
                || self.search.schedule[criterion.position].first,
                |reevaluation| reevaluation.entry.first,
            );
            for (link, pair) in criterion.links.iter().zip(&self.outcomes.pairs[first..]) {
                let helps = and(&or(&pair[TO_TRUE], &pair[TO_FALSE]), &rows);
                let bitmap = &mut found[usize::from(*link)];
                *bitmap = or(bitmap, &helps);
            }
        }
        let rows = without(&rows, &exclude);
        for (bitmap, found) in bitmaps.iter_mut().zip(&found) {
            *bitmap = or(&without(bitmap, &rows), &and(found, &rows));
        }
    }

    /// What must be true or false of shared nodes in a criterion if it is to be `wanted`.
    fn force(
        &self,
        shared: &Shared,
        position: ScheduleIndex,
        wanted: usize,
        rows: BitWords,
        forced: &mut Vec<Forced>,
    ) {
        let rows = and(&rows, &self.outcomes.open[position.index()]);
        let kind = shared.kinds[position];
        if none(&rows) || kind == Kind::Unrelated {
            return;
        }
        if kind == Kind::Shared {
            forced.push((position, wanted, rows));
        }
        match &self.search.schedule[position].formula {
            Formula::Indeterminate | Formula::Test(()) | Formula::Coalesce(..) => {}
            Formula::Not(part) => self.force(shared, part.position, 1 - wanted, rows, forced),
            formula @ (Formula::And(parts) | Formula::Or(parts)) => {
                let rows = if wanted == easy(formula) {
                    // Any part will do: one is forced where it is the only one that is open.
                    let (mut one, mut more) = (NO_ROW, NO_ROW);
                    for part in parts {
                        let open = &self.outcomes.open[part.position.index()];
                        more = or(&more, &and(&one, open));
                        one = or(&one, open);
                    }
                    and(&rows, &without(&one, &more))
                } else {
                    rows
                };
                for part in parts {
                    self.force(shared, part.position, wanted, rows, forced);
                }
            }
        }
    }

    /// Looks at a criterion with what others force put in; returns the rows in which it then fails.
    fn reevaluate<'f>(
        &mut self,
        criterion: &Criterion,
        forced: impl Iterator<Item = &'f Forced>,
        rows: &BitWords,
    ) -> BitWords {
        let nodes = self.search.schedule.len();
        self.assumed.fill(TruthBitmaps::UNKNOWN);
        for (position, wanted, rows) in forced {
            // What is forced later counts, as for one firm.
            if let Ok(at) = criterion
                .reevaluations
                .binary_search_by_key(position, |reevaluation| reevaluation.position)
            {
                let assumed = &mut self.assumed[at];
                let to = if *wanted == TO_TRUE { TruthBitmaps::TRUE } else { TruthBitmaps::FALSE };
                assumed.yes = or(&without(&assumed.yes, rows), &and(&to.yes, rows));
                assumed.no = or(&without(&assumed.no, rows), &and(&to.no, rows));
            }
        }
        for (at, reevaluation) in criterion.reevaluations.iter().enumerate() {
            let base = &self.truths[self.search.registers[reevaluation.position].index()];
            let of = |part: &Part| match part.position.index().checked_sub(nodes) {
                Some(at) => &self.reevaluations[at],
                None => &self.truths[self.search.registers[part.position].index()],
            };
            // What the firm's answers decide stays, then what is assumed, then what follows.
            let mut truth = base.coalesce(&reevaluation.entry.formula.evaluate(of));
            if reevaluation.shared {
                truth = base.coalesce(&self.assumed[at].coalesce(&truth));
            }
            self.reevaluations[at] = truth;
            self.outcomes.compute(nodes + at, &reevaluation.entry, and(&truth.unknown(), rows));
        }
        let failed =
            criterion.reevaluations.len().checked_sub(1).map(|at| self.reevaluations[at].no);
        failed.map_or(NO_ROW, |failed| and(&failed, rows))
    }
}

/// Per node, the one fact that it is a test of, alone or put together of tests of that fact: it is open
/// exactly where the fact is, and can then become either as far as the fact goes. Not so where a
/// part of it is shared by criteria, and may be assumed without it.
fn leaves(plan: &Plan, chosen: &[SupportId]) -> IndexVec<NodeId, Option<FactId>> {
    let mut shared = IndexVec::filled(false, &plan.nodes);
    for node in chosen.iter().flat_map(|position| &plan.shared[*position]) {
        shared[*node] = true;
    }
    let mut leaves: IndexVec<NodeId, Option<FactId>> = IndexVec::new();
    for node in &plan.nodes {
        let one = |part: &NodeId| leaves[*part].filter(|_| !shared[*part]);
        let leaf = match node {
            Node::Test((fact, _)) => Some(*fact),
            Node::Indeterminate | Node::Coalesce(..) => None,
            Node::Not(part) => one(part),
            Node::And(parts) | Node::Or(parts) => {
                let first = parts.first().and_then(one);
                first.filter(|_| parts.iter().all(|part| one(part) == first))
            }
        };
        leaves.push(leaf);
    }
    leaves
}

/// Which nodes are among the given ones or below them, but not below a leaf.
fn below(
    plan: &Plan,
    leaves: &IndexVec<NodeId, Option<FactId>>,
    roots: &[NodeId],
) -> IndexVec<NodeId, bool> {
    let mut below = IndexVec::filled(false, &plan.nodes);
    let mut waiting = roots.to_vec();
    while let Some(id) = waiting.pop() {
        let new = !std::mem::replace(&mut below[id], true);
        if new && leaves[id].is_none() {
            waiting.extend(plan.node(id).parts().copied());
        }
    }
    below
}

/// Per fact of `inner`, its index in `outer`; both rise, and `outer` has all of them.
fn links(inner: &[FactId], outer: &[FactId]) -> Vec<u16> {
    let position = |fact: &FactId| outer.iter().position(|other| other == fact);
    let indices = inner.iter().filter_map(position);
    indices.filter_map(|position| u16::try_from(position).ok()).collect()
}
