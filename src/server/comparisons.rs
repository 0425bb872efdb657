//! Comparisons of rule books that are kept, made once and kept for a while.
//!
//! In go two versions, out comes what differs as JSON. A comparison takes about a second of one processor, and anybody may
//! ask for it: one is made at a time, the last ones are kept, and a client that leaves does not waste it.

use crate::server::api::error::{Problem, ProblemCode};
use crate::server::http::shutdown::Shutdown;
use crate::server::http::static_file::StaticFile;
use crate::server::rules::Rules;
use actix_web::rt::time::timeout;
use export_advisor_core::diff::{BookDiff, DiffError};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// How many comparisons are kept; one takes some hundred kilobytes.
const CACHED: usize = 8;
/// How long a request waits until the comparison before it is made.
const WAITS: Duration = Duration::from_secs(10);
/// How long a comparison may take.
const COMPARES_WITHIN: Duration = Duration::from_secs(60);
/// The stack of the thread that compares: conditions are visited by recursive calls.
const STACK: usize = 8 << 20;

/// The comparisons of a process.
#[derive(Debug)]
pub(crate) struct Comparisons {
    rules: Arc<Rules>,
    shutdown: Shutdown,
    /// The one used last first.
    cache: Mutex<VecDeque<Arc<Comparison>>>,
    /// One permit; the thread that compares holds it until it ends.
    running: Arc<Semaphore>,
}

/// What differs between two rule books.
#[derive(Debug)]
pub(crate) struct Comparison {
    old: String,
    new: String,
    /// The JSON of a [`BookDiff`].
    pub(crate) file: StaticFile,
}

impl Comparisons {
    pub(crate) fn new(rules: Arc<Rules>, shutdown: Shutdown) -> Self {
        Self { rules, shutdown, cache: Mutex::default(), running: Arc::new(Semaphore::new(1)) }
    }

    /// What differs between two versions that are kept.
    ///
    /// # Errors
    /// If one of them cannot be read, the store does not answer, others are waiting already for too long, or it takes too
    /// long.
    pub(crate) async fn of(
        self: &Arc<Self>,
        old: &str,
        new: &str,
    ) -> Result<Arc<Comparison>, Problem> {
        if let Some(cached) = self.cached(old, new) {
            return Ok(cached);
        }
        let permit = timeout(WAITS, Arc::clone(&self.running).acquire_owned()).await;
        let busy = || Problem::new(ProblemCode::Busy).with("other rule books are being compared");
        let permit = permit.ok().and_then(Result::ok).ok_or_else(busy)?;
        // The one before may have been the same.
        if let Some(cached) = self.cached(old, new) {
            return Ok(cached);
        }
        self.compare(old, new, permit).await
    }

    async fn compare(
        self: &Arc<Self>,
        old: &str,
        new: &str,
        permit: OwnedSemaphorePermit,
    ) -> Result<Arc<Comparison>, Problem> {
        let (old_files, new_files) = (self.rules.files(old).await?, self.rules.files(new).await?);
        let old = self.rules.version(Some(old)).await?;
        let new = self.rules.version(Some(new)).await?;
        let interrupt = self.shutdown.interrupt(COMPARES_WITHIN);
        let (comparisons, (send, outcome)) = (Arc::clone(self), oneshot::channel());
        let work = move || {
            let _permit = permit;
            let sides = ((&old.plan, &old_files), (&new.plan, &new_files));
            let compared = BookDiff::new(sides.0, sides.1, &interrupt).map(|diff| {
                let json = serde_json::to_vec(&diff.to_json()).unwrap_or_default();
                let file = StaticFile::new("application/json", json);
                comparisons.keep(Comparison { old: diff.old, new: diff.new, file })
            });
            // The client may have left; the next one finds the comparison.
            let _ = send.send(compared);
        };
        let thread = std::thread::Builder::new().name("comparison".to_owned()).stack_size(STACK);
        let internal = || Problem::new(ProblemCode::Internal);
        thread.spawn(work).map_err(|error| {
            tracing::error!(%error, "no thread for a comparison");
            internal()
        })?;
        match outcome.await {
            Ok(Ok(comparison)) => Ok(comparison),
            Ok(Err(DiffError::Interrupted)) => {
                let seconds = COMPARES_WITHIN.as_secs();
                let detail = format!(
                    "the comparison takes longer than {seconds} s; `export-advisor diff` has no such limit"
                );
                Err(Problem::new(ProblemCode::Busy).with(detail))
            }
            Ok(Err(error @ DiffError::Disagreement { .. })) => {
                tracing::error!(%error, "rule books cannot be compared");
                Err(internal())
            }
            Err(_) => Err(internal()),
        }
    }

    fn cached(&self, old: &str, new: &str) -> Option<Arc<Comparison>> {
        let mut cache = self.cache();
        let index = cache.iter().position(|one| one.old == old && one.new == new)?;
        let comparison = cache.remove(index)?;
        cache.push_front(Arc::clone(&comparison));
        Some(comparison)
    }

    fn keep(&self, comparison: Comparison) -> Arc<Comparison> {
        let comparison = Arc::new(comparison);
        let mut cache = self.cache();
        cache.push_front(Arc::clone(&comparison));
        cache.truncate(CACHED);
        comparison
    }

    fn cache(&self) -> MutexGuard<'_, VecDeque<Arc<Comparison>>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
