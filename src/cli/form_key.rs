//! The key that forms are signed with: made once, and kept in the data folder, so that a page that is
//! open somewhere can go on after a restart.
//!
//! A folder that was named and cannot be used is a fault. The usual folder is only a convenience: where
//! it cannot be written, the key lasts until the service ends, and the log says so.

use super::CliError;
use crate::server::secrets::FormKey;
use crate::server::store::{create_file, create_folder};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The name of the file in the data folder.
pub(super) const FILE: &str = "form.key";

/// The kept key, made if there is none yet.
pub(super) fn keep(folder: Option<&Path>) -> Result<FormKey, CliError> {
    if let Some(folder) = folder {
        return kept(folder);
    }
    if let Some(folder) = usual_folder()
        && let Ok(key) = kept(&folder)
    {
        return Ok(key);
    }
    tracing::warn!(
        "no folder to keep the form's key in: open forms end with the service; see --data"
    );
    random()
}

/// The kept key of a folder, else of the usual one; a command has no use for one that does not last.
pub(super) fn kept_in(folder: Option<&Path>) -> Result<FormKey, CliError> {
    let folder = folder.map(Path::to_path_buf).or_else(usual_folder);
    let named = || CliError::Faults("no data folder: name the service's with --data".to_owned());
    kept(&folder.ok_or_else(named)?)
}

/// The user's data directory, by the usual names.
pub(super) fn usual_folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let data = named("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || named("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    data.or_else(home).map(|folder| folder.join("export-advisor"))
}

fn random() -> Result<FormKey, CliError> {
    FormKey::random().map_err(|error| CliError::Faults(format!("no random bytes: {error}\n")))
}

fn kept(folder: &Path) -> Result<FormKey, CliError> {
    let path = folder.join(FILE);
    let io = |source| CliError::Io { path: path.display().to_string(), source };
    create_folder(folder).map_err(io)?;
    if !path.exists() {
        // Written beside and linked, so that two services that start at once agree on one key.
        let fresh = folder.join(format!("{FILE}.{}", std::process::id()));
        let written = write(&fresh, &random()?.to_text());
        let linked = written.and_then(|()| std::fs::hard_link(&fresh, &path));
        // Whether it was linked or another was first, the temporary file has done its work.
        let _ = std::fs::remove_file(&fresh);
        match linked {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(io(error));
            }
            _ => {}
        }
    }
    let text = std::fs::read_to_string(&path).map_err(io)?;
    FormKey::from_text(&text).ok_or_else(|| {
        CliError::Faults(format!(
            "`{}` holds no key: delete the file, and a new one is made\n",
            path.display()
        ))
    })
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    create_file(path)?.write_all(format!("{text}\n").as_bytes())
}
