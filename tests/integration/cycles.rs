//! No import cycle of more than two files, in any of the crates.
//!
//! An import is a path that begins with `crate::`, `super::` or `self::`, outside of comments and unit tests. It
//! leads to the file that defines the name: re-exports (`pub use`) are followed, and count as no import of the file
//! that has them.

use crate::border::sources;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One source file: the names that it re-exports, and the paths that it imports, all absolute in its crate.
#[derive(Default)]
struct File {
    exports: BTreeMap<String, Vec<String>>,
    imports: Vec<Vec<String>>,
}

/// The files of one crate by module path.
type Modules = BTreeMap<Vec<String>, File>;

/// The crate's folder and the module path of a file.
fn module_of(path: &Path) -> (PathBuf, Vec<String>) {
    let parts: Vec<String> =
        path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let source = parts.iter().position(|part| part == "src").unwrap();
    let mut module = parts[source + 1..].to_vec();
    if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        module.pop();
    }
    (parts[..source].iter().collect(), module)
}

/// Code without comments, texts and the unit tests at its end.
fn bare(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths of a `use` tree, with what each is called.
fn expand(prefix: &[String], tree: &str, found: &mut Vec<(Vec<String>, String)>) {
    let tree = tree.trim();
    if let Some(open) = tree.find('{') {
        let mut path = prefix.to_vec();
        path.extend(
            tree[..open].split("::").map(str::trim).filter(|p| !p.is_empty()).map(String::from),
        );
        let inner = &tree[open + 1..tree.rfind('}').unwrap()];
        let (mut depth, mut from) = (0, 0);
        for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    if !inner[from..at].trim().is_empty() {
                        expand(&path, &inner[from..at], found);
                    }
                    from = at + 1;
                }
                _ => {}
            }
        }
        return;
    }
    let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
    let mut parts = prefix.to_vec();
    parts.extend(path.split("::").map(|part| part.trim().to_owned()));
    if parts.last().is_some_and(|last| last == "self") {
        parts.pop();
    }
    let name = if name.is_empty() { parts.last().unwrap().clone() } else { name.trim().to_owned() };
    found.push((parts, name));
}

/// A path as one from the root of the crate, if it leads into the crate.
fn absolute(
    module: &[String],
    mut path: Vec<String>,
    children: &BTreeSet<String>,
) -> Option<Vec<String>> {
    let mut base = module.to_vec();
    match path.first()?.as_str() {
        "crate" => base.clear(),
        "self" => {}
        "super" => {
            base.pop();
        }
        // In `pub use child::Name` the path begins with a module of this file.
        first if children.contains(first) => {
            base.extend(path);
            return Some(base);
        }
        _ => return None,
    }
    path.remove(0);
    while path.first().is_some_and(|part| part == "super") {
        base.pop();
        path.remove(0);
    }
    base.extend(path);
    Some(base)
}

fn read(module: &[String], text: &str) -> File {
    let code = bare(text);
    let children: BTreeSet<String> = code
        .lines()
        .filter_map(|line| {
            line.trim().strip_suffix(';')?.rsplit_once("mod ").map(|(_, name)| name.to_owned())
        })
        .collect();
    let mut file = File::default();
    let mut rest = String::new();
    for statement in code.split_inclusive(';') {
        let found = statement.rfind("use ").filter(|at| {
            let before = statement[..*at].trim_end();
            before.is_empty()
                || before.ends_with(['\n', '}', ']', ')', '{'])
                || before.ends_with("pub")
        });
        let Some(at) = found else {
            rest.push_str(statement);
            continue;
        };
        let before = &statement[..at];
        rest.push_str(before);
        let is_export = before.trim_end().ends_with("pub") || before.trim_end().ends_with(')');
        let mut paths = Vec::new();
        expand(&[], statement[at + 4..].trim_end_matches(';'), &mut paths);
        for (path, name) in paths {
            let Some(path) = absolute(module, path, &children) else { continue };
            if is_export {
                file.exports.insert(name, path);
            } else {
                file.imports.push(path);
            }
        }
    }
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in rest.match_indices(start) {
            let before = rest[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let path: String = rest[at..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || ['_', ':'].contains(c))
                .collect();
            let parts = path.split("::").filter(|p| !p.is_empty()).map(String::from).collect();
            file.imports.extend(absolute(module, parts, &children));
        }
    }
    file
}

/// The module whose file defines what a path names.
fn resolve(modules: &Modules, path: &[String], depth: usize) -> Option<Vec<String>> {
    let known = (0..=path.len()).rev().find(|end| modules.contains_key(&path[..*end]))?;
    let module = path[..known].to_vec();
    let Some(name) = path.get(known) else { return Some(module) };
    match modules[&module].exports.get(name) {
        Some(target) if depth > 0 && *target != path => {
            let mut target = target.clone();
            target.extend(path[known + 1..].iter().cloned());
            resolve(modules, &target, depth - 1)
        }
        _ => Some(module),
    }
}

/// Groups of modules that reach each other, each larger than `most`.
fn cycles(modules: &Modules, most: usize) -> Vec<Vec<String>> {
    let edges: BTreeMap<&[String], BTreeSet<Vec<String>>> = modules
        .iter()
        .map(|(module, file)| {
            let targets = file.imports.iter().filter_map(|path| resolve(modules, path, 8));
            (module.as_slice(), targets.filter(|target| target != module).collect())
        })
        .collect();
    let reach = |from: &[String]| {
        let mut seen: BTreeSet<Vec<String>> = BTreeSet::new();
        let mut open: Vec<Vec<String>> = edges[from].iter().cloned().collect();
        while let Some(next) = open.pop() {
            if seen.insert(next.clone()) {
                open.extend(edges[next.as_slice()].iter().cloned());
            }
        }
        seen
    };
    let reached: BTreeMap<&Vec<String>, BTreeSet<Vec<String>>> =
        modules.keys().map(|module| (module, reach(module))).collect();
    let mut groups = BTreeSet::new();
    for (module, forth) in &reached {
        let mut group: Vec<String> = forth
            .iter()
            .filter(|other| reached[other].contains(*module))
            .map(|other| other.join("::"))
            .collect();
        group.sort();
        if group.len() > most {
            groups.insert(group);
        }
    }
    groups.into_iter().collect()
}

fn crates(files: impl Iterator<Item = (PathBuf, String)>) -> BTreeMap<PathBuf, Modules> {
    let mut all: BTreeMap<PathBuf, Modules> = BTreeMap::new();
    for (path, text) in files {
        let (folder, module) = module_of(&path);
        let file = read(&module, &text);
        let entry = all.entry(folder).or_default().entry(module).or_default();
        entry.exports.extend(file.exports);
        entry.imports.extend(file.imports);
    }
    all
}

#[test]
fn no_import_cycle_has_more_than_two_files() {
    let mut wrong = Vec::new();
    for (folder, modules) in crates(sources().into_iter().map(|(_, path, text)| (path, text))) {
        for group in cycles(&modules, 2) {
            wrong.push(format!(
                "{}: {} files: {}",
                folder.display(),
                group.len(),
                group.join(", ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_cycle_is_found_through_re_exports_and_groups() {
    let files = [
        ("src/lib.rs", "mod a;\nmod b;\nmod c;\npub use a::First;\n"),
        ("src/a.rs", "use crate::{\n    b::Second,\n    c,\n};\npub struct First;\n"),
        ("src/b/mod.rs", "mod inner;\npub(crate) use inner::Second;\n"),
        ("src/b/inner.rs", "use super::super::c::Third;\npub struct Second;\n"),
        ("src/c.rs", "pub struct Third(crate::First);\n"),
    ];
    let all = crates(files.into_iter().map(|(path, text)| (path.into(), text.to_owned())));
    let found = cycles(&all[Path::new("")], 2);
    assert_eq!(found, [["a", "b::inner", "c"].map(String::from).to_vec()]);
}
