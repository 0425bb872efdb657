//! A list of texts as a Parquet file.
//!
//! Owns its types: every column is text, null where a text is blank. Rows are encoded in groups.

use crate::error::parquet::ParquetError;
use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The rows that are encoded at once.
const BATCH: usize = 1 << 13;

/// A Parquet file of texts that is being written.
pub(crate) struct ParquetList<W: Write + Send> {
    path: PathBuf,
    schema: SchemaRef,
    columns: Vec<StringBuilder>,
    rows: usize,
    file: ArrowWriter<W>,
}

impl<W: Write + Send> ParquetList<W> {
    /// Begins a file of some columns.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn new(names: &[&str], path: PathBuf, sink: W) -> Result<Self, ParquetError> {
        let fields = names.iter().map(|name| Field::new(*name, DataType::Utf8, true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(
                concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
            )
            .build();
        let file = ArrowWriter::try_new(sink, Arc::clone(&schema), Some(properties));
        let file = file.map_err(ParquetError::writing)?;
        let columns = names.iter().map(|_| StringBuilder::new()).collect();
        Ok(Self { path, schema, columns, rows: 0, file })
    }

    /// The path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a row.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn write(&mut self, row: &[&str]) -> Result<(), ParquetError> {
        for (column, text) in self.columns.iter_mut().zip(row) {
            column.append_option((!text.is_empty()).then_some(*text));
        }
        self.rows += 1;
        if self.rows == BATCH { self.encode() } else { Ok(()) }
    }

    fn encode(&mut self) -> Result<(), ParquetError> {
        self.rows = 0;
        let columns = self.columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns.collect());
        let batch = batch.map_err(ParquetError::writing)?;
        self.file.write(&batch).map_err(ParquetError::writing)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn finish(mut self) -> Result<W, ParquetError> {
        self.encode()?;
        self.file.into_inner().map_err(ParquetError::writing)
    }
}
