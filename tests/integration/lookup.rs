//! The pages to look things up: all supports, one support, whether it concerns a firm, and the text with its search.

use crate::page::{FORM, after, between, encoded, hidden};
use crate::server::{Reply, Server};
use crate::support::advisor;
use export_advisor_core::rulebook::{Support, WindowState};
use std::collections::{BTreeMap, BTreeSet};

/// A piece of a page as a person reads it: without tags and escapes.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' => is_tag = false,
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    for (escape, means) in [("&#39;", "'"), ("&#34;", "\""), ("&#60;", "<"), ("&#38;", "&")] {
        text = text.replace(escape, means);
    }
    text
}

fn today() -> jiff::civil::Date {
    export_advisor_core::china::day(jiff::Timestamp::now())
}

fn is_open(support: &Support) -> bool {
    support.window.state(today()).0 == WindowState::Open
}

/// The supports that a list shows, by their links.
fn listed(page: &Reply) -> Vec<String> {
    between(&page.body, "<h3><a href=\"/supports/", "?").map(str::to_owned).collect()
}

/// The supports that the API lists for the same parameters.
fn expected(server: &Server, parameters: &str) -> Vec<String> {
    let reply = server.get(&format!("/api/v1/supports?{parameters}"));
    let supports: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    let ids = supports.as_array().unwrap().iter();
    ids.map(|support| support["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_list_shows_what_is_selected_in_both_languages() {
    let server = Server::start();
    for parameters in [
        "",
        "measure=8",
        "kind=insurance",
        "office=sinosure",
        "measure=9&kind=insurance&office=sinosure",
        "measure=8&office=sinosure",
    ] {
        let wanted = expected(&server, parameters);
        assert!(!wanted.is_empty(), "{parameters}");
        for lang in ["zh", "en"] {
            let page = server.get(&format!("/supports?lang={lang}&{parameters}"));
            assert_eq!(page.status, 200, "{parameters}");
            assert_eq!(listed(&page), wanted, "{parameters} {lang}");
            for (name, value) in parameters.split('&').filter_map(|pair| pair.split_once('=')) {
                let mark = format!("<select id=\"{name}\"");
                let select = between(&page.body, &mark, "</select>").collect::<String>();
                assert!(select.contains(&format!("value=\"{value}\" selected")), "{parameters}");
                let mut others = between(&page.body, "<p><a href=\"/supports?lang=", "\"");
                let pair = format!("{name}={value}");
                assert!(others.any(|other| other.contains(&pair)), "{parameters}");
            }
        }
    }
    // What nothing has, and what the rules do not know.
    let all = expected(&server, "");
    for parameters in ["measure=99", "measure=x", "kind=nothing", "office=%00", "industry=F51"] {
        assert_eq!(listed(&server.get(&format!("/supports?lang=zh&{parameters}"))), all);
    }
    let none = server.get("/supports?lang=zh&measure=8&kind=travel");
    assert!(listed(&none).is_empty() && none.body.contains("没有同时符合这些选择的支持事项"));
    let none = server.get("/supports?lang=zh&measure=7");
    assert!(listed(&none).is_empty() && none.body.contains("href=\"/text?lang=zh#m-7\""));
}

#[test]
fn the_list_says_who_may_and_who_may_not() {
    let server = Server::start();
    let page = server.get("/supports?lang=zh&measure=8").body;
    let article = between(&page, "<article>", "</article>")
        .find(|article| article.contains("/supports/guarantee-small-micro?"))
        .unwrap();
    let text = plain(article);
    assert!(text.contains("谁可以：外贸企业；小型或微型企业；有融资需求"), "{text}");
    let not = "“外贸企业”“小型或微型企业”有一条不符合的，不适用。不符合“有融资需求”的，用不上。";
    assert!(text.contains(&format!("谁不行：{not}")), "{text}");
    let page = server.get("/supports/guarantee-small-micro?lang=en").body;
    let text = plain(&page);
    for says in [
        "Not for a firm unless it is a foreign-trade enterprise and is small or micro.",
        "Of no use to a firm unless it needs financing.",
    ] {
        assert!(text.contains(says), "{says}");
    }
    // Where nothing but our reading or no need excludes.
    let page = plain(&server.get("/supports/apec-card?lang=zh").body);
    assert!(page.contains("原文没有排除哪类企业。") && page.contains("我们没有算上，但可以去问"));
}

#[test]
fn each_support_stands_in_its_context() {
    let server = Server::start();
    let book = advisor().book();
    for support in &book.supports {
        for lang in ["zh", "en"] {
            let page = server.get(&format!("/supports/{}?lang={lang}", support.id));
            assert_eq!(page.status, 200, "{}", support.id);
            let text = &book.policies.at(support.policy).text;
            let quotes: Vec<&str> = between(&page.body, "<blockquote", "</blockquote>").collect();
            let mut measures: Vec<u8> = support.sentences().iter().map(|s| s.measure).collect();
            measures.dedup();
            assert_eq!(quotes.len(), measures.len(), "{}", support.id);
            for (quote, number) in quotes.iter().zip(&measures) {
                let measure = text.measure(*number).unwrap();
                let sentences = measure.sentences.iter().map(|one| text.slice(&one.range));
                let title = match text.slice(&measure.title) {
                    "" => String::new(),
                    title => format!("{title}。"),
                };
                let whole = format!("{title}{}", sentences.collect::<String>());
                assert!(plain(&format!("<{quote}")).contains(&whole), "{}", support.id);
            }
            let marked: String =
                between(&page.body, "<mark>", "</mark>").map(plain).collect::<Vec<_>>().join("|");
            for citation in &support.citations {
                assert!(marked.contains(&citation.quote), "{}: {marked}", support.id);
                let anchor = citation.sentence.to_string().replace('.', "-");
                let policy = match support.policy.index() {
                    0 => String::new(),
                    _ => format!("policy={}&#38;", book.policies.at(support.policy).id),
                };
                let link = format!("<a href=\"/text?{policy}lang={lang}#t-{anchor}\">");
                assert!(page.body.contains(&link), "{}", support.id);
            }
            let whole = plain(&page.body);
            let pick = |texts: &export_advisor_core::facts::LocalizedText| match lang {
                "zh" => texts.zh.clone(),
                _ => texts.en.clone(),
            };
            for criterion in &support.criteria {
                assert!(whole.contains(&pick(&criterion.label)), "{}", support.id);
            }
            for step in &support.next_steps {
                assert!(whole.contains(&pick(&step.name)), "{}", support.id);
                assert!(step.asks.iter().all(|ask| whole.contains(&pick(ask))), "{}", support.id);
            }
            for rule in &support.see_also {
                assert!(whole.contains(&rule.title) && whole.contains(&pick(&rule.says)));
            }
            let asks = page.body.contains(&format!("value=\"about:{}\"", support.id));
            assert_eq!(asks, is_open(support), "{}", support.id);
            assert!(whole.contains(&book.version));
        }
    }
    let browser = ("Accept", "text/html");
    let page = server.send("GET", "/supports/no-such-support?lang=zh", &[browser], "");
    assert_eq!(page.status, 404);
    assert!(page.body.contains("href=\"/supports?lang=zh\""));
}

#[test]
fn conditions_are_read_as_all_of_and_any_of() {
    let server = Server::start();
    let page = server.get("/supports/insurance-new-formats?lang=zh").body;
    let outline = between(&page, "<div class=\"outline\">", "</div>").next().unwrap();
    let text = plain(outline);
    assert!(text.starts_with("符合以下任何一条：") && text.contains("有跨境电商业务"), "{text}");
    assert!(outline.matches("<li>").count() > 4);
    let page = plain(&server.get("/supports/fta-use?lang=en").body);
    assert!(page.contains("any of these:") && page.contains("all of these:"), "{page}");
}

/// The facts that a page of the form asks for, and an answer “don't know” to each.
fn asked(page: &Reply) -> (BTreeSet<String>, String) {
    let mut facts = BTreeSet::new();
    let mut answers = Vec::new();
    for value in between(&page.body, "name=\"unsure\" value=\"", "\"") {
        facts.insert(value.to_owned());
        answers.push(format!("unsure={value}"));
    }
    for tick in between(&page.body, "name=\"tick\" value=\"", "\"").filter(|t| *t != "@none") {
        facts.insert(tick.split('=').next().unwrap().to_owned());
    }
    for fact in between(&page.body, " id=\"", "-help\"").filter(|id| !id.contains('"')) {
        if fact == "list" {
            continue;
        }
        facts.insert(fact.to_owned());
        let is_chosen = page.body.contains(&format!("name=\"{fact}\" value=\"unknown\""));
        answers.push(if is_chosen {
            format!("{fact}=unknown")
        } else {
            format!("{fact}-unsure=1")
        });
    }
    (facts, answers.join("&"))
}

#[test]
fn only_the_facts_of_the_support_are_asked() {
    let server = Server::start();
    let facts: serde_json::Value = serde_json::from_str(&server.get("/api/v1/facts").body).unwrap();
    let used: BTreeMap<&str, Vec<&str>> = (facts.as_array().unwrap().iter())
        .map(|fact| {
            let supports = fact["used_by"].as_array().unwrap().iter();
            (fact["name"].as_str().unwrap(), supports.map(|s| s.as_str().unwrap()).collect())
        })
        .collect();
    for support in advisor().book().supports.iter().filter(|support| is_open(support)) {
        let id = support.id.as_str();
        let body = format!("do=about:{id}");
        let mut page = server.send("POST", "/form?lang=zh", &[FORM], body);
        let mut all = BTreeSet::new();
        let mut pages = 0;
        while hidden(&page, "page") != "@result" {
            assert_eq!(page.status, 200, "{id}: {}", hidden(&page, "page"));
            let (facts, answers) = asked(&page);
            assert!(!facts.is_empty(), "{id}: {}", page.body);
            for fact in &facts {
                assert!(used[fact.as_str()].contains(&id), "{id} does not depend on {fact}");
                assert!(all.insert(fact.clone()), "{id}: {fact} is asked twice");
            }
            assert!(!page.body.contains("name=\"name\""), "nobody needs the firm's name");
            assert!(page.body.contains(&format!("href=\"/supports/{id}?lang=zh\"")));
            let more = format!("page={}&do=next&{answers}", hidden(&page, "page"));
            page = after(&server, &page, &more);
            pages += 1;
            assert!(pages < 20, "{id}: {all:?}");
        }
        assert!(pages > 0, "{id} asks nothing");
        let statuses: Vec<&str> = between(&page.body, "<article id=\"s-", "\"").collect();
        assert_eq!(statuses, [id]);
        assert!(page.body.contains("data-status=\"undetermined\""), "{id}");
    }
}

#[test]
fn the_verdict_is_that_of_the_rules_and_its_answers_lead_into_the_whole_form() {
    let server = Server::start();
    let begin = |id: &str| server.send("POST", "/form?lang=zh", &[FORM], format!("do=about:{id}"));
    let page = begin("guarantee-small-micro");
    assert_eq!(hidden(&page, "page"), "@basics");
    assert!(!page.body.contains("id=\"division\"") && !page.body.contains("id=\"uscc\""));
    let page = after(&server, &page, "page=@basics&do=next&industry=F5191");
    assert_eq!(hidden(&page, "page"), "@size");
    let page = after(&server, &page, "page=@size&do=next&employees=12&revenue_wan=683");
    assert_eq!(hidden(&page, "page"), "@activities");
    let list = after(&server, &page, "page=@activities&do=next&tick=exports_goods");
    assert_eq!(hidden(&list, "page"), "financing_need");
    for (answer, status, says) in [
        ("true", "applies", "与您有关，现在可以去问、去办。"),
        ("false", "does_not_apply", "目前与您的企业无关。"),
        ("unknown", "undetermined", "还不能确定，要再弄清几点。"),
    ] {
        let more = format!("page=financing_need&do=next&financing_need={answer}");
        let verdict = after(&server, &list, &more);
        assert_eq!(hidden(&verdict, "page"), "@result");
        assert!(verdict.body.contains(&format!("data-status=\"{status}\"")), "{answer}");
        assert!(verdict.body.contains(says), "{answer}");
        assert_eq!(verdict.body.matches("<article ").count(), 1);
        // The address in the address bar shows the same page again.
        let address = between(&verdict.body, "data-address=\"", "\"").next().unwrap();
        let state = address.split_once('#').unwrap().1;
        let body = format!("do=result&state={state}");
        let again = server.send("POST", "/form?lang=zh", &[FORM], body);
        assert!(again.body.contains(says) && again.body.contains("value=\"about:@all\""));
        // The whole form goes on with what is known.
        let whole = after(&server, &verdict, "page=@result&do=about:@all");
        assert_eq!(hidden(&whole, "page"), "@basics");
        assert!(whole.body.contains("F5191") && whole.body.contains("id=\"division\""));
        let result =
            after(&server, &whole, "page=@basics&do=result&industry=F5191&division=330782");
        assert!(result.body.contains("<dd>12") && result.body.contains("义乌"), "{answer}");
        assert!(result.body.matches("<article ").count() > 50);
        let card = between(&result.body, "id=\"s-guarantee-small-micro\"", ">").next().unwrap();
        assert!(card.contains(&format!("data-status=\"{status}\"")), "{answer}: {card}");
        assert!(result.body.contains("href=\"/supports/guarantee-small-micro?lang=zh\""));
    }
    // A change from the verdict returns to it.
    let verdict = after(&server, &list, "page=financing_need&do=next&financing_need=true");
    let change = after(&server, &verdict, "page=@result&do=go:@size");
    assert_eq!((hidden(&change, "page"), hidden(&change, "return")), ("@size", "@result"));
    let sent = "page=@size&return=@result&do=next&employees=500&revenue_wan=90000";
    let large = after(&server, &change, sent);
    assert!(large.body.contains("data-status=\"does_not_apply\""));
    // A support that there is not leaves the whole form.
    assert!(begin("no-such-support").body.contains("id=\"division\""));
}

#[test]
fn the_start_page_has_the_measures_at_a_glance() {
    let server = Server::start();
    for lang in ["zh", "en"] {
        let page = server.get(&format!("/?lang={lang}")).body;
        let list = between(&page, "<ol class=\"measures\">", "</ol>").next().unwrap();
        let links: Vec<&str> = between(list, "<a href=\"", "\"").collect();
        assert_eq!(links.len(), 18);
        for link in links {
            assert_eq!(server.get(&link.replace("&amp;", "&")).status, 200, "{link}");
        }
        assert!(page.contains(&format!("<a href=\"/supports?lang={lang}\">")));
    }
}

#[test]
fn the_text_has_contents_and_its_end_in_paragraphs() {
    let server = Server::start();
    let page = server.get("/text?lang=zh").body;
    let contents = between(&page, "<details class=\"contents\">", "</details>").last().unwrap();
    let links: Vec<&str> = between(contents, "<a href=\"#", "\"").collect();
    assert_eq!(links.len(), 6 + 18);
    for anchor in links {
        assert_eq!(page.matches(&format!("id=\"{anchor}\"")).count(), 1, "{anchor}");
    }
    let closing = between(&page, "<div id=\"closing\"", "</div>").next().unwrap();
    let paragraphs: Vec<String> =
        between(closing, "<p", "</p>").map(|p| plain(&format!("<p{p}"))).collect();
    assert_eq!(paragraphs.len(), 4);
    assert_eq!(paragraphs[0], "六、加强组织实施");
    assert!(paragraphs[1].starts_with("各地方、各相关部门") && paragraphs[1].ends_with('。'));
    assert_eq!(paragraphs[2..], ["国务院办公厅", "2023年4月11日"]);
    assert!(!page.contains("<mark>"));
}

#[test]
fn the_text_is_searched_without_a_script() {
    let server = Server::start();
    let search = |lang: &str, text: &str| {
        let page = server.get(&format!("/text?lang={lang}&q={}", encoded(text)));
        assert_eq!(page.status, 200, "{text}");
        page.body
    };
    for (lang, text, says, place) in [
        ("zh", "跨境电商", "“跨境电商”找到", "t-15-1"),
        ("zh", "aeo", "“aeo”找到", "t-17-3"),
        ("zh", "组合拳", "“组合拳”找到1处。", "part-6"),
        ("zh", "RCEP 培训", "“RCEP 培训”找到", "t-18-1"),
        ("zh", "外贸是国民经济", "“外贸是国民经济”找到1处。", "p-gbf-2023-10"),
        ("en", "credit insurance", "“credit insurance” was found", "t-9-1"),
        ("en", "保险", "“保险” was found", "t-9-1"),
    ] {
        let page = search(lang, text);
        assert!(page.contains(says), "{text}: {says}");
        let marks = page.matches("<mark>").count();
        let status = between(&page, "role=\"status\"", "</div>").next().unwrap();
        let stated = match says.ends_with("找到1处。") {
            true => "1".to_owned(),
            false => marks.to_string(),
        };
        assert!(marks > 0 && plain(&format!("<{status}")).contains(&stated), "{text}: {status}");
        assert!(status.contains(&format!("href=\"#{place}\"")), "{text}: {status}");
        for anchor in between(status, "href=\"#", "\"") {
            assert!(page.contains(&format!("id=\"{anchor}\"")), "{text}: {anchor}");
        }
        // What is folded and has a find is unfolded.
        for folded in between(&page, "<details>", "</details>") {
            let (_, inner) = folded.split_once("</summary>").unwrap();
            assert!(!inner.contains("<mark>"), "{text}: {inner}");
        }
        assert!(page.contains(&format!("value=\"{text}\"")), "{text} stays in the field");
        let other = between(&page, "<p><a href=\"/text?lang=", "\"").last().unwrap();
        assert!(other.contains("q="), "{text}");
    }
    let none = search("zh", "炼金术");
    assert!(none.contains("没有找到“炼金术”。") && !none.contains("<mark>"));
    assert!(search("en", "alchemy").contains("“alchemy” was not found."));
    assert!(!search("zh", "  ").contains("role=\"status\""));
    let long = search("zh", &"外贸".repeat(21));
    assert!(long.contains("请写40个字以内") && !long.contains("<mark>"));
    let harmless = search("zh", "<script>alert(1)</script>\u{202e}");
    assert!(!harmless.contains("<script>alert") && harmless.contains("没有找到"));
}
