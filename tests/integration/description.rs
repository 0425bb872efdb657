//! The description of the API: the committed one, its examples, and the page that shows it.

use crate::server::Server;
use crate::support::files;
use export_advisor_core::diff::BookDiff;
use export_advisor_core::interrupt::Interrupt;
use export_advisor_core::plan::Plan;
use export_advisor_core::script::load;
use serde_json::Value;

#[test]
fn the_description_is_the_committed_one_and_the_served_one() {
    let served = Server::start().get("/openapi.json");
    let committed = include_str!("../../openapi/openapi.json");
    assert!(served.body == committed, "run `export-advisor openapi > openapi/openapi.json`");
    let document: Value = serde_json::from_str(committed).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[test]
fn every_described_field_has_a_description_and_an_example() {
    let document: Value =
        serde_json::from_str(&export_advisor::server::routes::description()).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut poor = Vec::new();
    let own = |schema: &Value, key: &str| schema.get(key).is_some();
    let referred = |schema: &Value| {
        let reference = schema["$ref"]
            .as_str()
            .or_else(|| schema["oneOf"].as_array()?.iter().find_map(|one| one["$ref"].as_str()));
        reference.and_then(|r| schemas.get(r.rsplit('/').next().unwrap())).cloned()
    };
    for (name, schema) in schemas {
        let parts = schema["allOf"].as_array().cloned().unwrap_or_default();
        for part in parts.iter().chain([schema]) {
            let Some(properties) = part["properties"].as_object() else { continue };
            for (field, property) in properties {
                let target = referred(property).unwrap_or_default();
                if !own(property, "description") && !own(&target, "description") {
                    poor.push(format!("{name}.{field} has no description"));
                }
                let example = ["examples", "example"];
                if !example.iter().any(|key| own(property, key) || own(&target, key)) {
                    poor.push(format!("{name}.{field} has no example"));
                }
            }
        }
    }
    assert!(poor.is_empty(), "{}", poor.join("\n"));
}

/// All texts in the examples of schemas but those that only a request, a secret or the operator has.
fn texts_of_examples(document: &Value) -> Vec<(String, String)> {
    const INVENTED: [&str; 10] = [
        "Profile",
        "MadeShare",
        "OpenedShare",
        "PublicationInfo",
        "RuleBookHistory",
        "AuditPage",
        "AuditLine",
        "Reloaded",
        "ListUpload",
        "TwoLists",
    ];
    // No rule that is built in has these.
    const OTHER_RULES: [&str; 7] = [
        "ApiContact/properties/url",
        "CodeStarts/properties/starts_with",
        "CodeStarts/properties/not_starts_with",
        "ListNeeds/properties/has_none",
        "NumberBound/properties/value",
        "NumberRange/properties/m",
        "SupportInfo/properties/lapsed",
    ];
    fn texts(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
            Value::Object(members) => members.values().for_each(|item| texts(item, found)),
            _ => {}
        }
    }
    fn walk(schema: &Value, at: &str, found: &mut Vec<(String, String)>) {
        let Some(members) = schema.as_object() else { return };
        for (name, inner) in members {
            match name.as_str() {
                "examples" | "example" if !at.ends_with("/properties") => {
                    let mut all = Vec::new();
                    texts(inner, &mut all);
                    found.extend(all.into_iter().map(|text| (at.to_owned(), text)));
                }
                _ => walk(inner, &format!("{at}/{name}"), found),
            }
        }
    }
    let mut found = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if !INVENTED.contains(&name.as_str()) && schema.get("properties").is_some() {
            walk(&schema["properties"], &format!("{name}/properties"), &mut found);
        }
    }
    found.retain(|(at, _)| !OTHER_RULES.iter().any(|start| at.starts_with(start)));
    found
}

/// What the service answers of the built-in rules and of changed ones.
fn comparison() -> String {
    let mut edited = files().clone();
    for (path, old, new) in [
        ("rules/gbf-2023-10/08-credit.rhai", "firm.size <= \"small\"", "firm.size <= \"micro\""),
        ("rules/tables/rcep.tsv", "MY\t2022-03-18", "MY\t2022-03-19"),
    ] {
        let text = edited.get(path).unwrap().replace(old, new);
        edited.insert(path, &text);
    }
    let plan = |files| Plan::new(load(files).into_result().unwrap());
    let (old, new) = (plan(files()), plan(&edited));
    let diff = BookDiff::new((&old, files()), (&new, &edited), &Interrupt::never());
    diff.unwrap().to_json().to_string()
}

#[test]
fn examples_of_answers_are_what_the_service_answers() {
    let document: Value = serde_json::from_str(include_str!("../../openapi/openapi.json")).unwrap();
    let server = Server::start();
    let mut answers = String::new();
    for path in ["facts", "policies", "supports", "rulebook", "policies/gbf-2023-10"] {
        answers.push_str(&server.get(&format!("/api/v1/{path}")).body);
    }
    for path in [
        "policies/gbf-2023-10/later",
        "codes/country?limit=500",
        "codes/industry?q=%E5%A5%B3%E8%A3%85&limit=1",
    ] {
        answers.push_str(&server.get(&format!("/api/v1/{path}")).body);
    }
    // The firms of the examples.
    for profile in [
        r#"{"exports_goods": true, "industry": "F5191", "employees": 12, "financing_need": true, "division": "330782", "markets": ["JP"]}"#,
        r#"{"exports_goods": true, "industry": "F5191", "employees": 12, "revenue_wan": 300, "size": "medium", "division": "110101", "imports_goods": false, "import_sources": ["AU"]}"#,
        r#"{"industry": "F5191", "employees": 12}"#,
        r#"{"exprts_goods": true, "employees": "many"}"#,
    ] {
        for detail in ["full", "reasons", "missing", "status"] {
            let path = format!("/api/v1/assessments?as_of=2026-11-25&detail={detail}");
            answers.push_str(&server.post(&path, profile).body);
        }
    }
    answers.push_str(&comparison());
    let overlay = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/overlay/example-county");
    let local = Server::start_with(&["--overlay", overlay]);
    answers.push_str(&local.post("/api/v1/assessments", r#"{"division": "330824"}"#).body);
    let texts = texts_of_examples(&document);
    assert!(texts.len() > 300, "{} texts", texts.len());
    let is_answered = |text: &str| {
        text.is_empty()
            || text == "sha256:0f3a…"
            || answers.contains(&Value::from(text).to_string())
    };
    let invented: Vec<_> = texts.iter().filter(|(_, text)| !is_answered(text)).collect();
    assert!(invented.is_empty(), "no answer has {invented:#?}");
    // A planted one is noticed.
    assert!(!is_answered("国统字〔2017〕213号，2017-12-29"));
}

#[test]
fn the_description_can_be_browsed_without_a_third_party() {
    let server = Server::start();
    let lead = server.get("/docs");
    assert_eq!((lead.status, lead.header("location")), (308, Some("/docs/")));
    let page = server.get("/docs/");
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'; script-src 'self';"), "{policy}");
    // What the page loads lies beside it.
    let loads: Vec<&str> = page
        .body
        .split(['"'])
        .filter(|part| part.ends_with(".js") || part.ends_with(".css") || part.ends_with(".png"))
        .collect();
    assert!(loads.len() >= 4, "{loads:?}");
    for path in loads {
        assert!(!path.contains("//"), "{path}");
        assert_eq!(
            server
                .send("HEAD", &format!("/docs/{}", path.trim_start_matches("./")), &[], "")
                .status,
            200,
            "{path}"
        );
    }
    let start = server.get("/docs/swagger-initializer.js").body;
    assert!(
        start.contains("/openapi.json") && start.contains("\"validatorUrl\": \"none\""),
        "{start}"
    );
    let missing = server.get("/docs/nothing.js");
    assert_eq!(missing.status, 404);
    assert!(missing.body.contains("not_found"));
}
