//! What another rule book would mean for a list of firms: counts a move, and who moves by which criterion and sentence.
//!
//! `options` and `report` are what goes in and comes out. `facts` says which fact of the old book is which of the new one;
//! `books` holds what all threads share. `comparer` evaluates the rows of a chunk by both books, on the threads that
//! screen: a chunk is read once. `patterns` finds the causes of a move once for all firms whose criteria have the same
//! truths; `kinds` is a kind of move, `words` has its words, `counts` counts. `details` writes the line of a moved firm. `digest` is the counts
//! without any firm, with small cells hidden by `hidden`; `page` draws them. The job is conducted by `job`, and nothing
//! here reads a list.

pub(crate) mod books;
pub(crate) mod comparer;
pub(crate) mod counts;
pub(crate) mod details;
pub(crate) mod digest;
pub(crate) mod facts;
mod hidden;
pub(crate) mod kinds;
pub(crate) mod options;
pub(crate) mod page;
mod patterns;
pub(crate) mod report;
mod words;
