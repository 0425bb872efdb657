//! Values parted by a delimiter: where records end, which cells they have, how they are written.
//!
//! `split` finds the ends of records in a stream, so that it can be cut into chunks; `cells` reads the
//! cells of a chunk; `write` writes rows and guards them against formulas. Quoting is read by
//! `csv-core`: a quote counts only at the start of a cell, `""` inside is one quote, and CR, LF and
//! CRLF all end a record. Records without quotes are cut at the delimiter directly; a test holds both
//! ways to the same cells.

mod added;
mod cells;
mod split;
mod write;

pub use added::AddedText;
pub use cells::{Records, header};
pub use split::{Cut, cut, first};
pub use write::{escape, is_formula, unguarded, write_rows};
