//! Faults that follow from others: what was to come from a file that could not be read in full is missing
//! elsewhere. Told beside its cause, such a fault only hides it.

use crate::diagnostic::Diagnostic;

/// Leaves out the faults whose cause is among the others.
pub(super) fn without_cascading(faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let follows = |fault: &Diagnostic| {
        let from = sources(fault);
        let mut others = faults.iter().filter(|other| other.code != fault.code && loses(other));
        !from.is_empty() && others.any(|other| from.iter().any(|f| other.file.starts_with(f)))
    };
    faults.iter().filter(|fault| !follows(fault)).cloned().collect()
}

/// Whether something of a file is missing elsewhere for this fault: a fact that only has a wrong range or name
/// is there all the same.
fn loses(fault: &Diagnostic) -> bool {
    !["stray-file", "fact-name", "fact-range", "fact-twice"].contains(&fault.code)
}

/// How the paths of the files begin in which the cause of a fault may stand; none if it can only
/// stand for itself.
fn sources(fault: &Diagnostic) -> Vec<String> {
    let own = &fault.file;
    let policy =
        || own.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned() + "/policy.toml";
    let of = |starts: &[&str]| starts.iter().map(|start| (*start).to_owned()).collect();
    match fault.code {
        "unknown-fact" | "population" => of(&["rules/facts/"]),
        "unknown-kind" => of(&["rules/kinds.toml"]),
        "unknown-channel" | "unknown-paper" => of(&["rules/channels.toml"]),
        "unknown-table" | "unknown-column" | "unknown-word" | "impossible-code" | "fact-words" => {
            of(&["rules/tables/"])
        }
        "never-derived" => of(&["rules/tables/", "rules/facts/", "rules/derive/"]),
        // A relation names a support of another document, which a fault there may have taken away.
        "unknown-support" => of(&["rules/"]),
        "no-seed" => of(&["seeds/"]),
        "unknown-measure" => vec![policy(), "seeds/".to_owned()],
        "no-measure" => vec![policy(), "seeds/".to_owned(), own.clone()],
        "no-script" | "no-kinds" | "no-policy-file" => vec![own.clone()],
        _ => Vec::new(),
    }
}
