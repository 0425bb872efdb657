//! The integration tests that need this crate alone, for mutation tests: built in a tenth of the time that the whole
//! program takes. `cargo nextest run --workspace` leaves it out (`test = false`), since it runs them already.
//!
//! The target is named `integration`, so that snapshots are found under the names that they have.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(
    clippy::disallowed_methods,
    clippy::string_slice,
    dead_code,
    unreachable_pub,
    reason = "tests"
)]

#[path = "../../../tests/integration/blocks.rs"]
mod blocks;
#[path = "../../../tests/integration/diagnostics.rs"]
mod diagnostics;
#[path = "../../../tests/integration/firms.rs"]
mod firms;
#[path = "../../../tests/integration/personas.rs"]
mod personas;
#[path = "../../../tests/integration/profile.rs"]
mod profile;
#[path = "../../../tests/integration/properties.rs"]
mod properties;
#[path = "../../../tests/integration/sizes.rs"]
mod sizes;

/// The part of the integration tests' `support` that these need.
mod support {
    use export_advisor_core::assessment::Advisor;
    use export_advisor_core::files::RuleFiles;
    use std::sync::LazyLock;

    pub fn files() -> &'static RuleFiles {
        static FILES: LazyLock<RuleFiles> = LazyLock::new(RuleFiles::builtin);
        &FILES
    }

    pub fn advisor() -> &'static Advisor {
        static ADVISOR: LazyLock<Advisor> = LazyLock::new(|| {
            Advisor::new(export_advisor_core::script::load(files()).into_result().unwrap())
        });
        &ADVISOR
    }
}
