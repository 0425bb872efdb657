//! HTTP below the handlers: all that works around actix, or stands between it and a handler.
//!
//! - a connection: [`connections`] counts it, [`backpressure`] reads it, [`memory`] has its share of the budget,
//!   [`eviction`] closes it
//! - a request: [`head`] checks it before routing, [`guard`] (with [`cors`]) before its handler, [`body`] and
//!   [`query`] read it, [`inflate`] decompresses it
//! - an answer: [`headers`] and [`request_log`] see each, [`delivery`] sends it, [`streaming`] makes it piece by
//!   piece, [`etag`] and [`static_file`] save it
//! - the end: [`shutdown`]
//!
//! Nothing here knows a rule or a resource. The order of the layers around a request, outermost first:
//! headers, request log, head check, compression, router, guard, page headers, handler.

pub(super) mod backpressure;
pub(super) mod body;
mod budget;
pub(super) mod connections;
mod cors;
mod delivery;
pub(super) mod etag;
mod eviction;
pub(super) mod guard;
pub(super) mod head;
pub(super) mod headers;
mod inflate;
pub(super) mod language;
pub mod limits;
pub mod memory;
pub(super) mod multipart;
pub(super) mod packed;
pub(super) mod panics;
mod path;
pub(super) mod query;
mod read_state;
pub(super) mod request_log;
pub(super) mod shutdown;
pub(super) mod spool;
pub(super) mod static_file;
pub(super) mod streaming;
