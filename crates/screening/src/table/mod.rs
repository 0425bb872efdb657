//! What all formats share: file types, limits, encodings, headers, cells.
//!
//! This is the lowest layer. It opens no input and writes no output; `header` knows the fact catalogue, nothing
//! here knows a rule. `cells` is the form in which all readers of tables give rows.

pub(crate) mod cells;
pub(crate) mod delimited;
pub(crate) mod digest;
pub(crate) mod encoding;
pub(crate) mod format;
pub(crate) mod header;
mod header_messages;
pub(crate) mod header_rows;
pub(crate) mod header_text;
pub(crate) mod limits;
pub(crate) mod meter;
pub(crate) mod names;
