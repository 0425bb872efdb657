//! Row groups of a Parquet file as raw bytes.
//!
//! Owns a row group before anyone decodes it. From Parquet to Parquet the reader delivers groups raw: a screener
//! decodes the columns with facts, and all columns are copied into the output byte for byte. The plain form decodes
//! all columns and encodes them again. Large groups are not copied, since a group is held in memory; nor are very
//! many groups, since each has an entry for each column in the file's table of contents, which is held until the
//! end.

use super::panic_guard::guarded;
use super::values::parts;
use crate::error::ScreenError;
use crate::error::parquet::ParquetError;
use crate::table::limits::Growth;
use arrow_array::RecordBatch;
use bytes::buf::Reader;
use bytes::{Buf as _, Bytes};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError as LibraryError, Result as LibraryResult};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::writer::SerializedRowGroupWriter;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many bytes of text are delivered at once, so that wide rows fill no memory.
pub(super) const GROUP_BYTES: usize = 4 << 20;
/// The most groups of a file of which each is delivered alone: of more, a group costs more than its rows.
pub(super) const MAX_GROUPS: usize = 1024;
/// The most rows of a group that is copied.
const MAX_ROWS: i64 = 1 << 18;
/// The most bytes of a group that is copied.
const MAX_BYTES: u64 = 16 << 20;

/// The row groups of a file that are delivered raw.
#[derive(Debug)]
pub(super) struct RawRowGroups {
    file: File,
    shared: Arc<Shared>,
    /// The number and the byte range of each.
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
pub(crate) struct RawRowGroup {
    shared: Arc<Shared>,
    number: usize,
    window: Window,
}

/// A part of a file, and its offset.
#[derive(Clone, Debug)]
struct Window {
    start: u64,
    bytes: Bytes,
}

/// The byte ranges of a file's row groups, if all can be copied.
pub(super) fn byte_ranges(metadata: &ParquetMetaData) -> Option<Vec<Range<u64>>> {
    let groups = metadata.row_groups();
    if groups.len() > MAX_GROUPS {
        return None;
    }
    groups.iter().map(byte_range).collect()
}

fn byte_range(group: &RowGroupMetaData) -> Option<Range<u64>> {
    let mut whole: Option<Range<u64>> = None;
    for chunk in group.columns() {
        let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
        let start = u64::try_from(start).ok().filter(|_| chunk.file_path().is_none())?;
        let end = start.checked_add(u64::try_from(chunk.compressed_size()).ok()?)?;
        let so_far = whole.unwrap_or(start..end);
        whole = Some(so_far.start.min(start)..so_far.end.max(end));
    }
    whole.filter(|byte_range| {
        byte_range.end - byte_range.start <= MAX_BYTES && group.num_rows() <= MAX_ROWS
    })
}

impl RawRowGroups {
    /// The groups of some byte ranges, of which some columns are decoded, some rows at once.
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
    pub(super) fn next(&mut self) -> Result<Option<RawRowGroup>, ParquetError> {
        let groups = self.shared.metadata.metadata().row_groups();
        let some = |number: usize| groups.get(number).is_some_and(|group| group.num_rows() > 0);
        let Some((number, byte_range)) = self.ranges.find(|(number, _)| some(*number)) else {
            return Ok(None);
        };
        let size =
            usize::try_from(byte_range.end - byte_range.start).map_err(ParquetError::reading)?;
        let mut bytes = vec![0; size];
        self.file.seek(SeekFrom::Start(byte_range.start)).map_err(ParquetError::reading)?;
        self.file.read_exact(&mut bytes).map_err(ParquetError::reading)?;
        let window = Window { start: byte_range.start, bytes: bytes.into() };
        Ok(Some(RawRowGroup { shared: Arc::clone(&self.shared), number, window }))
    }
}

impl RawRowGroup {
    fn metadata(&self) -> Result<&RowGroupMetaData, ParquetError> {
        let groups = self.shared.metadata.metadata().row_groups();
        groups.get(self.number).ok_or_else(|| ParquetError::reading("a row group is missing"))
    }

    /// The file that it belongs to.
    pub(crate) fn path(&self) -> &Path {
        &self.shared.path
    }

    /// How many rows it has.
    pub(crate) fn rows(&self) -> u64 {
        self.metadata().ok().and_then(|group| u64::try_from(group.num_rows()).ok()).unwrap_or(0)
    }

    /// The columns that are decoded, some rows at a time.
    ///
    /// # Errors
    /// It is damaged, or its texts are too long for the size of the file.
    pub(crate) fn batches(
        &self,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, ScreenError>> + use<>, ScreenError> {
        let shared = Arc::clone(&self.shared);
        let damaged = |shared: &Shared, fault: ParquetError| ScreenError::Parquet {
            path: shared.path.clone(),
            fault,
        };
        let mut batches = guarded(&shared.path, || {
            let metadata = shared.metadata.clone();
            let builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(self.window.clone(), metadata);
            let batches = builder
                .with_row_groups(vec![self.number])
                .with_projection(shared.wanted.clone())
                .with_batch_size(shared.batch)
                .build();
            batches.map_err(|error| damaged(&shared, ParquetError::reading(error)))
        })?;
        let mut next = move || {
            guarded(&shared.path, || {
                let batch = batches.next().transpose().map_err(ParquetError::reading);
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
    ) -> Result<(), ParquetError> {
        for chunk in self.metadata()?.columns() {
            let close = ColumnCloseResult {
                bytes_written: u64::try_from(chunk.compressed_size()).unwrap_or(0),
                rows_written: self.rows(),
                metadata: chunk.clone(),
                // These are elsewhere in the file.
                bloom_filter: None,
                column_index: None,
                offset_index: None,
            };
            group.append_column(&self.window, close).map_err(|error| match error {
                LibraryError::External(_) => ParquetError::writing(error),
                // The chunk is not what the table of contents states.
                other => ParquetError::reading(other),
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
    fn bytes_from(&self, start: u64) -> LibraryResult<Bytes> {
        let offset = start.checked_sub(self.start).and_then(|offset| usize::try_from(offset).ok());
        let offset = offset.filter(|offset| *offset <= self.bytes.len());
        offset.map(|offset| self.bytes.slice(offset..)).ok_or_else(outside)
    }
}

impl ChunkReader for Window {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> LibraryResult<Self::T> {
        Ok(self.bytes_from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> LibraryResult<Bytes> {
        let mut bytes = self.bytes_from(start)?;
        if bytes.len() < length {
            return Err(outside());
        }
        Ok(bytes.split_to(length))
    }
}

fn outside() -> LibraryError {
    LibraryError::EOF("a page lies outside of its row group".to_owned())
}
