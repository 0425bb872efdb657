//! The store: an old answer asked again, the schema, copies.
//!
//! SQLite in a file, and PostgreSQL where `TEST_POSTGRES_URL` names one, as `tests/run` does.

use crate::cli::{Ran, run};
use crate::firms::{Firms, to_json};
use crate::server::{Client, Server, until};
use crate::support::{advisor, files, write_files};
use sha2::{Digest as _, Sha256};
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_export-advisor");

/// The databases at hand: their names and addresses, each empty.
pub fn databases(folder: &std::path::Path, name: &str) -> Vec<String> {
    let mut urls = vec![format!("sqlite:{}", folder.join(format!("{name}.sqlite")).display())];
    if let Ok(server) = std::env::var("TEST_POSTGRES_URL") {
        urls.push(crate::support::postgres_database(&server, name));
    }
    urls
}

fn db(args: &[&str], url: &str) -> Ran {
    run(&[&["db"], args, &["--database", url]].concat(), "")
}

/// A question: who, when, how much of the answer.
struct Question {
    profile: String,
    as_of: &'static str,
    detail: &'static str,
}

impl Question {
    /// The SHA-256 of the answer, by the current rule book or by another.
    fn ask(&self, client: &mut Client, rulebook: Option<&str>) -> [u8; 32] {
        let mut path = format!("/api/v1/assessments?as_of={}&detail={}", self.as_of, self.detail);
        if let Some(version) = rulebook {
            path.push_str(&format!("&rulebook={version}"));
        }
        let (status, body) = client.post(&path, &self.profile);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        Sha256::digest(body).into()
    }
}

fn questions(count: usize) -> Vec<Question> {
    let mut firms = Firms::new(&advisor().plan, 21);
    (0..count)
        .map(|number| {
            let profile = firms.firm();
            Question {
                profile: to_json(&advisor().plan, &profile, firms.rng()),
                as_of: ["2023-06-01", "2024-02-29", "2026-11-25"][number % 3],
                detail: ["full", "status", "missing", "status", "missing"][number % 5],
            }
        })
        .collect()
}

/// Asks everything again by the versions of then, from both ends, so that one rule book follows on the other; returns how
/// many of some the rules in use answer differently.
fn ask_again(server: &Server, all: &[Question], given: &[(String, [u8; 32])]) -> usize {
    let (mut client, count, mut others) = (server.client(), all.len(), 0);
    for number in (0..count).map(|n| if n % 2 == 0 { n / 2 } else { count - 1 - n / 2 }) {
        let (question, (version, given)) = (&all[number], &given[number]);
        let again = question.ask(&mut client, Some(version));
        assert!(again == *given, "another answer to {}", question.profile);
        others += usize::from(number % 50 == 0 && question.ask(&mut client, None) != *given);
    }
    others
}

#[test]
fn an_old_answer_is_given_again_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "again") {
        assert_eq!(db(&["migrate"], &url).code, 0);
        write_files(files(), folder.path());
        let rules = folder.path().join("rules");
        let options = ["--rules", rules.to_str().unwrap(), "--database", &url, "--log", "off"];
        let script = rules.join("gbf-2023-10/08-credit.rhai");
        let text = std::fs::read_to_string(&script).unwrap();
        let count = if url.starts_with("sqlite") { 10_000 } else { 1_000 };
        let all = questions(count);
        let edit = |size: &str| {
            let size = format!("firm.size <= \"{size}\"");
            std::fs::write(&script, text.replace("firm.size <= \"small\"", &size)).unwrap();
        };

        // Two rule books, each in use for half of the questions, and a third, one after the other in one process.
        let server = Server::start_with(&options);
        let mut versions = vec![version_of(&server)];
        assert_eq!(versions[0], advisor().book().version);
        let mut given: Vec<(String, [u8; 32])> = Vec::new();
        for (half, next) in all.chunks(count / 2).zip(["micro", "medium"]) {
            let (version, mut client) = (version_of(&server), server.client());
            given.extend(half.iter().map(|it| (version.clone(), it.ask(&mut client, None))));
            edit(next);
            server.hang_up();
            until("the next rule book is in use", || !versions.contains(&version_of(&server)));
            versions.push(version_of(&server));
        }
        assert_eq!((given.len(), versions.len()), (count, 3));
        assert!(ask_again(&server, &all, &given) > 0, "the third rule book answers differently");

        // The same after a restart, on the same database.
        drop(server);
        let after = Server::start_with(&options);
        assert_eq!(version_of(&after), versions[2]);
        assert!(ask_again(&after, &all, &given) > 0, "the third rule book answers differently");
        let unknown = after.post("/api/v1/assessments?rulebook=sha256:0", "{}");
        assert_eq!(unknown.status, 404);
        assert!(unknown.body.contains("unknown_rule_book"), "{}", unknown.body);
        let message = db(&["check"], &url);
        assert!(
            message.out.contains("3 rule books kept") && message.out.contains(&versions[0]),
            "{}",
            message.out
        );
        std::fs::write(&script, &text).unwrap();
    }
}

fn version_of(server: &Server) -> String {
    server.get("/readyz").header("rule-book-version").unwrap().to_owned()
}

#[test]
fn processes_that_start_at_once_agree_on_a_schema() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3 {
        for url in databases(folder.path(), &format!("at_once_{round}")) {
            std::thread::scope(|scope| {
                let all: Vec<_> = (0..6).map(|_| scope.spawn(|| db(&["migrate"], &url))).collect();
                for one in all {
                    let message = one.join().unwrap();
                    assert_eq!(message.code, 0, "{}", message.err);
                }
            });
            assert_eq!(db(&["check"], &url).code, 0);
        }
    }
}

#[test]
fn a_schema_that_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path(), "schema") {
        let message = db(&["check"], &url);
        assert_eq!(message.code, 3);
        assert!(message.err.contains("db migrate"), "{}", message.err);
        assert_eq!(db(&["migrate"], &url).code, 0);
        assert_eq!(db(&["migrate"], &url).code, 0, "a second time");
        crate::support::execute(
            &url,
            "UPDATE _sqlx_migrations SET version = 999 WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)",
        );
        let copy = folder.path().join("newer-copy.sqlite").display().to_string();
        let others: [&[&str]; 5] = [
            &["db", "migrate"],
            &["db", "backup", &copy],
            &["keys", "create", "--name", "a", "--scope", "share"],
            &["serve", "--bind", "127.0.0.1:0"],
            &["doctor", "--bind", "127.0.0.1:0", "--connections", "10"],
        ];
        let data = folder.path().join("data");
        for command in LOOKING.iter().chain(&others) {
            let instance = ["--database", &url, "--data", data.to_str().unwrap()];
            let message = run(&[*command, &instance[..]].concat(), "");
            let code = if command[0] == "doctor" { 1 } else { 3 };
            assert_eq!(message.code, code, "{command:?}: {}", message.err);
            let text = message.out + &message.err;
            assert!(text.contains("use a newer program"), "{command:?}: {text}");
        }
        assert!(!std::path::Path::new(&copy).exists(), "nothing was copied");
    }
    for url in ["mysql://x:secret@y/z", "sqlite:", "sqlite::memory:", "none"] {
        let message = db(&["check"], url);
        assert_eq!(message.code, 2, "{url}");
        assert!(!message.err.contains("secret"), "{}", message.err);
    }
}

#[test]
fn a_copy_is_restored_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let url = format!("sqlite:{}", at("live.sqlite"));
    // The service goes on while it is copied.
    let server = Server::start_with(&["--database", &url]);
    assert_eq!(server.get("/readyz").status, 200);
    assert_eq!(db(&["backup", &at("copy.sqlite")], &url).code, 0);
    assert_eq!(db(&["backup", &at("copy.sqlite")], &url).code, 3, "a file that exists");
    drop(server);
    crate::support::execute(&url, "DELETE FROM rule_books");
    assert!(db(&["check"], &url).out.contains("0 rule books"));
    // What is no store of this program, each in its own way.
    std::fs::write(at("text.sqlite"), "this is no database, but long enough to be looked at")
        .unwrap();
    std::fs::write(at("empty.sqlite"), "").unwrap();
    for (name, table) in [("other.sqlite", "CREATE TABLE t (a)"), ("migrated.sqlite", MIGRATED)] {
        crate::support::execute(&format!("sqlite:{}?mode=rwc", at(name)), table);
    }
    let whole = std::fs::read(at("copy.sqlite")).unwrap();
    let mut holed = whole.clone();
    holed[whole.len() / 2..].fill(0);
    std::fs::write(at("holed.sqlite"), holed).unwrap();
    std::fs::write(at("cut.sqlite"), &whole[..whole.len() / 2]).unwrap();
    let names = || {
        let names = std::fs::read_dir(folder.path()).unwrap();
        let names = names.map(|name| name.unwrap().file_name().into_string().unwrap());
        // What SQLite keeps beside a database that was used.
        let names = names.filter(|name| !name.starts_with("live.sqlite-"));
        names.collect::<std::collections::BTreeSet<_>>()
    };
    let before = names();
    for (name, why) in [
        ("text.sqlite", "is no SQLite database"),
        ("empty.sqlite", "not one of this program"),
        ("other.sqlite", "not one of this program"),
        ("migrated.sqlite", "not one of this program"),
        ("holed.sqlite", "database"),
        ("cut.sqlite", "database"),
        ("absent.sqlite", "absent.sqlite: No such file"),
    ] {
        let message = db(&["restore", &at(name)], &url);
        assert!(message.code == 3 && message.err.contains(why), "{name}: {}", message.err);
        let named =
            !why.contains("is no") && !why.contains("not one") || message.err.contains(name);
        assert!(named, "{name}: {}", message.err);
        assert_eq!(names(), before, "{name}: nothing is left");
        assert!(db(&["check"], &url).out.contains("0 rule books"), "{name}: nothing was touched");
    }
    // What a restore leaves that is killed does not come into the next one.
    for left in ["live.sqlite.restoring", "live.sqlite.restoring-wal"] {
        std::fs::write(at(left), "left").unwrap();
        let message = db(&["restore", &at("copy.sqlite")], &url);
        assert!(message.code == 3 && message.err.contains(&at(left)), "{}", message.err);
        assert_eq!(std::fs::read_to_string(at(left)).unwrap(), "left");
        std::fs::remove_file(at(left)).unwrap();
    }
    for number in 1..3 {
        let message = db(&["restore", &at("copy.sqlite")], &url);
        let old = at(&format!("live.sqlite.old-{number}"));
        assert!(message.code == 0 && message.out.contains(&old), "{}{}", message.out, message.err);
        assert!(db(&["check"], &url).out.contains(&advisor().book().version));
        let books = if number == 1 { "0 rule books" } else { "1 rule books" };
        assert!(db(&["check"], &format!("sqlite:{old}")).out.contains(books), "{old}");
    }
    // A name is free only if nothing of another database is left under it.
    std::fs::remove_file(at("live.sqlite.old-1")).unwrap();
    std::fs::write(at("live.sqlite.old-1-wal"), "left").unwrap();
    let message = db(&["restore", &at("copy.sqlite")], &url);
    assert!(message.out.contains(&at("live.sqlite.old-3")), "{}{}", message.out, message.err);
    assert_eq!(std::fs::read_to_string(at("live.sqlite.old-1-wal")).unwrap(), "left");
    // Where nothing was, nothing is kept.
    let message =
        db(&["restore", &at("copy.sqlite")], &format!("sqlite:{}", at("new/live.sqlite")));
    assert!(message.code == 0 && !message.out.contains("old"), "{}{}", message.out, message.err);
}

/// A rule book that was kept is read as it was taken then, whatever a program now asks of those who write one.
#[test]
fn a_kept_rule_book_is_not_held_to_what_is_asked_of_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("kept.sqlite").display());
    assert_eq!(db(&["migrate"], &url).code, 0);
    let mut careless = files().clone();
    careless.insert("rules/LICENSE", "as is");
    careless.insert(
        "rules/tables/own.tsv",
        "# source: x\n# date: x\n# confidence: x\n甲\tb\tb\n1\t2\t3\n",
    );
    for (path, from, to) in [
        ("rules/facts/basics.toml", "min = 0", "min = 99999999999999"),
        (
            "rules/gbf-2023-10/13-digital-trade.rhai",
            "    .closes(",
            "    .opens(\"2027-01-01\")\n    .closes(",
        ),
        ("rules/gbf-2023-10/08-credit.rhai", "\"2025-03-01\"", "\"2025年3月\""),
    ] {
        let text = careless.get(path).unwrap().to_owned();
        assert!(text.contains(from), "{from}");
        careless.insert(path, &text.replacen(from, to, 1));
    }
    let codes: std::collections::BTreeSet<&str> = export_advisor_core::script::load(&careless)
        .faults
        .iter()
        .map(|fault| fault.code)
        .collect();
    let wanted = ["date", "fact-range", "stray-file", "table-head", "window"];
    assert!(codes.iter().eq(&wanted), "{codes:?}");
    let version = careless.version();
    actix_web::rt::System::new().block_on(async {
        let store = export_advisor::server::store::Store::existing(&url).await.unwrap();
        store.keep_rule_book(&careless).await.unwrap();
        store.close().await;
    });
    let server = Server::start_with(&["--database", &url]);
    let asked = format!("/api/v1/assessments?as_of=2026-11-25&detail=status&rulebook={version}");
    let reply = server.post(&asked, r#"{"foreign_trade": true, "size": "micro"}"#);
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(reply.body.contains(&version));
}

/// Another program's, which keeps its migrations in the same way.
const MIGRATED: &str = "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY)";

/// What `restore` sets aside may have its last commits beside it still.
#[test]
fn what_is_set_aside_keeps_what_was_written_last() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let url = format!("sqlite:{}", at("live.sqlite"));
    assert_eq!(db(&["migrate"], &url).code, 0);
    assert_eq!(db(&["backup", &at("copy.sqlite")], &url).code, 0);
    let server = Server::start_with(&["--database", &url]);
    assert_eq!(server.get("/readyz").status, 200);
    // As a machine leaves it that loses its power.
    drop(server);
    assert!(std::fs::metadata(at("live.sqlite-wal")).unwrap().len() > 0);
    assert_eq!(db(&["restore", &at("copy.sqlite")], &url).code, 0);
    assert!(db(&["check"], &url).out.contains("0 rule books"));
    let old = db(&["check"], &format!("sqlite:{}", at("live.sqlite.old-1")));
    assert!(old.out.contains(&advisor().book().version), "{}{}", old.out, old.err);
}

/// Every command on the store, but those that may make one.
const LOOKING: [&[&str]; 6] = [
    &["db", "check"],
    &["db", "backup", "copy.sqlite"],
    &["keys", "list"],
    &["keys", "revoke", "0123456789ab"],
    &["keys", "rotate", "0123456789ab"],
    &["audit"],
];

#[test]
fn who_only_looks_makes_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("typo.sqlite");
    let url = format!("sqlite:{}", file.display());
    for command in LOOKING {
        for (instance, named) in [
            (["--data", data.to_str().unwrap()], data.join("advisor.sqlite")),
            (["--database", &url], file.clone()),
        ] {
            let ran = Command::new(PROGRAM)
                .args(command)
                .args(instance)
                .current_dir(folder.path())
                .env("XDG_DATA_HOME", folder.path())
                .output()
                .unwrap();
            let err = String::from_utf8(ran.stderr).unwrap();
            let message = format!("there is no database at `{}`", named.display());
            assert!(ran.status.code() == Some(3) && err.contains(&message), "{command:?}: {err}");
            let left = std::fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(left, 0, "{command:?} leaves nothing");
        }
    }
    // A file of another kind is not made one of ours.
    crate::support::execute(&format!("{url}?mode=rwc"), "CREATE TABLE t (a)");
    for command in LOOKING {
        let message = run(&[command, &["--database", &url]].concat(), "");
        assert!(
            message.code == 3 && message.err.contains("not one of this program"),
            "{}",
            message.err
        );
    }
    assert!(crate::support::query(&url, "SELECT COUNT(*) FROM sqlite_master") == "1");
}

#[test]
fn each_command_finds_the_store_where_the_service_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (name, named) in [("a", "data"), ("b", "database"), ("c 名%41#", "data")] {
        let data = at(name);
        let url = format!("sqlite:{}", data.join("advisor.sqlite").display());
        let value = if named == "data" { data.to_str().unwrap() } else { &url };
        std::fs::create_dir_all(&data).unwrap();
        let settings = at("settings.toml");
        let text = format!("{named} = {value:?}\nbind = \"127.0.0.1:0\"\n");
        std::fs::write(&settings, text).unwrap();
        let settings = settings.to_str().unwrap();
        // Flags, and names in the environment.
        let instances = [
            (format!("--{named}"), value),
            ("--config".to_owned(), settings),
            (format!("EXPORT_ADVISOR_{}", named.to_uppercase()), value),
            ("EXPORT_ADVISOR_CONFIG".to_owned(), settings),
        ];
        let create = ["keys", "create", "--scope", "screen", "--name", name];
        for (number, (instance, value)) in instances.into_iter().enumerate() {
            let ran = |command: &[&str]| {
                let mut program = Command::new(PROGRAM);
                program.args(command).env("XDG_DATA_HOME", at("usual"));
                match instance.starts_with("--") {
                    true => program.args([&instance, value]),
                    false => program.env(&instance, value),
                };
                let ran = program.output().unwrap();
                let text = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
                assert!(ran.status.success(), "{command:?} {instance} {value}: {text}");
                text
            };
            ran(&create);
            let keys = (number + 1).to_string();
            assert_eq!(ran(&["keys", "list"]).lines().count().to_string(), keys);
            ran(&["audit"]);
            ran(&["db", "migrate"]);
            ran(&["db", "check"]);
            ran(&["doctor", "--bind", "127.0.0.1:0", "--connections", "10"]);
            let copy = at(&format!("{named}-{number}-{}.sqlite", name.len()));
            ran(&["db", "backup", copy.to_str().unwrap()]);
            let copied = format!("sqlite:{}", copy.display());
            assert_eq!(crate::support::query(&copied, "SELECT COUNT(*) FROM api_keys"), keys);
            ran(&["db", "restore", copy.to_str().unwrap()]);
        }
        assert!(
            data.join("advisor.sqlite").exists()
                && !at("usual").join("export-advisor/advisor.sqlite").exists()
        );
    }
}

#[test]
fn a_store_that_is_down_stops_only_what_needs_it() {
    let server = Server::start_with(&["--database", "postgres://nobody@127.0.0.1:1/none"]);
    assert_eq!(server.post("/api/v1/assessments", "{}").status, 200);
    assert_eq!(server.get("/healthz").status, 200);
    for reply in [server.get("/readyz"), server.post("/api/v1/assessments?rulebook=sha256:0", "{}")]
    {
        assert_eq!(reply.status, 503);
        assert!(reply.body.contains("store_unavailable"), "{}", reply.body);
    }
}
