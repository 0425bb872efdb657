//! Sentences by a few words: an article, a paragraph, a range.

use super::{PolicyText, SentenceId};

impl PolicyText {
    /// The sentences that a text selects, in their order: one (`8.4`), all of an article (`3`) or of a paragraph (`5.2`), or a
    /// range of these with both ends (`3..5`). None if an end does not exist.
    #[must_use]
    pub fn select(&self, text: &str) -> Option<Vec<SentenceId>> {
        let (first, last) = match text.split_once("..") {
            Some((first, last)) => (numbers(first)?, numbers(last)?),
            None => (numbers(text)?, numbers(text)?),
        };
        let ids: Vec<SentenceId> = self.sentence_ids().collect();
        let start = ids.iter().position(|id| is_within(*id, &first))?;
        let end = ids.iter().rposition(|id| is_within(*id, &last))?;
        (start <= end).then(|| ids.get(start..=end).unwrap_or_default().to_vec())
    }
}

/// The numbers of an address as it is written, at least one and at most three.
fn numbers(text: &str) -> Option<Vec<u8>> {
    let number = |digits: &str| digits.parse::<u8>().ok().filter(|n| n.to_string() == digits);
    let numbers: Option<Vec<u8>> = text.trim().split('.').map(number).collect();
    numbers.filter(|numbers| numbers.len() <= 3)
}

/// Whether a sentence is the one of an address, or stands below it.
fn is_within(id: SentenceId, address: &[u8]) -> bool {
    let all = [id.measure, id.paragraph, id.sentence];
    let without_paragraph = [id.measure, id.sentence];
    let written = if id.paragraph == 0 { &without_paragraph[..] } else { &all };
    written.starts_with(address)
}

#[cfg(test)]
mod tests {
    use crate::policy::parse;

    fn selected(text: &str) -> Option<String> {
        const LAW: &str = "某市某规定\n第一条 甲。乙。\n第二条 丙。\n丁。戊。\n第三条 己。\n";
        let ids = parse(LAW).unwrap().select(text)?;
        Some(ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn an_address_selects_what_stands_below_it() {
        let check =
            |text: &str, expected: &str| assert_eq!(selected(text).as_deref(), Some(expected));
        check("2.2.1", "2.2.1");
        check("2.2", "2.2.1 2.2.2");
        check("2", "2.1.1 2.2.1 2.2.2");
        check("1..2.1", "1.1.1 1.1.2 2.1.1");
        check("2.2.2..3", "2.2.2 3.1.1");
        for wrong in ["", "4", "2.3", "2.2.3", "3..2", "1..4", "a", "1.1.1.1", "01", "1...2"] {
            assert_eq!(selected(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_form_without_paragraphs_has_two_numbers() {
        let text = "某意见\n一、总\n（一）甲。乙。丙。\n（二）丁。戊。\n";
        let text = parse(text).unwrap();
        let of = |address| text.select(address).map(|ids| ids.len());
        assert_eq!(
            (of("1"), of("1.2"), of("1..2"), of("1.1.1")),
            (Some(2), Some(1), Some(3), None)
        );
    }
}
