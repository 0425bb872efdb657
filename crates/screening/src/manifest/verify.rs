//! Running a screening again by its manifest, and comparing both.
//!
//! Owns the options that a manifest stands for, and the comparison of two manifests and of the files on the disk. It
//! screens nothing itself: the caller runs the job in between.

use super::summary_file::SummaryFile;
use super::{ChangesRecord, Counts, FileRecord, Manifest, SupportRecord};
use crate::error::ScreenError;
use crate::error::manifest::ManifestError;
use crate::job::options::{MatchOptions, Options, Report};
use crate::read::input::Input;
use crate::screen::matches::MatchesLayout;
use crate::screen::questions::MissingColumn;
use crate::table::digest::{sha256_of, sha256_text};
use crate::table::format::FileType;
use crate::table::limits::Limits;
use crate::write::page;
use crate::write::target::Destination;
use crate::write::temporary_file::Mode;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::Status;
use export_advisor_core::wording::Lang;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How a manifest compares with that of a new run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The same input, rules and options gave the same bytes.
    Same,
    /// What is different.
    Different(Vec<Difference>),
}

/// What is different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The program's version.
    Program(String),
    /// The rule book.
    RuleBook(String),
    /// The input.
    Input(String),
    /// The output of the new run.
    Output(String),
    /// The list to call of the new run.
    Matches(String),
    /// The output on the disk; `None` if there is no such file.
    OutputFile(Option<String>),
    /// The list to call on the disk; `None` if there is no such file.
    MatchesFile(Option<String>),
    /// The changes of the new run: their file, their key, the last screening, or their counts.
    Changes(Option<Box<ChangesRecord>>),
    /// The file of changes on the disk; `None` if there is no such file.
    ChangesFile(Option<String>),
    /// The changes were not repeated, and why.
    ChangesNotRepeated(LocalizedText),
    /// The report of the new run.
    Report(String),
    /// The report on the disk; `None` if there is no such file.
    ReportFile(Option<String>),
    /// The summary of the new run.
    Summary(String),
    /// The summary on the disk; `None` if there is no such file.
    SummaryFile(Option<String>),
    /// The counts.
    Counts(Counts),
    /// How often each warning occurs in the new run.
    Warnings(BTreeMap<String, u64>),
    /// The counts of a support: those that the manifest has, if it has any, and those of the new run.
    Support(Option<SupportRecord>, SupportRecord),
}

impl Comparison {
    /// The same comparison, where the changes were not repeated for a reason.
    #[must_use]
    pub fn with_changes(self, not_repeated: Option<LocalizedText>) -> Self {
        let Some(why) = not_repeated else { return self };
        let mut found = match self {
            Self::Same => Vec::new(),
            Self::Different(found) => found,
        };
        found.retain(|one| !matches!(one, Difference::Changes(_)));
        found.push(Difference::ChangesNotRepeated(why));
        Self::Different(found)
    }
}

impl Manifest {
    /// The options that run the screening again and discard its outputs. `input` is the list's present path;
    /// without it, the list is searched where it was and beside the manifest.
    ///
    /// # Errors
    /// The rule book has no such support or fact, or the list is not found.
    pub fn options(
        &self,
        plan: &Plan,
        manifest: &Path,
        input: Option<&Path>,
        workers: usize,
    ) -> Result<Options, ScreenError> {
        self.options_with(plan, manifest, input, workers, "--input")
    }

    /// The same, where an option of another name says where the list is.
    pub(crate) fn options_with(
        &self,
        plan: &Plan,
        manifest: &Path,
        input: Option<&Path>,
        workers: usize,
        option: &str,
    ) -> Result<Options, ScreenError> {
        let list = input.map_or_else(|| self.input.path.clone(), |path| path.display().to_string());
        let found = self.find(manifest, input).ok_or((list, option));
        Ok(Options { workers, ..self.options_for(plan, manifest, found)? })
    }

    /// The options that it stands for, with the paths that it states, whether or not the files are there. Its outputs are
    /// discarded.
    ///
    /// # Errors
    /// The rule book has no such support or fact.
    pub fn stated_options(&self, plan: &Plan, manifest: &Path) -> Result<Options, ScreenError> {
        self.options_for(plan, manifest, Ok(PathBuf::from(&self.input.path)))
    }

    /// The options for a list, or for one that is not found under a name; beside it, the option that says where it is.
    fn options_for(
        &self,
        plan: &Plan,
        manifest: &Path,
        list: Result<PathBuf, (String, &str)>,
    ) -> Result<Options, ScreenError> {
        let book = &plan.book;
        let mut wrong = Vec::new();
        let mut unless = |is_wrong: bool, zh: String, en: String| {
            if is_wrong {
                wrong.push(LocalizedText { zh, en });
            }
        };
        let mut supports = Vec::new();
        for id in &self.options.supports {
            let found = book.find(id);
            supports.extend(found.map(|(index, _)| index.index()));
            unless(
                found.is_none(),
                format!("这套规则里没有支持事项“{id}”"),
                format!("these rules have no support `{id}`"),
            );
        }
        let mut derive = Vec::new();
        for name in &self.options.derive {
            let found = book.catalogue.find(name);
            derive.extend(found.map(|fact| fact.id));
            unless(
                found.is_none(),
                format!("这套规则里没有事实项“{name}”"),
                format!("these rules have no fact `{name}`"),
            );
        }
        let mut form = |name: &str| {
            let found = FileType::parse(name);
            unless(
                found.is_none(),
                format!("本程序没有“{name}”这种格式"),
                format!("this program has no form `{name}`"),
            );
            found
        };
        let (input_type, output_type) = (form(&self.input.form), form(&self.output.form));
        let matches_type = self.matches.as_ref().map(|record| form(&record.form));
        let missing = match self.options.missing.as_deref() {
            None => MissingColumn::All,
            Some(stated) => MissingColumn::parse(stated).unwrap_or_else(|_| {
                unless(
                    true,
                    format!("options.missing：“{stated}”应为 none、all 或 top:N"),
                    format!("options.missing: `{stated}` is none of none, all and top:N"),
                );
                MissingColumn::All
            }),
        };
        let layout = match self.options.matches_layout.as_deref() {
            None => MatchesLayout::default(),
            Some(stated) => {
                let found = MatchesLayout::ALL.into_iter().find(|layout| layout.as_str() == stated);
                unless(
                    found.is_none(),
                    format!("options.matches_layout：“{stated}”应为 support 或 firm"),
                    format!("options.matches_layout: `{stated}` is neither support nor firm"),
                );
                found.unwrap_or_default()
            }
        };
        let as_of = self.as_of.parse();
        unless(
            as_of.is_err(),
            format!("“{}”不是日期", self.as_of),
            format!("`{}` is not a day", self.as_of),
        );
        if let Err((list, option)) = &list {
            unless(
                true,
                format!("找不到名单“{list}”：请用 {option} 指明它现在的位置"),
                format!("the list `{list}` is not found: say with {option} where it is now"),
            );
        }
        let (Ok(path), Some(input_type), Some(output_type), Ok(as_of), true) =
            (list, input_type, output_type, as_of, wrong.is_empty())
        else {
            return Err(ScreenError::Manifest {
                path: manifest.to_owned(),
                fault: ManifestError::NotFound(wrong),
            });
        };
        let statuses = [Status::Applies, Status::DoesNotApply, Status::Undetermined];
        let matches = matches_type.flatten().map(|output_type| MatchOptions {
            output: Destination::Discard,
            output_type,
            layout,
            statuses: (statuses.into_iter())
                .filter(|status| self.options.status.iter().any(|name| name == status.as_str()))
                .collect(),
        });
        Ok(Options {
            input: Input::File(path),
            input_type,
            output: Destination::Discard,
            output_type,
            as_of,
            lang: if self.options.lang == Lang::En.as_str() { Lang::En } else { Lang::Zh },
            supports,
            derive,
            excluded_by: self.options.excluded_by,
            missing,
            ask_next: self.options.ask_next,
            keep_refused: self.options.keep_refused,
            map: self.options.map.clone(),
            sheet: self.options.sheet.clone(),
            header_row: self.options.header_row,
            report: None,
            summary: None,
            encoding: self.options.encoding.clone(),
            delimiter: self.options.delimiter.and_then(|c| u8::try_from(c).ok()),
            bom: self.options.bom,
            workers: 1,
            matches,
            limits: Limits::default(),
            mode: Mode::default(),
        })
    }

    /// Where the list is: at its present path, if that is given, where it was, or beside the manifest.
    pub(crate) fn find(&self, manifest: &Path, input: Option<&Path>) -> Option<PathBuf> {
        if let Some(input) = input {
            return input.is_file().then(|| input.to_owned());
        }
        let original = PathBuf::from(&self.input.path);
        let beside = original.file_name().map(|name| manifest.with_file_name(name));
        [Some(original), beside].into_iter().flatten().find(|path| path.is_file())
    }

    /// The hash of a file that it names, beside the manifest or where it was written; `None` if it is in neither
    /// place.
    pub(crate) fn on_disk(
        manifest: &Path,
        record: &FileRecord,
    ) -> Result<Option<String>, ScreenError> {
        let original = PathBuf::from(&record.path);
        let beside = original.file_name().map(|name| manifest.with_file_name(name));
        let found = beside.into_iter().chain([original]).find(|path| path.is_file());
        found.map(|path| sha256_of(&path).map_err(ScreenError::io(&path))).transpose()
    }

    /// The manifest of a new run, with the report and the summary as they would be under the names that this one states.
    ///
    /// # Errors
    /// The report cannot be rendered.
    pub fn remake(
        &self,
        plan: &Plan,
        options: &Options,
        report: &Report,
    ) -> Result<Self, ScreenError> {
        let mut again = Self::new(plan, options, report);
        let record = |was: &FileRecord, text: &str| FileRecord {
            bytes: text.len() as u64,
            sha256: sha256_text(&Sha256::digest(text)),
            ..was.clone()
        };
        let stated = Options {
            input: Input::File(PathBuf::from(&self.input.path)),
            output: Destination::File(PathBuf::from(&self.output.path)),
            ..options.clone()
        };
        if let Some(was) = &self.report {
            let page = page::text(plan, &stated, report, Path::new(&was.path))?;
            again.report = Some(record(was, &page));
        }
        if let Some(was) = &self.summary {
            let path = |now: &FileRecord, was: &FileRecord| FileRecord {
                path: was.path.clone(),
                ..now.clone()
            };
            let named = Self {
                input: path(&again.input, &self.input),
                output: path(&again.output, &self.output),
                matches: (again.matches.as_ref().zip(self.matches.as_ref()))
                    .map(|(now, was)| path(now, was)),
                ..again.clone()
            };
            let text = SummaryFile::new(plan, &named, &report.summary).text();
            again.summary = Some(record(was, &text));
        }
        Ok(again)
    }

    /// Compares it with the manifest of a new run, and with the outputs on the disk.
    ///
    /// # Errors
    /// An output exists and cannot be read.
    pub fn compare(&self, again: &Self, manifest: &Path) -> Result<Comparison, ScreenError> {
        let mut found = Vec::new();
        if self.program != again.program {
            found.push(Difference::Program(again.program.clone()));
        }
        if self.rulebook != again.rulebook {
            found.push(Difference::RuleBook(again.rulebook.clone()));
        }
        if self.input.sha256 != again.input.sha256 {
            found.push(Difference::Input(again.input.sha256.clone()));
        }
        if self.counts != again.counts {
            found.push(Difference::Counts(again.counts));
        }
        if self.warnings != again.warnings {
            found.push(Difference::Warnings(again.warnings.clone()));
        }
        for now in &again.supports {
            let was = self.supports.iter().find(|record| record.id == now.id);
            if was != Some(now) {
                found.push(Difference::Support(was.cloned(), now.clone()));
            }
        }
        if self.output.sha256 != again.output.sha256 {
            found.push(Difference::Output(again.output.sha256.clone()));
        }
        let matches = |m: &Self| m.matches.as_ref().map(|record| record.sha256.clone());
        if matches(self) != matches(again) {
            found.push(Difference::Matches(matches(again).unwrap_or_default()));
        }
        for (was, now, difference) in [
            (&self.report, &again.report, Difference::Report as fn(_) -> _),
            (&self.summary, &again.summary, Difference::Summary),
        ] {
            let hash = |record: &Option<FileRecord>| record.as_ref().map(|r| r.sha256.clone());
            if hash(was) != hash(now) {
                found.push(difference(hash(now).unwrap_or_default()));
            }
        }
        if !is_same(self.changes.as_ref(), again.changes.as_ref()) {
            found.push(Difference::Changes(again.changes.clone().map(Box::new)));
        }
        let changes = self.changes.as_ref().map(|changes| &changes.output);
        let files: [(_, fn(_) -> _); 5] = [
            (Some(&self.output), Difference::OutputFile),
            (self.matches.as_ref(), Difference::MatchesFile),
            (changes, Difference::ChangesFile),
            (self.report.as_ref(), Difference::ReportFile),
            (self.summary.as_ref(), Difference::SummaryFile),
        ];
        for (record, difference) in files {
            // A device or a pipe stores nothing to compare.
            let keeps = |record: &&FileRecord| {
                let metadata = std::fs::metadata(&record.path);
                metadata.map_or(true, |file| file.is_file() || file.is_dir())
            };
            let Some(record) = record.filter(keeps) else { continue };
            let now = Self::on_disk(manifest, record)?;
            if now.as_deref() != Some(&record.sha256) {
                found.push(difference(now));
            }
        }
        Ok(if found.is_empty() { Comparison::Same } else { Comparison::Different(found) })
    }
}

/// Whether two records of changes are the same, wherever their files lie.
fn is_same(was: Option<&ChangesRecord>, now: Option<&ChangesRecord>) -> bool {
    let essence = |record: &ChangesRecord| {
        let ChangesRecord { output, key, previous_sha256, counts, .. } = record;
        (output.sha256.clone(), key.clone(), previous_sha256.clone(), counts.clone())
    };
    was.map(essence) == now.map(essence)
}
