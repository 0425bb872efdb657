//! Writing a workbook: the sheet of rows, and the sheets that explain it.
//!
//! `writer` owns the workbook and its sheet of rows; `legend` fills the two sheets of counts and meanings at the end;
//! `list` writes a list of texts that has no such sheets.
//! Screened rows go in; a finished workbook comes out, into a target.

pub(crate) mod legend;
pub(crate) mod list;
pub(crate) mod writer;
