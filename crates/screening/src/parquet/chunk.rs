//! Rows as the Parquet reader gives them.
//!
//! Owns the difference between decoded columns and a row group that is delivered raw. The screener sees batches in
//! both cases; only the writer copies the raw group.

use super::row_groups::RawRowGroup;
use crate::error::ScreenError;
use arrow_array::RecordBatch;

/// Some rows.
pub(crate) enum ParquetChunk {
    /// Decoded columns.
    Batches(Vec<RecordBatch>),
    /// A row group that is copied.
    Group(RawRowGroup),
}

/// Batches that are decoded one after the other.
type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ScreenError>>>;

impl ParquetChunk {
    /// The decoded columns, and the row group from which the others are copied.
    ///
    /// # Errors
    /// The row group is damaged.
    pub(crate) fn into_batches(self) -> Result<(Batches, Option<RawRowGroup>), ScreenError> {
        Ok(match self {
            Self::Batches(batches) => (Box::new(batches.into_iter().map(Ok)), None),
            Self::Group(group) => (Box::new(group.batches()?), Some(group)),
        })
    }
}
