//! What the operator says on the pages, and what search engines and chats are given.

use crate::cli::run;
use crate::page::between;
use crate::server::Server;
use std::fs::write;

/// The values of an attribute of the tags that begin so.
fn attribute<'a>(html: &'a str, tag: &'a str) -> Option<&'a str> {
    between(html, tag, "\"").next()
}

#[test]
fn a_page_to_find_says_what_it_is_and_the_others_keep_out() {
    let server = Server::start_with(&["--site", "https://trade.example/"]);
    let mut titles = Vec::new();
    for (path, is_found) in [
        ("/", true),
        ("/supports", true),
        ("/supports/fta-use", true),
        ("/text", true),
        ("/contact", true),
        ("/privacy", true),
        ("/accessibility", true),
        ("/form", false),
        ("/result", false),
        ("/s", false),
        ("/adviser", false),
    ] {
        for lang in ["zh", "en"] {
            let page = server.get(&format!("{path}?lang={lang}")).body;
            let title = between(&page, "<title>", "</title>").next().unwrap();
            let described = attribute(&page, "<meta name=\"description\" content=\"").unwrap();
            assert!((10..200).contains(&described.chars().count()), "{path}: {described}");
            assert_eq!(
                attribute(&page, "<meta property=\"og:description\" content=\""),
                Some(described)
            );
            let image = attribute(&page, "<meta property=\"og:image\" content=\"");
            assert_eq!(image, Some("https://trade.example/assets/card.png"), "{path}");
            assert_eq!(page.contains("<meta name=\"robots\" content=\"noindex\">"), !is_found);
            let own = format!("https://trade.example{path}?lang={lang}");
            let canonical = attribute(&page, "<link rel=\"canonical\" href=\"");
            assert_eq!(canonical, is_found.then_some(own.as_str()), "{path}");
            if is_found {
                titles.push(title.to_owned());
            }
        }
    }
    titles.sort_unstable();
    let count = titles.len();
    titles.dedup();
    assert_eq!(titles.len(), count, "two pages have one title: {titles:?}");
    // Without a public address nothing absolute is invented.
    let page = Server::start().get("/?lang=zh").body;
    assert!(page.contains("og:title") && !page.contains("og:image") && !page.contains("canonical"));
}

/// Whether the rules for search engines forbid an address.
fn is_forbidden(robots: &str, address: &str) -> bool {
    let mut rules = robots.lines().filter_map(|line| line.strip_prefix("Disallow: "));
    rules.any(|rule| address.starts_with(rule))
}

#[test]
fn search_engines_are_kept_out_of_forms_and_data() {
    let server = Server::start();
    let robots = server.get("/robots.txt").body;
    for (method, path) in export_advisor::server::routes::routes() {
        // A page that is not to be found says so itself, which nobody reads on a page that is forbidden.
        let is_data = ["/api/", "/admin/", "/suggest/", "/metrics"];
        let is_data = is_data.iter().any(|start| path.starts_with(start));
        if method == "GET" {
            assert_eq!(is_forbidden(&robots, path), is_data, "{path}");
        }
    }
    let icon = server.send("GET", "/favicon.ico", &[], "");
    assert_eq!((icon.status, icon.header("content-type")), (200, Some("image/x-icon")));
}

#[test]
fn the_operator_says_who_it_is_in_texts_that_can_do_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let texts = folder.path().join("texts");
    std::fs::create_dir(&texts).unwrap();
    write(
        texts.join("contact.zh.txt"),
        "某市贸促会 <script>alert(1)</script>\n电话 000-0000\n\n网站https://ccpit.example/a?b=1&c=2，信箱 mailto:a@ccpit.example。\n",
    )
    .unwrap();
    write(texts.join("privacy.en.txt"), "We keep the proxy's log for 30 days.\n").unwrap();
    write(texts.join(".swp"), "an editor's").unwrap();
    let server = Server::start_with(&["--operator-texts", texts.to_str().unwrap()]);
    let page = server.get("/contact?lang=zh").body;
    assert!(
        page.contains(
            "<p>某市贸促会 &#60;script&#62;alert(1)&#60;/script&#62;<br>电话 000-0000</p>"
        )
    );
    assert!(page.contains("<a href=\"https://ccpit.example/a?b=1&#38;c=2\" rel=\"noopener\">"));
    assert!(
        page.contains("<a href=\"mailto:a@ccpit.example\" rel=\"noopener\">a@ccpit.example</a>。")
    );
    // A text in one language is shown in both, and marked as what it is.
    let page = server.get("/contact?lang=en").body;
    assert!(page.contains("<div lang=\"zh-CN\">\n<p>某市贸促会"));
    assert!(!page.contains("No contact details have been published"));
    let page = server.get("/privacy?lang=zh").body;
    assert!(page.contains("<div lang=\"en\">\n<p>We keep the proxy"));
    assert!(page.contains("不保存"), "what the program does stands below");
    // Without texts the pages say what is true of the program, and that nobody is named.
    let server = Server::start();
    assert!(server.get("/contact?lang=en").body.contains("No contact details have been published"));
    assert!(server.get("/").body.contains("href=\"/accessibility?lang=zh\""));
    // Without a database nothing is shared or reported, and the page does not speak of it.
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let stored = Server::start_with(&["--database", &url]);
    let kept = [&stored, &server]
        .map(|server| server.get("/privacy?lang=en").body.contains("When you share"));
    assert_eq!(kept, [true, false]);
}

#[test]
fn texts_that_no_page_shows_are_refused_with_the_name_that_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path().join("contacts.zh.txt"), "甲").unwrap();
    write(folder.path().join("privacy.zh.txt"), vec![0xff, 0xfe]).unwrap();
    write(folder.path().join("accessibility.zh.txt"), "长".repeat(30_000)).unwrap();
    let path = folder.path().to_str().unwrap();
    let done = run(&["config", "check", "--operator-texts", path], "");
    assert_ne!(done.code, 0);
    for part in [
        "no page shows a text named `contacts.zh.txt`",
        "did you mean `contact.zh.txt`?",
        "privacy.zh.txt",
        "the text has 90000 bytes; the most is 65536",
    ] {
        assert!(done.err.contains(part), "{part}: {}", done.err);
    }
    let done = run(&["config", "check", "--operator-texts", "/nowhere/at/all"], "");
    assert!(done.code != 0 && done.err.contains("/nowhere/at/all"), "{}", done.err);
    for site in ["trade.example", "https://a.example/path", "https://*.example"] {
        let done = run(&["config", "check", "--site", site], "");
        assert!(done.code != 0 && done.err.contains("`site`"), "{site}: {}", done.err);
    }
}
