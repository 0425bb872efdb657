//! What is missing, for a block of firms.
//!
//! Owns which nodes and facts have to be looked at for the chosen supports, and the masks that come out:
//! per support and fact, the rows in which the fact could decide the support. In go the truths of a
//! block, out come the same sets that [`Missing`] finds row by row. The criteria of a support may
//! share parts; what the others force is granted to each, by looking at the parts concerned once more
//! with the forced truths put in.
//!
//! [`Missing`]: crate::evaluate::missing::Missing

#![expect(clippy::indexing_slicing, reason = "places are given out here alone")]

use super::Block;
use super::masks::{LANES, Lanes, Masks, ROWS};
use super::prospects::{
    Look, NO_ROW, Part, Place, Prospects, TO_FALSE, TO_TRUE, Way, and, none, or, without,
};
use super::settle::Slot;
use crate::facts::{FactId, FactSet};
use crate::plan::{Node, NodeId, Plan};

/// Not among the nodes that something could be missing for.
const NONE: Place = Place::MAX;

/// What has to be looked at; made once a plan.
#[derive(Debug)]
pub(super) struct Search {
    /// Per place, the node's slot.
    slots: Vec<Slot>,
    looks: Vec<Look>,
    supports: Vec<Support>,
    /// Pairs of a node and a fact.
    pairs: usize,
    /// How many nodes and pairs there are with those that are looked at again.
    nodes: usize,
    room: usize,
    facts: usize,
    /// How many masks come out of a tile.
    width: usize,
}

/// A support that something could be missing for.
#[derive(Debug)]
struct Support {
    /// Its place in the plan.
    place: usize,
    root: Place,
    /// The first of its masks among those that come out.
    first: usize,
    shared: Option<Shared>,
}

/// The criteria of a support, some of which share parts.
#[derive(Debug)]
struct Shared {
    /// Per place, whether the node is shared, or has shared nodes below.
    kinds: Vec<Kind>,
    criteria: Vec<Criterion>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Apart,
    Above,
    Shared,
}

#[derive(Debug)]
struct Criterion {
    place: Place,
    /// The nodes of it that are shared or have shared nodes below, looked at again: the criterion
    /// itself is the last, unless it has none.
    again: Vec<Again>,
    /// Per fact below the criterion, its place among the facts below the support.
    links: Vec<u16>,
}

/// A node that is looked at again, with forced truths put in.
#[derive(Debug)]
struct Again {
    place: Place,
    shared: bool,
    look: Look,
}

/// What is found of a block; allocated once.
#[derive(Debug, Default)]
pub(super) struct FoundMissing {
    prospects: Prospects,
    /// The truths of nodes that are looked at again.
    again: Vec<Masks>,
    granted: Vec<Masks>,
    /// Tile by tile, the masks of each support's facts.
    masks: Vec<Lanes>,
}

/// A shared node that a criterion forces to a truth, with the rows.
type Forced = (Place, usize, Lanes);

impl Search {
    /// What has to be looked at for some supports. `slot` gives the slot of a node.
    pub(super) fn new(plan: &Plan, chosen: &[usize], slot: &dyn Fn(NodeId) -> Slot) -> Self {
        let roots: Vec<NodeId> = chosen.iter().map(|place| plan.supports[*place]).collect();
        let leaves = leaves(plan, chosen);
        let below = below(plan, &leaves, &roots);
        let mut search = Self {
            slots: Vec::new(),
            looks: Vec::new(),
            supports: Vec::new(),
            pairs: 0,
            nodes: 0,
            room: 0,
            facts: plan.book.catalogue.facts.len(),
            width: 0,
        };
        let mut places = vec![NONE; plan.nodes.len()];
        for (id, node) in (0..).zip(&plan.nodes) {
            if below[id as usize] {
                let look = search.look(node, leaves[id as usize], search.pairs, &|part| {
                    let place = places[part as usize];
                    (place, &search.looks[place as usize])
                });
                places[id as usize] = Place::try_from(search.looks.len()).unwrap_or(NONE);
                search.pairs += look.facts.len();
                search.looks.push(look);
                search.slots.push(slot(id));
            }
        }
        let (nodes, pairs) = (search.looks.len(), search.pairs);
        (search.nodes, search.room) = (nodes, pairs);
        let mut first = 0;
        for (chosen, root) in chosen.iter().zip(roots) {
            let root = places[root as usize];
            let shared = &plan.shared[*chosen];
            let shared = (!shared.is_empty()).then(|| {
                let of = |nodes: &[NodeId]| -> Vec<Place> {
                    nodes.iter().map(|node| places[*node as usize]).collect()
                };
                search.shared(root, &of(shared), &of(&plan.criteria[*chosen]))
            });
            for criterion in shared.iter().flat_map(|shared| &shared.criteria) {
                let more: usize = criterion.again.iter().map(|a| a.look.facts.len()).sum();
                search.nodes = search.nodes.max(nodes + criterion.again.len());
                search.room = search.room.max(pairs + more);
            }
            search.supports.push(Support { place: *chosen, root, first, shared });
            first += search.looks[root as usize].facts.len();
        }
        search.width = first;
        search
    }

    /// How a node is looked at; `of` gives the place of a part and how that is looked at.
    fn look<'s>(
        &self,
        node: &Node,
        leaf: Option<FactId>,
        first: usize,
        of: &dyn Fn(NodeId) -> (Place, &'s Look),
    ) -> Look {
        if let Some(fact) = leaf {
            return Look { way: Way::Leaf, first, facts: vec![fact.0] };
        }
        let mut facts: Vec<u16> = match node {
            Node::Open | Node::Test(..) => Vec::new(),
            node => node.parts().flat_map(|part| of(part).1.facts.clone()).collect(),
        };
        facts.sort_unstable();
        facts.dedup();
        let part = |id: &NodeId| {
            let (place, look) = of(*id);
            Part { place, first: look.first, links: links(&look.facts, &facts) }
        };
        let way = match node {
            Node::Open | Node::Test(..) => Way::Open,
            Node::Not(inner) => Way::Not(part(inner)),
            Node::And(parts) => {
                Way::Join { easy: TO_FALSE, parts: parts.iter().map(part).collect() }
            }
            Node::Or(parts) => Way::Join { easy: TO_TRUE, parts: parts.iter().map(part).collect() },
            Node::Otherwise(first, second) => Way::Otherwise(part(first), part(second)),
        };
        Look { way, first, facts }
    }

    /// What has to be looked at again for the criteria of a support that share nodes.
    fn shared(&self, root: Place, shared: &[Place], criteria: &[Place]) -> Shared {
        let mut kinds: Vec<Kind> = Vec::with_capacity(self.looks.len());
        for (place, look) in (0..).zip(&self.looks) {
            let above = || look.way.parts().iter().any(|p| kinds[p.place as usize] != Kind::Apart);
            kinds.push(match () {
                () if shared.contains(&place) => Kind::Shared,
                () if above() => Kind::Above,
                () => Kind::Apart,
            });
        }
        let root = &self.looks[root as usize];
        let criteria = criteria.iter().map(|place| Criterion {
            place: *place,
            again: self.again(*place, &kinds),
            links: links(&self.looks[*place as usize].facts, &root.facts),
        });
        Shared { criteria: criteria.collect(), kinds }
    }

    /// The nodes of a criterion that are not apart from what is shared. They stand behind all others
    /// while the criterion is looked at.
    fn again(&self, criterion: Place, kinds: &[Kind]) -> Vec<Again> {
        let (nodes, pairs) = (self.looks.len(), self.pairs);
        let mut below = vec![false; nodes];
        let mut waiting = vec![criterion];
        while let Some(place) = waiting.pop() {
            let new = !std::mem::replace(&mut below[place as usize], true);
            if new && kinds[place as usize] != Kind::Apart {
                let parts = self.looks[place as usize].way.parts();
                waiting.extend(parts.iter().map(|part| part.place));
            }
        }
        let mut again: Vec<Again> = Vec::new();
        let mut first = pairs;
        for place in 0..nodes {
            if !below[place] || kinds[place] == Kind::Apart {
                continue;
            }
            let part = |part: &Part| match again.iter().position(|a| a.place == part.place) {
                Some(at) => Part {
                    place: Place::try_from(nodes + at).unwrap_or(NONE),
                    first: again[at].look.first,
                    links: part.links.clone(),
                },
                None => part.clone(),
            };
            let facts = self.looks[place].facts.clone();
            let look = Look { way: self.looks[place].way.with(part), first, facts };
            first += look.facts.len();
            let shared = kinds[place] == Kind::Shared;
            let place = Place::try_from(place).unwrap_or(NONE);
            again.push(Again { place, shared, look });
        }
        again
    }

    /// Finds what is missing in every row of a block; `tiles` are its truths, `slots` of them a tile.
    pub(super) fn find(
        &self,
        block: &Block,
        truths: &[Masks],
        slots: usize,
        found: &mut FoundMissing,
    ) {
        let FoundMissing { prospects, again, granted, masks } = found;
        prospects.resize(self.nodes, self.room, self.facts);
        let more = self.nodes - self.looks.len();
        again.resize(more, Masks::UNKNOWN);
        granted.resize(more, Masks::UNKNOWN);
        masks.clear();
        for (tile, truths) in truths.chunks_exact(slots.max(1)).enumerate() {
            for (unsure, column) in prospects.unsure.iter_mut().zip(block.columns()) {
                *unsure = NO_ROW;
                let words = column.unknown.words(tile * LANES);
                unsure.iter_mut().zip(words).for_each(|(lane, word)| *lane = *word);
            }
            for ((at, look), slot) in self.looks.iter().enumerate().zip(&self.slots) {
                prospects.look(at, look, truths[*slot as usize].open());
            }
            for support in &self.supports {
                let look = &self.looks[support.root as usize];
                let start = masks.len();
                let pairs = &prospects.pairs[look.first..][..look.facts.len()];
                masks.extend(pairs.iter().map(|pair| or(&pair[TO_TRUE], &pair[TO_FALSE])));
                if let Some(shared) = &support.shared {
                    let work = &mut Work { search: self, truths, prospects, again, granted };
                    work.grant(support.root, shared, &mut masks[start..]);
                }
            }
        }
    }
}

impl FoundMissing {
    /// The masks of a support's facts: per tile, one a fact.
    fn of(&self, tile: usize, search: &Search, support: &Support) -> &[Lanes] {
        let facts = search.looks[support.root as usize].facts.len();
        &self.masks[tile * search.width + support.first..][..facts]
    }

    /// The facts that could decide a support in a row.
    pub(super) fn of_row(&self, search: &Search, support: usize, row: usize) -> FactSet {
        let Ok(at) = search.supports.binary_search_by_key(&support, |support| support.place) else {
            return FactSet::default();
        };
        let support = &search.supports[at];
        let masks = self.of(row / ROWS, search, support);
        let facts = search.looks[support.root as usize].facts.iter().zip(masks);
        let missing = facts.filter(|(_, mask)| mask[row % ROWS / 64] >> (row % 64) & 1 == 1);
        missing.map(|(fact, _)| FactId(*fact)).collect()
    }

    /// Per tile and fact, the rows in which it could decide any of some supports.
    pub(super) fn any(&self, search: &Search, asked: &[bool], tile: usize, any: &mut [Lanes]) {
        any.fill(NO_ROW);
        for support in search.supports.iter().filter(|support| asked[support.place]) {
            let facts = &search.looks[support.root as usize].facts;
            for (fact, mask) in facts.iter().zip(self.of(tile, search, support)) {
                let any = &mut any[usize::from(*fact)];
                *any = or(any, mask);
            }
        }
    }

    /// The rows in which each fact could decide a support, 64 rows a word.
    pub(super) fn masks(&self, search: &Search, support: usize) -> Vec<(FactId, Vec<u64>)> {
        let Ok(at) = search.supports.binary_search_by_key(&support, |support| support.place) else {
            return Vec::new();
        };
        let support = &search.supports[at];
        let facts = search.looks[support.root as usize].facts.iter().enumerate();
        let tiles = self.masks.chunks_exact(search.width.max(1));
        facts
            .map(|(at, fact)| {
                let mut words = Vec::with_capacity(tiles.len() * LANES);
                tiles.clone().for_each(|tile| words.extend_from_slice(&tile[support.first + at]));
                (FactId(*fact), words)
            })
            .collect()
    }
}

/// One tile at work.
struct Work<'w> {
    search: &'w Search,
    truths: &'w [Masks],
    prospects: &'w mut Prospects,
    again: &'w mut [Masks],
    granted: &'w mut [Masks],
}

impl Work<'_> {
    /// Puts right what a support misses in the rows in which a criterion forces something that others
    /// have too.
    fn grant(&mut self, root: Place, shared: &Shared, masks: &mut [Lanes]) {
        let forced: Vec<Vec<Forced>> = (shared.criteria.iter())
            .map(|criterion| {
                let mut forced = Vec::new();
                let open = self.prospects.open[criterion.place as usize];
                self.force(shared, criterion.place, TO_TRUE, open, &mut forced);
                forced
            })
            .collect();
        let rows = forced.iter().flatten().fold(NO_ROW, |rows, (_, _, more)| or(&rows, more));
        let rows = and(&rows, &self.prospects.open[root as usize]);
        if none(&rows) {
            return;
        }
        // Rows in which the criteria exclude each other: each may show it.
        let mut exclude = NO_ROW;
        let mut found = vec![NO_ROW; masks.len()];
        for (index, criterion) in shared.criteria.iter().enumerate() {
            let rows = and(&rows, &self.prospects.open[criterion.place as usize]);
            if none(&rows) {
                continue;
            }
            let others = forced.iter().enumerate().filter(|(other, _)| *other != index);
            let others = others.flat_map(|(_, forced)| forced);
            let failed = self.look_again(criterion, others, &rows);
            exclude = or(&exclude, &failed);
            let first = criterion.again.last().map_or_else(
                || self.search.looks[criterion.place as usize].first,
                |again| again.look.first,
            );
            for (link, pair) in criterion.links.iter().zip(&self.prospects.pairs[first..]) {
                let helps = and(&or(&pair[TO_TRUE], &pair[TO_FALSE]), &rows);
                let mask = &mut found[usize::from(*link)];
                *mask = or(mask, &helps);
            }
        }
        let rows = without(&rows, &exclude);
        for (mask, found) in masks.iter_mut().zip(&found) {
            *mask = or(&without(mask, &rows), &and(found, &rows));
        }
    }

    /// What must be true or false of shared nodes in a criterion if it is to be `wanted`.
    fn force(
        &self,
        shared: &Shared,
        place: Place,
        wanted: usize,
        rows: Lanes,
        forced: &mut Vec<Forced>,
    ) {
        let rows = and(&rows, &self.prospects.open[place as usize]);
        let kind = shared.kinds[place as usize];
        if none(&rows) || kind == Kind::Apart {
            return;
        }
        if kind == Kind::Shared {
            forced.push((place, wanted, rows));
        }
        match &self.search.looks[place as usize].way {
            Way::Open | Way::Leaf | Way::Otherwise(..) => {}
            Way::Not(part) => self.force(shared, part.place, 1 - wanted, rows, forced),
            Way::Join { easy, parts } => {
                let rows = if wanted == *easy {
                    // Any part will do: one is forced where it is the only one that is open.
                    let (mut one, mut more) = (NO_ROW, NO_ROW);
                    for part in parts {
                        let open = &self.prospects.open[part.place as usize];
                        more = or(&more, &and(&one, open));
                        one = or(&one, open);
                    }
                    and(&rows, &without(&one, &more))
                } else {
                    rows
                };
                for part in parts {
                    self.force(shared, part.place, wanted, rows, forced);
                }
            }
        }
    }

    /// Looks at a criterion with what others force put in; returns the rows in which it then fails.
    fn look_again<'f>(
        &mut self,
        criterion: &Criterion,
        forced: impl Iterator<Item = &'f Forced>,
        rows: &Lanes,
    ) -> Lanes {
        let nodes = self.search.looks.len();
        self.granted.fill(Masks::UNKNOWN);
        for (place, wanted, rows) in forced {
            // What is forced later counts, as for one firm.
            if let Ok(at) = criterion.again.binary_search_by_key(place, |again| again.place) {
                let granted = &mut self.granted[at];
                let to = if *wanted == TO_TRUE { Masks::TRUE } else { Masks::FALSE };
                granted.yes = or(&without(&granted.yes, rows), &and(&to.yes, rows));
                granted.no = or(&without(&granted.no, rows), &and(&to.no, rows));
            }
        }
        for (at, again) in criterion.again.iter().enumerate() {
            let base = &self.truths[self.search.slots[again.place as usize] as usize];
            let of = |part: &Part| match (part.place as usize).checked_sub(nodes) {
                Some(at) => &self.again[at],
                None => &self.truths[self.search.slots[part.place as usize] as usize],
            };
            // What the firm's answers decide stays, then what is granted, then what follows.
            let mut truth = base.otherwise(&again.look.way.truth(of));
            if again.shared {
                truth = base.otherwise(&self.granted[at].otherwise(&truth));
            }
            self.again[at] = truth;
            self.prospects.look(nodes + at, &again.look, and(&truth.open(), rows));
        }
        let failed = criterion.again.len().checked_sub(1).map(|at| self.again[at].no);
        failed.map_or(NO_ROW, |failed| and(&failed, rows))
    }
}

/// Per node, the one fact that it is a test of, alone or put together of tests of that fact: it is open
/// exactly where the fact is, and can then turn out either way as far as the fact goes. Not so where a
/// part of it is shared by criteria, and may be granted without it.
fn leaves(plan: &Plan, chosen: &[usize]) -> Vec<Option<FactId>> {
    let mut shared = vec![false; plan.nodes.len()];
    for node in chosen.iter().flat_map(|place| &plan.shared[*place]) {
        shared[*node as usize] = true;
    }
    let mut leaves: Vec<Option<FactId>> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        let one = |part: &NodeId| leaves[*part as usize].filter(|_| !shared[*part as usize]);
        let leaf = match node {
            Node::Test(fact, _) => Some(*fact),
            Node::Open | Node::Otherwise(..) => None,
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
fn below(plan: &Plan, leaves: &[Option<FactId>], roots: &[NodeId]) -> Vec<bool> {
    let mut below = vec![false; plan.nodes.len()];
    let mut waiting = roots.to_vec();
    while let Some(id) = waiting.pop() {
        let new = !std::mem::replace(&mut below[id as usize], true);
        if new && leaves[id as usize].is_none() {
            waiting.extend(plan.node(id).parts());
        }
    }
    below
}

/// Per fact of `inner`, its place in `outer`; both rise, and `outer` has all of them.
fn links(inner: &[u16], outer: &[u16]) -> Vec<u16> {
    let place = |fact: &u16| outer.iter().position(|other| other == fact);
    let places = inner.iter().filter_map(place);
    places.filter_map(|place| u16::try_from(place).ok()).collect()
}
