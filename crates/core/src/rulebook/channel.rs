//! Offices: where a firm goes, what it asks there, and what it brings.

use super::OverlayId;
use crate::facts::LocalizedText;
use crate::index::index_type;
use serde::Deserialize;

index_type!(
    /// The index of a channel in the rule book.
    pub struct ChannelId
);
index_type!(
    /// The index of a paper in the rule book.
    pub struct PaperId
);

/// An office or service that firms go to, such as the export credit insurer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name in rules and answers, such as `sinosure`.
    pub id: String,
    /// As people read it.
    pub name: LocalizedText,
    /// What it does, in a few words.
    pub does: LocalizedText,
    /// How it is reached, one entry an area.
    pub contacts: Vec<Contact>,
}

/// How an office is reached in an area.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// How the division codes of the area begin; empty for the whole country.
    pub area: String,
    /// A telephone number.
    pub phone: Option<String>,
    /// An address on the web.
    pub url: Option<String>,
    /// Where this was found.
    pub source: String,
    /// When, or when it was last checked.
    pub date: String,
    /// How sure we are: `high`, `medium` or `low`.
    pub confidence: String,
    /// What the office is called there.
    pub office: Option<LocalizedText>,
    /// Where it is.
    pub address: Option<LocalizedText>,
    /// When it is open.
    pub hours: Option<LocalizedText>,
    /// Who says so, if not the rules.
    #[serde(skip)]
    pub overlay: Option<OverlayId>,
}

/// Something that a firm brings to an office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Its name in rules.
    pub id: String,
    /// As people read it.
    pub name: LocalizedText,
}

/// An office that a support names, with what to ask and what to bring there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStep {
    /// Which of the book's channels; none where the script names an office in its own words, as
    /// rules did before there were channels.
    pub channel: Option<ChannelId>,
    /// The office as people read it.
    pub name: LocalizedText,
    /// The questions, each for itself.
    pub asks: Vec<LocalizedText>,
    /// What to bring.
    pub papers: Vec<PaperId>,
}
