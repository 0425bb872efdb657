//! The HTTP API against a running server: answers, wrong bodies, the description.

use crate::firms::{Firms, to_json};
use crate::server::{Reply, Server};
use crate::support::advisor;
use serde_json::Value;

const ASSESS: &str = "/api/v1/assessments";

fn json(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|e| panic!("{e}: {}", reply.body))
}

/// Closes the objects of a description, so that a member of an answer that it does not have is noticed.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let is_part =
                members.contains_key("allOf") || members.contains_key("additionalProperties");
            if members.get("properties").is_some_and(Value::is_object) && !is_part {
                members.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

pub(crate) fn validator(schema: &str) -> jsonschema::Validator {
    let mut document: Value =
        serde_json::from_str(&export_advisor::server::routes::description()).unwrap();
    close(&mut document["components"]["schemas"]);
    let schema = serde_json::json!({
        "$ref": format!("#/components/schemas/{schema}"),
        "components": document["components"],
    });
    jsonschema::validator_for(&schema).unwrap()
}

pub(crate) fn assert_valid(validator: &jsonschema::Validator, value: &Value) {
    let errors: Vec<String> =
        validator.iter_errors(value).map(|e| format!("{} at {}", e, e.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn an_answer_on_the_real_text() {
    let server = Server::start();
    let firm = r#"{"foreign_trade": true, "size": "micro", "financing_need": true}"#;
    let reply = server.post(&format!("{ASSESS}?as_of=2026-11-25"), firm);
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.header("rule-book-version"), Some(advisor().book().version.as_str()));
    let answer = json(&reply);
    let support =
        answer["supports"].as_array().unwrap().iter().find(|s| s["id"] == "guarantee-small-micro");
    let support = support.unwrap();
    assert_eq!(support["status"], "applies");
    assert_eq!(support["citations"][0]["sentence"], "8.4");
    assert_eq!(answer["as_of"], "2026-11-25");
    for (detail, has, lacks) in
        [("status", "supports", "questions"), ("missing", "questions", "derived")]
    {
        let reply = server.post(&format!("{ASSESS}?detail={detail}"), firm);
        let trimmed = json(&reply);
        assert!(trimmed.get(has).is_some() && trimmed.get(lacks).is_none(), "{detail}");
        assert_valid(&validator("Assessment"), &trimmed);
    }
}

#[test]
fn every_answer_is_as_described() {
    let advisor = advisor();
    let validator = validator("Assessment");
    let mut firms = Firms::new(&advisor.plan, 7);
    for _ in 0..300 {
        let profile = firms.firm();
        let answer = export_advisor_core::evaluate::Answer::new(
            &advisor.plan,
            &profile,
            jiff::civil::date(2026, 11, 25),
        );
        let mut out = String::new();
        export_advisor_core::assessment::write_json(
            advisor,
            &answer,
            &Default::default(),
            &mut out,
        );
        let value: Value = serde_json::from_str(&out).unwrap();
        assert_valid(&validator, &value);
        // The described types lose nothing and add nothing.
        let typed: export_advisor::server::api::Assessment = serde_json::from_str(&out).unwrap();
        assert_eq!(serde_json::to_value(&typed).unwrap(), value);
    }
}

#[test]
fn sentences_and_texts_of_problems_have_one_form_everywhere() {
    let server = Server::start();
    let full = json(&server.post("/api/v1/assessments", "{}"));
    let uses = full["sentence_uses"].as_object().unwrap();
    let of_book = advisor().book().policies.iter().map(|p| p.text.sentence_ids().count());
    assert_eq!(uses.len(), of_book.sum::<usize>());
    assert_eq!(full["sentences"].as_object().unwrap().len(), 58, "those of the first document");
    let supports = json(&server.get("/api/v1/supports"));
    let policy = json(&server.get("/api/v1/policies/gbf-2023-10"));
    let cited = [&full["supports"], &supports].into_iter().flat_map(|all| all.as_array().unwrap());
    for citation in cited.flat_map(|support| support["citations"].as_array().unwrap()) {
        assert!(uses.contains_key(citation["sentence_id"].as_str().unwrap()), "{citation}");
    }
    let measures = policy["measures"].as_array().unwrap().iter();
    let sentences = measures.flat_map(|measure| measure["sentences"].as_array().unwrap());
    let ids: Vec<&str> = sentences.map(|one| one["sentence_id"].as_str().unwrap()).collect();
    assert!(ids.iter().all(|id| uses.contains_key(*id)) && ids.contains(&"gbf-2023-10:8.4"));
    let wrong = server.post("/api/v1/assessments", r#"{"employees": "many"}"#);
    let problem = json(&wrong);
    assert_eq!(problem["titles"]["en"], problem["title"]);
    assert_eq!(problem["titles"]["zh"], problem["title_zh"]);
    let fault = &problem["errors"][0];
    assert_eq!(
        (&fault["message"]["zh"], &fault["message"]["en"]),
        (&fault["message_zh"], &fault["message_en"])
    );
    for (body, part) in [
        ("{\"profiles\": 3}", "line 1, column 14"),
        ("{\"profiles\": [", "this is not valid JSON: it breaks at line 1, column 14"),
        ("{\"profile\": []}", "only member is a list of profiles"),
    ] {
        let reply = server.post("/api/v1/assessments:batch", body);
        let detail = json(&reply)["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(part), "{body}: {detail}");
        for foreign in ["expected", "EOF", "unknown field", "missing field", "invalid type"] {
            assert!(!detail.contains(foreign), "{body}: {detail}");
        }
    }
}

#[test]
fn wrong_bodies_are_problems_and_the_service_stays_up() {
    let server = Server::start();
    let problem = validator("Problem");
    let deep = "[".repeat(100_000);
    let large = format!("{{\"division\": \"{}\"}}", "x".repeat(10 * 1024 * 1024));
    let nested = format!("{{\"markets\": {}{}}}", "[".repeat(60_000), "]".repeat(60_000));
    for (body, status, code, pointer) in [
        ("", 400, "not_json", ""),
        ("not json", 400, "not_json", ""),
        (r#"{"exprts_goods": true}"#, 422, "invalid_profile", "/exprts_goods"),
        (r#"{"employees": "many"}"#, 422, "invalid_profile", "/employees"),
        (r#"{"employees": 1, "employees": 2}"#, 422, "invalid_profile", "/employees"),
        (r#"{"division": "\u0000"}"#, 422, "invalid_profile", "/division"),
        (r#"{"division": "\ud800"}"#, 422, "invalid_profile", "/division"),
        (r#"{"\ud800": 1}"#, 400, "not_json", ""),
        ("[]", 422, "invalid_profile", ""),
        (deep.as_str(), 400, "not_json", ""),
        (nested.as_str(), 400, "not_json", ""),
        (large.as_str(), 413, "too_large", ""),
    ] {
        let reply = server.post(ASSESS, body);
        let shown: String = body.chars().take(40).collect();
        assert_eq!(reply.status, status, "{shown}: {}", reply.body);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
        let message = json(&reply);
        assert_valid(&problem, &message);
        assert_eq!(message["code"], code, "{shown}");
        if !pointer.is_empty() {
            assert_eq!(message["errors"][0]["pointer"], pointer, "{shown}");
        }
        assert_eq!(server.get("/healthz").status, 200);
    }
}

#[test]
fn other_wrong_requests_are_problems() {
    let server = Server::start();
    for (method, path, status, code) in [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/v1/supports/none", 404, "not_found"),
        ("GET", "/api/v1/policies/none", 404, "not_found"),
        ("GET", ASSESS, 405, "method_not_allowed"),
        ("DELETE", "/api/v1/facts", 405, "method_not_allowed"),
        ("POST", "/api/v1/assessments?as_of=yesterday", 400, "bad_query"),
        ("POST", "/api/v1/assessments?as_of=2025-12-31T20:00:00-05:00", 400, "bad_query"),
        ("POST", "/api/v1/assessments?as_of=20261125", 400, "bad_query"),
        ("POST", "/api/v1/assessments?as_of=0000-01-01", 400, "bad_query"),
        ("POST", "/api/v1/assessments:batch?as_of=2026-11-25T00:00", 400, "bad_query"),
        ("POST", "/api/v1/assessments?detail=all", 400, "bad_query"),
        ("POST", "/api/v1/assessments?after=nothing", 400, "bad_query"),
        ("POST", "/api/v1/assessments?colour=red", 400, "bad_query"),
        ("GET", "/api/v1/rulebook/sql", 400, "bad_query"),
        ("GET", "/api/v1/rulebook/sql?dialect=oracle", 400, "bad_query"),
        ("GET", "/api/v1/rulebook/sql?dialect=spark&key=region", 400, "bad_query"),
        ("GET", "/api/v1/rulebook/sql?dialect=spark&table=a%0Ab", 400, "bad_query"),
    ] {
        let reply = server.send(method, path, &[("Content-Type", "application/json")], "{}");
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.body);
        assert_eq!(json(&reply)["code"], code, "{method} {path}");
    }
    for packed in ["br", "foo", "gzip, br"] {
        let headers = [("Content-Encoding", packed), ("Content-Type", "application/json")];
        let reply = server.send("POST", ASSESS, &headers, "{}");
        assert_eq!(reply.status, 415, "{packed}: {}", reply.body);
    }
}

#[test]
fn a_json_body_names_its_type() {
    let server = Server::start();
    for path in [
        ASSESS,
        "/api/v1/assessments:batch",
        "/api/v1/shares",
        "/api/v1/shares/open",
        "/api/v1/shares/delete",
    ] {
        for (kind, taken) in [
            (Some("application/json"), true),
            (Some("Application/JSON; charset=utf-8"), true),
            (Some("application/vnd.firm+json"), true),
            (None, false),
            (Some(""), false),
            (Some("text/plain"), false),
            (Some("text/json"), false),
            (Some("application/x-www-form-urlencoded"), false),
            (Some("multipart/form-data; boundary=a"), false),
        ] {
            let headers: Vec<(&str, &str)> =
                kind.map(|kind| ("Content-Type", kind)).into_iter().collect();
            let reply = server.send("POST", path, &headers, "{}");
            assert_eq!(reply.status != 415, taken, "{path} {kind:?}: {}", reply.body);
            if !taken {
                let message = json(&reply);
                assert_eq!(message["code"], "unsupported_media_type");
                assert!(
                    message["detail"].as_str().unwrap().contains("Content-Type: application/json")
                );
            }
        }
    }
}

#[test]
fn resources_are_there_and_cacheable() {
    let server = Server::start();
    for path in [
        "/api/v1/policies",
        "/api/v1/policies/gbf-2023-10",
        "/api/v1/supports",
        "/api/v1/supports/guarantee-small-micro",
        "/api/v1/facts",
        "/api/v1/rulebook",
        "/api/v1/rulebook/sql?dialect=duckdb",
        "/api/v1/rulebook/sql?dialect=spark&table=bank.firms&key=a,b&ddl=true",
    ] {
        let reply = server.get(path);
        assert_eq!(reply.status, 200, "{path}");
        let tag = reply.header("etag").unwrap();
        let again = server.send("GET", path, &[("If-None-Match", tag)], "");
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
    }
    let policy = json(&server.get("/api/v1/policies/gbf-2023-10"));
    let text = policy["text"].as_str().unwrap();
    let mut sentences = 0;
    for measure in policy["measures"].as_array().unwrap() {
        for sentence in measure["sentences"].as_array().unwrap() {
            let position = |key: &str| usize::try_from(sentence[key].as_u64().unwrap()).unwrap();
            assert_eq!(
                &text[position("start")..position("end")],
                sentence["text"].as_str().unwrap()
            );
            sentences += 1;
        }
    }
    assert_eq!(sentences, 58);
    let facts = json(&server.get("/api/v1/facts"));
    assert_eq!(facts.as_array().unwrap().len(), advisor().book().catalogue.facts.len());
}

#[test]
fn a_mark_before_the_text_is_passed_over() {
    let server = Server::start();
    for (path, body) in
        [(ASSESS, "\u{feff}{}"), ("/api/v1/assessments:batch", "\u{feff}{\"profiles\": [{}]}")]
    {
        let reply = server.post(path, body);
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    }
}

#[test]
fn faults_without_end_are_told_up_to_a_hundred() {
    let server = Server::start();
    let keys: Vec<String> = (0..20_000).map(|n| format!("\"k{n}\":1")).collect();
    let reply = server.post(ASSESS, &format!("{{{}}}", keys.join(",")));
    let message = json(&reply);
    let errors = message["errors"].as_array().unwrap();
    assert_eq!((reply.status, errors.len()), (422, 101));
    assert_eq!(errors[99]["code"], "unknown_fact");
    assert_eq!(errors[100]["code"], "more_faults");
    // As many as are told are all told.
    let reply = server.post(ASSESS, &format!("{{{}}}", keys[..100].join(",")));
    let message = json(&reply);
    let errors = message["errors"].as_array().unwrap();
    assert!(errors.len() == 100 && errors.iter().all(|e| e["code"] == "unknown_fact"));
}

#[test]
fn head_is_answered_as_get() {
    let server = Server::start();
    for path in ["/healthz", "/api/v1/facts", "/openapi.json"] {
        let reply = server.send("HEAD", path, &[], "");
        assert_eq!((reply.status, reply.body.as_str()), (200, ""), "{path}");
    }
}

#[test]
fn the_documentation_has_the_table_of_codes() {
    let page = include_str!("../../docs/errors.md");
    let rows: Vec<String> = export_advisor::server::api::ProblemCode::ALL
        .iter()
        .map(|code| {
            let title = code.title();
            let (name, status, remedy) = (code.as_str(), code.status(), code.remedy());
            format!("| `{name}` | {status} | {} | {} | {remedy} |\n", title.zh, title.en)
        })
        .collect();
    let table = rows.concat();
    assert!(page.contains(&table), "docs/errors.md must have these rows:\n{table}");
}

#[test]
fn a_batch_has_one_result_a_profile() {
    let server = Server::start();
    let batch = format!("{ASSESS}:batch?as_of=2026-11-25");
    let firms = [r#"{"exports_goods": true}"#, r#"{"exprots_goods": true}"#, "3", "{}"];
    let body = format!("{{\"profiles\": [{}]}}", firms.join(","));
    let reply = server.post(&format!("{batch}&detail=missing"), &body);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let answer = json(&reply);
    assert_valid(&validator("BatchResults"), &answer);
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results.len(), firms.len());
    for (index, (result, firm)) in results.iter().zip(firms).enumerate() {
        assert_eq!(result["index"], index);
        let alone = server.post(&format!("{ASSESS}?as_of=2026-11-25&detail=missing"), firm);
        let member = if alone.status == 200 { "assessment" } else { "problem" };
        assert_eq!(result[member], json(&alone), "{firm}");
    }
    let faults = results.iter().filter(|result| result.get("problem").is_some()).count();
    assert_eq!(faults, 2);
    for (body, status, code) in [
        (r#"{"profile": []}"#.to_owned(), 422, "not_a_batch"),
        ("[]".to_owned(), 422, "not_a_batch"),
        ("{".to_owned(), 400, "not_json"),
        (format!("{{\"profiles\": [{}]}}", vec!["{}"; 1001].join(",")), 413, "too_large"),
    ] {
        let reply = server.post(&batch, &body);
        assert_eq!((reply.status, json(&reply)["code"].as_str().unwrap()), (status, code));
    }
    let thousand = format!("{{\"profiles\": [{}]}}", vec!["{}"; 1000].join(","));
    let reply = server.post(&batch, &thousand);
    assert_eq!(json(&reply)["results"].as_array().unwrap().len(), 1000);
}

#[test]
fn a_request_keeps_its_name_if_it_is_plain() {
    let server = Server::start();
    let named = |name: &str| {
        let reply = server.send("GET", "/healthz", &[("X-Request-Id", name)], "");
        reply.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(named("client-7.a_B"), "client-7.a_B");
    let long = "x".repeat(65);
    let firm = crate::firms::credit_code("440300");
    let person = "11010519491231002X";
    let made: Vec<String> = ["", "a b", "<script>", "张三", &long, &firm, person].map(named).into();
    for (index, name) in made.iter().enumerate() {
        assert!(name.len() >= 18 && !made[..index].contains(name), "{name}");
        assert!(![&firm, person].contains(&name.as_str()), "{name}");
    }
}

#[test]
fn a_body_that_drips_is_given_up() {
    use std::io::{Read as _, Write as _};
    let server = Server::start_with(&["--body-timeout", "1"]);
    let mut stream = server.connect();
    let head = format!(
        "POST {ASSESS} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut drip = stream.try_clone().unwrap();
    let dripping = std::thread::spawn(move || {
        while drip.write_all(b" ").is_ok() {
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    });
    let mut reply = String::new();
    let _ = stream.read_to_string(&mut reply);
    assert!(reply.starts_with("HTTP/1.1 408"), "{reply}");
    assert!(reply.contains("\"too_slow\""), "{reply}");
    // The connection is closed, so the sender notices.
    dripping.join().unwrap();
}

#[test]
fn the_answer_is_the_same_over_http_and_on_the_command_line() {
    let server = Server::start();
    let mut firms = Firms::new(&advisor().plan, 8);
    for _ in 0..3 {
        let profile = firms.firm();
        let firm = to_json(&advisor().plan, &profile, firms.rng());
        let over_http = server.post(&format!("{ASSESS}?as_of=2026-11-25"), &firm);
        assert_eq!(over_http.status, 200, "{}", over_http.body);
        let cli = crate::cli::run(&["assess", "-", "--as-of", "2026-11-25"], &firm);
        assert_eq!(cli.out, format!("{}\n", over_http.body));
    }
}

#[test]
fn supports_are_listed_by_what_they_are() {
    let server = Server::start();
    let book = advisor().book();
    let list = |query: &str| -> Vec<String> {
        let reply = server.get(&format!("/api/v1/supports?{query}"));
        assert_eq!(reply.status, 200, "{query}: {}", reply.body);
        let all = json(&reply);
        all.as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect()
    };
    let rulebook = json(&server.get("/api/v1/rulebook"));
    let names = |list: &str| -> Vec<String> {
        let all = rulebook[list].as_array().unwrap().iter();
        all.map(|name| name["word"].as_str().unwrap().to_owned()).collect()
    };
    // Every support is in exactly one list of a kind, of an access and of a measure.
    let all = list("");
    assert_eq!(all.len(), book.supports.len());
    let kinds: Vec<String> =
        names("kinds").iter().flat_map(|k| list(&format!("kind={k}"))).collect();
    let access: Vec<String> =
        ["apply", "indirect"].iter().flat_map(|a| list(&format!("access={a}"))).collect();
    let measures: Vec<String> = (1..=61).flat_map(|m| list(&format!("measure={m}"))).collect();
    let policies = book.policies.iter().flat_map(|p| list(&format!("policy={}", p.id))).collect();
    // A page after the other.
    let (mut paged, mut after) = (Vec::new(), String::new());
    loop {
        let page = list(&format!("limit=10{after}"));
        assert!(page.len() <= 10);
        let Some(last) = page.last() else { break };
        after = format!("&after={last}");
        paged.extend(page);
    }
    assert_eq!(paged, all);
    for mut found in [kinds, access, measures, policies] {
        found.sort();
        let mut expected = all.clone();
        expected.sort();
        assert_eq!(found, expected);
    }
    // Of an office: the supports whose next steps name it.
    for office in names("offices") {
        let named = |support: &&export_advisor_core::rulebook::Support| {
            let mut channels = support.next_steps.iter().filter_map(|step| step.channel);
            channels.any(|channel| book.channels.at(channel).id == office)
        };
        let expected: Vec<&str> =
            book.supports.iter().filter(named).map(|s| s.id.as_str()).collect();
        assert_eq!(list(&format!("office={office}")), expected, "{office}");
    }
    for (query, message) in [
        ("kind=guarante", "did you mean `guarantee`?"),
        ("office=x", "`office`: there is no `x`"),
        ("policy=x", "`policy`: there is no `x`"),
        ("measure=0", "`measure` is the number of a measure"),
        ("access=x", "`access` is `apply` or `indirect`"),
        ("employees=3", "there is no parameter `employees`"),
    ] {
        let reply = server.get(&format!("/api/v1/supports?{query}"));
        assert_eq!(reply.status, 400, "{query}");
        assert!(reply.body.contains(message), "{query}: {}", reply.body);
    }
    // The tests of a criterion are those that answers refer to.
    let texts: std::collections::HashSet<String> = json(&server.get("/api/v1/supports"))
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|s| s["criteria"].as_array().unwrap().clone())
        .flat_map(|c| c["tests"].as_array().unwrap().clone())
        .map(|test| test["id"].as_str().unwrap().to_owned())
        .collect();
    let answer = json(&server.post(&format!("{ASSESS}?detail=reasons"), "{}"));
    let supports = answer["supports"].as_array().unwrap();
    let reasons: Vec<&Value> = supports
        .iter()
        .flat_map(|s| s["criteria"].as_array().unwrap())
        .flat_map(|c| c["because"].as_array().unwrap())
        .collect();
    assert!(reasons.len() > 50);
    for reason in reasons {
        assert!(texts.contains(reason["id"].as_str().unwrap()), "{reason}");
    }
}

#[test]
fn what_names_its_rule_book_may_be_kept() {
    let server = Server::start();
    let stated = format!("/api/v1/facts?rulebook={}", advisor().book().version);
    let reply = server.get(&stated);
    assert!(reply.header("cache-control").unwrap().contains("immutable"), "{stated}");
    let first = server.get("/openapi.json");
    let tag = first.header("etag").unwrap().to_owned();
    let again = server.send("GET", "/openapi.json", &[("If-None-Match", &tag)], "");
    assert_eq!(again.status, 304);
}
