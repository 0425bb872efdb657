//! The parser of a published text.
//!
//! It reads the form in which State Council documents are published: parts `一、…`, measures
//! `（一）title。sentence。sentence。` one a paragraph, counted through the document. Half-width
//! brackets, CRLF and a byte-order mark do occur in copies and are read; a measure that is missing
//! or out of order is a fault, since every number after it would be wrong.

use super::{Measure, SentenceId};
use std::ops::Range;

/// A text and where its parts stand in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyText {
    /// The text as published, unchanged.
    pub text: String,
    /// The paragraph that leads over to the first part.
    pub preamble: Range<usize>,
    /// The headings `一、…` with their numbers.
    pub parts: Vec<Range<usize>>,
    /// The measures in order.
    pub measures: Vec<Measure>,
    /// What follows the last measure, to the end.
    pub closing: Range<usize>,
}

/// Why a text could not be read as a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// No paragraph begins like a measure.
    #[error("no measure `（一）…` was found")]
    NoMeasure,
    /// The measures are not numbered 1, 2, 3 ….
    #[error("measure {expected} was expected, measure {found} was found")]
    OutOfOrder {
        /// The number that should follow.
        expected: u8,
        /// The number that stands there.
        found: u8,
        /// Where, in bytes.
        at: usize,
    },
    /// A measure has a title and nothing else, or no full stop at all.
    #[error("measure {measure} has no sentence after its title")]
    NoSentence {
        /// The measure's number.
        measure: u8,
        /// Where, in bytes.
        at: usize,
    },
    /// A measure's last sentence has no full stop: the text was cut.
    #[error("the last sentence of measure {measure} does not end: the text seems cut")]
    Unfinished {
        /// The measure's number.
        measure: u8,
        /// Where, in bytes.
        at: usize,
    },
}

impl TextError {
    /// The byte at which the fault was noticed.
    #[must_use]
    pub fn index(&self) -> usize {
        match *self {
            Self::NoMeasure => 0,
            Self::OutOfOrder { at, .. }
            | Self::NoSentence { at, .. }
            | Self::Unfinished { at, .. } => at,
        }
    }
}

/// Reads a policy text.
///
/// # Errors
/// All faults of the text, in its order.
pub fn parse(text: &str) -> Result<PolicyText, Vec<TextError>> {
    let mut errors = Vec::new();
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut measures: Vec<Measure> = Vec::new();
    let mut preamble = 0..0;
    let mut last_end = 0;
    for line in paragraphs(text) {
        let Some(line_text) = text.get(line.clone()) else { continue };
        if let Some((number, skip)) = measure_number(line_text) {
            let expected = u8::try_from(measures.len() + 1).unwrap_or(u8::MAX);
            if number != expected {
                errors.push(TextError::OutOfOrder { expected, found: number, at: line.start });
            }
            let mut sentences = sentences(text, line.start + skip..line.end);
            if sentences.len() < 2 {
                errors.push(TextError::NoSentence { measure: number, at: line.start });
                continue;
            }
            if !text.get(..line.end).unwrap_or("").ends_with(['。', '！', '？', '”', '）']) {
                errors.push(TextError::Unfinished { measure: number, at: line.end });
            }
            let title = sentences.remove(0);
            let title = title.start..title.end.saturating_sub('。'.len_utf8());
            let part = parts.len().saturating_sub(1);
            measures.push(Measure { number, title, sentences, part });
            last_end = line.end;
        } else if is_part(line_text) {
            parts.push(line);
        } else if parts.is_empty() && line_text.ends_with(['：', ':']) {
            // The addressees end with a colon too; the preamble is the last to do so.
            preamble = line;
        }
    }
    if measures.is_empty() {
        errors.push(TextError::NoMeasure);
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let closing =
        last_end + leading_space(text.get(last_end..).unwrap_or(""))..text.trim_end().len();
    Ok(PolicyText { text: text.to_owned(), preamble, parts, measures, closing })
}

impl PolicyText {
    /// The text of a range.
    #[must_use]
    pub fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or("")
    }

    /// A measure by its number.
    #[must_use]
    pub fn measure(&self, number: u8) -> Option<&Measure> {
        self.measures.get(usize::from(number).checked_sub(1)?)
    }

    /// Where a sentence stands in the text.
    #[must_use]
    pub fn range(&self, id: SentenceId) -> Option<Range<usize>> {
        let index = usize::from(id.sentence).checked_sub(1)?;
        self.measure(id.measure)?.sentences.get(index).cloned()
    }

    /// A sentence, word for word.
    #[must_use]
    pub fn sentence(&self, id: SentenceId) -> Option<&str> {
        self.range(id).map(|range| self.slice(&range))
    }

    /// All sentences that carry an id, in the order of the text.
    pub fn sentence_ids(&self) -> impl Iterator<Item = SentenceId> {
        self.measures.iter().flat_map(|measure| {
            (1..=measure.sentences.len()).filter_map(|n| {
                let sentence = u8::try_from(n).ok()?;
                Some(SentenceId { measure: measure.number, sentence })
            })
        })
    }

    /// Where `quote` stands inside a sentence, as a byte range of the whole text.
    #[must_use]
    pub(crate) fn locate(&self, id: SentenceId, quote: &str) -> Option<Range<usize>> {
        let sentence = self.range(id)?;
        let start = sentence.start + self.slice(&sentence).find(quote)?;
        Some(start..start + quote.len())
    }
}

fn leading_space(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// The paragraphs as ranges, without surrounding space and byte-order mark.
fn paragraphs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let from = start;
        start += line.len();
        let inner = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let offset = line.find(inner)?;
        (!inner.is_empty()).then(|| from + offset..from + offset + inner.len())
    })
}

/// The number of `（八）…` and how many bytes it takes.
fn measure_number(line: &str) -> Option<(u8, usize)> {
    let inner = line.strip_prefix('（').or_else(|| line.strip_prefix('('))?;
    let end = inner.find(['）', ')'])?;
    let number = chinese_number(inner.get(..end)?)?;
    let close = inner.get(end..)?.chars().next()?;
    Some((number, line.len() - inner.len() + end + close.len_utf8()))
}

fn is_part(line: &str) -> bool {
    line.split_once('、').is_some_and(|(number, _)| chinese_number(number).is_some())
}

/// 一 … 九十九.
fn chinese_number(text: &str) -> Option<u8> {
    let digit = |c: char| "一二三四五六七八九".chars().position(|d| d == c).map(|i| i + 1);
    let mut total = 0;
    let mut seen = None;
    if text.is_empty() {
        return None;
    }
    for c in text.chars() {
        if c == '十' {
            total += seen.take().unwrap_or(1) * 10;
        } else if seen.is_none() {
            seen = Some(digit(c)?);
        } else {
            return None;
        }
    }
    u8::try_from(total + seen.unwrap_or(0)).ok()
}

/// Splits a paragraph at full stops; a stop inside “…” or （…） does not end a sentence.
fn sentences(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = range.start;
    let mut depth = 0_i32;
    for (offset, c) in text.get(range.clone()).unwrap_or("").char_indices() {
        match c {
            '“' | '（' | '《' => depth += 1,
            '”' | '）' | '》' => depth -= 1,
            '。' | '！' | '？' if depth <= 0 => {
                let end = range.start + offset + c.len_utf8();
                found.push(start..end);
                start = end;
            }
            _ => {}
        }
    }
    if start < range.end {
        found.push(start..range.end);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &str = include_str!("../../../../seeds/000_27c13384efe3ac55.txt");
    const COUNTS: [usize; 18] = [4, 4, 4, 3, 3, 1, 2, 4, 2, 2, 4, 4, 3, 2, 5, 3, 6, 2];

    fn counts(text: &str) -> Vec<usize> {
        parse(text).unwrap().measures.iter().map(|m| m.sentences.len()).collect()
    }

    #[test]
    fn the_published_text() {
        let policy = parse(SEED).unwrap();
        assert_eq!(counts(SEED), COUNTS);
        assert_eq!(policy.sentence_ids().count(), 58);
        assert_eq!(policy.parts.len(), 6);
        assert_eq!(policy.slice(&policy.measure(8).unwrap().title), "加大进出口信贷支持");
        assert_eq!(
            policy.sentence("8.4".parse().unwrap()).unwrap(),
            "鼓励政府性融资担保机构为符合条件的小微外贸企业提供融资增信支持。"
        );
        assert!(policy.slice(&policy.preamble).starts_with("外贸是国民经济"));
        assert!(policy.slice(&policy.closing).starts_with("六、加强组织实施"));
        assert!(policy.slice(&policy.closing).ends_with("2023年4月11日"));
        let quote = "政府性融资担保机构";
        let range = policy.locate("8.4".parse().unwrap(), quote).unwrap();
        assert_eq!(policy.slice(&range), quote);
        assert_eq!(policy.locate("8.3".parse().unwrap(), quote), None);
    }

    #[test]
    fn copies_with_other_line_ends_brackets_and_a_mark_read_the_same() {
        for copy in [
            SEED.replace('\n', "\r\n"),
            format!("\u{feff}{SEED}"),
            SEED.replace("\n（", "\n(").replace("）优化", ")优化"),
            SEED.replace("\n（", "\n　　（"),
        ] {
            assert_eq!(counts(&copy), COUNTS);
            let policy = parse(&copy).unwrap();
            assert_eq!(
                policy.sentence("8.4".parse().unwrap()),
                parse(SEED).unwrap().sentence("8.4".parse().unwrap())
            );
        }
    }

    #[test]
    fn damage_is_reported_with_its_position() {
        let start = SEED.find("（九）").unwrap();
        let end = SEED.find("（十）").unwrap();
        let missing = format!("{}{}", SEED.get(..start).unwrap(), SEED.get(end..).unwrap());
        let errors = parse(&missing).unwrap_err();
        assert_eq!(
            errors.first(),
            Some(&TextError::OutOfOrder { expected: 9, found: 10, at: start })
        );
        assert_eq!(parse("nothing here"), Err(vec![TextError::NoMeasure]));
        let cut = SEED.get(..SEED.find("提供融资增信支持").unwrap()).unwrap();
        assert!(matches!(
            parse(cut).unwrap_err().first(),
            Some(TextError::Unfinished { measure: 8, .. })
        ));
        let bare = "一、甲\n（一）只有标题。\n";
        assert!(matches!(
            parse(bare).unwrap_err().first(),
            Some(TextError::NoSentence { measure: 1, .. })
        ));
    }

    #[test]
    fn sentence_ids() {
        assert!("8.4".parse::<SentenceId>().is_ok());
        for wrong in ["8", "8.", "8.04", "0.1", "8.4.1", "八.四", "8.+4", "300.1"] {
            assert!(wrong.parse::<SentenceId>().is_err(), "{wrong}");
        }
    }
}
