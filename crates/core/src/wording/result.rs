//! The sentences of the result page and of what is taken along from it.

use super::{texts, window};
use crate::facts::LocalizedText;
use crate::rulebook::{Policy, RuleBook, SupportId, WindowState};
use jiff::civil::Date;

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

/// Supports of documents that do not hold where the firm is: how many, and of which places.
#[must_use]
pub fn out_of_area(book: &RuleBook, supports: &[SupportId]) -> LocalizedText {
    const MOST: usize = 3;
    let mut places: Vec<(&LocalizedText, usize)> = Vec::new();
    for support in supports {
        let policy = book.policies.at(book.supports.at(*support).policy);
        let Some(area) = &policy.area else { continue };
        match places.iter_mut().find(|(name, _)| *name == &area.name) {
            Some((_, count)) => *count += 1,
            None => places.push((&area.name, 1)),
        }
    }
    let (count, others) = (supports.len(), places.len().saturating_sub(MOST));
    let named = |pick: fn(&LocalizedText) -> &str, between: &str| {
        let named = places.iter().take(MOST);
        let named = named.map(|(name, count)| format!("{}{between}{count}", pick(name)));
        named.collect::<Vec<_>>()
    };
    let zh = named(|name| &name.zh, " ").join("、");
    let en = named(|name| &name.en, ": ").join(", ");
    match others {
        0 => texts(
            format!("另有{count}项只在别的地方适用（{zh}），没有列出。"),
            format!("Not listed: {count} that hold only in other places ({en})."),
        ),
        _ => texts(
            format!("另有{count}项只在别的地方适用（{zh}，还有{others}个地方），没有列出。"),
            format!(
                "Not listed: {count} that hold only in other places ({en}, and {others} more)."
            ),
        ),
    }
}

/// Where and when a document holds, a line each; nothing of one that holds everywhere since it was issued.
#[must_use]
pub fn scope(policy: &Policy, as_of: Date) -> Vec<LocalizedText> {
    let in_force = &policy.in_force;
    let mut lines = Vec::new();
    if let Some(area) = &policy.area {
        let LocalizedText { zh, en } = &area.name;
        lines.push(texts(format!("适用于：{zh}"), format!("It holds in: {en}")));
    }
    if in_force.from != policy.issued {
        let from = in_force.from;
        lines.push(texts(format!("{from}起施行"), format!("In force since {from}")));
    }
    if let Some(until) = in_force.until {
        lines.push(texts(format!("施行到{until}"), format!("In force until {until}")));
    }
    for amendment in &in_force.amendments {
        let (on, by) = (amendment.on, &amendment.by);
        lines.push(texts(format!("{on}由{by}修改"), format!("Amended by {by} on {on}")));
    }
    if let Some(replaced) = &in_force.replaced {
        let (on, by) = (replaced.on, &replaced.by);
        lines.push(texts(format!("{on}起由{by}代替"), format!("Replaced by {by} since {on}")));
    }
    match in_force.state(as_of) {
        WindowState::Open => {}
        state => lines.push(window(state)),
    }
    lines
}

/// That a document names no amount.
#[must_use]
pub fn no_amount() -> LocalizedText {
    texts("政策没有规定金额", "The text names no amount")
}

/// How a support stands to one of another document, by [`RelatedSupport::kind`].
///
/// [`RelatedSupport::kind`]: crate::rulebook::RelatedSupport::kind
#[must_use]
pub fn relation(kind: &str) -> LocalizedText {
    match kind {
        "carries_out" => texts("落实", "carries out"),
        "extends" => texts("在此之外增加", "adds to"),
        "is_defined_by" => texts("由这里界定", "is defined by"),
        "replaces" => texts("代替", "replaces"),
        "carried_out_by" => texts("怎样落实", "carried out by"),
        "extended_by" => texts("另外增加", "extended by"),
        "defines" => texts("界定", "defines"),
        _ => texts("已由它代替", "replaced by"),
    }
}

/// A measure without anything that a firm could ask for.
#[must_use]
pub fn no_support_in_measure() -> LocalizedText {
    texts("没有企业可以去问的事项", "nothing that a firm could ask for")
}
