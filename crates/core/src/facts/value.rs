//! A value of a fact, as a firm gave it.

use rust_decimal::Decimal;

/// What is known of one fact. "Not asked", "asked, does not know" and "known to be none" are three
/// things.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// The key is missing or `null`.
    #[default]
    NotAnswered,
    /// `"unknown"`: asked, and the firm does not know.
    Unknown,
    /// Yes or no.
    Bool(bool),
    /// A number, exact.
    Number(Decimal),
    /// An enum value, by its index among the fact's values.
    Enum(u16),
    /// A code, normalised.
    Code(String),
    /// A code that fails its own check: kept as given, and nothing is derived from it.
    UncheckedCode(String),
    /// `"none"` for a code: known to be none.
    NoCode,
    /// Enum values by index, sorted, without repetition; empty is "known to be none".
    EnumList(Vec<u16>),
    /// Codes, sorted, without repetition; empty is "known to be none".
    Codes(Vec<String>),
}

impl Value {
    /// Whether the firm gave an answer that can decide anything.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !matches!(self, Self::NotAnswered | Self::Unknown | Self::UncheckedCode(_))
    }
}
