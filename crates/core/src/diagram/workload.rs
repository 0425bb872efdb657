//! The work of the diagrams in numbers, for comparison with other libraries.
//!
//! Owns the workload that `benches/diagrams` solves once more with binary diagrams: variables, tests, formulas and
//! questions of a rule book, and of it beside an edited one. It writes them to a folder with the answers of this store, and
//! measures this store. An answer is the fingerprint of a function: its value when every variable has random weights, modulo
//! a prime. `benches/diagrams.sh` says in the environment which rules and which folder; without it, the test checks the
//! fingerprints themselves on a small rule book.

#![cfg(test)]
#![expect(clippy::indexing_slicing, clippy::disallowed_methods, reason = "a benchmark")]

use super::compile::{Firms, Model};
use super::{DiagramId, Diagrams, MOST_NODES, Operator, Terminal, VariableId};
use crate::RuleFiles;
use crate::evaluate::SupportOutcome;
use crate::interrupt::Interrupt;
use crate::plan::{Node, NodeId, Plan};
use crate::rulebook::SupportId;
use crate::script::load;
use crate::truth::Truth;
use foldhash::{HashMap, HashSet};
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Instant;

/// The prime of fingerprints.
const PRIME: u64 = (1 << 61) - 1;
/// How many of the supports behind it each support is compared with: about as many as a document has.
const NEIGHBOURS: usize = 25;
/// The edit: foreign trade no longer follows from trade in technology.
const EDITED: (&str, &str) = ("rules/derive/trade.rhai", "        or firm.technology_trade\n");
const FALSE: DiagramId = Diagrams::terminal(Terminal::of(Truth::False));

fn times(a: u64, b: u64) -> u64 {
    u64::try_from(u128::from(a) * u128::from(b) % u128::from(PRIME)).unwrap()
}

/// The weight of each code of a variable of so many classes; a code beyond them is one more of the last class.
fn weights(first_bit: u64, classes: usize) -> Vec<u64> {
    let mut weights = vec![1];
    for bit in first_bit..first_bit + u64::from(classes.next_power_of_two().ilog2()) {
        let of_one = (bit + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) % PRIME;
        let both = |weight: u64| [times(weight, PRIME + 1 - of_one), times(weight, of_one)];
        weights = weights.into_iter().flat_map(both).collect();
    }
    let beyond = weights.split_off(classes);
    weights[classes - 1] = beyond.into_iter().fold(weights[classes - 1], |a, b| (a + b) % PRIME);
    weights
}

/// The fingerprint of where a diagram is true.
fn fingerprint(
    diagrams: &Diagrams<'_>,
    weights: &[Vec<u64>],
    diagram: DiagramId,
    known: &mut HashMap<DiagramId, u64>,
) -> u64 {
    if let Some(known) = known.get(&diagram) {
        return *known;
    }
    let Some((variable, children)) = diagrams.node(diagram) else {
        return u64::from(diagram == Diagrams::terminal(Truth::True.into()));
    };
    let parts = weights[variable.index()].iter().zip(children).map(|(weight, child)| {
        times(*weight, fingerprint(diagrams, weights, DiagramId(*child), known))
    });
    let sum = parts.fold(0, |a, b| (a + b) % PRIME);
    known.insert(diagram, sum);
    sum
}

/// The criteria and supports of a book.
fn roots(plan: &Plan) -> Vec<NodeId> {
    plan.criteria.iter().flatten().chain(plan.supports.iter()).copied().collect()
}

/// A diagram of a few nodes: the terminal that it is if it has none, and each node's variable and children, which stand
/// before it.
fn to_json(diagrams: &Diagrams<'_>, diagram: DiagramId, widths: &mut [usize]) -> Value {
    fn visit(
        diagrams: &Diagrams<'_>,
        of: DiagramId,
        seen: &mut IndexMap<DiagramId, Value>,
        widths: &mut [usize],
    ) -> usize {
        let Some((variable, children)) = diagrams.node(of) else { return of.0 as usize };
        if !seen.contains_key(&of) {
            widths[variable.index()] = children.len();
            let children = children.iter().map(|id| visit(diagrams, DiagramId(*id), seen, widths));
            let children: Vec<usize> = children.collect();
            seen.insert(of, json!([variable.index(), children]));
        }
        seen.get_index_of(&of).unwrap() + Terminal::COUNT
    }
    let mut seen = IndexMap::new();
    visit(diagrams, diagram, &mut seen, widths);
    let terminal = Diagrams::as_terminal(diagram).map_or(0, Terminal::index);
    json!({ "leaf": [terminal, seen.into_values().collect::<Vec<Value>>()] })
}

/// A workload, and how many classes each variable has.
fn workload_of(name: &str, plans: &[&Plan]) -> (Value, Vec<usize>) {
    let (interrupt, is_full) = (Interrupt::never(), firms_of(name) == Firms::Full);
    let Model { space, mut diagrams, .. } = Model::new(plans, MOST_NODES, &interrupt);
    let mut widths = vec![1; space.variables().count()];
    let (mut nodes, mut derived, mut supports) = (Vec::new(), Vec::new(), Vec::new());
    for (book, plan) in plans.iter().enumerate() {
        let first = nodes.len();
        let at = |node: &NodeId| first + node.index();
        let all = |nodes: &[NodeId]| nodes.iter().map(at).collect::<Vec<usize>>();
        for (id, node) in plan.nodes.iter_enumerated() {
            nodes.push(match node {
                Node::Indeterminate => {
                    json!({ "leaf": [Terminal::of(Truth::Unknown).index(), []] })
                }
                Node::Test((fact, test)) => {
                    let leaf = space.test(&mut diagrams, book, id, (*fact, test), is_full).unwrap();
                    to_json(&diagrams, leaf, &mut widths)
                }
                Node::Not(part) => json!({ "not": at(part) }),
                Node::And(parts) => json!({ "and": all(parts) }),
                Node::Or(parts) => json!({ "or": all(parts) }),
                Node::Coalesce(first, second) => match plan.node(*first) {
                    // What a full firm states follows, wherever something does.
                    Node::Test((fact, _)) if is_full && plan.is_derived(*fact) => {
                        json!({ "coalesce": all(&[*second, *first]) })
                    }
                    _ => json!({ "coalesce": all(&[*first, *second]) }),
                },
            });
        }
        for of in &plan.derived {
            let any = space.has_any_item(&mut diagrams, book, of.fact, is_full).unwrap();
            nodes.push(to_json(&diagrams, any, &mut widths));
            let variables = space.variables().filter(|v| space.fact(*v, book) == Some(of.fact));
            derived.push(json!({
                "has_any_item": nodes.len() - 1,
                "follows": all(&of.follows),
                "stated": all(&of.stated),
                "variables": variables.map(VariableId::index).collect::<Vec<usize>>(),
            }));
        }
        let of_book = plan.supports.iter_enumerated().map(|(support, root)| {
            let exclusion = plan.exclusions.at(support);
            let [area, text, needs] = exclusion.nodes().map(|(node, _)| node.as_ref().map(at));
            json!({ "root": at(root), "area": area, "text": text, "needs": needs })
        });
        supports.push(of_book.collect::<Vec<Value>>());
    }
    let roots: Vec<usize> = roots(plans[0]).iter().map(|root| root.index()).collect();
    let workload = json!({
        "classes": widths, "nodes": nodes, "derived": derived, "supports": supports, "roots": roots,
    });
    (workload, widths)
}

/// Answers the questions of one workload.
fn answer(
    name: &str,
    model: &mut Model<'_, '_>,
    plans: &[&Plan],
    mut phase: impl FnMut(&str, &dyn Fn() -> usize),
) -> Vec<Answered> {
    let mut answers = Vec::new();
    let supports: Vec<SupportId> = plans[0].supports.indices().collect();
    if name == "two" {
        for support in supports {
            let (was, is) =
                (model.outcome(0, support).unwrap(), model.outcome(1, support).unwrap());
            let outcomes = SupportOutcome::ALL.map(Terminal::from);
            let pairs = outcomes.iter().flat_map(|before| outcomes.map(|after| (*before, after)));
            for (before, after) in pairs.filter(|(before, after)| before != after && was != is) {
                let moved = model.firms(Firms::Any, &[(was, before), (is, after)]).unwrap();
                answers.push(Answered::Function(moved));
            }
        }
        phase("compare", &|| model.diagrams.nodes.len());
        return answers;
    }
    let firms = firms_of(name);
    let roots = roots(plans[0]);
    let compiled = roots.iter().map(|root| model.node(firms, 0, *root).unwrap());
    let compiled: Vec<DiagramId> = compiled.collect();
    phase("compile", &|| reachable(&model.diagrams, &compiled));
    for diagram in &compiled {
        for truth in Truth::ALL {
            let found = model.firms(firms, &[(*diagram, truth.into())]).unwrap();
            answers.push(Answered::Function(found));
        }
    }
    phase("reach", &|| model.diagrams.nodes.len());
    if firms == Firms::Full {
        return answers;
    }
    let of_supports =
        supports.iter().map(|id| model.node(Firms::Any, 0, *plans[0].supports.at(*id)).unwrap());
    let of_supports: Vec<DiagramId> = of_supports.collect();
    let mut without = |a: DiagramId, b: DiagramId| {
        let is = model.diagrams.map(Operator::Is(Truth::True.into()), a).unwrap();
        let other = model.diagrams.map(Operator::Is(Truth::True.into()), b).unwrap();
        let not = model.diagrams.map(Operator::Not, other).unwrap();
        model.diagrams.apply(Operator::And, is, not).unwrap() != FALSE
    };
    for (index, a) in of_supports.iter().enumerate() {
        for (distance, b) in of_supports[index + 1..].iter().enumerate() {
            answers.push(Answered::Yes(a == b));
            if distance < NEIGHBOURS {
                answers.extend([Answered::Yes(without(*a, *b)), Answered::Yes(without(*b, *a))]);
            }
        }
    }
    phase("pairs", &|| model.diagrams.nodes.len());
    answers
}

/// Whom a workload is about.
fn firms_of(name: &str) -> Firms {
    if name == "full" { Firms::Full } else { Firms::Consistent }
}

enum Answered {
    Function(DiagramId),
    Yes(bool),
}

/// How many nodes some diagrams have together.
fn reachable(diagrams: &Diagrams<'_>, roots: &[DiagramId]) -> usize {
    let (mut seen, mut waiting) = (HashSet::default(), roots.to_vec());
    while let Some(next) = waiting.pop() {
        if let Some((_, children)) = diagrams.node(next)
            && seen.insert(next)
        {
            waiting.extend(children.iter().map(|child| DiagramId(*child)));
        }
    }
    seen.len()
}

/// All answers, a line each.
fn print_answers(name: &str, plans: &[&Plan], widths: &[usize]) -> String {
    let interrupt = Interrupt::never();
    let mut model = Model::new(plans, MOST_NODES, &interrupt);
    let answers = answer(name, &mut model, plans, |_, _| ());
    let (mut weights_of, mut bit) = (Vec::new(), 0);
    for classes in widths {
        weights_of.push(weights(bit, *classes));
        bit += u64::from(classes.next_power_of_two().ilog2());
    }
    let mut known = HashMap::default();
    let lines = answers.into_iter().map(|answer| match answer {
        Answered::Function(of) => {
            format!("{}\n", fingerprint(&model.diagrams, &weights_of, of, &mut known))
        }
        Answered::Yes(yes) => format!("{yes}\n"),
    });
    lines.collect()
}

fn read(folder: &Path, root: &Path, files: &mut RuleFiles) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, root, files);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            files.insert(path.strip_prefix(root).unwrap().to_str().unwrap(), &text);
        }
    }
}

/// A line of `/proc/self/status` in KiB.
fn memory(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn workload() {
    let Ok(folder) = std::env::var("DIAGRAMS_FOLDER") else { return check_fingerprints() };
    let mut files = RuleFiles::builtin();
    if let Ok(rules) = std::env::var("DIAGRAMS_RULES") {
        files = RuleFiles::default();
        read(Path::new(&rules), Path::new(&rules), &mut files);
    }
    let old = Plan::new(load(&files).into_result().unwrap());
    let edited = files.get(EDITED.0).unwrap().replace(EDITED.1, "");
    files.insert(EDITED.0, &edited);
    let new = Plan::new(load(&files).into_result().unwrap());
    let is_round = std::env::var("DIAGRAMS_ROUND").is_ok();
    println!();
    for (name, plans) in [("one", vec![&old]), ("full", vec![&old]), ("two", vec![&old, &new])] {
        if !is_round {
            let (workload, widths) = workload_of(name, &plans);
            let write = |name: String, text: &str| {
                std::fs::write(Path::new(&folder).join(name), text).unwrap()
            };
            write(format!("{name}.json"), &workload.to_string());
            write(format!("{name}.ours"), &print_answers(name, &plans, &widths));
            continue;
        }
        let interrupt = Interrupt::never();
        let mut model = Model::new(&plans, MOST_NODES, &interrupt);
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        let (before, mut begun) = (memory("VmRSS:"), Instant::now());
        answer(name, &mut model, &plans, |phase, nodes| {
            println!("@ ours {name}-{phase} ms {:.3}", begun.elapsed().as_secs_f64() * 1e3);
            println!("@ ours {name}-{phase} nodes {}", nodes());
            begun = Instant::now();
        });
        println!("@ ours {name}-peak kib {}", memory("VmHWM:") - before);
    }
}

/// Every firm has one truth: the fingerprints of the three are 1 together.
fn check_fingerprints() {
    let plan = Plan::new(super::small_books::book(&mut fastrand::Rng::with_seed(3)));
    let (_, widths) = workload_of("one", &[&plan]);
    let weights: Vec<Vec<u64>> =
        widths.iter().zip(0..).map(|(k, bit)| weights(8 * bit, *k)).collect();
    let interrupt = Interrupt::never();
    let mut model = Model::new(&[&plan], MOST_NODES, &interrupt);
    for root in roots(&plan) {
        let diagram = model.node(Firms::Any, 0, root).unwrap();
        let parts = Truth::ALL.map(|truth| {
            let firms = model.firms(Firms::Any, &[(diagram, truth.into())]).unwrap();
            fingerprint(&model.diagrams, &weights, firms, &mut HashMap::default())
        });
        assert_eq!(parts.iter().fold(0, |a, b| (a + b) % PRIME), 1);
    }
}
