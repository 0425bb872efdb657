//! `assess`: one profile in, one assessment out.

use super::chosen::ChosenSupports;
use super::terminal::visible;
use super::{CliError, DetailArg, LangArg, RulesArg, date, print, read, today};
use clap::{Args, ValueEnum};
use export_advisor_core::assessment::{Detail, write_json, write_text};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{Suggestions, parse};
use export_advisor_core::wording;
use jiff::civil::Date;
use std::path::PathBuf;

/// Arguments of `assess`.
#[derive(Debug, Args)]
pub(super) struct Assess {
    /// The profile (JSON); `-` is standard input
    file: PathBuf,
    /// The day on which it is asked [default: today in China]
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<Date>,
    /// The form of the answer
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
    /// How much of it (JSON only)
    #[arg(long, value_enum, default_value = "full")]
    detail: DetailArg,
    /// The language of texts
    #[arg(long, value_enum, default_value = "zh")]
    lang: LangArg,
    #[command(flatten)]
    chosen: ChosenSupports,
    #[command(flatten)]
    rules: RulesArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// As the API gives it
    Json,
    /// For reading
    Text,
}

impl Assess {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let advisor = self.rules.advisor()?;
        let book = advisor.book();
        let json = read(&self.file)?;
        let profile = parse(&book.catalogue, &book.reference, &json).map_err(|faults| {
            let mut suggestions = Suggestions::new(&book.catalogue, &book.reference);
            let lines: Vec<String> = faults
                .iter()
                .map(|fault| {
                    let text = wording::fault(&book.catalogue, fault, suggestions.of(fault));
                    let lang: wording::Lang = self.lang.into();
                    format!(
                        "{}: {}",
                        if fault.pointer.is_empty() { "/" } else { &fault.pointer },
                        lang.of(&text)
                    )
                })
                .collect();
            CliError::Faults(lines.join("\n"))
        })?;
        let chosen = self.chosen.ids(&[book], self.lang.into());
        let chosen = chosen.map_err(|messages| CliError::Usage(messages.join("\n")))?;
        let mut answer = Answer::new(&advisor.plan, &profile, self.as_of.unwrap_or_else(today));
        if let Some(ids) = chosen {
            answer = answer.about(ids.iter().filter_map(|id| Some(book.find(id)?.0)).collect());
        }
        let mut out = String::new();
        match self.format {
            Format::Json => {
                write_json(&advisor, &answer, &Detail::from(self.detail).into(), &mut out)
            }
            Format::Text => write_text(&advisor, &answer, self.lang.into(), &mut out),
        }
        match self.format {
            Format::Json => {
                out.push('\n');
                print(&out)
            }
            Format::Text => print(&visible(&out)),
        }
    }
}
