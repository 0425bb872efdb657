//! The form honours what a person did: what was passed over is not asked again, what only an office can say is never
//! asked, and what cannot matter is not on a page.

use crate::page::{after, between, hidden};
use crate::server::{Reply, Server};

/// The pages that follow when each is sent with what `answers` says of it, the result included.
fn walk(server: &Server, answers: impl Fn(&str, &Reply) -> String) -> (Vec<String>, Reply) {
    let mut page = server.get("/embed?lang=zh");
    let mut names = Vec::new();
    loop {
        let name = hidden(&page, "page").to_owned();
        names.push(name.clone());
        assert!(names.len() < 40, "no end: {names:?}");
        if name == "@result" {
            return (names, page);
        }
        let sent = answers(&name, &page);
        page = after(server, &page, &format!("page={name}&{sent}"));
        assert_eq!(page.status, 200, "{name} {sent}");
    }
}

/// The facts that a page has a field or a tick for.
fn asked(page: &Reply) -> Vec<String> {
    let fields = between(&page.body, "<div class=\"field", "</div>");
    let named = fields.filter_map(|field| between(field, " name=\"", "\"").next());
    let ticks = between(&page.body, "name=\"tick\" value=\"", "\"");
    named.chain(ticks).map(str::to_owned).collect()
}

#[test]
fn whoever_skips_every_page_has_the_result_after_four() {
    let server = Server::start();
    let (names, result) = walk(&server, |_, _| "do=skip".to_owned());
    assert_eq!(names, ["@basics", "@size", "@activities", "@needs", "@result"]);
    assert!(result.body.contains("您跳过的问题里，有的会改变结果"));
    // Asked for, they are asked: whole pages, and again no more than once.
    let on = after(&server, &result, "page=@result&do=resume");
    assert_eq!(hidden(&on, "page"), "@basics");
}

#[test]
fn what_is_left_blank_on_a_page_is_not_asked_again_on_its_own() {
    let server = Server::start();
    let mut blank = std::collections::BTreeSet::new();
    let blank = std::cell::RefCell::new(&mut blank);
    let (names, _) = walk(&server, |name, page| {
        let given: &[&str] = match name {
            "@basics" => &["industry"],
            "@size" => &["employees"],
            _ => &[],
        };
        if name.starts_with('@') {
            let facts = asked(page).into_iter().filter(|fact| !given.contains(&&**fact));
            let ticks = page.body.contains("name=\"tick\"");
            blank.borrow_mut().extend(facts.filter(|_| !ticks || name == "@needs"));
        }
        match name {
            "@basics" => "do=next&industry=F5292".to_owned(),
            "@size" => "do=next&employees=6".to_owned(),
            "@activities" => "do=next&tick=exports_goods&tick=imports_goods".to_owned(),
            "@needs" => "do=next&tick=financing_need&tick=export_refund_filing".to_owned(),
            _ => "do=skip".to_owned(),
        }
    });
    let blank = blank.into_inner();
    for fact in ["division", "uscc", "revenue_wan", "customs_credit", "goods_still_refundable"] {
        assert!(blank.contains(fact), "{fact} was on a page: {blank:?}");
        assert!(!names.iter().any(|name| name == fact), "{fact} is asked again: {names:?}");
    }
    // A question of its own that is skipped takes those with it that hang on it.
    assert!(names.len() <= 7, "{names:?}");
}

#[test]
fn what_only_an_office_can_say_is_no_question_and_is_listed_to_be_found_out() {
    let server = Server::start();
    // An exporter of used cars: whether it is a “car company” the text leaves open.
    let sent = |name: &str, page: &Reply| match name {
        "@basics" => "do=next&industry=F5261&division=330782".to_owned(),
        "@size" => "do=next&employees=30&revenue_wan=3000".to_owned(),
        "@activities" => "do=next&tick=exports_goods&tick=auto_business".to_owned(),
        "@needs" => {
            let facts = asked(page);
            for fact in ["green_standard_product", "key_green_sector"] {
                assert!(!facts.iter().any(|asked| asked == fact), "{fact}");
            }
            "do=next&tick=financing_need&customs_credit=unknown&target_markets-none=1".to_owned()
        }
        "markets" => "do=next&markets=%E4%BF%84%E7%BD%97%E6%96%AF".to_owned(),
        "makes_vehicles" => "do=next&makes_vehicles=false".to_owned(),
        fact if page.body.contains("type=\"radio\"") => format!("do=next&{fact}=true"),
        _ => "do=skip".to_owned(),
    };
    let (names, result) = walk(&server, sent);
    for fact in ["auto_enterprise", "green_standard_product", "key_green_sector", "foreign_trade"] {
        assert!(!names.iter().any(|name| name == fact), "{names:?}");
    }
    assert!(names.iter().any(|name| name == "makes_vehicles"), "{names:?}");
    for fact in ["auto_enterprise", "key_green_sector"] {
        let button = format!("value=\"go:{fact}\">窗口答复了，去填");
        assert!(result.body.contains(&button), "{fact}");
    }
    assert!(result.body.contains("我们行业算不算绿色低碳培训的重点行业"), "asked at the office");
    assert!(!result.body.contains("value=\"resume\""), "nothing is left to answer");
    // What the office replied can be filled in.
    let page = after(&server, &result, "page=@result&do=go:auto_enterprise");
    assert_eq!(hidden(&page, "page"), "auto_enterprise");
    let on =
        after(&server, &page, "page=auto_enterprise&return=@result&do=next&auto_enterprise=true");
    assert_eq!(hidden(&on, "page"), "@result");
    assert!(on.body.contains("<dt>汽车企业</dt><dd>是"));
    // For programs it is missing as before.
    let profile = r#"{"exports_goods":true,"auto_business":true,"makes_vehicles":false}"#;
    let answer = server.post("/api/v1/assessments", profile).body;
    assert!(answer.contains("\"auto_enterprise\""));
}

#[test]
fn whoever_exports_nothing_is_asked_nothing_about_goods_for_export() {
    let server = Server::start();
    for ticks in ["imports_goods", "exports_services", "plans_to_trade"] {
        let (names, _) = walk(&server, |name, page| {
            if name != "@activities" {
                for fact in asked(page) {
                    let goods = ["goods_still_refundable", "hs", "market_procurement"];
                    assert!(!goods.contains(&&*fact), "{fact} on {name} of a firm with {ticks}");
                }
            }
            match name {
                "@basics" => "do=next&industry=F5191&division=310115".to_owned(),
                "@size" => "do=next&employees=30&revenue_wan=3000".to_owned(),
                "@activities" => format!("do=next&tick={ticks}"),
                "@needs" => "do=next&tick=export_refund_filing".to_owned(),
                _ => "do=skip".to_owned(),
            }
        });
        assert!(names.len() <= 7, "{ticks}: {names:?}");
    }
}

#[test]
fn the_credit_code_stands_last_and_says_that_it_is_optional_and_what_it_fills_in() {
    let server = Server::start();
    for (lang, optional, fills_in) in [
        ("zh", "统一社会信用代码是多少？（可不填）", "登记的省份"),
        ("en", "(optional)", "province of registration"),
    ] {
        let page = server.get(&format!("/form?lang={lang}")).body;
        let at = |name: &str| page.find(&format!(" id=\"{name}\"")).unwrap();
        let code = at("uscc");
        assert!(["division", "industry", "name"].iter().all(|name| at(name) < code), "{lang}");
        let (_, field) = page.split_once("for=\"uscc\"").unwrap();
        let field = field.split_once("</div>").unwrap().0;
        assert!(field.contains(optional) && field.contains(fills_in), "{lang}: {field}");
    }
}
