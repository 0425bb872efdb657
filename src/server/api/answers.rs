//! Answers of the service from which its description takes the examples.
//!
//! In goes a rule book, out come answers as the handlers give them, each with the name of its schema. The firms are made
//! up so that every member of an answer is there in at least one of them.

use super::error::Problem;
use super::{codes, facts, moves, policies, rulebook, rulebooks, supports};
use export_advisor_core::assessment::{Advisor, Detail, write_json};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{Profile, Suggestions, parse};
use jiff::civil::{Date, date};
use serde_json::{Value, json};

/// The day of the examples, which stay what they are.
const DAY: Date = date(2026, 11, 25);

/// A small trader with much to ask; one whose answers contradict each other; one of which hardly anything is known.
const FIRMS: [&str; 3] = [
    r#"{"exports_goods": true, "industry": "F5191", "employees": 12, "financing_need": true, "division": "330782", "markets": ["JP"]}"#,
    r#"{"exports_goods": true, "industry": "F5191", "employees": 12, "revenue_wan": 300, "size": "medium", "division": "110101", "imports_goods": false, "import_sources": ["AU"]}"#,
    r#"{"industry": "F5191", "employees": 12}"#,
];
const FAULTY: &str = r#"{"exprts_goods": true, "employees": "many"}"#;

/// The answers, each with the name of its schema.
pub(super) fn answers(advisor: &Advisor) -> Vec<(&'static str, Value)> {
    let book = advisor.book();
    let read = |text: &str| parse(&book.catalogue, &book.reference, text.as_bytes());
    let firms: Vec<Profile> = FIRMS.iter().filter_map(|text| read(text).ok()).collect();
    let mut suggestions = Suggestions::new(&book.catalogue, &book.reference);
    let faults = read(FAULTY).err().unwrap_or_default();
    let problem = Problem::of_profile(&book.catalogue, &faults, &mut suggestions);
    let problem = serde_json::to_value(problem).unwrap_or_default();
    let mut answers = vec![("Problem", problem.clone())];
    for profile in &firms {
        for (name, detail) in [
            ("FullAssessment", Detail::Full),
            ("ReasonsAssessment", Detail::Reasons),
            ("MissingAssessment", Detail::Missing),
            ("StatusAssessment", Detail::Status),
        ] {
            answers.push((name, assessment(advisor, profile, detail)));
        }
    }
    if let Some(profile) = firms.first() {
        let one =
            json!({ "index": 0, "assessment": assessment(advisor, profile, Detail::Missing) });
        let other = json!({ "index": 1, "problem": problem });
        let batch = json!({
            "rulebook": book.version, "as_of": DAY.to_string(), "results": [one, other],
        });
        answers.push(("BatchResults", batch));
        let full = assessment(advisor, profile, Detail::Full);
        // As if other rules knew less of the firm: there is one rule book here.
        let little = Profile::empty(&book.catalogue);
        let answer = |profile| Answer::new(&advisor.plan, profile, DAY);
        let moves = moves::moves(&answer(&little), &answer(profile)).into_iter();
        let moves: Vec<Value> = moves.filter_map(|one| serde_json::to_value(one).ok()).collect();
        // The other members are of one share alone.
        answers.push(("OpenedShare", json!({ "moves": moves, "then": full, "now": full })));
        answers.extend(moves.into_iter().map(|one| ("ApiMove", one)));
        answers.push(("OpenedShare", json!({ "then": full, "problem": problem })));
    }
    answers.extend(policies::examples(book));
    answers.extend(supports::examples(&advisor.plan));
    answers.extend(facts::examples(&advisor.plan));
    answers.push(("RuleBookInfo", rulebook::example(book)));
    answers.extend(rulebooks::examples(book));
    answers.extend(codes::examples(&book.reference));
    answers
}

fn assessment(advisor: &Advisor, profile: &Profile, detail: Detail) -> Value {
    let mut text = String::new();
    let answer = Answer::new(&advisor.plan, profile, DAY);
    write_json(advisor, &answer, &detail.into(), &mut text);
    serde_json::from_str(&text).unwrap_or_default()
}
