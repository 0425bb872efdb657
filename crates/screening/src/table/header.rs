//! Which column holds which fact, and in which unit.
//!
//! Owns the meaning of headers: names of facts, their labels, aliases and headers in the catalogue, and the unit of
//! money at the end of a header (万元, 元). The headers of a file and the mappings of the user go in; [`Columns`] come
//! out, or all headers that cannot be decided, each with its possible meanings and what to write instead. An unknown
//! header passes through. Nothing is guessed: two columns of one fact, one header of two facts, and money without a
//! unit or with two stop the job. A fallback header, such as 行业 beside 行业代码, passes where another column holds
//! its fact.

use super::header_messages::HeaderMessages;
use super::header_text::{fold, is_one_off, last_bracket, units, without_remarks, without_year};
use super::names::{FIRST, LAST, SUFFIX};
use crate::error::ScreenError;
use export_advisor_core::facts::{
    Catalogue, Fact, FactId, Kind, LocalizedText, MoneyUnit, header_unit,
};
use export_advisor_core::wording::{Lang, shown};
use foldhash::{HashMap, HashSet};

/// A column that holds a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The fact.
    pub fact: FactId,
    /// The power of ten that a bare number is multiplied by.
    pub shift: i8,
}

/// The columns of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Their names as the file gives them.
    pub names: Vec<String>,
    /// What each holds; `None` for a column that passes through.
    pub facts: Vec<Option<Mapped>>,
    /// The indices of those that an earlier screening added, in order.
    pub results: Vec<usize>,
}

/// A mapping by the user: the header of a column, or `#` and its number; and the name of a fact, with `:元` or `:万元`
/// for the unit, or `-` to let the column pass.
pub type ColumnMapping = (String, String);

/// The headers that a catalogue knows.
#[derive(Debug)]
pub(crate) struct Headers<'a> {
    catalogue: &'a Catalogue,
    /// Folded header → its possible meanings.
    by_header: HashMap<String, Vec<Mapped>>,
    /// Folded header of money, without a unit → facts.
    without_unit: HashMap<String, Vec<FactId>>,
    /// Folded headers that name their fact only if no other column does.
    fallback: HashSet<String>,
}

impl<'a> Headers<'a> {
    /// The headers of a catalogue.
    pub(crate) fn new(catalogue: &'a Catalogue) -> Self {
        let mut headers = Self {
            catalogue,
            by_header: HashMap::default(),
            without_unit: HashMap::default(),
            fallback: HashSet::default(),
        };
        for fact in &catalogue.facts {
            let labels = [fact.label.zh.as_str(), fact.label.en.as_str()];
            let names =
                std::iter::once(fact.name.as_str()).chain(fact.aliases.iter().map(String::as_str));
            for name in names {
                headers.add(&fold(name), Mapped { fact: fact.id, shift: 0 });
            }
            let others = fact.headers.iter().map(String::as_str);
            for name in &fact.headers_fallback {
                let folded = fold(name);
                headers.add(&folded, Mapped { fact: fact.id, shift: 0 });
                headers.fallback.insert(folded);
            }
            if is_money(fact) {
                let yuan = fact.headers_yuan.iter().map(String::as_str);
                for text in labels.into_iter().chain(others).chain(yuan) {
                    let folded = fold(text);
                    let bare = units(&folded).next().map_or(folded.as_str(), |(bare, _)| bare);
                    let facts = headers.without_unit.entry(bare.to_owned()).or_default();
                    if !facts.contains(&fact.id) {
                        facts.push(fact.id);
                    }
                }
            } else {
                for text in labels.into_iter().chain(others) {
                    headers.add(&fold(text), Mapped { fact: fact.id, shift: 0 });
                }
            }
        }
        headers
    }

    fn add(&mut self, folded: &str, mapped: Mapped) {
        let found = self.by_header.entry(folded.to_owned()).or_default();
        if !found.contains(&mapped) {
            found.push(mapped);
        }
    }

    /// The possible meanings of a header.
    pub(crate) fn meanings(&self, header: &str) -> Meaning<'_> {
        let found = self.meanings_without_conflict(header);
        self.second_unit(header, &found).unwrap_or(found)
    }

    /// What a header means that states a unit and, in the bracket at its end, one more: `revenue_wan（元）`,
    /// `营业收入万元（元）`. `found` is what the whole was read as: only behind a name, which runs into what follows it,
    /// the bracket may say something else.
    fn second_unit(&self, header: &str, found: &Meaning<'_>) -> Option<Meaning<'_>> {
        let (before, inside) = last_bracket(header)?;
        let stated = header_unit(&fold(inside))?;
        let folded = fold(before);
        let spellings = without_year(&folded);
        let mut spellings = spellings.iter().chain([&folded]);
        let is_name = spellings.any(|spelling| self.by_header.contains_key(spelling));
        if !is_name && !matches!(found, Meaning::Nothing) {
            return None;
        }
        let Meaning::Known(meant) = self.meanings_without_conflict(before) else { return None };
        let [first] = meant.as_slice() else { return None };
        if !is_money(self.catalogue.fact(first.fact)) {
            return None;
        }
        Some(match stated {
            MoneyUnit::Complete(shift) if shift != first.shift => {
                Meaning::TwoUnits([*first, Mapped { shift, ..*first }])
            }
            _ => Meaning::Known(meant),
        })
    }

    /// The possible meanings of a header, one unit of money at most.
    fn meanings_without_conflict(&self, header: &str) -> Meaning<'_> {
        let folded = fold(header);
        let found = self.meanings_of(&folded);
        if !matches!(found, Meaning::Nothing) {
            return found;
        }
        // `2023年营业收入（万元）` is the figure of a year. Two columns of two years are two columns of one fact.
        let of_number = |id: &FactId| matches!(self.catalogue.fact(*id).kind, Kind::Number { .. });
        for bare in without_year(&folded) {
            match self.meanings_of(&bare) {
                Meaning::Known(meant) if meant.iter().all(|mapped| of_number(&mapped.fact)) => {
                    return Meaning::Known(meant);
                }
                Meaning::NoUnit(facts) => return Meaning::NoUnit(facts),
                _ => {}
            }
        }
        // `统一社会信用代码（18位）` and `行业代码【必填】` have a remark in brackets.
        let plain = without_remarks(header);
        if plain.len() < header.len() {
            self.meanings_without_conflict(&plain)
        } else {
            Meaning::Nothing
        }
    }

    /// Whether a header names its fact only if no other column does.
    pub(crate) fn is_fallback(&self, header: &str) -> bool {
        [fold(header), fold(&without_remarks(header))].iter().any(|f| self.fallback.contains(f))
    }

    /// For the columns that pass and whose header is one character off a known one: the column, and what to write if it
    /// is meant. A column that the user lets pass is not meant.
    pub(crate) fn nearly_known(
        &self,
        columns: &Columns,
        mappings: &[ColumnMapping],
    ) -> Vec<LocalizedText> {
        let mapped = mappings.iter().flat_map(|(header, _)| columns_named(&columns.names, header));
        let mapped: Vec<usize> = mapped.collect();
        let is_decided =
            |column: &usize| columns.results.contains(column) || mapped.contains(column);
        let passing = columns.names.iter().zip(&columns.facts).enumerate();
        let passing = passing.filter(|(column, (name, fact))| {
            fact.is_none() && !is_decided(column) && !self.knows(name)
        });
        let mut notes = Vec::new();
        for (_, (name, _)) in passing.take(MOST_COMPARED) {
            let folded = fold(name);
            // Fallback headers are common words: 企业名称 is no misspelt 行业名称.
            let known = self.by_header.iter().filter(|(header, _)| {
                is_one_off(&folded, header) && !self.fallback.contains(*header)
            });
            let known = known.min_by(|(a, _), (b, _)| a.cmp(b));
            let Some((header, [meant])) = known.map(|(h, meant)| (h, meant.as_slice())) else {
                continue;
            };
            let fact = &self.catalogue.fact(meant.fact).name;
            let shown = shown(name);
            notes.push(LocalizedText {
                zh: format!(
                    "列“{shown}”没有读，是不是“{header}”？如是，请改表头，或加 --map '{shown}={fact}'。"
                ),
                en: format!(
                    "the column `{shown}` is not read; did you mean `{header}`? then rename it, or add --map '{shown}={fact}'"
                ),
            });
        }
        notes
    }

    /// The possible meanings of a folded header.
    fn meanings_of(&self, folded: &str) -> Meaning<'_> {
        if let Some(found) = self.by_header.get(folded) {
            return Meaning::Known(found.clone());
        }
        if let Some(facts) = self.without_unit.get(folded) {
            return Meaning::NoUnit(facts);
        }
        for (bare, unit) in units(folded) {
            let Some(facts) = self.without_unit.get(bare) else { continue };
            return match unit {
                MoneyUnit::Complete(shift) => {
                    let mapped = facts.iter().map(|fact| Mapped { fact: *fact, shift });
                    Meaning::Known(mapped.collect())
                }
                MoneyUnit::Incomplete(_) => Meaning::NoUnit(facts),
            };
        }
        Meaning::Nothing
    }

    /// Whether a header is known, certain or not.
    pub(crate) fn knows(&self, header: &str) -> bool {
        !matches!(self.meanings(header), Meaning::Nothing)
    }

    /// The meaning of another key of a JSON line than the columns; `None` if it is not certain.
    pub(crate) fn meaning(&self, key: &str, columns: &Columns) -> Option<Mapped> {
        let Meaning::Known(meanings) = self.meanings(key) else { return None };
        let [meant] = meanings.as_slice() else { return None };
        let is_held = || columns.facts.iter().flatten().any(|mapped| mapped.fact == meant.fact);
        (!self.is_fallback(key) || !is_held()).then_some(*meant)
    }

    /// What the mappings of the user say of each column; `None` of one that they do not name.
    fn stated(
        &self,
        names: &[String],
        mappings: &[ColumnMapping],
        messages: &HeaderMessages<'_>,
        faults: &mut Vec<String>,
    ) -> Vec<Option<Option<Mapped>>> {
        let mut stated = vec![None; names.len()];
        for (header, fact) in mappings {
            let columns = columns_named(names, header);
            if columns.is_empty() {
                faults.push(messages.no_column(header, names));
            }
            if columns.len() > 1 {
                faults.push(messages.several_columns(header, &columns));
                continue;
            }
            match self.parse_mapping(fact, messages) {
                Ok(mapped) => {
                    for column in columns {
                        stated.get_mut(column).into_iter().for_each(|held| *held = Some(mapped));
                    }
                }
                Err(message) => faults.push(message),
            }
        }
        stated
    }

    /// What the mappings of the user alone say of the columns of a file.
    ///
    /// # Errors
    /// A mapping is wrong.
    pub(crate) fn mapped(
        &self,
        names: &[String],
        mappings: &[ColumnMapping],
        lang: Lang,
    ) -> Result<Vec<Option<Mapped>>, ScreenError> {
        let messages = HeaderMessages { lang, catalogue: self.catalogue };
        let mut faults = Vec::new();
        let stated = self.stated(names, mappings, &messages, &mut faults);
        let stated = stated.into_iter().map(Option::flatten).collect();
        if faults.is_empty() { Ok(stated) } else { Err(ScreenError::Options(faults)) }
    }

    /// Decides what the columns of a file hold.
    ///
    /// # Errors
    /// The messages for all headers that cannot be decided; as faults of the options if a mapping is wrong.
    pub(crate) fn read(
        &self,
        names: &[String],
        mappings: &[ColumnMapping],
        lang: Lang,
    ) -> Result<Columns, ScreenError> {
        let messages = HeaderMessages { lang, catalogue: self.catalogue };
        let mut faults = Vec::new();
        let stated = self.stated(names, mappings, &messages, &mut faults);
        let mut decided: Vec<bool> = stated.iter().map(Option::is_some).collect();
        let mut facts: Vec<Option<Mapped>> = stated.into_iter().map(Option::flatten).collect();
        let kind = if faults.is_empty() { ScreenError::Columns } else { ScreenError::Options };
        for column in columns_of_earlier_screenings(names) {
            if let Some(is_decided) = decided.get_mut(column) {
                *is_decided = true;
            }
        }
        let rest = names.iter().zip(&mut facts).zip(&decided).filter(|(_, decided)| !**decided);
        for ((name, mapped_to), _) in rest {
            match self.meanings(name) {
                Meaning::Nothing => {}
                Meaning::Known(meanings) => match meanings.as_slice() {
                    [one] => *mapped_to = Some(*one),
                    several => {
                        let facts: Vec<FactId> = several.iter().map(|mapped| mapped.fact).collect();
                        faults.push(messages.ambiguous(name, &facts));
                    }
                },
                Meaning::NoUnit(meant) => faults.push(messages.no_unit(name, meant)),
                Meaning::TwoUnits(meant) => faults.push(messages.two_units(name, meant)),
            }
        }
        for fact in &self.catalogue.facts {
            let mut columns: Vec<usize> = (facts.iter().enumerate())
                .filter(|(_, mapped)| mapped.is_some_and(|mapped| mapped.fact == fact.id))
                .map(|(column, _)| column)
                .collect();
            let is_fallback = |column: usize| {
                let is_decided = decided.get(column).copied().unwrap_or_default();
                !is_decided && names.get(column).is_some_and(|name| self.is_fallback(name))
            };
            if columns.iter().any(|column| !is_fallback(*column)) {
                columns.retain(|column| {
                    let passes = is_fallback(*column);
                    if let Some(mapped_to) = facts.get_mut(*column).filter(|_| passes) {
                        *mapped_to = None;
                    }
                    !passes
                });
            }
            if columns.len() > 1 {
                faults.push(messages.twice(fact, &columns, names));
            }
        }
        if faults.is_empty() && facts.iter().all(Option::is_none) {
            faults.push(messages.nothing_known(names));
        }
        if faults.is_empty() {
            let results = columns_of_earlier_screenings(names);
            Ok(Columns { names: names.to_vec(), facts, results })
        } else {
            Err(kind(faults))
        }
    }

    fn parse_mapping(
        &self,
        text: &str,
        messages: &HeaderMessages<'_>,
    ) -> Result<Option<Mapped>, String> {
        if text == "-" {
            return Ok(None);
        }
        let (name, in_unit) = match text.split_once([':', '：']) {
            Some((name, unit)) => (name, Some(unit)),
            None => (text, None),
        };
        let found = self.catalogue.find(name).or_else(|| self.catalogue.find_alias(name));
        let fact = found.ok_or_else(|| messages.no_fact(name))?;
        let shift = match in_unit {
            None => 0,
            Some(named) => match header_unit(&fold(named)) {
                Some(MoneyUnit::Complete(shift)) if is_money(fact) => shift,
                _ => return Err(messages.no_such_unit(name, named)),
            },
        };
        Ok(Some(Mapped { fact: fact.id, shift }))
    }
}

/// The possible meanings of a header.
pub(crate) enum Meaning<'a> {
    /// It names no fact.
    Nothing,
    /// It names these; one if it is certain.
    Known(Vec<Mapped>),
    /// It names money without a unit.
    NoUnit(&'a [FactId]),
    /// One fact in two units.
    TwoUnits([Mapped; 2]),
}

fn is_money(fact: &Fact) -> bool {
    matches!(&fact.kind, Kind::Number { unit, .. } if unit.zh == "万元")
}

/// The columns that an earlier screening added, from `uscc_ok` to `faults`: results, not answers of the firm. The
/// first is the last `uscc_ok` before `faults`, since a list can have a column of its own with that name.
pub(crate) fn columns_of_earlier_screenings(names: &[String]) -> Vec<usize> {
    let is_added = |name: &str, added: &str| {
        name.strip_prefix(added).is_some_and(|suffix| suffix.replace(SUFFIX, "").is_empty())
    };
    let (mut found, mut first) = (Vec::new(), None);
    for (column, name) in names.iter().enumerate() {
        if is_added(name, FIRST) {
            first = Some(column);
        } else if is_added(name, LAST)
            && let Some(first) = first.take()
        {
            found.extend(first..=column);
        }
    }
    found
}

/// The columns that a header, or a number such as `#3`, names.
pub(crate) fn columns_named(names: &[String], header: &str) -> Vec<usize> {
    if let Some(number) = header.strip_prefix('#').and_then(|n| n.parse::<usize>().ok()) {
        return number.checked_sub(1).filter(|index| *index < names.len()).into_iter().collect();
    }
    let exact = |name: &&String| name.trim() == header.trim();
    let found = names.iter().enumerate().filter(|(_, name)| exact(name));
    found.map(|(column, _)| column).collect()
}

/// How many columns are compared with all known headers.
const MOST_COMPARED: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_plan::plan;

    #[test]
    fn every_fact_has_headers_and_no_header_two_facts() {
        let book = &plan().book;
        let headers = Headers::new(&book.catalogue);
        for fact in &book.catalogue.facts {
            let money = matches!(&fact.kind, Kind::Number { unit, .. } if unit.zh == "万元");
            assert!(!fact.headers.is_empty(), "{} has no header for people", fact.name);
            assert_eq!(money, !fact.headers_yuan.is_empty(), "{}", fact.name);
            let labels = [fact.label.zh.clone(), fact.label.en.clone()];
            let plain = labels.into_iter().filter(|_| !money).chain(fact.headers.iter().cloned());
            let all = plain.map(|text| (text, 0)).chain([(fact.name.clone(), 0)]);
            let yuan = fact.headers_yuan.iter().map(|text| (text.clone(), -4));
            let fallback = fact.headers_fallback.iter().map(|text| (text.clone(), 0));
            for (text, shift) in all.chain(yuan).chain(fallback) {
                let read = headers.read(std::slice::from_ref(&text), &[], Lang::En).unwrap();
                assert_eq!(read.facts, [Some(Mapped { fact: fact.id, shift })], "{text}");
            }
        }
    }

    #[test]
    fn headers_are_read_with_their_units() {
        let headers = Headers::new(&plan().book.catalogue);
        let revenue = plan().book.catalogue.find("revenue_wan").unwrap().id;
        for (header, shift) in [
            ("营业收入(万元)", 0),
            ("营业收入（单位：元）", -4),
            ("年营业收入_亿元", 4),
            (" 营业收入 【千元】", -1),
            ("营业收入（千元）", -1),
            ("营业收入(百万元)", 2),
            ("营业收入（千万元）", 3),
            ("营业收入(万)", 0),
            ("营业收入（人民币万元）", 0),
            ("营业收入（万元人民币）", 0),
            ("2023年营业收入（万元）", 0),
            ("2023年度营业收入（亿元）", 4),
            ("营业收入(2023,千元)", -1),
            ("Revenue (yuan)", -4),
            ("Revenue (RMB million)", 2),
            ("Revenue (CNY'000)", -1),
            ("Revenue in millions of RMB", 2),
            ("FY2023 revenue (yuan)", -4),
            ("REVENUE_WAN", 0),
            ("revenue_wan（万元）", 0),
            ("revenue_wan (2023)", 0),
            ("revenue_wan（人民币）", 0),
            ("revenue_wan元", 0),
            ("Revenue in RMB (million)", 2),
        ] {
            let read = headers.read(&[header.to_owned()], &[], Lang::En).unwrap();
            assert_eq!(read.facts, [Some(Mapped { fact: revenue, shift })], "{header}");
        }
        let names = |list: &[&str]| list.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let mappings = |list: &[(&str, &str)]| {
            list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>()
        };
        let fault = |list: &[&str], map: &[(&str, &str)]| {
            headers.read(&names(list), &mappings(map), Lang::En).unwrap_err().to_string()
        };
        let no_unit = fault(&["营业收入", "是否出口"], &[]);
        assert!(
            no_unit.contains("万元") && no_unit.contains("--map '营业收入=revenue_wan:元'"),
            "{no_unit}"
        );
        let no_unit = fault(&["营业收入（人民币）", "是否出口"], &[]);
        assert!(no_unit.contains("revenue_wan:元"), "{no_unit}");
        let years = fault(&["2022年营业收入（万元）", "2023年营业收入（万元）"], &[]);
        assert!(years.contains("column 2 `2023年营业收入（万元）`"), "{years}");
        for (header, units) in [
            ("revenue_wan（元）", ["万元", "元"]),
            ("revenue_wan_2023 [yuan]", ["万元", "元"]),
            ("assets_wan（亿元）", ["万元", "亿元"]),
            ("营业收入万元（元）", ["万元", "元"]),
            ("营业收入（元）（万元）", ["元", "万元"]),
        ] {
            let two = fault(&[header], &[]);
            let fact = if header.starts_with("assets") { "assets_wan" } else { "revenue_wan" };
            for unit in units {
                let remedy = format!("--map '{header}={fact}:{unit}'");
                assert!(two.contains(&remedy), "{remedy}: {two}");
                assert!(
                    headers
                        .read(
                            &names(&[header]),
                            &mappings(&[(header, &format!("{fact}:{unit}"))]),
                            Lang::En
                        )
                        .is_ok()
                );
            }
        }
        let twice = fault(&["是否出口", "备注", "有无出口"], &[]);
        assert!(twice.contains("column 1 `是否出口`") && twice.contains("--map '#3=-'"), "{twice}");
        for header in [
            "统一社会信用代码（18位）",
            "\u{feff}统一社会信用代码",
            "统一\u{200b}社会信用代码*",
            "行业代码【必填】",
            "从业人数(人)（选填）",
        ] {
            let read = headers.read(&[header.to_owned()], &[], Lang::En);
            assert!(read.is_ok_and(|read| read.facts.iter().all(Option::is_some)), "{header}");
        }
        let passing = Columns {
            names: names(&["从业人員", "企业名称", "是否出囗"]),
            facts: vec![None; 3],
            results: Vec::new(),
        };
        let notes = headers.nearly_known(&passing, &[]);
        assert_eq!(notes.len(), 2, "{notes:?}");
        let passed = mappings(&[("#1", "-"), ("是否出囗", "-")]);
        assert_eq!(headers.nearly_known(&passing, &passed), []);
        let last = notes.last().unwrap();
        assert!(last.en.contains("--map '是否出囗=exports_goods'"), "{notes:?}");
        let nothing = fault(&["名称", "备注"], &[]);
        assert!(nothing.contains("no header is known"), "{nothing}");
        let map =
            fault(&["是否出口"], &[("是否出囗", "exports_goods"), ("是否出口", "export_goods")]);
        assert!(
            map.contains("did you mean `是否出口`?")
                && map.contains("did you mean `exports_goods`?"),
            "{map}"
        );
        let read = headers.read(
            &names(&["是否出口", "有无出口", "销售", "销售"]),
            &mappings(&[("#2", "-"), ("#4", "revenue_wan:元")]),
            Lang::En,
        );
        let exports = plan().book.catalogue.find("exports_goods").unwrap().id;
        let expected = [
            Some(Mapped { fact: exports, shift: 0 }),
            None,
            None,
            Some(Mapped { fact: revenue, shift: -4 }),
        ];
        assert_eq!(read.unwrap().facts, expected);
    }

    #[test]
    fn a_fallback_header_passes_beside_another_of_its_fact() {
        let headers = Headers::new(&plan().book.catalogue);
        let read = |list: &[&str], map: &[(&str, &str)]| {
            let names: Vec<String> = list.iter().map(|name| (*name).to_owned()).collect();
            let map: Vec<_> = map.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            let read = headers.read(&names, &map, Lang::En).ok()?;
            Some(read.facts.iter().map(Option::is_some).collect::<Vec<_>>())
        };
        assert_eq!(read(&["行业", "备注"], &[]), Some(vec![true, false]));
        assert_eq!(read(&["行业（必填）", "行业代码"], &[]), Some(vec![false, true]));
        assert_eq!(read(&["行业代码", "所属行业", "行业"], &[]), Some(vec![true, false, false]));
        assert_eq!(read(&["行业", "行业名称"], &[]), None, "which of them is not guessed");
        assert_eq!(read(&["行业", "x"], &[("x", "industry")]), Some(vec![false, true]));
        assert_eq!(read(&["行业", "行业代码"], &[("行业", "industry")]), None);
    }
}
