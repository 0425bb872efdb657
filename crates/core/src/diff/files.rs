//! Which rule files differ, and which of them were only written another way.
//!
//! A script is compared without blanks and comments, TOML as the values that it holds, a table as its rows.

use crate::files::RuleFiles;

/// How a file differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileChange {
    /// Only the new book has it.
    Added,
    /// Only the old book has it.
    Removed,
    /// Another content.
    Changed,
    /// The same content, written another way: blanks, comments, order of keys.
    Reformatted,
}

impl FileChange {
    /// Its name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Reformatted => "reformatted",
        }
    }
}

/// The files with a part in answers that differ, in the order of their paths.
pub(super) fn differing(old: &RuleFiles, new: &RuleFiles) -> Vec<(String, FileChange)> {
    let mut found = Vec::new();
    for (path, text) in new.iter().filter(|(path, _)| RuleFiles::has_meaning(path)) {
        match old.get(path) {
            None => found.push((path.to_owned(), FileChange::Added)),
            Some(before) if before == text => {}
            Some(before) if says_the_same(path, before, text) => {
                found.push((path.to_owned(), FileChange::Reformatted));
            }
            Some(_) => found.push((path.to_owned(), FileChange::Changed)),
        }
    }
    let removed =
        old.iter().filter(|(path, _)| RuleFiles::has_meaning(path) && new.get(path).is_none());
    found.extend(removed.map(|(path, _)| (path.to_owned(), FileChange::Removed)));
    found.sort_unstable();
    found
}

fn says_the_same(path: &str, old: &str, new: &str) -> bool {
    if path.starts_with("seeds/") {
        return false;
    }
    if path.ends_with(".rhai") {
        return script(old) == script(new);
    }
    if path.ends_with(".toml") {
        let read = |text: &str| toml::from_str::<toml::Table>(text).ok();
        return read(old).zip(read(new)).is_some_and(|(old, new)| old == new);
    }
    let rows = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| line.trim_end().to_owned())
            .filter(|line| !line.is_empty())
            .collect()
    };
    rows(old) == rows(new)
}

/// A script without comments, and without blanks outside of texts and between two words.
fn script(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut blank = false;
    while let Some(c) = characters.next() {
        match (c, characters.peek()) {
            ('/', Some('/')) => {
                while characters.peek().is_some_and(|c| *c != '\n') {
                    characters.next();
                }
                blank = true;
                continue;
            }
            ('/', Some('*')) => {
                characters.next();
                let mut before = ' ';
                for c in characters.by_ref() {
                    if before == '*' && c == '/' {
                        break;
                    }
                    before = c;
                }
                blank = true;
                continue;
            }
            _ if c.is_whitespace() => {
                blank = true;
                continue;
            }
            _ => {}
        }
        let joins = |c: char| c.is_alphanumeric() || c == '_';
        if blank && joins(c) && out.chars().next_back().is_some_and(joins) {
            out.push(' ');
        }
        blank = false;
        out.push(c);
        if matches!(c, '"' | '`' | '\'') {
            let mut is_escaped = false;
            for inner in characters.by_ref() {
                out.push(inner);
                if inner == c && !is_escaped {
                    break;
                }
                is_escaped = inner == '\\' && !is_escaped;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_comments_are_another_way_of_writing() {
        let same = |old: &str, new: &str| says_the_same("rules/derive/x.rhai", old, new);
        assert!(same("let a = 1; // one\n", "/* uno */ let   a=1;"));
        assert!(!same("let a = \"x  y\";", "let a = \"x y\";"), "a text");
        assert!(!same("let a = \"// x\";", "let a = \"// y\";"), "no comment");
        assert!(!same("leta = 1", "let a = 1"));
        assert!(same("a(\"\\\"\") ", "a( \"\\\"\" )"), "an escaped quote");
        let toml = |old: &str, new: &str| says_the_same("rules/kinds.toml", old, new);
        assert!(toml("a = 1 # one\nb = 2", "b = 2\na = 1"));
        assert!(!toml("a = 1", "a = 2"));
    }
}
