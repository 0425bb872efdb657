//! Truth with three values, as Kleene's strong logic has it.
//!
//! Owns the value and its operators. It knows nothing of facts, firms or rules, and never turns
//! "not known yet" into "no".
//!
//! | a | b | a and b | a or b |
//! | --- | --- | --- | --- |
//! | true | true | true | true |
//! | true | unknown | unknown | true |
//! | true | false | false | true |
//! | unknown | true | unknown | true |
//! | unknown | unknown | unknown | unknown |
//! | unknown | false | false | unknown |
//! | false | true | false | true |
//! | false | unknown | false | unknown |
//! | false | false | false | false |
//!
//! `not` swaps true and false and leaves unknown alone. `a.coalesce(b)` is `a` where `a` is known
//! and `b` elsewhere: "what the firm states wins over what is derived".

use std::fmt;

/// A Kleene truth value, ordered `False < Unknown < True`, so that `and` is the minimum and `or`
/// the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Truth {
    /// Known not to hold.
    False = 0,
    /// Not known yet: it may become either.
    Unknown = 1,
    /// Known to hold.
    True = 2,
}

impl Truth {
    /// All three values, lowest first.
    pub const ALL: [Self; 3] = [Self::False, Self::Unknown, Self::True];

    /// The table in the module's documentation, one row a pair: `(a, b, a and b, a or b)`.
    /// The scalar, columnar and SQL forms of the operators are all tested against it.
    pub const PAIRS: [(Self, Self, Self, Self); 9] = {
        use Truth::{False as F, True as T, Unknown as U};
        [
            (T, T, T, T),
            (T, U, U, T),
            (T, F, F, T),
            (U, T, U, T),
            (U, U, U, U),
            (U, F, F, U),
            (F, T, F, T),
            (F, U, F, U),
            (F, F, F, F),
        ]
    };

    /// True only if both are true, false if either is false.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// True if either is true, false only if both are false.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// `self` where it is known, else `other`.
    #[must_use]
    pub fn coalesce(self, other: Self) -> Self {
        if self.is_known() { self } else { other }
    }

    /// Whether this is true or false rather than unknown.
    #[must_use]
    pub fn is_known(self) -> bool {
        self != Self::Unknown
    }

    /// `true`, `false` or `unknown`, as answers print it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::False => "false",
            Self::Unknown => "unknown",
            Self::True => "true",
        }
    }
}

/// A value of Kleene's logic, of one row or of many at once.
pub trait Kleene {
    /// Not known.
    const UNKNOWN: Self;
    /// Known to hold.
    const TRUE: Self;
    /// Known not to hold.
    const FALSE: Self;

    /// True only if both are true, false if either is false.
    fn and(&self, other: &Self) -> Self;
    /// True if either is true, false only if both are false.
    fn or(&self, other: &Self) -> Self;
    /// Swaps true and false; unknown stays unknown.
    fn not(&self) -> Self;
    /// `self` where it is known, else `other`.
    fn coalesce(&self, other: &Self) -> Self;
}

impl Kleene for Truth {
    const UNKNOWN: Self = Self::Unknown;
    const TRUE: Self = Self::True;
    const FALSE: Self = Self::False;

    fn and(&self, other: &Self) -> Self {
        Self::and(*self, *other)
    }

    fn or(&self, other: &Self) -> Self {
        Self::or(*self, *other)
    }

    fn not(&self) -> Self {
        !*self
    }

    fn coalesce(&self, other: &Self) -> Self {
        Self::coalesce(*self, *other)
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    /// Swaps true and false; unknown stays unknown.
    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(known: bool) -> Self {
        if known { Self::True } else { Self::False }
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nine_pairs() {
        for (a, b, and, or) in Truth::PAIRS {
            assert_eq!(a.and(b), and, "{a} and {b}");
            assert_eq!(a.or(b), or, "{a} or {b}");
            assert_eq!(!(a.and(b)), (!a).or(!b), "De Morgan for {a}, {b}");
            assert_eq!(a.coalesce(b), if a.is_known() { a } else { b });
        }
    }

    #[test]
    fn learning_more_never_changes_a_known_value() {
        let completions = |t: Truth| match t {
            Truth::Unknown => vec![Truth::False, Truth::True],
            known => vec![known],
        };
        for a in Truth::ALL {
            for b in Truth::ALL {
                for x in completions(a) {
                    for y in completions(b) {
                        for (less, more) in [(a.and(b), x.and(y)), (a.or(b), x.or(y)), (!a, !x)] {
                            assert!(!less.is_known() || less == more);
                        }
                    }
                }
            }
        }
    }
}
