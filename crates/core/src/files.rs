//! The files that a rule book is made of, as text in memory, and the set built into the program.
//!
//! Owns their names, their order and the hash that is the rule book's version. Reading them from a
//! folder is the edges' work.

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

static RULES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../rules");
static SEEDS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../seeds");

/// Path → text, such as `rules/derive/size.rhai`, `seeds/….txt`. Texts are shared, not copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleFiles(BTreeMap<String, Arc<str>>);

impl RuleFiles {
    /// The rules and texts built into the program.
    #[must_use]
    pub fn builtin() -> Self {
        let mut files = Self::default();
        for (prefix, dir) in [("rules", &RULES), ("seeds", &SEEDS)] {
            collect(prefix, dir, &mut files);
        }
        files
    }

    /// Adds or replaces a file. Line ends become `\n`, so that a checkout on another system gives
    /// the same version; a byte-order mark is dropped. Policy texts are kept to the byte.
    pub fn insert(&mut self, path: &str, text: &str) {
        let text = if path.starts_with("seeds/") {
            Arc::from(text)
        } else {
            let text = text.trim_start_matches('\u{feff}');
            if text.contains('\r') { text.replace("\r\n", "\n").into() } else { text.into() }
        };
        self.0.insert(path.to_owned(), text);
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) -> Option<Arc<str>> {
        self.0.remove(path)
    }

    /// The text of a file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(AsRef::as_ref)
    }

    /// All files in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_ref()))
    }

    /// The files directly in `folder` whose names end in `ending`, in the order of their paths.
    pub fn within<'a>(
        &'a self,
        folder: &'a str,
        ending: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.iter().filter(move |(path, _)| {
            path.strip_prefix(folder)
                .and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(|name| !name.contains('/') && name.ends_with(ending))
        })
    }

    /// The shared texts of the files whose paths begin and end so, in the order of their paths.
    pub fn shared<'a>(
        &'a self,
        start: &'a str,
        ending: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Arc<str>)> {
        let files = self.0.iter().map(|(path, text)| (path.as_str(), text));
        files.filter(move |(path, _)| path.starts_with(start) && path.ends_with(ending))
    }

    /// The folder of the scripts that say what follows from facts.
    pub(crate) const DERIVE: &str = "rules/derive";

    /// The folder of the overlays: for each a folder, whose file [`RuleFiles::DOCUMENTS`] names its policies, one a line.
    pub(crate) const OVERLAYS: &str = "rules/overlays";

    /// The file that names the policies of an overlay.
    pub(crate) const DOCUMENTS: &str = "documents.txt";

    /// The folders of policies: those of `rules/` that have a `policy.toml`, those of overlays last, so that the first is
    /// the same with and without them.
    pub(crate) fn policy_folders(&self) -> impl Iterator<Item = &str> {
        let lists = self.iter().filter(|(path, _)| {
            path.strip_prefix(Self::OVERLAYS).is_some_and(|rest| rest.ends_with(Self::DOCUMENTS))
        });
        let laid_over: Vec<&str> = lists.flat_map(|(_, list)| list.lines()).collect();
        let mut folders: Vec<&str> = (self.iter())
            .filter_map(|(path, _)| path.strip_suffix("/policy.toml"))
            .filter(|folder| folder.matches('/').count() == 1)
            .collect();
        folders.sort_by_key(|folder| {
            folder.rsplit('/').next().is_some_and(|id| laid_over.contains(&id))
        });
        folders.into_iter()
    }

    /// Whether a file has a part in answers: not the cases, and not the documents for people.
    #[must_use]
    pub fn has_meaning(path: &str) -> bool {
        !path.ends_with(".md") && !path.contains("/cases/")
    }

    /// `sha256:…` over the names and contents of all files that have a meaning: not the cases, and
    /// not the documents for people.
    #[must_use]
    pub fn version(&self) -> String {
        let mut hash = Sha256::new();
        for (path, text) in self.iter() {
            if !Self::has_meaning(path) {
                continue;
            }
            hash.update(path.as_bytes());
            hash.update([0]);
            hash.update(Sha256::digest(text.as_bytes()));
        }
        format!("sha256:{}", hex(&hash.finalize()))
    }
}

/// The lower-case hexadecimal SHA-256 of a text.
#[must_use]
pub fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// A name for a text: a letter, then the first twelve digits of its SHA-256.
pub(crate) fn short_name(letter: char, text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let mut name = String::from(letter);
    name.push_str(&hex(digest.get(..6).unwrap_or_default()));
    name
}

/// Bytes in lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' - 10 + value });
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

fn collect(prefix: &str, dir: &Dir<'_>, files: &mut RuleFiles) {
    for file in dir.files() {
        if let Some(text) = file.contents_utf8() {
            files.insert(&format!("{prefix}/{}", file.path().display()), text);
        }
    }
    for inner in dir.dirs() {
        collect(prefix, inner, files);
    }
}
