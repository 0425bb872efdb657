//! `GET /rulebook/sql`: the rules as one query over a table of firms, the table, its faults, or the supports.

use super::error::{Problem, ProblemCode};
use super::params::AskedRuleBook;
use super::selection;
use crate::server::app::App;
use crate::server::http::etag;
use crate::server::http::query::Query;
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::sql::{
    Dialect, Layout, Naming, Source, SqlOptions, ddl, faults, query, supports,
};
use export_advisor_screening::Interface;
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
    /// Columns to hand on, separated by commas, so that the result can be joined to the table. `id` if
    /// not given.
    #[param(example = "id")]
    key: Option<String>,
    /// The facts that the table has columns of, separated by commas; all others count as not known. All if not given.
    #[param(example = "size,division,exports_goods")]
    have: Option<String>,
    /// The ids of supports, separated by commas. All if not given.
    #[param(example = "guarantee-small-micro")]
    supports: Option<String>,
    /// The policies whose supports are asked, separated by commas. All if not given.
    #[param(example = "gbf-2023-10")]
    policy: Option<String>,
    /// Whether each support has one more column, `<id>_excluded_by`: `out_of_area`, `text`, `no_need` or `reading` where it
    /// does not apply, else NULL. In the long layout, one column `excluded_by`.
    #[serde(default)]
    #[param(example = false)]
    excluded_by: bool,
    /// Whether the result has a column `missing`: the facts that could decide what is undetermined, separated by `;`.
    #[serde(default)]
    #[param(example = false)]
    missing: bool,
    /// What a row of the result is.
    #[serde(default)]
    #[param(inline)]
    layout: LayoutParam,
    /// How columns are named.
    #[serde(default)]
    #[param(inline)]
    names: NamesParam,
    /// What is printed.
    #[serde(default)]
    #[param(inline)]
    print: PrintParam,
    /// Whether to print the statement that makes the table: the same as `print=table`.
    #[serde(default)]
    #[param(example = false)]
    ddl: bool,
    /// The version of a rule book that was in use before; the current one if left out.
    rulebook: Option<String>,
}

/// What a row of the result is.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LayoutParam {
    /// A firm, with one column a support.
    #[default]
    Wide,
    /// A firm and a support.
    Long,
}

/// How columns are named.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NamesParam {
    /// As facts, supports and keys are named.
    #[default]
    Exact,
    /// With `a` to `z`, `0` to `9` and `_` only.
    Snake,
}

/// What is printed.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PrintParam {
    /// The query of the statuses.
    #[default]
    Query,
    /// The statement that makes the table.
    Table,
    /// A query that lists the cells which cannot be read.
    Faults,
    /// A query that gives the supports with titles, sentences and windows.
    Supports,
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
        (status = 404, description = "No rule book of the version asked for was kept."),
        (status = 503, description = "The store does not answer."),
    ))]
pub(crate) async fn get(
    app: web::Data<App>,
    request: HttpRequest,
    params: Query<SqlParams>,
) -> Result<HttpResponse, Problem> {
    let params = params.parsed()?;
    let mut options = SqlOptions {
        excluded_by: params.excluded_by,
        missing: params.missing,
        layout: match params.layout {
            LayoutParam::Wide => Layout::Wide,
            LayoutParam::Long => Layout::Long,
        },
        naming: match params.names {
            NamesParam::Exact => Naming::Exact,
            NamesParam::Snake => Naming::Snake,
        },
        have: params.have.as_deref().map(list),
        supports: params.supports.as_deref().map(list),
        ..SqlOptions::default()
    };
    if let Some(table) = params.table {
        options.source = Source::Table(table);
    }
    if let Some(keys) = params.key.as_deref().map(list) {
        options.keys = keys;
    }
    let asked = AskedRuleBook::new(&app, params.rulebook.as_deref()).await?;
    if params.policy.is_some() {
        let book = asked.advisor.book();
        let chosen = selection::chosen(book, params.supports.as_deref(), params.policy.as_deref())?;
        let ids = chosen.unwrap_or_default().into_iter();
        options.supports = Some(ids.map(|id| book.supports.at(id).id.clone()).collect());
    }
    let print = match params.print {
        _ if params.ddl => ddl,
        PrintParam::Query => query,
        PrintParam::Table => ddl,
        PrintParam::Faults => faults,
        PrintParam::Supports => supports,
    };
    let printed = print(&asked.advisor.plan, params.dialect.into(), &options);
    let text = printed.map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let detail = faults.join("; ");
        Problem::new(ProblemCode::BadQuery).with(Interface::Http.spell(&detail))
    })?;
    Ok(etag::text(&request, asked.made(), "application/sql; charset=utf-8", text))
}

fn list(names: &str) -> Vec<String> {
    names.split(',').map(str::to_owned).collect()
}
