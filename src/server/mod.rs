//! The HTTP service: the API, the pages and what is kept.

pub mod api;
pub mod pages;
pub mod store;
