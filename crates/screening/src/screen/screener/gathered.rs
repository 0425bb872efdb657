//! Rows that are not written, but become something else: the clients of a list, or the firms that move between two rule
//! books.
//!
//! Owns how a screener gathers them from the rows that it has read, whatever the format. No row gets an added column.

use super::Screener;
use crate::book_diff::comparer::{ChunkRows, MovedFirm, RowsOfBooks};
use crate::changes::clients::{ClientRow, ClientsChunk};
use crate::changes::compare::ComparedRows;
use crate::error::ScreenError;
use crate::parquet::{ParquetChunk, column_texts};
use crate::screen::added::AddedColumns;
use crate::screen::findings::Findings;
use crate::screen::job::OutputForm;
use crate::screen::screened::{Output, ScreenedChunk};
use export_advisor_core::facts::FactId;
use std::borrow::Cow;

/// What the rows of a chunk become.
pub(super) enum Gathered {
    Clients(ClientsChunk),
    Moves(Vec<MovedFirm>),
}

impl Gathered {
    /// Nothing yet.
    pub(super) fn new(form: OutputForm) -> Self {
        match form {
            OutputForm::Moves => Self::Moves(Vec::new()),
            _ => Self::Clients(ClientsChunk::default()),
        }
    }

    /// The chunk of which this alone is wanted.
    pub(super) fn chunk(self, rows: usize, blank: usize) -> ScreenedChunk {
        let (faults, matches, compared) = (Vec::new(), Vec::new(), ComparedRows::new());
        let output = match self {
            Self::Clients(clients) => Output::Clients(Box::new(clients)),
            Self::Moves(firms) => Output::Moves(firms),
        };
        ScreenedChunk { rows, blank, faults, output, written: rows, matches, compared }
    }
}

impl Screener<'_> {
    /// Gathers the rows of a Parquet file.
    pub(super) fn gather_columns(
        &mut self,
        chunk: ParquetChunk,
    ) -> Result<ScreenedChunk, ScreenError> {
        let (mut gathered, mut rows) = (Gathered::new(self.job.form), 0);
        for batch in chunk.into_batches()?.0 {
            let batch = batch?;
            let mut found = self.findings(batch.num_rows());
            self.read_batch(&batch, &mut found);
            if let Some(books) = &mut self.books {
                books.read(&ChunkRows::Batch(&batch), &mut found)?;
            }
            let keys = self.job.key.map(|column| {
                let mut keys =
                    column_texts(&batch, self.job.column_in_batch(column, batch.num_columns()));
                if !self.job.keep_refused {
                    for (row, refused) in &found.refused {
                        if *refused == column
                            && let Some(key) = keys.get_mut(*row)
                        {
                            key.clear();
                        }
                    }
                }
                keys
            });
            let keys = keys.unwrap_or_default();
            let key = |row: usize| Cow::Borrowed(keys.get(row).map_or("", String::as_str));
            self.gather(&mut gathered, &mut found, &key, &|row| rows + row);
            rows += batch.num_rows();
        }
        Ok(gathered.chunk(rows, 0))
    }

    /// Adds the rows that have been read.
    pub(super) fn gather<'k>(
        &mut self,
        gathered: &mut Gathered,
        found: &mut Findings<'_>,
        key: &dyn Fn(usize) -> Cow<'k, str>,
        position: &dyn Fn(usize) -> usize,
    ) {
        match gathered {
            Gathered::Clients(clients) => self.add_clients(clients, found, key, position),
            Gathered::Moves(firms) => self.add_moves(firms, found, key, position),
        }
    }

    /// Adds those of the rows that move between two rule books.
    fn add_moves<'k>(
        &mut self,
        firms: &mut Vec<MovedFirm>,
        found: &mut Findings<'_>,
        key: &dyn Fn(usize) -> Cow<'k, str>,
        position: &dyn Fn(usize) -> usize,
    ) {
        let Some(books) = &mut self.books else { return };
        let answers = &self.reader.answers;
        let usable = super::rows_outside(&found.without_status, answers.rows());
        let rows = RowsOfBooks { answers, usable: &usable, key, position };
        firms.extend(books.compare(&mut self.evaluator, &rows, &mut self.tally.moves));
        self.tally.unwritten(&found.faults, &|row| found.has_no_status(row));
    }

    /// Adds the clients that the rows are.
    fn add_clients<'k>(
        &mut self,
        clients: &mut ClientsChunk,
        found: &mut Findings<'_>,
        key: &dyn Fn(usize) -> Cow<'k, str>,
        position: &dyn Fn(usize) -> usize,
    ) {
        let Some(hasher) = &self.job.hasher else { return };
        let outcome = self.evaluator.run(&self.reader.answers);
        let layout = &self.job.layout;
        let statuses = outcome.statuses(layout.supports.iter().map(|(support, _)| *support));
        let mut faulty = std::mem::take(&mut found.faulty);
        faulty.sort_unstable();
        let mut faulty = faulty.as_slice();
        let faults = std::mem::take(&mut found.faults);
        for (row, messages) in faults.iter().enumerate() {
            let end = faulty.partition_point(|(faulty, ..)| *faulty <= row);
            let (of_row, rest) = faulty.split_at_checked(end).unwrap_or_default();
            faulty = rest;
            let has_no_status = found.has_no_status(row);
            if has_no_status && messages.is_empty() {
                continue;
            }
            let message = |index: &usize| messages.get(*index).map_or("", AsRef::as_ref).to_owned();
            let of_row: Vec<(FactId, String)> =
                of_row.iter().map(|(_, fact, index)| (*fact, message(index))).collect();
            let fault = has_no_status.then(|| messages.join(" "));
            let client = ClientRow {
                row,
                position: position(row),
                key: &key(row),
                fault: fault.as_deref(),
                faulty: &of_row,
            };
            clients.add(&client, hasher, &self.reader.answers, &statuses);
        }
        self.tally.rows(&AddedColumns {
            statuses,
            faults,
            without_status: std::mem::take(&mut found.without_status),
            ..AddedColumns::default()
        });
    }
}
