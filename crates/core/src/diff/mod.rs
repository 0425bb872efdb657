//! What changed between two rule books, for whom, and by which sentence.
//!
//! Owns the comparison of two books as a whole ([`BookDiff`]: texts, windows, offices, facts, tables, and what conditions
//! mean for all firms) and for one firm ([`moves()`]: which supports have another outcome, by which criteria and sentences).
//! Two plans go in with the files that they were read from. “No effect” is proved over all firms; every example is put
//! through the ordinary engine. It reads no file.

mod book;
mod brute_force;
mod causes;
mod describe;
mod files;
mod html;
mod json;
mod markdown;
mod meaning;
mod moves;
mod order;
mod outline;
mod pairs;
mod properties;
mod property_names;
mod report;
mod text_parts;
mod words;

pub use crate::evaluate::SupportOutcome;
pub use book::{BookDiff, BookWithFiles, DiffError, ItemChange, ItemDiff, RowDiff};
pub use causes::{Causes, CriterionPair, CriterionTruth, CriterionTruths};
pub use describe::MoveDescription;
pub use files::FileChange;
pub use meaning::{CriterionMove, Effect, MoveExample};
pub use moves::{Cause, Move, moves};
pub use outline::{ItemKind, Property};
pub use pairs::SupportPair;
pub use properties::PropertyDiff;
pub use text_parts::TextPart;
