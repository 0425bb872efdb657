//! The audit: who did what and when, in counts and hashes.
//!
//! In go rows, out come rows, the oldest first. An id is the time of making with what makes it the
//! only one, so that ids are in the order of time, a row that is sent twice is kept once, and a reader
//! goes on after the last one it saw. It never says whom an answer was about.

use super::reserve::Checkpoint;
use super::{Store, StoreError, id_of_now, now};
use sqlx::AssertSqlSafe;
use std::cell::Cell;

/// Values of a row.
const COLUMNS: usize = 9;
/// Rows of one statement: PostgreSQL takes 65,535 values, SQLite half of that.
const AT_ONCE: usize = 500;
/// How many lines one transaction of a purge deletes: some megabytes of SQLite's log at most.
const PURGED_AT_ONCE: i64 = 1000;

/// One line of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its id: in the order of time.
    pub id: String,
    /// The second in which it was done.
    pub at: i64,
    /// Who did it: the id of an API key, `anonymous`, or `cli` for the operator at the machine.
    pub actor: String,
    /// What was done, in a word.
    pub action: String,
    /// What it was done to: an id or a hash; empty if that says nothing.
    pub object: String,
    /// How many: rows, profiles, shares.
    pub count: i64,
    /// The version of the rule book that was used; empty if there was none.
    pub rule_book: String,
    /// The HTTP status; `ok` or `failed` where there is none.
    pub outcome: String,
    /// The name of the request; empty if the line is of several or of none.
    pub request_id: String,
}

impl AuditRow {
    /// A line about now, with nothing but its actor and action.
    #[must_use]
    pub fn new(actor: &str, action: &str) -> Self {
        let (id, at) = id_of_now();
        Self {
            id,
            at,
            actor: actor.to_owned(),
            action: action.to_owned(),
            object: String::new(),
            count: 1,
            rule_book: String::new(),
            outcome: "ok".to_owned(),
            request_id: String::new(),
        }
    }
}

/// Which lines are asked for.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// From this second on.
    pub since: i64,
    /// Before this second.
    pub until: Option<i64>,
    /// Of this actor alone.
    pub actor: Option<String>,
    /// After the line with this id.
    pub after: String,
    /// So many at most.
    pub limit: i64,
}

type Columns = (String, i64, String, String, String, i64, String, String, String);

impl Store {
    /// Keeps lines. Those that are kept already stay as they are.
    ///
    /// # Errors
    /// If the database fails; then some of the lines may have been kept.
    pub async fn add_audit(&self, rows: &[AuditRow]) -> Result<(), StoreError> {
        for rows in rows.chunks(AT_ONCE) {
            let values: Vec<String> = (0..rows.len())
                .map(|row| {
                    let placeholders =
                        (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column));
                    format!("({})", placeholders.collect::<Vec<_>>().join(", "))
                })
                .collect();
            let insert = format!(
                "INSERT INTO audit (id, at, actor, action, object, count, rule_book, outcome, request_id) \
                 VALUES {} ON CONFLICT (id) DO NOTHING",
                values.join(", ")
            );
            // Numbers of places alone were put into it.
            let mut insert = sqlx::query(AssertSqlSafe(insert)).persistent(false);
            for row in rows {
                insert = insert
                    .bind(&row.id)
                    .bind(row.at)
                    .bind(&row.actor)
                    .bind(&row.action)
                    .bind(&row.object)
                    .bind(row.count)
                    .bind(&row.rule_book)
                    .bind(&row.outcome)
                    .bind(&row.request_id);
            }
            insert.execute(&self.pool).await?;
        }
        Ok(())
    }

    /// Lines that are kept, the oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError> {
        let rows: Vec<Columns> = sqlx::query_as(
            "SELECT id, at, actor, action, object, count, rule_book, outcome, request_id FROM audit \
             WHERE at >= $1 AND at < $2 AND ($3 = '' OR actor = $3) AND id > $4 ORDER BY id LIMIT $5",
        )
        .bind(query.since)
        .bind(query.until.unwrap_or(i64::MAX))
        .bind(query.actor.as_deref().unwrap_or(""))
        .bind(&query.after)
        .bind(query.limit)
        .fetch_all(&self.pool)
        .await?;
        let row = |columns: Columns| {
            let (id, at, actor, action, object, count, rule_book, outcome, request_id) = columns;
            AuditRow { id, at, actor, action, object, count, rule_book, outcome, request_id }
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Deletes lines that are older than some days, also on a full disk; gives their number.
    ///
    /// # Errors
    /// If the database fails; then a part may have been deleted.
    pub async fn purge_audit(&self, days: u32) -> Result<u64, StoreError> {
        let oldest = now().saturating_sub(i64::from(days) * 86_400);
        let purged = Cell::new(0);
        self.with_reserve(async || {
            loop {
                let deleted = self.purge_lines(oldest).await?;
                purged.set(purged.get() + deleted);
                if deleted < PURGED_AT_ONCE.unsigned_abs() {
                    return Ok(());
                }
                self.checkpoint(Checkpoint::Passive).await?;
            }
        })
        .await?;
        Ok(purged.get())
    }

    /// Deletes some lines from before a second.
    async fn purge_lines(&self, oldest: i64) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < $1 LIMIT $2)",
        );
        let done = done.bind(oldest).bind(PURGED_AT_ONCE).execute(&self.pool).await?;
        Ok(done.rows_affected())
    }
}
