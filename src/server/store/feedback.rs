//! What readers report, and words that were searched for in vain.
//!
//! In and out go rows as they are kept: a text and a day, a word and a count. Nothing here says who wrote or searched, and
//! an id says nothing of the time. How much may be kept is given by whoever adds.

use super::reserve::Checkpoint;
use super::transaction::Outcome;
use super::{Store, StoreError, now};
use std::cell::Cell;
use std::hash::{BuildHasher as _, RandomState};

/// How many rows one transaction of a purge deletes: some megabytes of SQLite's log at most.
const PURGED_AT_ONCE: i64 = 500;

/// A message of a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackRow {
    /// Its id, which is random.
    pub id: String,
    /// The day on which it was sent, as `2026-11-25`.
    pub day: String,
    /// The id of the support that it is about.
    pub support: String,
    /// The version of the rule book that the reader saw.
    pub rule_book: String,
    /// The language of the page.
    pub lang: String,
    /// What the reader wrote.
    pub text: String,
}

impl FeedbackRow {
    /// A random id.
    #[must_use]
    pub fn new_id() -> String {
        format!("{:016x}", RandomState::new().hash_one((now(), std::process::id())))
    }
}

/// A word that was searched for in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchRow {
    /// The day, as `2026-11-25`.
    pub day: String,
    /// Where it was searched for, such as `industry`.
    pub field: String,
    /// The word.
    pub word: String,
    /// How often.
    pub count: i64,
}

impl Store {
    /// Keeps a message, if no more than so many are kept; says whether it was kept. Processes that add at the same moment
    /// may pass the limit by one message each.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_feedback(&self, row: &FeedbackRow, most: i64) -> Result<bool, StoreError> {
        let added = sqlx::query(
            "INSERT INTO feedback (id, day, support, rule_book, lang, text) \
             SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT COUNT(*) FROM feedback) < $7",
        )
        .bind(&row.id)
        .bind(&row.day)
        .bind(&row.support)
        .bind(&row.rule_book)
        .bind(&row.lang)
        .bind(&row.text)
        .bind(most)
        .execute(&self.pool)
        .await?;
        Ok(added.rows_affected() > 0)
    }

    /// The messages from a day on, the oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn feedback(&self, since: &str) -> Result<Vec<FeedbackRow>, StoreError> {
        let rows: Vec<(String, String, String, String, String, String)> = sqlx::query_as(
            "SELECT id, day, support, rule_book, lang, text FROM feedback \
             WHERE day >= $1 ORDER BY day, id",
        )
        .bind(since)
        .fetch_all(&self.pool)
        .await?;
        let row = |(id, day, support, rule_book, lang, text)| FeedbackRow {
            id,
            day,
            support,
            rule_book,
            lang,
            text,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Deletes a message, also on a full disk; says whether there was one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delete_feedback(&self, id: &str) -> Result<bool, StoreError> {
        self.with_reserve(async || {
            let deleted = sqlx::query("DELETE FROM feedback WHERE id = $1").bind(id);
            Ok(deleted.execute(&self.pool).await?.rows_affected() > 0)
        })
        .await
    }

    /// Adds to the counts of words on a day. Beyond so many words of a day, only words that are kept already are counted.
    ///
    /// # Errors
    /// If the database fails; then nothing was counted.
    pub async fn count_searches(&self, rows: &[SearchRow], most: i64) -> Result<(), StoreError> {
        self.in_transaction(async |connection| {
            for SearchRow { day, field, word, count } in rows {
                sqlx::query(
                    "INSERT INTO vain_searches (day, field, word, count) SELECT $1, $2, $3, $4 \
                     WHERE (SELECT COUNT(*) FROM vain_searches WHERE day = $1) < $5 \
                     OR EXISTS (SELECT 1 FROM vain_searches WHERE day = $1 AND field = $2 AND word = $3) \
                     ON CONFLICT (day, field, word) DO UPDATE \
                     SET count = vain_searches.count + excluded.count",
                )
                .bind(day)
                .bind(field)
                .bind(word)
                .bind(count)
                .bind(most)
                .execute(&mut *connection)
                .await?;
            }
            Ok(Outcome::Commit(()))
        })
        .await
    }

    /// The words from a day on, by day, the most searched first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn vain_searches(&self, since: &str) -> Result<Vec<SearchRow>, StoreError> {
        let rows: Vec<(String, String, String, i64)> = sqlx::query_as(
            "SELECT day, field, word, count FROM vain_searches WHERE day >= $1 \
             ORDER BY day, count DESC, field, word",
        )
        .bind(since)
        .fetch_all(&self.pool)
        .await?;
        let row = |(day, field, word, count)| SearchRow { day, field, word, count };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Deletes messages and words from before a day, also on a full disk; gives how many.
    ///
    /// # Errors
    /// If the database fails; then a part may have been deleted.
    pub async fn purge_feedback(&self, oldest: &str) -> Result<u64, StoreError> {
        const STATEMENTS: [&str; 2] = [
            "DELETE FROM feedback WHERE id IN (SELECT id FROM feedback WHERE day < $1 LIMIT $2)",
            "DELETE FROM vain_searches WHERE (day, field, word) IN \
             (SELECT day, field, word FROM vain_searches WHERE day < $1 LIMIT $2)",
        ];
        let purged = Cell::new(0);
        self.with_reserve(async || {
            for statement in STATEMENTS {
                loop {
                    let done = sqlx::query(statement).bind(oldest);
                    let done = done.bind(PURGED_AT_ONCE).execute(&self.pool).await?;
                    purged.set(purged.get() + done.rows_affected());
                    if done.rows_affected() < PURGED_AT_ONCE.unsigned_abs() {
                        break;
                    }
                    self.checkpoint(Checkpoint::Passive).await?;
                }
            }
            Ok(())
        })
        .await?;
        Ok(purged.get())
    }
}
