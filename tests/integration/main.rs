//! One binary; its modules the fastest first.
#![allow(missing_docs)]
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

mod support;
mod load;
