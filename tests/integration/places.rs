//! The same firm in several places: every way to ask says the same, with the contacts of where it is.

use crate::cli::run;
use crate::server::Server;
use crate::support::advisor;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

const DAY: &str = "2026-11-25";
const PLACES: [(&str, &str); 3] =
    [("pudong", "310115"), ("hangzhou", "330106"), ("chengdu", "510104")];

/// The example overlay.
fn overlay() -> String {
    format!("{}/examples/overlay/example-county", env!("CARGO_MANIFEST_DIR"))
}

fn firm(place: &str) -> (PathBuf, Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = path.join(format!("examples/overlay/firms/{place}.json"));
    let text = std::fs::read_to_string(&path).unwrap();
    (path, serde_json::from_str(&text).unwrap())
}

/// Support → status and what excludes the firm.
type Statuses = BTreeMap<String, (String, Option<String>)>;

fn statuses(answer: &Value) -> Statuses {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let supports = answer["supports"].as_array().unwrap().iter();
    supports
        .map(|s| (text(&s["id"]).unwrap(), (text(&s["status"]).unwrap(), text(&s["excluded_by"]))))
        .collect()
}

fn assessed(place: &str) -> Value {
    let (path, _) = firm(place);
    let ran = run(&["assess", path.to_str().unwrap(), "--as-of", DAY, "--overlay", &overlay()], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn the_command_line_the_api_and_a_list_say_the_same_of_a_firm_wherever_it_is() {
    let server = Server::start_with(&["--overlay", &overlay()]);
    let folder = tempfile::tempdir().unwrap();
    let (list, out) = (folder.path().join("firms.ndjson"), folder.path().join("out.ndjson"));
    let lines = PLACES.map(|(place, _)| firm(place).1.to_string());
    std::fs::write(&list, lines.join("\n")).unwrap();
    let (list, out) = (list.to_str().unwrap(), out.to_str().unwrap());
    let screen = ["screen", list, "-o", out, "--as-of", DAY, "--excluded-by", "--lang", "en"];
    let ran = run(&[&screen[..], &["--overlay", &overlay()]].concat(), "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let rows = std::fs::read_to_string(out).unwrap();
    assert_eq!(rows.lines().count(), PLACES.len());
    for ((place, _), row) in PLACES.into_iter().zip(rows.lines()) {
        let assessed = assessed(place);
        let expected = statuses(&assessed);
        let row: Value = serde_json::from_str(row).unwrap();
        let (_, profile) = firm(place);
        let path = format!("/api/v1/assessments?as_of={DAY}");
        let answer = server.post(&path, &profile.to_string());
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(statuses(&answer), expected, "{place}");
        assert_eq!(answer["rulebook"], assessed["rulebook"]);
        assert_eq!(answer["overlays"], serde_json::json!(["example-county"]));
        for (id, (status, by)) in &expected {
            assert_eq!(row[id], status.as_str(), "{place} {id}");
            let cell = &row[format!("{id}_excluded_by")];
            assert_eq!(cell.as_str(), by.as_deref(), "{place} {id}");
        }
    }
}

#[test]
fn documents_of_other_places_are_a_number_and_errands_have_the_contacts_of_the_place() {
    let local = |policy: &str| {
        let book = advisor().book();
        let id = book.policies.iter_enumerated().find(|(_, p)| p.id == policy).unwrap().0;
        book.supports.iter().filter(|support| support.policy == id).count()
    };
    let (pudong, hangzhou) = (local("pudong-maintenance-2024"), local("hangzhou-cbec-2016"));
    let county = 6;
    for ((place, division), elsewhere) in
        PLACES.into_iter().zip([hangzhou + county, pudong + county, pudong + hangzhou + county])
    {
        let answer = assessed(place);
        assert_eq!(answer["summary"]["out_of_area"], elsewhere, "{place}");
        let contacts = answer["errands"].as_array().unwrap().iter().flat_map(|errand| {
            errand["contacts"].as_array().unwrap().iter().filter(|contact| !contact["by"].is_null())
        });
        let contacts: Vec<&Value> = contacts.collect();
        assert!(!contacts.is_empty(), "{place}");
        for contact in contacts {
            assert!(division.starts_with(contact["area"].as_str().unwrap()), "{contact}");
            let phone = contact["phone"].as_str();
            assert!(phone.is_none_or(|phone| phone.contains("示例")), "{contact}");
        }
    }
    // The national support names what carries it out here, and the local one the national sentence.
    let answer = assessed("pudong");
    let support = |id: &str| {
        let mut all = answer["supports"].as_array().unwrap().iter();
        all.find(|support| support["id"] == id).unwrap()["relations"].clone()
    };
    let kinds = |id: &str, other: &str| {
        let relations = support(id);
        let mut all = relations.as_array().unwrap().iter();
        all.find(|one| one["support"] == other).map(|one| one["kind"].as_str().unwrap().to_owned())
    };
    let (national, here) = ("bonded-maintenance-pilot", "pudong-repair-pilot-ftz");
    assert_eq!(kinds(national, here).as_deref(), Some("carried_out_by"));
    assert_eq!(kinds(here, national).as_deref(), Some("carries_out"));
}

#[test]
fn what_the_rules_say_without_an_overlay_they_say_with_it() {
    let server = Server::start_with(&["--overlay", &overlay()]);
    let plain = Server::start();
    let of = |server: &Server, path: &str| -> Value {
        serde_json::from_str(&server.get(path).body).unwrap()
    };
    let (with, without) = (of(&server, "/api/v1/supports"), of(&plain, "/api/v1/supports"));
    // An overlay says what its documents carry out of the others, and has notes on these.
    let own = |supports: &Value| -> Vec<Value> {
        let mut supports = supports.as_array().unwrap().clone();
        for support in &mut supports {
            support["relations"] = Value::Null;
            support["notes"] = Value::Null;
        }
        supports
    };
    let (with, without) = (own(&with), own(&without));
    assert_eq!(with.len(), without.len() + 6);
    assert_eq!(with[..without.len()], without[..]);
    for (place, _) in PLACES {
        let (_, profile) = firm(place);
        let path = format!("/api/v1/assessments?as_of={DAY}");
        let ask = |server: &Server| -> Value {
            serde_json::from_str(&server.post(&path, &profile.to_string()).body).unwrap()
        };
        let (laid, own) = (ask(&server), ask(&plain));
        // What follows of the places of documents names the county, too.
        let derived = |answer: &Value| -> Vec<Value> {
            let derived = answer["derived"].as_array().unwrap().iter().cloned();
            derived.filter(|derived| derived["fact"] != "local_area").collect()
        };
        assert_eq!(derived(&laid), derived(&own), "{place}");
        for member in ["warnings", "sentences"] {
            assert_eq!(laid[member], own[member], "{place} {member}");
        }
        let laid = statuses(&laid);
        assert!(statuses(&own).iter().all(|(id, status)| laid[id] == *status), "{place}");
    }
}

#[test]
fn an_errand_has_the_contacts_of_the_nearest_area() {
    let folder = tempfile::tempdir().unwrap();
    let overlay = folder.path().join("example");
    std::fs::create_dir(&overlay).unwrap();
    let name = r#"name = { zh = "示例", en = "Example" }"#;
    std::fs::write(overlay.join("overlay.toml"), format!("{name}\nby{}", &name[4..])).unwrap();
    let contact = |area: &str| {
        format!(
            "[[contact]]\nchannel = \"sinosure\"\narea = \"{area}\"\nphone = \"{area}\"\nsource = \"示例\"\nchecked = 2026-11-30\n"
        )
    };
    let contacts = ["33", "3301", "330106"].map(contact).concat();
    std::fs::write(overlay.join("contacts.toml"), contacts).unwrap();
    let overlay = overlay.to_str().unwrap();
    for (division, expected) in [
        ("330106", vec!["330106"]),
        ("330105", vec!["3301"]),
        ("330300", vec!["33"]),
        ("330000", vec!["33"]),
        ("110101", vec![]),
    ] {
        let profile = format!("{{\"division\": \"{division}\", \"exports_goods\": true}}");
        let ran = run(&["assess", "-", "--as-of", DAY, "--overlay", overlay], &profile);
        let answer: Value = serde_json::from_str(&ran.out).unwrap();
        let errands = answer["errands"].as_array().unwrap();
        let errand = errands.iter().find(|errand| errand["channel"] == "sinosure").unwrap();
        let local = errand["contacts"].as_array().unwrap().iter();
        let local = local.filter(|contact| !contact["by"].is_null());
        let found: Vec<_> = local.map(|contact| contact["phone"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{division}");
    }
}

#[test]
fn a_long_list_of_supports_has_pages() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join("example").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let name = r#"name = { zh = "示例", en = "Example" }"#;
    write("overlay.toml", &format!("{name}\nby{}", &name[4..]));
    let text = "一、支持开拓市场。对本县企业参加境外展会给予补助。\n";
    write("seeds/long.txt", text);
    let policy = format!(
        "id = \"long\"\nnumber = \"\"\ntitle = {{ zh = \"示例县通知\", en = \"Example notice\" }}\n\
         issuer = {{ zh = \"示例县政府\", en = \"Example county\" }}\nissued = 2026-01-01\nlevel = \"county\"\n\
         seed = \"seeds/long.txt\"\nsha256 = \"{}\"\nsentences = 1\n[[measure]]\nnumber = 1\nslug = \"fairs\"\n\
         title = \"支持开拓市场\"\ntitle_en = \"Markets\"\n",
        export_advisor_core::files::sha256(text)
    );
    write("long/policy.toml", &policy);
    let support = |number: usize| {
        format!(
            "support(\"long-{number}\").title(\"补助{number}\", \"Grant {number}\").summary(\"补助。\", \"A grant.\")\n\
             .benefit(\"exhibition\").access(\"apply\").cites(\"1.1.1\", \"给予补助\")\n\
             .needs(\"打算参展\", \"plans to exhibit\", firm.wants_overseas_fair)\n\
             .channel(\"commerce-bureau\").ask(\"补多少？\", \"How much?\").bring([\"licence\"]);\n"
        )
    };
    write(
        "long/01-fairs.rhai",
        &format!("measure(1);\n{}", (0..60).map(support).collect::<String>()),
    );
    let overlay = folder.path().join("example");
    let server = Server::start_with(&["--overlay", overlay.to_str().unwrap()]);
    let listed = |path: &str| -> Vec<String> {
        let page = server.get(path).body;
        let links = page.split("<h3><a href=\"/supports/").skip(1);
        links.map(|link| link.split('?').next().unwrap().to_owned()).collect()
    };
    let (first, second) = (listed("/supports?lang=zh"), listed("/supports?page=2&lang=zh"));
    assert!(server.get("/supports?lang=zh").body.contains("rel=\"next\""));
    assert!(!server.get("/supports?page=2&lang=zh").body.contains("rel=\"next\""));
    let all: Value = serde_json::from_str(&server.get("/api/v1/supports").body).unwrap();
    let all = all.as_array().unwrap().iter().map(|support| support["id"].as_str().unwrap());
    assert_eq!([first, second.clone()].concat(), all.collect::<Vec<_>>());
    // Beyond the last page is the last.
    assert_eq!(listed("/supports?page=99&lang=zh"), second);
}

#[test]
fn an_answer_is_cut_by_document() {
    let (path, profile) = firm("pudong");
    let cut =
        ["assess", path.to_str().unwrap(), "--as-of", DAY, "--policies", "pudong-maintenance-2024"];
    let ran = run(&cut, "");
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    let of = |answer: &Value| {
        let policies = answer["policies"].as_array().unwrap().iter();
        policies.map(|policy| policy["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of(&answer), ["pudong-maintenance-2024"]);
    let ids = answer["sentence_uses"].as_object().unwrap().keys();
    assert!(ids.into_iter().all(|id| id.starts_with("pudong-maintenance-2024:")));
    let server = Server::start();
    let path = format!("/api/v1/assessments?as_of={DAY}&policy=pudong-maintenance-2024");
    let served = server.post(&path, &profile.to_string()).body;
    assert_eq!(serde_json::from_str::<Value>(&served).unwrap(), answer);
    for (args, says) in [
        (&["--policies", "pudong-maintenance-2025"][..], "pudong-maintenance-2024"),
        (&["--policies", "gbf-2023-10", "--supports", "pudong-repair-finance"], "choose nothing"),
    ] {
        let ran = run(&[&["assess", "-", "--lang", "en"][..], args].concat(), "{}");
        assert!(ran.code == 2 && ran.err.contains(says), "{}", ran.err);
    }
    let path = "/api/v1/assessments?policy=gbf-2023-10&supports=pudong-repair-finance";
    let reply = server.post(path, "{}");
    assert_eq!(reply.status, 400, "{}", reply.body);
    assert!(reply.body.contains("together choose nothing"), "{}", reply.body);
    let args = ["sql", "--dialect", "sqlite", "--ddl", "--policies", "gbf-2023-10"];
    assert_eq!(run(&args, "").code, 2);
    // A list, and the query for a warehouse, too.
    let ran = run(
        &[
            "screen",
            "-",
            "-o",
            "-",
            "--from",
            "ndjson",
            "--to",
            "ndjson",
            "--policies",
            "hangzhou-cbec-2016",
            "--quiet",
        ],
        "{\"division\": \"330106\"}",
    );
    let row: Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    let statuses = row.as_object().unwrap().keys().filter(|name| name.starts_with("hz-"));
    assert_eq!(statuses.count(), 18, "{}", ran.err);
    assert!(row.get("insurance-sme").is_none());
    let sql = run(&["sql", "--dialect", "sqlite", "--policies", "sme-promotion-law-2017"], "").out;
    assert!(sql.contains("AS \"sme-export-ip\"") && !sql.contains("AS \"insurance-sme\""));
}

#[test]
fn pages_carry_what_an_overlay_says_and_show_one_document_at_a_time() {
    let server = Server::start_with(&["--overlay", &overlay()]);
    let start = server.get("/?lang=zh").body;
    for piece in ["示例县", "/assets/brand.css", "/assets/brand.svg"] {
        assert!(start.contains(piece), "{piece}");
    }
    let style = server.get("/assets/brand.css");
    assert!(style.body.contains("--accent: #") && style.status == 200);
    let logo = server.get("/assets/brand.svg");
    assert!(logo.body.contains("<svg") && logo.header("content-type") == Some("image/svg+xml"));
    let plain = Server::start();
    let page = plain.get("/?lang=zh").body;
    assert!(!page.contains("brand.") && plain.get("/assets/brand.svg").body.contains("<svg"));
    // Each document has its text under an address of its own.
    for policy in &advisor().book().policies {
        let page = plain.get(&format!("/text?policy={}&lang=zh", policy.id));
        assert_eq!(page.status, 200);
        let sentences = page.body.matches("<li id=\"t-").count();
        assert_eq!(sentences, policy.text.sentence_ids().count(), "{}", policy.id);
        let others = advisor().book().policies.iter().filter(|other| other.id != policy.id);
        assert!(others.clone().all(|other| page.body.contains(&other.title.zh)), "{}", policy.id);
    }
    assert_eq!(plain.get("/text?policy=nothing").status, 404);
    let page = plain.get("/text?policy=pudong-maintenance-2024&lang=zh").body;
    for piece in ["第五条第二款第1句", "【", "适用于：上海市浦东新区", "2025-01-01起施行"]
    {
        assert!(page.contains(piece), "{piece}");
    }
    let list = plain.get("/supports?policy=hangzhou-cbec-2016&lang=en").body;
    assert_eq!(list.matches("<article>").count(), 18);
    let one = plain.get("/supports?measure=hangzhou-cbec-2016:43&lang=zh").body;
    assert_eq!(one.matches("<article>").count(), 2);
}
