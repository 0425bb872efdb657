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
    let group = between(&result, "id=\"g-undetermined\"", "id=\"g-").next().unwrap();
    let questions: Vec<&str> =
        between(group, "<section class=\"open-question\">", "</section>").collect();
    assert!(questions.len() > 3);
    let mut open = Vec::new();
    for question in questions {
        let ways_on = ["弄清了，去回答", "窗口答复了，去填", "要问了才知道"];
        assert!(ways_on.iter().any(|way| question.contains(way)), "{question}");
        for article in between(question, "<article ", "</article>") {
            // In sight, not under the title that unfolds.
            let (_, in_sight) = article.rsplit_once("</details>").unwrap();
            assert!(in_sight.contains("找谁：") && in_sight.contains("问："), "{in_sight}");
            open.push(article);
        }
    }
    assert!(open.len() > 5);
    let section = between(&sheet, ">还不能确定<", "</section>").next().unwrap();
    assert!(section.matches("要弄清：").count() > 3);
    let articles: Vec<&str> = between(section, "<article>", "</article>").collect();
    assert_eq!(articles.len(), open.len());
    for article in articles {
        for part in ["找谁：", "☐"] {
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
                _ => between(errands, "<ol class=\"asked-there\">", "</ol>")
                    .flat_map(|list| between(list, "<li>", "</li>"))
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
    let (result, _) = result.split_once("<div class=\"sheet\">").unwrap();
    assert!(
        result.contains(
            "<a href=\"tel:95555\">电话&nbsp;95555</a> · <a href=\"https://example.org/\""
        )
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
        // The result has it twice: to read, and to print.
        for (path, count) in [("/form", 2), ("/sheet", 1), ("/copy", 1)] {
            assert_eq!(page(path).matches(kind).count(), count, "{path} {lang}");
        }
        assert!(
            page("/form").contains("<details class=\"group\" id=\"g-does-not-apply\">"),
            "folded"
        );
        assert!(!page("/sheet").contains(noes) && !page("/copy").contains(noes), "{lang}");
    }
}

/// The page of a result, as it is read: without what is only printed.
fn result_of(server: &Server, id: &str, lang: &str, more: &str) -> String {
    let body = format!("state={}&do=result{more}", state_of(server, id));
    let page = server.send("POST", &format!("/form?lang={lang}"), &[FORM], &body);
    assert_eq!(page.status, 200, "{id}");
    page.body.split_once("<div class=\"sheet\">").unwrap().0.to_owned()
}

#[test]
fn the_parts_of_the_result_stand_in_the_order_in_which_they_are_needed() {
    let server = Server::start();
    let result = result_of(&server, "P01", "zh", "");
    let parts = [
        "class=\"lead\"",
        "class=\"tiles\"",
        "id=\"errands\"",
        "id=\"filter\"",
        "id=\"g-undetermined\" open",
        "id=\"g-now\" open",
        "id=\"g-indirect\">",
        "id=\"g-does-not-apply\">",
        "id=\"g-ended\">",
        "class=\"later\">",
        "id=\"take\"",
        "id=\"answers\"",
    ];
    let at = |part: &&str| result.find(part).unwrap_or_else(|| panic!("no {part}"));
    assert!(parts.iter().is_sorted_by_key(at));
    assert_eq!(result.matches("id=\"take\"").count(), 1);
}

#[test]
fn each_measure_has_a_tile_that_says_what_it_means_and_leads_there() {
    let server = Server::start();
    for (id, lang) in [("P01", "zh"), ("P10", "zh"), ("P24", "en")] {
        let result = result_of(&server, id, lang, "");
        let nav = between(&result, "<nav class=\"tiles\"", "</nav>").next().unwrap();
        let tiles: Vec<&str> = between(nav, "<li>", "</li>").collect();
        assert_eq!(tiles.len(), 18);
        for (tile, number) in tiles.into_iter().zip(1..) {
            assert!(tile.contains(&format!(">{number}<span class=\"sr\">. ")), "{tile}");
            let link = between(tile, "href=\"", "\"").next().unwrap();
            let Some(support) = link.strip_prefix('#') else {
                assert_eq!((number, link), (7, format!("/text?lang={lang}#t-7-1").as_str()));
                continue;
            };
            // The support that it leads to stands in the group whose colour the tile has.
            let group = between(tile, "class=\"tile g-", "\"").next().unwrap();
            let (_, group) =
                result.split_once(&format!("<details class=\"group\" id=\"g-{group}\"")).unwrap();
            let group = group.split("<details class=\"group\"").next().unwrap();
            assert!(group.contains(&format!("<article id=\"{support}\"")), "{id} {tile}");
        }
    }
}

#[test]
fn the_first_card_is_what_few_other_firms_get() {
    let server = Server::start();
    for (id, first) in [
        ("P01", "cbec-retail-tax"),
        ("P03", "plant-credit-insurance"),
        ("P05", "border-landed-processing"),
        ("P06", "bonded-maintenance-pilot"),
    ] {
        let result = result_of(&server, id, "zh", "");
        let (_, cards) = result.split_once("id=\"g-now\"").unwrap();
        assert_eq!(between(cards, "<article id=\"s-", "\"").next(), Some(first), "{id}");
    }
}

#[test]
fn a_kind_and_an_office_can_be_selected_without_a_script_and_nothing_gets_lost() {
    let server = Server::start();
    let all = result_of(&server, "P01", "zh", "");
    let articles = |page: &str| {
        let mut ids: Vec<String> =
            between(page, "<article id=\"", "\"").map(str::to_owned).collect();
        ids.sort_unstable();
        ids
    };
    let supports: serde_json::Value =
        serde_json::from_str(&server.get("/api/v1/supports").body).unwrap();
    let of_kind = |id: &str| {
        let all = supports.as_array().unwrap();
        all.iter().find(|support| support["id"] == id).unwrap()["benefit"].as_str().unwrap()
    };
    for (query, is_selected) in [
        (
            "&kind=insurance",
            &(|card: &str, id: &str| !card.is_empty() && of_kind(id) == "insurance")
                as &dyn Fn(&str, &str) -> bool,
        ),
        ("&office=bank", &|card: &str, _: &str| card.contains("<strong>开户银行</strong>")),
    ] {
        let page = result_of(&server, "P01", "zh", query);
        assert_eq!(articles(&page), articles(&all), "{query}");
        assert!(page.contains("id=\"filter\" open"));
        let (_, now) = page.split_once("id=\"g-now\"").unwrap();
        let now = now.split("<details class=\"group\"").next().unwrap();
        let (selected, others) = now.split_once("<details class=\"others\">").unwrap();
        assert!(others.contains("没有选到的"));
        for (part, expected) in [(selected, true), (others, false)] {
            let cards: Vec<&str> = between(part, "<article id=\"s-", "</article>").collect();
            assert!(!cards.is_empty(), "{query}");
            for card in cards {
                let id = card.split_once('"').unwrap().0;
                assert_eq!(is_selected(card, id), expected, "{query} {id}");
            }
        }
    }
    // What nothing is selects nothing.
    assert_eq!(result_of(&server, "P01", "zh", "&kind=nothing&office=%3Cb%3E"), all);
}

#[test]
fn who_exports_nothing_yet_reads_what_would_concern_an_exporter() {
    let server = Server::start();
    let domestic = result_of(&server, "P10", "zh", "");
    let heading = "如果开始出口货物：";
    let count = |page: &str| -> usize {
        between(page, heading, "项与您有关").next().unwrap().parse().unwrap()
    };
    // The same number as of the same profile with the export answer changed.
    let firms: serde_json::Value =
        serde_json::from_str(include_str!("../data/personas.json")).unwrap();
    let firms = firms["personas"].as_array().unwrap();
    let firm = firms.iter().find(|firm| firm["id"] == "P10").unwrap();
    let mut profile = firm["profile"].as_object().unwrap().clone();
    for name in ["uscc_synthetic", "division_name", "uscc_division", "foreign_trade"] {
        profile.remove(name);
    }
    profile.insert("exports_goods".to_owned(), true.into());
    let body = serde_json::to_string(&profile).unwrap();
    let json = ("Content-Type", "application/json");
    let reply = server.send("POST", "/api/v1/assessments", &[json], &body);
    let reply: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    let supports = reply["supports"].as_array().unwrap();
    let applying = supports.iter().filter(|s| s["status"] == "applies" && s["window"] == "open");
    assert_eq!(count(&domestic), applying.count());
    assert!(count(&domestic) > 5);
    let (_, section) = domestic.split_once("<details class=\"exporting\">").unwrap();
    let section = section.split_once("</details>").unwrap().0;
    let offices: Vec<&str> = between(section, "<h3>", "</h3>").collect();
    let errands = reply["errands"].as_array().unwrap().iter().take(3);
    let expected: Vec<&str> =
        errands.map(|errand| errand["name"]["zh"].as_str().unwrap()).collect();
    assert_eq!(offices, expected);
    // The tick says that they prepare to: then it stands open, and there are errands.
    assert!(section.contains("value=\"set:plans_to_trade=true\">准备开始做外贸<"));
    let body =
        format!("state={}&page=@result&do=set:plans_to_trade=true", state_of(&server, "P10"));
    let planning = server.send("POST", "/form?lang=zh", &[FORM], &body).body;
    assert!(planning.contains("<details class=\"exporting\" open>"));
    assert!(!planning.contains("value=\"set:plans_to_trade=true\">准备"));
    assert!(planning.contains("id=\"errands\""));
    // Who exports reads nothing of it.
    assert!(!result_of(&server, "P01", "zh", "").contains(heading));
}

#[test]
fn the_key_points_name_the_offices_in_800_characters() {
    let server = Server::start();
    for id in ["P01", "P02", "P05", "P10", "P24"] {
        let state = state_of(&server, id);
        for lang in ["zh", "en"] {
            let path = format!("/copy?lang={lang}");
            let page = server.send("POST", &path, &[FORM], format!("state={state}&brief=1")).body;
            let (_, text) = page.split_once("readonly>").unwrap();
            let text = text.split_once("</textarea>").unwrap().0.trim();
            assert!(text.chars().count() <= 800, "{id} {lang}: {}", text.chars().count());
            let result = result_of(&server, id, lang, "");
            if let Some((_, errands)) = result.split_once("id=\"errands\"") {
                let office = between(errands, "<h3>", "</h3>").next().unwrap();
                assert!(text.contains(&format!("1. {office}")), "{text}");
                assert!(text.contains(if lang == "zh" { "问：" } else { "Ask: " }), "{text}");
            }
            assert!(
                page.contains(&format!("formaction=\"/copy?lang={lang}\">")),
                "to the whole text"
            );
        }
    }
}
