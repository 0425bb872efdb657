//! The analysis of rule books: the built-in one, planted faults, and random small ones against all their firms.

use crate::support::{advisor, files};
use export_advisor_core::Lang;
use export_advisor_core::analysis::{analyse, findings_to_text};
use export_advisor_core::interrupt::Interrupt;
use export_advisor_core::rulebook::read_cases;

#[test]
fn the_built_in_rules_have_no_unexplained_finding() {
    let plan = &advisor().plan;
    let ids: Vec<&str> = plan.book.supports.iter().map(|support| support.id.as_str()).collect();
    let cases = read_cases(files(), &ids, &mut Vec::new());
    let (findings, faults) = analyse(plan, files(), &cases, &Interrupt::never()).unwrap();
    let open: Vec<_> = findings.into_iter().filter(|f| f.is_open_fault()).collect();
    assert!(
        open.is_empty() && faults.is_empty(),
        "{}\n{faults:?}",
        findings_to_text(&open, &plan.book, files(), Lang::Zh)
    );
}
