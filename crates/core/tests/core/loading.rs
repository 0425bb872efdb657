//! Loading of rules: all faults at once, nothing half read, and nothing that a script can reach.

use crate::broken::{SCRIPT, appended, copying, requires};
use crate::support::files;
use export_advisor_core::interrupt::Interrupt;
use export_advisor_core::plan::Plan;
use export_advisor_core::script::{load, load_within};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn all_faults_of_a_script_are_reported_at_once() {
    let faults = appended(&format!(
        "{}{}{}",
        requires("firm.exprts"),
        requires("firm.size == 3").replace("\"trial\")\n", "\"second\")\n"),
        requires("firm.customs_credit in []").replace("\"trial\")\n", "\"third\")\n")
    ));
    let codes: Vec<&str> = faults.iter().map(|f| f.code).collect();
    for code in ["unknown-fact", "compare-types", "empty-list"] {
        assert!(codes.contains(&code), "{codes:?}");
    }
    let lines: std::collections::HashSet<usize> = faults.iter().map(|f| f.line).collect();
    assert!(lines.len() >= 3);
}

#[test]
fn rules_that_nobody_waits_for_are_one_fault_or_whole() {
    let whole = load(files());
    let copying = {
        let mut files = files().clone();
        let script = files.get(SCRIPT).unwrap().to_owned();
        files.insert(SCRIPT, &format!("{script}{}", copying()));
        files
    };
    for waits in [0, 1, 2, 5, 20, 100, 1000, 3000] {
        for (name, files) in [("the built-in rules", files()), ("a script that copies", &copying)] {
            let asked = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&asked);
            let interrupt =
                Interrupt::when(move || counted.fetch_add(1, Ordering::Relaxed) >= waits);
            let loaded = load_within(files, Vec::new(), &interrupt);
            if asked.load(Ordering::Relaxed) <= waits {
                assert_eq!((&loaded.faults, &loaded.book), (&whole.faults, &whole.book), "{name}");
                continue;
            }
            let codes: Vec<&str> = loaded.faults.iter().map(|fault| fault.code).collect();
            assert_eq!(codes, ["too-slow"], "{name} after {waits}");
            assert!(loaded.book.supports.is_empty(), "half a book: {name} after {waits}");
            assert!(loaded.into_kept().is_err());
        }
    }
}

#[test]
fn alternatives_without_number_are_cut_and_counted_as_cut() {
    let mut files = files().clone();
    let script = files.get(SCRIPT).unwrap();
    let each = "any_of([firm.employees >= i, firm.revenue_wan >= i, firm.exports_goods, firm.imports_goods])";
    let many = format!("\nlet all = [];\nfor i in 0..150 {{ all.push({each}); }}\n");
    let text = format!("{script}{many}{}", requires("all_of(all)"));
    files.insert(SCRIPT, &text);
    let plan = Plan::new(load(&files).into_result().unwrap());
    let trial = plan.book.supports.iter().position(|support| support.id == "trial").unwrap();
    assert!(plan.cut[trial]);
    assert_eq!(plan.cut.iter().filter(|cut| **cut).count(), 1, "the others are as they were");
    // Interrupted at any time, it is no plan.
    let asked = AtomicUsize::new(0);
    let interrupt = Interrupt::when(move || asked.fetch_add(1, Ordering::Relaxed) >= 70);
    assert!(Plan::within(plan.book, &interrupt).is_err());
}

#[test]
fn a_script_cannot_reach_out_or_stay() {
    for text in
        ["sleep(10);", "exit();", "eval(\"1\");", "import \"os\";", "print(1);", "timestamp();"]
    {
        let faults = appended(&format!("\n{text}\n"));
        assert!(!faults.is_empty(), "{text} passes");
    }
}

#[test]
fn the_built_in_rules_have_no_fault() {
    let loaded = load(files());
    let reported: Vec<String> = loaded.faults.iter().map(ToString::to_string).collect();
    assert!(reported.is_empty(), "{}", reported.join("\n\n"));
}

/// Before there were channels, a support named its office in words, before or after the question.
#[test]
fn a_kept_book_may_name_offices_in_words() {
    for lines in [
        ".channel(\"甲\", \"a\").ask(\"乙？\", \"b?\")",
        ".ask(\"乙？\", \"b?\").channel(\"甲\", \"a\")",
    ] {
        let mut files = files().clone();
        let script = files.get(SCRIPT).unwrap().to_owned();
        let trial = requires("firm.foreign_trade");
        let trial = trial.replace(".channel(\"bank\").ask(\"乙\", \"b\")", lines);
        files.insert(SCRIPT, &format!("{script}{trial}"));
        let codes: Vec<_> = load(&files).faults.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, ["office-in-words"], "{lines}");
        let book = load(&files).into_kept().unwrap();
        let (_, support) = book.find("trial").unwrap();
        let [step] = support.next_steps.as_slice() else { panic!("one office") };
        assert!(step.channel.is_none(), "{lines}");
        assert_eq!((step.name.en.as_str(), step.asks.len()), ("a", 1), "{lines}");
    }
}
