//! The comparison of random small rule books, held to all their firms.

#![cfg(test)]

use super::{BookDiff, Effect, ItemKind};
use crate::RuleFiles;
use crate::diagram::operator::planted::IS_PLANTED;
use crate::diagram::small_books::{book, changed, cost, firms, is_contradictory};
use crate::evaluate::{Answer, SupportOutcome};
use crate::facts::parse;
use crate::interrupt::Interrupt;
use crate::plan::Plan;
use fastrand::Rng;
use jiff::civil::date;
use std::collections::BTreeMap;

const BOOKS: usize = 10_000;

/// A move: the support, its outcome before and after; the size of the smallest firm, and whether that contradicts itself.
type Moves = BTreeMap<(String, String, String), (bool, (usize, usize))>;

/// The moves of all firms between two books.
fn by_force(old: &Plan, new: &Plan) -> Moves {
    let mut found = Moves::new();
    for profile in firms(&[old, new]) {
        let day = date(2026, 1, 1);
        let (was, is) = (Answer::new(old, &profile, day), Answer::new(new, &profile, day));
        let is_contradictory = is_contradictory(&was) || is_contradictory(&is);
        for (id, support) in new.book.supports.iter_enumerated() {
            let Some((old_id, _)) = old.book.find(&support.id) else { continue };
            let (before, after) = (SupportOutcome::of(&was, old_id), SupportOutcome::of(&is, id));
            if before != after {
                let key = (support.id.clone(), before.to_string(), after.to_string());
                let size = (is_contradictory, cost(&profile));
                found.entry(key).and_modify(|least| *least = size.min(*least)).or_insert(size);
            }
        }
    }
    found
}

fn by_diagrams(old: &Plan, new: &Plan) -> Result<Moves, String> {
    let files = RuleFiles::default();
    let diff = BookDiff::new((old, &files), (new, &files), &Interrupt::never());
    let mut found = Moves::new();
    for item in diff.map_err(|error| error.to_string())?.items {
        if item.kind != ItemKind::Support {
            continue;
        }
        let Some(Effect::Moves(examples)) = item.effect else { continue };
        for example in examples {
            let book = &new.book;
            let firm = parse(&book.catalogue, &book.reference, example.firm.as_bytes()).unwrap();
            let size = (example.is_contradictory, cost(&firm));
            let before = example.before;
            found.insert((item.id.clone(), before, example.after), size);
        }
    }
    Ok(found)
}

fn disagreement(books: usize) -> Option<String> {
    let mut rng = Rng::with_seed(27);
    for index in 0..books {
        let old = book(&mut rng);
        let new = if index % 10 == 0 { book(&mut rng) } else { changed(&mut rng, &old) };
        let (old, new) = (Plan::new(old), Plan::new(new));
        let (force, diagrams) = (by_force(&old, &new), by_diagrams(&old, &new));
        if diagrams.as_ref() != Ok(&force) {
            return Some(format!("book {index}: diagrams {diagrams:#?}, all firms {force:#?}"));
        }
    }
    None
}

#[test]
fn the_comparison_says_of_small_books_what_all_their_firms_say() {
    assert_eq!(disagreement(BOOKS), None);
}

#[test]
fn a_planted_fault_in_the_diagrams_is_caught() {
    IS_PLANTED.set(true);
    let caught = disagreement(2_000);
    IS_PLANTED.set(false);
    assert!(caught.is_some());
}
