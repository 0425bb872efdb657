//! Reading the rules again, at SIGHUP or by `POST /admin/reload`.
//!
//! The new rules are checked first. Bad ones are refused, and the old ones stay; requests in progress end on the
//! rules that they began with.
//!
//! INVARIANT: one reading is in progress at a time, from its begin until its outcome is in use. So rules that were
//! read later are never replaced by these.

use crate::server::audit::Audit;
use crate::server::http::shutdown::Shutdown;
use crate::server::rules::Rules;
use actix_web::rt::time::timeout;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::files::RuleFiles;
use export_advisor_core::interrupt::Interrupt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Reads the rules from where the operator keeps them, unless it is interrupted; faults come as a text.
pub type ReadRules = dyn Fn(&Interrupt) -> Result<(Advisor, RuleFiles), String> + Send + Sync;

/// Time for reading to end after it was interrupted. A thread that does not end is abandoned.
const GRACE: Duration = Duration::from_secs(1);
/// How often the interrupt is checked.
const CHECK: Duration = Duration::from_millis(50);
/// The stack of the thread that reads: conditions are visited by recursive calls.
const STACK: usize = 8 << 20;

/// Where rules are read from.
#[derive(Clone)]
pub struct RuleSource {
    /// Reads them.
    pub read: Arc<ReadRules>,
    /// How long that may take.
    pub within: Duration,
}

impl std::fmt::Debug for RuleSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RuleSource(…)")
    }
}

/// Reads rules again and puts them in use.
#[derive(Debug)]
pub(crate) struct Reloader {
    source: RuleSource,
    rules: Arc<Rules>,
    audit: Arc<Audit>,
    shutdown: Shutdown,
    /// One permit; an abandoned thread holds it until it ends.
    running: Arc<Semaphore>,
}

/// Why rules that were read again are not in use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReloadError {
    /// They are being read already.
    #[error("the rules are being read already")]
    Running,
    /// They have faults, or took too long.
    #[error("{0}")]
    Refused(String),
}

impl Reloader {
    pub(crate) fn new(
        source: RuleSource,
        rules: Arc<Rules>,
        audit: Arc<Audit>,
        shutdown: Shutdown,
    ) -> Self {
        Self { source, rules, audit, shutdown, running: Arc::new(Semaphore::new(1)) }
    }

    /// Reads the rules again for a key, by its id, and puts them in use, unless that is in progress; returns their
    /// version.
    pub(crate) async fn reload(&self, key: &str) -> Result<String, ReloadError> {
        match Arc::clone(&self.running).try_acquire_owned() {
            Ok(permit) => self.run(permit, key).await.map_err(ReloadError::Refused),
            Err(_) => Err(ReloadError::Running),
        }
    }

    /// Reads the rules again for the operator at the machine, after a reading in progress, and adds an entry to the
    /// audit. Faults stand in the log.
    pub(crate) async fn reload_at_machine(&self) {
        let _unfinished = self.shutdown.begin_work();
        if self.shutdown.is_draining() {
            return;
        }
        let version = match Arc::clone(&self.running).acquire_owned().await {
            Ok(permit) => self.run(permit, "cli").await,
            Err(error) => Err(error.to_string()),
        };
        self.audit.add_reload(version.as_deref().ok());
    }

    async fn run(&self, permit: OwnedSemaphorePermit, actor: &str) -> Result<String, String> {
        // Returned when the new rules are in use.
        let (read, _permit) = self.read(permit).await;
        let (advisor, files) = read.inspect_err(|faults| {
            tracing::error!(%faults, "rules refused; the old ones stay");
        })?;
        let rule_book = advisor.book().version.clone();
        self.rules.publish(&files, "reload", actor).await;
        self.rules.replace(advisor);
        tracing::info!(rule_book, "rules read again");
        Ok(rule_book)
    }

    /// Reads the rules on a thread that nobody waits for when the process ends.
    async fn read(
        &self,
        permit: OwnedSemaphorePermit,
    ) -> (Result<(Advisor, RuleFiles), String>, Option<OwnedSemaphorePermit>) {
        let RuleSource { read, within } = self.source.clone();
        let interrupt = self.shutdown.interrupt(within);
        let given = interrupt.clone();
        let (send, mut outcome) = oneshot::channel();
        let reading = move || {
            // An abandoned thread keeps the permit until here; nobody receives its outcome.
            let _ = send.send((read(&given), Some(permit)));
        };
        tracing::info!("rules are being read again");
        let thread = std::thread::Builder::new().name("rules".to_owned()).stack_size(STACK);
        if let Err(error) = thread.spawn(reading) {
            return (Err(error.to_string()), None);
        }
        let mut interrupted = None;
        loop {
            match timeout(CHECK, &mut outcome).await {
                Ok(Ok(outcome)) => return outcome,
                Ok(Err(_)) => return (Err("reading the rules failed".to_owned()), None),
                Err(_) if interrupted.is_some_and(|at: Instant| at.elapsed() >= GRACE) => {
                    let message = "reading the rules does not end, and is left to itself";
                    return (Err(message.to_owned()), None);
                }
                Err(_) if interrupted.is_none() && interrupt.is_set() => {
                    interrupted = Some(Instant::now());
                }
                Err(_) => {}
            }
        }
    }
}
