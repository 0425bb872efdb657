//! Writing a workbook: the sheet of rows, and the sheets that explain it.

pub(crate) mod legend;
pub(crate) mod writer;
