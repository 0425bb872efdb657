//! The counters of a process.
//!
//! Labels are methods, route templates and statuses: never a path, a parameter or a value of a client.

use actix_web::http::Method;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// The label of a request that no route answers.
pub(crate) const NO_ROUTE: &str = "none";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Version {
    version: String,
}

/// From a tenth of a millisecond, as an answer takes, to ten seconds, as none should.
#[derive(Clone, Debug)]
struct Buckets;

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new([0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0])
    }
}

/// The counters of one process.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram, Buckets>,
    rule_book: Family<Version, Gauge>,
    audit_lost: Counter,
    lists: Family<Outcome, Counter>,
    listed_rows: Counter,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("export_advisor");
        let requests = Family::default();
        registry.register("http_requests", "Answered requests", requests.clone());
        let seconds = Family::new_with_constructor(Buckets);
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's head to the head of its answer",
            Unit::Seconds,
            seconds.clone(),
        );
        let rule_book = Family::default();
        registry.register("rule_book", "The rule book in use", rule_book.clone());
        let audit_lost = Counter::default();
        registry.register(
            "audit_lost",
            "Lines of the audit that could not be kept",
            audit_lost.clone(),
        );
        let lists = Family::default();
        registry.register("screened_lists", "Lists that ended, by how they did", lists.clone());
        let listed_rows = Counter::default();
        registry.register("screened_rows", "Rows of lists that were screened", listed_rows.clone());
        Self { registry, requests, seconds, rule_book, audit_lost, lists, listed_rows }
    }

    /// Counts entries of the audit that are lost; returns how many were lost before.
    pub(crate) fn count_lost_audit(&self, count: u64) -> u64 {
        self.audit_lost.inc_by(count)
    }

    /// Counts an answered request.
    pub(crate) fn count_request(
        &self,
        method: &'static str,
        route: &str,
        status: u16,
        took: Duration,
    ) {
        let labels = Answered { method, route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        let route = Route { route: route.to_owned() };
        self.seconds.get_or_create(&route).observe(took.as_secs_f64());
    }

    /// Counts a list when it has ended, and its rows.
    pub(crate) fn count_list(&self, outcome: &'static str, rows: u64) {
        self.lists.get_or_create(&Outcome { outcome }).inc();
        self.listed_rows.inc_by(rows);
    }

    /// All counters as text in the OpenMetrics format.
    pub(crate) fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }

    /// Sets the rule book in use.
    pub(crate) fn set_rule_book(&self, version: &str) {
        self.rule_book.clear();
        self.rule_book.get_or_create(&Version { version: version.to_owned() }).set(1);
    }
}

/// The name of a method, or `other`: an unknown method could be any text that a client writes.
pub(crate) fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "OPTIONS" => "OPTIONS",
        "DELETE" => "DELETE",
        _ => "other",
    }
}
