//! One answer over HTTP beside a bare JSON endpoint that sends the same: one connection, one request after the
//! other. `http.sh` asks with sixteen connections at once.
#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark")]

#[path = "../examples/bare_json.rs"]
#[allow(dead_code, reason = "a program of its own too")]
mod bare_json;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

const FIRM: &str = include_str!("firm.json");

/// The service as it is delivered; it ends with this.
struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(folder: &std::path::Path) -> Self {
        let database = format!("sqlite:{}", folder.join("a.sqlite").display());
        let mut child = Command::new(env!("CARGO_BIN_EXE_export-advisor"))
            .args(["serve", "--bind", "127.0.0.1:0", "--workers", "1", "--database", &database])
            .arg("--data")
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_end_matches('/').rsplit('/').next().unwrap().to_owned();
        Self { child, address }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client on one connection.
struct Client {
    stream: BufReader<TcpStream>,
    request: String,
    body: Vec<u8>,
}

impl Client {
    fn new(address: &str, path: &str) -> Self {
        let length = FIRM.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{FIRM}"
        );
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream), request, body: Vec::new() }
    }

    /// Sends the firm and reads the answer to its end; gives its body.
    fn ask(&mut self) -> &[u8] {
        self.stream.get_mut().write_all(self.request.as_bytes()).unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.stream.read_line(&mut head).unwrap() > 0, "the connection is closed");
        }
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        self.body.resize(length.parse().unwrap(), 0);
        self.stream.read_exact(&mut self.body).unwrap();
        &self.body
    }
}

fn benches(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let path = "/api/v1/assessments?as_of=2026-11-25";
    let answer = Client::new(&service.address, path).ask().to_vec();
    let text = String::from_utf8(answer.clone()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let bare = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || bare_json::serve(listener, text).unwrap());
    let mut group = c.benchmark_group("endpoint");
    group.throughput(Throughput::Elements(1));
    for (name, address, path) in [
        ("assess", &service.address, path),
        ("bare, serialises the same answer", &bare, "/serialised"),
        ("bare, sends the same bytes", &bare, "/ready"),
    ] {
        let mut client = Client::new(address, path);
        assert_eq!(client.ask().len(), answer.len(), "{name}");
        group.bench_function(name, |b| b.iter(|| client.ask().len()));
    }
    group.finish();
}

criterion_group!(endpoint, benches);
criterion_main!(endpoint);
