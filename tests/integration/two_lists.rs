//! Two lists over HTTP, and the list to call: the same lines as on the command line, and messages that name parameters
//! and parts.

use crate::changes::{Months, SUPPORTS, stricter_rules};
use crate::server::{Reply, Server, until};
use crate::support::files;
use serde_json::Value;

const LAST: &str = "\
编号,企业名称,是否出口,从业人数,行业代码,是否需要融资,注册地
A1,甲,是,12,F5191,是,500157
A2,乙,是,12,F5191,是,500157
A3,丙,是,12,F5191,是,500157
A4,丁,是,约12,F5191,是,500157
";
const NOW: &str = "\
编号,企业名称,是否出口,从业人数,行业代码,是否需要融资,注册地
A1,甲,是,320,F5191,是,500157
A2,乙,是,12,F5191,是,500157
A4,丁,是,12,F5191,是,500157
A5,戊,是,12,F5191,是,310115
";

/// A part of a body: its name, the name of its file, its media type, and its bytes.
pub type Part<'p> = (&'p str, Option<&'p str>, Option<&'p str>, &'p [u8]);

/// The media type of [`body`].
pub const MULTIPART: &str = "multipart/form-data; boundary=b0undary";

/// The body of parts.
pub fn body(parts: &[Part<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, file, media, bytes) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let media = media.map(|media| format!("Content-Type: {media}\r\n")).unwrap_or_default();
        let head = format!(
            "--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n{media}\r\n"
        );
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(bytes);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"--b0undary--\r\n");
    out
}

fn send(server: &Server, query: &str, accept: &str, parts: &[Part<'_>]) -> Reply {
    let headers = [("Content-Type", "multipart/form-data; boundary=b0undary"), ("Accept", accept)];
    server.send("POST", &format!("/api/v1/screenings:compare?{query}"), &headers, body(parts))
}

const NDJSON: &str = "application/x-ndjson";
/// `编号`
const KEY: &str = "key=%E7%BC%96%E5%8F%B7";

fn csv_parts<'p>(last: &'p str, now: &'p str) -> [Part<'p>; 2] {
    [
        ("previous", Some("last.csv"), None, last.as_bytes()),
        ("list", None, Some("text/csv"), now.as_bytes()),
    ]
}

#[test]
fn what_changed_is_what_the_command_line_finds() {
    let server = Server::start();
    let months = Months::new(SUPPORTS);
    months.write("last_list.csv", LAST);
    months.write("list.csv", NOW);
    for lang in ["zh", "en"] {
        months.last("last_list.csv", "2025-12-30", &["--lang", lang]);
        let expected = months.changes("list.csv", "2026-01-15", &["--lang", lang]);
        assert!(expected.len() > 5, "{expected:?}");
        let query = format!(
            "{KEY}&supports={SUPPORTS}&as_of=2026-01-15&previous_as_of=2025-12-30&lang={lang}"
        );
        let reply = send(&server, &query, NDJSON, &csv_parts(LAST, NOW));
        assert_eq!(reply.status, 200, "{}", reply.body);
        let mut found: Vec<Value> =
            reply.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let last = found.pop().unwrap();
        assert_eq!(found, expected);
        assert_eq!(last["summary"]["changes"]["lines"], expected.len());
        assert_eq!(last["summary"]["changes"]["compared"], 3);
        assert_eq!(last["summary"]["rows"], 4);
        // As delimited text, with the labels of people.
        let [last_list, changes] = ["last.csv", "changes.csv"].map(|name| months.text(name));
        let compare = ["--previous", &last_list, "--key", "编号", "--changes", &changes];
        let more = [&compare[..], &["--lang", lang, "--no-bom"]].concat();
        months.screen("list.csv", "now.csv", "2026-01-15", &more);
        let expected = std::fs::read_to_string(months.path("changes.csv")).unwrap();
        let reply = send(&server, &query, "*/*", &csv_parts(LAST, NOW));
        let (text, last) = reply.body.trim_end().rsplit_once('\n').unwrap();
        assert_eq!(format!("{text}\n"), expected);
        let count = expected.lines().count() - 1;
        assert!(last.contains(&format!("compared=3;changes={count};")), "{last}");
    }
}

#[test]
fn the_lists_may_have_different_types() {
    let server = Server::start();
    let ndjson = "{\"编号\": \"A1\", \"是否出口\": true, \"从业人数\": 12}\n";
    let csv = "编号,是否出口,从业人数\nA1,否,12\n";
    let parts: [Part<'_>; 2] = [
        ("previous", None, Some("application/x-ndjson"), ndjson.as_bytes()),
        ("list", Some("now.csv"), Some("application/octet-stream"), csv.as_bytes()),
    ];
    let reply = send(&server, KEY, NDJSON, &parts);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let (first, _) = reply.body.split_once('\n').unwrap();
    let first: Value = serde_json::from_str(first).unwrap();
    assert_eq!((&first["cause"], &first["undo"]), (&"fact".into(), &"exports_goods".into()));
}

#[test]
fn the_last_list_may_have_another_rule_book() {
    let months = Months::new("guarantee-small-micro,policy-loan-enhancement");
    let rules = stricter_rules(&months);
    let data = tempfile::tempdir().unwrap();
    // A service keeps the rule books that it had in use.
    let database = format!("sqlite:{}", data.path().join("books.sqlite").display());
    let server = Server::start_at(data.path(), &["--database", &database]);
    until("it runs", || server.get("/readyz").status == 200);
    drop(server);
    let options = ["--database", &database, "--rules", &rules];
    let server = Server::start_at(data.path(), &options);
    months.write("last_list.csv", LAST);
    months.write("list.csv", LAST);
    months.last("last_list.csv", "2026-01-01", &[]);
    let expected = months.changes("list.csv", "2026-01-15", &["--rules", &rules, "--lang", "en"]);
    assert!(expected.iter().any(|line| line["cause"] == "rule"), "{expected:?}");
    let query = format!(
        "{KEY}&supports=guarantee-small-micro,policy-loan-enhancement&lang=en&as_of=2026-01-15\
         &previous_as_of=2026-01-01&previous_rulebook={}",
        files().version()
    );
    let reply = send(&server, &query, NDJSON, &csv_parts(LAST, LAST));
    assert_eq!(reply.status, 200, "{}", reply.body);
    let (text, _) = reply.body.trim_end().rsplit_once('\n').unwrap();
    let found: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_list_to_call_is_that_of_the_command_line() {
    let server = Server::start();
    let months = Months::new(SUPPORTS);
    months.write("list.csv", NOW);
    let calls = months.text("calls.csv");
    for (status, lang) in [("applies", "zh"), ("does_not_apply,undetermined", "en")] {
        let more = ["--matches", &calls, "--status", status, "--lang", lang, "--no-bom"];
        months.screen("list.csv", "now.csv", "2026-01-15", &more);
        let expected = std::fs::read_to_string(months.path("calls.csv")).unwrap();
        let query = format!("status={status}&supports={SUPPORTS}&as_of=2026-01-15&lang={lang}");
        let path = format!("/api/v1/screenings?{query}");
        let reply = server.send("POST", &path, &[("Content-Type", "text/csv")], NOW);
        let (text, last) = reply.body.trim_end().rsplit_once('\n').unwrap();
        assert_eq!(format!("{text}\n"), expected);
        let count = expected.lines().count() - 1;
        assert!(last.contains(&format!("matches={count};")), "{last}");
        // The same cells by name.
        let headers = [("Content-Type", "text/csv"), ("Accept", NDJSON)];
        let reply = server.send("POST", &path, &headers, NOW);
        let mut reader = csv::Reader::from_reader(expected.as_bytes());
        for (line, record) in reply.body.lines().zip(reader.records()) {
            let line: Value = serde_json::from_str(line).unwrap();
            let record = record.unwrap();
            let cells: Vec<String> = line.as_object().unwrap().values().map(shown).collect();
            assert_eq!(cells, record.iter().collect::<Vec<_>>());
            assert!(line["row"].is_u64() && line["support"].is_string(), "{line}");
        }
    }
}

#[test]
fn a_list_sent_as_a_file_is_answered_as_a_body_is() {
    let server = Server::start();
    let query = format!("supports={SUPPORTS}&as_of=2026-01-15");
    for (accept, media_type, query) in [
        ("text/csv", "text/csv", query.clone()),
        (NDJSON, "text/csv", query.clone()),
        ("text/csv", "text/csv", format!("{query}&status=applies&lang=en")),
    ] {
        let path = format!("/api/v1/screenings?{query}");
        let headers = [("Content-Type", media_type), ("Accept", accept)];
        let expected = server.send("POST", &path, &headers, NOW);
        assert_eq!(expected.status, 200);
        let parts = body(&[("list", Some("now.csv"), None, NOW.as_bytes())]);
        let headers = [("Content-Type", MULTIPART), ("Accept", accept)];
        let path = format!("/api/v1/screenings:upload?{query}");
        let reply = server.send("POST", &path, &headers, parts);
        assert_eq!((reply.status, &reply.body), (200, &expected.body));
    }
}

/// A value as a cell has it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[test]
fn messages_name_parameters_and_parts() {
    let server = Server::start();
    let [last, now] = csv_parts(LAST, NOW);
    let bare = ("previous", Some("last"), None, LAST.as_bytes());
    let en = format!("{KEY}&lang=en");
    for (query, parts, status, message) in [
        ("lang=en", vec![last, now], 400, "`key` is missing"),
        ("lang=en&key=%20", vec![last, now], 400, "`key` is missing"),
        (
            "key=x&lang=en",
            vec![last, now],
            422,
            "the part `previous`: `key`: the last list has no column `x`",
        ),
        (&en, vec![now, last], 415, "the part `previous` is missing"),
        (&en, vec![last], 415, "the part `list` is missing"),
        (&en, vec![], 415, "the part `previous` is missing"),
        (&en, vec![bare, now], 415, "the part `previous` is none of CSV, NDJSON and a workbook"),
        (&format!("{en}&status=applies"), vec![last, now], 400, "`status` is for the list to call"),
        (&format!("{en}&sheet=a"), vec![last, now], 400, "`sheet` is for a workbook"),
        (&format!("{en}&previous_as_of=x"), vec![last, now], 400, "`previous_as_of` is not a day"),
        (
            &format!("{en}&previous_rulebook=x"),
            vec![last, now],
            404,
            "leave `previous_rulebook` out",
        ),
    ] {
        let reply = send(&server, query, NDJSON, &parts);
        assert_eq!(reply.status, status, "{query}: {}", reply.body);
        assert!(reply.body.contains(message), "{query}: {}", reply.body);
    }
    let one = |path: &str, query: &str| {
        let (media_type, list) = match path {
            "screenings" => ("text/csv", NOW.as_bytes().to_vec()),
            _ => (MULTIPART, body(&[now])),
        };
        let path = format!("/api/v1/{path}?{query}");
        server.send("POST", &path, &[("Content-Type", media_type)], list)
    };
    for path in ["screenings", "screenings:upload"] {
        for name in ["key", "previous_as_of", "previous_rulebook"] {
            let reply = one(path, &format!("{name}=2026-01-01"));
            assert_eq!(reply.status, 400);
            assert!(reply.body.contains(&format!("`{name}` is for two lists")), "{}", reply.body);
        }
    }
    for parts in [&[last, now][..], &[]] {
        let headers = [("Content-Type", MULTIPART)];
        let reply = server.send("POST", "/api/v1/screenings:upload", &headers, body(parts));
        assert_eq!(reply.status, 415);
        assert!(reply.body.contains("the part `list` is missing: send it first"), "{}", reply.body);
    }
    for (path, media_type, message) in [
        ("/api/v1/screenings", MULTIPART, "goes to `/api/v1/screenings:upload`"),
        ("/api/v1/screenings:upload", "text/csv", "goes to `/api/v1/screenings`"),
        ("/api/v1/screenings:compare?key=a", "multipart/form-data", "with a boundary"),
    ] {
        let reply = server.send("POST", path, &[("Content-Type", media_type)], NOW);
        assert_eq!(reply.status, 415);
        assert!(reply.body.contains(message), "{}", reply.body);
    }
    let reply = one("screenings", "status=perhaps");
    assert!(reply.body.contains("`status` is one or more of `applies`"), "{}", reply.body);
}

#[test]
fn a_body_that_is_cut_off_has_no_summary() {
    let server = Server::start();
    let mut long = NOW.to_owned();
    (0..100_000).for_each(|number| long.push_str(&format!("B{number},己,是,12,F5191,是,310115\n")));
    let whole = body(&csv_parts(LAST, &long));
    let headers = [("Content-Type", MULTIPART), ("Accept", NDJSON)];
    for (end, status) in [(30, 400), (200, 400), (700, 400), (whole.len() - 20, 200)] {
        let path = format!("/api/v1/screenings:compare?{KEY}&supports=guarantee-small-micro");
        let reply = server.send("POST", &path, &headers, &whole[..end]);
        assert_eq!(reply.status, status, "cut at {end}: {}", reply.body);
        let last = reply.body.lines().last().unwrap();
        assert!(last.contains("the body ends before the last boundary"), "{last}");
        assert!(last.contains("bad_body") && !last.contains("\"summary\""), "{last}");
    }
}

#[test]
fn the_clients_to_compare_are_limited() {
    let server = Server::start_within(400, &[]);
    let mut many = String::from("编号,从业人数\n");
    (0..430_000).for_each(|number| many.push_str(&format!("C{number},6\n")));
    let query = format!("{KEY}&supports=guarantee-small-micro&lang=en");
    for (last, now, status) in
        [(many.as_str(), "编号,从业人数\nC1,6\n", 413), ("编号,从业人数\nC1,6\n", &many, 200)]
    {
        let reply = send(&server, &query, NDJSON, &csv_parts(last, now));
        assert_eq!(reply.status, status);
        assert!(reply.body.contains("(limit `clients`)"), "{}", &reply.body[..300]);
        assert!(!reply.body.contains("\"summary\""));
    }
}
