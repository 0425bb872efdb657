//! Reading lists: from bytes to chunks of rows.
//!
//! [`reader`] is the boundary that all formats are behind; `input` opens files; `text` cuts CSV, TSV and NDJSON
//! into chunks of whole records, which `csv` and `ndjson` parse; `xlsx` reads sheets. Parquet is in a module of its
//! own, since it is a feature. Nothing here knows a fact, except `detect`, which counts what a reading of a text
//! would mean.

pub(crate) mod csv;
mod detect;
pub(crate) mod input;
pub(crate) mod map_file;
pub(crate) mod ndjson;
pub(crate) mod reader;
pub(crate) mod text;
pub(crate) mod text_options;
pub(crate) mod xlsx;
