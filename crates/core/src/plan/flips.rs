//! The ways to make a support apply by changing facts that a firm can change.
//!
//! Found once, at load: each way is a set of facts with the values that they need, under the
//! provision that certain nodes, over facts that no firm changes or that this way leaves open, are
//! as they are. What is left for an answer is to see which provisions hold and which needs are not
//! met already.

use super::{Node, NodeId};
use crate::condition::Test;
use crate::facts::{Catalogue, FactId, FactSet, Value};
use crate::interrupt::Interrupt;
use crate::truth::Truth;
use foldhash::HashMap;
use rust_decimal::Decimal;
use std::rc::Rc;

/// The most ways of one node; rules of real texts have a few dozen.
const MOST: usize = 2000;
/// The most comparisons of two ways, or of two of their values, for one node. One of the built-in rules takes
/// some three thousand.
const COMPARISONS: usize = 20_000_000;
/// The most needs, nodes and values that the ways of all nodes hold together: what is kept of them stays in memory.
const KEPT: usize = 4_000_000;

/// One way to make a support apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flip {
    /// Nodes that the change does not touch, and what they must be as things are; in order.
    pub given: Vec<(NodeId, Truth)>,
    /// The facts, in the order of the catalogue, and what each must be.
    pub needs: Vec<Need>,
}

/// What one fact must be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Need {
    /// The fact.
    pub fact: FactId,
    /// The values that do.
    pub accept: Accept,
}

/// The values of a fact that do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Accept {
    /// Yes, or no.
    Bool(bool),
    /// A number between bounds; `true` beside a bound says that it is included.
    Number {
        /// The lower bound.
        min: Option<(Decimal, bool)>,
        /// The upper bound.
        max: Option<(Decimal, bool)>,
    },
    /// One of these words, by place.
    Words(Vec<u16>),
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
    /// A word, by place.
    Word(u16),
    /// A code.
    Code(String),
    /// A code that begins so.
    Start(String),
}

impl Flip {
    /// How much it holds: its nodes, its needs and their values.
    fn size(&self) -> usize {
        1 + self.given.len() + self.needs.iter().map(|need| need.accept.size()).sum::<usize>()
    }

    /// How many values are compared when it is joined with another.
    fn work_with(&self, other: &Self) -> usize {
        let needs = self.needs.iter().flat_map(|need| {
            let same = other.needs.iter().filter(|it| it.fact == need.fact);
            same.map(|it| need.accept.size() * it.accept.size())
        });
        self.size() + other.size() + self.given.len() * other.given.len() + needs.sum::<usize>()
    }
}

impl Item {
    fn is_in(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Word(word), Value::Words(has)) => has.contains(word),
            (Self::Code(code), Value::Codes(has)) => has.contains(code),
            (Self::Start(start), Value::Codes(has)) => {
                has.iter().any(|code| code.starts_with(start.as_str()))
            }
            _ => false,
        }
    }
}

impl Accept {
    /// Whether a value does.
    #[must_use]
    pub fn admits(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Bool(wanted), Value::Bool(given)) => wanted == given,
            (Self::Number { min, max }, Value::Number(n)) => {
                min.is_none_or(|(limit, with)| *n > limit || with && *n == limit)
                    && max.is_none_or(|(limit, with)| *n < limit || with && *n == limit)
            }
            (Self::Words(words), Value::Word(given)) => words.contains(given),
            (Self::Code { starts, not }, Value::Code(code)) => {
                let begins = |s: &String| code.starts_with(s.as_str());
                (starts.is_empty() || starts.iter().any(begins)) && !not.iter().any(begins)
            }
            (Self::Code { starts, .. }, Value::NoCode) => starts.is_empty(),
            (Self::List { has, lacks, empty }, Value::Words(_) | Value::Codes(_)) => {
                let is_empty = match value {
                    Value::Words(list) => list.is_empty(),
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
    fn of(test: &Test, holds: bool, words: usize) -> Option<Self> {
        let all = || 0..u16::try_from(words).unwrap_or(u16::MAX);
        let list = |items: Vec<Item>| {
            let (has, lacks) = if holds { (vec![items], vec![]) } else { (vec![], items) };
            Some(Self::List { has, lacks, empty: None })
        };
        match test {
            Test::Yes => Some(Self::Bool(holds)),
            Test::AtLeast(n) if holds => Some(Self::Number { min: Some((*n, true)), max: None }),
            Test::AtLeast(n) => Some(Self::Number { min: None, max: Some((*n, false)) }),
            Test::MoreThan(n) if holds => Some(Self::Number { min: Some((*n, false)), max: None }),
            Test::MoreThan(n) => Some(Self::Number { min: None, max: Some((*n, true)) }),
            Test::Equals(n) if holds => {
                Some(Self::Number { min: Some((*n, true)), max: Some((*n, true)) })
            }
            // No text asks for a number to be anything but one value.
            Test::Equals(_) | Test::RegisteredIn(_) => None,
            Test::OneOf(set) => {
                Some(Self::Words(all().filter(|w| set.contains(w) == holds).collect()))
            }
            Test::AtMost(w) => {
                Some(Self::Words(all().filter(|other| (other <= w) == holds).collect()))
            }
            Test::StartsWith(texts) if holds => {
                Some(Self::Code { starts: texts.clone(), not: Vec::new() })
            }
            Test::StartsWith(texts) => Some(Self::Code { starts: Vec::new(), not: texts.clone() }),
            Test::HasWord(set) => list(set.iter().map(|w| Item::Word(*w)).collect()),
            Test::HasCode(set) => list(set.iter().map(|c| Item::Code(c.clone())).collect()),
            Test::HasStart(set) => list(set.iter().map(|c| Item::Start(c.clone())).collect()),
            Test::Empty => Some(Self::List { has: vec![], lacks: vec![], empty: Some(holds) }),
        }
    }

    /// How many values it lists.
    fn size(&self) -> usize {
        1 + match self {
            Self::Bool(_) | Self::Number { .. } => 0,
            Self::Words(words) => words.len(),
            Self::Code { starts, not } => starts.len() + not.len(),
            Self::List { has, lacks, .. } => has.iter().map(Vec::len).sum::<usize>() + lacks.len(),
        }
    }

    /// The values that do for both; nothing if there are none.
    fn both(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => (a == b).then(|| self.clone()),
            (Self::Words(a), Self::Words(b)) => {
                let both: Vec<u16> = a.iter().copied().filter(|w| b.contains(w)).collect();
                (!both.is_empty()).then_some(Self::Words(both))
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

    /// The values that do for either, where that can be said in one.
    fn either(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Words(a), Self::Words(b)) => {
                let mut words: Vec<u16> = a.iter().chain(b).copied().collect();
                words.sort_unstable();
                words.dedup();
                Some(Self::Words(words))
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

/// Finds, per root, the ways to make it true, and whether there are too many to keep them all.
pub(super) fn find(
    catalogue: &Catalogue,
    nodes: &[Node],
    facts: &[FactSet],
    roots: &[NodeId],
    interrupt: &Interrupt,
) -> (Vec<Vec<Flip>>, Vec<bool>) {
    let changeable: FactSet =
        catalogue.facts.iter().filter(|fact| fact.changeable).map(|fact| fact.id).collect();
    let known = HashMap::default();
    let mut finder =
        Finder { catalogue, nodes, facts, changeable, known, cut: false, kept: 0, interrupt };
    roots
        .iter()
        .take_while(|_| !interrupt.is_set())
        .map(|root| {
            let (ways, cut) = finder.ways(*root, Truth::True);
            (ways.iter().filter(|flip| !flip.needs.is_empty()).cloned().collect(), cut)
        })
        .unzip()
}

/// The ways of a node, and whether some of it or below were cut.
type Ways = (Rc<[Flip]>, bool);

struct Finder<'a> {
    catalogue: &'a Catalogue,
    nodes: &'a [Node],
    facts: &'a [FactSet],
    changeable: FactSet,
    known: HashMap<(NodeId, Truth), Ways>,
    /// Whether something was cut below the node in work.
    cut: bool,
    /// How much the ways found so far hold.
    kept: usize,
    interrupt: &'a Interrupt,
}

/// How much may still be compared for one node. What is left out when nothing may be is a cut.
struct Left<'a> {
    comparisons: usize,
    interrupt: &'a Interrupt,
}

impl Left<'_> {
    /// Whether another comparison may be made, of so many values.
    fn takes(&mut self, values: usize) -> bool {
        /// How many comparisons pass between two looks at whether somebody waits.
        const LOOK: usize = 1 << 16;
        let before = self.comparisons / LOOK;
        self.comparisons = self.comparisons.saturating_sub(values.max(1));
        if self.comparisons / LOOK != before && self.interrupt.is_set() {
            self.comparisons = 0;
        }
        self.comparisons > 0
    }

    fn is_empty(&self) -> bool {
        self.comparisons == 0
    }
}

impl Finder<'_> {
    /// The ways to give a node this truth.
    fn ways(&mut self, id: NodeId, wanted: Truth) -> Ways {
        if let Some((ways, cut)) = self.known.get(&(id, wanted)) {
            self.cut |= cut;
            return (Rc::clone(ways), *cut);
        }
        let outer = std::mem::take(&mut self.cut);
        let mut left = Left { comparisons: COMPARISONS, interrupt: self.interrupt };
        let mut ways = self.find(id, wanted, &mut left);
        ways.truncate(if self.kept < KEPT { ways.len() } else { 0 });
        let cut = self.cut || ways.len() > MOST || left.is_empty() || self.kept >= KEPT;
        self.cut = outer || cut;
        ways.truncate(MOST);
        self.kept += ways.iter().map(Flip::size).sum::<usize>();
        let ways: Rc<[Flip]> = ways.into();
        self.known.insert((id, wanted), (Rc::clone(&ways), cut));
        (ways, cut)
    }

    fn find(&mut self, id: NodeId, wanted: Truth, left: &mut Left<'_>) -> Vec<Flip> {
        let nodes = self.nodes;
        let Some(node) = nodes.get(id as usize) else { return Vec::new() };
        let as_it_is = || vec![Flip { given: vec![(id, wanted)], needs: Vec::new() }];
        match node {
            Node::Open if wanted == Truth::Unknown => as_it_is(),
            Node::Open => Vec::new(),
            _ if !self.reach(id).intersects(&self.changeable) => as_it_is(),
            // What is answered is known: a test stays open only while its fact is left alone, which
            // `join` sees to.
            Node::Test(..) if wanted == Truth::Unknown => as_it_is(),
            Node::Test(fact, test) => {
                let (fact, words) = (*fact, self.catalogue.fact(*fact).words.len());
                let accept = Accept::of(test, wanted == Truth::True, words);
                let flip = |accept| Flip { given: vec![], needs: vec![Need { fact, accept }] };
                accept.map(flip).into_iter().collect()
            }
            Node::Not(inner) => self.ways(*inner, !wanted).0.to_vec(),
            Node::And(parts) => self.several(parts, Truth::True, wanted, left),
            Node::Or(parts) => self.several(parts, Truth::False, wanted, left),
            Node::Otherwise(first, second) => {
                let mut ways = match wanted {
                    Truth::Unknown => Vec::new(),
                    known => self.ways(*first, known).0.to_vec(),
                };
                let open = self.ways(*first, Truth::Unknown).0;
                let second = self.ways(*second, wanted).0;
                ways.extend(self.product(&open, &second, left));
                merged(ways, left)
            }
        }
    }

    /// The ways of a node that has the truth `all` if all its parts have it, and the opposite if one
    /// part has that.
    fn several(
        &mut self,
        parts: &[NodeId],
        all: Truth,
        wanted: Truth,
        left: &mut Left<'_>,
    ) -> Vec<Flip> {
        if wanted == !all {
            let one = parts.iter().flat_map(|part| self.ways(*part, wanted).0.to_vec());
            return merged(one, left);
        }
        // Of the parts so far: all have the truth `all`; or one at least is open, and none has the
        // opposite.
        let mut settled = vec![Flip { given: Vec::new(), needs: Vec::new() }];
        let mut open = Vec::new();
        for part in parts {
            let holds = self.ways(*part, all).0;
            if wanted == Truth::Unknown {
                let stays = self.ways(*part, Truth::Unknown).0;
                let mut ways = self.product(&settled, &stays, left);
                ways.extend(self.product(&open, &stays, left));
                ways.extend(self.product(&open, &holds, left));
                open = merged(ways, left);
            }
            settled = merged(self.product(&settled, &holds, left), left);
        }
        if wanted == Truth::Unknown { open } else { settled }
    }

    fn product(&self, a: &[Flip], b: &[Flip], left: &mut Left<'_>) -> Vec<Flip> {
        let pairs = a.iter().flat_map(|one| b.iter().map(move |other| (one, other)));
        let pairs = pairs.take_while(|(one, other)| left.takes(one.work_with(other)));
        // One more than is kept, so that a cut is noticed.
        pairs.filter_map(|(one, other)| self.join(one, other)).take(MOST + 1).collect()
    }

    /// Both ways at once, if that is possible.
    fn join(&self, a: &Flip, b: &Flip) -> Option<Flip> {
        let mut joined = a.clone();
        for (node, truth) in &b.given {
            match joined.given.iter().find(|(other, _)| other == node) {
                Some((_, other)) if other != truth => return None,
                Some(_) => {}
                None => joined.given.push((*node, *truth)),
            }
        }
        for need in &b.needs {
            match joined.needs.iter_mut().find(|other| other.fact == need.fact) {
                Some(other) => other.accept = other.accept.both(&need.accept)?,
                None => joined.needs.push(need.clone()),
            }
        }
        // What is to stay as it is may not be set.
        let stays = |need: &Need| {
            joined.given.iter().any(|(node, _)| self.reach(*node).contains(need.fact))
        };
        if joined.needs.iter().any(stays) {
            return None;
        }
        // In one order, so that equal ways are seen to be equal.
        joined.given.sort_unstable_by_key(|(node, _)| *node);
        joined.needs.sort_unstable_by_key(|need| need.fact);
        Some(joined)
    }

    /// The facts tested in a node or below.
    fn reach(&self, id: NodeId) -> FactSet {
        self.facts.get(id as usize).copied().unwrap_or_default()
    }
}

/// Joins ways that differ in the values of one fact only, and drops those that ask for more than
/// another. Of more than can be kept it takes one more, so that a cut is noticed.
fn merged(ways: impl IntoIterator<Item = Flip>, left: &mut Left<'_>) -> Vec<Flip> {
    let mut kept: Vec<Flip> = Vec::new();
    for way in ways {
        let size = way.size();
        let mut others = kept.iter_mut().take_while(|_| left.takes(size));
        if others.any(|other| absorb(other, &way)) {
            continue;
        }
        kept.push(way);
        if kept.len() > MOST || left.is_empty() {
            break;
        }
    }
    if !left.takes(kept.len() * kept.len()) {
        return kept;
    }
    let asks_more = |way: &Flip, other: &Flip| {
        way != other
            && other.given.iter().all(|given| way.given.contains(given))
            && other.needs.iter().all(|need| way.needs.contains(need))
    };
    let keep: Vec<bool> =
        kept.iter().map(|way| !kept.iter().any(|other| asks_more(way, other))).collect();
    let mut keep = keep.into_iter();
    kept.retain(|_| keep.next().unwrap_or(true));
    kept
}

fn absorb(kept: &mut Flip, way: &Flip) -> bool {
    if kept.given != way.given || kept.needs.len() != way.needs.len() {
        return false;
    }
    let pairs = || kept.needs.iter().zip(&way.needs);
    if pairs().any(|(a, b)| a.fact != b.fact) {
        return false;
    }
    let differing: Vec<usize> = pairs()
        .enumerate()
        .filter(|(_, (a, b))| a.accept != b.accept)
        .map(|(place, _)| place)
        .collect();
    match differing.as_slice() {
        [] => true,
        [place] => {
            let either = kept.needs.get(*place).zip(way.needs.get(*place));
            let either = either.and_then(|(a, b)| a.accept.either(&b.accept));
            match (kept.needs.get_mut(*place), either) {
                (Some(need), Some(accept)) => {
                    need.accept = accept;
                    true
                }
                _ => false,
            }
        }
        _ => false,
    }
}
