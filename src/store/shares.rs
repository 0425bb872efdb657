//! Shares: what a firm handed to another, sealed.
//!
//! In and out go rows as they are kept; the key that opens one never comes here. A row that has
//! expired is not found any more, and is purged later.

use super::{Store, StoreError, now};

/// A share as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareRow {
    /// Its id, which follows from the link's secret.
    pub id: String,
    /// The sealed text, in base64url.
    pub sealed: String,
    /// The second from which it is not there any more.
    pub expires_at: i64,
    /// The day on which it was made.
    pub created_day: String,
    /// The id of the API key that made it; empty if there was none.
    pub owner: String,
}

impl Store {
    /// Keeps a new share.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_share(&self, share: &ShareRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO shares (id, sealed, expires_at, created_day, owner) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&share.id)
        .bind(&share.sealed)
        .bind(share.expires_at)
        .bind(&share.created_day)
        .bind(&share.owner)
        .execute(&self.pool)
        .await?;
        Ok(())
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
        Ok(found.map(|(id, sealed, expires_at, created_day, owner)| ShareRow {
            id,
            sealed,
            expires_at,
            created_day,
            owner,
        }))
    }

    /// Deletes a share; says whether there was one that had not expired.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delete_share(&self, id: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM shares WHERE id = $1 AND expires_at > $2")
            .bind(id)
            .bind(now())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Deletes all shares that have expired; gives their number.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn purge_shares(&self) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM shares WHERE expires_at <= $1")
            .bind(now())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }
}
