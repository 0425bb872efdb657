//! Why the store cannot do what it was asked for.

use std::path::PathBuf;

/// Why the store cannot do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is of no database that the program knows.
    #[error("`{0}` is no database: write sqlite:FILE or postgres://…")]
    Address(String),
    /// The address has a parameter that its database does not know; which one, from 1.
    #[error(
        "parameter {0} after the `?` of the database's address is none that PostgreSQL has: take it out, or mend its \
         name"
    )]
    Parameter(usize),
    /// The address cannot be read; what stands in it is not repeated.
    #[error(
        "the database's address cannot be read: look at its host and port, and at the values after the `?`"
    )]
    Unreadable,
    /// The address is of another machine, without TLS.
    #[error(
        "`{0}` reaches another machine without TLS: add `sslmode=verify-full` to it, or set `database_plaintext` \
         if the way there is yours alone"
    )]
    Plaintext(String),
    /// The schema is newer than the program.
    #[error("the database has schema {found}, this program knows {known}: use a newer program")]
    Newer {
        /// The schema's number.
        found: i64,
        /// The newest that the program knows.
        known: i64,
    },
    /// The schema is older than the program.
    #[error(
        "the database has schema {found}, this program needs {known}: run `export-advisor db migrate`"
    )]
    Older {
        /// The schema's number; 0 if there is none.
        found: i64,
        /// The one that the program needs.
        known: i64,
    },
    /// A rule book that was kept cannot be read any more.
    #[error("the stored rule book {0} is damaged")]
    Damaged(String),
    /// There is no such file.
    #[error(
        "there is no database at `{}`: name the service's, or make one with `export-advisor db migrate`",
        .0.display()
    )]
    Absent(PathBuf),
    /// The file is of another kind.
    #[error("`{}` is no SQLite database", .0.display())]
    NotSqlite(PathBuf),
    /// The database holds something else.
    #[error("`{}` is a database, but not one of this program", .0.display())]
    Foreign(PathBuf),
    /// A part of the file was lost or overwritten.
    #[error("the database is damaged: {0}")]
    Broken(String),
    /// A service runs on the database that was to be replaced.
    #[error(
        "a running service uses `{}`: stop it, restore, and start it again",
        .0.display()
    )]
    InUse(PathBuf),
    /// A restore is under way on the database that was to be served.
    #[error("`{}` is being restored: start again when that has ended", .0.display())]
    BeingReplaced(PathBuf),
    /// A file beside the database cannot be used.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The command only works on a file.
    #[error("this works on SQLite only: use the tools of PostgreSQL (pg_dump, pg_restore)")]
    NotAFile,
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database's schema cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

impl StoreError {
    /// Whether SQLite found no space on the disk. It says "full" of a full disk, and "input or output failed" of
    /// a quota or of its shared memory.
    pub(super) fn is_no_space(&self) -> bool {
        const FULL: i32 = 13;
        const WRITE_FAILED: i32 = 10 | (3 << 8);
        const MEMORY_NOT_EXTENDED: i32 = 10 | (19 << 8);
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        let code = error.code().and_then(|code| code.parse().ok());
        code.is_some_and(|code: i32| [FULL, WRITE_FAILED, MEMORY_NOT_EXTENDED].contains(&code))
    }
}
