//! The command line: what it prints, and its exit status.

use std::io::Write;
use std::process::{Command, Stdio};

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs the program.
pub fn run(args: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_export-advisor"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn check_passes_and_counts() {
    let ran = run(&["check"], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("58 of 58 sentences accounted for (50 cited, 8 background)"),
        "{}",
        ran.out
    );
}

#[test]
fn test_runs_every_case() {
    let ran = run(&["test"], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let passed: usize = ran.out.split(' ').next().unwrap().parse().unwrap();
    assert!(passed > 100, "{}", ran.out);
}

#[test]
fn a_broken_copy_of_the_rules_fails_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    crate::support::write_files(crate::support::files(), folder.path());
    let rules = folder.path().join("rules");
    let rules = rules.to_str().unwrap();
    assert_eq!(run(&["check", "--rules", rules], "").code, 0);
    let script = folder.path().join("rules/gbf-2023-10/08-credit.rhai");
    let text = std::fs::read_to_string(&script).unwrap();
    std::fs::write(&script, text.replacen("firm.size", "firm.sise", 1)).unwrap();
    let ran = run(&["check", "--rules", rules], "");
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("08-credit.rhai:") && ran.err.contains("did you mean `firm.size`?"),
        "{}",
        ran.err
    );
    std::fs::write(&script, text).unwrap();
    let cases = folder.path().join("rules/gbf-2023-10/cases/08-credit.toml");
    let text = std::fs::read_to_string(&cases).unwrap();
    std::fs::write(&cases, text.replace("\"applies\"", "\"does_not_apply\"")).unwrap();
    let ran = run(&["test", "--rules", rules], "");
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("cases/08-credit.toml:") && ran.err.contains("the rules say `applies`"),
        "{}",
        ran.err
    );
}

#[test]
fn assess_prints_text_for_people() {
    let firm = r#"{"exports_goods": true, "imports_goods": false, "industry": "F5292", "employees": 6, "financing_need": true}"#;
    for (lang, words) in [
        ("zh", ["现在就能做", "还不能确定", "不适用及原因"]),
        ("en", ["What you can do now", "Undetermined: more to find out", "What does not apply"]),
    ] {
        let ran = run(
            &["assess", "-", "--format", "text", "--lang", lang, "--as-of", "2026-11-25"],
            firm,
        );
        assert_eq!(ran.code, 0, "{}", ran.err);
        let places: Vec<usize> =
            words.iter().map(|w| ran.out.find(w).unwrap_or_else(|| panic!("no {w}"))).collect();
        assert!(
            places.is_sorted(),
            "first what to do, then what is open, then what does not apply"
        );
    }
}

#[test]
fn wrong_input_is_told_and_wrong_usage_is_apart() {
    let ran = run(&["assess", "-", "--lang", "en"], r#"{"exprts_goods": 1, "employees": "x"}"#);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("/exprts_goods") && ran.err.contains("/employees"), "{}", ran.err);
    assert_eq!(run(&["assess", "no-such-file.json"], "").code, 1);
    assert_eq!(run(&["assess"], "").code, 2);
    assert_eq!(run(&["assess", "-", "--as-of", "soon"], "{}").code, 2);
    assert_eq!(run(&["frobnicate"], "").code, 2);
}

#[test]
fn help_completions_and_lists_are_printed() {
    for args in
        [["serve", "--help"], ["assess", "--help"], ["completions", "bash"], ["facts", "--lang=en"]]
    {
        let ran = run(&args, "");
        assert_eq!(ran.code, 0, "{args:?}");
        assert!(!ran.out.is_empty(), "{args:?}");
    }
    let schema = run(&["facts", "--format", "json-schema"], "");
    let schema: serde_json::Value = serde_json::from_str(&schema.out).unwrap();
    assert!(schema["properties"]["employees"].is_object());
    assert!(run(&["facts", "--format", "csv-header"], "").out.contains("employees,"));
}
