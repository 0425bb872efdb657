//! Nothing that is said of a firm is found anywhere but in the answer to it.
//!
//! Values that occur nowhere else are sent to every address, rightly and wrongly, with the log at its
//! most talkative; then everything that is left is searched for them: what was written to standard output
//! and standard error, the metrics, the audit, answers to others, the database, its files, temporary files.

use crate::access::{Instance, until_known, with_key};
use crate::cli::run;
use crate::server::{Server, until};
use crate::store::databases;
use crate::support::query;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::path::Path;

const NAME: &str = "漏斗鎏金测试公司";
const PLACE: &str = "漏斗鎏金县";
const CODE: &str = "91350211MA7LEAK181";
const REVENUE: &str = "739184620";
const STAFF: &str = "5917283";
const WORD: &str = "loudou-liujin-word";

/// A text as it may lie in a file: plain, in a URL, as JSON escapes, in encodings of Chinese text, in base64
/// wherever it begins.
fn spellings(text: &str) -> Vec<Vec<u8>> {
    let percent: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let base64 = (0..3).map(|before| {
        let whole = URL_SAFE_NO_PAD.encode([&[0; 3][..before], text.as_bytes()].concat());
        // The first and the last characters depend on what stands beside.
        whole.as_bytes()[2 * before..whole.len() - 2].to_vec()
    });
    let mut spellings = vec![
        text.as_bytes().to_vec(),
        percent.to_lowercase().into_bytes(),
        percent.into_bytes(),
        escaped.into_bytes(),
        text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        encoding_rs::GB18030.encode(text).0.into_owned(),
    ];
    spellings.extend(base64);
    spellings
}

/// The marks that are found in bytes.
fn found(bytes: &[u8], marks: &[String]) -> Vec<String> {
    let is_there = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    marks.iter().filter(|mark| spellings(mark).iter().any(|one| is_there(one))).cloned().collect()
}

/// The marks that are found in the files of a folder, with the file's name.
fn found_in(folder: &Path, marks: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(found_in(&path, marks));
        } else {
            let marks = found(&std::fs::read(&path).unwrap(), marks);
            all.extend(marks.into_iter().map(|mark| format!("{}: {mark}", path.display())));
        }
    }
    all
}

fn marks() -> Vec<String> {
    [NAME, PLACE, CODE, REVENUE, STAFF, WORD].map(str::to_owned).to_vec()
}

#[test]
fn the_search_finds_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (deep, marks) = (folder.path().join("a/b"), marks());
    std::fs::create_dir_all(&deep).unwrap();
    assert_eq!(found_in(folder.path(), &marks), Vec::<String>::new());
    for mark in &marks {
        for (index, spelt) in spellings(mark).into_iter().enumerate() {
            let file = deep.join("kept");
            std::fs::write(&file, [b"\0before".to_vec(), spelt, b"after\xff".to_vec()].concat())
                .unwrap();
            assert!(!found_in(folder.path(), &marks).is_empty(), "{mark}, spelling {index}");
            std::fs::remove_file(file).unwrap();
        }
    }
}

/// Sends the marks everywhere; gives what else must not be found: secrets of keys and shares.
fn use_everything(server: &Server, keys: &[String; 3]) -> Vec<String> {
    let [assess, share, admin] = keys;
    let profile = format!(
        r#"{{"uscc": "{CODE}", "employees": {STAFF}, "revenue_wan": {REVENUE}, "exports_goods": true}}"#
    );
    let firm: Value = serde_json::from_str(&profile).unwrap();
    let to = |key: &str, path: &str, kind: &str, body: &str| {
        with_key(server, key, "POST", path, kind, body)
    };
    let json_to = |path: &str, body: &str| to("", path, "application/json", body);
    let mut right = vec![
        json_to("/api/v1/assessments", &profile),
        to(assess, "/api/v1/assessments", "application/json", &profile),
        json_to(
            "/api/v1/assessments:batch",
            &json!({ "profiles": [firm, { "name": NAME }] }).to_string(),
        ),
        to(
            assess,
            "/api/v1/screenings",
            "text/csv",
            &format!(
                "企业名称,统一社会信用代码,从业人数,备注\n{NAME},{CODE},{STAFF},{PLACE}\n{NAME},{CODE}x,x{STAFF},\n"
            ),
        ),
        json_to("/api/v1/shares", &json!({ "profile": firm }).to_string()),
        to(share, "/api/v1/shares", "application/json", &json!({ "profile": firm }).to_string()),
    ];
    let mut secrets: Vec<String> =
        keys.iter().map(|key| key.splitn(3, '_').nth(2).unwrap()[..20].to_owned()).collect();
    for made in &right[4..] {
        let made: Value = serde_json::from_str(&made.body).unwrap();
        secrets.push(made["secret"].as_str().unwrap().to_owned());
    }
    right.push(json_to("/api/v1/shares/open", &json!({ "secret": secrets[3] }).to_string()));
    right.push(json_to("/api/v1/shares/delete", &json!({ "secret": secrets[3] }).to_string()));
    // The form, from its first page to a share and the page that opens it.
    let form = "application/x-www-form-urlencoded";
    let hidden = |page: &str, name: &str| {
        let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let step = |path: &str, body: &str| to("", path, form, body);
    let state = hidden(&server.get("/form").body, "state");
    let basics = step(
        "/form",
        &format!("state={state}&page=@basics&do=next&uscc={CODE}&industry=F5191&name={NAME}"),
    );
    let sizes = format!("page=@size&do=result&employees={STAFF}&revenue_wan={REVENUE}");
    let result = step("/form", &format!("state={}&{sizes}", hidden(&basics.body, "state")));
    let state = format!("state={}", hidden(&result.body, "state"));
    let made = step("/share", &format!("{state}&days=7"));
    secrets.push(hidden(&made.body, "secret"));
    let opened = step("/s", &format!("secret={}", secrets[5]));
    assert!(opened.body.contains(CODE), "the share holds what was typed");
    right.extend([basics, result, made, opened, step("/sheet", &state), step("/copy", &state)]);
    right.push(step("/adviser", &format!("uscc={CODE}&employees={STAFF}&name={NAME}")));
    right.push(server.get(&format!("/suggest/place?q={WORD}")));
    let place: String = PLACE.bytes().map(|byte| format!("%{byte:02X}")).collect();
    right.push(server.get(&format!("/text?q={place}")));
    right.push(server.get(&format!("/supports?measure={STAFF}&kind={WORD}&office={WORD}")));
    right.push(step("/form", &format!("do=about:guarantee-small-micro&employees={STAFF}")));
    for (at, reply) in right.iter().enumerate() {
        assert!((200..300).contains(&reply.status), "{at}: {} {}", reply.status, reply.body);
    }

    // Wrongly: what cannot be read, what is too large, where nothing is, and by whom it may not be.
    let wrong = [
        json_to(
            "/api/v1/assessments",
            &format!("{{\"{WORD}\": \"{NAME}\", \"division\": \"{PLACE}\"}}"),
        ),
        json_to("/api/v1/assessments", &format!("{{\"employees\": \"{NAME}\"")),
        json_to("/api/v1/assessments", &profile.repeat(2000)),
        json_to(&format!("/api/v1/assessments?as_of={WORD}"), &profile),
        json_to(&format!("/api/v1/assessments?rulebook={WORD}"), &profile),
        json_to(&format!("/api/v1/{WORD}"), &profile),
        to("", "/api/v1/assessments", WORD, &profile),
        to("", "/api/v1/screenings", "text/csv", &format!("{NAME}\n{CODE}\n")),
        to(&format!("ea_0123456789ab_{WORD}"), "/api/v1/assessments", "application/json", &profile),
        to(share, "/api/v1/assessments", "application/json", &profile),
        to(admin, "/api/v1/shares", "application/json", &json!({ "profile": firm }).to_string()),
        json_to(
            "/api/v1/shares",
            &json!({ "profile": { WORD: NAME }, "days": STAFF, NAME: 1 }).to_string(),
        ),
        json_to("/api/v1/shares/open", &json!({ "secret": WORD }).to_string()),
        json_to("/api/v1/shares/open", &json!({ "secrets": WORD }).to_string()),
        step("/form", &format!("state={WORD}&uscc={CODE}")),
        step("/form", &format!("page=@basics&do=next&division={PLACE}&uscc={CODE}x")),
        step("/share", &format!("state={WORD}")),
        step("/feedback", &format!("support=guarantee-small-micro&text={CODE}")),
        step("/feedback", &format!("support={WORD}&text={NAME}")),
        step("/s", &format!("secret={WORD}")),
        with_key(server, admin, "GET", &format!("/admin/audit?since={WORD}"), "text/plain", ""),
        server.send(
            "PUT",
            &format!("/api/v1/assessments/{WORD}"),
            &[("Cookie", CODE), ("User-Agent", WORD), ("Referer", NAME)],
            &profile,
        ),
    ];
    for (at, reply) in wrong.iter().enumerate() {
        assert!((400..500).contains(&reply.status), "{at}: {}", reply.status);
    }
    secrets
}

#[test]
fn nothing_of_a_firm_is_left_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    for (index, url) in databases(folder.path(), "leaks").into_iter().enumerate() {
        assert_eq!(run(&["db", "migrate", "--database", &url], "").code, 0);
        let (data, temporary) = (folder.path().join("data"), folder.path().join("temporary"));
        std::fs::create_dir_all(&temporary).unwrap();
        let access = Instance { data: &data, url: &url };
        let keys = ["assess,screen", "share", "admin"].map(|scopes| access.key(scopes, &[]));
        let form = ["text", "json"][index % 2];
        let options = ["--database", &url, "--log", form, "--log-level", "debug"];
        let server = Server::start_in(&data, &temporary, &options);
        until_known(&server, &keys[0]);
        let mut marks = marks();
        marks.extend(use_everything(&server, &keys));

        let audit =
            || with_key(&server, &keys[2], "GET", "/admin/audit?limit=1000", "text/plain", "").body;
        until("the audit is written", || audit().contains("share_delete"));
        let others = [
            server.get("/metrics").body,
            audit(),
            server.get("/readyz").body,
            server.post("/api/v1/assessments", "{\"employees\": \"x\"}").body,
            server.post("/api/v1/assessments", "{}").body,
            server.post("/api/v1/shares/open", "{\"secret\": \"\"}").body,
            server.get("/nowhere").body,
            server.get("/form").body,
        ];
        for other in others {
            assert_eq!(found(other.as_bytes(), &marks), Vec::<String>::new(), "{other}");
        }
        let log = server.log();
        assert!(log.contains("DEBUG") && log.contains("shares"), "it tells each statement: {log}");
        assert!(log.lines().count() > 60);
        assert_eq!(found(log.as_bytes(), &marks), Vec::<String>::new());
        if url.starts_with("postgres") {
            for table in ["rule_books", "api_keys", "shares", "audit", "_sqlx_migrations"] {
                let all = format!("SELECT string_agg(t::text, ' ') FROM {table} t");
                let text = query(&url, Box::leak(all.into_boxed_str()));
                assert!(text.len() > 20, "{table} has rows");
                assert_eq!(found(text.as_bytes(), &marks), Vec::<String>::new(), "{table}");
            }
        } else {
            assert!(query(&url, "SELECT COUNT(*) FROM shares").parse::<i64>().unwrap() > 0);
        }
        // The files while it runs, with what was not yet brought into place, and after it was killed.
        assert_eq!(found_in(folder.path(), &marks), Vec::<String>::new());
        drop(server);
        assert_eq!(found_in(folder.path(), &marks), Vec::<String>::new());
    }
}
