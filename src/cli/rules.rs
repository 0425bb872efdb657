//! Reads rule files from a folder.
//!
//! The folder may hold anything: only plain files are opened, and there is an end to their number, to their sizes and to
//! the time that the rules made of them may take.

use super::{CliError, RulesArg, listed};
use export_advisor_core::assessment::Advisor;
use export_advisor_core::diagnostic::Diagnostic;
use export_advisor_core::files::RuleFiles;
use export_advisor_core::interrupt::Interrupt;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::RuleBook;
use export_advisor_core::script::{Loaded, load_within, too_slow};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long reading rules may take, unless the operator says otherwise. A hundred documents take a second.
pub(super) const USUAL_SECONDS: u64 = 30;
/// The most files of the rules and the texts; a hundred documents have some five thousand.
const MOST_FILES: usize = 20_000;
/// The most bytes of one file.
const LARGEST_FILE: u64 = 4 << 20;
/// The most bytes of all files.
const MOST_BYTES: u64 = 64 << 20;
/// The most folders within each other; a policy's cases lie in the third.
const DEEPEST: usize = 8;

/// Work that may take so long from now on.
pub(super) fn within(time: Duration) -> Interrupt {
    let begun = Instant::now();
    Interrupt::when(move || begun.elapsed() >= time)
}

fn usual() -> Interrupt {
    within(Duration::from_secs(USUAL_SECONDS))
}

/// Compiles the chosen rules, if that does not take longer than reading them may.
pub(super) fn plan(book: RuleBook) -> Result<Plan, CliError> {
    Plan::within(book, &usual()).map_err(|_| listed(&[too_slow("rules")]))
}

/// Where rules come from.
#[derive(Debug)]
pub(super) enum Source {
    /// Built into the program.
    Builtin,
    /// A folder of rules, with seeds/ beside it.
    Folder(PathBuf),
    /// A .zip archive with rules/ and seeds/.
    Archive(PathBuf),
    /// Files that have been read.
    #[cfg(feature = "server")]
    Files(RuleFiles),
}

impl Source {
    /// Rules by a name: `builtin`, a folder (of rules, or with rules/ in it), or an archive; nothing if it is none of them.
    pub(super) fn find(name: &str) -> Option<Self> {
        let path = Path::new(name);
        if name == "builtin" {
            Some(Self::Builtin)
        } else if path.join("rules").is_dir() {
            Some(Self::Folder(path.join("rules")))
        } else if path.is_dir() {
            Some(Self::Folder(path.to_owned()))
        } else {
            path.is_file().then(|| Self::Archive(path.to_owned()))
        }
    }

    /// The rules with all their faults.
    pub(super) fn load(self) -> Result<(RuleFiles, Loaded), CliError> {
        self.load_within(&usual())
    }

    fn load_within(self, interrupt: &Interrupt) -> Result<(RuleFiles, Loaded), CliError> {
        let (files, faults) = self.read()?;
        let loaded = load_within(&files, faults, interrupt);
        Ok((files, loaded))
    }

    /// The files that could be read, and the faults of the others.
    fn read(self) -> Result<(RuleFiles, Vec<Diagnostic>), CliError> {
        let mut reading = Reading::default();
        match self {
            Self::Builtin => reading.files = RuleFiles::builtin(),
            #[cfg(feature = "server")]
            Self::Files(files) => reading.files = files,
            Self::Archive(path) => reading.archive(&path)?,
            Self::Folder(folder) => {
                let io = |source| CliError::Io { path: folder.display().to_string(), source };
                let folder = &folder.canonicalize().map_err(io)?;
                reading.folder(folder, "rules", 0)?;
                let seeds = folder.parent().unwrap_or(Path::new(".")).join("seeds");
                if seeds.is_dir() {
                    reading.folder(&seeds, "seeds", 0)?;
                }
            }
        }
        Ok((reading.files, reading.faults))
    }
}

impl RulesArg {
    /// The chosen rules with all their faults.
    pub(super) fn load(&self) -> Result<(RuleFiles, Loaded), CliError> {
        self.load_within(&usual())
    }

    fn load_within(&self, interrupt: &Interrupt) -> Result<(RuleFiles, Loaded), CliError> {
        let folder = self.rules.clone().map(Source::Folder);
        let (mut files, mut faults) = folder.unwrap_or(Source::Builtin).read()?;
        for folder in &self.overlay {
            let (name, overlay, found) = overlay(folder)?;
            faults.extend(found);
            files = match files.with_overlay(&name, &overlay) {
                Ok(files) => files,
                Err(found) => return Err(listed(&found)),
            };
        }
        let loaded = load_within(&files, faults, interrupt);
        Ok((files, loaded))
    }

    /// Whether other rules are named than those built into the program.
    pub(super) fn is_named(&self) -> bool {
        self.rules.is_some() || !self.overlay.is_empty()
    }

    /// The chosen rules, ready to answer.
    pub(super) fn advisor(&self) -> Result<Advisor, CliError> {
        self.advisor_within(&usual()).map(|(advisor, _)| advisor)
    }

    /// The chosen rules, ready to answer if somebody waits for them so long, and their files.
    pub(super) fn advisor_within(
        &self,
        interrupt: &Interrupt,
    ) -> Result<(Advisor, RuleFiles), CliError> {
        let (files, loaded) = self.load_within(interrupt)?;
        let book = loaded.into_result().map_err(|faults| listed(&faults))?;
        let advisor = Advisor::within(book, interrupt).map_err(|_| listed(&[too_slow("rules")]))?;
        Ok((advisor, files))
    }

    /// The chosen rules of a former day, ready to answer again.
    pub(super) fn kept(&self) -> Result<Advisor, CliError> {
        let (_, loaded) = self.load()?;
        former(loaded)
    }
}

/// The name and the files of an overlay, and the faults of those that could not be read.
fn overlay(folder: &Path) -> Result<(String, RuleFiles, Vec<Diagnostic>), CliError> {
    let io = |source| CliError::Io { path: folder.display().to_string(), source };
    let folder = folder.canonicalize().map_err(io)?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut reading = Reading::default();
    reading.folder(&folder, "", 0)?;
    Ok((name, reading.files, reading.faults))
}

/// Rules that the service kept, ready to answer again.
#[cfg(feature = "server")]
pub(super) fn advisor_of(files: &RuleFiles) -> Result<Advisor, CliError> {
    former(load_within(files, Vec::new(), &usual()))
}

fn former(loaded: Loaded) -> Result<Advisor, CliError> {
    let book = loaded.into_kept().map_err(|faults| listed(&faults))?;
    Advisor::within(book, &usual()).map_err(|_| listed(&[too_slow("rules")]))
}

/// Files while a folder is read.
#[derive(Default)]
struct Reading {
    files: RuleFiles,
    faults: Vec<Diagnostic>,
    seen: usize,
    bytes: u64,
}

impl Reading {
    fn folder(&mut self, folder: &Path, name: &str, depth: usize) -> Result<(), CliError> {
        let io = |path: &Path, source| CliError::Io { path: path.display().to_string(), source };
        if depth > DEEPEST {
            self.fault(
                "too-deep",
                name,
                format!("more than {DEEPEST} folders lie within each other"),
                "rules lie in rules/, rules/<policy>/ and rules/<policy>/cases/; a link may lead back to its own folder",
            );
            return Ok(());
        }
        for entry in std::fs::read_dir(folder).map_err(|e| io(folder, e))? {
            let entry = entry.map_err(|e| io(folder, e))?;
            let (path, file) = (entry.path(), entry.file_name());
            let inner = match name {
                "" => file.to_string_lossy().into_owned(),
                name => format!("{name}/{}", file.to_string_lossy()),
            };
            if file.to_string_lossy().starts_with('.') {
                continue;
            }
            self.seen += 1;
            // All loops end here.
            if self.is_full(name) {
                return Ok(());
            }
            let kind = std::fs::metadata(&path).map_err(|e| io(&path, e))?;
            if kind.is_dir() {
                self.folder(&path, &inner, depth + 1)?;
            } else if kind.is_file() {
                self.file(&path, &inner).map_err(|e| io(&path, e))?;
            } else {
                // To open a pipe is to wait for its other end.
                self.fault(
                    "not-a-file",
                    &inner,
                    "this is no plain file",
                    "take it out of the folder",
                );
            }
        }
        Ok(())
    }

    /// Reads the files of an archive that lie in rules/ or seeds/.
    fn archive(&mut self, path: &Path) -> Result<(), CliError> {
        let io = |source| CliError::Io { path: path.display().to_string(), source };
        let file = File::open(path).map_err(io)?;
        let mut archive = zip::ZipArchive::new(file).map_err(|error| io(error.into()))?;
        for index in 0..archive.len() {
            let entry = archive.by_index(index).map_err(|error| io(error.into()))?;
            let name = entry.name().map_err(|error| io(error.into()))?.into_owned();
            let is_rule = name.starts_with("rules/") || name.starts_with("seeds/");
            if entry.is_dir() || !is_rule || name.contains("/.") {
                continue;
            }
            self.seen += 1;
            if self.is_full(&name) {
                return Ok(());
            }
            self.text(entry, &name).map_err(io)?;
        }
        Ok(())
    }

    /// Whether there are more files than are read; the first time it is a fault.
    fn is_full(&mut self, name: &str) -> bool {
        let is_full = self.seen > MOST_FILES || self.bytes > MOST_BYTES;
        if is_full && !self.faults.iter().any(|fault| fault.code == "too-many-files") {
            let message = format!(
                "the rules have more than {MOST_FILES} files, or more than {MOST_BYTES} bytes"
            );
            let help = "name the folder of the rules itself, and take out what is none of them";
            self.fault("too-many-files", name, message, help);
        }
        is_full
    }

    fn file(&mut self, path: &Path, name: &str) -> std::io::Result<()> {
        self.text(File::open(path)?, name)
    }

    fn text(&mut self, source: impl std::io::Read, name: &str) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        let read = source.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
        self.bytes += read as u64;
        if read as u64 > LARGEST_FILE {
            let message = format!("the file has more than {LARGEST_FILE} bytes");
            self.fault("too-large", name, message, "split it, or take it out of the folder");
            return Ok(());
        }
        match String::from_utf8(bytes) {
            Ok(text) => self.files.insert(name, &text),
            Err(_) => self.fault(
                "not-utf-8",
                name,
                "the file is not saved as UTF-8 text",
                "open it and save it as UTF-8 (编码选 UTF-8); what is no text does not belong here",
            ),
        }
        Ok(())
    }

    fn fault(&mut self, code: &'static str, file: &str, message: impl Into<String>, help: &str) {
        self.faults.push(Diagnostic::new(code, file, message, help));
    }
}
