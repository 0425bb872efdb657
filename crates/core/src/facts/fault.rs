//! What can be wrong with a profile, and what was read otherwise than it was written. Values only: who finds them is
//! `profile`, `read` and `spelled`, who words them is `wording`.

use super::credit_code::{CodeFault, without_personal_numbers};
use super::{FactId, Format};
use rust_decimal::Decimal;

/// One thing that is wrong with a profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// A JSON pointer to the value.
    pub pointer: String,
    /// The key as it was given; empty if the whole is meant.
    pub key: String,
    /// The fact, if the key names one.
    pub fact: Option<FactId>,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What can be wrong with a profile.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// Not JSON.
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// JSON, but not an object.
    NotAnObject,
    /// No fact has this name.
    UnknownFact,
    /// The fact was given before, under this or another name.
    Twice,
    /// A value of another type.
    WrongType,
    /// Not one of the fact's enum values.
    NotAValue {
        /// As given.
        given: String,
    },
    /// No such code.
    BadCode {
        /// What it should be a code of.
        format: Format,
        /// As given.
        given: String,
    },
    /// A name that several have.
    AmbiguousName {
        /// What it should be a name of.
        format: Format,
        /// As given.
        given: String,
        /// The first of them: code and name.
        candidates: Vec<(String, String)>,
    },
    /// An amount whose unit can be read in two ways.
    AmbiguousUnit {
        /// As given.
        given: String,
        /// Both readings, in the unit of the fact.
        readings: [String; 2],
    },
    /// A number with a fraction where none can be.
    NotWhole,
    /// A number outside the fact's range.
    OutOfRange {
        /// The least allowed.
        min: Decimal,
        /// The greatest allowed.
        max: Decimal,
    },
    /// A number of more digits than can be kept exactly.
    TooManyDigits,
    /// A personal identity number; it is not kept and not shown.
    PersonalNumber,
    /// A code that a spreadsheet took for a number: digits of it are lost.
    SpreadsheetNumber,
    /// A cell of a workbook with a formula whose result is not in the file.
    NoResult,
    /// A number of a workbook in a format that shows something else than the number.
    OtherFormat,
    /// A text that is too long.
    TooLong,
    /// A list of more items than any firm has.
    TooMany,
    /// There are more faults than are reported.
    More,
}

/// Something that was read otherwise than it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The fact.
    pub fact: FactId,
    /// What about it.
    pub kind: NoticeKind,
}

/// What a notice says.
#[derive(Clone, Debug, PartialEq)]
pub enum NoticeKind {
    /// The key is an older name of the fact.
    Alias {
        /// The key as given.
        given: String,
    },
    /// The value is one of an earlier version of the rules.
    OldValue {
        /// As given.
        given: String,
        /// What it was read as, by index.
        means: Vec<u16>,
    },
    /// The division code is no longer in force and was read as the one of today.
    RetiredDivision {
        /// As given.
        code: String,
        /// The last name of that division.
        name: String,
        /// The code that it was read as.
        now: String,
    },
    /// No list knows the division code, and it was read as its province.
    UnknownDivision {
        /// As given.
        code: String,
        /// The code of the province.
        province: String,
    },
    /// The credit code fails its check: it is kept as given, and nothing is derived from it.
    CreditCode(CodeFault),
    /// The credit code is that of an individually owned business (92, 个体工商户).
    SoleTrader,
}

impl Fault {
    pub(super) fn whole(kind: FaultKind) -> Self {
        Self { pointer: String::new(), key: String::new(), fact: None, kind }
    }

    /// A fault of the value under a key.
    pub(super) fn at(key: &str, fact: Option<FactId>, kind: FaultKind) -> Self {
        let pointer = format!("/{}", key.replace('~', "~0").replace('/', "~1"));
        Self { pointer, key: key.to_owned(), fact, kind }
    }

    pub(super) fn unknown(key: &str) -> Self {
        // A personal number is not repeated, not even as a misplaced key.
        let key = without_personal_numbers(key);
        Self::at(&key, None, FaultKind::UnknownFact)
    }
}
