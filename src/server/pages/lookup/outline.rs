//! A condition on a page: nested lists of *all of* and *any of*.

use askama::Template;
use export_advisor_core::wording::{Lang, Outline};

/// A condition, with what it is made of.
#[derive(Template)]
#[template(path = "outline.html")]
pub(super) struct OutlineView {
    pub(super) line: String,
    pub(super) parts: Vec<OutlineView>,
}

impl OutlineView {
    pub(super) fn new(outline: &Outline, lang: Lang) -> Self {
        Self {
            line: lang.of(&outline.line).to_owned(),
            parts: outline.parts.iter().map(|part| Self::new(part, lang)).collect(),
        }
    }
}
