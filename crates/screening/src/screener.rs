//! Chunks of rows to answers: what one thread does.
//!
//! Owns the way from the text of a chunk to its output: cells are taken apart, read by fact, evaluated as
//! a block and written. One screener a thread; it keeps its memory from chunk to chunk. Rows with a fault
//! go through with their faults and without a status. It reads no file.

use super::cells::{CellKind, Cells, RowFault};
use super::columns::{Came, ColumnReader};
use super::csv;
use super::encoding::in_gb18030;
use super::error::ScreenError;
use super::found::{Found, Telling};
use super::header::{Columns, Headers, Mapped};
use super::layout::Layout;
use super::matches::{Match, Matches};
use super::ndjson::{self, Line};
use super::parquet::{self, Memory, ParquetForm, TableError, WholeGroup};
use super::reader::Body;
use super::summary::Tally;
use super::verdicts::Verdicts;
use super::words;
use super::writer::{Output, Screened};
use arrow_array::RecordBatch;
use export_advisor_core::evaluate::{Batch, Evaluator, PartialValue};
use export_advisor_core::facts::{FactId, FactSet, Format, Kind, Profile, Value};
use export_advisor_core::plan::Plan;
use foldhash::{HashMap, HashSet, HashSetExt as _};
use std::borrow::Cow;

/// How many spellings of keys are remembered: a stream may bring new ones for ever.
const MOST_KEYS: usize = 1 << 12;

/// The form in which a chunk is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Finished delimited text.
    Csv {
        /// What parts the cells.
        delimiter: u8,
    },
    /// Finished lines of JSON.
    Ndjson,
    /// Cells and verdicts.
    Table,
    /// An encoded row group, where the input has columns of its own.
    Parquet,
}

/// What all screeners of a file share.
pub struct Task<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The headers that mean something.
    pub headers: &'a Headers<'a>,
    /// The input's columns.
    pub columns: Columns,
    /// The added columns.
    pub layout: Layout,
    /// What parts the cells of the input.
    pub delimiter: u8,
    /// Whether a value that reads only in GB18030 overturns the encoding.
    pub weak: bool,
    /// The form of the output.
    pub form: Form,
    /// The supports whose window is open, among those that are asked.
    pub open: Vec<usize>,
    /// The second output, if there is one.
    pub matches: Option<Matches>,
    /// The types of a Parquet output.
    pub parquet: Option<ParquetForm>,
}

/// A screened chunk.
#[derive(Debug)]
pub struct Done {
    /// How many rows it has.
    pub rows: usize,
    /// How many blank lines were passed over.
    pub blank: usize,
    /// The first rows with faults, counted within the chunk, and what is wrong.
    pub faults: Vec<(usize, String)>,
    /// The rows.
    pub output: Output,
    /// How many rows the output has.
    pub written: usize,
    /// The lines of the second output.
    pub matches: Vec<Match>,
}

impl Done {
    /// About how many bytes it has in a file.
    #[must_use]
    pub fn size(&self, layout: &Layout) -> u64 {
        /// A cell that is added to a row, where it is not text yet.
        const CELL: usize = 8;
        let added = self.written * layout.names().count() * CELL;
        let output = match &self.output {
            Output::Text(text) => text.len(),
            Output::Table(rows) => rows.cells.size() + added,
            Output::RowGroup(_) => added,
        };
        let matches: usize = self.matches.iter().map(|(_, line)| line.len()).sum();
        (output + matches) as u64
    }
}

/// Screens chunks.
pub struct Screener<'a> {
    task: &'a Task<'a>,
    readers: Vec<(usize, ColumnReader<'a>)>,
    /// Per reader, what is remembered of its column's dictionary.
    memories: Vec<Memory>,
    /// NDJSON: key → what it holds.
    keys: HashMap<String, Option<Mapped>>,
    block: Batch,
    evaluator: Evaluator<'a>,
    uscc: Option<FactId>,
    records: csv::Records,
    /// The words of delimited text.
    added: csv::AddedText,
    /// Memory for the text that is written next.
    room: Vec<u8>,
    /// Memory of the last chunk.
    read: Vec<u8>,
    /// What this thread has counted.
    pub tally: Tally,
}

/// How many rows are read together.
const TOGETHER: usize = 64;

/// What cannot be encoded, before it is in any file.
fn table(fault: TableError) -> ScreenError {
    ScreenError::Table { path: std::path::PathBuf::from("-"), fault }
}

/// How many rows with faults are told of a chunk.
const TOLD: usize = 20;

impl<'a> Screener<'a> {
    /// A screener for a file.
    #[must_use]
    pub fn new(task: &'a Task<'a>) -> Self {
        let book = &task.plan.book;
        let readers = (task.columns.facts.iter().enumerate()).filter_map(|(column, mapped)| {
            let mapped = (*mapped)?;
            let fact = book.catalogue.fact(mapped.fact);
            Some((column, ColumnReader::new(fact, mapped, &book.reference)))
        });
        let keys = task.columns.names.iter().cloned().zip(task.columns.facts.iter().copied());
        let supports: Vec<usize> = task.layout.supports.iter().map(|(place, _)| *place).collect();
        let evaluator = if supports.len() == task.plan.supports.len() {
            Evaluator::new(task.plan)
        } else {
            Evaluator::only(task.plan, &supports)
        };
        let readers: Vec<_> = readers.collect();
        let delimiter = match task.form {
            Form::Csv { delimiter } => delimiter,
            Form::Ndjson | Form::Table | Form::Parquet => task.delimiter,
        };
        Self {
            task,
            memories: readers.iter().map(|_| Memory::default()).collect(),
            readers,
            keys: keys.collect(),
            block: Batch::new(task.plan),
            evaluator,
            uscc: uscc(task.plan),
            records: csv::Records::new(task.delimiter),
            added: csv::AddedText::new(&task.layout, delimiter),
            room: Vec::new(),
            read: Vec::new(),
            tally: Tally::new(task.plan, &task.layout),
        }
    }

    /// The added columns.
    #[must_use]
    pub fn layout(&self) -> &'a Layout {
        &self.task.layout
    }

    fn telling(&self) -> Telling<'a> {
        let catalogue = &self.task.plan.book.catalogue;
        Telling { catalogue, lang: self.task.layout.lang, uscc: self.uscc }
    }

    /// Screens a chunk. `room` is memory for its text, whatever is in it.
    ///
    /// # Errors
    /// A value that reads only in another encoding than the one that was chosen on weak grounds.
    pub fn run(&mut self, body: Body, room: Vec<u8>) -> Result<Done, ScreenError> {
        self.room = room;
        match body {
            Body::Csv(bytes) => {
                let text = self.text(&bytes)?;
                let columns = self.task.columns.names.len();
                let (cells, blank) = self.records.read(text, columns);
                let done = self.cells(cells, blank);
                self.read = bytes;
                done
            }
            Body::Cells { cells, blank } => self.cells(cells, blank),
            Body::Batches(batches) => self.batches(batches.into_iter().map(Ok), None),
            Body::Group(group) => {
                let batches = group.batches()?;
                self.batches(batches, Some(group))
            }
            Body::Ndjson(bytes) => {
                let text = self.text(&bytes)?;
                let done = self.lines(&text);
                self.read = bytes;
                done
            }
        }
    }

    /// The memory of the chunk that was screened last, to be used again; once.
    pub fn memory(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.read)
    }

    /// Room for the text of a chunk.
    fn room(&mut self) -> Vec<u8> {
        let mut room = std::mem::take(&mut self.room);
        room.clear();
        room
    }

    /// Screens columns, of a row group that is copied or of none. Where the output has no columns, they
    /// become rows of text.
    fn batches(
        &mut self,
        mut batches: impl Iterator<Item = Result<RecordBatch, ScreenError>>,
        copied: Option<WholeGroup>,
    ) -> Result<Done, ScreenError> {
        let task = self.task;
        let Some(form) = task.parquet.as_ref().filter(|_| task.form == Form::Parquet) else {
            let batch = batches.next().ok_or(ScreenError::Worker)??;
            return self.cells(parquet::cells(&batch), 0);
        };
        let mut group = form.row_group(copied).map_err(table)?;
        let (mut rows, mut written) = (0, 0);
        let (mut faults, mut matches) = (Vec::new(), Vec::new());
        for batch in batches {
            let batch = &batch?;
            let verdicts = self.batch(batch);
            faults.extend(told(&verdicts).into_iter().map(|(row, text)| (rows + row, text)));
            if task.matches.is_some() {
                let found = self.matches(&parquet::cells(batch), &verdicts);
                matches.extend(found.into_iter().map(|(row, line)| (rows + row, line)));
            }
            group.add_batch(batch, &verdicts, &task.layout).map_err(table)?;
            rows += batch.num_rows();
            written += verdicts.faults.len();
        }
        let output = Output::RowGroup(group.finish().map_err(table)?);
        Ok(Done { rows, blank: 0, faults, output, written, matches })
    }

    fn batch(&mut self, batch: &RecordBatch) -> Verdicts {
        let rows = batch.num_rows();
        let mut found = Found::new(rows, self.task.plan);
        self.block.clear();
        let telling = self.telling();
        // Of a group that is copied there may be no more than the answers.
        let answers = batch.num_columns() == self.readers.len();
        let columns = self.readers.iter_mut().zip(&mut self.memories);
        for (answer, ((place, reader), memory)) in columns.enumerate() {
            let fact = reader.fact;
            let array = batch.column(if answers { answer } else { *place });
            let column = self.block.column(fact.id);
            let mut tell = |row: usize, came: &Came, text: &str| {
                found.take(telling, &mut self.tally, fact, row, came, text);
            };
            memory.read(reader, array, column, &mut tell);
        }
        self.verdicts(rows, &mut found)
    }

    fn text<'t>(&self, bytes: &'t [u8]) -> Result<Cow<'t, str>, ScreenError> {
        match simdutf8::basic::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(_) if self.task.weak && in_gb18030(bytes).is_some() => {
                Err(ScreenError::SecondLook { row: 0, fact: "text".to_owned() })
            }
            Err(_) => Ok(String::from_utf8_lossy(bytes)),
        }
    }

    fn cells(&mut self, cells: Cells<'_>, blank: usize) -> Result<Done, ScreenError> {
        let lang = self.task.layout.lang;
        let rows = cells.rows();
        let mut found = Found::new(rows, self.task.plan);
        for (row, fault) in cells.faults() {
            found.add(*row, lang.of(&words::row_fault(fault)).to_owned());
        }
        self.block.clear();
        if cells.has_kinds() {
            self.read_kinds(&cells, &mut found);
        } else {
            self.read_texts(&cells, &mut found)?;
        }
        found.lines += cells.faults().len() as u64;
        let lost = |row: usize| cells.row(row).any(|cell| cell.contains('\u{fffd}'));
        if cells.has_replacements() {
            let fault = words::row_fault(&RowFault::NotText);
            for row in (0..rows).filter(|row| lost(*row)) {
                found.add(row, lang.of(&fault).to_owned());
                found.lines += 1;
            }
        }
        let verdicts = self.verdicts(rows, &mut found);
        let faults = told(&verdicts);
        let matches = self.matches(&cells, &verdicts);
        let written = verdicts.faults.len();
        let output = match self.task.form {
            Form::Csv { delimiter } => {
                let mut out = self.room();
                let copy = delimiter == self.task.delimiter;
                csv::write_rows(&cells, &verdicts, &self.task.layout, &self.added, copy, &mut out);
                Output::Text(out)
            }
            Form::Ndjson => {
                let mut out = self.room();
                let names = &self.task.columns.names;
                ndjson::write_rows(&cells, names, &verdicts, &self.task.layout, &mut out);
                Output::Text(out)
            }
            Form::Table | Form::Parquet => {
                let cells = cells.into_owned();
                Output::Table(Box::new(Screened { cells, verdicts }))
            }
        };
        Ok(Done { rows, blank, faults, output, written, matches })
    }

    /// Reads the cells of a format that does not say what they are.
    fn read_texts(&mut self, cells: &Cells<'_>, found: &mut Found<'_>) -> Result<(), ScreenError> {
        let telling = self.telling();
        let rows = cells.rows();
        let mut faulty: Vec<(usize, String)> = Vec::new();
        // A few rows at a time for all columns: their text stays in the nearest memory.
        for first in (0..rows).step_by(TOGETHER) {
            let together = first..rows.min(first + TOGETHER);
            for (place, reader) in &mut self.readers {
                let fact = reader.fact;
                let column = self.block.column(fact.id);
                let mut tell = |row: usize, came: &Came, text: &str| {
                    found.take(telling, &mut self.tally, fact, row, came, text);
                    if self.task.weak && matches!(came, Came::Fault(_)) {
                        faulty.push((row, text.to_owned()));
                    }
                };
                reader.push_rows(cells, *place, together.clone(), column, &mut tell);
                if let Some((row, _)) = faulty.drain(..).find(|(_, text)| second_look(reader, text))
                {
                    let fact = fact.name.clone();
                    return Err(ScreenError::SecondLook { row: row as u64, fact });
                }
            }
        }
        Ok(())
    }

    /// Reads the cells of a format that says what each is.
    fn read_kinds(&mut self, cells: &Cells<'_>, found: &mut Found<'_>) {
        let telling = self.telling();
        for (place, reader) in &mut self.readers {
            let fact = reader.fact;
            let column = self.block.column(fact.id);
            for row in 0..cells.rows() {
                let (text, kind) = (cells.get(row, *place), cells.kind(row, *place));
                if kind == Some(CellKind::Merged) {
                    column.push_not_answered();
                    found.add(row, telling.lang.of(&words::merged(fact)).to_owned());
                    self.tally.fault(fact.id);
                    continue;
                }
                let came = reader.push_as(text, kind.unwrap_or_default(), column);
                found.take(telling, &mut self.tally, fact, row, &came, text);
            }
        }
    }

    fn lines(&mut self, text: &str) -> Result<Done, ScreenError> {
        let lang = self.task.layout.lang;
        let (lines, blank) = ndjson::lines(text);
        let rows = lines.len();
        let mut found = Found::new(rows, self.task.plan);
        self.block.clear();
        for (row, line) in lines.iter().enumerate() {
            self.line(row, line, &mut found);
        }
        self.block.set_rows(rows);
        let cells = match self.task.form {
            Form::Ndjson if self.task.matches.is_none() => None,
            Form::Ndjson | Form::Csv { .. } | Form::Table | Form::Parquet => {
                let cells = ndjson::table(&lines, &self.task.columns.names);
                let told = self.task.form != Form::Ndjson;
                for (row, fault) in cells.faults().iter().filter(|_| told) {
                    if matches!(fault, RowFault::NewKey { .. }) {
                        found.add(*row, lang.of(&words::row_fault(fault)).to_owned());
                        found.lines += 1;
                    }
                }
                Some(cells)
            }
        };
        let verdicts = self.verdicts(rows, &mut found);
        let faults = told(&verdicts);
        let matches = cells.as_ref().map(|cells| self.matches(cells, &verdicts));
        let matches = matches.unwrap_or_default();
        let written = verdicts.faults.len();
        let layout = &self.task.layout;
        let mut out = self.room();
        let output = match (cells, self.task.form) {
            (Some(cells), Form::Csv { .. }) => {
                csv::write_rows(&cells, &verdicts, layout, &self.added, false, &mut out);
                Output::Text(out)
            }
            (Some(cells), Form::Table | Form::Parquet) => {
                Output::Table(Box::new(Screened { cells, verdicts }))
            }
            (_, _) => {
                for (row, line) in lines.iter().enumerate() {
                    ndjson::write_line(line, row, &verdicts, layout, &mut out);
                }
                Output::Text(out)
            }
        };
        Ok(Done { rows, blank, faults, output, written, matches })
    }

    fn line(&mut self, row: usize, line: &Line<'_>, found: &mut Found<'_>) {
        let lang = self.task.layout.lang;
        let book = &self.task.plan.book;
        let fault = |row: usize, fault: RowFault, found: &mut Found| {
            found.add(row, lang.of(&words::row_fault(&fault)).to_owned());
            found.lines += 1;
        };
        let members = match &line.members {
            Ok(members) => members,
            Err(column) => {
                let line = line.text.to_owned();
                return fault(row, RowFault::NotJson { column: *column, line }, found);
            }
        };
        if line.text.contains('\u{fffd}') {
            fault(row, RowFault::NotText, found);
        }
        let mut seen = HashSet::with_capacity(members.len());
        for (key, raw) in members {
            if !seen.insert(&**key) {
                fault(row, RowFault::KeyTwice(key.clone().into_owned()), found);
                continue;
            }
            let mapped = match self.keys.get(&**key) {
                Some(mapped) => *mapped,
                None => {
                    // A key that the first rows did not have.
                    let mapped = self.task.headers.meaning(key);
                    if mapped.is_some() && self.keys.len() < MOST_KEYS {
                        self.keys.insert(key.clone().into_owned(), mapped);
                    }
                    mapped
                }
            };
            let Some(mapped) = mapped else { continue };
            let fact = book.catalogue.fact(mapped.fact);
            let column = self.block.column(fact.id);
            if column.len() > row {
                fault(row, RowFault::KeyTwice(key.clone().into_owned()), found);
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
                    let telling = self.telling();
                    for kind in kinds {
                        found.fault(telling, &mut self.tally, fact, row, &kind, &given);
                    }
                }
            }
        }
    }

    fn matches(&self, cells: &Cells, verdicts: &Verdicts) -> Vec<Match> {
        let Some(matches) = &self.task.matches else { return Vec::new() };
        matches.lines(self.task, cells, &self.block, verdicts)
    }

    /// Evaluates the block.
    fn verdicts(&mut self, rows: usize, found: &mut Found<'_>) -> Verdicts {
        self.block.set_rows(rows);
        let task = self.task;
        let good: Vec<bool> = found.faults.iter().map(Vec::is_empty).collect();
        let uscc_ok = match self.uscc {
            None => vec![None; rows],
            Some(fact) => {
                let column = self.block.columns().get(fact.index());
                let ok = |row: usize| column?.passes_check(row);
                let mut all: Vec<Option<bool>> = (0..rows).map(ok).collect();
                for row in &found.bad_code {
                    if let Some(slot) = all.get_mut(*row) {
                        *slot = Some(false);
                    }
                }
                all
            }
        };
        let mut outcome = self.evaluator.run(&self.block);
        let derived = task.layout.derived.iter().map(|column| {
            let Some(nodes) = task.plan.derived.get(column.nodes) else { return Vec::new() };
            let stated = self.block.columns().get(column.fact.index());
            let stage = |row: usize| {
                if !good.get(row).copied().unwrap_or(false) {
                    return PartialValue::Unknown;
                }
                let stated = stated.and_then(|column| stated_stage(column.value(row)));
                stated.unwrap_or_else(|| outcome.follows(nodes, row))
            };
            (0..rows).map(stage).collect()
        });
        let derived = derived.collect();
        let statuses = outcome.statuses(task.layout.supports.iter().map(|(support, _)| *support));
        let missing = (0..rows).map(|row| {
            if good.get(row).copied().unwrap_or(false) {
                outcome.missing(row)
            } else {
                FactSet::default()
            }
        });
        let missing = missing.collect();
        self.tally.asked(task, &mut outcome, &good, &found.unknown);
        let faults = std::mem::take(&mut found.faults);
        let verdicts = Verdicts { uscc_ok, derived, statuses, missing, faults };
        self.tally.rows(&verdicts, found.noticed, found.lines);
        verdicts
    }
}

/// The fact that is a firm's credit code.
#[must_use]
pub fn uscc(plan: &Plan) -> Option<FactId> {
    let mut facts = plan.book.catalogue.facts.iter();
    let found = facts.find(|f| matches!(f.kind, Kind::Code { format: Format::Uscc, .. }));
    found.map(|fact| fact.id)
}

/// What a stated value of a derived fact shows; nothing if none is stated.
fn stated_stage(value: Value) -> Option<PartialValue> {
    match value {
        Value::Bool(yes) => Some(PartialValue::Bool(yes)),
        Value::Enum(word) => Some(PartialValue::Enum(word)),
        Value::EnumList(has) => Some(PartialValue::EnumList { has, complete: true }),
        Value::Codes(has) => Some(PartialValue::Codes { has, complete: true }),
        _ => None,
    }
}

/// The first rows with faults.
fn told(verdicts: &Verdicts) -> Vec<(usize, String)> {
    let faulty = verdicts.faults.iter().enumerate().filter(|(_, faults)| !faults.is_empty());
    faulty.take(TOLD).map(|(row, faults)| (row, faults.join(" "))).collect()
}

/// Whether a cell that cannot be read as UTF-8 would be an answer in GB18030.
fn second_look(reader: &ColumnReader<'_>, text: &str) -> bool {
    !text.is_ascii() && in_gb18030(text.as_bytes()).is_some_and(|other| reader.can_read(&other))
}
