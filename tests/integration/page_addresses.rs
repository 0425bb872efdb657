//! Addresses that survive: of a result, of a page that only takes forms, and of none at all.

use crate::page::{FORM, after, between, encoded, hidden, step};
use crate::server::{Reply, Server};

const BROWSER: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

/// The address that a page puts into the address bar.
fn address(page: &Reply) -> String {
    let found = between(&page.body, "data-address=\"", "\"").next().unwrap();
    found.replace("&#38;", "&").replace("&amp;", "&")
}

/// A result of a firm that gave its name and its credit code, and no place.
fn result(server: &Server) -> Reply {
    let page = server.get("/embed?lang=zh");
    let body = format!(
        "page=@basics&do=next&industry=F5292&uscc=91110000600037341L&name={}",
        encoded("某某贸易有限公司")
    );
    let page = after(server, &page, &body);
    after(server, &page, "page=@size&do=result&employees=6&revenue_wan=683")
}

/// Which support has which status.
fn statuses(page: &Reply) -> Vec<String> {
    between(&page.body, "<article id=\"s-", ">").map(str::to_owned).collect()
}

#[test]
fn the_address_of_a_result_shows_it_again_without_name_and_code() {
    let server = Server::start();
    let shown = result(&server);
    let address = address(&shown);
    let (path, state) = address.split_once('#').unwrap();
    assert_eq!(path, "/result?lang=zh");
    // The server sees what stands before the “#”, and answers with a page that says what to do.
    let page = server.get(path);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("data-fragment=\"state\"") && page.body.contains("粘贴到这里"));
    // The script sends the fragment; a person may paste the whole address.
    let whole = format!("https://advisor.example.org{address}");
    for sent in [state, &address, &whole] {
        let opened = step(&server, &format!("do=result&state={}", encoded(sent)));
        assert_eq!((opened.status, hidden(&opened, "page")), (200, "@result"), "{sent}");
        assert_eq!(statuses(&opened), statuses(&shown));
        assert!(opened.body.contains("北京市"), "what followed from the code is kept");
        for private in ["91110000600037341L", "某某贸易"] {
            assert!(!opened.body.contains(private), "{private}");
        }
        let again = hidden(&opened, "state");
        let sheet = server.send("POST", "/sheet?lang=zh", &[FORM], format!("state={again}"));
        assert!(!sheet.body.contains("某某贸易"));
    }
    assert!(shown.body.contains("91110000600037341L"), "the page itself has it");
    // What was cut off on its way through a chat is refused with a way on.
    let cut = step(&server, &format!("do=result&state={}", state.split_at(state.len() / 2).0));
    assert_eq!(cut.status, 400);
    assert!(cut.body.contains("从头开始"));
}

#[test]
fn a_page_that_takes_forms_explains_itself_when_it_is_opened() {
    let server = Server::start();
    for path in ["/sheet", "/copy", "/share", "/s/delete", "/feedback"] {
        for (lang, says) in
            [("zh", "这个页面要从表单里打开"), ("en", "This page is opened from the form")]
        {
            let page = server.send("GET", &format!("{path}?lang={lang}"), &[BROWSER], "");
            assert_eq!((page.status, page.header("allow")), (405, Some("POST")), "{path}");
            assert!(page.body.contains(&format!("<h1>{says}</h1>")), "{path}");
            assert!(page.header("content-security-policy").is_some());
            for path in ["/result", "/s", "/"] {
                let link = format!("<a href=\"{path}?lang={lang}\"");
                assert!(page.body.contains(&link), "{path}");
                assert_eq!(server.get(path).status, 200);
            }
        }
        let problem = server.send("GET", path, &[("Accept", "application/json")], "");
        assert!(problem.status == 405 && problem.body.contains("\"method_not_allowed\""), "{path}");
    }
    assert!(server.get("/form?lang=zh").body.contains("浏览器的“后退”"));
    assert!(!server.get("/embed?lang=zh").body.contains("浏览器的“后退”"));
}

#[test]
fn an_address_that_does_not_exist_leads_on() {
    let server = Server::start();
    for (path, meant) in [
        ("/adviser/", Some("/adviser")),
        ("/adviser/firms/7", Some("/adviser")),
        ("/advisor", Some("/adviser")),
        ("/Text", Some("/text")),
        ("/from", Some("/form")),
        ("/nothing-at-all-like-that", None),
    ] {
        let page = server.send("GET", &format!("{path}?lang=zh"), &[BROWSER], "");
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains("<h1>没有这个页面</h1>"), "{path}");
        assert!(page.header("content-security-policy").is_some(), "{path}");
        let suggested = between(&page.body, "您要的是不是这个：<a href=\"", "?").next();
        assert_eq!(suggested, meant, "{path}");
        assert!(page.body.contains("<a href=\"/?lang=zh\">开始回答</a>"), "{path}");
    }
    let problem = server.send("GET", "/api/v1/nothing", &[BROWSER], "");
    assert!(problem.status == 404 && problem.body.contains("\"not_found\""));
    let problem = server.get("/nothing");
    assert!(problem.status == 404 && problem.body.contains("\"not_found\""));
}

#[test]
fn a_prefilled_link_carries_its_answers_where_no_server_sees_them() {
    let server = Server::start();
    let shown = result(&server);
    let link = between(&shown.body, "<a href=\"/?lang=zh#", "\"").next().unwrap();
    let link = link.replace("&#38;", "&").replace("&amp;", "&");
    assert!(link.contains("industry=F5292") && !link.contains("uscc") && !link.contains("683"));
    let start = server.send("POST", "/?lang=zh", &[FORM], format!("answers={}", encoded(&link)));
    assert_eq!(start.status, 200);
    assert!(start.body.contains("链接里已经填好：行业"));
    assert_eq!(address(&start), format!("/?lang=zh#{link}"), "the address bar keeps it");
    let first = after(&server, &start, "do=start");
    assert!(first.body.contains("F5292"));
    // The start page without answers says what to do where no script runs.
    let empty = server.get("/?lang=zh").body;
    assert!(empty.contains("<noscript>") && empty.contains("data-prefill=\"/?lang=zh\""));
}
