//! `rules`: the rule books that the service keeps.
//!
//! Owns the list of their versions, and the export of one as a folder that `--rules` reads. Cases and pages for people have no
//! part in an answer and are not kept. The store is only read.

use super::kept::Kept;
use super::{CliError, LangArg, print};
use clap::Subcommand;
use export_advisor_core::files::RuleFiles;
use std::path::{Component, Path, PathBuf};

/// Looks at the rule books that the service keeps.
#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// List the versions that are kept, the newest first
    List(Kept),
    /// Write a rule book that is kept as a folder
    Export {
        /// Its version: sha256:… or the first digits
        version: String,
        /// The folder to make; rules/ and seeds/ are in it
        folder: PathBuf,
        /// The language of texts
        #[arg(long, value_enum, default_value = "zh")]
        lang: LangArg,
        #[command(flatten)]
        kept: Kept,
    },
}

impl RulesCommand {
    pub(super) fn run(&self) -> Result<(), CliError> {
        match self {
            Self::List(kept) => {
                let versions = kept.rule_books()?;
                let lines = versions.iter().map(|(version, second)| {
                    let stored = jiff::Timestamp::from_second(*second);
                    let stored = stored.map_or(String::new(), |stored| stored.to_string());
                    format!("{version} {stored}\n")
                });
                print(&lines.collect::<String>())
            }
            Self::Export { version, folder, lang, kept } => {
                let files = kept.rule_book(version, (*lang).into())?;
                write(&files, folder)?;
                print(&format!("{} {}\n", files.version(), folder.join("rules").display()))
            }
        }
    }
}

/// Writes the files into a new folder, or an empty one.
fn write(files: &RuleFiles, folder: &Path) -> Result<(), CliError> {
    let io = |path: &Path, source| CliError::Io { path: path.display().to_string(), source };
    std::fs::create_dir_all(folder).map_err(|e| io(folder, e))?;
    let mut inside = std::fs::read_dir(folder).map_err(|e| io(folder, e))?;
    if inside.next().is_some() {
        return Err(io(folder, std::io::ErrorKind::DirectoryNotEmpty.into()));
    }
    for (name, text) in files.iter() {
        let name = Path::new(name);
        // What a database says is no reason to write elsewhere.
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(io(name, std::io::ErrorKind::InvalidInput.into()));
        }
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(|e| io(parent, e))?;
        std::fs::write(&path, text).map_err(|e| io(&path, e))?;
    }
    Ok(())
}
