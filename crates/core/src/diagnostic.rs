//! A fault in the rules, reported to the person who writes them.
//!
//! Owns the form of a diagnostic (code, location, underlined text, what is wrong, what to write
//! instead) and how it is printed. Every reader of rule files returns *all* its faults as a list;
//! none stops at the first. It never prints anything itself.

use std::fmt;
use unicode_width::UnicodeWidthStr;

/// One fault, with its location. Lines and columns count from 1, columns in characters.
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
    /// Whether it is good to know and no fault.
    pub is_note: bool,
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
            is_note: false,
        }
    }

    /// Puts the fault at a line and column of `text`, underlining the token or quoted text there.
    #[must_use]
    pub fn at(mut self, text: &str, line: usize, column: usize) -> Self {
        self.line = line;
        self.column = column;
        // A file may break off between the two characters of its last line end.
        let source = text.lines().nth(line.saturating_sub(1)).unwrap_or("").trim_end_matches('\r');
        let rest: Vec<char> = source.chars().skip(column.saturating_sub(1)).collect();
        self.length = token_length(&rest);
        source.clone_into(&mut self.source);
        self
    }

    /// Puts the fault at a byte range of `text`.
    #[must_use]
    pub(crate) fn at_bytes(self, text: &str, range: std::ops::Range<usize>) -> Self {
        let before = text.get(..range.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let inside = text.get(range).unwrap_or("");
        let length = inside.lines().next().unwrap_or("").chars().count();
        let mut located = self.at(text, line, column);
        located.length = length.max(1);
        located
    }

    /// Puts the fault where `needle` first stands in `text`, if it does.
    #[must_use]
    pub(crate) fn at_text(self, text: &str, needle: &str) -> Self {
        match text.find(needle) {
            Some(start) => self.at_bytes(text, start..start + needle.len()),
            None => self,
        }
    }
}

impl Diagnostic {
    /// The part of the line around the location, and how many characters of it come before.
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
        let kind = if self.is_note { "note" } else { "error" };
        writeln!(f, "{kind}[{}]: {}", self.code, self.message)?;
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

/// The longest text that suggestions are searched for, in characters. No name or code is as long.
pub const LONGEST_SUGGESTED: usize = 64;

/// How alike two texts must be (Jaro-Winkler) for one to be suggested instead of the other.
const ALIKE: f64 = 0.7;

/// The candidate most like `given`, the last of equals, if any is near enough to be what was meant. Nothing for
/// a text longer than [`LONGEST_SUGGESTED`]; candidates that are longer are passed over.
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let measured = Measured::new(given)?;
    let (mut best, mut found) = (ALIKE, None);
    for candidate in candidates {
        // Comparing takes many times as long as this bound, which rules out nearly all candidates.
        let bound = Measured::new(candidate).map(|candidate| measured.likeness_at_most(&candidate));
        if bound.is_none_or(|bound| bound < best) {
            continue;
        }
        let likeness = strsim::jaro_winkler(given, candidate);
        if likeness > ALIKE && likeness >= best {
            (best, found) = (likeness, Some(candidate));
        }
    }
    found
}

/// A text that is short enough to be compared, with what bounds its likeness to others.
struct Measured<'a> {
    text: &'a str,
    characters: f64,
    /// Its bytes by their low half: digits are distinguished, other characters only roughly.
    bytes: [u8; 16],
}

impl<'a> Measured<'a> {
    fn new(text: &'a str) -> Option<Self> {
        const LONGEST_CHARACTER: usize = 4;
        if text.len() > LONGEST_CHARACTER * LONGEST_SUGGESTED {
            return None;
        }
        let (mut bytes, mut characters) = ([0_u8; 16], 0_u16);
        for byte in text.bytes() {
            if let Some(count) = bytes.get_mut(usize::from(byte & 0xf)) {
                *count = count.saturating_add(1);
            }
            // Other bytes continue a character.
            characters += u16::from(byte & 0xc0 != 0x80);
        }
        let short = usize::from(characters) <= LONGEST_SUGGESTED;
        short.then(|| Self { text, characters: characters.into(), bytes })
    }

    /// A bound of the Jaro-Winkler likeness of two texts: as if all bytes that both have matched, in order.
    fn likeness_at_most(&self, other: &Self) -> f64 {
        /// More than the rounding of a few fractions comes to.
        const ROUNDING: f64 = 1e-9;
        let common =
            self.bytes.iter().zip(&other.bytes).map(|(a, b)| u16::from(*a.min(b))).sum::<u16>();
        let common = f64::from(common).min(self.characters).min(other.characters);
        if common == 0.0 {
            return 0.0;
        }
        let jaro = (common / self.characters + common / other.characters + 1.0) / 3.0 + ROUNDING;
        if jaro < ALIKE {
            return jaro;
        }
        let both = self.text.chars().zip(other.text.chars()).take(4);
        let prefix = u8::try_from(both.take_while(|(a, b)| a == b).count()).unwrap_or(4);
        jaro + 0.1 * f64::from(prefix) * (1.0 - jaro)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is suggested when nothing is ruled out beforehand.
    fn nearest_of_all<'a>(given: &str, candidates: &[&'a str]) -> Option<&'a str> {
        let all = candidates.iter().map(|text| (strsim::jaro_winkler(given, text), *text));
        let near = all.filter(|(likeness, _)| *likeness > ALIKE);
        near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, text)| text)
    }

    #[test]
    fn a_line_is_shown_without_its_end() {
        for text in ["one\ntwo", "one\ntwo\n", "one\r\ntwo\r\n", "one\r\ntwo\r"] {
            let fault = Diagnostic::new("code", "file", "wrong", "right").at(text, 2, 1);
            assert_eq!(fault.source, "two", "{text:?}");
        }
    }

    #[test]
    fn what_is_ruled_out_is_never_the_nearest() {
        let mut rng = fastrand::Rng::with_seed(1);
        let text = |rng: &mut fastrand::Rng, letters: &[char]| -> String {
            let length = rng.usize(1..9);
            (0..length).filter_map(|_| rng.choice(letters)).collect()
        };
        let sets: [Vec<char>; 3] = [
            ('0'..='9').collect(),
            "abcdeq_ADQ".chars().collect(),
            "外贸企业出口退税a1é\u{10ffff}".chars().collect(),
        ];
        let mut found = 0;
        for _ in 0..3000 {
            let letters = rng.choice(&sets).unwrap();
            let given = text(&mut rng, letters);
            let candidates: Vec<String> = (0..30).map(|_| text(&mut rng, letters)).collect();
            let candidates: Vec<&str> = candidates.iter().map(String::as_str).collect();
            let near = nearest(&given, candidates.iter().copied());
            assert_eq!(near, nearest_of_all(&given, &candidates), "{given}: {candidates:?}");
            found += usize::from(near.is_some());
        }
        assert!((1000..3000).contains(&found), "{found}");
    }

    #[test]
    fn long_texts_have_no_suggestion() {
        for letter in ["a", "外", "\u{10ffff}"] {
            let [longest, longer] = [0, 1].map(|more| letter.repeat(LONGEST_SUGGESTED + more));
            assert_eq!(nearest(&longest, [longest.as_str()]), Some(longest.as_str()));
            assert_eq!(nearest(&longest, [longer.as_str()]), None);
            assert_eq!(nearest(&longer, [longest.as_str()]), None);
        }
    }
}
