//! `check`: every fault of the rules; with `--analysis`, also what can never or must always hold.

use super::rules::{plan, within};
use super::{CliError, LangArg, RulesArg, listed, print};
use clap::{Args, ValueEnum};
use export_advisor_core::analysis::{analyse, findings_to_json, findings_to_text};
use export_advisor_core::diagnostic::Diagnostic;
use export_advisor_core::files::RuleFiles;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::{Basis, CaseFile, RuleBook, read_cases, uncovered};
use std::fmt::Write as _;
use std::time::Duration;

/// How long the analysis may take. Five thousand supports take less than a minute.
const ANALYSIS: Duration = Duration::from_secs(600);

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    rules: RulesArg,
    /// Also report what is true of all firms: criteria that can never hold, rules without effect
    #[arg(long)]
    analysis: bool,
    /// The form of the analysis
    #[arg(long, value_enum, default_value = "text", requires = "analysis")]
    format: ReportFormat,
    /// The language of the analysis
    #[arg(long, value_enum, default_value = "zh", requires = "analysis")]
    lang: LangArg,
}

/// The form of a report on rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    Text,
    Json,
}

impl Check {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let (files, loaded) = self.rules.load()?;
        let mut faults = loaded.faults;
        let book = loaded.book;
        let ids: Vec<&str> = book.supports.iter().map(|support| support.id.as_str()).collect();
        let cases = read_cases(&files, &ids, &mut faults);
        for (support, status) in uncovered(&ids, &cases) {
            let file = book.find(support).map(|(_, s)| case_file(&book, s.policy, s.measure));
            let file = file.unwrap_or_default();
            // Whether it has one is not known of a file that could not be read.
            if faults.iter().any(|fault| fault.file == file && fault.code != "no-case") {
                continue;
            }
            faults.push(Diagnostic::new(
                "no-case",
                &file,
                format!("`{support}` has no case in which it is `{}`", status.as_str()),
                "add a `[[case]]`, or a `[[no_case]]` with the reason why there can be none",
            ));
        }
        let plan = plan(book)?;
        let supports = plan.book.supports.iter().zip(&plan.cut);
        for (support, _) in supports.filter(|(_, cut)| **cut) {
            faults.push(Diagnostic::new(
                "too-many-ways",
                &case_file(&plan.book, support.policy, support.measure),
                format!("there are too many ways to make `{}` apply", support.id),
                "derive a fact for a part of its conditions",
            ));
        }
        if !faults.is_empty() {
            return Err(listed(&faults));
        }
        if self.analysis {
            return self.analyse(&plan, &files, &cases);
        }
        let count = cases.iter().map(|file| file.cases.len()).sum();
        print(&report(&plan, count))
    }

    fn analyse(&self, plan: &Plan, files: &RuleFiles, cases: &[CaseFile]) -> Result<(), CliError> {
        let (findings, faults) = analyse(plan, files, cases, &within(ANALYSIS))
            .map_err(|error| CliError::Failed(error.to_string()))?;
        let text = match self.format {
            ReportFormat::Json => {
                let json = findings_to_json(&findings, &plan.book, files);
                format!("{}\n", serde_json::to_string_pretty(&json).unwrap_or_default())
            }
            ReportFormat::Text => findings_to_text(&findings, &plan.book, files, self.lang.into()),
        };
        print(&text)?;
        if !faults.is_empty() {
            return Err(listed(&faults));
        }
        let open = findings.iter().filter(|finding| finding.is_open_fault()).count();
        if open == 0 {
            return Ok(());
        }
        Err(CliError::Faults(match self.lang {
            LangArg::Zh => format!("分析发现 {open} 处问题：改好，或者在用例旁写明理由接受"),
            LangArg::En => {
                format!(
                    "the analysis has {open} findings: mend them, or accept them with a reason beside the cases"
                )
            }
        }))
    }
}

fn case_file(
    book: &RuleBook,
    policy: export_advisor_core::rulebook::PolicyId,
    measure: u8,
) -> String {
    let policy = book.policies.get(policy);
    let slug = policy.and_then(|p| p.measures.iter().find(|m| m.number == measure));
    match (policy, slug) {
        (Some(policy), Some(slug)) => {
            format!("rules/{}/cases/{measure:02}-{}.toml", policy.id, slug.slug)
        }
        _ => String::new(),
    }
}

fn report(plan: &Plan, cases: usize) -> String {
    let book = &plan.book;
    let mut out = format!("rule book {}\n", book.version);
    for (index, policy) in book.policies.iter().enumerate() {
        let all = policy.text.sentence_ids().count();
        let cited =
            policy.text.sentence_ids().filter(|id| book.citing(index, *id).next().is_some());
        let cited = cited.count();
        let quotes: usize = (book.supports.iter().filter(|s| s.policy == index.into()))
            .map(|support| support.citations.len())
            .sum();
        let background = policy.background.len();
        let _ = writeln!(
            out,
            "{}: {} of {all} sentences accounted for ({cited} cited, {background} background), {quotes} of {quotes} quotes verbatim",
            policy.name().zh,
            cited + background,
        );
    }
    let criteria = || book.supports.iter().flat_map(|support| &support.criteria);
    let of = |wanted: fn(&Basis) -> bool| criteria().filter(|c| wanted(&c.basis)).count();
    let _ = writeln!(
        out,
        "{} supports, {} criteria ({} stated, {} defined, {} interpreted, {} needs)",
        book.supports.len(),
        criteria().count(),
        of(|b| matches!(b, Basis::Stated)),
        of(|b| matches!(b, Basis::Defined { .. })),
        of(|b| matches!(b, Basis::Interpreted { .. })),
        of(|b| matches!(b, Basis::Need)),
    );
    let _ = writeln!(
        out,
        "{} facts, {} of them derived; {} conflicts; {} nodes in the plan",
        book.catalogue.facts.len(),
        book.derivations.len(),
        book.conflicts.len(),
        plan.nodes.len(),
    );
    let _ =
        writeln!(out, "{cases} cases; every support has one for each status, or a written reason");
    out
}
