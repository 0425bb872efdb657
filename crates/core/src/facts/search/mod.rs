//! Names by which a person may look for a place, an industry or a country.
//!
//! Owns the index of official, English and everyday names, with their pinyin, and the groups of countries. In go the
//! tables, out come names to compare a text with ([`SearchName::fit`]). The index is built when the first text is
//! searched for.
//!
//! It is apart from the reading of names (`names`): what is found is shown to a person who chooses. Neither an
//! everyday name nor pinyin nor a group is ever a reading of a profile or of a cell of a list.

mod name;
mod pinyin;

use super::{Table, Tables};
use foldhash::HashMap;
use pinyin::Pinyin;
use std::sync::Arc;

pub use name::{Fit, LONGEST_SEARCHED, SearchName, SearchText};

/// The tables that only searches need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SearchTables {
    industry_names: Arc<Table>,
    synonyms: Arc<Table>,
    groups: Arc<Table>,
    pinyin: Arc<Table>,
    zones: Arc<Table>,
}

impl SearchTables {
    /// Takes the tables `industry-names`, `industry-synonyms`, `country-groups`, `pinyin` and `cbec-zones`; one that
    /// is missing is empty.
    pub(super) fn take(tables: &Tables) -> Self {
        let table = |name: &str| tables.get(name).cloned().unwrap_or_default();
        Self {
            industry_names: table("industry-names"),
            synonyms: table("industry-synonyms"),
            groups: table("country-groups"),
            pinyin: table("pinyin"),
            zones: table("cbec-zones"),
        }
    }
}

/// A division, an industry or a country with the names by which it is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchEntry {
    /// Its code.
    pub code: String,
    /// The official name in Chinese.
    pub name: String,
    /// An English name; of a class the name of its group, of a division without one its pinyin.
    pub english: String,
    /// Among divisions that fit equally, which comes first: the batch of its cross-border e-commerce zone, so that the
    /// larger trading cities come before others. The same for all others.
    pub weight: u8,
    /// The official name first.
    pub names: Vec<SearchName>,
}

/// An everyday name of industries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synonym {
    /// The name as the table has it.
    pub word: String,
    /// The name as it is searched for.
    pub name: SearchName,
    /// The codes that it may mean, the best first.
    pub codes: Vec<String>,
}

/// A group of countries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountryGroup {
    /// Its id, such as `EU`; never the code of a country.
    pub id: String,
    /// The Chinese and the English name.
    pub name: (String, String),
    /// The codes of its members.
    pub members: Vec<String>,
    /// Both names and others.
    pub names: Vec<SearchName>,
}

/// All names by which the form searches.
#[derive(Debug, Default)]
pub struct SearchNames {
    /// The divisions in force, by code.
    pub divisions: Vec<SearchEntry>,
    /// The industries but for sections, by code.
    pub industries: Vec<SearchEntry>,
    /// The countries and regions, by code.
    pub countries: Vec<SearchEntry>,
    /// Everyday names of industries.
    pub synonyms: Vec<Synonym>,
    /// Groups of countries.
    pub groups: Vec<CountryGroup>,
}

/// A code with its official name and other names, English ones first.
pub(super) struct NamedCode<'a> {
    pub(super) code: &'a str,
    pub(super) name: &'a str,
    pub(super) others: Vec<String>,
}

/// The weight of what has none.
const NO_WEIGHT: u8 = u8::MAX;

impl SearchNames {
    /// The index of the three lists and of the tables.
    pub(super) fn new<'a>(
        tables: &SearchTables,
        divisions: impl Iterator<Item = NamedCode<'a>>,
        industries: impl Iterator<Item = NamedCode<'a>>,
        countries: impl Iterator<Item = NamedCode<'a>>,
    ) -> Self {
        let pinyin = Pinyin::new(&tables.pinyin);
        let weights = zone_weights(&tables.zones);
        let rows = tables.industry_names.texts(["code", "name_en"]);
        let english: HashMap<&str, &str> = rows.map(|[code, name]| (code, name)).collect();
        let name = |text: &str| SearchName::new(text, &pinyin);
        let entry = |named: NamedCode<'_>| {
            let all = std::iter::once(named.name).chain(named.others.iter().map(String::as_str));
            SearchEntry {
                code: named.code.to_owned(),
                name: named.name.to_owned(),
                english: String::new(),
                weight: NO_WEIGHT,
                names: all.map(name).collect(),
            }
        };
        let divisions = divisions.map(|named| {
            let is_chinese = |name: &&String| name.chars().any(|c| c > '\u{2e80}');
            let in_english = named.others.iter().find(|name| !is_chinese(name)).cloned();
            let short = named.others.iter().find(is_chinese);
            let read = pinyin.read(short.map_or(named.name, String::as_str)).0;
            let mut found = entry(named);
            found.weight = weights.get(found.code.as_str()).copied().unwrap_or(NO_WEIGHT);
            found.english = in_english.unwrap_or_else(|| capitalized(&read));
            found
        });
        let industries = industries.filter(|named| named.code.len() > 1).map(|named| {
            let own = english.get(named.code).copied();
            let group = || named.code.get(..4).and_then(|group| english.get(group)).copied();
            let in_english = own.or_else(group).unwrap_or_default();
            let mut found = entry(named);
            found.english = in_english.to_owned();
            found.names.extend(own.map(name));
            found
        });
        let countries = countries.map(|named| {
            let in_english = named.others.first().cloned().unwrap_or_default();
            SearchEntry { english: in_english, ..entry(named) }
        });
        let rows = tables.synonyms.lists("words").zip(tables.synonyms.lists("codes"));
        let synonyms = rows.flat_map(|(words, codes)| {
            let codes: Vec<String> = codes.into_iter().map(str::to_owned).collect();
            let one = move |word: &str| (word.to_owned(), codes.clone());
            words.into_iter().map(one).collect::<Vec<_>>()
        });
        let groups = tables.groups.texts(["id", "name_zh", "name_en"]);
        let lists = tables.groups.lists("also").zip(tables.groups.lists("members"));
        Self {
            divisions: divisions.collect(),
            industries: industries.collect(),
            countries: countries.collect(),
            synonyms: synonyms
                .map(|(word, codes)| Synonym { name: name(&word), word, codes })
                .collect(),
            groups: groups
                .zip(lists)
                .map(|([id, zh, en], (also, members))| CountryGroup {
                    id: id.to_owned(),
                    name: (zh.to_owned(), en.to_owned()),
                    members: members.into_iter().map(str::to_owned).collect(),
                    names: [zh, en].into_iter().chain(also).map(name).collect(),
                })
                .collect(),
        }
    }
}

/// A word with a capital letter.
fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// The batch of the zone of each division that is one as a whole.
fn zone_weights(zones: &Table) -> HashMap<String, u8> {
    let batches = zones.texts(["batch"]).zip(zones.lists("prefixes"));
    let weights = batches.flat_map(|([batch], prefixes)| {
        let batch = batch.parse().unwrap_or(NO_WEIGHT);
        prefixes.into_iter().map(move |prefix| (format!("{prefix:0<6}"), batch)).collect::<Vec<_>>()
    });
    weights.collect()
}
