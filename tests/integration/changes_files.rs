//! The files of the last screening: what is refused where one was altered, what is never replaced, and what `verify`
//! repeats of them.

use crate::changes::{HEADER, Months, SUPPORTS, list, manifest};
use crate::cli::run;
use serde_json::json;

#[test]
fn a_last_screening_that_was_changed_is_refused() {
    let months = Months::new("guarantee-small-micro");
    let row = |id: &str| format!("{HEADER}{id},是,12,F5191,是,,\n");
    months.write("last_list.csv", row("A"));
    months.write("list.csv", row("A"));
    months.last("last_list.csv", "2026-01-01", &[]);
    let (output, changes) = (months.text("last.csv"), months.text("changes.csv"));
    let record = months.text("last.csv.manifest.json");
    let attempt = |last: &str, more: &[&str]| {
        let compare = ["--previous", last, "--key", "编号", "--changes", &changes, "--lang", "en"];
        months.screen("list.csv", "now.csv", "2026-01-15", &[&compare, more].concat())
    };
    let refused = |last: &str, more: &[&str], why: &str| {
        let (code, err) = attempt(last, more);
        assert!(code == 1 && err.contains(why), "{code}: {err}");
        assert!(!months.path("now.csv").exists() && !months.path("changes.csv").exists());
    };
    months.write("other_list.csv", row("B"));
    let other = months.text("other_list.csv");
    refused(&output, &["--previous-list", &other], "is not the file of that screening");
    months.write("last_list.csv", "编号,revenue,收入\nA,1,2\n");
    refused(&output, &[], "is not the file of that screening");
    std::fs::remove_file(months.path("last_list.csv")).unwrap();
    refused(&record, &[], "say with --previous-list where it is now");
    months.write("moved.csv", row("A"));
    let moved = months.text("moved.csv");
    for last in [&output, &record] {
        let (code, err) = attempt(last, &["--previous-list", &moved]);
        assert_eq!(code, 0, "{err}");
        std::fs::remove_file(months.path("now.csv")).unwrap();
        std::fs::remove_file(months.path("changes.csv")).unwrap();
    }
    // The output counts if it is what names the screening.
    months.write("last.csv", "changed");
    refused(&output, &["--previous-list", &moved], "is not the file of that screening");
    let (code, err) = attempt(&record, &["--previous-list", &moved]);
    assert_eq!(code, 0, "{err}");
    let (code, err) = attempt(&months.text("list.csv"), &[]);
    assert!(code == 3 && err.contains("list.csv.manifest.json"), "{err}");
}

#[test]
fn no_file_of_the_last_screening_is_replaced() {
    let months = Months::new("guarantee-small-micro");
    months.write("last_list.csv", format!("{HEADER}A,是,12,F5191,是,,\n"));
    months.write("list.csv", format!("{HEADER}A,是,12,F5191,是,,\n"));
    months.last("last_list.csv", "2026-01-01", &[]);
    let last = months.text("last.csv");
    for (output, changes) in [
        ("last.csv", "changes.csv"),
        ("last_list.csv", "changes.csv"),
        ("now.csv", "now.csv"),
        ("now.csv", "now.csv.manifest.json"),
        ("now.csv", "list.csv"),
        ("now.csv", "last_list.csv"),
        ("now.csv", "last.csv"),
    ] {
        let changes = months.text(changes);
        let compare = ["--previous", &last, "--key", "编号", "--changes", &changes, "--lang", "en"];
        let (code, err) = months.screen("list.csv", output, "2026-01-15", &compare);
        let is_refused = err.contains("is the input, or another output") || err.contains("form");
        assert!(code == 2 && is_refused, "{output}, {changes}: {err}");
    }
}

#[test]
fn verify_repeats_the_changes_or_says_why_it_cannot() {
    let months = Months::new(SUPPORTS);
    months
        .write("last_list.csv", list(&["A1,是,12,F5191,是,500157,", "A2,是,12,F5191,是,500157,"]));
    months.write("list.csv", list(&["A1,是,320,F5191,是,500157,", "A3,是,12,F5191,是,500157,"]));
    months.last("last_list.csv", "2026-01-01", &[]);
    months.changes("list.csv", "2026-01-15", &[]);
    let record = &manifest(&months)["changes"];
    assert_eq!(record["key"], "编号");
    assert_eq!(record["counts"]["causes"], json!({ "fact": 1, "new_client": 1, "gone": 1 }));
    assert_eq!(record["counts"]["supports"], json!({ "guarantee-small-micro": { "fact": 1 } }));
    assert_eq!(record["output"]["form"], "ndjson");
    let path = months.text("now.csv.manifest.json");
    let verify = |more: &[&str]| run(&[&["verify", &path, "--lang", "en"], more].concat(), "");
    let ran = verify(&[]);
    assert!(ran.code == 0 && ran.out.starts_with("the same: 2 rows"), "{ran:?}");
    // The file of changes was touched.
    let changes = std::fs::read(months.path("changes.ndjson")).unwrap();
    months.write("changes.ndjson", "{}\n");
    let ran = verify(&[]);
    assert!(ran.code == 1 && ran.err.contains("file of changes on the disk"), "{ran:?}");
    months.write("changes.ndjson", &changes);
    // A wrong record.
    let text = std::fs::read_to_string(months.path("now.csv.manifest.json")).unwrap();
    let wrong = text.replacen("\"fact\": 1", "\"fact\": 2", 1);
    assert_ne!(text, wrong);
    months.write("now.csv.manifest.json", &wrong);
    let ran = verify(&[]);
    assert!(ran.code == 1 && ran.err.contains("changes, made again"), "{ran:?}");
    months.write("now.csv.manifest.json", &text);
    // The last list has gone: all else is repeated.
    std::fs::rename(months.path("last_list.csv"), months.path("moved.csv")).unwrap();
    let ran = verify(&[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(ran.err.trim().lines().count(), 1, "{ran:?}");
    assert!(
        ran.err.contains("the changes were not repeated") && ran.err.contains("--previous-list"),
        "{ran:?}"
    );
    let moved = months.text("moved.csv");
    assert_eq!(verify(&["--previous-list", &moved]).code, 0);
    std::fs::remove_file(months.path("last.csv.manifest.json")).unwrap();
    let ran = verify(&["--previous-list", &moved]);
    assert!(ran.code == 1 && ran.err.contains("the changes were not repeated"), "{ran:?}");
}

/// A chunk has some thousand rows: keys are matched over all of them, whichever thread has them.
#[test]
fn a_program_that_answers_otherwise_than_the_last_one_says_so() {
    let months = Months::new("guarantee-small-micro");
    months.write("last_list.csv", format!("{HEADER}A,是,12,F5191,是,,\n"));
    months.write("list.csv", format!("{HEADER}A,是,12,F5191,是,,\n"));
    months.last("last_list.csv", "2026-01-01", &[]);
    let (last, changes) = (months.text("last.csv"), months.text("changes.csv"));
    let compare = ["--previous", &last, "--key", "编号", "--changes", &changes, "--lang", "en"];
    let note =
        "this program counts other statuses in it than its manifest has (guarantee-small-micro)";
    let (code, err) = months.screen("list.csv", "now.csv", "2026-01-15", &compare);
    assert!(code == 0 && !err.contains(note), "{err}");
    let path = months.path("last.csv.manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"applies\": 1", "\"applies\": 0", 1)).unwrap();
    let (code, err) = months.screen("list.csv", "now.csv", "2026-01-15", &compare);
    assert!(code == 0 && err.contains(note), "{err}");
}
