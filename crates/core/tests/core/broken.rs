//! Rules that are broken on purpose: the built-in files with one change.

use crate::support::files;
use export_advisor_core::diagnostic::Diagnostic;
use export_advisor_core::files::RuleFiles;
use export_advisor_core::script::load;

/// The script that most changes are made to.
pub const SCRIPT: &str = "rules/gbf-2023-10/10-settlement.rhai";

/// A support that stands at the end of a script, with one line put in.
pub fn support(line: &str) -> String {
    format!(
        "\nsupport(\"trial\")\n    .title(\"试\", \"trial\").summary(\"试。\", \"trial\").benefit(\"info\")\n    .access(\"apply\").cites(\"10.2\", \"企业充分享惠\").channel(\"bank\").ask(\"乙\", \"b\")\n    {line};\n"
    )
}

pub fn requires(condition: &str) -> String {
    support(&format!(".requires(\"条件\", \"criterion\", stated, {condition})"))
}

pub fn faults_of(change: impl FnOnce(&mut RuleFiles)) -> Vec<Diagnostic> {
    let mut files = files().clone();
    change(&mut files);
    load(&files).faults
}

pub fn appended(text: &str) -> Vec<Diagnostic> {
    faults_of(|files| {
        let script = files.get(SCRIPT).unwrap().to_owned();
        files.insert(SCRIPT, &format!("{script}{text}"));
    })
}

pub fn replaced(file: &str, from: &str, to: &str) -> Vec<Diagnostic> {
    faults_of(|files| {
        let text = files.get(file).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        let text = text.replacen(from, to, 1);
        files.insert(file, &text);
    })
}

/// Sixty lines that each say the line before twice.
pub fn doubling() -> String {
    let first = "let c0 = firm.exports_goods and firm.imports_goods;\n".to_owned();
    let line = |n: usize| {
        let (facts, last) = (["firm.gba9", "firm.yrd"], n - 1);
        format!("let c{n} = (c{last} or {}) and (c{last} or {});\n", facts[0], facts[1])
    };
    let lines: String = (1..60).map(line).collect();
    format!("\n{first}{lines}{}", requires("c59"))
}

/// Lists that are copied until the steps of a script are used up: seconds, and no cap is met.
pub fn copying() -> String {
    "\nlet long = [];\nfor i in 0..60000 { long.push(i); }\nfor i in 0..60000 { let copy = long; }\n".to_owned()
}
