//! The history of the rules over the API: which rule books are kept, when each was put in use and by whom, their archives,
//! and answers of former ones.

use crate::access::{Instance, until_known, with_key};
use crate::api::{assert_valid, validator};
use crate::cli::run;
use crate::server::{Reply, Server, until};
use crate::store::databases;
use crate::support::{execute, files, query, write_files};
use crate::two_lists::{MULTIPART, body};
use export_advisor::server::store::Store;
use export_advisor_core::files::RuleFiles;
use serde_json::Value;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

fn json(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.body);
    serde_json::from_str(&reply.body).unwrap()
}

fn problem(reply: &Reply) -> (u16, String, String) {
    let problem: Value = serde_json::from_str(&reply.body).unwrap();
    let text = |member: &str| problem[member].as_str().unwrap().to_owned();
    (reply.status, text("code"), text("detail"))
}

fn version(server: &Server) -> String {
    server.get("/readyz").header("rule-book-version").unwrap().to_owned()
}

/// The script that tests change, in a folder with the built-in rules.
fn script(folder: &Path) -> PathBuf {
    write_files(files(), folder);
    folder.join("rules/gbf-2023-10/08-credit.rhai")
}

/// Another text of the script, and so another rule book.
fn edit(script: &Path, size: &str) {
    let text = files().get("rules/gbf-2023-10/08-credit.rhai").unwrap();
    let other = text.replace("firm.size <= \"small\"", &format!("firm.size <= \"{size}\""));
    std::fs::write(script, other).unwrap();
}

/// Headers in small letters, and the body as bytes.
fn bytes(server: &Server, path: &str) -> (String, Vec<u8>) {
    let mut stream = server.connect();
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
    let body = bytes.split_off(end + 4);
    (String::from_utf8(bytes).unwrap().to_lowercase(), body)
}

#[test]
fn the_history_says_what_put_which_rule_book_in_use() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "history") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let script = script(folder.path());
        let rules = folder.path().join("rules").display().to_string();
        let instance = Instance { data: &folder.path().join("data"), url: &url };
        let created = instance.keys(&["create", "--name", "publisher", "--scope", "admin"]);
        let key = created.out.trim();
        let server = instance.serve(&["--rules", &rules]);
        until_known(&server, key);
        let first = version(&server);
        edit(&script, "micro");
        let reloaded = with_key(&server, key, "POST", "/admin/reload", "application/json", "");
        let second = json(&reloaded)["rulebook"].as_str().unwrap().to_owned();
        assert_ne!(first, second);
        // As if they were stored in the same second.
        execute(&url, "UPDATE rule_books SET stored_at = 1000");
        let one = |text: &str| server.get(&format!("/api/v1/rulebooks/{text}"));
        let before = one(&first);
        edit(&script, "small");
        server.hang_up();
        until("the first one is in use again", || version(&server) == first);
        // Read again, and the same: no publication.
        with_key(&server, key, "POST", "/admin/reload", "application/json", "");

        let history = |server: &Server| {
            let all = json(&server.get("/api/v1/rulebooks"));
            let all = all.as_array().unwrap().iter();
            let all = all.map(|book| {
                let published = book["publications"].as_array().unwrap().iter().map(|one| {
                    assert!(one["at"].as_str().unwrap().ends_with('Z'), "{one}");
                    format!("{} {}", one["by"].as_str().unwrap(), one["key"])
                });
                assert!(book["stored_at"].as_str().unwrap().ends_with('Z'), "{book}");
                let published = published.collect::<Vec<_>>();
                (book["version"].as_str().unwrap().to_owned(), book["in_use"] == true, published)
            });
            all.collect::<Vec<_>>()
        };
        let mut expected = vec![
            (second.clone(), false, vec!["reload \"publisher\"".to_owned()]),
            (first.clone(), true, vec!["start null".to_owned(), "reload null".to_owned()]),
        ];
        assert_eq!(history(&server), expected);
        // One by itself: what `/rulebook` says of it, with its history, by digits too.
        let now = one(&first);
        let info = json(&server.get(&format!("/api/v1/rulebook?rulebook={first}")));
        for (member, value) in info.as_object().unwrap() {
            assert_eq!(json(&now)[member], *value, "{member}");
        }
        assert_eq!(json(&now)["publications"].as_array().unwrap().len(), 2);
        for digits in [&first["sha256:".len()..], &first[..15], &first[7..15]] {
            assert_eq!(one(digits).body, now.body, "{digits}");
        }
        // It may be kept until something happens to it.
        assert_eq!(now.header("cache-control"), Some("no-cache"));
        let (tag, old) = (now.header("etag").unwrap(), before.header("etag").unwrap());
        assert_ne!(tag, old);
        let path = format!("/api/v1/rulebooks/{first}");
        let again = |tag| server.send("GET", &path, &[("If-None-Match", tag)], "").status;
        assert_eq!((again(tag), again(old)), (304, 200));

        for (text, detail) in [
            (&first[..14], "the first 8 or more"),
            ("latest", "the first 8 or more"),
            ("ffffffff00", "there is no rule book `ffffffff00`; see /api/v1/rulebooks"),
            ("sha256:0", "the first 8 or more"),
        ] {
            for end in ["", "/archive"] {
                let (status, code, found) = problem(&one(&format!("{text}{end}")));
                assert_eq!((status, code.as_str()), (404, "unknown_rule_book"), "{text}");
                assert!(found.contains(detail), "{found}");
            }
        }
        // Two that begin alike.
        let twin = format!(
            "INSERT INTO rule_books SELECT '{}' || substr(version, 16), files, stored_at FROM rule_books WHERE version = '{second}'",
            &first[..15]
        );
        execute(&url, Box::leak(twin.into_boxed_str()));
        let (_, _, detail) = problem(&one(&first[7..15]));
        assert!(detail.contains("2 rule books begin with"), "{detail}");
        assert_eq!(one(&first).status, 200, "the whole version names one");
        let untwin = format!(
            "DELETE FROM rule_books WHERE version LIKE '{}%' AND version <> '{first}'",
            &first[..15]
        );
        execute(&url, Box::leak(untwin.into_boxed_str()));

        // A restart with what was in use publishes nothing, one with other rules does.
        drop(server);
        let again = instance.serve(&["--rules", &rules]);
        assert_eq!(history(&again), expected);
        drop(again);
        edit(&script, "medium");
        let other = instance.serve(&["--rules", &rules]);
        expected[1].1 = false;
        expected.insert(0, (version(&other), true, vec!["start null".to_owned()]));
        assert_eq!(history(&other), expected);
        assert_eq!(query(&url, "SELECT COUNT(*) FROM rule_book_publications"), "4");
    }
}

#[test]
fn without_a_database_the_rule_book_in_use_is_the_only_one() {
    let server = Server::start();
    let version = version(&server);
    let all = json(&server.get("/api/v1/rulebooks"));
    let expected = serde_json::json!([
        { "version": version, "in_use": true, "stored_at": null, "publications": [] }
    ]);
    assert_eq!(all, expected);
    assert_eq!(json(&server.get(&format!("/api/v1/rulebooks/{version}")))["version"], *version);
    let reply = server.get(&format!("/api/v1/rulebooks/{version}/archive"));
    assert_eq!(problem(&reply).0, 503);
    assert!(problem(&reply).2.contains("without a database"), "{}", reply.body);
    let down = Server::start_with(&["--database", "postgres://nobody@127.0.0.1:1/none"]);
    for path in ["/api/v1/rulebooks", &format!("/api/v1/rulebooks/{version}")] {
        assert_eq!(problem(&down.get(path)).1, "store_unavailable", "{path}");
    }
}

/// Publications that the store does not take wait, and are all in the history when it does.
#[test]
fn what_was_published_while_the_store_was_away_is_in_the_history() {
    let folder = tempfile::tempdir().unwrap();
    let script = script(folder.path());
    let rules = folder.path().join("rules").display().to_string();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let data = folder.path().join("data");
    let server = Instance { data: &data, url: &url }.serve(&["--rules", &rules]);
    let mut versions = vec![version(&server)];
    until("it is kept", || query(&url, "SELECT COUNT(*) FROM rule_book_publications") == "1");
    execute(&url, "ALTER TABLE rule_books RENAME TO away");
    for size in ["micro", "medium"] {
        edit(&script, size);
        server.hang_up();
        until("other rules are in use", || !versions.contains(&version(&server)));
        versions.push(version(&server));
    }
    execute(&url, "ALTER TABLE away RENAME TO rule_books");
    until("all are kept", || query(&url, "SELECT COUNT(*) FROM rule_books") == "3");
    until("all are recorded", || query(&url, "SELECT COUNT(*) FROM rule_book_publications") == "3");
    let published = "SELECT group_concat(version, ' ') FROM \
                     (SELECT version FROM rule_book_publications ORDER BY id)";
    assert_eq!(query(&url, published), versions.join(" "));
}

#[test]
fn an_archive_is_a_folder_of_rules_with_the_same_version() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "archive") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let script = script(folder.path());
        let rules = folder.path().join("rules").display().to_string();
        let options = ["--rules", &rules, "--database", &url];
        edit(&script, "micro");
        let former = version(&Server::start_with(&options));
        edit(&script, "small");
        let server = Server::start_with(&options);
        assert_ne!(former, version(&server));
        let path = format!("/api/v1/rulebooks/{former}/archive");
        let (head, packed) = bytes(&server, &path);
        for header in [
            "http/1.1 200".to_owned(),
            "content-type: application/zip".to_owned(),
            format!("filename=\"rulebook-{}.zip\"", &former[7..19]),
            format!("rule-book-version: {former}"),
            "cache-control: public, max-age=86400, immutable".to_owned(),
        ] {
            assert!(head.contains(&header), "{header}: {head}");
        }
        assert!(
            head.contains(&format!("content-length: {}", packed.len())),
            "sent as it is: {head}"
        );
        // The same bytes each time, from another process too.
        let again = bytes(&Server::start_with(&options), &path).1;
        assert!(again == packed && packed.len() > 50_000);
        let (head, of_digits) =
            bytes(&server, &format!("/api/v1/rulebooks/{}/archive", &former[7..15]));
        assert!(of_digits == packed && head.contains("cache-control: no-cache"), "{head}");
        let (head, _) = bytes(&server, &format!("/api/v1/rulebooks/{}/archive", &former[7..]));
        assert!(head.contains("immutable"), "{head}");

        let unpacked = folder.path().join("unpacked");
        let mut archive = zip::ZipArchive::new(Cursor::new(packed)).unwrap();
        let names: Vec<String> =
            archive.file_names().map(|name| name.unwrap().into_owned()).collect();
        assert!(names.iter().all(|name| RuleFiles::has_meaning(name)), "{names:?}");
        archive.extract(&unpacked).unwrap();
        let rules = unpacked.join("rules").display().to_string();
        let checked = run(&["facts", "--rules", &rules], "");
        assert_eq!(checked.code, 0, "{}", checked.err);
        let served = version(&Server::start_with(&["--rules", &rules]));
        assert_eq!(served, former);
        std::fs::remove_dir_all(unpacked).unwrap();
    }
}

/// The service says of two rule books what the command line says, once made, to several that ask at the same time too.
#[test]
fn two_rule_books_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "compared") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let script = script(folder.path());
        let rules = folder.path().join("rules").display().to_string();
        let server = Server::start_with(&["--database", &url, "--rules", &rules]);
        let first = version(&server);
        edit(&script, "micro");
        server.hang_up();
        until("the second one is in use", || version(&server) != first);
        let second = version(&server);

        let path = format!("/api/v1/rulebooks/{first}..{second}");
        let replies: Vec<Reply> = std::thread::scope(|scope| {
            let ask = || scope.spawn(|| server.get(&path));
            let asked: Vec<_> = std::iter::repeat_with(ask).take(5).collect();
            asked.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let reply = &replies[0];
        assert!(replies.iter().all(|other| other.body == reply.body && other.status == 200));
        let diff = json(reply);
        assert_valid(&validator("RuleBookComparison"), &diff);
        let arguments = ["diff", &first, &second, "--format", "json", "--database", &url];
        let printed = run(&arguments, "");
        assert_eq!(serde_json::from_str::<Value>(&printed.out).unwrap(), diff, "{}", printed.err);
        let items = diff["items"].as_array().unwrap();
        let moved: Vec<_> = items.iter().filter(|item| item["effect"] == "moves").collect();
        assert!(moved.iter().any(|item| item["id"] == "guarantee-small-micro"), "{diff}");

        let stated = Some("public, max-age=86400, immutable");
        assert_eq!(reply.header("cache-control"), stated);
        assert_eq!(reply.header("rule-book-version"), Some(second.as_str()));
        let tag = reply.header("etag").unwrap();
        let again = server.send("GET", &path, &[("If-None-Match", tag)], "");
        assert_eq!((again.status, again.body.as_str()), (304, ""));
        let digits = format!("/api/v1/rulebooks/{}..{}", &first[7..], &second[7..17]);
        let of_digits = server.get(&digits);
        assert_eq!(of_digits.body, reply.body);
        assert_eq!(of_digits.header("cache-control"), Some("no-cache"));
        // The other way round is another comparison; the same on both sides is none.
        let back = json(&server.get(&format!("/api/v1/rulebooks/{second}..{first}")));
        assert_eq!((&back["old"], &back["new"]), (&diff["new"], &diff["old"]));
        let same = json(&server.get(&format!("/api/v1/rulebooks/{first}..{first}")));
        assert_eq!((&same["moves_firms"], &same["items"]), (&false.into(), &Value::Array(vec![])));
        for sides in [format!("{first}..ffffffff00"), format!("ffffffff00..{first}")] {
            let (status, code, detail) =
                problem(&server.get(&format!("/api/v1/rulebooks/{sides}")));
            assert_eq!((status, code.as_str()), (404, "unknown_rule_book"), "{sides}");
            assert!(detail.contains("`ffffffff00`"), "{detail}");
        }
        let (status, code, _) = problem(&server.get(&format!("{path}?lang=zh")));
        assert_eq!((status, code.as_str()), (400, "bad_query"));
    }
}

/// Rules in the language of another program: their files are still to be had.
#[test]
fn a_rule_book_that_cannot_be_read_any_more_keeps_its_archive() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
    let mut foreign = files().clone();
    foreign.insert("rules/gbf-2023-10/08-credit.rhai", "measure(8); nothing_known(1);");
    let version = foreign.version();
    actix_web::rt::System::new().block_on(async {
        let store = Store::existing(&url).await.unwrap();
        store.keep_rule_book(&foreign).await.unwrap();
        store.close().await;
    });
    let server = Server::start_with(&["--database", &url]);
    let listed = json(&server.get("/api/v1/rulebooks"));
    let listed = listed.as_array().unwrap();
    assert!(listed.iter().any(|book| book["version"] == *version), "{listed:?}");
    let in_use = self::version(&server);
    for path in [
        format!("/api/v1/rulebooks/{version}"),
        format!("/api/v1/rulebooks/{version}..{in_use}"),
        format!("/api/v1/rulebooks/{in_use}..{version}"),
        format!("/api/v1/facts?rulebook={version}"),
    ] {
        let (status, code, detail) = problem(&server.get(&path));
        assert_eq!((status, code.as_str()), (404, "unknown_rule_book"), "{path}");
        assert!(detail.contains("cannot read it any more"), "{detail}");
    }
    let (head, packed) = bytes(&server, &format!("/api/v1/rulebooks/{version}/archive"));
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let mut archive = zip::ZipArchive::new(Cursor::new(packed)).unwrap();
    let mut text = String::new();
    archive.by_name("rules/gbf-2023-10/08-credit.rhai").unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "measure(8); nothing_known(1);");
}

/// A request by the operation of the description, with a body that it takes.
fn send(server: &Server, method: &str, path: &str, query: &str) -> Reply {
    let path = path.replace("{system}", "country");
    let path = path.replace("supports/{id}", "supports/guarantee-small-micro");
    let path = path.replace("{id}", "gbf-2023-10");
    let list = "编号,是否出口,从业人数,行业代码,是否需要融资\nA1,是,12,F5191,是\n".as_bytes();
    let (kind, sent) = match path.rsplit('/').next().unwrap() {
        _ if method == "GET" => ("text/plain", Vec::new()),
        "screenings" => ("text/csv", list.to_vec()),
        "screenings:upload" => (MULTIPART, body(&[("list", None, Some("text/csv"), list)])),
        "screenings:compare" => {
            let parts = ["previous", "list"].map(|name| (name, None, Some("text/csv"), list));
            (MULTIPART, body(&parts))
        }
        "assessments:batch" => {
            ("application/json", br#"{"profiles": [{"size": "small"}]}"#.to_vec())
        }
        "assessments" => ("application/json", br#"{"size": "small"}"#.to_vec()),
        other => panic!("{other}"),
    };
    server.send(method, &format!("{path}?{query}"), &[("Content-Type", kind)], sent)
}

#[test]
fn every_resource_of_the_rules_answers_from_a_former_rule_book() {
    let folder = tempfile::tempdir().unwrap();
    let script = script(folder.path());
    let rules = folder.path().join("rules").display().to_string();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let options = ["--rules", &rules, "--database", &url];
    let document: Value =
        serde_json::from_str(&export_advisor::server::routes::description()).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            if parameters.iter().any(|parameter| parameter["name"] == "rulebook") {
                operations.push((method.to_uppercase(), path.as_str()));
            }
        }
    }
    let paths: Vec<&str> = operations.iter().map(|(_, path)| *path).collect();
    let expected = [
        "/api/v1/assessments",
        "/api/v1/assessments:batch",
        "/api/v1/codes/{system}",
        "/api/v1/facts",
        "/api/v1/policies",
        "/api/v1/policies/{id}",
        "/api/v1/policies/{id}/later",
        "/api/v1/rulebook",
        "/api/v1/rulebook/sql",
        "/api/v1/screenings",
        "/api/v1/screenings:compare",
        "/api/v1/screenings:upload",
        "/api/v1/supports",
        "/api/v1/supports/{id}",
    ];
    assert_eq!(paths.iter().collect::<std::collections::BTreeSet<_>>(), expected.iter().collect());

    let query = |path: &str| match path {
        "/api/v1/rulebook/sql" => "dialect=sqlite",
        "/api/v1/screenings:compare" => "as_of=2026-11-25&key=%E7%BC%96%E5%8F%B7",
        _ if path.contains("assessments") || path.contains("screenings") => "as_of=2026-11-25",
        _ => "",
    };
    let before = Server::start_with(&options);
    let former = version(&before);
    let given: Vec<Reply> =
        operations.iter().map(|(method, path)| send(&before, method, path, query(path))).collect();
    drop(before);
    edit(&script, "micro");
    let after = Server::start_with(&options);
    assert_ne!(version(&after), former);
    let mut others = Vec::new();
    for ((method, path), given) in operations.iter().zip(given) {
        assert_eq!(given.status, 200, "{path}: {}", given.body);
        let ask = |version: &str| {
            send(&after, method, path, &format!("{}&rulebook={version}", query(path)))
        };
        let reply = ask(&former);
        // What a list was compared with is a parameter of its own.
        let reply = match *path {
            "/api/v1/screenings:compare" => ask(&format!("{former}&previous_rulebook={former}")),
            _ => reply,
        };
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        assert!(reply.body == given.body, "{path}: another answer than then");
        assert_eq!(reply.header("rule-book-version"), Some(former.as_str()), "{path}");
        if send(&after, method, path, query(path)).body != given.body {
            others.push(*path);
        }
        for unknown in [format!("sha256:{}", "0".repeat(64)), "newest".to_owned(), "%00".to_owned()]
        {
            let (status, code, detail) = problem(&ask(&unknown));
            assert_eq!((status, code.as_str()), (404, "unknown_rule_book"), "{path}");
            assert!(detail.contains("/api/v1/rulebooks"), "{path}: {detail}");
        }
    }
    for path in ["/api/v1/assessments", "/api/v1/screenings", "/api/v1/rulebook/sql"] {
        assert!(others.contains(&path), "{path}: the rules in use answer differently");
    }
}
