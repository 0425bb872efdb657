//! What exists only for speed.
//!
//! Each function has a plain form, which its documentation names, and gives the same result. Whoever reads the rest
//! of the crate can take every call here for that plain form. What is fast only for Parquet is in the module
//! `parquet`.

pub(crate) mod bit_counts;
pub(crate) mod booleans;
pub(crate) mod bytes;
pub(crate) mod numbers;
pub(crate) mod prerendered;
pub(crate) mod text_keys;
pub(crate) mod writeback;
