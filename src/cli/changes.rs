//! The last screening, and what changed since then.
//!
//! Owns the arguments of `screen` and `verify` that name the last screening, and the form in which the counts of
//! changes are printed. It compares nothing.

use super::screen::failure;
use super::summary::table;
use super::terminal::inline;
use super::{CliError, RulesArg};
use clap::Args;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::files::RuleFiles;
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::Lang;
use export_advisor_screening::{
    ChangeCause, ChangeOptions, ChangeReport, Destination, FileType, LastScreening, NotCompared,
    RowList, ScreenError,
};
use std::fmt::Write as _;
use std::path::PathBuf;

/// What a list is compared with.
#[derive(Debug, Args)]
pub(super) struct ChangeArgs {
    /// The last screening of the clients: its output, or the manifest beside it
    #[arg(long, value_name = "LAST", requires_all = ["key", "changes"])]
    previous: Option<PathBuf>,
    /// The column by which clients of both lists are matched: its header, #3, or a header of the fact that it holds
    #[arg(long, value_name = "COLUMN", requires = "previous")]
    key: Option<String>,
    /// What changed since the last screening, one line a client and support, with the cause (.csv, .tsv, .ndjson, .xlsx or
    /// .parquet)
    #[arg(long, value_name = "FILE", requires = "previous")]
    changes: Option<PathBuf>,
    #[command(flatten)]
    pub(super) files: LastFiles,
}

/// Where the parts of the last screening are.
#[derive(Debug, Args)]
pub(super) struct LastFiles {
    /// Where the list of the last screening is now [default: where it was, or beside its manifest]
    #[arg(long, value_name = "FILE")]
    previous_list: Option<PathBuf>,
    /// The rules of the last screening, if they are neither the chosen ones nor those built into the program
    #[arg(long, value_name = "DIR")]
    previous_rules: Option<PathBuf>,
}

impl ChangeArgs {
    /// The last screening, and where the changes go; `None` if nothing is compared.
    pub(super) fn last(
        &self,
        lang: Lang,
    ) -> Result<Option<(LastScreening, Destination, FileType)>, CliError> {
        let (Some(last), Some(changes)) = (&self.previous, &self.changes) else { return Ok(None) };
        let opened = || -> Result<_, ScreenError> {
            let file_type = FileType::from_path(changes)?;
            let last = LastScreening::open(last)?;
            Ok(Some((last, Destination::File(changes.clone()), file_type)))
        };
        opened().map_err(|error| failure(&error, lang))
    }

    /// What the list is compared with, and where the changes go.
    pub(super) fn options<'p>(
        &self,
        last: LastScreening,
        plan: &'p Plan,
        output: Destination,
        output_type: FileType,
    ) -> ChangeOptions<'p> {
        let key = self.key.clone().unwrap_or_default();
        self.files.options(last, plan, key, output, output_type)
    }
}

impl LastFiles {
    /// The rules of the last screening; `None` if they are the chosen ones, or are not found.
    pub(super) fn advisor(
        &self,
        last: &LastScreening,
        chosen: &Advisor,
    ) -> Result<Option<Advisor>, CliError> {
        if chosen.plan.book.version == last.rulebook() {
            return Ok(None);
        }
        if self.previous_rules.is_some() {
            return RulesArg { rules: self.previous_rules.clone(), overlay: Vec::new() }
                .kept()
                .map(Some);
        }
        let is_builtin = RuleFiles::builtin().version() == last.rulebook();
        is_builtin.then(|| RulesArg { rules: None, overlay: Vec::new() }.kept()).transpose()
    }

    /// What a list is compared with, and where the changes go.
    pub(super) fn options<'p>(
        &self,
        last: LastScreening,
        plan: &'p Plan,
        key: String,
        output: Destination,
        output_type: FileType,
    ) -> ChangeOptions<'p> {
        let list = self.previous_list.clone();
        ChangeOptions { last, plan, list, key, output, output_type }
    }
}

/// Prints what changed.
pub(super) fn text(changes: &ChangeReport, lang: Lang) -> String {
    let mut out = String::new();
    let counts = &changes.counts;
    let (compared, lines) = (counts.compared, counts.lines);
    let path = inline(&changes.path.display().to_string());
    let _ = match lang {
        Lang::Zh => {
            writeln!(out, "\n与上次相比（{compared}个客户两次都有）：{lines}处变化，见 {path}")
        }
        Lang::En => writeln!(
            out,
            "\nsince the last screening ({compared} clients are in both lists): {lines} changes, in {path}"
        ),
    };
    let causes: Vec<&str> = ChangeCause::ALL.into_iter().map(ChangeCause::as_str).collect();
    let causes: Vec<&str> =
        causes.into_iter().filter(|cause| counts.causes.contains_key(*cause)).collect();
    if !causes.is_empty() {
        let [by_cause, all] = match lang {
            Lang::Zh => ["按原因", "总计"],
            Lang::En => ["by cause", "all"],
        };
        let head = std::iter::once(by_cause).chain(causes.iter().copied());
        let mut rows = vec![head.map(str::to_owned).collect::<Vec<_>>()];
        let supports = counts.supports.iter().map(|(id, counts)| (id.as_str(), counts));
        for (name, by_cause) in std::iter::once((all, &counts.causes)).chain(supports) {
            let count = |cause: &&str| by_cause.get(*cause).copied().unwrap_or(0).to_string();
            rows.push(std::iter::once(name.to_owned()).chain(causes.iter().map(count)).collect());
        }
        table(&rows, &mut out);
    }
    let lists = match lang {
        Lang::Zh => ["本次名单", "上次名单"],
        Lang::En => ["this list", "the last list"],
    };
    for (list, rows) in lists.into_iter().zip([&counts.not_compared, &counts.not_compared_before]) {
        not_compared(list, rows, lang, &mut out);
    }
    out
}

/// Prints the rows of a list that were compared with nothing.
fn not_compared(list: &str, rows: &NotCompared, lang: Lang, out: &mut String) {
    let kinds = [
        (&rows.blank_key, "没有核对用的键", "have no key"),
        (
            &rows.repeated_key,
            "的键与前面某行相同，两行都不比较",
            "have the key of a row before them; neither is compared",
        ),
        (
            &rows.unreadable,
            "拆不开，不知道是哪个客户",
            "cannot be taken apart, so it is not known whose they are",
        ),
    ];
    for (RowList { count, first }, zh, en) in kinds {
        if *count == 0 {
            continue;
        }
        let more = if *count > first.len() as u64 { " …" } else { "" };
        let first: Vec<String> = first.iter().map(u64::to_string).collect();
        let _ = match lang {
            Lang::Zh => {
                writeln!(out, "  {list}：{count}行{zh}（行号 {}{more}）", first.join("、"))
            }
            Lang::En => {
                writeln!(out, "  {list}: {count} rows {en} (rows {}{more})", first.join(", "))
            }
        };
    }
}
