//! Rows to answers: the part of screening that knows which column holds which fact.
//!
//! Owns one [`ColumnReader`] a column, the caches of dictionaries, the meaning of JSON keys, and the answers of the
//! rows of a chunk. Cells, lines of JSON or columns of Parquet go in; a [`Batch`] of answers comes out, and
//! [`Findings`] about those cells that are not plain values. It evaluates nothing.

use super::column_reader::{CellOutcome, ColumnReader};
use super::findings::{Cell, ColumnRef, Findings};
use super::job::Job;
use super::tally::Tally;
use crate::error::ScreenError;
use crate::parquet::{DictionaryCache, RecordBatch};
use crate::read::ndjson::{self, JsonLine};
use crate::table::cells::{CellKind, Cells, RowFault};
use crate::table::encoding::in_gb18030;
use crate::table::header::Mapped;
use export_advisor_core::evaluate::Batch;
use export_advisor_core::facts::credit_code::without_personal_numbers;
use export_advisor_core::facts::{FactId, Profile, Value};
use foldhash::{HashMap, HashSet, HashSetExt as _};
use std::borrow::Cow;

/// How many spellings of JSON keys are cached: a stream may bring new ones without end.
const MAX_KEYS: usize = 1 << 12;

/// How many rows are read at once, of all columns.
const ROWS_AT_ONCE: usize = 64;

/// Reads rows into answers.
pub(crate) struct AnswerReader<'a> {
    job: &'a Job<'a>,
    /// The index of a column among the cells, and its reader.
    readers: Vec<(usize, ColumnReader<'a>)>,
    /// Per reader, the cache of its column's dictionary.
    dictionaries: Vec<DictionaryCache>,
    /// The fact of a JSON key.
    keys: HashMap<String, Option<Mapped>>,
    /// The answers of the chunk's rows.
    pub(crate) answers: Batch,
}

impl<'a> AnswerReader<'a> {
    /// A reader for a list.
    pub(crate) fn new(job: &'a Job<'a>) -> Self {
        let book = &job.plan.book;
        let readers = (job.columns.facts.iter().enumerate()).filter_map(|(column, mapped)| {
            let mapped = (*mapped)?;
            let fact = book.catalogue.fact(mapped.fact);
            Some((column, ColumnReader::new(fact, mapped, &book.reference)))
        });
        let readers: Vec<_> = readers.collect();
        let keys = job.columns.names.iter().cloned().zip(job.columns.facts.iter().copied());
        Self {
            job,
            dictionaries: readers.iter().map(|_| Default::default()).collect(),
            readers,
            keys: keys.collect(),
            answers: Batch::new(job.plan),
        }
    }

    /// Reads the columns of a batch.
    pub(crate) fn read_batch(
        &mut self,
        batch: &RecordBatch,
        found: &mut Findings<'_>,
        tally: &mut Tally,
    ) {
        let columns = self.readers.iter_mut().zip(&mut self.dictionaries);
        for ((index, reader), dictionary) in columns {
            let fact = reader.fact;
            let array = batch.column(self.job.column_in_batch(*index, batch.num_columns()));
            let column = self.answers.column(fact.id);
            let mut report = |row: usize, outcome: &CellOutcome, text: &str| {
                let cell = Cell { row, column: ColumnRef::Index(*index) };
                found.record(tally, fact, cell, outcome, text);
            };
            dictionary.read(reader, array, column, &mut report);
        }
    }

    /// Reads the cells of a format that does not say what they are.
    pub(crate) fn read_texts(
        &mut self,
        cells: &Cells<'_>,
        found: &mut Findings<'_>,
        tally: &mut Tally,
    ) -> Result<(), ScreenError> {
        let rows = cells.rows();
        let mut faulty: Vec<(usize, String)> = Vec::new();
        // All columns of a few rows at a time: their text stays in the nearest cache.
        for first in (0..rows).step_by(ROWS_AT_ONCE) {
            let at_once = first..rows.min(first + ROWS_AT_ONCE);
            for (index, reader) in &mut self.readers {
                let fact = reader.fact;
                let column = self.answers.column(fact.id);
                let cell = |row| Cell { row, column: ColumnRef::Index(*index) };
                let mut report = |row: usize, outcome: &CellOutcome, text: &str| {
                    found.record(tally, fact, cell(row), outcome, text);
                    if self.job.is_encoding_weak && matches!(outcome, CellOutcome::Fault(_)) {
                        faulty.push((row, text.to_owned()));
                    }
                };
                reader.push_rows(cells, *index, at_once.clone(), column, &mut report);
                let mut faulty = faulty.drain(..);
                if let Some((row, _)) = faulty.find(|(_, text)| reads_in_gb18030(reader, text)) {
                    let fact = fact.name.clone();
                    return Err(ScreenError::WrongEncoding { row: row as u64, fact });
                }
            }
        }
        Ok(())
    }

    /// Reads the cells of a format that says what each is.
    pub(crate) fn read_kinds(
        &mut self,
        cells: &Cells<'_>,
        found: &mut Findings<'_>,
        tally: &mut Tally,
    ) {
        for (index, reader) in &mut self.readers {
            let fact = reader.fact;
            let column = self.answers.column(fact.id);
            for row in 0..cells.rows() {
                let (text, kind) = (cells.get(row, *index), cells.kind(row, *index));
                if kind == Some(CellKind::Merged) {
                    column.push_not_answered();
                    found.merged(tally, fact, row);
                    continue;
                }
                let outcome = reader.push_as(text, kind.unwrap_or_default(), column);
                let cell = Cell { row, column: ColumnRef::Index(*index) };
                found.record(tally, fact, cell, &outcome, text);
            }
        }
    }

    /// Reads the members of a line.
    pub(crate) fn read_line(
        &mut self,
        row: usize,
        line: &JsonLine<'_>,
        found: &mut Findings<'_>,
        tally: &mut Tally,
    ) {
        let book = &self.job.plan.book;
        let members = match &line.members {
            Ok(members) => members,
            Err(column) => {
                let line = line.text.clone().into_owned();
                return found.row_fault(tally, row, &RowFault::NotJson { column: *column, line });
            }
        };
        if line.text.contains('\u{fffd}') {
            found.row_fault(tally, row, &RowFault::NotText);
        }
        let mut seen = HashSet::with_capacity(members.len());
        let mut twice: HashSet<FactId> = HashSet::new();
        let mut values: Vec<(FactId, Value)> = Vec::new();
        for (key, raw) in members {
            let mapped = self.mapped(key);
            let is_given = mapped.is_some_and(|m| values.iter().any(|(fact, _)| *fact == m.fact));
            if !seen.insert(&**key) || is_given {
                found.row_fault(tally, row, &RowFault::KeyTwice(key.clone().into_owned()));
                if let Cow::Owned(_) = without_personal_numbers(&ndjson::cell(raw)) {
                    found.refuse(tally, Cell { row, column: ColumnRef::Key(key) });
                }
                if let Some(mapped) = mapped {
                    twice.insert(mapped.fact);
                    found.last_is_of(row, mapped.fact);
                }
                continue;
            }
            let Some(mapped) = mapped else { continue };
            let fact = book.catalogue.fact(mapped.fact);
            let mut notices = Vec::new();
            match Profile::read_member(fact, raw, mapped.shift, &book.reference, &mut notices) {
                Ok(value) => {
                    if value == Value::Unknown {
                        found.unknown(fact.id, row);
                    }
                    found.notices(tally, row, &notices);
                    values.push((fact.id, value));
                }
                Err(kinds) => {
                    values.push((fact.id, Value::NotAnswered));
                    let given = ndjson::cell(raw);
                    let cell = Cell { row, column: ColumnRef::Key(key) };
                    for kind in kinds {
                        found.fault(tally, fact, cell, &kind, &given);
                    }
                }
            }
        }
        for (fact, value) in values {
            let column = self.answers.column(fact);
            while column.len() < row {
                column.push_not_answered();
            }
            // Of two values it is unknown which is meant.
            column.push(if twice.contains(&fact) { &Value::NotAnswered } else { &value });
        }
    }

    /// The fact that a key of a line holds. The first rows may not have the key.
    fn mapped(&mut self, key: &str) -> Option<Mapped> {
        if let Some(mapped) = self.keys.get(key) {
            return *mapped;
        }
        let mapped = self.job.later_key(key);
        if mapped.is_some() && self.keys.len() < MAX_KEYS {
            self.keys.insert(key.to_owned(), mapped);
        }
        mapped
    }
}

/// Whether a cell that cannot be read as UTF-8 has a value in GB18030.
fn reads_in_gb18030(reader: &ColumnReader<'_>, text: &str) -> bool {
    !text.is_ascii() && in_gb18030(text.as_bytes()).is_some_and(|other| reader.can_read(&other))
}
