//! Many firms: a block against one firm at a time, statuses alone and with what is missing.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]
#![allow(unreachable_pub, dead_code, clippy::indexing_slicing, clippy::panic, reason = "shared")]

#[path = "../crates/core/tests/core/firms.rs"]
mod firms;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use export_advisor_core::evaluate::{Answer, Batch, Evaluator};
use export_advisor_core::facts::{Profile, Value};
use export_advisor_core::files::RuleFiles;
use export_advisor_core::plan::Plan;
use export_advisor_core::script::load;
use firms::Firms;
use jiff::civil::date;
use std::hint::black_box;

/// How many firms.
const FIRMS: usize = 32_768;
/// Facts that a bank has of its clients without asking.
const KNOWN: [&str; 9] = [
    "uscc",
    "division",
    "industry",
    "employees",
    "revenue_wan",
    "assets_wan",
    "exports_goods",
    "imports_goods",
    "markets",
];

/// Random firms: `full` ones answer half of all facts, the others what a bank's list has.
fn profiles(plan: &Plan, full: bool, rows: usize) -> Vec<Profile> {
    let mut random = Firms::new(plan, 21);
    let catalogue = &plan.book.catalogue;
    (0..rows)
        .map(|_| {
            if full {
                return random.firm();
            }
            let mut profile = Profile::empty(catalogue);
            for name in KNOWN {
                let fact = catalogue.find(name).unwrap().id;
                let value = random.value(fact);
                let answered = random.rng().f64() < 0.9;
                profile.set(fact, if answered { value } else { Value::NotAnswered });
            }
            profile
        })
        .collect()
}

fn fill(block: &mut Batch, profiles: &[Profile]) {
    block.clear();
    for profile in profiles {
        for (fact, value) in profile.iter() {
            block.column(fact).push(value);
        }
    }
}

fn benches(c: &mut Criterion) {
    let plan = Plan::new(load(&RuleFiles::builtin()).into_result().unwrap());
    let day = date(2026, 11, 25);
    for (name, full) in [("half of all facts", true), ("a bank's list", false)] {
        let mut group = c.benchmark_group(name);
        // So many that no branch predictor learns them by heart.
        let firms = profiles(&plan, full, FIRMS);
        let some = &firms[..FIRMS / 16];
        group.throughput(Throughput::Elements(some.len() as u64));
        group.bench_function("one, statuses", |b| {
            b.iter(|| {
                for profile in some {
                    let answer = Answer::new(&plan, profile, day);
                    (0..plan.supports.len()).for_each(|s| {
                        black_box(answer.status(s));
                    });
                }
            });
        });
        group.bench_function("one, statuses and missing", |b| {
            b.iter(|| {
                for profile in some {
                    let answer = Answer::new(&plan, profile, day);
                    (0..plan.supports.len()).for_each(|s| {
                        black_box(answer.missing_for(s));
                    });
                }
            });
        });
        let mut evaluator = Evaluator::new(&plan);
        let all: Vec<usize> = (0..plan.supports.len()).collect();
        let mut needed = Evaluator::only(&plan, &all);
        group.throughput(Throughput::Elements(FIRMS as u64));
        for rows in [512, 1024, 2048, 4096] {
            let filled = |firms: &[Profile]| {
                let mut block = Batch::new(&plan);
                fill(&mut block, firms);
                block
            };
            let blocks: Vec<Batch> = firms.chunks(rows).map(filled).collect();
            group.bench_function(BenchmarkId::new("block, every node", rows), |b| {
                b.iter(|| {
                    for block in &blocks {
                        black_box(evaluator.run(block));
                    }
                });
            });
            group.bench_function(BenchmarkId::new("block, statuses", rows), |b| {
                b.iter(|| {
                    for block in &blocks {
                        black_box(needed.run(block));
                    }
                });
            });
            group.bench_function(BenchmarkId::new("block, statuses and missing", rows), |b| {
                b.iter(|| {
                    for block in &blocks {
                        let mut outcome = needed.run(block);
                        (0..rows).for_each(|row| {
                            black_box(outcome.missing(row));
                        });
                    }
                });
            });
            let mut block = Batch::new(&plan);
            group.bench_function(BenchmarkId::new("block, filling from profiles", rows), |b| {
                b.iter(|| firms.chunks(rows).for_each(|firms| fill(&mut block, black_box(firms))));
            });
        }
        group.finish();
    }
    eprintln!("{} nodes in the plan", plan.nodes.len());
}

criterion_group!(group, benches);
criterion_main!(group);
