//! What changed between two rule books.
//!
//! Owns the comparison of two books for one firm ([`moves`]): which supports have another outcome, and by which criteria
//! and sentences. Two answers go in, moves come out. It reads no file and prints nothing.

mod describe;
mod moves;

pub use describe::MoveDescription;
pub use moves::{Cause, Move, Outcome, moves};
