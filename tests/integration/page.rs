//! The pages as a plain client sees them: every fact on one page, a form without scripts, what is
//! carried, and what a browser may do. The result: `page_result`. The rest is tested in a real browser (`tests/browser`).

use crate::server::{Reply, Server};

pub(crate) const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

pub(crate) fn submit(server: &Server, lang: &str, body: &str) -> Reply {
    server.send("POST", &format!("/adviser?lang={lang}"), &[FORM], body)
}

pub(crate) fn step(server: &Server, body: &str) -> Reply {
    server.send("POST", "/form?lang=zh", &[FORM], body)
}

/// The value of a hidden field.
pub(crate) fn hidden<'a>(page: &'a Reply, name: &str) -> &'a str {
    let (_, rest) = page.body.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split_once('"').unwrap().0
}

/// An answer to every fact of the adviser's page.
pub(crate) fn all_answered(
    server: &Server,
    answer: impl Fn(&str, &str) -> Option<String>,
) -> Reply {
    let facts: serde_json::Value = serde_json::from_str(&server.get("/api/v1/facts").body).unwrap();
    let facts = facts.as_array().unwrap().iter();
    let pairs: Vec<String> = facts
        .filter_map(|fact| answer(fact["name"].as_str().unwrap(), fact["type"].as_str().unwrap()))
        .collect();
    submit(server, "zh", &pairs.join("&"))
}

/// “Don't know”, as a field of this type sends it.
pub(crate) fn unsure(name: &str, kind: &str) -> String {
    match kind {
        "bool" | "word" => format!("{name}=unknown"),
        _ => format!("{name}-unsure=1"),
    }
}

/// What a page says between a mark and the next.
pub(crate) fn between<'a>(
    text: &'a str,
    from: &'a str,
    to: &'a str,
) -> impl Iterator<Item = &'a str> {
    text.split(from).skip(1).map(move |rest| rest.split(to).next().unwrap())
}

#[test]
fn all_facts_are_asked_and_answered_on_one_page_in_both_languages() {
    let server = Server::start();
    for (lang, start, title) in
        [("zh", "查看结果", "小微"), ("en", "See the result", "small and micro")]
    {
        let page = server.get(&format!("/adviser?lang={lang}"));
        assert_eq!(page.status, 200);
        assert!(page.body.contains(start) && page.body.contains("name=\"exports_goods\""));
        let body = "exports_goods=true&imports_goods=false&industry=F5292&employees=6&financing_need=true&markets=&division=330782";
        let answer = submit(&server, lang, body);
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains("id=\"s-guarantee-small-micro\" data-status=\"applies\""));
        assert!(answer.body.contains(title), "{lang}");
        // The form is there again, filled.
        assert!(answer.body.contains("value=\"F5292\""));
    }
    assert!(server.get("/assets/style.css").body.contains("--ink"));
}

#[test]
fn whatever_a_page_names_of_its_own_is_there() {
    let server = Server::start();
    let mut named: Vec<String> = Vec::new();
    for page in [
        "/",
        "/form",
        "/embed",
        "/adviser",
        "/text",
        "/supports",
        "/supports/fta-use",
        "/s",
        "/privacy",
    ] {
        let body = server.get(page).body;
        assert!(body.contains("rel=\"icon\""), "a browser would ask for /favicon.ico: {page}");
        let after = |mark: &str| -> Vec<String> {
            let rest = body.split(mark).skip(1);
            rest.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
        };
        named.extend(after("src=\"/").into_iter().chain(after("<link rel=\"icon\" href=\"/")));
        named.extend(after("<link rel=\"stylesheet\" href=\"/"));
        named.extend(after("<link rel=\"apple-touch-icon\" href=\"/"));
    }
    named.sort_unstable();
    named.dedup();
    let files = ["adviser.js", "form.js", "icon-180.png", "icon.svg", "style.css"];
    assert_eq!(named, files.map(|file| format!("assets/{file}")));
    for path in named {
        let reply = server.get(&format!("/{path}"));
        let kind = reply.header("content-type").unwrap_or_default();
        let right = ["text/", "image/"].iter().any(|start| kind.starts_with(start));
        assert!(reply.status == 200 && right, "{path}: {} {kind}", reply.status);
    }
}

#[test]
fn faults_stand_at_the_top_and_beside_the_field() {
    let server = Server::start();
    let page = submit(&server, "zh", "employees=many&division=999999&cbec=retail");
    assert_eq!(page.status, 422);
    assert!(page.body.contains("<title>有误："));
    assert!(
        page.body.contains("href=\"#employees\"") && page.body.contains("id=\"employees-error\"")
    );
    assert!(page.body.contains("href=\"#division\""));
    // The field of an older page has a value of older rules.
    assert!(
        page.body.contains("name=\"cbec\" value=\"retail_export\" checked>"),
        "nothing is lost"
    );
    let page = submit(&server, "zh", "employees=many&cbec=none");
    assert!(page.body.contains("name=\"cbec-none\" value=\"1\" checked>"));
}

#[test]
fn a_question_that_is_asked_has_a_field() {
    let server = Server::start();
    // Whether a dealer counts as a car company is open.
    let page = submit(&server, "zh", "exports_goods=true");
    assert!(!page.body.contains("name=\"auto_enterprise\""));
    let page = submit(&server, "zh", "exports_goods=true&auto_business=true&makes_vehicles=false");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("name=\"auto_enterprise\""));
    let page = submit(&server, "zh", "foreign_trade=true");
    assert!(page.body.contains("name=\"foreign_trade\""), "what was given can be changed");
}

#[test]
fn what_a_firm_types_is_shown_harmlessly_or_not_at_all() {
    let server = Server::start();
    let page = submit(&server, "zh", "division=%3Cscript%3Ealert(1)%3C%2Fscript%3E%E2%80%AE");
    assert!(!page.body.contains("<script>"));
    let page = submit(&server, "zh", "uscc=11010519491231002X");
    assert_eq!(page.status, 422);
    assert!(!page.body.contains("19491231"));
    for field in ["employees", "markets", "division"] {
        for number in ["11010519491231002X", "110105+19491231+002X"] {
            let page = submit(&server, "zh", &format!("{field}={number}"));
            assert_eq!(page.status, 422, "{field}");
            assert!(!page.body.contains("1949"), "{field} is shown again");
        }
    }
    let policy = page_policy(&page);
    assert!(policy.starts_with("default-src 'none'"));
    assert!(!policy.contains("unsafe"));
}

fn page_policy(page: &Reply) -> &str {
    page.header("content-security-policy").unwrap()
}

#[test]
fn the_entrance_leads_to_the_first_page_and_on() {
    let server = Server::start();
    let start = server.get("/?lang=zh");
    assert_eq!(start.status, 200);
    assert!(start.body.contains("开始回答") && start.body.contains("国办发〔2023〕10号"));
    let first = step(&server, &format!("state={}&do=start", hidden(&start, "state")));
    assert_eq!(hidden(&first, "page"), "@basics");
    let state = hidden(&first, "state").to_owned();
    let answers = "page=@basics&do=next&division=330782&industry=F5292";
    let second = step(&server, &format!("state={state}&{answers}"));
    assert_eq!(hidden(&second, "page"), "@size");
    // The same request has the same answer, and needs nothing but what it carries.
    assert_eq!(second.body, step(&server, &format!("state={state}&{answers}")).body);
    assert!(second.header("set-cookie").is_none());
    assert_eq!(second.header("cache-control"), Some("private, no-cache"));
}

#[test]
fn what_should_be_looked_at_again_is_told_on_the_next_page() {
    let server = Server::start();
    let start = server.get("/?lang=zh");
    let first = step(&server, &format!("state={}&do=start", hidden(&start, "state")));
    let answers = "page=@basics&do=next&division=110105&industry=F5292";
    let on = |from: &Reply, more: &str| {
        step(&server, &format!("state={}&{more}", hidden(from, "state")))
    };
    let message = |page: &Reply| page.body.matches("请核对：").count();
    for (code, times) in [("91110000600037341L", 0), ("91110000600037341M", 1)] {
        let second = on(&first, &format!("{answers}&uscc={code}"));
        assert_eq!((hidden(&second, "page"), message(&second)), ("@size", times), "{code}");
        // Where it is put right, and no longer where other things are asked.
        assert_eq!(message(&on(&second, "page=@size&do=back")), times);
        let third = on(&second, "page=@size&do=next&employees=6&revenue_wan=300");
        assert_ne!(hidden(&third, "page"), "@size");
        assert_eq!(message(&third), 0);
    }
}

#[test]
fn a_state_that_another_wrote_is_refused_wherever_it_is_sent() {
    let server = Server::start();
    let stranger = Server::start();
    let state = hidden(&stranger.get("/"), "state").to_owned();
    assert_eq!(stranger.send("POST", "/form", &[FORM], format!("state={state}")).status, 200);
    for address in ["/form", "/sheet", "/copy"] {
        for forged in ["", "x", &state, &format!("{state}A"), state.split_at(9).1] {
            let page = server.send("POST", address, &[FORM], format!("state={forged}&do=next"));
            assert_eq!(page.status, 400, "{address} {forged}");
            assert!(page.body.contains("<h1>"), "{address}: a page, no problem");
        }
    }
}

#[test]
fn a_range_decides_what_each_of_its_numbers_decides() {
    let server = Server::start();
    let first = server.get("/form");
    let state = hidden(&first, "state");
    let sized = step(&server, &format!("state={state}&page=@basics&do=next&industry=F51"));
    let state = hidden(&sized, "state").to_owned();
    // The revenue alone makes it at most small.
    for (range, size) in [("0-5", "微型"), ("5-20", "小型"), ("20-200", "小型")] {
        let answers = format!("page=@size&do=result&employees-range={range}&revenue_wan=4000");
        let page = step(&server, &format!("state={state}&{answers}"));
        let (_, inferred) = page.body.split_once("企业规模").unwrap();
        let (value, _) = inferred.split_once("</dd>").unwrap();
        assert!(value.contains(size), "{range}: {value}");
    }
    // Wider than the limits of the trade: nothing is decided by it.
    let page = step(&server, &format!("state={state}&page=@size&do=result&employees-range=0-1000"));
    assert!(!page.body.contains("企业规模</dt><dd>小型"));
    assert!(page.body.contains("跨了档"), "and it is said");
}

/// The page after one that was sent with these answers.
pub(crate) fn after(server: &Server, page: &Reply, more: &str) -> Reply {
    step(server, &format!("state={}&{more}", hidden(page, "state")))
}

/// The page that asks for the size of a wholesaler in Yiwu.
pub(crate) fn size_page(server: &Server) -> Reply {
    let page = server.get("/form?lang=zh");
    let page = after(server, &page, "page=@basics&do=next&division=330782&industry=F51");
    assert_eq!(hidden(&page, "page"), "@size");
    page
}

#[test]
fn a_range_that_was_chosen_can_be_taken_back() {
    let server = Server::start();
    let page = size_page(&server);
    let groups = page.body.matches("选个范围").count();
    assert!(groups > 0);
    assert_eq!(page.body.matches("-range\" value=\"\" checked>").count(), groups, "none chosen");
    let next = after(&server, &page, "page=@size&do=next&employees-range=0-5&revenue_wan=4000");
    let result = after(&server, &next, "do=result");
    let again = after(&server, &result, "page=@result&do=go:@size");
    assert!(again.body.contains("value=\"0-5\" checked>"));
    // Alone, too: nothing else of the page was answered.
    let next = after(&server, &page, "page=@size&do=next&employees-range=0-5");
    let result = after(&server, &next, "do=result");
    let alone = after(&server, &result, "page=@result&do=go:@size");
    for sent in ["employees-range=", "employees="] {
        let body = format!("page=@size&return=@result&do=next&{sent}");
        let page = after(&server, &alone, &body);
        assert_eq!((page.status, hidden(&page, "page")), (200, "@result"), "{sent}");
        assert!(!page.body.contains("<dd>不到5人"), "{sent}");
    }
    for (sent, status, message) in [
        ("employees-range=0-5&employees-unsure=1", 422, "不选范围"),
        ("employees-range=0-5&employees=300", 422, "不选范围"),
        ("employees-range=&employees-unsure=1", 200, "不清楚"),
        ("employees-range=&employees=300", 200, "300"),
        ("employees-range=", 200, ""),
    ] {
        let body = format!("page=@size&return=@result&do=next&revenue_wan=4000&{sent}");
        let page = after(&server, &again, &body);
        assert_eq!(page.status, status, "{sent}");
        assert!(page.body.contains(message), "{sent}");
        assert_eq!(hidden(&page, "page"), if status == 200 { "@result" } else { "@size" });
        assert!(status != 200 || !page.body.contains("<dd>不到5人"), "{sent}: the range is gone");
    }
}

#[test]
fn a_range_has_ends_that_could_be_answers() {
    let server = Server::start();
    let page = size_page(&server);
    for range in ["0.5-3", "0-2.5", "0-99999999999", "5-3", "3-3", "x-3", "-1-3", "5"] {
        let sent = after(&server, &page, &format!("page=@size&do=next&employees-range={range}"));
        assert_eq!(sent.status, 422, "{range} is no range");
    }
}

#[test]
fn what_was_filled_in_is_kept_however_a_page_is_left() {
    let server = Server::start();
    let page = size_page(&server);
    let half = "page=@size&employees=300&revenue_wan=%E5%BE%88%E5%A4%9A";
    let not_taken = |page: &Reply| page.body.contains("没有采用") && page.body.contains("营业收入");
    let result = after(&server, &page, &format!("{half}&do=result"));
    assert!(result.body.contains("<dd>300") && not_taken(&result));
    let back = after(&server, &page, &format!("{half}&do=back"));
    assert_eq!(hidden(&back, "page"), "@basics");
    assert!(not_taken(&back));
    let on = after(&server, &back, "page=@basics&do=next&division=330782&industry=F51");
    assert_eq!(hidden(&on, "page"), "@size");
    assert!(on.body.contains("value=\"300\""));
    // To change what was inferred, and back to the page that was left.
    let other = after(&server, &page, &format!("{half}&do=go:province"));
    assert_eq!((hidden(&other, "page"), hidden(&other, "return")), ("province", "@size"));
    assert!(not_taken(&other));
    for leave in ["do=return", "do=next&province=unknown"] {
        let on = after(&server, &other, &format!("page=province&return=@size&{leave}"));
        assert_eq!(hidden(&on, "page"), "@size", "{leave}");
        assert!(on.body.contains("value=\"300\""), "{leave}");
        assert!(!on.body.contains("name=\"return\""), "{leave}: the interview goes on");
    }
}

#[test]
fn whoever_skips_everything_is_told_so_and_can_go_on() {
    let server = Server::start();
    let mut page = server.get("/form?lang=zh");
    for _ in 0..100 {
        let name = hidden(&page, "page").to_owned();
        if name == "@result" {
            break;
        }
        page = after(&server, &page, &format!("page={name}&do=skip"));
    }
    assert_eq!(hidden(&page, "page"), "@result");
    assert!(page.body.contains("您跳过了") && !page.body.contains("能问的都问了"));
    assert!(page.body.contains("value=\"resume\""));
    let on = after(&server, &page, "page=@result&do=resume");
    assert_eq!(hidden(&on, "page"), "@basics");
}

#[test]
fn a_personal_number_is_no_name() {
    let server = Server::start();
    let first = server.get("/form?lang=zh");
    let numbers = ["11010519491231002X", "%E5%BC%A0%E4%B8%89+110105+19491231+002x"];
    let wide: String =
        numbers[0].bytes().map(|b| format!("%EF%BC%{:02X}", b - 0x20 + 0x80)).collect();
    for number in numbers.into_iter().chain([wide.as_str()]) {
        let sent = |what: &str| {
            let page = after(
                &server,
                &first,
                &format!("page=@basics&do={what}&industry=F5292&name={number}"),
            );
            assert!(!page.body.contains("1949") && !page.body.contains("１９４９"), "{number}");
            page
        };
        let page = sent("next");
        assert_eq!(page.status, 422, "{number}");
        assert!(page.body.contains("href=\"#name\"") && page.body.contains("id=\"name-error\""));
        let result = sent("result");
        assert!(result.body.contains("没有采用") && result.body.contains("企业名称"));
        let state = hidden(&result, "state");
        let sheet = server.send("POST", "/sheet?lang=zh", &[FORM], format!("state={state}"));
        assert!(!sheet.body.contains("<bdi>"));
    }
}

#[test]
fn an_answer_in_place_leads_back_to_its_place() {
    let server = Server::start();
    let result = after(&server, &server.get("/form?lang=zh"), "do=result");
    let mut indices = 0;
    for question in between(&result.body, "<section class=\"open-question\"", "</section>") {
        let id = between(question, "<article id=\"", "\"").next().unwrap();
        for button in between(question, "<button", ">").filter(|b| b.contains("value=\"set:")) {
            assert!(button.contains(&format!("formaction=\"/form?lang=zh#{id}\"")), "{button}");
            indices += 1;
        }
    }
    assert!(indices > 2);
}

#[test]
fn the_other_language_keeps_what_a_link_has_filled_in() {
    let server = Server::start();
    let link =
        "/?industry=F5292&division=330782&exports_goods=true&uscc=91110000600037341L&lang=zh";
    let page = server.get(link);
    let (before, _) = page.body.split_once("hreflang=\"en\"").unwrap();
    let turned = before.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    let turned = turned.replace("&amp;", "&").replace("&#38;", "&");
    // The answers stand after the “#”, which no server sees; the script sends them in a body.
    let (address, answers) = turned.split_once('#').unwrap();
    assert!(address == "/?lang=en" && !answers.contains("uscc"), "{turned}");
    let sent = format!("answers={}", encoded(answers));
    let english = server.send("POST", address, &[FORM], sent);
    let [zh, en] = [&page, &english].map(|page| {
        let first = after(&server, page, "do=start");
        after(&server, &first, "do=result").body
    });
    for value in ["F5292", "330782"] {
        assert!(zh.contains(value) && en.contains(value), "{value}");
    }
}

/// A text as a form sends it.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn a_place_is_found_with_what_it_lies_in_before_it() {
    let server = Server::start();
    let found = |text: &str, code: &str| {
        let page = submit(&server, "zh", &format!("division={}", encoded(text)));
        assert_eq!(page.status, 200, "{text}");
        let result = after(&server, &page, "do=result");
        assert!(result.body.contains(&format!("（{code}）")), "{text}");
    };
    for (text, code) in [
        ("浙江省义乌市", "330782"),
        ("浙江义乌", "330782"),
        ("浙江省金华市义乌市", "330782"),
        ("浙江金华义乌", "330782"),
        ("北京朝阳", "110105"),
        ("上海市浦东新区", "310115"),
    ] {
        found(text, code);
    }
    let rows = include_str!("../../rules/tables/divisions.tsv").lines();
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split('\t').collect()).collect();
    let of = |row: &&Vec<&str>, level: &str| row.get(2).is_some_and(|l| *l == level);
    for province in rows.iter().filter(|row| of(row, "province")) {
        let (code, name) = (province[0], province[1]);
        let length =
            if name.starts_with("内蒙古") || name.starts_with("黑龙江") { 3 } else { 2 };
        let short: String = name.chars().take(length).collect();
        let inside =
            |row: &&Vec<&str>| of(row, "prefecture") && row[3] == code && row[1].ends_with('市');
        if let Some(city) = rows.iter().find(inside) {
            let bare = city[1].trim_end_matches('市');
            for text in
                [format!("{name}{}", city[1]), format!("{short}{bare}"), format!("{name}{bare}")]
            {
                found(&text, city[0]);
            }
        }
    }
    // A country by any name that the list has for it.
    for (name, code) in [("阿拉伯联合酋长国", "AE"), ("UK", "GB"), ("usa", "US"), ("UAE", "AE")]
    {
        let name = encoded(name);
        let finds = server.get(&format!("/suggest/country?q={name}&lang=en")).body;
        assert!(finds.contains(&format!("\"{code}\"")), "{finds}");
    }
}

#[test]
fn an_example_is_one_that_the_fact_can_have() {
    let server = Server::start();
    let facts: serde_json::Value = serde_json::from_str(&server.get("/api/v1/facts").body).unwrap();
    let result = after(&server, &server.get("/form?lang=zh"), "do=result");
    let mut seen = 0;
    for fact in facts.as_array().unwrap() {
        if fact["format"] == "country" && fact["derived"] == true {
            let name = fact["name"].as_str().unwrap();
            let page = after(&server, &result, &format!("page=@result&do=go:{name}"));
            assert_eq!(hidden(&page, "page"), name);
            assert!(!page.body.contains("例如"), "{name}");
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn the_whole_text_is_there_with_supports_or_reasons() {
    let server = Server::start();
    let page = server.get("/text?lang=zh");
    assert_eq!(page.status, 200);
    let sentences = page.body.matches("<li id=\"t-").count();
    assert_eq!(sentences, 58);
    let reasons = page.body.matches("没有对应的支持事项：").count();
    assert_eq!(reasons, 8, "as many as there are background sentences");
    assert!(page.body.contains("鼓励政府性融资担保机构为符合条件的小微外贸企业提供融资增信支持"));
}

#[test]
fn an_older_link_still_fills_in_what_it_meant() {
    let server = Server::start();
    for (link, means) in [
        ("retail", "零售出口"),
        ("1210", "零售进口"),
        ("both", "企业对企业出口"),
        ("none", "没有"),
        ("retail_export,b2b_export", "企业对企业出口"),
    ] {
        let start = server.get(&format!("/?cbec={link}&lang=zh"));
        assert!(start.body.contains("链接里已经填好：跨境电商业务"), "{link}");
        let result = after(&server, &after(&server, &start, "do=start"), "do=result");
        let (_, recap) = result.body.split_once("<dt>跨境电商业务</dt><dd>").unwrap();
        assert!(recap.split_once("</dd>").unwrap().0.contains(means), "{link}");
        // The link of the result is one of today.
        let mut links = between(&result.body, "<a href=\"/?lang=zh#", "\"");
        let link = links.find(|link| link.contains("cbec=")).unwrap();
        assert!(!link.contains("both") && !link.contains("1210"), "{link}");
    }
}
