//! A fault in the rules, told to the person who writes them.
//!
//! Owns the form of a diagnostic (code, place, underlined text, what is wrong, what to write
//! instead) and how it is printed. Every reader of rule files returns *all* its faults as a list;
//! none stops at the first. It never prints anything itself.

use std::fmt;
use unicode_width::UnicodeWidthStr;

/// One fault, with its place. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable kebab-case name of the kind of fault.
    pub code: &'static str,
    /// What is wrong, in lower case, the input in backticks.
    pub message: String,
    /// What to write or do instead.
    pub help: String,
    /// The file, relative to the folder of the rules; empty if no single file is at fault.
    pub file: String,
    /// The line, or 0 if the whole file is meant.
    pub line: usize,
    /// The column, or 0 if the whole line is meant.
    pub column: usize,
    /// How many characters are underlined.
    pub length: usize,
    /// The text of that line.
    pub source: String,
}

impl Diagnostic {
    /// A fault of a whole file, or of no file in particular.
    pub fn new(
        code: &'static str,
        file: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            code,
            message: message.into(),
            help: help.into(),
            file: file.to_owned(),
            line: 0,
            column: 0,
            length: 0,
            source: String::new(),
        }
    }

    /// Puts the fault at a line and column of `text`, underlining the word or quoted text there.
    #[must_use]
    pub fn at(mut self, text: &str, line: usize, column: usize) -> Self {
        self.line = line;
        self.column = column;
        let source = text.lines().nth(line.saturating_sub(1)).unwrap_or("");
        let rest: Vec<char> = source.chars().skip(column.saturating_sub(1)).collect();
        self.length = token_length(&rest);
        source.clone_into(&mut self.source);
        self
    }

    /// Puts the fault at a byte range of `text`.
    #[must_use]
    pub fn at_bytes(self, text: &str, range: std::ops::Range<usize>) -> Self {
        let before = text.get(..range.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let inside = text.get(range).unwrap_or("");
        let length = inside.lines().next().unwrap_or("").chars().count();
        let mut placed = self.at(text, line, column);
        placed.length = length.max(1);
        placed
    }

    /// Puts the fault at the first place where `needle` stands in `text`, if it does.
    #[must_use]
    pub fn at_text(self, text: &str, needle: &str) -> Self {
        match text.find(needle) {
            Some(start) => self.at_bytes(text, start..start + needle.len()),
            None => self,
        }
    }
}

impl Diagnostic {
    /// The part of the line around the place, and how many characters of it stand before.
    fn window(&self) -> (String, usize) {
        const BEFORE: usize = 60;
        const LONGEST: usize = 140;
        let source = self.source.replace('\t', " ");
        let column = self.column.saturating_sub(1);
        if source.chars().count() <= LONGEST {
            return (source, column);
        }
        let start = column.saturating_sub(BEFORE);
        let cut: String = source.chars().skip(start).take(LONGEST).collect();
        let lead = if start > 0 { "…" } else { "" };
        (format!("{lead}{cut}…"), column - start + lead.chars().count())
    }
}

fn token_length(rest: &[char]) -> usize {
    let Some(first) = rest.first() else { return 1 };
    let span = |keep: &dyn Fn(char) -> bool| rest.iter().take_while(|c| keep(**c)).count();
    match first {
        '"' | '`' => rest.iter().skip(1).take_while(|c| *c != first).count() + 2,
        c if c.is_alphanumeric() || *c == '_' => span(&|c| c.is_alphanumeric() || c == '_'),
        c if "=<>!&|?+-*/".contains(*c) => span(&|c| "=<>!&|?+-*/".contains(c)),
        _ => 1,
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error[{}]: {}", self.code, self.message)?;
        if !self.file.is_empty() {
            write!(f, "  --> {}", self.file)?;
            if self.line > 0 {
                write!(f, ":{}:{}", self.line, self.column.max(1))?;
            }
            writeln!(f)?;
        }
        if !self.source.is_empty() {
            let number = self.line.to_string();
            let (source, column) = self.window();
            let lead: String = source.chars().take(column).collect();
            let marked: String = source.chars().skip(column).take(self.length).collect();
            writeln!(f, " {number} | {source}")?;
            let blank = " ".repeat(number.len());
            let indent = " ".repeat(lead.width());
            let mark = "^".repeat(marked.width().max(1));
            writeln!(f, " {blank} | {indent}{mark}")?;
        }
        write!(f, "  help: {}", self.help)
    }
}

/// The candidate most like `given`, if any is near enough to be what was meant.
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // No name is as long, and comparing takes the product of both lengths.
    const LONGEST: usize = 200;
    if given.len() > LONGEST {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(given, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
