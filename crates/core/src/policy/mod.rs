//! Policy documents: measures, sentences, and the words that a rule may cite.
//!
//! Owns the published text and its structure. In goes the text of a seed file, out come measures
//! and sentences as byte ranges of that text, so that a quote can be shown in place. It never
//! changes a character of the text, and knows nothing of firms or rules.

mod parse;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

pub use parse::{PolicyText, TextError, parse};

/// The number of a sentence: measure, then position in it. The measure's title is not counted, so
/// `8.4` is the fourth sentence after the title of measure 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SentenceId {
    /// The measure's number, from 1.
    pub measure: u8,
    /// The sentence's number in it, from 1.
    pub sentence: u8,
}

impl fmt::Display for SentenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.measure, self.sentence)
    }
}

impl FromStr for SentenceId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (measure, sentence) = text.split_once('.').ok_or(())?;
        let number = |digits: &str| match digits.parse::<u8>() {
            Ok(n) if n > 0 && n.to_string() == digits => Ok(n),
            _ => Err(()),
        };
        Ok(Self { measure: number(measure)?, sentence: number(sentence)? })
    }
}

/// One measure of a policy text, as byte ranges of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Its number, from 1.
    pub number: u8,
    /// The bold title, without number and full stop.
    pub title: Range<usize>,
    /// The sentences after the title, each with its full stop.
    pub sentences: Vec<Range<usize>>,
    /// The index of the part (一、二、…) that it stands in.
    pub part: usize,
}
