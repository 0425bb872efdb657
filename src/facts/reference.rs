//! Places, industries and countries: which codes exist, and what they are called.

use super::{Format, Table};
use crate::diagnostic::nearest;
use rustc_hash::FxHashMap as HashMap;
use std::collections::BTreeMap;
use std::ops::Bound;

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

/// The code lists behind facts of type code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    divisions: BTreeMap<String, String>,
    retired: BTreeMap<String, (String, String)>,
    industries: BTreeMap<String, String>,
    /// Digits without the letter → code; the digits of the standard are unique.
    industry_digits: HashMap<String, String>,
    countries: HashMap<String, (String, String)>,
    country_names: HashMap<String, String>,
}

impl Reference {
    /// Takes the lists out of the tables `divisions`, `divisions-retired`, `industries`,
    /// `countries`. A list that is missing is empty: its codes then are all unknown.
    #[must_use]
    pub fn load(tables: &BTreeMap<String, Table>) -> Self {
        let mut lists = Self::default();
        let owned = |pair: [&str; 2]| (pair[0].to_owned(), pair[1].to_owned());
        if let Some(table) = tables.get("divisions") {
            lists.divisions = table.texts(["code", "name"]).map(owned).collect();
        }
        if let Some(table) = tables.get("divisions-retired") {
            for [code, name, successor, prefecture] in
                table.texts(["code", "name", "successor", "prefecture_now"])
            {
                let now = if successor.is_empty() { prefecture } else { successor };
                lists.retired.insert(code.to_owned(), (name.to_owned(), now.to_owned()));
            }
        }
        if let Some(table) = tables.get("industries") {
            for [code, name] in table.texts(["code", "name"]) {
                lists.industries.insert(code.to_owned(), name.to_owned());
                let digits = code.trim_start_matches(|c: char| c.is_ascii_alphabetic());
                lists.industry_digits.insert(digits.to_owned(), code.to_owned());
            }
        }
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

    /// What a division code means, or nothing if it never was one.
    #[must_use]
    pub fn place(&self, code: &str) -> Option<Place> {
        if self.divisions.contains_key(code) {
            return Some(Place::Current);
        }
        let (name, now) = self.retired.get(code)?;
        Some(Place::Retired { name: name.clone(), now: now.clone() })
    }

    /// An industry code in its full form: a missing section letter is added.
    #[must_use]
    pub fn industry(&self, code: &str) -> Option<&str> {
        match self.industries.get_key_value(code) {
            Some((known, _)) => Some(known),
            None => self.industry_digits.get(code).map(String::as_str),
        }
    }

    /// A country's code, from its code or one of its names.
    #[must_use]
    pub fn country(&self, text: &str) -> Option<&str> {
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
            Format::Division => self.divisions.get(code).map(|n| (n.as_str(), n.as_str())),
            Format::Industry => self.industries.get(code).map(|n| (n.as_str(), n.as_str())),
            Format::Country => self.countries.get(code).map(|(zh, en)| (zh.as_str(), en.as_str())),
            Format::Uscc | Format::Hs => None,
        }
    }

    /// Whether a code of divisions or industries begins so; `retired` divisions count where codes
    /// of former years occur, as in credit codes.
    #[must_use]
    pub fn begins(&self, format: Format, start: &str, retired: bool) -> bool {
        fn any<T>(list: &BTreeMap<String, T>, start: &str) -> bool {
            let mut from = list.range::<str, _>((Bound::Included(start), Bound::Unbounded));
            from.next().is_some_and(|(code, _)| code.starts_with(start))
        }
        match format {
            Format::Division => any(&self.divisions, start) || retired && any(&self.retired, start),
            Format::Industry => any(&self.industries, start),
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
        list.iter().map(|(code, name)| (code.clone(), name.clone())).collect()
    }

    /// The known code nearest to one that is not.
    #[must_use]
    pub fn nearest(&self, format: Format, code: &str) -> Option<&str> {
        let keys = match format {
            Format::Division => &self.divisions,
            Format::Industry => &self.industries,
            _ => return None,
        };
        nearest(code, keys.keys().map(String::as_str))
    }
}
