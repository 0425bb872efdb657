//! Screening: from chunks of rows to chunks of an output.
//!
//! [`job`] is what all screeners of a list share; [`screener`] is what one thread does to a chunk, by way of
//! `answer_reader` and `column_reader`; `pipeline` runs screeners on all cores, and `sequencer` brings their chunks
//! back into the order of the rows. `layout` names the added columns, `added` holds their values, `questions` orders what is
//! missing, `warnings` compares answers, `tally` and `summary` count, `matches` makes the list to call.

pub(crate) mod added;
pub(crate) mod answer_reader;
pub(crate) mod column_reader;
pub(crate) mod findings;
pub(crate) mod job;
pub(crate) mod layout;
pub(crate) mod matches;
mod not_firm;
pub(crate) mod pipeline;
pub(crate) mod questions;
pub(crate) mod screened;
pub(crate) mod screener;
pub(crate) mod sequencer;
pub(crate) mod summary;
pub(crate) mod tally;
mod warnings;
