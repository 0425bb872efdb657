//! How the service ends: what is under way is finished, what was noted is written, and nothing holds it for ever.

use crate::access::{Instance, until_known, with_key};
use crate::broken::{SCRIPT, copying, doubling};
use crate::cli::run;
use crate::server::{Server, until};
use crate::store::databases;
use crate::support::{files, write_files};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// The sum of the counts of the audit's lines of an action.
fn sum(instance: &Instance<'_>, action: &str) -> i64 {
    let kept = ["--data", instance.data.to_str().unwrap(), "--database", instance.url];
    let ran = run(&[&["audit", "--format", "ndjson"], &kept[..]].concat(), "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let lines = ran.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["action"] == action).filter_map(|line| line["count"].as_i64()).sum()
}

/// The rows of a list that have come.
const ROWS: usize = 12_000;

/// A list whose end has not come.
fn list(server: &Server) -> TcpStream {
    let mut list = server.connect();
    let head = "POST /api/v1/screenings HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n";
    list.write_all(head.as_bytes()).unwrap();
    // So many rows that the first of them come back.
    let row = format!("{},1\n", "a".repeat(200));
    chunk(&mut list, &format!("name,exports_goods\n{}", row.repeat(ROWS))).unwrap();
    let mut first = [0; 64];
    list.read_exact(&mut first).unwrap();
    assert!(first.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&first));
    list
}

fn chunk(to: &mut TcpStream, text: &str) -> std::io::Result<()> {
    to.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes())
}

/// Takes what a server sends, on a thread of its own.
fn taken(from: &TcpStream) -> std::thread::JoinHandle<String> {
    let mut from = from.try_clone().unwrap();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn append(rules: &Path, text: &str) {
    let script = rules.join(SCRIPT.strip_prefix("rules/").unwrap());
    let whole = format!("{}{text}", files().get(SCRIPT).unwrap());
    std::fs::write(script, whole).unwrap();
}

#[test]
fn what_is_answered_under_load_stands_in_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "ending_load") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let data = folder.path().join("data");
        let instance = Instance { data: &data, url: &url };
        let key = instance.key("assess", &[]);
        let (answered, sent) = (AtomicI64::new(0), AtomicI64::new(0));
        for stop in 1..=5 {
            let mut server = instance.serve(&[]);
            until_known(&server, &key);
            let ends = AtomicBool::new(false);
            let enough = answered.load(Ordering::Relaxed) + 200;
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        while !ends.load(Ordering::Relaxed) {
                            let Ok(mut to) = TcpStream::connect(server.address()) else { break };
                            let body = "{\"profiles\": [{}]}";
                            let head = format!(
                                "POST /api/v1/assessments:batch HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                                body.len()
                            );
                            sent.fetch_add(1, Ordering::Relaxed);
                            let mut reply = String::new();
                            let _ = to.write_all(head.as_bytes());
                            let _ = to.read_to_string(&mut reply);
                            if reply.starts_with("HTTP/1.1 200") {
                                answered.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                    });
                }
                until("there is load", || answered.load(Ordering::Relaxed) >= enough);
                server.terminate();
                until("nobody connects any more", || TcpStream::connect(server.address()).is_err());
                ends.store(true, Ordering::Relaxed);
            });
            assert_eq!(server.wait(), Some(0), "{}", server.log());
            assert!(!server.log().contains("panicked"), "{}", server.log());
            let (noted, answered, sent) = (
                sum(&instance, "assess_batch"),
                answered.load(Ordering::Relaxed),
                sent.load(Ordering::Relaxed),
            );
            assert!(answered <= noted && noted <= sent, "stop {stop}: {answered} {noted} {sent}");
        }
    }
}

#[test]
fn lines_that_wait_for_the_store_are_written_or_told() {
    use sqlx::Connection as _;
    let folder = tempfile::tempdir().unwrap();
    sqlx::any::install_default_drivers();
    for (name, comes_back) in [("back", true), ("away", false)] {
        let url = format!("sqlite:{}", folder.path().join(format!("{name}.sqlite")).display());
        let data = folder.path().join("data");
        let instance = Instance { data: &data, url: &url };
        let key = instance.key("assess", &[]);
        let mut server = instance.serve(&[]);
        until_known(&server, &key);
        // Somebody else writes, so that the lines that are being written wait.
        let system = actix_web::rt::System::new();
        let mut other = system.block_on(sqlx::AnyConnection::connect(&url)).unwrap();
        system.block_on(sqlx::query("BEGIN IMMEDIATE").execute(&mut other)).unwrap();
        let batch = || {
            let path = "/api/v1/assessments:batch";
            with_key(&server, &key, "POST", path, "application/json", "{\"profiles\": [{}]}").status
        };
        for _ in 0..50 {
            assert_eq!(batch(), 200);
        }
        // A period later the lines are being written.
        std::thread::sleep(std::time::Duration::from_millis(1500));
        server.terminate();
        until("nobody connects any more", || TcpStream::connect(server.address()).is_err());
        if comes_back {
            system.block_on(sqlx::query("ROLLBACK").execute(&mut other)).unwrap();
            assert_eq!(server.wait(), Some(0), "{}", server.log());
            assert_eq!(sum(&instance, "assess_batch"), 50);
            continue;
        }
        assert_eq!(server.wait(), Some(3), "{}", server.log());
        server.wait_for_log("50 lines of the audit are lost");
        system.block_on(sqlx::query("ROLLBACK").execute(&mut other)).unwrap();
        assert_eq!(sum(&instance, "assess_batch"), 0, "what is called lost is lost");
    }
}

#[test]
fn what_is_under_way_is_finished_and_what_is_idle_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "ending_lists") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let data = folder.path().join("data");
        let instance = Instance { data: &data, url: &url };
        for finishes in [true, false] {
            let before = sum(&instance, "screen");
            let mut server = instance.serve(&["--idle-timeout", "3600"]);
            until("it runs", || server.get("/readyz").status == 200);
            let mut idle = server.connect();
            idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
            let mut first = [0; 15];
            idle.read_exact(&mut first).unwrap();
            assert_eq!(&first, b"HTTP/1.1 200 OK");
            let mut list = list(&server);
            let rest = taken(&list);
            server.terminate();
            // It ends only when the server closes the connection, and the list goes on.
            idle.read_to_end(&mut Vec::new()).unwrap();
            assert!(!server.has_ended(), "{}", server.log());
            if finishes {
                chunk(&mut list, "b,1\n").unwrap();
                list.write_all(b"0\r\n\r\n").unwrap();
                let rest = rest.join().unwrap();
                let summary = format!("#summary,rows={};faults=0;", ROWS + 1);
                assert!(rest.contains(&summary), "it is not whole");
                assert_eq!(server.wait(), Some(0), "{}", server.log());
                assert_eq!(sum(&instance, "screen"), before + ROWS as i64 + 1);
                continue;
            }
            // The client drips until it is cut.
            while chunk(&mut list, "b,1\n").is_ok() {
                std::thread::sleep(std::time::Duration::from_millis(200));
            }
            assert_eq!(server.wait(), Some(0), "{}", server.log());
            assert!(!rest.join().unwrap().contains("#summary"), "it looks whole");
            // All chunks that came whole are counted; a chunk has at most 512 KiB, some 2,500 of these rows.
            let rows = ROWS as i64 - 3_000;
            assert!(sum(&instance, "screen") >= before + rows, "{}", server.log());
        }
    }
}

#[test]
fn hostile_rules_are_refused_while_the_service_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    write_files(files(), folder.path());
    let rules = folder.path().join("rules");
    for (name, text, message) in [
        ("doubling", doubling(), "condition-too-large"),
        ("copying", copying(), "too-slow"),
        ("a pipe", String::new(), "not-a-file"),
        ("a link to itself", String::new(), "too-deep"),
    ] {
        append(&rules, "");
        let server =
            Server::start_with(&["--rules", rules.to_str().unwrap(), "--load-timeout", "2"]);
        // It takes no signal before it runs.
        until("it runs", || server.get("/readyz").status == 200);
        append(&rules, &text);
        let pipe = rules.join("facts/pipe.toml");
        match name {
            "a pipe" => {
                let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
                assert!(made.success());
            }
            "a link to itself" => std::os::unix::fs::symlink(&rules, &pipe).unwrap(),
            _ => {}
        }
        server.hang_up();
        until("the rules are refused", || {
            assert_eq!(server.post("/api/v1/assessments?detail=status", "{}").status, 200);
            server.log().contains("rules refused")
        });
        assert!(server.log().contains(message), "{name}: {}", server.log());
        let _ = std::fs::remove_file(&pipe);
        append(&rules, "\n// mended\n");
        server.hang_up();
        server.wait_for_log("rules read again");
    }
}

#[test]
fn one_reading_at_a_time_which_does_not_hold_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let data = folder.path().join("data");
    let instance = Instance { data: &data, url: &url };
    let key = instance.key("admin", &[]);
    write_files(files(), folder.path());
    let rules = folder.path().join("rules");
    let options = ["--rules", rules.to_str().unwrap(), "--load-timeout", "600"];
    let mut server = instance.serve(&options);
    let reload = || with_key(&server, &key, "POST", "/admin/reload", "text/plain", "");
    until("keys are read", || reload().status == 200);
    append(&rules, &copying());
    let begun = || server.log().matches("rules are being read again").count();
    let before = begun();
    server.hang_up();
    until("they are being read", || begun() > before);
    let reply = reload();
    let problem: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!((reply.status, &problem["code"]), (409, &Value::from("reload_running")));
    server.hang_up();
    server.hang_up();
    server.terminate();
    assert_eq!(server.wait(), Some(0), "{}", server.log());
    assert!(server.log().contains("too-slow"), "{}", server.log());
    assert!(!server.log().contains("panicked"), "{}", server.log());
    assert!(sum(&instance, "rules_reload") >= 1);
}
