//! How the service ends: who is asked to, what is waited for, and what is written last.
//!
//! First no more requests are taken, and those under way are finished; meanwhile the background tasks go on, since they
//! cut slow clients and write what is noted. Then the tasks end, and so does the work whose line in the audit comes
//! after its answer; last the lines are written, and the store is closed. Nothing of it takes longer than it may: what
//! cannot be written is counted, and the caller learns it.

use super::state::State;
use actix_web::rt::task::JoinHandle;
use actix_web::rt::time::{sleep, timeout};
use export_advisor_core::interrupt::Interrupt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedRwLockReadGuard, RwLock, watch};

/// How long it is waited until lines are tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Running,
    /// No more requests are taken.
    Draining,
    /// Background tasks are to end.
    Ending,
}

/// The end of the service, which all of its parts share.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    phase: Arc<watch::Sender<Phase>>,
    /// Held for reading by work that notes a line when it ends.
    unfinished: Arc<RwLock<()>>,
}

impl Default for Ending {
    fn default() -> Self {
        Self { phase: Arc::new(watch::Sender::new(Phase::Running)), unfinished: Arc::default() }
    }
}

/// Held by work that notes a line when it ends.
#[derive(Debug)]
pub(super) struct Unfinished(
    #[expect(dead_code, reason = "held")] Option<OwnedRwLockReadGuard<()>>,
);

impl State {
    /// No more requests are taken: rules that are being read are not waited for.
    pub fn drain(&self) {
        self.ending.phase.send_if_modified(|phase| {
            let begins = *phase < Phase::Draining;
            *phase = (*phase).max(Phase::Draining);
            begins
        });
    }

    /// Whether the service is about to end.
    pub(super) fn is_draining(&self) -> bool {
        *self.ending.phase.borrow() >= Phase::Draining
    }

    /// Waits for a while; says whether the service still goes on then.
    pub(super) async fn pause(&self, time: Duration) -> bool {
        let mut phase = self.ending.phase.subscribe();
        // The sender lives as long as the state.
        timeout(time, phase.wait_for(|phase| *phase == Phase::Ending)).await.is_err()
    }

    /// Work that may take so long, and ends early when the service does.
    pub(super) fn interrupt(&self, within: Duration) -> Interrupt {
        let (begun, phase) = (Instant::now(), Arc::clone(&self.ending.phase));
        Interrupt::when(move || begun.elapsed() >= within || *phase.borrow() >= Phase::Draining)
    }

    /// Begins work that notes a line when it ends. What begins when the last lines are written is not waited for.
    pub(super) fn unfinished(&self) -> Unfinished {
        Unfinished(Arc::clone(&self.ending.unfinished).try_read_owned().ok())
    }

    /// Ends what is left when no request is under way any more: the background `tasks`, the work that notes a line, and
    /// the store, within a time.
    ///
    /// # Errors
    /// The number of lines of the audit that could not be written.
    pub async fn end(&self, tasks: Vec<JoinHandle<()>>, within: Duration) -> Result<(), usize> {
        let begun = Instant::now();
        let left = || within.saturating_sub(begun.elapsed());
        self.ending.phase.send_replace(Phase::Ending);
        for mut task in tasks {
            match timeout(left() / 2, &mut task).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "a background task failed"),
                // It waits for the store. What it was writing waits again.
                Err(_) => {
                    task.abort();
                    let _ = task.await;
                }
            }
        }
        if timeout(left() / 2, self.ending.unfinished.write()).await.is_err() {
            tracing::error!("work has not ended; the audit has no line of it");
        }
        let (mut lines, mut failed) = (usize::MAX, None);
        while lines > 0 {
            failed = timeout(left(), self.write_audit()).await.ok().and_then(Result::err);
            // What was noted meanwhile is written too.
            lines = self.audit_waiting();
            if left().is_zero() {
                break;
            }
            sleep(if lines > 0 { PAUSE.min(left()) } else { Duration::ZERO }).await;
        }
        if lines > 0 {
            let why = failed.map_or_else(|| "no answer".to_owned(), |error| error.to_string());
            tracing::error!(
                lines,
                why,
                "lines of the audit are lost: the store does not take them"
            );
            return Err(lines);
        }
        if let Some(store) = self.store() {
            // A database that does not answer has nothing to lose any more.
            let _ = timeout(left().max(PAUSE), store.close()).await;
        }
        Ok(())
    }
}
