//! Every file of the corpus through its target, and each check with a fault that it must notice.
#![allow(clippy::disallowed_methods, reason = "a test: reads files")]

use export_advisor_fuzz::product::{Reply, RuleFault, Screened};
use export_advisor_fuzz::{TARGETS, lists, pages, profiles, rules, settings};
use std::fs;
use std::path::Path;

/// The largest file of a corpus, the most files, and the most bytes in all.
const MOST: [u64; 3] = [8 << 10, 40, 150_000];

fn replay(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let mut sizes = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        sizes.push(bytes.len() as u64);
        target(&bytes);
    }
    let [largest, files, all] = MOST;
    assert!(sizes.iter().all(|size| *size <= largest), "{name}: a file is too large");
    assert!((1..=files).contains(&(sizes.len() as u64)), "{name}: {} files", sizes.len());
    assert!(sizes.iter().sum::<u64>() <= all, "{name}: the corpus is too large");
}

macro_rules! replays {
    ($($name:ident)*) => { $(
        #[test]
        fn $name() {
            replay(stringify!($name));
        }
    )* };
}

/// One test a target.
mod corpus_of {
    use super::replay;
    replays!(csv ndjson xlsx parquet profile form_body signed_state rule_script policy_text config);
}

#[test]
fn every_target_is_a_program_with_a_corpus() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = |folder: &str| {
        let entries = fs::read_dir(here.join(folder)).unwrap();
        let name = |entry: fs::DirEntry| entry.path().file_stem().unwrap().to_owned();
        let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort();
        names
    };
    let mut targets = TARGETS.map(|(name, _)| std::ffi::OsString::from(name)).to_vec();
    targets.sort();
    assert_eq!(names("fuzz_targets"), targets);
    assert_eq!(names("corpus"), targets);
}

// ---- each check notices what it is for ---------------------------------------------------------

fn screened() -> Screened {
    Screened {
        rows_in: 3,
        rows_out: 3,
        counted: 3,
        faulty: 1,
        unreadable: 1,
        not_firms: 0,
        fault_rows: vec![3],
        statuses: vec![[1, 1, 0], [0, 0, 2]],
    }
}

#[test]
fn a_lost_row_is_noticed() {
    assert_eq!(lists::counted(&screened()), Ok(()));
    for wrong in [
        Screened { rows_out: 2, ..screened() },
        Screened { counted: 4, ..screened() },
        Screened { fault_rows: vec![0], ..screened() },
        Screened { fault_rows: vec![4, 1], ..screened() },
        Screened { faulty: 4, ..screened() },
        Screened { unreadable: 0, ..screened() },
        Screened { not_firms: 3, ..screened() },
        Screened { statuses: vec![[1, 1, 1]], ..screened() },
    ] {
        assert!(lists::counted(&wrong).is_err(), "{wrong:?}");
    }
    let short = Screened { rows_in: 2, ..screened() };
    assert!(lists::reads_own(&screened(), &screened()).is_ok());
    assert!(lists::reads_own(&screened(), &short).is_err());
    let clean = Screened { faulty: 0, unreadable: 0, ..screened() };
    let other = Screened { statuses: vec![[2, 0, 0], [0, 0, 2]], ..clean.clone() };
    assert!(lists::reads_own(&clean, &clean).is_ok());
    assert!(lists::reads_own(&clean, &other).is_err());
}

#[test]
fn another_output_is_noticed() {
    assert!(lists::same(&screened(), &screened(), b"a", b"a").is_ok());
    assert!(lists::same(&screened(), &screened(), b"a", b"b").is_err());
}

#[test]
fn a_refusal_that_names_no_line_of_the_file_is_noticed() {
    let nowhere = Path::new("/nonexistent/output");
    assert!(lists::refused("line 2: a quote", b"a\n\"b", nowhere).is_ok());
    assert!(lists::refused("line 3: a quote", b"a\n\"b", nowhere).is_err());
    assert!(lists::refused("", b"a", nowhere).is_err());
    assert!(lists::refused("refused", b"a", Path::new("/")).is_err());
}

#[test]
fn a_flipped_status_is_noticed() {
    let [yes, no, open] = [Some(true), Some(false), None];
    assert!(profiles::never_flips(&[open, yes, no], &[yes, yes, no]).is_ok());
    for more in [no, open] {
        assert!(profiles::never_flips(&[open, yes], &[yes, more]).is_err());
    }
    let json = serde_json::json!({ "supports": [{ "status": "applies" }] });
    assert!(profiles::says(&json, &[yes]).is_ok());
    assert!(profiles::says(&json, &[no]).is_err());
    assert!(profiles::says(&json, &[yes, no]).is_err());
}

#[test]
fn a_failure_and_markup_of_the_service_are_noticed() {
    let reply = |status, body: &str| Reply { status, body: body.into() };
    assert!(pages::answered("/form", &reply(200, "&lt;zq")).is_ok());
    assert!(pages::answered("/form", &reply(200, "a <zq>")).is_err());
    assert!(pages::answered("/form", &reply(500, "")).is_err());
    assert!(pages::answered("/form", &reply(503, "")).is_err());
    assert!(pages::answered("/share", &reply(503, "")).is_ok());
    // A state that was altered and taken, and a good one that was refused.
    assert!(pages::judged(&reply(400, ""), false).is_ok());
    assert!(pages::judged(&reply(200, ""), false).is_err());
    assert!(pages::judged(&reply(400, ""), true).is_err());
}

#[test]
fn a_fault_out_of_its_file_is_noticed() {
    let fault = RuleFault {
        file: "rules/a.rhai".into(),
        line: 2,
        column: 3,
        source: "bcd".into(),
        message: "wrong".into(),
        help: "mend".into(),
        printed: "error".into(),
    };
    let text = "a\nbcd\n";
    assert!(rules::is_in(&fault, text).is_ok());
    assert!(
        rules::is_in(
            &RuleFault { line: 3, source: String::new(), column: 1, ..fault.clone() },
            text
        )
        .is_ok()
    );
    for wrong in [
        RuleFault { line: 4, ..fault.clone() },
        RuleFault { column: 5, ..fault.clone() },
        RuleFault { source: "a".into(), ..fault.clone() },
        RuleFault { help: String::new(), ..fault },
    ] {
        assert!(rules::is_in(&wrong, text).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_setting_that_is_not_named_is_noticed() {
    let text = "bind = 1\n";
    assert!(settings::named("error[toml]: wrong\n  --> settings:1:8\n", text).is_ok());
    assert!(settings::named("error[setting]: `jobs` is 0\n", text).is_ok());
    assert!(settings::named("error[toml]: wrong\n  --> settings:9:8\n", text).is_err());
    assert!(settings::named("error[toml]: wrong\n", text).is_err());
    assert!(settings::named("", text).is_err());
    assert!(settings::named("`database` postgres://u:zqsecret@h", text).is_err());
}
