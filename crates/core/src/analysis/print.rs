//! Findings as text for a terminal and as JSON.

use super::{Finding, Severity, Subject};
use crate::diagnostic::Diagnostic;
use crate::files::RuleFiles;
use crate::rulebook::RuleBook;
use crate::wording::Lang;
use serde_json::{Value, json};
use std::fmt::Write as _;

impl Finding {
    /// The finding as a diagnostic: with its location in the rules, in one language.
    #[must_use]
    pub fn diagnostic(&self, book: &RuleBook, files: &RuleFiles, lang: Lang) -> Diagnostic {
        let (message, help) = (lang.of(&self.message), lang.of(&self.help));
        let code = self.kind.code();
        let locate = |path: &str| {
            let is_note = self.kind.severity() == Severity::Information;
            let diagnostic = Diagnostic { is_note, ..Diagnostic::new(code, path, message, help) };
            let Some(text) = files.get(path) else { return diagnostic };
            match &self.subject {
                Subject::Support { id, label } => {
                    let support = format!("support(\"{}\"", book.supports.at(*id).id);
                    let start = text.find(&support).unwrap_or(0);
                    let label = label.as_ref().map(|label| format!("\"{label}\""));
                    let label = label.and_then(|label| {
                        let found = text.get(start..)?.find(&label)?;
                        Some(start + found..start + found + label.len())
                    });
                    diagnostic.at_bytes(text, label.unwrap_or(start..start + support.len()))
                }
                Subject::Derivation(fact) => {
                    diagnostic.at_text(text, &format!("derive(\"{fact}\")"))
                }
                Subject::Fact(fact) => diagnostic.at_text(text, &format!("name = \"{fact}\"")),
                Subject::Conflict(id) => diagnostic.at_text(text, &format!("\"{id}\"")),
                Subject::TableRow { line, .. } | Subject::Case { line, .. } => {
                    diagnostic.at(text, *line, 1)
                }
                Subject::Rules => diagnostic,
            }
        };
        // Where a fact or a derivation stands is not part of the rule book: its name is searched for.
        let needle = match &self.subject {
            Subject::Derivation(fact) => Some(("rules/derive/", format!("derive(\"{fact}\")"))),
            Subject::Fact(fact) => Some(("rules/facts/", format!("name = \"{fact}\""))),
            Subject::Conflict(id) => Some(("rules/derive/", format!("conflict(\"{id}\""))),
            _ => None,
        };
        let path = match &needle {
            None => self.file(book),
            Some((folder, needle)) => {
                let mut all = files.iter().filter(|(path, _)| path.starts_with(folder));
                let found = all.find(|(_, text)| {
                    text.contains(needle.as_str())
                        || text.contains(&needle.replace("(\"", "(\n    \""))
                });
                found.map_or_else(String::new, |(path, _)| path.to_owned())
            }
        };
        locate(&path)
    }
}

/// The findings as text: those that nobody has accepted with location and example, then a line for each accepted one.
#[must_use]
pub fn findings_to_text(
    findings: &[Finding],
    book: &RuleBook,
    files: &RuleFiles,
    lang: Lang,
) -> String {
    let mut out = String::new();
    let zh = lang == Lang::Zh;
    for finding in findings.iter().filter(|finding| finding.accepted.is_none()) {
        let _ = write!(out, "{}", finding.diagnostic(book, files, lang));
        if let Some(example) = &finding.example {
            let label = if zh { "最小的例子" } else { "smallest example" };
            let _ = write!(out, "\n  = {label}: {} ({})", example.firm, lang.of(&example.shows));
        }
        if finding.is_open_fault() {
            let label = if zh { "接受时写" } else { "to accept it" };
            let _ = write!(out, "\n  = {label}: {}", accept(finding));
        }
        out.push_str("\n\n");
    }
    for finding in findings {
        let Some(reason) = &finding.accepted else { continue };
        let label = if zh { "已接受" } else { "accepted" };
        let _ = writeln!(out, "{label} {} {}: {reason}", finding.kind.code(), finding.about);
    }
    out
}

/// The block that accepts a finding, but for its reason.
fn accept(finding: &Finding) -> String {
    let about = Value::from(finding.about.as_str());
    format!("[[accept]] finding = \"{}\", about = {about}, reason = \"…\"", finding.kind.code())
}

/// The findings as JSON, in both languages.
#[must_use]
pub fn findings_to_json(findings: &[Finding], book: &RuleBook, files: &RuleFiles) -> Value {
    let one = |finding: &Finding| {
        let location = finding.diagnostic(book, files, Lang::En);
        let example = finding.example.as_ref().map(|example| {
            let firm: Value = serde_json::from_str(&example.firm).unwrap_or_default();
            json!({ "firm": firm, "shows": example.shows })
        });
        json!({
            "code": finding.kind.code(),
            "severity": finding.kind.severity(),
            "about": finding.about,
            "message": finding.message,
            "help": finding.help,
            "file": location.file,
            "line": location.line,
            "column": location.column,
            "example": example,
            "accepted": finding.accepted,
        })
    };
    json!({ "rulebook": book.version, "findings": findings.iter().map(one).collect::<Vec<_>>() })
}

impl Finding {
    /// Whether it is a fault that nobody has accepted.
    #[must_use]
    pub fn is_open_fault(&self) -> bool {
        self.kind.severity() == Severity::Fault && self.accepted.is_none()
    }
}
