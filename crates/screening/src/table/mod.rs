//! What all formats share: file types, limits, encodings, headers, cells.
//!
//! This is the lowest layer. It opens no file and knows no rule; `header` knows the fact catalogue.

pub(crate) mod cells;
pub(crate) mod delimited;
pub(crate) mod digest;
pub(crate) mod encoding;
pub(crate) mod format;
pub(crate) mod header;
mod header_messages;
pub(crate) mod limits;
pub(crate) mod meter;
pub(crate) mod names;
