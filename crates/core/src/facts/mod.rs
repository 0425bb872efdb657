//! Facts of a firm: the catalogue that declares them, and a profile read against it.
//!
//! Owns names, types, units, allowed values, questions and help; typed values; the reading of a
//! JSON profile with all its faults; the check of a credit code. In go the texts of
//! `rules/facts/*.toml` and `rules/tables/*.tsv` and a profile, out come a [`Catalogue`] and a
//! [`Profile`]. It never evaluates a condition, and it never guesses: what it cannot read is a
//! fault, what it reads in another spelling is reported in a notice.

mod catalogue;
pub mod credit_code;
mod draft;
mod fault;
mod interval;
pub mod json;
mod money;
mod names;
mod profile;
mod read;
mod reference;
mod schema;
pub mod search;
mod set;
mod spelled;
mod spelling;
mod suggestions;
mod table;
mod toml_fault;
mod value;

pub use catalogue::{
    Catalogue, EnumValue, Fact, Format, Group, Kind, LocalizedText, OldValue, Together, UsualRatio,
};
pub use fault::{Fault, FaultKind, Notice, NoticeKind};
pub use interval::{Interval, IntervalEnd};
pub use money::{MoneyUnit, header_unit};
pub use profile::{Profile, members, parse};
pub use reference::{DivisionState, Reference};
pub use schema::{csv_header, json_schema};
pub use set::FactSet;
pub use spelled::is_plain_credit_code;
pub use spelling::{code_spelling, half_width};
pub use suggestions::{MOST_SUGGESTIONS, Suggestions};
pub use table::{Cell, Table, Tables};
pub(crate) use toml_fault::read_toml;
pub use toml_fault::toml_fault;
pub use value::Value;

crate::index::index_type!(
    /// The index of a fact in the catalogue.
    pub struct FactId
);
