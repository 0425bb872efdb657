//! The audit of requests: who did what, how often, with which outcome. Never about whom.
//!
//! Owns the entries that are not stored yet. [`Audit::record`] adds one when a request is answered; a task writes
//! them to the store every second, so that no request waits for the database. Single assessments of one key with
//! one outcome are one entry a second, with their number. While the store is away entries wait; when too many
//! do, further ones are counted as lost, in the metrics and once in the log. Assessments without a key are not
//! recorded: the metrics count them.

use crate::server::access::Caller;
use crate::server::metrics::Metrics;
use crate::server::store::{AuditRow, Store, StoreError};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many entries wait for the store at most; some two megabytes.
const CAPACITY: usize = 8192;
/// How long entries are kept unless the operator sets it.
pub const AUDIT_DAYS: u32 = 400;

/// The audit of a process.
#[derive(Debug)]
pub(crate) struct Audit {
    waiting: Mutex<Waiting>,
    /// For how many days entries are kept.
    days: u32,
    /// Without a store nothing is recorded.
    store: Option<Store>,
    metrics: Arc<Metrics>,
}

#[derive(Debug, Default)]
struct Waiting {
    rows: Vec<AuditRow>,
    /// Single assessments, by key, rule book and outcome.
    single: BTreeMap<(String, String, u16), AuditRow>,
}

/// What a route does, as the audit names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuditAction {
    Assess,
    AssessBatch,
    Screen,
    ShareCreate,
    ShareOpen,
    ShareDelete,
    RulesReload,
    AuditRead,
}

impl AuditAction {
    fn as_str(self) -> &'static str {
        match self {
            Self::Assess => "assess",
            Self::AssessBatch => "assess_batch",
            Self::Screen => "screen",
            Self::ShareCreate => "share_create",
            Self::ShareOpen => "share_open",
            Self::ShareDelete => "share_delete",
            Self::RulesReload => "rules_reload",
            Self::AuditRead => "audit_read",
        }
    }

    /// Whether it is recorded without a key too.
    fn is_recorded_without_key(self) -> bool {
        matches!(self, Self::Screen | Self::ShareCreate | Self::ShareOpen | Self::ShareDelete)
    }
}

/// How many a request was about, as its handler counted; it stands among the answer's extensions.
#[derive(Clone, Copy, Debug)]
struct Count(i64);

/// The id of a request; it stands among the request's extensions.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// An entry about a request whose work goes on after its answer has begun: its actor and id.
pub(crate) fn entry(request: &HttpRequest, action: AuditAction) -> AuditRow {
    let extensions = request.extensions();
    let actor = extensions.get::<Caller>().map_or("anonymous", |caller| &caller.0);
    let id = extensions.get::<RequestId>().map(|RequestId(id)| id.clone());
    AuditRow { request_id: id.unwrap_or_default(), ..AuditRow::new(actor, action.as_str()) }
}

/// A request that was answered.
pub(crate) struct Answered<'a> {
    pub(crate) action: AuditAction,
    pub(crate) request_id: &'a str,
    pub(crate) caller: Option<&'a Caller>,
}

/// Adds to an answer how many its request was about.
pub(crate) fn counted(mut response: HttpResponse, count: usize) -> HttpResponse {
    response.extensions_mut().insert(Count(i64::try_from(count).unwrap_or(i64::MAX)));
    response
}

impl Audit {
    /// For how many days its lines are kept.
    pub(crate) fn days(&self) -> u32 {
        self.days
    }

    pub(crate) fn new(days: u32, store: Option<Store>, metrics: Arc<Metrics>) -> Self {
        Self { waiting: Mutex::default(), days, store, metrics }
    }

    /// Records a request that was answered.
    pub(crate) fn record(&self, answered: &Answered<'_>, response: &HttpResponse<impl Sized>) {
        if self.store.is_none() {
            return;
        }
        let (action, caller, status) = (answered.action, answered.caller, response.status());
        let count = response.extensions().get::<Count>().map(|Count(count)| *count);
        // Screenings are recorded at their end, with their rows.
        if action == AuditAction::Screen && status.is_success() {
            return;
        }
        // What did nothing and comes from anybody would only fill the table.
        let did_nothing = !status.is_success() || count == Some(0);
        if caller.is_none() && (!action.is_recorded_without_key() || did_nothing) {
            return;
        }
        let version = response.headers().get("rule-book-version").and_then(|v| v.to_str().ok());
        let version = version.unwrap_or_default();
        let actor = caller.map_or("anonymous", |caller| &caller.0);
        let key = (actor.to_owned(), version.to_owned(), status.as_u16());
        let mut waiting = self.waiting();
        if action == AuditAction::Assess
            && let Some(row) = waiting.single.get_mut(&key)
        {
            row.count += 1;
            row.request_id.clear();
            return;
        }
        let is_reload = action == AuditAction::RulesReload;
        let row = AuditRow {
            object: if is_reload { version.to_owned() } else { String::new() },
            count: count.unwrap_or(i64::from(status.is_success())),
            rule_book: version.to_owned(),
            outcome: status.as_str().to_owned(),
            request_id: answered.request_id.to_owned(),
            ..AuditRow::new(actor, action.as_str())
        };
        if waiting.is_full() {
            drop(waiting);
            self.count_lost(1);
        } else if action == AuditAction::Assess {
            // Each request counts, whatever its outcome.
            waiting.single.insert(key, AuditRow { count: 1, ..row });
        } else {
            waiting.rows.push(row);
        }
    }

    /// Adds an entry that is no request's, or whose work ends after its answer.
    pub(crate) fn add(&self, row: AuditRow) {
        if self.store.is_none() {
            return;
        }
        let mut waiting = self.waiting();
        if waiting.is_full() {
            drop(waiting);
            self.count_lost(1);
        } else {
            waiting.rows.push(row);
        }
    }

    /// Adds an entry of a reload that the operator asked for at the machine; without a version, the rules were
    /// refused.
    pub(crate) fn add_reload(&self, version: Option<&str>) {
        let version = version.unwrap_or_default();
        let outcome = if version.is_empty() { "failed" } else { "ok" };
        self.add(AuditRow {
            object: version.to_owned(),
            rule_book: version.to_owned(),
            outcome: outcome.to_owned(),
            ..AuditRow::new("cli", AuditAction::RulesReload.as_str())
        });
    }

    fn count_lost(&self, count: u64) {
        if self.metrics.count_lost_audit(count) == 0 {
            tracing::error!("lines of the audit are lost: the store is away for too long");
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many entries wait to be written.
    pub(crate) fn len(&self) -> usize {
        self.waiting().len()
    }

    /// Writes the entries that wait.
    ///
    /// # Errors
    /// If the store fails; then the entries wait for the next time.
    pub(crate) async fn write(&self) -> Result<(), StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        let mut unwritten = Unwritten { audit: self, rows: self.waiting().take() };
        if !unwritten.rows.is_empty() {
            store.add_audit(&unwritten.rows).await?;
            unwritten.rows.clear();
        }
        Ok(())
    }

    /// Deletes the entries whose time has passed; returns how many.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn purge(&self) -> Result<u64, StoreError> {
        match &self.store {
            Some(store) => store.purge_audit(self.days).await,
            None => Ok(0),
        }
    }
}

/// Entries while they are written. If that fails or is aborted, they wait again: the store keeps an entry once,
/// however often it is sent.
struct Unwritten<'a> {
    audit: &'a Audit,
    rows: Vec<AuditRow>,
}

impl Drop for Unwritten<'_> {
    fn drop(&mut self) {
        if self.rows.is_empty() {
            return;
        }
        let mut waiting = self.audit.waiting();
        let free = CAPACITY.saturating_sub(waiting.len());
        let lost = self.rows.len().saturating_sub(free);
        self.rows.truncate(free);
        self.rows.append(&mut waiting.rows);
        waiting.rows = std::mem::take(&mut self.rows);
        drop(waiting);
        if lost > 0 {
            self.audit.count_lost(lost as u64);
        }
    }
}

impl Waiting {
    fn take(&mut self) -> Vec<AuditRow> {
        let single = std::mem::take(&mut self.single).into_values();
        let mut rows = std::mem::take(&mut self.rows);
        rows.extend(single);
        rows
    }

    fn len(&self) -> usize {
        self.rows.len() + self.single.len()
    }

    fn is_full(&self) -> bool {
        self.len() >= CAPACITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::AuditQuery;

    #[test]
    fn what_does_not_fit_is_counted_as_lost_and_the_rest_is_kept_once() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
        actix_web::rt::System::new().block_on(async {
            let store = Store::open(&url).await.unwrap();
            let metrics = Arc::new(Metrics::new());
            let audit = Audit::new(AUDIT_DAYS, Some(store.clone()), Arc::clone(&metrics));
            for _ in 0..CAPACITY + 5 {
                audit.add(AuditRow::new("cli", "test"));
            }
            assert_eq!(metrics.count_lost_audit(0), 5);
            // There is no table yet.
            assert!(audit.write().await.is_err());
            audit.add(AuditRow::new("cli", "test"));
            assert_eq!(metrics.count_lost_audit(0), 6, "they still wait");
            store.migrate().await.unwrap();
            audit.write().await.unwrap();
            let query = AuditQuery { limit: i64::MAX, ..AuditQuery::default() };
            let kept = store.audit(&query).await.unwrap();
            assert_eq!(kept.len(), CAPACITY);
            store.add_audit(kept.get(..3).unwrap()).await.unwrap();
            assert_eq!(store.audit(&query).await.unwrap(), kept, "in order, and no line twice");
            assert!(kept.is_sorted_by(|one, next| one.id < next.id));
        });
    }
}
