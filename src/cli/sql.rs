//! `sql`: the rule book as one query over a table of firms, the table, its cells that cannot be read, or the supports.

use super::chosen::ChosenSupports;
use super::rules::plan;
use super::{CliError, RulesArg, listed, print};
use clap::{ArgGroup, Args, ValueEnum};
use export_advisor_core::sql::{
    Dialect, Layout, Naming, Source, SqlOptions, ddl, faults, query, supports,
};
use export_advisor_core::wording::Lang;

/// Arguments of `sql`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("other").args(["ddl", "faults", "support_table"])))]
pub(super) struct Sql {
    /// The engine
    #[arg(long, value_enum)]
    dialect: DialectArg,
    /// The table of firms; dots separate its schema
    #[arg(long, value_name = "NAME", default_value = "firms")]
    table: String,
    /// What stands after FROM instead of a table, printed as it is and not checked: {{ ref('firms') }}
    #[arg(long, value_name = "EXPR", conflicts_with_all = ["table", "ddl", "support_table"])]
    from_raw: Option<String>,
    /// A column of the table to hand on, so that the result can be joined to it; may be repeated
    #[arg(long, value_name = "COLUMN", default_value = "id", value_delimiter = ',')]
    key: Vec<String>,
    /// The facts that the table has columns of; all others count as not known
    #[arg(long, value_name = "FACT", value_delimiter = ',', conflicts_with = "support_table")]
    have: Option<Vec<String>>,
    #[command(flatten)]
    chosen: ChosenSupports,
    /// What excludes a firm where a support does not apply: out_of_area, text, no_need or reading
    #[arg(long, conflicts_with = "other")]
    excluded_by: bool,
    /// The facts that could decide what is undetermined
    #[arg(long, conflicts_with = "other")]
    missing: bool,
    /// A row a firm, or a row a firm and a support
    #[arg(long, value_enum, default_value = "wide", conflicts_with = "other")]
    layout: LayoutArg,
    /// Names of columns as they are, or with a-z, 0-9 and _ only
    #[arg(long, value_enum, default_value = "exact", conflicts_with_all = ["ddl", "support_table"])]
    names: NamesArg,
    /// Print the statement that makes the table instead
    #[arg(long, conflicts_with = "ChosenSupports")]
    ddl: bool,
    /// Print a query that lists the cells which cannot be read instead
    #[arg(long)]
    faults: bool,
    /// Print a query that gives the supports with titles, sentences and windows instead
    #[arg(long)]
    support_table: bool,
    #[command(flatten)]
    rules: RulesArg,
}

/// What a row of the result is, on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LayoutArg {
    /// One row a firm, one column a support
    Wide,
    /// One row a firm and a support
    Long,
}

/// How columns are named, on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum NamesArg {
    /// As facts, supports and keys are named
    Exact,
    /// With a-z, 0-9 and _ only
    Snake,
}

/// An engine on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DialectArg {
    /// PostgreSQL 12 or newer
    Postgresql,
    /// SQLite 3.38 or newer
    Sqlite,
    /// DuckDB 1.3 or newer
    Duckdb,
    /// Spark SQL 3.4 or newer
    Spark,
}

impl From<DialectArg> for Dialect {
    fn from(arg: DialectArg) -> Self {
        match arg {
            DialectArg::Postgresql => Self::PostgreSql,
            DialectArg::Sqlite => Self::Sqlite,
            DialectArg::Duckdb => Self::DuckDb,
            DialectArg::Spark => Self::Spark,
        }
    }
}

impl Sql {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let (_, loaded) = self.rules.load()?;
        let plan = plan(loaded.into_result().map_err(|faults| listed(&faults))?)?;
        let print_it = if self.ddl {
            ddl
        } else if self.faults {
            faults
        } else if self.support_table {
            supports
        } else {
            query
        };
        let chosen = self.chosen.ids(&[&plan.book], Lang::En);
        let chosen = chosen.map_err(|messages| CliError::Usage(messages.join("\n")))?;
        let printed = print_it(&plan, self.dialect.into(), &self.options(chosen));
        match printed {
            Ok(text) => print(&text),
            Err(faults) => {
                let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
                Err(CliError::Usage(lines.join("\n")))
            }
        }
    }

    fn options(&self, supports: Option<Vec<String>>) -> SqlOptions {
        SqlOptions {
            source: match &self.from_raw {
                Some(text) => Source::Expression(text.clone()),
                None => Source::Table(self.table.clone()),
            },
            keys: self.key.clone(),
            have: self.have.clone(),
            supports,
            excluded_by: self.excluded_by,
            missing: self.missing,
            layout: match self.layout {
                LayoutArg::Wide => Layout::Wide,
                LayoutArg::Long => Layout::Long,
            },
            naming: match self.names {
                NamesArg::Exact => Naming::Exact,
                NamesArg::Snake => Naming::Snake,
            },
        }
    }
}
