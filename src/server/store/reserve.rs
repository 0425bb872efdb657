//! Disk space in reserve, so that a full disk does not keep anyone from deleting.
//!
//! SQLite needs space to delete: each changed page goes to the write-ahead log first. A file beside the
//! database holds that space. Where a deletion fails for want of space, the file is removed, the log is
//! brought into the database, the deletion is done, and the file is made again with what is free then. What
//! adds to the database never gets this space. PostgreSQL has its own disk; there is no reserve for it.

use super::private::open_file;
use super::{Store, StoreError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tokio::sync::Mutex;

/// The size of the reserve in bytes. SQLite brings its log into the database at 4 MiB, which may extend the
/// database by as much; the rest is for the pages of a deletion.
const SIZE: usize = 8 * 1024 * 1024;
/// Bytes of one write.
const PIECE: usize = 64 * 1024;

/// The reserve of a SQLite database.
#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
    /// One deletion at a time uses it.
    in_use: Mutex<()>,
}

impl Reserve {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, in_use: Mutex::new(()) }
    }

    /// Frees the space; says whether there was any.
    pub(super) fn release(&self) -> bool {
        std::fs::remove_file(&self.path).is_ok()
    }
}

/// Extends a file to the size of the reserve, or to what the disk has. Real bytes are written: a file with
/// holes would hold no space.
fn fill(path: &Path) -> io::Result<()> {
    let mut file = open_file(path)?;
    let mut length = usize::try_from(file.metadata()?.len()).unwrap_or(SIZE);
    let zeros = [0; PIECE];
    while length < SIZE {
        let piece = zeros.get(..PIECE.min(SIZE - length)).unwrap_or_default();
        length += match file.write(piece) {
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => return Err(error),
        };
    }
    Ok(())
}

impl Store {
    /// Makes the reserve, or extends it to its size. Nothing to do where there is none.
    ///
    /// # Errors
    /// If the disk does not have the space; then the reserve holds what the disk had.
    pub async fn keep_reserve(&self) -> Result<(), StoreError> {
        let Some(reserve) = &self.reserve else { return Ok(()) };
        let path = reserve.path.clone();
        let filled = tokio::task::spawn_blocking(move || fill(&path)).await;
        let filled = filled.unwrap_or_else(|error| Err(io::Error::other(error)));
        filled.map_err(|source| StoreError::File { path: reserve.path.clone(), source })
    }

    /// Does work that must be possible on a full disk: does it a second time, with the space of the reserve, if
    /// there was no space for it. The work must be one that can be begun again after a failure, must not add
    /// what anybody may send, and is small, or gives space back as it goes.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn with_reserve<T>(
        &self,
        work: impl AsyncFn() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(reserve) = &self.reserve else { return work().await };
        match work().await {
            Err(error) if error.is_no_space() => {}
            result => return result,
        }
        let _alone = reserve.in_use.lock().await;
        let had_reserve = reserve.release();
        // The log may hold what the database has no space for; until that is moved, the log only grows. Where it
        // cannot be moved, the work says what is in the way.
        let _ = self.checkpoint(Checkpoint::Truncate).await;
        let result = work().await;
        let _ = self.checkpoint(Checkpoint::Truncate).await;
        // There may be less space than before; the next call makes up for it.
        if had_reserve {
            let _ = self.keep_reserve().await;
        }
        result
    }

    /// Moves SQLite's log into the database, as far as nobody reads from it.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) async fn checkpoint(&self, checkpoint: Checkpoint) -> Result<(), StoreError> {
        if self.reserve.is_some() {
            let pragma = match checkpoint {
                Checkpoint::Passive => "PRAGMA wal_checkpoint(PASSIVE)",
                Checkpoint::Truncate => "PRAGMA wal_checkpoint(TRUNCATE)",
            };
            sqlx::query(pragma).fetch_optional(&self.pool).await?;
        }
        Ok(())
    }
}

/// What becomes of SQLite's log when it is moved into the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checkpoint {
    /// Its space is used again. Waits for nobody.
    Passive,
    /// Its space is given back to the disk. Waits for those who read.
    Truncate,
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Connection as _;
    use std::cell::Cell;

    /// What SQLite says of a disk that has no more space.
    async fn full() -> StoreError {
        let mut small = sqlx::AnyConnection::connect("sqlite::memory:").await.unwrap();
        sqlx::query("PRAGMA max_page_count = 1").execute(&mut small).await.unwrap();
        sqlx::query("CREATE TABLE t (a)").execute(&mut small).await.unwrap_err().into()
    }

    #[test]
    fn work_that_finds_no_space_gets_that_of_the_reserve() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.sqlite");
        let reserve = super::super::beside(&file, "-reserve");
        let size = || std::fs::metadata(&reserve).map_or(0, |it| it.len());
        let whole = SIZE as u64;
        actix_web::rt::System::new().block_on(async {
            let store = Store::open(&format!("sqlite:{}", file.display())).await.unwrap();
            store.migrate().await.unwrap();
            assert_eq!(size(), 0, "only a service needs it");
            store.keep_reserve().await.unwrap();
            assert_eq!(size(), whole);
            // Sizes of the reserve that each attempt found, and whether the last one found space.
            for (needs, found, done) in [
                (whole + 1, vec![whole], true),
                (1, vec![whole, 0], true),
                (0, vec![whole, 0], false),
            ] {
                let seen = Cell::new(Vec::new());
                let result = store.with_reserve(async || {
                    let mut sizes = seen.take();
                    sizes.push(size());
                    seen.set(sizes);
                    if size() < needs { Ok(()) } else { Err(full().await) }
                });
                let result = result.await;
                assert_eq!((seen.take(), result.is_ok()), (found, done));
                assert_eq!(size(), whole, "it is made again");
            }
            // Other failures do not need it.
            let result: Result<(), _> =
                store.with_reserve(async || Err(StoreError::NotAFile)).await;
            assert!(matches!(result, Err(StoreError::NotAFile)));
            // One that was cut is extended.
            std::fs::write(&reserve, "short").unwrap();
            store.keep_reserve().await.unwrap();
            assert_eq!(size(), whole);
            store.close().await;
        });
    }
}
