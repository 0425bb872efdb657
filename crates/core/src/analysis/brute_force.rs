//! The analysis of random small rule books, held to all their firms.

#![cfg(test)]
#![expect(clippy::indexing_slicing, reason = "tests")]

use super::{FindingKind, analyse};
use crate::RuleFiles;
use crate::diagram::operator::planted::IS_PLANTED;
use crate::diagram::small_books::{book, cost, firms, is_contradictory};
use crate::evaluate::Answer;
use crate::facts::{FactSet, Profile, parse};
use crate::interrupt::Interrupt;
use crate::plan::{Node, NodeId, Plan};
use crate::rulebook::DerivedAs;
use crate::truth::Truth;
use fastrand::Rng;
use std::collections::{BTreeMap, BTreeSet};

const BOOKS: usize = 10_000;

/// A firm with everything that is asked of it.
struct Firm {
    profile: Profile,
    truths: Vec<Truth>,
    is_consistent: bool,
    /// It has answered every fact that is tested.
    is_full: bool,
    /// It has answered every fact but those that only an office can say.
    is_full_but_office: bool,
}

fn all_firms(plan: &Plan) -> Vec<Firm> {
    let mut tested = FactSet::default();
    for node in &plan.nodes {
        if let Node::Test((fact, _)) = node {
            tested.insert(*fact);
        }
    }
    let catalogue = &plan.book.catalogue;
    let firm = |profile: Profile| {
        let answer = Answer::new(plan, &profile, super::ANY_DAY);
        let truths = plan.nodes.indices().map(|node| answer.truth(node)).collect();
        let is_consistent = !is_contradictory(&answer);
        let known = |fact| profile.value(fact).is_known();
        let is_full = tested.iter().all(known);
        let mut facts = tested.iter().map(|fact| catalogue.fact(fact));
        let is_full_but_office = facts.all(|fact| known(fact.id) != fact.decided_by_office);
        Firm { truths, is_consistent, is_full, is_full_but_office, profile }
    };
    firms(&[plan]).into_iter().map(firm).collect()
}

type Found = BTreeMap<(FindingKind, String), Option<(usize, usize)>>;

/// What brute force finds, each with the size of its smallest firm.
struct Force<'p> {
    plan: &'p Plan,
    firms: Vec<Firm>,
    found: Found,
}

impl Force<'_> {
    fn consistent(&self) -> impl Iterator<Item = &Firm> {
        self.firms.iter().filter(|firm| firm.is_consistent)
    }

    fn full(&self) -> impl Iterator<Item = &Firm> {
        self.consistent().filter(|firm| firm.is_full)
    }

    fn smallest(&self, nodes: &[(NodeId, Truth)]) -> Option<(usize, usize)> {
        let is = |firm: &&Firm| nodes.iter().all(|(node, t)| firm.truths[node.index()] == *t);
        self.consistent().filter(is).map(|firm| cost(&firm.profile)).min()
    }

    fn add(&mut self, kind: FindingKind, about: &str, nodes: &[(NodeId, Truth)]) {
        let smallest = if nodes.is_empty() { None } else { self.smallest(nodes) };
        self.found.insert((kind, about.to_owned()), smallest);
    }

    fn can_be(&self, node: NodeId, truth: Truth) -> bool {
        self.consistent().any(|firm| firm.truths[node.index()] == truth)
    }

    fn supports(&mut self) {
        use FindingKind as Kind;
        let plan = self.plan;
        for (id, support) in plan.book.supports.iter_enumerated() {
            let nodes = plan.criteria.at(id).clone();
            let (mut never, mut always) = (false, 0);
            for (index, (criterion, node)) in support.criteria.iter().zip(&nodes).enumerate() {
                let others: Vec<NodeId> = nodes
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| *i != index)
                    .map(|(_, n)| *n)
                    .collect();
                let about = &criterion.id;
                let all_true = |firm: &Firm| firm.truths[node.index()] == Truth::True;
                if !self.can_be(*node, Truth::True) {
                    never = true;
                    self.add(Kind::CriterionNever, about, &[(*node, Truth::False)]);
                } else if self.full().all(all_true) {
                    always += 1;
                    let open =
                        self.can_be(*node, Truth::Unknown) || self.can_be(*node, Truth::False);
                    let kind = if open { Kind::CriterionAlways } else { Kind::CriterionNeverOpen };
                    self.add(kind, about, &[(*node, Truth::True)]);
                } else if !others.is_empty() {
                    let meets =
                        |firm: &&Firm| others.iter().all(|n| firm.truths[n.index()] == Truth::True);
                    let (mut meet, mut count) = (true, 0);
                    for firm in self.full().filter(meets) {
                        count += 1;
                        meet &= all_true(firm);
                    }
                    if meet && count > 0 {
                        let all: Vec<_> = nodes.iter().map(|node| (*node, Truth::True)).collect();
                        self.add(Kind::CriterionImplied, about, &all);
                    }
                }
            }
            let root = *plan.supports.at(id);
            if !self.can_be(root, Truth::True) && !never {
                self.add(Kind::SupportNever, &support.id, &[(root, Truth::False)]);
                continue;
            }
            if !self.can_be(root, Truth::False) && always < support.criteria.len() {
                self.add(Kind::SupportNeverFails, &support.id, &[(root, Truth::True)]);
            }
            let mut truths: BTreeSet<Truth> = BTreeSet::new();
            let mut least = None;
            for firm in self.consistent().filter(|firm| firm.is_full_but_office) {
                truths.insert(firm.truths[root.index()]);
                least = least.into_iter().chain([cost(&firm.profile)]).min();
            }
            // The smallest such firm answers what the support depends on alone.
            if truths == BTreeSet::from([Truth::Unknown]) {
                self.found.insert((Kind::SupportNeverDecided, support.id.clone()), None);
            }
        }
    }

    fn changes(&mut self) {
        for (id, support) in self.plan.book.supports.iter_enumerated() {
            let nobody = |(kind, about): &&(FindingKind, String)| match kind {
                FindingKind::CriterionNever => about.starts_with(&format!("{}/", support.id)),
                FindingKind::SupportNever => *about == support.id,
                _ => false,
            };
            if self.found.keys().any(|key| nobody(&key)) {
                continue;
            }
            for change in self.plan.counterfactuals.at(id) {
                let possible = self.consistent().any(|firm| {
                    let mut before = change.preconditions.iter();
                    before.all(|(node, truth)| firm.truths[node.index()] == *truth)
                        && change.needs.iter().all(|n| n.domain.admits(firm.profile.value(n.fact)))
                });
                if !possible {
                    let catalogue = &self.plan.book.catalogue;
                    let names: Vec<&str> =
                        change.needs.iter().map(|n| catalogue.fact(n.fact).name.as_str()).collect();
                    let about = format!("{}/{}", support.id, names.join("+"));
                    self.found.insert((FindingKind::ChangeNever, about), None);
                }
            }
        }
    }

    fn texts(&mut self) {
        let plan = self.plan;
        let never_at_all = |force: &Self, node: NodeId| {
            force.firms.iter().all(|firm| firm.truths[node.index()] != Truth::True)
        };
        for (conflict, node) in plan.book.conflicts.iter().zip(&plan.conflicts) {
            if never_at_all(self, *node) {
                self.add(FindingKind::WarningNever, &conflict.id, &[]);
            }
        }
        for (id, support) in plan.book.supports.iter_enumerated() {
            for (emphasis, node) in support.emphases.iter().zip(plan.emphases.at(id)) {
                if !self.can_be(*node, Truth::True) {
                    let about = format!("{}/{}", support.id, emphasis.label.zh);
                    self.add(FindingKind::EmphasisNever, &about, &[]);
                }
            }
        }
        for nodes in &plan.derived {
            let fact = plan.book.catalogue.fact(nodes.fact);
            let derivation = plan.book.derivations.at(nodes.derivation);
            for node in plan.explanations.at(nodes.derivation) {
                if never_at_all(self, *node) {
                    let about = format!("{}/why", fact.name);
                    self.add(FindingKind::ExplanationNever, &about, &[]);
                }
            }
            let values = match derivation.rule {
                DerivedAs::Yes(_) => 1,
                DerivedAs::AtMost(_) => 3,
                _ => 2,
            };
            for value in 0..values {
                let truth = |firm: &Firm| {
                    let of = |index: usize| firm.truths[nodes.follows[index].index()];
                    match derivation.rule {
                        DerivedAs::AtMost(_) => {
                            let upper = if value < 2 { of(value) } else { Truth::True };
                            let lower = if value > 0 { !of(value - 1) } else { Truth::True };
                            upper.and(lower)
                        }
                        _ => of(value),
                    }
                };
                let is_possible = self.consistent().any(|firm| truth(firm) == Truth::True);
                if !is_possible && self.full().all(|firm| truth(firm) == Truth::False) {
                    let about = match derivation.rule {
                        DerivedAs::Yes(_) => fact.name.clone(),
                        _ => format!("{}={}", fact.name, fact.values[value].name),
                    };
                    self.add(FindingKind::DerivedValueNever, &about, &[]);
                }
            }
        }
    }

    fn nested(&mut self) {
        let plan = self.plan;
        let roots: Vec<NodeId> = plan.supports.iter().copied().collect();
        let gets = |firm: &Firm, index: usize| firm.truths[roots[index].index()] == Truth::True;
        let within = |a: usize, b: usize| {
            a != b
                && self.full().any(|firm| gets(firm, a))
                && self.can_be(roots[b], Truth::False)
                && self.full().filter(|firm| gets(firm, a)).all(|firm| gets(firm, b))
        };
        let mut contained = BTreeSet::new();
        for a in 0..roots.len() {
            for b in 0..roots.len() {
                if within(a, b) {
                    contained.insert((a, b));
                }
            }
        }
        for a in 0..roots.len() {
            let is = |a: usize, b: usize| contained.contains(&(a, b));
            let equal: Vec<usize> = (0..roots.len()).filter(|b| is(a, *b) && is(*b, a)).collect();
            let wider: Vec<usize> = (0..roots.len()).filter(|b| is(a, *b) && !is(*b, a)).collect();
            if equal.iter().any(|b| *b < a) {
                continue;
            }
            let all = |others: &[usize]| -> Vec<(NodeId, Truth)> {
                others.iter().chain([&a]).map(|b| (roots[*b], Truth::True)).collect()
            };
            let id = format!("s{a}");
            if !equal.is_empty() {
                self.add(FindingKind::SupportsEqual, &id, &all(&equal));
            }
            let between = |wide: usize| {
                wider
                    .iter()
                    .any(|middle| *middle != wide && is(*middle, wide) && !is(wide, *middle))
            };
            let next: Vec<usize> = wider.iter().copied().filter(|wide| !between(*wide)).collect();
            if !next.is_empty() {
                self.add(FindingKind::SupportsNested, &id, &all(&next));
            }
        }
    }
}

/// The first book of which the analysis does not say what all its firms say.
fn disagreement(books: usize) -> Option<String> {
    let mut rng = Rng::with_seed(26);
    for index in 0..books {
        let plan = Plan::new(book(&mut rng));
        let mut force = Force { plan: &plan, firms: all_firms(&plan), found: Found::new() };
        force.supports();
        force.changes();
        force.texts();
        force.nested();
        let never = Interrupt::never();
        let findings = match analyse(&plan, &RuleFiles::default(), &[], &never) {
            Ok((findings, _)) => findings,
            Err(error) => return Some(format!("book {index}: {error}")),
        };
        let mut found = Found::new();
        for finding in findings {
            let is_compared = !matches!(
                finding.kind,
                FindingKind::FactUnused | FindingKind::ValuesAlike | FindingKind::TableRowUnused
            );
            let size = finding.example.map(|example| {
                let book = &plan.book;
                let firm = parse(&book.catalogue, &book.reference, example.firm.as_bytes());
                cost(&firm.unwrap())
            });
            // Its firm answers what the support depends on, and this is not what brute force knows.
            let is_open = finding.kind == FindingKind::SupportNeverDecided;
            if is_compared {
                found.insert((finding.kind, finding.about), size.filter(|_| !is_open));
            }
        }
        if found != force.found {
            let supports = plan.book.supports.iter().flat_map(|support| &support.criteria);
            let criteria: Vec<String> = supports
                .map(|c| format!("{} {}", c.id, c.condition.canonical(&plan.book.catalogue)))
                .collect();
            let derivations: Vec<String> = (plan.book.derivations.iter())
                .map(|d| {
                    let conditions = d.rule.conditions();
                    let all: Vec<String> =
                        conditions.iter().map(|c| c.canonical(&plan.book.catalogue)).collect();
                    format!("{} {all:?}", plan.book.catalogue.fact(d.fact).name)
                })
                .collect();
            return Some(format!(
                "book {index}: {criteria:#?} {derivations:#?}\nonly the analysis: {:?}\nonly all firms: {:?}",
                found
                    .iter()
                    .filter(|(key, size)| force.found.get(key) != Some(size))
                    .collect::<Vec<_>>(),
                force
                    .found
                    .iter()
                    .filter(|(key, size)| found.get(key) != Some(size))
                    .collect::<Vec<_>>()
            ));
        }
    }
    None
}

#[test]
fn the_analysis_says_of_small_books_what_all_their_firms_say() {
    assert_eq!(disagreement(BOOKS), None);
}

#[test]
fn a_planted_fault_in_the_diagrams_is_caught() {
    IS_PLANTED.set(true);
    let caught = disagreement(500);
    IS_PLANTED.set(false);
    assert!(caught.is_some());
}
