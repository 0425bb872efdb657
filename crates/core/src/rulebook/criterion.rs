//! What must hold for a support, where that comes from, and what a firm is excluded by that does not meet it.

use crate::condition::Condition;
use crate::facts::LocalizedText;
use std::sync::Arc;

/// One thing that must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// `support/fact+fact`, unique in the book and unmoved by the order of criteria.
    pub id: String,
    /// In a few words.
    pub label: LocalizedText,
    /// Where the criterion comes from.
    pub basis: Basis,
    /// When it holds.
    pub condition: Arc<Condition>,
}

/// Where a criterion comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The sentence or its measure's title says so.
    Stated,
    /// Another named rule defines the word.
    Defined {
        /// That rule.
        by: String,
    },
    /// Our reading.
    Interpreted {
        /// Why we read it so.
        reason: LocalizedText,
    },
    /// None: the criterion narrows nothing. The sentence reaches the firm, but helps only one that
    /// wants this.
    Need,
    /// The area of the document: it holds nowhere else.
    Area,
}

impl Basis {
    /// `stated`, `defined`, `interpreted`, `need` or `area`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Defined { .. } => "defined",
            Self::Interpreted { .. } => "interpreted",
            Self::Need => "need",
            Self::Area => "area",
        }
    }

    /// What excludes a firm that does not meet a criterion of this basis.
    #[must_use]
    pub const fn excludes_by(&self) -> ExcludedBy {
        match self {
            Self::Stated | Self::Defined { .. } => ExcludedBy::Text,
            Self::Interpreted { .. } => ExcludedBy::Reading,
            Self::Need => ExcludedBy::NoNeed,
            Self::Area => ExcludedBy::OutOfArea,
        }
    }
}

/// What excludes a firm from a support that does not apply to it. The first of these counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExcludedBy {
    /// The document does not hold where the firm is.
    OutOfArea,
    /// A stated or defined criterion does not hold.
    Text,
    /// The firm lacks the need that the support serves.
    NoNeed,
    /// Only our reading.
    Reading,
}

impl ExcludedBy {
    /// How many there are.
    pub const COUNT: usize = 4;

    /// All of them, the strongest first.
    pub const ALL: [Self; Self::COUNT] = [Self::OutOfArea, Self::Text, Self::NoNeed, Self::Reading];

    /// Its position in [`ExcludedBy::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// `out_of_area`, `text`, `no_need` or `reading`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OutOfArea => "out_of_area",
            Self::Text => "text",
            Self::NoNeed => "no_need",
            Self::Reading => "reading",
        }
    }
}

/// A group that the text singles out without excluding the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Emphasis {
    /// As the text names it.
    pub label: LocalizedText,
    /// Whether a firm is in it.
    pub condition: Arc<Condition>,
}
