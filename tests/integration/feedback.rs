//! What readers report and search for in vain: what is kept, what is not, and what the operator sees of it.

use crate::cli::run;
use crate::page::{FORM, after, encoded};
use crate::server::{Reply, Server, until};
use crate::store::databases;
use crate::support::{execute, query};
use serde_json::Value;

const SUPPORT: &str = "guarantee-small-micro";

fn report(server: &Server, lang: &str, text: &str) -> Reply {
    let body = format!("support={SUPPORT}&text={}", encoded(text));
    server.send("POST", &format!("/feedback?lang={lang}"), &[FORM], body)
}

/// The objects of each line.
fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_message_is_kept_with_its_day_and_listed_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "feedback") {
        let cli =
            |arguments: &[&str]| run(&[arguments, &["--database", url.as_str()]].concat(), "");
        assert_eq!(cli(&["db", "migrate"]).code, 0);
        assert_eq!(cli(&["feedback"]).out, "");
        let server = Server::start_with(&["--database", &url]);
        let page = server.get(&format!("/supports/{SUPPORT}?lang=zh"));
        assert!(page.body.contains("action=\"/feedback?lang=zh\""));
        let text = "第8.4句写的是“小微”。\r\n\u{1b}[31mred\u{202e}\t<b>";
        let thanks = report(&server, "zh", text);
        assert_eq!(thanks.status, 201, "{}", thanks.body);
        assert!(thanks.body.contains("收到了，谢谢"));
        assert_eq!(report(&server, "en", "What is a guarantee?").status, 201);

        let all = lines(&cli(&["feedback", "--json"]).out);
        assert_eq!(all.len(), 2);
        let chinese = all.iter().find(|one| one["lang"] == "zh").unwrap();
        let today = export_advisor_core::china::day(jiff::Timestamp::now()).to_string();
        assert_eq!(chinese["text"], "第8.4句写的是“小微”。\n[31mred<b>");
        assert_eq!(
            (&chinese["support"], &chinese["day"]),
            (&SUPPORT.into(), &today.clone().into())
        );
        let version = server.get("/readyz").header("rule-book-version").map(str::to_owned);
        assert_eq!(chinese["rulebook"].as_str(), version.as_deref());
        let mut keys: Vec<&String> = chinese.as_object().unwrap().keys().collect();
        keys.sort_unstable();
        assert_eq!(keys, ["day", "id", "lang", "rulebook", "support", "text"], "and nothing else");

        // Whatever stands in the database, a terminal only gets signs that it shows.
        execute(&url, "UPDATE feedback SET text = 'a\u{1b}[2Jb\nc\td' WHERE lang = 'zh'");
        let columns = cli(&["feedback"]).out;
        assert!(columns.contains("a\\u{1b}[2Jb\\nc\\td\n") && !columns.contains('\u{1b}'));
        assert_eq!(columns.lines().count(), 2);
        assert!(!cli(&["feedback", "--json"]).out.contains('\u{1b}'));
        assert_eq!(cli(&["feedback", "--since", "9000-01-01"]).out, "");
        assert_eq!(cli(&["feedback", "--since", &today]).out, columns);

        let id = chinese["id"].as_str().unwrap();
        assert_eq!(cli(&["feedback", "--delete", id]).code, 0);
        let again = cli(&["feedback", "--delete", id]);
        assert!(again.code == 1 && again.err.contains(id), "{}", again.err);
        assert_eq!(lines(&cli(&["feedback", "--json"]).out).len(), 1);
        let audited = "SELECT COUNT(*) FROM audit WHERE action = 'feedback_delete'";
        assert_eq!(query(&url, audited), "1");
    }
}

#[test]
fn what_may_not_be_kept_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let server = Server::start_with(&["--database", &url]);
    let long = "字".repeat(1001);
    for (text, zh, en) in [
        ("", "还没有写", "Nothing is written yet"),
        (" \n", "还没有写", "Nothing is written yet"),
        (long.as_str(), "请写1000个字以内", "at most 1000 characters"),
        ("我的电话13800138000", "请去掉再发", "please remove it"),
        ("a@example.com", "请去掉再发", "please remove it"),
        ("代码91110000600037341L", "请去掉再发", "please remove it"),
        ("证号11010519491231002X", "请去掉再发", "please remove it"),
    ] {
        for (lang, says) in [("zh", zh), ("en", en)] {
            let page = report(&server, lang, text);
            assert_eq!(page.status, 422, "{text}");
            assert!(page.body.contains(says), "{text}: {}", page.body);
            assert!(page.body.contains("aria-invalid=\"true\""));
            assert!(!page.body.contains("19491231"), "an identity number is not sent back");
        }
    }
    assert!(report(&server, "zh", &long).body.contains(&long), "nothing is lost");
    let body = "support=no-such-support&text=abc";
    assert_eq!(server.send("POST", "/feedback", &[FORM], body).status, 404);
    let stranger = ("Sec-Fetch-Site", "cross-site");
    let body = format!("support={SUPPORT}&text=abc");
    assert_eq!(server.send("POST", "/feedback", &[FORM, stranger], &body).status, 403);
    assert_eq!(query(&url, "SELECT COUNT(*) FROM feedback"), "0");

    // So many of one address on a day.
    let statuses: Vec<u16> = (0..21).map(|_| report(&server, "zh", "看不懂").status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 20);
    assert_eq!(statuses.last(), Some(&429));
    let refused = report(&server, "zh", "看不懂");
    assert!(refused.header("retry-after").is_some() && refused.body.contains("请明天再发"));
    assert_eq!(query(&url, "SELECT COUNT(*) FROM feedback"), "20");
}

#[test]
fn a_service_without_a_database_takes_no_messages() {
    let server = Server::start();
    let page = server.get(&format!("/supports/{SUPPORT}?lang=zh"));
    assert!(!page.body.contains("/feedback") && page.status == 200);
    let refused = report(&server, "zh", "看不懂");
    assert_eq!(refused.status, 503);
    assert!(refused.body.contains("没有收下") && refused.body.contains("看不懂"));
    for _ in 0..3 {
        assert_eq!(server.get(&format!("/text?q={}", encoded("炼金术"))).status, 200);
    }
}

#[test]
fn plain_words_that_nothing_is_found_for_are_counted_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "searches") {
        let cli =
            |arguments: &[&str]| run(&[arguments, &["--database", url.as_str()]].concat(), "");
        assert_eq!(cli(&["db", "migrate"]).code, 0);
        let server = Server::start_with(&["--database", &url]);
        let text = |words: &str| server.get(&format!("/text?lang=zh&q={}", encoded(words)));
        let first = server.get("/embed?lang=zh");
        let markets = after(&server, &first, "do=go:markets");
        for count in 0..4 {
            text("炼金术");
            let form = format!(
                "page=@basics&do=next&industry={}&division={}",
                encoded("炼金术"),
                encoded("Atlantis")
            );
            after(&server, &first, &form);
            after(
                &server,
                &markets,
                &format!("page=markets&do=next&markets={}", encoded("亚特兰蒂斯")),
            );
            for other in ["跨境电商", "13800138000", "某某贸易公司", "一三八零零一三八", "a b"]
            {
                text(other);
            }
            if count < 2 {
                text("嫦娥");
            }
        }
        let found = || lines(&cli(&["feedback", "--searches", "--json"]).out);
        let counted = || found().iter().map(|row| row["count"].as_i64().unwrap()).sum::<i64>();
        until("all searches are written", || counted() == 16);
        let mut rows: Vec<(String, String)> = (found().iter())
            .map(|row| {
                let text = |key: &str| row[key].as_str().unwrap().to_owned();
                (text("field"), text("word"))
            })
            .collect();
        rows.sort_unstable();
        let expected = [
            ("country", "亚特兰蒂斯"),
            ("industry", "炼金术"),
            ("place", "atlantis"),
            ("text", "炼金术"),
        ];
        let expected = expected.map(|(field, word)| (field.to_owned(), word.to_owned()));
        assert_eq!(rows, expected);
        let columns = cli(&["feedback", "--searches"]).out;
        assert!(columns.contains("\ttext\t4\t炼金术\n"), "{columns}");
        // What is older than it is kept goes with the next purge; a restart begins with one.
        execute(&url, "UPDATE vain_searches SET day = '2024-01-01' WHERE field = 'text'");
        execute(
            &url,
            "INSERT INTO feedback (id, day, support, rule_book, lang, text) \
             VALUES ('a', '2024-01-01', 's', 'r', 'zh', 't')",
        );
        drop(server);
        let _server = Server::start_with(&["--database", &url]);
        until("old rows are deleted", || cli(&["feedback"]).out.is_empty() && found().len() == 3);
    }
}
