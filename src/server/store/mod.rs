//! What the service keeps: SQLite where nothing else is wanted, PostgreSQL where several processes
//! share it. Both are spoken to in the same SQL.
//!
//! Owns the connection, the schema and its migrations, which are built in. It keeps rule books by
//! their hash, keyed hashes of the API's keys, what firms share, encrypted with keys that it does
//! not have, who did what, and what readers report, without the reader; of firms it keeps nothing
//! else. A schema that is newer than the program is refused, since the program cannot know what it
//! means.

#![expect(clippy::disallowed_methods, reason = "an edge: reads the clock and files")]

mod address;
mod audit;
mod error;
mod feedback;
mod keys;
mod lock;
mod private;
mod reserve;
mod rule_books;
mod shares;
mod transaction;

pub use address::{check_address, masked};
pub use audit::{AuditQuery, AuditRow};
pub use error::StoreError;
pub use feedback::{FeedbackRow, SearchRow};
pub use keys::KeyRow;
pub use lock::DatabaseLock;
pub use private::{create_file, create_folder, is_open_to_others};
pub use rule_books::{Publication, PublishedRow, TooFewDigits, versions_named};
pub use shares::{ShareAdded, ShareQuota, ShareRow};

use reserve::Reserve;
use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, SqlSafeStr as _};
use std::hash::{BuildHasher as _, RandomState};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// The schema, oldest first: number, name, SQL.
const MIGRATIONS: [(i64, &str, &str); 7] = [
    (1, "start", include_str!("migrations/0001_start.sql")),
    (2, "keys", include_str!("migrations/0002_keys.sql")),
    (3, "shares", include_str!("migrations/0003_shares.sql")),
    (4, "audit", include_str!("migrations/0004_audit.sql")),
    (5, "share_usage", include_str!("migrations/0005_share_usage.sql")),
    (6, "feedback", include_str!("migrations/0006_feedback.sql")),
    (7, "publications", include_str!("migrations/0007_publications.sql")),
];

/// What a file of SQLite begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// How long a request waits for a connection before it is answered that the store does not answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often, and after what pause, a schema is tried again that another process may be changing.
const RETRIES: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// The store.
#[derive(Clone, Debug)]
pub struct Store {
    pool: AnyPool,
    kind: Kind,
    /// Space on the disk of a SQLite file.
    reserve: Option<Arc<Reserve>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

impl Store {
    /// Opens a store; a SQLite file that does not exist is made. The schema is not checked.
    ///
    /// # Errors
    /// If the address is none or the database cannot be reached.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let mut reserve = None;
        let (kind, url) = match url.split_once(':') {
            Some(("sqlite", _)) => {
                let file = Self::file(url)?;
                if !may_be_sqlite(&file)? {
                    return Err(StoreError::NotSqlite(file));
                }
                create_database(&file)?;
                reserve = Some(Arc::new(Reserve::new(beside(&file, "-reserve"))));
                // What is written as `%41` in a file's name is meant so.
                let name = file.display().to_string().replace('%', "%25");
                (Kind::Sqlite, format!("sqlite:{name}?mode=rwc"))
            }
            _ if address::is_postgres(url) => (Kind::Postgres, url.to_owned()),
            _ => return Err(StoreError::Address(masked(url))),
        };
        let options =
            AnyPoolOptions::new().acquire_timeout(PATIENCE).after_connect(move |it, _| {
                Box::pin(async move {
                    if kind == Kind::Sqlite {
                        // Readers do not wait for the writer; a commit is on the disk; what is
                        // deleted is overwritten.
                        for pragma in [
                            "PRAGMA journal_mode = WAL",
                            "PRAGMA synchronous = FULL",
                            "PRAGMA busy_timeout = 5000",
                            "PRAGMA foreign_keys = ON",
                            "PRAGMA secure_delete = ON",
                        ] {
                            sqlx::query(pragma).execute(&mut *it).await?;
                        }
                    }
                    Ok(())
                })
            });
        // Another's database may be down for a while; a file must be there.
        let pool = match kind {
            Kind::Sqlite => match options.clone().connect(&url).await {
                // SQLite needs space to open a database. Its error of a full disk is lost between the layers.
                Err(_) if reserve.as_ref().is_some_and(|reserve| reserve.release()) => {
                    options.connect(&url).await?
                }
                pool => pool?,
            },
            Kind::Postgres => options.connect_lazy(&url)?,
        };
        Ok(Self { pool, kind, reserve })
    }

    /// Opens a store that exists: for commands that only read it, or have nothing to do in a new one.
    ///
    /// # Errors
    /// If the address is none, the database cannot be reached, its schema is newer than the program, or a file is
    /// missing or holds something else.
    pub async fn existing(url: &str) -> Result<Self, StoreError> {
        let store = match Self::file(url) {
            Err(StoreError::NotAFile) => Self::open(url).await?,
            file => Self::existing_file(url, file?).await?,
        };
        match store.refuse_newer().await {
            Ok(_) => Ok(store),
            Err(error) => {
                store.close().await;
                Err(error)
            }
        }
    }

    async fn existing_file(url: &str, file: PathBuf) -> Result<Self, StoreError> {
        if !file.exists() {
            return Err(StoreError::Absent(file));
        }
        let store = Self::open(url).await?;
        // The table of the first migration, and that of migrations, which others may have too.
        let tables =
            "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('_sqlx_migrations', 'rule_books')";
        let (tables,): (i64,) = sqlx::query_as(tables).fetch_one(&store.pool).await?;
        if tables < 2 {
            store.close().await;
            return Err(StoreError::Foreign(file));
        }
        Ok(store)
    }

    /// The file of a SQLite store.
    ///
    /// # Errors
    /// If the address is of no file.
    pub fn file(url: &str) -> Result<PathBuf, StoreError> {
        let file = url.strip_prefix("sqlite:").ok_or(StoreError::NotAFile)?;
        let file = file.strip_prefix("//").unwrap_or(file);
        if file.is_empty() || file.contains([':', '?']) {
            return Err(StoreError::Address(masked(url)));
        }
        Ok(PathBuf::from(file))
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Whether the store is a file of this program alone, whose schema it may change by itself.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.kind == Kind::Sqlite
    }

    /// Brings the schema up to date; gives its number.
    ///
    /// # Errors
    /// If the schema is newer than the program, or a migration fails.
    pub async fn migrate(&self) -> Result<i64, StoreError> {
        self.refuse_newer().await?;
        let migrations = MIGRATIONS.iter().map(|(number, name, sql)| {
            Migration::new(
                *number,
                (*name).into(),
                MigrationType::Simple,
                sql.into_sql_str(),
                false,
            )
        });
        let migrator = Migrator::with_migrations(migrations.collect());
        for _ in 0..RETRIES {
            match migrator.run(&self.pool).await {
                Ok(()) => return Ok(newest()),
                // SQLite has no lock for this. Whoever was overtaken by another finds its steps done.
                Err(_) if self.is_own() => tokio::time::sleep(PAUSE).await,
                Err(error) => return Err(error.into()),
            }
        }
        migrator.run(&self.pool).await?;
        Ok(newest())
    }

    /// Whether the database answers, with the schema that the program needs.
    ///
    /// # Errors
    /// The reason.
    pub async fn check(&self) -> Result<(), StoreError> {
        let found = self.refuse_newer().await?;
        if found < newest() {
            return Err(StoreError::Older { found, known: newest() });
        }
        Ok(())
    }

    /// Whether each page of a SQLite file says what it should.
    ///
    /// # Errors
    /// What is first found to be wrong.
    pub async fn is_whole(&self) -> Result<(), StoreError> {
        let (report,): (String,) =
            sqlx::query_as("PRAGMA integrity_check(1)").fetch_one(&self.pool).await?;
        if report == "ok" { Ok(()) } else { Err(StoreError::Broken(report)) }
    }

    /// Writes a copy of a SQLite store to a file that does not exist yet (0600), while others work on.
    ///
    /// # Errors
    /// If the store is no file, or the copy cannot be written.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        if self.kind != Kind::Sqlite {
            return Err(StoreError::NotAFile);
        }
        // SQLite takes an empty file for one that does not exist.
        create_file(to).map_err(|source| StoreError::File { path: to.to_owned(), source })?;
        let copied = sqlx::query("VACUUM INTO $1").bind(to.display().to_string());
        let copied = copied.execute(&self.pool).await;
        if copied.is_err() {
            let _ = std::fs::remove_file(to);
        }
        Ok(copied.map(|_| ())?)
    }

    /// Gives the number of the schema, which must not be newer than the program.
    ///
    /// # Errors
    /// If it is newer, or the database fails.
    pub async fn refuse_newer(&self) -> Result<i64, StoreError> {
        let found = self.schema().await?;
        if found > newest() {
            return Err(StoreError::Newer { found, known: newest() });
        }
        Ok(found)
    }

    /// The number of the schema; 0 if there is none.
    async fn schema(&self) -> Result<i64, StoreError> {
        let tables = match self.kind {
            Kind::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'",
            Kind::Postgres => {
                "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = '_sqlx_migrations'"
            }
        };
        let (tables,): (i64,) = sqlx::query_as(tables).fetch_one(&self.pool).await?;
        if tables == 0 {
            return Ok(0);
        }
        let newest = "SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations";
        let (found,): (i64,) = sqlx::query_as(newest).fetch_one(&self.pool).await?;
        Ok(found)
    }
}

/// Whether a file is empty, as SQLite makes it, or begins as its databases do. Asked before SQLite is, which
/// is asked again and again when it does not answer at once.
fn may_be_sqlite(file: &Path) -> Result<bool, StoreError> {
    let mut head = Vec::new();
    match std::fs::File::open(file) {
        Ok(file) => {
            file.take(MAGIC.len() as u64).read_to_end(&mut head).map_err(sqlx::Error::Io)?
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(sqlx::Error::Io(error).into()),
    };
    Ok(head.is_empty() || head == MAGIC)
}

/// Creates the file of a database (0600), unless there is one. SQLite gives its journals the mode of the file.
fn create_database(file: &Path) -> Result<(), StoreError> {
    match create_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(StoreError::File { path: file.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

/// The files of a SQLite database: itself, and what SQLite keeps beside it while it is used.
pub const DATABASE_PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// A path with more at its end.
#[must_use]
pub fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    PathBuf::from(name)
}

fn newest() -> i64 {
    MIGRATIONS.iter().map(|(number, ..)| *number).max().unwrap_or(0)
}

/// Random for each process.
static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
static COUNT: AtomicU64 = AtomicU64::new(0);

/// An id of a row, made of the time and of what makes it the only one, so that ids are in the order of time; and the
/// second in it.
fn id_of_now() -> (String, i64) {
    let at = jiff::Timestamp::now();
    let count = COUNT.fetch_add(1, Ordering::Relaxed) & 0xffff_ffff;
    let (micros, process) = (at.as_microsecond().max(0), *PROCESS & 0xffff_ffff);
    (format!("{micros:014x}{process:08x}{count:08x}"), at.as_second())
}

/// Seconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
