//! The evaluator beside other engines on the same rules and firms, on one thread.
//!
//! `peers prepare FOLDER ROWS` holds zen-engine and Rhai to what two values make of every firm and
//! writes the formulas and ROWS firms for OpenFisca to FOLDER; `peers round` measures all sides once,
//! a line each: name and nanoseconds a firm. `benches/peers.sh` runs everything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark")]
#![allow(clippy::indexing_slicing, clippy::disallowed_methods, dead_code, reason = "a benchmark")]

mod columns;
#[path = "../../../tests/integration/firms.rs"]
mod firms;
mod print;
mod rules;
mod scripts;
mod zen;

use columns::Columns;
use export_advisor_core::evaluate::{Answer, Batch, Evaluator};
use export_advisor_core::facts::Profile;
use export_advisor_core::files::RuleFiles;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::Status;
use export_advisor_core::script::load;
use firms::Firms;
use jiff::civil::{Date, date};
use rules::{Rules, expected};
use scripts::Scripts;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use zen::Engine;

/// The day that firms are seen on; no status depends on it.
const DAY: Date = date(2026, 11, 25);
/// The seed of all random firms.
const SEED: u64 = 21;
/// How many firms: so many that no branch predictor learns them by heart.
const FIRMS: usize = 4096;
/// How many of them are evaluated together in blocks.
const TOGETHER: usize = 1024;
/// A side is measured for at least this long.
const LEAST: Duration = Duration::from_millis(400);

/// An engine that answers one firm at a time with two values.
trait Peer {
    /// A firm in the form that the engine takes without more ado.
    type Firm;
    fn new(rules: &Rules) -> Self;
    fn firm(plan: &Plan, profile: &Profile) -> Self::Firm;
    /// One truth a support.
    fn answers(&self, firm: &Self::Firm) -> Vec<bool>;
}

fn main() {
    let plan = Plan::new(load(&RuleFiles::builtin()).into_result().unwrap());
    let rules = Rules::new(&plan);
    let mut random = Firms::new(&plan, SEED);
    let firms: Vec<Profile> = (0..FIRMS).map(|_| random.firm()).collect();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["prepare", folder, rows] => {
            tell(&rules, &firms);
            agree::<Engine>("zen-engine", &rules, &firms);
            agree::<Scripts>("Rhai", &rules, &firms);
            let rows = rows.parse().expect("a number of rows");
            columns::write(&rules, Path::new(folder), rows);
        }
        ["round"] => round(&rules, &firms),
        _ => panic!("peers prepare FOLDER ROWS | peers round"),
    }
}

/// How far two values are from three.
fn tell(rules: &Rules, firms: &[Profile]) {
    let mut cells = [0; 4];
    for profile in firms {
        let answer = Answer::new(rules.plan, profile, DAY);
        for (support, holds) in expected(&answer).into_iter().enumerate() {
            cells[match (answer.status(support), holds) {
                (Status::Undetermined, false) => 2,
                (Status::Undetermined, true) => 3,
                (status, holds) => usize::from(holds != (status == Status::Applies)),
            }] += 1;
        }
    }
    let [same, otherwise, no, yes] = cells;
    let supports = rules.supports.len();
    println!("{} firms × {supports} supports", firms.len());
    println!("decided cells: two values say the same in {same}, otherwise in {otherwise}");
    println!("undetermined cells: two values say no in {no}, yes in {yes}");
    let (uses, all) = (rules.uses(), rules.nodes.len());
    let used = |at_least| uses.iter().filter(|uses| **uses >= at_least).count();
    println!("a peer gets {} of {all} nodes, {} of them shared", used(1), used(2));
}

/// Requires a peer to say of every firm and support what two values say, and to be caught when one
/// of its rules is wrong.
fn agree<P: Peer>(name: &str, rules: &Rules, firms: &[Profile]) {
    let differing = |peer: P| -> usize {
        let of = |profile: &Profile| {
            let expected = expected(&Answer::new(rules.plan, profile, DAY));
            let said = peer.answers(&P::firm(rules.plan, profile));
            assert_eq!(said.len(), expected.len(), "{name}: one answer a support");
            said.iter().zip(&expected).filter(|(a, b)| a != b).count()
        };
        firms.iter().map(of).sum()
    };
    assert_eq!(differing(P::new(rules)), 0, "{name}: cells that differ");
    assert_eq!(differing(P::new(&rules.planted())), firms.len(), "{name}: a planted rule");
    println!("{name}: 0 of {} cells differ from two values", firms.len() * rules.supports.len());
}

/// Measures all sides once.
fn round(rules: &Rules, firms: &[Profile]) {
    let plan = rules.plan;
    let supports = 0..plan.supports.len();
    let say = |name: &str, pass: &mut dyn FnMut()| println!("{name} {:.1}", timed(pass));

    say("ours-one", &mut || {
        for profile in firms {
            let answer = Answer::new(plan, profile, DAY);
            supports.clone().for_each(|support| {
                black_box(answer.status(support));
            });
        }
    });
    let fill = |block: &mut Batch, firms: &[Profile]| {
        block.clear();
        for profile in firms {
            profile.iter().for_each(|(fact, value)| block.column(fact).push(value));
        }
    };
    let filled = firms.chunks(TOGETHER).map(|firms| {
        let mut block = Batch::new(plan);
        fill(&mut block, firms);
        block
    });
    let blocks: Vec<Batch> = filled.collect();
    let mut evaluator = Evaluator::only(plan, &supports.clone().collect::<Vec<_>>());
    say("ours-blocks", &mut || {
        for block in &blocks {
            black_box(evaluator.run(block));
        }
    });
    let mut block = Batch::new(plan);
    say("ours-blocks-fill", &mut || firms.chunks(TOGETHER).for_each(|f| fill(&mut block, f)));
    let mut columns = Columns::new(rules);
    say("openfisca-fill", &mut || {
        columns.clear();
        firms.iter().for_each(|profile| columns.push(&Answer::new(plan, profile, DAY)));
    });

    let engine = Engine::new(rules);
    let ready: Vec<_> = firms.iter().map(|profile| Engine::firm(plan, profile)).collect();
    for (name, trace) in [("zen", false), ("zen-trace", true)] {
        say(name, &mut || {
            for firm in &ready {
                black_box(engine.evaluate(firm, trace));
            }
        });
    }
    let scripts = Scripts::new(rules);
    let ready: Vec<_> = firms.iter().map(|profile| Scripts::firm(plan, profile)).collect();
    say("rhai", &mut || {
        for firm in &ready {
            black_box(scripts.call(firm));
        }
    });
}

/// Nanoseconds a firm, after one pass that is not counted.
fn timed(pass: &mut dyn FnMut()) -> f64 {
    pass();
    let (began, mut passes) = (Instant::now(), 0);
    while passes == 0 || began.elapsed() < LEAST {
        pass();
        passes += 1;
    }
    began.elapsed().as_secs_f64() * 1e9 / (passes * FIRMS) as f64
}
