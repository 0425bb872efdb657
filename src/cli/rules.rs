//! Reads rule files from a folder.

use super::{CliError, RulesArg, listed};
use crate::assessment::Advisor;
use crate::files::RuleFiles;
use crate::script::{Loaded, load};
use std::path::Path;

impl RulesArg {
    /// The files of the chosen rules.
    pub(super) fn files(&self) -> Result<RuleFiles, CliError> {
        let Some(folder) = &self.rules else { return Ok(RuleFiles::builtin()) };
        let mut files = RuleFiles::default();
        let io = |source| CliError::Io { path: folder.display().to_string(), source };
        let folder = &folder.canonicalize().map_err(io)?;
        read_folder(folder, "rules", &mut files)?;
        let seeds = folder.parent().unwrap_or(Path::new(".")).join("seeds");
        if seeds.is_dir() {
            read_folder(&seeds, "seeds", &mut files)?;
        }
        Ok(files)
    }

    /// The chosen rules with all their faults.
    pub(super) fn load(&self) -> Result<(RuleFiles, Loaded), CliError> {
        let files = self.files()?;
        let loaded = load(&files);
        Ok((files, loaded))
    }

    /// The chosen rules, ready to answer.
    pub(super) fn advisor(&self) -> Result<Advisor, CliError> {
        let (_, loaded) = self.load()?;
        loaded.into_result().map(Advisor::new).map_err(|faults| listed(&faults))
    }
}

fn read_folder(folder: &Path, name: &str, files: &mut RuleFiles) -> Result<(), CliError> {
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
            read_folder(&path, &inner, files)?;
        } else {
            let text = std::fs::read_to_string(&path).map_err(|e| io(&path, e))?;
            files.insert(&inner, &text);
        }
    }
    Ok(())
}
