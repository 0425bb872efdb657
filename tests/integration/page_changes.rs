//! A form that goes on under changed rules: what that changes for the firm, by criterion and sentence.

use crate::server::{Reply, Server, until};
use crate::support::{files, write_files};
use std::path::{Path, PathBuf};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const CREDIT: &str = "gbf-2023-10/08-credit.rhai";

/// A service whose rules lie in a folder and can be changed.
struct Service {
    rules: PathBuf,
    server: Server,
}

impl Service {
    /// With a database, or without one.
    fn new(folder: &Path, database: &str) -> Self {
        write_files(files(), folder);
        let rules = folder.join("rules");
        let server =
            Server::start_with(&["--rules", rules.to_str().unwrap(), "--database", database]);
        Self { rules, server }
    }

    fn version(&self) -> String {
        self.server.get("/readyz").header("rule-book-version").unwrap().to_owned()
    }

    /// Replaces a text of a rule file, and puts the rules in use.
    fn change(&self, file: &str, from: &str, to: &str) {
        let path = self.rules.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}: {from}");
        std::fs::write(path, text.replace(from, to)).unwrap();
        let before = self.version();
        self.server.hang_up();
        until("the changed rules are in use", || self.version() != before);
    }

    fn post(&self, lang: &str, body: &str) -> Reply {
        let page = self.server.send("POST", &format!("/form?lang={lang}"), &[FORM], body);
        assert_eq!(page.status, 200, "{}", page.body);
        page
    }

    /// The state of a small trader, with these sizes.
    fn state(&self, sizes: &str) -> String {
        let first = self.server.get("/form?lang=zh");
        let body = "&page=@basics&do=next&division=330782&industry=F5191";
        let sized = self.post("zh", &format!("state={}{body}", hidden(&first)));
        let body = format!("state={}&page=@size&do=next&{sizes}", hidden(&sized));
        hidden(&self.post("zh", &body))
    }

    /// The result of a state, as its address leads to it.
    fn result(&self, lang: &str, state: &str) -> Reply {
        self.post(lang, &format!("state={state}&page=@result&do=result"))
    }
}

fn hidden(page: &Reply) -> String {
    let (_, rest) = page.body.split_once("name=\"state\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// The list of what has changed, if a page has one, and the line above it.
fn changed(page: &Reply) -> Option<(String, String)> {
    let (_, rest) = page.body.split_once("<details class=\"note screen\">")?;
    let (line, rest) = rest.split_once("</summary>").unwrap();
    let (list, _) = rest.split_once("</details>").unwrap();
    Some((line.replace("<summary>", "").trim().to_owned(), list.to_owned()))
}

const CHANGED: &str = "规则在您填写期间更新了";
const NOTHING: &str = "按您的回答，各项结论都没有因此改变。";

#[test]
fn a_form_that_goes_on_says_what_changed_for_the_firm_by_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let service = Service::new(folder.path(), &url);
    let state = service.state("employees=12");
    let before = service.result("zh", &state);
    assert!(!before.body.contains(CHANGED) && changed(&before).is_none());
    service.change(CREDIT, "firm.size <= \"small\"", "!(firm.size <= \"small\")");
    let page = service.result("zh", &state);
    assert!(page.body.contains(CHANGED));
    let (line, list) = changed(&page).unwrap();
    assert_eq!(line, format!("按您的回答，有{}项结论因此改变", list.matches("<li>").count()));
    for part in [
        "小微外贸企业融资担保增信：当时<strong>待定</strong>，现在<strong>不适用</strong>",
        "因为条件“小型或微型企业”：符合→不符合。",
        "#t-8-4\"",
        "鼓励政府性融资担保机构为符合条件的小微外贸企业提供融资增信支持",
    ] {
        assert!(list.contains(part), "{part}: {list}");
    }
    // On any page of the form, in either language, and for the address of a result; once.
    let (line, list) = changed(&service.result("en", &state)).unwrap();
    assert!(line.starts_with("By your answers, ") && line.contains("changed"), "{line}");
    for part in ["condition “is small or micro”: met → not met", "then <strong>undetermined"]
    {
        assert!(list.contains(part), "{part}: {list}");
    }
    let question = service.post("zh", &format!("state={state}&do=resume&page=@result"));
    assert!(question.body.contains("value=\"next\"") && changed(&question).is_some());
    let again = service.result("zh", &hidden(&page));
    assert!(!again.body.contains(CHANGED) && changed(&again).is_none());

    // Of a form that is about one support, that one alone.
    let about = |support: &str| {
        let begun = service.post("zh", &format!("do=about:{support}"));
        let body = "&page=@basics&do=next&division=330782&industry=F5191";
        hidden(&service.post("zh", &format!("state={}{body}", hidden(&begun))))
    };
    let (this, other) = (about("guarantee-small-micro"), about("insurance-sme"));
    let sized = service.state("employees=12");
    service.change(CREDIT, "!(firm.size <= \"small\")", "firm.industry.starts_with(\"C\")");
    let (line, list) = changed(&service.result("zh", &this)).unwrap();
    assert_eq!((line.as_str(), list.matches("<li>").count()), ("按您的回答，有1项结论因此改变", 1));
    // The new criterion alone moves it: without it the support would still be undetermined.
    assert!(list.contains("新条件“小型或微型企业”：不符合") && !list.contains("取消了"), "{list}");
    let page = service.result("zh", &other);
    assert!(page.body.contains(NOTHING) && changed(&page).is_none(), "{}", page.body);
    service.change(CREDIT, "firm.industry.starts_with(\"C\")", "firm.industry.starts_with(\"F\")");
    let (_, list) = changed(&service.result("zh", &sized)).unwrap();
    assert!(list.contains("条件“小型或微型企业”取消了"), "{list}");
}

#[test]
fn rules_that_change_nothing_for_the_firm_are_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let service = Service::new(folder.path(), &url);
    let state = service.state("employees=12");
    service.change(CREDIT, "measure(8);", "measure(8); // as before");
    let page = service.result("zh", &state);
    assert!(page.body.contains(CHANGED) && page.body.contains(NOTHING));
    assert!(changed(&page).is_none());
    let english = service.result("en", &state);
    assert!(english.body.contains("By your answers, no conclusion has changed."));
}

#[test]
fn without_the_old_rules_nothing_is_said_of_the_difference() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::new(folder.path(), "none");
    let state = service.state("employees=12");
    service.change(CREDIT, "firm.size <= \"small\"", "!(firm.size <= \"small\")");
    let page = service.result("zh", &state);
    assert!(page.body.contains(CHANGED), "that they changed is said");
    assert!(changed(&page).is_none() && !page.body.contains(NOTHING));
}

/// An answer that the changed rules cannot read counted under those of then.
#[test]
fn an_answer_that_is_dropped_still_counts_for_what_was() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
    let service = Service::new(folder.path(), &url);
    let state = service.state("employees=7391846&revenue_wan=9999999");
    let facts = service.rules.join("facts/basics.toml");
    let text = std::fs::read_to_string(&facts).unwrap();
    let (head, tail) = text.split_at(text.find("name = \"employees\"").unwrap());
    let max = tail.lines().find(|line| line.starts_with("max")).unwrap();
    let block = format!(
        "name = \"employees\"{}",
        tail.split_once(max).unwrap().0.split_once("\"employees\"").unwrap().1
    );
    assert!(!head.is_empty());
    service.change(
        "facts/basics.toml",
        &format!("{block}{max}"),
        &format!("{block}max = 1_000_000"),
    );
    let page = service.result("zh", &state);
    assert!(page.body.contains("没有保留：从业人员"), "{}", page.body);
    let (_, list) = changed(&page).unwrap();
    let moved = "小微外贸企业融资担保增信：当时<strong>不适用</strong>，现在<strong>待定</strong>";
    assert!(list.contains(moved), "{list}");
}
