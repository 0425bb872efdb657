//! The order of modules, and the form of the source, by machine. That one crate does not name another is held
//! by the compiler.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Module of `export-advisor-core` → the modules that it may name, lowest first.
const CORE: [(&str, &[&str]); 21] = [
    ("china", &[]),
    ("diagnostic", &[]),
    ("files", &[]),
    ("index", &[]),
    ("interrupt", &[]),
    ("truth", &[]),
    ("formula", &["truth"]),
    ("policy", &[]),
    ("facts", &["diagnostic", "index"]),
    ("condition", &["facts", "formula"]),
    ("rulebook", &["condition", "diagnostic", "facts", "files", "index", "policy", "truth"]),
    (
        "script",
        &[
            "condition",
            "diagnostic",
            "facts",
            "files",
            "formula",
            "index",
            "interrupt",
            "policy",
            "rulebook",
            "truth",
        ],
    ),
    (
        "plan",
        &["condition", "facts", "files", "formula", "index", "interrupt", "rulebook", "truth"],
    ),
    ("sql", &["condition", "diagnostic", "facts", "formula", "index", "plan", "rulebook", "truth"]),
    ("evaluate", &["facts", "formula", "index", "plan", "rulebook", "truth"]),
    (
        "diagram",
        &["condition", "evaluate", "facts", "index", "interrupt", "plan", "rulebook", "truth"],
    ),
    ("wording", &["condition", "evaluate", "facts", "formula", "plan", "rulebook", "truth"]),
    (
        "analysis",
        &[
            "condition",
            "diagnostic",
            "diagram",
            "evaluate",
            "facts",
            "files",
            "interrupt",
            "plan",
            "rulebook",
            "truth",
            "wording",
        ],
    ),
    (
        "diff",
        &[
            "condition",
            "diagram",
            "evaluate",
            "facts",
            "files",
            "interrupt",
            "plan",
            "policy",
            "rulebook",
            "truth",
            "wording",
        ],
    ),
    (
        "assessment",
        &[
            "evaluate",
            "facts",
            "index",
            "interrupt",
            "plan",
            "policy",
            "rulebook",
            "truth",
            "wording",
        ],
    ),
    ("advisor", &["assessment", "diagnostic", "evaluate", "facts", "files", "script", "wording"]),
];

/// What the parts of the service are made with: nothing that handles a request.
const PARTS: &[&str] = &[
    "server::access",
    "server::api",
    "server::audit",
    "server::clock",
    "server::comparisons",
    "server::feedback",
    "server::http",
    "server::jobs",
    "server::metrics",
    "server::operator",
    "server::readiness",
    "server::reload",
    "server::rules",
    "server::secrets",
    "server::shares",
    "server::store",
    "server::telemetry",
];

/// What handlers and the layers before them may name.
const HANDLERS: &[&str] = &[
    "server::access",
    "server::api",
    "server::app",
    "server::audit",
    "server::clock",
    "server::feedback",
    "server::http",
    "server::jobs",
    "server::metrics",
    "server::operator",
    "server::reload",
    "server::route",
    "server::rules",
    "server::search",
    "server::secrets",
    "server::shares",
    "server::store",
    "server::telemetry",
];

/// Module of the program → the modules that it may name. Only the route table names handlers, only the service and the
/// command line name the route table.
const PROGRAM: [(&str, &[&str]); 24] = [
    ("server/store", &[]),
    ("server/clock", &[]),
    ("server/metrics", &[]),
    ("server/operator", &[]),
    ("server/search", &[]),
    ("server/telemetry", &[]),
    ("server/secrets", &["server::store"]),
    ("server/jobs", &["server::api", "server::http"]),
    ("server/readiness", &["server::store"]),
    (
        "server/access",
        &["server::api", "server::http", "server::jobs", "server::secrets", "server::store"],
    ),
    ("server/audit", &["server::access", "server::metrics", "server::store"]),
    ("server/rules", &["server::api", "server::http", "server::metrics", "server::store"]),
    ("server/reload", &["server::audit", "server::http", "server::rules"]),
    ("server/comparisons", &["server::api", "server::http", "server::rules"]),
    (
        "server/shares",
        &[
            "server::access",
            "server::api",
            "server::clock",
            "server::http",
            "server::metrics",
            "server::rules",
            "server::secrets",
            "server::store",
        ],
    ),
    ("server/feedback", &["server::access", "server::clock", "server::store"]),
    ("server/app", PARTS),
    ("server/http", HANDLERS),
    ("server/route", &["server::access", "server::audit", "server::http"]),
    ("server/api", HANDLERS),
    ("server/pages", HANDLERS),
    (
        "server/routes",
        &[
            "server::access",
            "server::api",
            "server::audit",
            "server::http",
            "server::pages",
            "server::route",
        ],
    ),
    ("server/service", &["server::app", "server::http", "server::routes", "server::store"]),
    (
        "cli",
        &[
            "server::access",
            "server::app",
            "server::audit",
            "server::http",
            "server::operator",
            "server::reload",
            "server::routes",
            "server::secrets",
            "server::service",
            "server::shares",
            "server::store",
            "server::telemetry",
        ],
    ),
];

/// Crates that only the named modules may use, where the compiler would let others use them too.
const OWNED: [(&str, &[&str]); 7] = [
    ("rhai", &["script"]),
    ("sqlx", &["server/store"]),
    ("governor", &["server/access"]),
    ("ipnet", &["server/access"]),
    ("socket2", &["server/http"]),
    ("opentelemetry", &["server/telemetry"]),
    (
        "tokio",
        &[
            "server/api",
            "server/comparisons",
            "server/http",
            "server/jobs",
            "server/readiness",
            "server/reload",
            "server/store",
        ],
    ),
];

/// A source file: the module that it belongs to, its path from the root of the project, its text.
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
    let mut all = Vec::new();
    for folder in ["src", "crates/core/src", "crates/screening/src"] {
        let mut found = Vec::new();
        walk(&root.join(folder), &mut found);
        for path in found {
            let text = fs::read_to_string(&path).unwrap();
            let inner = path.strip_prefix(root.join(folder)).unwrap();
            let mut parts = inner.iter().map(|part| part.to_string_lossy().to_string());
            let mut module = parts.next().unwrap();
            if module == "server" {
                module = format!("server/{}", parts.next().unwrap());
            }
            let module = module.trim_end_matches(".rs").to_owned();
            all.push((module, path.strip_prefix(root).unwrap().to_path_buf(), text));
        }
    }
    all
}

#[test]
fn modules_name_only_those_above_them() {
    let core: BTreeMap<&str, &[&str]> = CORE.into_iter().collect();
    let program: BTreeMap<&str, &[&str]> = PROGRAM.into_iter().collect();
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        if path.starts_with("crates/screening") {
            continue;
        }
        let is_core = path.starts_with("crates/core");
        if ["lib", "main", "server/mod"].contains(&module.as_str()) {
            continue;
        }
        // A file of tests may use what it tests with.
        if text.contains("\n#![cfg(test)]\n") {
            continue;
        }
        let table = if is_core { &core } else { &program };
        let allowed =
            table.get(module.as_str()).unwrap_or_else(|| panic!("{module} is not in the table"));
        assert!(!text.contains("crate::{"), "{}: one module a `use`", path.display());
        let own = module.replace('/', "::");
        for (number, line) in text.lines().enumerate() {
            for (start, _) in line.match_indices("crate::") {
                let rest = &line[start + "crate::".len()..];
                let mut parts = rest.split("::").map(|part| {
                    part.chars()
                        .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                        .collect::<String>()
                });
                let first = parts.next().unwrap();
                let named = match first.as_str() {
                    "server" => format!("server::{}", parts.next().unwrap()),
                    _ => first,
                };
                if !named.is_empty() && named != own && !allowed.contains(&named.as_str()) {
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
            assert!(!text.contains(word), "{} has {word}: take `http::body::Body`", path.display());
        }
    }
}
