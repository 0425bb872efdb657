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
    let some = run(&["test", "08-credit"], "");
    let some: usize = some.out.split(' ').next().unwrap().parse().unwrap();
    assert!(some > 0 && some < passed, "{some}");
    let none = run(&["test", "nosuchcase"], "");
    assert!(none.code == 2 && none.err.contains("no case has `nosuchcase`"), "{}", none.err);
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
    for (lang, texts) in [
        ("zh", ["先去这几处", "现在可以去问、去办", "还不能确定", "不适用及原因"]),
        (
            "en",
            [
                "Where to go first",
                "What you can ask for now",
                "Undetermined: more to find out",
                "What does not apply",
            ],
        ),
    ] {
        let ran = run(
            &["assess", "-", "--format", "text", "--lang", lang, "--as-of", "2026-11-25"],
            firm,
        );
        assert_eq!(ran.code, 0, "{}", ran.err);
        let indices: Vec<usize> =
            texts.iter().map(|w| ran.out.find(w).unwrap_or_else(|| panic!("no {w}"))).collect();
        assert!(
            indices.is_sorted(),
            "first where to go, then what applies, what is open, and what does not apply"
        );
    }
}

#[test]
fn wrong_input_is_told_and_wrong_usage_is_apart() {
    let ran = run(&["assess", "-", "--lang", "en"], r#"{"exprts_goods": 1, "employees": "x"}"#);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("/exprts_goods") && ran.err.contains("/employees"), "{}", ran.err);
}

#[test]
fn the_exit_status_says_whose_fault_it_is() {
    let (folder, list) = crate::screen::folder("list.csv", "名称,是否出口\n甲,是\n乙,可能\n");
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("empty.csv"), "").unwrap();
    std::fs::write(at("twice.csv"), "是否出口,有无出口\n是,否\n").unwrap();
    std::fs::write(at("list.ndjson"), "{\"employees\": 1}\n").unwrap();
    let (list, out) = (list.to_str().unwrap(), at("out.csv"));
    let screen = |input: &str, more: &[&str]| {
        let args = [&["screen", input, "--quiet"], more].concat();
        let more = if more.contains(&"-o") { vec![] } else { vec!["-o", &out] };
        let ran = run(&[args, more].concat(), "");
        (ran.code, ran.err)
    };
    let other = |args: &[&str]| {
        let ran = run(args, "{}");
        (ran.code, ran.err)
    };
    let sqlite = format!("sqlite:{}", at("none.sqlite"));
    for (status, what, ran) in [
        (4, "a row", screen(list, &[])),
        (1, "no header", screen(&at("empty.csv"), &[])),
        (1, "two columns of one fact", screen(&at("twice.csv"), &[])),
        (2, "no such support", screen(list, &["--supports", "x"])),
        (2, "no such fact", screen(list, &["--derive", "x"])),
        (2, "no such status", screen(list, &["--matches", &at("m.csv"), "--status", "x"])),
        (2, "no list to call", screen(list, &["--matches", &at("m.parquet")])),
        (2, "no such encoding", screen(list, &["--encoding", "x"])),
        (2, "no such column", screen(list, &["--map", "x=employees"])),
        (2, "no such fact for a column", screen(list, &["--map", "名称=x"])),
        (2, "no such file of columns", screen(list, &["--map", &at("x.toml")])),
        (2, "a sheet of text", screen(list, &["--sheet", "x"])),
        (2, "a delimiter of lines", screen(&at("list.ndjson"), &["--delimiter", ";"])),
        (2, "an encoding of a workbook", screen(&at("a.xlsx"), &["--encoding", "utf-8"])),
        (2, "an encoding of columns", screen(&at("a.parquet"), &["--encoding", "utf-8"])),
        (2, "more threads than a system has", screen(list, &["--workers", "100000"])),
        (2, "no thread", other(&["verify", "x", "--workers", "0"])),
        (2, "no form by its name", screen(list, &["-o", &at("out.doc")])),
        (2, "no form by its word", screen(list, &["--to", "doc"])),
        (2, "the list itself", screen(list, &["-o", list])),
        (2, "no argument", other(&["assess"])),
        (2, "no day", other(&["assess", "-", "--as-of", "soon"])),
        (2, "no command", other(&["frobnicate"])),
        (2, "no database's address", other(&["db", "check", "--database", "mysql://a/b"])),
        (2, "no name of a table", other(&["sql", "--dialect", "sqlite", "--table", ""])),
        (3, "no list", screen(&at("none.csv"), &[])),
        (3, "no folder", screen(list, &["-o", &at("none/out.csv")])),
        (3, "no profile", other(&["assess", &at("none.json")])),
        (3, "no rules", other(&["check", "--rules", &at("none")])),
        (3, "no manifest", other(&["verify", &at("none.json")])),
        (3, "no database", other(&["db", "check", "--database", &sqlite])),
    ] {
        assert_eq!(ran.0, status, "{what}: {}", ran.1);
        assert!(!ran.1.is_empty(), "{what}");
        let written = std::fs::remove_file(&out).is_ok();
        assert_eq!(
            written,
            what == "a row",
            "{what}: only a list with faulty rows leaves anything"
        );
        let _ = std::fs::remove_file(at("out.csv.manifest.json"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4, "{what}");
    }
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
