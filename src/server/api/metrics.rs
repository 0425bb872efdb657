//! What is counted, and `GET /metrics`.
//!
//! Labels are methods, route templates and statuses: never a path, a parameter or a value of a client.

use super::state::State;
use actix_web::http::Method;
use actix_web::{HttpResponse, web};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// The name of a route that is none of ours.
pub(super) const NO_ROUTE: &str = "none";

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
struct Version {
    version: String,
}

/// From a tenth of a millisecond, which an answer takes, to the ten seconds that none should.
#[derive(Clone, Debug)]
struct Buckets;

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new([0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0])
    }
}

/// The counters of one process.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram, Buckets>,
    rule_book: Family<Version, Gauge>,
    audit_lost: Counter,
}

impl Metrics {
    pub(super) fn new() -> Self {
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
        Self { registry, requests, seconds, rule_book, audit_lost }
    }

    /// Counts lines of the audit that are lost; gives how many were lost before.
    pub(super) fn audit_lost(&self, count: u64) -> u64 {
        self.audit_lost.inc_by(count)
    }

    /// Counts an answered request.
    pub(super) fn answered(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let method = known(method);
        let labels = Answered { method, route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        let route = Route { route: route.to_owned() };
        self.seconds.get_or_create(&route).observe(took.as_secs_f64());
    }

    /// Notes the rule book in use.
    pub(super) fn rule_book(&self, version: &str) {
        self.rule_book.clear();
        self.rule_book.get_or_create(&Version { version: version.to_owned() }).set(1);
    }
}

/// A method by its name; one that no route has could be anything that a client writes.
pub(super) fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "OPTIONS" => "OPTIONS",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

/// What the process counted, for Prometheus.
///
/// Routes are told by their templates; nothing that a client sent is in it.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "operation",
    responses((status = 200, description = "The counters.", body = String, content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8", example = json!("# EOF\n"))))]
pub(super) async fn metrics(state: web::Data<State>) -> HttpResponse {
    let mut out = String::new();
    match text::encode(&mut out, &state.metrics.registry) {
        Ok(()) => HttpResponse::Ok()
            .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
            .body(out),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
