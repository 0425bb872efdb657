//! The words of a kind of move.
//!
//! Owns the cells of the lines that firms of this kind have, behind the firm: they are made once for all of them. Files
//! for people have words, those for programs names.

use super::books::{Books, ComparedSupport};
use super::kinds::{MoveKind, Outcome};
use export_advisor_core::rulebook::ExcludedBy;
use export_advisor_core::wording::{self, Lang};

/// A kind of move with the texts of its line.
#[derive(Debug)]
pub(crate) struct WordedKind {
    /// The kind.
    pub(crate) kind: MoveKind,
    /// The cells of its line behind the firm.
    pub(crate) cells: Vec<String>,
}

impl WordedKind {
    /// A kind with its texts.
    pub(super) fn new(books: &Books<'_>, support: &ComparedSupport, kind: MoveKind) -> Self {
        Self { cells: cells(books, support, &kind), kind }
    }
}

/// The cells of a line behind the firm.
fn cells(books: &Books<'_>, support: &ComparedSupport, kind: &MoveKind) -> Vec<String> {
    let is_zh = books.is_for_people && books.lang == Lang::Zh;
    let status = |outcome: Outcome| match outcome.map(|outcome| outcome.status()) {
        None => String::new(),
        Some(status) if is_zh => wording::status(status).zh,
        Some(status) => status.as_str().to_owned(),
    };
    let excluded_by = |outcome: Outcome| match outcome.and_then(|outcome| outcome.excluded_by()) {
        None => String::new(),
        Some(by) if is_zh => wording::excluded_by(by).zh,
        Some(by) => ExcludedBy::as_str(by).to_owned(),
    };
    let ids = kind.causes.iter().filter_map(|cause| support.criteria.get(cause.criterion));
    let ids: Vec<&str> = ids.map(|criterion| criterion.id.as_str()).collect();
    let (addresses, texts): (Vec<&str>, Vec<&str>) =
        support.sentences.iter().map(|(id, text)| (id.as_str(), text.as_str())).unzip();
    vec![
        support.id.clone(),
        books.lang.of(&support.title).to_owned(),
        status(kind.before),
        status(kind.after),
        excluded_by(kind.before),
        excluded_by(kind.after),
        // One of several is enough to put back, or all of them are needed.
        ids.join(if kind.are_joint { " & " } else { " | " }),
        addresses.join(" "),
        texts.join(" "),
    ]
}
