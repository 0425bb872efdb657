//! The sentences of the result page and of what is taken along from it.

use super::texts;
use crate::facts::LocalizedText;

/// What would concern a firm that has not exported goods so far, if it did.
#[must_use]
pub fn if_exporting(applies: usize) -> LocalizedText {
    texts(
        format!("如果开始出口货物：{applies}项与您有关"),
        format!("If you start exporting goods: {applies} would concern you"),
    )
}

/// What besides would depend on further answers.
#[must_use]
pub fn if_exporting_undetermined(count: usize) -> LocalizedText {
    texts(
        format!("另外还有{count}项，要看卖什么、卖到哪里、卖多少。"),
        format!("{count} more depend on what you sell, where and how much."),
    )
}

/// The offices of the errand list that are folded: how many questions one has.
#[must_use]
pub fn number_of_asks(count: usize) -> LocalizedText {
    texts(
        format!("{count}个问题"),
        if count == 1 { "1 question".to_owned() } else { format!("{count} questions") },
    )
}

/// What an errand is for: how many supports, and how many more one can ask about.
#[must_use]
pub fn errand_supports(supports: usize, also: usize) -> LocalizedText {
    let what = if supports == 1 { "support" } else { "supports" };
    match also {
        0 => texts(
            format!("为了{supports}项支持，看看是哪些"),
            format!("For {supports} {what}: see which"),
        ),
        _ => texts(
            format!("为了{supports}项支持，另有{also}项可以打听，看看是哪些"),
            format!("For {supports} {what}, and {also} more to ask about: see which"),
        ),
    }
}

/// The supports of a group that a filter leaves out.
#[must_use]
pub fn filtered_out(count: usize) -> LocalizedText {
    texts(format!("没有选到的{count}项"), format!("{count} that you did not select"))
}

/// How many questions a support waits for besides the one that is named.
#[must_use]
pub fn more_to_find_out(count: usize) -> LocalizedText {
    texts(format!("另外还要弄清{count}个问题"), format!("and {count} more to find out"))
}

/// Offices that the key points have no space for.
#[must_use]
pub fn further_offices(count: usize) -> LocalizedText {
    texts(
        format!("另外还有{count}处，见查询结果。"),
        format!("{count} more offices: see the result."),
    )
}

/// The end of the key points.
#[must_use]
pub fn key_points_closing(as_of: &str) -> LocalizedText {
    texts(
        format!("（{as_of}按文件原文推断，以经办机构的答复为准）"),
        format!("({as_of}: our reading of the text; the office in charge decides.)"),
    )
}

/// A measure without anything that a firm could ask for.
#[must_use]
pub fn no_support_in_measure() -> LocalizedText {
    texts("没有企业可以去问的事项", "nothing that a firm could ask for")
}
