//! The built-in rules, for unit tests.

use export_advisor_core::files::RuleFiles;
use export_advisor_core::plan::Plan;
use std::sync::LazyLock;

/// The plan of the built-in rules.
pub(crate) fn plan() -> &'static Plan {
    static PLAN: LazyLock<Plan> = LazyLock::new(|| {
        let loaded = export_advisor_core::script::load(&RuleFiles::builtin());
        Plan::new(loaded.into_result().unwrap())
    });
    &PLAN
}
