//! The values of diagrams, and what joins them.

use super::{DiagramId, Diagrams};
use crate::evaluate::SupportOutcome;
use crate::rulebook::ExcludedBy;
use crate::truth::Truth;

/// What a diagram says of a firm: a truth value, an outcome, or that it is not about that firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Terminal(u8);

impl Terminal {
    /// How many terminals there are.
    pub(crate) const COUNT: usize = 8;
    /// The firm is none of those that the diagram is about.
    pub(crate) const OUTSIDE: Self = Self(7);

    /// The terminal of a truth value.
    pub(crate) const fn of(truth: Truth) -> Self {
        Self(truth as u8)
    }

    pub(super) const fn index(self) -> u32 {
        self.0 as u32
    }

    #[expect(clippy::cast_possible_truncation, reason = "compared with a number below 256")]
    pub(super) const fn of_index(index: u32) -> Option<Self> {
        if index < Self::COUNT as u32 { Some(Self(index as u8)) } else { None }
    }

    /// The truth value of a condition's diagram.
    pub(crate) const fn truth(self) -> Truth {
        match self.0 {
            0 => Truth::False,
            2 => Truth::True,
            _ => Truth::Unknown,
        }
    }
}

impl From<Truth> for Terminal {
    fn from(truth: Truth) -> Self {
        Self::of(truth)
    }
}

/// An outcome as a terminal is its index in [`SupportOutcome::ALL`].
impl From<SupportOutcome> for Terminal {
    fn from(of: SupportOutcome) -> Self {
        Self(u8::try_from(of.index()).unwrap_or(Self::OUTSIDE.0))
    }
}

/// How the values of two diagrams make that of a third.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operator {
    /// Both hold.
    And,
    /// One holds.
    Or,
    /// The first where it is known, else the second.
    Coalesce,
    /// The opposite; of one diagram.
    Not,
    /// Whether it has a value; of one diagram.
    Is(Terminal),
    /// Whether both are known, and differ.
    Contradict,
    /// The first, unknown where the second is true.
    UnknownWhere,
    /// What excludes a firm, from the truth of the stated and defined criteria and of the needs.
    ExcludedBy,
    /// The same, from whether the document holds where the firm is and what else excludes it.
    OutOfArea,
    /// The outcome, from the truth of all criteria and what excludes a firm.
    Outcome,
}

impl Operator {
    /// Whether the two diagrams may be exchanged.
    pub(super) const fn is_commutative(self) -> bool {
        matches!(self, Self::And | Self::Or | Self::Contradict)
    }

    /// The value from those of two diagrams.
    pub(super) fn of(self, a: Terminal, b: Terminal) -> Terminal {
        #[cfg(test)]
        if self == Self::Contradict && planted::IS_PLANTED.get() {
            return Truth::False.into();
        }
        let (first, second) = (a.truth(), b.truth());
        let is = |yes: bool| Terminal::from(Truth::from(yes));
        match self {
            Self::And => first.and(second).into(),
            Self::Or => first.or(second).into(),
            Self::Coalesce => first.coalesce(second).into(),
            Self::Not => (!first).into(),
            Self::Is(wanted) => is(a == wanted),
            Self::Contradict => is(first.is_known() && second.is_known() && first != second),
            Self::UnknownWhere if second == Truth::True => Truth::Unknown.into(),
            Self::UnknownWhere => a,
            Self::ExcludedBy => SupportOutcome::DoesNotApply(match (first, second) {
                (Truth::False, _) => ExcludedBy::Text,
                (_, Truth::False) => ExcludedBy::NoNeed,
                _ => ExcludedBy::Reading,
            })
            .into(),
            Self::OutOfArea if first == Truth::False => {
                SupportOutcome::DoesNotApply(ExcludedBy::OutOfArea).into()
            }
            Self::OutOfArea => b,
            Self::Outcome => match first {
                Truth::True => SupportOutcome::Applies.into(),
                Truth::Unknown => SupportOutcome::Undetermined.into(),
                Truth::False => b,
            },
        }
    }

    /// The result where it follows without a look at the nodes.
    pub(super) fn shortcut(self, a: DiagramId, b: DiagramId) -> Option<DiagramId> {
        let is = |of: DiagramId, truth: Truth| of == Diagrams::terminal(truth.into());
        let one = |wanted: Truth| {
            (is(a, wanted) || is(b, wanted)).then(|| Diagrams::terminal(wanted.into()))
        };
        let neutral = |neutral: Truth| {
            if is(a, neutral) || a == b { Some(b) } else { is(b, neutral).then_some(a) }
        };
        match self {
            Self::And => one(Truth::False).or_else(|| neutral(Truth::True)),
            Self::Or => one(Truth::True).or_else(|| neutral(Truth::False)),
            Self::Coalesce if is(a, Truth::Unknown) || a == b => Some(b),
            Self::Coalesce if is(a, Truth::True) || is(a, Truth::False) => Some(a),
            Self::UnknownWhere if is(b, Truth::False) => Some(a),
            Self::OutOfArea if is(a, Truth::True) => Some(b),
            Self::Contradict if a == b => Some(Diagrams::terminal(Truth::False.into())),
            _ => None,
        }
    }
}

/// A fault that tests plant, to see that they would notice one.
#[cfg(test)]
pub(crate) mod planted {
    use std::cell::Cell;

    thread_local! {
        /// Whether contradictions are overlooked.
        pub(crate) static IS_PLANTED: Cell<bool> = const { Cell::new(false) };
    }
}
