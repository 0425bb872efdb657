//! One name as it is searched for, and how well a text fits it.
//!
//! Chinese names are compared without punctuation, by their characters, by their pinyin and by the initials of their
//! pinyin. English names are compared word by word, in the singular and in lower case.

use super::pinyin::Pinyin;
use crate::facts::spelling::{half_width, spelling};

/// The longest text that is searched for, in characters. The work is proportional to it.
pub const LONGEST_SEARCHED: usize = 60;

/// How well a text fits a name, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// The text is the name.
    Exact,
    /// The text is the pinyin of the name, or its initials.
    Pinyin,
    /// The name begins with the text.
    Prefix,
    /// Each word of the text begins a word of the name.
    Words,
    /// The pinyin of the name begins with the text.
    PinyinPrefix,
    /// The name contains the text.
    Infix,
}

/// A text that is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchText {
    /// Without spaces and punctuation, in lower case; English words in the singular.
    key: String,
    /// The words of an English text.
    words: Vec<String>,
    /// The letters as they were typed, if all are ASCII: what may be pinyin.
    letters: String,
}

impl SearchText {
    /// The text, unless it is empty or longer than [`LONGEST_SEARCHED`].
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.chars().nth(LONGEST_SEARCHED).is_some() {
            return None;
        }
        let words = words(text);
        let key = if words.is_empty() { key(text) } else { words.concat() };
        // ü is typed as v in most input methods; xi'an has an apostrophe.
        let letters = spelling(text).replace('ü', "v").replace(['\'', '’'], "");
        let is_pinyin = letters.bytes().all(|byte| byte.is_ascii_lowercase());
        let letters = if is_pinyin { letters } else { String::new() };
        (!key.is_empty()).then_some(Self { key, words, letters })
    }

    /// The text in the form in which names are compared.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether the text can be English or pinyin.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        !self.words.is_empty()
    }
}

/// A name in the forms in which it is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchName {
    key: String,
    words: Vec<String>,
    pinyin: String,
    initials: String,
}

impl SearchName {
    pub(super) fn new(name: &str, pinyin: &Pinyin<'_>) -> Self {
        let words = words(name);
        if !words.is_empty() {
            return Self { key: words.concat(), words, ..Self::default() };
        }
        let key = key(name);
        let (pinyin, initials) = pinyin.read(&key);
        Self { key, words, pinyin, initials }
    }

    /// The name in the form in which names are compared.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// How well a text fits; nothing if it does not.
    #[must_use]
    pub fn fit(&self, text: &SearchText) -> Option<Fit> {
        if self.key == text.key {
            return Some(Fit::Exact);
        }
        let letters = text.letters.as_str();
        // One letter begins thousands of names, and the pinyin of one character hundreds.
        let may_be_pinyin = letters.len() > 1 && self.key.chars().nth(1).is_some();
        if may_be_pinyin && (self.pinyin == letters || self.initials == letters) {
            return Some(Fit::Pinyin);
        }
        if text.is_ascii() {
            let begun = |word: &String| self.words.iter().any(|own| own.starts_with(word.as_str()));
            // Also of a name with both, such as LED显示屏.
            if self.key.starts_with(&text.key) {
                return Some(Fit::Prefix);
            }
            if !self.words.is_empty() && text.words.iter().all(begun) {
                return Some(Fit::Words);
            }
            let is_prefix = self.pinyin.starts_with(letters)
                || letters.len() > 2 && self.initials.starts_with(letters);
            return (may_be_pinyin && is_prefix).then_some(Fit::PinyinPrefix);
        }
        if self.key.starts_with(&text.key) {
            return Some(Fit::Prefix);
        }
        self.key.contains(&text.key).then_some(Fit::Infix)
    }

    /// Whether the name is in a text that says more.
    #[must_use]
    pub fn is_in(&self, text: &SearchText) -> bool {
        if self.words.is_empty() {
            return self.key.chars().nth(1).is_some() && text.key.contains(&self.key);
        }
        text.words.windows(self.words.len()).any(|words| words == self.words.as_slice())
    }
}

/// A name or text without spaces and punctuation, in lower case and half-width.
fn key(text: &str) -> String {
    let mut key = spelling(text);
    key.retain(char::is_alphanumeric);
    key
}

/// The words of an English text in lower case and in the singular; none if a character is no Latin letter or digit.
fn words(text: &str) -> Vec<String> {
    let text = text.chars().map(half_width).collect::<String>().to_lowercase();
    let is_latin = |c: char| !c.is_alphanumeric() || c <= '\u{24f}';
    if !text.chars().all(is_latin) {
        return Vec::new();
    }
    let bare: String = text.chars().filter(|c| !matches!(c, '\'' | '’' | '.')).collect();
    let parts = bare.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(singular).collect()
}

/// An English word without the ending of the plural: enough to compare words, not always a word.
fn singular(word: &str) -> String {
    const ES: [&str; 5] = ["ches", "shes", "sses", "xes", "zes"];
    if word.len() < 4 || ["ss", "us", "is"].iter().any(|ending| word.ends_with(ending)) {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    if ES.iter().any(|ending| word.ends_with(ending)) {
        return word.strip_suffix("es").unwrap_or(word).to_owned();
    }
    word.strip_suffix('s').unwrap_or(word).to_owned()
}
