//! Orphan files of the rules: a file in the wrong folder, or with a wrong ending, would
//! be left out in silence.

use crate::diagnostic::Diagnostic;
use crate::files::RuleFiles;
use std::collections::BTreeSet;

/// The faults of the files that nobody reads. Documents for people (`*.md`) may stand anywhere.
pub(super) fn orphan_files(files: &RuleFiles) -> Vec<Diagnostic> {
    let policies: BTreeSet<&str> = files.policy_folders().collect();
    let mut without_policy = BTreeSet::new();
    let mut faults = Vec::new();
    let of_rules = files.iter().map(|(path, _)| path).filter(|path| path.starts_with("rules/"));
    for path in of_rules.filter(|path| !path.ends_with(".md")) {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let policy = folder.strip_suffix("/cases").unwrap_or(folder);
        let read = match folder {
            "rules" => ["kinds.toml", "channels.toml", "population.toml"].contains(&name),
            _ if path.starts_with("rules/overlays/") => true,
            "rules/facts" => name.ends_with(".toml"),
            "rules/derive" => name.ends_with(".rhai"),
            _ if path.starts_with("rules/tables/") => name.ends_with(".tsv"),
            _ if policies.contains(folder) => {
                name.ends_with(".rhai") || ["policy.toml", "background.toml"].contains(&name)
            }
            _ if policies.contains(policy) => name.ends_with(".toml"),
            // All of such a folder is left out: one fault.
            _ if policy.matches('/').count() == 1 && !policies.contains(policy) => {
                without_policy.insert(policy);
                true
            }
            _ => false,
        };
        if !read {
            let message = "nobody reads this file";
            faults.push(Diagnostic::new("stray-file", path, message, index(name)));
        }
    }
    faults.extend(without_policy.into_iter().map(|folder| {
        Diagnostic::new(
            "no-policy-file",
            &format!("{folder}/policy.toml"),
            "a folder of rules has no policy.toml, so nobody reads it",
            "add the file, as rules/README.md shows it, or take the folder out of rules/",
        )
    }));
    faults
}

/// Where a file of this name should stand.
fn index(name: &str) -> String {
    let lower = name.to_lowercase();
    let ending = ["rhai", "toml", "tsv"].into_iter().find(|ending| {
        let mut parts = lower.split('.').skip(1);
        parts.any(|part| part.trim_end_matches('~') == *ending)
    });
    let Some(ending) = ending else {
        return "take it out of rules/; notes stand in files that end in .md".to_owned();
    };
    let wanted = match ending {
        "rhai" => "scripts stand in rules/derive/ or directly in the folder of their policy",
        "tsv" => "tables stand in rules/tables/",
        _ => {
            "facts stand in rules/facts/, cases in the folder cases/ of their policy, policy.toml and background.toml directly in its folder, kinds.toml, channels.toml and population.toml in rules/"
        }
    };
    format!(
        "take it out of rules/, or put it where it is read: {wanted}; its name ends in .{ending}"
    )
}
