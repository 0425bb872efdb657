//! Fuzz targets: one plain function a kind of input, which panics where a promise does not hold.
//!
//! In go bytes as an outsider can send them; nothing comes out. Each function puts the bytes through the product as
//! it is delivered (`product` holds every name of it that is used here) and checks what must hold of every input,
//! not only that nothing panics. The same functions are called by the libFuzzer programs in `fuzz_targets/`, with
//! the feature `libfuzzer`, and by the test that replays `corpus/`. The first byte of most inputs picks options.
//! The crate writes only into a temporary folder, opens no socket and keeps nothing between two inputs that could
//! change an answer.
#![deny(unsafe_code)]
#![allow(clippy::disallowed_methods, reason = "a test: files in a temporary folder")]

#[cfg(feature = "libfuzzer")]
pub mod blind;
pub mod lists;
pub mod pages;
pub mod product;
pub mod profiles;
pub mod rules;
pub mod settings;

pub use lists::{csv, ndjson, parquet, xlsx};
pub use pages::{form_body, signed_state};
pub use profiles::profile;
pub use rules::{policy_text, rule_script};
pub use settings::config;

/// A target by its name, which is that of its folder in `corpus/`.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 10] = [
    ("csv", csv),
    ("ndjson", ndjson),
    ("xlsx", xlsx),
    ("parquet", parquet),
    ("profile", profile),
    ("form_body", form_body),
    ("signed_state", signed_state),
    ("rule_script", rule_script),
    ("policy_text", policy_text),
    ("config", config),
];

/// Ends the process where a promise does not hold, with what was promised.
fn hold(target: &str, found: Result<(), String>) {
    if let Err(broken) = found {
        panic!("{target}: {broken}");
    }
}
