//! The forms of official documents: made-up texts, whole and damaged, as data, and real ones.

use export_advisor_core::policy::{DocumentForm, PolicyText, TextError, parse, parse_as};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    form: Option<DocumentForm>,
    text: String,
    /// A line for each sentence: its number, its address in both languages, its words; or for each fault.
    reads: Vec<String>,
}

fn lines(read: Result<PolicyText, Vec<TextError>>, text: &str) -> Vec<String> {
    let policy = match read {
        Ok(policy) => policy,
        Err(errors) => {
            let line = |error: &TextError| {
                let at = text.get(..error.index()).unwrap().matches('\n').count() + 1;
                format!("line {at}: {error}")
            };
            return errors.iter().map(line).collect();
        }
    };
    let mut lines = vec![format!("{:?}", policy.form)];
    lines.extend(policy.parts.iter().map(|part| format!("part {}", policy.slice(part))));
    for measure in &policy.measures {
        if !measure.title.is_empty() {
            lines.push(format!("{} {}", measure.number, policy.slice(&measure.title)));
        }
        for sentence in &measure.sentences {
            let address = policy.address(sentence.id).unwrap();
            let words = policy.slice(&sentence.range);
            lines.push(format!("{} {} ({}): {words}", sentence.id, address.zh, address.en));
        }
    }
    if !policy.closing.is_empty() {
        lines.push(format!("closing {}", policy.slice(&policy.closing).replace('\n', "|")));
    }
    lines
}

#[test]
fn each_text_is_read_in_its_form() {
    let cases: Cases = toml::from_str(include_str!("forms.toml")).unwrap();
    assert!(cases.case.len() >= 40);
    let mut wrong = String::new();
    for case in &cases.case {
        let found = lines(parse_as(&case.text, case.form), &case.text);
        if found != case.reads {
            let list: String = found
                .iter()
                .map(|line| format!("    {},\n", toml::Value::from(line.as_str())))
                .collect();
            wrong.push_str(&format!("# {}\nreads = [\n{list}]\n", case.name));
        }
    }
    assert!(wrong.is_empty(), "found instead:\n{wrong}");
}

/// Laws and regulations as they were published: every sentence has a number and an address of its own, and no word is lost.
#[test]
fn real_laws_are_read_whole() {
    let mut counts = Vec::new();
    for text in [
        include_str!("documents/shanghai-pudong-bonded-maintenance-2024.txt"),
        include_str!("documents/sme-promotion-law-2017.txt"),
        include_str!("documents/hangzhou-cross-border-ecommerce-2016.txt"),
    ] {
        let policy = parse(text).unwrap();
        let ids: Vec<_> = policy.sentence_ids().collect();
        counts.push((policy.measures.len(), ids.len(), policy.parts.len()));
        assert_eq!(policy.form, DocumentForm::Articles);
        let mut addresses: Vec<String> =
            ids.iter().map(|id| policy.address(*id).unwrap().zh).collect();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!(addresses.len(), ids.len());
        assert!(ids.iter().all(|id| id.to_string().parse() == Ok(*id)));
        // What is no sentence is a heading, a number, or stands before the first article.
        let start = text.find("第一条").unwrap();
        let mut rest = text.get(start..).unwrap().to_owned();
        for id in &ids {
            rest = rest.replacen(policy.sentence(*id).unwrap(), "", 1);
        }
        for line in rest.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let is_number = line.starts_with('第') && line.chars().count() < 16;
            assert!(is_number || line.starts_with('（'), "{line}");
        }
    }
    // Articles, sentences, chapters: as `grep` counts them.
    assert_eq!(counts, [(20, 45, 0), (61, 100, 10), (45, 80, 7)]);
}
