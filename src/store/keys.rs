//! Keys of the API, as they are kept: what a key may do, and a keyed hash of it.
//!
//! The key itself never comes here. A row is not deleted when its key is revoked, so that an old line
//! of the audit still has a name.

use super::{Store, StoreError, now};

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
    /// Its scopes, parted by commas.
    pub scopes: String,
    /// The origins from which a browser may use it, parted by commas.
    pub origins: String,
    /// Requests a minute.
    pub rate: i64,
    /// The second in which it was made.
    pub created_at: i64,
    /// The second in which it was revoked; 0 if it was not.
    pub revoked_at: i64,
}

type Columns = (String, String, String, String, i64, String, String, String, i64, i64, i64);

impl From<Columns> for KeyRow {
    fn from(columns: Columns) -> Self {
        let (
            id,
            name,
            hash,
            previous_hash,
            previous_until,
            made_with,
            scopes,
            origins,
            rate,
            created_at,
            revoked_at,
        ) = columns;
        Self {
            id,
            name,
            hash,
            previous_hash,
            previous_until,
            made_with,
            scopes,
            origins,
            rate,
            created_at,
            revoked_at,
        }
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
        let rows: Vec<Columns> = sqlx::query_as(
            "SELECT id, name, hash, previous_hash, previous_until, made_with, scopes, origins, rate, created_at, revoked_at \
             FROM api_keys ORDER BY created_at, id",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(KeyRow::from).collect())
    }

    /// Revokes a key; says whether there was one in force.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn revoke_key(&self, id: &str) -> Result<bool, StoreError> {
        let done =
            sqlx::query("UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0")
                .bind(now())
                .bind(id)
                .execute(&self.pool)
                .await?;
        Ok(done.rows_affected() > 0)
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
