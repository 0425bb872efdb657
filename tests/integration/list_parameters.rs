//! The parameters of a list over HTTP: they do what the flags of the command line do, and messages name them.

use crate::server::Server;
use crate::workbooks::{Book, data};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/screenings?as_of=2026-11-25&supports=guarantee-small-micro&lang=en";
const CSV: [(&str, &str); 1] = [("Content-Type", "text/csv")];
const XLSX: [(&str, &str); 2] = [
    ("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("Accept", "application/x-ndjson"),
];
const NDJSON: [(&str, &str); 2] = [CSV[0], XLSX[1]];

/// A text as a value of a parameter.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The records of an answer, and what the last one says.
fn records(
    server: &Server,
    more: &str,
    headers: &[(&str, &str)],
    list: &[u8],
) -> (Vec<Value>, Value) {
    let reply = server.send("POST", &format!("{PATH}{more}"), headers, list);
    assert_eq!(reply.status, 200, "{more}: {}", reply.body);
    let mut lines: Vec<Value> =
        reply.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = lines.pop().unwrap();
    (lines, last["summary"].clone())
}

#[test]
fn columns_are_mapped_and_the_answer_tells_how_they_were_read() {
    let server = Server::start();
    let list = "客户,销售,是否出囗,人数\n甲,6800000,是,6\n";
    let map = ["销售=revenue_wan:元", "#4=employees"].map(|map| format!("&map={}", encoded(map)));
    let (rows, summary) = records(&server, &map.concat(), &NDJSON, list.as_bytes());
    assert_eq!(rows[0]["客户"], "甲");
    assert_eq!(
        summary["columns"],
        json!([
            { "header": "客户", "fact": null },
            { "header": "销售", "fact": "revenue_wan", "shift": -4 },
            { "header": "是否出囗", "fact": null },
            { "header": "人数", "fact": "employees" },
        ])
    );
    let notes = summary["notes"].to_string();
    assert!(notes.contains("add `map=是否出囗=exports_goods`"), "{notes}");
    assert!(notes.contains("`encoding` overrules it"), "{notes}");
    // A CSV has the same in its last record.
    let reply = server.send("POST", &format!("{PATH}{}", map.concat()), &CSV, list);
    let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(reply.body.as_bytes());
    let last = reader.into_records().last().unwrap().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&last[2]).unwrap(), summary["columns"]);
    assert_eq!(serde_json::from_str::<Value>(&last[3]).unwrap(), summary["notes"]);
}

#[test]
fn the_row_of_the_header_can_be_stated() {
    let server = Server::start();
    let list = "企业名称,是否出口\n企业名称,从业人数\n甲,6\n";
    let (rows, _) = records(&server, "&header_row=2", &NDJSON, list.as_bytes());
    assert_eq!((rows.len(), &rows[0]["从业人数"]), (1, &json!("6")));
}

#[test]
fn a_workbook_is_screened_and_its_sheet_can_be_stated() {
    let server = Server::start();
    let sheet = |employees: &str| {
        data(&[
            &["企业名称", "是否出口", "从业人数"],
            &["甲", "是", employees],
            &["乙", "否", "#12"],
        ])
    };
    let book = Book {
        sheets: vec![("一月", "visible", sheet("#6")), ("二月", "visible", sheet("#700"))],
        ..Book::default()
    };
    let (rows, summary) = records(&server, "", &XLSX, &book.bytes());
    assert_eq!((rows.len(), &rows[0]["从业人数"]), (2, &json!("6")));
    assert!(summary["notes"].to_string().contains("`sheet` names another"), "{summary}");
    let (rows, _) = records(&server, &format!("&sheet={}", encoded("二月")), &XLSX, &book.bytes());
    assert_eq!(rows[0]["从业人数"], "700");
    // Without `Accept` the answer is CSV.
    let reply = server.send("POST", PATH, &XLSX[..1], book.bytes());
    assert!(reply.header("content-type").unwrap().starts_with("text/csv"));
    assert!(reply.body.starts_with("企业名称,是否出口,从业人数,uscc_ok,"), "{}", reply.body);
}

#[test]
fn a_workbook_that_is_too_large_is_refused_by_the_limit() {
    let server = Server::start();
    // Text that does not compress.
    let mut text = String::new();
    let mut state = 1_u64;
    while text.len() < 9 << 20 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        text.push_str(&format!("{state:016x}"));
    }
    let rows: Vec<Vec<&str>> = std::iter::once(vec!["企业名称", "是否出口"])
        .chain(text.as_bytes().chunks(30_000).map(|c| vec![std::str::from_utf8(c).unwrap(), "是"]))
        .collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let bytes = Book::one(data(&rows)).bytes();
    let small = bytes.len() < 8 << 20;
    let bytes = if small { [bytes, vec![0; 8 << 20]].concat() } else { bytes };
    let reply = server.send("POST", PATH, &XLSX, bytes);
    assert_eq!(reply.status, 413, "{}", reply.body);
    assert!(reply.body.contains("limit `workbook`"), "{}", reply.body);
}

#[test]
fn messages_name_parameters() {
    let server = Server::start();
    let no_sheet = Book::one(data(&[&["是否出口"], &["是"]])).bytes();
    let hidden =
        Book { sheets: vec![("名单", "hidden", data(&[&["是否出口"]]))], ..Book::default() };
    for (more, headers, list, status, message) in [
        (
            "",
            &CSV[..],
            "营业收入,是否出口\n1,是\n".as_bytes().to_vec(),
            422,
            "add `map=营业收入=revenue_wan:",
        ),
        ("", &CSV, "是否出口,是否出口\n是,是\n".into(), 422, "pass with `map=#2=-`"),
        (
            "",
            &CSV,
            "甲,乙\n1,2\n".into(),
            422,
            "see `/api/v1/facts` for names, or say `map=HEADER=fact`",
        ),
        (
            "&map=%E7%94%B2%3Dhs",
            &CSV,
            "是否出口\n是\n".into(),
            422,
            "`map`: the file has no column `甲`",
        ),
        ("&map=%E7%94%B2", &CSV, "是否出口\n是\n".into(), 400, "`甲` is none"),
        (
            "&header_row=9",
            &CSV,
            "是否出口\n是\n".into(),
            422,
            "`header_row`: the list has no row 9",
        ),
        (
            "&header_row=0",
            &CSV,
            "是否出口\n是\n".into(),
            400,
            "`header_row` is a number from 1 to 1000",
        ),
        ("&sheet=x", &CSV, "是否出口\n是\n".into(), 400, "`sheet` is for a workbook"),
        ("&encoding=gbk", &XLSX, no_sheet.clone(), 400, "`encoding` is for CSV or NDJSON"),
        ("&sheet=x", &XLSX, no_sheet, 422, "名单"),
        ("", &XLSX, hidden.bytes(), 422, "name one with `sheet`"),
        ("", &XLSX, b"PK\x03\x04".to_vec(), 422, "workbook"),
    ] {
        let reply = server.send("POST", &format!("{PATH}{more}"), headers, list);
        let problem: Value = serde_json::from_str(&reply.body).unwrap();
        let detail = problem["detail"].as_str().unwrap();
        assert_eq!(reply.status, status, "{more}: {problem}");
        assert!(detail.contains(message), "{more}: {detail}");
        assert!(!detail.contains("--"), "a flag cannot be given over HTTP: {detail}");
    }
}
