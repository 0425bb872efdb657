//! The rule book in use, and those that were in use before.
//!
//! Owns the advisor that requests are answered with, a small cache of former rule books, the publications that the store
//! has not accepted yet, and the history. In goes a version, out comes an advisor, or the files. It reads no folder: new
//! rules come from [`reload`](super::reload).
//!
//! INVARIANT: a request keeps the advisor that it began with; replacing it never changes an answer in progress.

use crate::server::api::error::{Problem, ProblemCode};
use crate::server::http::shutdown::Shutdown;
use crate::server::metrics::Metrics;
use crate::server::store::{Publication, PublishedRow, Store, StoreError, versions_named};
use arc_swap::ArcSwap;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::files::RuleFiles;
use export_advisor_core::wording::shown;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many former rule books are kept in memory; one takes some ten megabytes.
const CACHED: usize = 4;
/// How long loading a former rule book may take.
const LOADS_WITHIN: Duration = Duration::from_secs(30);

/// Where the versions are listed.
const SEE_LIST: &str = "see /api/v1/rulebooks";

/// A rule book that can be asked.
#[derive(Clone, Debug)]
pub(crate) struct KeptRuleBook {
    /// Its version.
    pub(crate) version: String,
    /// Whether requests that name none are answered with it.
    pub(crate) is_in_use: bool,
    /// The second in which it was stored; none if it is not.
    pub(crate) stored_at: Option<i64>,
    /// When it was put in use, the oldest first.
    pub(crate) publications: Vec<PublishedRow>,
}

/// The rule books of a process.
#[derive(Debug)]
pub(crate) struct Rules {
    current: ArcSwap<Advisor>,
    /// Former rule books, the one used last first.
    cache: Mutex<VecDeque<Arc<Advisor>>>,
    /// What could not be stored yet, the oldest first.
    unstored: Mutex<Vec<(RuleFiles, Publication)>>,
    store: Option<Store>,
    metrics: Arc<Metrics>,
    shutdown: Shutdown,
}

impl Rules {
    pub(crate) fn new(
        advisor: Advisor,
        store: Option<Store>,
        metrics: Arc<Metrics>,
        shutdown: Shutdown,
    ) -> Self {
        metrics.set_rule_book(&advisor.book().version);
        Self {
            current: ArcSwap::from_pointee(advisor),
            cache: Mutex::default(),
            unstored: Mutex::default(),
            store,
            metrics,
            shutdown,
        }
    }

    /// The rule book in use.
    pub(crate) fn current(&self) -> Arc<Advisor> {
        self.current.load_full()
    }

    /// Puts another rule book in use, for the requests that begin from now on.
    pub(super) fn replace(&self, advisor: Advisor) {
        self.metrics.set_rule_book(&advisor.book().version);
        self.current.store(Arc::new(advisor));
    }

    /// The rule book in use, or the one of a version.
    ///
    /// # Errors
    /// If no such rule book was stored, or the store does not answer.
    pub(crate) async fn version(&self, version: Option<&str>) -> Result<Arc<Advisor>, Problem> {
        let current = self.current();
        let Some(version) = version.filter(|version| *version != current.book().version) else {
            return Ok(current);
        };
        if let Some(cached) = self.cached(version) {
            return Ok(cached);
        }
        let unknown = || Problem::new(ProblemCode::UnknownRuleBook);
        // A store takes no text with a control character for a version.
        if version.chars().any(char::is_control) {
            return Err(unknown());
        }
        if self.store.is_none() {
            return Err(unknown());
        }
        let files = self.files(version).await?;
        // Milliseconds of work: not on a thread that other requests need.
        let interrupt = self.shutdown.interrupt(LOADS_WITHIN);
        let loaded = actix_web::web::block(move || {
            let loaded = export_advisor_core::script::load_within(&files, Vec::new(), &interrupt);
            let advisor = loaded.into_kept().map(|book| Advisor::within(book, &interrupt));
            advisor.map_err(|faults| faults.len())
        });
        let advisor = match loaded.await {
            Ok(Ok(Ok(advisor))) => Arc::new(advisor),
            // A rule book in the language of another program.
            Ok(Err(faults)) => {
                tracing::error!(version, faults, "a kept rule book has faults now");
                return Err(unknown().with("it was kept, but this program cannot read it any more"));
            }
            Ok(Ok(Err(_))) | Err(_) => return Err(Problem::new(ProblemCode::Internal)),
        };
        let mut cache = self.cache();
        cache.push_front(Arc::clone(&advisor));
        cache.truncate(CACHED);
        Ok(advisor)
    }

    fn cached(&self, version: &str) -> Option<Arc<Advisor>> {
        let mut cache = self.cache();
        let index = cache.iter().position(|advisor| advisor.book().version == version)?;
        let advisor = cache.remove(index)?;
        cache.push_front(Arc::clone(&advisor));
        Some(advisor)
    }

    fn cache(&self) -> MutexGuard<'_, VecDeque<Arc<Advisor>>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that a rule book was put in use, and stores it, so that its answers can be asked again. If the store
    /// fails, the service goes on, and stores it later. `cause` is `start` or `reload`; see [`Publication`].
    pub(crate) async fn publish(&self, files: &RuleFiles, cause: &str, actor: &str) {
        if self.store.is_none() {
            return;
        }
        self.unstored().push((files.clone(), Publication::now(cause, actor)));
        if let Err(error) = self.store_pending().await {
            tracing::error!(%error, "the rule book could not be kept yet");
        }
    }

    /// Stores what could not be stored yet.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn store_pending(&self) -> Result<(), StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        loop {
            let Some((files, publication)) = self.unstored().first().cloned() else {
                return Ok(());
            };
            store.publish_rule_book(&files, &publication).await?;
            self.unstored().retain(|(_, other)| other.id != publication.id);
        }
    }

    fn unstored(&self) -> MutexGuard<'_, Vec<(RuleFiles, Publication)>> {
        self.unstored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rule books that can be asked, the newest first. Without a store that is the one in use.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn history(&self) -> Result<Vec<KeptRuleBook>, Problem> {
        let (stored, publications) = match &self.store {
            Some(store) => {
                let read =
                    async { Ok((store.rule_book_versions().await?, store.publications().await?)) };
                read.await.map_err(|error: StoreError| Problem::of_store(&error))?
            }
            None => (Vec::new(), Vec::new()),
        };
        let in_use = self.current().book().version.clone();
        let unstored = stored.iter().all(|(version, _)| *version != in_use);
        let unstored = unstored.then(|| (in_use.clone(), None)).into_iter();
        let stored = stored.into_iter().map(|(version, second)| (version, Some(second)));
        let mut history: Vec<KeptRuleBook> = (unstored.chain(stored))
            .map(|(version, stored_at)| KeptRuleBook {
                is_in_use: version == in_use,
                version,
                stored_at,
                publications: Vec::new(),
            })
            .collect();
        let index: BTreeMap<String, usize> =
            history.iter().enumerate().map(|(index, kept)| (kept.version.clone(), index)).collect();
        for publication in publications {
            let kept = index.get(&publication.version).and_then(|index| history.get_mut(*index));
            if let Some(kept) = kept {
                kept.publications.push(publication);
            }
        }
        Ok(history)
    }

    /// The rule book that a text names: by its version, or by the first digits of it.
    ///
    /// # Errors
    /// If none or several are named so, or the store fails.
    pub(crate) async fn find(&self, text: &str) -> Result<KeptRuleBook, Problem> {
        let mut history = self.history().await?;
        let problem = |detail: String| Problem::new(ProblemCode::UnknownRuleBook).with(detail);
        let known = history.iter().map(|kept| kept.version.as_str());
        let found = versions_named(text, known).map_err(|error| problem(error.to_string()))?;
        let version = match found.as_slice() {
            [version] => (*version).to_owned(),
            [] => {
                return Err(problem(format!(
                    "there is no rule book `{}`; {SEE_LIST}",
                    shown(text)
                )));
            }
            several => {
                let (count, text) = (several.len(), shown(text));
                return Err(problem(format!(
                    "{count} rule books begin with `{text}`: write more digits"
                )));
            }
        };
        history.retain(|kept| kept.version == version);
        history.pop().ok_or_else(|| Problem::new(ProblemCode::Internal))
    }

    /// The files of a rule book that is kept.
    ///
    /// # Errors
    /// If none of this version is, or the store fails.
    pub(crate) async fn files(&self, version: &str) -> Result<RuleFiles, Problem> {
        let store = self.store.as_ref().ok_or_else(|| {
            Problem::new(ProblemCode::StoreUnavailable).with("this service runs without a database")
        })?;
        let files = store.rule_book(version).await.map_err(|error| Problem::of_store(&error))?;
        files.ok_or_else(|| Problem::new(ProblemCode::UnknownRuleBook))
    }
}
