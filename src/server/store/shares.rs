//! Shares: what a firm handed to another, encrypted, and how much of it is kept.
//!
//! In and out go rows as they are kept; the key that opens one never comes here. A row that has
//! expired is not found any more, and is purged later. How many rows and bytes there are, in all and of a
//! caller's day, stands in `share_usage`; it is changed in the transaction that changes the shares, so that
//! no two processes can pass a limit together, and no request counts rows.

use super::reserve::Checkpoint;
use super::transaction::Outcome;
use super::{Store, StoreError, now};
use std::cell::Cell;

/// How many shares one transaction of a purge deletes: some megabytes of SQLite's log at most.
const PURGED_AT_ONCE: i64 = 50;

/// A share as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareRow {
    /// Its id, which follows from the link's secret.
    pub id: String,
    /// The encrypted text, in base64url.
    pub ciphertext: String,
    /// The second from which it is not there any more.
    pub expires_at: i64,
    /// The day on which it was made.
    pub created_day: String,
    /// The id of the API key that made it; empty if there was none.
    pub owner: String,
}

/// How much may be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareQuota<'a> {
    /// Shares in all.
    pub rows: i64,
    /// Bytes of encrypted texts in all.
    pub bytes: i64,
    /// Who makes the share, and how many the caller may make a day; no limit if left out.
    pub daily: Option<(&'a str, i64)>,
}

/// What became of a share that was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareAdded {
    /// It is kept.
    Stored,
    /// The caller has made as many as a day allows.
    DailyLimit,
    /// As many shares, or as many bytes of them, are kept as are allowed in all.
    TotalLimit,
}

impl Store {
    /// Keeps a new share, if its limits allow for it.
    ///
    /// # Errors
    /// If the database fails; then nothing is kept, and nothing counted.
    pub async fn add_share(
        &self,
        share: &ShareRow,
        quota: &ShareQuota<'_>,
    ) -> Result<ShareAdded, StoreError> {
        let bytes = i64::try_from(share.ciphertext.len()).unwrap_or(i64::MAX);
        self.in_transaction(async |connection| {
            if let Some((caller, most)) = quota.daily {
                let counted = sqlx::query(
                    "INSERT INTO share_usage (caller, day, count, bytes) VALUES ($1, $2, 1, $3) \
                     ON CONFLICT (caller, day) DO UPDATE \
                     SET count = share_usage.count + 1, bytes = share_usage.bytes + excluded.bytes \
                     WHERE share_usage.count < $4",
                )
                .bind(caller)
                .bind(&share.created_day)
                .bind(bytes)
                .bind(most)
                .execute(&mut *connection)
                .await?;
                if counted.rows_affected() == 0 {
                    return Ok(Outcome::Rollback(ShareAdded::DailyLimit));
                }
            }
            let counted = sqlx::query(
                "UPDATE share_usage SET count = count + 1, bytes = bytes + $1 \
                 WHERE caller = '' AND day = '' AND count < $2 AND bytes <= $3 - $1",
            )
            .bind(bytes)
            .bind(quota.rows)
            .bind(quota.bytes)
            .execute(&mut *connection)
            .await?;
            if counted.rows_affected() == 0 {
                return Ok(Outcome::Rollback(ShareAdded::TotalLimit));
            }
            sqlx::query(
                "INSERT INTO shares (id, sealed, expires_at, created_day, owner, bytes) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(&share.id)
            .bind(&share.ciphertext)
            .bind(share.expires_at)
            .bind(&share.created_day)
            .bind(&share.owner)
            .bind(bytes)
            .execute(&mut *connection)
            .await?;
            Ok(Outcome::Commit(ShareAdded::Stored))
        })
        .await
    }

    /// A share that has not expired.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn share(&self, id: &str) -> Result<Option<ShareRow>, StoreError> {
        let found: Option<(String, String, i64, String, String)> = sqlx::query_as(
            "SELECT id, sealed, expires_at, created_day, owner FROM shares WHERE id = $1 AND expires_at > $2",
        )
        .bind(id)
        .bind(now())
        .fetch_optional(&self.pool)
        .await?;
        Ok(found.map(|(id, ciphertext, expires_at, created_day, owner)| ShareRow {
            id,
            ciphertext,
            expires_at,
            created_day,
            owner,
        }))
    }

    /// Deletes a share, also on a full disk; says whether there was one that had not expired. What its caller
    /// may still make on the day does not grow by it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delete_share(&self, id: &str) -> Result<bool, StoreError> {
        self.with_reserve(async || {
            self.in_transaction(async |connection| {
                let deleted: Option<(i64,)> = sqlx::query_as(
                    "DELETE FROM shares WHERE id = $1 AND expires_at > $2 RETURNING bytes",
                )
                .bind(id)
                .bind(now())
                .fetch_optional(&mut *connection)
                .await?;
                let Some((bytes,)) = deleted else {
                    return Ok(Outcome::Rollback(false));
                };
                sqlx::query(
                    "UPDATE share_usage SET count = count - 1, bytes = bytes - $1 \
                     WHERE caller = '' AND day = ''",
                )
                .bind(bytes)
                .execute(&mut *connection)
                .await?;
                Ok(Outcome::Commit(true))
            })
            .await
        })
        .await
    }

    /// Deletes all shares that have expired, also on a full disk, and what was counted of earlier days than
    /// this one; counts anew what is kept. Gives the number of shares that were deleted.
    ///
    /// # Errors
    /// If the database fails; then a part may have been deleted.
    pub async fn purge_shares(&self, today: &str) -> Result<u64, StoreError> {
        let purged = Cell::new(0);
        self.with_reserve(async || {
            loop {
                let deleted = self.purge_some().await?;
                purged.set(purged.get() + deleted);
                if deleted < PURGED_AT_ONCE.unsigned_abs() {
                    return self.count_shares(today).await;
                }
                self.checkpoint(Checkpoint::Passive).await?;
            }
        })
        .await?;
        Ok(purged.get())
    }

    /// Deletes some of the shares that have expired.
    async fn purge_some(&self) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "DELETE FROM shares WHERE id IN (SELECT id FROM shares WHERE expires_at <= $1 LIMIT $2)",
        )
        .bind(now())
        .bind(PURGED_AT_ONCE)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// Forgets what was counted before a day, and counts all shares anew: what was deleted since, by a purge
    /// or by an operator's own statement, is not in the counts. Reads one index.
    async fn count_shares(&self, today: &str) -> Result<(), StoreError> {
        self.in_transaction(async |connection| {
            sqlx::query("DELETE FROM share_usage WHERE caller <> '' AND day < $1")
                .bind(today)
                .execute(&mut *connection)
                .await?;
            // Holds the row, so that whoever adds or deletes comes before the count or after it.
            sqlx::query(
                "INSERT INTO share_usage (caller, day, count, bytes) VALUES ('', '', 0, 0) \
                 ON CONFLICT (caller, day) DO UPDATE SET count = share_usage.count",
            )
            .execute(&mut *connection)
            .await?;
            sqlx::query(
                "UPDATE share_usage SET count = (SELECT COUNT(*) FROM shares), \
                 bytes = (SELECT COALESCE(SUM(bytes), 0) FROM shares) WHERE caller = '' AND day = ''",
            )
            .execute(&mut *connection)
            .await?;
            Ok(Outcome::Commit(()))
        })
        .await
    }
}
