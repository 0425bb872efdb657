//! Reading a workbook: XML parts in a zip file.
//!
//! `package` opens the zip and limits what may come out of it before anything is decompressed; `workbook` reads the
//! small parts (sheet names, shared strings, number formats); `numbers` turns numbers, dates and percentages into
//! text; `sheet` gives the cells of one sheet, one after the other; `reader` makes rows of them. No sheet is held
//! as a whole: a cell in the last corner costs no more than one in the first.

mod numbers;
pub(in crate::read) mod package;
pub(crate) mod reader;
mod sheet;
mod workbook;
