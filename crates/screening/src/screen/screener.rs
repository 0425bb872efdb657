//! What one thread does to a chunk: parse, read by fact, evaluate, render.
//!
//! Owns the way from the rows of a chunk to their output. There is one screener a thread; it keeps its buffers and caches
//! from chunk to chunk. A chunk goes in; a [`ScreenedChunk`] comes out. A row with a fault keeps its cells and gets its
//! faults, without a status. A screener reads no file and decides nothing about firms.

use super::added::AddedColumns;
use super::column_reader::{CellOutcome, ColumnReader};
use super::findings::Findings;
use super::job::{Job, OutputForm, credit_code_fact};
use super::layout::Layout;
use super::matches::MatchLine;
use super::screened::{Output, ScreenedChunk, ScreenedRows};
use super::tally::Tally;
use crate::error::ScreenError;
use crate::error::parquet::ParquetError;
use crate::fast::prerendered::PrerenderedColumns;
use crate::messages;
use crate::parquet::{DictionaryCache, ParquetChunk, RecordBatch};
use crate::read::csv::records::Records;
use crate::read::ndjson::{self, JsonLine};
use crate::read::reader::Chunk;
use crate::table::cells::{CellKind, Cells, RowFault};
use crate::table::encoding::in_gb18030;
use crate::table::header::Mapped;
use crate::{parquet, write};
use export_advisor_core::evaluate::{Block, Evaluator, Stage};
use export_advisor_core::facts::{FactId, FactSet, Profile, Value};
use foldhash::{HashMap, HashSet, HashSetExt as _};
use std::borrow::Cow;
use std::path::PathBuf;

/// How many spellings of JSON keys are cached: a stream may bring new ones without end.
const MAX_KEYS: usize = 1 << 12;

/// How many rows are read at once, of all columns.
const ROWS_AT_ONCE: usize = 64;

/// How many rows with faults a chunk reports.
const MAX_FAULTS: usize = 20;

/// Screens chunks.
pub(crate) struct Screener<'a> {
    job: &'a Job<'a>,
    readers: Vec<(usize, ColumnReader<'a>)>,
    /// Per reader, the cache of its column's dictionary.
    dictionaries: Vec<DictionaryCache>,
    /// NDJSON: key → the fact that it holds.
    keys: HashMap<String, Option<Mapped>>,
    block: Block,
    evaluator: Evaluator<'a>,
    uscc: Option<FactId>,
    records: Records,
    /// The added columns of delimited text.
    prerendered: PrerenderedColumns,
    /// The buffer of the next output.
    output_buffer: Vec<u8>,
    /// The buffer of the last chunk.
    input_buffer: Vec<u8>,
    /// The counts of this thread.
    pub(crate) tally: Tally,
}

impl<'a> Screener<'a> {
    /// A screener for a list.
    pub(crate) fn new(job: &'a Job<'a>) -> Self {
        let book = &job.plan.book;
        let readers = (job.columns.facts.iter().enumerate()).filter_map(|(column, mapped)| {
            let mapped = (*mapped)?;
            let fact = book.catalogue.fact(mapped.fact);
            Some((column, ColumnReader::new(fact, mapped, &book.reference)))
        });
        let keys = job.columns.names.iter().cloned().zip(job.columns.facts.iter().copied());
        let supports: Vec<usize> = job.layout.supports.iter().map(|(index, _)| *index).collect();
        let evaluator = if supports.len() == job.plan.supports.len() {
            Evaluator::new(job.plan)
        } else {
            Evaluator::only(job.plan, &supports)
        };
        let readers: Vec<_> = readers.collect();
        let delimiter = match job.form {
            OutputForm::Csv { delimiter } => delimiter,
            OutputForm::Ndjson | OutputForm::Rows | OutputForm::RowGroup => job.delimiter,
        };
        Self {
            job,
            dictionaries: readers.iter().map(|_| DictionaryCache::default()).collect(),
            readers,
            keys: keys.collect(),
            block: Block::new(job.plan),
            evaluator,
            uscc: credit_code_fact(job.plan),
            records: Records::new(job.delimiter),
            prerendered: PrerenderedColumns::new(&job.layout, delimiter),
            output_buffer: Vec::new(),
            input_buffer: Vec::new(),
            tally: Tally::new(job.plan, &job.layout),
        }
    }

    /// The added columns.
    pub(crate) fn layout(&self) -> &'a Layout {
        &self.job.layout
    }

    /// Screens a chunk. `buffer` becomes its text; what it holds is discarded.
    ///
    /// # Errors
    /// A value that reads only in another encoding than the one that was chosen on weak evidence.
    pub(crate) fn run(
        &mut self,
        chunk: Chunk,
        buffer: Vec<u8>,
    ) -> Result<ScreenedChunk, ScreenError> {
        self.output_buffer = buffer;
        self.output_buffer.clear();
        match chunk {
            Chunk::Csv(bytes) => {
                let text = self.decode(&bytes)?;
                let columns = self.job.columns.names.len();
                let (cells, blank) = self.records.read(text, columns);
                let screened = self.cells(cells, blank);
                self.input_buffer = bytes;
                screened
            }
            Chunk::Ndjson(bytes) => {
                let text = self.decode(&bytes)?;
                let screened = self.lines(&text);
                self.input_buffer = bytes;
                Ok(screened)
            }
            Chunk::Cells { cells, blank } => self.cells(cells, blank),
            Chunk::Parquet(chunk) => self.columns(chunk),
        }
    }

    /// Takes the buffer of the last chunk, to read another into it.
    pub(crate) fn take_input_buffer(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.input_buffer)
    }

    fn findings(&self, rows: usize) -> Findings<'a> {
        Findings::new(rows, self.job.plan, self.job.layout.lang, self.uscc)
    }

    fn decode<'t>(&self, bytes: &'t [u8]) -> Result<Cow<'t, str>, ScreenError> {
        match simdutf8::basic::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(_) if self.job.is_encoding_weak && in_gb18030(bytes).is_some() => {
                Err(ScreenError::WrongEncoding { row: 0, fact: "text".to_owned() })
            }
            Err(_) => Ok(String::from_utf8_lossy(bytes)),
        }
    }

    /// Screens the columns of a Parquet file. For an output of another format they become rows of text.
    fn columns(&mut self, chunk: ParquetChunk) -> Result<ScreenedChunk, ScreenError> {
        let job = self.job;
        let schema = job.parquet.as_ref().filter(|_| job.form == OutputForm::RowGroup);
        let (mut batches, copied) = chunk.into_batches()?;
        let Some(schema) = schema else {
            let batch = batches.next().ok_or(ScreenError::Worker)??;
            return self.cells(parquet::cells(&batch), 0);
        };
        let mut group = schema.row_group(copied).map_err(encoding_failed)?;
        let (mut rows, mut written) = (0, 0);
        let (mut faults, mut matches) = (Vec::new(), Vec::new());
        for batch in batches {
            let batch = &batch?;
            let added = self.batch(batch);
            faults.extend(first_faults(&added).into_iter().map(|(row, text)| (rows + row, text)));
            if job.matches.is_some() {
                let found = self.matches(&parquet::cells(batch), &added);
                matches.extend(found.into_iter().map(|(row, line)| (rows + row, line)));
            }
            group.add_batch(batch, &added, &job.layout).map_err(encoding_failed)?;
            rows += batch.num_rows();
            written += added.faults.len();
        }
        let output = Output::RowGroup(group.finish().map_err(encoding_failed)?);
        Ok(ScreenedChunk { rows, blank: 0, faults, output, written, matches })
    }

    fn batch(&mut self, batch: &RecordBatch) -> AddedColumns {
        let rows = batch.num_rows();
        let mut found = self.findings(rows);
        self.block.clear();
        // A batch of a copied group may have the columns with facts alone.
        let only_facts = batch.num_columns() == self.readers.len();
        let columns = self.readers.iter_mut().zip(&mut self.dictionaries);
        for (number, ((index, reader), dictionary)) in columns.enumerate() {
            let fact = reader.fact;
            let array = batch.column(if only_facts { number } else { *index });
            let column = self.block.column(fact.id);
            let mut report = |row: usize, outcome: &CellOutcome, text: &str| {
                found.record(&mut self.tally, fact, row, outcome, text);
            };
            dictionary.read(reader, array, column, &mut report);
        }
        self.evaluate(rows, &mut found)
    }

    /// Screens rows of cells.
    fn cells(&mut self, cells: Cells<'_>, blank: usize) -> Result<ScreenedChunk, ScreenError> {
        let rows = cells.rows();
        let mut found = self.findings(rows);
        for (row, fault) in cells.faults() {
            found.row_fault(*row, fault);
        }
        self.block.clear();
        if cells.has_kinds() {
            self.read_kinds(&cells, &mut found);
        } else {
            self.read_texts(&cells, &mut found)?;
        }
        if cells.has_replacements() {
            let is_replaced = |row: usize| cells.row(row).any(|cell| cell.contains('\u{fffd}'));
            for row in (0..rows).filter(|row| is_replaced(*row)) {
                found.row_fault(row, &RowFault::NotText);
            }
        }
        let added = self.evaluate(rows, &mut found);
        let faults = first_faults(&added);
        let matches = self.matches(&cells, &added);
        let written = added.faults.len();
        let layout = &self.job.layout;
        let mut out = std::mem::take(&mut self.output_buffer);
        let output = match self.job.form {
            OutputForm::Csv { delimiter } => {
                let copy = delimiter == self.job.delimiter;
                write::csv::write_rows(&cells, &added, layout, &self.prerendered, copy, &mut out);
                Output::Text(out)
            }
            OutputForm::Ndjson => {
                let names = &self.job.columns.names;
                write::ndjson::write_rows(&cells, names, &added, layout, &mut out);
                Output::Text(out)
            }
            OutputForm::Rows | OutputForm::RowGroup => {
                let cells = cells.into_owned();
                Output::Rows(Box::new(ScreenedRows { cells, added }))
            }
        };
        Ok(ScreenedChunk { rows, blank, faults, output, written, matches })
    }

    /// Reads the cells of a format that does not say what they are.
    fn read_texts(
        &mut self,
        cells: &Cells<'_>,
        found: &mut Findings<'_>,
    ) -> Result<(), ScreenError> {
        let rows = cells.rows();
        let mut faulty: Vec<(usize, String)> = Vec::new();
        // All columns of a few rows at a time: their text stays in the nearest cache.
        for first in (0..rows).step_by(ROWS_AT_ONCE) {
            let at_once = first..rows.min(first + ROWS_AT_ONCE);
            for (index, reader) in &mut self.readers {
                let fact = reader.fact;
                let column = self.block.column(fact.id);
                let mut report = |row: usize, outcome: &CellOutcome, text: &str| {
                    found.record(&mut self.tally, fact, row, outcome, text);
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
    fn read_kinds(&mut self, cells: &Cells<'_>, found: &mut Findings<'_>) {
        for (index, reader) in &mut self.readers {
            let fact = reader.fact;
            let column = self.block.column(fact.id);
            for row in 0..cells.rows() {
                let (text, kind) = (cells.get(row, *index), cells.kind(row, *index));
                if kind == Some(CellKind::Merged) {
                    column.push_not_answered();
                    found.add(row, &messages::merged(fact));
                    self.tally.fault(fact.id);
                    continue;
                }
                let outcome = reader.push_as(text, kind.unwrap_or_default(), column);
                found.record(&mut self.tally, fact, row, &outcome, text);
            }
        }
    }

    /// Screens lines of JSON.
    fn lines(&mut self, text: &str) -> ScreenedChunk {
        let (lines, blank) = ndjson::lines(text);
        let rows = lines.len();
        let mut found = self.findings(rows);
        self.block.clear();
        for (row, line) in lines.iter().enumerate() {
            self.line(row, line, &mut found);
        }
        self.block.set_rows(rows);
        let form = self.job.form;
        let cells = (form != OutputForm::Ndjson || self.job.matches.is_some())
            .then(|| ndjson::table(&lines, &self.job.columns.names));
        if let Some(cells) = cells.as_ref().filter(|_| form != OutputForm::Ndjson) {
            for (row, fault) in cells.faults() {
                if matches!(fault, RowFault::NewKey { .. }) {
                    found.row_fault(*row, fault);
                }
            }
        }
        let added = self.evaluate(rows, &mut found);
        let faults = first_faults(&added);
        let matches = cells.as_ref().map(|cells| self.matches(cells, &added));
        let matches = matches.unwrap_or_default();
        let written = added.faults.len();
        let layout = &self.job.layout;
        let mut out = std::mem::take(&mut self.output_buffer);
        let output = match (cells, form) {
            (Some(cells), OutputForm::Csv { .. }) => {
                write::csv::write_rows(&cells, &added, layout, &self.prerendered, false, &mut out);
                Output::Text(out)
            }
            (Some(cells), OutputForm::Rows | OutputForm::RowGroup) => {
                Output::Rows(Box::new(ScreenedRows { cells, added }))
            }
            (_, _) => {
                for (row, line) in lines.iter().enumerate() {
                    write::ndjson::write_line(line, row, &added, layout, &mut out);
                }
                Output::Text(out)
            }
        };
        ScreenedChunk { rows, blank, faults, output, written, matches }
    }

    fn line(&mut self, row: usize, line: &JsonLine<'_>, found: &mut Findings<'_>) {
        let book = &self.job.plan.book;
        let members = match &line.members {
            Ok(members) => members,
            Err(column) => {
                let line = line.text.to_owned();
                return found.row_fault(row, &RowFault::NotJson { column: *column, line });
            }
        };
        if line.text.contains('\u{fffd}') {
            found.row_fault(row, &RowFault::NotText);
        }
        let mut seen = HashSet::with_capacity(members.len());
        for (key, raw) in members {
            if !seen.insert(&**key) {
                found.row_fault(row, &RowFault::KeyTwice(key.clone().into_owned()));
                continue;
            }
            let Some(mapped) = self.mapped(key) else { continue };
            let fact = book.catalogue.fact(mapped.fact);
            let column = self.block.column(fact.id);
            if column.len() > row {
                found.row_fault(row, &RowFault::KeyTwice(key.clone().into_owned()));
                continue;
            }
            while column.len() < row {
                column.push_not_answered();
            }
            let mut notices = Vec::new();
            match Profile::read_member(fact, raw, mapped.shift, &book.reference, &mut notices) {
                Ok(value) => {
                    if value == Value::Unknown {
                        found.unknown(fact.id, row);
                    }
                    found.noticed += u64::from(!notices.is_empty());
                    column.push(&value);
                }
                Err(kinds) => {
                    column.push_not_answered();
                    let given = ndjson::cell(raw);
                    for kind in kinds {
                        found.fault(&mut self.tally, fact, row, &kind, &given);
                    }
                }
            }
        }
    }

    /// The fact that a key of a line holds. The first rows may not have the key.
    fn mapped(&mut self, key: &str) -> Option<Mapped> {
        if let Some(mapped) = self.keys.get(key) {
            return *mapped;
        }
        let mapped = self.job.headers.meaning(key);
        if mapped.is_some() && self.keys.len() < MAX_KEYS {
            self.keys.insert(key.to_owned(), mapped);
        }
        mapped
    }

    fn matches(&self, cells: &Cells<'_>, added: &AddedColumns) -> Vec<MatchLine> {
        let Some(matches) = &self.job.matches else { return Vec::new() };
        matches.lines(self.job.plan, &self.job.layout, cells, &self.block, added)
    }

    /// Evaluates the rows that have been read.
    fn evaluate(&mut self, rows: usize, found: &mut Findings<'_>) -> AddedColumns {
        self.block.set_rows(rows);
        let Job { plan, layout, .. } = self.job;
        let good: Vec<bool> = found.faults.iter().map(Vec::is_empty).collect();
        let uscc_ok = match self.uscc {
            None => vec![None; rows],
            Some(fact) => {
                let column = self.block.columns().get(fact.index());
                let ok = |row: usize| column?.passes_check(row);
                let mut all: Vec<Option<bool>> = (0..rows).map(ok).collect();
                for row in &found.bad_code {
                    if let Some(ok) = all.get_mut(*row) {
                        *ok = Some(false);
                    }
                }
                all
            }
        };
        let mut outcome = self.evaluator.run(&self.block);
        let derived = layout.derived.iter().map(|column| {
            let Some(nodes) = plan.derived.get(column.nodes) else { return Vec::new() };
            let stated = self.block.columns().get(column.fact.index());
            let value = |row: usize| {
                if !good.get(row).copied().unwrap_or(false) {
                    return Stage::Unknown;
                }
                let stated = stated.and_then(|column| stated_value(column.value(row)));
                stated.unwrap_or_else(|| outcome.follows(nodes, row))
            };
            (0..rows).map(value).collect()
        });
        let derived = derived.collect();
        let statuses = outcome.statuses(layout.supports.iter().map(|(support, _)| *support));
        let missing = (0..rows).map(|row| {
            if good.get(row).copied().unwrap_or(false) {
                outcome.missing(row)
            } else {
                FactSet::default()
            }
        });
        let missing = missing.collect();
        self.tally.questions(plan, &self.job.open, &mut outcome, &good, &found.unknown);
        let faults = std::mem::take(&mut found.faults);
        let added = AddedColumns { uscc_ok, derived, statuses, missing, faults };
        self.tally.rows(&added, found.noticed, found.row_faults);
        added
    }
}

/// An error of encoding a row group, which is in no file yet.
fn encoding_failed(fault: ParquetError) -> ScreenError {
    ScreenError::Parquet { path: PathBuf::from("-"), fault }
}

/// A stated value of a derived fact; `None` if none is stated.
fn stated_value(value: Value) -> Option<Stage> {
    match value {
        Value::Bool(yes) => Some(Stage::Bool(yes)),
        Value::Word(index) => Some(Stage::Word(index)),
        Value::Words(has) => Some(Stage::Words { has, complete: true }),
        Value::Codes(has) => Some(Stage::Codes { has, complete: true }),
        _ => None,
    }
}

/// The first rows with faults, and their messages.
fn first_faults(added: &AddedColumns) -> Vec<(usize, String)> {
    let faulty = added.faults.iter().enumerate().filter(|(_, faults)| !faults.is_empty());
    faulty.take(MAX_FAULTS).map(|(row, faults)| (row, faults.join(" "))).collect()
}

/// Whether a cell that cannot be read as UTF-8 has a value in GB18030.
fn reads_in_gb18030(reader: &ColumnReader<'_>, text: &str) -> bool {
    !text.is_ascii() && in_gb18030(text.as_bytes()).is_some_and(|other| reader.can_read(&other))
}
