//! Writes firms, what the program answers for each, and the printed SQL, for `tests/engines/`.
//!
//! `firms random COUNT SEED FOLDER` takes random firms of the built-in rules; `firms cases FOLDER`
//! takes a small rule book with every kind of test, and firms at every edge of it. In FOLDER are then
//! `firms.ndjson` (cells as a table has them, the result expected, and what excludes the firm), `facts.json`
//! (the type of each column), and per dialect `ddl.NAME.sql`, `query.NAME.sql` and, with what excludes a
//! firm, `exclusions.NAME.sql`. A batch of the same firms is compared on the way. `firms faulty COUNT SEED FOLDER`
//! takes random firms with cells that cannot be read. `variants.rs` adds what the options of a query change.
#![allow(missing_docs, unreachable_pub, dead_code, reason = "a tool of the tests")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a tool of the tests"
)]

#[path = "../crates/core/tests/core/firms.rs"]
mod firms;
#[path = "../tests/engines/small_book.rs"]
mod small_book;
#[path = "../tests/engines/variants.rs"]
mod variants;

use export_advisor_core::evaluate::{Answer, Batch, Evaluator, PartialValue};
use export_advisor_core::facts::{Format, Kind, Profile, Reference, Value, parse};
use export_advisor_core::files::RuleFiles;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::{ExcludedBy, Status};
use export_advisor_core::script::{Oracle, load};
use export_advisor_core::sql::{Dialect, SqlOptions, ddl, query};
use fastrand::Rng;
use serde_json::{Map, Value as Json, json};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// One firm in this many is also put to the rules' scripts themselves.
const ORACLE_EVERY: usize = 10;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["random", count, seed, folder] => {
            let files = RuleFiles::builtin();
            let plan = Plan::new(load(&files).into_result().unwrap());
            let oracle = Oracle::new(&files, &plan.book).unwrap();
            let mut random = firms::Firms::new(&plan, seed.parse().unwrap());
            let mut rng = Rng::with_seed(seed.parse::<u64>().unwrap() + 1);
            let mut out = String::new();
            let (mut batch, mut all) = (Batch::new(&plan), Vec::new());
            let mut firms = Vec::new();
            for number in 0..count.parse::<usize>().unwrap() {
                let cells = spelled(&plan, &random.firm(), &mut rng);
                let profile = read(&plan, &cells);
                let expected = answers(&plan, &profile);
                if number % ORACLE_EVERY == 0 {
                    for (id, truth) in oracle.ask(&profile).supports {
                        assert_eq!(expected[&id], of_status(truth.into()), "{id} of {cells:?}");
                    }
                }
                let excluded = exclusions(&plan, &profile);
                line(&mut out, number, &cells, &expected, &excluded);
                firms.push((number, profile.clone(), Vec::new()));
                profile.iter().for_each(|(fact, value)| batch.column(fact).push(value));
                all.push(excluded);
            }
            batch.set_rows(all.len());
            compare_batch(&plan, &batch, &all);
            write(Path::new(folder), &plan, &out);
            firms.truncate(variants::FIRMS);
            variants::write(Path::new(folder), &plan, &firms, &mut rng);
        }
        ["faulty", count, seed, folder] => {
            let plan = Plan::new(load(&RuleFiles::builtin()).into_result().unwrap());
            let mut random = firms::Firms::new(&plan, seed.parse().unwrap());
            let mut rng = Rng::with_seed(seed.parse::<u64>().unwrap() + 1);
            let (mut out, mut firms) = (String::new(), Vec::new());
            for number in 0..count.parse::<usize>().unwrap() {
                let mut cells = spelled(&plan, &random.firm(), &mut rng);
                let profile = variants::damage(&plan, &mut cells, &mut rng, read);
                let (profile, faults) = profile;
                let expected = answers(&plan, &profile);
                line(&mut out, number, &cells, &expected, &exclusions(&plan, &profile));
                firms.push((number, profile, faults));
            }
            write(Path::new(folder), &plan, &out);
            variants::write(Path::new(folder), &plan, &firms, &mut rng);
        }
        ["cases", folder] => {
            let plan = small_book::plan();
            let (mut out, mut firms) = (String::new(), Vec::new());
            for (number, (cells, readable)) in small_book::firms(&plan).into_iter().enumerate() {
                let profile = read(&plan, &readable);
                let expected = answers(&plan, &profile);
                line(&mut out, number, &cells, &expected, &exclusions(&plan, &profile));
                let faults = small_book::faults(&cells, &readable);
                firms.push((number, profile, faults));
            }
            write(Path::new(folder), &plan, &out);
            variants::write(Path::new(folder), &plan, &firms, &mut Rng::with_seed(1));
        }
        _ => panic!("firms random|faulty COUNT SEED FOLDER, or firms cases FOLDER"),
    }
}

fn line(
    out: &mut String,
    number: usize,
    cells: &Map<String, Json>,
    expected: &Map<String, Json>,
    excluded: &Map<String, Json>,
) {
    let id = number.to_string();
    let firm = json!({"id": id, "cells": cells, "expected": expected, "excluded_by": excluded});
    let _ = writeln!(out, "{firm}");
}

/// What excludes a firm, by the columns that tell it.
fn exclusions(plan: &Plan, profile: &Profile) -> Map<String, Json> {
    let answer = Answer::new(plan, profile, jiff::civil::date(2024, 6, 1));
    let supports = plan.book.supports.iter().enumerate();
    let columns = supports.map(|(place, support)| {
        let by = answer.excluded_by(place).map(ExcludedBy::as_str);
        (format!("{}_excluded_by", support.id), json!(by))
    });
    columns.collect()
}

/// Holds what a batch says of what excludes each firm to what is said of each alone.
fn compare_batch(plan: &Plan, batch: &Batch, expected: &[Map<String, Json>]) {
    let mut evaluator = Evaluator::new(plan);
    let outcome = evaluator.run(batch);
    for (row, expected) in expected.iter().enumerate() {
        for (place, support) in plan.book.supports.iter().enumerate() {
            let by = outcome.excluded_by(place, row).map(ExcludedBy::as_str);
            assert_eq!(expected[&format!("{}_excluded_by", support.id)], json!(by), "row {row}");
        }
    }
}

fn write(folder: &Path, plan: &Plan, firms: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("firms.ndjson"), firms).unwrap();
    let types: Map<String, Json> = (plan.book.catalogue.facts.iter())
        .map(|fact| {
            let kind = match fact.kind {
                Kind::Bool => "bool",
                Kind::Number { whole: true, .. } => "integer",
                Kind::Number { .. } => "decimal",
                Kind::Enum { .. } | Kind::Code { .. } => "text",
                Kind::EnumList | Kind::Codes { .. } => "list",
            };
            (fact.name.clone(), json!(kind))
        })
        .collect();
    fs::write(folder.join("facts.json"), Json::Object(types).to_string()).unwrap();
    for dialect in Dialect::ALL {
        let names = SqlOptions::default();
        let exclusions = SqlOptions { excluded_by: true, ..SqlOptions::default() };
        let word = dialect.as_str();
        let path = folder.join(format!("exclusions.{word}.sql"));
        fs::write(path, query(plan, dialect, &exclusions).unwrap()).unwrap();
        let path = folder.join(format!("query.{word}.sql"));
        fs::write(path, query(plan, dialect, &names).unwrap()).unwrap();
        let path = folder.join(format!("ddl.{word}.sql"));
        fs::write(path, ddl(plan, dialect, &names).unwrap()).unwrap();
    }
}

/// Reads cells as a profile; `"unknown"` and a missing key are both NULL in a table.
fn read(plan: &Plan, cells: &Map<String, Json>) -> Profile {
    let mut text = String::from("{");
    for (name, cell) in cells {
        let comma = if text.len() > 1 { "," } else { "" };
        // Numbers are kept as texts, so that no digit is lost; JSON has them plain.
        let kind = &plan.book.catalogue.find(name).unwrap().kind;
        let cell = match (kind, cell) {
            (Kind::Number { .. }, Json::String(digits)) if digits != "unknown" => digits.clone(),
            _ => cell.to_string(),
        };
        let _ = write!(text, "{comma}{}:{cell}", Json::from(name.as_str()));
    }
    text.push('}');
    parse(&plan.book.catalogue, &plan.book.reference, text.as_bytes())
        .unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
}

/// A profile's cells in one of the spellings that a table may have.
fn spelled(plan: &Plan, profile: &Profile, rng: &mut Rng) -> Map<String, Json> {
    let mut cells = Map::new();
    for (id, value) in profile.iter() {
        let fact = plan.book.catalogue.fact(id);
        if *value == Value::NotAnswered {
            continue;
        }
        let mut text = String::new();
        plan.book.catalogue.write_json(id, value, &mut text);
        let plain: Json = serde_json::from_str(&text).unwrap();
        let cell = match (&fact.kind, value) {
            (Kind::Number { whole, .. }, Value::Number(n)) => {
                let digits = n.normalize().to_string();
                let below = !*whole && n.is_integer() && *n > 1.into() && rng.f64() < 0.2;
                Json::String(if below {
                    // A hair below: what a binary fraction cannot tell from the number itself.
                    format!("{}.{}", *n - rust_decimal::Decimal::ONE, "9".repeat(20))
                } else {
                    digits
                })
            }
            (Kind::Code { format, .. }, Value::Code(code)) => {
                Json::String(spelled_code(&plan.book.reference, *format, code, rng))
            }
            (Kind::Code { format: Format::Uscc, .. }, Value::UncheckedCode(code)) => {
                const ODD: [char; 6] = ['\'', '"', '%', '_', '\\', 'I'];
                let mut code: Vec<char> = code.chars().collect();
                code[rng.usize(8..18)] = ODD[rng.usize(0..ODD.len())];
                Json::String(code.into_iter().collect())
            }
            (Kind::Codes { .. }, Value::Codes(codes)) => codes
                .iter()
                .map(|code| if rng.f64() < 0.2 { code.to_lowercase() } else { code.clone() })
                .collect::<Vec<String>>()
                .into(),
            _ => plain,
        };
        cells.insert(fact.name.clone(), cell);
    }
    cells
}

fn spelled_code(reference: &Reference, format: Format, code: &str, rng: &mut Rng) -> String {
    let chance = rng.f64();
    match format {
        Format::Division if chance < 0.3 => {
            let retired: Vec<(&str, &str)> = reference.retired().collect();
            retired[rng.usize(0..retired.len())].0.to_owned()
        }
        Format::Industry if chance < 0.2 => code[1..].to_owned(),
        // One other character: a check fails, save by chance in the list of offices.
        Format::Uscc if chance < 0.2 => {
            let mut other: Vec<char> = code.chars().collect();
            other[rng.usize(0..18)] = ['0', '7', 'A', 'Y'][rng.usize(0..4)];
            let other: String = other.into_iter().collect();
            let personal = export_advisor_core::facts::credit_code::is_personal_number(&other);
            if personal { code.to_owned() } else { other }
        }
        _ if chance > 0.8 => code.to_lowercase(),
        _ => code.to_owned(),
    }
}

/// What the program says: derived facts, stated otherwise derived, and every status.
fn answers(plan: &Plan, profile: &Profile) -> Map<String, Json> {
    let answer = Answer::new(plan, profile, jiff::civil::date(2024, 6, 1));
    let mut told = Map::new();
    for nodes in &plan.derived {
        let fact = plan.book.catalogue.fact(nodes.fact);
        let follows = answer.follows(nodes);
        let word = |place: u16| json!(fact.value_name(place));
        let (value, bound) = match (profile.value(fact.id), follows) {
            (Value::Bool(yes), _) => (json!(yes), Json::Null),
            (Value::Enum(place), _) => (word(*place), word(*place)),
            (_, PartialValue::Enum(place)) => (word(place), word(place)),
            (_, PartialValue::Bool(yes)) => (json!(yes), Json::Null),
            (_, PartialValue::AtMost(place)) => (Json::Null, word(place)),
            (_, PartialValue::Unknown) => (Json::Null, Json::Null),
            (_, PartialValue::EnumList { .. } | PartialValue::Codes { .. }) => continue,
        };
        if fact.is_list() {
            continue;
        }
        told.insert(fact.name.clone(), value);
        if fact.kind == (Kind::Enum { ordered: true }) {
            told.insert(format!("{}_at_most", fact.name), bound);
        }
    }
    for (place, support) in plan.book.supports.iter().enumerate() {
        told.insert(support.id.clone(), of_status(answer.status(place)));
    }
    told
}

fn of_status(status: Status) -> Json {
    match status {
        Status::Applies => json!(true),
        Status::DoesNotApply => json!(false),
        Status::Undetermined => Json::Null,
    }
}
