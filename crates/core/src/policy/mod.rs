//! Policy documents: measures, sentences, and the words that a rule may cite.
//!
//! Owns the published text and its structure. In goes the text of a seed file, out come measures
//! and sentences as byte ranges of that text, so that a quote can be shown in place. It never
//! changes a character of the text, and knows nothing of firms or rules.
//!
//! `form` says how a document is numbered, `lines` reads one line, `parse` puts the lines together, `address` words where
//! a sentence stands, `selection` finds the sentences of an address or a range.

mod address;
mod form;
mod lines;
mod parse;
mod selection;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

pub use address::Address;
pub use form::DocumentForm;
pub use parse::{PolicyText, TextError, parse, parse_as};

/// The number of a sentence: measure, paragraph where the form of the document counts them, then position in it. A title is
/// not counted, so `8.4` is the fourth sentence after the title of measure 8, and `5.2.1` the first of the second paragraph
/// of article 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SentenceId {
    /// The number of the measure, article or section, from 1.
    pub measure: u8,
    /// The paragraph's number in it, from 1; 0 in a form that counts none.
    pub paragraph: u8,
    /// The sentence's number in that, from 1.
    pub sentence: u8,
}

impl fmt::Display for SentenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.measure)?;
        if self.paragraph > 0 {
            write!(f, "{}.", self.paragraph)?;
        }
        write!(f, "{}", self.sentence)
    }
}

impl FromStr for SentenceId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = |digits: &str| match digits.parse::<u8>() {
            Ok(n) if n > 0 && n.to_string() == digits => Ok(n),
            _ => Err(()),
        };
        let numbers: Vec<&str> = text.split('.').collect();
        match numbers.as_slice() {
            [measure, sentence] => {
                Ok(Self { measure: number(measure)?, paragraph: 0, sentence: number(sentence)? })
            }
            [measure, paragraph, sentence] => Ok(Self {
                measure: number(measure)?,
                paragraph: number(paragraph)?,
                sentence: number(sentence)?,
            }),
            _ => Err(()),
        }
    }
}

/// One measure, article or section of a policy text, as byte ranges of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Its number, from 1.
    pub number: u8,
    /// The title, without number and full stop; empty if it has none, as articles of laws.
    pub title: Range<usize>,
    /// The sentences after the title, each with its full stop.
    pub sentences: Vec<Sentence>,
    /// Whether its paragraphs are items `（一）`, as in sections.
    pub(crate) has_items: bool,
    /// The index of the part (一、二、…, or a chapter) that it stands in.
    pub part: usize,
}

/// A sentence of a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Its number.
    pub id: SentenceId,
    /// Where it stands.
    pub range: Range<usize>,
    /// The number of the item （一）, （二）, … that it stands in; 0 if it stands in none.
    pub item: u8,
}
