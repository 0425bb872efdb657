//! `POST /admin/reload`: the rules read again, as at SIGHUP.
//!
//! The new rules are checked first. Bad ones are refused, and the old ones stay; requests that are under
//! way end on the rules that they began with.

use super::error::{Problem, ProblemCode};
use super::state::State;
use crate::assessment::Advisor;
use crate::files::RuleFiles;
use crate::store::{AuditRow, StoreError};
use actix_web::{HttpResponse, web};
use serde::Serialize;
use std::sync::{Arc, MutexGuard, PoisonError};
use utoipa::ToSchema;

/// Reads the rules from where the operator keeps them; faults come as a text.
pub type ReadRules = dyn Fn() -> Result<(Advisor, RuleFiles), String> + Send + Sync;

/// How rules are read again.
#[derive(Clone)]
pub(super) struct Reload(Arc<ReadRules>);

impl std::fmt::Debug for Reload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reload(…)")
    }
}

/// The rules in use after they were read again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reloaded {
    /// The rule book's version.
    #[schema(examples("sha256:0f3a…"))]
    rulebook: String,
}

impl State {
    /// Says how rules are read again.
    pub fn set_reload(&mut self, read: Arc<ReadRules>) {
        self.reload = Some(Reload(read));
    }

    /// Reads the rules again and puts them in use; gives their version.
    ///
    /// # Errors
    /// The faults of the rules; the old ones stay.
    pub async fn reload(&self) -> Result<String, String> {
        let Some(Reload(read)) = self.reload.clone() else {
            return Err("this server reads no rules again".to_owned());
        };
        let read = web::block(move || read()).await.map_err(|error| error.to_string());
        let (advisor, files) = read.and_then(|read| read).inspect_err(|faults| {
            tracing::error!(%faults, "rules refused; the old ones stay");
        })?;
        let rule_book = advisor.book().version.clone();
        self.keep_rule_book(&files).await;
        self.replace(advisor);
        tracing::info!(rule_book, "rules read again");
        Ok(rule_book)
    }

    /// Notes in the audit that the operator had the rules read again at the machine; nothing if they
    /// were refused.
    pub fn note_reload(&self, version: Option<&str>) {
        let version = version.unwrap_or_default();
        let outcome = if version.is_empty() { "failed" } else { "ok" };
        self.note_row(AuditRow {
            object: version.to_owned(),
            rule_book: version.to_owned(),
            outcome: outcome.to_owned(),
            ..AuditRow::new("cli", "rules_reload")
        });
    }

    /// Keeps a rule book, so that its answers can be asked again. Without it the service goes on, and
    /// keeps it later.
    pub async fn keep_rule_book(&self, files: &RuleFiles) {
        *self.late() = Some(files.clone());
        if let Err(error) = self.keep_late().await {
            tracing::error!(%error, "the rule book could not be kept yet");
        }
    }

    /// Keeps the rule book that could not be kept yet, if there is one.
    ///
    /// # Errors
    /// If the store fails.
    pub(super) async fn keep_late(&self) -> Result<(), StoreError> {
        let late = self.late().clone();
        if let (Some(store), Some(files)) = (self.store(), late) {
            store.keep_rule_book(&files).await?;
            let mut late = self.late();
            if late.as_ref() == Some(&files) {
                *late = None;
            }
        }
        Ok(())
    }

    fn late(&self) -> MutexGuard<'_, Option<RuleFiles>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the rules again.
///
/// They come from where the server took them at its start. Bad rules are refused, told in `detail`, and
/// the old ones stay in use.
#[utoipa::path(post, path = "/admin/reload", operation_id = "reload", tag = "operation",
    responses(
        (status = 200, description = "The rules in use now.", body = Reloaded),
        (status = 422, description = "The rules have faults; the old ones stay.", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn reload(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let rulebook = state.reload().await;
    let rulebook = rulebook.map_err(|f| Problem::new(ProblemCode::InvalidRules).with(f))?;
    Ok(HttpResponse::Ok()
        .insert_header(("Rule-Book-Version", rulebook.as_str()))
        .insert_header(("Cache-Control", "no-store"))
        .json(Reloaded { rulebook }))
}
