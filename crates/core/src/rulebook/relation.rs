//! How supports of different documents stand to each other.

use super::SupportId;
use crate::facts::LocalizedText;

/// How a support stands to one of another document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// In what way.
    pub kind: RelationKind,
    /// To which support.
    pub to: SupportId,
    /// Where the two differ, such as what one asks for and the other does not.
    pub difference: Option<LocalizedText>,
}

/// A support that stands in a relation to another, seen from that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelatedSupport<'a> {
    /// The support.
    pub support: SupportId,
    /// In what way the one from which this is seen stands to it: [`RelationKind::as_str`] or [`RelationKind::reverse`].
    pub kind: &'static str,
    /// Where the two differ.
    pub difference: Option<&'a LocalizedText>,
}

/// In what way a support stands to another: the one that says so is the later or the more local one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RelationKind {
    /// It says how the other is carried out here.
    CarriesOut,
    /// It holds out more than the other.
    Extends,
    /// The other defines what it speaks of.
    IsDefinedBy,
    /// It stands in the other's place.
    Replaces,
}

impl RelationKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::CarriesOut, Self::Extends, Self::IsDefinedBy, Self::Replaces];

    /// `carries_out`, `extends`, `is_defined_by` or `replaces`; the function of a script, too.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CarriesOut => "carries_out",
            Self::Extends => "extends",
            Self::IsDefinedBy => "is_defined_by",
            Self::Replaces => "replaces",
        }
    }

    /// The same, seen from the other support.
    #[must_use]
    pub const fn reverse(self) -> &'static str {
        match self {
            Self::CarriesOut => "carried_out_by",
            Self::Extends => "extended_by",
            Self::IsDefinedBy => "defines",
            Self::Replaces => "replaced_by",
        }
    }
}
