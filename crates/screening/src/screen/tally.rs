//! The counts that each thread keeps.
//!
//! Owns the [`Tally`]: counts per support, status, size and region; what excludes firms; missing facts; what a
//! question would decide; warnings; faults. Threads count apart and merge at the end. Its size depends on the rule
//! book, never on the number of rows.

use super::added::AddedColumns;
use super::layout::Layout;
use super::questions::{MissingRanking, each_question};
use crate::book_diff::counts::MoveCounts;
use crate::fast::bit_counts::BitCounts;
use export_advisor_core::evaluate::{Outcome, PartialValue};
use export_advisor_core::facts::FactId;
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::ExcludedBy;
use foldhash::HashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The facts by which counts are grouped, as far as the rule book derives them.
pub(crate) const GROUPED_BY: [&str; 2] = ["size", "region"];

/// How many rows there are, and how many of them have what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows read, which is rows written.
    pub rows: u64,
    /// Rows with a fault of any kind.
    pub faulty: u64,
    /// Rows among them that cannot be taken apart, which have no status.
    pub unreadable: u64,
    /// Rows that are no firm, such as totals.
    pub not_firms: u64,
    /// Rows with a warning.
    pub warned: u64,
}

/// The counts of one thread.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(super) rows: u64,
    /// Rows with a fault of any kind.
    pub(super) faulty: u64,
    /// Rows among them that cannot be taken apart, which have no status.
    pub(super) unreadable: u64,
    /// Rows that are no firm, such as totals.
    pub(super) not_firms: u64,
    /// Cells with a personal number.
    pub(super) refused: u64,
    /// Rows with a warning.
    pub(super) warned: u64,
    /// Per code of a warning, how often it occurs.
    pub(super) warnings: BTreeMap<String, u64>,
    pub(super) codes: [u64; 3],
    /// The number of values of size and of region, each with one more for "not known".
    pub(super) sizes: usize,
    pub(super) regions: usize,
    /// The columns of the layout that hold size and region.
    pub(super) columns: [Option<usize>; 2],
    /// Per size and region, the supports that apply, and those that do not.
    pub(super) counts: Vec<[BitCounts; 2]>,
    /// Per support, the rows that each of `ExcludedBy::ALL` excludes.
    pub(super) excluded_by: Vec<[u64; ExcludedBy::COUNT]>,
    /// Rows of each size and region.
    pub(super) groups: Vec<u64>,
    /// Per fact, the rows that miss it.
    pub(super) missing: BitCounts,
    /// Per fact, the pairs of a row and a support that it could decide.
    pub(super) decides: Vec<u64>,
    /// Per fact, the rows among them.
    pub(super) asked: Vec<u64>,
    /// Per fact, its faulty cells.
    pub(super) cells: Vec<u64>,
    /// Faults of rows as such.
    pub(super) row_faults: u64,
    /// All faults by code and by the fact of the cell, if it is one of a cell.
    pub(super) fault_kinds: BTreeMap<(&'static str, Option<FactId>), u64>,
    /// The moves between two rule books, if they are compared.
    pub(crate) moves: MoveCounts,
}

impl Tally {
    /// Counts of zero.
    pub(crate) fn new(plan: &Plan, layout: &Layout) -> Self {
        let facts = plan.book.catalogue.facts.len();
        let columns = GROUPED_BY.map(|name| {
            let fact = plan.book.catalogue.find(name)?.id;
            layout.derived.iter().position(|column| column.fact == fact)
        });
        let counts = GROUPED_BY
            .map(|name| plan.book.catalogue.find(name).map_or(0, |fact| fact.values.len()) + 1);
        let [sizes, regions] = counts;
        let supports = BitCounts::new(layout.supports.len());
        Self {
            rows: 0,
            faulty: 0,
            unreadable: 0,
            not_firms: 0,
            refused: 0,
            warned: 0,
            warnings: BTreeMap::new(),
            codes: [0; 3],
            sizes,
            regions,
            columns,
            counts: vec![[supports.clone(), supports]; sizes * regions],
            excluded_by: vec![[0; ExcludedBy::COUNT]; layout.supports.len()],
            groups: vec![0; sizes * regions],
            missing: BitCounts::new(facts),
            decides: vec![0; facts],
            asked: vec![0; facts],
            cells: vec![0; facts],
            row_faults: 0,
            fault_kinds: BTreeMap::new(),
            moves: MoveCounts::default(),
        }
    }

    /// Counts a faulty cell of a fact.
    pub(crate) fn fault(&mut self, fact: FactId, code: &'static str) {
        add(&mut self.cells, fact.index(), 1);
        *self.fault_kinds.entry((code, Some(fact))).or_default() += 1;
    }

    /// Counts a fault of a row as such.
    pub(crate) fn row_fault(&mut self, code: &'static str) {
        self.row_faults += 1;
        *self.fault_kinds.entry((code, None)).or_default() += 1;
    }

    /// Counts a cell with a personal number.
    pub(crate) fn refused(&mut self) {
        self.refused += 1;
    }

    /// Counts a warning.
    pub(crate) fn warning(&mut self, code: &str) {
        match self.warnings.get_mut(code) {
            Some(count) => *count += 1,
            None => drop(self.warnings.insert(code.to_owned(), 1)),
        }
    }

    /// Counts the rows of a chunk.
    pub(crate) fn rows(&mut self, added: &AddedColumns) {
        for row in 0..added.faults.len() {
            self.rows += 1;
            let code = match added.uscc_ok.get(row) {
                Some(Some(true)) => 0,
                Some(Some(false)) => 1,
                _ => 2,
            };
            add(&mut self.codes, code, 1);
            self.faulty += u64::from(added.is_faulty(row));
            self.warned += u64::from(added.warnings.get(row).is_some_and(|w| !w.is_empty()));
            if added.has_no_status(row) {
                let count =
                    if added.is_faulty(row) { &mut self.unreadable } else { &mut self.not_firms };
                *count += 1;
                continue;
            }
            let group = self.group(added, row);
            add(&mut self.groups, group, 1);
            let statuses = added.statuses.row(row);
            if let Some([applies, not]) = self.counts.get_mut(group) {
                applies.add(statuses.0);
                not.add(statuses.1);
            }
            if let Some(missing) = added.missing.get(row) {
                self.missing.add(missing.bits());
            }
        }
    }

    /// Counts the rows of a chunk that gets no added columns.
    pub(crate) fn unwritten(
        &mut self,
        faults: &[Vec<Arc<str>>],
        has_no_status: &dyn Fn(usize) -> bool,
    ) {
        for (row, faults) in faults.iter().enumerate() {
            let is_faulty = !faults.is_empty();
            self.rows += 1;
            self.faulty += u64::from(is_faulty);
            if has_no_status(row) {
                *(if is_faulty { &mut self.unreadable } else { &mut self.not_firms }) += 1;
            }
        }
    }

    /// Counts what excludes firms: per support, the rows that each of `ExcludedBy::ALL` excludes, as bit words.
    pub(crate) fn exclusions(
        &mut self,
        exclusions: &[[Vec<u64>; ExcludedBy::COUNT]],
        usable: &[u64],
    ) {
        for (counts, bitmaps) in self.excluded_by.iter_mut().zip(exclusions) {
            for (count, words) in counts.iter_mut().zip(bitmaps) {
                let rows = words.iter().zip(usable).map(|(bits, usable)| bits & usable);
                *count += rows.map(|bits| u64::from(bits.count_ones())).sum::<u64>();
            }
        }
    }

    fn group(&self, added: &AddedColumns, row: usize) -> usize {
        let index = |column: Option<usize>, most: usize| {
            let value = column.and_then(|c| added.derived.get(c)).and_then(|c| c.get(row));
            match value {
                Some(PartialValue::Enum(index)) => usize::from(*index).min(most - 1),
                _ => most - 1,
            }
        };
        let [size, region] = self.columns;
        index(size, self.sizes) * self.regions + index(region, self.regions)
    }

    /// Counts the questions that could still be asked about the open supports in the usable rows, and for each row if a
    /// ranking is wanted.
    pub(super) fn questions(
        &mut self,
        plan: &Plan,
        open: &[usize],
        outcome: &mut Outcome<'_>,
        usable: &[u64],
        unknown: &HashMap<FactId, Vec<u64>>,
        mut ranking: Option<&mut MissingRanking>,
    ) {
        let words = usable.len();
        // Per fact, the rows in which it could decide any support.
        let mut any = vec![0_u64; plan.book.catalogue.facts.len() * words];
        each_question(plan, open, outcome, usable, unknown, &mut |fact, rows| {
            let all = any.get_mut(fact.index() * words..).unwrap_or_default();
            let mut pairs = 0;
            for (bits, any) in rows.iter().zip(all) {
                *any |= bits;
                pairs += u64::from(bits.count_ones());
            }
            add(&mut self.decides, fact.index(), pairs);
            if let Some(ranking) = &mut ranking {
                ranking.add(fact, rows);
            }
        });
        for (count, rows) in self.asked.iter_mut().zip(any.chunks_exact(words.max(1))) {
            *count += rows.iter().map(|bits| u64::from(bits.count_ones())).sum::<u64>();
        }
    }

    /// Per support, the rows to which it applies, does not apply, and for which it is undetermined.
    pub(crate) fn totals(&self) -> Vec<[u64; 3]> {
        let rows: u64 = self.groups.iter().sum();
        let mut totals: Vec<[u64; 3]> = Vec::new();
        for [applies, not] in &self.counts {
            let counts = applies.totals().zip(not.totals());
            for (index, (applies, not)) in counts.enumerate() {
                if index == totals.len() {
                    totals.push([0, 0, rows]);
                }
                if let Some([sum, sum_not, rest]) = totals.get_mut(index) {
                    *sum += applies;
                    *sum_not += not;
                    *rest -= applies + not;
                }
            }
        }
        totals
    }

    /// The counts that the last record of a stream has.
    pub(crate) fn row_counts(&self) -> RowCounts {
        let Self { rows, faulty, unreadable, not_firms, warned, .. } = *self;
        RowCounts { rows, faulty, unreadable, not_firms, warned }
    }

    /// Adds the counts of another thread.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.faulty += other.faulty;
        self.unreadable += other.unreadable;
        self.not_firms += other.not_firms;
        self.refused += other.refused;
        self.warned += other.warned;
        for (code, count) in &other.warnings {
            *self.warnings.entry(code.clone()).or_default() += count;
        }
        self.row_faults += other.row_faults;
        for (kind, count) in &other.fault_kinds {
            *self.fault_kinds.entry(*kind).or_default() += count;
        }
        for (mine, theirs) in [
            (&mut self.codes[..], &other.codes[..]),
            (&mut self.groups, &other.groups),
            (&mut self.decides, &other.decides),
            (&mut self.asked, &other.asked),
            (&mut self.cells, &other.cells),
        ] {
            mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
        }
        let excluded_by = self.excluded_by.iter_mut().flatten();
        excluded_by.zip(other.excluded_by.iter().flatten()).for_each(|(a, b)| *a += b);
        self.missing.merge(&other.missing);
        self.moves.merge(&other.moves);
        let counts = self.counts.iter_mut().flatten().zip(other.counts.iter().flatten());
        counts.for_each(|(a, b)| a.merge(b));
    }
}

fn add(counts: &mut [u64], index: usize, more: u64) {
    if let Some(count) = counts.get_mut(index) {
        *count += more;
    }
}
