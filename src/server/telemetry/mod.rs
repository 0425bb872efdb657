//! Spans of requests for an OpenTelemetry collector, if the operator names one.
//!
//! One span a request, of the server's kind: its name is method and route template, its attributes are those
//! of the log line. It has no path, parameter, header, address or body, so nothing that a client said of a
//! firm. A request that carries a `traceparent` becomes part of that trace.
//!
//! This is the only place that knows the feature `opentelemetry`. Without it [`Telemetry`] is a stand-in that
//! cannot be made, so that a named collector is refused when the service starts.

use std::time::Duration;

#[cfg(feature = "opentelemetry")]
mod otlp;
#[cfg(not(feature = "opentelemetry"))]
mod without;

#[cfg(feature = "opentelemetry")]
pub use otlp::Telemetry;
#[cfg(not(feature = "opentelemetry"))]
pub use without::Telemetry;

/// What is recorded of a request.
#[cfg_attr(not(feature = "opentelemetry"), expect(dead_code, reason = "nothing is sent"))]
pub(crate) struct Span<'a> {
    pub(crate) method: &'a str,
    pub(crate) route: &'a str,
    pub(crate) status: u16,
    pub(crate) request_id: &'a str,
    pub(crate) took: Duration,
}
