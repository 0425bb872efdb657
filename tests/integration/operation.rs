//! Running the service: its settings, its log, what it counts, and new rules without a restart.

use crate::cli::run;
use crate::server::Server;
use crate::support::{advisor, files, write_files};
use std::io::Read as _;
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_export-advisor");

/// Runs `config …` with names in the environment; gives exit status, output and errors.
fn config(args: &[&str], names: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = Command::new(PROGRAM);
    command.arg("config").args(args).envs(names.iter().copied());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_setting_is_taken_from_the_nearest_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("advisor.toml");
    std::fs::write(&file, "bind = \"127.0.0.1:1001\"\nbody_timeout = 7\nlog = \"json\"\n").unwrap();
    let file = file.to_str().unwrap();
    let value = |out: &str, key: &str| -> String {
        let printed: toml::Table = out.parse().unwrap();
        printed[key].to_string()
    };
    let environment = [("EXPORT_ADVISOR_BIND", "127.0.0.1:1002"), ("EXPORT_ADVISOR_CONFIG", file)];
    for (args, names, bind, body_timeout) in [
        (vec!["print"], &environment[..0], "\"127.0.0.1:8080\"", "20"),
        (vec!["print", "--config", file], &environment[..0], "\"127.0.0.1:1001\"", "7"),
        (vec!["print"], &environment[..], "\"127.0.0.1:1002\"", "7"),
        (
            vec!["print", "--bind", "127.0.0.1:1003", "--body-timeout", "8"],
            &environment[..],
            "\"127.0.0.1:1003\"",
            "8",
        ),
    ] {
        let (code, out, err) = config(&args, names);
        assert_eq!(code, 0, "{err}");
        assert_eq!(value(&out, "bind"), bind);
        assert_eq!(value(&out, "body_timeout"), body_timeout);
    }
}

#[test]
fn what_is_printed_is_a_file_of_the_same_settings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("advisor.toml");
    let (_, printed, _) = config(&["print", "--workers", "3", "--log", "off"], &[]);
    std::fs::write(&file, &printed).unwrap();
    let (_, again, err) = config(&["print", "--config", file.to_str().unwrap()], &[]);
    assert_eq!(again, printed, "{err}");
}

#[test]
fn a_setting_that_is_none_is_told_with_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("advisor.toml");
    let path = file.to_str().unwrap();
    for (text, names, message) in [
        ("bnid = \"127.0.0.1:1\"\n", vec![], "`bind`"),
        ("bind = 7\n", vec![], "advisor.toml:1:8"),
        ("body_timeout = 0\n", vec![], "write 1 to 3600 seconds"),
        ("workers = 0\n", vec![], "write 1 to 1024 threads"),
        ("workers = 100000\n", vec![], "write 1 to 1024 threads"),
        ("jobs = 0\n", vec![], "write a number from 1"),
        ("", vec![("EXPORT_ADVISOR_BNID", "x")], "did you mean `EXPORT_ADVISOR_BIND`?"),
    ] {
        std::fs::write(&file, text).unwrap();
        let (code, out, err) = config(&["check", "--config", path], &names);
        assert_eq!((code, out.as_str()), (1, ""), "{text}");
        assert!(err.contains(message), "{text}: {err}");
    }
    let (code, ..) = config(&["check", "--body-timeout", "0"], &[]);
    assert_eq!(code, 2);
    let (code, out, _) = config(&["check"], &[]);
    assert_eq!(code, 0);
    assert!(out.contains(&advisor().book().version), "{out}");
}

#[test]
fn rules_are_read_again_and_bad_ones_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_files(files(), folder.path());
    let rules = folder.path().join("rules");
    let server = Server::start_with(&["--rules", rules.to_str().unwrap()]);
    let version = || server.get("/readyz").header("rule-book-version").unwrap().to_owned();
    let first = version();
    assert_eq!(first, advisor().book().version);

    let script = rules.join("gbf-2023-10/10-settlement.rhai");
    let text = std::fs::read_to_string(&script).unwrap();
    std::fs::write(&script, format!("{text}\nsupport(\"broken\");\n")).unwrap();
    server.hang_up();
    server.wait_for_log("rules refused");
    assert_eq!(version(), first);

    std::fs::write(&script, format!("{text}\n// another version\n")).unwrap();
    server.hang_up();
    server.wait_for_log("rules read again");
    assert_ne!(version(), first);
    assert_eq!(server.post("/api/v1/assessments", "{}").status, 200);
}

#[test]
fn what_a_client_says_is_neither_logged_nor_counted() {
    let server = Server::start_with(&["--log", "json"]);
    let marks = ["4301035", "91330102MA2CEP6U5H", "F5191", "marked-value"];
    let firm = r#"{"employees": 4301035, "uscc": "91330102MA2CEP6U5H", "industry": "F5191", "marked-value": 1}"#;
    for path in ["/api/v1/assessments", "/api/v1/assessments:batch", "/marked-value?marked-value=1"]
    {
        server.post(path, firm);
    }
    server.get("/api/v1/supports/marked-value");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    server.send("POST", "/", &form, "employees=4301035&industry=F5191");
    let metrics = server.get("/metrics").body;
    let line = "export_advisor_http_requests_total{method=\"POST\",route=\"/api/v1/assessments\",status=\"422\"} 1";
    assert!(metrics.contains(line), "{metrics}");
    assert!(metrics.contains("route=\"/api/v1/supports/{id}\",status=\"404\""), "{metrics}");
    server.wait_for_log("/metrics");
    let log = server.log();
    assert!(log.contains("\"route\":\"/api/v1/assessments\""), "{log}");
    for mark in marks {
        assert!(!metrics.contains(mark) && !log.contains(mark), "{mark}");
    }
}

#[test]
fn idle_connections_and_slow_heads_are_closed() {
    use std::io::Write as _;
    let server = Server::start_with(&["--head-timeout", "1", "--idle-timeout", "1"]);
    let mut rest = String::new();
    let mut slow = server.connect();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHo").unwrap();
    slow.read_to_string(&mut rest).unwrap();
    assert!(rest.starts_with("HTTP/1.1 408"), "{rest}");
    let mut idle = server.connect();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    rest.clear();
    // It ends only when the server closes the connection.
    idle.read_to_string(&mut rest).unwrap();
    assert!(rest.starts_with("HTTP/1.1 200"), "{rest}");
}

#[test]
fn the_doctor_says_what_is_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let kept = ["--data", data.to_str().unwrap(), "--database", &url];
    let doctor = |more: &[&str]| run(&[&["doctor"], &kept[..], more].concat(), "");
    let message = doctor(&["--bind", "127.0.0.1:0", "--connections", "10"]);
    assert_eq!(message.code, 0, "{}{}", message.out, message.err);
    assert_eq!(message.out.matches("ok   ").count(), 7, "{}", message.out);
    assert!(message.out.contains(&advisor().book().version), "{}", message.out);

    // An address that is taken, more connections than files, a key of another folder, an open key.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let other = folder.path().join("other");
    let key = ["keys", "create", "--name", "a", "--scope", "screen", "--database", &url, "--data"];
    assert_eq!(run(&[&key[..], &[other.to_str().unwrap()]].concat(), "").code, 0);
    let file = data.join("form.key");
    assert!(Command::new("chmod").arg("644").arg(&file).status().unwrap().success());
    let message = doctor(&["--bind", &address, "--connections", "100000000"]);
    assert_eq!(message.code, 1, "{}", message.out);
    for (what, remedy) in [
        ("address", "stop what uses it"),
        ("open files", "raise the limit"),
        ("data folder", "chmod 600"),
        ("keys", "keys rotate"),
    ] {
        let line = message.out.lines().find(|line| line.starts_with(&format!("BAD  {what}: ")));
        assert!(line.is_some_and(|line| line.contains(remedy)), "{what}: {}", message.out);
    }
    assert!(message.err.contains("4 things"), "{}", message.err);
    let none =
        run(&["doctor", "--database", "none", "--data", kept[1], "--rules", "/no/folder"], "");
    assert_eq!(none.code, 1);
    assert!(none.out.contains("BAD  rules") && none.out.contains("ok   database: none"));
}

#[test]
fn what_the_program_is_made_of_is_told_whole() {
    let message = run(&["sbom"], "");
    let document: serde_json::Value = serde_json::from_str(&message.out).unwrap();
    assert_eq!(
        (&document["bomFormat"], &document["specVersion"]),
        (&"CycloneDX".into(), &"1.6".into())
    );
    let components = document["components"].as_array().unwrap();
    let purls: std::collections::BTreeSet<&str> =
        components.iter().map(|it| it["purl"].as_str().unwrap()).collect();
    assert_eq!(purls.len(), components.len(), "each once");
    let has = |name: &str| purls.iter().any(|it| it.starts_with(&format!("pkg:cargo/{name}@")));
    for name in
        ["actix-web", "rhai", "sqlx", "sqlx-core", "chacha20poly1305", "zip", "libsqlite3-sys"]
    {
        assert!(has(name), "{name}");
    }
    for name in ["criterion", "insta", "jsonschema"] {
        assert!(!has(name), "{name} is for tests alone");
    }
    for component in components {
        let is_own = component["name"].as_str().unwrap().starts_with("export-advisor-");
        let hash = component["hashes"][0]["content"].as_str().map(str::len);
        assert_eq!(hash, (!is_own).then_some(64), "{component}");
    }
    assert!(has("export-advisor-core") && has("export-advisor-screening"));
    let own = document["metadata"]["component"]["purl"].as_str().unwrap();
    for entry in document["dependencies"].as_array().unwrap() {
        let needs = entry["dependsOn"].as_array().unwrap().iter();
        for purl in needs.chain([&entry["ref"]]).map(|it| it.as_str().unwrap()) {
            assert!(purl == own || purls.contains(purl), "{purl}");
        }
    }
}
