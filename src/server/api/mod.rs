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
mod delivery;
mod docs;
mod ending;
mod error;
mod headers;
mod health;
mod inflate;
mod jobs;
mod language;
mod limits;
mod memory;
mod metrics;
mod observe;
mod openapi;
mod pace;
mod past;
mod pieces;
mod policies;
mod reload;
mod retiring;
mod router;
mod screenings;
mod shares;
mod sql;
mod state;
mod static_file;
mod supports;
mod telemetry;
mod types;

pub use access::{AccessSettings, KeySecret, NewKey, Proxies, ProxyHeader, Scope, check_head};
pub use audit::counted;
pub use body::Body;
pub use connections::remember;
pub use error::{Problem, ProblemCode};
pub use headers::set_headers;
pub use language::accepted;
pub use limits::Limits;
pub use memory::LEAST as LEAST_MEMORY;
pub use observe::observe;
pub use openapi::description;
pub use pace::Paced;
pub use reload::ReadRules;
pub use router::{configure, guarded};
pub use shares::{NewShare, OpenShare, SHARE_DAYS, ShareLimits, Shared};
pub use state::State;
pub use static_file::StaticFile;
pub use telemetry::Telemetry;
pub use types::{Assessment, BatchResults};
