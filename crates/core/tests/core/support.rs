//! What several tests need: the built-in rule book, read once.

use export_advisor_core::assessment::Advisor;
use export_advisor_core::files::RuleFiles;
use std::sync::LazyLock;

pub fn files() -> &'static RuleFiles {
    static FILES: LazyLock<RuleFiles> = LazyLock::new(RuleFiles::builtin);
    &FILES
}

pub fn advisor() -> &'static Advisor {
    static ADVISOR: LazyLock<Advisor> = LazyLock::new(|| {
        let book = export_advisor_core::script::load(files()).into_result();
        Advisor::new(book.unwrap_or_else(|faults| {
            for fault in &faults {
                eprintln!("{fault}\n");
            }
            panic!("{} faults in the built-in rules", faults.len());
        }))
    });
    &ADVISOR
}
