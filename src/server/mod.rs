//! The HTTP service: the API, the pages and the store.
//!
//! | module | what |
//! | --- | --- |
//! | [`service`] | starts actix, and ends it |
//! | [`app`] | the parts of the service, put together |
//! | [`routes`], [`route`] | the one table of resources, and its rows |
//! | [`api`], [`pages`] | the handlers: data for programs, pages for people |
//! | [`http`] | all that works around actix, and stands between it and a handler |
//! | [`access`], [`audit`], [`feedback`], [`jobs`], [`metrics`], [`operator`], [`readiness`], [`reload`], [`rules`], [`shares`], [`telemetry`] | one part of the app each |
//! | [`search`] | codes by names, as people write them |
//! | [`secrets`] | keys, signing and encryption |
//! | [`store`] | the database |

#![expect(clippy::disallowed_methods, reason = "an edge: reads the clock, starts threads")]

pub mod access;
pub mod api;
pub mod app;
pub mod audit;
mod clock;
mod comparisons;
mod feedback;
pub mod http;
mod jobs;
mod metrics;
pub mod operator;
mod pages;
mod readiness;
pub mod reload;
mod route;
pub mod routes;
mod rules;
mod search;
pub mod secrets;
pub mod service;
pub mod shares;
pub mod store;
pub mod telemetry;
