//! Spans over OTLP (HTTP, protocol buffers).
//!
//! A thread of its own sends spans in batches; where the collector is away they are dropped. In go finished
//! requests, out go batches. It never delays an answer.

use super::Span;
use actix_web::http::header::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    Sampler, SdkTracer, SdkTracerProvider, SpanData, SpanExporter as Export,
};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Time for the collector to take a batch.
const PATIENCE: Duration = Duration::from_secs(5);
/// Time for the last batch when the service stops.
const LAST: Duration = Duration::from_secs(2);

/// How often the log says at most that the collector is away.
const SILENCE: Duration = Duration::from_secs(60);
/// The header that names a trace, in digits alone.
const TRACEPARENT: &str = "traceparent";

/// The connection to a collector.
#[derive(Clone, Debug)]
pub struct Telemetry {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// Where a collector takes spans.
fn traces(endpoint: &str) -> String {
    format!("{}/v1/traces", endpoint.trim_end_matches('/'))
}

fn client() -> Result<reqwest::blocking::Client, String> {
    // Proxies of the environment are not meant for a collector that is named by its address.
    let client = reqwest::blocking::Client::builder().no_proxy().timeout(PATIENCE).build();
    client.map_err(|error| error.to_string())
}

/// The cause of an error, without its context.
fn root<'a>(error: &'a (dyn std::error::Error + 'static)) -> &'a (dyn std::error::Error + 'static) {
    std::iter::successors(Some(error), |error| error.source()).last().unwrap_or(error)
}

impl Telemetry {
    /// Prepares to send to a collector, such as `http://127.0.0.1:4318`. Nothing is sent yet.
    ///
    /// # Errors
    /// No address of a collector, in words.
    pub fn new(endpoint: &str) -> Result<Self, String> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(traces(endpoint))
            .with_timeout(PATIENCE)
            .with_http_client(client()?)
            .build()
            .map_err(|error| error.to_string())?;
        let about = [
            KeyValue::new("service.name", env!("CARGO_PKG_NAME")),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        ];
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(Exporter { inner: exporter, warned: Mutex::default() })
            // A client does not decide whether its request is seen.
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(Resource::builder_empty().with_attributes(about).build())
            .build();
        let tracer = provider.tracer(env!("CARGO_PKG_NAME"));
        Ok(Self { provider, tracer })
    }

    /// Whether a collector accepts spans: it is sent none.
    ///
    /// # Errors
    /// It does not answer, or refuses, in words.
    pub fn check(endpoint: &str) -> Result<(), String> {
        // No bytes are a message without spans.
        let asked =
            client()?.post(traces(endpoint)).header("content-type", "application/x-protobuf");
        match asked.send() {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("it answers {}", answer.status())),
            Err(error) => Err(root(&error).to_string()),
        }
    }

    /// The trace that a request says it is part of.
    pub(crate) fn parent(headers: &HeaderMap) -> Context {
        TraceContextPropagator::new().extract_with_context(&Context::new(), &Parent(headers))
    }

    /// Records a request that was answered.
    pub(crate) fn record(&self, parent: &Context, span: &Span<'_>) {
        let Span { method, route, status, request_id, took } = *span;
        let end = SystemTime::now();
        let builder = self
            .tracer
            .span_builder(format!("{method} {route}"))
            .with_kind(SpanKind::Server)
            .with_start_time(end.checked_sub(took).unwrap_or(end))
            .with_attributes([
                KeyValue::new("http.request.method", method.to_owned()),
                KeyValue::new("http.route", route.to_owned()),
                KeyValue::new("http.response.status_code", i64::from(status)),
                KeyValue::new("request_id", request_id.to_owned()),
            ]);
        let mut span = self.tracer.build_with_context(builder, parent);
        if status >= 500 {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(end);
    }

    /// Sends the last batch.
    pub fn stop(&self) {
        // The service has ended: nobody would read that the collector is away.
        let _ = self.provider.shutdown_with_timeout(LAST);
    }
}

/// The header that names a trace, and no other.
struct Parent<'a>(&'a HeaderMap);

impl Extractor for Parent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        // `tracestate`, which is asked for too, is free text of the client.
        let value = self.0.get(key).filter(|_| key == TRACEPARENT)?;
        value.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

/// An exporter that logs once a minute, not at each batch, that the collector does not accept them.
#[derive(Debug)]
struct Exporter {
    inner: SpanExporter,
    /// When that was last logged.
    warned: Mutex<Option<Instant>>,
}

impl Export for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let exported = self.inner.export(batch).await;
        if exported.is_err() {
            let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
            if warned.is_none_or(|at| at.elapsed() >= SILENCE) {
                *warned = Some(Instant::now());
                tracing::warn!(spans, "the collector does not take spans; they are dropped");
            }
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
