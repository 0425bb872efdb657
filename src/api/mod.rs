//! The HTTP API: routes, one file a resource, its own response types, its description.
//!
//! In go requests, out come answers of the middle, written as JSON. Every error is a problem of one
//! table. Nothing that a client sends is logged; what a firm shares is stored, sealed.
#![expect(clippy::disallowed_methods, reason = "an edge: reads the clock")]

mod access;
mod assessments;
mod audit;
mod batch;
mod body;
mod cached;
mod catalogue;
mod connections;
mod docs;
mod ending;
mod error;
mod health;
mod language;
mod limits;
mod metrics;
mod observe;
mod openapi;
mod pace;
mod past;
mod policies;
mod reload;
mod retiring;
mod router;
mod screenings;
mod shares;
mod sql;
mod state;
mod supports;
mod telemetry;
mod types;

pub use access::{AccessSettings, KeySecret, NewKey, Proxies, ProxyHeader, Scope, check_head};
pub use audit::counted;
pub use body::Body;
pub use connections::remember;
pub use error::{Problem, ProblemCode};
pub use language::accepted;
pub use limits::Limits;
pub use observe::observe;
pub use openapi::description;
pub use pace::Paced;
pub use reload::ReadRules;
pub use router::{configure, guarded};
pub use shares::{NewShare, OpenShare, SHARE_DAYS, Shared};
pub use state::State;
pub use telemetry::Telemetry;
pub use types::{Assessment, BatchResults};
