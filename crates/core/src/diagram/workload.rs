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
use std::fmt::Write as _;
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

/// A diagram of a few nodes, children first: the variable, how many children, and these.
fn write_diagram(diagrams: &Diagrams<'_>, diagram: DiagramId, widths: &mut [usize]) -> String {
    let (mut order, mut seen) = (Vec::new(), HashMap::default());
    fn visit(
        diagrams: &Diagrams<'_>,
        of: DiagramId,
        order: &mut Vec<DiagramId>,
        seen: &mut HashMap<DiagramId, usize>,
    ) {
        if let Some((_, children)) = diagrams.node(of)
            && !seen.contains_key(&of)
        {
            children.iter().for_each(|child| visit(diagrams, DiagramId(*child), order, seen));
            seen.insert(of, order.len() + Terminal::COUNT);
            order.push(of);
        }
    }
    visit(diagrams, diagram, &mut order, &mut seen);
    let mut line = format!("leaf {}", Diagrams::as_terminal(diagram).map_or(0, Terminal::index));
    for node in &order {
        let Some((variable, children)) = diagrams.node(*node) else { continue };
        widths[variable.index()] = children.len();
        let _ = write!(line, " {} {}", variable.index(), children.len());
        for child in children {
            let index = seen.get(&DiagramId(*child)).copied().unwrap_or(*child as usize);
            let _ = write!(line, " {index}");
        }
    }
    line
}

/// The workload as text, and how many classes each variable has.
fn write_workload(name: &str, plans: &[&Plan]) -> (String, Vec<usize>) {
    let (interrupt, is_full) = (Interrupt::never(), firms_of(name) == Firms::Full);
    let mut model = Model::new(plans, MOST_NODES, &interrupt);
    let mut widths = vec![1; model.space.variables().count()];
    let (mut nodes, mut rest) = (Vec::new(), String::new());
    for (book, plan) in plans.iter().enumerate() {
        let first = nodes.len();
        let at = |node: NodeId| first + node.index();
        let list = |name: &str, parts: &[NodeId]| {
            let parts = parts.iter().map(|part| format!(" {}", at(*part)));
            format!("{name}{}", parts.collect::<String>())
        };
        for (id, node) in plan.nodes.iter_enumerated() {
            nodes.push(match node {
                Node::Indeterminate => "leaf 1".to_owned(),
                Node::Test((fact, test)) => {
                    let diagrams = &mut model.diagrams;
                    let leaf =
                        model.space.test(diagrams, book, id, (*fact, test), is_full).unwrap();
                    write_diagram(&model.diagrams, leaf, &mut widths)
                }
                Node::Not(part) => list("not", &[*part]),
                Node::And(parts) => list("and", parts),
                Node::Or(parts) => list("or", parts),
                Node::Coalesce(first, second) => match plan.node(*first) {
                    // What a full firm states follows, wherever something does.
                    Node::Test((fact, _)) if is_full && plan.is_derived(*fact) => {
                        list("coalesce", &[*second, *first])
                    }
                    _ => list("coalesce", &[*first, *second]),
                },
            });
        }
        for derived in &plan.derived {
            let any = model.space.has_any_item(&mut model.diagrams, book, derived.fact, is_full);
            nodes.push(write_diagram(&model.diagrams, any.unwrap(), &mut widths));
            let _ = write!(rest, "derived {}", nodes.len() - 1);
            let pairs: Vec<NodeId> =
                derived.follows.iter().chain(&derived.stated).copied().collect();
            let _ = write!(rest, " {}", pairs.len());
            rest.extend(pairs.iter().map(|node| format!(" {}", first + node.index())));
            let is_of = |v: &VariableId| model.space.fact(*v, book) == Some(derived.fact);
            let variables = model.space.variables().filter(is_of);
            rest.extend(variables.map(|variable| format!(" {}", variable.index())));
            rest.push('\n');
        }
        for (support, root) in plan.supports.iter_enumerated() {
            let exclusion = plan.exclusions.at(support);
            let node = |id: Option<NodeId>| id.map_or(-1, |id| (first + id.index()) as i64);
            let (text, needs) = (node(exclusion.text), node(exclusion.needs));
            let _ = writeln!(rest, "support {book} {} {text} {needs}", first + root.index());
        }
        let roots =
            roots(plan).into_iter().map(|root| format!("root {book} {}\n", first + root.index()));
        rest.extend(roots);
    }
    let of_widths: String = widths.iter().map(|width| format!(" {width}")).collect();
    (format!("variables{of_widths}\n{}\n{rest}", nodes.join("\n")), widths)
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
    let Ok(folder) = std::env::var("DIAGRAMS_FOLDER") else {
        let mut rng = fastrand::Rng::with_seed(3);
        let plan = Plan::new(super::small_books::book(&mut rng));
        let (_, widths) = write_workload("one", &[&plan]);
        let answers = print_answers("one", &[&plan], &widths);
        let interrupt = Interrupt::never();
        let mut model = Model::new(&[&plan], MOST_NODES, &interrupt);
        let consistent = answers.lines().map_while(|line| line.parse::<u64>().ok());
        assert_eq!(consistent.count(), 3 * roots(&plan).len());
        for root in roots(&plan) {
            let diagram = model.node(Firms::Any, 0, root).unwrap();
            let of = Truth::ALL
                .map(|truth| model.firms(Firms::Any, &[(diagram, truth.into())]).unwrap());
            let all: Vec<Vec<u64>> =
                widths.iter().zip(0..).map(|(k, bit)| weights(8 * bit, *k)).collect();
            let parts =
                of.map(|of| fingerprint(&model.diagrams, &all, of, &mut HashMap::default()));
            assert_eq!(parts.iter().fold(0, |a, b| (a + b) % PRIME), 1, "every firm has one truth");
        }
        return;
    };
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
            let (text, widths) = write_workload(name, &plans);
            let write = |name: String, text: &str| {
                std::fs::write(Path::new(&folder).join(name), text).unwrap()
            };
            write(format!("{name}.workload"), &text);
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
        println!("@ ours {name} kib {}", memory("VmHWM:") - before);
    }
}
