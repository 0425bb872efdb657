//! What a screening comes to: counts that a person decides by.
//!
//! Owns the [`Tally`] that each worker keeps and the [`Summary`] that is made of them: counts per support,
//! status, size and region; which facts are missing most; which question would settle most; which faults
//! stand where. Its size depends on the rule book, never on the number of rows.

use super::bit_counts::BitCounts;
use super::layout::Layout;
use super::screener::Task;
use super::verdicts::Verdicts;
use export_advisor_core::evaluate::{Outcome, PartialValue};
use export_advisor_core::facts::{Catalogue, FactId, FactSet, LocalizedText};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::WindowState;
use foldhash::HashMap;
use jiff::civil::Date;

/// The facts that counts are broken down by, as far as the rule book derives them.
pub const BROKEN_DOWN_BY: [&str; 2] = ["size", "region"];

/// How many rows with faults are kept to be told.
pub const TOLD_FAULTS: usize = 20;

/// What one worker counts.
#[derive(Clone, Debug)]
pub struct Tally {
    rows: u64,
    faulty: u64,
    noticed: u64,
    codes: [u64; 3],
    /// Words of size and of region, each with one more for "not known".
    sizes: usize,
    regions: usize,
    /// The columns of the layout that hold size and region.
    columns: [Option<usize>; 2],
    /// Per size and region, the supports that apply, and those that do not.
    counts: Vec<[BitCounts; 2]>,
    /// Rows of each size and region.
    groups: Vec<u64>,
    /// Per fact, the rows that miss it.
    missing: BitCounts,
    /// Per fact, pairs of a row and a support that it could settle.
    settles: Vec<u64>,
    /// Per fact, the rows among them.
    asked: Vec<u64>,
    /// Per fact, its faulty cells.
    cells: Vec<u64>,
    /// Faults of rows as such.
    lines: u64,
}

impl Tally {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(plan: &Plan, layout: &Layout) -> Self {
        let facts = plan.book.catalogue.facts.len();
        let columns = BROKEN_DOWN_BY.map(|name| {
            let fact = plan.book.catalogue.find(name)?.id;
            layout.derived.iter().position(|column| column.fact == fact)
        });
        let words = BROKEN_DOWN_BY
            .map(|name| plan.book.catalogue.find(name).map_or(0, |fact| fact.values.len()) + 1);
        let [sizes, regions] = words;
        let supports = BitCounts::new(layout.supports.len());
        Self {
            rows: 0,
            faulty: 0,
            noticed: 0,
            codes: [0; 3],
            sizes,
            regions,
            columns,
            counts: vec![[supports.clone(), supports]; sizes * regions],
            groups: vec![0; sizes * regions],
            missing: BitCounts::new(facts),
            settles: vec![0; facts],
            asked: vec![0; facts],
            cells: vec![0; facts],
            lines: 0,
        }
    }

    /// Counts a faulty cell of a fact.
    pub(super) fn fault(&mut self, fact: FactId) {
        add(&mut self.cells, fact.index(), 1);
    }

    /// Counts the rows of a chunk.
    pub(super) fn rows(&mut self, verdicts: &Verdicts, noticed: u64, lines: u64) {
        self.noticed += noticed;
        self.lines += lines;
        for row in 0..verdicts.faults.len() {
            self.rows += 1;
            let code = match verdicts.uscc_ok.get(row) {
                Some(Some(true)) => 0,
                Some(Some(false)) => 1,
                _ => 2,
            };
            add(&mut self.codes, code, 1);
            if verdicts.is_faulty(row) {
                self.faulty += 1;
                continue;
            }
            let group = self.group(verdicts, row);
            add(&mut self.groups, group, 1);
            let statuses = verdicts.statuses.row(row);
            if let Some([applies, not]) = self.counts.get_mut(group) {
                applies.add(statuses.0);
                not.add(statuses.1);
            }
            if let Some(missing) = verdicts.missing.get(row) {
                self.missing.add(missing.bits());
            }
        }
    }

    fn group(&self, verdicts: &Verdicts, row: usize) -> usize {
        let word = |column: Option<usize>, most: usize| {
            let stage = column.and_then(|c| verdicts.derived.get(c)).and_then(|c| c.get(row));
            match stage {
                Some(PartialValue::Enum(word)) => usize::from(*word).min(most - 1),
                _ => most - 1,
            }
        };
        let [size, region] = self.columns;
        word(size, self.sizes) * self.regions + word(region, self.regions)
    }

    /// Counts what could still be asked: for supports that can be had, facts that the firm has not said it
    /// does not know; a derived fact only where nothing that it follows from can be asked.
    pub(super) fn asked(
        &mut self,
        task: &Task<'_>,
        outcome: &mut Outcome<'_>,
        good: &[bool],
        unknown: &HashMap<FactId, Vec<u64>>,
    ) {
        let words = good.len().div_ceil(64);
        let mut usable = vec![0_u64; words];
        for (row, _) in good.iter().enumerate().filter(|(_, good)| **good) {
            if let Some(word) = usable.get_mut(row / 64) {
                *word |= 1 << (row % 64);
            }
        }
        let catalogue = &task.plan.book.catalogue;
        // Per fact, the rows in which it could settle any support.
        let mut any = vec![0_u64; catalogue.facts.len() * words];
        for support in &task.open {
            let mut masks = outcome.missing_bitmaps(*support);
            for (fact, mask) in &mut masks {
                let unknown = unknown.get(fact);
                for (at, word) in mask.iter_mut().enumerate() {
                    *word &= usable.get(at).copied().unwrap_or(0);
                    *word &= !unknown.and_then(|bits| bits.get(at)).copied().unwrap_or(0);
                }
            }
            for (fact, mask) in masks.iter().filter(|(_, mask)| mask.iter().any(|word| *word != 0))
            {
                let inputs = task.plan.inputs.get(fact.index()).copied().unwrap_or_default();
                let waits = catalogue.fact(*fact).rank.is_none() && !inputs.is_empty();
                let all = any.get_mut(fact.index() * words..).unwrap_or_default();
                let mut pairs = 0;
                for (at, (word, any)) in mask.iter().zip(all).enumerate() {
                    let mut word = *word;
                    if waits && word != 0 {
                        word &= !bits_of(&masks, &inputs, at);
                    }
                    *any |= word;
                    pairs += u64::from(word.count_ones());
                }
                add(&mut self.settles, fact.index(), pairs);
            }
        }
        for (count, rows) in self.asked.iter_mut().zip(any.chunks_exact(words.max(1))) {
            *count += rows.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        }
    }

    /// Rows, and those with faults.
    #[must_use]
    pub fn counted(&self) -> (u64, u64) {
        (self.rows, self.faulty)
    }

    /// Adds what another worker has counted.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.faulty += other.faulty;
        self.noticed += other.noticed;
        self.lines += other.lines;
        for (mine, theirs) in [
            (&mut self.codes[..], &other.codes[..]),
            (&mut self.groups, &other.groups),
            (&mut self.settles, &other.settles),
            (&mut self.asked, &other.asked),
            (&mut self.cells, &other.cells),
        ] {
            mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
        }
        self.missing.merge(&other.missing);
        let counts = self.counts.iter_mut().flatten().zip(other.counts.iter().flatten());
        counts.for_each(|(a, b)| a.merge(b));
    }
}

/// The rows that miss one of some facts.
fn bits_of(masks: &[(FactId, Vec<u64>)], facts: &FactSet, at: usize) -> u64 {
    let inside = masks.iter().filter(|(fact, _)| facts.contains(*fact));
    inside.fold(0, |bits, (_, mask)| bits | mask.get(at).copied().unwrap_or(0))
}

fn add(counts: &mut [u64], place: usize, more: u64) {
    if let Some(count) = counts.get_mut(place) {
        *count += more;
    }
}

/// What a screening came to.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Rows read, which is rows written.
    pub rows: u64,
    /// Rows with a fault.
    pub faulty: u64,
    /// Blank lines that were passed over.
    pub blank: u64,
    /// Cells that were read otherwise than written, such as division codes no longer in force.
    pub noticed: u64,
    /// Rows whose credit code passes its checks, fails them, or is not given.
    pub codes: [u64; 3],
    /// The supports that were asked.
    pub supports: Vec<SupportCounts>,
    /// The words of size and of region, the last for "not known".
    pub sizes: Vec<LocalizedText>,
    /// See `sizes`.
    pub regions: Vec<LocalizedText>,
    /// Rows without a fault of each size (outer) and region.
    pub groups: Vec<Vec<u64>>,
    /// Facts with the rows that miss them, most first.
    pub missing: Vec<(FactId, u64)>,
    /// What to ask, the question that could settle most first.
    pub questions: Vec<AskThese>,
    /// Facts with the number of their faulty cells, most first.
    pub faults: Vec<(FactId, u64)>,
    /// Rows that are faulty as such: too many cells, no text.
    pub faulty_lines: u64,
    /// The first rows with faults, from 1, and what is wrong.
    pub told: Vec<(u64, String)>,
}

/// The counts of one support.
#[derive(Clone, Debug)]
pub struct SupportCounts {
    /// Its place in the rule book.
    pub place: usize,
    /// Its window on the as-of date.
    pub window: WindowState,
    /// Rows to which it applies, does not apply, and of which that is undetermined.
    pub total: [u64; 3],
    /// The same for each size (outer) and region.
    pub groups: Vec<Vec<[u64; 3]>>,
}

/// A question for many firms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskThese {
    /// The fact to ask for.
    pub fact: FactId,
    /// The rows to ask: those whose `missing` names it.
    pub rows: u64,
    /// How many undetermined statuses the answers could settle.
    pub settles: u64,
}

impl Summary {
    /// Makes a summary of what was counted.
    #[must_use]
    pub fn new(
        plan: &Plan,
        layout: &Layout,
        as_of: Date,
        tally: &Tally,
        blank: u64,
        told: Vec<(u64, String)>,
    ) -> Self {
        let catalogue = &plan.book.catalogue;
        let totals = |[applies, not]: &[BitCounts; 2]| applies.totals().zip(not.totals()).collect();
        let counts: Vec<Vec<(u64, u64)>> = tally.counts.iter().map(totals).collect();
        let nested = |at: &dyn Fn(usize) -> [u64; 3]| -> Vec<Vec<[u64; 3]>> {
            (0..tally.sizes)
                .map(|size| {
                    (0..tally.regions).map(|region| at(size * tally.regions + region)).collect()
                })
                .collect()
        };
        let supports = layout.supports.iter().enumerate().map(|(index, (support, _))| {
            let cell = |group: usize| {
                let rows = tally.groups.get(group).copied().unwrap_or(0);
                let found = counts.get(group).and_then(|counts| counts.get(index));
                let (applies, not) = found.copied().unwrap_or_default();
                [applies, not, rows - applies - not]
            };
            let by_group = nested(&cell);
            let mut total = [0; 3];
            for counts in by_group.iter().flatten() {
                total.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
            let window = plan.book.supports.get(*support);
            let window = window.map_or(WindowState::Open, |s| s.window.state(as_of).0);
            SupportCounts { place: *support, window, total, groups: by_group }
        });
        let mut questions: Vec<AskThese> = (catalogue.facts.iter())
            .map(|fact| AskThese {
                fact: fact.id,
                rows: tally.asked.get(fact.id.index()).copied().unwrap_or(0),
                settles: tally.settles.get(fact.id.index()).copied().unwrap_or(0),
            })
            .filter(|ask| ask.settles > 0)
            .collect();
        questions.sort_by_key(|ask| (u64::MAX - ask.settles, ask.fact));
        let group = |size: usize| {
            let start = size * tally.regions;
            tally.groups.get(start..start + tally.regions).unwrap_or_default().to_vec()
        };
        Self {
            rows: tally.rows,
            faulty: tally.faulty,
            blank,
            noticed: tally.noticed,
            codes: tally.codes,
            supports: supports.collect(),
            sizes: words(catalogue, BROKEN_DOWN_BY.first()),
            regions: words(catalogue, BROKEN_DOWN_BY.last()),
            groups: (0..tally.sizes).map(group).collect(),
            missing: ranked(tally.missing.totals()),
            questions,
            faults: ranked(tally.cells.iter().copied()),
            faulty_lines: tally.lines,
            told,
        }
    }
}

fn words(catalogue: &Catalogue, name: Option<&&str>) -> Vec<LocalizedText> {
    let fact = name.and_then(|name| catalogue.find(name));
    let words = fact.into_iter().flat_map(|fact| fact.values.iter().map(|word| word.label.clone()));
    words.chain([LocalizedText { zh: "未知".to_owned(), en: "not known".to_owned() }]).collect()
}

/// Facts with a count, most first.
fn ranked(counts: impl Iterator<Item = u64>) -> Vec<(FactId, u64)> {
    let mut ranked: Vec<(FactId, u64)> =
        (0_usize..).map(FactId::from).zip(counts).filter(|(_, count)| *count > 0).collect();
    ranked.sort_by_key(|(fact, count)| (u64::MAX - count, *fact));
    ranked
}
