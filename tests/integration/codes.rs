//! Codes by name over the API, and the documents that were issued after a policy.

use crate::server::Server;
use serde_json::Value;

fn codes(server: &Server, query: &str) -> (Vec<String>, Value) {
    let reply = server.get(&format!("/api/v1/codes/{query}"));
    assert_eq!(reply.status, 200, "{query}: {}", reply.body);
    let page: Value = serde_json::from_str(&reply.body).unwrap();
    let found = page["codes"].as_array().unwrap().iter();
    (found.map(|one| one["code"].as_str().unwrap().to_owned()).collect(), page)
}

#[test]
fn a_name_leads_to_its_code_in_every_system_and_language() {
    let server = Server::start();
    for (query, first) in [
        ("division?q=%E4%B9%89%E4%B9%8C", "330782"),
        ("division?q=yiwu&lang=en", "330782"),
        ("division?q=330782", "330782"),
        ("industry?q=%E5%8A%A0%E6%B2%B9%E7%AB%99", "F5265"),
        ("industry?q=F5265", "F5265"),
        ("country?q=%E7%BE%8E%E5%9B%BD", "US"),
        ("country?q=japan&lang=en", "JP"),
    ] {
        assert_eq!(codes(&server, query).0.first().map(String::as_str), Some(first), "{query}");
    }
    let (_, page) = codes(&server, "division?q=yiwu&lang=en");
    assert_eq!(page["codes"][0]["name"], serde_json::json!({"en": "Yiwu"}));
    assert_eq!(page["codes"][0]["within"], serde_json::json!(["330000", "330700"]));
    assert_eq!(page["next"], Value::Null);
    let (_, page) = codes(&server, "industry?q=F5265");
    assert_eq!(page["codes"][0]["within"], serde_json::json!(["F", "F52", "F526"]));
    // A group has members, which are codes themselves.
    let (_, page) = codes(&server, "country?q=RCEP");
    let group = page["codes"].as_array().unwrap().iter().find(|one| one["code"] == "RCEP").unwrap();
    assert!(group["members"].as_array().unwrap().contains(&"JP".into()), "{group}");
    // Nothing is found by a name that is none, and by a field that was emptied.
    for query in ["country?q=xyzzy", "industry?q=", "division?q=%20"] {
        assert_eq!(codes(&server, query).0, [""; 0], "{query}");
    }
}

#[test]
fn pages_of_codes_give_each_code_once_and_a_profile_takes_all_of_them() {
    let server = Server::start();
    for (system, least) in [("division", 3_000), ("industry", 1_800), ("country", 200)] {
        let (mut all, mut after) = (Vec::new(), String::from("0"));
        loop {
            let (found, page) = codes(&server, &format!("{system}?limit=500&after={after}"));
            assert!(found.len() <= 500);
            for one in page["codes"].as_array().unwrap() {
                assert!(one["name"]["zh"].is_string(), "{one}");
                assert!(one["within"].as_array().unwrap().iter().all(|code| all.contains(code)));
                all.push(one["code"].clone());
            }
            let Some(next) = page["next"].as_str() else { break };
            after = next.to_owned();
        }
        assert!(all.len() > least, "{system}: {}", all.len());
        let mut once = all.clone();
        once.sort_by_key(ToString::to_string);
        once.dedup();
        assert_eq!(once.len(), all.len(), "{system}");
    }
    assert_eq!(codes(&server, "country?after=999999").0, [""; 0]);
}

#[test]
fn what_cannot_be_searched_is_refused_with_what_can() {
    let server = Server::start();
    for (query, status, part) in [
        ("hs?q=1", 404, "there are `division`, `industry` and `country`"),
        ("industry?limit=0", 400, "from 1 to 500"),
        ("industry?limit=501", 400, "from 1 to 500"),
        ("industry?after=x", 400, "the `next` of the page before"),
        ("industry?after=%2B5", 400, "the `next` of the page before"),
        ("industry?after=9999999", 400, "the `next` of the page before"),
        ("industry?lang=fr", 400, "`zh` or `en`"),
        ("industry?size=3", 400, "there is no parameter `size`"),
        ("industry?rulebook=sha256:0", 404, "rule book"),
    ] {
        let reply = server.get(&format!("/api/v1/codes/{query}"));
        assert_eq!(reply.status, status, "{query}: {}", reply.body);
        assert!(reply.body.contains(part), "{query}: {}", reply.body);
    }
    let long = "a".repeat(61);
    assert_eq!(server.get(&format!("/api/v1/codes/industry?q={long}")).status, 400);
}

#[test]
fn later_documents_stand_by_date_and_say_how_sure_they_are() {
    let server = Server::start();
    let reply = server.get("/api/v1/policies/gbf-2023-10/later");
    let later: Value = serde_json::from_str(&reply.body).unwrap();
    let later = later.as_array().unwrap();
    assert_eq!(later.len(), 16);
    let dates: Vec<&str> = later.iter().map(|one| one["date"].as_str().unwrap()).collect();
    assert!(dates.is_sorted_by_key(|date| &date[..7]), "{dates:?}");
    for one in later {
        assert!(["high", "medium", "low"].contains(&one["confidence"].as_str().unwrap()));
        assert!(!one["source"].as_str().unwrap().is_empty());
    }
    assert_eq!(server.get("/api/v1/policies/none/later").status, 404);
    let policy = server.get("/api/v1/policies/gbf-2023-10");
    let policy: Value = serde_json::from_str(&policy.body).unwrap();
    let measures = policy["measures"].as_array().unwrap();
    assert!(measures.iter().all(|one| one["checked"].as_str().is_some_and(|day| day.len() == 10)));
}

#[test]
fn what_follows_says_by_which_entry_of_a_list() {
    let server = Server::start();
    let profile = r#"{"industry":"F5292","employees":6,"revenue_wan":100,"division":"330782","markets":["JP"],"exports_goods":true}"#;
    let reply = server.post("/api/v1/assessments?lang=zh", profile);
    let answer: Value = serde_json::from_str(&reply.body).unwrap();
    let because = |fact: &str| {
        let derived = answer["derived"].as_array().unwrap().iter();
        let found = derived.into_iter().find(|one| one["fact"] == fact).unwrap();
        found["because"]["zh"].as_str().unwrap_or_default().to_owned()
    };
    for (fact, parts) in [
        ("size", &["不到10人"][..]),
        ("province", &["属于浙江省：是"]),
        ("cbec_zone", &["义乌市", "：是"]),
        ("border_province", &["辽宁省", "：否"]),
        ("rcep_partners", &["日本", "：是"]),
    ] {
        let text = because(fact);
        assert!(parts.iter().all(|part| text.contains(part)), "{fact}: {text}");
    }
}
