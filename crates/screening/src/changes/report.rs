//! What a comparison of two months came to.
//!
//! Owns the codes of causes, the counts, and the rows that were compared with nothing. It counts; it decides nothing.

use crate::table::format::FileType;
use crate::write::target::Written;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How many rows a [`RowList`] names.
const NAMED: usize = 10;

/// Why a status is not what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeCause {
    /// A cell, or a row, that could be read in one month and not in the other.
    Fault,
    /// A fact with another value.
    Fact,
    /// Another rule book.
    Rule,
    /// The as-of date, which lies elsewhere in the window of the support.
    Window,
    /// Several of these together, none of them alone.
    Several,
    /// The client was not in the last list.
    NewClient,
    /// The client is not in the new list.
    Gone,
    /// No cause was verified. This cannot be: a status depends on facts, rules and date alone.
    Unverified,
}

impl ChangeCause {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Fault,
        Self::Fact,
        Self::Rule,
        Self::Window,
        Self::Several,
        Self::NewClient,
        Self::Gone,
        Self::Unverified,
    ];

    /// Its code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Fact => "fact",
            Self::Rule => "rule",
            Self::Window => "window",
            Self::Several => "several",
            Self::NewClient => "new_client",
            Self::Gone => "gone",
            Self::Unverified => "unverified",
        }
    }
}

/// Rows of one kind: how many, and the numbers of the first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowList {
    /// How many there are.
    pub count: u64,
    /// The first of them, as spreadsheets number rows.
    pub first: Vec<u64>,
}

impl RowList {
    /// Adds a row.
    pub(crate) fn add(&mut self, row: u64) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(row);
        }
    }

    /// These rows and others, in order.
    pub(crate) fn and(&self, others: &Self) -> Self {
        let mut first = [self.first.as_slice(), &others.first].concat();
        first.sort_unstable();
        first.truncate(NAMED);
        Self { count: self.count + others.count, first }
    }
}

/// The rows of a list that were compared with nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotCompared {
    /// Their key is blank.
    pub blank_key: RowList,
    /// Their key occurs in a row before them. That row is compared with nothing either, and not counted here.
    pub repeated_key: RowList,
    /// They cannot be taken apart, and their key is in neither list, or none can be read.
    pub unreadable: RowList,
}

/// How often each cause occurs, by its code.
pub type CauseCounts = BTreeMap<String, u64>;

/// What was compared, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeCounts {
    /// Clients that are in both lists, and were compared.
    pub compared: u64,
    /// The lines of the file.
    pub lines: u64,
    /// The lines by cause.
    pub causes: CauseCounts,
    /// Per support, the lines by cause; supports without a line are left out.
    pub supports: BTreeMap<String, CauseCounts>,
    /// The rows of the new list that were compared with nothing.
    pub not_compared: NotCompared,
    /// The rows of the last list that were compared with nothing.
    pub not_compared_before: NotCompared,
}

impl ChangeCounts {
    /// Counts a line.
    pub(crate) fn add(&mut self, support: Option<&str>, cause: ChangeCause) {
        self.lines += 1;
        let count = |counts: &mut CauseCounts| {
            *counts.entry(cause.as_str().to_owned()).or_default() += 1;
        };
        count(&mut self.causes);
        if let Some(support) = support {
            match self.supports.get_mut(support) {
                Some(counts) => count(counts),
                None => count(self.supports.entry(support.to_owned()).or_default()),
            }
        }
    }
}

/// A comparison that was made.
#[derive(Clone, Debug)]
pub struct ChangeReport {
    /// The path of the file, `-` if it was discarded.
    pub path: PathBuf,
    /// Its file type.
    pub file_type: FileType,
    /// The file.
    pub written: Written,
    /// The column of the key, as it was named.
    pub key: String,
    /// The manifest of the last screening.
    pub previous: PathBuf,
    /// `sha256:…` of that manifest.
    pub previous_sha256: String,
    /// What was found.
    pub counts: ChangeCounts,
}
