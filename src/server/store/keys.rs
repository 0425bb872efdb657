//! Keys of the API, as they are kept: what a key may do, and a keyed hash of it.
//!
//! The key itself never comes here. A row is not deleted when its key is revoked, so that an old line
//! of the audit still has a name.

use super::{Store, StoreError, now};
use sqlx::any::AnyRow;
use sqlx::{FromRow, Row as _};

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Its id, which stands in the key too and is no secret.
    pub id: String,
    /// What the operator calls it.
    pub name: String,
    /// The keyed hash.
    pub hash: String,
    /// The hash of the key before the last rotation; empty if there was none.
    pub previous_hash: String,
    /// Until which second the key before is taken.
    pub previous_until: i64,
    /// Which secret the hash was made with.
    pub made_with: String,
    /// Its scopes, separated by commas.
    pub scopes: String,
    /// The origins from which a browser may use it, separated by commas.
    pub origins: String,
    /// Requests a minute.
    pub rate: i64,
    /// The second in which it was made.
    pub created_at: i64,
    /// The second in which it was revoked; 0 if it was not.
    pub revoked_at: i64,
}

impl FromRow<'_, AnyRow> for KeyRow {
    fn from_row(row: &AnyRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            hash: row.try_get("hash")?,
            previous_hash: row.try_get("previous_hash")?,
            previous_until: row.try_get("previous_until")?,
            made_with: row.try_get("made_with")?,
            scopes: row.try_get("scopes")?,
            origins: row.try_get("origins")?,
            rate: row.try_get("rate")?,
            created_at: row.try_get("created_at")?,
            revoked_at: row.try_get("revoked_at")?,
        })
    }
}

impl Store {
    /// Keeps a new key; its times are set here.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_key(&self, key: &KeyRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO api_keys (id, name, hash, previous_hash, previous_until, made_with, scopes, origins, rate, created_at, revoked_at) \
             VALUES ($1, $2, $3, '', 0, $4, $5, $6, $7, $8, 0)",
        )
        .bind(&key.id)
        .bind(&key.name)
        .bind(&key.hash)
        .bind(&key.made_with)
        .bind(&key.scopes)
        .bind(&key.origins)
        .bind(key.rate)
        .bind(now())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// All keys, the revoked ones too, the oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        let all = sqlx::query_as("SELECT * FROM api_keys ORDER BY created_at, id");
        Ok(all.fetch_all(&self.pool).await?)
    }

    /// Revokes a key, also on a full disk; says whether there was one in force.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn revoke_key(&self, id: &str) -> Result<bool, StoreError> {
        self.with_reserve(async || {
            let done =
                sqlx::query("UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0")
                    .bind(now())
                    .bind(id)
                    .execute(&self.pool)
                    .await?;
            Ok(done.rows_affected() > 0)
        })
        .await
    }

    /// Puts another secret in the place of a key's, which is taken for some more seconds; says
    /// whether there was a key in force.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn rotate_key(
        &self,
        id: &str,
        hash: &str,
        made_with: &str,
        grace: i64,
    ) -> Result<bool, StoreError> {
        // Both databases read the old row on the right side of every `=`.
        let done = sqlx::query(
            "UPDATE api_keys SET previous_hash = hash, previous_until = $1, hash = $2, made_with = $3 \
             WHERE id = $4 AND revoked_at = 0",
        )
        .bind(now().saturating_add(grace))
        .bind(hash)
        .bind(made_with)
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }
}
