//! What stands in for the module `parquet` where the program is built without it.
//!
//! Opening a Parquet file and preparing a Parquet output fail with [`ParquetError::NotBuilt`]. The types have no
//! values, so everything behind these two functions cannot be reached.

use crate::error::ScreenError;
use crate::error::parquet::ParquetError;
use crate::screen::added::AddedColumns;
use crate::screen::column_reader::{CellOutcome, ColumnReader};
use crate::screen::layout::Layout;
use crate::table::cells::Cells;
use crate::table::header::Columns;
use crate::table::limits::Limits;
use crate::table::meter::Meter;
use export_advisor_core::evaluate::Column;
use export_advisor_core::wording::Lang;
use std::convert::Infallible;
use std::fs::File;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// A batch of columns: never.
pub(crate) struct RecordBatch(Infallible);

impl RecordBatch {
    pub(crate) fn num_rows(&self) -> usize {
        match self.0 {}
    }

    pub(crate) fn num_columns(&self) -> usize {
        match self.0 {}
    }

    pub(crate) fn column(&self, _index: usize) -> &Infallible {
        &self.0
    }
}

/// Some rows: never.
pub(crate) struct ParquetChunk(Infallible);

type Batches = std::iter::Empty<Result<RecordBatch, ScreenError>>;

impl ParquetChunk {
    pub(crate) fn into_batches(self) -> Result<(Batches, Option<Infallible>), ScreenError> {
        match self.0 {}
    }
}

/// A cache of a dictionary, which is never read.
#[derive(Default)]
pub(crate) struct DictionaryCache;

impl DictionaryCache {
    pub(crate) fn read(
        &mut self,
        _reader: &mut ColumnReader<'_>,
        array: &Infallible,
        _column: &mut Column,
        _report: &mut dyn FnMut(usize, &CellOutcome, &str),
    ) {
        match *array {}
    }
}

/// An open file: never.
pub(crate) struct ParquetReader(Infallible);

impl ParquetReader {
    pub(crate) fn open(
        path: PathBuf,
        _file: File,
        _limits: &Limits,
        _meter: &Meter,
    ) -> Result<Self, ScreenError> {
        Err(ScreenError::Parquet { path, fault: ParquetError::NotBuilt })
    }

    pub(crate) fn columns(&self) -> &[String] {
        match self.0 {}
    }

    pub(crate) fn rows(&self) -> u64 {
        match self.0 {}
    }

    pub(crate) fn next(&mut self) -> Result<Option<ParquetChunk>, ScreenError> {
        match self.0 {}
    }

    pub(crate) fn check(
        &self,
        _columns: &Columns,
        _key: Option<usize>,
        _all: bool,
        _lang: Lang,
    ) -> Result<(), ScreenError> {
        match self.0 {}
    }

    pub(crate) fn decode_all(&mut self) {
        match self.0 {}
    }

    pub(crate) fn deliver_row_groups(
        &mut self,
        _wanted: impl Iterator<Item = usize>,
    ) -> Result<(), ScreenError> {
        match self.0 {}
    }
}

/// The types of an output: never.
pub(crate) struct ParquetSchema(Infallible);

impl ParquetSchema {
    pub(crate) fn new(
        _columns: &[String],
        _input: Option<&ParquetReader>,
        _layout: &Layout,
        _metadata: &[(&str, &str)],
    ) -> Result<Self, ParquetError> {
        Err(ParquetError::NotBuilt)
    }

    pub(crate) fn row_group(&self, _copied: Option<Infallible>) -> Result<RowGroup, ParquetError> {
        match self.0 {}
    }
}

/// A row group that is being encoded: never.
pub(crate) struct RowGroup(Infallible);

impl RowGroup {
    pub(crate) fn add_batch(
        &mut self,
        _batch: &RecordBatch,
        _added: &AddedColumns,
        _layout: &Layout,
    ) -> Result<(), ParquetError> {
        match self.0 {}
    }

    pub(crate) fn finish(self) -> Result<EncodedRowGroup, ParquetError> {
        match self.0 {}
    }
}

/// An encoded row group: never.
#[derive(Debug)]
pub(crate) struct EncodedRowGroup(Infallible);

impl EncodedRowGroup {
    pub(crate) fn input(&self) -> Option<&Path> {
        match self.0 {}
    }
}

/// A file that is being written: never.
pub(crate) struct ParquetWriter<'a, W>(Infallible, PhantomData<&'a W>);

impl<'a, W> ParquetWriter<'a, W> {
    pub(crate) fn new(schema: &'a ParquetSchema, _sink: W) -> Result<Self, ParquetError> {
        match schema.0 {}
    }

    pub(crate) fn append(&mut self, _group: EncodedRowGroup) -> Result<(), ParquetError> {
        match self.0 {}
    }

    pub(crate) fn add(
        &mut self,
        _cells: &Cells<'_>,
        _added: &AddedColumns,
        _layout: &Layout,
    ) -> Result<(), ParquetError> {
        match self.0 {}
    }

    pub(crate) fn finish(self) -> Result<W, ParquetError> {
        match self.0 {}
    }
}

/// A file of texts that is being written: never.
pub(crate) struct ParquetList<W>(Infallible, PhantomData<W>);

impl<W> ParquetList<W> {
    pub(crate) fn new(_names: &[&str], _path: PathBuf, _sink: W) -> Result<Self, ParquetError> {
        Err(ParquetError::NotBuilt)
    }

    pub(crate) fn path(&self) -> &Path {
        match self.0 {}
    }

    pub(crate) fn write(&mut self, _row: &[&str]) -> Result<(), ParquetError> {
        match self.0 {}
    }

    pub(crate) fn finish(self) -> Result<W, ParquetError> {
        match self.0 {}
    }
}

/// The texts of a column: never.
pub(crate) fn column_texts(batch: &RecordBatch, _column: usize) -> Vec<String> {
    match batch.0 {}
}

/// Rows of text: never.
pub(crate) fn batch_to_cells(batch: &RecordBatch) -> Cells<'static> {
    match batch.0 {}
}

pub(crate) fn without_cells(
    batch: &RecordBatch,
    _cells: &[(usize, usize)],
) -> Result<RecordBatch, ParquetError> {
    match batch.0 {}
}

/// Calls a library that cannot panic.
pub(crate) fn guarded<T>(
    _path: &Path,
    call: impl FnOnce() -> Result<T, ScreenError>,
) -> Result<T, ScreenError> {
    call()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Cause;
    use export_advisor_core::wording::BilingualError as _;

    #[test]
    fn a_parquet_file_is_refused_by_the_name_of_what_is_missing() {
        let (path, file) = (PathBuf::from("list.parquet"), tempfile::tempfile().unwrap());
        let opened = ParquetReader::open(path, file, &Limits::default(), &Meter::default());
        let error = opened.err().unwrap();
        assert_eq!(error.cause(), Cause::Options);
        let message = error.localized();
        assert!(message.en.starts_with("list.parquet: this program was built without Parquet"));
        assert!(message.zh.contains("没有包含 Parquet"));
    }
}
