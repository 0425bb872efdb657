//! One finding of the analysis, with what it is about and the smallest firm that shows it.

use crate::facts::LocalizedText;
use crate::rulebook::{PolicyId, RuleBook, SupportId};
use serde::Serialize;

/// How a finding is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something in the rules has no effect, or not the one that its author must have meant.
    Fault,
    /// Good to know; nothing need be wrong.
    Information,
}

/// What a finding says; the name is its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FindingKind {
    /// No firm can meet a criterion.
    CriterionNever,
    /// Every firm that has answered everything meets a criterion.
    CriterionAlways,
    /// Every firm meets a criterion, whatever it has answered.
    CriterionNeverOpen,
    /// Whoever meets the other criteria of the support meets this one.
    CriterionImplied,
    /// No firm can meet all criteria of a support, though each can be met.
    SupportNever,
    /// No firm can fail a support.
    SupportNeverFails,
    /// No firm can decide a support by its own answers.
    SupportNeverDecided,
    /// Two supports apply to the same firms.
    SupportsEqual,
    /// Whoever gets one support gets another.
    SupportsNested,
    /// A change that `would_change` holds out can help no firm.
    ChangeNever,
    /// A derived fact never has a value.
    DerivedValueNever,
    /// Nothing uses a fact.
    FactUnused,
    /// No rule tells some values of a fact apart.
    ValuesAlike,
    /// No rule uses a row of a table that scripts read.
    TableRowUnused,
    /// A group that the text singles out can have no firm.
    EmphasisNever,
    /// A warning can never show.
    WarningNever,
    /// An explanation of a derived value can never show.
    ExplanationNever,
    /// A support is never open.
    WindowNever,
    /// A date of a window has no effect.
    WindowDateUnused,
    /// A case tests nothing that its neighbours do not.
    CaseRedundant,
    /// The rules are too large for their decision diagrams.
    TooLarge,
}

impl FindingKind {
    /// All kinds, in the order in which findings are listed.
    pub const ALL: [Self; 21] = [
        Self::TooLarge,
        Self::CriterionNever,
        Self::CriterionNeverOpen,
        Self::CriterionAlways,
        Self::CriterionImplied,
        Self::SupportNever,
        Self::SupportNeverFails,
        Self::SupportNeverDecided,
        Self::ChangeNever,
        Self::EmphasisNever,
        Self::WindowNever,
        Self::WindowDateUnused,
        Self::DerivedValueNever,
        Self::ExplanationNever,
        Self::WarningNever,
        Self::FactUnused,
        Self::ValuesAlike,
        Self::TableRowUnused,
        Self::SupportsEqual,
        Self::SupportsNested,
        Self::CaseRedundant,
    ];

    /// Its stable code, in kebab case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CriterionNever => "criterion-never",
            Self::CriterionAlways => "criterion-always",
            Self::CriterionNeverOpen => "criterion-never-open",
            Self::CriterionImplied => "criterion-implied",
            Self::SupportNever => "support-never",
            Self::SupportNeverFails => "support-never-fails",
            Self::SupportNeverDecided => "support-never-decided",
            Self::SupportsEqual => "supports-equal",
            Self::SupportsNested => "supports-nested",
            Self::ChangeNever => "change-never",
            Self::DerivedValueNever => "derived-value-never",
            Self::FactUnused => "fact-unused",
            Self::ValuesAlike => "values-alike",
            Self::TableRowUnused => "table-row-unused",
            Self::EmphasisNever => "emphasis-never",
            Self::WarningNever => "warning-never",
            Self::ExplanationNever => "explanation-never",
            Self::WindowNever => "window-never",
            Self::WindowDateUnused => "window-date-unused",
            Self::CaseRedundant => "case-redundant",
            Self::TooLarge => "analysis-too-large",
        }
    }

    /// A kind by its code.
    #[must_use]
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// How it is to be taken.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::SupportsEqual | Self::SupportsNested | Self::ValuesAlike => Severity::Information,
            _ => Severity::Fault,
        }
    }
}

/// What a finding is about: where it stands in the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A support, or a criterion of it: the text that stands in its script.
    Support {
        /// The support.
        id: SupportId,
        /// The Chinese label of the criterion or emphasis that is meant, if one is.
        label: Option<String>,
    },
    /// A derived fact, by its name.
    Derivation(String),
    /// A fact, by its name.
    Fact(String),
    /// A warning, by its id.
    Conflict(String),
    /// A line of a table.
    TableRow {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// A case.
    Case {
        /// Its file.
        file: String,
        /// The line on which it begins.
        line: usize,
    },
    /// All rules together.
    Rules,
}

/// Something that is true of all firms, or of all rules, and that the author of a rule should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it says.
    pub kind: FindingKind,
    /// What it is about, as an acceptance names it: `support/criterion`, a fact, a warning, a case.
    pub about: String,
    /// Where it stands.
    pub subject: Subject,
    /// What was found.
    pub message: LocalizedText,
    /// What to do.
    pub help: LocalizedText,
    /// A smallest firm that shows it, if there is one.
    pub example: Option<Example>,
    /// Why it is no fault, if the rules accept it.
    pub accepted: Option<String>,
}

/// A firm that was put through the ordinary engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Its profile, as JSON.
    pub firm: String,
    /// What it shows.
    pub shows: LocalizedText,
}

impl Finding {
    /// The file of the rules that it stands in, the line there, and a text that stands on that line; empty if no single
    /// file is meant.
    #[must_use]
    pub fn file(&self, book: &RuleBook) -> String {
        match &self.subject {
            Subject::Support { id, .. } => {
                let support = book.supports.at(*id);
                script_of(book, support.policy, support.measure)
            }
            Subject::TableRow { file, .. } | Subject::Case { file, .. } => file.clone(),
            Subject::Derivation(_) | Subject::Fact(_) | Subject::Conflict(_) | Subject::Rules => {
                String::new()
            }
        }
    }
}

/// The script of a measure.
fn script_of(book: &RuleBook, policy: PolicyId, measure: u8) -> String {
    let Some(policy) = book.policies.get(policy) else { return String::new() };
    let title = policy.measures.iter().find(|title| title.number == measure);
    title.map_or(String::new(), |title| {
        format!("rules/{}/{measure:02}-{}.rhai", policy.id, title.slug)
    })
}
