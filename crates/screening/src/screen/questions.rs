//! The missing facts of a row, in the order in which they are worth asking.
//!
//! Owns the one measure of a question in a list: how many undetermined statuses of supports with an open window its
//! answer could decide. The summary adds it up over all rows; [`MissingRanking`] keeps it for each row, for the columns
//! `missing` and `ask_next`. A fact that the firm states not to know counts nothing, and a derived fact counts only
//! where none of its inputs is missing, as in the questions of an assessment.

use export_advisor_core::evaluate::Outcome;
use export_advisor_core::facts::{FactId, FactSet};
use export_advisor_core::plan::Plan;
use foldhash::HashMap;
use std::cmp::Reverse;
use std::fmt;
use std::num::NonZeroU16;

/// Which missing facts of a row its column `missing` names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingColumn {
    /// There is no such column.
    None,
    /// The first so many, the one that could decide most first.
    Top(NonZeroU16),
    /// All, in the order of the catalogue.
    #[default]
    All,
}

impl MissingColumn {
    /// Reads `none`, `top:N` or `all`.
    ///
    /// # Errors
    /// What can be written instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let top = text.strip_prefix("top:").and_then(|most| most.parse().ok());
        match (text, top) {
            ("none", _) => Ok(Self::None),
            ("all", _) => Ok(Self::All),
            (_, Some(most)) => Ok(Self::Top(most)),
            _ => Err("write none, all, or top: and a number, such as top:3".to_owned()),
        }
    }
}

impl fmt::Display for MissingColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Top(most) => write!(f, "top:{most}"),
            Self::All => f.write_str("all"),
        }
    }
}

/// Calls `each` with every fact that could decide a support, once a support, and the rows in which it could, one bit a
/// row. Only supports of `open` and the rows of `usable` count.
pub(super) fn each_question(
    plan: &Plan,
    open: &[usize],
    outcome: &mut Outcome<'_>,
    usable: &[u64],
    unknown: &HashMap<FactId, Vec<u64>>,
    each: &mut dyn FnMut(FactId, &[u64]),
) {
    let catalogue = &plan.book.catalogue;
    let mut askable = Vec::new();
    for support in open {
        let mut missing = outcome.missing_bitmaps(*support);
        for (fact, rows) in &mut missing {
            let unknown = unknown.get(fact);
            for (word, bits) in rows.iter_mut().enumerate() {
                *bits &= usable.get(word).copied().unwrap_or(0);
                *bits &= !unknown.and_then(|rows| rows.get(word)).copied().unwrap_or(0);
            }
        }
        // Where it is not known whether a document holds, only what decides that is asked, while it can be.
        if let Some(mut waits) = outcome.undecided_areas(*support) {
            let of_area = plan.area_facts((*support).into());
            for (word, bits) in waits.iter_mut().enumerate() {
                *bits &= rows_that_miss(&missing, &of_area, word);
            }
            for (_, rows) in missing.iter_mut().filter(|(fact, _)| !of_area.contains(*fact)) {
                rows.iter_mut().zip(&waits).for_each(|(bits, waits)| *bits &= !waits);
            }
        }
        for (fact, rows) in missing.iter().filter(|(_, rows)| rows.iter().any(|bits| *bits != 0)) {
            let inputs = plan.inputs.get(fact.index()).copied().unwrap_or_default();
            if catalogue.fact(*fact).rank.is_some() || inputs.is_empty() {
                each(*fact, rows);
                continue;
            }
            askable.clear();
            askable.extend(rows.iter().enumerate().map(|(word, bits)| {
                if *bits == 0 { 0 } else { bits & !rows_that_miss(&missing, &inputs, word) }
            }));
            each(*fact, &askable);
        }
    }
}

/// The rows of one word of bits that miss any of some facts.
fn rows_that_miss(missing: &[(FactId, Vec<u64>)], facts: &FactSet, word: usize) -> u64 {
    let among = missing.iter().filter(|(fact, _)| facts.contains(*fact));
    among.fold(0, |bits, (_, rows)| bits | rows.get(word).copied().unwrap_or(0))
}

/// Per row and fact of a chunk, how many undetermined statuses an answer could decide.
#[derive(Debug)]
pub(super) struct MissingRanking {
    facts: usize,
    /// Row after row, a count for each fact.
    counts: Vec<u16>,
}

impl MissingRanking {
    /// Counts of zero.
    pub(super) fn new(rows: usize, facts: usize) -> Self {
        Self { facts, counts: vec![0; rows * facts] }
    }

    /// Counts a support that a fact could decide, in some rows, one bit a row.
    pub(super) fn add(&mut self, fact: FactId, rows: &[u64]) {
        for (word, bits) in rows.iter().enumerate() {
            let mut bits = *bits;
            while bits != 0 {
                let row = word * 64 + bits.trailing_zeros() as usize;
                if let Some(count) = self.counts.get_mut(row * self.facts + fact.index()) {
                    *count = count.saturating_add(1);
                }
                bits &= bits - 1;
            }
        }
    }

    fn count(&self, row: usize, fact: FactId) -> u16 {
        self.counts.get(row * self.facts + fact.index()).copied().unwrap_or(0)
    }

    /// The fact whose answer could decide most in a row, the first in the catalogue of several; `None` if no answer
    /// could decide anything.
    pub(super) fn best(&self, row: usize, missing: FactSet) -> Option<FactId> {
        let facts = missing.iter().map(|fact| (self.count(row, fact), Reverse(fact)));
        facts.max().filter(|(count, _)| *count > 0).map(|(_, Reverse(fact))| fact)
    }

    /// The first missing facts of a row, at most so many: those that could decide most first, then in the order of the
    /// catalogue. Facts that could decide only what cannot be had now come last.
    pub(super) fn top(&self, row: usize, missing: FactSet, most: NonZeroU16) -> Vec<FactId> {
        let mut facts: Vec<FactId> = missing.iter().collect();
        facts.sort_by_key(|fact| (Reverse(self.count(row, *fact)), *fact));
        facts.truncate(usize::from(most.get()));
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_asked_for_is_read_and_printed() {
        for text in ["none", "all", "top:1", "top:12"] {
            assert_eq!(
                MissingColumn::parse(text).map(|read| read.to_string()).as_deref(),
                Ok(text)
            );
        }
        for text in ["", "top", "top:", "top:0", "top:-1", "top:70000", "3", "None"] {
            assert!(MissingColumn::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn facts_come_by_what_they_could_decide_then_by_the_catalogue() {
        let mut ranking = MissingRanking::new(65, 4);
        let [a, b, c, d] = [0, 1, 2, 3].map(FactId::from);
        // In row 64 b and c could decide two supports each, d one, a none.
        for (fact, times) in [(b, 2), (c, 2), (d, 1)] {
            (0..times).for_each(|_| ranking.add(fact, &[0, 1]));
        }
        let all: FactSet = [a, b, c, d].into_iter().collect();
        let top = |most| ranking.top(64, all, NonZeroU16::new(most).unwrap());
        assert_eq!(top(9), [b, c, d, a]);
        assert_eq!(top(2), [b, c]);
        assert_eq!(ranking.best(64, all), Some(b));
        assert_eq!(ranking.best(64, [a, d].into_iter().collect()), Some(d));
        assert_eq!(ranking.best(64, FactSet::of(a)), None);
        assert_eq!(ranking.best(0, all), None);
    }
}
