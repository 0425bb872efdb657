//! Places, industries and countries: which codes exist, and what they are called.

use super::names::{DivisionNames, DivisionRow, IndustryNames, NameMatch, Named, key, short_names};
use super::search::{NamedCode, SearchNames, SearchTables};
use super::{Format, Table, Tables};
use foldhash::HashMap;
use std::sync::{Arc, OnceLock};

/// What a division code means today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DivisionState {
    /// In force.
    Current,
    /// No longer in force; the code that the division has now, if that is certain, else the
    /// prefecture that it lies in now.
    Retired {
        /// Its last name.
        name: String,
        /// The code to read instead.
        now: String,
    },
}

/// A list of codes: the rows of a table by their codes. Thousands of rows are taken at every load,
/// so none is copied.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Codes<const N: usize> {
    table: Arc<Table>,
    /// The indices of the code's column, then of the others.
    columns: [Option<usize>; N],
    /// The rows, sorted by code.
    rows: Vec<u32>,
}

impl<const N: usize> Default for Codes<N> {
    fn default() -> Self {
        Self { table: Arc::default(), columns: [None; N], rows: Vec::new() }
    }
}

impl<const N: usize> Codes<N> {
    fn take(table: Option<&Arc<Table>>, columns: [&str; N]) -> Self {
        let Some(table) = table else { return Self::default() };
        let columns = columns.map(|name| table.column(name));
        let rows = (0..).take(table.len()).collect();
        let mut codes = Self { table: Arc::clone(table), columns, rows };
        let mut rows = std::mem::take(&mut codes.rows);
        rows.sort_by(|a, b| codes.column(*a, 0).cmp(codes.column(*b, 0)));
        codes.rows = rows;
        codes
    }

    fn column(&self, row: u32, column: usize) -> &str {
        self.table.text(row as usize, self.columns.get(column).copied().flatten())
    }

    /// The first row whose code is not below `start`.
    fn from(&self, start: &str) -> Option<u32> {
        let division = self.rows.partition_point(|row| self.column(*row, 0) < start);
        self.rows.get(division).copied()
    }

    fn get(&self, code: &str) -> Option<u32> {
        self.from(code).filter(|row| self.column(*row, 0) == code)
    }

    /// The name of a code: its second column.
    fn name(&self, code: &str) -> Option<&str> {
        self.get(code).map(|row| self.column(row, 1))
    }

    fn begins(&self, start: &str) -> bool {
        self.from(start).is_some_and(|row| self.column(row, 0).starts_with(start))
    }

    fn codes(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| self.column(*row, 0))
    }
}

/// An index that is built when it is first needed. It holds nothing that the tables do not, so all are equal.
#[derive(Clone, Debug, Default)]
struct Lazy<T>(OnceLock<T>);

impl<T> PartialEq for Lazy<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Lazy<T> {}

/// The same, shared by all clones.
type SharedLazy<T> = Arc<Lazy<T>>;

/// The code lists behind facts of type code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// Code, name, code of what it lies in.
    divisions: Codes<3>,
    /// Code, last name, successor, prefecture now.
    retired: Codes<4>,
    /// Code, name, code of what it lies in.
    industries: Codes<3>,
    /// The industries by their digits without the letter, which are unique.
    by_digits: Vec<u32>,
    /// Code, Chinese and English name.
    countries: Codes<3>,
    /// Code in capital letters → the country.
    country_codes: HashMap<[u8; 2], u32>,
    /// The key of a name → the country.
    country_names: HashMap<String, u32>,
    /// Other names: the tables of the provinces, by two digits, and of the divisions.
    provinces: Arc<Table>,
    division_names: Arc<Table>,
    divisions_by_name: Lazy<DivisionNames>,
    industries_by_name: Lazy<IndustryNames>,
    search_tables: SearchTables,
    search_names: SharedLazy<SearchNames>,
}

impl Reference {
    /// Takes the lists out of the tables `divisions`, `divisions-retired`, `industries`, `countries`, and other
    /// names of divisions out of `provinces` and `division-names`; and the tables of searches. A list that is missing
    /// is empty: its codes then are all unknown.
    #[must_use]
    pub fn load(tables: &Tables) -> Self {
        let mut lists = Self {
            divisions: Codes::take(tables.get("divisions"), ["code", "name", "parent"]),
            retired: Codes::take(
                tables.get("divisions-retired"),
                ["code", "name", "successor", "prefecture_now"],
            ),
            industries: Codes::take(tables.get("industries"), ["code", "name", "parent"]),
            countries: Codes::take(tables.get("countries"), ["alpha2", "name_zh", "name_en"]),
            provinces: tables.get("provinces").cloned().unwrap_or_default(),
            division_names: tables.get("division-names").cloned().unwrap_or_default(),
            search_tables: SearchTables::take(tables),
            ..Self::default()
        };
        let mut by_digits = lists.industries.rows.clone();
        by_digits.sort_by(|a, b| lists.digits(*a).cmp(lists.digits(*b)));
        lists.by_digits = by_digits;
        for (row, aliases) in (0..).zip(lists.countries.table.lists("aliases")) {
            let [code, zh, en] = [0, 1, 2].map(|column| lists.countries.column(row, column));
            if let Ok(code) = code.as_bytes().try_into() {
                lists.country_codes.insert(code, row);
            }
            for name in [zh, en].into_iter().chain(aliases) {
                lists.country_names.insert(key(name), row);
            }
        }
        lists
    }

    /// The digits of an industry.
    fn digits(&self, row: u32) -> &str {
        self.industries.column(row, 0).trim_start_matches(|c: char| c.is_ascii_alphabetic())
    }

    /// What a division code means, or nothing if it never was one.
    #[must_use]
    pub fn division(&self, code: &str) -> Option<DivisionState> {
        if self.divisions.get(code).is_some() {
            return Some(DivisionState::Current);
        }
        let row = self.retired.get(code)?;
        let (name, now) = (self.retired.column(row, 1), self.retired_now(row));
        Some(DivisionState::Retired { name: name.to_owned(), now: now.to_owned() })
    }

    /// The code to read instead of a retired one: its successor, else its prefecture.
    fn retired_now(&self, row: u32) -> &str {
        let [successor, prefecture] = [2, 3].map(|column| self.retired.column(row, column));
        if successor.is_empty() { prefecture } else { successor }
    }

    /// The code of the province in which a division code lies, by its first two digits.
    pub(super) fn province_of(&self, code: &str) -> Option<&str> {
        Some(self.divisions.column(self.province_row(code)?, 0))
    }

    fn province_row(&self, code: &str) -> Option<u32> {
        self.divisions.get(&format!("{:0<6}", code.get(..2)?))
    }

    /// The name of the province in which a division code lies, by its first two digits.
    pub(super) fn province_name(&self, code: &str) -> Option<&str> {
        Some(self.divisions.column(self.province_row(code)?, 1))
    }

    /// What a name names.
    pub(super) fn named(&self, format: Format, text: &str) -> NameMatch {
        match format {
            Format::Division => {
                self.divisions_by_name.0.get_or_init(|| self.division_names()).find(text)
            }
            Format::Industry => self.industry_named(text),
            _ => NameMatch::Nothing,
        }
    }

    /// The names by which the form searches.
    #[must_use]
    pub fn search_names(&self) -> &SearchNames {
        self.search_names.0.get_or_init(|| {
            let mut others: HashMap<String, Vec<&str>> = HashMap::default();
            for (code, name) in self.other_division_names() {
                others.entry(code).or_default().push(name);
            }
            let divisions = self.divisions.rows.iter().map(|row| {
                let [code, name] = [0, 1].map(|column| self.divisions.column(*row, column));
                let listed = others.get(code).into_iter().flatten().map(|name| (*name).to_owned());
                NamedCode { code, name, others: listed.chain(short_names(name)).collect() }
            });
            let industries = self.industries.rows.iter().map(|row| {
                let [code, name] = [0, 1].map(|column| self.industries.column(*row, column));
                NamedCode { code, name, others: Vec::new() }
            });
            let aliases = self.countries.table.column("aliases");
            let countries = self.countries.rows.iter().map(|row| {
                let [code, name, english] =
                    [0, 1, 2].map(|column| self.countries.column(*row, column));
                let aliases = self.countries.table.text(*row as usize, aliases).split('|');
                let others =
                    std::iter::once(english).chain(aliases.filter(|name| !name.is_empty()));
                NamedCode { code, name, others: others.map(str::to_owned).collect() }
            });
            SearchNames::new(&self.search_tables, divisions, industries, countries)
        })
    }

    /// Other names of divisions in force, by their codes: the English one of each first.
    fn other_division_names(&self) -> impl Iterator<Item = (String, &str)> {
        let provinces = self.provinces.texts(["code", "name_en"]).zip(self.provinces.lists("also"));
        let provinces = provinces.map(|([code, en], also)| (format!("{code:0<6}"), en, also));
        let others = self.division_names.texts(["code", "name_en"]);
        let others = others.zip(self.division_names.lists("also"));
        let others = others.map(|([code, en], also)| (code.to_owned(), en, also));
        provinces.chain(others).flat_map(|(code, en, also)| {
            let all = std::iter::once(en).chain(also).filter(|name| !name.is_empty());
            all.map(move |name| (code.clone(), name)).collect::<Vec<_>>()
        })
    }

    fn division_names(&self) -> DivisionNames {
        let current = self.divisions.rows.iter().map(|row| {
            let [code, name, related] = [0, 1, 2].map(|column| self.divisions.column(*row, column));
            DivisionRow { code, name, related }
        });
        let retired = self.retired.rows.iter().map(|row| {
            let [code, name] = [0, 1].map(|column| self.retired.column(*row, column));
            DivisionRow { code, name, related: self.retired_now(*row) }
        });
        DivisionNames::new(current, retired, self.other_division_names())
    }

    /// The industry of a name. A group with a single class of the same name is that class.
    fn industry_named(&self, text: &str) -> NameMatch {
        let names = self.industries_by_name.0.get_or_init(|| {
            let rows = self.industries.rows.iter();
            IndustryNames::new(
                rows.map(|row| (self.industries.column(*row, 0), self.industries.column(*row, 1))),
            )
        });
        let codes = names.codes(text);
        let named = |code: &str| Named {
            code: code.to_owned(),
            name: self.industries.name(code).unwrap_or_default().to_owned(),
            now: None,
        };
        let Some(first) = codes.first() else { return NameMatch::Nothing };
        if codes.iter().all(|code| code.starts_with(first.as_str())) {
            let mut meant = first;
            while let Some(inner) = codes.iter().find(|code| self.is_only_class(meant, code)) {
                meant = inner;
            }
            return NameMatch::One(named(meant));
        }
        let listed = codes.iter().map(|code| {
            let (_, outer) = self.outer_industry(code).unwrap_or_default();
            let name = named(code).name;
            (code.clone(), if outer.is_empty() { name } else { format!("{outer} {name}") })
        });
        NameMatch::Several(listed.collect())
    }

    /// Whether an industry is the only one directly within another.
    fn is_only_class(&self, outer: &str, inner: &str) -> bool {
        let is_inner =
            |code: &str| self.outer_industry(code).is_some_and(|(code, _)| code == outer);
        is_inner(inner) && self.industries.codes().filter(|code| is_inner(code)).count() == 1
    }

    /// The code and the name of what an industry lies in directly.
    fn outer_industry(&self, code: &str) -> Option<(&str, &str)> {
        let outer = self.industries.column(self.industries.get(code)?, 2);
        let row = self.industries.get(outer)?;
        Some((self.industries.column(row, 0), self.industries.column(row, 1)))
    }

    /// The division codes no longer in force, each with the code to read instead; sorted.
    pub fn retired(&self) -> impl Iterator<Item = (&str, &str)> {
        let rows = self.retired.rows.iter();
        let codes = rows.map(|row| (self.retired.column(*row, 0), self.retired_now(*row)));
        // A code that was given out again means what it means today.
        codes.filter(|(code, _)| self.divisions.get(code).is_none())
    }

    /// An industry code in its full form: a missing section letter is added.
    #[must_use]
    pub fn industry(&self, code: &str) -> Option<&str> {
        let row = self.industries.get(code).or_else(|| {
            let index = self.by_digits.partition_point(|row| self.digits(*row) < code);
            self.by_digits.get(index).copied().filter(|row| self.digits(*row) == code)
        })?;
        Some(self.industries.column(row, 0))
    }

    /// The industry whose number may have lost its zero, where that is another one: 111 is B111, or A0111.
    #[must_use]
    pub(crate) fn industry_with_zero(&self, digits: &str) -> Option<&str> {
        let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let known = number && self.industry(digits).is_some();
        known.then(|| self.industry(&format!("0{digits}"))).flatten()
    }

    /// A country's code, from its code or one of its names.
    #[must_use]
    pub fn country(&self, text: &str) -> Option<&str> {
        let code = <[u8; 2]>::try_from(text.as_bytes()).ok();
        let row =
            code.and_then(|code| self.country_codes.get(&code.map(|b| b.to_ascii_uppercase())));
        let row = row.or_else(|| self.country_names.get(&key(text)))?;
        Some(self.countries.column(*row, 0))
    }

    /// The name of a code, Chinese and English; divisions and industries have a Chinese one only,
    /// given twice.
    #[must_use]
    pub fn name(&self, format: Format, code: &str) -> Option<(&str, &str)> {
        match format {
            Format::Division => self.divisions.name(code).map(|name| (name, name)),
            Format::Industry => self.industries.name(code).map(|name| (name, name)),
            Format::Country => {
                let row = self.countries.get(code)?;
                Some((self.countries.column(row, 1), self.countries.column(row, 2)))
            }
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
        let names = list.rows.iter().map(|row| list.column(*row, 1).to_owned());
        list.codes().map(str::to_owned).zip(names).collect()
    }

    /// All countries and regions: code, Chinese and English name, by code.
    #[must_use]
    pub fn countries(&self) -> Vec<(&str, &str, &str)> {
        let rows = self.countries.rows.iter();
        rows.map(|row| [0, 1, 2].map(|column| self.countries.column(*row, column)).into()).collect()
    }

    /// The code that was meant by one that is none, where only its form is wrong: a division's without the zeros at
    /// its end, an industry's number without the zero at its start. Codes that are merely alike are other places and
    /// other trades, so none of them is suggested.
    #[must_use]
    pub fn nearest(&self, format: Format, code: &str) -> Option<&str> {
        match format {
            Format::Division => {
                let row = self.divisions.get(&format!("{code:0<6}"))?;
                Some(self.divisions.column(row, 0))
            }
            Format::Industry => self.industry_with_zero(code),
            _ => None,
        }
    }
}
