//! The service: its parts, each with its own methods in its own file, and how they are put together.
//!
//! In go [`Parts`], the values that only the operator or the process can give; out comes an [`App`], complete. There
//! is no order of calls to keep to: a part gets the other parts that it needs when it is made. Requests find the
//! app by `web::Data<App>`. It has no behaviour of its own but the tasks in the background and the end.

use crate::server::access::{Access, AccessSettings};
use crate::server::audit::Audit;
use crate::server::clock::today;
use crate::server::comparisons::Comparisons;
use crate::server::feedback::Feedback;
use crate::server::http::connections::Connections;
use crate::server::http::etag::Files;
use crate::server::http::limits::Limits;
use crate::server::http::shutdown::Shutdown;
use crate::server::jobs::Jobs;
use crate::server::metrics::Metrics;
use crate::server::operator::Operator;
use crate::server::readiness::Readiness;
use crate::server::reload::{Reloader, RuleSource};
use crate::server::rules::Rules;
use crate::server::secrets::{CallerSecret, FormKey};
use crate::server::shares::{ShareLimits, Shares};
use crate::server::store::{Store, StoreError};
use crate::server::telemetry::Telemetry;
use actix_web::rt::task::JoinHandle;
use actix_web::rt::time::{sleep, timeout};
use export_advisor_core::assessment::Advisor;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the audit is written.
const PERIOD: Duration = Duration::from_secs(1);
/// How often what has ended is deleted, in periods.
const PURGE: u32 = 3600;
/// How soon it is tried again after a failure, in periods.
const PURGE_AGAIN: u32 = 60;
/// The pause before the last entries of the audit are tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// What a service is made of.
#[derive(Debug)]
pub struct Parts {
    /// The rule book to answer with.
    pub advisor: Advisor,
    /// Where rules are read from again.
    pub source: RuleSource,
    /// The database; without one there are no keys, no shares, no audit and no messages of readers.
    pub store: Option<Store>,
    /// How much a request, a client and all together may take.
    pub limits: Limits,
    /// Who may do what.
    pub access: AccessSettings,
    /// How much may be shared.
    pub share_limits: ShareLimits,
    /// What addresses of those who make shares are hashed with.
    pub caller_secret: CallerSecret,
    /// For how many days entries of the audit are kept.
    pub audit_days: u32,
    /// The collector of spans, if there is one.
    pub telemetry: Option<Telemetry>,
    /// The key that forms are signed with.
    pub form_key: FormKey,
    /// The sites that may show the form in a frame.
    pub embed: Vec<String>,
    /// What the operator says on the pages.
    pub operator: Operator,
}

/// The service. Clones share it.
#[derive(Clone, Debug)]
pub struct App {
    pub(super) rules: Arc<Rules>,
    pub(super) comparisons: Arc<Comparisons>,
    pub(super) reloader: Arc<Reloader>,
    pub(super) limits: Arc<Limits>,
    pub(super) access: Arc<Access>,
    pub(super) audit: Arc<Audit>,
    pub(super) shares: Arc<Shares>,
    pub(super) feedback: Arc<Feedback>,
    pub(super) jobs: Jobs,
    pub(super) connections: Arc<Connections>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) readiness: Readiness,
    pub(super) telemetry: Option<Telemetry>,
    pub(super) shutdown: Shutdown,
    pub(super) store: Option<Store>,
    /// What is made from the rule book in use, and served as a file.
    pub(super) files: Arc<Files>,
    pub(super) form_key: FormKey,
    pub(super) embed: Arc<[String]>,
    pub(super) operator: Arc<Operator>,
}

impl App {
    /// Puts a service together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { advisor, source, store, limits, access, share_limits, .. } = parts;
        let (metrics, shutdown) = (Arc::new(Metrics::new()), Shutdown::default());
        let rules = Rules::new(advisor, store.clone(), Arc::clone(&metrics), shutdown.clone());
        let rules = Arc::new(rules);
        let access = Arc::new(Access::new(access, store.clone()));
        let audit = Arc::new(Audit::new(parts.audit_days, store.clone(), Arc::clone(&metrics)));
        let shares = Shares::new(
            share_limits,
            parts.caller_secret,
            store.clone(),
            Arc::clone(&rules),
            Arc::clone(&access),
        );
        let feedback = Arc::new(Feedback::new(store.clone(), Arc::clone(&access)));
        let comparisons = Arc::new(Comparisons::new(Arc::clone(&rules), shutdown.clone()));
        let reloader =
            Reloader::new(source, Arc::clone(&rules), Arc::clone(&audit), shutdown.clone());
        Self {
            rules,
            comparisons,
            reloader: Arc::new(reloader),
            jobs: Jobs::new(&limits),
            connections: Arc::new(Connections::new(&limits)),
            limits: Arc::new(limits),
            access,
            audit,
            shares: Arc::new(shares),
            feedback,
            metrics,
            readiness: Readiness::new(store.clone()),
            telemetry: parts.telemetry,
            shutdown,
            store,
            files: Arc::default(),
            form_key: parts.form_key,
            embed: parts.embed.into(),
            operator: Arc::new(parts.operator),
        }
    }

    /// The rule book in use. A request keeps the one that it began with.
    pub(super) fn advisor(&self) -> Arc<Advisor> {
        self.rules.current()
    }

    /// Starts the tasks in the background.
    pub(super) fn spawn_tasks(&self) -> Vec<JoinHandle<()>> {
        vec![
            actix_web::rt::spawn(Arc::clone(&self.access).keep_fresh(self.shutdown.clone())),
            actix_web::rt::spawn(Arc::clone(&self.connections).watch(self.shutdown.clone())),
            actix_web::rt::spawn(self.clone().keep_records()),
        ]
    }

    /// Writes the audit and deletes what has ended, as long as the service runs.
    async fn keep_records(self) {
        let (mut is_away, mut periods, mut is_purged) = (false, 0_u32, false);
        loop {
            let mut done = self.audit.write().await;
            if done.is_ok() {
                done = self.rules.store_pending().await;
            }
            if done.is_ok() {
                done = self.feedback.write().await;
            }
            is_purged &= !periods.is_multiple_of(PURGE);
            // Also where nothing can be written: on a full disk the purge is what helps.
            if !is_purged && periods.is_multiple_of(PURGE_AGAIN) {
                let purged = self.purge().await;
                is_purged = purged.is_ok();
                done = done.and(purged);
            }
            match done {
                Ok(()) => is_away = false,
                Err(error) if !is_away => {
                    is_away = true;
                    tracing::error!(%error, "the store is away; lines of the audit wait");
                }
                Err(_) => {}
            }
            periods = periods.wrapping_add(1);
            if !self.shutdown.pause(PERIOD).await {
                return;
            }
        }
    }

    async fn purge(&self) -> Result<(), StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        let shares = store.purge_shares(&today().to_string()).await?;
        let lines = self.audit.purge().await?;
        let feedback = self.feedback.purge().await?;
        if shares + lines + feedback > 0 {
            tracing::info!(shares, lines, feedback, "what has ended is deleted");
        }
        if let Err(error) = store.keep_reserve().await {
            tracing::warn!(%error, "the disk has no space in reserve, which deleting needs when it is full");
        }
        Ok(())
    }

    /// Ends the service when no request is in progress any more: the tasks in the background, the work that adds an
    /// entry to the audit, and the store, within a time.
    ///
    /// # Errors
    /// The number of entries of the audit that could not be written.
    pub(super) async fn shut_down(
        &self,
        tasks: Vec<JoinHandle<()>>,
        within: Duration,
    ) -> Result<(), usize> {
        let began = Instant::now();
        let remaining = || within.saturating_sub(began.elapsed());
        self.shutdown.end_tasks();
        for mut task in tasks {
            match timeout(remaining() / 2, &mut task).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "a background task failed"),
                // It waits for the store. The entries that it was writing wait again.
                Err(_) => {
                    task.abort();
                    let _ = task.await;
                }
            }
        }
        if !self.shutdown.wait_for_work(remaining() / 2).await {
            tracing::error!("work has not ended; the audit has no line of it");
        }
        let (mut lines, mut failed) = (usize::MAX, None);
        while lines > 0 {
            failed = timeout(remaining(), self.audit.write()).await.ok().and_then(Result::err);
            // Entries that were added meanwhile are written too.
            lines = self.audit.len();
            if remaining().is_zero() {
                break;
            }
            sleep(if lines > 0 { PAUSE.min(remaining()) } else { Duration::ZERO }).await;
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
        // Words that nothing was found for are no loss if the store does not answer.
        let _ = timeout(remaining().max(PAUSE), self.feedback.write()).await;
        if let Some(store) = &self.store {
            // A database that does not answer has nothing to lose any more.
            let _ = timeout(remaining().max(PAUSE), store.close()).await;
        }
        Ok(())
    }
}
