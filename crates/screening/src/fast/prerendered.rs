//! The values of added columns as delimited text, rendered once for a file.
//!
//! A row has a status for each support, and a list has a million rows, so most of an output is these values. Four
//! statuses are copied at once, with the delimiters before them. The plain form writes a delimiter and the escaped
//! value of each cell.

use crate::screen::layout::Layout;
use crate::table::delimited::escape;
use export_advisor_core::facts::FactId;
use export_advisor_core::rulebook::{ExcludedBy, Status};

/// How many supports are written at once: their bits are the index in a table.
const GROUP: usize = 4;

/// How many bytes are copied at once, whatever the length of the text.
const CHUNK: usize = 64;

/// A text that is copied at once if it is no longer than [`CHUNK`].
#[derive(Clone, Debug)]
struct Prerendered {
    /// The text, with blanks up to `CHUNK`.
    text: Vec<u8>,
    length: usize,
}

impl Prerendered {
    fn new(mut text: Vec<u8>) -> Self {
        let length = text.len();
        text.resize(length.max(CHUNK), b' ');
        Self { text, length }
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        match self.text.first_chunk::<CHUNK>() {
            // A copy of a fixed length is a few instructions; the surplus is truncated.
            Some(chunk) if self.length <= CHUNK => {
                let end = out.len() + self.length;
                out.extend_from_slice(chunk);
                out.truncate(end);
            }
            _ => out.extend_from_slice(self.text.get(..self.length).unwrap_or_default()),
        }
    }
}

/// The values of one file's added columns, each with the delimiter before it.
#[derive(Clone, Debug)]
pub(crate) struct PrerenderedColumns {
    /// The delimiter of the output.
    pub(crate) delimiter: u8,
    /// Statuses of [`GROUP`] supports, by the bits of those that apply and, above them, of those that do not.
    groups: Vec<Prerendered>,
    /// The same for one support.
    single: Vec<Prerendered>,
    /// What excludes a firm, in the order of [`ExcludedBy::ALL`].
    exclusions: [Prerendered; ExcludedBy::COUNT],
    /// Per derived column, its labels.
    labels: Vec<Vec<Prerendered>>,
    /// Per fact, its name after a `;`.
    facts: Vec<Prerendered>,
}

impl PrerenderedColumns {
    /// Renders the values of a layout.
    pub(crate) fn new(layout: &Layout, delimiter: u8) -> Self {
        let status = |applies: bool, not: bool| match (applies, not) {
            (true, _) => Status::Applies,
            (_, true) => Status::DoesNotApply,
            _ => Status::Undetermined,
        };
        let several = |count: usize| -> Vec<Prerendered> {
            let text = |bits: usize| {
                let mut text = Vec::new();
                for support in 0..count {
                    let bit = |index: usize| bits >> index & 1 == 1;
                    text.push(delimiter);
                    let value = layout.status(status(bit(support), bit(count + support)));
                    escape(value, delimiter, &mut text);
                }
                Prerendered::new(text)
            };
            (0..1 << (2 * count)).map(text).collect()
        };
        let cell = |value: &str| {
            let mut text = vec![delimiter];
            escape(value, delimiter, &mut text);
            Prerendered::new(text)
        };
        let labels = (0..layout.derived.len())
            .map(|column| layout.derived_labels(column).iter().map(|value| cell(value)).collect());
        let facts = layout.facts().iter().map(|name| Prerendered::new(format!(";{name}").into()));
        Self {
            delimiter,
            groups: several(GROUP),
            single: several(1),
            exclusions: ExcludedBy::ALL.map(|by| cell(layout.exclusion(by))),
            labels: labels.collect(),
            facts: facts.collect(),
        }
    }

    /// Writes the statuses of a row, given the bits of the supports that apply and of those that do not.
    pub(crate) fn statuses(
        &self,
        applies: &[u64],
        not: &[u64],
        supports: usize,
        out: &mut Vec<u8>,
    ) {
        const BITS: u64 = (1 << GROUP) - 1;
        let mut remaining = supports;
        for (applies, not) in applies.iter().zip(not) {
            let (mut applies, mut not) = (*applies, *not);
            let mut within = remaining.min(64);
            remaining -= within;
            while within >= GROUP {
                let bits = applies & BITS | (not & BITS) << GROUP;
                write(&self.groups, bits, out);
                (applies, not) = (applies >> GROUP, not >> GROUP);
                within -= GROUP;
            }
            while within > 0 {
                write(&self.single, applies & 1 | (not & 1) << 1, out);
                (applies, not) = (applies >> 1, not >> 1);
                within -= 1;
            }
        }
    }

    /// Writes what excludes a firm.
    pub(crate) fn exclusion(&self, by: Option<ExcludedBy>, out: &mut Vec<u8>) {
        match by.and_then(|by| self.exclusions.get(by.index())) {
            Some(name) => name.write(out),
            None => out.push(self.delimiter),
        }
    }

    /// Writes the names of facts, separated by `;`.
    pub(crate) fn facts(&self, facts: impl Iterator<Item = FactId>, out: &mut Vec<u8>) {
        out.push(self.delimiter);
        let start = out.len();
        let mut several = false;
        for (index, name) in facts.filter_map(|fact| self.facts.get(fact.index())).enumerate() {
            match index {
                0 => out.extend_from_slice(name.text.get(1..name.length).unwrap_or_default()),
                _ => name.write(out),
            }
            several = index > 0;
        }
        // The separator may be the delimiter of the output.
        if several && self.delimiter == b';' {
            out.insert(start, b'"');
            out.push(b'"');
        }
    }

    /// Writes a value of a derived column.
    pub(crate) fn value(&self, column: usize, value: u16, out: &mut Vec<u8>) {
        match self.labels.get(column).and_then(|labels| labels.get(usize::from(value))) {
            Some(text) => text.write(out),
            None => out.push(self.delimiter),
        }
    }
}

#[inline]
fn write(table: &[Prerendered], bits: u64, out: &mut Vec<u8>) {
    let text = usize::try_from(bits).ok().and_then(|bits| table.get(bits));
    if let Some(text) = text {
        text.write(out);
    }
}
