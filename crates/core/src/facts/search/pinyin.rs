//! How names are read aloud, in pinyin without tones.
//!
//! Owns the readings of the table `pinyin`: one for each character, and longer entries for names in which a character
//! with several readings has a rarer one. In goes a name, out come its syllables; the longest entry at each position
//! wins.

use crate::facts::Table;
use foldhash::HashMap;

/// The readings of characters and of parts of names.
#[derive(Debug, Default)]
pub(super) struct Pinyin<'a> {
    readings: HashMap<&'a str, &'a str>,
    /// The characters of the longest entry.
    longest: usize,
}

impl<'a> Pinyin<'a> {
    pub(super) fn new(table: &'a Table) -> Self {
        let rows = table.texts(["text", "reading"]);
        let readings: HashMap<&str, &str> = rows.map(|[text, reading]| (text, reading)).collect();
        let longest = readings.keys().map(|text| text.chars().count()).max().unwrap_or_default();
        Self { readings, longest }
    }

    /// The syllables of a name and their initials, each joined. Letters and digits stay; a character without a
    /// reading is left out.
    pub(super) fn read(&self, name: &str) -> (String, String) {
        let (mut full, mut initials) = (String::new(), String::new());
        let mut rest = name;
        while let Some(first) = rest.chars().next() {
            let ends =
                rest.char_indices().map(|(start, c)| start + c.len_utf8()).take(self.longest);
            let longest = ends.filter_map(|end| rest.split_at_checked(end));
            let found =
                longest.filter_map(|(part, after)| Some((self.readings.get(part)?, after))).last();
            let Some((reading, after)) = found else {
                if first.is_ascii_alphanumeric() {
                    full.push(first);
                    initials.push(first);
                }
                rest = rest.split_at_checked(first.len_utf8()).map_or("", |(_, after)| after);
                continue;
            };
            for syllable in reading.split(' ') {
                full.push_str(syllable);
                initials.extend(syllable.chars().next());
            }
            rest = after;
        }
        (full, initials)
    }
}
