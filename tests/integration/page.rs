//! The plain page: a form without scripts, and the answer to it.

use crate::server::{Reply, Server};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn submit(server: &Server, lang: &str, body: &str) -> Reply {
    server.send("POST", &format!("/?lang={lang}"), &[FORM], body)
}

#[test]
fn the_form_asks_and_answers_in_both_languages() {
    let server = Server::start();
    for (lang, start, title) in
        [("zh", "查看结果", "小微"), ("en", "See the result", "small and micro")]
    {
        let page = server.get(&format!("/?lang={lang}"));
        assert_eq!(page.status, 200);
        assert!(page.body.contains(start) && page.body.contains("name=\"exports_goods\""));
        assert!(!page.body.contains("<script"));
        let body = "exports_goods=true&imports_goods=false&industry=F5292&employees=6&financing_need=true&markets=&division=330782";
        let answer = submit(&server, lang, body);
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains("id=\"guarantee-small-micro\""), "{lang}");
        assert!(answer.body.contains(title), "{lang}");
        // The form is there again, filled.
        assert!(answer.body.contains("value=\"F5292\""));
    }
    assert!(server.get("/assets/style.css").body.contains("--ink"));
}

#[test]
fn faults_stand_at_the_top_and_beside_the_field() {
    let server = Server::start();
    let page = submit(&server, "zh", "employees=many&division=999999&cbec=retail");
    assert_eq!(page.status, 422);
    assert!(page.body.contains("<title>有错误："));
    assert!(
        page.body.contains("href=\"#employees\"") && page.body.contains("id=\"employees-error\"")
    );
    assert!(page.body.contains("href=\"#division\""));
    assert!(page.body.contains("<option value=\"retail\" selected>"), "nothing is lost");
}

#[test]
fn a_question_that_is_asked_has_a_field() {
    let server = Server::start();
    // Services alone leave open whether the firm is a foreign-trade enterprise.
    let page = submit(
        &server,
        "zh",
        "exports_goods=false&imports_goods=false&exports_services=true&border_mutual_trade=false",
    );
    assert_eq!(page.status, 200);
    assert!(page.body.contains("name=\"foreign_trade\""));
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
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"));
}
