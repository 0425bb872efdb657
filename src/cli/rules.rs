//! Reads rule files from a folder.

use super::{CliError, RulesArg, listed};
use crate::assessment::Advisor;
use crate::diagnostic::Diagnostic;
use crate::files::RuleFiles;
use crate::script::{Loaded, load_with};
use std::path::Path;

impl RulesArg {
    /// The files of the chosen rules.
    pub(super) fn files(&self) -> Result<RuleFiles, CliError> {
        let (files, faults) = self.read()?;
        if faults.is_empty() { Ok(files) } else { Err(listed(&faults)) }
    }

    /// The files that could be read, and the faults of those that are no text.
    fn read(&self) -> Result<(RuleFiles, Vec<Diagnostic>), CliError> {
        let Some(folder) = &self.rules else { return Ok((RuleFiles::builtin(), Vec::new())) };
        let (mut files, mut faults) = (RuleFiles::default(), Vec::new());
        let io = |source| CliError::Io { path: folder.display().to_string(), source };
        let folder = &folder.canonicalize().map_err(io)?;
        read_folder(folder, "rules", &mut files, &mut faults)?;
        let seeds = folder.parent().unwrap_or(Path::new(".")).join("seeds");
        if seeds.is_dir() {
            read_folder(&seeds, "seeds", &mut files, &mut faults)?;
        }
        Ok((files, faults))
    }

    /// The chosen rules with all their faults.
    pub(super) fn load(&self) -> Result<(RuleFiles, Loaded), CliError> {
        let (files, faults) = self.read()?;
        let loaded = load_with(&files, faults);
        Ok((files, loaded))
    }

    /// The chosen rules, ready to answer.
    pub(super) fn advisor(&self) -> Result<Advisor, CliError> {
        let (_, loaded) = self.load()?;
        loaded.into_result().map(Advisor::new).map_err(|faults| listed(&faults))
    }

    /// The chosen rules of a former day, ready to answer again.
    pub(super) fn kept(&self) -> Result<Advisor, CliError> {
        let (_, loaded) = self.load()?;
        loaded.into_kept().map(Advisor::new).map_err(|faults| listed(&faults))
    }
}

fn read_folder(
    folder: &Path,
    name: &str,
    files: &mut RuleFiles,
    faults: &mut Vec<Diagnostic>,
) -> Result<(), CliError> {
    let io = |path: &Path, source| CliError::Io { path: path.display().to_string(), source };
    let entries = std::fs::read_dir(folder).map_err(|e| io(folder, e))?;
    for entry in entries {
        let entry = entry.map_err(|e| io(folder, e))?;
        let path = entry.path();
        let inner = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            read_folder(&path, &inner, files, faults)?;
        } else {
            match String::from_utf8(std::fs::read(&path).map_err(|e| io(&path, e))?) {
                Ok(text) => files.insert(&inner, &text),
                Err(_) => faults.push(Diagnostic::new(
                    "not-utf-8",
                    &inner,
                    "the file is not saved as UTF-8 text",
                    "open it and save it as UTF-8 (编码选 UTF-8); what is no text does not belong here",
                )),
            }
        }
    }
    Ok(())
}
