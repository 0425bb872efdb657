//! The groups in which an answer lists the supports.

use super::Answer;
use crate::plan::NodeId;
use crate::rulebook::{Access, ExcludedBy, Status, SupportId, WindowState};

/// A group of supports in an answer, in the order in which people read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// It applies, and there is a counter to go to.
    Now,
    /// Some answers are still missing.
    Undetermined,
    /// It applies, through the work of others.
    Indirect,
    /// It does not apply, but only by our reading: all else holds, and there is a counter to ask.
    AskAnyway,
    /// It does not apply.
    DoesNotApply,
    /// Its document does not hold where the firm is: a number is all that a reader wants of it.
    OutOfArea,
    /// It has lapsed or closed, or is not yet open.
    Ended,
}

impl Group {
    /// Its name in pages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Undetermined => "undetermined",
            Self::Indirect => "indirect",
            Self::AskAnyway => "ask-anyway",
            Self::DoesNotApply => "does-not-apply",
            Self::OutOfArea => "out-of-area",
            Self::Ended => "ended",
        }
    }

    /// All groups, in order.
    pub const ALL: [Self; 7] = [
        Self::Now,
        Self::Undetermined,
        Self::Indirect,
        Self::AskAnyway,
        Self::DoesNotApply,
        Self::OutOfArea,
        Self::Ended,
    ];

    /// The group of a support for a firm.
    #[must_use]
    pub fn of(answer: &Answer<'_>, id: impl Into<SupportId>) -> Self {
        let id = id.into();
        if answer.window(id) != WindowState::Open {
            return Self::Ended;
        }
        if answer.is_out_of_area(id) {
            return Self::OutOfArea;
        }
        let access = answer.plan.book.supports.at(id).access;
        // While what the text asks for is not known, nobody is sent to ask.
        let exclusion = answer.plan.exclusions.at(id);
        let known = |node: Option<NodeId>| node.is_none_or(|node| answer.truth(node).is_known());
        let is_met = known(exclusion.text) && known(exclusion.needs);
        match (answer.status(id), answer.excluded_by(id), access) {
            (Status::Applies, _, Access::Apply) => Self::Now,
            (Status::Applies, _, Access::Indirect) => Self::Indirect,
            (Status::Undetermined, ..) => Self::Undetermined,
            (Status::DoesNotApply, Some(ExcludedBy::Reading), Access::Apply) if is_met => {
                Self::AskAnyway
            }
            (Status::DoesNotApply, ..) => Self::DoesNotApply,
        }
    }
}
