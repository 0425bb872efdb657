//! The facts that could decide what is undetermined, as conditions of a query.
//!
//! In goes the plan's graph; out comes, per support and fact, a node of the query that is true of the firms for which
//! the fact could decide the support, and false of all others. It says what evaluation computes for one firm
//! (`docs/semantics.md`, “missing”), with every truth of the firm left to the engine: which part is undecided is a
//! condition, and what could become true or false is a condition over those. A NULL is a fact that nobody asked for.

use super::assumed::Assumed;
use super::gather::{Gathered, Leaf, Node};
use crate::condition::Test;
use crate::facts::FactId;
use crate::plan::{Node as PlanNode, NodeId, Plan};
use crate::rulebook::SupportId;
use crate::truth::Truth;
use foldhash::HashMap;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Facts, in the order of the catalogue, and when each could decide.
pub(super) type MissingFacts = BTreeMap<FactId, NodeId>;

/// Conditions that are never unknown.
impl Gathered {
    pub(super) fn constant(&mut self, yes: bool) -> NodeId {
        self.graph.add(Node::Test(Leaf::Constant(yes)))
    }

    fn is_constant(&self, id: NodeId, yes: bool) -> bool {
        *self.graph.node(id) == Node::Test(Leaf::Constant(yes))
    }

    pub(super) fn every(&mut self, parts: Vec<NodeId>) -> NodeId {
        self.connect(parts, false)
    }

    pub(super) fn some_of(&mut self, parts: Vec<NodeId>) -> NodeId {
        self.connect(parts, true)
    }

    /// One of the parts (`any`), or all of them: without constants, and without what another part says already. A part
    /// that is itself a conjunction stays one, so that it can be shared.
    fn connect(&mut self, parts: Vec<NodeId>, any: bool) -> NodeId {
        let mut flat = Vec::new();
        let mut waiting = parts;
        while let Some(id) = waiting.pop() {
            match self.graph.node(id) {
                Node::Or(inner) if any => waiting.extend(inner.iter().copied()),
                Node::Test(Leaf::Constant(yes)) if *yes == any => return id,
                Node::Test(Leaf::Constant(_)) => {}
                _ => flat.push(id),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        // `x or (x and y)` is x, and `x and (x and y)` is `x and y`: the parts of one are among those of another.
        let sets: Vec<Vec<NodeId>> = flat.iter().map(|id| self.conjuncts(*id)).collect();
        let within = |a: &[NodeId], b: &[NodeId]| {
            a.len() < b.len() && a.iter().all(|part| b.binary_search(part).is_ok())
        };
        let is_redundant = |index: usize| {
            let Some(own) = sets.get(index) else { return false };
            sets.iter().any(|other| if any { within(other, own) } else { within(own, other) })
        };
        let remaining = flat.iter().enumerate().filter(|(index, _)| !is_redundant(*index));
        let remaining: Vec<NodeId> = remaining.map(|(_, id)| *id).collect();
        if remaining.is_empty() {
            return self.constant(!any);
        }
        self.graph.join(remaining, if any { Node::Or } else { Node::And })
    }

    /// The parts of a conjunction, through all conjunctions in it; of anything else, the node itself.
    fn conjuncts(&self, id: NodeId) -> Vec<NodeId> {
        let (mut all, mut waiting) = (Vec::new(), vec![id]);
        while let Some(id) = waiting.pop() {
            match self.graph.node(id) {
                Node::And(inner) => waiting.extend(inner.iter().copied()),
                _ => all.push(id),
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    pub(super) fn opposite(&mut self, id: NodeId) -> NodeId {
        match self.graph.node(id) {
            Node::Test(Leaf::Constant(yes)) => {
                let yes = *yes;
                self.constant(!yes)
            }
            _ => self.graph.not(id),
        }
    }

    /// Whether a node of the plan has a truth.
    pub(super) fn is(&mut self, plan: &Plan, id: NodeId, truth: Truth) -> NodeId {
        let unknown = truth == Truth::Unknown;
        match plan.node(id) {
            PlanNode::Not(inner) => self.is(plan, *inner, !truth),
            PlanNode::Test((fact, _)) if unknown && self.has(*fact) => {
                self.graph.add(Node::Test(Leaf::FactUnknown(*fact)))
            }
            // A derivation has a column as a rule; but each value of a list has one, which the query never asks alone.
            PlanNode::Coalesce(first, second)
                if unknown
                    && !matches!(
                        plan.node(*first),
                        PlanNode::Test((_, Test::Yes | Test::AtMost(_)))
                    ) =>
            {
                let parts = vec![self.is(plan, *first, truth), self.is(plan, *second, truth)];
                self.every(parts)
            }
            _ => {
                let id = self.of(id);
                match self.graph.node(id) {
                    Node::Indeterminate => self.constant(unknown),
                    Node::Test(Leaf::Fact(fact, _)) if unknown => {
                        let fact = *fact;
                        self.graph.add(Node::Test(Leaf::FactUnknown(fact)))
                    }
                    _ => self.graph.add(Node::Test(Leaf::Is(id, truth))),
                }
            }
        }
    }
}

/// What could still become of a node that is not known, each a condition.
#[derive(Debug)]
pub(super) struct Outcomes {
    can_be_true: NodeId,
    can_be_false: NodeId,
    may_stay_unknown: NodeId,
    to_true: MissingFacts,
    to_false: MissingFacts,
}

/// Finds outcomes, each node once.
pub(super) struct Finder<'a> {
    pub(super) plan: &'a Plan,
    pub(super) gathered: &'a mut Gathered,
    known: HashMap<NodeId, Rc<Outcomes>>,
}

impl<'a> Finder<'a> {
    fn new(plan: &'a Plan, gathered: &'a mut Gathered) -> Self {
        Self { plan, gathered, known: HashMap::default() }
    }

    fn undecided(&mut self, id: NodeId, assumed: Option<&mut Assumed>) -> NodeId {
        let touched = assumed.and_then(|a| a.is(self.plan, self.gathered, id, Truth::Unknown));
        touched.unwrap_or_else(|| self.gathered.is(self.plan, id, Truth::Unknown))
    }

    /// The outcomes of a node, valid where it is not known.
    fn outcomes(&mut self, id: NodeId, mut assumed: Option<&mut Assumed>) -> Rc<Outcomes> {
        let touched = assumed.as_deref_mut().is_some_and(|a| a.touches(self.plan, id));
        if !touched && let Some(known) = self.known.get(&id) {
            return Rc::clone(known);
        }
        let (yes, no) = (self.gathered.constant(true), self.gathered.constant(false));
        let found = match self.plan.node(id) {
            PlanNode::Indeterminate => Outcomes {
                can_be_true: no,
                can_be_false: no,
                may_stay_unknown: yes,
                to_true: MissingFacts::new(),
                to_false: MissingFacts::new(),
            },
            PlanNode::Test((fact, _)) => Outcomes {
                can_be_true: yes,
                can_be_false: yes,
                may_stay_unknown: no,
                to_true: MissingFacts::from([(*fact, yes)]),
                to_false: MissingFacts::from([(*fact, yes)]),
            },
            PlanNode::Not(inner) => {
                let inner = self.outcomes(*inner, assumed);
                Outcomes {
                    can_be_true: inner.can_be_false,
                    can_be_false: inner.can_be_true,
                    may_stay_unknown: inner.may_stay_unknown,
                    to_true: inner.to_false.clone(),
                    to_false: inner.to_true.clone(),
                }
            }
            PlanNode::Or(parts) => self.joined(parts, true, assumed),
            PlanNode::And(parts) => self.joined(parts, false, assumed),
            PlanNode::Coalesce(first, second) => {
                let stated = self.outcomes(*first, assumed.as_deref_mut());
                let follows = self.outcomes(*second, assumed);
                self.coalesced(&stated, &follows)
            }
        };
        let found = Rc::new(found);
        if !touched {
            self.known.insert(id, Rc::clone(&found));
        }
        found
    }

    /// Of “one of the parts” (`any`), or “all of them”: the same with true and false exchanged. One undecided part
    /// suffices for the one, all of them are needed for the other.
    fn joined(
        &mut self,
        parts: &[NodeId],
        any: bool,
        mut assumed: Option<&mut Assumed>,
    ) -> Outcomes {
        let (mut one_can, mut all_can, mut stay) = (Vec::new(), Vec::new(), Vec::new());
        let (mut to_one, mut to_all) = (Gatherer::default(), Gatherer::default());
        for part in parts {
            let undecided = self.undecided(*part, assumed.as_deref_mut());
            let outcomes = self.outcomes(*part, assumed.as_deref_mut());
            let (can_one, can_all, facts_one, facts_all) = if any {
                (outcomes.can_be_true, outcomes.can_be_false, &outcomes.to_true, &outcomes.to_false)
            } else {
                (outcomes.can_be_false, outcomes.can_be_true, &outcomes.to_false, &outcomes.to_true)
            };
            one_can.push((undecided, can_one));
            let decided = self.gathered.opposite(undecided);
            all_can.push(self.gathered.some_of(vec![decided, can_all]));
            stay.push(self.gathered.every(vec![undecided, outcomes.may_stay_unknown]));
            to_one.add(self.gathered, undecided, facts_one);
            to_all.add(self.gathered, undecided, facts_all);
        }
        // Where the whole is undecided, some part is.
        let one = if one_can.iter().all(|(_, can)| self.gathered.is_constant(*can, true)) {
            self.gathered.constant(true)
        } else {
            let each = one_can.into_iter().map(|(a, b)| self.gathered.every(vec![a, b]));
            let each = each.collect();
            self.gathered.some_of(each)
        };
        let all = self.gathered.every(all_can);
        let may_stay_unknown = self.gathered.some_of(stay);
        let to_one = to_one.facts(self.gathered);
        let to_all = to_all.facts(self.gathered);
        let to_all: MissingFacts = (to_all.into_iter())
            .map(|(fact, when)| (fact, self.gathered.every(vec![all, when])))
            .collect();
        let (can_be_true, can_be_false) = if any { (one, all) } else { (all, one) };
        let (to_true, to_false) = if any { (to_one, to_all) } else { (to_all, to_one) };
        Outcomes { can_be_true, can_be_false, may_stay_unknown, to_true, to_false }
    }

    /// Of a derivation: stating the fact itself helps where what follows may stay unknown.
    fn coalesced(&mut self, stated: &Outcomes, follows: &Outcomes) -> Outcomes {
        let helps = follows.may_stay_unknown;
        let can = |gathered: &mut Gathered, follows: NodeId, stated: NodeId| {
            let helped = gathered.every(vec![helps, stated]);
            gathered.some_of(vec![follows, helped])
        };
        let facts = |gathered: &mut Gathered, follows: &MissingFacts, stated: &MissingFacts| {
            let mut all = Gatherer::default();
            let yes = gathered.constant(true);
            all.add(gathered, yes, follows);
            all.add(gathered, helps, stated);
            all.facts(gathered)
        };
        Outcomes {
            can_be_true: can(self.gathered, follows.can_be_true, stated.can_be_true),
            can_be_false: can(self.gathered, follows.can_be_false, stated.can_be_false),
            may_stay_unknown: self.gathered.constant(false),
            to_true: facts(self.gathered, &follows.to_true, &stated.to_true),
            to_false: facts(self.gathered, &follows.to_false, &stated.to_false),
        }
    }

    /// The facts that could decide a support. Its criteria may share parts: what the others force is assumed, since
    /// without it the support fails anyway.
    fn support(&mut self, support: SupportId) -> MissingFacts {
        let root = *self.plan.supports.at(support);
        let undecided = self.undecided(root, None);
        let outcomes = self.outcomes(root, None);
        let mut plain = Gatherer::default();
        let yes = self.gathered.constant(true);
        plain.add(self.gathered, yes, &outcomes.to_true);
        plain.add(self.gathered, yes, &outcomes.to_false);
        let plain = plain.facts(self.gathered);
        let (narrower, holds) = self.narrower(support);
        let fails = self.gathered.opposite(holds);
        let mut facts = Gatherer::default();
        for (fact, plain) in plain {
            let no = self.gathered.constant(false);
            let narrow = narrower.get(&fact).copied().unwrap_or(no);
            let when = if plain == narrow {
                plain
            } else {
                let plain = self.gathered.every(vec![fails, plain]);
                let narrow = self.gathered.every(vec![holds, narrow]);
                self.gathered.some_of(vec![plain, narrow])
            };
            facts.add(self.gathered, undecided, &MissingFacts::from([(fact, when)]));
        }
        facts.facts(self.gathered)
    }

    /// The facts that could decide a criterion of a support if the others hold, and when that is assumed: where they
    /// force something, and no criterion fails by it.
    fn narrower(&mut self, support: SupportId) -> (MissingFacts, NodeId) {
        let criteria = self.plan.criteria.at(support);
        let shared = self.plan.shared.at(support);
        let (mut forced, mut contradict) = (Vec::new(), Vec::new());
        let mut facts = Gatherer::default();
        for (index, criterion) in criteria.iter().enumerate() {
            let others = criteria.iter().enumerate().filter(|(other, _)| *other != index);
            let others: Vec<NodeId> = others.map(|(_, id)| *id).collect();
            let mut assumed = Assumed::new(self.plan, self.gathered, &others, shared);
            forced.extend(assumed.forced());
            let undecided = self.gathered.is(self.plan, *criterion, Truth::Unknown);
            if let Some(fails) = assumed.is(self.plan, self.gathered, *criterion, Truth::False) {
                contradict.push(self.gathered.every(vec![undecided, fails]));
            }
            let still = self.undecided(*criterion, Some(&mut assumed));
            let both = self.gathered.every(vec![undecided, still]);
            let outcomes = self.outcomes(*criterion, Some(&mut assumed));
            facts.add(self.gathered, both, &outcomes.to_true);
            facts.add(self.gathered, both, &outcomes.to_false);
        }
        let contradict = self.gathered.some_of(contradict);
        let consistent = self.gathered.opposite(contradict);
        let forced = self.gathered.some_of(forced);
        let holds = self.gathered.every(vec![forced, consistent]);
        (facts.facts(self.gathered), holds)
    }
}

/// Gathers when each fact could decide.
#[derive(Debug, Default)]
struct Gatherer(BTreeMap<FactId, Vec<NodeId>>);

impl Gatherer {
    fn add(&mut self, gathered: &mut Gathered, when: NodeId, facts: &MissingFacts) {
        for (fact, condition) in facts {
            let both = gathered.every(vec![when, *condition]);
            self.0.entry(*fact).or_default().push(both);
        }
    }

    /// One condition a fact, without facts that never could.
    fn facts(self, gathered: &mut Gathered) -> MissingFacts {
        let all = self.0.into_iter().map(|(fact, parts)| (fact, gathered.some_of(parts)));
        let all: Vec<(FactId, NodeId)> = all.collect();
        all.into_iter().filter(|(_, id)| !gathered.is_constant(*id, false)).collect()
    }
}

/// The facts that could decide each of some supports.
pub(super) fn of_supports(
    plan: &Plan,
    gathered: &mut Gathered,
    supports: &[SupportId],
) -> Vec<MissingFacts> {
    let mut finder = Finder::new(plan, gathered);
    supports.iter().map(|support| finder.support(*support)).collect()
}

/// The facts that could decide one of some supports.
pub(super) fn of_any(gathered: &mut Gathered, supports: &[MissingFacts]) -> MissingFacts {
    let mut all = Gatherer::default();
    let yes = gathered.constant(true);
    supports.iter().for_each(|facts| all.add(gathered, yes, facts));
    all.facts(gathered)
}
