//! Where the service keeps things, for the commands that look after them: the same database and data folder as
//! its own, from the same settings.

use super::CliError;
use super::config::{Config, read};
use super::form_key::{self, usual_folder};
use crate::server::secrets::KeySecret;
use crate::server::store::{Store, StoreError, check_address, create_folder, versions_named};
use clap::Args;
use export_advisor_core::files::RuleFiles;
use export_advisor_core::wording::Lang;
use std::path::{Path, PathBuf};

/// Where the service keeps things, for the commands that look after them.
#[derive(Debug, Args)]
pub(super) struct Kept {
    /// The service's file of settings (TOML)
    #[arg(long, value_name = "FILE", env = "EXPORT_ADVISOR_CONFIG")]
    config: Option<PathBuf>,
    /// sqlite:FILE or postgres://… [default: SQLite in the data folder]
    #[arg(long, value_name = "URL", env = "EXPORT_ADVISOR_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Whether a PostgreSQL database on another machine may be reached without TLS [default: false]
    #[arg(long, value_name = "BOOL", env = "EXPORT_ADVISOR_DATABASE_PLAINTEXT", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    database_plaintext: Option<bool>,
    /// The service's data folder [default: the user's]
    #[arg(long, value_name = "DIR", env = "EXPORT_ADVISOR_DATA")]
    data: Option<PathBuf>,
}

impl Kept {
    /// The address of the store.
    pub(super) fn url(&self) -> Result<String, CliError> {
        let settings = self.settings()?;
        let url = match settings.database {
            Some(url) => Some(url).filter(|url| url != "none"),
            None => settings.data.or_else(usual_folder).map(|folder| usual_database(&folder)),
        };
        url.ok_or_else(|| StoreError::Address("none".to_owned()).into())
    }

    /// The store as it is; there must be one.
    pub(super) async fn existing(&self) -> Result<Store, CliError> {
        Ok(Store::existing(&self.url()?).await?)
    }

    /// The store, with the schema that is needed; there must be one.
    pub(super) async fn store(&self) -> Result<Store, CliError> {
        ready(self.existing().await?).await
    }

    /// The store, made if there is none.
    pub(super) async fn made(&self) -> Result<Store, CliError> {
        let settings = self.settings()?;
        let url = database(settings.database.as_deref(), settings.data.as_deref())?;
        Ok(Store::open(&url.ok_or_else(|| StoreError::Address("none".to_owned()))?).await?)
    }

    /// The store with the schema that is needed, made if there is none.
    pub(super) async fn store_or_new(&self) -> Result<Store, CliError> {
        ready(self.made().await?).await
    }

    /// Whether a store is named, rather than the usual one meant.
    pub(super) fn is_stated(&self) -> bool {
        let is_database = self.database.as_deref().is_some_and(|url| url != "none");
        is_database || self.data.is_some() || self.config.is_some()
    }

    /// The versions of the rule books in the store, the newest first, with the second of storing.
    pub(super) fn rule_books(&self) -> Result<Vec<(String, i64)>, CliError> {
        actix_web::rt::System::new().block_on(async {
            let store = self.existing().await?;
            store.refuse_newer().await?;
            Ok(store.rule_book_versions().await?)
        })
    }

    /// The files of the rule book in the store that has this version, or alone begins so, with enough digits.
    pub(super) fn rule_book(&self, version: &str, lang: Lang) -> Result<RuleFiles, CliError> {
        let all = self.rule_books()?;
        let known = all.iter().map(|(known, _)| known.as_str());
        let found = versions_named(version, known).unwrap_or_default();
        let [known] = found.as_slice() else {
            return Err(CliError::Faults(match (lang, found.len()) {
                (Lang::Zh, 0) => format!(
                    "库里没有规则集 {version}（共存有 {} 版）：export-advisor rules list 列出各版。",
                    all.len()
                ),
                (Lang::En, 0) => format!(
                    "the database keeps no rule book {version}, but {} others: export-advisor rules list names them",
                    all.len()
                ),
                (Lang::Zh, count) => {
                    format!("库里有 {count} 版规则集以 {version} 开头：请多写几位。")
                }
                (Lang::En, count) => {
                    format!(
                        "{count} rule books of the database begin with {version}: write more digits"
                    )
                }
            }));
        };
        let files = actix_web::rt::System::new().block_on(async {
            let store = self.existing().await?;
            Ok::<_, CliError>(store.rule_book(known).await?)
        })?;
        files.ok_or_else(|| StoreError::Damaged((*known).to_owned()).into())
    }

    /// The secret that the service hashes keys with.
    pub(super) fn secret(&self) -> Result<KeySecret, CliError> {
        let data = self.settings()?.data;
        form_key::kept_in(data.as_deref()).map(|key| key.key_secret())
    }

    /// The settings of the file, with the database and the data folder that are named here.
    fn settings(&self) -> Result<Config, CliError> {
        let file = self.config.as_deref().map(read).transpose()?;
        let mut settings = file.unwrap_or_default();
        settings.database = self.database.clone().or(settings.database);
        settings.database_plaintext =
            self.database_plaintext.unwrap_or(settings.database_plaintext);
        settings.data = self.data.clone().or(settings.data);
        if let Some(url) = &settings.database {
            check_address(url, settings.database_plaintext)?;
        }
        Ok(settings)
    }
}

/// Brings a file's schema up to date, and sees that the schema is the one that is needed.
async fn ready(store: Store) -> Result<Store, CliError> {
    if store.is_own() {
        store.migrate().await?;
    }
    store.check().await?;
    Ok(store)
}

/// The database of a data folder.
fn usual_database(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("advisor.sqlite").display())
}

/// The address of the store: what the setting names, nothing for `none`, else SQLite in the data
/// folder. A folder that was named and cannot be used is a fault; where the usual one cannot be
/// used, nothing is kept, and the log says so.
pub(super) fn database(
    setting: Option<&str>,
    data: Option<&Path>,
) -> Result<Option<String>, CliError> {
    match setting {
        Some("none") => return Ok(None),
        Some(url) => return Ok(Some(url.to_owned())),
        None => {}
    }
    let folder = data.map(Path::to_path_buf).or_else(usual_folder);
    let made = folder.as_deref().map(create_folder);
    match (folder, made, data) {
        (Some(folder), Some(Ok(())), _) => Ok(Some(usual_database(&folder))),
        (Some(folder), Some(Err(source)), Some(_)) => {
            Err(CliError::Io { path: folder.display().to_string(), source })
        }
        _ => {
            tracing::warn!("no folder for a database: rule books are not kept; see --data");
            Ok(None)
        }
    }
}
