//! The last screening, as its manifest records it.
//!
//! Owns how it is found and what is checked before it is trusted: the manifest beside the output, the hash of the output
//! if that is what names it, and the rule book. The list itself is hashed while it is read. The list is read again as the
//! manifest says, never from the output: an output lacks cells that were withheld, and its rows have other numbers. So an
//! output that names nothing is not read at all.

use crate::error::ScreenError;
use crate::error::manifest::ManifestError;
use crate::job::options::Options;
use crate::manifest::{ChangesRecord, FileRecord, Manifest, path_of};
use crate::table::digest::sha256_of;
use crate::table::format::{Compression, FileFormat, FileType};
use crate::write::target::Destination;
use export_advisor_core::plan::Plan;
use jiff::civil::Date;
use std::path::{Path, PathBuf};

/// What the names of manifests end in.
const SUFFIX: &str = ".manifest.json";

/// The last screening.
#[derive(Clone, Debug)]
pub struct LastScreening {
    path: PathBuf,
    manifest: Manifest,
    sha256: String,
}

/// What the new list is compared with, and where the changes go.
#[derive(Clone, Debug)]
pub struct ChangeOptions<'p> {
    /// The last screening.
    pub last: LastScreening,
    /// Its rule book.
    pub plan: &'p Plan,
    /// Where its list is now; `None` if it is where it was, or beside the manifest.
    pub list: Option<PathBuf>,
    /// The column by which clients are matched: its header, `#` and its number, or a header of the fact that it holds.
    pub key: String,
    /// Where the changes go.
    pub output: Destination,
    /// Their file type.
    pub output_type: FileType,
}

impl LastScreening {
    /// Opens a screening by its manifest, or by the output beside which the manifest is.
    ///
    /// # Errors
    /// There is no manifest, it cannot be read, or the output that is named is not the one that it records.
    pub fn open(last: &Path) -> Result<Self, ScreenError> {
        let is_manifest = last.to_string_lossy().ends_with(SUFFIX);
        let path = if is_manifest { last.to_owned() } else { path_of(last) };
        let manifest = Manifest::read(&path)?;
        let sha256 = sha256_of(&path).map_err(ScreenError::io(&path))?;
        if !is_manifest {
            let found = sha256_of(last).map_err(ScreenError::io(last))?;
            if found != manifest.output.sha256 {
                return Err(other_content(&path, &manifest.output, found));
            }
        }
        Ok(Self { path, manifest, sha256 })
    }

    /// Opens the last screening that another manifest records: where it was, or beside that manifest.
    ///
    /// # Errors
    /// There is none, or it is another one.
    pub fn recorded(record: &ChangesRecord, manifest: &Path) -> Result<Self, ScreenError> {
        let original = PathBuf::from(&record.previous);
        let beside = original.file_name().map(|name| manifest.with_file_name(name));
        let beside = beside.filter(|path| !original.is_file() && path.is_file());
        let last = Self::open(&beside.unwrap_or(original))?;
        if last.sha256 != record.previous_sha256 {
            let (file, recorded) = (record.previous.clone(), record.previous_sha256.clone());
            let found = last.sha256.clone();
            let fault = ManifestError::OtherContent { file, recorded, found };
            return Err(ScreenError::Manifest { path: manifest.to_owned(), fault });
        }
        Ok(last)
    }

    /// The path of its manifest.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `sha256:…` of its manifest.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The version of its rule book.
    #[must_use]
    pub fn rulebook(&self) -> &str {
        &self.manifest.rulebook
    }

    /// What its manifest records.
    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

impl ChangeOptions<'_> {
    /// The files that must stay as they are: the last list, its output and its manifest.
    pub(crate) fn inputs(&self) -> Vec<PathBuf> {
        let LastScreening { path, manifest, .. } = &self.last;
        let beside =
            path.with_file_name(Path::new(&manifest.output.path).file_name().unwrap_or_default());
        let list = manifest.find(path, self.list.as_deref());
        [path.clone(), beside].into_iter().chain(list).collect()
    }

    /// The day of the last screening.
    ///
    /// # Errors
    /// The manifest has no day.
    pub(crate) fn as_of(&self) -> Result<Date, ScreenError> {
        let LastScreening { path, manifest, .. } = &self.last;
        manifest.as_of.parse().map_err(|_| ScreenError::Manifest {
            path: path.clone(),
            fault: ManifestError::NoManifest(format!("`{}` is not a day", manifest.as_of)),
        })
    }

    /// The options that read the last list again: the supports `supports` are evaluated, and nothing is written.
    ///
    /// # Errors
    /// The plan is not of the rule book of the last screening, or its list is not found.
    pub(crate) fn options(
        &self,
        supports: Vec<usize>,
        options: &Options,
    ) -> Result<Options, ScreenError> {
        let LastScreening { path, manifest, .. } = &self.last;
        let given = &self.plan.book.version;
        if *given != manifest.rulebook {
            let (wanted, given) = (manifest.rulebook.clone(), given.clone());
            let fault = ManifestError::OtherRules { wanted, given };
            return Err(ScreenError::Manifest { path: path.clone(), fault });
        }
        let list = self.list.as_deref();
        let last =
            manifest.options_with(self.plan, path, list, options.workers, "--previous-list")?;
        Ok(Options {
            supports,
            derive: Vec::new(),
            excluded_by: false,
            matches: None,
            output_type: FileType { format: FileFormat::Csv, compression: Compression::Plain },
            lang: options.lang,
            keep_refused: options.keep_refused,
            limits: options.limits,
            ..last
        })
    }

    /// The error of a list that has another hash than the manifest records, if it has.
    pub(crate) fn check_list(&self, found: &str) -> Result<(), ScreenError> {
        let LastScreening { path, manifest, .. } = &self.last;
        if found == manifest.input.sha256 {
            return Ok(());
        }
        Err(other_content(path, &manifest.input, found.to_owned()))
    }
}

fn other_content(path: &Path, record: &FileRecord, found: String) -> ScreenError {
    let (file, recorded) = (record.path.clone(), record.sha256.clone());
    let fault = ManifestError::OtherContent { file, recorded, found };
    ScreenError::Manifest { path: path.to_owned(), fault }
}
