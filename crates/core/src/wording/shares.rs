//! Texts about shares and about changed rules: how the rules in use compare with those of then, for one firm, and what
//! became of a link.

use super::faults::shown;
use super::phrases::{excluded_by, status, truth};
use super::texts;
use crate::facts::LocalizedText;
use crate::rulebook::{ExcludedBy, Status};
use crate::truth::Truth;

/// How many supports differ by the rules in use, which `are_others` than those of then or the same.
#[must_use]
pub fn compared(changes: usize, are_others: bool, today: &str) -> LocalizedText {
    match changes {
        0 if are_others => texts(
            format!("规则更新过。按现在的规则、以{today}为准再看一遍，各项结论都没有变。"),
            format!(
                "The rules have changed. Checked against today's, as of {today}, nothing has changed for this firm."
            ),
        ),
        0 => texts(
            format!("按现在的规则、以{today}为准再看一遍，各项结论都没有变。"),
            format!("Checked against today's rules, as of {today}, nothing has changed."),
        ),
        1 => texts(
            format!("按现在的规则、以{today}为准再看一遍，有1项和当时不同："),
            format!("Checked against today's rules, as of {today}, 1 support differs:"),
        ),
        _ => texts(
            format!("按现在的规则、以{today}为准再看一遍，有{changes}项和当时不同："),
            format!("Checked against today's rules, as of {today}, {changes} supports differ:"),
        ),
    }
}

/// How many supports differ by changed rules for the firm whose answers a form has.
#[must_use]
pub fn changed_for_firm(changes: usize) -> LocalizedText {
    match changes {
        0 => texts(
            "按您的回答，各项结论都没有因此改变。",
            "By your answers, no conclusion has changed.",
        ),
        1 => texts("按您的回答，有1项结论因此改变", "By your answers, 1 conclusion has changed"),
        _ => texts(
            format!("按您的回答，有{changes}项结论因此改变"),
            format!("By your answers, {changes} conclusions have changed"),
        ),
    }
}

/// What changed rules make of a criterion of a support that differs; a truth is missing where the rules have no such
/// criterion.
#[must_use]
pub fn changed_criterion(
    label: &LocalizedText,
    before: Option<Truth>,
    after: Option<Truth>,
) -> LocalizedText {
    let LocalizedText { zh, en } = label;
    match (before.map(truth), after.map(truth)) {
        (Some(before), Some(after)) if before == after => texts(
            format!("条件“{zh}”换了依据"),
            format!("the condition “{en}” rests on something else"),
        ),
        (Some(before), Some(after)) => texts(
            format!("条件“{zh}”：{}→{}", before.zh, after.zh),
            format!("condition “{en}”: {} → {}", before.en, after.en),
        ),
        (None, Some(after)) => texts(
            format!("新条件“{zh}”：{}", after.zh),
            format!("new condition “{en}”: {}", after.en),
        ),
        (_, None) => {
            texts(format!("条件“{zh}”取消了"), format!("the condition “{en}” is no longer there"))
        }
    }
}

/// That a support does not apply, and what excludes the firm.
#[must_use]
pub fn does_not_apply(by: ExcludedBy) -> LocalizedText {
    let (status, by) = (status(Status::DoesNotApply), excluded_by(by));
    texts(format!("{}（{}）", status.zh, by.zh), format!("{} ({})", status.en, by.en))
}

/// Answers that the rules in use do not know.
#[must_use]
pub fn no_longer_asked(dropped: &[String]) -> LocalizedText {
    let dropped: Vec<String> = dropped.iter().map(|name| shown(name)).collect();
    texts(
        format!("现在的规则用不上这几项回答：{}。", dropped.join("、")),
        format!("Today's rules no longer use these answers: {}.", dropped.join(", ")),
    )
}

/// A rule book does not have a support.
#[must_use]
pub fn no_such_support() -> LocalizedText {
    texts("没有这一项", "not there")
}

/// A share could not be opened: there is none, or it cannot be looked up for now.
#[must_use]
pub fn not_opened(none: bool) -> LocalizedText {
    if none {
        texts(
            "这个链接打不开：可能没有复制完整，也可能已经到期或被删除。请核对，或者请对方重新分享。",
            "This link cannot be opened. It may be incomplete, have expired or have been deleted: check it, or ask for a new one.",
        )
    } else {
        texts(
            "现在暂时打不开，请过几分钟再试。",
            "It cannot be opened for the moment. Please try again in a few minutes.",
        )
    }
}

/// A share could not be made for now: heading and text.
#[must_use]
pub fn not_shared() -> (LocalizedText, LocalizedText) {
    (
        texts("暂时不能分享", "Sharing is not possible at the moment"),
        texts(
            "没有生成链接，您的回答也没有被保存。请过几分钟再试；结果照常可以看、打印和复制。",
            "No link was made and none of your answers were stored. Please try again in a few minutes; you can still see, print and copy the result.",
        ),
    )
}

/// A share could not be made since there were too many on this day: heading and text.
#[must_use]
pub fn not_shared_today() -> (LocalizedText, LocalizedText) {
    (
        texts("今天的分享链接已达上限", "No more links can be made today"),
        texts(
            "没有生成链接，您的回答也没有被保存。您所在的网络今天生成的链接太多，请明天再试；结果照常可以看、打印和复制。",
            "No link was made and none of your answers were stored. Too many links were made from your network today. Please try again tomorrow; you can still see, print and copy the result.",
        ),
    )
}

/// A share could not be made since no more are kept: heading and text.
#[must_use]
pub fn shares_full() -> (LocalizedText, LocalizedText) {
    (
        texts("分享链接的存储空间已满", "No more links can be kept"),
        texts(
            "没有生成链接，您的回答也没有被保存。等一些链接到期后再试；您不再需要的链接，打开后可以删除。结果照常可以看、打印和复制。",
            "No link was made and none of your answers were stored. Please try again when some links have ended; a link that you no longer need can be deleted once it is opened. You can still see, print and copy the result.",
        ),
    )
}

/// A share was deleted, or there was none: heading and text.
#[must_use]
pub fn deleted() -> (LocalizedText, LocalizedText) {
    (
        texts("链接已经失效", "The link no longer works"),
        texts(
            "如果有过这份分享，现在已经删除，谁也打不开了。别人已经打印或抄下的内容，我们收不回来。",
            "If there was a share, it is deleted now, and nobody can open it. What others have printed or copied cannot be taken back.",
        ),
    )
}

/// A share could not be deleted for now: heading and text.
#[must_use]
pub fn not_deleted() -> (LocalizedText, LocalizedText) {
    (
        texts("暂时删不掉", "It could not be deleted"),
        texts(
            "链接还在。请过几分钟再删一次；不删的话，到期也会自动删除。",
            "The link still works. Please delete it again in a few minutes; otherwise it is deleted when it expires.",
        ),
    )
}
