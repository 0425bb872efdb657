//! The lock by which a running service and `db restore` keep out of each other's way.
//!
//! It is an advisory lock of the system on a file beside the database, which the system releases when the
//! process ends, however it ends. The file itself stays: a lock on a deleted file would be no lock. It is
//! not a lock on the database file, since a process that closes such a file loses SQLite's locks on it.

use super::private::open_file;
use super::{Store, StoreError, beside};
use std::fs::{File, TryLockError};
use std::path::Path;

/// A lock on a SQLite database, held until the value is dropped.
#[derive(Debug)]
pub struct DatabaseLock {
    _file: File,
}

impl DatabaseLock {
    /// The lock of a service: several services can hold it, and none while a database is replaced. Nothing if
    /// the address is of no file.
    ///
    /// # Errors
    /// If the database is being replaced, or the lock's file cannot be opened.
    pub fn of_service(url: &str) -> Result<Option<Self>, StoreError> {
        let database = match Store::file(url) {
            Err(StoreError::NotAFile) => return Ok(None),
            file => file?,
        };
        let file = lock_file(&database)?;
        let in_use = StoreError::BeingReplaced(database);
        held(file.try_lock_shared(), in_use)?;
        Ok(Some(Self { _file: file }))
    }

    /// The lock of whoever replaces a database: no service can hold it at the same time.
    ///
    /// # Errors
    /// If a service runs on the database, or the lock's file cannot be opened.
    pub fn to_replace(database: &Path) -> Result<Self, StoreError> {
        let file = lock_file(database)?;
        held(file.try_lock(), StoreError::InUse(database.to_owned()))?;
        Ok(Self { _file: file })
    }
}

/// Opens the lock's file of a database; of one that is reached by a link, that of the database itself.
fn lock_file(database: &Path) -> Result<File, StoreError> {
    let database = database.canonicalize().unwrap_or_else(|_| database.to_owned());
    let path = beside(&database, "-lock");
    open_file(&path).map_err(|source| StoreError::File { path, source })
}

fn held(result: Result<(), TryLockError>, in_use: StoreError) -> Result<(), StoreError> {
    result.map_err(|error| match error {
        TryLockError::WouldBlock => in_use,
        TryLockError::Error(error) => sqlx::Error::Io(error).into(),
    })
}
