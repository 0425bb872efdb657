//! A screened chunk, between a screener and the outputs.
//!
//! Owns the data that leaves a screener: the counts of the chunk, its first faults, its matches, and its rows in
//! the form that the writer takes. It knows no format and computes nothing but its size.

use super::added::AddedColumns;
use super::layout::Layout;
use super::matches::PlacedMatch;
use crate::book_diff::comparer::MovedFirm;
use crate::changes::clients::ClientsChunk;
use crate::changes::compare::ComparedRows;
use crate::parquet::EncodedRowGroup;
use crate::table::cells::Cells;

/// A screened chunk.
#[derive(Debug)]
pub(crate) struct ScreenedChunk {
    /// How many rows it has.
    pub(crate) rows: usize,
    /// How many blank lines were skipped.
    pub(crate) blank: usize,
    /// The first rows with faults and their messages, by position in the chunk, blank rows counted.
    pub(crate) faults: Vec<(usize, String)>,
    /// The rows.
    pub(crate) output: Output,
    /// How many rows the output has.
    pub(crate) written: usize,
    /// The lines of the list to call, by position in the chunk, blank rows counted.
    pub(crate) matches: Vec<PlacedMatch>,
    /// Its rows, compared with those of the last list; none if they are not.
    pub(crate) compared: ComparedRows,
}

/// The rows of a screened chunk in the form that the writer takes.
#[derive(Debug)]
pub(crate) enum Output {
    /// Finished text.
    Text(Vec<u8>),
    /// Cells with their added columns.
    Rows(Box<ScreenedRows>),
    /// An encoded row group.
    RowGroup(EncodedRowGroup),
    /// The clients that the rows are.
    Clients(Box<ClientsChunk>),
    /// The firms that move between two rule books.
    Moves(Vec<MovedFirm>),
}

/// Cells with their added columns.
#[derive(Clone, Debug)]
pub(crate) struct ScreenedRows {
    /// The cells.
    pub(crate) cells: Cells<'static>,
    /// The values of the added columns.
    pub(crate) added: AddedColumns,
}

impl ScreenedChunk {
    /// About how many bytes it has in a file.
    pub(crate) fn size(&self, layout: &Layout) -> u64 {
        /// An added cell, where it is not text yet.
        const CELL: usize = 8;
        let added = self.written * layout.names().count() * CELL;
        let output = match &self.output {
            Output::Text(text) => text.len(),
            Output::Rows(rows) => rows.cells.size() + added,
            Output::RowGroup(_) => added,
            Output::Clients(clients) => clients.size(),
            Output::Moves(firms) => firms.iter().map(MovedFirm::size).sum(),
        };
        let matches: usize = self.matches.iter().map(|(_, line)| line.size()).sum();
        (output + matches) as u64
    }
}
