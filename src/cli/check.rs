//! `check`: every fault of the rules.

use super::rules::plan;
use super::{CliError, RulesArg, listed, print};
use clap::Args;
use export_advisor_core::diagnostic::Diagnostic;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::{Basis, RuleBook, read_cases, uncovered};
use std::fmt::Write as _;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    rules: RulesArg,
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
        let count = cases.iter().map(|file| file.cases.len()).sum();
        print(&report(&plan, count))
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
            policy.number,
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
