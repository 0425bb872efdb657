//! Every route × every scope × every database: who may, who may not, and with what answer.

use crate::access::{Instance, until_known, with_key};
use crate::cli::run;
use crate::store::databases;
use crate::support::files;
use crate::two_lists::{MULTIPART, body as multipart};
use std::collections::BTreeSet;

/// What a route asks for, written here once more and apart from the service's own table.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asks {
    /// Nothing: a wrong key does not matter either.
    Nothing,
    /// A right key or none.
    Any,
    /// A key with this scope, or none.
    KeyOrNone(&'static str),
    /// A key with this scope.
    Key(&'static str),
}
use Asks::{Any, Key, KeyOrNone, Nothing};

const ROUTES: [(&str, &str, Asks); 62] = [
    ("POST", "/api/v1/assessments", KeyOrNone("assess")),
    ("POST", "/api/v1/assessments:batch", KeyOrNone("assess")),
    ("POST", "/api/v1/screenings", Key("screen")),
    ("POST", "/api/v1/screenings:upload", Key("screen")),
    ("POST", "/api/v1/screenings:compare", Key("screen")),
    ("POST", "/api/v1/shares", KeyOrNone("share")),
    ("POST", "/api/v1/shares/open", KeyOrNone("share")),
    ("POST", "/api/v1/shares/delete", KeyOrNone("share")),
    ("POST", "/admin/reload", Key("admin")),
    ("GET", "/admin/audit", Key("admin")),
    ("GET", "/api/v1/policies", Any),
    ("GET", "/api/v1/policies/{id}", Any),
    ("GET", "/api/v1/policies/{id}/later", Any),
    ("GET", "/api/v1/supports", Any),
    ("GET", "/api/v1/supports/{id}", Any),
    ("GET", "/api/v1/facts", Any),
    ("GET", "/api/v1/codes/{system}", Any),
    ("GET", "/api/v1/rulebook", Any),
    ("GET", "/api/v1/rulebook/sql", Any),
    ("GET", "/api/v1/rulebooks", Any),
    ("GET", "/api/v1/rulebooks/{old}..{new}", Any),
    ("GET", "/api/v1/rulebooks/{version}", Any),
    ("GET", "/api/v1/rulebooks/{version}/archive", Any),
    ("GET", "/openapi.json", Any),
    ("GET", "/docs", Any),
    ("GET", "/docs/", Any),
    ("GET", "/", Any),
    ("POST", "/", Any),
    ("GET", "/result", Any),
    ("GET", "/form", Any),
    ("POST", "/form", Any),
    ("POST", "/sheet", Any),
    ("POST", "/copy", Any),
    ("POST", "/share", Any),
    ("GET", "/adviser", Any),
    ("POST", "/adviser", Any),
    ("GET", "/suggest/{what}", Any),
    ("GET", "/embed", Any),
    ("GET", "/text", Any),
    ("GET", "/supports", Any),
    ("GET", "/supports/{id}", Any),
    ("POST", "/feedback", Any),
    ("GET", "/contact", Any),
    ("GET", "/privacy", Any),
    ("GET", "/accessibility", Any),
    ("GET", "/s", Any),
    ("POST", "/s", Any),
    ("POST", "/s/delete", Any),
    ("GET", "/assets/style.css", Nothing),
    ("GET", "/assets/icon.svg", Nothing),
    ("GET", "/assets/form.js", Nothing),
    ("GET", "/assets/adviser.js", Nothing),
    ("GET", "/assets/embed.js", Nothing),
    ("GET", "/assets/icon-180.png", Nothing),
    ("GET", "/assets/card.png", Nothing),
    ("GET", "/assets/brand.css", Nothing),
    ("GET", "/assets/brand.svg", Nothing),
    ("GET", "/favicon.ico", Nothing),
    ("GET", "/robots.txt", Nothing),
    ("GET", "/healthz", Nothing),
    ("GET", "/readyz", Nothing),
    ("GET", "/metrics", Nothing),
];

const SCOPES: [&str; 4] = ["assess", "screen", "share", "admin"];

/// Who asks.
enum Who {
    Nobody,
    Stranger,
    Holder(Vec<&'static str>),
}

/// The status and code with which the guard refuses; nothing if it does not.
fn refusal(asks: Asks, who: &Who) -> Option<(u16, &'static str)> {
    match (asks, who) {
        (Nothing, _) | (Any | KeyOrNone(_), Who::Nobody) | (Any, Who::Holder(_)) => None,
        (_, Who::Stranger) => Some((401, "bad_key")),
        (Key(_), Who::Nobody) => Some((401, "needs_key")),
        (KeyOrNone(scope) | Key(scope), Who::Holder(scopes)) => {
            (!scopes.contains(&scope)).then_some((403, "lacks_scope"))
        }
    }
}

#[test]
fn every_route_asks_every_caller_what_it_should() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "matrix") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let instance = Instance { data: &folder.path().join("data"), url: &url };
        let mut callers = vec![
            (String::new(), Who::Nobody),
            (format!("ea_0123456789ab_{}", "A".repeat(43)), Who::Stranger),
        ];
        let all: Vec<Vec<&str>> = SCOPES.iter().map(|scope| vec![*scope]).collect();
        for scopes in all.into_iter().chain([SCOPES.to_vec()]) {
            callers.push((
                instance.key(&scopes.join(","), &["--rate", "100000"]),
                Who::Holder(scopes),
            ));
        }
        let server =
            instance.serve(&["--trusted-proxy", "127.0.0.1", "--anonymous-rate", "100000"]);
        // Before the keys are read, what needs none answers to every key.
        until_known(&server, &callers.last().unwrap().0);
        for (method, route, asks) in ROUTES {
            let path = route.replace("{id}", "gbf-2023-10").replace("{what}", "place?q=a");
            let path = path.replace("{system}", "country").replace("{version}", "sha256:0");
            let path = path.replace("{old}..{new}", "sha256:0..sha256:1");
            for (key, who) in &callers {
                let (kind, body) = if route.ends_with("screenings") {
                    ("text/csv", "name,exports_goods\na,1\n")
                } else {
                    ("application/json", "{}")
                };
                let body = if method == "POST" { body } else { "" };
                let reply = with_key(&server, key, method, &path, kind, body);
                let problem: serde_json::Value =
                    serde_json::from_str(&reply.body).unwrap_or_default();
                let message = (reply.status, problem["code"].as_str().unwrap_or(""));
                match refusal(asks, who) {
                    Some(refused) => assert_eq!(message, refused, "{method} {route}"),
                    None => {
                        assert!(
                            ![401, 403, 429].contains(&message.0),
                            "{method} {route}: {message:?}"
                        );
                    }
                }
            }
        }
    }
}

/// Other spellings of a path that a lenient reader takes for the same one.
fn spellings(path: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let (whole, bytes) = (path.to_owned(), path.as_bytes());
    for (at, byte) in bytes.iter().enumerate() {
        let (before, after) = (&path[..at], &path[at + 1..]);
        let letter = char::from(*byte);
        let other_case: char = if letter.is_ascii_lowercase() {
            letter.to_ascii_uppercase()
        } else {
            letter.to_ascii_lowercase()
        };
        all.insert(format!("{before}{other_case}{after}"));
        // The root alone is the start page.
        let first = if at == 0 { "/" } else { "" };
        for escape in [
            format!("%{byte:02X}"),
            format!("%{byte:02x}"),
            format!("%25{byte:02X}"),
            format!("%2525{byte:02x}"),
            // Overlong UTF-8.
            format!("%C{}%{:02X}", byte >> 6, 0x80 | (byte & 0x3f)),
            format!("%E0%8{}%{:02X}", byte >> 6, 0x80 | (byte & 0x3f)),
        ] {
            all.insert(format!("{first}{before}{escape}{after}"));
        }
        if letter == '/' {
            for more in [
                "//",
                "/./",
                "/../",
                "/;/",
                "/;x=y/",
                "/%2e/",
                "/%2E%2E/x/../",
                "/\\",
                "\\",
                "%5C",
                "/%5c",
            ] {
                all.insert(format!("{first}{before}{more}{after}"));
            }
        }
    }
    for more in [
        "/", ".", "/.", "/..", ";", ";a=b", "%00", "%20", "%0A", "%3F", "%23", "//", "\\", "%2F",
        "%2f", "..;/",
    ] {
        all.insert(format!("{whole}{more}"));
    }
    for before in [
        "/.",
        "/x/..",
        "/;",
        "/api/v1/facts/../../..",
        "/%2e%2e",
        "/healthz/..",
        "/assets/..;",
        "/docs/..",
    ] {
        all.insert(format!("{before}{whole}"));
    }
    all.remove(path);
    all
}

#[test]
fn no_spelling_of_a_gated_path_gets_past_the_guard() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "spellings") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let instance = Instance { data: &folder.path().join("data"), url: &url };
        let share = instance.key("share", &["--rate", "1000000"]);
        let proxy = ["--trusted-proxy", "127.0.0.1", "--anonymous-rate", "1000000"];
        for options in [&proxy[..], &[]] {
            let server = instance.serve(options);
            until_known(&server, &share);
            for (method, route, asks) in ROUTES {
                // A key with another scope may do less than nobody: there it is the one to try.
                let key = match asks {
                    Key(_) => "",
                    KeyOrNone("assess") => &share,
                    KeyOrNone(_) | Any | Nothing => continue,
                };
                for spelling in spellings(route) {
                    let kind =
                        if route.ends_with("screenings") { "text/csv" } else { "application/json" };
                    let body = match (method, kind) {
                        ("GET", _) => "",
                        (_, "text/csv") => "name,exports_goods\na,1\n",
                        _ => "{}",
                    };
                    let status = with_key(&server, key, method, &spelling, kind, body).status;
                    // 400: a target that is no address at all.
                    assert!([400, 404].contains(&status), "{method} {spelling}: {status}");
                }
            }
        }
    }
}

/// What a program asks refuses a parameter that it does not have, misspelt ones with the nearest right one. A page
/// ignores it: people share links, and chats and search engines add parameters of their own.
#[test]
fn every_route_of_the_api_refuses_unknown_parameters_and_every_page_ignores_them() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let instance = Instance { data: &folder.path().join("data"), url: &url };
    let key = instance.key(&SCOPES.join(","), &["--rate", "100000"]);
    let server = instance.serve(&["--anonymous-rate", "100000"]);
    until_known(&server, &key);
    let document: serde_json::Value =
        serde_json::from_str(&export_advisor::server::routes::description()).unwrap();
    let list = "编号,是否出口\nA1,是\n".as_bytes();
    let send = |method: &str, route: &str, query: &str| {
        let supports = route.replace("supports/{id}", "supports/guarantee-small-micro");
        let path = supports.replace("{id}", "gbf-2023-10").replace("{what}", "place");
        let version = files().version();
        let path = path.replace("{system}", "country").replace("{version}", &version);
        let path = path.replace("{old}..{new}", &format!("{version}..{version}"));
        let bearer = format!("Bearer {key}");
        let (kind, body) = match (method, route.rsplit('/').next().unwrap()) {
            ("GET", _) => ("text/plain", Vec::new()),
            (_, "screenings") => ("text/csv", list.to_vec()),
            (_, "screenings:upload" | "screenings:compare") => {
                let parts = ["previous", "list"].map(|name| (name, None, Some("text/csv"), list));
                (MULTIPART, multipart(&parts))
            }
            (_, "assessments:batch") => ("application/json", br#"{"profiles": []}"#.to_vec()),
            (_, "shares") => ("application/json", br#"{"profile": {}}"#.to_vec()),
            (_, "open" | "delete") if route.starts_with("/api/") => {
                ("application/json", br#"{"secret": "x"}"#.to_vec())
            }
            _ if route.starts_with("/api/") || route.starts_with("/admin/") => {
                ("application/json", b"{}".to_vec())
            }
            _ => ("application/x-www-form-urlencoded", Vec::new()),
        };
        let headers = [("Content-Type", kind), ("Authorization", bearer.as_str())];
        server.send(method, &format!("{path}?{query}"), &headers, body)
    };
    let mut misspelt = 0;
    for (method, route, _) in ROUTES {
        let is_for_programs =
            ["/api/", "/admin/", "/openapi.json", "/healthz", "/readyz", "/metrics"]
                .iter()
                .any(|start| route.starts_with(start));
        if !is_for_programs {
            let plain = send(method, route, "");
            let marked = send(method, route, "utm_source=wechat&from=timeline");
            assert_eq!(marked.status, plain.status, "{method} {route}");
            continue;
        }
        let operation = &document["paths"][route][method.to_lowercase()];
        let known = operation["parameters"].as_array().cloned().unwrap_or_default();
        let known = known.iter().filter(|parameter| parameter["in"] == "query");
        let known: Vec<&str> = known.map(|one| one["name"].as_str().unwrap()).collect();
        for name in ["marked"].iter().chain(&known) {
            let (wrong, near) = match *name {
                "marked" => ("marked".to_owned(), None),
                name => (format!("{name}x"), Some(format!("did you mean `{name}`?"))),
            };
            let reply = send(method, route, &format!("{wrong}=1"));
            let problem: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
            let message = (reply.status, problem["code"].as_str().unwrap_or(""));
            assert_eq!(message, (400, "bad_query"), "{method} {route}?{wrong}: {}", reply.body);
            let detail = problem["detail"].as_str().unwrap();
            let unknown = format!("there is no parameter `{wrong}`");
            assert!(detail.starts_with(&unknown), "{method} {route}: {detail}");
            if let Some(near) = near {
                misspelt += 1;
                assert!(detail.contains(&near), "{method} {route}: {detail}");
            }
        }
    }
    assert!(misspelt > 60, "{misspelt}");
}

#[test]
fn every_resource_stands_behind_the_guard() {
    for (_, path, text) in crate::border::sources() {
        // Unit tests register resources of their own, which the program does not have.
        let text = text.split("#[cfg(test)]").next().unwrap();
        let made = text.matches("web::resource(").count() + text.matches("web::scope(").count();
        let registered =
            text.matches(".service(").count() + text.matches(".default_service").count();
        let may = match path.to_str() {
            Some("src/server/routes.rs") => (1, 4),
            _ => (0, 0),
        };
        assert_eq!((made, registered), may, "{}: add a row to the route table", path.display());
    }
    let table = include_str!("../../src/server/routes.rs");
    // The one resource is given to `guarded` in each of its kinds, and that wraps it before it registers it.
    let (_, register) = table.split_once("fn register(").unwrap();
    let (register, guarded) = register.split_once("fn guarded<").unwrap();
    assert_eq!(register.matches("guarded(config, resource").count(), 3);
    assert!(!register.contains(".service("));
    let (guarded, _) = guarded.split_once("\n}\n").unwrap();
    assert!(guarded.contains("guard_resource(routes, request, next)"));
    assert!(
        guarded
            .contains("config.service(resource.wrap(from_fn(catch_panics)).wrap(from_fn(guard)))")
    );
    // What no route answers is guarded too.
    let (_, configure) = table.split_once("fn configure(").unwrap();
    let (configure, _) = configure.split_once("\n}\n").unwrap();
    let configure: String = configure.split_whitespace().collect();
    assert!(
        configure.contains("not_found.wrap(from_fn(|request,next|guard(RateLimit,request,next)))")
    );
}

#[test]
fn the_matrix_has_every_route() {
    let routes: BTreeSet<(&str, &str)> = export_advisor::server::routes::routes().collect();
    // The files behind `/docs` are asked for by the first of them.
    let routes = routes.into_iter().map(|(method, path)| match path {
        "/docs/{file:.*}" => (method, "/docs/"),
        _ => (method, path),
    });
    let routes: BTreeSet<(&str, &str)> = routes.collect();
    let listed: BTreeSet<(&str, &str)> =
        ROUTES.iter().map(|(method, path, _)| (*method, *path)).collect();
    let forgotten: Vec<_> = routes.difference(&listed).collect();
    assert!(forgotten.is_empty(), "add to ROUTES: {forgotten:?}");
    let gone: Vec<_> = listed.difference(&routes).collect();
    assert!(gone.is_empty(), "no such route: {gone:?}");
    assert!(routes.contains(&("POST", "/s/delete")));
}
