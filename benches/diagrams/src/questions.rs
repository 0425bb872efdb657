//! The questions, in the order in which the core answers them.
//!
//! Owns three-valued logic over pairs of functions, and what is measured: time and nodes of each question, and the most
//! memory above what was held before the first.

use crate::Library;
use crate::workload::{Derived, Node, Workload};
use foldhash::HashMap;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Instant;

/// As in the core.
const NEIGHBOURS: usize = 25;
const PRIME: u64 = (1 << 61) - 1;

/// Where a condition is true, and where it is false.
type Pair<L> = (<L as Library>::Function, <L as Library>::Function);

/// A derived fact's consistent firms, and the variables that they depend on.
type Agreeing<L> = (<L as Library>::Function, BTreeSet<usize>);

struct Solver<'w, L: Library> {
    library: L,
    workload: &'w Workload,
    known: HashMap<usize, Pair<L>>,
    agreeing: HashMap<usize, Agreeing<L>>,
    functions: Vec<L::Function>,
    /// Whether the firms have answered everything.
    is_full: bool,
    yes: Vec<bool>,
}

/// Solves a workload; returns the answers if they are to be checked, and prints the measures if not.
pub fn run<L: Library>(library: &str, name: &str, mode: &str, workload: &Workload) -> String {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let (before, mut begun) = (memory("VmRSS:"), Instant::now());
    let bits = workload.first_bit.last().copied().unwrap_or(0);
    let (known, agreeing) = (HashMap::default(), HashMap::default());
    let (functions, yes) = (Vec::new(), Vec::new());
    let (library_of_bits, is_full) = (L::new(bits), name == "full");
    let mut solver =
        Solver { library: library_of_bits, workload, known, agreeing, functions, is_full, yes };
    let is_round = mode == "round";
    let mut phase = |phase: &str, nodes: &dyn Fn() -> Option<usize>| {
        if is_round {
            println!("@ {library} {name}-{phase} ms {:.3}", begun.elapsed().as_secs_f64() * 1e3);
            nodes().iter().for_each(|nodes| println!("@ {library} {name}-{phase} nodes {nodes}"));
        }
        begun = Instant::now();
    };
    if name == "two" {
        solver.compare();
        phase("compare", &|| None);
    } else {
        let compiled = solver.compile();
        let functions: Vec<&L::Function> = compiled.iter().flat_map(|(t, f)| [t, f]).collect();
        phase("compile", &|| Some(solver.library.nodes(&functions)));
        solver.reach(&compiled);
        phase("reach", &|| None);
        if !is_full {
            solver.pairs();
            phase("pairs", &|| None);
        }
    }
    if is_round {
        println!("@ {library} {name}-peak kib {}", memory("VmHWM:") - before);
        return String::new();
    }
    solver.print(bits)
}

impl<L: Library> Solver<'_, L> {
    fn compile(&mut self) -> Vec<Pair<L>> {
        self.workload.roots.iter().map(|root| self.node(*root)).collect()
    }

    fn node(&mut self, index: usize) -> Pair<L> {
        if let Some(known) = self.known.get(&index) {
            return known.clone();
        }
        let workload = self.workload;
        let pair = match &workload.nodes[index] {
            Node::Leaf(constant, leaf) => {
                let [no, yes] = [0, 2].map(|truth| {
                    let (nodes, root) = workload.binary(*constant, leaf, truth);
                    self.library.build(&nodes, root)
                });
                (yes, no)
            }
            Node::Not(part) => {
                let (yes, no) = self.node(*part);
                (no, yes)
            }
            Node::And(parts) => self.join(parts, true),
            Node::Or(parts) => self.join(parts, false),
            Node::Coalesce(first, second) => {
                let ((yes, no), (other_yes, other_no)) = (self.node(*first), self.node(*second));
                let of = &self.library;
                let later = (of.without(&other_yes, &no), of.without(&other_no, &yes));
                (of.or(&yes, &later.0), of.or(&no, &later.1))
            }
        };
        self.known.insert(index, pair.clone());
        pair
    }

    /// Joins neighbours, then their results, as the core does.
    fn join(&mut self, parts: &[usize], all: bool) -> Pair<L> {
        let pairs: Vec<Pair<L>> = parts.iter().map(|part| self.node(*part)).collect();
        let (yes, no) = pairs.into_iter().unzip();
        (self.fold(yes, all), self.fold(no, !all))
    }

    fn fold(&self, mut parts: Vec<L::Function>, all: bool) -> L::Function {
        while parts.len() > 1 {
            let pairs = parts.chunks(2).map(|pair| match pair {
                [a, b] if all => self.library.and(a, b),
                [a, b] => self.library.or(a, b),
                _ => pair[0].clone(),
            });
            parts = pairs.collect();
        }
        parts.pop().unwrap_or_else(|| self.library.constant(all))
    }

    /// Where a condition is false, unknown and true.
    fn truths(&self, (yes, no): &Pair<L>) -> [L::Function; 3] {
        [no.clone(), self.library.not(&self.library.or(yes, no)), yes.clone()]
    }

    /// For each root and truth value, the consistent firms.
    fn reach(&mut self, compiled: &[Pair<L>]) {
        for pair in compiled {
            let mut about = self.variables(&pair.0);
            about.extend(self.variables(&pair.1));
            for mut found in self.truths(pair) {
                if !self.library.is_never(&found) {
                    for (agreeing, _) in self.agreeing_with(about.clone()) {
                        if !self.library.is_never(&found) {
                            found = self.library.and(&found, &agreeing);
                        }
                    }
                }
                self.functions.push(found);
            }
        }
    }

    fn agreeing_with(&mut self, mut variables: BTreeSet<usize>) -> Vec<Agreeing<L>> {
        let mut waiting: Vec<(usize, &Derived)> =
            self.workload.derived.iter().enumerate().collect();
        let mut found = Vec::new();
        loop {
            let before = waiting.len();
            let mut rest = Vec::new();
            for (index, derived) in waiting {
                let matters = if self.is_full {
                    !self.agreeing(index, derived).1.is_disjoint(&variables)
                } else {
                    derived.variables.iter().any(|variable| variables.contains(variable))
                };
                if matters {
                    let agreeing = self.agreeing(index, derived);
                    variables.extend(&agreeing.1);
                    found.push(agreeing);
                } else {
                    rest.push((index, derived));
                }
            }
            if rest.len() == before {
                return found;
            }
            waiting = rest;
        }
    }

    fn agreeing(&mut self, index: usize, derived: &Derived) -> Agreeing<L> {
        if let Some(known) = self.agreeing.get(&index) {
            return known.clone();
        }
        let (mut contradict, mut nothing, mut known) = (Vec::new(), Vec::new(), Vec::new());
        for (follows, stated) in derived.follows.iter().zip(&derived.stated) {
            let ((yes, no), (stated_yes, stated_no)) = (self.node(*follows), self.node(*stated));
            contradict.push(self.library.and(&yes, &stated_no));
            contradict.push(self.library.and(&no, &stated_yes));
            known.push(self.library.or(&yes, &no));
            nothing.push(no);
        }
        let nothing = self.fold(nothing, true);
        let (any, _) = self.node(derived.has_any_item);
        contradict.push(self.library.and(&nothing, &any));
        let mut agrees = self.library.not(&self.fold(contradict, false));
        if self.is_full {
            // Where everything follows, it is enough that there is a value to state.
            let known = self.fold(known, true);
            let first = &self.workload.first_bit;
            let bits = derived.variables.iter().flat_map(|v| first[*v]..first[v + 1]);
            let possible = self.library.exists(&agrees, &bits.collect::<Vec<_>>());
            let (where_known, where_open) =
                (self.library.and(&known, &possible), self.library.without(&agrees, &known));
            agrees = self.library.or(&where_known, &where_open);
        }
        let variables = self.variables(&agrees);
        self.agreeing.insert(index, (agrees.clone(), variables.clone()));
        (agrees, variables)
    }

    fn variables(&self, of: &L::Function) -> BTreeSet<usize> {
        let first = &self.workload.first_bit;
        let bits = self.library.bits(of).into_iter();
        bits.map(|bit| first.partition_point(|first| *first <= bit) - 1).collect()
    }

    /// Which supports are equal, and which apply wherever another does.
    fn pairs(&mut self) {
        let supports = self.workload.supports[0].iter().map(|support| self.node(support.root));
        let supports: Vec<Pair<L>> = supports.collect();
        for (index, a) in supports.iter().enumerate() {
            for (distance, b) in supports[index + 1..].iter().enumerate() {
                self.yes.push(a == b);
                if distance < NEIGHBOURS {
                    self.yes.push(!self.library.implies(&a.0, &b.0));
                    self.yes.push(!self.library.implies(&b.0, &a.0));
                }
            }
        }
    }

    /// Whom the edit moves, for each pair of outcomes.
    fn compare(&mut self) {
        let supports = &self.workload.supports;
        for (old, new) in supports[0].iter().zip(&supports[1]) {
            let (was, is) = (self.outcomes(old), self.outcomes(new));
            if was == is {
                continue;
            }
            for (i, before) in was.iter().enumerate() {
                for (_, after) in is.iter().enumerate().filter(|(j, _)| *j != i) {
                    self.functions.push(self.library.and(before, after));
                }
            }
        }
    }

    /// Where a support applies, is undetermined, and is excluded by its area, the text, no need and our reading.
    fn outcomes(&mut self, support: &crate::workload::Support) -> [L::Function; 6] {
        let root = self.node(support.root);
        let mut excludes = |node: Option<usize>| match node {
            Some(node) => self.node(node).1,
            None => self.library.constant(false),
        };
        let [area, text, needs] = [support.area, support.text, support.needs].map(&mut excludes);
        let of = &self.library;
        let [no, unknown, yes] = self.truths(&root);
        let here = of.without(&no, &area);
        let not_text = of.without(&here, &text);
        let reading = of.without(&not_text, &needs);
        let excluded = [of.and(&no, &area), of.and(&here, &text), of.and(&not_text, &needs)];
        let [area, text, needs] = excluded;
        [yes, unknown, area, text, needs, reading]
    }

    fn print(&self, bits: usize) -> String {
        let weight = |bit: u64| (bit + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) % PRIME;
        let weights: Vec<u64> = (0..bits as u64).map(weight).collect();
        let mut text = String::new();
        for function in &self.functions {
            let _ = writeln!(text, "{}", self.library.fingerprint(function, &weights));
        }
        for yes in &self.yes {
            let _ = writeln!(text, "{yes}");
        }
        text
    }
}

/// A weighted sum of two fingerprints.
pub fn mix(weight: u64, zero: u64, one: u64) -> u64 {
    let times = |a: u64, b: u64| u128::from(a) * u128::from(b);
    let sum = times(PRIME + 1 - weight, zero) + times(weight, one);
    u64::try_from(sum % u128::from(PRIME)).unwrap()
}

/// A line of `/proc/self/status` in KiB.
fn memory(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
