//! `facts`: the fact catalogue.

use super::rules::plan;
use super::{CliError, LangArg, RulesArg, print};
use clap::{Args, ValueEnum};
use export_advisor_core::facts::{Kind, csv_header, json_schema};
use export_advisor_core::plan::Plan;
use export_advisor_core::wording::Lang;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr as _;

/// Arguments of `facts`.
#[derive(Debug, Args)]
pub(super) struct Facts {
    /// The form
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// The language of texts
    #[arg(long, value_enum, default_value = "zh")]
    lang: LangArg,
    #[command(flatten)]
    rules: RulesArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading
    Table,
    /// The JSON Schema of a profile
    JsonSchema,
    /// The header line of a CSV file
    CsvHeader,
}

impl Facts {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let (_, loaded) = self.rules.load()?;
        let book = loaded.into_result().map_err(|faults| super::listed(&faults))?;
        let text = match self.format {
            Format::JsonSchema => format!("{:#}\n", json_schema(&book.catalogue)),
            Format::CsvHeader => format!("{}\n", csv_header(&book.catalogue)),
            Format::Table => table(&plan(book)?, self.lang.into()),
        };
        print(&text)
    }
}

fn table(plan: &Plan, lang: Lang) -> String {
    let catalogue = &plan.book.catalogue;
    let mut out = String::new();
    let mut group = usize::MAX;
    for fact in &catalogue.facts {
        if fact.group != group {
            group = fact.group;
            let label = catalogue.groups.get(group).map_or("", |g| lang.of(&g.label));
            let _ = writeln!(out, "\n{label}");
        }
        let kind = match &fact.kind {
            Kind::Bool => "true|false".to_owned(),
            Kind::Number { unit, .. } => lang.of(unit).to_owned(),
            Kind::Enum { .. } | Kind::EnumList => {
                let values: Vec<&str> =
                    fact.values.iter().take(6).map(|w| w.name.as_str()).collect();
                let more = if fact.values.len() > values.len() { "|…" } else { "" };
                format!("{}{more}", values.join("|"))
            }
            Kind::Code { format, .. } | Kind::Codes { format } => {
                format!("{format:?}").to_lowercase()
            }
        };
        let list = if fact.is_list() { "[]" } else { "" };
        let derived = if plan.is_derived(fact.id) { "*" } else { "" };
        let uses = plan.used_by.get(fact.id.index()).map_or(0, Vec::len);
        let label = lang.of(&fact.label);
        let pad = |text: &str, width: usize| " ".repeat(width.saturating_sub(text.width()));
        let name = format!("{}{derived}", fact.name);
        let kind = format!("{kind}{list}");
        let _ = writeln!(
            out,
            "  {name}{} {label}{} {kind}{} {uses}",
            pad(&name, 34),
            pad(label, 30),
            pad(&kind, 40)
        );
    }
    let foot = match lang {
        Lang::Zh => "* 可由其他事实推出；最后一列：与多少个支持事项有关",
        Lang::En => "* can be derived from others; last column: how many supports hang on it",
    };
    let _ = writeln!(out, "\n{foot}");
    out
}
