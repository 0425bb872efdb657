//! The adviser's page: what is in view, “the rest: no”, and a pasted row. Its script is tested in a real browser.

use crate::firms::Firms;
use crate::page::{FORM, between, encoded, hidden};
use crate::server::{Reply, Server};
use crate::support::advisor;
use export_advisor_core::assessment::warnings;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{Profile, parse};
use export_advisor_core::rulebook::{SupportId, WindowState};
use export_advisor_core::truth::Truth;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Sends the fields of the page.
fn send(server: &Server, lang: &str, fields: &[(&str, &str)]) -> Reply {
    let body: Vec<String> =
        fields.iter().map(|(name, text)| format!("{name}={}", encoded(text))).collect();
    server.send("POST", &format!("/adviser?lang={lang}"), &[FORM], body.join("&"))
}

/// The facts of a page whose class has a word.
fn facts(page: &Reply, class: &str) -> BTreeSet<String> {
    let facts = between(&page.body, "<div class=\"fact", ">");
    let of_class = facts.filter_map(|fact| {
        let (classes, rest) = fact.split_once('"')?;
        let (_, id) = rest.split_once("id=\"fact-")?;
        (class.is_empty() || classes.split(' ').any(|one| one == class))
            .then(|| id.trim_end_matches('"').to_owned())
    });
    of_class.collect()
}

/// The sections of a page: id, whether it is open, whether it is idle.
fn sections(page: &Reply) -> Vec<(String, bool, bool)> {
    between(&page.body, "<details class=\"facts-group", ">")
        .map(|section| {
            let id = between(section, "id=\"section-", "\"").next().unwrap().to_owned();
            (id, section.ends_with(" open"), section.starts_with(" idle"))
        })
        .collect()
}

/// What a page chose in the list of a fact; nothing if it has none.
fn chosen<'a>(page: &'a Reply, fact: &str) -> &'a str {
    let mark = format!("<select id=\"{fact}\"");
    let Some((_, select)) = page.body.split_once(&mark) else { return "" };
    let (select, _) = select.split_once("</select>").unwrap();
    let options = select.split("<option value=\"").skip(1);
    let mut chosen =
        options.filter(|option| option.split('>').next().unwrap().ends_with(" selected"));
    chosen.next().map_or("", |option| option.split('"').next().unwrap())
}

/// Three firms, as fields and as a profile.
const FIRMS: [(&str, &str); 3] = [
    // Nothing abroad.
    (
        "exports_goods=false&imports_goods=false&exports_services=false&plans_to_trade=false&division=330782",
        r#"{"exports_goods":false,"imports_goods":false,"exports_services":false,"plans_to_trade":false,"division":"330782"}"#,
    ),
    // A seller in Yiwu.
    (
        "exports_goods=true&imports_goods=false&division=330782&industry=F5292&employees=6&revenue_wan=680",
        r#"{"exports_goods":true,"imports_goods":false,"division":"330782","industry":"F5292","employees":6,"revenue_wan":680}"#,
    ),
    // A trader of whom nothing else is known.
    ("exports_goods=true", r#"{"exports_goods":true}"#),
];

/// The day of a result.
fn as_of(page: &Reply) -> Date {
    let (before, _) = page.body.split_once(" · sha256").unwrap();
    before.rsplit_once('>').unwrap().1.parse().unwrap()
}

fn profile(json: &str) -> Profile {
    let book = advisor().book();
    parse(&book.catalogue, &book.reference, json.as_bytes()).unwrap()
}

#[test]
fn what_can_still_change_a_status_is_in_view_and_nothing_else() {
    let server = Server::start();
    let plan = &advisor().plan;
    let catalogue = &plan.book.catalogue;
    let firms = Firms::new(plan, 1);
    let mut tried = 0;
    for (fields, json) in FIRMS {
        let page = server.send("POST", "/adviser?lang=zh", &[FORM], fields);
        assert_eq!(page.status, 200);
        let today = as_of(&page);
        let mut profile = profile(json);
        let answer = Answer::new(plan, &profile, today);
        let questions = answer.questions(None);
        let questions = questions.iter().map(|question| catalogue.fact(question.fact).name.clone());
        assert_eq!(facts(&page, "asked-now"), questions.collect::<BTreeSet<_>>(), "{fields}");
        // What is out of view changes nothing that can be had.
        let statuses = |profile: &Profile| {
            let answer = Answer::new(plan, profile, today);
            let open = answer.supports().filter(|id| answer.window(*id) == WindowState::Open);
            // Of a document of another place nothing is asked until the firm's place is known.
            let here = |id: &SupportId| {
                let policy = plan.book.supports.at(*id).policy;
                answer.holds_here(policy) != Truth::Unknown
            };
            open.filter(here).map(|id| answer.status(id)).collect::<Vec<_>>()
        };
        let before = statuses(&profile);
        let idle = facts(&page, "idle");
        for fact in idle.iter().map(|name| catalogue.find(name).unwrap()) {
            let name = &fact.name;
            let unanswered = profile.value(fact.id).clone();
            for value in firms.candidates(fact.id) {
                profile.set(fact.id, value.clone());
                // Whoever states what the other answers exclude is asked to check it.
                let answer = Answer::new(plan, &profile, today);
                if !warnings(&answer).is_empty() {
                    continue;
                }
                assert_eq!(statuses(&profile), before, "{fields}: {name}={value:?}");
                tried += 1;
            }
            profile.set(fact.id, unanswered);
        }
        // A section is out of view with all its facts, open with a question, folded with answers alone.
        let views = sections(&page);
        assert!(views.iter().any(|(_, is_open, is_idle)| *is_open && !is_idle) || idle.len() > 40);
        for (id, is_open, is_idle) in views {
            let group = catalogue.groups.iter().position(|group| group.id == id).unwrap();
            let has = |class: &str| {
                let of_class = facts(&page, class);
                of_class.iter().any(|name| catalogue.find(name).unwrap().group == group)
            };
            let all = facts(&page, "");
            let members = all.iter().filter(|name| catalogue.find(name).unwrap().group == group);
            assert_eq!(is_idle, members.clone().all(|name| idle.contains(name)), "{id}");
            assert_eq!(is_open, has("asked-now") || is_idle, "{id} {fields}");
        }
    }
    assert!(tried > 30, "{tried}");
    let domestic = server.send("POST", "/adviser?lang=zh", &[FORM], FIRMS[0].0);
    assert!(sections(&domestic).iter().any(|(.., is_idle)| *is_idle));
    // Shown on demand, and so it stays.
    let all = server.send("POST", "/adviser?lang=zh", &[FORM], format!("{}&%40all=1", FIRMS[0].0));
    assert!(all.body.contains("name=\"@all\" value=\"1\" checked"));
}

#[test]
fn the_line_says_where_the_firm_stands() {
    let server = Server::start();
    let today = as_of(&server.send("POST", "/adviser", &[FORM], FIRMS[0].0));
    for (fields, json) in FIRMS {
        let profile = profile(json);
        let answer = Answer::new(&advisor().plan, &profile, today);
        let (counts, left) = (answer.counts(), answer.questions(None).len());
        let line = |lang: &str| {
            let page = server.send("POST", &format!("/adviser?lang={lang}"), &[FORM], fields);
            let live = between(&page.body, "id=\"live\" role=\"status\"", "</p>").next().unwrap();
            live.split_once('>').unwrap().1.to_owned()
        };
        let rest = match left {
            0 => ("没有要问的了".to_owned(), "no questions left".to_owned()),
            left => (format!("还有{left}题"), format!("{left} questions left")),
        };
        let (applies, open) = (counts.applies, counts.undetermined);
        assert_eq!(line("zh"), format!("适用{applies}项，待定{open}项，{}", rest.0));
        assert_eq!(line("en"), format!("{applies} apply, {open} open, {}", rest.1));
    }
    let page = send(&server, "zh", &[("employees", "许多"), ("exports_goods", "true")]);
    assert_eq!(page.status, 422);
    assert!(page.body.contains("；没读懂：从业人员</p>"));
    assert!(page.body.contains("data-status=\"applies\""), "one wrong field costs its fact alone");
    assert_eq!(page.body.matches("role=\"status\"").count(), 1, "one live region");
    assert!(!page.body.contains("aria-live"));
}

#[test]
fn the_rest_is_no_visibly_and_reversibly() {
    let server = Server::start();
    let start = send(&server, "zh", &[("exports_goods", "true"), ("imports_goods", "")]);
    let shown = hidden(&start, "@shown").to_owned();
    let of_trade = |names: &BTreeSet<String>| {
        let catalogue = &advisor().book().catalogue;
        let trade = catalogue.groups.iter().position(|group| group.id == "trade");
        let of_trade = |name: &&String| Some(catalogue.find(name).unwrap().group) == trade;
        names.iter().filter(of_trade).cloned().collect::<BTreeSet<String>>()
    };
    let fields = [
        ("exports_goods", "true"),
        ("imports_goods", ""),
        ("@shown", shown.as_str()),
        ("do", "rest:trade"),
    ];
    let page = send(&server, "zh", &fields);
    let filled = hidden(&page, "@filled").to_owned();
    let names: BTreeSet<String> = filled.split(' ').map(str::to_owned).collect();
    assert!(names.contains("imports_goods") && names.contains("exports_services"), "{filled}");
    assert!(!names.contains("exports_goods") && !names.contains("markets"), "{filled}");
    assert_eq!(of_trade(&names), names, "no other section");
    assert_eq!(facts(&page, "by-rest"), names, "what was filled in is marked");
    assert!(page.body.contains(&format!("已把{}题填成“否”", names.len())));
    for name in &names {
        assert_eq!(chosen(&page, name), "false", "{name}");
    }
    assert!(chosen(&page, "exports_goods") == "true");
    // Nothing that may be a “no” is left in the section, and each “no” was needed when it was filled in.
    let left = hidden(&page, "@shown").split(' ').map(str::to_owned).collect();
    assert!(of_trade(&left).is_empty(), "{left:?}");

    // An answer that was changed by hand is not taken back.
    let mut sent: Vec<(&str, &str)> = vec![("@filled", filled.as_str()), ("do", "undo:trade")];
    for name in &names {
        sent.push((name.as_str(), if name == "imports_goods" { "true" } else { "false" }));
    }
    let undone = send(&server, "zh", &sent);
    assert_eq!(chosen(&undone, "imports_goods"), "true");
    assert_eq!(hidden(&undone, "@filled"), "");
    for name in names.iter().filter(|name| *name != "imports_goods") {
        assert_eq!(chosen(&undone, name), "", "{name}");
    }
    assert!(!undone.body.contains("填成“否”。") && facts(&undone, "by-rest").is_empty());
    // Undoing another section takes nothing back here.
    if let Some(action) = sent.iter_mut().find(|(name, _)| *name == "do") {
        action.1 = "undo:needs";
    }
    assert_eq!(chosen(&send(&server, "zh", &sent), "exports_services"), "false");
}

#[test]
fn a_no_that_nobody_saw_is_none() {
    let server = Server::start();
    // Nothing was in view: nothing is filled in.
    for shown in ["", "imports_goods nothing", "size"] {
        let page = send(&server, "en", &[("@shown", shown), ("do", "rest:trade")]);
        let filled = if shown.starts_with("imports") { "imports_goods" } else { "" };
        assert_eq!(hidden(&page, "@filled"), filled, "{shown}");
    }
    // What only an office can say, and what firms often do not know, is in view and stays open.
    let all: Vec<&str> =
        advisor().book().catalogue.facts.iter().map(|fact| fact.name.as_str()).collect();
    let all = all.join(" ");
    let mut asked = BTreeSet::new();
    for section in ["trade", "needs", "customs_tax", "green", "auto"] {
        let button = format!("rest:{section}");
        let fields = [("exports_goods", "true"), ("@shown", all.as_str()), ("do", button.as_str())];
        let page = send(&server, "en", &fields);
        assert_eq!(page.status, 200);
        asked.extend(facts(&page, "asked-now"));
        let filled = hidden(&page, "@filled");
        for name in filled.split_ascii_whitespace() {
            let fact = advisor().book().catalogue.find(name).unwrap();
            assert!(!fact.decided_by_office && !fact.doubtful, "{name}");
        }
        assert_eq!(filled.is_empty(), section == "green", "{section}: {filled}");
    }
    assert!(asked.contains("green_standard_product") && asked.contains("goods_still_refundable"));
    // A list gets “none”, and a wrong field stays as it is.
    let fields =
        [("exports_goods", "true"), ("@shown", all.as_str()), ("do", "rest:ecommerce_digital")];
    let page = send(&server, "en", &fields);
    assert!(page.body.contains("name=\"cbec-none\" value=\"1\" checked"));
    let page = send(
        &server,
        "en",
        &[("imports_goods", "?"), ("@shown", all.as_str()), ("do", "rest:trade")],
    );
    assert!(!hidden(&page, "@filled").contains("imports_goods"));
    // A button that the page does not have shows the result.
    for button in ["rest:", "rest:nowhere", "undo:x", "x"] {
        let page = send(&server, "en", &[("exports_goods", "true"), ("do", button)]);
        assert!(page.status == 200 && page.body.contains("data-status=\"applies\""), "{button}");
    }
}

#[test]
fn a_pasted_row_fills_the_page() {
    let server = Server::start();
    let header = "企业名称\t统一社会信用代码\t是否出口\t从业人数\t营业收入（元）\t出口国别\t联系电话\t资产总额";
    let row = "义乌某某贸易有限公司\t\t是\t6\t6800000\t美国、德国\t13800000000\t210";
    let text = format!("{header}\r\n{row}\r\n");
    for (lang, read, unknown, unit) in [
        (
            "zh",
            "读了5列：企业名称、是否出口、从业人数、",
            "不是要问的内容，没有读：联系电话。",
            "没写单位",
        ),
        (
            "en",
            "5 columns read: 企业名称, 是否出口, 从业人数, ",
            "by these names: 联系电话.",
            "has no unit",
        ),
    ] {
        // An answer that no column has stays.
        let page = send(
            &server,
            lang,
            &[("imports_goods", "true"), ("@row", text.as_str()), ("do", "paste")],
        );
        assert_eq!(page.status, 200);
        for said in [read, unknown, unit] {
            assert!(page.body.contains(said), "{said}");
        }
        assert!(page.body.contains("name=\"name\" value=\"义乌某某贸易有限公司\""));
        assert_eq!(
            (chosen(&page, "exports_goods"), chosen(&page, "imports_goods")),
            ("true", "true")
        );
        assert!(page.body.contains("name=\"employees\" value=\"6\""));
        let revenue = between(&page.body, "name=\"revenue_wan\" value=\"", "\"").next().unwrap();
        assert_eq!(revenue, if lang == "zh" { "680万元" } else { "6,800,000 yuan" }, "{lang}");
        assert!(page.body.contains("name=\"markets-chosen\" value=\"US\" checked"));
        assert!(!page.body.contains("name=\"assets_wan\" value=\"2"), "nothing is guessed");
        assert!(!page.body.contains("13800000000"), "the row itself is not shown");
        assert!(page.body.contains("data-status=\"applies\""));
    }
    // The next row, without its header.
    let first = send(&server, "zh", &[("@row", text.as_str()), ("do", "paste")]);
    let columns = hidden(&first, "@columns").to_owned();
    let next = "另一家公司\t\t否\t许多\t\t\t\t";
    let page = send(
        &server,
        "zh",
        &[
            ("@columns", columns.as_str()),
            ("name", "义乌某某贸易有限公司"),
            ("imports_goods", "true"),
            ("@row", next),
            ("do", "paste"),
        ],
    );
    assert_eq!(page.status, 422, "a cell that cannot be read is the error of its field");
    assert!(
        page.body.contains("name=\"employees\" value=\"许多\"")
            && page.body.contains("employees-error")
    );
    assert!(page.body.contains("内容没读懂，请在那几题里改：从业人数。"));
    assert_eq!((chosen(&page, "exports_goods"), chosen(&page, "imports_goods")), ("false", ""));
    assert!(page.body.contains("这是另一家企业") && page.body.contains(" data-another"));
    assert_eq!(hidden(&page, "@columns"), columns);
    // The same firm, or one of whom nobody knows who it is.
    for name in ["另一家公司", ""] {
        let fields = [("@columns", columns.as_str()), ("name", name), ("imports_goods", "true")];
        let page = send(&server, "zh", &[&fields[..], &[("@row", next), ("do", "paste")]].concat());
        assert_eq!(chosen(&page, "imports_goods"), "true", "{name}");
        assert!(!page.body.contains(" data-another"));
    }
    let coded = "信用代码,是否出口\n91110000600037341L,否";
    let other = "91330782MA00000000";
    for (entered, is_other) in [("91110000600037341l", false), (other, true), ("", false)] {
        let fields =
            [("uscc", entered), ("imports_goods", "true"), ("@row", coded), ("do", "paste")];
        let page = send(&server, "zh", &fields);
        assert_eq!(page.body.contains(" data-another"), is_other, "{entered}");
        assert_eq!(chosen(&page, "imports_goods"), if is_other { "" } else { "true" });
        assert_eq!(chosen(&page, "exports_goods"), "false");
    }
}

#[test]
fn a_row_that_cannot_be_read_changes_nothing_and_says_why() {
    let server = Server::start();
    for (lang, row, said) in [
        ("zh", "", "粘贴框是空的"),
        ("en", " \t\n", "The box is empty"),
        ("zh", "某公司\t是\t6", "请连同表头一起粘贴一次"),
        ("en", "\"某公司\t是", "never closed"),
        ("zh", "是否出口\t从业人数", "记住了表头（2列）"),
        ("zh", "是否出口\t从业人数\n是\t6\n否\t7\n", "后面还有1行没有读"),
    ] {
        let page =
            send(&server, lang, &[("imports_goods", "true"), ("@row", row), ("do", "paste")]);
        assert_eq!(page.status, 200, "{row}");
        assert!(page.body.contains(said), "{row}: {said}");
        assert_eq!(chosen(&page, "imports_goods"), "true");
    }
    // A personal number is not shown again, in whichever column it stands.
    let number = "11010519491231002X";
    for header in
        ["企业名称\t是否出口", "信用代码\t是否出口", "备注\t是否出口", "从业人数\t是否出口"]
    {
        let row = format!("{header}\n{number}\t是");
        let page = send(&server, "zh", &[("@row", row.as_str()), ("do", "paste")]);
        assert!(!page.body.contains("19491231"), "{header}");
        assert_eq!(chosen(&page, "exports_goods"), "true");
    }
    let row = format!("是否出口\t从业人数\t{number}\n是\t6\tx");
    let page = send(&server, "zh", &[("@row", row.as_str()), ("do", "paste")]);
    assert!(!page.body.contains("19491231"), "as a header");
    let row = "是否出口\t<b>x</b>\n是\ty\n";
    let page = send(&server, "zh", &[("@row", row), ("do", "paste")]);
    assert!(page.status == 200 && !page.body.contains("<b>x"), "{}", page.status);
}

#[test]
fn the_next_firm_begins_with_a_page_without_answers() {
    let server = Server::start();
    let page = send(&server, "en", &[("name", "Example"), ("exports_goods", "true")]);
    assert!(page.body.contains("name=\"name\" value=\"Example\""));
    let next = between(&page.body, "id=\"next\" href=\"", "\"").next().unwrap();
    assert_eq!(next, "/adviser?lang=en");
    let empty = server.get(next);
    assert!(!empty.body.contains("Example") && !empty.body.contains("data-status"));
    // The name goes to the sheet, and into no address and no title.
    let state = hidden(&page, "state");
    let sheet = server.send("POST", "/sheet?lang=en", &[FORM], format!("state={state}"));
    assert!(sheet.body.contains("<bdi>Example</bdi>"));
    let titles = between(&page.body, "<title>", "</title>").next().unwrap();
    assert!(!titles.contains("Example"));
    for mark in ["href=\"", "action=\""] {
        assert!(between(&page.body, mark, "\"").all(|address| !address.contains("Example")));
    }
}
