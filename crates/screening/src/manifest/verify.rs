//! Running a screening again by its manifest, and comparing both.
//!
//! Owns the options that a manifest stands for, and the comparison of two manifests and of the files on the disk. It
//! screens nothing itself: the caller runs the job in between.

use super::{Counts, FileRecord, Manifest, SupportRecord};
use crate::error::ScreenError;
use crate::error::manifest::ManifestError;
use crate::job::options::{MatchOptions, Options};
use crate::read::input::Input;
use crate::screen::matches::MatchesLayout;
use crate::screen::questions::MissingColumn;
use crate::table::digest::sha256_of;
use crate::table::format::FileType;
use crate::table::limits::Limits;
use crate::write::target::Destination;
use crate::write::temporary_file::Mode;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::Status;
use export_advisor_core::wording::Lang;
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
    /// The counts.
    Counts(Counts),
    /// How often each warning occurs in the new run.
    Warnings(BTreeMap<String, u64>),
    /// The counts of a support: those that the manifest has, if it has any, and those of the new run.
    Support(Option<SupportRecord>, SupportRecord),
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
        let found_input = self.find(manifest, input);
        let list = input.map_or_else(|| self.input.path.clone(), |path| path.display().to_string());
        unless(
            found_input.is_none(),
            format!("找不到名单“{list}”：请用 --input 指明它现在的位置"),
            format!("the list `{list}` is not found: say with --input where it is now"),
        );
        let (Some(path), Some(input_type), Some(output_type), Ok(as_of), true) =
            (found_input, input_type, output_type, as_of, wrong.is_empty())
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
            encoding: self.options.encoding.clone(),
            delimiter: self.options.delimiter.and_then(|c| u8::try_from(c).ok()),
            bom: self.options.bom,
            workers,
            matches,
            limits: Limits::default(),
            mode: Mode::default(),
        })
    }

    fn find(&self, manifest: &Path, input: Option<&Path>) -> Option<PathBuf> {
        if let Some(input) = input {
            return input.is_file().then(|| input.to_owned());
        }
        let original = PathBuf::from(&self.input.path);
        let beside = original.file_name().map(|name| manifest.with_file_name(name));
        [Some(original), beside].into_iter().flatten().find(|path| path.is_file())
    }

    /// The hash of a file that it names, beside the manifest or where it was written; `None` if it is in neither
    /// place.
    fn on_disk(manifest: &Path, record: &FileRecord) -> Result<Option<String>, ScreenError> {
        let original = PathBuf::from(&record.path);
        let beside = original.file_name().map(|name| manifest.with_file_name(name));
        let found = beside.into_iter().chain([original]).find(|path| path.is_file());
        found.map(|path| sha256_of(&path).map_err(ScreenError::io(&path))).transpose()
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
        let files: [(_, fn(_) -> _); 2] = [
            (Some(&self.output), Difference::OutputFile),
            (self.matches.as_ref(), Difference::MatchesFile),
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
