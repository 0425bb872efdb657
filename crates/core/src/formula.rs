//! Formulas of three-valued logic: tests, and the connectives between them.
//!
//! Owns the six cases that a condition, a node of the plan, an instruction for batches and an entry of
//! the schedule share. They differ in how a part is named (`C`: a tree, an index, a register) and in
//! what a test holds (`T`). In goes the value of each part, out comes the value of the formula. It knows
//! no fact and never evaluates a test.

use crate::truth::Kleene;
use std::borrow::Borrow;

/// A formula over parts `C`, with tests `T`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Formula<C, T = ()> {
    /// Unknown whatever the firm answers.
    Indeterminate,
    /// A test.
    Test(T),
    /// The opposite.
    Not(C),
    /// All hold.
    And(Vec<C>),
    /// One holds.
    Or(Vec<C>),
    /// The first where it is known, else the second.
    Coalesce(C, C),
}

impl<C, T> Formula<C, T> {
    /// The parts, in order.
    pub fn parts(&self) -> impl Iterator<Item = &C> {
        let (few, many): ([Option<&C>; 2], &[C]) = match self {
            Self::Indeterminate | Self::Test(_) => ([None, None], &[]),
            Self::Not(inner) => ([Some(inner), None], &[]),
            Self::And(parts) | Self::Or(parts) => ([None, None], parts),
            Self::Coalesce(first, second) => ([Some(first), Some(second)], &[]),
        };
        few.into_iter().flatten().chain(many)
    }

    /// The same formula over other parts and tests.
    pub fn map<D, U>(
        &self,
        test: impl Fn(&T) -> U,
        mut part: impl FnMut(&C) -> D,
    ) -> Formula<D, U> {
        match self {
            Self::Indeterminate => Formula::Indeterminate,
            Self::Test(of) => Formula::Test(test(of)),
            Self::Not(inner) => Formula::Not(part(inner)),
            Self::And(parts) => Formula::And(parts.iter().map(part).collect()),
            Self::Or(parts) => Formula::Or(parts.iter().map(part).collect()),
            Self::Coalesce(first, second) => Formula::Coalesce(part(first), part(second)),
        }
    }

    /// The value from those of the parts; a test is not evaluated here and is unknown.
    #[inline]
    pub fn evaluate<K: Kleene, B: Borrow<K>>(&self, of: impl Fn(&C) -> B) -> K {
        match self {
            Self::Indeterminate | Self::Test(_) => K::UNKNOWN,
            Self::Not(inner) => of(inner).borrow().not(),
            Self::And(parts) => parts.iter().fold(K::TRUE, |all, part| all.and(of(part).borrow())),
            Self::Or(parts) => parts.iter().fold(K::FALSE, |any, part| any.or(of(part).borrow())),
            Self::Coalesce(first, second) => of(first).borrow().coalesce(of(second).borrow()),
        }
    }
}
