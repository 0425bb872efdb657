//! Marks in texts: what a person searches for, and the words that a support rests on.
//!
//! In go texts, out come their pieces, each marked or not. A search ignores case and width; of several words it marks
//! those texts that have all of them. It counts what it marks.

use export_advisor_core::facts::half_width;
use std::cell::Cell;
use std::ops::Range;

/// The longest text that is searched for, in characters.
pub(in crate::server::pages) const LONGEST: usize = 40;

/// A text in pieces, and which of them are marked.
pub(in crate::server::pages) type Marked = Vec<(String, bool)>;

/// Whether anything of a text is marked.
pub(in crate::server::pages) fn is_marked(text: &[(String, bool)]) -> bool {
    text.iter().any(|(_, is_marked)| *is_marked)
}

/// Marks ranges of a text, in bytes. They may overlap; what lies outside of the text is left out.
pub(in crate::server::pages) fn mark(text: &str, mut ranges: Vec<Range<usize>>) -> Marked {
    ranges.sort_by_key(|range| range.start);
    let (mut pieces, mut at) = (Marked::new(), 0);
    let mut push = |range: Range<usize>, is_marked: bool| {
        if let Some(piece) = text.get(range).filter(|piece| !piece.is_empty()) {
            match pieces.last_mut() {
                Some((last, was_marked)) if *was_marked == is_marked => last.push_str(piece),
                _ => pieces.push((piece.to_owned(), is_marked)),
            }
        }
    };
    for range in ranges {
        let (start, end) = (range.start.max(at), range.end.min(text.len()));
        let is_whole = text.is_char_boundary(start) && text.is_char_boundary(end);
        if start < end && is_whole {
            push(at..start, false);
            push(start..end, true);
            at = end;
        }
    }
    push(at..text.len(), false);
    pieces
}

/// A search on a page.
#[derive(Debug, Default)]
pub(in crate::server::pages) struct Search {
    /// The words, folded.
    words: Vec<Vec<char>>,
    found: Cell<usize>,
}

impl Search {
    /// A search for the words of a text; without words nothing is marked.
    pub(in crate::server::pages) fn new(text: &str) -> Self {
        let words = text.split_whitespace().map(|word| word.chars().map(fold).collect());
        Self { words: words.collect(), found: Cell::new(0) }
    }

    /// How many marks were made.
    pub(in crate::server::pages) fn found(&self) -> usize {
        self.found.get()
    }

    /// Marks the words in a text that has all of them.
    pub(in crate::server::pages) fn mark(&self, text: &str) -> Marked {
        let folded: Vec<(usize, char)> = text.char_indices().map(|(at, c)| (at, fold(c))).collect();
        let mut ranges = Vec::new();
        for word in &self.words {
            let before = ranges.len();
            let starts = folded.windows(word.len().max(1));
            let is_there =
                |window: &&[(usize, char)]| window.iter().map(|(_, c)| c).eq(word.iter());
            ranges.extend(starts.filter(is_there).filter_map(|window| {
                let (start, (last, _)) = (window.first()?.0, window.last()?);
                let end = last + text.get(*last..)?.chars().next()?.len_utf8();
                Some(start..end)
            }));
            if ranges.len() == before {
                return mark(text, Vec::new());
            }
        }
        let marked = mark(text, ranges);
        let marks = marked.iter().filter(|(_, is_marked)| *is_marked).count();
        self.found.set(self.found.get() + marks);
        marked
    }
}

/// A character without case and width.
fn fold(c: char) -> char {
    let narrow = half_width(c);
    narrow.to_lowercase().next().unwrap_or(narrow)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text with its marks in brackets.
    fn shown(pieces: &[(String, bool)]) -> String {
        let piece = |(text, is_marked): &(String, bool)| {
            if *is_marked { format!("[{text}]") } else { text.clone() }
        };
        pieces.iter().map(piece).collect()
    }

    #[test]
    fn words_are_marked_whatever_their_case_and_width() {
        for (words, text, expected, count) in [
            ("跨境电商", "支持跨境电商，跨境电商企业", "支持[跨境电商]，[跨境电商]企业", 2),
            ("aeo", "“经认证的经营者”（ＡEO）", "“经认证的经营者”（[ＡEO]）", 1),
            ("RCEP 培训", "RCEP等专题培训", "[RCEP]等专题[培训]", 2),
            ("RCEP 培训", "培训", "培训", 0),
            ("aa", "aaa", "[aaa]", 1),
            ("保险", "", "", 0),
            ("很长很长", "短", "短", 0),
            ("", "全文", "全文", 0),
            ("  ", "全文", "全文", 0),
        ] {
            let search = Search::new(words);
            assert_eq!(shown(&search.mark(text)), expected, "{words}");
            assert_eq!(search.found(), count, "{words}");
        }
    }

    #[test]
    fn ranges_may_touch_overlap_and_lie_outside() {
        assert_eq!(shown(&mark("abcdef", vec![4..5, 1..3, 2..4])), "a[bcde]f");
        assert_eq!(shown(&mark("abc", vec![2..9, 7..8])), "ab[c]");
        assert_eq!(shown(&mark("业务", vec![1..3, 2..4])), "业务", "no half characters");
    }
}
