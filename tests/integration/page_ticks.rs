//! Lists to tick: of activities, and of the values of one fact.

use crate::page::{after, between, hidden, size_page};
use crate::server::{Reply, Server};

#[test]
fn ticks_of_a_list_that_is_not_finished_are_kept_and_the_others_are_no_noes() {
    let server = Server::start();
    let sized = "page=@size&do=next&employees=6&revenue_wan=683";
    let list = after(&server, &size_page(&server), sized);
    assert_eq!(hidden(&list, "page"), "@activities");
    let tick = between(&list.body, "name=\"tick\" value=\"", "\"").next().unwrap();
    let back = after(&server, &list, &format!("page=@activities&do=back&tick={tick}"));
    assert_eq!(hidden(&back, "page"), "@size");
    let on = after(&server, &back, sized);
    assert_eq!(hidden(&on, "page"), "@activities", "what was not ticked is still asked");
    assert!(on.body.contains(&format!("value=\"{tick}\" checked>")));
    assert_eq!(
        between(&on.body, "name=\"tick\"", "<label").filter(|t| t.contains("checked")).count(),
        1
    );
    // What is ticked no more is taken back, one or all of them, however the list is left.
    let other = between(&list.body, "name=\"tick\" value=\"", "\"").nth(1).unwrap();
    let unsure = between(&list.body, "name=\"unsure\" value=\"", "\"").nth(2).unwrap();
    let both = format!("page=@activities&do=back&tick={tick}&tick={other}&unsure={unsure}");
    let marked = |page: &Reply| -> Vec<String> {
        let boxes =
            between(&page.body, "type=\"checkbox\"", "<label").filter(|t| t.contains(" checked"));
        boxes.map(|t| t.split('"').nth(5).unwrap_or("").to_owned()).collect()
    };
    for (left, remain) in
        [(format!("tick={other}"), 1), (String::new(), 0), (format!("unsure={unsure}"), 1)]
    {
        let on = after(&server, &after(&server, &list, &both), sized);
        assert_eq!(marked(&on).len(), 3, "{:?}", marked(&on));
        let back = after(&server, &on, &format!("page=@activities&do=back&{left}"));
        let again = after(&server, &back, sized);
        assert_eq!(marked(&again).len(), remain, "{left}: {:?}", marked(&again));
        // Nothing ticked on the way to the result says nothing.
        if left.is_empty() {
            let result = after(&server, &on, "page=@activities&do=result");
            let list = after(&server, &result, "page=@result&do=go:@activities");
            assert_eq!(marked(&list).len(), 0, "{:?}", marked(&list));
        }
    }
}

#[test]
fn a_list_of_values_is_a_tick_for_each() {
    let server = Server::start();
    let sized = "page=@size&do=next&employees=6&revenue_wan=683";
    let list = after(&server, &size_page(&server), sized);
    let ticks: Vec<&str> = between(&list.body, "name=\"tick\" value=\"cbec=", "\"").collect();
    assert_eq!(ticks, ["retail_export", "retail_import", "b2b_export"]);
    let recap = |ticks: &str| {
        let page = after(&server, &list, &format!("page=@activities&do=result&{ticks}"));
        let (_, rest) = page.body.split_once("<dt>跨境电商业务</dt><dd>").unwrap();
        rest.split_once(" <button").unwrap().0.to_owned()
    };
    assert_eq!(recap("tick=@none"), "没有");
    assert_eq!(recap("tick=imports_goods"), "没有");
    assert_eq!(recap("unsure=cbec&tick=exports_goods"), "不清楚");
    assert_eq!(recap("unsure=cbec"), "没有", "without exports and imports there is none");
    let both = recap("tick=cbec%3Dretail_export&tick=cbec%3Db2b_export");
    assert!(
        both.contains("零售出口") && both.contains("B2B") && !both.contains("零售进口"),
        "{both}"
    );
    // The box of a page that was opened under older rules.
    assert!(recap("tick=cbec%3Dboth").contains("零售出口"));
    let again = after(&server, &list, "page=@activities&do=back&tick=cbec%3Db2b_export");
    let again = after(&server, &again, sized);
    assert!(again.body.contains("value=\"cbec=b2b_export\" checked>"));
}

#[test]
fn what_is_rare_in_the_industry_stands_last_and_is_answered_by_nothing_but_the_page() {
    let server = Server::start();
    let list = |industry: &str| {
        let page = server.get("/form?lang=zh");
        let page =
            after(&server, &page, &format!("page=@basics&do=next&division=330782{industry}"));
        after(&server, &page, &format!("page={}&do=skip", hidden(&page, "page")))
    };
    let (known, unknown) = (list("&industry=F51"), list(""));
    assert!(!unknown.body.contains("少见的业务"));
    let (common, rare) = known.body.split_once("少见的业务").unwrap();
    assert!(
        !common.contains("value=\"shipping_line\"") && rare.contains("value=\"shipping_line\"")
    );
    let ticks = |page: &Reply| {
        let ticks = between(&page.body, "name=\"tick\" value=\"", "\"").map(str::to_owned);
        ticks.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(ticks(&known), ticks(&unknown));
    // Nothing is known of it before the page is sent, and a no afterwards.
    let skipped = after(&server, &known, "page=@activities&do=skip");
    let result = after(&server, &skipped, "do=result");
    assert!(!result.body.contains("<dt>航运企业</dt>"));
    let sent = after(&server, &known, "page=@activities&do=result&tick=exports_goods");
    assert!(sent.body.contains("<dt>航运企业</dt><dd>否"));
}
