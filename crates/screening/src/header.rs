//! Which column holds which fact, and in which unit.
//!
//! Owns the reading of headers: names of facts, their labels, older names, the headers of the catalogue,
//! and units at their end (万元, 元). In go the headers of a file and what the user says of some of them,
//! out come [`Columns`], or all that cannot be decided, each with both readings and what to write. A
//! header that is nobody's passes through. It never guesses: two columns of one fact, one header of two
//! facts, and money without a unit stop the file.

use super::error::ScreenError;
use super::layout::{AGAIN, FIRST, LAST};
use export_advisor_core::facts::{Catalogue, Fact, FactId, Kind};
use export_advisor_core::wording::Lang;
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
    /// What they hold; nothing for a column that passes through.
    pub facts: Vec<Option<Mapped>>,
}

/// What the user says of a column: its header or `#` and its number, and a fact's name, with `:元` or
/// `:万元` for the unit, or `-` to let it pass.
pub type Said = (String, String);

/// Units of money, longest first, with the power of ten to 万元.
const UNITS: [(&str, i8); 14] = [
    ("10kyuan", 0),
    ("10,000yuan", 0),
    ("wanyuan", 0),
    ("人民币万元", 0),
    ("人民币元", -4),
    ("百万元", 2),
    ("万元", 0),
    ("亿元", 4),
    ("千元", -3),
    ("yuan", -4),
    ("wan", 0),
    ("cny", -4),
    ("rmb", -4),
    ("元", -4),
];

/// What the catalogue knows headers by.
#[derive(Debug)]
pub struct Headers<'a> {
    catalogue: &'a Catalogue,
    /// Folded header → what it can mean.
    known: HashMap<String, Vec<Mapped>>,
    /// Folded header of money without its unit → facts.
    bare: HashMap<String, Vec<FactId>>,
}

impl<'a> Headers<'a> {
    /// The headers of a catalogue.
    #[must_use]
    pub fn new(catalogue: &'a Catalogue) -> Self {
        let mut headers = Self { catalogue, known: HashMap::default(), bare: HashMap::default() };
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
                    let bare = unit(&folded).map_or(folded.as_str(), |(bare, _)| bare);
                    let facts = headers.bare.entry(bare.to_owned()).or_default();
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
        let found = self.known.entry(folded.to_owned()).or_default();
        if !found.contains(&mapped) {
            found.push(mapped);
        }
    }

    /// What a header can mean: nothing if it is nobody's.
    fn meanings(&self, header: &str) -> Meaning<'_> {
        let folded = fold(header);
        if let Some(found) = self.known.get(&folded) {
            return Meaning::Known(found.clone());
        }
        if let Some(facts) = self.bare.get(&folded) {
            return Meaning::NoUnit(facts);
        }
        if let Some((bare, shift)) = unit(&folded)
            && let Some(facts) = self.bare.get(bare)
        {
            return Meaning::Known(
                facts.iter().map(|fact| Mapped { fact: *fact, shift }).collect(),
            );
        }
        Meaning::Nothing
    }

    /// Whether a header is known, whatever it means.
    #[must_use]
    pub fn knows(&self, header: &str) -> bool {
        !matches!(self.meanings(header), Meaning::Nothing)
    }

    /// What one more key of a line means; nothing if that is not certain.
    #[must_use]
    pub fn meaning(&self, key: &str) -> Option<Mapped> {
        match self.meanings(key) {
            Meaning::Known(meanings) if meanings.len() == 1 => meanings.first().copied(),
            _ => None,
        }
    }

    /// Says what the columns of a file hold.
    ///
    /// # Errors
    /// All that cannot be decided, in words; as faults of the options if what was said of columns is wrong.
    pub fn read(
        &self,
        names: &[String],
        said: &[Said],
        lang: Lang,
    ) -> Result<Columns, ScreenError> {
        let words = Words { lang, catalogue: self.catalogue };
        let mut faults = Vec::new();
        let mut facts: Vec<Option<Mapped>> = vec![None; names.len()];
        let mut decided = vec![false; names.len()];
        for (header, fact) in said {
            let columns = columns_named(names, header);
            if columns.is_empty() {
                faults.push(words.no_column(header, names));
            }
            if columns.len() > 1 {
                faults.push(words.several_columns(header, &columns));
                continue;
            }
            match self.said(fact, &words) {
                Ok(mapped) => {
                    for column in columns {
                        if let (Some(slot), Some(done)) =
                            (facts.get_mut(column), decided.get_mut(column))
                        {
                            (*slot, *done) = (mapped, true);
                        }
                    }
                }
                Err(message) => faults.push(message),
            }
        }
        let kind = if faults.is_empty() { ScreenError::Columns } else { ScreenError::Options };
        for column in screened_before(names) {
            if let Some(done) = decided.get_mut(column) {
                *done = true;
            }
        }
        let rest = names.iter().zip(&mut facts).zip(&decided).filter(|(_, decided)| !**decided);
        for ((name, slot), _) in rest {
            match self.meanings(name) {
                Meaning::Nothing => {}
                Meaning::Known(meanings) => match meanings.as_slice() {
                    [one] => *slot = Some(*one),
                    several => faults.push(words.ambiguous(name, several)),
                },
                Meaning::NoUnit(meant) => faults.push(words.no_unit(name, meant)),
            }
        }
        for fact in &self.catalogue.facts {
            let columns: Vec<usize> = (facts.iter().enumerate())
                .filter(|(_, mapped)| mapped.is_some_and(|mapped| mapped.fact == fact.id))
                .map(|(column, _)| column)
                .collect();
            if columns.len() > 1 {
                faults.push(words.twice(fact, &columns, names));
            }
        }
        if faults.is_empty() && facts.iter().all(Option::is_none) {
            faults.push(words.nothing_known(names));
        }
        if faults.is_empty() {
            Ok(Columns { names: names.to_vec(), facts })
        } else {
            Err(kind(faults))
        }
    }

    fn said(&self, text: &str, words: &Words<'_>) -> Result<Option<Mapped>, String> {
        if text == "-" {
            return Ok(None);
        }
        let (name, in_unit) = match text.split_once([':', '：']) {
            Some((name, unit)) => (name, Some(unit)),
            None => (text, None),
        };
        let found = self.catalogue.find(name).or_else(|| self.catalogue.find_alias(name));
        let fact = found.ok_or_else(|| words.no_fact(name))?;
        let shift = match in_unit {
            None => 0,
            Some(named) => match UNITS.iter().find(|(unit, _)| *unit == fold(named)) {
                Some((_, shift)) if is_money(fact) => *shift,
                _ => return Err(words.no_such_unit(name, named)),
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
fn screened_before(names: &[String]) -> Vec<usize> {
    let is_added = |name: &str, added: &str| {
        name.strip_prefix(added).is_some_and(|again| again.replace(AGAIN, "").is_empty())
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

/// The columns that a header or `#3` names.
fn columns_named(names: &[String], header: &str) -> Vec<usize> {
    if let Some(number) = header.strip_prefix('#').and_then(|n| n.parse::<usize>().ok()) {
        return number.checked_sub(1).filter(|at| *at < names.len()).into_iter().collect();
    }
    let exact = |name: &&String| name.trim() == header.trim();
    let found = names.iter().enumerate().filter(|(_, name)| exact(name));
    found.map(|(column, _)| column).collect()
}

/// The form in which headers are compared: half-width, in lower case, without space, brackets and signs
/// between words.
fn fold(text: &str) -> String {
    let half = |c: char| match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    };
    let between = |c: &char| !c.is_whitespace() && !"()[]{}【】〔〕《》_-:/·*".contains(*c);
    let folded: String = text.chars().map(half).filter(between).collect();
    folded.to_lowercase().replace("单位", "")
}

/// A header without the unit at its end, and the power of ten of the unit.
fn unit(folded: &str) -> Option<(&str, i8)> {
    let found = UNITS.iter().find_map(|(unit, shift)| Some((folded.strip_suffix(unit)?, *shift)));
    found.filter(|(bare, _)| !bare.is_empty())
}

/// What is said of headers.
struct Words<'a> {
    lang: Lang,
    catalogue: &'a Catalogue,
}

impl Words<'_> {
    fn of(&self, zh: String, en: String) -> String {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    fn fact(&self, id: FactId) -> String {
        let fact = self.catalogue.fact(id);
        match self.lang {
            Lang::Zh => format!("{}（{}）", fact.label.zh, fact.name),
            Lang::En => format!("{} ({})", fact.label.en, fact.name),
        }
    }

    fn facts(&self, ids: impl Iterator<Item = FactId>) -> String {
        let facts: Vec<String> = ids.map(|id| self.fact(id)).collect();
        facts.join(match self.lang {
            Lang::Zh => "，也可以是",
            Lang::En => ", or ",
        })
    }

    fn name(&self, id: FactId) -> &str {
        &self.catalogue.fact(id).name
    }

    fn ambiguous(&self, header: &str, meanings: &[Mapped]) -> String {
        let both = self.facts(meanings.iter().map(|mapped| mapped.fact));
        let first = meanings.first().map_or("", |mapped| self.name(mapped.fact));
        self.of(
            format!("列“{header}”有多种读法：{both}。请用 --map '{header}={first}' 指明是哪一个。"),
            format!("the column `{header}` can be {both}: say which with --map '{header}={first}'"),
        )
    }

    fn no_unit(&self, header: &str, meant: &[FactId]) -> String {
        let facts = self.facts(meant.iter().copied());
        let name = meant.first().map_or("", |fact| self.name(*fact));
        self.of(
            format!(
                "列“{header}”（{facts}）没有写明单位：可能是万元，也可能是元。请把表头写成“{header}（万元）”或“{header}（元）”，或者加上 --map '{header}={name}:万元' 或 --map '{header}={name}:元'。"
            ),
            format!(
                "the column `{header}` ({facts}) names no unit: it may be 万元 (10,000 yuan) or 元 (yuan). Write the unit into the header, or add --map '{header}={name}:万元' or --map '{header}={name}:元'"
            ),
        )
    }

    fn twice(&self, fact: &Fact, columns: &[usize], names: &[String]) -> String {
        let shown: Vec<String> = (columns.iter())
            .map(|column| {
                let name = names.get(*column).map_or("", String::as_str);
                let number = column + 1;
                self.of(format!("第{number}列“{name}”"), format!("column {number} `{name}`"))
            })
            .collect();
        let last = columns.last().map_or(0, |column| column + 1);
        let fact = self.fact(fact.id);
        self.of(
            format!(
                "{}都被读作{fact}，只能留一列。不用的那一列请加上 --map '#{last}=-' 让它原样通过。",
                shown.join("、")
            ),
            format!(
                "{} are both read as {fact}: keep one, and let the other pass with --map '#{last}=-'",
                shown.join(" and ")
            ),
        )
    }

    fn no_column(&self, header: &str, names: &[String]) -> String {
        let near =
            export_advisor_core::diagnostic::nearest(header, names.iter().map(String::as_str));
        let (zh, en) = near.map_or((String::new(), String::new()), |near| {
            (format!("，是不是“{near}”？"), format!("; did you mean `{near}`?"))
        });
        self.of(
            format!("--map：文件里没有名为“{header}”的列{zh}"),
            format!("--map: the file has no column `{header}`{en}"),
        )
    }

    fn no_fact(&self, name: &str) -> String {
        let near = self.catalogue.nearest(name);
        let (zh, en) = near.map_or((String::new(), String::new()), |near| {
            (format!("，是不是“{near}”？"), format!("; did you mean `{near}`?"))
        });
        self.of(
            format!("--map：没有名为“{name}”的事实项{zh}"),
            format!("--map: no fact is named `{name}`{en}"),
        )
    }

    fn no_such_unit(&self, name: &str, unit: &str) -> String {
        self.of(
            format!("--map：“{name}”没有“{unit}”这个单位"),
            format!("--map: `{name}` has no unit `{unit}`"),
        )
    }

    fn several_columns(&self, header: &str, columns: &[usize]) -> String {
        let numbers: Vec<String> = columns.iter().map(|c| format!("#{}", c + 1)).collect();
        let numbers = numbers.join(", ");
        self.of(
            format!(
                "--map：名为“{header}”的列不止一个（{numbers}），请用列号指明，如 --map '#{}=…'",
                columns.first().map_or(0, |c| c + 1)
            ),
            format!(
                "--map: several columns are named `{header}` ({numbers}): name one by its number"
            ),
        )
    }

    fn nothing_known(&self, names: &[String]) -> String {
        let shown: Vec<&str> = names.iter().take(8).map(String::as_str).collect();
        let shown = shown.join(", ");
        self.of(
            format!(
                "没有一列的表头是认识的（{shown}…），结果会全是“待定”。第一行应当是表头；可用的列名见 export-advisor facts，或用 --map '表头=事实项' 指明。"
            ),
            format!(
                "no header is known ({shown} …), so nothing could be decided. The first line must be the header; see `export-advisor facts` for names, or say --map 'HEADER=fact'"
            ),
        )
    }
}
