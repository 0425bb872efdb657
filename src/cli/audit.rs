//! `audit`: who did what and when, as the store has it.
//!
//! Prints lines, the oldest first; days are those of China. Also [`record`], by which commands add their own
//! entry.

use super::kept::Kept;
use super::{CliError, date};
use crate::server::store::{AuditQuery, AuditRow, Store};
use clap::{Args, ValueEnum};
use export_advisor_core::china::start_of;
use jiff::civil::Date;
use std::io::Write as _;

/// How many lines are read at a time.
const PAGE: i64 = 1000;

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub(super) struct Audit {
    /// The first day
    #[arg(long, value_name = "DATE", value_parser = date)]
    since: Option<Date>,
    /// The last day
    #[arg(long, value_name = "DATE", value_parser = date)]
    until: Option<Date>,
    /// What one key did; also `anonymous`, or `cli`
    #[arg(long, value_name = "ID")]
    key: Option<String>,
    /// How it is printed
    #[arg(long, default_value = "text")]
    format: Format,
    #[command(flatten)]
    kept: Kept,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Columns, parted by tabs
    Text,
    /// A JSON object a line
    Ndjson,
}

impl Audit {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let start = |day: Date| {
            let start = start_of(day)?;
            Some(start.as_second())
        };
        let mut query = AuditQuery {
            since: self.since.and_then(start).unwrap_or(0),
            until: self.until.and_then(|day| start(day.tomorrow().ok()?)),
            actor: self.key.clone(),
            after: String::new(),
            limit: PAGE,
        };
        actix_web::rt::System::new().block_on(async {
            let store = self.kept.store().await?;
            loop {
                let rows = store.audit(&query).await?;
                let Some(last) = rows.last() else { return Ok(()) };
                query.after.clone_from(&last.id);
                let page: String = rows.iter().map(|row| self.line(row)).collect();
                let mut out = std::io::stdout().lock();
                match out.write_all(page.as_bytes()) {
                    // Who reads has seen enough.
                    Err(source) if source.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
                    Err(source) => {
                        return Err(CliError::Io { path: "standard output".to_owned(), source });
                    }
                    Ok(()) => {}
                }
            }
        })
    }

    fn line(&self, row: &AuditRow) -> String {
        let at = jiff::Timestamp::from_second(row.at).map(|at| at.to_string()).unwrap_or_default();
        let AuditRow { id: _, at: _, actor, action, object, count, rule_book, outcome, request_id } =
            row;
        match self.format {
            Format::Ndjson => {
                let line = serde_json::json!({
                    "at": at, "actor": actor, "action": action, "object": object, "count": count,
                    "rule_book": rule_book, "outcome": outcome, "request_id": request_id,
                });
                format!("{line}\n")
            }
            Format::Text => {
                let or_dash =
                    |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
                let (object, book, request) =
                    (or_dash(object), or_dash(rule_book), or_dash(request_id));
                format!(
                    "{at}\t{actor}\t{action}\t{object}\t{count}\t{outcome}\t{book}\t{request}\n"
                )
            }
        }
    }
}

/// Adds an entry about what the operator did at the machine.
pub(super) async fn record(store: &Store, action: &str, object: &str) -> Result<(), CliError> {
    let row = AuditRow { object: object.to_owned(), ..AuditRow::new("cli", action) };
    // What the operator does at the machine helps when the disk is full.
    let rows = [row];
    Ok(store.with_reserve(async || store.add_audit(&rows).await).await?)
}
