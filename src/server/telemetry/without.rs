//! The stand-in of a program that was built without OpenTelemetry: there is no value of it.

use super::Span;
use actix_web::http::header::HeaderMap;

const MISSING: &str = "this program was built without the feature `opentelemetry`: take `otlp_endpoint` out, or use a program with it";

/// A collector, which this program cannot have.
#[derive(Clone, Debug)]
pub enum Telemetry {}

impl Telemetry {
    /// Refuses every collector.
    ///
    /// # Errors
    /// Always, in words.
    pub fn new(_endpoint: &str) -> Result<Self, String> {
        Err(MISSING.to_owned())
    }

    /// Refuses every collector.
    ///
    /// # Errors
    /// Always, in words.
    pub fn check(_endpoint: &str) -> Result<(), String> {
        Err(MISSING.to_owned())
    }

    pub(crate) fn parent(_: &HeaderMap) {}

    pub(crate) fn record(&self, (): &(), _: &Span<'_>) {
        match *self {}
    }

    /// Has nothing to send.
    pub fn stop(&self) {
        match *self {}
    }
}
