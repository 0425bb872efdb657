//! The search of the form: what people type finds what they mean, and page one stops nobody for it.

use crate::page::{FORM, between, encoded, hidden};
use crate::server::{Reply, Server};
use serde_json::Value;

/// The queries: list, text, codes that must be among the first three finds.
const QUERIES: &str = include_str!("../data/searches.tsv");

fn finds(server: &Server, list: &str, text: &str, lang: &str) -> Vec<Value> {
    let reply = server.get(&format!("/suggest/{list}?q={}&lang={lang}", encoded(text)));
    assert_eq!(reply.status, 200, "{list} {text}");
    serde_json::from_str(&reply.body).unwrap()
}

fn codes(finds: &[Value]) -> Vec<&str> {
    finds.iter().map(|find| find["code"].as_str().unwrap()).collect()
}

fn step(server: &Server, lang: &str, page: &Reply, more: &str) -> Reply {
    let body = format!("state={}&{more}", hidden(page, "state"));
    server.send("POST", &format!("/form?lang={lang}"), &[FORM], &body)
}

#[test]
fn what_people_type_is_among_the_first_three() {
    let server = Server::start();
    let rows = QUERIES.lines().filter(|line| !line.starts_with('#')).skip(1);
    let (mut count, mut wrong) = (0, Vec::new());
    for row in rows {
        let [list, text, wanted] = row.split('\t').collect::<Vec<_>>().try_into().unwrap();
        count += 1;
        let lang = if text.is_ascii() { "en" } else { "zh" };
        let found = finds(&server, list, text, lang);
        let first = codes(&found[..found.len().min(3)]);
        let is_right = match wanted {
            "" => found.is_empty(),
            _ => wanted.split('|').all(|code| first.contains(&code)),
        };
        if !is_right {
            wrong.push(format!("{list} {text}: {wanted}, found {first:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 150, "{count}");
}

#[test]
fn a_long_text_is_not_searched_for_and_there_is_an_end_of_finds() {
    let server = Server::start();
    for list in ["industry", "place", "country"] {
        for text in ["服".repeat(61), "a".repeat(61), "a ".repeat(2000), "、".repeat(40)] {
            assert!(finds(&server, list, &text, "zh").is_empty(), "{list} {}", text.len());
        }
        assert!(finds(&server, list, "市", "zh").len() <= 20);
        assert!(finds(&server, list, "s", "zh").len() <= 20);
    }
    assert!(!finds(&server, "industry", &format!("{}女装", "做".repeat(58)), "zh").is_empty());
}

#[test]
fn who_reads_english_sees_the_english_name_and_labels_stay() {
    let server = Server::start();
    let found = finds(&server, "industry", "footwear", "en");
    let group = found.iter().find(|find| find["code"] == "C195").unwrap();
    assert_eq!(group["label"], "制鞋业（C195）");
    assert_eq!(group["hint"], "Manufacture of footwear");
    let class = finds(&server, "industry", "皮鞋制造", "en");
    assert_eq!(class[0]["hint"], "Manufacture of footwear", "a class has the name of its group");
    let chinese = finds(&server, "industry", "制鞋业", "zh");
    assert!(chinese[0].get("hint").is_none() && chinese[0].get("members").is_none());
    let place = finds(&server, "place", "yueqing", "en");
    assert_eq!(place[0]["label"], "浙江省 温州市 乐清市（330382）");
    assert_eq!(place[0]["hint"], "Yueqing");
}

#[test]
fn a_country_comes_before_those_whose_names_contain_it() {
    let server = Server::start();
    let found = finds(&server, "country", "美国", "zh");
    assert_eq!(codes(&found)[..2], ["US", "UM"]);
    let found = finds(&server, "country", "几内亚", "zh");
    assert_eq!(codes(&found)[..2], ["GN", "GW"], "the exact name, then those that begin with it");
    let union = finds(&server, "country", "欧盟", "zh");
    assert_eq!(union[0]["label"], "欧盟");
    let members = union[0]["members"].as_array().unwrap();
    assert_eq!(members.len(), 27);
    assert!(members.iter().any(|one| one["code"] == "DE" && one["label"] == "德国"));
}

/// Page one, filled in.
fn basics(server: &Server, lang: &str, more: &str) -> Reply {
    let page = server.get(&format!("/form?lang={lang}"));
    step(server, lang, &page, &format!("page=@basics&do=next&{more}"))
}

#[test]
fn page_one_stops_nobody_for_a_name_that_is_not_found() {
    let server = Server::start();
    for (lang, notice) in [("zh", "没有找到“炼金术”"), ("en", "“炼金术” was not found")]
    {
        let industry = format!("industry={}", encoded("炼金术"));
        let on = basics(&server, lang, &format!("division=330782&{industry}"));
        assert_eq!(on.status, 200);
        assert_eq!(hidden(&on, "page"), "@size", "{lang}");
        assert!(on.body.contains(notice), "{lang}");
        // The fact has no answer, and is not asked again before the end.
        let result = step(&server, lang, &on, "page=@size&do=result");
        assert!(!result.body.contains("炼金术"));
        let back = step(&server, lang, &on, "page=@size&do=back");
        assert!(back.body.contains("330782"));
    }
    // Nor for a place; also not on its own page.
    let place = format!("division={}", encoded("亚特兰蒂斯"));
    let on = basics(&server, "zh", &format!("{place}&industry=F5292"));
    assert_eq!((on.status, hidden(&on, "page")), (200, "@size"));
    let result = step(&server, "zh", &on, "page=@size&do=result");
    let page = step(&server, "zh", &result, "page=@result&do=go:division");
    let page_name = hidden(&page, "page").to_owned();
    let left =
        step(&server, "zh", &page, &format!("page={page_name}&return=@result&do=next&{place}"));
    assert_eq!(left.status, 200);
    assert!(left.body.contains("没有找到“亚特兰蒂斯”") && !left.body.contains("请先改正"));
    // What is wrong in another way still stops.
    let wrong = basics(&server, "zh", &format!("uscc=123&industry={}", encoded("炼金术")));
    assert_eq!(wrong.status, 422);
}

#[test]
fn without_a_script_one_chooses_once_or_goes_on() {
    let server = Server::start();
    let typed = format!("industry={}", encoded("女装"));
    let asked = basics(&server, "zh", &format!("division=330782&{typed}"));
    assert_eq!((asked.status, hidden(&asked, "page")), (200, "@basics"));
    assert!(!asked.body.contains("请先改正") && !asked.body.contains("aria-invalid"));
    let picks: Vec<&str> = between(&asked.body, "name=\"industry-pick\" value=\"", "\"").collect();
    assert!(picks[..3].contains(&"C1819") && picks[..3].contains(&"F5132"), "{picks:?}");
    assert!(!asked.body.contains("industry-pick\" value=\"C1819\" checked"), "the person chooses");
    let offered = format!(
        "page=@basics&do=next&division=330782&{typed}&industry-offered={}",
        encoded("女装")
    );
    let picked = step(&server, "zh", &asked, &format!("{offered}&industry-pick=F5132"));
    assert_eq!(hidden(&picked, "page"), "@size");
    let result = step(&server, "zh", &picked, "page=@size&do=result");
    assert!(result.body.contains("F5132"));
    let none = step(&server, "zh", &asked, &offered);
    assert_eq!((none.status, hidden(&none, "page")), (200, "@size"));
    assert!(none.body.contains("“女装”没有选是哪一个"));
    assert!(!step(&server, "zh", &none, "page=@size&do=result").body.contains("C1819"));
    // Another text is asked about anew; so is the same text that was never offered.
    let other = format!(
        "page=@basics&do=next&industry={}&industry-offered={}",
        encoded("袜子"),
        encoded("女装")
    );
    let again = step(&server, "zh", &asked, &other);
    assert_eq!(hidden(&again, "page"), "@basics");
}

#[test]
fn a_group_of_countries_is_opened_into_ticks_that_can_be_taken_off() {
    let server = Server::start();
    let ticked = |page: &Reply| -> Vec<String> {
        let boxes = between(&page.body, "name=\"markets-chosen\" value=\"", "\" checked");
        boxes.filter(|code| code.len() == 2).map(str::to_owned).collect()
    };
    for (lang, group, notice) in [("zh", "东盟", "已经展开"), ("en", "ASEAN", "is opened")] {
        let start = basics(&server, lang, "division=330782&industry=F5292");
        let result = step(&server, lang, &start, "page=@size&do=result");
        let page = step(&server, lang, &result, "page=@result&do=go:markets");
        assert_eq!(hidden(&page, "page"), "markets");
        let typed = format!("markets={}", encoded(&format!("US、{group}")));
        let fields = "page=markets&return=@result&do=next";
        let opened = step(&server, lang, &page, &format!("{fields}&{typed}"));
        assert_eq!((opened.status, hidden(&opened, "page")), (200, "markets"));
        assert!(
            opened.body.contains(notice) && !opened.body.contains(&format!("value=\"{group}\""))
        );
        let all = ticked(&opened);
        assert_eq!(all.len(), 12, "eleven and the United States: {all:?}");
        // Two ticks are taken off.
        let left = all.iter().filter(|code| !["MM", "TL"].contains(&code.as_str()));
        let left: Vec<String> = left.map(|code| format!("markets-chosen={code}")).collect();
        let done = step(&server, lang, &opened, &format!("{fields}&markets=&{}", left.join("&")));
        assert_eq!(hidden(&done, "page"), "@result");
        let again = step(&server, lang, &done, "page=@result&do=go:markets");
        let kept = ticked(&again);
        assert_eq!(kept.len(), 10);
        assert!(!kept.contains(&"MM".to_owned()) && kept.contains(&"US".to_owned()));
    }
    // On the adviser's page the members are shown at once, and what is no country stays in the field.
    let typed = format!("markets={}", encoded("欧盟、火星"));
    let page = server.send("POST", "/adviser?lang=zh", &[FORM], &typed);
    assert_eq!(ticked(&page).len(), 27);
    assert!(page.body.contains("value=\"火星\""));
}

/// A find is shown to a person, who chooses. A cell or a profile is read by official names alone.
#[test]
fn what_the_search_finds_is_no_reading() {
    let server = Server::start();
    for (fact, value) in [
        ("industry", serde_json::json!("女装")),
        ("industry", serde_json::json!("nvzhuang")),
        ("industry", serde_json::json!("clothes")),
        ("industry", serde_json::json!("Manufacture of footwear")),
        ("division", serde_json::json!("sz")),
        ("division", serde_json::json!("leqingshi")),
        ("markets", serde_json::json!(["欧盟"])),
        ("markets", serde_json::json!(["meiguo"])),
    ] {
        let body = serde_json::json!({ fact: value }).to_string();
        let reply = server.post("/api/v1/assessments", &body);
        assert_eq!(reply.status, 422, "{body}");
        assert!(reply.body.contains("bad_code"), "{}", reply.body);
    }
}
