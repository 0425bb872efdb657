//! What a result says, and in which order, on the page, on the sheet and as text.

use crate::page::{FORM, all_answered, between, encoded, hidden, submit, unsure};
use crate::server::Server;

#[test]
fn what_is_open_says_what_to_find_out_and_where_wherever_it_is_told() {
    let server = Server::start();
    let traders = |name: &str, kind: &str| {
        Some(if name == "exports_goods" { format!("{name}=true") } else { unsure(name, kind) })
    };
    let message = all_answered(&server, traders);
    let state = hidden(&message, "state").to_owned();
    let page = |path: &str| {
        let page = server.send("POST", path, &[FORM], format!("state={state}&do=result"));
        assert_eq!(page.status, 200, "{path}");
        page.body
    };
    let (result, sheet, copy) =
        (page("/form?lang=zh"), page("/sheet?lang=zh"), page("/copy?lang=zh"));
    assert!(result.contains("能问的都问了") && !result.contains("再回答"));
    let open: Vec<&str> = between(&result, "<article ", "</article>")
        .filter(|article| article.contains("data-status=\"undetermined\""))
        .filter(|article| !article.contains("<p class=\"note\">"))
        .collect();
    assert!(open.len() > 5);
    assert!(open.iter().all(|article| article.contains("要弄清：")), "{open:?}");
    let section = between(&sheet, ">还不能确定<", "</section>").next().unwrap();
    let articles: Vec<&str> = between(section, "<article>", "</article>").collect();
    assert_eq!(articles.len(), open.len());
    for article in articles {
        for part in ["要弄清：", "找谁：", "☐"] {
            assert!(article.contains(part), "no {part}: {article}");
        }
    }
    let section = between(&copy, "【还不能确定】", "【").next().unwrap();
    for part in ["要弄清：", "找谁：", "问："] {
        assert!(section.matches(part).count() >= open.len(), "{part}");
    }
}

#[test]
fn what_has_aged_says_so_wherever_it_is_taken() {
    let server = Server::start();
    let yes = |name: &str, kind: &str| (kind == "bool").then(|| format!("{name}=true"));
    let state = hidden(&all_answered(&server, yes), "state").to_owned();
    let page =
        |path: &str| server.send("POST", path, &[FORM], format!("state={state}&do=result")).body;
    let (result, sheet, copy) =
        (page("/form?lang=zh"), page("/sheet?lang=zh"), page("/copy?lang=zh"));
    let supports: serde_json::Value =
        serde_json::from_str(&server.get("/api/v1/supports").body).unwrap();
    let taken = |support: &&serde_json::Value| {
        support["note"].is_object()
            && result.contains(&format!(
                "id=\"s-{}\" data-status=\"applies\"",
                support["id"].as_str().unwrap()
            ))
            && support["lapsed"].is_null()
            && support["closes"].is_null()
    };
    let noted: Vec<_> = supports.as_array().unwrap().iter().filter(taken).collect();
    assert!(noted.len() > 3);
    for support in noted {
        let note = support["note"]["zh"].as_str().unwrap();
        for (page, name) in [(&result, "result"), (&sheet, "sheet"), (&copy, "copy")] {
            assert!(page.contains(note), "{name} leaves out: {note}");
        }
    }
}

/// The text that a page carries of an example firm's answers.
fn state_of(server: &Server, id: &str) -> String {
    let firms: serde_json::Value =
        serde_json::from_str(include_str!("../data/personas.json")).unwrap();
    let firms = firms["personas"].as_array().unwrap();
    let firm = firms.iter().find(|firm| firm["id"] == id).unwrap();
    let pairs = firm["profile"].as_object().unwrap().iter().filter_map(|(name, value)| {
        let name = if name == "uscc_synthetic" { "uscc" } else { name };
        let pair = match value {
            serde_json::Value::Null => return None,
            serde_json::Value::Array(list) if list.is_empty() => format!("{name}-none=1"),
            serde_json::Value::Array(list) if name == "cbec" => {
                let ticks = list.iter().map(|one| format!("{name}={}", one.as_str().unwrap()));
                ticks.collect::<Vec<_>>().join("&")
            }
            serde_json::Value::Array(list) => {
                let all: Vec<&str> = list.iter().map(|one| one.as_str().unwrap()).collect();
                format!("{name}={}", encoded(&all.join("、")))
            }
            serde_json::Value::String(text) => format!("{name}={}", encoded(text)),
            other => format!("{name}={other}"),
        };
        Some(pair)
    });
    let page = submit(server, "zh", &pairs.collect::<Vec<_>>().join("&"));
    assert_eq!(page.status, 200, "{id}");
    hidden(&page, "state").to_owned()
}

#[test]
fn the_errands_come_first_wherever_the_result_is_read() {
    let server = Server::start();
    let state = state_of(&server, "P02");
    for (lang, heading, bring, also, open) in [
        ("zh", "先去这几处", "带上：", "顺便可以打听：", "现在可以去问、去办"),
        ("en", "Where to go first", "Bring: ", "Also ask about: ", "What you can ask for now"),
    ] {
        let page = |path: &str| {
            let body = format!("state={state}&do=result");
            server.send("POST", &format!("{path}?lang={lang}"), &[FORM], &body).body
        };
        for (path, supports) in [
            ("/form", format!("<h2>{open}")),
            ("/sheet", format!("<h2>{open}")),
            ("/copy", format!("【{open}】")),
        ] {
            let page = page(path);
            let (before, errands) = page.split_once(heading).unwrap();
            assert!(!before.contains(&supports), "{path} {lang}");
            let (errands, _) = errands.split_once(&supports).unwrap();
            for part in [bring, also] {
                assert!(errands.contains(part), "{path} {lang}: no {part}");
            }
            // Of each question one, however many supports ask it.
            let questions: Vec<&str> = match path {
                "/copy" => {
                    between(errands, if lang == "zh" { "问：" } else { "Ask: " }, "\n").collect()
                }
                "/sheet" => between(errands, "☐</span> ", "</li>").collect(),
                _ => between(errands, "<ul>", "</ul>")
                    .flat_map(|ul| between(ul, "<li>", "</li>"))
                    .collect(),
            };
            assert!(questions.len() > 20, "{path} {lang}: {}", questions.len());
        }
    }
}

#[test]
fn an_office_is_reached_where_the_rules_say_how() {
    let rules = tempfile::tempdir().unwrap();
    let copied = std::process::Command::new("cp")
        .args(["-r", "rules", "seeds"])
        .arg(rules.path())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(copied.unwrap().success());
    let file = rules.path().join("rules/channels.toml");
    let channels = std::fs::read_to_string(&file).unwrap();
    let contact = "id = \"sinosure\"\ncontact = [{ area = \"\", phone = \"95555\", url = \"https://example.org/\", source = \"a test\", date = \"2026-11-29\", confidence = \"low\" }]";
    assert!(channels.contains("id = \"sinosure\""));
    std::fs::write(&file, channels.replacen("id = \"sinosure\"", contact, 1)).unwrap();
    let server = Server::start_with(&["--rules", rules.path().join("rules").to_str().unwrap()]);
    let body = format!("state={}&do=result", state_of(&server, "P02"));
    let result = server.send("POST", "/form?lang=zh", &[FORM], &body).body;
    assert!(
        result.contains("<a href=\"tel:95555\">电话 95555</a> · <a href=\"https://example.org/\"")
    );
    assert_eq!(result.matches("tel:95555").count(), 1, "once, with its office");
    for path in ["/sheet", "/copy"] {
        let page = server.send("POST", &format!("{path}?lang=zh"), &[FORM], &body).body;
        let (_, contact) = page.split_once("95555").unwrap();
        assert!(contact.lines().next().unwrap().contains("（未完全核实）"), "{path}");
    }
}

#[test]
fn a_firm_that_trades_nowhere_reads_no_list_of_noes() {
    let server = Server::start();
    let body = format!("state={}&do=result", state_of(&server, "P10"));
    for (lang, kind, noes) in [
        ("zh", "以后有变化，可以再来查", "不适用及原因"),
        ("en", "If that changes, look again", "What does not apply"),
    ] {
        let page =
            |path: &str| server.send("POST", &format!("{path}?lang={lang}"), &[FORM], &body).body;
        for path in ["/form", "/sheet", "/copy"] {
            assert_eq!(page(path).matches(kind).count(), 1, "{path} {lang}");
        }
        assert!(
            page("/form").contains("<details class=\"group\" id=\"g-does-not-apply\">"),
            "folded"
        );
        assert!(!page("/sheet").contains(noes) && !page("/copy").contains(noes), "{lang}");
    }
}
