//! The size class at every threshold of every industry group.

use crate::support::advisor;
use export_advisor_core::evaluate::{Answer, PartialValue};
use export_advisor_core::facts::parse;
use jiff::civil::date;
use serde_json::{Map, Value, json};

/// Per indicator, the lower bounds of large, medium and small.
type Bounds = &'static [(&'static str, [i64; 3])];

/// 国统字〔2017〕213号, typed off the rule anew: an industry of the group, and per indicator the
/// lower bounds of large, medium and small.
const GROUPS: [(&str, Bounds); 16] = [
    ("A0111", &[("revenue_wan", [20000, 500, 50])]),
    ("C3612", &[("employees", [1000, 300, 20]), ("revenue_wan", [40000, 2000, 300])]),
    ("E4710", &[("revenue_wan", [80000, 6000, 300]), ("assets_wan", [80000, 5000, 300])]),
    ("F5191", &[("employees", [200, 20, 5]), ("revenue_wan", [40000, 5000, 1000])]),
    ("F5292", &[("employees", [300, 50, 10]), ("revenue_wan", [20000, 500, 100])]),
    ("G591", &[("employees", [1000, 300, 20]), ("revenue_wan", [30000, 3000, 200])]),
    ("G592", &[("employees", [200, 100, 20]), ("revenue_wan", [30000, 1000, 100])]),
    ("G6010", &[("employees", [1000, 300, 20]), ("revenue_wan", [30000, 2000, 100])]),
    ("H6110", &[("employees", [300, 100, 10]), ("revenue_wan", [10000, 2000, 100])]),
    ("H6210", &[("employees", [300, 100, 10]), ("revenue_wan", [10000, 2000, 100])]),
    ("I6311", &[("employees", [2000, 100, 10]), ("revenue_wan", [100_000, 1000, 100])]),
    ("I6513", &[("employees", [300, 100, 10]), ("revenue_wan", [10000, 1000, 50])]),
    ("K7010", &[("revenue_wan", [200_000, 1000, 100]), ("assets_wan", [10000, 5000, 2000])]),
    ("K7020", &[("employees", [1000, 300, 100]), ("revenue_wan", [5000, 1000, 500])]),
    ("L7212", &[("employees", [300, 100, 10]), ("assets_wan", [120_000, 8000, 100])]),
    ("M7310", &[("employees", [300, 100, 10])]),
];
const SIZES: [&str; 4] = ["large", "medium", "small", "micro"];

fn size(firm: &Map<String, Value>) -> PartialValue {
    let advisor = advisor();
    let book = advisor.book();
    let json = serde_json::to_vec(firm).unwrap();
    let profile = parse(&book.catalogue, &book.reference, &json).unwrap();
    let answer = Answer::new(&advisor.plan, &profile, date(2026, 11, 25));
    let fact = book.catalogue.find("size").unwrap().id;
    let nodes = advisor.plan.derived.iter().find(|nodes| nodes.fact == fact).unwrap();
    answer.follows(nodes)
}

fn value(size: &str) -> u16 {
    advisor().book().catalogue.find("size").unwrap().value_index(size).unwrap()
}

/// A firm of an industry whose other indicators are far above every bound.
fn firm(industry: &str, indicators: Bounds) -> Map<String, Value> {
    let mut firm = Map::from_iter([("industry".to_owned(), json!(industry))]);
    for (name, _) in indicators {
        firm.insert((*name).to_owned(), json!(9_000_000));
    }
    firm
}

#[test]
fn at_every_threshold() {
    let mut checked = 0;
    for (industry, indicators) in GROUPS {
        for (name, bounds) in indicators {
            for (tier, bound) in bounds.iter().enumerate() {
                let below = value(SIZES[tier + 1]);
                let at = value(SIZES[tier]);
                let mut values =
                    vec![(json!(bound - 1), below), (json!(bound), at), (json!(bound + 1), at)];
                if *name != "employees" {
                    // Decimals of 万元: 0.0001 万元 is one yuan.
                    values.push((
                        serde_json::from_str(&format!("{}.9999", bound - 1)).unwrap(),
                        below,
                    ));
                    values.push((serde_json::from_str(&format!("{bound}.0001")).unwrap(), at));
                }
                for (value, expected) in values {
                    let mut firm = firm(industry, indicators);
                    firm.insert((*name).to_owned(), value.clone());
                    assert_eq!(
                        size(&firm),
                        PartialValue::Enum(expected),
                        "{industry} {name} {value}"
                    );
                    checked += 1;
                }
            }
        }
    }
    assert_eq!(checked, 30 * 3 * 3 + 17 * 3 * 2);
}

#[test]
fn a_number_just_below_a_bound_is_not_rounded_up() {
    let advisor = advisor();
    let book = advisor.book();
    let json =
        br#"{"industry": "C3612", "employees": 5000, "revenue_wan": 1999.99999999999999999999}"#;
    let profile = parse(&book.catalogue, &book.reference, json).unwrap();
    let answer = Answer::new(&advisor.plan, &profile, date(2026, 11, 25));
    let fact = book.catalogue.find("size").unwrap().id;
    let nodes = advisor.plan.derived.iter().find(|nodes| nodes.fact == fact).unwrap();
    assert_eq!(answer.follows(nodes), PartialValue::Enum(value("small")));
}

#[test]
fn one_known_indicator_only_lowers_the_class() {
    for (industry, indicators) in GROUPS.iter().filter(|(_, indicators)| indicators.len() > 1) {
        let (name, bounds) = indicators[0];
        for (tier, bound) in bounds.iter().enumerate() {
            let mut firm = Map::from_iter([("industry".to_owned(), json!(industry))]);
            firm.insert(name.to_owned(), json!(bound - 1));
            // Below the bound of small the firm is micro, whatever the rest: that is the lowest.
            let expected = if SIZES[tier + 1] == "micro" {
                PartialValue::Enum(value("micro"))
            } else {
                PartialValue::AtMost(value(SIZES[tier + 1]))
            };
            assert_eq!(size(&firm), expected, "{industry} {name} {}", bound - 1);
        }
        let mut firm = Map::from_iter([("industry".to_owned(), json!(industry))]);
        firm.insert(name.to_owned(), json!(9_000_000));
        assert_eq!(
            size(&firm),
            PartialValue::Unknown,
            "{industry}: one indicator never raises the class"
        );
    }
}

#[test]
fn industries_out_of_scope_have_no_class() {
    for industry in ["G5311", "J6621", "K7040", "P8334", "Q8411", "S910"] {
        let mut firm = Map::from_iter([("industry".to_owned(), json!(industry))]);
        for name in ["employees", "revenue_wan", "assets_wan"] {
            firm.insert(name.to_owned(), json!(1));
        }
        assert_eq!(size(&firm), PartialValue::Unknown, "{industry}");
        for name in ["employees", "revenue_wan", "assets_wan"] {
            firm.insert(name.to_owned(), json!(9_000_000));
        }
        assert_eq!(size(&firm), PartialValue::Unknown, "{industry}");
    }
}

#[test]
fn a_stated_size_wins_and_the_contradiction_is_reported() {
    let advisor = advisor();
    let book = advisor.book();
    let json = br#"{"industry": "C3612", "employees": 5, "size": "large"}"#;
    let profile = parse(&book.catalogue, &book.reference, json).unwrap();
    let answer = Answer::new(&advisor.plan, &profile, date(2026, 11, 25));
    let warnings = export_advisor_core::assessment::warnings(&answer);
    let reported = warnings.iter().find(|w| w.code == "contradiction").unwrap();
    let names: Vec<&str> =
        reported.facts.iter().map(|f| book.catalogue.fact(*f).name.as_str()).collect();
    assert!(names.contains(&"size") && names.contains(&"employees"), "{names:?}");
}
