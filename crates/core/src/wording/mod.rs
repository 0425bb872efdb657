//! Every sentence that an answer says to people, in Chinese and English.
//!
//! All text for users is put together here. In go typed findings, out come pairs of
//! texts. It decides nothing.

mod desk;
mod faults;
mod feedback;
mod form;
mod lookup;
mod numbers;
mod phrases;
mod progress;
mod result;
mod shares;
mod tests;

pub use desk::{
    desk_status, filled_with_no, pasted, pasted_faulty, pasted_header, pasted_more, pasted_no_name,
    pasted_not_read, pasted_other_firm, pasted_unknown, pasted_without_name, section_state,
};
pub use faults::{fault, fault_code, notice, shown};
pub use feedback::{FeedbackError, received};
pub use form::{
    ValidationError, begun_anew, choose, firm_name, group_opened, group_size, holds, in_field,
    inferred_from, left_out, not_chosen, not_prefilled, not_taken, nothing_found, only_for, page,
    prefilled, rules_changed, skipped, why,
};
pub use lookup::{
    Outline, asked_for, listed, outline, search_too_long, searched, verdict, who_may, who_may_not,
};
pub use numbers::{range, range_too_wide, unusual, written_number};
pub use phrases::{
    access, asks, basis, closing_line, contradiction, errands_heading, excluded_by, heading,
    later_document, later_heading, later_in_short, later_line, next_step_line, no_question,
    offices, papers, standing, status, summary, truth, whole_next_step, window,
};
pub use progress::{PagesLeft, pages_in_all, progress};
pub use result::{
    errand_supports, filtered_out, further_offices, if_exporting, if_exporting_undetermined,
    key_points_closing, more_to_find_out, no_amount, no_support_in_measure, number_of_asks,
    out_of_area, relation, scope,
};
pub use shares::{
    changed_criterion, changed_for_firm, compared, deleted, does_not_apply, no_longer_asked,
    no_such_support, not_deleted, not_opened, not_shared, not_shared_today, shares_full,
};
pub(crate) use tests::test_outcome;
pub use tests::{need, test, value};

use crate::facts::LocalizedText;

/// An error that a firm or an officer reads: its [`Display`](std::fmt::Display) is the English text.
pub trait BilingualError: std::error::Error {
    /// What is wrong, and what to do.
    fn localized(&self) -> LocalizedText;
}

/// A language of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The text in this language.
    #[must_use]
    pub fn of(self, texts: &LocalizedText) -> &str {
        match self {
            Self::Zh => &texts.zh,
            Self::En => &texts.en,
        }
    }

    /// `zh` or `en`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }
}

/// A pair of texts.
pub(crate) fn texts(zh: impl Into<String>, en: impl Into<String>) -> LocalizedText {
    LocalizedText { zh: zh.into(), en: en.into() }
}

/// The first few of a list, and how many there are if not all are shown.
fn few(items: &[LocalizedText], unit_zh: &str) -> LocalizedText {
    const SHOWN: usize = 5;
    let join = |pick: fn(&LocalizedText) -> &str, between: &str| {
        items.iter().take(SHOWN).map(pick).collect::<Vec<_>>().join(between)
    };
    let zh = join(|t| &t.zh, "、");
    let en = join(|t| &t.en, ", ");
    if items.len() > SHOWN {
        texts(
            format!("{zh}等{}{unit_zh}", items.len()),
            format!("{en} and {} more", items.len() - SHOWN),
        )
    } else {
        texts(zh, en)
    }
}
