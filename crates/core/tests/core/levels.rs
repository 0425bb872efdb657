//! How much of an answer is written: each level and each selection is a part of the full answer, to the value.

use crate::firms::Firms;
use crate::support::advisor;
use export_advisor_core::assessment::{Detail, JsonOptions, write_json};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::rulebook::{Status, SupportId};
use export_advisor_core::wording::Lang;
use jiff::civil::{Date, date};
use serde_json::{Map, Value};

const DAY: Date = date(2026, 11, 25);

fn written(answer: &Answer<'_>, options: &JsonOptions) -> Value {
    let mut out = String::new();
    write_json(advisor(), answer, options, &mut out);
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

/// A value whose bilingual texts have one language, or are left out with the members that hold them.
fn with_texts(value: &Value, lang: Option<&str>) -> Option<Value> {
    match value {
        Value::Object(members) if members.contains_key("zh") => {
            let lang = lang?;
            Some(Value::Object(Map::from_iter([(lang.to_owned(), members[lang].clone())])))
        }
        Value::Object(members) => {
            let left = members.iter();
            let left =
                left.filter_map(|(key, value)| Some((key.clone(), with_texts(value, lang)?)));
            Some(Value::Object(left.collect()))
        }
        Value::Array(items) => {
            Some(items.iter().filter_map(|item| with_texts(item, lang)).collect())
        }
        plain => Some(plain.clone()),
    }
}

#[test]
fn an_answer_in_one_language_is_the_answer_without_the_other() {
    let plan = &advisor().plan;
    let mut random = Firms::new(plan, 31);
    for detail in [Detail::Full, Detail::Missing] {
        for _ in 0..100 {
            let profile = random.firm();
            let answer = Answer::new(plan, &profile, DAY);
            let full = written(&answer, &detail.into());
            for (lang, name) in [(Lang::Zh, "zh"), (Lang::En, "en")] {
                let options = JsonOptions { lang: Some(lang), ..detail.into() };
                assert_eq!(Some(written(&answer, &options)), with_texts(&full, Some(name)));
            }
        }
    }
}

/// Whether everything that a value has, another has too.
fn is_part(part: &Value, whole: &Value, path: &str) -> Result<(), String> {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => part.iter().try_for_each(|(key, value)| {
            let path = format!("{path}/{key}");
            // The index of an emphasis is where it stands.
            if key == "index" || path == "/detail" {
                return Ok(());
            }
            is_part(value, whole.get(key).unwrap_or(&Value::Null), &path)
        }),
        (Value::Array(part), Value::Array(whole)) if part.len() == whole.len() => {
            let mut pairs = part.iter().zip(whole).enumerate();
            pairs.try_for_each(|(index, (part, whole))| {
                is_part(part, whole, &format!("{path}/{index}"))
            })
        }
        _ if part == whole => Ok(()),
        _ => Err(format!("{path}: {part} is not {whole}")),
    }
}

#[test]
fn reasons_are_the_full_answer_without_the_texts_of_the_rules() {
    let plan = &advisor().plan;
    let mut random = Firms::new(plan, 32);
    for _ in 0..100 {
        let profile = random.firm();
        let answer = Answer::new(plan, &profile, DAY);
        let (full, reasons) =
            (written(&answer, &Detail::Full.into()), written(&answer, &Detail::Reasons.into()));
        is_part(&reasons, &full, "").unwrap();
        // What is left of the full answer without its texts is all there, but for what is the same for every firm.
        for (full, reasons) in std::iter::zip(
            full["supports"].as_array().unwrap(),
            reasons["supports"].as_array().unwrap(),
        ) {
            for member in ["status", "excluded_by", "window", "missing", "would_change"] {
                let without_texts = with_texts(&full[member], None).unwrap();
                assert_eq!(reasons[member], without_texts, "{}", full["id"]);
            }
            let truths = |support: &Value| -> Vec<Value> {
                let criteria = support["criteria"].as_array().unwrap().iter();
                criteria.map(|criterion| with_texts(&criterion["because"], None).unwrap()).collect()
            };
            assert_eq!(truths(full), truths(reasons));
        }
        for text in ["next_step", "condition", "label"] {
            assert!(!reasons.to_string().contains(&format!("\"{text}\"")), "{text}");
        }
    }
}

#[test]
fn an_answer_about_some_supports_has_nothing_of_the_others() {
    let plan = &advisor().plan;
    let book = advisor().book();
    let mut random = Firms::new(plan, 33);
    let mut rng = fastrand::Rng::with_seed(34);
    for round in 0..100 {
        let profile = random.firm();
        let chosen: Vec<SupportId> = book.supports.indices().filter(|_| rng.u8(..) < 40).collect();
        let answer = Answer::new(plan, &profile, DAY);
        let full = written(&answer, &Detail::Full.into());
        let answer = answer.about(chosen.iter().rev().chain(&chosen).copied().collect());
        let part = written(&answer, &Detail::Full.into());
        let ids: Vec<&str> = chosen.iter().map(|id| book.supports.at(*id).id.as_str()).collect();
        let of = |answer: &Value| -> Vec<Value> {
            let all = answer["supports"].as_array().unwrap().iter();
            all.filter(|s| ids.contains(&s["id"].as_str().unwrap())).cloned().collect()
        };
        assert_eq!(part["supports"], Value::Array(of(&full)), "round {round}");
        // Questions and errands are those of the full answer, of which the other supports are left out.
        let is_chosen = |id: &Value| ids.contains(&id.as_str().unwrap());
        let left = |answer: &Value, list: &str, key: &str| -> Vec<(Value, Vec<Value>)> {
            let all = answer[list].as_array().unwrap().iter();
            let all = all.map(|item| {
                let ids = item["supports"].as_array().unwrap().iter();
                (item[key].clone(), ids.filter(|id| is_chosen(id)).cloned().collect())
            });
            let mut all: Vec<(Value, Vec<Value>)> =
                all.filter(|(_, ids): &(Value, Vec<Value>)| !ids.is_empty()).collect();
            all.sort_by_key(|(key, _)| key.to_string());
            all
        };
        for (list, key) in [("questions", "fact"), ("errands", "channel")] {
            assert_eq!(left(&part, list, key), left(&full, list, key), "round {round}");
            let all = part[list].as_array().unwrap().iter();
            assert!(all.flat_map(|i| i["supports"].as_array().unwrap()).all(is_chosen));
        }
        let counts = &part["summary"];
        let open = of(&full).into_iter().filter(|support| support["window"] == "open");
        let applying = open.filter(|support| support["status"] == "applies").count();
        assert_eq!(counts["applies"], applying);
    }
}

#[test]
fn statuses_select_what_is_listed_and_nothing_else() {
    let plan = &advisor().plan;
    let mut random = Firms::new(plan, 35);
    for _ in 0..50 {
        let profile = random.firm();
        let answer = Answer::new(plan, &profile, DAY);
        let full = written(&answer, &Detail::Full.into());
        let statuses = vec![Status::Applies, Status::Undetermined];
        let options = JsonOptions { statuses, ..JsonOptions::default() };
        let mut listed = written(&answer, &options);
        let supports = listed["supports"].take();
        assert!(supports.as_array().unwrap().iter().all(|s| s["status"] != "does_not_apply"));
        let mut rest = full.clone();
        let all = rest["supports"].take();
        let all = all.as_array().unwrap().iter();
        let wanted: Vec<&Value> = all.filter(|s| s["status"] != "does_not_apply").collect();
        assert_eq!(supports.as_array().unwrap().iter().collect::<Vec<_>>(), wanted);
        assert_eq!(listed, rest);
    }
}
