//! `db`: the store's schema, copies of it, and whether it is sound.

use super::audit::told;
use super::config::database;
use super::{CliError, print};
use crate::store::{Store, StoreError};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// Looks after the store.
#[derive(Debug, Subcommand)]
pub(super) enum DbCommand {
    /// Bring the schema up to date
    Migrate(Database),
    /// Tell whether the database answers, with the schema that this program needs
    Check(Database),
    /// Copy a SQLite database to a new file, while the service goes on
    Backup {
        #[command(flatten)]
        database: Database,
        /// The file to make
        file: PathBuf,
    },
    /// Put a copy in the place of a SQLite database; stop the service before
    Restore {
        #[command(flatten)]
        database: Database,
        /// The copy
        file: PathBuf,
    },
}

/// Which store.
#[derive(Debug, Args)]
pub(super) struct Database {
    /// sqlite:FILE or postgres://… [default: SQLite in the user's data folder]
    #[arg(long, value_name = "URL", env = "EXPORT_ADVISOR_DATABASE")]
    database: Option<String>,
}

impl Database {
    fn url(&self) -> Result<String, CliError> {
        database(self.database.as_deref(), None)?
            .ok_or_else(|| StoreError::Address("none".to_owned()).into())
    }
}

impl DbCommand {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let told = actix_web::rt::System::new().block_on(async {
            match self {
                Self::Migrate(database) => {
                    let store = Store::open(&database.url()?).await?;
                    let schema = store.migrate().await?;
                    told(&store, "db_migrate", &schema.to_string()).await?;
                    Ok::<String, CliError>(format!("the database has schema {schema}\n"))
                }
                Self::Check(database) => {
                    let store = Store::open(&database.url()?).await?;
                    store.check().await?;
                    let kept = store.rule_book_versions().await?;
                    let lines = kept.iter().map(|(version, _)| format!("  {version}\n"));
                    let lines: String = lines.collect();
                    Ok(format!("the database is sound; {} rule books kept\n{lines}", kept.len()))
                }
                Self::Backup { database, file } => {
                    if file.exists() {
                        return Err(exists(file));
                    }
                    Store::open(&database.url()?).await?.backup(file).await?;
                    Ok(format!("copied to {}\n", file.display()))
                }
                Self::Restore { database, file } => restore(&database.url()?, file).await,
            }
        })?;
        print(&told)
    }
}

/// The copy is looked at before anything is touched, and comes into its place whole.
async fn restore(url: &str, copy: &Path) -> Result<String, CliError> {
    let target = Store::file(url)?;
    let beside = target.with_extension("restoring");
    let io = |path: &Path, source| CliError::Io { path: path.display().to_string(), source };
    std::fs::copy(copy, &beside).map_err(|e| io(copy, e))?;
    let sound = async {
        let store = Store::open(&format!("sqlite:{}", beside.display())).await?;
        store.migrate().await?;
        told(&store, "db_restore", "").await?;
        store.close().await;
        Ok::<(), CliError>(())
    };
    if let Err(error) = sound.await {
        let _ = std::fs::remove_file(&beside);
        return Err(error);
    }
    for left in ["-wal", "-shm"] {
        let mut path = target.clone().into_os_string();
        path.push(left);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(io(Path::new(&path), e));
            }
            _ => {}
        }
    }
    std::fs::rename(&beside, &target).map_err(|e| io(&target, e))?;
    Ok(format!("{} is in the place of {}\n", copy.display(), target.display()))
}

fn exists(file: &Path) -> CliError {
    let source = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
    CliError::Io { path: file.display().to_string(), source }
}
