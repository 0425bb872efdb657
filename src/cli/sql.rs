//! `sql`: the rule book as one query over a table of firms, or the table.

use super::rules::plan;
use super::{CliError, RulesArg, listed, print};
use clap::{Args, ValueEnum};
use export_advisor_core::sql::{Dialect, Names, ddl, query};

/// Arguments of `sql`.
#[derive(Debug, Args)]
pub(super) struct Sql {
    /// The engine
    #[arg(long, value_enum)]
    dialect: DialectArg,
    /// The table of firms; dots separate its schema
    #[arg(long, value_name = "NAME", default_value = "firms")]
    table: String,
    /// A column of the table to hand on, so that the result can be joined to it; may be repeated
    #[arg(long, value_name = "COLUMN", default_value = "id", value_delimiter = ',')]
    key: Vec<String>,
    /// One more column a support, ID_excluded_by: text, no_need or reading where it does not apply
    #[arg(long, conflicts_with = "ddl")]
    excluded_by: bool,
    /// Print the statement that makes the table instead
    #[arg(long)]
    ddl: bool,
    #[command(flatten)]
    rules: RulesArg,
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
        let (table, keys) = (self.table.clone(), self.key.clone());
        let names = Names { table, keys, excluded_by: self.excluded_by };
        let printed = if self.ddl { ddl } else { query }(&plan, self.dialect.into(), &names);
        match printed {
            Ok(text) => print(&text),
            Err(faults) => {
                let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
                Err(CliError::Usage(lines.join("\n")))
            }
        }
    }
}
