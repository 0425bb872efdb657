//! Where and when a document holds.

use super::WindowState;
use crate::condition::Condition;
use crate::facts::LocalizedText;
use crate::policy::SentenceId;
use jiff::civil::Date;
use serde::Deserialize;
use std::sync::Arc;

/// The level of government that issued a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The National People's Congress, the State Council and its departments.
    #[default]
    National,
    /// A province, an autonomous region or a municipality.
    Province,
    /// A prefecture or a city.
    City,
    /// A county, a district or a zone.
    County,
}

impl Level {
    /// `national`, `province`, `city` or `county`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::National => "national",
            Self::Province => "province",
            Self::City => "city",
            Self::County => "county",
        }
    }
}

/// Where a document holds, if not in the whole country.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// As people read it: “in Hangzhou”, after “the firm is”.
    pub label: LocalizedText,
    /// Its name: “Hangzhou”.
    pub name: LocalizedText,
    /// When a firm is in it: the first criterion of each support of the document.
    pub condition: Arc<Condition>,
    /// The sentences that say so.
    pub sentences: Vec<SentenceId>,
}

/// When a document holds. Its dates bound the windows of its supports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// The first day.
    pub from: Date,
    /// The last day, if the document names one.
    pub until: Option<Date>,
    /// The sentences that say so.
    pub sentences: Vec<SentenceId>,
    /// What changed its text since, in order.
    pub amendments: Vec<Amendment>,
    /// What stands in its place.
    pub replaced: Option<Replacement>,
}

impl InForce {
    /// Where a day lies.
    #[must_use]
    pub fn state(&self, as_of: Date) -> WindowState {
        if self.replaced.as_ref().is_some_and(|replaced| replaced.on <= as_of) {
            WindowState::Lapsed
        } else if self.until.is_some_and(|until| until < as_of) {
            WindowState::Closed
        } else if as_of < self.from {
            WindowState::NotYetOpen
        } else {
            WindowState::Open
        }
    }
}

/// A change of a document's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// The first day with it.
    pub on: Date,
    /// By which document.
    pub by: String,
    /// Where this was found.
    pub source: String,
}

/// What stands in the place of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The first day without the document.
    pub on: Date,
    /// By which document, as answers name it.
    pub by: String,
    /// Where this was found.
    pub source: String,
}
