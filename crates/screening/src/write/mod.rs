//! Writing: from screened chunks to files that appear as a whole.
//!
//! [`writer`] is the boundary that all output formats are behind; `csv` and `ndjson` make text, on the threads that
//! screen; `xlsx` writes workbooks; `target` compresses and hashes the bytes, `temporary_file` gives the file its
//! name at the end; `page` is the report for people; `call_list` writes the list to call, and `list` a list that the
//! program makes itself, whose rows are text by `text_rows`.

pub(crate) mod call_list;
pub(crate) mod csv;
pub(crate) mod list;
pub(crate) mod ndjson;
pub(crate) mod page;
pub(crate) mod target;
pub(crate) mod temporary_file;
pub(crate) mod text_rows;
pub(crate) mod writer;
pub(crate) mod xlsx;
