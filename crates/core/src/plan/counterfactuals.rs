//! Counterfactuals: how a support can be made to apply by changing facts that a firm can change.
//!
//! Found once, at load: each is a set of facts with the values that they need, under the
//! provision that certain nodes, over facts that no firm changes or that the change leaves unknown, are
//! as they are. What is left for an answer is to see which provisions hold and which needs are not
//! met already.

use super::{Node, NodeId};
use crate::condition::Test;
use crate::facts::{Catalogue, FactId, FactSet, Value};
use crate::index::IndexVec;
use crate::interrupt::Interrupt;
use crate::rulebook::SupportId;
use crate::truth::Truth;
use foldhash::HashMap;
use rust_decimal::Decimal;
use std::rc::Rc;

/// The most alternatives of one node; rules of real texts have a few dozen.
const MOST: usize = 2000;
/// The most comparisons of two alternatives, or of two of their values, for one node. One of the built-in rules takes
/// some three thousand.
const COMPARISONS: usize = 20_000_000;
/// The most needs, nodes and values that the alternatives of all nodes hold together: what is kept of them stays in memory.
const KEPT: usize = 4_000_000;

/// One alternative that makes a support apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterfactual {
    /// Nodes that the change does not touch, and what they must be as things are; in order.
    pub(crate) preconditions: Vec<(NodeId, Truth)>,
    /// The facts, in the order of the catalogue, and what each must be.
    pub needs: Vec<Need>,
}

/// What one fact must be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Need {
    /// The fact.
    pub fact: FactId,
    /// The values that do.
    pub domain: ValueDomain,
}

/// The values of a fact that do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ValueDomain {
    /// Yes, or no.
    Bool(bool),
    /// A number between bounds; `true` beside a bound says that it is included.
    Number {
        /// The lower bound.
        min: Option<(Decimal, bool)>,
        /// The upper bound.
        max: Option<(Decimal, bool)>,
    },
    /// One of these enum values, by index.
    EnumList(Vec<u16>),
    /// A code that begins with one of the first, if there are any, and none of the second.
    Code {
        /// The starts that do.
        starts: Vec<String>,
        /// The starts that do not.
        not: Vec<String>,
    },
    /// A list.
    List {
        /// For each entry: it has one of these.
        has: Vec<Vec<Item>>,
        /// It has none of these.
        lacks: Vec<Item>,
        /// Whether it must be empty, or must not be.
        empty: Option<bool>,
    },
}

/// What a list may have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// An enum value, by index.
    Enum(u16),
    /// A code.
    Code(String),
    /// A code that begins so.
    Start(String),
}

impl Counterfactual {
    /// How much it holds: its nodes, its needs and their values.
    fn size(&self) -> usize {
        1 + self.preconditions.len()
            + self.needs.iter().map(|need| need.domain.size()).sum::<usize>()
    }

    /// How many values are compared when it is joined with another.
    fn work_with(&self, other: &Self) -> usize {
        let needs = self.needs.iter().flat_map(|need| {
            let same = other.needs.iter().filter(|it| it.fact == need.fact);
            same.map(|it| need.domain.size() * it.domain.size())
        });
        self.size()
            + other.size()
            + self.preconditions.len() * other.preconditions.len()
            + needs.sum::<usize>()
    }
}

impl Item {
    fn is_in(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Enum(value), Value::EnumList(has)) => has.contains(value),
            (Self::Code(code), Value::Codes(has)) => has.contains(code),
            (Self::Start(start), Value::Codes(has)) => {
                has.iter().any(|code| code.starts_with(start.as_str()))
            }
            _ => false,
        }
    }
}

impl ValueDomain {
    /// Whether a value does.
    #[must_use]
    pub fn admits(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Bool(wanted), Value::Bool(preconditions)) => wanted == preconditions,
            (Self::Number { min, max }, Value::Number(n)) => {
                min.is_none_or(|(limit, with)| *n > limit || with && *n == limit)
                    && max.is_none_or(|(limit, with)| *n < limit || with && *n == limit)
            }
            (Self::EnumList(values), Value::Enum(preconditions)) => values.contains(preconditions),
            (Self::Code { starts, not }, Value::Code(code)) => {
                let begins = |s: &String| code.starts_with(s.as_str());
                (starts.is_empty() || starts.iter().any(begins)) && !not.iter().any(begins)
            }
            (Self::Code { starts, .. }, Value::NoCode) => starts.is_empty(),
            (Self::List { has, lacks, empty }, Value::EnumList(_) | Value::Codes(_)) => {
                let is_empty = match value {
                    Value::EnumList(list) => list.is_empty(),
                    Value::Codes(list) => list.is_empty(),
                    _ => false,
                };
                empty.is_none_or(|wanted| wanted == is_empty)
                    && has.iter().all(|any| any.iter().any(|item| item.is_in(value)))
                    && !lacks.iter().any(|item| item.is_in(value))
            }
            _ => false,
        }
    }

    /// The values that do for a test, or for its opposite.
    fn of(test: &Test, all_hold: bool, values: usize) -> Option<Self> {
        let all = || 0..u16::try_from(values).unwrap_or(u16::MAX);
        let list = |items: Vec<Item>| {
            let (has, lacks) = if all_hold { (vec![items], vec![]) } else { (vec![], items) };
            Some(Self::List { has, lacks, empty: None })
        };
        match test {
            Test::Yes => Some(Self::Bool(all_hold)),
            Test::AtLeast(n) if all_hold => Some(Self::Number { min: Some((*n, true)), max: None }),
            Test::AtLeast(n) => Some(Self::Number { min: None, max: Some((*n, false)) }),
            Test::MoreThan(n) if all_hold => {
                Some(Self::Number { min: Some((*n, false)), max: None })
            }
            Test::MoreThan(n) => Some(Self::Number { min: None, max: Some((*n, true)) }),
            Test::Equals(n) if all_hold => {
                Some(Self::Number { min: Some((*n, true)), max: Some((*n, true)) })
            }
            // No text asks for a number to be anything but one value.
            Test::Equals(_) | Test::RegisteredIn(_) => None,
            Test::OneOf(set) => {
                Some(Self::EnumList(all().filter(|w| set.contains(w) == all_hold).collect()))
            }
            Test::AtMost(w) => {
                Some(Self::EnumList(all().filter(|other| (other <= w) == all_hold).collect()))
            }
            Test::StartsWith(texts) if all_hold => {
                Some(Self::Code { starts: texts.clone(), not: Vec::new() })
            }
            Test::StartsWith(texts) => Some(Self::Code { starts: Vec::new(), not: texts.clone() }),
            Test::HasValue(set) => list(set.iter().map(|w| Item::Enum(*w)).collect()),
            Test::HasCode(set) => list(set.iter().map(|c| Item::Code(c.clone())).collect()),
            Test::HasStart(set) => list(set.iter().map(|c| Item::Start(c.clone())).collect()),
            Test::Empty => Some(Self::List { has: vec![], lacks: vec![], empty: Some(all_hold) }),
        }
    }

    /// How many values it lists.
    fn size(&self) -> usize {
        1 + match self {
            Self::Bool(_) | Self::Number { .. } => 0,
            Self::EnumList(values) => values.len(),
            Self::Code { starts, not } => starts.len() + not.len(),
            Self::List { has, lacks, .. } => has.iter().map(Vec::len).sum::<usize>() + lacks.len(),
        }
    }

    /// The values that do for both; nothing if there are none.
    fn both(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => (a == b).then(|| self.clone()),
            (Self::EnumList(a), Self::EnumList(b)) => {
                let both: Vec<u16> = a.iter().copied().filter(|w| b.contains(w)).collect();
                (!both.is_empty()).then_some(Self::EnumList(both))
            }
            (Self::Number { min: a, max: x }, Self::Number { min: b, max: y }) => {
                let min =
                    [*a, *b].into_iter().flatten().max_by(|p, q| p.0.cmp(&q.0).then(q.1.cmp(&p.1)));
                let max =
                    [*x, *y].into_iter().flatten().min_by(|p, q| p.0.cmp(&q.0).then(p.1.cmp(&q.1)));
                let possible = match (min, max) {
                    (Some((low, a)), Some((high, b))) => low < high || low == high && a && b,
                    _ => true,
                };
                possible.then_some(Self::Number { min, max })
            }
            (Self::Code { starts: a, not: x }, Self::Code { starts: b, not: y }) => {
                let starts: Vec<String> = match (a.is_empty(), b.is_empty()) {
                    (true, _) => b.clone(),
                    (_, true) => a.clone(),
                    _ => longer(a, b).chain(longer(b, a)).collect(),
                };
                let not: Vec<String> = x.iter().chain(y).cloned().collect();
                let kept: Vec<String> = starts
                    .iter()
                    .filter(|s| !not.iter().any(|n| s.starts_with(n.as_str())))
                    .cloned()
                    .collect();
                let impossible = kept.is_empty() && !(a.is_empty() && b.is_empty());
                (!impossible).then_some(Self::Code { starts: kept, not })
            }
            (
                Self::List { has: a, lacks: x, empty: e },
                Self::List { has: b, lacks: y, empty: f },
            ) => {
                let empty = match (e, f) {
                    (Some(e), Some(f)) if e != f => return None,
                    (Some(e), _) | (None, Some(e)) => Some(*e),
                    _ => None,
                };
                let lacks: Vec<Item> = x.iter().chain(y).cloned().collect();
                let mut has: Vec<Vec<Item>> = Vec::new();
                for any in a.iter().chain(b) {
                    let kept: Vec<Item> =
                        any.iter().filter(|item| !lacks.contains(item)).cloned().collect();
                    if kept.is_empty() {
                        return None;
                    }
                    if !has.contains(&kept) {
                        has.push(kept);
                    }
                }
                (has.is_empty() || empty != Some(true)).then_some(Self::List { has, lacks, empty })
            }
            _ => None,
        }
    }

    /// The values that do for either, where one domain can express that.
    fn either(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::EnumList(a), Self::EnumList(b)) => {
                let mut values: Vec<u16> = a.iter().chain(b).copied().collect();
                values.sort_unstable();
                values.dedup();
                Some(Self::EnumList(values))
            }
            (
                Self::List { has: a, lacks: x, empty: e },
                Self::List { has: b, lacks: y, empty: f },
            ) if x.is_empty() && y.is_empty() && e.is_none() && f.is_none() => {
                let ([a], [b]) = (a.as_slice(), b.as_slice()) else { return None };
                let mut items: Vec<Item> = a.iter().chain(b).cloned().collect();
                items.sort_unstable();
                items.dedup();
                Some(Self::List { has: vec![items], lacks: vec![], empty: None })
            }
            _ => None,
        }
    }
}

/// Those of `a` that are as long as or longer than one of `b` that they begin with.
fn longer<'a>(a: &'a [String], b: &'a [String]) -> impl Iterator<Item = String> + use<'a> {
    a.iter().filter(|s| b.iter().any(|t| s.starts_with(t.as_str()))).cloned()
}

/// Finds, per root, the alternatives that make it true, and whether there are too many to keep them all.
pub(super) fn find(
    catalogue: &Catalogue,
    nodes: &IndexVec<NodeId, Node>,
    facts: &IndexVec<NodeId, FactSet>,
    roots: &IndexVec<SupportId, NodeId>,
    interrupt: &Interrupt,
) -> (IndexVec<SupportId, Vec<Counterfactual>>, IndexVec<SupportId, bool>) {
    let changeable: FactSet =
        catalogue.facts.iter().filter(|fact| fact.changeable).map(|fact| fact.id).collect();
    let known = HashMap::default();
    let mut finder =
        Finder { catalogue, nodes, facts, changeable, known, cut: false, kept: 0, interrupt };
    roots
        .iter()
        .take_while(|_| !interrupt.is_set())
        .map(|root| {
            let (alternatives, cut) = finder.alternatives(*root, Truth::True);
            (
                alternatives
                    .iter()
                    .filter(|counterfactual| !counterfactual.needs.is_empty())
                    .cloned()
                    .collect(),
                cut,
            )
        })
        .unzip()
}

/// The alternatives of a node, and whether some of it or below were cut.
type Alternatives = (Rc<[Counterfactual]>, bool);

struct Finder<'a> {
    catalogue: &'a Catalogue,
    nodes: &'a IndexVec<NodeId, Node>,
    facts: &'a IndexVec<NodeId, FactSet>,
    changeable: FactSet,
    known: HashMap<(NodeId, Truth), Alternatives>,
    /// Whether something was cut below the node in work.
    cut: bool,
    /// How much the alternatives found so far hold.
    kept: usize,
    interrupt: &'a Interrupt,
}

/// How much may still be compared for one node. What is left out when nothing may be is a cut.
struct Budget<'a> {
    comparisons: usize,
    interrupt: &'a Interrupt,
}

impl Budget<'_> {
    /// Whether another comparison may be made, of so many values.
    fn spend(&mut self, values: usize) -> bool {
        /// How many comparisons pass between two checks of the interrupt.
        const CHECK_INTERVAL: usize = 1 << 16;
        let before = self.comparisons / CHECK_INTERVAL;
        self.comparisons = self.comparisons.saturating_sub(values.max(1));
        if self.comparisons / CHECK_INTERVAL != before && self.interrupt.is_set() {
            self.comparisons = 0;
        }
        self.comparisons > 0
    }

    fn is_empty(&self) -> bool {
        self.comparisons == 0
    }
}

impl Finder<'_> {
    /// The alternatives that give a node this truth.
    fn alternatives(&mut self, id: NodeId, wanted: Truth) -> Alternatives {
        if let Some((alternatives, cut)) = self.known.get(&(id, wanted)) {
            self.cut |= cut;
            return (Rc::clone(alternatives), *cut);
        }
        let outer = std::mem::take(&mut self.cut);
        let mut budget = Budget { comparisons: COMPARISONS, interrupt: self.interrupt };
        let mut alternatives = self.find(id, wanted, &mut budget);
        alternatives.truncate(if self.kept < KEPT { alternatives.len() } else { 0 });
        let cut = self.cut || alternatives.len() > MOST || budget.is_empty() || self.kept >= KEPT;
        self.cut = outer || cut;
        alternatives.truncate(MOST);
        self.kept += alternatives.iter().map(Counterfactual::size).sum::<usize>();
        let alternatives: Rc<[Counterfactual]> = alternatives.into();
        self.known.insert((id, wanted), (Rc::clone(&alternatives), cut));
        (alternatives, cut)
    }

    fn find(&mut self, id: NodeId, wanted: Truth, budget: &mut Budget<'_>) -> Vec<Counterfactual> {
        let nodes = self.nodes;

        let as_it_is =
            || vec![Counterfactual { preconditions: vec![(id, wanted)], needs: Vec::new() }];
        match nodes.at(id) {
            Node::Indeterminate if wanted == Truth::Unknown => as_it_is(),
            Node::Indeterminate => Vec::new(),
            _ if !self.reach(id).intersects(&self.changeable) => as_it_is(),
            // What is answered is known: a test stays open only while its fact is left alone, which
            // `join` sees to.
            Node::Test(..) if wanted == Truth::Unknown => as_it_is(),
            Node::Test((fact, test)) => {
                let (fact, values) = (*fact, self.catalogue.fact(*fact).values.len());
                let domain = ValueDomain::of(test, wanted == Truth::True, values);
                let counterfactual = |domain| Counterfactual {
                    preconditions: vec![],
                    needs: vec![Need { fact, domain }],
                };
                domain.map(counterfactual).into_iter().collect()
            }
            Node::Not(inner) => self.alternatives(*inner, !wanted).0.to_vec(),
            Node::And(parts) => self.several(parts, Truth::True, wanted, budget),
            Node::Or(parts) => self.several(parts, Truth::False, wanted, budget),
            Node::Coalesce(first, second) => {
                let mut alternatives = match wanted {
                    Truth::Unknown => Vec::new(),
                    known => self.alternatives(*first, known).0.to_vec(),
                };
                let undecided = self.alternatives(*first, Truth::Unknown).0;
                let second = self.alternatives(*second, wanted).0;
                alternatives.extend(self.product(&undecided, &second, budget));
                merged(alternatives, budget)
            }
        }
    }

    /// The alternatives of a node that has the truth `all` if all its parts have it, and the opposite if one
    /// part has that.
    fn several(
        &mut self,
        parts: &[NodeId],
        all: Truth,
        wanted: Truth,
        budget: &mut Budget<'_>,
    ) -> Vec<Counterfactual> {
        if wanted == !all {
            let one = parts.iter().flat_map(|part| self.alternatives(*part, wanted).0.to_vec());
            return merged(one, budget);
        }
        // Of the parts so far: all have the truth `all`; or one at least is open, and none has the
        // opposite.
        let mut settled = vec![Counterfactual { preconditions: Vec::new(), needs: Vec::new() }];
        let mut undecided = Vec::new();
        for part in parts {
            let all_hold = self.alternatives(*part, all).0;
            if wanted == Truth::Unknown {
                let stay_unknown = self.alternatives(*part, Truth::Unknown).0;
                let mut alternatives = self.product(&settled, &stay_unknown, budget);
                alternatives.extend(self.product(&undecided, &stay_unknown, budget));
                alternatives.extend(self.product(&undecided, &all_hold, budget));
                undecided = merged(alternatives, budget);
            }
            settled = merged(self.product(&settled, &all_hold, budget), budget);
        }
        if wanted == Truth::Unknown { undecided } else { settled }
    }

    fn product(
        &self,
        a: &[Counterfactual],
        b: &[Counterfactual],
        budget: &mut Budget<'_>,
    ) -> Vec<Counterfactual> {
        let pairs = a.iter().flat_map(|one| b.iter().map(move |other| (one, other)));
        let pairs = pairs.take_while(|(one, other)| budget.spend(one.work_with(other)));
        // One more than is kept, so that a cut is noticed.
        pairs.filter_map(|(one, other)| self.join(one, other)).take(MOST + 1).collect()
    }

    /// Both alternatives at once, if that is possible.
    fn join(&self, a: &Counterfactual, b: &Counterfactual) -> Option<Counterfactual> {
        let mut joined = a.clone();
        for (node, truth) in &b.preconditions {
            match joined.preconditions.iter().find(|(other, _)| other == node) {
                Some((_, other)) if other != truth => return None,
                Some(_) => {}
                None => joined.preconditions.push((*node, *truth)),
            }
        }
        for need in &b.needs {
            match joined.needs.iter_mut().find(|other| other.fact == need.fact) {
                Some(other) => other.domain = other.domain.both(&need.domain)?,
                None => joined.needs.push(need.clone()),
            }
        }
        // What is to stay as it is may not be set.
        let stay_unknown = |need: &Need| {
            joined.preconditions.iter().any(|(node, _)| self.reach(*node).contains(need.fact))
        };
        if joined.needs.iter().any(stay_unknown) {
            return None;
        }
        // In one order, so that equal alternatives compare as equal.
        joined.preconditions.sort_unstable_by_key(|(node, _)| *node);
        joined.needs.sort_unstable_by_key(|need| need.fact);
        Some(joined)
    }

    /// The facts tested in a node or below.
    fn reach(&self, id: NodeId) -> FactSet {
        *self.facts.at(id)
    }
}

/// Joins alternatives that differ in the values of one fact only, and drops those that ask for more than
/// another. Of more than can be kept it takes one more, so that a cut is noticed.
fn merged(
    alternatives: impl IntoIterator<Item = Counterfactual>,
    budget: &mut Budget<'_>,
) -> Vec<Counterfactual> {
    let mut kept: Vec<Counterfactual> = Vec::new();
    for alternative in alternatives {
        let size = alternative.size();
        let mut others = kept.iter_mut().take_while(|_| budget.spend(size));
        if others.any(|other| absorb(other, &alternative)) {
            continue;
        }
        kept.push(alternative);
        if kept.len() > MOST || budget.is_empty() {
            break;
        }
    }
    if !budget.spend(kept.len() * kept.len()) {
        return kept;
    }
    let asks_more = |alternative: &Counterfactual, other: &Counterfactual| {
        alternative != other
            && other
                .preconditions
                .iter()
                .all(|preconditions| alternative.preconditions.contains(preconditions))
            && other.needs.iter().all(|need| alternative.needs.contains(need))
    };
    let keep: Vec<bool> = kept
        .iter()
        .map(|alternative| !kept.iter().any(|other| asks_more(alternative, other)))
        .collect();
    let mut keep = keep.into_iter();
    kept.retain(|_| keep.next().unwrap_or(true));
    kept
}

fn absorb(kept: &mut Counterfactual, alternative: &Counterfactual) -> bool {
    if kept.preconditions != alternative.preconditions
        || kept.needs.len() != alternative.needs.len()
    {
        return false;
    }
    let pairs = || kept.needs.iter().zip(&alternative.needs);
    if pairs().any(|(a, b)| a.fact != b.fact) {
        return false;
    }
    let differing: Vec<usize> = pairs()
        .enumerate()
        .filter(|(_, (a, b))| a.domain != b.domain)
        .map(|(index, _)| index)
        .collect();
    match differing.as_slice() {
        [] => true,
        [index] => {
            let either = kept.needs.get(*index).zip(alternative.needs.get(*index));
            let either = either.and_then(|(a, b)| a.domain.either(&b.domain));
            match (kept.needs.get_mut(*index), either) {
                (Some(need), Some(domain)) => {
                    need.domain = domain;
                    true
                }
                _ => false,
            }
        }
        _ => false,
    }
}
