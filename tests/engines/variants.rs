//! What the options of a query change, and cells that cannot be read: the queries, and what the program says.
//!
//! Writes to a folder, per variant NAME and dialect, `NAME.DIALECT.sql` (and `NAME.ddl.DIALECT.sql` where the table has
//! other columns), `NAME.ndjson` with what is expected of each firm, and `variants.json` with the form of each.

use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{Format, Kind, Profile, Value};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::ExcludedBy;
use export_advisor_core::sql::{Dialect, Layout, Naming, SqlOptions, ddl, faults, query};
use fastrand::Rng;
use serde_json::{Map, Value as Json, json};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// To how many random firms the variants are put.
pub const FIRMS: usize = 1500;

/// A firm: its number, what is read of it, and its cells that cannot be read.
pub type Firm = (usize, Profile, Vec<(String, Json)>);

/// What a query is asked for.
struct Variant {
    name: &'static str,
    options: SqlOptions,
}

fn variants(plan: &Plan, rng: &mut Rng) -> Vec<Variant> {
    let facts = plan.book.catalogue.facts.iter().map(|fact| fact.name.clone());
    let facts: Vec<String> = facts.collect();
    let supports: Vec<String> = plan.book.supports.iter().map(|s| s.id.clone()).collect();
    let mut some = |names: &[String], share: f64| -> Vec<String> {
        names.iter().filter(|_| rng.f64() < share).cloned().collect()
    };
    let plain = SqlOptions::default;
    vec![
        Variant { name: "missing", options: SqlOptions { missing: true, ..plain() } },
        Variant {
            name: "long",
            options: SqlOptions {
                excluded_by: true,
                missing: true,
                layout: Layout::Long,
                naming: Naming::Snake,
                ..plain()
            },
        },
        Variant {
            name: "have-half",
            options: SqlOptions {
                have: Some(some(&facts, 0.5)),
                excluded_by: true,
                missing: true,
                naming: Naming::Snake,
                ..plain()
            },
        },
        Variant {
            name: "have-few",
            options: SqlOptions {
                have: Some(some(&facts, 0.15)),
                supports: Some(some(&supports, 0.4)),
                missing: true,
                layout: Layout::Long,
                ..plain()
            },
        },
        Variant { name: "have-none", options: SqlOptions { have: Some(Vec::new()), ..plain() } },
    ]
}

/// Writes the variants for some firms.
pub fn write(folder: &Path, plan: &Plan, firms: &[Firm], rng: &mut Rng) {
    let mut forms = Vec::new();
    for Variant { name, options } in variants(plan, rng) {
        let mut out = String::new();
        // A firm of the long layout has hundreds of cells more than one of the wide.
        let long = options.layout == Layout::Long;
        for (number, profile, _) in firms.iter().step_by(if long { 5 } else { 1 }) {
            let row = expected(plan, profile, &options);
            let _ = writeln!(out, "{}", json!({"id": number.to_string(), "expected": row}));
        }
        fs::write(folder.join(format!("{name}.ndjson")), out).unwrap();
        for dialect in Dialect::ALL {
            let name_of_dialect = dialect.as_str();
            let text = query(plan, dialect, &options).unwrap();
            fs::write(folder.join(format!("{name}.{name_of_dialect}.sql")), text).unwrap();
            if options.have.is_some() {
                let text = ddl(plan, dialect, &options).unwrap();
                fs::write(folder.join(format!("{name}.ddl.{name_of_dialect}.sql")), text).unwrap();
            }
        }
        forms.push(json!({"name": name, "long": long, "have": options.have}));
    }
    let mut out = String::new();
    let read = read_facts(plan);
    for (number, profile, unreadable) in firms {
        let mut cells: Map<String, Json> =
            unreadable.iter().filter(|(name, _)| read.contains(name)).cloned().collect();
        // A credit code of the right form of which a check fails.
        for (fact, value) in profile.iter() {
            if let Value::UncheckedCode(code) = value {
                cells.insert(plan.book.catalogue.fact(fact).name.clone(), json!(code));
            }
        }
        let _ = writeln!(out, "{}", json!({"id": number.to_string(), "expected": cells}));
    }
    fs::write(folder.join("faults.ndjson"), out).unwrap();
    for dialect in Dialect::ALL {
        let text = faults(plan, dialect, &SqlOptions::default()).unwrap();
        fs::write(folder.join(format!("faults.{}.sql", dialect.as_str())), text).unwrap();
    }
    forms.push(json!({"name": "faults", "faults": true}));
    fs::write(folder.join("variants.json"), Json::Array(forms).to_string()).unwrap();
}

/// The facts that a query reads: those that its tables of faults name.
fn read_facts(plan: &Plan) -> Vec<String> {
    let text = faults(plan, Dialect::Sqlite, &SqlOptions::default()).unwrap();
    let facts = plan.book.catalogue.facts.iter().map(|fact| fact.name.clone());
    facts.filter(|name| text.contains(&format!("'{name}' AS fact"))).collect()
}

/// The same firm where nothing else is known than some facts; to a table, who does not know was never asked.
fn restricted(plan: &Plan, profile: &Profile, have: Option<&Vec<String>>) -> Profile {
    let mut restricted = profile.clone();
    for (fact, value) in profile.iter() {
        let name = &plan.book.catalogue.fact(fact).name;
        if have.is_some_and(|have| !have.contains(name)) || *value == Value::Unknown {
            restricted.set(fact, Value::NotAnswered);
        }
    }
    restricted
}

/// What the program says of a firm, as the columns of a row or as rows.
fn expected(plan: &Plan, profile: &Profile, options: &SqlOptions) -> Json {
    let profile = restricted(plan, profile, options.have.as_ref());
    let answer = Answer::new(plan, &profile, jiff::civil::date(2024, 6, 1));
    let asked = |id: &String| options.supports.as_ref().is_none_or(|ids| ids.contains(id));
    let supports = || plan.book.supports.iter().enumerate().filter(|(_, s)| asked(&s.id));
    let names = |facts: export_advisor_core::facts::FactSet| {
        let names: Vec<&str> =
            facts.iter().map(|id| plan.book.catalogue.fact(id).name.as_str()).collect();
        if names.is_empty() { Json::Null } else { json!(names.join(";")) }
    };
    let by = |index: usize| json!(answer.excluded_by(index).map(ExcludedBy::as_str));
    if options.layout == Layout::Long {
        let rows = supports().map(|(index, support)| {
            let mut row = Map::new();
            row.insert("status".to_owned(), json!(answer.status(index).as_str()));
            if options.excluded_by {
                row.insert("excluded_by".to_owned(), by(index));
            }
            if options.missing {
                row.insert("missing".to_owned(), names(answer.missing_for(index)));
            }
            (support.id.clone(), Json::Object(row))
        });
        return Json::Object(rows.collect());
    }
    let mut row = crate::answers(plan, &profile);
    row.retain(|name, _| plan.book.supports.iter().all(|s| s.id != *name || asked(name)));
    if options.excluded_by {
        row.extend(supports().map(|(i, s)| (format!("{}_excluded_by", s.id), by(i))));
    }
    if options.missing {
        let mut facts = export_advisor_core::facts::FactSet::default();
        supports().for_each(|(index, _)| facts.extend(&answer.missing_for(index)));
        row.insert("missing".to_owned(), names(facts));
    }
    if options.naming == Naming::Snake {
        row = row.into_iter().map(|(name, value)| (name.replace('-', "_"), value)).collect();
    }
    Json::Object(row)
}

/// Puts cells that cannot be read into a firm; gives what is left of it, and those cells.
pub fn damage(
    plan: &Plan,
    cells: &mut Map<String, Json>,
    rng: &mut Rng,
    read: impl Fn(&Plan, &Map<String, Json>) -> Profile,
) -> (Profile, Vec<(String, Json)>) {
    let (mut readable, mut faults) = (cells.clone(), Vec::new());
    for fact in &plan.book.catalogue.facts {
        let bad = unreadable(fact.name.as_str(), &fact.kind);
        if bad.is_empty() || rng.f64() > 0.15 {
            continue;
        }
        let cell = bad[rng.usize(0..bad.len())].clone();
        readable.remove(&fact.name);
        cells.insert(fact.name.clone(), cell.clone());
        faults.push((fact.name.clone(), cell));
    }
    (read(plan, &readable), faults)
}

/// Cells that the type of a column allows and the catalogue does not.
fn unreadable(name: &str, kind: &Kind) -> Vec<Json> {
    let texts = |texts: &[&str]| texts.iter().map(|text| json!(text)).collect();
    match kind {
        Kind::Bool => Vec::new(),
        Kind::Number { whole: true, .. } => texts(&["-1", "10000001"]),
        Kind::Number { .. } => texts(&["-0.5", "-2000"]),
        Kind::Enum { .. } => texts(&["小型", "Micro", "none", "x'y", "micro "]),
        Kind::Code { format: Format::Division, .. } => {
            texts(&["深圳市", "4403", "44030", "4403030", "44O303", "440303 440304"])
        }
        Kind::Code { format: Format::Industry, .. } => {
            texts(&["批发业", "F", "Z51", "F5191A", "51910", "F51.91"])
        }
        // A number of a person is listed without it.
        Kind::Code { .. } => {
            texts(&["123", "110105199003070011", "11010519900307001x", "91440300"])
        }
        Kind::EnumList => vec![json!(["不在表里"]), json!([null]), json!([""])],
        Kind::Codes { format: Format::Hs } => {
            vec![json!(["8703"]), json!(["870380", null]), json!(["car"])]
        }
        Kind::Codes { .. } if name == "markets" => {
            vec![json!(["JP", null]), json!(["日本"]), json!(["JP;KR"]), json!([""])]
        }
        Kind::Codes { .. } => vec![json!(["JPN"]), json!(["JP", null])],
    }
}
