//! Rule books of former days, for answers that are asked again.

use super::error::{Problem, ProblemCode};
use super::state::State;
use export_advisor_core::assessment::Advisor;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How many former rule books are kept ready; one takes some ten megabytes.
const READY: usize = 4;
/// How long it may take to make one ready.
const LOADS_WITHIN: Duration = Duration::from_secs(30);

/// Former rule books that were asked for last, ready to answer.
#[derive(Debug, Default)]
pub(super) struct Past(Mutex<VecDeque<Arc<Advisor>>>);

impl Past {
    fn get(&self, version: &str) -> Option<Arc<Advisor>> {
        let mut ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = ready.iter().position(|advisor| advisor.book().version == version)?;
        let advisor = ready.remove(place)?;
        ready.push_front(Arc::clone(&advisor));
        Some(advisor)
    }

    fn put(&self, advisor: Arc<Advisor>) {
        let mut ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ready.push_front(advisor);
        ready.truncate(READY);
    }
}

impl State {
    /// The rule book in use, or the one that is asked for by its version.
    ///
    /// # Errors
    /// If no such rule book was kept, or the store does not answer.
    pub(super) async fn rule_book(&self, version: Option<&str>) -> Result<Arc<Advisor>, Problem> {
        let current = self.advisor();
        let Some(version) = version.filter(|version| *version != current.book().version) else {
            return Ok(current);
        };
        if let Some(ready) = self.past.get(version) {
            return Ok(ready);
        }
        let unknown = || Problem::new(ProblemCode::UnknownRuleBook);
        let store = self.store.as_ref().ok_or_else(unknown)?;
        let files = store.rule_book(version).await.map_err(|error| {
            tracing::error!(%error, "the store failed");
            Problem::new(ProblemCode::StoreUnavailable)
        })?;
        let files = files.ok_or_else(unknown)?;
        // Milliseconds of work: not on a thread that others wait for.
        let interrupt = self.interrupt(LOADS_WITHIN);
        let loaded = actix_web::web::block(move || {
            let loaded = export_advisor_core::script::load_within(&files, Vec::new(), &interrupt);
            let advisor = loaded.into_kept().map(|book| Advisor::within(book, &interrupt));
            advisor.map_err(|faults| faults.len())
        });
        let advisor = match loaded.await {
            Ok(Ok(Ok(advisor))) => Arc::new(advisor),
            // A rule book of another program's language.
            Ok(Err(faults)) => {
                tracing::error!(version, faults, "a kept rule book has faults now");
                return Err(unknown().with("it was kept, but this program cannot read it any more"));
            }
            Ok(Ok(Err(_))) | Err(_) => return Err(Problem::new(ProblemCode::Internal)),
        };
        self.past.put(Arc::clone(&advisor));
        Ok(advisor)
    }
}
