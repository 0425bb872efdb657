//! The columns that screening adds, and the words that stand in them.
//!
//! Owns names, order and words of `uscc_ok`, the derived facts, one status a support, `missing` and
//! `faults`, made once a file. A name that an input column has already gets `_screened` at its end, so a
//! file can be screened again.

use export_advisor_core::evaluate::PartialValue;
use export_advisor_core::facts::{Fact, FactId, FactSet, Kind};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::Status;
use export_advisor_core::wording::{self, Lang};
use foldhash::HashSet;

/// The end of a name that an input column has already.
pub const AGAIN: &str = "_screened";

/// The name of the first added column.
pub const FIRST: &str = "uscc_ok";

/// The name of the last added column.
pub const LAST: &str = "faults";

/// A derived fact that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedColumn {
    /// The fact.
    pub fact: FactId,
    /// Its place among the plan's derived facts.
    pub nodes: usize,
    /// The name of its column.
    pub name: String,
}

/// The added columns.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The language of words.
    pub lang: Lang,
    /// The name of the column that says whether the credit code passes its checks.
    pub uscc_ok: String,
    /// The derived facts that are shown.
    pub derived: Vec<DerivedColumn>,
    /// The supports that are asked, by place, with the names of their columns.
    pub supports: Vec<(usize, String)>,
    /// The name of the column of missing facts.
    pub missing: String,
    /// The name of the column of faults.
    pub faults: String,
    /// The words of applies, does not apply, undetermined in files for people.
    statuses: [String; 3],
    /// Per fact, its name.
    facts: Vec<String>,
    /// Per derived column, its words in files for people.
    words: Vec<Vec<String>>,
    /// Per derived column, its words as the catalogue has them.
    plain: Vec<Vec<String>>,
    /// The names of all added columns.
    added: HashSet<String>,
}

impl Layout {
    /// The columns for some supports and derived facts, beside those that the input has. A fact that is named
    /// twice has one column.
    #[must_use]
    pub fn new(
        plan: &Plan,
        lang: Lang,
        supports: &[usize],
        derived: &[FactId],
        input: &[String],
    ) -> Self {
        let free = |name: &str| free(name, input);
        let catalogue = &plan.book.catalogue;
        let mut seen = HashSet::default();
        let derived: Vec<DerivedColumn> = (derived.iter())
            .filter(|fact| seen.insert(**fact))
            .filter_map(|fact| {
                let nodes = plan.derived.iter().position(|nodes| nodes.fact == *fact)?;
                Some(DerivedColumn { fact: *fact, nodes, name: free(&catalogue.fact(*fact).name) })
            })
            .collect();
        let words =
            derived.iter().map(|column| labels(catalogue.fact(column.fact), lang)).collect();
        let plain = derived.iter().map(|column| {
            catalogue.fact(column.fact).values.iter().map(|word| word.name.clone()).collect()
        });
        let plain = plain.collect();
        let status = |status| lang.of(&wording::status(status)).to_owned();
        let supports = supports
            .iter()
            .filter_map(|place| Some((*place, free(&plan.book.supports.get(*place)?.id))));
        let mut layout = Self {
            lang,
            uscc_ok: free(FIRST),
            derived,
            supports: supports.collect(),
            missing: free("missing"),
            faults: free(LAST),
            statuses: match lang {
                Lang::Zh => {
                    [Status::Applies, Status::DoesNotApply, Status::Undetermined].map(status)
                }
                Lang::En => [Status::Applies, Status::DoesNotApply, Status::Undetermined]
                    .map(|status| status.as_str().to_owned()),
            },
            facts: catalogue.facts.iter().map(|fact| fact.name.clone()).collect(),
            words,
            plain,
            added: HashSet::default(),
        };
        layout.added = layout.names().map(str::to_owned).collect();
        layout
    }

    /// Whether an added column has this name.
    #[must_use]
    pub fn is_added(&self, name: &str) -> bool {
        self.added.contains(name)
    }

    /// The name of a fact.
    #[must_use]
    pub fn fact(&self, fact: FactId) -> &str {
        self.facts.get(fact.index()).map_or("", String::as_str)
    }

    /// A word of a derived column as the catalogue has it.
    #[must_use]
    pub fn word(&self, column: usize, place: u16) -> &str {
        let words = self.plain.get(column).and_then(|words| words.get(usize::from(place)));
        words.map_or("", String::as_str)
    }

    /// The names of all added columns, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.uscc_ok.as_str())
            .chain(self.derived.iter().map(|column| column.name.as_str()))
            .chain(self.supports.iter().map(|(_, name)| name.as_str()))
            .chain([self.missing.as_str(), self.faults.as_str()])
    }

    /// The word of a status in files for people.
    #[must_use]
    pub fn status(&self, status: Status) -> &str {
        let [applies, not, open] = &self.statuses;
        match status {
            Status::Applies => applies,
            Status::DoesNotApply => not,
            Status::Undetermined => open,
        }
    }

    /// The names of all facts, in the order of the catalogue.
    #[must_use]
    pub fn facts(&self) -> &[String] {
        &self.facts
    }

    /// The words of a derived column in files for people.
    #[must_use]
    pub fn derived_words(&self, column: usize) -> &[String] {
        self.words.get(column).map_or(&[], Vec::as_slice)
    }

    /// The names of facts, parted by `;`.
    pub fn write_facts(&self, facts: FactSet, out: &mut Vec<u8>) {
        for (index, fact) in facts.iter().enumerate() {
            if index > 0 {
                out.push(b';');
            }
            out.extend_from_slice(self.fact(fact).as_bytes());
        }
    }

    /// What is known of a derived fact, as files for people say it; empty if nothing is.
    #[must_use]
    pub fn derived_text(&self, column: usize, stage: &PartialValue) -> String {
        let words = self.derived_words(column);
        let word = |place: &u16| words.get(usize::from(*place)).map_or("", String::as_str);
        let (most, and_more) = match self.lang {
            Lang::Zh => ("不超过", "等"),
            Lang::En => ("at most ", "; …"),
        };
        let list = |items: Vec<&str>, complete: bool| match (items.is_empty(), complete) {
            (true, true) => match self.lang {
                Lang::Zh => "无".to_owned(),
                Lang::En => "none".to_owned(),
            },
            (true, false) => String::new(),
            (false, true) => items.join(";"),
            (false, false) => format!("{}{and_more}", items.join(";")),
        };
        match stage {
            PartialValue::Unknown => String::new(),
            PartialValue::Bool(yes) => match (self.lang, yes) {
                (Lang::Zh, true) => "是".to_owned(),
                (Lang::Zh, false) => "否".to_owned(),
                (Lang::En, true) => "yes".to_owned(),
                (Lang::En, false) => "no".to_owned(),
            },
            PartialValue::Enum(place) => word(place).to_owned(),
            PartialValue::AtMost(place) => format!("{most}{}", word(place)),
            PartialValue::EnumList { has, complete } => {
                list(has.iter().map(word).collect(), *complete)
            }
            PartialValue::Codes { has, complete } => {
                list(has.iter().map(String::as_str).collect(), *complete)
            }
        }
    }
}

/// A name that no input column has, made of one that it may have.
#[must_use]
pub fn free<T: AsRef<str>>(name: &str, input: &[T]) -> String {
    let mut name = name.to_owned();
    while input.iter().any(|it| it.as_ref() == name) {
        name.push_str(AGAIN);
    }
    name
}

fn labels(fact: &Fact, lang: Lang) -> Vec<String> {
    match fact.kind {
        Kind::Enum { .. } | Kind::EnumList => {
            fact.values.iter().map(|word| lang.of(&word.label).to_owned()).collect()
        }
        _ => Vec::new(),
    }
}
