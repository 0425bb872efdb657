//! Writing a workbook: the sheet of rows, and the sheets that explain it.
//!
//! `writer` makes a workbook of screened rows, `calls` one of the list to call, `list` one of texts alone. All write a
//! sheet of rows (`rows`), whose cells share texts (`strings`); `package` puts it together with the parts that the
//! library writes. `legend` fills the two sheets of counts and meanings at the end.

pub(crate) mod calls;
pub(crate) mod legend;
pub(crate) mod list;
mod package;
mod rows;
mod strings;
pub(crate) mod writer;
