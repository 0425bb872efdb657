//! A set of facts: one bit a fact, so that sets are joined and compared in a few operations.
//!
//! Used wherever facts are collected by the million: what is missing, what a condition tests. It
//! knows no catalogue; a fact beyond the last bit is a mistake that the catalogue refuses.

use super::FactId;

/// A set of facts of one catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FactSet([u64; 4]);

impl FactSet {
    /// The set of no facts.
    pub const EMPTY: Self = Self([0; 4]);

    /// The set whose facts have their bit, the lowest index first.
    pub(crate) fn from_bits(bits: [u64; 4]) -> Self {
        Self(bits)
    }

    /// The bits, the lowest index first.
    #[must_use]
    pub fn bits(&self) -> &[u64; 4] {
        &self.0
    }

    /// The set of one fact.
    #[must_use]
    pub fn of(id: FactId) -> Self {
        // All bit words at once: one that was just written alone is slow to be read with its neighbours.
        let (chunk, bit) = (id.index() / 64, id.index() % 64);
        Self(std::array::from_fn(|index| u64::from(index == chunk) << bit))
    }

    /// Adds a fact.
    pub fn insert(&mut self, id: FactId) {
        self.extend(&Self::of(id));
    }

    /// Takes a fact out.
    pub fn remove(&mut self, id: FactId) {
        if let Some(bits) = self.0.get_mut(id.index() / 64) {
            *bits &= !(1 << (id.index() % 64));
        }
    }

    /// Whether a fact is in the set.
    #[must_use]
    pub fn contains(&self, id: FactId) -> bool {
        self.0.get(id.index() / 64).is_some_and(|bits| bits >> (id.index() % 64) & 1 == 1)
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: &Self) {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a |= b;
        }
    }

    /// Whether every fact of this set is in `other`.
    #[must_use]
    pub(crate) fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).all(|(a, b)| a & !b == 0)
    }

    /// Whether the sets share a fact.
    #[must_use]
    pub fn intersects(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).any(|(a, b)| a & b != 0)
    }

    /// The facts that both sets have.
    #[must_use]
    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let mut both = *self;
        both.0.iter_mut().zip(other.0).for_each(|(a, b)| *a &= b);
        both
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    /// The facts in the order of the catalogue.
    pub fn iter(self) -> impl Iterator<Item = FactId> {
        let (mut chunks, mut index) = (self.0, 0_usize);
        std::iter::from_fn(move || {
            loop {
                let bits = chunks.get_mut(index)?;
                if let Ok(bit @ 0..64) = usize::try_from(bits.trailing_zeros()) {
                    *bits &= *bits - 1;
                    return Some(FactId::from(index * 64 + bit));
                }
                index += 1;
            }
        })
    }
}

impl FromIterator<FactId> for FactSet {
    fn from_iter<I: IntoIterator<Item = FactId>>(facts: I) -> Self {
        facts.into_iter().fold(Self::default(), |mut set, id| {
            set.insert(id);
            set
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(indices: &[usize]) -> FactSet {
        indices.iter().map(|index| FactId::from(*index)).collect()
    }

    #[test]
    fn a_set_of_any_chunk_is_what_was_put_into_it() {
        let indices = [0, 1, 63, 64, 65, 128, 200, 255];
        let all = set(&indices);
        assert_eq!(all.iter().map(FactId::index).collect::<Vec<_>>(), indices);
        assert_eq!(all.bits(), &[1 | 2 | 1 << 63, 1 | 2, 1, 1 << 8 | 1 << 63]);
        assert_eq!(FactSet::from_bits(*all.bits()), all);
        for index in indices {
            let mut rest = all;
            rest.remove(FactId::from(index));
            let left = indices.iter().copied().filter(|other| *other != index);
            assert_eq!(rest, set(&left.collect::<Vec<_>>()), "without {index}");
            assert!(rest.is_subset(&all) && !all.is_subset(&rest));
        }
    }

    #[test]
    fn sets_are_compared_fact_by_fact() {
        for (a, b, is_subset, both) in [
            (&[][..], &[70][..], true, &[][..]),
            (&[70], &[], false, &[]),
            (&[3, 70], &[3, 70], true, &[3, 70]),
            (&[3, 70], &[3, 71], false, &[3]),
            (&[3], &[67], false, &[]),
        ] {
            assert_eq!(set(a).is_subset(&set(b)), is_subset, "{a:?} in {b:?}");
            assert_eq!(set(a).intersection(&set(b)), set(both), "{a:?} and {b:?}");
            assert_eq!(set(a).intersects(&set(b)), !both.is_empty(), "{a:?} and {b:?}");
        }
    }
}
