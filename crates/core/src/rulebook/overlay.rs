//! What bodies that do not own the rules add to them.

use super::SupportId;
use crate::facts::LocalizedText;
use crate::index::index_type;

index_type!(
    /// The index of an overlay in the rule book.
    pub struct OverlayId
);

/// An overlay: contacts, notes and documents of a body that does not own the rules. Its documents, facts and areas stand
/// among those of the rules, its contacts among those of the channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// Its folder's name.
    pub id: String,
    /// What it is called.
    pub name: LocalizedText,
    /// Who is responsible for it.
    pub by: LocalizedText,
    /// What it says on pages.
    pub theme: Theme,
    /// What it says of supports.
    pub notes: Vec<Note>,
}

/// A note to a support: an explanation, never a criterion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The support.
    pub support: SupportId,
    /// How the division codes begin of the firms that it is for; empty for all.
    pub area: String,
    /// The note.
    pub text: LocalizedText,
}

/// What an overlay says on pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// The name of the service.
    pub title: Option<LocalizedText>,
    /// What stands below the heading of the first page.
    pub lead: Option<LocalizedText>,
    /// What stands at the end of each page.
    pub closing: Option<LocalizedText>,
    /// The colour of links and buttons: `#` and six hexadecimal digits.
    pub colour: Option<String>,
    /// A drawing, as SVG.
    pub logo: Option<String>,
}
