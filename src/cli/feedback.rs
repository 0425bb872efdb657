//! `feedback`: what readers report, and words that were searched for in vain, as the store has them.
//!
//! Prints lines, the oldest first; days are those of China. What readers wrote is foreign: in columns it goes through
//! [`terminal`](super::terminal), as JSON its control characters are escaped.

use super::audit::record;
use super::kept::Kept;
use super::terminal::inline;
use super::{CliError, date, print};
use crate::server::store::{FeedbackRow, SearchRow, Store};
use clap::Args;
use jiff::civil::Date;

/// How much of a version is shown in columns.
const SHORT_VERSION: usize = "sha256:".len() + 12;

/// Arguments of `feedback`.
#[derive(Debug, Args)]
pub(super) struct Feedback {
    /// The first day [default: all that are kept]
    #[arg(long, value_name = "DATE", value_parser = date)]
    since: Option<Date>,
    /// The words that were searched for in vain, with their counts, in place of the messages
    #[arg(long)]
    searches: bool,
    /// A JSON object a line, in place of columns separated by tabs
    #[arg(long)]
    json: bool,
    /// Delete the message with this id
    #[arg(long, value_name = "ID", conflicts_with_all = ["since", "searches", "json"])]
    delete: Option<String>,
    #[command(flatten)]
    kept: Kept,
}

impl Feedback {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let output = actix_web::rt::System::new().block_on(async {
            let store = self.kept.store().await?;
            match &self.delete {
                Some(id) => delete(&store, id).await,
                None => self.list(&store).await,
            }
        })?;
        print(&output)
    }

    async fn list(&self, store: &Store) -> Result<String, CliError> {
        let since = self.since.map(|day| day.to_string()).unwrap_or_default();
        Ok(if self.searches {
            store.vain_searches(&since).await?.iter().map(|row| self.search(row)).collect()
        } else {
            store.feedback(&since).await?.iter().map(|row| self.message(row)).collect()
        })
    }

    fn message(&self, row: &FeedbackRow) -> String {
        let FeedbackRow { id, day, support, rule_book, lang, text } = row;
        if self.json {
            let line = serde_json::json!({
                "id": id, "day": day, "support": support, "lang": lang, "rulebook": rule_book, "text": text,
            });
            return format!("{line}\n");
        }
        let version: String = rule_book.chars().take(SHORT_VERSION).collect();
        format!("{day}\t{id}\t{support}\t{lang}\t{version}\t{}\n", inline(text))
    }

    fn search(&self, row: &SearchRow) -> String {
        let SearchRow { day, field, word, count } = row;
        if self.json {
            let line = serde_json::json!({
                "day": day, "field": field, "word": word, "count": count,
            });
            return format!("{line}\n");
        }
        format!("{day}\t{field}\t{count}\t{}\n", inline(word))
    }
}

async fn delete(store: &Store, id: &str) -> Result<String, CliError> {
    if !store.delete_feedback(id).await? {
        let id = inline(id);
        return Err(CliError::Faults(format!(
            "no message has the id `{id}`: `export-advisor feedback` lists them"
        )));
    }
    record(store, "feedback_delete", id).await?;
    Ok("deleted\n".to_owned())
}
