//! The eight example firms, sentence by sentence.

use crate::support::advisor;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{Profile, parse};
use export_advisor_core::rulebook::{Status, WindowState};
use jiff::civil::date;
use serde_json::Value;
use std::collections::BTreeMap;

/// Members of the examples that are aids for readers, no facts.
const AIDS: [&str; 2] = ["uscc_division", "division_name"];

fn examples() -> Vec<Value> {
    let file: Value =
        serde_json::from_str(include_str!("../../../../tests/data/personas.json")).unwrap();
    file["personas"].as_array().unwrap().clone()
}

fn profile(example: &Value) -> Profile {
    let book = advisor().book();
    let mut given = example["profile"].as_object().unwrap().clone();
    AIDS.iter().for_each(|aid| drop(given.remove(*aid)));
    let json = serde_json::to_vec(&given).unwrap();
    parse(&book.catalogue, &book.reference, &json).unwrap()
}

/// Per sentence: `should_apply` if a support citing it applies and its window is open, else
/// `needs_info` if one is undetermined, else `should_not`.
fn verdicts(answer: &Answer<'_>) -> BTreeMap<String, &'static str> {
    let book = advisor().book();
    book.policies[0]
        .text
        .sentence_ids()
        .map(|id| {
            let citing = || {
                let all = book.supports.iter().enumerate();
                all.filter(move |(_, s)| s.citations.iter().any(|c| c.sentence == id))
                    .filter(|(index, _)| answer.window(*index) == WindowState::Open)
                    .map(|(index, _)| answer.status(index))
            };
            let verdict = if citing().any(|s| s == Status::Applies) {
                "should_apply"
            } else if citing().any(|s| s == Status::Undetermined) {
                "needs_info"
            } else {
                "should_not"
            };
            (id.to_string(), verdict)
        })
        .collect()
}

#[test]
fn every_example_gets_the_expected_verdicts() {
    let mut wrong = Vec::new();
    let mut scored = 0;
    for example in examples() {
        let profile = profile(&example);
        let answer = Answer::new(&advisor().plan, &profile, date(2026, 11, 23));
        let found = verdicts(&answer);
        for expected in ["should_apply", "should_not", "needs_info"] {
            for sentence in example[expected].as_array().unwrap() {
                let sentence = sentence.as_str().unwrap();
                let others = example["acceptable_alternatives"][sentence].as_array();
                let accepted = |verdict: &str| {
                    verdict == expected
                        || others.is_some_and(|all| all.iter().any(|other| other == verdict))
                };
                scored += 1;
                if !accepted(found[sentence]) {
                    wrong.push(format!(
                        "{} {sentence}: expected {expected}, found {}",
                        example["id"], found[sentence]
                    ));
                }
            }
        }
    }
    assert!(scored > 300, "only {scored} sentences are scored");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_gets_the_expected_derived_facts() {
    let advisor = advisor();
    for example in examples() {
        let profile = profile(&example);
        let answer = Answer::new(&advisor.plan, &profile, date(2026, 11, 23));
        let mut out = String::new();
        export_advisor_core::assessment::write_json(
            advisor,
            &answer,
            &export_advisor_core::assessment::Detail::Full.into(),
            &mut out,
        );
        let json: Value = serde_json::from_str(&out).unwrap();
        for (name, expected) in example["derived_expected"].as_object().unwrap() {
            let name = if name == "size_class" { "size" } else { name };
            let found = json["derived"].as_array().unwrap().iter().find(|d| d["fact"] == name);
            let value = found.map_or(Value::Null, |d| d["value"].clone());
            // What the examples call an empty list of partners may still be open here.
            if value.is_null() && expected.as_array().is_some_and(Vec::is_empty) {
                continue;
            }
            assert_eq!(&value, expected, "{} {name}", example["id"]);
        }
    }
}

#[test]
fn a_firm_that_answers_nothing_is_denied_nothing() {
    let advisor = advisor();
    let profile = Profile::empty(&advisor.book().catalogue);
    let answer = Answer::new(&advisor.plan, &profile, date(2026, 11, 25));
    for index in 0..advisor.book().supports.len() {
        assert_eq!(answer.status(index), Status::Undetermined);
        assert!(!answer.missing_for(index).is_empty());
    }
}

#[test]
fn a_purely_domestic_firm_is_offered_nothing_and_one_line_says_why() {
    let advisor = advisor();
    let book = advisor.book();
    let examples = examples();
    let domestic = examples.iter().find(|example| example["id"] == "P10").unwrap();
    let profile = profile(domestic);
    let answer = Answer::new(&advisor.plan, &profile, date(2026, 11, 25));
    for (index, support) in book.supports.iter().enumerate() {
        if answer.window(index) == WindowState::Open {
            assert_eq!(answer.status(index), Status::DoesNotApply, "{}", support.id);
        }
    }
    assert!(answer.questions(None).is_empty());
    let summary = export_advisor_core::wording::summary(&answer);
    assert!(summary.zh.contains("外贸企业"), "{}", summary.zh);
    assert!(summary.en.contains("If that changes, look again"), "{}", summary.en);
    assert!(!summary.zh.contains('\n'));
}
