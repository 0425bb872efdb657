//! Rows as the reader gives them: decoded, or a row group as it is in the file.

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
