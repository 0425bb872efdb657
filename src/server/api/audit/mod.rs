//! The audit of requests: who did what, how often, with which outcome. Never about whom.
//!
//! Owns what has been noted and is not kept yet. `note` takes what a request says of itself when it is
//! answered; a task writes it to the store every second, so that no request waits for the database.
//! Single assessments of one key with one outcome are one line a second, with their number. While the
//! store is away lines wait; when too many do, further ones are counted as lost, in the metrics and once
//! in the log. Assessments without a key are not noted: the metrics count them.

mod page;

pub(super) use page::{__path_list, list};

use super::access::Caller;
use super::state::State;
use crate::server::store::{AuditRow, StoreError};
use actix_web::http::Method;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many lines wait for the store at most; some two megabytes.
const WAITING: usize = 8192;
/// How often they are written.
const PERIOD: Duration = Duration::from_secs(1);
/// How often what has ended is deleted, in periods.
const PURGE: u32 = 3600;
/// How soon it is tried again after a failure, in periods.
const PURGE_AGAIN: u32 = 60;
/// How long lines are kept unless the operator says otherwise.
const USUAL_DAYS: u32 = 400;

/// What waits to be written.
#[derive(Debug)]
pub(super) struct Audit {
    waiting: Mutex<Waiting>,
    /// For how many days lines are kept.
    pub(super) days: u32,
}

#[derive(Debug, Default)]
struct Waiting {
    rows: Vec<AuditRow>,
    /// Single assessments, by key, rule book and outcome.
    single: BTreeMap<(String, String, u16), AuditRow>,
}

impl Default for Audit {
    fn default() -> Self {
        Self { waiting: Mutex::default(), days: USUAL_DAYS }
    }
}

/// How many a request was about, as its handler found out; it stands among the answer's extensions.
#[derive(Clone, Copy, Debug)]
struct Count(i64);

/// The name of a request; it stands among the request's extensions.
#[derive(Clone, Debug)]
pub(super) struct RequestName(pub(super) String);

/// A line about a request whose work goes on after its answer has begun: its actor and name.
pub(super) fn begun(request: &HttpRequest, action: &str) -> AuditRow {
    let extensions = request.extensions();
    let actor = extensions.get::<Caller>().map_or("anonymous", |caller| &caller.0);
    let name = extensions.get::<RequestName>().map(|RequestName(name)| name.clone());
    AuditRow { request_id: name.unwrap_or_default(), ..AuditRow::new(actor, action) }
}

/// A request that was answered.
pub(super) struct Answered<'a> {
    pub(super) method: &'a Method,
    pub(super) route: &'a str,
    pub(super) request_id: &'a str,
    pub(super) caller: Option<&'a Caller>,
}

/// Says of an answer how many its request was about.
#[must_use]
pub fn counted(mut response: HttpResponse, count: usize) -> HttpResponse {
    response.extensions_mut().insert(Count(i64::try_from(count).unwrap_or(i64::MAX)));
    response
}

/// The word for what a route does, and whether it is noted without a key; nothing if it is not noted.
fn action(method: &Method, route: &str) -> Option<(&'static str, bool)> {
    Some(match (route, method == Method::POST) {
        ("/api/v1/assessments", true) => ("assess", false),
        ("/api/v1/assessments:batch", true) => ("assess_batch", false),
        ("/api/v1/screenings", true) => ("screen", true),
        ("/api/v1/shares" | "/share", true) => ("share_create", true),
        ("/api/v1/shares/open" | "/s", true) => ("share_open", true),
        ("/api/v1/shares/delete" | "/s/delete", true) => ("share_delete", true),
        ("/admin/reload", true) => ("rules_reload", false),
        ("/admin/audit", false) => ("audit_read", false),
        _ => return None,
    })
}

impl State {
    /// For how many days lines of the audit are kept.
    pub fn set_audit_days(&mut self, days: u32) {
        self.audit = std::sync::Arc::new(Audit { days, ..Audit::default() });
    }

    /// Notes a request that was answered.
    pub(super) fn note(&self, answered: &Answered<'_>, response: &HttpResponse<impl Sized>) {
        if self.store.is_none() {
            return;
        }
        let Some((action, anonymous)) = action(answered.method, answered.route) else { return };
        let status = response.status();
        let found = response.extensions().get::<Count>().copied();
        // Screenings are noted at their end, with their rows.
        if action == "screen" && status.is_success() {
            return;
        }
        if answered.caller.is_none() {
            // What did nothing and comes from anybody would only fill the table.
            let nothing = !status.is_success() || found.is_some_and(|Count(count)| count == 0);
            if !anonymous || nothing {
                return;
            }
        }
        let version = response.headers().get("rule-book-version").and_then(|v| v.to_str().ok());
        let version = version.unwrap_or_default();
        let actor = answered.caller.map_or("anonymous", |caller| &caller.0);
        let mut waiting = self.audit.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if action == "assess" {
            let key = (actor.to_owned(), version.to_owned(), status.as_u16());
            if let Some(row) = waiting.single.get_mut(&key) {
                row.count += 1;
                row.request_id.clear();
                return;
            }
        }
        let usual = if status.is_success() { 1 } else { 0 };
        let row = AuditRow {
            object: if action == "rules_reload" { version.to_owned() } else { String::new() },
            count: found.map_or(usual, |Count(count)| count),
            rule_book: version.to_owned(),
            outcome: status.as_str().to_owned(),
            request_id: answered.request_id.to_owned(),
            ..AuditRow::new(actor, action)
        };
        if waiting.is_full() {
            drop(waiting);
            self.lost(1);
        } else if action == "assess" {
            // Each request counts, whatever came of it.
            let row = AuditRow { count: 1, ..row };
            let key = (row.actor.clone(), row.rule_book.clone(), status.as_u16());
            waiting.single.insert(key, row);
        } else {
            waiting.rows.push(row);
        }
    }

    /// Notes what is no request's, or ends after its answer.
    pub(super) fn note_row(&self, row: AuditRow) {
        if self.store.is_none() {
            return;
        }
        let mut waiting = self.audit.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.is_full() {
            drop(waiting);
            self.lost(1);
        } else {
            waiting.rows.push(row);
        }
    }

    fn lost(&self, count: u64) {
        if self.metrics.audit_lost(count) == 0 {
            tracing::error!("lines of the audit are lost: the store is away for too long");
        }
    }

    /// Writes what was noted.
    ///
    /// # Errors
    /// If the store fails; then the lines wait for the next time.
    pub async fn write_audit(&self) -> Result<(), StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        let mut taken = Taken { state: self, rows: self.audit.take() };
        if !taken.rows.is_empty() {
            store.add_audit(&taken.rows).await?;
            taken.rows.clear();
        }
        Ok(())
    }

    /// How many lines wait to be written.
    pub(super) fn audit_waiting(&self) -> usize {
        self.audit.waiting.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Writes the audit and deletes what has ended, as long as the service runs.
    pub async fn keep_records(self) {
        let (mut away, mut periods, mut purged) = (false, 0_u32, false);
        loop {
            let mut done = self.write_audit().await;
            if done.is_ok() {
                done = self.keep_late().await;
            }
            purged &= !periods.is_multiple_of(PURGE);
            // Also where nothing can be written: on a full disk the purge is what helps.
            if !purged && periods.is_multiple_of(PURGE_AGAIN) {
                let purge = self.purge().await;
                purged = purge.is_ok();
                done = done.and(purge);
            }
            match done {
                Ok(()) => away = false,
                Err(error) if !away => {
                    away = true;
                    tracing::error!(%error, "the store is away; lines of the audit wait");
                }
                Err(_) => {}
            }
            periods = periods.wrapping_add(1);
            if !self.pause(PERIOD).await {
                return;
            }
        }
    }

    async fn purge(&self) -> Result<(), StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        let shares = store.purge_shares(&self.today().to_string()).await?;
        let lines = store.purge_audit(self.audit.days).await?;
        if shares + lines > 0 {
            tracing::info!(shares, lines, "what has ended is deleted");
        }
        if let Err(error) = store.keep_reserve().await {
            tracing::warn!(%error, "the disk has no space in reserve, which deleting needs when it is full");
        }
        Ok(())
    }
}

impl Audit {
    fn take(&self) -> Vec<AuditRow> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let single = std::mem::take(&mut waiting.single).into_values();
        let mut rows = std::mem::take(&mut waiting.rows);
        rows.extend(single);
        rows
    }
}

/// Lines while they are written. What is left of them when that fails, or is not waited for, waits again: the store
/// keeps a line once, however often it is sent.
struct Taken<'a> {
    state: &'a State,
    rows: Vec<AuditRow>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if self.rows.is_empty() {
            return;
        }
        let audit = &self.state.audit;
        let mut waiting = audit.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let room = WAITING.saturating_sub(waiting.len());
        let lost = self.rows.len().saturating_sub(room);
        self.rows.truncate(room);
        self.rows.append(&mut waiting.rows);
        waiting.rows = std::mem::take(&mut self.rows);
        drop(waiting);
        if lost > 0 {
            self.state.lost(lost as u64);
        }
    }
}

impl Waiting {
    fn len(&self) -> usize {
        self.rows.len() + self.single.len()
    }

    fn is_full(&self) -> bool {
        self.len() >= WAITING
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::{AuditQuery, Store};
    use export_advisor_core::assessment::Advisor;
    use export_advisor_core::files::RuleFiles;

    #[test]
    fn what_does_not_fit_is_counted_as_lost_and_the_rest_is_kept_once() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("a.sqlite").display());
        let mut state =
            State::new(Advisor::new(export_advisor_core::script::load(&RuleFiles::builtin()).book));
        actix_web::rt::System::new().block_on(async {
            let store = Store::open(&url).await.unwrap();
            state.set_store(store.clone());
            for _ in 0..WAITING + 5 {
                state.note_row(AuditRow::new("cli", "test"));
            }
            assert_eq!(state.metrics.audit_lost(0), 5);
            // There is no table yet.
            assert!(state.write_audit().await.is_err());
            state.note_row(AuditRow::new("cli", "test"));
            assert_eq!(state.metrics.audit_lost(0), 6, "they still wait");
            store.migrate().await.unwrap();
            state.write_audit().await.unwrap();
            let query = AuditQuery { limit: i64::MAX, ..AuditQuery::default() };
            let kept = store.audit(&query).await.unwrap();
            assert_eq!(kept.len(), WAITING);
            store.add_audit(kept.get(..3).unwrap()).await.unwrap();
            assert_eq!(store.audit(&query).await.unwrap(), kept, "in order, and no line twice");
            assert!(kept.is_sorted_by(|one, next| one.id < next.id));
        });
    }
}
