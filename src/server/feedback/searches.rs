//! Words that were searched for in vain, counted by field and day.
//!
//! In goes what was searched for, out come the counts that the store does not have yet. Only plain words are counted, so
//! that no number and no address is among them, and no word that looks like the name of a firm. What was searched for
//! once or twice on a day stays in memory and is forgotten after the day.

use crate::server::store::SearchRow;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// From so many searches of a day on, a word is kept.
const FEWEST: i64 = 3;
/// How many words of a day are counted.
const MOST_WORDS: usize = 2_000;
/// The shortest and the longest word, in characters.
const LENGTH: std::ops::RangeInclusive<usize> = 2..=12;
/// The longest word of Latin letters.
const LONGEST_LATIN: usize = 20;
/// So many characters that write numbers may stand in a word.
const MOST_NUMERALS: usize = 3;
/// What names of firms and bodies have in them.
const OF_NAMES: [&str; 8] =
    ["公司", "有限", "集团", "商行", "合作社", "事务所", "工作室", "经营部"];

/// What was searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SearchField {
    /// The places.
    Place,
    /// The industries.
    Industry,
    /// The countries and regions.
    Country,
    /// The text of the policies.
    Text,
}

impl SearchField {
    /// `place`, `industry`, `country` or `text`.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Industry => "industry",
            Self::Country => "country",
            Self::Text => "text",
        }
    }
}

/// How often a word was searched for, and how often the store knows of.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    searched: i64,
    written: i64,
}

/// The words of one day.
#[derive(Debug, Default)]
struct Day {
    day: Option<Date>,
    words: BTreeMap<(SearchField, String), Count>,
}

/// The counts that this process has.
#[derive(Debug, Default)]
pub(super) struct Searches(Mutex<Day>);

impl Searches {
    fn day(&self) -> MutexGuard<'_, Day> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a search.
    pub(super) fn count(&self, field: SearchField, text: &str, today: Date) {
        let Some(word) = word(text) else { return };
        let mut day = self.day();
        if day.day != Some(today) {
            *day = Day { day: Some(today), words: BTreeMap::new() };
        }
        let is_full = day.words.len() >= MOST_WORDS;
        let key = (field, word);
        if !is_full || day.words.contains_key(&key) {
            day.words.entry(key).or_default().searched += 1;
        }
    }

    /// What the store does not have yet.
    pub(super) fn waiting(&self) -> Vec<SearchRow> {
        let day = self.day();
        let Some(today) = day.day else { return Vec::new() };
        let counted = day
            .words
            .iter()
            .filter(|(_, count)| count.searched >= FEWEST && count.searched > count.written);
        counted
            .map(|((field, word), count)| SearchRow {
                day: today.to_string(),
                field: field.as_str().to_owned(),
                word: word.clone(),
                count: count.searched - count.written,
            })
            .collect()
    }

    /// Notes what the store has got.
    pub(super) fn written(&self, rows: &[SearchRow]) {
        let mut day = self.day();
        let today = day.day.map(|day| day.to_string()).unwrap_or_default();
        for ((field, word), count) in &mut day.words {
            let is_written = |row: &&SearchRow| {
                row.day == today && row.field == field.as_str() && row.word == *word
            };
            if let Some(row) = rows.iter().find(is_written) {
                count.written += row.count;
            }
        }
    }
}

/// The word that is counted of a text, in lower case; nothing if it may not be counted.
fn word(text: &str) -> Option<String> {
    let word = text.trim().to_lowercase();
    let length = word.chars().count();
    let is_latin = word.chars().all(|c| c.is_ascii_lowercase());
    let longest = if is_latin { LONGEST_LATIN } else { *LENGTH.end() };
    let is_plain = |c: char| {
        c.is_ascii_lowercase() || matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
    };
    let is_numeral =
        |c: &char| "〇零一二三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟两".contains(*c);
    let is_counted = (*LENGTH.start()..=longest).contains(&length)
        && word.chars().all(is_plain)
        && word.chars().filter(is_numeral).count() <= MOST_NUMERALS
        && !OF_NAMES.iter().any(|part| word.contains(part));
    is_counted.then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn plain_words_are_counted_and_nothing_else() {
        for (text, counted) in [
            (" 炼金术 ", Some("炼金术")),
            ("Alchemy", Some("alchemy")),
            ("AEO认证", Some("aeo认证")),
            ("三轮车", Some("三轮车")),
            ("a", None),
            ("", None),
            ("used cars", None),
            ("13800138000", None),
            ("一三八零零一三八", None),
            ("91110000600037341L", None),
            ("a1", None),
            ("a@b", None),
            ("漏斗鎏金测试公司", None),
            ("某某贸易有限", None),
            ("这是一句很长很长的话不是词", None),
            ("aaaaaaaaaaaaaaaaaaaaa", None),
            ("外贸，女装", None),
            ("<b>", None),
        ] {
            assert_eq!(word(text).as_deref(), counted, "{text}");
        }
    }

    #[test]
    fn a_word_is_kept_from_its_third_search_of_a_day_on() {
        let searches = Searches::default();
        let (monday, tuesday) = (date(2026, 11, 30), date(2026, 12, 1));
        let counts = || {
            let rows = searches.waiting();
            rows.iter().map(|row| (row.field.clone(), row.count)).collect::<Vec<_>>()
        };
        for _ in 0..2 {
            searches.count(SearchField::Industry, "炼金术", monday);
            searches.count(SearchField::Text, "炼金术", monday);
        }
        assert!(counts().is_empty());
        searches.count(SearchField::Industry, "炼金术", monday);
        assert_eq!(counts(), [("industry".to_owned(), 3)]);
        let rows = searches.waiting();
        searches.count(SearchField::Industry, "炼金术", monday);
        searches.written(&rows);
        assert_eq!(counts(), [("industry".to_owned(), 1)], "what was added meanwhile");
        searches.written(&searches.waiting());
        assert!(counts().is_empty());
        searches.count(SearchField::Industry, "炼金术", tuesday);
        assert!(counts().is_empty(), "each day begins anew");
        // What a store took of the day before says nothing of this one.
        searches.written(&rows);
        searches.count(SearchField::Industry, "炼金术", tuesday);
        searches.count(SearchField::Industry, "炼金术", tuesday);
        assert_eq!(counts(), [("industry".to_owned(), 3)]);
    }

    #[test]
    fn so_many_words_of_a_day_are_counted() {
        let searches = Searches::default();
        let today = date(2026, 11, 30);
        let letters = || ('a'..='z').collect::<Vec<char>>();
        for (one, two) in
            letters().into_iter().flat_map(|one| letters().into_iter().map(move |two| (one, two)))
        {
            for three in ['a', 'b', 'c', 'd'] {
                for _ in 0..3 {
                    searches.count(SearchField::Text, &format!("{one}{two}{three}"), today);
                }
            }
        }
        assert_eq!(searches.waiting().len(), MOST_WORDS);
    }
}
