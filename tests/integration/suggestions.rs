//! Suggestions ("did you mean"): what they say, and that a caller who sends nothing but wrong codes cannot have
//! them computed without end.

use crate::cli::run;
use crate::screen::{folder, screen};
use crate::server::Server;
use crate::support::advisor;
use export_advisor_core::diagnostic::LONGEST_SUGGESTED;
use export_advisor_core::evaluate::TILE_ROWS;
use export_advisor_core::facts::{Fault, FaultKind, Format, MOST_SUGGESTIONS, Suggestions, parse};
use serde_json::{Value, json};
use std::process::{Command, Stdio};

/// What a fault says in English where something was meant.
const MEANT: &str = "did you mean `";

/// Values that do not exist, all different, and each like one that does.
fn wrong_values() -> impl Iterator<Item = String> {
    (0..100_000).map(|number| format!("retail_export{number:05}"))
}

/// The English messages of all faults of an answer, in order.
fn messages(answer: &Value) -> Vec<&str> {
    let results = answer["results"].as_array().unwrap();
    let faults = results.iter().flat_map(|result| result["problem"]["errors"].as_array().unwrap());
    faults.map(|fault| fault["message_en"].as_str().unwrap()).collect()
}

#[test]
fn a_request_has_a_hundred_suggestions_and_every_fault_a_remedy() {
    let server = Server::start();
    let (codes, last) = (MOST_SUGGESTIONS + 50, wrong_values().next().unwrap());
    // One fault a profile; then several in each; at last the first code again, which was searched for already.
    let single = wrong_values().take(codes).map(|value| json!({ "cbec": value }));
    let again = std::iter::once(json!({ "cbec": last }));
    let body = json!({ "profiles": single.chain(again).collect::<Vec<_>>() });
    let reply = server.post("/api/v1/assessments:batch", &body.to_string());
    let answer: Value = serde_json::from_str(&reply.body).unwrap();
    let message = messages(&answer);
    assert_eq!(message.len(), codes + 1);
    let (searched, further) = message.split_at(MOST_SUGGESTIONS);
    let (further, again) = further.split_at(codes - MOST_SUGGESTIONS);
    assert!(searched.iter().all(|text| text.contains(MEANT)), "{searched:?}");
    for text in further {
        assert!(text.contains("its values: ") && !text.contains(MEANT), "{text}");
    }
    assert_eq!(again, [searched[0]]);
    for (profile, remedy) in [
        (json!({ "cbec": "qqqqqqqq" }), "its values: "),
        (json!({ "qqqqqqqq": true }), "see the fact catalogue"),
        (json!({ "industry": "QQQQQQQQ" }), "a code of GB/T 4754-2017"),
    ] {
        let reply =
            server.post("/api/v1/assessments:batch", &json!({ "profiles": [profile] }).to_string());
        let answer: Value = serde_json::from_str(&reply.body).unwrap();
        let message = messages(&answer);
        assert!(
            message.len() == 1 && message[0].contains(remedy) && !message[0].contains(MEANT),
            "{message:?}"
        );
    }
}

#[test]
fn each_kind_of_fault_has_its_suggestion_and_a_long_text_none() {
    let book = advisor().book();
    let suggested = |json: &str| {
        let faults = parse(&book.catalogue, &book.reference, json.as_bytes()).unwrap_err();
        Suggestions::new(&book.catalogue, &book.reference).of(&faults[0]).map(str::to_owned)
    };
    for (json, meant) in [
        (r#"{"exprts_goods": true}"#, Some("exports_goods")),
        (r#"{"size": "smal"}"#, Some("small")),
        (r#"{"size": "ｓｍａ ｌ"}"#, Some("small")),
        (r#"{"division": "4403"}"#, Some("440300")),
        (r#"{"division": "４４０３"}"#, Some("440300")),
        (r#"{"industry": "f52999"}"#, None),
        (r#"{"division": "990782"}"#, None),
        (r#"{"industry": 111}"#, Some("A0111")),
        (r#"{"markets": ["Atlantis"]}"#, None),
        (r#"{"employees": 1.5}"#, None),
    ] {
        assert_eq!(suggested(json).as_deref(), meant, "{json}");
    }
    // As long as may be it is like the name that it begins with; one letter more, and nothing is searched for.
    let name =
        book.catalogue.facts.iter().map(|fact| &fact.name).max_by_key(|name| name.len()).unwrap();
    let filled = |length: usize| format!("{{\"{name}{}\": 1}}", "_".repeat(length - name.len()));
    assert_eq!(suggested(&filled(LONGEST_SUGGESTED)).as_ref(), Some(name));
    assert_eq!(suggested(&filled(LONGEST_SUGGESTED + 1)), None);
}

/// The bound counts different texts of all facts together, also those for which nothing is found.
#[test]
fn what_is_not_found_counts_too() {
    let book = advisor().book();
    let (catalogue, reference) = (&book.catalogue, &book.reference);
    let fact = |name: &str| catalogue.find(name).unwrap();
    let of = |name: &str, kind: FaultKind| Fault {
        pointer: String::new(),
        key: name.to_owned(),
        fact: catalogue.find(name).map(|fact| fact.id),
        kind,
    };
    let mut suggestions = Suggestions::new(catalogue, reference);
    for number in 0..MOST_SUGGESTIONS / 2 {
        let value = FaultKind::NotAValue { given: format!("#{number}") };
        assert_eq!(suggestions.of(&of("cbec", value.clone())), None);
        assert_eq!(suggestions.of_value(fact("cbec"), &value), None);
        assert_eq!(suggestions.of(&of(&format!("#{number}"), FaultKind::UnknownFact)), None);
    }
    let format = Format::Division;
    let given = FaultKind::BadCode { format, given: "4403".to_owned() };
    assert_eq!(suggestions.of(&of("division", given.clone())), None);
    let mut fresh = Suggestions::new(catalogue, reference);
    assert_eq!(fresh.of(&of("division", given)), Some("440300"));
}

#[test]
fn a_list_has_a_hundred_suggestions_a_chunk_whoever_screens_it() {
    const CHUNKS: usize = 6;
    // About as many rows to a chunk as are evaluated together; each has a value that no other row has.
    let note = "x".repeat((128 << 10) / TILE_ROWS);
    let rows = (0..CHUNKS * TILE_ROWS).map(|number| format!("retail{number},{note}\n"));
    let text: String = std::iter::once("cbec,note\n".to_owned()).chain(rows).collect();
    let (files, path) = folder("list.csv", &text);
    let outputs: Vec<String> = ["1", "2", "5"]
        .iter()
        .map(|workers| {
            let output = files.path().join(format!("out-{workers}.csv"));
            let more = ["--lang", "en", "--quiet", "--no-bom", "--workers", workers];
            let (code, err) = screen(&path, &output, &more);
            assert_eq!(code, 4, "{err}");
            std::fs::read_to_string(output).unwrap()
        })
        .collect();
    assert!(outputs.iter().all(|output| *output == outputs[0]));
    let meant = outputs[0].matches(MEANT).count();
    // A hundred of each chunk, of the last as many as it has rows; no chunk has so few rows that there are many more.
    let hundreds = 2 * MOST_SUGGESTIONS..=2 * CHUNKS * MOST_SUGGESTIONS;
    assert!(hundreds.contains(&meant), "{meant}");
    // One wrong code in every row is searched for once a chunk, and every row has the suggestion.
    let rows = 3 * TILE_ROWS;
    let same = format!("division,industry\n{}", "4403,F5191\n".repeat(rows));
    let args =
        ["screen", "-", "--from", "csv", "-o", "-", "--to", "csv", "--lang", "en", "--quiet"];
    let ran = run(&args, &same);
    assert_eq!(ran.out.matches("did you mean `440300`?").count(), rows);
}

/// Long records make chunks longer than they are aimed at; where they end must not hang on how a pipe brings them.
#[test]
fn chunks_do_not_depend_on_how_the_list_arrives() {
    let (filler, long) = ("x".repeat(1 << 10), "x".repeat(200 << 10));
    let mut text = String::from("cbec,note\n");
    // More than is read at once to see what the file is; then long records with short ones behind them.
    text.push_str(&format!(",{filler}\n").repeat(1200));
    for number in 0..12_000 {
        let note = if number % 2000 == 0 { long.as_str() } else { "" };
        text.push_str(&format!("retail{number},{note}\n"));
    }
    let (files, path) = folder("list.csv", &text);
    let output = files.path().join("out.csv");
    let (code, err) = screen(&path, &output, &["--lang", "en", "--quiet", "--no-bom"]);
    assert_eq!(code, 4, "{err}");
    let of_file = std::fs::read_to_string(output).unwrap();
    let args =
        ["screen", "-", "--from", "csv", "-o", "-", "--to", "csv", "--as-of", crate::screen::DAY];
    for piece in [1 << 10, 150 << 10] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_export-advisor"))
            .args(args)
            .args(["--lang", "en", "--quiet", "--no-bom"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let bytes = text.clone().into_bytes();
        let writer = std::thread::spawn(move || {
            for piece in bytes.chunks(piece) {
                std::io::Write::write_all(&mut stdin, piece).unwrap();
            }
        });
        let out = child.wait_with_output().unwrap().stdout;
        writer.join().unwrap();
        assert!(String::from_utf8(out).unwrap() == of_file, "pieces of {piece} bytes");
    }
}
