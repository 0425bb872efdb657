//! Where people look things up, without a firm: all supports, one support, the measures, and what they search for.
//!
//! The addresses of these pages hold what is selected and searched for, never a fact of a firm. Whether one support
//! concerns the firm is asked by the guided form ([`concern`](super::concern)).

pub(crate) mod list;
pub(super) mod marks;
pub(super) mod measures;
pub(crate) mod one;
mod outline;

pub(super) use measures::measure_label;
