//! `lineage`: a screening as an event of OpenLineage, made of its manifest.
//!
//! Owns the arguments and their defaults. It sends nothing: a scheduler posts what is printed. With a stated run and time
//! the same manifest gives the same bytes. Exit status 1: the manifest cannot be read, or its rule book is not at hand.

use super::screen::failure;
use super::stored_rules::StoredRules;
use super::{CliError, LangArg, print, read};
use clap::Args;
use export_advisor_core::wording::Lang;
use export_advisor_screening::manifest::Manifest;
use export_advisor_screening::manifest::lineage::{Run, run_id};
use jiff::Timestamp;
use std::path::PathBuf;

/// Arguments of `lineage`.
#[derive(Debug, Args)]
pub(super) struct Lineage {
    /// The manifest beside a screened list
    manifest: PathBuf,
    /// The namespace of the job
    #[arg(long, value_name = "NAME", default_value = "export-advisor")]
    namespace: String,
    /// The name of the job
    #[arg(long, value_name = "NAME", default_value = "screen")]
    job: String,
    /// The id of the run, a UUID [default: one of the manifest's content]
    #[arg(long, value_name = "UUID", value_parser = uuid)]
    run_id: Option<String>,
    /// When the run was complete, such as 2026-11-25T08:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    event_time: Option<Timestamp>,
    /// The language of texts
    #[arg(long, value_enum, default_value = "zh")]
    lang: LangArg,
    #[command(flatten)]
    rules: StoredRules,
}

fn uuid(text: &str) -> Result<String, String> {
    let lengths = text.split('-').map(str::len);
    let are_digits = text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    if are_digits && lengths.eq([8, 4, 4, 4, 12]) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("write a UUID such as 0197a2c5-30a1-7c41-9a5e-3f6c1b2d4e5f".to_owned())
    }
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "write a time such as 2026-11-25T08:00:00Z".to_owned())
}

impl Lineage {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let lang: Lang = self.lang.into();
        let manifest = Manifest::read(&self.manifest).map_err(|error| failure(&error, lang))?;
        let advisor = self.rules.of_version(&manifest.rulebook, lang)?;
        let plan = &advisor.plan;
        let options = manifest.stated_options(plan, &self.manifest);
        let options = options.map_err(|error| failure(&error, lang))?;
        let id = match &self.run_id {
            Some(id) => id.clone(),
            None => run_id(&read(&self.manifest)?),
        };
        let time = self.event_time.unwrap_or_else(Timestamp::now).to_string();
        let (namespace, job) = (self.namespace.clone(), self.job.clone());
        let run = Run { id, time, namespace, job };
        print(&format!("{:#}\n", manifest.lineage(plan, &options, &self.manifest, &run)))
    }
}
