//! The pages of the guided form, and their names in what a form submits.

use export_advisor_core::facts::{Catalogue, Fact, FactId, Together};

/// A page of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// Several facts together.
    Several(Together),
    /// One fact.
    Fact(FactId),
    /// The result.
    Result,
}

/// The pages with several facts, in order, with their names.
pub(super) const SEVERAL: [(Together, &str); 4] = [
    (Together::Basics, "@basics"),
    (Together::Size, "@size"),
    (Together::Activities, "@activities"),
    (Together::Needs, "@needs"),
];

impl Page {
    /// The name of a page, as a form submits it.
    pub(super) fn to_text(self, catalogue: &Catalogue) -> String {
        match self {
            Self::Several(wanted) => {
                let found = SEVERAL.iter().find(|(together, _)| *together == wanted);
                found.map_or("", |(_, text)| text).to_owned()
            }
            Self::Fact(id) => catalogue.fact(id).name.clone(),
            Self::Result => "@result".to_owned(),
        }
    }

    /// The page of a name.
    pub(super) fn parse(catalogue: &Catalogue, text: &str) -> Option<Self> {
        if text == "@result" {
            return Some(Self::Result);
        }
        let several = SEVERAL.iter().find(|(_, name)| *name == text);
        let several = several.map(|(together, _)| Self::Several(*together));
        several.or_else(|| catalogue.find(text).map(|fact| Self::Fact(fact.id)))
    }

    /// The page on which a fact is changed.
    pub(super) fn of(fact: &Fact) -> Self {
        match fact.together {
            Some(together @ (Together::Basics | Together::Size)) => Self::Several(together),
            _ => Self::Fact(fact.id),
        }
    }

    /// Whether the page has a list to tick.
    pub(super) fn has_list(self) -> bool {
        matches!(self, Self::Several(Together::Activities | Together::Needs))
    }

    /// Whether a fact may be answered on the page.
    pub(super) fn asks(self, fact: &Fact) -> bool {
        match self {
            Self::Several(together) => fact.together == Some(together),
            Self::Fact(id) => id == fact.id,
            Self::Result => false,
        }
    }
}
