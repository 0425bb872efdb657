//! Transactions that end as they should, also when the database fails in the middle.

use super::{Store, StoreError};
use sqlx::{AnyConnection, Connection as _};

/// How a transaction ends, and what it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome<T> {
    /// What was done is kept.
    Commit(T),
    /// Nothing was done.
    Rollback(T),
}

impl Store {
    /// Runs statements in one transaction.
    ///
    /// # Errors
    /// If the database fails; then nothing was done.
    pub(super) async fn in_transaction<T>(
        &self,
        work: impl AsyncFnOnce(&mut AnyConnection) -> Result<Outcome<T>, sqlx::Error>,
    ) -> Result<T, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let done = run(&mut connection, work).await;
        if done.is_err() {
            // SQLite rolls back by itself where the disk is full, and sqlx does not notice: it would begin the
            // next transaction of this connection inside one that nobody commits.
            connection.close_on_drop();
        }
        Ok(done?)
    }

    /// The same as [`check`](Self::check), and whether the database takes what is written: one small transaction
    /// is committed that leaves nothing.
    ///
    /// # Errors
    /// The reason.
    pub async fn check_writes(&self) -> Result<(), StoreError> {
        self.check().await?;
        // SQLite writes no page that stays the same: a row comes and goes.
        let statements = [
            "INSERT INTO share_usage (caller, day, count, bytes) VALUES ('', 'readiness', 0, 0)",
            "DELETE FROM share_usage WHERE caller = '' AND day = 'readiness'",
        ];
        self.in_transaction(async |connection| {
            for statement in statements {
                sqlx::query(statement).execute(&mut *connection).await?;
            }
            Ok(Outcome::Commit(()))
        })
        .await
    }
}

async fn run<T>(
    connection: &mut AnyConnection,
    work: impl AsyncFnOnce(&mut AnyConnection) -> Result<Outcome<T>, sqlx::Error>,
) -> Result<T, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    match work(&mut transaction).await? {
        Outcome::Commit(value) => {
            transaction.commit().await?;
            Ok(value)
        }
        Outcome::Rollback(value) => {
            transaction.rollback().await?;
            Ok(value)
        }
    }
}
