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

/// The first line of the next answer, whose body is taken too.
fn answer(client: &mut BufReader<TcpStream>) -> String {
    let (mut first, mut line, mut length) = (String::new(), String::new(), 0);
    while line != "\r\n" {
        line.clear();
        assert!(client.read_line(&mut line).unwrap() > 0, "the connection is closed");
        let message = line.to_lowercase();
        if let Some(message) = message.strip_prefix("content-length: ") {
            length = message.trim().parse().unwrap();
        }
        if first.is_empty() {
            first.clone_from(&line);
        }
    }
    client.read_exact(&mut vec![0; length]).unwrap();
    first
}

/// All that a server says until it closes the connection.
fn rest(from: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is cut may say so.
    let _ = from.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A client that gave up would be answered all the same, in the time of those who wait.
#[cfg(target_os = "linux")]
#[test]
fn a_client_that_has_left_is_not_answered() {
    let server = Server::start();
    let batch = format!("{{\"profiles\": [{}]}}", vec![FIRM; 400].join(","));
    for (path, body) in [(ASSESS, FIRM), ("/api/v1/assessments:batch?detail=status", &batch)] {
        let answer = |leaves: bool| {
            let mut client = server.connect();
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            // Held back until here, the request and the end of the stream come in one segment.
            socket2::SockRef::from(&client).set_tcp_cork(leaves).unwrap();
            client.write_all(format!("{head}{body}").as_bytes()).unwrap();
            if leaves {
                client.shutdown(std::net::Shutdown::Write).unwrap();
            }
            rest(&mut client)
        };
        assert!(answer(false).starts_with("HTTP/1.1 200 "), "{path}");
        let left = answer(true);
        // Within a body the handler learns of it, and says so to who closed its own end only.
        let is_dropped = left.is_empty() || left.contains("keep it open until the answer is there");
        assert!(is_dropped, "{path}: {left}");
    }
}

#[test]
fn a_list_that_is_refused_leaves_its_connection_free() {
    let server = Server::start();
    for query in ["encoding=", "encoding=x", "lang=zh", ""] {
        for _ in 0..40 {
            let mut client = BufReader::new(server.connect());
            let head = format!(
                "POST /api/v1/screenings?{query} HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: 0\r\n\r\n"
            );
            client.get_mut().write_all(head.as_bytes()).unwrap();
            assert!(answer(&mut client).contains(" 422 "), "{query}");
            // What comes late comes within this time.
            std::thread::sleep(std::time::Duration::from_millis(1));
            client.get_mut().write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
            assert!(answer(&mut client).contains(" 200 "), "{query}");
        }
    }
}

#[test]
fn heads_and_bodies_keep_to_the_sizes_that_are_set() {
    let server = Server::start_with(&[
        "--head-bytes",
        "1000",
        "--headers",
        "10",
        "--json-depth",
        "3",
        "--body-bytes",
        "2000",
        "--batch-bytes",
        "3000",
    ]);
    let json = ("Content-Type", "application/json");
    let long = "x".repeat(900);
    assert_eq!(server.send("POST", ASSESS, &[json], FIRM).status, 200);
    let deep = |depth: usize| format!("{{\"hs\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let reply = server.send("POST", ASSESS, &[json], deep(2));
    assert_eq!(code(&reply), is(422, "invalid_profile"));
    let reply = server.send("POST", ASSESS, &[json], deep(3));
    assert_eq!(code(&reply), is(400, "not_json"));
    assert!(reply.body.contains("more than 3"), "{}", reply.body);
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
    // A list that comes before the batch has given its place back is refused: then it is sent again.
    let mut list = None;
    until("the list is under way", || {
        list = Some(endless(&server));
        batch().status == 503
    });
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

const BATCH: &str = "/api/v1/assessments:batch?detail=missing";

/// A batch whose answer is larger than what the system keeps for one who does not read.
fn large_batch() -> String {
    format!("{{\"profiles\":[{}{{}}]}}", "{},".repeat(999))
}

fn request(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}

/// Sends a batch with a large answer; it is under way when its first bytes are here.
fn unread(mut connection: TcpStream, headers: &str) -> TcpStream {
    connection.write_all(request(BATCH, headers, &large_batch()).as_bytes()).unwrap();
    connection.read_exact(&mut [0; 12]).unwrap();
    connection
}

#[test]
fn a_job_keeps_its_place_until_its_answer_is_taken() {
    let server = Server::start_with(&["--jobs", "1"]);
    let batch = || server.post(BATCH, "{\"profiles\": [{}]}");
    let mut reader = unread(server.connect(), "");
    assert_eq!(code(&batch()), is(503, "busy"));
    let mut buffer = vec![0; 1 << 20];
    // What comes after the last chunk is its end.
    let mut end = Vec::new();
    while !end.ends_with(b"\r\n0\r\n\r\n") {
        let read = reader.read(&mut buffer).unwrap();
        assert!(read > 0, "the answer breaks off");
        end.extend_from_slice(&buffer[..read]);
        end.drain(..end.len().saturating_sub(16));
    }
    until("the place is free again", || batch().status == 200);
    // Whoever goes gives it back too.
    drop(unread(server.connect(), ""));
    until("the place is free again", || batch().status == 200);
}

#[cfg(target_os = "linux")]
#[test]
fn a_caller_has_so_many_places() {
    let small = "{\"profiles\": [{}]}";
    let json = ("Content-Type", "application/json");
    let refused = |reply: &Reply| {
        assert_eq!(code(reply), is(429, "too_many_requests"));
        assert_eq!(reply.header("retry-after"), Some("5"));
        assert!(reply.body.contains("one caller may have 2 lists and batches"), "{}", reply.body);
    };
    // By address.
    let server = Server::start_with(&["--client-jobs", "2"]);
    let held = [unread(server.connect_from(2), ""), unread(server.connect_from(2), "")];
    let batch = |last| Server::send_on(server.connect_from(last), "POST", BATCH, &[json], small);
    refused(&batch(2));
    let csv = [("Content-Type", "text/csv")];
    let list = "exports_goods\n1\n";
    refused(&Server::send_on(server.connect_from(2), "POST", "/api/v1/screenings", &csv, list));
    assert_eq!(batch(3).status, 200, "another address has places of its own");
    drop(held);
    until("a place is free", || batch(2).status == 200);
    // By what a trusted proxy says; its own address stands for nobody.
    let server = Server::start_with(&["--client-jobs", "2", "--trusted-proxy", "127.0.0.1"]);
    let one = "X-Forwarded-For: 192.0.2.1\r\n";
    let _held = [unread(server.connect(), one), unread(server.connect(), one)];
    let batch = |client| server.send("POST", BATCH, &[json, ("X-Forwarded-For", client)], small);
    refused(&batch("192.0.2.1"));
    assert_eq!(batch("192.0.2.2").status, 200);
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_reads_nothing_or_ends_nothing_takes_little_memory() {
    let held = format!(
        "POST {BATCH} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 8388608\r\n\r\n{{\"profiles\":[{}",
        "{},".repeat(2_796_000)
    );
    for (what, connections, begins, sent) in [
        ("batches", 60, true, request(BATCH, "", &large_batch())),
        ("bodies without their end", 40, false, held),
        (
            "files of the docs",
            200,
            true,
            "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        ),
        ("requests ahead", 30, true, request(BATCH, "", &large_batch()).repeat(20)),
    ] {
        let server = Server::start();
        let clients: Vec<TcpStream> = (0..connections)
            .map(|_| {
                let mut client = server.connect_from(2);
                client.set_write_timeout(Some(std::time::Duration::from_millis(500))).unwrap();
                // The server does not take it all, or closes the connection.
                let _ = client.write_all(sent.as_bytes());
                if begins {
                    // So that it is under way, or refused.
                    client.set_read_timeout(Some(std::time::Duration::from_secs(5))).unwrap();
                    let _ = client.read(&mut [0; 12]);
                }
                client
            })
            .collect();
        for _ in 0..20 {
            assert_eq!(server.post(ASSESS, FIRM).status, 200, "{what}: the others are answered");
        }
        let peak = server.peak_memory();
        assert!(peak < 256, "{what}: {peak} MiB for {} connections", clients.len());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn who_holds_most_is_closed_first() {
    let server = Server::start_with(&["--memory-bytes", "16777216"]);
    let full = request("/api/v1/assessments", "Connection: close\r\n", FIRM);
    let ask = |mut connection: TcpStream| {
        socket2::SockRef::from(&connection).set_recv_buffer_size(4096).unwrap();
        let _ = connection.write_all(full.as_bytes());
        connection
    };
    // It is slow, and alone.
    let mut slow = BufReader::new(ask(server.connect_from(3)));
    let mut many: Vec<TcpStream> = (0..150).map(|_| ask(server.connect_from(2))).collect();
    for _ in 0..100 {
        assert_eq!(server.post("/api/v1/assessments", FIRM).status, 200);
    }
    server.wait_for_log("memory is used up");
    // Through a window of four kilobytes the system would pass some bytes every 200 ms.
    let widen = |connection: &TcpStream| {
        socket2::SockRef::from(connection).set_recv_buffer_size(1 << 20).unwrap();
    };
    widen(slow.get_ref());
    assert!(answer(&mut slow).starts_with("HTTP/1.1 200"));
    let mut whole = 0;
    for connection in many.iter_mut().take(20) {
        widen(connection);
        connection.set_read_timeout(Some(std::time::Duration::from_secs(5))).unwrap();
        let mut bytes = Vec::new();
        let _ = connection.read_to_end(&mut bytes);
        whole += usize::from(bytes.ends_with(b"}"));
    }
    assert!(whole < 20, "the first of the many are closed");
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
    // It has sent nothing, and counts.
    let second = server.connect();
    // The third is answered and closed before a byte of it is read.
    let refused = rest(&mut server.connect());
    assert!(
        refused.starts_with("HTTP/1.1 429") && refused.contains("\r\nRetry-After: "),
        "{refused}"
    );
    let (_, body) = refused.split_once("\r\n\r\n").unwrap();
    let problem: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(problem["code"], "too_many_requests");
    assert!(body.contains("2 connections"), "{body}");
    drop((first, second));
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
        answer(&mut client);
    }
}

#[test]
fn a_form_has_so_many_fields() {
    let server = Server::start();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    for path in ["/form", "/sheet", "/adviser", "/s", "/share"] {
        let reply = server.send("POST", path, &form, "a=&".repeat(2000));
        assert_eq!(code(&reply), is(413, "too_large"), "{path}");
        let reply = server.send("POST", path, &form, "a=&".repeat(1999));
        assert_ne!(reply.status, 413, "{path}");
    }
}

/// The names of the answers in the order in which they came.
fn named(answers: &str) -> Vec<usize> {
    let names = answers.lines().filter_map(|line| line.strip_prefix("x-request-id: n"));
    names.map(|name| name.trim().parse().unwrap()).collect()
}

#[test]
fn requests_sent_ahead_are_answered_in_their_order() {
    let server = Server::start();
    let stream = server.connect();
    let mut sender = stream.try_clone().unwrap();
    // Of all sizes: the pieces in which the server reads end anywhere.
    let request = |index: usize| {
        let long = "x".repeat(index * 37 % 3000);
        let last = if index == 299 { "Connection: close\r\n" } else { "" };
        format!(
            "GET /healthz HTTP/1.1\r\nHost: a\r\n{last}X-Request-Id: n{index}\r\nX: {long}\r\n\r\n"
        )
    };
    let sent = std::thread::spawn(move || {
        let all: String = (0..300).map(request).collect();
        sender.write_all(all.as_bytes()).unwrap();
    });
    let answers = rest(&mut { stream });
    sent.join().unwrap();
    assert_eq!(named(&answers), (0..300).collect::<Vec<_>>());
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 300);
}

#[test]
fn bodies_of_all_sizes_come_through_one_connection() {
    let server = Server::start();
    let mut client = server.client();
    for index in 0..200 {
        let body = format!("{}{FIRM}", " ".repeat(index * 997 % 200_000));
        assert_eq!(client.post(ASSESS, &body).0, 200, "{index}: {} bytes", body.len());
    }
    // In chunks, and the last one at once with the end.
    let mut client = BufReader::new(server.connect());
    for index in 0..200 {
        let body = format!("{}{FIRM}", " ".repeat(index * 97 % 20_000));
        let (first, last) = body.split_at(body.len() / 2);
        let head = format!(
            "POST {ASSESS} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        client.get_mut().write_all(head.as_bytes()).unwrap();
        if !first.is_empty() {
            chunk(client.get_mut(), first).unwrap();
        }
        let end = format!("{:x}\r\n{last}\r\n0\r\n\r\n", last.len());
        client.get_mut().write_all(end.as_bytes()).unwrap();
        assert!(answer(&mut client).starts_with("HTTP/1.1 200"), "{index}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn requests_sent_ahead_wait_outside() {
    let server = Server::start();
    let resident = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1024
    };
    assert_eq!(server.get("/api/v1/facts").status, 200);
    let before = resident();
    let ask = "GET /api/v1/facts HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3000);
    let clients: Vec<TcpStream> = (0..8)
        .map(|_| {
            let mut client = server.connect();
            client.set_write_timeout(Some(std::time::Duration::from_millis(300))).unwrap();
            // The server does not take it all.
            let _ = client.write_all(ask.as_bytes());
            client
        })
        .collect();
    assert_eq!(server.get("/api/v1/facts").status, 200);
    let more = resident().saturating_sub(before);
    // Taken apart, three thousand requests are some twenty megabytes on each connection.
    assert!(more < 32, "{more} MiB for {} connections", clients.len());
}

#[cfg(target_os = "linux")]
#[test]
fn who_reads_nothing_is_kept_little_by_the_system() {
    let server = Server::start();
    let mut client = server.connect();
    let ask = format!(
        "POST /api/v1/assessments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{FIRM}",
        FIRM.len()
    );
    client.write_all(ask.repeat(20).as_bytes()).unwrap();
    // Of the two ends in this table, the one that sends is the server's.
    let port = format!(":{:04X} ", client.local_addr().unwrap().port());
    let kept = || {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let ends = table.lines().filter(|line| line.contains(&port)).filter_map(|line| {
            let sent = line.split_whitespace().nth(4)?.split(':').next()?;
            usize::from_str_radix(sent, 16).ok()
        });
        ends.max().unwrap_or(0)
    };
    until("something is sent", || kept() > 0);
    let mut last = 0;
    until("no more is sent", || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        std::mem::replace(&mut last, kept()) == kept()
    });
    assert!((1..192 * 1024).contains(&last), "{last} bytes wait for one who reads nothing");
}
