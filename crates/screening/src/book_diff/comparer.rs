//! The rows of a chunk under two rule books.
//!
//! Owns what one thread does: the rows that were read for the new book are read for the old one as far as that reads
//! them otherwise, both plans are evaluated, and the outcomes of all supports are compared 64 rows at once. Counts go to
//! the tally of the thread, moved firms into the chunk.

use super::books::{Books, ComparedSupport};
use super::counts::MoveCounts;
use super::kinds::{Outcome as SupportedOutcome, is_move};
use super::patterns::Patterns;
use super::words::WordedKind;
use crate::error::ScreenError;
use crate::parquet::RecordBatch;
use crate::read::ndjson::JsonLine;
use crate::screen::answer_reader::AnswerReader;
use crate::screen::findings::Findings;
use crate::screen::tally::Tally;
use crate::table::cells::Cells;
use export_advisor_core::diff::SupportOutcome;
use export_advisor_core::evaluate::{Batch, Evaluator, Outcome};
use export_advisor_core::facts::FactId;
use export_advisor_core::rulebook::SupportId;
use export_advisor_core::truth::Truth;
use std::borrow::Cow;
use std::sync::Arc;

/// A firm of a chunk that moves.
#[derive(Debug)]
pub(crate) struct MovedFirm {
    /// The position of its row in the chunk, blank rows counted.
    pub(crate) position: usize,
    /// What names it.
    pub(crate) key: String,
    /// Its moves, in the order of the supports.
    pub(crate) moves: Vec<Arc<WordedKind>>,
}

impl MovedFirm {
    /// About how many bytes its lines have.
    pub(crate) fn size(&self) -> usize {
        let cells = self.moves.iter().flat_map(|worded| &worded.cells);
        self.moves.len() * self.key.len() + cells.map(|cell| cell.len() + 1).sum::<usize>()
    }
}

/// The rows of a chunk that have been read.
pub(crate) struct RowsOfBooks<'c, 'k> {
    /// The answers as the new book reads them.
    pub(crate) answers: &'c Batch,
    /// The rows that are firms and have statuses, one bit a row.
    pub(crate) usable: &'c [u64],
    /// The text that names the firm of a row.
    pub(crate) key: &'c dyn Fn(usize) -> Cow<'k, str>,
    /// The position of a row in the chunk, blank rows counted.
    pub(crate) position: &'c dyn Fn(usize) -> usize,
}

/// Compares rows on one thread.
pub(crate) struct BookComparer<'a> {
    books: &'a Books<'a>,
    /// Reads for the old book; `None` if it reads all facts as the new one does.
    reader: Option<AnswerReader<'a>>,
    shared: Vec<(FactId, FactId)>,
    old: Evaluator<'a>,
    patterns: Patterns,
    /// The faults that only the old book finds.
    tally: Tally,
}

impl<'a> BookComparer<'a> {
    /// A comparer for one thread.
    pub(crate) fn new(books: &'a Books<'a>) -> Self {
        let reads_alike = books.facts.are_all_shared();
        let ids = books.supports.iter().filter_map(|support| support.pair.old);
        let ids: Vec<SupportId> = ids.collect();
        Self {
            books,
            reader: (!reads_alike).then(|| AnswerReader::new(&books.old_job)),
            shared: books.facts.shared(),
            old: if ids.len() == books.old.supports.len() {
                Evaluator::new(books.old)
            } else {
                Evaluator::only(books.old, &ids)
            },
            patterns: Patterns::default(),
            tally: Tally::new(books.old, &books.old_job.layout),
        }
    }

    /// Has the old book read rows that the new one has read. What it finds wrong is added to what the new one found.
    pub(crate) fn read(
        &mut self,
        rows: &ChunkRows<'_>,
        found: &mut Findings<'_>,
    ) -> Result<(), ScreenError> {
        let Some(reader) = &mut self.reader else { return Ok(()) };
        let tally = &mut self.tally;
        let mut own = found.of_other_book(self.books.old);
        reader.answers.clear();
        match rows {
            ChunkRows::Cells(cells) if cells.has_kinds() => {
                reader.read_kinds(cells, &mut own, tally)
            }
            ChunkRows::Cells(cells) => reader.read_texts(cells, &mut own, tally)?,
            ChunkRows::Lines(lines) => {
                for (row, line) in lines.iter().enumerate() {
                    reader.read_line(row, line, &mut own, tally);
                }
            }
            ChunkRows::Batch(batch) => reader.read_batch(batch, &mut own, tally),
        }
        found.add_of_other_book(own);
        Ok(())
    }

    /// Compares the rows of a chunk.
    pub(crate) fn compare(
        &mut self,
        new: &mut Evaluator<'a>,
        rows: &RowsOfBooks<'_, '_>,
        counts: &mut MoveCounts,
    ) -> Vec<MovedFirm> {
        let Self { books, reader, shared, old, patterns, .. } = self;
        let of_new = new.run(rows.answers);
        let of_old = match reader {
            None => old.run(rows.answers),
            Some(reader) => {
                for (new, old) in shared.iter() {
                    if let Some(column) = rows.answers.columns().get(new.index()) {
                        reader.answers.column(*old).clone_from(column);
                    }
                }
                reader.answers.set_rows(rows.answers.rows());
                old.run(&reader.answers)
            }
        };
        let mut any_moved = vec![0_u64; rows.usable.len()];
        let mut moved: Vec<(usize, usize, Arc<WordedKind>)> = Vec::new();
        for (position, support) in books.supports.iter().enumerate() {
            let before = of_outcomes(&of_old, support.pair.old, rows.usable);
            let after = of_outcomes(&of_new, support.pair.new, rows.usable);
            let sides = [&of_old, &of_new];
            let mut each = |row: usize, outcomes: [SupportedOutcome; 2]| {
                let truths = truths(sides, support, outcomes, row);
                let kind = patterns.count(books, (position, support), outcomes, &truths);
                moved.extend(kind.filter(|_| books.has_details).map(|kind| (row, position, kind)));
            };
            count_cells(position, [&before, &after], counts, &mut any_moved, &mut each);
        }
        patterns.flush(counts);
        let ones =
            |words: &[u64]| words.iter().map(|bits| u64::from(bits.count_ones())).sum::<u64>();
        counts.firms += ones(rows.usable);
        counts.moved_firms += ones(&any_moved);
        moved.sort_unstable_by_key(|(row, position, _)| (*row, *position));
        firms(moved, rows)
    }
}

/// The rows of a chunk as its format gives them.
pub(crate) enum ChunkRows<'c> {
    /// Cells.
    Cells(&'c Cells<'c>),
    /// Lines of JSON.
    Lines(&'c [JsonLine<'c>]),
    /// Columns.
    Batch(&'c RecordBatch),
}

/// Per outcome, its usable rows, one bit a row. A support that the book does not have has one outcome: none.
type OutcomeRows = Vec<(SupportedOutcome, Vec<u64>)>;

fn of_outcomes(outcome: &Outcome<'_>, support: Option<SupportId>, usable: &[u64]) -> OutcomeRows {
    let Some(support) = support else { return vec![(None, usable.to_vec())] };
    let (applies, not) = outcome.status_bitmaps(support);
    let undetermined = applies.iter().zip(not).map(|(applies, not)| !(applies | not));
    let exclusions = outcome.exclusion_bitmaps(support);
    let all = [applies.to_vec(), undetermined.collect()].into_iter().chain(exclusions);
    let mut all: OutcomeRows = SupportOutcome::ALL.into_iter().map(Some).zip(all).collect();
    for (_, words) in &mut all {
        words.iter_mut().zip(usable).for_each(|(bits, usable)| *bits &= usable);
    }
    all
}

/// Counts the firms of each pair of outcomes, and calls `each` with every firm that moves.
fn count_cells(
    support: usize,
    [before, after]: [&OutcomeRows; 2],
    counts: &mut MoveCounts,
    any_moved: &mut [u64],
    each: &mut dyn FnMut(usize, [SupportedOutcome; 2]),
) {
    for (old, was) in before {
        for (new, is) in after {
            let is_move = is_move(*old, *new);
            let mut firms = 0;
            for (word, (was, is)) in was.iter().zip(is).enumerate() {
                let mut bits = was & is;
                if bits == 0 {
                    continue;
                }
                firms += u64::from(bits.count_ones());
                if !is_move {
                    continue;
                }
                if let Some(any) = any_moved.get_mut(word) {
                    *any |= bits;
                }
                while bits != 0 {
                    each(word * 64 + bits.trailing_zeros() as usize, [*old, *new]);
                    bits &= bits - 1;
                }
            }
            counts.add(support, *old, *new, firms);
        }
    }
}

/// The truth of each criterion of a support in a row under the old and the new book; none of a support that a book does
/// not have.
fn truths(
    [old, new]: [&Outcome<'_>; 2],
    support: &ComparedSupport,
    outcomes: [SupportedOutcome; 2],
    row: usize,
) -> Vec<[Option<Truth>; 2]> {
    if outcomes.contains(&None) {
        return Vec::new();
    }
    let criteria = support.criteria.iter().map(|criterion| {
        let [was, is] = criterion.nodes;
        [was.map(|node| old.truth(node, row)), is.map(|node| new.truth(node, row))]
    });
    criteria.collect()
}

fn firms(
    moved: Vec<(usize, usize, Arc<WordedKind>)>,
    rows: &RowsOfBooks<'_, '_>,
) -> Vec<MovedFirm> {
    let mut firms: Vec<MovedFirm> = Vec::new();
    let mut last = None;
    for (row, _, kind) in moved {
        if last != Some(row) {
            let key = (rows.key)(row).into_owned();
            firms.push(MovedFirm { position: (rows.position)(row), key, moves: Vec::new() });
            last = Some(row);
        }
        firms.last_mut().into_iter().for_each(|firm| firm.moves.push(Arc::clone(&kind)));
    }
    firms
}
