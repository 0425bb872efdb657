//! The counts of a screening, as a person decides by them.
//!
//! Owns the [`Summary`], made of the merged [`Tally`]: counts per support, status, size and region; what excludes
//! firms; the facts that are missing most; the questions that would decide most; warnings; where faults are. Its size
//! depends on the rule book, never on the number of rows.

use super::layout::Layout;
use super::tally::{GROUPED_BY, Tally};
use crate::fast::bit_counts::BitCounts;
use export_advisor_core::facts::{Catalogue, FactId, LocalizedText};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::{ExcludedBy, WindowState};
use jiff::civil::Date;

/// How many rows with faults a summary quotes.
pub(crate) const MAX_REPORTED_FAULTS: usize = 20;

/// The counts of a screening.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Rows read, which is rows written.
    pub rows: u64,
    /// Rows with a fault of any kind.
    pub faulty: u64,
    /// Rows among them that cannot be taken apart into cells, which have no status.
    pub unreadable: u64,
    /// Rows that are no firm, such as totals; they have no status and no fault.
    pub not_firms: u64,
    /// Cells whose fact is unknown, since they cannot be read.
    pub faulty_cells: u64,
    /// Cells with a personal number.
    pub refused: u64,
    /// Blank lines that were skipped.
    pub blank: u64,
    /// Rows with a warning.
    pub warned: u64,
    /// Codes of warnings with how often each occurs, most first.
    pub warnings: Vec<(String, u64)>,
    /// Rows whose credit code passes its checks, fails them, or is not given.
    pub codes: [u64; 3],
    /// The requested supports.
    pub supports: Vec<SupportCounts>,
    /// The labels of size, the last for "not known".
    pub sizes: Vec<LocalizedText>,
    /// The labels of region, the last for "not known".
    pub regions: Vec<LocalizedText>,
    /// Rows with statuses of each size (outer) and region.
    pub groups: Vec<Vec<u64>>,
    /// Facts with the rows that miss them, most first.
    pub missing: Vec<(FactId, u64)>,
    /// What to ask, the question that could decide most first.
    pub questions: Vec<Question>,
    /// Facts with the number of their faulty cells, most first.
    pub faults: Vec<(FactId, u64)>,
    /// Faults of rows as such: too many cells, bytes that are no text.
    pub row_faults: u64,
    /// All faults by kind, the most frequent first.
    pub fault_kinds: Vec<FaultCount>,
    /// The first rows with faults and their messages; rows are numbered as spreadsheets show them.
    pub first_faults: Vec<(u64, String)>,
}

/// The counts of one support.
#[derive(Clone, Debug)]
pub struct SupportCounts {
    /// Its index in the rule book.
    pub support: usize,
    /// Its window on the as-of date.
    pub window: WindowState,
    /// Rows to which it applies, does not apply, and for which it is undetermined.
    pub total: [u64; 3],
    /// Those to which it does not apply, by what excludes them: the area, the text, no need, only our reading.
    pub excluded_by: [u64; ExcludedBy::COUNT],
    /// The same for each size (outer) and region.
    pub groups: Vec<Vec<[u64; 3]>>,
}

/// How often a kind of fault occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultCount {
    /// Its stable code.
    pub code: &'static str,
    /// The fact of the cells; `None` for faults of rows as such.
    pub fact: Option<FactId>,
    /// How often it occurs.
    pub count: u64,
}

/// A question for many firms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The fact to ask for.
    pub fact: FactId,
    /// The rows to ask: those whose `missing` names it.
    pub rows: u64,
    /// How many undetermined statuses the answers could decide.
    pub decides: u64,
}

impl Summary {
    /// Makes a summary of the counts.
    pub(crate) fn new(
        plan: &Plan,
        layout: &Layout,
        as_of: Date,
        tally: &Tally,
        blank: u64,
        first_faults: Vec<(u64, String)>,
    ) -> Self {
        let catalogue = &plan.book.catalogue;
        let totals = |[applies, not]: &[BitCounts; 2]| applies.totals().zip(not.totals()).collect();
        let counts: Vec<Vec<(u64, u64)>> = tally.counts.iter().map(totals).collect();
        let nested = |count_of: &dyn Fn(usize) -> [u64; 3]| -> Vec<Vec<[u64; 3]>> {
            (0..tally.sizes)
                .map(|size| {
                    (0..tally.regions)
                        .map(|region| count_of(size * tally.regions + region))
                        .collect()
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
            let excluded_by = tally.excluded_by.get(index).copied().unwrap_or_default();
            SupportCounts { support: *support, window, total, excluded_by, groups: by_group }
        });
        let mut questions: Vec<Question> = (catalogue.facts.iter())
            .map(|fact| Question {
                fact: fact.id,
                rows: tally.asked.get(fact.id.index()).copied().unwrap_or(0),
                decides: tally.decides.get(fact.id.index()).copied().unwrap_or(0),
            })
            .filter(|ask| ask.decides > 0)
            .collect();
        questions.sort_by_key(|ask| (u64::MAX - ask.decides, ask.fact));
        let group = |size: usize| {
            let start = size * tally.regions;
            tally.groups.get(start..start + tally.regions).unwrap_or_default().to_vec()
        };
        let mut warnings: Vec<(String, u64)> =
            tally.warnings.iter().map(|(code, count)| (code.clone(), *count)).collect();
        warnings.sort_by_key(|(_, count)| u64::MAX - count);
        let mut fault_kinds: Vec<FaultCount> = (tally.fault_kinds.iter())
            .map(|((code, fact), count)| FaultCount { code, fact: *fact, count: *count })
            .collect();
        fault_kinds.sort_by_key(|kind| u64::MAX - kind.count);
        Self {
            rows: tally.rows,
            faulty: tally.faulty,
            unreadable: tally.unreadable,
            not_firms: tally.not_firms,
            faulty_cells: tally.cells.iter().sum(),
            refused: tally.refused,
            blank,
            warned: tally.warned,
            warnings,
            codes: tally.codes,
            supports: supports.collect(),
            sizes: labels(catalogue, GROUPED_BY.first()),
            regions: labels(catalogue, GROUPED_BY.last()),
            groups: (0..tally.sizes).map(group).collect(),
            missing: ranked(tally.missing.totals()),
            questions,
            faults: ranked(tally.cells.iter().copied()),
            row_faults: tally.row_faults,
            fault_kinds,
            first_faults,
        }
    }
}

fn labels(catalogue: &Catalogue, name: Option<&&str>) -> Vec<LocalizedText> {
    let fact = name.and_then(|name| catalogue.find(name));
    let labels =
        fact.into_iter().flat_map(|fact| fact.values.iter().map(|value| value.label.clone()));
    labels.chain([LocalizedText { zh: "未知".to_owned(), en: "not known".to_owned() }]).collect()
}

/// Facts with a count, most first.
fn ranked(counts: impl Iterator<Item = u64>) -> Vec<(FactId, u64)> {
    let mut ranked: Vec<(FactId, u64)> =
        (0_usize..).map(FactId::from).zip(counts).filter(|(_, count)| *count > 0).collect();
    ranked.sort_by_key(|(fact, count)| (u64::MAX - count, *fact));
    ranked
}
