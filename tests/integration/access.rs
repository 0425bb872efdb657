//! API keys, limits and cross-origin use, on the program as it runs.

use crate::cli::{Ran, run};
use crate::server::{Reply, Server, until};
use crate::store::databases;
use std::path::Path;

const LIST: &str = "企业名称,是否出口\n甲,是\n";
const SCREEN: &str = "/api/v1/screenings?as_of=2026-11-25";
const ASSESS: &str = "/api/v1/assessments?detail=status";

/// What keys and servers of one service have in common: a data folder and a database.
pub struct Instance<'a> {
    pub data: &'a Path,
    pub url: &'a str,
}

impl Instance<'_> {
    pub fn keys(&self, args: &[&str]) -> Ran {
        let kept = ["--data", self.data.to_str().unwrap(), "--database", self.url];
        run(&[&["keys"], args, &kept].concat(), "")
    }

    /// A new key with scopes.
    pub fn key(&self, scopes: &str, more: &[&str]) -> String {
        let ran = self.keys(&[&["create", "--name", "甲银行", "--scope", scopes], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out.trim().to_owned()
    }

    pub fn serve(&self, options: &[&str]) -> Server {
        Server::start_at(self.data, &[&["--database", self.url], options].concat())
    }
}

/// Sends with a key, and further headers.
pub fn with_key(
    server: &Server,
    key: &str,
    method: &str,
    path: &str,
    kind: &str,
    body: &str,
) -> Reply {
    let bearer = format!("Bearer {key}");
    let mut headers = vec![("Content-Type", kind)];
    if !key.is_empty() {
        headers.push(("Authorization", &bearer));
    }
    server.send(method, path, &headers, body)
}

/// Waits until a server has read its keys.
pub fn until_known(server: &Server, key: &str) {
    until("keys are read", || {
        let reply = with_key(server, key, "GET", "/api/v1/facts", "text/plain", "");
        reply.header("ratelimit-policy").is_some_and(|policy| policy.starts_with("\"key\""))
    });
}

fn screen(server: &Server, key: &str) -> Reply {
    with_key(server, key, "POST", SCREEN, "text/csv", LIST)
}

fn assess(server: &Server, key: &str) -> Reply {
    with_key(server, key, "POST", ASSESS, "application/json", "{}")
}

fn message(reply: &Reply) -> (u16, String) {
    let problem: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
    (reply.status, problem["code"].as_str().unwrap_or("").to_owned())
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

fn id(key: &str) -> &str {
    key.split('_').nth(1).unwrap()
}

#[test]
fn a_key_is_taken_by_all_processes_until_it_is_revoked() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "keys") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let instance = Instance { data: &folder.path().join("data"), url: &url };
        let first = instance.key("screen,share", &[]);
        // A trusted proxy in front: nobody is local.
        let options = ["--trusted-proxy", "127.0.0.1"];
        let servers = [instance.serve(&options), instance.serve(&options)];
        for server in &servers {
            until("the key is known", || screen(server, &first).status == 200);
            assert_eq!(message(&screen(server, "")), is(401, "needs_key"));
            assert_eq!(message(&assess(server, &first)), is(403, "lacks_scope"));
            assert_eq!(assess(server, "").status, 200, "an assessment needs no key");
            let mut wrong = first.clone();
            let last = if wrong.pop() == Some('A') { 'E' } else { 'A' };
            wrong.push(last);
            for wrong in [&wrong, "ea_0123456789ab_", "x"] {
                for reply in [screen(server, wrong), assess(server, wrong)] {
                    assert_eq!(message(&reply), is(401, "bad_key"), "{wrong}");
                    assert!(reply.header("www-authenticate").unwrap().starts_with("Bearer"));
                    assert!(!reply.body.contains(wrong) || wrong == "x");
                }
            }
        }
        let rotated = instance.keys(&["rotate", id(&first)]).out.trim().to_owned();
        let both = instance.keys(&["rotate", id(&first), "--grace", "1"]).out.trim().to_owned();
        assert_eq!((id(&rotated), id(&both)), (id(&first), id(&first)));
        for server in &servers {
            until("the new key is known", || screen(server, &both).status == 200);
            assert_eq!(screen(server, &rotated).status, 200, "it has an hour left");
            assert_eq!(message(&screen(server, &first)), is(401, "bad_key"));
        }
        let listed = instance.keys(&["list"]);
        assert!(listed.out.contains(id(&first)) && listed.out.contains("screen,share"));
        assert_eq!(instance.keys(&["revoke", id(&first)]).code, 0);
        assert_eq!(instance.keys(&["revoke", id(&first)]).code, 1, "a second time");
        assert_eq!(instance.keys(&["rotate", id(&first)]).code, 1);
        for server in &servers {
            until("the key is gone", || message(&screen(server, &both)) == is(401, "bad_key"));
            assert_eq!(screen(server, &rotated).status, 401);
            for key in [&first, &rotated, &both] {
                let secret = key.splitn(3, '_').nth(2).unwrap();
                assert!(!server.log().contains(&secret[..20]), "a key in the log");
                assert!(!server.get("/metrics").body.contains(&secret[..20]));
                assert!(!listed.out.contains(&secret[..20]));
            }
        }
        assert!(instance.keys(&["list"]).out.contains("revoked 20"));
    }
    // Nothing that is kept has a secret in it.
    let key = Instance {
        data: &folder.path().join("data"),
        url: &format!("sqlite:{}", folder.path().join("keys.sqlite").display()),
    }
    .key("admin", &[]);
    let secret = key.splitn(3, '_').nth(2).unwrap();
    let kept = std::fs::read(folder.path().join("keys.sqlite")).unwrap();
    let wal = std::fs::read(folder.path().join("keys.sqlite-wal")).unwrap_or_default();
    for bytes in [kept, wal] {
        assert!(!bytes.windows(20).any(|window| window == &secret.as_bytes()[..20]));
    }
}

#[test]
fn a_key_of_another_data_folder_is_not_taken_and_the_log_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("foreign.sqlite").display());
    let [ours, other] = ["ours", "other"].map(|name| folder.path().join(name));
    let key = Instance { data: &other, url: &url }.key("screen", &[]);
    let instance = Instance { data: &ours, url: &url };
    let server = instance.serve(&["--trusted-proxy", "127.0.0.1"]);
    assert_eq!(message(&screen(&server, &key)), is(401, "bad_key"));
    server.wait_for_log("another secret");
    assert!(instance.keys(&["list"]).out.contains("made with another data folder"));
}

#[test]
fn commands_on_keys_refuse_what_makes_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let instance = Instance { data: folder.path(), url: &url };
    for args in [
        &["create", "--name", "a"][..],
        &["create", "--name", "a", "--scope", "everything"],
        &["create", "--name", "a\nb", "--scope", "screen"],
        &["create", "--name", "a", "--scope", "screen", "--origin", "https://a.example/path"],
        &["create", "--name", "a", "--scope", "screen", "--origin", "https://*.example"],
        &["create", "--name", "a", "--scope", "screen", "--rate", "0"],
    ] {
        assert_eq!(instance.keys(args).code, 2, "{args:?}");
    }
    assert_eq!(instance.keys(&["list"]).code, 3, "no key was made, and no database");
    assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
    assert_eq!(instance.keys(&["revoke", "0123456789ab"]).code, 1);
    assert_eq!(instance.keys(&["list"]).out, "");
}

#[test]
fn who_comes_too_often_waits() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("rate.sqlite").display());
    let instance = Instance { data: folder.path(), url: &url };
    let key = instance.key("assess", &["--rate", "2"]);
    let server = instance.serve(&["--trusted-proxy", "127.0.0.1", "--anonymous-rate", "2"]);
    let from = |address: &str| {
        let headers = [("Content-Type", "application/json"), ("X-Forwarded-For", address)];
        server.send("POST", ASSESS, &headers, "{}")
    };
    // Each case is a client of its own; a client may write what it likes before its own address.
    for clients in [
        ["198.51.100.1"; 3],
        ["1.1.1.1, 198.51.100.2", "2.2.2.2, 198.51.100.2", "198.51.100.2"],
        ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:1"],
    ] {
        let replies = clients.map(from);
        assert_eq!(replies.each_ref().map(|reply| reply.status), [200, 200, 429], "{clients:?}");
        assert_eq!(replies[0].header("ratelimit-policy"), Some("\"address\";q=2;w=60"));
        assert_eq!(replies[0].header("ratelimit"), Some("\"address\";r=1;t=30"));
        assert_eq!(message(&replies[2]).1, "too_many_requests");
        let wait: u64 = replies[2].header("retry-after").unwrap().parse().unwrap();
        assert!((1..=31).contains(&wait), "{wait}");
    }
    let wrong = with_key(&server, "x", "POST", ASSESS, "application/json", "{}");
    assert_eq!(message(&wrong), is(401, "bad_key"));
    assert!(wrong.header("ratelimit").is_some(), "guesses are counted");
    let replies = [(); 3].map(|()| assess(&server, &key));
    assert_eq!(replies.each_ref().map(|reply| reply.status), [200, 200, 429]);
    assert_eq!(replies[1].header("ratelimit-policy"), Some("\"key\";q=2;w=60"));
    for path in ["/healthz", "/readyz", "/metrics"] {
        for _ in 0..4 {
            assert_eq!(server.get(path).status, 200, "probes have no limit");
        }
    }
}

#[test]
fn a_browser_may_use_a_key_from_the_sites_it_lists() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("cors.sqlite").display());
    let instance = Instance { data: folder.path(), url: &url };
    let (a, b) = ("https://a.example", "https://b.example");
    let of_a = instance.key("assess", &["--origin", a]);
    let _of_b = instance.key("assess", &["--origin", b]);
    let server = instance.serve(&[]);
    let allow = "access-control-allow-origin";
    let preflight = |origin| {
        let headers = [("Origin", origin), ("Access-Control-Request-Method", "POST")];
        server.send("OPTIONS", "/api/v1/assessments", &headers, "")
    };
    for origin in [a, b] {
        let reply = preflight(origin);
        assert_eq!((reply.status, reply.header(allow)), (204, Some(origin)));
        assert!(reply.header("access-control-allow-headers").unwrap().contains("Authorization"));
        assert_eq!(reply.header("vary"), Some("Origin"));
    }
    for origin in ["https://c.example", "null", "https://a.example.c.example"] {
        let reply = preflight(origin);
        assert_eq!((reply.status, reply.header(allow)), (405, None), "{origin}");
    }
    let send = |origin, bearer: &str| {
        let headers =
            [("Content-Type", "application/json"), ("Origin", origin), ("Authorization", bearer)];
        server.send("POST", ASSESS, &headers, "{}")
    };
    let bearer = format!("Bearer {of_a}");
    for (origin, bearer, status, shared) in [
        (a, bearer.as_str(), 200, Some(a)),
        (b, &bearer, 200, None),
        ("https://c.example", &bearer, 200, None),
        (a, "Bearer wrong", 401, Some(a)),
    ] {
        let reply = send(origin, bearer);
        assert_eq!((reply.status, reply.header(allow)), (status, shared), "{origin}");
    }
}

#[test]
fn only_a_server_of_this_machine_alone_screens_without_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("local.sqlite").display());
    let instance = Instance { data: folder.path(), url: &url };
    let key = instance.key("assess", &[]);
    let server = instance.serve(&[]);
    assert_eq!(screen(&server, "").status, 200);
    assert_eq!(
        message(&screen(&server, &key)),
        is(403, "lacks_scope"),
        "a key is held to its scopes"
    );
    // A proxy on the same machine brings the whole world.
    for name in ["X-Forwarded-For", "Forwarded", "Via"] {
        let headers = [("Content-Type", "text/csv"), (name, "for=198.51.100.1")];
        let reply = server.send("POST", SCREEN, &headers, LIST);
        assert_eq!(message(&reply), is(401, "needs_key"), "{name}");
    }
    let reload = with_key(&server, "", "POST", "/admin/reload", "application/json", "");
    assert_eq!(message(&reload), is(401, "needs_key"));
    // Who sends another scheme to the API means to be known; to a page, it is the affair of a proxy in front.
    for scheme in ["Basic eDp5", "Digest x", "ea_1_2", ""] {
        let basic = [("Content-Type", "application/json"), ("Authorization", scheme)];
        let reply = server.send("POST", ASSESS, &basic, "{}");
        assert_eq!(message(&reply), is(401, "bad_key"), "{scheme}");
        let reply = server.send("GET", "/admin/audit", &basic, "");
        assert_eq!(message(&reply), is(401, "bad_key"), "{scheme}");
        assert_eq!(server.send("GET", "/", &basic, "").status, 200);
    }
}

#[test]
fn assessments_go_on_while_keys_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let instance =
        Instance { data: folder.path(), url: "postgres://nobody@127.0.0.1:1/none?sslmode=disable" };
    let server = instance.serve(&["--trusted-proxy", "127.0.0.1"]);
    let key = format!("ea_0123456789ab_{}", "A".repeat(43));
    assert_eq!(assess(&server, &key).status, 200);
    assert_eq!(message(&screen(&server, &key)), is(503, "store_unavailable"));
    let without = Server::start_with(&["--trusted-proxy", "127.0.0.1"]);
    assert_eq!(message(&assess(&without, &key)), is(401, "bad_key"), "no store, no keys");
}

#[test]
fn rules_are_read_again_for_a_key_with_the_scope() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let url = format!("sqlite:{}", folder.path().join("admin.sqlite").display());
    let instance = Instance { data: &data, url: &url };
    let (admin, other) = (instance.key("admin", &[]), instance.key("assess,screen,share", &[]));
    crate::support::write_files(crate::support::files(), folder.path());
    let rules = folder.path().join("rules");
    let server = instance.serve(&["--rules", rules.to_str().unwrap()]);
    let reload =
        |key: &str| with_key(&server, key, "POST", "/admin/reload", "application/json", "");
    let version = || server.get("/readyz").header("rule-book-version").unwrap().to_owned();
    let first = version();
    assert_eq!(message(&reload(&other)), is(403, "lacks_scope"));
    let script = rules.join("gbf-2023-10/10-settlement.rhai");
    let text = std::fs::read_to_string(&script).unwrap();
    std::fs::write(&script, format!("{text}\nsupport(\"broken\");\n")).unwrap();
    let refused = reload(&admin);
    assert_eq!(message(&refused), is(422, "invalid_rules"));
    assert!(refused.body.contains("10-settlement.rhai"), "{}", refused.body);
    assert_eq!(version(), first);
    std::fs::write(&script, format!("{text}\n// another version\n")).unwrap();
    let taken = reload(&admin);
    assert_eq!(taken.status, 200);
    assert_ne!(version(), first);
    assert!(taken.body.contains(&version()), "{}", taken.body);
}
