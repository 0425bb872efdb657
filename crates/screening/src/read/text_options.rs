//! How a text is opened.
//!
//! Owns what the reader of texts and the detection of the encoding both need: the stated encoding and delimiter,
//! and the catalogue by which a reading of the text is judged.

use crate::table::encoding::Choice;
use crate::table::format::FileFormat;
use crate::table::header::{ColumnMapping, Headers};
use crate::table::limits::Limits;
use export_advisor_core::facts::{Catalogue, Reference};

/// How a text is opened.
pub(crate) struct TextOptions<'a> {
    /// The format.
    pub(crate) format: FileFormat,
    /// The encoding, if it is stated or a later value has overridden the first choice.
    pub(crate) encoding: Option<Choice>,
    /// The delimiter, if it is stated.
    pub(crate) delimiter: Option<u8>,
    /// The row of the header as spreadsheets number it, if it is stated.
    pub(crate) header_row: Option<usize>,
    /// The mappings of columns by the user.
    pub(crate) mappings: &'a [ColumnMapping],
    /// The known headers.
    pub(crate) headers: &'a Headers<'a>,
    /// The code lists.
    pub(crate) reference: &'a Reference,
    /// The facts.
    pub(crate) catalogue: &'a Catalogue,
    /// About how many bytes are added to a row: a status a support, and the names of what is missing.
    pub(crate) added: usize,
    /// What is read at most.
    pub(crate) limits: Limits,
}
