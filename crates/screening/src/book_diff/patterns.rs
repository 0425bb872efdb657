//! The causes of moves, found once for all firms whose criteria have the same truths.
//!
//! Owns the table of one thread: the truths of all criteria of a support under both books, to the kind of move that they
//! make and its words. Which criteria moved a firm depends on nothing else.

use super::books::{Books, ComparedSupport};
use super::counts::MoveCounts;
use super::kinds::{KindCause, MoveKind, Outcome, index};
use super::words::WordedKind;
use export_advisor_core::diff::{Causes, CriterionTruth, CriterionTruths};
use export_advisor_core::truth::Truth;
use foldhash::HashMap;
use std::sync::Arc;

/// How many patterns are kept; then the table begins anew.
const MAX_PATTERNS: usize = 1 << 16;

#[derive(Debug)]
struct Pattern {
    kind: Arc<WordedKind>,
    /// The firms of the chunk.
    firms: u64,
}

/// The patterns that one thread has met.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    /// Support, truths and outcomes → the index of the pattern.
    index: HashMap<Vec<u8>, usize>,
    patterns: Vec<Pattern>,
    /// The patterns that the chunk has.
    met: Vec<usize>,
    key: Vec<u8>,
}

impl Patterns {
    /// The kind of a firm's move, from the truth of each criterion of the support under the old and the new book; counts
    /// the firm.
    pub(super) fn count(
        &mut self,
        books: &Books<'_>,
        (position, support): (usize, &ComparedSupport),
        [before, after]: [Outcome; 2],
        truths: &[[Option<Truth>; 2]],
    ) -> Option<Arc<WordedKind>> {
        self.key.clear();
        self.key.extend_from_slice(&position.to_le_bytes());
        let code = |truth: Option<Truth>| truth.map_or(3, |truth| truth as u8);
        self.key.extend(truths.iter().map(|[old, new]| code(*old) << 2 | code(*new)));
        let outcomes = [before, after].map(index).into_iter();
        self.key.extend(outcomes.filter_map(|index| u8::try_from(index).ok()));
        let found = match self.index.get(&self.key) {
            Some(found) => *found,
            None => {
                let kind = kind(position, support, [before, after], truths);
                let kind = Arc::new(WordedKind::new(books, support, kind));
                self.patterns.push(Pattern { kind, firms: 0 });
                self.index.insert(self.key.clone(), self.patterns.len() - 1);
                self.patterns.len() - 1
            }
        };
        let pattern = self.patterns.get_mut(found)?;
        if pattern.firms == 0 {
            self.met.push(found);
        }
        pattern.firms += 1;
        Some(Arc::clone(&pattern.kind))
    }

    /// Moves the counts of a chunk to those of the thread.
    pub(super) fn flush(&mut self, counts: &mut MoveCounts) {
        for index in self.met.drain(..) {
            if let Some(pattern) = self.patterns.get_mut(index) {
                counts.add_kind(&pattern.kind.kind, std::mem::take(&mut pattern.firms));
            }
        }
        if self.patterns.len() > MAX_PATTERNS {
            self.patterns.clear();
            self.index.clear();
        }
    }
}

fn kind(
    position: usize,
    support: &ComparedSupport,
    [before, after]: [Outcome; 2],
    truths: &[[Option<Truth>; 2]],
) -> MoveKind {
    let criteria =
        support.criteria.iter().zip(truths).map(|(criterion, truths)| -> CriterionTruths {
            let [old, new] = truths;
            let of =
                |truth: &Option<Truth>, by| -> Option<CriterionTruth> { Some(((*truth)?, by?)) };
            let [old_by, new_by] = criterion.excludes_by;
            [of(old, old_by), of(new, new_by)]
        });
    let causes = match (before, after) {
        (Some(_), Some(_)) => Causes::of(&criteria.collect::<Vec<_>>()),
        _ => Causes::default(),
    };
    let found = causes.criteria.iter().filter_map(|criterion| {
        let [before, after] = *truths.get(*criterion)?;
        Some(KindCause { criterion: *criterion, before, after })
    });
    MoveKind {
        support: position,
        before,
        after,
        causes: found.collect(),
        are_joint: causes.are_joint,
    }
}
