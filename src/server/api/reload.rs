//! `POST /admin/reload`: the rules read again, as at SIGHUP.
//!
//! The new rules are checked first. Bad ones are refused, and the old ones stay; requests that are under
//! way end on the rules that they began with.

use super::error::{Problem, ProblemCode};
use super::state::State;
use crate::server::store::{AuditRow, StoreError};
use actix_web::rt::time::timeout;
use actix_web::{HttpResponse, web};
use export_advisor_core::assessment::Advisor;
use export_advisor_core::files::RuleFiles;
use export_advisor_core::interrupt::Interrupt;
use serde::Serialize;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use utoipa::ToSchema;

/// Reads the rules from where the operator keeps them, as long as somebody waits for them; faults come as a text.
pub type ReadRules = dyn Fn(&Interrupt) -> Result<(Advisor, RuleFiles), String> + Send + Sync;

/// Time for reading to end after it was interrupted. A thread that does not is left to itself.
const GRACE: Duration = Duration::from_secs(1);
/// How often it is seen whether reading was interrupted.
const LOOK: Duration = Duration::from_millis(50);
/// The stack of the thread that reads: conditions are gone through by calls within each other.
const STACK: usize = 8 << 20;

/// How rules are read again.
#[derive(Clone)]
pub(super) struct Reload {
    read: Arc<ReadRules>,
    /// How long reading may take.
    within: Duration,
    /// Taken from when reading begins until its outcome is in use; by a thread that was left to itself, until it ends.
    place: Arc<Semaphore>,
}

impl std::fmt::Debug for Reload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reload(…)")
    }
}

/// Why rules that were read again are not in use.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReloadError {
    /// They are being read already.
    #[error("the rules are being read already")]
    Running,
    /// They have faults, or took too long.
    #[error("{0}")]
    Refused(String),
}

/// The rules in use after they were read again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reloaded {
    /// The rule book's version.
    #[schema(examples("sha256:0f3a…"))]
    rulebook: String,
}

impl State {
    /// Says how rules are read again, and how long that may take.
    pub fn set_reload(&mut self, read: Arc<ReadRules>, within: Duration) {
        self.reload = Some(Reload { read, within, place: Arc::new(Semaphore::new(1)) });
    }

    /// Reads the rules again and puts them in use, unless that is being done already; gives their version.
    async fn reload(self) -> Result<String, ReloadError> {
        let place = self.reload.as_ref().map(|reload| Arc::clone(&reload.place));
        match place.map(Semaphore::try_acquire_owned) {
            Some(Ok(place)) => self.reload_in(place).await.map_err(ReloadError::Refused),
            Some(Err(_)) => Err(ReloadError::Running),
            None => Err(ReloadError::Refused("this server reads no rules again".to_owned())),
        }
    }

    /// Reads the rules again, after whoever does it now, and puts them in use.
    async fn reload_in(&self, place: OwnedSemaphorePermit) -> Result<String, String> {
        // Given back when the new rules are in use: those that were read later are not replaced by these.
        let (read, _place) = self.read_rules(place).await;
        let (advisor, files) = read.inspect_err(|faults| {
            tracing::error!(%faults, "rules refused; the old ones stay");
        })?;
        let rule_book = advisor.book().version.clone();
        self.keep_rule_book(&files).await;
        self.replace(advisor);
        tracing::info!(rule_book, "rules read again");
        Ok(rule_book)
    }

    /// Reads the rules on a thread that nobody waits for when the process ends.
    async fn read_rules(
        &self,
        place: OwnedSemaphorePermit,
    ) -> (Result<(Advisor, RuleFiles), String>, Option<OwnedSemaphorePermit>) {
        let Some(Reload { read, within, .. }) = self.reload.clone() else {
            return (Err("this server reads no rules again".to_owned()), None);
        };
        let interrupt = self.interrupt(within);
        let asked = interrupt.clone();
        let (send, mut outcome) = oneshot::channel();
        let reading = move || {
            // Who left the thread to itself takes neither the outcome nor the place.
            let _ = send.send((read(&asked), Some(place)));
        };
        tracing::info!("rules are being read again");
        let thread = std::thread::Builder::new().name("rules".to_owned()).stack_size(STACK);
        if let Err(error) = thread.spawn(reading) {
            return (Err(error.to_string()), None);
        }
        let mut interrupted = None;
        loop {
            match timeout(LOOK, &mut outcome).await {
                Ok(Ok(outcome)) => return outcome,
                Ok(Err(_)) => return (Err("reading the rules failed".to_owned()), None),
                Err(_) if interrupted.is_some_and(|at: Instant| at.elapsed() >= GRACE) => {
                    let told = "reading the rules does not end, and is left to itself";
                    return (Err(told.to_owned()), None);
                }
                Err(_) if interrupted.is_none() && interrupt.is_set() => {
                    interrupted = Some(Instant::now());
                }
                Err(_) => {}
            }
        }
    }

    /// Reads the rules again as the operator asks for it at the machine, after whoever does it now, and notes it in the
    /// audit. What is wrong stands in the log.
    pub async fn reload_at_machine(&self) {
        let _unfinished = self.unfinished();
        let place = self.reload.as_ref().map(|reload| Arc::clone(&reload.place));
        let Some(place) = place.filter(|_| !self.is_draining()) else { return };
        let version = match place.acquire_owned().await {
            Ok(place) => self.reload_in(place).await,
            Err(error) => Err(error.to_string()),
        };
        self.note_reload(version.as_deref().ok());
    }

    /// Notes in the audit that the operator had the rules read again at the machine; nothing if they
    /// were refused.
    fn note_reload(&self, version: Option<&str>) {
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
/// the old ones stay in use; so are those that take longer to read than the settings allow. One reading is under way
/// at a time.
#[utoipa::path(post, path = "/admin/reload", operation_id = "reload", tag = "operation",
    responses(
        (status = 200, description = "The rules in use now.", body = Reloaded),
        (status = 409, description = "The rules are being read already.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The rules have faults; the old ones stay.", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn reload(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    // A task of its own: it ends, and its outcome is used and logged, though the client goes.
    let reload = actix_web::rt::spawn(state.get_ref().clone().reload()).await;
    let rulebook = reload.map_err(|_| Problem::new(ProblemCode::Internal))?;
    let rulebook = rulebook.map_err(|error| match error {
        ReloadError::Running => Problem::new(ProblemCode::ReloadRunning),
        ReloadError::Refused(faults) => Problem::new(ProblemCode::InvalidRules).with(faults),
    })?;
    Ok(HttpResponse::Ok()
        .insert_header(("Rule-Book-Version", rulebook.as_str()))
        .insert_header(("Cache-Control", "no-store"))
        .json(Reloaded { rulebook }))
}
