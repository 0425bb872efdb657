//! Which faults are reported of broken rules, and which are not: nothing is passed over in silence, and
//! nothing is reported that only follows from another fault.

use crate::broken::{SCRIPT, faults_of};
use crate::support::{advisor, files};
use export_advisor_core::diagnostic::Diagnostic;
use export_advisor_core::facts::{FaultKind, Suggestions, parse};
use export_advisor_core::files::RuleFiles;
use export_advisor_core::rulebook::{Case, read_cases};
use export_advisor_core::script::load;
use std::collections::HashSet;

/// The codes of all faults that `check` finds in rules and cases.
fn codes_of(change: impl FnOnce(&mut RuleFiles)) -> Vec<&'static str> {
    let mut files = files().clone();
    change(&mut files);
    let loaded = load(&files);
    let mut faults = loaded.faults;
    let ids: Vec<&str> = loaded.book.supports.iter().map(|s| s.id.as_str()).collect();
    read_cases(&files, &ids, &mut faults);
    faults.iter().map(|fault| fault.code).collect()
}

/// A fault that takes nothing away hides no other.
#[test]
fn a_misspelt_fact_is_reported_beside_faults_that_lose_none() {
    let codes = codes_of(|files| {
        for (file, from, to) in [
            ("rules/facts/basics.toml", "min = 0", "min = 99999999999999"),
            (SCRIPT, "firm.foreign_trade", "firm.foreign_trad"),
        ] {
            let text = files.get(file).unwrap();
            assert!(text.contains(from), "{from}");
            let text = text.replacen(from, to, 1);
            files.insert(file, &text);
        }
        files.insert("rules/facts/notes.txt", "");
    });
    for code in ["fact-range", "stray-file", "unknown-fact"] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
}

#[test]
fn a_name_that_no_script_can_say_is_reported_with_its_location() {
    for line in ["name = \"in\"", "name=\"in\"", "name  =  'in' # so"] {
        let facts = "rules/facts/basics.toml";
        let faults = faults_of(|files| {
            let fact = "\n[[fact]]\nLINE\ntype = \"bool\"\nlabel = { zh = \"甲\", en = \"a\" }\nquestion = { zh = \"甲\", en = \"a\" }\nhelp = { zh = \"甲\", en = \"a\" }\nchangeable = true\n";
            let text = format!("{}{}", files.get(facts).unwrap(), fact.replace("LINE", line));
            files.insert(facts, &text);
        });
        let fault = faults.iter().find(|fault| fault.code == "fact-name").unwrap();
        assert!(fault.file == facts && fault.line > 1, "{line}: {fault}");
    }
}

/// What was to come from a file that could not be read is not missed elsewhere.
#[test]
fn a_fault_stands_without_what_follows_from_it() {
    const POLICY: &str = "rules/gbf-2023-10";
    for name in ["policy.toml", "background.toml", "cases/08-credit.toml"] {
        let file = format!("{POLICY}/{name}");
        assert_eq!(codes_of(|files| files.insert(&file, "[")), ["toml"], "{file}");
    }
    let shared = ["rules/kinds.toml", "rules/facts/trade.toml", "rules/facts/basics.toml"];
    for file in shared {
        assert_eq!(codes_of(|files| files.insert(file, "[")), ["toml"], "{file}");
    }
    let seeds: Vec<String> = files().iter().map(|(path, _)| path.to_owned()).collect();
    let seeds = seeds.iter().filter(|path| path.starts_with("seeds/"));
    let missing = vec!["no-seed"; seeds.clone().count()];
    assert_eq!(codes_of(|files| seeds.for_each(|path| drop(files.remove(path)))), missing);
    for (file, text) in files().iter().filter(|(path, _)| path.starts_with("rules/tables/")) {
        let codes: HashSet<&str> =
            codes_of(|files| files.insert(file, &text.replace('\t', "  "))).into_iter().collect();
        assert_eq!(codes, HashSet::from(["table-head"]), "{file}");
    }
    for (from, to, code) in [
        ("measure(10);", "measure(19);", "unknown-measure"),
        ("measure(10);", "measure(10;", "syntax"),
        ("stated, ", "", "wrong-call"),
        (".access(\"apply\")", ".acess(\"apply\")", "unknown-function"),
        (".title(", ".title(firm.employees < 1,000, ", "wrong-call"),
    ] {
        let reported = codes_of(|files| {
            let text = files.get(SCRIPT).unwrap();
            assert!(text.contains(from), "{from}");
            let text = text.replacen(from, to, 1);
            files.insert(SCRIPT, &text);
        });
        assert_eq!(reported, [code], "{to}");
    }
    for (file, text) in files().iter().filter(|(path, _)| path.starts_with("rules/derive/")) {
        let text = format!("{text}\nderive(\"size\").from(1);\n");
        assert_eq!(codes_of(|files| files.insert(file, &text)), ["unknown-function"], "{file}");
    }
}

#[test]
fn a_file_that_nobody_reads_is_reported() {
    for (path, remedy) in [
        ("rules/cases/08-credit.toml", "cases/ of their policy"),
        ("rules/08-credit.rhai", "in the folder of their policy"),
        ("rules/gbf-2023-10/08-credit.toml", "cases/ of their policy"),
        ("rules/gbf-2023-10/cases/08-credit.toml.txt", "ends in .toml"),
        ("rules/gbf-2023-10/08-credit2.rhai.txt", "ends in .rhai"),
        ("rules/gbf-2023-10/more/08-credit.rhai", "directly in the folder"),
        ("rules/gbf-2023-10/gba.tsv", "rules/tables/"),
        ("rules/facts/x.TOML", "ends in .toml"),
        ("rules/derive/old.rhai~", "ends in .rhai"),
        ("rules/notes.docx", ".md"),
        ("rules/local-2026-1/01-fairs.rhai", "policy.toml"),
    ] {
        let faults = faults_of(|files| files.insert(path, ""));
        let [fault] = faults.as_slice() else { panic!("{path}: {faults:?}") };
        assert!(["stray-file", "no-policy-file"].contains(&fault.code), "{path}: {fault}");
        assert!(format!("{} {}", fault.message, fault.help).contains(remedy), "{path}: {fault}");
    }
    assert!(faults_of(|files| files.insert("rules/local-2026-1/notes.md", "")).is_empty());
}

/// Reads one case of a file that has nothing else.
fn case(line: &str) -> Result<Case, Diagnostic> {
    let mut files = files().clone();
    let path = "rules/gbf-2023-10/cases/08-credit.toml";
    files
        .insert(path, &format!("[[case]]\nname = \"x\"\n{line}\nexpect = {{ a = \"applies\" }}\n"));
    let mut faults = Vec::new();
    let read = read_cases(&files, &["a"], &mut faults);
    match faults.into_iter().find(|fault| fault.file == path) {
        Some(fault) => Err(fault),
        None => Ok(read.into_iter().find(|file| file.path == path).unwrap().cases.remove(0)),
    }
}

#[test]
fn a_number_of_a_case_keeps_its_digits() {
    for (written, json) in [
        ("1999.9999999999999999", "1999.9999999999999999"),
        ("+1_999.50", "1999.50"),
        ("-0.1", "-0.1"),
        ("2e3", "2e3"),
        ("0x10", "16"),
    ] {
        let case = case(&format!("firm = {{ revenue_wan = {written} }}")).unwrap();
        assert_eq!(case.firm, format!("{{\"revenue_wan\":{json}}}"));
    }
    for written in ["nan", "+inf", "-inf"] {
        let fault = case(&format!("firm = {{ employees = {written} }}")).unwrap_err();
        assert_eq!(fault.code, "case", "{fault}");
        assert!(fault.message.contains(written), "{fault}");
    }
}

#[test]
fn a_list_of_a_case_in_the_wrong_form_is_reported_in_plain_english() {
    for line in ["would_change = [\"x\"]", "missing = [[\"x\"]]", "missing = \"x\""] {
        let fault = case(&format!("firm = {{}}\n{line}")).unwrap_err();
        assert!(fault.message.contains("`would_change = [[\"x\"]]`"), "{fault}");
        assert!(!fault.message.contains("OneOrEach"), "{fault}");
    }
}

/// A code that is suggested in place of one that was refused is taken, and stands for what was meant.
#[test]
fn a_suggested_code_is_accepted() {
    let book = advisor().book();
    let read = |fact: &str, code: &str| {
        parse(&book.catalogue, &book.reference, format!("{{\"{fact}\":\"{code}\"}}").as_bytes())
    };
    let suggested = |fact: &str, code: &str| {
        let faults = read(fact, code).unwrap_err();
        assert!(matches!(faults[0].kind, FaultKind::BadCode { .. }), "{code}: {faults:?}");
        Suggestions::new(&book.catalogue, &book.reference).of(&faults[0]).map(str::to_owned)
    };
    for (fact, code, wanted) in [
        ("division", "44", Some("440000")),
        ("division", "4403", Some("440300")),
        ("division", "44030", Some("440300")),
        ("industry", "F", None),
    ] {
        assert_eq!(suggested(fact, code).as_deref(), wanted, "{code}");
    }
    let mut rng = fastrand::Rng::with_seed(1);
    for _ in 0..2000 {
        let digits = |rng: &mut fastrand::Rng| rng.u32(10..10_000).to_string();
        let codes = [
            ("division", digits(&mut rng)),
            ("industry", format!("{}{}", rng.char('A'..='T'), digits(&mut rng))),
        ];
        for (fact, code) in codes.iter().filter(|(fact, code)| read(fact, code).is_err()) {
            if let Some(known) = suggested(fact, code) {
                assert!(read(fact, &known).is_ok(), "{code}: {known}");
            }
        }
    }
}
