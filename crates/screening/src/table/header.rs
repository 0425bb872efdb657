//! Which column holds which fact, and in which unit.
//!
//! Owns the meaning of headers: names of facts, their labels, aliases and headers in the catalogue, and the unit of
//! money at the end of a header (万元, 元). The headers of a file and the mappings of the user go in; [`Columns`] come
//! out, or all headers that cannot be decided, each with its possible meanings and what to write instead. An unknown
//! header passes through. Nothing is guessed: two columns of one fact, one header of two facts, and money without a
//! unit stop the job.

use super::header_messages::HeaderMessages;
use super::names::{FIRST, LAST, SUFFIX};
use crate::error::ScreenError;
use export_advisor_core::facts::{
    Catalogue, Fact, FactId, Kind, LocalizedText, MoneyUnit, half_width, header_unit,
};
use export_advisor_core::wording::{Lang, shown};
use foldhash::HashMap;

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
}

impl<'a> Headers<'a> {
    /// The headers of a catalogue.
    pub(crate) fn new(catalogue: &'a Catalogue) -> Self {
        let mut headers =
            Self { catalogue, by_header: HashMap::default(), without_unit: HashMap::default() };
        for fact in &catalogue.facts {
            let labels = [fact.label.zh.as_str(), fact.label.en.as_str()];
            let names =
                std::iter::once(fact.name.as_str()).chain(fact.aliases.iter().map(String::as_str));
            for name in names {
                headers.add(&fold(name), Mapped { fact: fact.id, shift: 0 });
            }
            let others = fact.headers.iter().map(String::as_str);
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
    fn meanings(&self, header: &str) -> Meaning<'_> {
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
        if plain.len() < header.len() { self.meanings(&plain) } else { Meaning::Nothing }
    }

    /// For the columns that pass and whose header is one character off a known one: the column, and what to write if it
    /// is meant.
    pub(crate) fn nearly_known(&self, columns: &Columns) -> Vec<LocalizedText> {
        let passing = columns.names.iter().zip(&columns.facts).enumerate();
        let passing = passing
            .filter(|(column, (_, fact))| fact.is_none() && !columns.results.contains(column));
        let mut notes = Vec::new();
        for (_, (name, _)) in passing.take(MOST_COMPARED) {
            let folded = fold(name);
            let known = self.by_header.iter().filter(|(header, _)| is_one_off(&folded, header));
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

    /// The meaning of another key of a JSON line; `None` if it is not certain.
    pub(crate) fn meaning(&self, key: &str) -> Option<Mapped> {
        match self.meanings(key) {
            Meaning::Known(meanings) if meanings.len() == 1 => meanings.first().copied(),
            _ => None,
        }
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
        let mut facts: Vec<Option<Mapped>> = vec![None; names.len()];
        let mut decided = vec![false; names.len()];
        for (header, fact) in mappings {
            let columns = columns_named(names, header);
            if columns.is_empty() {
                faults.push(messages.no_column(header, names));
            }
            if columns.len() > 1 {
                faults.push(messages.several_columns(header, &columns));
                continue;
            }
            match self.parse_mapping(fact, &messages) {
                Ok(mapped) => {
                    for column in columns {
                        if let (Some(mapped_to), Some(is_decided)) =
                            (facts.get_mut(column), decided.get_mut(column))
                        {
                            (*mapped_to, *is_decided) = (mapped, true);
                        }
                    }
                }
                Err(message) => faults.push(message),
            }
        }
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
            }
        }
        for fact in &self.catalogue.facts {
            let columns: Vec<usize> = (facts.iter().enumerate())
                .filter(|(_, mapped)| mapped.is_some_and(|mapped| mapped.fact == fact.id))
                .map(|(column, _)| column)
                .collect();
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

enum Meaning<'a> {
    Nothing,
    Known(Vec<Mapped>),
    NoUnit(&'a [FactId]),
}

fn is_money(fact: &Fact) -> bool {
    matches!(&fact.kind, Kind::Number { unit, .. } if unit.zh == "万元")
}

/// The columns that an earlier screening added, from `uscc_ok` to `faults`: results, not answers of the firm. The
/// first is the last `uscc_ok` before `faults`, since a list can have a column of its own with that name.
fn columns_of_earlier_screenings(names: &[String]) -> Vec<usize> {
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

/// Remarks in brackets that do not change the meaning of a header, folded; any other may.
const REMARKS: [&str; 13] = [
    "必填",
    "选填",
    "可选",
    "可空",
    "非必填",
    "required",
    "optional",
    "人",
    "名",
    "个",
    "家",
    "是否",
    "下拉选择",
];

/// A header without the remarks in brackets that do not change its meaning.
fn without_remarks(header: &str) -> String {
    let mut plain = String::with_capacity(header.len());
    let mut rest = header;
    while let Some(open) = rest.find(['(', '（', '[', '【', '〔']) {
        let (before, bracket) = rest.split_at(open);
        let Some(close) = bracket.find([')', '）', ']', '】', '〕']) else { break };
        let inside = fold(bracket.get(..close).unwrap_or_default());
        let is_length =
            inside.strip_suffix('位').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
        plain.push_str(before);
        let mut end = bracket.get(close..).unwrap_or_default().chars();
        end.next();
        if !is_length && !REMARKS.contains(&inside.as_str()) {
            plain.push_str(bracket.get(..bracket.len() - end.as_str().len()).unwrap_or_default());
        }
        rest = end.as_str();
    }
    plain.push_str(rest);
    plain
}

/// Whether two folded headers of at least three characters differ in one character, or one has one more.
fn is_one_off(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() < 3 || long.len() - short.len() > 1 || short == long {
        return false;
    }
    let same = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    let rest = |list: &[char], from: usize| list.get(from..).unwrap_or_default().to_vec();
    let skipped = usize::from(short.len() == long.len());
    rest(&short, same + skipped) == rest(&long, same + 1)
}

/// The form in which headers are compared: half-width, in lower case, without spaces, brackets, punctuation and
/// characters without width.
fn fold(text: &str) -> String {
    let has_width = |c: char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    let between = |c: &char| {
        has_width(*c) && !c.is_whitespace() && !"()[]{}【】〔〕《》_-:/·*,、;'‘’".contains(*c)
    };
    let folded: String = text.chars().map(half_width).filter(between).collect();
    folded.to_lowercase().replace("单位", "")
}

/// The units of money that a folded header may end in, the longest first, each with the rest of the header.
fn units(folded: &str) -> impl Iterator<Item = (&str, MoneyUnit)> {
    let splits = folded.char_indices().skip(1).filter_map(|(end, _)| folded.split_at_checked(end));
    splits.filter_map(|(bare, unit)| Some((bare, header_unit(unit)?)))
}

/// A folded header without its year, if it has one: the same header with more and more of `2023年度` removed.
fn without_year(folded: &str) -> Vec<String> {
    let is_digit = |c: char| c.is_ascii_digit();
    let years = folded.char_indices().filter_map(|(start, _)| {
        let (before, rest) = folded.split_at_checked(start)?;
        let (year, after) = rest.split_at_checked(4)?;
        let is_year = (year.starts_with("19") || year.starts_with("20"))
            && year.chars().all(is_digit)
            && !before.ends_with(is_digit)
            && !after.starts_with(is_digit);
        is_year.then_some((before.strip_suffix("fy").unwrap_or(before), after))
    });
    let years: Vec<(&str, &str)> = years.collect();
    let [(before, after)] = years.as_slice() else { return Vec::new() };
    let after_year = ["年度", "年", ""].iter().filter_map(|suffix| after.strip_prefix(suffix));
    after_year.map(|after| format!("{before}{after}")).collect()
}

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
            for (text, shift) in all.chain(yuan) {
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
            names: names(&["从业人員", "备注", "是否出囗"]),
            facts: vec![None; 3],
            results: Vec::new(),
        };
        let notes = headers.nearly_known(&passing);
        assert_eq!(notes.len(), 2, "{notes:?}");
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
}
