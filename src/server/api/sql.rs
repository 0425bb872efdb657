//! `GET /rulebook/sql`: the rules as one query over a table of firms, or the table.

use super::error::{Problem, ProblemCode};
use crate::server::app::App;
use crate::server::http::etag;
use crate::server::http::query::Query;
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::sql::{Dialect, Names, ddl, query};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// How the query is printed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SqlParams {
    /// The engine.
    #[param(inline, example = "postgresql")]
    dialect: DialectParam,
    /// The table of firms; dots separate its schema. `firms` if not given.
    #[param(example = "bank.firms")]
    table: Option<String>,
    /// Columns to hand on, parted by commas, so that the result can be joined to the table. `id` if
    /// not given.
    #[param(example = "id")]
    key: Option<String>,
    /// Whether each support has one more column, `<id>_excluded_by`: `text`, `no_need` or `reading` where it does not
    /// apply, else NULL.
    #[serde(default)]
    #[param(example = false)]
    excluded_by: bool,
    /// Whether to print the statement that makes the table instead.
    #[serde(default)]
    #[param(example = false)]
    ddl: bool,
}

/// An engine.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DialectParam {
    /// PostgreSQL 12 or newer.
    Postgresql,
    /// SQLite 3.38 or newer.
    Sqlite,
    /// DuckDB 1.3 or newer.
    Duckdb,
    /// Spark SQL 3.4 or newer.
    Spark,
}

impl From<DialectParam> for Dialect {
    fn from(param: DialectParam) -> Self {
        match param {
            DialectParam::Postgresql => Self::PostgreSql,
            DialectParam::Sqlite => Self::Sqlite,
            DialectParam::Duckdb => Self::DuckDb,
            DialectParam::Spark => Self::Spark,
        }
    }
}

/// The rules as one SQL query over a table of firms.
///
/// A column of the table has the name of its fact; the result has a column a support: true is
/// `applies`, false `does_not_apply`, NULL `undetermined`.
#[utoipa::path(get, path = "/api/v1/rulebook/sql", operation_id = "get_rulebook_sql", tag = "rules",
    params(SqlParams),
    responses(
        (status = 200, description = "The query, or the statement that makes the table.", body = String, content_type = "application/sql",
            example = json!("-- export-advisor 0.1.0, printed for PostgreSQL\n-- rule book sha256:…\nWITH …\nSELECT …")),
        (status = 400, description = "A parameter cannot be read, or a name cannot be used."),
    ))]
pub(crate) async fn get(
    app: web::Data<App>,
    request: HttpRequest,
    params: Query<SqlParams>,
) -> Result<HttpResponse, Problem> {
    let params = params.parsed()?;
    let mut names = Names { excluded_by: params.excluded_by, ..Names::default() };
    if let Some(table) = &params.table {
        names.table.clone_from(table);
    }
    if let Some(keys) = &params.key {
        names.keys = keys.split(',').map(str::to_owned).collect();
    }
    let advisor = app.advisor();
    let printed =
        if params.ddl { ddl } else { query }(&advisor.plan, params.dialect.into(), &names);
    let text = printed.map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Problem::new(ProblemCode::BadQuery).with(faults.join("; "))
    })?;
    Ok(etag::text(&request, &advisor.book().version, "application/sql; charset=utf-8", text))
}
