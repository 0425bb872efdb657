//! Edits of the built-in rules, one at a time: each gives the right and only finding, in the analysis and in the comparison.
//!
//! `edits.toml` holds them. `in` is the file, `replace` and `with` are the edit, `analysis` is what `check --analysis` finds
//! more than for the unedited rules, `diff` is every line of the comparison.

use crate::support::{advisor, files};
use export_advisor_core::RuleFiles;
use export_advisor_core::analysis::{AnalysisOptions, Severity, analyse_with};
use export_advisor_core::diff::{BookDiff, Effect, ItemChange};
use export_advisor_core::interrupt::Interrupt;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::read_cases;
use export_advisor_core::script::load;
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Deserialize)]
struct Edits {
    edit: Vec<Edit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    name: String,
    r#in: String,
    replace: String,
    with: String,
    /// The edit is done in the cases, too.
    #[serde(default)]
    in_cases: bool,
    #[serde(default)]
    analysis: Vec<String>,
    #[serde(default)]
    diff: Vec<String>,
}

impl Edit {
    fn apply(&self) -> RuleFiles {
        let mut edited = files().clone();
        let text = edited.get(&self.r#in).unwrap_or_else(|| panic!("{}", self.r#in)).to_owned();
        assert_eq!(text.matches(&self.replace).count(), 1, "{}: {}", self.name, self.replace);
        edited.insert(&self.r#in, &text.replace(&self.replace, &self.with));
        let cases = files().iter().filter(|(path, _)| self.in_cases && path.contains("/cases/"));
        for (path, text) in cases {
            edited.insert(path, &text.replace(&self.replace, &self.with));
        }
        edited
    }
}

/// What the analysis finds, without notes.
fn findings(plan: &Plan, files: &RuleFiles) -> BTreeSet<String> {
    let ids: Vec<&str> = plan.book.supports.iter().map(|support| support.id.as_str()).collect();
    let cases = read_cases(files, &ids, &mut Vec::new());
    let options = AnalysisOptions { compares_supports: false, ..AnalysisOptions::default() };
    let (findings, faults) =
        analyse_with(plan, files, &cases, &options, &Interrupt::never()).unwrap();
    let faults = faults.into_iter().map(|fault| format!("{} {}", fault.code, fault.message));
    let findings = findings.into_iter().filter(|f| f.kind.severity() == Severity::Fault);
    let findings = findings.filter(|finding| finding.accepted.is_none());
    findings
        .map(|finding| format!("{} {}", finding.kind.code(), finding.about))
        .chain(faults)
        .collect()
}

/// The comparison, a line for each thing that differs.
fn lines(diff: &BookDiff) -> Vec<String> {
    let mut lines = Vec::new();
    for item in &diff.items {
        let change = match &item.change {
            ItemChange::Added => "added".to_owned(),
            ItemChange::Removed => "removed".to_owned(),
            ItemChange::Renamed { from } => format!("renamed from {from}"),
            ItemChange::Changed => "changed".to_owned(),
            ItemChange::Reordered => "reordered".to_owned(),
        };
        let head = format!("{} {}: {change}", item.kind.as_str(), item.id);
        let properties: Vec<&str> = item.properties.iter().map(|p| p.name.as_str()).collect();
        let properties = match properties.len() {
            0 => String::new(),
            1..4 => format!(" [{}]", properties.join("; ")),
            many => format!(" [{} and {} more]", properties[0], many - 1),
        };
        match &item.effect {
            Some(Effect::Moves(moves)) => {
                let count = moves.len();
                let first = &moves[0];
                let causes: Vec<&str> =
                    first.causes.iter().map(|cause| cause.id.as_str()).collect();
                let by = if causes.is_empty() {
                    String::new()
                } else {
                    format!(" by {}", causes.join(", "))
                };
                lines.push(format!(
                    "{head}{properties}, {count} kinds of move, such as {} -> {} of {}{by}",
                    first.before, first.after, first.firm
                ));
            }
            Some(Effect::None) => lines.push(format!("{head}{properties}, no effect")),
            Some(Effect::TooLarge) => lines.push(format!("{head}, too large")),
            None => lines.push(format!("{head}{properties}")),
        }
    }
    for row in &diff.rows {
        let change = match (&row.old, &row.new) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        lines.push(format!("row {} {}: {change}", row.table, row.key));
    }
    lines.extend(
        diff.files.iter().map(|(path, change)| format!("file {path}: {}", change.as_str())),
    );
    lines
}

#[test]
fn each_edit_gives_the_right_and_only_finding() {
    let edits: Edits = toml::from_str(include_str!("edits.toml")).unwrap();
    let before = findings(&advisor().plan, files());
    let mut wrong = String::new();
    for edit in &edits.edit {
        let edited = edit.apply();
        let loaded = load(&edited);
        let plan = match loaded.into_result() {
            Ok(book) => Plan::new(book),
            Err(faults) => panic!("{}: {}", edit.name, faults[0]),
        };
        let found: Vec<String> = findings(&plan, &edited).difference(&before).cloned().collect();
        let diff = BookDiff::new((&advisor().plan, files()), (&plan, &edited), &Interrupt::never());
        let diff = lines(&diff.unwrap());
        if (&found, &diff) != (&edit.analysis, &edit.diff) {
            let list = |lines: &[String]| -> String {
                lines
                    .iter()
                    .map(|line| format!("    {},\n", toml::Value::from(line.as_str())))
                    .collect()
            };
            wrong.push_str(&format!(
                "# {}\nanalysis = [\n{}]\ndiff = [\n{}]\n",
                edit.name,
                list(&found),
                list(&diff)
            ));
        }
    }
    assert!(wrong.is_empty(), "found instead:\n{wrong}");
    assert!(edits.edit.len() >= 40, "{}", edits.edit.len());
}
