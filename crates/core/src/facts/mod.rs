//! Facts of a firm: the catalogue that declares them, and a profile read against it.
//!
//! Owns names, types, units, allowed values, questions and help; typed values; the reading of a
//! JSON profile with all its faults; the check of a credit code. In go the texts of
//! `rules/facts/*.toml` and `rules/tables/*.tsv` and a profile, out come a [`Catalogue`] and a
//! [`Profile`]. It never evaluates a condition, and it never guesses: what it cannot read is a
//! fault, what it reads in another spelling is said in a notice.

mod catalogue;
pub use catalogue::toml_fault;
pub(crate) use read::half_width;
pub mod credit_code;
pub mod json;
mod profile;
mod read;
mod reference;
mod schema;
mod set;
mod spelled;
mod suggestions;
mod table;
mod value;

pub use catalogue::{Catalogue, Fact, Format, Group, Kind, Texts, Together, Word};
pub use profile::{Fault, FaultKind, Notice, NoticeKind, Profile, members, parse};
pub use reference::{Place, Reference};
pub use schema::{csv_header, json_schema};
pub use set::FactSet;
pub use spelled::is_plain_credit_code;
pub use suggestions::{MOST_SUGGESTIONS, Suggestions};
pub use table::{Cell, Table, Tables};
pub use value::Value;

/// The place of a fact in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(pub u16);

impl FactId {
    /// The place as an index.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}
