//! Load, one firm without and with its trace, and the same JSON serialised alone.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use export_advisor::server::api::Assessment;
use export_advisor_core::assessment::{Advisor, Detail, write_json};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::parse;
use export_advisor_core::files::RuleFiles;
use export_advisor_core::script::load;
use jiff::civil::date;
use std::hint::black_box;

/// A firm that answers two thirds of the facts, as in `tests/data/personas.json`.
const FIRM: &str = include_str!("firm.json");

fn benches(c: &mut Criterion) {
    let day = date(2026, 11, 25);
    let files = RuleFiles::builtin();
    c.bench_function("load: files to a ready advisor", |b| {
        b.iter_batched(
            || (),
            |()| Advisor::new(load(black_box(&files)).into_result().unwrap()),
            BatchSize::PerIteration,
        );
    });
    let advisor = Advisor::new(load(&files).into_result().unwrap());
    let book = advisor.book();
    c.bench_function("parse: JSON to a profile", |b| {
        b.iter(|| parse(&book.catalogue, &book.reference, black_box(FIRM.as_bytes())).unwrap());
    });
    let profile = parse(&book.catalogue, &book.reference, FIRM.as_bytes()).unwrap();
    c.bench_function("evaluate: every truth and what is missing", |b| {
        b.iter(|| Answer::new(&advisor.plan, black_box(&profile), day));
    });
    let mut size = 0;
    for (name, detail) in [("status", Detail::Status), ("full", Detail::Full)] {
        c.bench_function(&format!("answer: JSON to JSON, detail={name}"), |b| {
            b.iter(|| {
                let profile =
                    parse(&book.catalogue, &book.reference, black_box(FIRM.as_bytes())).unwrap();
                let answer = Answer::new(&advisor.plan, &profile, day);
                let mut out = String::with_capacity(detail.typical_size());
                write_json(&advisor, &answer, &detail.into(), &mut out);
                size = out.len();
                out
            });
        });
    }
    let mut out = String::new();
    write_json(
        &advisor,
        &Answer::new(&advisor.plan, &profile, day),
        &Detail::Full.into(),
        &mut out,
    );
    let typed: Assessment = serde_json::from_str(&out).unwrap();
    c.bench_function("serialise: the same JSON alone, by serde_json", |b| {
        b.iter(|| serde_json::to_string(black_box(&typed)).unwrap());
    });
    eprintln!("a full answer has {size} bytes, {} nodes in the plan", advisor.plan.nodes.len());
}

criterion_group!(group, benches);
criterion_main!(group);
