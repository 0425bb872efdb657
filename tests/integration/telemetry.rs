//! Spans of requests at a collector.

use crate::cli::run;
use crate::server::{Server, until};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The first line and the body of what was sent.
type Sent = Vec<(String, Vec<u8>)>;

/// A collector that keeps what it is sent.
struct Collector {
    address: String,
    got: Arc<Mutex<Sent>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&got);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                take(stream.unwrap(), &kept);
            }
        });
        Self { address, got }
    }

    fn bytes(&self) -> Vec<u8> {
        self.got.lock().unwrap().iter().flat_map(|(_, body)| body.clone()).collect()
    }

    fn has(&self, text: &str) -> bool {
        let bytes = self.bytes();
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    }
}

fn take(stream: TcpStream, kept: &Mutex<Sent>) {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut first, mut line, mut length) = (String::new(), String::new(), 0);
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if first.is_empty() {
                first.clone_from(&line);
            }
            if let Some(message) = line.to_lowercase().strip_prefix("content-length: ") {
                length = message.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        kept.lock().unwrap().push((first, body));
        let answer =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
        stream.get_mut().write_all(answer.as_bytes()).unwrap();
    }
}

const ASSESS: &str = "/api/v1/assessments?detail=status";
/// Values that no other part of the program has.
const FIRM: &str = r#"{"exports_goods": true, "employees": 48151, "division": "330782"}"#;

#[test]
fn each_request_leaves_a_span_without_a_word_of_the_firm() {
    let collector = Collector::start();
    let server = Server::start_with(&["--otlp-endpoint", &collector.address]);
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Request-Id", "told-by-the-client"),
        // Not to be recorded, as far as the client is asked.
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"),
        ("tracestate", "firm=marked-state"),
        ("X-Firm", "marked-header"),
    ];
    assert_eq!(server.send("POST", ASSESS, &headers, FIRM).status, 200);
    assert_eq!(server.get("/api/v1/supports/marked-path?rulebook=marked-parameter").status, 404);
    assert_eq!(server.send("MARKED", "/healthz", &[], "").status, 405);
    until("the spans come", || {
        collector.has("POST /api/v1/assessments")
            && collector.has("/api/v1/supports/{")
            && collector.has("other /healthz")
    });
    for text in ["told-by-the-client", "export-advisor", "http.response.status_code"] {
        assert!(collector.has(text), "{text}");
    }
    let trace = [0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21];
    assert!(collector.bytes().windows(trace.len()).any(|part| part == trace), "the parent's trace");
    let first = collector.got.lock().unwrap()[0].0.clone();
    assert_eq!(first, "POST /v1/traces HTTP/1.1\r\n");
    for mark in ["48151", "330782", "marked", "MARKED", "detail=status", "127.0.0.1"] {
        assert!(!collector.has(mark), "{mark} is in a span");
    }
}

#[test]
fn a_collector_that_is_away_or_hangs_stops_no_answer() {
    // Takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let hangs = format!("http://{}", silent.local_addr().unwrap());
    let away = {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", closed.local_addr().unwrap())
    };
    for collector in [hangs, away] {
        let server = Server::start_with(&["--otlp-endpoint", &collector]);
        for _ in 0..50 {
            assert_eq!(server.post(ASSESS, FIRM).status, 200);
        }
    }
}

#[test]
fn the_doctor_tries_the_collector() {
    let folder = tempfile::tempdir().unwrap();
    let doctor = |collector: &str| {
        let data = folder.path().to_str().unwrap();
        let rest = ["--bind", "127.0.0.1:0", "--connections", "10", "--database", "none"];
        run(&[&["doctor", "--data", data, "--otlp-endpoint", collector], &rest[..]].concat(), "")
    };
    let there = Collector::start();
    let message = doctor(&there.address);
    assert!(message.code == 0 && message.out.contains("ok   collector: "), "{}", message.out);
    assert_eq!(there.got.lock().unwrap().len(), 1);
    assert!(there.bytes().is_empty(), "no span is made up");
    // A server that is no collector, and none at all.
    let other = Server::start();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let away = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    for (address, why) in [(format!("http://{}", other.address()), "404"), (away, "refused")] {
        let message = doctor(&address);
        let line = message.out.lines().find(|line| line.starts_with("BAD  collector: "));
        let line = line.unwrap_or_default();
        assert_eq!(message.code, 1, "{}", message.out);
        assert!(line.contains(why) && line.contains("otlp_endpoint"), "{}", message.out);
    }
}

#[test]
fn what_is_no_collector_is_refused() {
    for address in
        ["127.0.0.1:4318", "https://a.example", "http://", "http://a b", "http://*", "http://:::"]
    {
        let message = run(&["config", "check", "--otlp-endpoint", address], "");
        assert_ne!(message.code, 0, "{address}");
        let message = message.out + &message.err;
        assert!(
            message.contains("otlp_endpoint") && message.contains("http://127.0.0.1:4318"),
            "{message}"
        );
    }
}
