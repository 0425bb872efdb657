//! Rule books by their hash, kept when they are first used, so that an old answer can be asked again; and when which of
//! them was put in use.
//!
//! In go the files of a rule book, out come the same files, checked against their hash. None is ever deleted. A
//! publication is a row of its own, since a service may go back to a rule book that it had before. A restart with the
//! rule book that was in use is no publication.

use super::{Store, StoreError, id_of_now};
use export_advisor_core::files::RuleFiles;
use std::collections::BTreeMap;

/// How many digits name a version at least.
const FEWEST_DIGITS: usize = 8;

/// A rule book put in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Its id: in the order of time.
    pub id: String,
    /// The second in which it was put in use.
    pub at: i64,
    /// What did it: `start` or `reload`.
    pub cause: String,
    /// Who asked for a reload: the id of an API key, or `cli` for the operator at the machine; empty at a start.
    pub actor: String,
}

impl Publication {
    /// A publication of this moment.
    #[must_use]
    pub fn now(cause: &str, actor: &str) -> Self {
        let (id, at) = id_of_now();
        Self { id, at, cause: cause.to_owned(), actor: actor.to_owned() }
    }
}

/// A publication as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedRow {
    /// The version.
    pub version: String,
    /// The second in which it was put in use.
    pub at: i64,
    /// What did it: `start` or `reload`.
    pub cause: String,
    /// The name of the API key that asked for it; empty if none did.
    pub key: String,
}

/// The versions that a text names: a whole one, or those that begin with its digits.
///
/// # Errors
/// If the digits are too few.
pub fn versions_named<'v>(
    text: &str,
    versions: impl Iterator<Item = &'v str>,
) -> Result<Vec<&'v str>, TooFewDigits> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    if digits.len() < FEWEST_DIGITS {
        return Err(TooFewDigits);
    }
    let begins =
        |version: &&str| version.strip_prefix("sha256:").is_some_and(|all| all.starts_with(digits));
    Ok(versions.filter(begins).collect())
}

/// A version that is named by less than [`FEWEST_DIGITS`].
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a version is named by all of its digits, or by the first {FEWEST_DIGITS} or more")]
pub struct TooFewDigits;

impl Store {
    /// Keeps a rule book, if it is not kept already, and records its publication, unless it is the one that was
    /// published last.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn publish_rule_book(
        &self,
        files: &RuleFiles,
        publication: &Publication,
    ) -> Result<(), StoreError> {
        self.keep_rule_book(files).await?;
        // Two processes that publish one rule book at once may both find another one before it: the rows then follow on
        // each other, and are read as one.
        sqlx::query(
            "INSERT INTO rule_book_publications (id, version, at, cause, actor) \
             SELECT $1, $2, $3, $4, $5 \
             WHERE $2 <> COALESCE((SELECT version FROM rule_book_publications ORDER BY id DESC LIMIT 1), '') \
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(&publication.id)
        .bind(files.version())
        .bind(publication.at)
        .bind(&publication.cause)
        .bind(&publication.actor)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

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
        .bind(super::now())
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
        // Of two that were stored in the same second, the one that was put in use later comes first.
        let all = "SELECT b.version, b.stored_at FROM rule_books b ORDER BY b.stored_at DESC, \
                   COALESCE((SELECT MIN(p.id) FROM rule_book_publications p WHERE p.version = b.version), '') DESC, \
                   b.version";
        Ok(sqlx::query_as(all).fetch_all(&self.pool).await?)
    }

    /// All publications, the oldest first. One that follows on another of the same rule book is none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn publications(&self) -> Result<Vec<PublishedRow>, StoreError> {
        let rows: Vec<(String, i64, String, String)> = sqlx::query_as(
            "SELECT p.version, p.at, p.cause, COALESCE(k.name, '') FROM rule_book_publications p \
             LEFT JOIN api_keys k ON k.id = p.actor ORDER BY p.id",
        )
        .fetch_all(&self.pool)
        .await?;
        let rows = rows.into_iter();
        let mut rows: Vec<PublishedRow> = rows
            .map(|(version, at, cause, key)| PublishedRow { version, at, cause, key })
            .collect();
        rows.dedup_by(|next, one| next.version == one.version);
        Ok(rows)
    }
}
