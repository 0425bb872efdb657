//! Rule books by their hash: kept when they are first used, so that an old answer can be asked
//! again.

use super::{Store, StoreError, now};
use export_advisor_core::files::RuleFiles;
use std::collections::BTreeMap;

impl Store {
    /// Keeps a rule book, if it is not kept already.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_rule_book(&self, files: &RuleFiles) -> Result<(), StoreError> {
        // Cases and pages for people have no part in an answer, nor in the version.
        let texts: BTreeMap<&str, &str> =
            files.iter().filter(|(path, _)| RuleFiles::has_meaning(path)).collect();
        let texts = serde_json::to_string(&texts).unwrap_or_default();
        sqlx::query(
            "INSERT INTO rule_books (version, files, stored_at) VALUES ($1, $2, $3) ON CONFLICT (version) DO NOTHING",
        )
        .bind(files.version())
        .bind(texts)
        .bind(now())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The files of a rule book that was kept.
    ///
    /// # Errors
    /// If the database fails, or what is kept is not what was stored.
    pub async fn rule_book(&self, version: &str) -> Result<Option<RuleFiles>, StoreError> {
        let found: Option<(String,)> =
            sqlx::query_as("SELECT files FROM rule_books WHERE version = $1")
                .bind(version)
                .fetch_optional(&self.pool)
                .await?;
        let Some((texts,)) = found else { return Ok(None) };
        let damaged = || StoreError::Damaged(version.to_owned());
        let texts: BTreeMap<String, String> =
            serde_json::from_str(&texts).map_err(|_| damaged())?;
        let mut files = RuleFiles::default();
        for (path, text) in &texts {
            files.insert(path, text);
        }
        if files.version() == version { Ok(Some(files)) } else { Err(damaged()) }
    }

    /// The versions of all rule books that are kept, the newest first, with the second of storing.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn rule_book_versions(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let all = "SELECT version, stored_at FROM rule_books ORDER BY stored_at DESC, version";
        Ok(sqlx::query_as(all).fetch_all(&self.pool).await?)
    }
}
