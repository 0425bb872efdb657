//! What changed since the last screening: which client, which support, and why.
//!
//! `last` finds the last screening and checks it. `key` matches clients; `clients` holds those of the last list, their
//! facts in a `spool` on the disk, written by `codec`. `comparison` is what both months have in common, with
//! `shared_facts` where the rule books have other catalogues; `compare` compares the rows of a chunk, on the threads
//! that screen. `causes` verifies why a state differs, by evaluating `variants` of the firm in which one thing is put
//! back; `detail` words it. `collect` brings the changes into order and writes them; `report` counts. The job is
//! conducted by `job`, and nothing here reads a list.

mod causes;
pub(crate) mod clients;
mod codec;
pub(crate) mod collect;
pub(crate) mod compare;
pub(crate) mod comparison;
mod detail;
pub(crate) mod key;
pub(crate) mod last;
pub(crate) mod report;
mod shared_facts;
pub(crate) mod spool;
mod variants;
