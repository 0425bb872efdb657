//! Spans of requests for an OpenTelemetry collector, if the operator names one.
//!
//! One span a request, of the server's kind: its name is method and route template, its attributes are those
//! of the log line. It has no path, parameter, header, address or body, so nothing that a client said of a
//! firm. A request that carries a `traceparent` becomes part of that trace.
//!
//! Spans are sent in batches by a thread of their own; where the collector is away they are dropped.

use actix_web::http::header::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use std::time::{Duration, SystemTime};

/// Time for the collector to take a batch.
const PATIENCE: Duration = Duration::from_secs(5);
/// Time for the last batch when the service stops.
const LAST: Duration = Duration::from_secs(2);

/// The way to a collector.
#[derive(Clone, Debug)]
pub struct Telemetry {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// What is told of a request.
pub(super) struct Told<'a> {
    pub(super) method: &'a str,
    pub(super) route: &'a str,
    pub(super) status: u16,
    pub(super) request_id: &'a str,
    pub(super) took: Duration,
}

impl Telemetry {
    /// Makes ready to send to a collector, such as `http://127.0.0.1:4318`. Nothing is sent yet.
    ///
    /// # Errors
    /// No address of a collector, in words.
    pub fn new(endpoint: &str) -> Result<Self, String> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| error.to_string())?;
        let about = [
            KeyValue::new("service.name", env!("CARGO_PKG_NAME")),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        ];
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(Resource::builder_empty().with_attributes(about).build())
            .build();
        let tracer = provider.tracer(env!("CARGO_PKG_NAME"));
        Ok(Self { provider, tracer })
    }

    /// The trace that a request says it is part of.
    pub(super) fn parent(headers: &HeaderMap) -> Context {
        TraceContextPropagator::new().extract_with_context(&Context::new(), &Parent(headers))
    }

    /// Notes a request that was answered.
    pub(super) fn answered(&self, parent: &Context, told: &Told<'_>) {
        let end = SystemTime::now();
        let builder = self
            .tracer
            .span_builder(format!("{} {}", told.method, told.route))
            .with_kind(SpanKind::Server)
            .with_start_time(end.checked_sub(told.took).unwrap_or(end))
            .with_attributes([
                KeyValue::new("http.request.method", told.method.to_owned()),
                KeyValue::new("http.route", told.route.to_owned()),
                KeyValue::new("http.response.status_code", i64::from(told.status)),
                KeyValue::new("request_id", told.request_id.to_owned()),
            ]);
        let mut span = self.tracer.build_with_context(builder, parent);
        if told.status >= 500 {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(end);
    }

    /// Sends what is left.
    pub fn stop(&self) {
        // Nobody is there to be told that the collector is away.
        let _ = self.provider.shutdown_with_timeout(LAST);
    }
}

/// The headers that name a trace, and no other.
struct Parent<'a>(&'a HeaderMap);

impl Extractor for Parent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}
