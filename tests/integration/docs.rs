//! Every request in the documentation is sent, and what it says of the answer is there; generated pages are
//! what their generator prints.

use crate::readings;
use crate::server::{Reply, Server};
use crate::support::advisor;
use crate::two_lists::{self, MULTIPART, Part};
use serde_json::Value;

/// The fenced blocks of a page: language, text.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let inner: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((language, inner.join("\n")));
        }
    }
    blocks
}

/// A command's words, as a shell parts them.
fn texts(command: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut term: Option<String> = None;
    let mut quote = None;
    for c in command.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => term.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                term.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => texts.extend(term.take()),
            (None, c) => term.get_or_insert_default().push(c),
        }
    }
    texts.extend(term);
    texts
}

/// Sends what a `curl` command would.
fn send(server: &Server, command: &str) -> Reply {
    let mut texts = texts(command).into_iter().skip(1);
    let (mut method, mut path, mut headers, mut body) =
        ("GET".to_owned(), String::new(), vec![], String::new());
    let mut parts: Vec<(String, String)> = Vec::new();
    while let Some(term) = texts.next() {
        match term.as_str() {
            "-s" | "-si" | "-sN" => {}
            // Where the answer is written.
            "-o" => drop(texts.next().unwrap()),
            "-X" => method = texts.next().unwrap(),
            // The list of the example; `curl -T` alone would PUT it.
            "-T" => {
                texts.next().unwrap();
                body = "企业名称,统一社会信用代码,货物出口\n甲,,是\n".to_owned();
            }
            "-H" => {
                let header = texts.next().unwrap();
                let (name, value) = header.split_once(": ").unwrap();
                headers.push((name.to_owned(), value.to_owned()));
            }
            // A list that has the key of the example.
            "-F" => {
                let part = texts.next().unwrap();
                let (name, file) = part.split_once("=@").unwrap();
                parts.push((name.to_owned(), file.to_owned()));
            }
            "-d" => {
                (method, body) = ("POST".to_owned(), texts.next().unwrap());
            }
            url => {
                let rest = url.strip_prefix("http://127.0.0.1:8080");
                path = rest.unwrap_or_else(|| panic!("{url} in {command}")).to_owned();
            }
        }
    }
    let list = "客户号,货物出口\nC1,是\n";
    let parts: Vec<Part<'_>> = (parts.iter())
        .map(|(name, file)| (name.as_str(), Some(file.as_str()), None, list.as_bytes()))
        .collect();
    if !parts.is_empty() {
        headers.push(("Content-Type".to_owned(), MULTIPART.to_owned()));
        (method, body) = ("POST".to_owned(), String::from_utf8(two_lists::body(&parts)).unwrap());
    }
    let headers: Vec<(&str, &str)> =
        headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    server.send(&method, &path, &headers, &body)
}

/// Whether an answer has what an example shows; `…` stands for any text, and lists are cut short.
fn has(answer: &Value, example: &Value) -> bool {
    match (answer, example) {
        (Value::Object(all), Value::Object(some)) => {
            some.iter().all(|(key, value)| all.get(key).is_some_and(|found| has(found, value)))
        }
        (Value::Array(all), Value::Array(some)) => some
            .iter()
            .filter(|value| *value != "…")
            .all(|value| all.iter().any(|found| has(found, value))),
        (Value::String(all), Value::String(some)) => match some.split_once('…') {
            Some((start, end)) => all.starts_with(start) && all.ends_with(end),
            None => all == some,
        },
        _ => answer == example,
    }
}

/// The same of the answer or of any part of it.
fn has_somewhere(answer: &Value, example: &Value) -> bool {
    has(answer, example)
        || match answer {
            Value::Object(members) => members.values().any(|part| has_somewhere(part, example)),
            Value::Array(items) => items.iter().any(|part| has_somewhere(part, example)),
            _ => false,
        }
}

#[test]
fn the_requests_of_the_documentation_are_answered_as_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let server = Server::start_with(&["--database", &database]);
    let page = include_str!("../../docs/api.md");
    let (mut sent, mut compared) = (0, 0);
    // What was told once is sent from then on.
    let mut secret = String::new();
    let version = server.get("/readyz").header("rule-book-version").unwrap().to_owned();
    for part in page.split("\n## ") {
        let failing = part.starts_with("Errors");
        let mut answers = Vec::new();
        for (language, text) in blocks(part) {
            match language {
                "sh" => {
                    let joined = text.replace("\\\n", " ");
                    let requests = joined.lines().filter(|line| line.starts_with("curl "));
                    answers = requests
                        .map(|command| {
                            let filled = command.replace("SECRET", &secret);
                            let filled = filled.replace("VERSION", &version);
                            let filled =
                                filled.replace("OLD..NEW", &format!("{version}..{version}"));
                            let reply = send(&server, &filled);
                            let message: Value =
                                serde_json::from_str(&reply.body).unwrap_or_default();
                            if let Some(message) = message["secret"].as_str() {
                                secret = message.to_owned();
                            }
                            (command.to_owned(), reply)
                        })
                        .collect();
                    for (command, reply) in &answers {
                        let right = if failing { 400..500 } else { 200..400 };
                        assert!(right.contains(&reply.status), "{command}: {}", reply.status);
                        sent += 1;
                    }
                }
                "json" => {
                    let example: Value = serde_json::from_str(&text)
                        .unwrap_or_else(|e| panic!("{e} in the example\n{text}"));
                    let found = answers.iter().any(|(_, reply)| {
                        let answer = serde_json::from_str(&reply.body).unwrap_or(Value::Null);
                        has_somewhere(&answer, &example)
                    });
                    let commands: Vec<&String> =
                        answers.iter().map(|(command, _)| command).collect();
                    assert!(found, "no answer to {commands:?} has\n{text}");
                    compared += 1;
                }
                _ => {}
            }
        }
    }
    assert!(sent >= 15 && compared >= 5, "{sent} requests, {compared} examples");
}

#[test]
fn an_example_that_is_wrong_is_noticed() {
    let answer = serde_json::json!({"a": [{"b": "xyz", "c": 1}, {"b": "w", "c": 2}]});
    for (example, right) in [
        (serde_json::json!({"a": [{"b": "x…"}]}), true),
        (serde_json::json!({"c": 2}), true),
        (serde_json::json!([{"c": 2}, {"c": 1}]), true),
        (serde_json::json!({"a": [{"b": "y…"}]}), false),
        (serde_json::json!({"a": [{"b": "w", "c": 1}]}), false),
        (serde_json::json!({"d": 1}), false),
    ] {
        assert_eq!(has_somewhere(&answer, &example), right, "{example}");
    }
}

/// The guides that stand in two languages: the English and the Chinese page.
const GUIDES: [(&str, &str); 4] = [
    (include_str!("../../docs/adviser.md"), include_str!("../../docs/adviser.zh.md")),
    (include_str!("../../docs/guide.md"), include_str!("../../docs/guide.zh.md")),
    (include_str!("../../docs/operations.md"), include_str!("../../docs/operations.zh.md")),
    (include_str!("../../docs/screening.md"), include_str!("../../docs/screening.zh.md")),
];

/// What two translations of a page have in common: levels of headings, rows of tables by their number of cells, items of
/// lists, and all that is code.
fn structure(page: &str) -> Vec<String> {
    let mut is_code = false;
    let lines = page.lines().filter_map(|line| {
        is_code ^= line.starts_with("```");
        let cells = line.replace("\\|", "").matches('|').count();
        match line.split_once(' ').map_or(line, |(start, _)| start) {
            _ if is_code || line.starts_with("    ") => Some(line.to_owned()),
            start if start.starts_with('#') => Some(start.to_owned()),
            "|" => Some(format!("a row of {cells}")),
            "-" => Some("an item".to_owned()),
            _ => None,
        }
    });
    lines.collect()
}

#[test]
fn both_languages_of_a_guide_have_the_same_parts() {
    for (english, chinese) in GUIDES {
        let title = english.lines().next().unwrap();
        let [english, chinese] = [english, chinese].map(structure);
        for (line, (one, other)) in english.iter().zip(&chinese).enumerate() {
            assert_eq!(one, other, "{title}, part {line}");
        }
        assert_eq!(english.len(), chinese.len(), "{title}");
    }
}

#[test]
fn every_setting_is_in_the_guide_to_operations() {
    let help = crate::cli::run(&["serve", "--help"], "").out;
    let names = help.lines().filter_map(|line| line.trim_start().strip_prefix("--"));
    let names = names.filter_map(|rest| rest.split([' ', '[', '=']).next());
    let names: Vec<String> = names.map(|name| name.replace('-', "_")).collect();
    assert!(names.len() > 30, "{names:?}");
    let (english, chinese) = (GUIDES[2].0, GUIDES[2].1);
    for name in names.iter().filter(|name| name.as_str() != "config") {
        for page in [english, chinese] {
            let rows = page.lines().filter(|line| line.starts_with("| `"));
            let mut first = rows.filter_map(|row| row.split('|').nth(1));
            assert!(first.any(|cell| cell.contains(&format!("`{name}`"))), "{name}");
        }
    }
}

const READINGS: &str = include_str!("../../docs/readings.toml");

#[test]
fn the_readings_of_all_sentences_are_those_of_the_rules() {
    for policy in &advisor().book().policies {
        let path = readings::path(&policy.id);
        let [written, committed] = ["toml", "md"].map(|ending| {
            let file = format!("{path}.{ending}");
            std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"))
        });
        let printed = readings::page(&policy.id, &written);
        let id = &policy.id;
        assert!(printed == committed, "`cargo run --example readings -- {id} > {path}.md`");
    }
}

#[test]
#[should_panic(expected = "docs/readings.toml has no entry for 8.4")]
fn a_sentence_without_a_reading_is_noticed() {
    let (start, rest) = READINGS.split_once("[[sentence]]\nid = \"8.4\"").unwrap();
    let (_, end) = rest.split_once("\n\n").unwrap();
    readings::page("gbf-2023-10", &format!("{start}{end}"));
}
