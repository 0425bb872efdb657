//! Lists over HTTP: streamed in, streamed out, nothing kept when the client goes.

use crate::server::Server;
use crate::support::advisor;
use export_advisor_core::wording::Lang;
use export_advisor_screening::stream::{End, Started, stream};
use export_advisor_screening::{
    Destination, FileType, Input, Limits, MissingColumn, Mode, Options,
};
use serde_json::Value;
use std::io::{Cursor, ErrorKind, Read, Write};
use std::net::TcpStream;

const PATH: &str = "/api/v1/screenings?as_of=2026-11-25&lang=en";
const CSV: [(&str, &str); 1] = [("Content-Type", "text/csv")];
const NDJSON: [(&str, &str); 1] = [("Content-Type", "application/x-ndjson")];

#[test]
fn a_list_comes_back_as_the_command_line_screens_it() {
    let server = Server::start();
    let list =
        "企业名称,是否出口,从业人数,行业代码\n甲,是,6,F5292\n乙,可能,7,F5191\n\"丙, 丁\",否,,\n";
    let reply = server.send("POST", PATH, &CSV, list);
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(reply.header("content-type").unwrap().starts_with("text/csv"));
    assert_eq!(reply.header("rule-book-version"), Some(advisor().book().version.as_str()));
    let args = ["screen", "-", "--from", "csv", "-o", "-", "--to", "csv"];
    let more = ["--as-of", "2026-11-25", "--no-bom", "--quiet", "--lang", "en"];
    let cli = crate::cli::run(&[&args[..], &more].concat(), list);
    let (rows, last) = reply.body.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(format!("{rows}\n"), cli.out);
    assert!(
        last.starts_with(
            "#summary,rows=3;faults=1;without_status=0;not_firms=0;warnings=0;as_of=2026-11-25;rulebook=sha256:"
        ),
        "{last}"
    );
    let columns =
        csv::ReaderBuilder::new().from_reader(reply.body.as_bytes()).headers().unwrap().len();
    let record = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(last.as_bytes())
        .records()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(record.len(), columns, "the last record has as many cells as the others");
}

#[test]
fn lines_of_json_come_back_in_order_with_a_last_record() {
    let server = Server::start();
    let mut list = String::new();
    for row in 0..5000 {
        list.push_str(&format!(
            "{{\"id\":{row},\"employees\":{},\"industry\":\"F5191\"}}\n",
            row % 300
        ));
    }
    list.push_str("broken\n");
    let only = format!("{PATH}&supports=guarantee-small-micro&derive=size");
    let reply = server.send("POST", &only, &NDJSON, &list);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let records: Vec<Value> =
        reply.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 5002);
    for (row, record) in records[..5000].iter().enumerate() {
        assert_eq!(record["id"], row);
        // Wholesale: up to 200 people at most medium, below 20 at most small, below 5 micro.
        let size = match row % 300 {
            0..5 => serde_json::json!("micro"),
            5..20 => serde_json::json!({ "at_most": "small" }),
            20..200 => serde_json::json!({ "at_most": "medium" }),
            _ => Value::Null,
        };
        assert_eq!(record["size"], size, "{record}");
        assert!(record.get("region").is_none(), "only what was asked for");
    }
    assert_eq!(records[5000]["line"], "broken");
    assert_eq!(records[5001]["summary"]["rows"], 5001);
    assert_eq!(records[5001]["summary"]["faults"], 1);
    assert_eq!(records[5001]["summary"]["without_status"], 1);
    let csv = server.send("POST", &only, &[NDJSON[0], ("Accept", "text/csv")], &list);
    assert!(
        csv.body.starts_with(
            "id,employees,industry,uscc_ok,size,guarantee-small-micro,missing,warnings,faults\n"
        ),
        "{}",
        &csv.body[..80]
    );
}

#[test]
fn lists_that_cannot_be_screened_are_problems() {
    let server = Server::start();
    for (path, headers, list, status, code, message) in [
        (PATH, &CSV[..], "营业收入,是否出口\n1,是\n", 422, "invalid_list", "万元"),
        (PATH, &CSV, "", 422, "invalid_list", "empty"),
        (PATH, &CSV, "甲,乙\n1,2\n", 422, "invalid_list", "no header is known"),
        (PATH, &CSV, "是否出口,备注\n是,\"甲\n否,乙\n", 422, "invalid_list", "line 2"),
        (PATH, &CSV, "是否出口,备注\n是,\"甲\n否,\"乙\"\n是,\n", 422, "invalid_list", "line 2"),
        (PATH, &NDJSON, "[{\"exports_goods\":true}]\n", 422, "invalid_list", "one object a line"),
        (
            PATH,
            &[("Content-Type", "text/csv"), ("Content-Encoding", "gzip")],
            "是否出口\n是\n",
            415,
            "unsupported_media_type",
            "Content-Encoding",
        ),
        (
            PATH,
            &[("Content-Type", "application/json")],
            "{}",
            415,
            "unsupported_media_type",
            "text/csv",
        ),
        (PATH, &[], "{}", 415, "unsupported_media_type", "text/csv"),
        ("/api/v1/screenings?supports=x", &CSV, "是否出口\n是\n", 400, "bad_query", "supports"),
        ("/api/v1/screenings?derive=hs", &CSV, "是否出口\n是\n", 400, "bad_query", "derive"),
        ("/api/v1/screenings?as_of=soon", &CSV, "是否出口\n是\n", 400, "bad_query", "as_of"),
    ] {
        let reply = server.send("POST", path, headers, list);
        let problem: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!((reply.status, problem["code"].as_str()), (status, Some(code)), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(message), "{problem}");
    }
    let reply = server.get("/api/v1/screenings");
    assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")));
}

#[test]
fn the_form_of_the_answer_is_the_one_wanted_most() {
    let server = Server::start();
    for (accept, form) in [
        ("*/*", "text/csv"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("application/x-ndjson;q=0, text/csv", "text/csv"),
        ("text/csv;q=0.1, application/x-ndjson", "application/x-ndjson"),
        ("text/csv; header=present; q=0.5, application/x-ndjson;q=0.4", "text/csv"),
    ] {
        let headers = [CSV[0], ("Accept", accept)];
        let reply = server.send("POST", PATH, &headers, "是否出口\n是\n");
        assert!(reply.header("content-type").unwrap().starts_with(form), "{accept}");
    }
}

/// A list that the system fails to give after its first bytes.
struct BreaksOff(Cursor<Vec<u8>>);

impl Read for BreaksOff {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(out)? {
            0 => Err(ErrorKind::TimedOut.into()),
            read => Ok(read),
        }
    }
}

#[test]
fn a_list_that_breaks_off_says_how_far_it_came() {
    let plan = &advisor().plan;
    let options = Options {
        input: Input::Stdin,
        input_type: FileType::CSV,
        output: Destination::Discard,
        output_type: FileType::CSV,
        as_of: "2026-11-25".parse().unwrap(),
        lang: Lang::Zh,
        supports: vec![0],
        derive: Vec::new(),
        excluded_by: false,
        missing: MissingColumn::All,
        ask_next: false,
        keep_refused: false,
        header_row: None,
        map: Vec::new(),
        sheet: None,
        report: None,
        summary: None,
        encoding: None,
        delimiter: None,
        bom: false,
        workers: 1,
        matches: None,
        limits: Limits::SERVICE,
        mode: Mode::Private,
    };
    let list = format!("企业名称,是否出口\n{}", "甲,是\n".repeat(300_000));
    let screened = |list: &str, takes: usize| {
        let mut left = takes;
        let source = Box::new(BreaksOff(Cursor::new(list.as_bytes().to_vec())));
        let mut send = |_| {
            left = left.saturating_sub(1);
            left > 0
        };
        stream(
            plan,
            &options,
            None,
            source,
            &mut |started| matches!(started, Started::Begins),
            &mut send,
        )
    };
    let broke = screened(&list, usize::MAX);
    assert!(matches!(broke.end, End::Broke(_)), "{broke:?}");
    assert!((1..300_000).contains(&broke.rows), "{broke:?}");
    let stopped = screened(&list, 3);
    assert!(matches!(stopped.end, End::Stopped), "{stopped:?}");
    assert!((1..broke.rows).contains(&stopped.rows), "{stopped:?}");
    let refused = screened("什么\n", usize::MAX);
    assert!(matches!(refused.end, End::Refused) && refused.rows == 0, "{refused:?}");
}

/// A request whose body is written in pieces by `more`, which gets the stream too.
fn open(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let head = format!(
        "POST {PATH}&supports=guarantee-small-micro HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

fn chunk(text: &str) -> Vec<u8> {
    format!("{:x}\r\n{text}\r\n", text.len()).into_bytes()
}

#[test]
fn rows_come_out_while_rows_go_in() {
    let server = Server::start();
    let mut stream = open(&server);
    let mut rows = String::from("企业名称,是否出口\n");
    while rows.len() < 3 << 20 {
        rows.push_str("甲,是\n");
    }
    stream.write_all(&chunk(&rows)).unwrap();
    // The list is not at its end, and its first rows are here.
    let mut first = [0; 4096];
    stream.read_exact(&mut first).unwrap();
    let first = String::from_utf8_lossy(&first).into_owned();
    assert!(first.starts_with("HTTP/1.1 200") && first.contains("甲,是,"), "{first}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_client_that_does_not_read_or_goes_costs_nothing() {
    let server = Server::start_with(&["--spool-bytes", "1000000"]);
    let memory = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap()
    };
    let before = memory();
    let mut stream = open(&server);
    let rows = format!("企业名称,是否出口\n{}", "甲,是\n".repeat(40_000));
    let more = chunk(&"甲,是\n".repeat(40_000));
    stream.write_all(&chunk(&rows)).unwrap();
    // Nobody reads: after what the channels and the system hold, nothing more is taken.
    stream.set_write_timeout(Some(std::time::Duration::from_secs(1))).unwrap();
    let mut taken = 0;
    while taken < 2000 && stream.write_all(&more).is_ok() {
        taken += 1;
    }
    assert!(taken < 2000, "800 MB were taken though nobody reads");
    assert!(memory() < before + 60_000, "{before} → {} kB", memory());
    drop(stream);
    // The work has stopped: the next list is answered.
    let reply = server.send("POST", PATH, &CSV, "是否出口\n是\n");
    assert_eq!(reply.status, 200);
    assert!(reply.body.contains("#summary,rows=1;"), "{}", reply.body);
}

#[test]
fn a_client_that_sends_all_before_it_reads_gets_every_row() {
    const ROWS: usize = 100_000;
    let server = Server::start();
    for form in ["text/csv", "application/x-ndjson"] {
        let is_csv = form == "text/csv";
        let mut list = String::from(if is_csv { "企业名称,是否出口\n" } else { "" });
        for row in 0..ROWS {
            list.push_str(&match is_csv {
                true => format!("企业{row},是\n"),
                false => format!("{{\"企业名称\":\"企业{row}\",\"是否出口\":\"是\"}}\n"),
            });
        }
        // The client writes the whole request before it reads.
        let path = format!("{PATH}&supports=guarantee-small-micro");
        let reply = server.send("POST", &path, &[("Content-Type", form)], &list);
        assert_eq!(reply.status, 200);
        let records: Vec<&str> = reply.body.lines().collect();
        assert_eq!(records.len(), ROWS + 1 + usize::from(is_csv), "{form}");
        for row in [0, ROWS / 2, ROWS - 1] {
            assert!(records[row + usize::from(is_csv)].contains(&format!("企业{row}")), "{form}");
        }
        let whole = if is_csv { "#summary,rows=100000;" } else { "{\"summary\":{" };
        assert!(records.last().unwrap().starts_with(whole), "{form}");
    }
    server.wait_for_log("rows=100000");
    let metrics = server.get("/metrics").body;
    assert!(metrics.contains("export_advisor_screened_rows_total 200000"), "{metrics}");
    assert!(metrics.contains("screened_lists_total{outcome=\"whole\"} 2"), "{metrics}");
}

#[test]
fn a_list_that_ends_early_says_why_in_its_last_record() {
    let server = Server::start_with(&["--spool-bytes", "100000", "--body-timeout", "2"]);
    let rows = "甲,是\n".repeat(400_000);
    // A quote that never closes, after the first rows have been answered.
    let broken = format!("企业名称,是否出口\n{rows}\"乙,是\n");
    let path = format!("{PATH}&supports=guarantee-small-micro");
    let reply = server.send("POST", &path, &CSV, &broken);
    assert_eq!(reply.status, 200);
    let last = reply.body.trim_end().rsplit('\n').next().unwrap();
    assert!(
        last.starts_with("#problem,\"code=invalid_list;status=422;detail=line 400002"),
        "{last}"
    );
    let columns = reply.body.lines().next().unwrap().split(',').count();
    let mut record = csv::ReaderBuilder::new().has_headers(false).from_reader(last.as_bytes());
    assert_eq!(record.records().next().unwrap().unwrap().len(), columns);
    assert!(!reply.body.contains("#summary"));
    server.wait_for_log("broke_off");
    // Nothing of the answer is received: the list ends with the limit.
    let mut stream = open(&server);
    stream.write_all(&chunk("企业名称,是否出口\n")).unwrap();
    let piece = chunk(&"甲,是\n".repeat(10_000));
    stream.set_write_timeout(Some(std::time::Duration::from_secs(1))).unwrap();
    for _ in 0..400 {
        if stream.write_all(&piece).is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.contains("#problem,\"code=too_large;status=413;detail=100000 bytes"),
        "{}",
        answer.len()
    );
    // As lines of JSON.
    let lines = format!("{}{}", "{\"是否出口\":\"是\"}\n".repeat(60_000), "x".repeat(2 << 20));
    let reply = server.send("POST", &path, &NDJSON, &lines);
    let last: Value = serde_json::from_str(reply.body.lines().last().unwrap()).unwrap();
    assert_eq!(last["problem"]["code"], "invalid_list", "{last}");
}
