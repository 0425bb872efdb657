//! What one request, one client and all together may take of a server.

use crate::server::{Reply, Server, until};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

const ASSESS: &str = "/api/v1/assessments?detail=status";
const FIRM: &str = "{\"exports_goods\": true}";

fn code(reply: &Reply) -> (u16, String) {
    let problem: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
    (reply.status, problem["code"].as_str().unwrap_or("").to_owned())
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// A list whose end does not come; it is under way once the first rows are back.
fn endless(server: &Server) -> TcpStream {
    let mut list = server.connect();
    list.write_all(
        b"POST /api/v1/screenings HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n",
    )
    .unwrap();
    chunk(&mut list, "name,exports_goods\n").unwrap();
    list
}

fn chunk(to: &mut TcpStream, text: &str) -> std::io::Result<()> {
    to.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes())
}

/// All that a server says until it closes the connection.
fn rest(from: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is cut may say so.
    let _ = from.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn heads_and_bodies_keep_to_the_sizes_that_are_set() {
    let server = Server::start_with(&[
        "--head-bytes",
        "1000",
        "--headers",
        "10",
        "--body-bytes",
        "2000",
        "--batch-bytes",
        "3000",
    ]);
    let json = ("Content-Type", "application/json");
    let long = "x".repeat(900);
    assert_eq!(server.send("POST", ASSESS, &[json], FIRM).status, 200);
    let reply = server.send("POST", ASSESS, &[json, ("X-Long", &long)], FIRM);
    assert_eq!(code(&reply), is(431, "head_too_large"));
    assert_eq!(
        code(&server.get(&format!("/api/v1/facts?{long}{long}"))),
        is(431, "head_too_large")
    );
    let names: Vec<String> = (0..11).map(|i| format!("X-{i}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "a")).collect();
    for (count, status) in [(5, 200), (11, 431)] {
        let reply = server.send("POST", ASSESS, &[&[json], &many[..count]].concat(), FIRM);
        assert_eq!(reply.status, status, "{count}");
    }
    let firm = |bytes: usize| format!("{FIRM}{}", " ".repeat(bytes - FIRM.len()));
    assert_eq!(server.post(ASSESS, &firm(2000)).status, 200);
    let reply = server.post(ASSESS, &firm(2001));
    assert_eq!(code(&reply), is(413, "too_large"));
    assert!(reply.body.contains("2000 bytes"), "{}", reply.body);
    let batch = |bytes: usize| {
        let batch = "{\"profiles\": [{}]}";
        let path = "/api/v1/assessments:batch";
        server.post(path, &format!("{batch}{}", " ".repeat(bytes - batch.len())))
    };
    assert_eq!(batch(3000).status, 200);
    let reply = batch(3001);
    assert_eq!(code(&reply), is(413, "too_large"));
    assert!(reply.body.contains("3000 bytes"), "{}", reply.body);
}

#[test]
fn lists_and_batches_have_so_many_places_and_no_queue() {
    let server = Server::start_with(&["--jobs", "1"]);
    let batch = || server.post("/api/v1/assessments:batch", "{\"profiles\": [{}]}");
    assert_eq!(batch().status, 200);
    let list = endless(&server);
    until("the list is under way", || batch().status == 503);
    let reply = batch();
    assert_eq!(code(&reply), is(503, "busy"));
    assert_eq!(reply.header("retry-after"), Some("5"));
    let csv = [("Content-Type", "text/csv")];
    let reply = server.send("POST", "/api/v1/screenings", &csv, "name,exports_goods\na,1\n");
    assert_eq!(code(&reply), is(503, "busy"));
    assert_eq!(server.post(ASSESS, FIRM).status, 200, "one firm needs no place");
    drop(list);
    until("the place is free again", || batch().status == 200);
}

#[test]
fn one_address_holds_so_many_connections() {
    let start =
        |proxy| Server::start_with(&["--trusted-proxy", proxy, "--client-connections", "2"]);
    let asked = |mut connection: TcpStream| {
        connection.write_all(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut head = [0; 12];
        connection.read_exact(&mut head).unwrap();
        (connection, String::from_utf8_lossy(&head[9..]).into_owned())
    };
    let server = start("192.0.2.1");
    let (first, status) = asked(server.connect());
    assert_eq!(status, "200");
    let (_second, status) = asked(server.connect());
    assert_eq!(status, "200");
    let reply = server.get("/openapi.json");
    assert_eq!(code(&reply), is(429, "too_many_requests"));
    assert!(reply.body.contains("2 connections"), "{}", reply.body);
    // It is closed, so that the client is not refused on it once others are gone.
    let mut third = server.connect();
    third.write_all(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(rest(&mut third).starts_with("HTTP/1.1 429"));
    assert_eq!(server.get("/healthz").status, 200, "probes are never refused");
    drop(first);
    until("a place is free", || server.get("/openapi.json").status == 200);
    // A proxy brings many.
    let server = start("127.0.0.1");
    let held: Vec<_> = (0..4).map(|_| asked(server.connect())).collect();
    assert!(held.iter().all(|(_, status)| status == "200"));
}

#[test]
fn whoever_drips_is_cut() {
    let server = Server::start_with(&["--head-timeout", "1", "--body-timeout", "1"]);
    // A head, a byte at a time.
    let mut head = server.connect();
    let drip = |stream: &mut TcpStream| {
        until("the drip is cut", || {
            std::thread::sleep(std::time::Duration::from_millis(100));
            stream.write_all(b"a").is_err()
        });
    };
    head.write_all(b"GET /healthz HTTP/1.1\r\nX-").unwrap();
    drip(&mut head);
    // A body.
    let mut body = server.connect();
    body.write_all(b"POST /api/v1/assessments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{").unwrap();
    let answer = rest(&mut body);
    assert!(answer.contains(" 408 ") && answer.contains("too_slow"), "{answer}");
    // A list: its first bytes, and a byte at a time later on.
    let mut list = endless(&server);
    let answer = rest(&mut list);
    assert!(answer.contains(" 408 ") && answer.contains("too_slow"), "{answer}");
    let mut list = endless(&server);
    until("the drip is cut", || {
        std::thread::sleep(std::time::Duration::from_millis(100));
        chunk(&mut list, "a").is_err()
    });
}

#[test]
fn whoever_does_not_read_is_cut() {
    let options = ["--answer-timeout", "1", "--idle-timeout", "1"];
    let server = Server::start_with(&options);
    let mut client = server.connect();
    let ask = "POST /api/v1/assessments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    client.write_all(ask.repeat(300).as_bytes()).unwrap();
    server.wait_for_log("slow clients are cut");
    let answers = rest(&mut client);
    let count = answers.matches("HTTP/1.1 200").count();
    // The system would keep some twenty of them; it is told to keep little more than one.
    assert!((1..8).contains(&count), "{count} of 300 answers came");
    // One that reads is not, however long it stays.
    let mut client = BufReader::new(server.connect());
    for _ in 0..12 {
        std::thread::sleep(std::time::Duration::from_millis(200));
        client.get_mut().write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let (mut line, mut length) = (String::new(), 0);
        while line != "\r\n" {
            line.clear();
            assert!(client.read_line(&mut line).unwrap() > 0, "the connection is closed");
            let told = line.to_lowercase();
            if let Some(told) = told.strip_prefix("content-length: ") {
                length = told.trim().parse().unwrap();
            }
        }
        client.read_exact(&mut vec![0; length]).unwrap();
    }
}
