//! The fact catalogue: what a firm may state, declared in `rules/facts/*.toml`.

use super::draft::{DraftFact, DraftRatio, FactsFile};
use super::spelling::BETWEEN;
use super::toml_fault::read_toml;
use super::{FactId, Tables};
use crate::diagnostic::{Diagnostic, nearest};
use crate::index::IndexVec;
use foldhash::HashMap;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A text in Chinese and English.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "`{ zh = \"…\", en = \"…\" }`")]
pub struct LocalizedText {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl LocalizedText {
    /// Whether it says nothing in one language, or in both.
    pub(crate) fn lacks_a_language(&self) -> bool {
        self.zh.trim().is_empty() || self.en.trim().is_empty()
    }
}

/// A group of facts that are asked together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub id: String,
    /// Its heading.
    pub label: LocalizedText,
}

/// One allowed value of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumValue {
    /// As it is written in JSON and in rules.
    pub name: String,
    /// As people read it.
    pub label: LocalizedText,
    /// Other spellings, read in files.
    pub also: Vec<String>,
}

/// A value that a fact had in an earlier version of the rules. It is still read, with a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldValue {
    /// As it was written in JSON.
    pub name: String,
    /// Other spellings, read in files.
    pub also: Vec<String>,
    /// The values that it is read as, by index.
    pub means: Vec<u16>,
}

/// The page of the form on which a fact is asked together with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Together {
    /// Who and where the firm is.
    Basics,
    /// How large it is.
    Size,
    /// What it does: a list to tick; what is not ticked is a no.
    Activities,
    /// What it needs or meets with: a list to tick, as far as it still matters.
    Needs,
}

/// What a code is a code of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A division of GB/T 2260, six digits.
    Division,
    /// An industry of GB/T 4754-2017, a letter and two to four digits.
    Industry,
    /// A unified social credit code, 18 characters.
    Uscc,
    /// Goods of the Harmonized System, six digits.
    Hs,
    /// A country or region of ISO 3166-1, two letters.
    Country,
}

/// The type of a fact's values.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Yes or no.
    Bool,
    /// A number.
    Number {
        /// Whether it has no fraction.
        whole: bool,
        /// Its unit.
        unit: LocalizedText,
        /// The least allowed value.
        min: Decimal,
        /// The greatest allowed value.
        max: Decimal,
    },
    /// One of the fact's enum values.
    Enum {
        /// Whether the values are listed from low to high.
        ordered: bool,
    },
    /// A code.
    Code {
        /// What it is a code of.
        format: Format,
        /// Whether `"none"` (known to be none) is allowed.
        none: bool,
    },
    /// A list of the fact's enum values.
    EnumList,
    /// A list of codes.
    Codes {
        /// What they are codes of.
        format: Format,
    },
}

/// What a number usually is for each one of another, such as revenue for each employee. Whoever gives both outside of
/// it is asked whether they are right; nothing else follows from it.
#[derive(Clone, Debug, PartialEq)]
pub struct UsualRatio {
    /// The other fact.
    pub per: FactId,
    /// The least that is usual, in the unit of the fact.
    pub least: Decimal,
    /// The most.
    pub most: Decimal,
}

/// One declared fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Its index in the catalogue.
    pub id: FactId,
    /// Its name in JSON, rules, CSV and SQL.
    pub name: String,
    /// The index of its group.
    pub group: usize,
    /// The type of its values.
    pub kind: Kind,
    /// A short noun phrase, used in reasons.
    pub label: LocalizedText,
    /// The question to the firm.
    pub question: LocalizedText,
    /// Help with the answer.
    pub help: LocalizedText,
    /// Whether a firm can change it itself within months.
    pub changeable: bool,
    /// Facts on which whole families of supports hang are asked first, lower ranks before higher.
    pub rank: Option<u32>,
    /// The page on which it is asked with others; nothing if it has a page of its own.
    pub together: Option<Together>,
    /// Whether firms often do not know it, so that a missing tick would say nothing.
    pub doubtful: bool,
    /// Whether only an office can say it: it is a line of what to ask there, and no question to the firm.
    pub decided_by_office: bool,
    /// What a number usually is per one of another fact.
    pub usual_per: Option<UsualRatio>,
    /// Other names, read in JSON with a notice.
    pub aliases: Vec<String>,
    /// Other headers of a column of a file.
    pub headers: Vec<String>,
    /// Headers of a column in yuan where the fact is in 万元.
    pub headers_yuan: Vec<String>,
    /// Headers that name the fact only if no other column does.
    pub headers_fallback: Vec<String>,
    /// The allowed enum values, if the fact has a list.
    pub values: Vec<EnumValue>,
    /// The table that the values are taken from. They are areas: one that is merely alike is another area.
    pub(crate) values_table: Option<String>,
    /// Values of earlier versions of the rules.
    pub old_values: Vec<OldValue>,
    /// How the codes of the industries begin that are likely to answer with yes; empty if all are.
    /// Orders what is asked, and answers nothing.
    pub industries: Vec<String>,
    by_name: HashMap<String, u16>,
    /// Name, labels and other spellings, folded → index of the value.
    by_spelling: HashMap<String, u16>,
}

impl Fact {
    /// The index of an enum value by one of its spellings in files: its name, its labels, other
    /// spellings; given half-width, without space and in lower case.
    pub(super) fn spelling(&self, folded: &str) -> Option<u16> {
        self.by_spelling.get(folded).copied()
    }

    /// A value of an earlier version of the rules, by its name.
    pub(super) fn old_value(&self, name: &str) -> Option<&OldValue> {
        self.old_values.iter().find(|old| old.name == name)
    }

    /// A value of an earlier version of the rules, by one of its spellings in files; given half-width,
    /// without space and in lower case.
    pub(super) fn old_spelling(&self, folded: &str) -> Option<&OldValue> {
        self.old_values.iter().find(|old| {
            let mut all = old.also.iter().chain([&old.name]);
            all.any(|text| super::spelling::spelling(text) == folded)
        })
    }

    /// Whether firms of an industry, given by its code, are likely to answer with yes.
    #[must_use]
    pub fn is_likely_in(&self, industry: &str) -> bool {
        self.industries.is_empty()
            || self.industries.iter().any(|start| industry.starts_with(start.as_str()))
    }

    /// The index of an enum value, by its name.
    #[must_use]
    pub fn value_index(&self, name: &str) -> Option<u16> {
        self.by_name.get(name).copied()
    }

    /// The name of an enum value, by its index.
    #[must_use]
    pub fn value_name(&self, index: u16) -> &str {
        self.values.get(usize::from(index)).map_or("", |w| w.name.as_str())
    }

    /// Whether it is an amount of money, kept in 万元.
    #[must_use]
    pub fn is_money(&self) -> bool {
        matches!(&self.kind, Kind::Number { unit, .. } if unit.zh == "万元")
    }

    /// Whether its values are lists.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self.kind, Kind::EnumList | Kind::Codes { .. })
    }
}

/// All facts, in the order in which they are shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// The groups in order.
    pub groups: Vec<Group>,
    /// The facts in order.
    pub facts: IndexVec<FactId, Fact>,
    by_name: HashMap<String, FactId>,
    by_alias: HashMap<String, FactId>,
}

/// How many facts a catalogue may have; see [`super::FactSet`].
const MOST_FACTS: usize = 255;

/// The longest name of a fact: with what SQL puts before or after it, a column's name must have at
/// most 63 bytes.
const LONGEST_NAME: usize = 50;

/// What stands beside facts in answers and lists, and says something else there.
const TAKEN: [&str; 5] = ["unknown", "missing", "ask_next", "faults", "uscc_ok"];

impl Catalogue {
    /// A fact by its index.
    ///
    /// # Panics
    /// Never for an id that this catalogue gave out.
    #[must_use]
    pub fn fact(&self, id: FactId) -> &Fact {
        self.facts.at(id)
    }

    /// A fact by its name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Fact> {
        self.by_name.get(name).map(|id| self.fact(*id))
    }

    /// A fact by one of its other names.
    #[must_use]
    pub fn find_alias(&self, name: &str) -> Option<&Fact> {
        self.by_alias.get(name).map(|id| self.fact(*id))
    }

    /// The name nearest to one that does not exist.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.facts.iter().map(|fact| fact.name.as_str()))
    }

    /// Reads the catalogue. Faults are added to `faults`; what could be read is returned.
    pub fn load<'a>(
        files: impl Iterator<Item = (&'a str, &'a str)>,
        tables: &Tables,
        faults: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut read: Vec<(&str, &str, FactsFile)> = Vec::new();
        for (file, text) in files {
            read.extend(read_toml(file, text, faults).map(|facts| (file, text, facts)));
        }
        read.sort_by_key(|(.., facts)| facts.group.order);
        let mut catalogue = Self::default();
        for (file, text, facts) in read {
            let group = catalogue.groups.len();
            catalogue.groups.push(Group { id: facts.group.id, label: facts.group.label });
            // What comes after the most that there may be is ignored.
            for draft in facts.fact.into_iter().take(MOST_FACTS + 1) {
                catalogue.add(file, text, group, draft, tables, faults);
            }
        }
        catalogue
    }

    /// The ratio of a draft; nothing if it names no number so far, or its limits are none.
    fn usual_ratio(&self, draft: &DraftRatio) -> Option<UsualRatio> {
        let per = self.find(&draft.fact)?;
        let limit = |text: &str| Decimal::from_str_exact(text).ok();
        let (least, most) = (limit(&draft.least)?, limit(&draft.most)?);
        let is_sound = matches!(per.kind, Kind::Number { .. }) && least <= most;
        is_sound.then_some(UsualRatio { per: per.id, least, most })
    }

    fn add(
        &mut self,
        file: &str,
        text: &str,
        group: usize,
        draft: DraftFact,
        tables: &Tables,
        faults: &mut Vec<Diagnostic>,
    ) {
        let span = draft.name.span();
        let fault = |code, message: String, help: &str| {
            Diagnostic::new(code, file, message, help).at_bytes(text, span.clone())
        };
        let name = draft.name.get_ref().clone();
        if name.is_empty()
            || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        {
            faults.push(fault(
                "fact-name",
                format!("`{name}` cannot be a fact's name"),
                "use lower-case letters, digits and `_`",
            ));
        }
        if name.len() > LONGEST_NAME {
            faults.push(fault(
                "fact-name",
                format!("`{name}` has more than {LONGEST_NAME} characters"),
                "a fact names a column in SQL, where names are short: shorten it",
            ));
        }
        if TAKEN.contains(&name.as_str()) {
            faults.push(fault(
                "fact-name",
                format!(
                    "`{name}` cannot be a fact's name: it says something else in answers and lists"
                ),
                "choose another name",
            ));
        }
        let Ok(id) = u16::try_from(self.facts.len()) else { return };
        if self.facts.len() >= MOST_FACTS {
            faults.push(fault(
                "fact-count",
                format!("there are more than {MOST_FACTS} facts"),
                "merge facts, or raise the size of a fact set",
            ));
            return;
        }
        if draft.decided_by_office && (draft.together.is_some() || draft.rank.is_some()) {
            faults.push(fault(
                "fact-office",
                format!("`{name}` is decided by an office, and yet has a page or a rank"),
                "remove `together` and `rank`: the form asks no firm what only an office can say",
            ));
        }
        let usual_per = draft.usual_per.as_ref().map(|ratio| self.usual_ratio(ratio));
        if usual_per == Some(None) {
            faults.push(fault(
                "fact-ratio",
                format!("`usual_per` of `{name}` is no range for one of another number"),
                "name a number above it in the catalogue, and write `least` below `most`, both in quotes",
            ));
        }
        let values = values_of(&draft, tables);
        let kind = match draft.kind() {
            Ok(kind) => kind,
            Err(message) => {
                faults.push(fault("fact-type", message, "see rules/README.md, “事实目录”"));
                return;
            }
        };
        if matches!(kind, Kind::Number { min, max, .. } if min > max) {
            faults.push(fault(
                "fact-range",
                format!("the `min` of `{name}` is above its `max`: no number can be answered"),
                "correct one of the two",
            ));
        }
        if matches!(kind, Kind::Enum { .. } | Kind::EnumList) && values.is_empty() {
            faults.push(fault(
                "fact-words",
                format!("`{name}` has no values"),
                "add `[[fact.values]]` blocks, or `values_from` with a table that exists",
            ));
        }
        let by_name: HashMap<String, u16> =
            (0..).zip(&values).map(|(i, w)| (w.name.clone(), i)).collect();
        let by_spelling = match spellings(&values) {
            Ok(spellings) => spellings,
            Err(twice) => {
                faults.push(fault(
                    "fact-words",
                    format!("`{twice}` spells two values of `{name}`"),
                    "each label and each spelling of `also` for one value only",
                ));
                HashMap::default()
            }
        };
        if by_name.len() != values.len() || by_name.contains_key("unknown") {
            faults.push(fault(
                "fact-words",
                format!("a value of `{name}` stands twice or is `unknown`"),
                "each value once; `unknown` is allowed for every fact already",
            ));
        }
        let mut labels = values.iter().flat_map(|value| [&value.label.zh, &value.label.en]);
        let separated = labels.find(|label| label.contains(BETWEEN)).cloned();
        drop(labels);
        if let Some(label) = separated.filter(|_| kind == Kind::EnumList) {
            faults.push(fault(
                "fact-words",
                format!("`{label}` of `{name}` has a separator in it, so a list of labels cannot be read"),
                "write it without commas, semicolons and slashes, such as with brackets",
            ));
        }
        let old_values: Option<Vec<OldValue>> = (draft.old_values.iter())
            .map(|old| {
                let means = old.means.iter().map(|name| by_name.get(name).copied());
                let means = means.collect::<Option<Vec<u16>>>()?;
                let is_new = !by_name.contains_key(&old.value);
                let fits = matches!(kind, Kind::EnumList) || means.len() == 1;
                (is_new && fits).then(|| OldValue {
                    name: old.value.clone(),
                    also: old.also.clone(),
                    means,
                })
            })
            .collect();
        if old_values.is_none() {
            faults.push(fault(
                "fact-words",
                format!("an old value of `{name}` means no value of today, or is still one"),
                "write `means = [\"…\"]` with today's values; one value only where the fact has one",
            ));
        }
        let id = FactId::from(usize::from(id));
        for (other, aliased) in
            std::iter::once((&name, false)).chain(draft.aliases.iter().map(|alias| (alias, true)))
        {
            if self.by_name.contains_key(other) || self.by_alias.contains_key(other) {
                faults.push(fault(
                    "fact-twice",
                    format!("the name `{other}` is taken by another fact"),
                    "choose another name, or remove one of the two",
                ));
            }
            let names = if aliased { &mut self.by_alias } else { &mut self.by_name };
            names.insert(other.clone(), id);
        }
        self.facts.push(Fact {
            id,
            name,
            group,
            kind,
            label: draft.label,
            question: draft.question,
            help: draft.help,
            changeable: draft.changeable,
            rank: draft.rank,
            together: draft.together,
            doubtful: draft.doubtful,
            decided_by_office: draft.decided_by_office,
            usual_per: usual_per.flatten(),
            aliases: draft.aliases,
            headers: draft.headers,
            headers_yuan: draft.headers_yuan,
            headers_fallback: draft.headers_fallback,
            values,
            values_table: draft.values_from.map(|source| source.table),
            old_values: old_values.unwrap_or_default(),
            industries: draft.industries,
            by_name,
            by_spelling,
        });
    }
}

fn values_of(draft: &DraftFact, tables: &Tables) -> Vec<EnumValue> {
    let listed = draft.values.iter().map(|value| EnumValue {
        name: value.name.clone(),
        label: value.label.clone(),
        also: value.also.clone(),
    });
    let from_table = draft.values_from.iter().flat_map(|source| {
        let columns = [source.name.as_str(), source.zh.as_str(), source.en.as_str()];
        tables.get(&source.table).into_iter().flat_map(move |table| {
            let also = table.lists(source.also.as_deref().unwrap_or_default());
            table.texts(columns).zip(also).map(|([name, zh, en], also)| EnumValue {
                name: name.to_owned(),
                label: LocalizedText { zh: zh.to_owned(), en: en.to_owned() },
                also: also.into_iter().map(str::to_owned).collect(),
            })
        })
    });
    listed.chain(from_table).collect()
}

/// Every spelling of the values → its index, or a spelling that two values have.
fn spellings(values: &[EnumValue]) -> Result<HashMap<String, u16>, String> {
    let mut found: HashMap<String, u16> = HashMap::default();
    for (index, value) in (0..).zip(values) {
        let also = value.also.iter().map(String::as_str);
        let all = [value.name.as_str(), &value.label.zh, &value.label.en].into_iter().chain(also);
        for text in all.filter(|text| !text.is_empty()) {
            let before = found.insert(super::spelling::spelling(text), index);
            if before.is_some_and(|other| other != index) {
                return Err(text.to_owned());
            }
        }
    }
    Ok(found)
}
