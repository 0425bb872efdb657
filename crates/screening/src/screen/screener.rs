//! What one thread does to a chunk: parse, read by fact, evaluate, render.
//!
//! Owns the steps from the rows of a chunk to their output. There is one screener a thread; it keeps its buffers
//! and caches from chunk to chunk. A chunk goes in; a [`ScreenedChunk`] comes out. A row with a fault keeps its
//! cells, but for those with a personal number, and gets its faults; without a status if it cannot be taken apart. A screener reads no file and decides nothing about firms.

mod gathered;

use self::gathered::Gathered;
use super::added::AddedColumns;
use super::answer_reader::AnswerReader;
use super::findings::Findings;
use super::job::{Job, OutputForm, credit_code_fact};
use super::layout::Layout;
use super::matches::PlacedMatch;
use super::not_firm::NotFirm;
use super::questions::{MissingColumn, MissingRanking};
use super::screened::{Output, ScreenedChunk, ScreenedRows};
use super::tally::Tally;
use super::warnings;
use crate::book_diff::comparer::{BookComparer, ChunkRows};
use crate::changes::compare::{ComparedRows, Comparer, RowsToCompare};
use crate::error::ScreenError;
use crate::error::parquet::ParquetError;
use crate::fast::prerendered::PrerenderedColumns;
use crate::parquet::{ParquetChunk, RecordBatch, batch_to_cells, column_texts, without_cells};
use crate::read::csv::records::Records;
use crate::read::ndjson::{self, JsonLine};
use crate::read::reader::Chunk;
use crate::table::cells::{Cells, RowFault};
use crate::table::delimited::unguarded;
use crate::table::encoding::in_gb18030;
use crate::write::csv::write_delimited_rows;
use crate::write::ndjson::{write_json_line, write_json_rows};
use export_advisor_core::evaluate::{Evaluator, PartialValue};
use export_advisor_core::facts::{FactId, FactSet, Value};
use export_advisor_core::rulebook::ExcludedBy;
use std::borrow::Cow;
use std::path::PathBuf;

/// How many rows with faults a chunk reports.
const MAX_FAULTS: usize = 20;

/// Screens chunks.
pub(crate) struct Screener<'a> {
    job: &'a Job<'a>,
    reader: AnswerReader<'a>,
    evaluator: Evaluator<'a>,
    uscc: Option<FactId>,
    /// Compares the rows with those of the last list.
    comparer: Option<Comparer<'a>>,
    /// Evaluates the rows by the older of two rule books too.
    books: Option<BookComparer<'a>>,
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
        let supports: Vec<usize> = job.layout.supports.iter().map(|(index, _)| *index).collect();
        let evaluator = if supports.len() == job.plan.supports.len() {
            Evaluator::new(job.plan)
        } else {
            Evaluator::only(job.plan, &supports)
        };
        let delimiter = match job.form {
            OutputForm::Csv { delimiter } => delimiter,
            _ => job.delimiter,
        };
        Self {
            job,
            reader: AnswerReader::new(job),
            evaluator,
            uscc: credit_code_fact(job.plan),
            comparer: job.comparison.map(Comparer::new),
            books: job.books.map(BookComparer::new),
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
                let cells = self.records.read(text, columns);
                let screened = self.cells(cells, RowsMayBe::Totals);
                self.input_buffer = bytes;
                screened
            }
            Chunk::Ndjson(bytes) => {
                let text = self.decode(&bytes)?;
                let screened = self.lines(&text);
                self.input_buffer = bytes;
                screened
            }
            Chunk::Cells(cells) => self.cells(cells, RowsMayBe::Totals),
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
        if job.form.is_gathered() {
            return self.gather_columns(chunk);
        }
        let schema = job.parquet.as_ref().filter(|_| job.form == OutputForm::RowGroup);
        let (mut batches, copied) = chunk.into_batches()?;
        let Some(schema) = schema else {
            let batch = batches.next().ok_or(ScreenError::Worker)??;
            return self.cells(batch_to_cells(&batch), RowsMayBe::Firms);
        };
        let is_copied = copied.is_some();
        let mut group = schema.row_group(copied).map_err(encoding_failed)?;
        let (mut rows, mut written) = (0, 0);
        let (mut faults, mut matches, mut compared) = (Vec::new(), Vec::new(), Vec::new());
        for batch in batches {
            let mut batch = batch?;
            let mut found = self.findings(batch.num_rows());
            self.read_batch(&batch, &mut found);
            let refused = std::mem::take(&mut found.refused);
            let added = self.evaluate(batch.num_rows(), &mut found);
            if !refused.is_empty() && !job.keep_refused {
                // A copied column would repeat the personal number.
                if is_copied {
                    return Err(ScreenError::RefusedCellCopied);
                }
                batch = without_cells(&batch, &refused).map_err(encoding_failed)?;
            }
            let batch = &batch;
            faults.extend(first_faults(&added).into_iter().map(|(row, text)| (rows + row, text)));
            if job.matches.is_some() {
                let found = self.matches(&batch_to_cells(batch), &added);
                matches.extend(found.into_iter().map(|(row, line)| (rows + row, line)));
            }
            if let Some(column) = job.key {
                let column = job.column_in_batch(column, batch.num_columns());
                let keys = column_texts(batch, column);
                let key = |row: usize| Cow::Borrowed(keys.get(row).map_or("", String::as_str));
                let found = self.compare(&added, &found, &key, &|row| rows + row)?;
                compared.extend(found);
            }
            group.add_batch(batch, &added, &job.layout).map_err(encoding_failed)?;
            rows += batch.num_rows();
            written += added.faults.len();
        }
        let output = Output::RowGroup(group.finish().map_err(encoding_failed)?);
        Ok(ScreenedChunk { rows, blank: 0, faults, output, written, matches, compared })
    }

    fn read_batch(&mut self, batch: &RecordBatch, found: &mut Findings<'_>) {
        self.reader.answers.clear();
        self.reader.read_batch(batch, found, &mut self.tally);
        self.reader.answers.set_rows(batch.num_rows());
    }

    /// Compares the rows that have been evaluated with those of the last list.
    fn compare<'k>(
        &mut self,
        added: &AddedColumns,
        found: &Findings<'_>,
        key: &dyn Fn(usize) -> Cow<'k, str>,
        position: &dyn Fn(usize) -> usize,
    ) -> Result<ComparedRows, ScreenError> {
        let Some(comparer) = &mut self.comparer else { return Ok(ComparedRows::new()) };
        comparer.compare(&RowsToCompare {
            answers: &self.reader.answers,
            statuses: &added.statuses,
            faults: &added.faults,
            faulty: &found.faulty,
            has_no_status: &|row| added.has_no_status(row),
            key,
            position,
        })
    }

    /// Screens rows of cells.
    fn cells(
        &mut self,
        mut cells: Cells<'_>,
        may_be: RowsMayBe,
    ) -> Result<ScreenedChunk, ScreenError> {
        let rows = cells.rows();
        let mut found = self.findings(rows);
        if may_be == RowsMayBe::Totals {
            for row in 0..rows {
                if let Some(kind) = NotFirm::of_row(&cells, row, &self.job.columns, self.uscc) {
                    found.not_firm(&mut self.tally, row, kind);
                }
            }
        }
        for (row, fault) in cells.faults() {
            // A separator is often one cell alone.
            if !(matches!(fault, RowFault::TooFew { .. }) && found.has_no_status(*row)) {
                found.row_fault(&mut self.tally, *row, fault);
            }
        }
        self.reader.answers.clear();
        if cells.has_kinds() {
            self.reader.read_kinds(&cells, &mut found, &mut self.tally);
        } else {
            self.reader.read_texts(&cells, &mut found, &mut self.tally)?;
        }
        if let Some(books) = &mut self.books {
            books.read(&ChunkRows::Cells(&cells), &mut found)?;
        }
        if cells.has_replacements() {
            let is_replaced = |row: usize| cells.row(row).any(|cell| cell.contains('\u{fffd}'));
            for row in (0..rows).filter(|row| is_replaced(*row)) {
                found.row_fault(&mut self.tally, row, &RowFault::NotText);
            }
        }
        if !self.job.keep_refused {
            found.refused.iter().for_each(|(row, column)| cells.withhold(*row, *column));
        }
        let job = self.job;
        let key = |row: usize| {
            let text = job.key.map_or("", |column| cells.get(row, column));
            Cow::Borrowed(if cells.has_kinds() { text } else { unguarded(text) })
        };
        if job.form.is_gathered() {
            self.reader.answers.set_rows(rows);
            let mut gathered = Gathered::new(job.form);
            self.gather(&mut gathered, &mut found, &key, &|row| cells.position(row));
            return Ok(gathered.chunk(rows, cells.skipped()));
        }
        let added = self.evaluate(rows, &mut found);
        let compared = self.compare(&added, &found, &key, &|row| cells.position(row))?;
        let position = |(row, text)| (cells.position(row), text);
        let faults = first_faults(&added).into_iter().map(position).collect();
        let matches = self.matches(&cells, &added);
        let matches = matches.into_iter().map(|(row, line)| (cells.position(row), line)).collect();
        let blank = cells.skipped();
        let written = added.faults.len();
        let layout = &self.job.layout;
        let mut out = std::mem::take(&mut self.output_buffer);
        let output = match self.job.form {
            OutputForm::Csv { delimiter } => {
                let copy = delimiter == self.job.delimiter;
                write_delimited_rows(&cells, &added, layout, &self.prerendered, copy, &mut out);
                Output::Text(out)
            }
            OutputForm::Ndjson => {
                let names = &self.job.columns.names;
                write_json_rows(&cells, names, &added, layout, &mut out);
                Output::Text(out)
            }
            OutputForm::Omitted => Output::Text(out),
            _ => {
                let cells = cells.into_owned();
                Output::Rows(Box::new(ScreenedRows { cells, added }))
            }
        };
        Ok(ScreenedChunk { rows, blank, faults, output, written, matches, compared })
    }

    /// Screens lines of JSON.
    fn lines(&mut self, text: &str) -> Result<ScreenedChunk, ScreenError> {
        let (mut lines, blank) = ndjson::lines(text);
        let rows = lines.len();
        let mut found = self.findings(rows);
        self.reader.answers.clear();
        for (row, line) in lines.iter().enumerate() {
            self.reader.read_line(row, line, &mut found, &mut self.tally);
        }
        self.reader.answers.set_rows(rows);
        if let Some(books) = &mut self.books {
            books.read(&ChunkRows::Lines(&lines), &mut found)?;
        }
        if !self.job.keep_refused {
            for (row, key) in &found.refused_members {
                lines.get_mut(*row).into_iter().for_each(|line| line.withhold(key));
            }
            lines.iter_mut().for_each(JsonLine::mask);
        }
        let form = self.job.form;
        let job = self.job;
        let name = job.key.and_then(|column| job.columns.names.get(column));
        let key = |row: usize| {
            let line = lines.get(row).zip(name);
            Cow::Owned(line.and_then(|(line, name)| line.cell(name)).unwrap_or_default())
        };
        if form.is_gathered() {
            let position = |row: usize| lines.get(row).map_or(row, |line| line.position);
            let mut gathered = Gathered::new(form);
            self.gather(&mut gathered, &mut found, &key, &position);
            return Ok(gathered.chunk(rows, blank));
        }
        let has_columns = !matches!(form, OutputForm::Ndjson | OutputForm::Omitted);
        let cells = (has_columns || self.job.matches.is_some())
            .then(|| ndjson::table(&lines, &self.job.columns.names));
        if let Some(cells) = cells.as_ref().filter(|_| has_columns) {
            for (row, fault) in cells.faults() {
                if matches!(fault, RowFault::NewKey { .. }) {
                    found.row_fault(&mut self.tally, *row, fault);
                }
            }
        }
        let added = self.evaluate(rows, &mut found);
        let position = |row: usize| lines.get(row).map_or(row, |line| line.position);
        let compared = self.compare(&added, &found, &key, &position)?;
        let faults = first_faults(&added).into_iter().map(|(row, text)| (position(row), text));
        let faults = faults.collect();
        let matches = cells.as_ref().map(|cells| self.matches(cells, &added));
        let matches = matches.unwrap_or_default().into_iter();
        let matches = matches.map(|(row, line)| (position(row), line)).collect();
        let written = added.faults.len();
        let layout = &self.job.layout;
        let mut out = std::mem::take(&mut self.output_buffer);
        let output = match (cells, form) {
            (Some(cells), OutputForm::Csv { .. }) => {
                write_delimited_rows(&cells, &added, layout, &self.prerendered, false, &mut out);
                Output::Text(out)
            }
            (Some(cells), OutputForm::Rows | OutputForm::RowGroup) => {
                Output::Rows(Box::new(ScreenedRows { cells, added }))
            }
            (_, OutputForm::Omitted) => Output::Text(out),
            (_, _) => {
                for (row, line) in lines.iter().enumerate() {
                    write_json_line(line, row, &added, layout, &mut out);
                }
                Output::Text(out)
            }
        };
        Ok(ScreenedChunk { rows, blank, faults, output, written, matches, compared })
    }

    fn matches(&self, cells: &Cells<'_>, added: &AddedColumns) -> Vec<PlacedMatch> {
        let Some(matches) = &self.job.matches else { return Vec::new() };
        matches.lines(self.job.plan, &self.job.layout, cells, &self.reader.answers, added)
    }

    /// Evaluates the rows that have been read.
    fn evaluate(&mut self, rows: usize, found: &mut Findings<'_>) -> AddedColumns {
        self.reader.answers.set_rows(rows);
        let Job { plan, layout, .. } = self.job;
        let usable = rows_outside(&found.without_status, rows);
        let uscc_ok = match self.uscc {
            None => vec![None; rows],
            Some(fact) => {
                let column = self.reader.answers.columns().get(fact.index());
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
        let mut outcome = self.evaluator.run(&self.reader.answers);
        let derived = layout.derived.iter().map(|column| {
            let Some(nodes) = plan.derived.get(column.nodes) else { return Vec::new() };
            let stated = self.reader.answers.columns().get(column.fact.index());
            let value = |row: usize| {
                if found.has_no_status(row) {
                    return PartialValue::Unknown;
                }
                let stated = stated.and_then(|column| stated_value(column.value(row)));
                stated.unwrap_or_else(|| outcome.follows(nodes, row))
            };
            (0..rows).map(value).collect()
        });
        let derived = derived.collect();
        warnings::add(plan, &self.reader.answers, &outcome, found, &mut self.tally);
        let statuses = outcome.statuses(layout.supports.iter().map(|(support, _)| *support));
        let exclusions = layout.supports.iter().map(|(index, _)| outcome.exclusion_bitmaps(*index));
        let exclusions: Vec<[Vec<u64>; ExcludedBy::COUNT]> = exclusions.collect();
        self.tally.exclusions(&exclusions, &usable);
        let excluded_by = if layout.excluded_by.is_empty() { Vec::new() } else { exclusions };
        let missing = (0..rows).map(|row| {
            if found.has_no_status(row) { FactSet::default() } else { outcome.missing(row) }
        });
        let missing: Vec<FactSet> = missing.collect();
        let facts = plan.book.catalogue.facts.len();
        let is_ranked =
            layout.ask_next.is_some() || matches!(self.job.missing_column, MissingColumn::Top(_));
        let mut ranking = is_ranked.then(|| MissingRanking::new(rows, facts));
        let (open, unknown) = (&self.job.open, &found.unknown);
        self.tally.questions(plan, open, &mut outcome, &usable, unknown, ranking.as_mut());
        let (top_missing, ask_next) = self.ranked(ranking.as_ref(), &missing);
        let added = AddedColumns {
            uscc_ok,
            derived,
            statuses,
            excluded_by,
            missing,
            top_missing,
            ask_next,
            warnings: std::mem::take(&mut found.warnings),
            faults: std::mem::take(&mut found.faults),
            without_status: std::mem::take(&mut found.without_status),
        };
        self.tally.rows(&added);
        added
    }

    /// Per row, the facts that the column `missing` names, and the one to ask for next; empty what is not requested.
    fn ranked(
        &self,
        ranking: Option<&MissingRanking>,
        missing: &[FactSet],
    ) -> (Vec<Vec<FactId>>, Vec<Option<FactId>>) {
        let rows =
            || ranking.into_iter().flat_map(|it| missing.iter().enumerate().map(move |m| (it, m)));
        let top = match self.job.missing_column {
            MissingColumn::Top(most) => {
                rows().map(|(ranking, (row, missing))| ranking.top(row, *missing, most)).collect()
            }
            MissingColumn::None | MissingColumn::All => Vec::new(),
        };
        let next = rows().filter(|_| self.job.layout.ask_next.is_some());
        (top, next.map(|(ranking, (row, missing))| ranking.best(row, *missing)).collect())
    }
}

/// What the rows of a table may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RowsMayBe {
    /// Firms, and rows that are no firm, such as totals.
    Totals,
    /// Firms alone: a table with types has no totals.
    Firms,
}

/// The rows that are not among some, one bit a row.
fn rows_outside(among: &[u64], rows: usize) -> Vec<u64> {
    let mut rest: Vec<u64> = among.iter().map(|bits| !bits).collect();
    if let Some(last) = rest.last_mut().filter(|_| !rows.is_multiple_of(64)) {
        *last &= (1 << (rows % 64)) - 1;
    }
    rest
}

/// An error of encoding a row group, which is in no file yet.
fn encoding_failed(fault: ParquetError) -> ScreenError {
    ScreenError::Parquet { path: PathBuf::from("-"), fault }
}

/// A stated value of a derived fact; `None` if none is stated.
fn stated_value(value: Value) -> Option<PartialValue> {
    match value {
        Value::Bool(yes) => Some(PartialValue::Bool(yes)),
        Value::Enum(index) => Some(PartialValue::Enum(index)),
        Value::EnumList(has) => Some(PartialValue::EnumList { has, complete: true }),
        Value::Codes(has) => Some(PartialValue::Codes { has, complete: true }),
        _ => None,
    }
}

/// The first rows with faults, and their messages.
fn first_faults(added: &AddedColumns) -> Vec<(usize, String)> {
    let faulty = added.faults.iter().enumerate().filter(|(_, faults)| !faults.is_empty());
    faulty.take(MAX_FAULTS).map(|(row, faults)| (row, faults.join(" "))).collect()
}
