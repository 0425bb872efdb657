//! The built-in rules, for unit tests.

use export_advisor_core::files::RuleFiles;
use export_advisor_core::plan::Plan;
use std::sync::LazyLock;

/// The plan of the built-in rules.
pub(crate) fn plan() -> &'static Plan {
    static PLAN: LazyLock<Plan> = LazyLock::new(|| {
        let book = export_advisor_core::script::load(&RuleFiles::builtin()).into_result();
        Plan::new(
            book.unwrap_or_else(|faults| panic!("the built-in rules have {} faults", faults.len())),
        )
    });
    &PLAN
}
