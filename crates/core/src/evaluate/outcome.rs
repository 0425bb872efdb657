//! What a support is for a firm, in one value.

use super::Answer;
use crate::rulebook::{ExcludedBy, Status, SupportId};
use crate::truth::Truth;
use std::fmt;

/// The status of a support, and what excludes the firm if it does not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SupportOutcome {
    /// Every criterion holds.
    Applies,
    /// It is not decided yet.
    Undetermined,
    /// A criterion does not hold.
    DoesNotApply(ExcludedBy),
}

impl SupportOutcome {
    /// All outcomes.
    pub const ALL: [Self; 6] = [
        Self::Applies,
        Self::Undetermined,
        Self::DoesNotApply(ExcludedBy::OutOfArea),
        Self::DoesNotApply(ExcludedBy::Text),
        Self::DoesNotApply(ExcludedBy::NoNeed),
        Self::DoesNotApply(ExcludedBy::Reading),
    ];

    /// Its index in [`SupportOutcome::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Applies => 0,
            Self::Undetermined => 1,
            Self::DoesNotApply(ExcludedBy::OutOfArea) => 2,
            Self::DoesNotApply(ExcludedBy::Text) => 3,
            Self::DoesNotApply(ExcludedBy::NoNeed) => 4,
            Self::DoesNotApply(ExcludedBy::Reading) => 5,
        }
    }

    /// The outcome of a support for a firm.
    #[must_use]
    pub fn of(answer: &Answer<'_>, support: SupportId) -> Self {
        match (answer.status(support), answer.excluded_by(support)) {
            (Status::Applies, _) => Self::Applies,
            (Status::DoesNotApply, Some(by)) => Self::DoesNotApply(by),
            (Status::DoesNotApply, None) | (Status::Undetermined, _) => Self::Undetermined,
        }
    }

    /// The status alone.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Applies => Status::Applies,
            Self::Undetermined => Status::Undetermined,
            Self::DoesNotApply(_) => Status::DoesNotApply,
        }
    }

    /// What excludes the firm, if the support does not apply.
    #[must_use]
    pub const fn excluded_by(self) -> Option<ExcludedBy> {
        match self {
            Self::DoesNotApply(by) => Some(by),
            Self::Applies | Self::Undetermined => None,
        }
    }

    /// The truth of all criteria together.
    #[must_use]
    pub const fn truth(self) -> Truth {
        match self {
            Self::Applies => Truth::True,
            Self::Undetermined => Truth::Unknown,
            Self::DoesNotApply(_) => Truth::False,
        }
    }
}

/// The status, and after `/` what excludes the firm: `does_not_apply/text`.
impl fmt::Display for SupportOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.status().as_str())?;
        self.excluded_by().map_or(Ok(()), |by| write!(f, "/{}", by.as_str()))
    }
}
