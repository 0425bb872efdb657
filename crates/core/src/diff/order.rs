//! Which items of a list were moved to another position.

use super::outline::Item;
use std::collections::{BTreeMap, BTreeSet};

/// The items that stand elsewhere in their list, of those that both books have: as few as explain the new order.
pub(super) fn reordered<'i>(old: &[Item], new: &'i [Item]) -> impl Iterator<Item = &'i Item> {
    let positions: BTreeMap<_, usize> =
        old.iter().enumerate().map(|(was, item)| ((item.kind, item.id.as_str()), was)).collect();
    // Per list the positions in the new book and in the old one.
    let mut lists: BTreeMap<_, Vec<(usize, usize)>> = BTreeMap::new();
    for (is, item) in new.iter().enumerate() {
        if let Some(was) = positions.get(&(item.kind, item.id.as_str())) {
            lists.entry(item.list()).or_default().push((is, *was));
        }
    }
    let moved: BTreeSet<usize> = lists.values().flat_map(|list| out_of_order(list)).collect();
    moved.into_iter().filter_map(|is| new.get(is))
}

/// The first positions of those that are not of the longest part that is still in the order of the second positions.
fn out_of_order(list: &[(usize, usize)]) -> Vec<usize> {
    let mut longest: Vec<(usize, Option<usize>)> = Vec::with_capacity(list.len());
    for (index, (_, was)) in list.iter().enumerate() {
        let before = list.iter().take(index).zip(&longest).enumerate();
        let before = before.filter(|(_, ((_, other), _))| other < was);
        let best = before
            .map(|(other, (_, (length, _)))| (*length, other))
            .max_by_key(|(length, _)| *length);
        longest.push(best.map_or((1, None), |(length, other)| (length + 1, Some(other))));
    }
    let end =
        longest.iter().enumerate().max_by_key(|(index, (length, _))| (*length, usize::MAX - index));
    let mut next = end.map(|(index, _)| index);
    let mut stayed = BTreeSet::new();
    while let Some(index) = next {
        stayed.insert(index);
        next = longest.get(index).and_then(|(_, before)| *before);
    }
    let moved = list.iter().enumerate().filter(|(index, _)| !stayed.contains(index));
    moved.map(|(_, (is, _))| *is).collect()
}
