//! `diff`: what changed between two rule books, in texts and in meaning.
//!
//! Owns how a book is named (a folder, an archive, `builtin`, a version in the service's database) and where the report
//! goes. What differs is found by core; what that means for a list is for `diff_list`.

use super::diff_list::OnList;
#[cfg(feature = "server")]
use super::kept::Kept;
use super::rules::{Source, within};
use super::{CliError, LangArg, listed, print};
use clap::{Args, ValueEnum};
use export_advisor_core::diff::BookDiff;
use export_advisor_core::files::RuleFiles;
use export_advisor_core::plan::Plan;
use std::time::Duration;

/// How long a comparison may take. Two books of five thousand supports take less than a minute.
const COMPARISON: Duration = Duration::from_secs(600);

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The old rules: a folder, a .zip archive, `builtin`, or a version in the service's database
    old: String,
    /// The new rules, named in the same way
    new: String,
    /// The form of the report
    #[arg(long, value_enum, default_value = "text")]
    format: DiffFormat,
    /// The language of the report
    #[arg(long, value_enum, default_value = "zh")]
    lang: LangArg,
    #[command(flatten)]
    on: OnList,
    #[cfg(feature = "server")]
    #[command(flatten)]
    kept: Kept,
}

/// The form of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DiffFormat {
    /// Markdown, which is also readable as it is
    Text,
    Json,
    /// One page without scripts
    Html,
}

impl Diff {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let (old_files, old) = self.book(&self.old)?;
        let (new_files, new) = self.book(&self.new)?;
        if let Some(list) = self.on.list() {
            return self.on.run(list, &old, &new, self.format, self.lang.into());
        }
        let diff = BookDiff::new((&old, &old_files), (&new, &new_files), &within(COMPARISON));
        let diff = diff.map_err(|error| CliError::Failed(error.to_string()))?;
        let lang = self.lang.into();
        print(&match self.format {
            DiffFormat::Text => diff.to_markdown(lang),
            DiffFormat::Html => diff.to_html(lang),
            DiffFormat::Json => {
                let json = serde_json::to_string_pretty(&diff.to_json()).unwrap_or_default();
                format!("{json}\n")
            }
        })
    }

    /// A book by its name.
    fn book(&self, name: &str) -> Result<(RuleFiles, Plan), CliError> {
        let source = match Source::find(name) {
            Some(source) => source,
            #[cfg(feature = "server")]
            None => Source::Files(self.kept.rule_book(name, self.lang.into())?),
            #[cfg(not(feature = "server"))]
            None => {
                let problem = format!("`{name}` is no folder and no archive of rules");
                return Err(CliError::Usage(problem));
            }
        };
        let (files, loaded) = source.load()?;
        let book = loaded.into_kept().map_err(|faults| listed(&faults))?;
        let plan = super::rules::plan(book)?;
        Ok((files, plan))
    }
}
