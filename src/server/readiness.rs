//! Whether the store is ready, asked once a second at most: anybody may ask, and the check writes to the database.

use crate::server::store::Store;
use actix_web::rt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long an outcome is taken for the current one.
const FRESH: Duration = Duration::from_secs(1);

/// The outcome of the last check: when, and whether the store was ready. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Readiness {
    store: Option<Store>,
    last: Arc<Mutex<Option<(Instant, bool)>>>,
}

impl Readiness {
    pub(crate) fn new(store: Option<Store>) -> Self {
        Self { store, last: Arc::default() }
    }

    /// Whether the store accepts what is written; a service without a store is ready.
    pub(crate) async fn is_ready(&self) -> bool {
        let Some(store) = self.store.clone() else { return true };
        // Apart from the request: a client that goes away must not end the check, since the next request would
        // begin another one without the pause.
        rt::spawn(self.clone().check(store)).await.unwrap_or(false)
    }

    async fn check(self, store: Store) -> bool {
        let mut last = self.last.lock().await;
        if let Some((at, is_ready)) = *last
            && at.elapsed() < FRESH
        {
            return is_ready;
        }
        let checked = store.check_writes().await;
        if let Err(error) = &checked {
            tracing::error!(%error, "the store is not ready");
        }
        *last = Some((Instant::now(), checked.is_ok()));
        checked.is_ok()
    }
}
