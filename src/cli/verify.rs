//! `verify`: runs a screening again by its manifest, and says whether it comes out the same.
//!
//! Exit status 0: the same bytes. 1: something is different, all of it listed, or the list is not there.

use super::changes::LastFiles;
use super::list_args::limits;
use super::screen::{ProgressPrinter, failure};
use super::stored_rules::StoredRules;
use super::terminal::report;
use super::threads::{cores, workers};
use super::{CliError, LangArg, print};
use clap::Args;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::wording::{BilingualError as _, Lang};
use export_advisor_screening::manifest::verify::{Comparison, Difference};
use export_advisor_screening::manifest::{
    ChangesRecord, Counts, FileRecord, Manifest, SupportRecord,
};
use export_advisor_screening::{
    Destination, FileType, FormatError, LastScreening, Limit, Limits, Options, Report, ScreenError,
    screen, screen_with_changes,
};
use std::path::PathBuf;

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The manifest beside a screened list
    manifest: PathBuf,
    /// Where the list is now [default: where it was, or beside the manifest]
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// How many threads work [default: one a core]
    #[arg(long, value_name = "N", value_parser = workers)]
    workers: Option<usize>,
    /// What may become of the list, as it was set for the screening
    #[arg(long, value_name = "NAME=N", value_parser = Limits::parse)]
    limit: Vec<(Limit, u64)>,
    #[command(flatten)]
    last: LastFiles,
    /// The language of texts
    #[arg(long, value_enum, default_value = "zh")]
    lang: LangArg,
    #[command(flatten)]
    rules: StoredRules,
}

/// A list that was screened again, and why its changes were not repeated, if they were not.
type Repeated = (Report, Option<LocalizedText>);

impl Verify {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let lang: Lang = self.lang.into();
        let failed = |error: ScreenError| failure(&error, lang);
        let manifest = Manifest::read(&self.manifest).map_err(failed)?;
        let advisor = self.rules.nearest(&manifest.rulebook, lang)?;
        let plan = &advisor.plan;
        let workers = self.workers.unwrap_or_else(cores);
        let mut options = manifest
            .options(plan, &self.manifest, self.input.as_deref(), workers)
            .map_err(failed)?;
        options.limits = limits(&self.limit);
        let (screened, not_repeated) = self.repeat(&manifest, &advisor, &options)?;
        let again = manifest.remake(plan, &options, &screened).map_err(failed)?;
        if let Some(note) = other_build(&manifest, &again, lang) {
            report(&note);
        }
        let compared = manifest.compare(&again, &self.manifest).map_err(failed)?;
        match compared.with_changes(not_repeated) {
            Comparison::Same => print(&match lang {
                Lang::Zh => format!(
                    "一致：{}行，规则集 {}，输出 {}\n",
                    manifest.counts.rows_out, manifest.rulebook, manifest.output.sha256
                ),
                Lang::En => format!(
                    "the same: {} rows, rule book {}, output {}\n",
                    manifest.counts.rows_out, manifest.rulebook, manifest.output.sha256
                ),
            }),
            Comparison::Different(found) => {
                let lines: Vec<String> =
                    found.iter().map(|one| difference(&manifest, one, lang)).collect();
                Err(CliError::Faults(lines.join("\n")))
            }
        }
    }
}

impl Verify {
    /// Screens the list again, with the changes if there are any and the last screening is still there.
    fn repeat(
        &self,
        manifest: &Manifest,
        advisor: &Advisor,
        options: &Options,
    ) -> Result<Repeated, CliError> {
        let lang: Lang = self.lang.into();
        let failed = |error: ScreenError| failure(&error, lang);
        let plan = &advisor.plan;
        let mut watch = ProgressPrinter::new(lang, true, None);
        let Some(record) = &manifest.changes else {
            return Ok((screen(plan, options, &mut watch).map_err(failed)?, None));
        };
        let error = match self.last(record) {
            Err(error) => error,
            Ok((last, output_type)) => {
                let former = self.last.advisor(&last, advisor)?;
                let former = former.as_ref().map_or(plan, |former| &former.plan);
                let (key, output) = (record.key.clone(), Destination::Discard);
                let changes = self.last.options(last, former, key, output, output_type);
                match screen_with_changes(plan, options, &changes, &mut watch) {
                    Ok(report) => return Ok((report, None)),
                    Err(error) => error,
                }
            }
        };
        // If it is the list itself that cannot be screened, this says so.
        let report = screen(plan, options, &mut watch).map_err(failed)?;
        Ok((report, Some(error.localized())))
    }

    /// The last screening, as the manifest records it.
    fn last(&self, record: &ChangesRecord) -> Result<(LastScreening, FileType), ScreenError> {
        let last = LastScreening::recorded(record, &self.manifest)?;
        let form = FileType::parse(&record.output.form);
        let form = form.ok_or_else(|| FormatError::Unknown(record.output.form.clone()))?;
        Ok((last, form))
    }
}

/// That another build made the list, which is no difference if the bytes are the same.
fn other_build(was: &Manifest, now: &Manifest, lang: Lang) -> Option<String> {
    let made = was.build.as_deref()?;
    let own = now.build.as_deref().unwrap_or("?");
    (made != own).then(|| match lang {
        Lang::Zh => format!("名单由程序的另一次编译 {made} 产生，现在的是 {own}。"),
        Lang::En => {
            format!("another build of the program, {made}, made the list; this one is {own}")
        }
    })
}

fn difference(was: &Manifest, found: &Difference, lang: Lang) -> String {
    let output = was.output.sha256.clone();
    let hash = |record: &Option<FileRecord>| {
        record.as_ref().map_or(String::new(), |record| record.sha256.clone())
    };
    let matches = || hash(&was.matches);
    let now = |now: &String| Some(now.clone());
    let (zh, en, before, now) = match found {
        Difference::Program(it) => ("程序版本", "program", was.program.clone(), now(it)),
        Difference::RuleBook(it) => ("规则集", "rule book", was.rulebook.clone(), now(it)),
        Difference::Input(it) => ("输入文件", "input", was.input.sha256.clone(), now(it)),
        Difference::Output(it) => ("重新得到的输出", "output, made again", output, now(it)),
        Difference::OutputFile(it) => {
            ("磁盘上的输出文件", "output file on the disk", output, it.clone())
        }
        Difference::Matches(it) => {
            ("重新得到的第二个输出", "second output, made again", matches(), now(it))
        }
        Difference::MatchesFile(it) => {
            ("磁盘上的第二个输出文件", "second output file on the disk", matches(), it.clone())
        }
        Difference::Report(it) => {
            ("重新得到的报告", "report, made again", hash(&was.report), now(it))
        }
        Difference::ReportFile(it) => {
            ("磁盘上的报告", "report on the disk", hash(&was.report), it.clone())
        }
        Difference::Summary(it) => {
            ("重新得到的汇总", "summary, made again", hash(&was.summary), now(it))
        }
        Difference::SummaryFile(it) => {
            ("磁盘上的汇总", "summary on the disk", hash(&was.summary), it.clone())
        }
        Difference::Counts(it) => {
            let json = |counts: &Counts| serde_json::to_string(counts).unwrap_or_default();
            ("行数", "counts", json(&was.counts), Some(json(it)))
        }
        Difference::Warnings(it) => {
            let json = |warnings| serde_json::to_string(warnings).unwrap_or_default();
            ("提醒的次数", "counts of warnings", json(&was.warnings), Some(json(it)))
        }
        Difference::Changes(it) => {
            let json = |it| serde_json::to_string(it).unwrap_or_default();
            (
                "重新得到的变化清单",
                "changes, made again",
                json(&was.changes),
                Some(json(&it.as_deref().cloned())),
            )
        }
        Difference::ChangesFile(it) => {
            let before = was.changes.as_ref().map(|record| record.output.sha256.clone());
            (
                "磁盘上的变化清单",
                "file of changes on the disk",
                before.unwrap_or_default(),
                it.clone(),
            )
        }
        Difference::ChangesNotRepeated(why) => {
            return match lang {
                Lang::Zh => format!("变化清单没有核对：{}", why.zh),
                Lang::En => format!("the changes were not repeated: {}", why.en),
            };
        }
        Difference::Support(before, it) => {
            let json = |counts: &SupportRecord| serde_json::to_string(counts).unwrap_or_default();
            let before = before.as_ref().map_or("null".to_owned(), json);
            ("支持事项的行数", "counts of a support", before, Some(json(it)))
        }
    };
    match (lang, now) {
        (Lang::Zh, Some(now)) => format!("不同：{zh}：清单记录为 {before}，现在是 {now}"),
        (Lang::Zh, None) => format!("不同：{zh}：清单记录为 {before}，现在找不到这个文件"),
        (Lang::En, Some(now)) => {
            format!("different: {en}: the manifest has {before}, now it is {now}")
        }
        (Lang::En, None) => {
            format!("different: {en}: the manifest has {before}, now there is no such file")
        }
    }
}
