//! The columns that screening adds: their names, their order, and the labels of their values.
//!
//! Owns `uscc_ok`, the derived facts, one status a support, on request what excludes a firm from each support,
//! `missing`, on request `ask_next`, `warnings` and `faults`; it is made once for a file. A name that an input column has already gets the suffix
//! `_screened`, so a file can be screened again. The values themselves are in `added`.

use crate::table::names::{EXCLUDED_BY, FIRST, LAST, unique};
use export_advisor_core::evaluate::PartialValue;
use export_advisor_core::facts::{Fact, FactId, Kind};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::{ExcludedBy, Status};
use export_advisor_core::wording::{self, Lang};
use foldhash::HashSet;

/// A derived fact that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DerivedColumn {
    /// The fact.
    pub(crate) fact: FactId,
    /// Its index among the plan's derived facts.
    pub(crate) nodes: usize,
    /// The name of its column.
    pub(crate) name: String,
}

/// Which of the columns that can be left out a file has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OptionalColumns {
    /// What excludes a firm, a column for each support.
    pub(crate) excluded_by: bool,
    /// The missing facts.
    pub(crate) missing: bool,
    /// The fact to ask for next.
    pub(crate) ask_next: bool,
}

/// The added columns.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The language of labels.
    pub(crate) lang: Lang,
    /// The name of the column that says whether the credit code passes its checks.
    pub(crate) uscc_ok: String,
    /// The derived facts that are shown.
    pub(crate) derived: Vec<DerivedColumn>,
    /// The indices of the requested supports, with the names of their columns.
    pub(crate) supports: Vec<(usize, String)>,
    /// The names of the columns that tell what excludes a firm, one a support of `supports`; none if they are not
    /// requested.
    pub(crate) excluded_by: Vec<String>,
    /// The name of the column of missing facts; `None` if it is not requested.
    pub(crate) missing: Option<String>,
    /// The name of the column of the fact to ask for next; `None` if it is not requested.
    pub(crate) ask_next: Option<String>,
    /// The name of the column of warnings.
    pub(crate) warnings: String,
    /// The name of the column of faults.
    pub(crate) faults: String,
    /// The labels of applies, does not apply, undetermined in files for people.
    statuses: [String; 3],
    /// The labels of what excludes a firm in files for people, in the order of [`ExcludedBy::ALL`].
    exclusions: [String; ExcludedBy::COUNT],
    /// Per fact, its name.
    facts: Vec<String>,
    /// Per derived column, the labels of its values in files for people.
    labels: Vec<Vec<String>>,
    /// Per derived column, its values as the catalogue names them.
    values: Vec<Vec<String>>,
    /// The names of all added columns.
    added: HashSet<String>,
}

impl Layout {
    /// The columns for some supports and derived facts, and those of `optional`, beside those of the input. A fact that is
    /// named twice has one column.
    pub(crate) fn new(
        plan: &Plan,
        lang: Lang,
        supports: &[usize],
        derived: &[FactId],
        optional: OptionalColumns,
        input: &[String],
    ) -> Self {
        let unique_name = |name: &str| unique(name, input);
        let catalogue = &plan.book.catalogue;
        let mut seen = HashSet::default();
        let derived: Vec<DerivedColumn> = (derived.iter())
            .filter(|fact| seen.insert(**fact))
            .filter_map(|fact| {
                let nodes = plan.derived.iter().position(|nodes| nodes.fact == *fact)?;
                Some(DerivedColumn {
                    fact: *fact,
                    nodes,
                    name: unique_name(&catalogue.fact(*fact).name),
                })
            })
            .collect();
        let labels =
            derived.iter().map(|column| labels(catalogue.fact(column.fact), lang)).collect();
        let values = derived.iter().map(|column| {
            catalogue.fact(column.fact).values.iter().map(|value| value.name.clone()).collect()
        });
        let values = values.collect();
        let status = |status| lang.of(&wording::status(status)).to_owned();
        let supports =
            supports.iter().filter_map(|index| Some((*index, &plan.book.supports.get(*index)?.id)));
        let exclusions = supports.clone().filter(|_| optional.excluded_by);
        let exclusions = exclusions.map(|(_, id)| unique_name(&format!("{id}{EXCLUDED_BY}")));
        let supports = supports.map(|(index, id)| (index, unique_name(id)));
        let mut layout = Self {
            lang,
            uscc_ok: unique_name(FIRST),
            derived,
            supports: supports.collect(),
            excluded_by: exclusions.collect(),
            missing: optional.missing.then(|| unique_name("missing")),
            ask_next: optional.ask_next.then(|| unique_name("ask_next")),
            warnings: unique_name("warnings"),
            faults: unique_name(LAST),
            statuses: match lang {
                Lang::Zh => {
                    [Status::Applies, Status::DoesNotApply, Status::Undetermined].map(status)
                }
                Lang::En => [Status::Applies, Status::DoesNotApply, Status::Undetermined]
                    .map(|status| status.as_str().to_owned()),
            },
            exclusions: ExcludedBy::ALL.map(|by| match lang {
                Lang::Zh => lang.of(&wording::excluded_by(by)).to_owned(),
                Lang::En => by.as_str().to_owned(),
            }),
            facts: catalogue.facts.iter().map(|fact| fact.name.clone()).collect(),
            labels,
            values,
            added: HashSet::default(),
        };
        layout.added = layout.names().map(str::to_owned).collect();
        layout
    }

    /// Whether an added column has this name.
    pub(crate) fn is_added(&self, name: &str) -> bool {
        self.added.contains(name)
    }

    /// The name of a fact.
    pub(crate) fn fact(&self, fact: FactId) -> &str {
        self.facts.get(fact.index()).map_or("", String::as_str)
    }

    /// A value of a derived column as the catalogue names it.
    pub(crate) fn value(&self, column: usize, index: u16) -> &str {
        let values = self.values.get(column);
        let value = values.and_then(|values| values.get(usize::from(index)));
        value.map_or("", String::as_str)
    }

    /// The names of all added columns, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.uscc_ok.as_str())
            .chain(self.derived.iter().map(|column| column.name.as_str()))
            .chain(self.supports.iter().map(|(_, name)| name.as_str()))
            .chain(self.excluded_by.iter().map(String::as_str))
            .chain(self.missing.as_deref())
            .chain(self.ask_next.as_deref())
            .chain([self.warnings.as_str(), self.faults.as_str()])
    }

    /// The label of a status in files for people.
    pub(crate) fn status(&self, status: Status) -> &str {
        let [applies, not, undetermined] = &self.statuses;
        match status {
            Status::Applies => applies,
            Status::DoesNotApply => not,
            Status::Undetermined => undetermined,
        }
    }

    /// The label of what excludes a firm in files for people.
    pub(crate) fn exclusion(&self, by: ExcludedBy) -> &str {
        self.exclusions.get(by.index()).map_or("", String::as_str)
    }

    /// The names of all facts, in the order of the catalogue.
    pub(crate) fn facts(&self) -> &[String] {
        &self.facts
    }

    /// The labels of a derived column in files for people.
    pub(crate) fn derived_labels(&self, column: usize) -> &[String] {
        self.labels.get(column).map_or(&[], Vec::as_slice)
    }

    /// Writes the names of facts, separated by `;`.
    pub(crate) fn write_facts(&self, facts: impl Iterator<Item = FactId>, out: &mut String) {
        for (index, fact) in facts.enumerate() {
            if index > 0 {
                out.push(';');
            }
            out.push_str(self.fact(fact));
        }
    }

    /// A derived fact as files for people show it; empty if it is unknown.
    pub(crate) fn derived_text(&self, column: usize, value: &PartialValue) -> String {
        let labels = self.derived_labels(column);
        let label_of = |index: &u16| labels.get(usize::from(*index)).map_or("", String::as_str);
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
        match value {
            PartialValue::Unknown => String::new(),
            PartialValue::Bool(yes) => match (self.lang, yes) {
                (Lang::Zh, true) => "是".to_owned(),
                (Lang::Zh, false) => "否".to_owned(),
                (Lang::En, true) => "yes".to_owned(),
                (Lang::En, false) => "no".to_owned(),
            },
            PartialValue::Enum(index) => label_of(index).to_owned(),
            PartialValue::AtMost(index) => format!("{most}{}", label_of(index)),
            PartialValue::EnumList { has, complete } => {
                list(has.iter().map(label_of).collect(), *complete)
            }
            PartialValue::Codes { has, complete } => {
                list(has.iter().map(String::as_str).collect(), *complete)
            }
        }
    }
}

fn labels(fact: &Fact, lang: Lang) -> Vec<String> {
    match fact.kind {
        Kind::Enum { .. } | Kind::EnumList => {
            fact.values.iter().map(|value| lang.of(&value.label).to_owned()).collect()
        }
        _ => Vec::new(),
    }
}
