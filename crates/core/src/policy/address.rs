//! Where a sentence stands, in the words of an officer.

use super::{DocumentForm, PolicyText, Sentence, SentenceId};
use std::fmt::Write as _;

/// Where a sentence stands, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl PolicyText {
    /// How a measure, an article or a section is named.
    #[must_use]
    pub fn measure_address(&self, measure: u8) -> Option<Address> {
        self.measure(measure)?;
        let number = chinese(measure);
        let (zh, en) = match self.form {
            DocumentForm::Measures => (format!("第{measure}条"), format!("measure {measure}")),
            DocumentForm::Articles => (format!("第{number}条"), format!("article {measure}")),
            DocumentForm::Sections => (format!("第{number}部分"), format!("section {measure}")),
        };
        Some(Address { zh, en })
    }

    /// Where a sentence stands, as an officer writes it: `第五条第二款第（三）项`. A paragraph is named if the article has several, a
    /// sentence if there are several where it stands.
    #[must_use]
    pub fn address(&self, id: SentenceId) -> Option<Address> {
        let measure = self.measure(id.measure)?;
        let sentence = measure.sentences.iter().find(|sentence| sentence.id == id)?;
        let Address { mut zh, mut en } = self.measure_address(id.measure)?;
        let has_paragraphs =
            measure.has_items || measure.sentences.iter().any(|other| other.id.paragraph > 1);
        if has_paragraphs {
            let paragraph = chinese(id.paragraph);
            let _ = match self.form {
                _ if measure.has_items => write!(zh, "第（{paragraph}）项"),
                DocumentForm::Sections => write!(zh, "第{paragraph}段"),
                _ => write!(zh, "第{paragraph}款"),
            };
            let name = if measure.has_items { "item" } else { "paragraph" };
            let _ = write!(en, ", {name} {}", id.paragraph);
        }
        if sentence.item > 0 {
            let _ = write!(zh, "第（{}）项", chinese(sentence.item));
            let _ = write!(en, ", item {}", sentence.item);
        }
        let is_beside =
            |other: &&Sentence| (other.id.paragraph, other.item) == (id.paragraph, sentence.item);
        let beside: Vec<&Sentence> = measure.sentences.iter().filter(is_beside).collect();
        let position = beside.iter().position(|other| other.id == id)? + 1;
        if beside.len() > 1 {
            let _ = write!(zh, "第{position}句");
            let _ = write!(en, ", sentence {position}");
        }
        Some(Address { zh, en })
    }
}

/// A number below 256 as a text has it.
fn chinese(number: u8) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |number: u8| DIGITS.get(usize::from(number % 10)).copied().unwrap_or_default();
    let (hundreds, tens, ones) = (number / 100, number / 10 % 10, digit(number));
    let mut text = String::new();
    if hundreds > 0 {
        text.push_str(digit(hundreds));
        text.push('百');
    }
    match (hundreds, tens) {
        (0, 0) => {}
        (0, 1) => text.push('十'),
        (_, 0) if ones.is_empty() => {}
        (_, 0) => text.push('零'),
        (_, tens) => {
            text.push_str(digit(tens));
            text.push('十');
        }
    }
    text.push_str(ones);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written() {
        for (number, text) in
            [(1, "一"), (10, "十"), (18, "十八"), (20, "二十"), (61, "六十一"), (100, "一百")]
        {
            assert_eq!(chinese(number), text);
        }
        for (number, text) in [(101, "一百零一"), (110, "一百一十"), (255, "二百五十五")]
        {
            assert_eq!(chinese(number), text);
        }
    }
}
