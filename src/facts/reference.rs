//! Places, industries and countries: which codes exist, and what they are called.

use super::{Format, Table};
use crate::diagnostic::nearest;
use rustc_hash::FxHashMap as HashMap;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What a division code means today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In force.
    Current,
    /// No longer in force; the code that the place has now, if that is certain, else the
    /// prefecture that it lies in now.
    Retired {
        /// Its last name.
        name: String,
        /// The code to read instead.
        now: String,
    },
}

/// A list of codes: the rows of a table, sorted by code, as places in the table's text. Thousands
/// of rows are taken at every load, so none is copied.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Codes<const N: usize> {
    text: Arc<str>,
    /// The code, then the other columns.
    rows: Vec<[Range<usize>; N]>,
}

impl<const N: usize> Default for Codes<N> {
    fn default() -> Self {
        Self { text: Arc::from(""), rows: Vec::new() }
    }
}

impl<const N: usize> Codes<N> {
    fn take(table: Option<&Table>, columns: [&str; N]) -> Self {
        let Some(table) = table else { return Self::default() };
        let mut codes = Self { text: Arc::clone(table.text()), rows: Vec::new() };
        codes.rows = table.spans(columns).collect();
        let text = &codes.text;
        codes.rows.sort_by(|a, b| field(text, a, 0).cmp(field(text, b, 0)));
        codes
    }

    fn column(&self, row: &[Range<usize>; N], column: usize) -> &str {
        field(&self.text, row, column)
    }

    /// The first row whose code is not below `start`.
    fn from(&self, start: &str) -> Option<&[Range<usize>; N]> {
        let place = self.rows.partition_point(|row| self.column(row, 0) < start);
        self.rows.get(place)
    }

    fn get(&self, code: &str) -> Option<&[Range<usize>; N]> {
        self.from(code).filter(|row| self.column(row, 0) == code)
    }

    /// The name of a code: its second column.
    fn name(&self, code: &str) -> Option<&str> {
        self.get(code).map(|row| self.column(row, 1))
    }

    fn begins(&self, start: &str) -> bool {
        self.from(start).is_some_and(|row| self.column(row, 0).starts_with(start))
    }

    fn codes(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| self.column(row, 0))
    }
}

fn field<'a>(text: &'a str, row: &[Range<usize>], column: usize) -> &'a str {
    row.get(column).and_then(|span| text.get(span.clone())).unwrap_or("")
}

/// The code lists behind facts of type code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// Code, name.
    divisions: Codes<2>,
    /// Code, last name, successor, prefecture now.
    retired: Codes<4>,
    /// Code, name.
    industries: Codes<2>,
    /// The places of the industries by their digits without the letter, which are unique.
    by_digits: Vec<usize>,
    countries: HashMap<String, (String, String)>,
    country_names: HashMap<String, String>,
}

impl Reference {
    /// Takes the lists out of the tables `divisions`, `divisions-retired`, `industries`,
    /// `countries`. A list that is missing is empty: its codes then are all unknown.
    #[must_use]
    pub fn load(tables: &BTreeMap<String, Table>) -> Self {
        let mut lists = Self {
            divisions: Codes::take(tables.get("divisions"), ["code", "name"]),
            retired: Codes::take(
                tables.get("divisions-retired"),
                ["code", "name", "successor", "prefecture_now"],
            ),
            industries: Codes::take(tables.get("industries"), ["code", "name"]),
            ..Self::default()
        };
        let mut by_digits: Vec<usize> = (0..lists.industries.rows.len()).collect();
        by_digits.sort_by(|a, b| lists.digits(*a).cmp(lists.digits(*b)));
        lists.by_digits = by_digits;
        if let Some(table) = tables.get("countries") {
            let names = table.texts(["alpha2", "name_zh", "name_en"]);
            for ([code, zh, en], aliases) in names.zip(table.lists("aliases")) {
                lists.countries.insert(code.to_owned(), (zh.to_owned(), en.to_owned()));
                let all = [zh, en].into_iter().chain(aliases);
                for name in all {
                    lists.country_names.insert(name.to_lowercase(), code.to_owned());
                }
            }
        }
        lists
    }

    /// The digits of an industry, by its place.
    fn digits(&self, place: usize) -> &str {
        let code = self.industries.rows.get(place).map(|row| self.industries.column(row, 0));
        code.unwrap_or("").trim_start_matches(|c: char| c.is_ascii_alphabetic())
    }

    /// What a division code means, or nothing if it never was one.
    #[must_use]
    pub fn place(&self, code: &str) -> Option<Place> {
        if self.divisions.get(code).is_some() {
            return Some(Place::Current);
        }
        let row = self.retired.get(code)?;
        let (name, now) = (self.retired.column(row, 1), self.retired_now(row));
        Some(Place::Retired { name: name.to_owned(), now: now.to_owned() })
    }

    /// The code to read instead of a retired one: its successor, else its prefecture.
    fn retired_now(&self, row: &[Range<usize>; 4]) -> &str {
        let [successor, prefecture] = [2, 3].map(|column| self.retired.column(row, column));
        if successor.is_empty() { prefecture } else { successor }
    }

    /// The division codes no longer in force, each with the code to read instead; sorted.
    pub fn retired(&self) -> impl Iterator<Item = (&str, &str)> {
        let rows = self.retired.rows.iter();
        let codes = rows.map(|row| (self.retired.column(row, 0), self.retired_now(row)));
        // A code that was given out again means what it means today.
        codes.filter(|(code, _)| self.divisions.get(code).is_none())
    }

    /// An industry code in its full form: a missing section letter is added.
    #[must_use]
    pub fn industry(&self, code: &str) -> Option<&str> {
        let row = self.industries.get(code).or_else(|| {
            let place = self.by_digits.partition_point(|place| self.digits(*place) < code);
            let place = *self.by_digits.get(place).filter(|place| self.digits(**place) == code)?;
            self.industries.rows.get(place)
        })?;
        Some(self.industries.column(row, 0))
    }

    /// A country's code, from its code or one of its names.
    #[must_use]
    pub fn country(&self, text: &str) -> Option<&str> {
        if let Some((known, _)) = self.countries.get_key_value(text) {
            return Some(known);
        }
        match self.countries.get_key_value(text.to_uppercase().as_str()) {
            Some((known, _)) => Some(known),
            None => self.country_names.get(&text.to_lowercase()).map(String::as_str),
        }
    }

    /// The name of a code, Chinese and English; divisions and industries have a Chinese one only,
    /// given twice.
    #[must_use]
    pub fn name(&self, format: Format, code: &str) -> Option<(&str, &str)> {
        match format {
            Format::Division => self.divisions.name(code).map(|name| (name, name)),
            Format::Industry => self.industries.name(code).map(|name| (name, name)),
            Format::Country => self.countries.get(code).map(|(zh, en)| (zh.as_str(), en.as_str())),
            Format::Uscc | Format::Hs => None,
        }
    }

    /// Whether a code of divisions or industries begins so; `retired` divisions count where codes
    /// of former years occur, as in credit codes.
    #[must_use]
    pub fn begins(&self, format: Format, start: &str, retired: bool) -> bool {
        match format {
            Format::Division => {
                self.divisions.begins(start) || retired && self.retired.begins(start)
            }
            Format::Industry => self.industries.begins(start),
            _ => false,
        }
    }

    /// All codes of divisions or industries with their names, sorted.
    #[must_use]
    pub fn list(&self, format: Format) -> Vec<(String, String)> {
        let list = match format {
            Format::Division => &self.divisions,
            Format::Industry => &self.industries,
            _ => return Vec::new(),
        };
        let names = list.rows.iter().map(|row| list.column(row, 1).to_owned());
        list.codes().map(str::to_owned).zip(names).collect()
    }

    /// All countries and regions: code, Chinese and English name, by code.
    #[must_use]
    pub fn countries(&self) -> Vec<(&str, &str, &str)> {
        let all = self.countries.iter();
        let mut list: Vec<_> =
            all.map(|(code, (zh, en))| (code.as_str(), zh.as_str(), en.as_str())).collect();
        list.sort_unstable();
        list
    }

    /// The known code nearest to one that is not.
    #[must_use]
    pub fn nearest(&self, format: Format, code: &str) -> Option<&str> {
        let keys = match format {
            Format::Division => &self.divisions,
            Format::Industry => &self.industries,
            _ => return None,
        };
        nearest(code, keys.codes())
    }
}
