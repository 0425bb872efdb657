//! Share links: made, opened as they were made, deleted; and what the database says of them.

use crate::access::{Instance, with_key};
use crate::cli::run;
use crate::server::{Reply, Server, until};
use crate::store::databases;
use crate::support::{execute, files, query, write_files};
use serde_json::{Value, json};

const PROFILE: &str =
    r#"{"exports_goods": true, "industry": "F5191", "employees": 12,  "financing_need": true}"#;

fn share(server: &Server, body: &str) -> String {
    let reply = server.post("/api/v1/shares", body);
    assert_eq!(reply.status, 201, "{}", reply.body);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let made: Value = serde_json::from_str(&reply.body).unwrap();
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert_eq!(made["url"], format!("/s#{secret}"));
    secret
}

fn shared(server: &Server) -> String {
    share(server, &format!("{{\"profile\": {PROFILE}, \"as_of\": \"2023-06-01\"}}"))
}

fn ask(server: &Server, what: &str, secret: &str) -> Reply {
    server.post(&format!("/api/v1/shares/{what}"), &json!({ "secret": secret }).to_string())
}

fn opens(server: &Server, secret: &str) -> bool {
    ask(server, "open", secret).status == 200
}

/// All of an answer but what differs from one to the next.
fn whole(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let headers =
        reply.headers().iter().filter(|(name, _)| name != "date" && name != "x-request-id");
    (reply.status, headers.cloned().collect(), reply.body.clone())
}

#[test]
fn the_day_of_a_share_stands_in_the_address_and_the_old_form_says_that_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let server = Server::start_with(&["--database", &url]);
    let then = |body: &str, query: &str| {
        let reply = server.post(&format!("/api/v1/shares{query}"), body);
        assert_eq!(reply.status, 201, "{}", reply.body);
        let made: Value = serde_json::from_str(&reply.body).unwrap();
        let opened = ask(&server, "open", made["secret"].as_str().unwrap());
        let opened: Value = serde_json::from_str(&opened.body).unwrap();
        (opened["then"]["as_of"].as_str().unwrap().to_owned(), reply)
    };
    let (day, reply) = then(r#"{"profile": {}}"#, "?as_of=2023-06-01");
    assert_eq!((day.as_str(), reply.header("deprecation")), ("2023-06-01", None));
    let (day, reply) = then(r#"{"profile": {}, "as_of": "2023-06-01"}"#, "");
    assert_eq!((day.as_str(), reply.header("deprecation")), ("2023-06-01", Some("@1795996800")));
    assert!(reply.header("sunset").unwrap().contains("2027") && reply.header("link").is_some());
    let (day, reply) = then(r#"{"profile": {}, "as_of": null}"#, "?as_of=2023-06-02");
    assert_eq!((day.as_str(), reply.header("deprecation")), ("2023-06-02", None));
    for (query, body, part) in [
        ("?as_of=soon", r#"{"profile": {}}"#, "`as_of` is not a day"),
        (
            "?as_of=2023-06-01",
            r#"{"profile": {}, "as_of": "2023-06-01"}"#,
            "give it in the address",
        ),
        ("?day=1", r#"{"profile": {}}"#, "there is no parameter `day`"),
    ] {
        let reply = server.post(&format!("/api/v1/shares{query}"), body);
        assert!(reply.status == 400 && reply.body.contains(part), "{query}: {}", reply.body);
    }
}

#[test]
fn a_share_opens_as_it_was_made_whatever_the_rules_are_now() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "shares") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        write_files(files(), folder.path());
        let rules = folder.path().join("rules");
        let options = ["--rules", rules.to_str().unwrap(), "--database", &url];
        let before = Server::start_with(&options);
        let assessed = |server: &Server, day: &str| {
            let reply = server.post(&format!("/api/v1/assessments{day}"), PROFILE);
            assert_eq!(reply.status, 200, "{}", reply.body);
            reply.body
        };
        let then = assessed(&before, "?as_of=2023-06-01");
        let secret = shared(&before);

        let script = rules.join("gbf-2023-10/08-credit.rhai");
        let text = std::fs::read_to_string(&script).unwrap();
        let other = text.replace("firm.size <= \"small\"", "!(firm.size <= \"small\")");
        assert_ne!(text, other);
        std::fs::write(&script, other).unwrap();
        let after = Server::start_with(&options);
        std::fs::write(&script, text).unwrap();
        for server in [&before, &after] {
            let reply = ask(server, "open", &secret);
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(reply.header("cache-control"), Some("no-store"));
            let (head, rest) = reply.body.split_once(",\"then\":").unwrap();
            let (found, now) = rest.split_once(",\"now\":").unwrap();
            assert!(found == then, "another answer than then");
            assert!(now.strip_suffix('}').unwrap() == assessed(server, ""), "not as of today");
            let head: Value = serde_json::from_str(&format!("{head}}}")).unwrap();
            assert!(head["expires_at"].as_str().unwrap().ends_with("T16:00:00Z"), "{head}");
            assert_eq!(head["program"], env!("CARGO_PKG_VERSION"));
            let moves = head["moves"].as_array().unwrap();
            if server.address() == before.address() {
                assert!(moves.is_empty(), "the same rules: {moves:?}");
                continue;
            }
            let moved = moves.iter().find(|moved| moved["support"] == "guarantee-small-micro");
            let moved = moved.unwrap();
            assert_eq!(moved["before"], json!({ "status": "applies", "excluded_by": null }));
            assert_eq!(
                moved["after"],
                json!({ "status": "does_not_apply", "excluded_by": "text" })
            );
            let label = json!({ "zh": "小型或微型企业", "en": "is small or micro" });
            let cause = json!([{ "criterion": "guarantee-small-micro/size", "label": label, "before": "true", "after": "false" }]);
            assert_eq!(moved["causes"], cause);
            let sentence = &moved["sentences"][0];
            assert_eq!(sentence["sentence_id"], "gbf-2023-10:8.4");
            assert!(sentence["text"].as_str().unwrap().starts_with("鼓励政府性融资担保机构"));
        }
        let version =
            |server: &Server| server.get("/readyz").header("rule-book-version").map(str::to_owned);
        assert_ne!(version(&before), version(&after));
        let link = format!("https://advisor.example/s#{secret}");
        assert!(opens(&after, &link), "a whole link is taken too");
        assert_eq!(ask(&after, "delete", &secret).status, 204);
        assert!(!opens(&before, &secret) && !opens(&after, &secret));
    }
}

#[test]
fn what_the_new_rules_cannot_read_is_told_beside_the_answer_of_then() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    write_files(files(), folder.path());
    let rules = folder.path().join("rules");
    let options = ["--rules", rules.to_str().unwrap(), "--database", &url];
    let body = json!({ "profile": { "employees": 7_391_846 } }).to_string();
    let secret = share(&Server::start_with(&options), &body);
    // The fact may be at most a million from now on.
    let facts = rules.join("facts/basics.toml");
    let text = std::fs::read_to_string(&facts).unwrap();
    let at = text.find("name = \"employees\"").unwrap();
    let (head, tail) = text.split_at(at);
    let (block, rest) = tail.split_once("\n\n").unwrap_or((tail, ""));
    let max = block.lines().find(|line| line.starts_with("max")).unwrap();
    let changed = format!("{head}{}\n\n{rest}", block.replace(max, "max = 1_000_000"));
    std::fs::write(&facts, changed).unwrap();
    let reply = ask(&Server::start_with(&options), "open", &secret);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let opened: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(opened["then"]["profile"]["employees"], 7_391_846);
    assert_eq!(opened["now"], Value::Null);
    assert_eq!(opened["problem"]["errors"][0]["pointer"], "/employees");
}

#[test]
fn wrong_expired_and_deleted_look_alike() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "alike") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let server = Server::start_with(&["--database", &url]);
        let expired = shared(&server);
        execute(&url, "UPDATE shares SET expires_at = 1700000000");
        let deleted = shared(&server);
        assert_eq!(ask(&server, "delete", &deleted).status, 204);
        let there = shared(&server);
        let wrong = "A".repeat(43);
        for what in ["open", "delete"] {
            let first = whole(&ask(&server, what, &wrong));
            assert_eq!(first.0, if what == "open" { 404 } else { 204 });
            for secret in [&expired, &deleted, "", "企业", "x", &there[..42], &format!("{there}A")]
            {
                assert_eq!(whole(&ask(&server, what, secret)), first, "{what} {secret}");
            }
        }
        assert!(opens(&server, &there), "nothing of this touched another");
        // The expired one may be purged at any moment.
        let living = "SELECT COUNT(*) FROM shares WHERE expires_at > 1700000000";
        assert_eq!(query(&url, living), "1");
    }
}

#[test]
fn a_row_that_was_altered_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "altered") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let server = Server::start_with(&["--database", &url]);
        let [one, other] = [(); 2].map(|()| shared(&server));
        for (there, back) in [
            ("expires_at = expires_at + 86400", "expires_at = expires_at - 86400"),
            ("owner = '0123456789ab'", "owner = ''"),
            ("created_day = '1' || created_day", "created_day = substr(created_day, 2)"),
        ] {
            assert!(opens(&server, &one));
            execute(&url, Box::leak(format!("UPDATE shares SET {there}").into_boxed_str()));
            assert!(!opens(&server, &one), "{there}");
            execute(&url, Box::leak(format!("UPDATE shares SET {back}").into_boxed_str()));
        }
        assert!(opens(&server, &one) && opens(&server, &other));
        execute(&url, "UPDATE shares SET sealed = (SELECT MAX(sealed) FROM shares)");
        assert_ne!(opens(&server, &one), opens(&server, &other), "one has the other's text");
    }
}

#[test]
fn a_body_that_is_wrong_is_told_with_every_fault_and_nothing_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let server = Server::start_with(&["--database", &url]);
    let message = |body: &str| {
        let reply = server.post("/api/v1/shares", body);
        let problem: Value = serde_json::from_str(&reply.body).unwrap();
        let errors = problem["errors"].as_array().unwrap().iter();
        let errors = errors.map(|e| format!("{} {}", e["pointer"], e["code"]).replace('"', ""));
        (reply.status, problem["code"].as_str().unwrap().to_owned(), errors.collect::<Vec<_>>())
    };
    let all = r#"{"profile": {"exprts_goods": true, "employees": "many"}, "days": 181, "as_of": "soon", "x": 1}"#;
    let faults = [
        " unknown_key",
        "/days out_of_range",
        "/as_of not_a_day",
        "/profile/exprts_goods unknown_fact",
        "/profile/employees wrong_type",
    ];
    assert_eq!(
        message(all),
        (422, "invalid_profile".to_owned(), faults.map(str::to_owned).to_vec())
    );
    for (body, status, code, fault) in [
        ("{}", 422, "invalid_profile", "/profile missing"),
        ("[]", 422, "invalid_profile", " not_an_object"),
        ("{", 400, "not_json", " not_json"),
        (r#"{"profile": []}"#, 422, "invalid_profile", "/profile not_an_object"),
        (r#"{"profile": {}, "days": 0}"#, 422, "invalid_profile", "/days out_of_range"),
        (r#"{"profile": {}, "days": 1.5}"#, 422, "invalid_profile", "/days out_of_range"),
        (r#"{"profile": {}, "as_of": 1}"#, 422, "invalid_profile", "/as_of not_a_day"),
        (r#"{"profile": {}, "profile": {}}"#, 422, "invalid_profile", "/profile given_twice"),
        (r#"{"profile": {}, "days": 7, "days": 180}"#, 422, "invalid_profile", "/days given_twice"),
        (
            r#"{"profile": {}, "d\u0061ys": 7, "days": 7}"#,
            422,
            "invalid_profile",
            "/days given_twice",
        ),
        (
            r#"{"as_of": null, "profile": {}, "as_of": "2026-11-25"}"#,
            422,
            "invalid_profile",
            "/as_of given_twice",
        ),
        (
            r#"{"profile": {"employees": 1, "employees": 1}}"#,
            422,
            "invalid_profile",
            "/profile/employees given_twice",
        ),
    ] {
        assert_eq!(message(body), (status, code.to_owned(), vec![fault.to_owned()]), "{body}");
    }
    let large = format!("{{\"profile\": {{{}}}}}", " ".repeat(40_000));
    assert_eq!(message(&large).1, "too_large");
    for what in ["open", "delete"] {
        for (body, code) in [
            ("{", "not_json"),
            ("{}", "bad_body"),
            (r#"{"secret": 7391846205}"#, "bad_body"),
            (r#"{"secret": "7391846205", "secret": "7391846205"}"#, "bad_body"),
        ] {
            let reply = server.post(&format!("/api/v1/shares/{what}"), body);
            assert_eq!(reply.status, 400);
            assert!(
                reply.body.contains(code) && !reply.body.contains("7391846205"),
                "{}",
                reply.body
            );
        }
    }
    assert_eq!(query(&url, "SELECT COUNT(*) FROM shares"), "0");
    for days in [1, 180] {
        share(&server, &json!({ "profile": {}, "days": days, "as_of": null }).to_string());
    }
    // The row says the day of making alone, and a length that says little.
    share(&server, &json!({ "profile": { "employees": 12 } }).to_string());
    let days = "SELECT COUNT(*) FROM shares WHERE length(created_day) = 10 AND owner = '' AND (expires_at + 28800) % 86400 = 0";
    assert_eq!(query(&url, days), "3");
    assert_eq!(query(&url, "SELECT COUNT(DISTINCT length(sealed)) FROM shares"), "1");
}

#[test]
fn a_key_needs_the_scope_and_stands_beside_what_it_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let instance = Instance { data: &data, url: &url };
    let (may, may_not) = (instance.key("share", &[]), instance.key("assess,screen,admin", &[]));
    let server = instance.serve(&[]);
    let body = "{\"profile\": {}}";
    let send = |key: &str, path: &str, body: &str| {
        with_key(&server, key, "POST", path, "application/json", body)
    };
    let made = send(&may, "/api/v1/shares", body);
    assert_eq!(made.status, 201);
    assert_eq!(query(&url, "SELECT MAX(owner) FROM shares"), may.split('_').nth(1).unwrap());
    let made: Value = serde_json::from_str(&made.body).unwrap();
    let secret = json!({ "secret": made["secret"] }).to_string();
    for (path, body) in [
        ("/api/v1/shares", body),
        ("/api/v1/shares/open", secret.as_str()),
        ("/api/v1/shares/delete", &secret),
    ] {
        assert_eq!(send(&may_not, path, body).status, 403, "{path}");
    }
    assert_eq!(send("", "/api/v1/shares/open", &secret).status, 200, "the link is enough");
    assert_eq!(send(&may, "/api/v1/shares/open", &secret).status, 200);
}

#[test]
fn without_a_store_there_are_no_shares_and_all_else_goes_on() {
    let down = Server::start_with(&["--database", "postgres://nobody@127.0.0.1:1/none"]);
    let none = Server::start();
    let secret = json!({ "secret": "A".repeat(43) }).to_string();
    for server in [&down, &none] {
        for (path, body) in [
            ("/api/v1/shares", "{\"profile\": {}}"),
            ("/api/v1/shares/open", &secret),
            ("/api/v1/shares/delete", &secret),
        ] {
            let reply = server.post(path, body);
            assert_eq!(reply.status, 503, "{path}");
            assert!(reply.body.contains("store_unavailable"), "{}", reply.body);
            assert_eq!(reply.header("retry-after"), Some("30"));
        }
        assert_eq!(server.post("/api/v1/assessments", PROFILE).status, 200);
    }
    until("it is told", || down.log().contains("the store failed"));
}

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn form(server: &Server, path: &str, body: &str) -> Reply {
    server.send("POST", path, &[FORM], body)
}

/// The value of a hidden field.
fn hidden(page: &Reply, name: &str) -> String {
    let (_, rest) = page.body.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// The pages of a share; the secret stands in them where it must, and in no header.
fn is_unkept(page: &Reply, secret: &str) {
    assert_eq!(page.header("cache-control"), Some("no-store"));
    // The secret stands after `#`, which no `Referer` has.
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert!(!page.headers().iter().any(|(_, value)| value.contains(secret)));
}

#[test]
fn the_form_shares_its_result_and_the_page_shows_it_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "pages") {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        write_files(files(), folder.path());
        let rules = folder.path().join("rules");
        let options = ["--rules", rules.to_str().unwrap(), "--database", &url];
        let server = Server::start_with(&options);
        let first = server.get("/form?lang=zh");
        let body = format!(
            "state={}&page=@basics&do=next&division=330782&industry=F5191",
            hidden(&first, "state")
        );
        let sized = form(&server, "/form?lang=zh", &body);
        let body = format!(
            "state={}&page=@size&do=result&employees-range=5-20&name=甲公司",
            hidden(&sized, "state")
        );
        let result = form(&server, "/form?lang=zh", &body);
        assert!(result.body.contains("生成分享链接"));
        let state = hidden(&result, "state");
        for days in ["7", "180", "181", "x"] {
            assert_eq!(
                form(&server, "/share?lang=zh", &format!("state={state}&days={days}")).status,
                201
            );
        }
        let lasting = "SELECT COUNT(DISTINCT expires_at) FROM shares";
        assert_eq!(query(&url, lasting), "3", "7, 180, and the usual 30 for what is none");
        let made = form(&server, "/share?lang=zh", &format!("state={state}&days=30"));
        assert_eq!(made.status, 201);
        let secret = hidden(&made, "secret");
        is_unkept(&made, &secret);
        assert!(made.body.contains(&format!("value=\"/s#{secret}\"")), "{}", made.body);

        let empty = server.get("/s?lang=zh");
        assert_eq!(empty.status, 200);
        is_unkept(&empty, &secret);
        let shown = form(&server, "/s?lang=zh", &format!("secret={secret}"));
        assert_eq!(shown.status, 200);
        is_unkept(&shown, &secret);
        assert_eq!(shown.body.matches(&secret).count(), 1, "in the form that deletes it alone");
        assert!(shown.body.contains("各项结论都没有变"));
        assert!(!shown.body.contains("value=\"go:") && !shown.body.contains("name=\"state\""));
        // The range as it was chosen, not the number that stands for it; and no name.
        let recap = |page: &Reply| {
            let (_, answers) = page.body.split_once("<dt>从业人员</dt><dd>").unwrap();
            answers.split_once('<').unwrap().0.trim().to_owned()
        };
        assert_eq!(recap(&shown), "5到19人");
        assert_eq!(recap(&shown), recap(&result));
        // The same supports with the same statuses as on the result page, which has the open ones by question.
        let articles = |page: &Reply| -> Vec<String> {
            let found = page.body.split("<article id=\"").skip(1);
            let found =
                found.map(|one| one.split_once('>').unwrap().0.replace(" class=\"line\"", ""));
            let mut found: Vec<String> = found.collect();
            found.sort_unstable();
            found
        };
        assert_eq!(articles(&shown), articles(&result));
        assert!(articles(&shown).len() > 50);
        let english =
            form(&server, "/s?lang=en", &format!("secret=https://a.example/s%23{secret}"));
        assert!(
            english.body.contains("A shared result")
                && english.body.contains("nothing has changed")
        );

        // Other rules, in another process.
        let script = rules.join("gbf-2023-10/08-credit.rhai");
        let text = std::fs::read_to_string(&script).unwrap();
        std::fs::write(
            &script,
            text.replace("firm.size <= \"small\"", "!(firm.size <= \"small\")"),
        )
        .unwrap();
        let after = Server::start_with(&options);
        std::fs::write(&script, &text).unwrap();
        let shown_again = form(&after, "/s?lang=zh", &format!("secret={secret}"));
        assert_eq!(articles(&shown_again), articles(&shown), "still the result of then");
        let (_, changes) = shown_again.body.split_once("<ul class=\"changes\">").unwrap();
        let (changes, _) = changes.split_once("</ul>").unwrap();
        assert!(changes.contains("小微外贸企业融资担保增信"), "{changes}");
        for part in [
            "当时<strong>待定</strong>，现在<strong>不适用</strong>",
            "因为条件“小型或微型企业”：符合→不符合。",
            "鼓励政府性融资担保机构为符合条件的小微外贸企业提供融资增信支持",
        ] {
            assert!(changes.contains(part), "{part}: {changes}");
        }
        // Rules that are others in a remark alone: one line.
        std::fs::write(&script, format!("{text}\n// as before\n")).unwrap();
        let alike = Server::start_with(&options);
        std::fs::write(&script, &text).unwrap();
        let alike = form(&alike, "/s?lang=zh", &format!("secret={secret}"));
        assert!(alike.body.contains("规则更新过。") && !alike.body.contains("class=\"changes\""));

        assert_eq!(form(&after, "/s/delete?lang=zh", &format!("secret={secret}")).status, 200);
        let gone = form(&server, "/s?lang=zh", &format!("secret={secret}"));
        assert_eq!(gone.status, 404);
        assert!(gone.body.contains("这个链接打不开") && !gone.body.contains(&secret));
        // As for one that was never there, to the byte.
        let wrong = form(&server, "/s?lang=zh", &format!("secret={}", "B".repeat(43)));
        assert_eq!(whole(&wrong), whole(&gone));
        let [deleted, never] = [&secret, &"B".repeat(43)]
            .map(|secret| form(&server, "/s/delete?lang=zh", &format!("secret={secret}")));
        assert_eq!(whole(&deleted), whole(&never));
    }
}

#[test]
fn the_result_says_so_where_nothing_can_be_shared() {
    let none = Server::start();
    let state = hidden(&none.get("/form?lang=zh"), "state");
    let result = form(&none, "/form?lang=zh", &format!("state={state}&do=result"));
    assert!(!result.body.contains("/share"), "nothing is offered that cannot be done");
    let down = Server::start_with(&["--database", "postgres://nobody@127.0.0.1:1/none"]);
    let state = hidden(&down.get("/form?lang=zh"), "state");
    for (path, body) in [
        ("/share?lang=zh", format!("state={state}")),
        ("/s?lang=zh", format!("secret={}", "A".repeat(43))),
        ("/s/delete?lang=zh", format!("secret={}", "A".repeat(43))),
    ] {
        let page = form(&down, path, &body);
        assert_eq!(page.status, 503, "{path}");
        assert!(page.body.contains("几分钟"), "{path}: {}", page.body);
        assert_eq!(page.header("retry-after"), Some("30"));
    }
    assert_eq!(form(&down, "/share", "state=forged").status, 400);
}
