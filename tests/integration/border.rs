//! The border between the pure middle and the edges, and the form of the source, by machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Module → the modules that it may name, lowest first. An edge may name everything above it.
const MAY_NAME: [(&str, &[&str]); 19] = [
    ("diagnostic", &[]),
    ("files", &[]),
    ("interrupt", &[]),
    ("truth", &[]),
    ("policy", &[]),
    ("facts", &["diagnostic"]),
    ("condition", &["facts"]),
    ("rulebook", &["condition", "diagnostic", "facts", "files", "policy", "truth"]),
    (
        "script",
        &["condition", "diagnostic", "facts", "files", "interrupt", "policy", "rulebook", "truth"],
    ),
    ("plan", &["condition", "facts", "files", "interrupt", "rulebook", "truth"]),
    ("sql", &["condition", "facts", "plan", "rulebook"]),
    ("evaluate", &["facts", "plan", "rulebook", "truth"]),
    ("wording", &["condition", "evaluate", "facts", "plan", "rulebook", "truth"]),
    ("assessment", &["evaluate", "facts", "interrupt", "plan", "rulebook", "truth", "wording"]),
    ("store", &["files"]),
    (
        "portfolio",
        &["assessment", "diagnostic", "evaluate", "facts", "plan", "rulebook", "truth", "wording"],
    ),
    (
        "api",
        &[
            "assessment",
            "evaluate",
            "facts",
            "files",
            "interrupt",
            "policy",
            "portfolio",
            "rulebook",
            "script",
            "sql",
            "store",
            "wording",
        ],
    ),
    (
        "web",
        &[
            "api",
            "assessment",
            "condition",
            "evaluate",
            "facts",
            "plan",
            "policy",
            "rulebook",
            "truth",
            "wording",
        ],
    ),
    (
        "cli",
        &[
            "api",
            "assessment",
            "diagnostic",
            "evaluate",
            "facts",
            "files",
            "interrupt",
            "plan",
            "portfolio",
            "rulebook",
            "script",
            "sql",
            "store",
            "web",
            "wording",
        ],
    ),
];

/// Words that only the named module may use.
const OWNED: [(&str, &[&str]); 16] = [
    ("rhai", &["script"]),
    ("actix_web", &["api", "web", "cli"]),
    ("clap", &["cli"]),
    ("csv_core", &["portfolio"]),
    ("encoding_rs", &["portfolio"]),
    ("sqlx", &["store"]),
    ("governor", &["api"]),
    ("ipnet", &["api"]),
    ("socket2", &["api"]),
    ("opentelemetry", &["api"]),
    ("tokio", &["api", "store"]),
    ("arrow_array", &["portfolio"]),
    ("parquet", &["portfolio"]),
    ("quick_xml", &["portfolio"]),
    ("rust_xlsxwriter", &["portfolio"]),
    ("zip", &["portfolio"]),
];

pub fn sources() -> Vec<(String, PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join("src"), &mut found);
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let inner = path.strip_prefix(root.join("src")).unwrap().to_path_buf();
            let first =
                inner.components().next().unwrap().as_os_str().to_string_lossy().to_string();
            (first.trim_end_matches(".rs").to_owned(), inner, text)
        })
        .collect()
}

#[test]
fn modules_name_only_those_above_them() {
    let table: BTreeMap<&str, &[&str]> = MAY_NAME.into_iter().collect();
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        if module == "lib" || module == "main" {
            continue;
        }
        let allowed =
            table.get(module.as_str()).unwrap_or_else(|| panic!("{module} is not in the table"));
        assert!(!text.contains("crate::{"), "{}: one module a `use`", path.display());
        for (number, line) in text.lines().enumerate() {
            for (start, _) in line.match_indices("crate::") {
                let rest = &line[start + "crate::".len()..];
                let named: String =
                    rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                if !named.is_empty() && named != module && !allowed.contains(&named.as_str()) {
                    wrong.push(format!("{}:{} names {named}", path.display(), number + 1));
                }
            }
        }
        for (word, owners) in OWNED {
            let uses = text.lines().any(|line| {
                !line.trim_start().starts_with("//") && line.contains(&format!("{word}::"))
            });
            if uses && !owners.contains(&module.as_str()) {
                wrong.push(format!("{} uses {word}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Extractors of actix that decompress a body before they look at its size, and what is used instead.
#[test]
fn bodies_are_read_by_one_way() {
    for (_, path, text) in sources() {
        for word in [
            "web::Json<",
            "web::Json(",
            "web::Form<",
            "web::Form(",
            "web::Either",
            "web::Bytes::from_request",
            "String::from_request",
            "Decompress",
        ] {
            assert!(!text.contains(word), "{} has {word}: take `api::Body`", path.display());
        }
    }
}

#[test]
fn files_hold_one_idea() {
    for (_, path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 600, "{} has {lines} lines", path.display());
        assert!(text.starts_with("//!"), "{} does not say what it is", path.display());
    }
}

#[test]
fn nothing_is_left_open() {
    for (_, path, text) in sources() {
        for word in ["todo!", "unimplemented!", "#[ignore", "FIXME", "TODO"] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}
