//! `db`: the store's schema, copies of it, and whether it is sound.

use super::audit::record;
use super::kept::Kept;
use super::{CliError, print};
use crate::server::store::{
    DATABASE_PARTS as PARTS, DatabaseLock, Store, StoreError, beside, create_file, create_folder,
};
use clap::Subcommand;
use std::path::{Path, PathBuf};

/// Looks after the store.
#[derive(Debug, Subcommand)]
pub(super) enum DbCommand {
    /// Bring the schema up to date
    Migrate(Kept),
    /// Tell whether the database answers, with the schema that this program needs
    Check(Kept),
    /// Copy a SQLite database to a new file, while the service goes on
    Backup {
        #[command(flatten)]
        kept: Kept,
        /// The file to make
        file: PathBuf,
    },
    /// Put a copy in the place of a SQLite database; stop the service before
    Restore {
        #[command(flatten)]
        kept: Kept,
        /// The copy
        file: PathBuf,
    },
}

impl DbCommand {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let output = actix_web::rt::System::new().block_on(async {
            match self {
                Self::Migrate(kept) => {
                    let store = kept.made().await?;
                    let schema = store.migrate().await?;
                    record(&store, "db_migrate", &schema.to_string()).await?;
                    Ok::<String, CliError>(format!("the database has schema {schema}\n"))
                }
                Self::Check(kept) => {
                    let store = kept.existing().await?;
                    store.check().await?;
                    let books = store.rule_book_versions().await?;
                    let lines = books.iter().map(|(version, _)| format!("  {version}\n"));
                    let lines: String = lines.collect();
                    Ok(format!("the database is sound; {} rule books kept\n{lines}", books.len()))
                }
                Self::Backup { kept, file } => {
                    kept.existing().await?.backup(file).await?;
                    Ok(format!("copied to {}\n", file.display()))
                }
                Self::Restore { kept, file } => restore(&kept.url()?, file).await,
            }
        })?;
        print(&output)
    }
}

/// Puts a copy in the place of a database, which stays under another name.
async fn restore(url: &str, copy: &Path) -> Result<String, CliError> {
    let target = Store::file(url)?;
    // Named alone if it is what cannot be read; nothing is made for a copy that is not there.
    let source = std::fs::File::open(copy).map_err(|e| io(copy, e))?;
    if let Some(folder) = target.parent() {
        create_folder(folder).map_err(|e| io(folder, e))?;
    }
    let _alone = DatabaseLock::to_replace(&target)?;
    let fresh = beside(&target, ".restoring");
    // What SQLite kept beside another file of this name would be taken for this one's.
    if let Some(left) = PARTS.map(|part| beside(&fresh, part)).iter().find(|part| part.exists()) {
        return Err(CliError::Failed(format!(
            "`{}` is left of a restore that was broken off, or one is under way: delete it",
            left.display()
        )));
    }
    let installed = install(copy, source, &fresh, &target).await;
    if installed.is_err() {
        for part in PARTS {
            let _ = std::fs::remove_file(beside(&fresh, part));
        }
    }
    let old = match installed? {
        Some(old) => {
            format!("; the old one is {0}, with {0}-wal and -shm if they are there", old.display())
        }
        None => String::new(),
    };
    Ok(format!("{} is in the place of {}{old}\n", copy.display(), target.display()))
}

/// The copy is looked at before anything is touched, and comes into its place whole. Tells where the old one is.
async fn install(
    copy: &Path,
    mut source: std::fs::File,
    fresh: &Path,
    target: &Path,
) -> Result<Option<PathBuf>, CliError> {
    let copied = create_file(fresh).and_then(|mut file| std::io::copy(&mut source, &mut file));
    copied.map_err(|e| io(fresh, e))?;
    let store = inspect(fresh).await.map_err(|error| match error {
        StoreError::NotSqlite(_) => StoreError::NotSqlite(copy.to_owned()),
        StoreError::Foreign(_) => StoreError::Foreign(copy.to_owned()),
        other => other,
    })?;
    record(&store, "db_restore", "").await?;
    store.close().await;
    let old = set_aside(target)?;
    std::fs::rename(fresh, target).map_err(|e| io(target, e))?;
    Ok(old)
}

/// Whether a file is a store that this program can use, brought up to date.
async fn inspect(file: &Path) -> Result<Store, StoreError> {
    let store = Store::existing(&format!("sqlite:{}", file.display())).await?;
    store.is_whole().await?;
    store.migrate().await?;
    Ok(store)
}

/// Gives a database another name, which is free, and tells it; nothing if there is none.
fn set_aside(target: &Path) -> Result<Option<PathBuf>, CliError> {
    let mut names = (1_u32..).map(|number| beside(target, &format!(".old-{number}")));
    // What is left of another database under a name would be taken for this one's.
    let any_part = |name: &Path| PARTS.iter().any(|part| beside(name, part).exists());
    let free = names.find(|name| !any_part(name));
    let Some(old) = free.filter(|_| any_part(target)) else { return Ok(None) };
    for part in PARTS {
        match std::fs::rename(beside(target, part), beside(&old, part)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(io(target, error));
            }
            _ => {}
        }
    }
    Ok(Some(old))
}

fn io(path: &Path, source: std::io::Error) -> CliError {
    CliError::Io { path: path.display().to_string(), source }
}
