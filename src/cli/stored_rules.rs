//! The rule book that a manifest names: built into the program, in a folder, or kept by the service.
//!
//! Owns the order in which they are tried. A stated folder is used whatever its version, since its user compares; without
//! one, a rule book of another version than the program's is taken from the service's store, if one is named. The store is
//! only read.

use super::{CliError, RulesArg};
use clap::Args;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::wording::Lang;

/// Which rules to use for a manifest.
#[derive(Debug, Args)]
pub(super) struct StoredRules {
    #[command(flatten)]
    rules: RulesArg,
    #[cfg(feature = "server")]
    #[command(flatten)]
    kept: super::kept::Kept,
}

impl StoredRules {
    /// The rules of a version; of another one where no store is named or a folder is.
    ///
    /// # Errors
    /// The rules have faults, or the store is named and does not keep the version.
    pub(super) fn nearest(&self, version: &str, lang: Lang) -> Result<Advisor, CliError> {
        let advisor = self.rules.kept()?;
        if self.rules.is_named() || advisor.book().version == version {
            return Ok(advisor);
        }
        self.stored(version, lang).map(|stored| stored.unwrap_or(advisor))
    }

    /// The rules of a version.
    ///
    /// # Errors
    /// They have faults, or are not at hand.
    pub(super) fn of_version(&self, version: &str, lang: Lang) -> Result<Advisor, CliError> {
        let advisor = self.nearest(version, lang)?;
        let found = &advisor.book().version;
        if found == version {
            return Ok(advisor);
        }
        Err(CliError::Faults(match lang {
            Lang::Zh => format!(
                "清单用的规则集是 {version}，现有的是 {found}：请用 --rules 指明那一版规则的文件夹，或用 --database 指明保存它的库。"
            ),
            Lang::En => format!(
                "the manifest has rule book {version}, and these rules are {found}: name the folder of those rules with --rules, or the database that keeps them with --database"
            ),
        }))
    }

    #[cfg(feature = "server")]
    fn stored(&self, version: &str, lang: Lang) -> Result<Option<Advisor>, CliError> {
        if !self.kept.is_stated() {
            return Ok(None);
        }
        let files = self.kept.rule_book(version, lang)?;
        super::rules::advisor_of(&files).map(Some)
    }

    #[cfg(not(feature = "server"))]
    fn stored(&self, _version: &str, _lang: Lang) -> Result<Option<Advisor>, CliError> {
        Ok(None)
    }
}
