//! The parser of a published text.
//!
//! It reads the forms in which Chinese official documents are published ([`DocumentForm`]). Half-width brackets, CRLF and a
//! byte-order mark do occur in copies and are read; a measure that is missing or out of order is a fault, since every number
//! after it would be wrong. Lines `1.` and `（1）` belong to what stands before them.

use super::lines::{Line, Number, paragraphs, sentences};
use super::{DocumentForm, Measure, Sentence, SentenceId};
use std::ops::Range;

/// What ends a sentence, or a line that goes on in the next ones.
const ENDS: [char; 7] = ['。', '！', '？', '”', '）', '；', '：'];

/// A text and where its parts stand in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyText {
    /// The text as published, unchanged.
    pub text: String,
    /// How it is numbered.
    pub form: DocumentForm,
    /// The paragraph that leads over to the first part.
    pub preamble: Range<usize>,
    /// The headings `一、…` with their numbers, or those of chapters.
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
    #[error("no measure `（一）…`, article `第一条…` or section `一、…` was found")]
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
    /// The items of a measure are not numbered 1, 2, 3 ….
    #[error("in measure {measure} item {expected} was expected, item {found} was found")]
    ItemOutOfOrder {
        /// The measure's number.
        measure: u8,
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
    /// A line of a measure has no full stop at its end: the text was cut.
    #[error("the last sentence of measure {measure} does not end: the text seems cut")]
    Unfinished {
        /// The measure's number.
        measure: u8,
        /// Where, in bytes.
        at: usize,
    },
    /// There are more measures than can be numbered.
    #[error("there are more than 255 measures")]
    TooMany {
        /// Where, in bytes.
        at: usize,
    },
    /// A measure has more paragraphs or sentences than can be numbered.
    #[error("measure {measure} has more than 255 paragraphs or sentences")]
    TooLong {
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
            | Self::ItemOutOfOrder { at, .. }
            | Self::NoSentence { at, .. }
            | Self::Unfinished { at, .. }
            | Self::TooMany { at }
            | Self::TooLong { at, .. } => at,
        }
    }
}

/// Reads a policy text in the form that it shows.
///
/// # Errors
/// All faults of the text, in its order.
pub fn parse(text: &str) -> Result<PolicyText, Vec<TextError>> {
    parse_as(text, None)
}

/// Reads a policy text in a form that is stated, or else in the one that it shows.
///
/// # Errors
/// All faults of the text, in its order.
pub fn parse_as(text: &str, form: Option<DocumentForm>) -> Result<PolicyText, Vec<TextError>> {
    let ranges: Vec<Range<usize>> = paragraphs(text).collect();
    let lines: Vec<Line> =
        ranges.iter().map(|range| Line::of(text.get(range.clone()).unwrap_or(""))).collect();
    let mut parser = Parser {
        text,
        form: form.unwrap_or_else(|| DocumentForm::of(&lines)),
        parts: Vec::new(),
        measures: Vec::new(),
        preamble: 0..0,
        position: None,
        errors: Vec::new(),
    };
    // What stands behind the first annex is no part of the text.
    let first = lines.iter().position(|line| !matches!(line, Line::Other | Line::Annex));
    let annex = lines.iter().enumerate().skip(first.unwrap_or(lines.len()));
    let annex = annex.filter(|(_, line)| **line == Line::Annex).map(|(index, _)| index).next();
    let annex = annex.unwrap_or(lines.len());
    let signature = signature(text, ranges.get(..annex).unwrap_or(&ranges));
    let mut end = 0;
    for (index, (range, line)) in ranges.iter().zip(&lines).enumerate() {
        if index >= signature && !parser.measures.is_empty() {
            break;
        }
        if parser.line(range.clone(), *line) {
            end = range.end;
        }
    }
    parser.finish(end)
}

/// The index of the first line of what officials sign with: a last line that is a day, and the lines before it that are no
/// sentences.
fn signature(text: &str, lines: &[Range<usize>]) -> usize {
    let line = |range: &Range<usize>| text.get(range.clone()).unwrap_or("");
    let is_day = |text: &str| {
        let is_of_day = |c: char| c.is_ascii_digit() || "年月日 ".contains(c);
        text.contains('年') && text.ends_with('日') && text.chars().all(is_of_day)
    };
    let is_note = |text: &str| text.starts_with(['（', '(']) && text.ends_with(['）', ')']);
    let Some(day) = lines.iter().rposition(|range| is_day(line(range))) else {
        return lines.len();
    };
    let (before, after) = lines.split_at(day);
    if !after.iter().skip(1).all(|range| is_note(line(range))) {
        return lines.len();
    }
    // A name, and no sentence that was cut.
    const LONGEST: usize = 40;
    let signs = |range: &&Range<usize>| {
        let text = line(range);
        Line::of(text) == Line::Other
            && text.chars().count() <= LONGEST
            && !text.contains(['，', '。', '；', '：', '！', '？'])
            && !is_part_of_item(text)
    };
    day - before.iter().rev().take_while(signs).count()
}

/// Where the next sentence of the open measure goes.
#[derive(Clone, Copy)]
struct Position {
    paragraph: u8,
    /// The number of the last sentence.
    sentence: u8,
    item: u8,
    /// Where an item ended that is a heading, if nothing stands below it yet.
    heading: Option<usize>,
}

struct Parser<'t> {
    text: &'t str,
    form: DocumentForm,
    parts: Vec<Range<usize>>,
    measures: Vec<Measure>,
    preamble: Range<usize>,
    /// Where the next sentence goes; none before the first measure and behind a heading.
    position: Option<Position>,
    errors: Vec<TextError>,
}

impl Parser<'_> {
    /// Reads a line; says whether it belongs to a measure.
    fn line(&mut self, range: Range<usize>, line: Line) -> bool {
        use DocumentForm::{Articles, Measures, Sections};
        match (self.form, line) {
            (Articles, Line::Article(number))
            | (Measures, Line::Bracketed(number))
            | (Sections, Line::Part(number)) => self.begin(range, number),
            (Measures, Line::Part(_)) | (_, Line::Chapter) => {
                self.close();
                self.parts.push(range);
                false
            }
            (_, line) => self.go_on(range, line),
        }
    }

    /// Begins a measure.
    fn begin(&mut self, range: Range<usize>, number: Number) -> bool {
        self.close();
        if self.measures.is_empty() {
            self.drop_contents();
        }
        let next = u8::try_from(self.measures.len() + 1).ok();
        let Some((expected, found)) = next.zip(u8::try_from(number.value).ok()) else {
            self.errors.push(TextError::TooMany { at: range.start });
            return false;
        };
        if found != expected {
            self.errors.push(TextError::OutOfOrder { expected, found, at: range.start });
        }
        let start = range.start + number.length;
        let start = start + leading_space(self.text.get(start..range.end).unwrap_or(""));
        let (title, rest) = match self.form {
            DocumentForm::Articles => self.bracketed_title(start..range.end),
            DocumentForm::Measures | DocumentForm::Sections => self.title(start..range.end),
        };
        let part = self.parts.len().saturating_sub(1);
        let (number, sentences) = (found, Vec::new());
        self.measures.push(Measure { number, title, sentences, has_items: false, part });
        let paragraph = match self.form {
            DocumentForm::Articles => 1,
            DocumentForm::Measures => 0,
            DocumentForm::Sections => u8::from(!rest.is_empty()),
        };
        self.position = Some(Position { paragraph, sentence: 0, item: 0, heading: None });
        self.add(rest);
        true
    }

    /// A title with a full stop and what follows it, or the whole line.
    fn title(&self, range: Range<usize>) -> (Range<usize>, Range<usize>) {
        match sentences(self.text, range.clone()).first() {
            Some(first) if self.text.get(first.clone()).is_some_and(|t| t.ends_with('。')) => {
                (first.start..first.end - '。'.len_utf8(), first.end..range.end)
            }
            _ => (range.clone(), range.end..range.end),
        }
    }

    /// The title of an article, `（适用范围）` or `【适用范围】` right behind its number, and what follows it.
    fn bracketed_title(&self, range: Range<usize>) -> (Range<usize>, Range<usize>) {
        let line = self.text.get(range.clone()).unwrap_or("");
        let found = [('（', '）'), ('【', '】')].into_iter().find_map(|(open, close)| {
            let inner = line.strip_prefix(open)?;
            let (title, rest) = inner.split_once(close)?;
            // A sentence may begin with a bracket, but goes on right behind it.
            let is_title = rest.is_empty() || rest.starts_with(char::is_whitespace);
            let start = range.start + open.len_utf8();
            let behind = range.end - rest.len() + leading_space(rest);
            is_title.then(|| (start..start + title.len(), behind..range.end))
        });
        found.unwrap_or((range.start..range.start, range))
    }

    /// A table of contents names the chapters once more, before the first article.
    fn drop_contents(&mut self) {
        let text = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or("");
        let Some(first) = self.parts.first().map(text) else { return };
        if let Some(again) = self.parts.iter().rposition(|part| text(part) == first) {
            self.parts.drain(..again);
        }
    }

    /// A line that begins no measure.
    fn go_on(&mut self, range: Range<usize>, line: Line) -> bool {
        let Some(mut position) = self.position else {
            let text = self.text.get(range.clone()).unwrap_or("");
            let is_before = self.measures.is_empty() && self.parts.is_empty();
            if is_before && text.ends_with(['：', ':']) {
                // The addressees end with a colon too; the preamble is the last to do so.
                self.preamble = range;
            }
            return false;
        };
        let Some(open) = self.measures.last_mut() else { return false };
        let measure = open.number;
        let mut start = range.start;
        match line {
            Line::Bracketed(number) if self.form != DocumentForm::Measures => {
                let is_paragraph = self.form == DocumentForm::Sections
                    && (position.paragraph == 0 || open.has_items);
                let last = if is_paragraph { position.paragraph } else { position.item };
                let Ok(found) = u8::try_from(number.value) else {
                    self.errors.push(TextError::TooLong { measure, at: range.start });
                    return true;
                };
                let expected = last.saturating_add(1);
                if found != expected {
                    let at = range.start;
                    self.errors.push(TextError::ItemOutOfOrder { measure, expected, found, at });
                }
                if is_paragraph {
                    if let Some(at) = position.heading {
                        self.errors.push(TextError::Unfinished { measure, at });
                    }
                    open.has_items = true;
                    position = Position { paragraph: found, sentence: 0, item: 0, heading: None };
                    let text = self.text.get(range.clone()).unwrap_or("");
                    if !text.ends_with(ENDS) {
                        position.heading = Some(range.end);
                    }
                } else {
                    position.item = found;
                }
                start += number.length;
            }
            _ if is_part_of_item(self.text.get(range.clone()).unwrap_or(""))
                || self.form == DocumentForm::Measures
                || open.has_items =>
            {
                position.heading = None;
            }
            _ => {
                let Some(paragraph) = position.paragraph.checked_add(1) else {
                    self.errors.push(TextError::TooLong { measure, at: range.start });
                    return true;
                };
                // What stands right behind the number of an article is its first paragraph.
                let paragraph = if open.sentences.is_empty() { 1 } else { paragraph };
                position = Position { paragraph, sentence: 0, item: 0, heading: None };
            }
        }
        self.position = Some(position);
        self.add(start..range.end);
        true
    }

    /// Adds the sentences of a line to the open measure.
    fn add(&mut self, range: Range<usize>) {
        let Some((position, measure)) = self.position.as_mut().zip(self.measures.last_mut()) else {
            return;
        };
        let text = self.text.get(range.clone()).unwrap_or("");
        let range = range.start + leading_space(text)..range.end;
        if range.is_empty() {
            return;
        }
        for range in sentences(self.text, range.clone()) {
            let Some(sentence) = position.sentence.checked_add(1) else {
                self.errors.push(TextError::TooLong { measure: measure.number, at: range.start });
                return;
            };
            position.sentence = sentence;
            let id =
                SentenceId { measure: measure.number, paragraph: position.paragraph, sentence };
            measure.sentences.push(Sentence { id, range, item: position.item });
        }
        if !text.ends_with(ENDS) && position.heading.is_none() {
            self.errors.push(TextError::Unfinished { measure: measure.number, at: range.end });
        }
    }

    /// Ends the open measure.
    fn close(&mut self) {
        let Some((position, measure)) = self.position.take().zip(self.measures.last()) else {
            return;
        };
        let (number, at) = (measure.number, measure.title.start);
        match measure.sentences.last() {
            _ if position.heading.is_some() => {
                let at = position.heading.unwrap_or(at);
                self.errors.push(TextError::Unfinished { measure: number, at });
            }
            None => self.errors.push(TextError::NoSentence { measure: number, at }),
            Some(last) => {
                let end = last.range.end;
                let text = self.text.get(..end).unwrap_or("");
                if text.ends_with(['；', '：']) {
                    self.errors.push(TextError::Unfinished { measure: number, at: end });
                }
            }
        }
    }

    fn finish(mut self, end: usize) -> Result<PolicyText, Vec<TextError>> {
        self.close();
        if self.measures.is_empty() {
            self.errors.push(TextError::NoMeasure);
        }
        if !self.errors.is_empty() {
            self.errors.sort_by_key(TextError::index);
            return Err(self.errors);
        }
        let Self { text, form, preamble, parts, measures, .. } = self;
        let rest = text.get(end..).unwrap_or("");
        let closing = end + leading_space(rest)..text.trim_end().len().max(end);
        Ok(PolicyText { text: text.to_owned(), form, preamble, parts, measures, closing })
    }
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
        let mut sentences = self.measure(id.measure)?.sentences.iter();
        sentences.find(|sentence| sentence.id == id).map(|sentence| sentence.range.clone())
    }

    /// A sentence, word for word.
    #[must_use]
    pub fn sentence(&self, id: SentenceId) -> Option<&str> {
        self.range(id).map(|range| self.slice(&range))
    }

    /// All sentences that carry an id, in the order of the text.
    pub fn sentence_ids(&self) -> impl Iterator<Item = SentenceId> {
        self.measures.iter().flat_map(|measure| measure.sentences.iter().map(|one| one.id))
    }

    /// Where `quote` stands inside a sentence, as a byte range of the whole text.
    #[must_use]
    pub(crate) fn locate(&self, id: SentenceId, quote: &str) -> Option<Range<usize>> {
        let sentence = self.range(id)?;
        let start = sentence.start + self.slice(&sentence).find(quote)?;
        Some(start..start + quote.len())
    }
}

/// `1.` and `（1）`.
fn is_part_of_item(line: &str) -> bool {
    let line = line.strip_prefix(['（', '(']).unwrap_or(line);
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < line.len() && rest.starts_with(['.', '．', '、', '）', ')'])
}

fn leading_space(text: &str) -> usize {
    text.len() - text.trim_start().len()
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
        for wrong in ["8", "8.", "8.04", "0.1", "八.四", "8.+4", "300.1"] {
            assert!(wrong.parse::<SentenceId>().is_err(), "{wrong}");
        }
    }
}
