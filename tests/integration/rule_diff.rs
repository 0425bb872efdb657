//! `check --analysis` and `diff` on the command line, and the scripts for those who keep rules in git.

use crate::cli::run;
use crate::support::{files, write_files};
use export_advisor_core::RuleFiles;
use serde_json::Value;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

const SCRIPT: &str = "rules/gbf-2023-10/09-credit-insurance.rhai";
const CONDITION: &str = "firm.supplies_exporters or firm.sells_abroad)\n    .confirm(\"当地有没有";

/// The built-in rules with another condition of `insurance-industry-chain`.
fn edited(condition: &str) -> RuleFiles {
    let mut edited = files().clone();
    let text = edited.get(SCRIPT).unwrap().to_owned();
    assert!(text.contains(CONDITION));
    let with = CONDITION.replace("firm.supplies_exporters or firm.sells_abroad", condition);
    edited.insert(SCRIPT, &text.replace(CONDITION, &with));
    edited
}

fn folder(files: &RuleFiles) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_files(files, folder.path());
    folder
}

#[test]
fn the_analysis_passes_and_finds_what_can_never_hold() {
    let ran = run(&["check", "--analysis", "--format", "json"], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    let open = found["findings"].as_array().unwrap().iter();
    let open = open.filter(|one| one["severity"] == "fault" && one["accepted"].is_null());
    assert_eq!(open.count(), 0, "{}", ran.out);

    let dead = folder(&edited("firm.foreign_trade and !firm.cross_border"));
    let rules = dead.path().join("rules");
    let rules = rules.to_str().unwrap();
    let ran = run(&["check", "--rules", rules, "--analysis", "--lang", "en"], "");
    assert_eq!(ran.code, 1, "{}", ran.out);
    let at = "error[criterion-never]: no firm can meet the criterion";
    assert!(ran.out.contains(at) && ran.out.contains(SCRIPT), "{}", ran.out);
    assert!(ran.out.contains("= smallest example: {"), "{}", ran.out);
    assert!(ran.err.contains("1 findings"), "{}", ran.err);
}

#[test]
fn an_accepted_finding_that_is_gone_is_a_fault() {
    let mut files = files().clone();
    let path = "rules/gbf-2023-10/cases/09-credit-insurance.toml";
    let text = files.get(path).unwrap().to_owned();
    let accept = "\n[[accept]]\nfinding = \"criterion-never\"\nabout = \"credit-insurance/x\"\nreason = \"why\"\n";
    files.insert(path, &format!("{text}{accept}"));
    let rules = folder(&files);
    let rules = rules.path().join("rules");
    let ran = run(&["check", "--rules", rules.to_str().unwrap(), "--analysis"], "");
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("no longer finds `criterion-never` of `credit-insurance/x`"),
        "{}",
        ran.err
    );
}

#[test]
fn two_books_are_compared_as_text_json_and_page() {
    let new = folder(&edited("firm.supplies_exporters and firm.sells_abroad"));
    let new = new.path().to_str().unwrap();
    let text = run(&["diff", "builtin", new, "--lang", "en"], "");
    assert_eq!(text.code, 0, "{}", text.err);
    for part in [
        "1 support changes for some firms.",
        "> 9.2 ",
        "applies → undetermined",
        "- condition of the criterion",
    ] {
        assert!(text.out.contains(part), "{part}: {}", text.out);
    }
    let json = run(&["diff", "builtin", new, "--format", "json"], "");
    let json: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(
        (&json["moves_firms"], &json["items"][0]["id"]),
        (&Value::Bool(true), &"insurance-industry-chain".into())
    );
    let page = run(&["diff", "builtin", new, "--format", "html"], "");
    assert!(
        page.out.contains("<html lang=\"zh-CN\">") && !page.out.contains("<script"),
        "{}",
        page.out
    );

    let same = folder(&edited("firm.sells_abroad or firm.supplies_exporters"));
    let same = run(&["diff", "builtin", same.path().to_str().unwrap(), "--lang", "en"], "");
    assert!(same.out.contains("No support changes for any firm (proved)."), "{}", same.out);
    let none = run(&["diff", "builtin", "builtin", "--lang", "en"], "");
    assert!(none.out.contains("Nothing differs."), "{}", none.out);
}

#[test]
fn a_book_may_be_an_archive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.zip");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in edited("firm.sells_abroad").iter() {
        archive.start_file(name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
    let ran = run(&["diff", "builtin", path.to_str().unwrap(), "--lang", "en"], "");
    assert!(ran.code == 0 && ran.out.contains("1 support changes"), "{} {}", ran.out, ran.err);

    std::fs::write(&path, "no archive").unwrap();
    let ran = run(&["diff", "builtin", path.to_str().unwrap()], "");
    assert!(ran.code == 3 && ran.err.contains("rules.zip"), "{} {}", ran.code, ran.err);
    let data = folder.path().to_str().unwrap();
    let ran = run(&["diff", "builtin", "sha256:0000000000", "--data", data], "");
    assert_ne!(ran.code, 0, "{}", ran.out);
}

/// The scripts of the page, as they stand there.
fn script(page: &str, containing: &str) -> String {
    let mut blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.find(|block| block.contains(containing)).unwrap().to_owned()
}

#[test]
fn the_scripts_for_git_refuse_and_report() {
    let page = include_str!("../../docs/rules-in-git.md");
    let repository = folder(files());
    let root = repository.path();
    let git = |args: &[&str]| {
        let mut command = command("git", root);
        command
            .args(["-c", "user.name=Officer", "-c", "user.email=officer@example.org"])
            .args(args);
        command.output().unwrap()
    };
    assert!(git(&["init", "--quiet", "--initial-branch=main"]).status.success());
    let hook = root.join(".git/hooks/pre-commit");
    std::fs::write(&hook, script(page, "checkout-index")).unwrap();
    assert!(Command::new("chmod").arg("+x").arg(&hook).status().unwrap().success());
    git(&["add", "rules", "seeds"]);
    let first = git(&["commit", "--quiet", "-m", "First"]);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));

    write_files(&edited("firm.foreign_trade and !firm.cross_border"), root);
    git(&["add", "rules"]);
    let refused = git(&["commit", "--quiet", "-m", "Dead criterion"]);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned()
        + &String::from_utf8_lossy(&refused.stdout);
    assert!(said.contains("criterion-never"), "{said}");

    write_files(&edited("firm.supplies_exporters and firm.sells_abroad"), root);
    let comment = command("sh", root)
        .args(["-c", &script(page, "git archive"), "rules-diff", "main"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&comment.stdout).into_owned();
    assert!(
        text.contains("insurance-industry-chain"),
        "{text} {}",
        String::from_utf8_lossy(&comment.stderr)
    );
}

/// A command in a folder, with the program on the path.
fn command(name: &str, folder: &Path) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_export-advisor")).parent().unwrap();
    let mut path = std::ffi::OsString::from(program);
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut command = Command::new(name);
    command.current_dir(folder).env("PATH", path);
    command
}
