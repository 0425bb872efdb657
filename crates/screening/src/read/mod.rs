//! Reading lists: from bytes to chunks of rows.
//!
//! [`list_file`] finds the list by the content of a file: in an archive, a page or a JSON document, or as it is. These
//! become text by `convert`. [`reader`] is the boundary that all formats are behind; `input` opens files; `text` cuts CSV, TSV and NDJSON
//! into chunks of whole records, which `csv` and `ndjson` parse; `xlsx` reads sheets. Parquet is in a module of its
//! own, since it is a feature. Nothing here knows a fact, except `detect`, which counts what a reading of a text
//! would mean.

mod compound;
mod content;
mod convert;
pub(crate) mod csv;
pub(crate) mod detect;
mod gzip;
mod html;
mod html_tag;
pub(crate) mod input;
mod json_array;
pub(crate) mod list_file;
pub(crate) mod map_file;
pub(crate) mod ndjson;
pub(crate) mod random_access;
pub(crate) mod reader;
pub(crate) mod text;
pub(crate) mod text_options;
pub(crate) mod xlsx;
mod zip_list;
