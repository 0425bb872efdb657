//! Typed indices, and the arena that they index.
//!
//! Owns [`IndexVec`], a vector whose elements are found by an index of one type, and the macro that
//! defines such a type. An index of facts cannot be used where an index of nodes is meant, and an index
//! that an arena does not have is a defect of this crate: it panics in one place, instead of standing for
//! another element or for "unknown". It knows nothing of what the elements are.

use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;
use std::ops;

/// The index of an element in one kind of arena.
pub trait Index: Copy + Ord + Hash + Debug + From<usize> {
    /// The index as a number.
    fn index(self) -> usize;
}

/// Defines the type of an index.
macro_rules! index_type {
    ($(#[$doc:meta])* $vis:vis struct $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis struct $name(u32);

        impl $name {
            /// The index of no element: an arena that is asked for it panics.
            #[allow(dead_code, reason = "not every kind of index needs it")]
            pub(crate) const NONE: Self = Self(u32::MAX);

            /// The index as a number.
            #[must_use]
            #[inline]
            $vis const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl $crate::index::Index for $name {
            #[inline]
            fn index(self) -> usize {
                Self::index(self)
            }
        }

        impl From<usize> for $name {
            /// No arena has more elements than an index can count: a larger number is found in none.
            #[inline]
            fn from(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }
        }
    };
}
pub(crate) use index_type;

/// A vector whose elements have indices of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexVec<I, T> {
    items: Vec<T>,
    index: PhantomData<fn(I) -> I>,
}

impl<I: Index, T> IndexVec<I, T> {
    /// An empty vector.
    #[must_use]
    pub const fn new() -> Self {
        Self { items: Vec::new(), index: PhantomData }
    }

    /// As many elements as another arena has, each of this value.
    #[must_use]
    pub fn filled<U>(value: T, like: &IndexVec<I, U>) -> Self
    where
        T: Clone,
    {
        vec![value; like.len()].into()
    }

    /// Adds an element and returns its index.
    pub fn push(&mut self, item: T) -> I {
        self.items.push(item);
        I::from(self.items.len() - 1)
    }

    /// An element, if there is one with this index. For indices that come from outside.
    #[must_use]
    pub fn get(&self, index: impl Into<I>) -> Option<&T> {
        self.items.get(index.into().index())
    }

    /// The element of an index that this arena gave out.
    ///
    /// # Panics
    /// If the arena has no such element: the index is of another arena, which is a defect of the program.
    #[inline]
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "an index is given out by its arena")]
    pub fn at(&self, index: impl Into<I>) -> &T {
        &self.items[index.into().index()]
    }

    /// The same, to be changed.
    ///
    /// # Panics
    /// As [`at`](Self::at).
    #[inline]
    #[expect(clippy::indexing_slicing, reason = "an index is given out by its arena")]
    pub(crate) fn at_mut(&mut self, index: impl Into<I>) -> &mut T {
        &mut self.items[index.into().index()]
    }

    /// All indices in order.
    pub fn indices(&self) -> impl DoubleEndedIterator<Item = I> + use<I, T> {
        (0..self.items.len()).map(I::from)
    }

    /// The elements with their indices.
    pub fn iter_enumerated(&self) -> impl DoubleEndedIterator<Item = (I, &T)> {
        self.items.iter().enumerate().map(|(index, item)| (I::from(index), item))
    }
}

impl<I, T> Default for IndexVec<I, T> {
    fn default() -> Self {
        Self { items: Vec::new(), index: PhantomData }
    }
}

impl<I, T> ops::Deref for IndexVec<I, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<I, T> ops::DerefMut for IndexVec<I, T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.items
    }
}

impl<I: Index, T, J: Into<I>> ops::Index<J> for IndexVec<I, T> {
    type Output = T;

    #[inline]
    fn index(&self, index: J) -> &T {
        self.at(index)
    }
}

impl<I: Index, T, J: Into<I>> ops::IndexMut<J> for IndexVec<I, T> {
    #[inline]
    fn index_mut(&mut self, index: J) -> &mut T {
        self.at_mut(index)
    }
}

impl<I, T> From<Vec<T>> for IndexVec<I, T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, index: PhantomData }
    }
}

impl<I, T> FromIterator<T> for IndexVec<I, T> {
    fn from_iter<Items: IntoIterator<Item = T>>(items: Items) -> Self {
        Vec::from_iter(items).into()
    }
}

impl<I, T> Extend<T> for IndexVec<I, T> {
    fn extend<Items: IntoIterator<Item = T>>(&mut self, items: Items) {
        self.items.extend(items);
    }
}

impl<'a, I, T> IntoIterator for &'a IndexVec<I, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<'a, I, T> IntoIterator for &'a mut IndexVec<I, T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter_mut()
    }
}

impl<I, T> IntoIterator for IndexVec<I, T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    index_type!(
        /// An index of this test.
        struct Letter
    );

    #[test]
    fn an_element_has_the_index_that_it_was_given() {
        let mut letters: IndexVec<Letter, char> = ['a', 'b'].into_iter().collect();
        let c = letters.push('c');
        assert_eq!((*letters.at(c), c.index()), ('c', 2));
        assert_eq!(letters.indices().map(|index| *letters.at(index)).collect::<String>(), "abc");
        assert_eq!(letters.iter_enumerated().next_back(), Some((c, &'c')));
        assert_eq!(letters.get(3_usize), None);
        assert_eq!(IndexVec::filled(0, &letters).len(), 3);
    }

    #[test]
    #[should_panic(expected = "out of bounds")]
    fn an_index_of_no_element_is_a_defect() {
        let letters: IndexVec<Letter, char> = IndexVec::new();
        let _ = letters.at(Letter::from(0));
    }

    #[test]
    #[should_panic(expected = "out of bounds")]
    fn a_number_that_no_index_can_count_is_no_other_element() {
        let letters: IndexVec<Letter, char> = vec!['a'].into();
        let _ = letters.at(1_usize << 32);
    }
}
