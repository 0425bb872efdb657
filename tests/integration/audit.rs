//! The audit: what keys and the operator do is told in counts and hashes, to the operator alone.

use crate::access::{Instance, until_known, with_key};
use crate::cli::run;
use crate::server::{Reply, until};
use crate::store::databases;
use crate::support::{advisor, execute, files, write_files};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

fn id(key: &str) -> &str {
    key.split('_').nth(1).unwrap()
}

/// The lines, as the command line prints them.
fn lines(instance: &Instance<'_>, more: &[&str]) -> Vec<Value> {
    let kept = ["--data", instance.data.to_str().unwrap(), "--database", instance.url];
    let ran = run(&[&["audit", "--format", "ndjson"], more, &kept].concat(), "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Actor, action and outcome, with the sum of the counts.
fn sums(lines: &[Value]) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for line in lines {
        let part = |name: &str| line[name].as_str().unwrap().to_owned();
        let what = format!("{} {} {}", part("actor"), part("action"), part("outcome"));
        *sums.entry(what).or_insert(0) += line["count"].as_i64().unwrap();
    }
    sums
}

fn secret(reply: &Reply) -> String {
    let made: Value = serde_json::from_str(&reply.body).unwrap();
    json!({ "secret": made["secret"] }).to_string()
}

#[test]
fn what_is_done_is_told_in_counts_by_key() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "audit") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let data = folder.path().join("data");
        let instance = Instance { data: &data, url: &url };
        let [assess, share, screen, admin] =
            ["assess", "share", "screen", "admin"].map(|scope| instance.key(scope, &[]));
        let server = instance.serve(&[]);
        until_known(&server, &assess);
        let send = |key: &str, path: &str, kind: &str, body: &str| {
            with_key(&server, key, "POST", path, kind, body).status
        };
        let json_to = |key: &str, path: &str, body: &str| send(key, path, "application/json", body);
        let one = "/api/v1/assessments?detail=status";
        for _ in 0..3 {
            assert_eq!(json_to(&assess, one, "{}"), 200);
        }
        assert_eq!(json_to(&assess, one, "{\"x\": 1}"), 422);
        assert_eq!(json_to("", one, "{}"), 200);
        assert_eq!(json_to(&share, one, "{}"), 403);
        assert_eq!(json_to(&format!("{assess}x"), one, "{}"), 401);
        let two = "{\"profiles\": [{}, {\"x\": 1}]}";
        assert_eq!(json_to(&assess, "/api/v1/assessments:batch", two), 200);
        assert_eq!(json_to("", "/api/v1/assessments:batch", two), 200);
        let (list, to) = ("企业名称,是否出口\n甲,是\n乙,否\n", "/api/v1/screenings");
        assert_eq!(send(&screen, to, "text/csv", list), 200);
        assert_eq!(send("", to, "text/csv", list), 200);
        assert_eq!(send(&screen, to, "text/csv", "什么\n也没有\n"), 422);
        assert_eq!(send("", to, "text/csv", "什么\n也没有\n"), 422);
        for key in ["", &share] {
            let make = |key| {
                with_key(
                    &server,
                    key,
                    "POST",
                    "/api/v1/shares",
                    "application/json",
                    "{\"profile\": {}}",
                )
            };
            let made = secret(&make(key));
            assert_eq!(json_to(key, "/api/v1/shares/open", &made), 200);
            assert_eq!(json_to(key, "/api/v1/shares/open", &made), 200);
            assert_eq!(json_to(key, "/api/v1/shares/delete", &made), 204);
            assert_eq!(json_to(key, "/api/v1/shares/delete", &made), 204, "nothing is there");
            assert_eq!(json_to(key, "/api/v1/shares/open", &made), 404);
        }
        assert_eq!(json_to(&admin, "/admin/reload", ""), 200);
        server.get("/s");
        server.get("/api/v1/facts");
        let (a, s, c, m) = (id(&assess), id(&share), id(&screen), id(&admin));
        let expected: BTreeMap<String, i64> = [
            (format!("{a} assess 200"), 3),
            (format!("{a} assess 422"), 1),
            (format!("{s} assess 403"), 1),
            (format!("{a} assess_batch 200"), 2),
            (format!("{c} screen 200"), 2),
            ("anonymous screen 200".to_owned(), 2),
            (format!("{c} screen 422"), 0),
            ("anonymous share_create 201".to_owned(), 1),
            ("anonymous share_open 200".to_owned(), 2),
            ("anonymous share_delete 204".to_owned(), 1),
            (format!("{s} share_create 201"), 1),
            (format!("{s} share_open 200"), 2),
            (format!("{s} share_open 404"), 0),
            (format!("{s} share_delete 204"), 1),
            (format!("{m} rules_reload 200"), 1),
            ("cli key_create ok".to_owned(), 4),
            ("cli db_migrate ok".to_owned(), 1),
        ]
        .into();
        until("all is written", || sums(&lines(&instance, &[])).len() == expected.len());
        let all = lines(&instance, &[]);
        assert_eq!(sums(&all), expected);
        for line in &all {
            let book = if line["action"] == "screen" && line["outcome"] == "200" {
                &advisor().book().version
            } else {
                ""
            };
            assert!(line["rule_book"] == book || line["action"] != "screen", "{line}");
            let object = line["object"].as_str().unwrap();
            match line["action"].as_str().unwrap() {
                "key_create" => assert!([a, s, c, m].contains(&object)),
                "rules_reload" => assert_eq!(object, advisor().book().version),
                "db_migrate" => assert!(object.parse::<u32>().is_ok()),
                _ => assert_eq!(object, "", "{line}"),
            }
        }
        let mine = lines(&instance, &["--key", c]);
        assert_eq!(sums(&mine).len(), 2);
        assert_eq!(lines(&instance, &["--since", "2099-01-01"]), Vec::<Value>::new());
        assert_eq!(lines(&instance, &["--until", "2020-01-01"]), Vec::<Value>::new());
        assert_eq!(lines(&instance, &["--since", "2020-01-01", "--until", "2099-01-01"]), all);
        let text = place_text(&instance);
        assert_eq!(text.lines().count(), all.len());
        assert!(text.lines().all(|line| line.matches('\t').count() == 7), "{text}");

        // Over HTTP: for the operator's key alone, a page at a time.
        let get = |key: &str, query: &str| {
            with_key(&server, key, "GET", &format!("/admin/audit{query}"), "text/plain", "")
        };
        for (key, status) in [("", 401), (&assess, 403), (&share, 403), (&screen, 403)] {
            let reply = get(key, "");
            assert_eq!(reply.status, status);
            assert!(!reply.body.contains("lines"), "{}", reply.body);
        }
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let reply = get(&admin, &format!("?limit=4&after={after}"));
            assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")));
            let page: Value = serde_json::from_str(&reply.body).unwrap();
            let lines = page["lines"].as_array().unwrap();
            assert!(lines.len() == 4 || page["next"].is_null());
            found.extend(lines.clone());
            match page["next"].as_str() {
                Some(next) => next.clone_into(&mut after),
                None => break,
            }
        }
        // What was read and refused meanwhile is told too.
        let meanwhile = |line: &&Value| line["action"] != "audit_read";
        assert_eq!(found.iter().filter(meanwhile).cloned().collect::<Vec<_>>(), all);
        until("reading is told", || {
            sums(&lines(&instance, &[])).get(&format!("{a} audit_read 403")) == Some(&0)
        });
        for query in ["?limit=0", "?limit=1001", "?since=soon", "?until=1", "?x=1", "?after=%00"] {
            assert_eq!(get(&admin, query).status, 400, "{query}");
        }
    }
}

fn place_text(instance: &Instance<'_>) -> String {
    let kept = ["--data", instance.data.to_str().unwrap(), "--database", instance.url];
    run(&[&["audit"], &kept[..]].concat(), "").out
}

#[test]
fn lines_wait_while_the_store_is_away_and_nobody_waits_for_them() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "audit_away") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let data = folder.path().join("data");
        let instance = Instance { data: &data, url: &url };
        let key = instance.key("assess", &[]);
        let server = instance.serve(&[]);
        until_known(&server, &key);
        execute(&url, "ALTER TABLE audit RENAME TO elsewhere");
        let assess = || {
            let kind = "application/json";
            with_key(&server, &key, "POST", "/api/v1/assessments?detail=status", kind, "{}").status
        };
        assert_eq!(assess(), 200);
        server.wait_for_log("lines of the audit wait");
        assert_eq!((assess(), assess()), (200, 200));
        execute(&url, "ALTER TABLE elsewhere RENAME TO audit");
        until("they are written", || {
            sums(&lines(&instance, &["--key", id(&key)])).values().sum::<i64>() == 3
        });
        assert_eq!(server.log().matches("lines of the audit wait").count(), 1, "told once");
        assert!(server.get("/metrics").body.contains("export_advisor_audit_lost_total 0"));
    }
}

#[test]
fn a_list_that_breaks_off_is_told_with_the_rows_until_then() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "audit_broken") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let data = folder.path().join("data");
        let instance = Instance { data: &data, url: &url };
        let key = instance.key("screen", &[]);
        let server = instance.serve(&[]);
        until_known(&server, &key);
        let mut list = server.connect();
        let head = format!(
            "POST /api/v1/screenings HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        let rows = format!("企业名称,是否出口\n{}", "甲,是\n".repeat(300_000));
        list.write_all(head.as_bytes()).unwrap();
        list.write_all(format!("{:x}\r\n{rows}\r\n", rows.len()).as_bytes()).unwrap();
        let mut first = [0; 64];
        list.read_exact(&mut first).unwrap();
        assert!(first.starts_with(b"HTTP/1.1 200"));
        // The client says that nothing more comes, in the middle of the body.
        list.shutdown(std::net::Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        let _ = list.read_to_end(&mut rest);
        assert!(!String::from_utf8_lossy(&rest).contains("#summary"), "it looks whole");
        let message = || {
            let all = lines(&instance, &["--key", id(&key)]);
            all.into_iter().find(|line| line["action"] == "screen")
        };
        until("it is told", || message().is_some());
        let line = message().unwrap();
        assert_eq!(line["outcome"], "failed", "{line}");
        assert!((1..=300_000).contains(&line["count"].as_i64().unwrap()), "{line}");
    }
}

#[test]
fn what_the_operator_does_at_the_machine_is_told_too() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("a.sqlite"));
    let url = format!("sqlite:{}", file.display());
    let instance = Instance { data: &data, url: &url };
    let key = instance.key("screen", &[]);
    assert_eq!(instance.keys(&["rotate", id(&key)]).code, 0);
    assert_eq!(instance.keys(&["revoke", id(&key)]).code, 0);
    assert_eq!(
        instance.keys(&["revoke", id(&key)]).code,
        1,
        "nothing was done, and nothing is told"
    );
    write_files(files(), folder.path());
    let rules = folder.path().join("rules");
    let server = instance.serve(&["--rules", rules.to_str().unwrap()]);
    until("it runs", || server.get("/readyz").status == 200);
    server.hang_up();
    server.wait_for_log("rules read again");
    std::fs::write(rules.join("facts/broken.toml"), "x").unwrap();
    server.hang_up();
    server.wait_for_log("rules refused");
    until("it is written", || lines(&instance, &[]).len() == 5);
    drop(server);
    let copy = folder.path().join("copy.sqlite");
    let db = |command: &str| run(&["db", command, "--database", &url, copy.to_str().unwrap()], "");
    assert_eq!(db("backup").code, 0);
    assert_eq!(db("restore").code, 0);
    let message: Vec<String> = lines(&instance, &[])
        .iter()
        .map(|line| {
            format!("{} {} {}", line["actor"], line["action"], line["outcome"]).replace('"', "")
        })
        .collect();
    let expected = [
        "cli key_create ok",
        "cli key_rotate ok",
        "cli key_revoke ok",
        "cli rules_reload ok",
        "cli rules_reload failed",
        "cli db_restore ok",
    ];
    assert_eq!(message, expected);
}

#[test]
fn lines_are_kept_as_long_as_the_settings_say() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("a.sqlite"));
    let url = format!("sqlite:{}", file.display());
    let instance = Instance { data: &data, url: &url };
    instance.key("screen", &[]);
    instance.key("share", &[]);
    execute(
        &url,
        "UPDATE audit SET at = at - 10 * 86400 - 60 WHERE id = (SELECT MIN(id) FROM audit)",
    );
    let server = instance.serve(&["--audit-days", "11"]);
    until("it runs", || server.get("/readyz").status == 200);
    drop(server);
    assert_eq!(lines(&instance, &[]).len(), 2);
    let server = instance.serve(&["--audit-days", "10"]);
    server.wait_for_log("what has ended is deleted");
    assert_eq!(lines(&instance, &[]).len(), 1);
    let config = |args: &[&str]| run(&[&["config"], args].concat(), "");
    assert!(config(&["print"]).out.contains("audit_days = 400"));
    assert_eq!(config(&["print", "--audit-days", "0"]).code, 2);
    let settings = folder.path().join("a.toml");
    std::fs::write(&settings, "audit_days = 0\n").unwrap();
    let message = config(&["print", "--config", settings.to_str().unwrap()]);
    assert_eq!(message.code, 1);
    assert!(message.err.contains("`audit_days` is 0"), "{}", message.err);
}
