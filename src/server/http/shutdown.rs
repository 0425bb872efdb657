//! How far the end of the service has come, for all who must know it.
//!
//! First no more requests are accepted, and those in progress are finished; meanwhile the background tasks go on,
//! since they close slow clients and write the audit. Then the tasks end, and so does the work whose entry in the
//! audit comes after its answer. Owns the phase and the count of such work. What is written last is decided by
//! [`App::shut_down`](crate::server::app::App::shut_down).

use actix_web::rt::time::timeout;
use export_advisor_core::interrupt::Interrupt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedRwLockReadGuard, RwLock, watch};

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Running,
    /// No more requests are accepted.
    Draining,
    /// Background tasks are to end.
    Ending,
}

/// The end of the service. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown {
    phase: Arc<watch::Sender<Phase>>,
    /// Held for reading by work that adds an entry to the audit when it ends.
    unfinished: Arc<RwLock<()>>,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { phase: Arc::new(watch::Sender::new(Phase::Running)), unfinished: Arc::default() }
    }
}

/// Held by work that adds an entry to the audit when it ends.
#[derive(Debug)]
pub(crate) struct Unfinished(
    #[expect(dead_code, reason = "held")] Option<OwnedRwLockReadGuard<()>>,
);

impl Shutdown {
    /// No more requests are accepted: rules that are being read are not waited for.
    pub(crate) fn drain(&self) {
        self.phase.send_if_modified(|phase| {
            let begins = *phase < Phase::Draining;
            *phase = (*phase).max(Phase::Draining);
            begins
        });
    }

    /// Whether the service is about to end.
    pub(crate) fn is_draining(&self) -> bool {
        *self.phase.borrow() >= Phase::Draining
    }

    /// The background tasks are to end.
    pub(crate) fn end_tasks(&self) {
        self.phase.send_replace(Phase::Ending);
    }

    /// Waits for a while; says whether the service still goes on then.
    pub(crate) async fn pause(&self, time: Duration) -> bool {
        let mut phase = self.phase.subscribe();
        // The sender lives as long as `self`.
        timeout(time, phase.wait_for(|phase| *phase == Phase::Ending)).await.is_err()
    }

    /// Interrupts work that may take so long, and earlier when the service ends.
    pub(crate) fn interrupt(&self, within: Duration) -> Interrupt {
        let (began, phase) = (Instant::now(), Arc::clone(&self.phase));
        Interrupt::when(move || began.elapsed() >= within || *phase.borrow() >= Phase::Draining)
    }

    /// Begins work that adds an entry to the audit when it ends. Work that begins while the last entries are
    /// written is not waited for.
    pub(crate) fn begin_work(&self) -> Unfinished {
        Unfinished(Arc::clone(&self.unfinished).try_read_owned().ok())
    }

    /// Waits until all such work has ended; says whether it did in time.
    pub(crate) async fn wait_for_work(&self, within: Duration) -> bool {
        timeout(within, self.unfinished.write()).await.is_ok()
    }
}
