//! What several tests need.

pub use crate::core_support::{advisor, files};
use export_advisor_core::files::RuleFiles;

/// Writes rule files into a folder.
pub fn write_files(files: &RuleFiles, folder: &std::path::Path) {
    for (path, text) in files.iter() {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// Runs one statement on a database.
pub fn execute(url: &str, sql: &'static str) {
    use sqlx::Connection as _;
    sqlx::any::install_default_drivers();
    let work = async {
        let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    };
    actix_web::rt::System::new().block_on(work);
}

/// The one value that a query gives, as a text.
pub fn query(url: &str, sql: &'static str) -> String {
    use sqlx::{Connection as _, Row as _};
    sqlx::any::install_default_drivers();
    actix_web::rt::System::new().block_on(async {
        let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
        let row = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        row.try_get::<i64, _>(0).map_or_else(|_| row.get::<String, _>(0), |n| n.to_string())
    })
}

/// Makes an empty database on a PostgreSQL server, and gives its address.
pub fn postgres_database(server: &str, name: &str) -> String {
    use sqlx::Connection as _;
    sqlx::any::install_default_drivers();
    let name = format!("{name}_{}", std::process::id());
    let work = async {
        let mut connection = sqlx::AnyConnection::connect(server).await.unwrap();
        let sql = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    };
    actix_web::rt::System::new().block_on(work);
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let base = base.rsplit_once('/').map_or(base, |(base, _)| base);
    if query.is_empty() { format!("{base}/{name}") } else { format!("{base}/{name}?{query}") }
}
