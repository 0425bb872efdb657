//! `test`: every case beside the rules.

use super::rules::plan;
use super::{CliError, RulesArg, listed, print};
use clap::Args;
use export_advisor_core::evaluate::{CaseFailure, run_case};
use export_advisor_core::facts::Suggestions;
use export_advisor_core::rulebook::{ExcludedBy, RuleBook, read_cases};
use export_advisor_core::wording;
use std::fmt::Write as _;

/// Arguments of `test`.
#[derive(Debug, Args)]
pub(super) struct Test {
    /// Run only cases whose file or name contains this
    filter: Option<String>,
    #[command(flatten)]
    rules: RulesArg,
}

impl Test {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let (files, loaded) = self.rules.load()?;
        let book = loaded.into_result().map_err(|faults| listed(&faults))?;
        let plan = plan(book)?;
        let ids: Vec<&str> = plan.book.supports.iter().map(|support| support.id.as_str()).collect();
        let mut faults = Vec::new();
        let case_files = read_cases(&files, &ids, &mut faults);
        if !faults.is_empty() {
            return Err(listed(&faults));
        }
        let (mut passed, mut failed, mut report) = (0_usize, 0_usize, String::new());
        for file in &case_files {
            for case in &file.cases {
                let wanted = |filter: &String| {
                    file.path.contains(filter.as_str()) || case.name.contains(filter.as_str())
                };
                if !self.filter.as_ref().is_none_or(wanted) {
                    continue;
                }
                let failures = run_case(&plan, case);
                if failures.is_empty() {
                    passed += 1;
                    continue;
                }
                failed += 1;
                let _ = writeln!(report, "case “{}”\n  --> {}:{}", case.name, file.path, case.line);
                for failure in &failures {
                    let _ = writeln!(report, "  {}", failure_text(&plan.book, failure));
                }
                report.push('\n');
            }
        }
        if let (Some(filter), 0) = (&self.filter, passed + failed) {
            return Err(CliError::Usage(format!("no case has `{filter}` in its name or its file")));
        }
        if failed > 0 {
            return Err(CliError::Faults(format!("{report}{passed} passed, {failed} failed")));
        }
        print(&format!("{passed} passed, 0 failed\n"))
    }
}

fn failure_text(book: &RuleBook, failure: &CaseFailure) -> String {
    let list = |facts: &[String]| {
        if facts.is_empty() { "nothing".to_owned() } else { facts.join(", ") }
    };
    let sets = |sets: &[Vec<String>]| {
        let sets: Vec<String> = sets.iter().map(|set| format!("[{}]", set.join(", "))).collect();
        if sets.is_empty() { "nothing".to_owned() } else { sets.join(" or ") }
    };
    match failure {
        CaseFailure::Firm(faults) => {
            let mut suggestions = Suggestions::new(&book.catalogue, &book.reference);
            let messages = faults
                .iter()
                .map(|fault| wording::fault(&book.catalogue, fault, suggestions.of(fault)).en);
            format!("the firm cannot be read: {}", messages.collect::<Vec<_>>().join("; "))
        }
        CaseFailure::Status { support, expected, found, decided_by } => format!(
            "`{support}`: expected `{}`, the rules say `{}`, because of {}",
            expected.as_str(),
            found.as_str(),
            list(decided_by)
        ),
        CaseFailure::ExcludedBy { support, expected, found } => format!(
            "`{support}`: expected to be excluded by `{}`, the rules say `{}`",
            expected.as_str(),
            found.map_or("nothing", ExcludedBy::as_str)
        ),
        CaseFailure::Missing { support, expected, found } => format!(
            "`{support}`: expected to miss {}, the rules miss {}",
            list(expected),
            list(found)
        ),
        CaseFailure::WouldChange { support, expected, found } => format!(
            "`{support}`: expected to change by {}, the rules say by {}",
            sets(expected),
            sets(found)
        ),
    }
}
