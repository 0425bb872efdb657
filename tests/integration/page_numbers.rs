//! Numbers in the form as people say them: units, bounds, what is unusual, and errors that name their field.

use crate::page::{after, between, encoded, hidden, size_page, submit};
use crate::server::{Reply, Server};

/// The size page of a factory, whose limits are 20, 300 and 1000 people.
fn factory(server: &Server) -> Reply {
    let page = server.get("/embed?lang=zh");
    let page = after(server, &page, "page=@basics&do=next&division=330782&industry=C1811");
    assert_eq!(hidden(&page, "page"), "@size");
    page
}

/// The size page when it is sent with these two texts.
fn sized(server: &Server, page: &Reply, employees: &str, revenue: &str, more: &str) -> Reply {
    let [employees, revenue] = [employees, revenue].map(encoded);
    let body = format!("page=@size&do=next&employees={employees}&revenue_wan={revenue}{more}");
    after(server, page, &body)
}

/// What the result shows as the answer of a fact.
fn answered<'a>(result: &'a Reply, label: &str) -> &'a str {
    let from = format!("<dt>{label}</dt><dd>");
    let (_, rest) = result.body.split_once(&from).unwrap_or_else(|| panic!("no {label}"));
    rest.split_once(" <button").unwrap().0
}

#[test]
fn an_amount_is_taken_with_the_unit_that_a_person_writes() {
    let server = Server::start();
    let page = size_page(&server);
    for (text, shown) in [
        ("680", "680万元"),
        ("680万", "680万元"),
        ("1亿", "10000万元"),
        ("1.2 亿元", "12000万元"),
        ("3 million yuan", "300万元"),
        ("6,800,000元", "680万元"),
    ] {
        let next = sized(&server, &page, "30", text, "");
        assert_eq!(hidden(&next, "page"), "@activities", "{text}");
        let result = after(&server, &next, "page=@activities&do=result");
        assert_eq!(answered(&result, "上年营业收入"), shown, "{text}");
        // The field shows the number with its unit, and reads it back.
        let again = after(&server, &result, "page=@result&do=go:@size");
        let (_, field) = again.body.split_once("id=\"revenue_wan\"").unwrap();
        let value = field.split_once("value=\"").unwrap().1.split_once('"').unwrap().0;
        assert_eq!(value, shown);
        let back = sized(&server, &again, "30", value, "&return=@result");
        assert_eq!(answered(&back, "上年营业收入"), shown, "{text}");
    }
    // Beside the field no unit stands that half a unit could repeat or multiply.
    let (_, field) = page.body.split_once("id=\"revenue_wan\"").unwrap();
    assert!(!field.split_once("</p>").unwrap().0.contains("class=\"unit\""));
    // A program and a list state the unit, so there the same text is two amounts.
    let reply = server.post("/api/v1/assessments", r#"{"revenue_wan":"5万"}"#);
    assert!(reply.status == 422 && reply.body.contains("ambiguous_unit"));
    let reply =
        server.post("/api/v1/assessments", r#"{"employees":"1.2万","revenue_wan":"1亿元"}"#);
    assert!(reply.status == 200 && reply.body.contains("12000"), "{}", reply.body);
}

#[test]
fn a_bound_counts_where_it_decides_and_is_asked_about_where_it_does_not() {
    let server = Server::start();
    let page = factory(&server);
    for (text, shown, size) in [
        ("不到20人", "不到20人", "微型"),
        ("15人以下", "15人以下", "微型"),
        ("30-50人", "30人到50人", "小型"),
        ("30到50", "30人到50人", "小型"),
        ("1000人以上", "1000人及以上", ""),
    ] {
        let next = sized(&server, &page, text, "3000", "");
        assert_eq!(hidden(&next, "page"), "@activities", "{text}");
        let result = after(&server, &next, "page=@activities&do=result");
        assert_eq!(answered(&result, "从业人员"), shown, "{text}");
        if !size.is_empty() {
            assert_eq!(answered(&result, "企业规模"), size, "{text}");
        }
        let again = after(&server, &result, "page=@result&do=go:@size");
        let back = sized(&server, &again, shown, "3000", "&return=@result");
        assert_eq!(answered(&back, "从业人员"), shown, "{text}: a field shows what it reads");
    }
    // 20 is a limit: under one reading of 以下 it belongs to the range, so the range decides nothing.
    for text in ["20人以下", "50人以下", "100-500人"] {
        let asked = sized(&server, &page, text, "", "");
        assert_eq!((asked.status, hidden(&asked, "page")), (422, "@size"), "{text}");
        assert!(asked.body.contains(&format!("从业人员：“{text}”跨了档")), "{text}");
        // Sent again, it is left at that: nothing is guessed, and nobody is stopped.
        let offered = format!("&employees-offered={}", encoded(text));
        assert!(asked.body.contains(&format!("name=\"employees-offered\" value=\"{text}\"")));
        let on = sized(&server, &asked, text, "", &offered);
        assert_eq!((on.status, hidden(&on, "page")), (200, "@activities"), "{text}");
        let result = after(&server, &on, "page=@activities&do=result");
        assert!(
            result.body.contains("跨了档") && !result.body.contains("<dt>企业规模</dt>"),
            "{text}"
        );
    }
    // A range that is one of those offered is chosen there.
    let next = sized(&server, &page, "20到299人", "3000", "");
    let again = after(
        &server,
        &after(&server, &next, "page=@activities&do=result"),
        "page=@result&do=go:@size",
    );
    assert!(again.body.contains("name=\"employees-range\" value=\"20-300\" checked>"));
}

#[test]
fn numbers_that_are_unusual_beside_each_other_are_asked_about_once_and_never_refused() {
    let server = Server::start();
    let page = factory(&server);
    for (employees, revenue, says) in [
        ("5", "680亿", "平均每人136亿元"),
        ("6", "6830000", "平均每人114亿元"),
        ("200", "1", "平均每人50元"),
    ] {
        let asked = sized(&server, &page, employees, revenue, "");
        assert_eq!((asked.status, hidden(&asked, "page")), (200, "@size"), "{revenue}");
        assert!(
            asked.body.contains(says),
            "{says}: {:?}",
            between(&asked.body, "role=\"status\"", "</div>").next()
        );
        let sure = format!("&revenue_wan-sure={}", hidden(&asked, "revenue_wan-sure"));
        let on = sized(&server, &asked, employees, revenue, &sure);
        assert_eq!((on.status, hidden(&on, "page")), (200, "@activities"), "{revenue}");
        // Other numbers are other ones.
        let other = sized(&server, &asked, "4", "900亿", &sure);
        assert_eq!(hidden(&other, "page"), "@size");
    }
    for (employees, revenue) in
        [("5", "680万"), ("5", "0"), ("不到20人", "680亿"), ("", "680亿"), ("0", "5")]
    {
        let on = sized(&server, &page, employees, revenue, "");
        assert_eq!(hidden(&on, "page"), "@activities", "{employees} {revenue}");
    }
}

#[test]
fn an_error_names_its_field_and_what_to_write() {
    let server = Server::start();
    let page = sized(&server, &size_page(&server), "很多", "约300万", "");
    assert_eq!(page.status, 422);
    let lines: Vec<&str> = between(&page.body, "<li><a href=\"#", "</a>").collect();
    assert!(lines[0].starts_with("employees\">从业人员：没读懂这个数"), "{lines:?}");
    assert!(lines[1].starts_with("revenue_wan\">上年营业收入：没读懂这个数"), "{lines:?}");
    let page = submit(&server, "en", "employees=many&revenue_wan=lots&division=999999");
    let lines: Vec<&str> = between(&page.body, "<li><a href=\"#", "</a>").collect();
    for (line, label) in
        lines.iter().zip(["Place (division code): ", "Number of employees: ", "Last year"])
    {
        assert!(line.split_once("\">").unwrap().1.starts_with(label), "{line}");
    }
}

#[test]
fn the_progress_counts_pages_and_no_questions() {
    let server = Server::start();
    let mut page = server.get("/embed?lang=zh");
    for body in ["do=skip", "do=skip", "do=next&tick=exports_goods", "do=skip"] {
        let (_, line) = page.body.split_once("<p class=\"progress\"").unwrap();
        let line = line.split_once("</p>").unwrap().0;
        assert!(!line.contains("问题") && (line.contains('页')), "{line}");
        let name = hidden(&page, "page").to_owned();
        page = after(&server, &page, &format!("page={name}&{body}"));
    }
    let start = server.get("/?lang=zh").body;
    assert!(start.contains("页，三五分钟；随时可以看结果"));
}
