//! Rows as delimited text.
//!
//! Owns the order of the cells of a row: the input's columns, then the added ones. A record that the reader found
//! complete and harmless is copied as it is; all other cells are written with their guards and quotes.

use crate::fast::prerendered::PrerenderedColumns;
use crate::screen::added::AddedColumns;
use crate::screen::layout::Layout;
use crate::table::cells::Cells;
use crate::table::delimited::escape;

/// Writes rows with their added columns. `copy` says that records have the same delimiter as the output, so that
/// those without a cell that needs a guard are copied byte for byte.
pub(crate) fn write_delimited_rows(
    cells: &Cells<'_>,
    added: &AddedColumns,
    layout: &Layout,
    prerendered: &PrerenderedColumns,
    copy: bool,
    out: &mut Vec<u8>,
) {
    let delimiter = prerendered.delimiter;
    for row in 0..cells.rows() {
        let record = cells.record(row).filter(|_| copy);
        match record {
            Some(record) => out.extend_from_slice(record.as_bytes()),
            None => {
                for (column, cell) in cells.row(row).enumerate() {
                    if column > 0 {
                        out.push(delimiter);
                    }
                    escape(cell, delimiter, out);
                }
            }
        }
        added.write_cells(row, layout, prerendered, out);
        out.push(b'\n');
    }
}
