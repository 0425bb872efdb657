//! Parquet files: columns of values with types. This module is the feature `parquet`.
//!
//! `reader` gives a file as batches of columns, `values` turns a value into text, `columns` reads columns as
//! answers, `writer` writes them with the added columns, of which `status_columns` encodes most; `list` writes a list of
//! texts. From Parquet to
//! Parquet columns stay columns, and screeners encode their own row groups: `row_groups` copies the input's columns
//! byte for byte, unless a group is too large, or there are very many. A type that cannot be an answer is refused
//! by the name of its column, before any row is read. `pages` checks all stated sizes before anything is
//! decompressed, and `panic_guard` turns a panic of the library into an error. No other module names `arrow` or
//! `parquet`.

mod chunk;
mod columns;
mod list;
mod pages;
mod panic_guard;
mod reader;
mod row_groups;
mod status_columns;
mod values;
mod writer;

pub(crate) use arrow_array::RecordBatch;
pub(crate) use chunk::ParquetChunk;
pub(crate) use columns::DictionaryCache;
pub(crate) use list::ParquetList;
pub(crate) use panic_guard::guarded;
pub(crate) use reader::ParquetReader;
pub(crate) use values::{batch_to_cells, column_texts, without_cells};
pub(crate) use writer::{EncodedRowGroup, ParquetSchema, ParquetWriter};
