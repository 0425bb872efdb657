//! Row groups of a Parquet file as they are.
//!
//! Owns what is known of a row group before anyone decodes it: its bytes. From Parquet to Parquet a group
//! is handed on so; a worker decodes the columns that are answers, and all columns are copied into the
//! output byte for byte. Large groups are not, since a group in memory is what flat memory costs; nor are very many
//! groups, since a file's table of contents has an entry for each column of each and is kept until the end.

use super::TableError;
use super::guard::guarded;
use super::read::{GROUP_BYTES, MANY_GROUPS};
use super::values::parts;
use crate::error::ScreenError;
use crate::limits::Growth;
use arrow_array::RecordBatch;
use bytes::buf::Reader;
use bytes::{Buf as _, Bytes};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::writer::SerializedRowGroupWriter;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The most rows of a group that is copied.
const ROWS: i64 = 1 << 18;
/// The most bytes of a group that is copied.
const BYTES: u64 = 16 << 20;

/// The row groups of a file that are handed on whole.
#[derive(Debug)]
pub(super) struct Groups {
    file: File,
    shared: Arc<Shared>,
    /// Where each begins and ends in the file.
    ranges: std::vec::IntoIter<(usize, Range<u64>)>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    /// The columns that are decoded.
    wanted: ProjectionMask,
    batch: usize,
    growth: Growth,
}

/// A row group.
#[derive(Clone, Debug)]
pub struct WholeGroup {
    shared: Arc<Shared>,
    place: usize,
    window: Window,
}

/// A part of a file, at its place.
#[derive(Clone, Debug)]
struct Window {
    start: u64,
    bytes: Bytes,
}

/// Where the row groups of a file lie, if all can be copied.
pub(super) fn ranges(metadata: &ParquetMetaData) -> Option<Vec<Range<u64>>> {
    let groups = metadata.row_groups();
    if groups.len() > MANY_GROUPS {
        return None;
    }
    groups.iter().map(range).collect()
}

fn range(group: &RowGroupMetaData) -> Option<Range<u64>> {
    let mut whole: Option<Range<u64>> = None;
    for chunk in group.columns() {
        let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
        let start = u64::try_from(start).ok().filter(|_| chunk.file_path().is_none())?;
        let end = start.checked_add(u64::try_from(chunk.compressed_size()).ok()?)?;
        let so_far = whole.unwrap_or(start..end);
        whole = Some(so_far.start.min(start)..so_far.end.max(end));
    }
    whole.filter(|range| range.end - range.start <= BYTES && group.num_rows() <= ROWS)
}

impl Groups {
    /// The groups that lie at some ranges, of which some columns are decoded, some rows at once.
    pub(super) fn new(
        path: PathBuf,
        file: File,
        metadata: ArrowReaderMetadata,
        ranges: Vec<Range<u64>>,
        wanted: impl Iterator<Item = usize>,
        batch: usize,
        growth: Growth,
    ) -> Self {
        let wanted = ProjectionMask::roots(metadata.parquet_schema(), wanted);
        let shared = Arc::new(Shared { path, metadata, wanted, batch, growth });
        let ranges: Vec<_> = ranges.into_iter().enumerate().collect();
        Self { file, shared, ranges: ranges.into_iter() }
    }

    /// The next group that has rows.
    pub(super) fn next(&mut self) -> Result<Option<WholeGroup>, TableError> {
        let groups = self.shared.metadata.metadata().row_groups();
        let some = |place: usize| groups.get(place).is_some_and(|group| group.num_rows() > 0);
        let Some((place, range)) = self.ranges.find(|(place, _)| some(*place)) else {
            return Ok(None);
        };
        let size = usize::try_from(range.end - range.start).map_err(TableError::reading)?;
        let mut bytes = vec![0; size];
        self.file.seek(SeekFrom::Start(range.start)).map_err(TableError::reading)?;
        self.file.read_exact(&mut bytes).map_err(TableError::reading)?;
        let window = Window { start: range.start, bytes: bytes.into() };
        Ok(Some(WholeGroup { shared: Arc::clone(&self.shared), place, window }))
    }
}

impl WholeGroup {
    fn metadata(&self) -> Result<&RowGroupMetaData, TableError> {
        let groups = self.shared.metadata.metadata().row_groups();
        groups.get(self.place).ok_or_else(|| TableError::reading("a row group is missing"))
    }

    /// The file that it is of.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.metadata().ok().and_then(|group| u64::try_from(group.num_rows()).ok()).unwrap_or(0)
    }

    /// The columns that are decoded, some rows at a time.
    ///
    /// # Errors
    /// It is damaged, or its texts are too long for the size of the file.
    pub fn batches(
        &self,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, ScreenError>> + use<>, ScreenError> {
        let shared = Arc::clone(&self.shared);
        let damaged = |shared: &Shared, fault: TableError| ScreenError::Table {
            path: shared.path.clone(),
            fault,
        };
        let mut batches = guarded(&shared.path, || {
            let metadata = shared.metadata.clone();
            let builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(self.window.clone(), metadata);
            let batches = builder
                .with_row_groups(vec![self.place])
                .with_projection(shared.wanted.clone())
                .with_batch_size(shared.batch)
                .build();
            batches.map_err(|error| damaged(&shared, TableError::reading(error)))
        })?;
        let mut next = move || {
            guarded(&shared.path, || {
                let batch = batches.next().transpose().map_err(TableError::reading);
                let batch = batch.map_err(|fault| damaged(&shared, fault))?;
                let mut found = Vec::new();
                for (part, text) in batch.iter().flat_map(|batch| parts(batch, GROUP_BYTES)) {
                    let growth = shared.growth.add(text as u64);
                    growth.map_err(ScreenError::limit(&shared.path))?;
                    found.push(part);
                }
                Ok(batch.is_some().then_some(found))
            })
        };
        let each = |parts: Result<Vec<RecordBatch>, ScreenError>| {
            let (parts, error) = match parts {
                Ok(parts) => (parts, None),
                Err(error) => (Vec::new(), Some(error)),
            };
            parts.into_iter().map(Ok).chain(error.map(Err))
        };
        Ok(std::iter::from_fn(move || next().transpose()).flat_map(each))
    }

    /// Copies all columns into a row group.
    pub(super) fn append_to<W: Write + Send>(
        &self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), TableError> {
        for chunk in self.metadata()?.columns() {
            let close = ColumnCloseResult {
                bytes_written: u64::try_from(chunk.compressed_size()).unwrap_or(0),
                rows_written: self.rows(),
                metadata: chunk.clone(),
                // These lie elsewhere in the file.
                bloom_filter: None,
                column_index: None,
                offset_index: None,
            };
            group.append_column(&self.window, close).map_err(|error| match error {
                ParquetError::External(_) => TableError::writing(error),
                // The chunk is not what the file says of it.
                other => TableError::reading(other),
            })?;
        }
        Ok(())
    }
}

impl Length for Window {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl Window {
    fn from(&self, start: u64) -> ParquetResult<Bytes> {
        let at = start.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        let at = at.filter(|at| *at <= self.bytes.len());
        at.map(|at| self.bytes.slice(at..)).ok_or_else(outside)
    }
}

impl ChunkReader for Window {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let mut bytes = self.from(start)?;
        if bytes.len() < length {
            return Err(outside());
        }
        Ok(bytes.split_to(length))
    }
}

fn outside() -> ParquetError {
    ParquetError::EOF("a page lies outside of its row group".to_owned())
}
