//! What all requests share.

use super::access::{Access, AccessSettings};
use super::audit::Audit;
use super::connections::Connections;
use super::ending::Ending;
use super::health::Readiness;
use super::jobs::Jobs;
use super::limits::Limits;
use super::metrics::Metrics;
use super::openapi::Described;
use super::past::Past;
use super::reload::Reload;
use super::shares::ShareLimits;
use super::telemetry::Telemetry;
use crate::server::store::Store;
use arc_swap::ArcSwap;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::files::RuleFiles;
use jiff::civil::Date;
use std::sync::{Arc, Mutex};

/// The service's state: the rule book, ready to answer, and what is counted. Clones share it.
#[derive(Clone, Debug)]
pub struct State {
    advisor: Arc<ArcSwap<Advisor>>,
    today: fn() -> Date,
    pub(super) limits: Arc<Limits>,
    pub(super) jobs: Jobs,
    pub(super) share_limits: Arc<ShareLimits>,
    pub(super) readiness: Readiness,
    pub(super) connections: Arc<Connections>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) store: Option<Store>,
    pub(super) past: Arc<Past>,
    pub(super) described: Arc<Described>,
    pub(super) access: Arc<Access>,
    pub(super) reload: Option<Reload>,
    pub(super) audit: Arc<Audit>,
    pub(super) telemetry: Option<Telemetry>,
    pub(super) ending: Ending,
    /// The rule book in use, if it could not be kept yet.
    pub(super) late: Arc<Mutex<Option<RuleFiles>>>,
}

impl State {
    /// A state that answers from `advisor`, with today's date in China.
    #[must_use]
    pub fn new(advisor: Advisor) -> Self {
        let today = || jiff::tz::offset(8).to_datetime(jiff::Timestamp::now()).date();
        let (metrics, limits) = (Arc::new(Metrics::new()), Limits::default());
        metrics.rule_book(&advisor.book().version);
        Self {
            advisor: Arc::new(ArcSwap::from_pointee(advisor)),
            today,
            jobs: Jobs::new(&limits),
            connections: Arc::new(Connections::new(&limits)),
            limits: Arc::new(limits),
            share_limits: Arc::default(),
            readiness: Readiness::default(),
            metrics,
            store: None,
            past: Arc::default(),
            described: Arc::default(),
            access: Arc::new(Access::new(AccessSettings { loopback: true, ..Default::default() })),
            reload: None,
            audit: Arc::default(),
            telemetry: None,
            ending: Ending::default(),
            late: Arc::default(),
        }
    }

    /// Gives the service a store.
    pub fn set_store(&mut self, store: Store) {
        self.store = Some(store);
    }

    /// Says where spans of requests go.
    pub fn set_telemetry(&mut self, telemetry: Telemetry) {
        self.telemetry = Some(telemetry);
    }

    /// The store, if there is one.
    #[must_use]
    pub fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// The rule book in use. A request keeps the one that it began with.
    #[must_use]
    pub fn advisor(&self) -> Arc<Advisor> {
        self.advisor.load_full()
    }

    /// Puts another rule book in use, for the requests that begin from now on.
    pub fn replace(&self, advisor: Advisor) {
        self.metrics.rule_book(&advisor.book().version);
        self.advisor.store(Arc::new(advisor));
    }

    /// Today, where the policies are in force.
    #[must_use]
    pub fn today(&self) -> Date {
        (self.today)()
    }
}
