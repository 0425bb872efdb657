//! The HTTP API: one file a resource, with its handlers, its types and its part of the description.
//!
//! In go requests, out come answers of the core, written as JSON. Every error is a [`Problem`] of one table in
//! [`error`]. Nothing that a client sends is logged; what a firm shares is stored, encrypted. Which method of which
//! path a handler answers, and what that requires, stands in the route table ([`routes`](super::routes)).

mod answers;
pub(super) mod assessments;
pub(super) mod audit;
pub(super) mod batch;
pub(super) mod codes;
pub(super) mod docs;
mod errands;
pub(super) mod error;
mod examples;
pub(super) mod facts;
pub(super) mod health;
pub(super) mod metrics;
mod moves;
pub(super) mod openapi;
mod params;
pub(super) mod policies;
pub(super) mod reload;
pub(super) mod rulebook;
pub(super) mod rulebooks;
mod schema;
pub(super) mod screenings;
mod selection;
pub(super) mod shares;
pub(super) mod sql;
pub(super) mod supports;
mod unions;

pub use error::{Problem, ProblemCode};
pub use schema::{Assessment, BatchResults};
