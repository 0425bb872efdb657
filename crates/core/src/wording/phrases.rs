//! The phrases of an answer: statuses, windows, bases, headings, the one-line summary.

use super::texts;
use crate::evaluate::{Answer, Counts, Group};
use crate::facts::LocalizedText;
use crate::rulebook::{
    Access, Basis, ExcludedBy, LaterDocument, PaperId, Policy, RuleBook, Status, Support,
    WindowState,
};
use crate::truth::Truth;
use std::cmp::Reverse;
use std::collections::HashMap;

/// A status as people read it.
#[must_use]
pub fn status(status: Status) -> LocalizedText {
    match status {
        Status::Applies => texts("适用", "applies"),
        Status::DoesNotApply => texts("不适用", "does not apply"),
        Status::Undetermined => texts("待定", "undetermined"),
    }
}

/// A window as people read it.
#[must_use]
pub fn window(window: WindowState) -> LocalizedText {
    match window {
        WindowState::Open => texts("有效", "open"),
        WindowState::NotYetOpen => texts("尚未开始", "not yet open"),
        WindowState::Closed => texts("已结束", "closed"),
        WindowState::Lapsed => texts("已失效", "lapsed"),
    }
}

/// What a support means for a firm now: its status, or its window if that is not open.
#[must_use]
pub fn standing(state: WindowState, of: Status) -> LocalizedText {
    match state {
        WindowState::Open => status(of),
        closed => window(closed),
    }
}

/// How a support reaches a firm, as people read it.
#[must_use]
pub fn access(access: Access) -> LocalizedText {
    match access {
        Access::Apply => texts("可以去问、去办", "you can go and ask for it"),
        Access::Indirect => texts("可能间接受益", "may help you indirectly"),
    }
}

/// The basis of a criterion, as text.
#[must_use]
pub fn basis(basis: &Basis) -> LocalizedText {
    match basis {
        Basis::Stated => texts("原文写明", "stated in the text"),
        Basis::Defined { by } => {
            texts(format!("其他规定界定：{by}"), format!("defined by another rule: {by}"))
        }
        Basis::Need => texts("有需要才用得上", "helps only a firm that needs it"),
        Basis::Area => texts("文件只在这里适用", "where the document holds"),
        Basis::Interpreted { reason } => {
            texts(format!("我们的理解：{}", reason.zh), format!("our reading: {}", reason.en))
        }
    }
}

/// A truth as people read it.
#[must_use]
pub fn truth(truth: Truth) -> LocalizedText {
    match truth {
        Truth::True => texts("符合", "met"),
        Truth::False => texts("不符合", "not met"),
        Truth::Unknown => texts("还不清楚", "not known yet"),
    }
}

/// The heading of a group of supports.
#[must_use]
pub fn heading(group: Group) -> LocalizedText {
    match group {
        Group::Now => texts("现在可以去问、去办", "What you can ask for now"),
        Group::Indirect => texts("可能间接受益", "What may help you indirectly"),
        Group::Undetermined => texts("还不能确定", "Undetermined: more to find out"),
        Group::AskAnyway => {
            texts("原文没有排除，可以去问", "Not excluded by the text: you can ask")
        }
        Group::DoesNotApply => texts("不适用及原因", "What does not apply, and why"),
        Group::OutOfArea => texts("别处的文件", "Documents of other places"),
        Group::Ended => texts("已失效、已结束或尚未开始", "Lapsed, closed or not yet open"),
    }
}

/// What excludes a firm, as people read it.
#[must_use]
pub fn excluded_by(by: ExcludedBy) -> LocalizedText {
    match by {
        ExcludedBy::OutOfArea => {
            texts("文件在企业所在地不适用", "the document does not hold where the firm is")
        }
        ExcludedBy::Text => {
            texts("原文或所引规定的条件", "a condition of the text or of a rule that defines it")
        }
        ExcludedBy::NoNeed => texts("没有这方面的需要", "no such need"),
        ExcludedBy::Reading => texts("只是我们的理解", "only our reading"),
    }
}

/// The heading of the errands.
#[must_use]
pub fn errands_heading() -> LocalizedText {
    texts("先去这几处", "Where to go first")
}

/// The heading of the later documents of an answer.
#[must_use]
pub fn later_heading(policy: &Policy) -> LocalizedText {
    texts(
        format!("{}之后的相关文件", policy.name().zh),
        format!("Documents later than {}", policy.name().en),
    )
}

/// That a document is not the last word on its subject, and how many later documents there are.
#[must_use]
pub fn later_line(policy: &Policy) -> LocalizedText {
    let (year, count) = (policy.issued.year(), policy.later.len());
    let LocalizedText { zh, en } = policy.name();
    texts(
        format!("{zh}是{year}年的文件，之后还有{count}份相关文件。"),
        format!("{en} is of {year}; later documents that touch it: {count}."),
    )
}

/// The later documents of a policy, where there is room for one line only.
#[must_use]
pub fn later_in_short(policy: &Policy) -> LocalizedText {
    let (year, count) = (policy.issued.year(), policy.later.len());
    let LocalizedText { zh, en } = policy.name();
    texts(
        format!(
            "{zh}是{year}年的文件，之后还有{count}份相关文件；去办的时候请问一句现在按哪份执行。"
        ),
        format!(
            "{en} is of {year}, and {count} later documents touch it: ask which one is followed now."
        ),
    )
}

/// A later document, in one line.
#[must_use]
pub fn later_document(later: &LaterDocument) -> LocalizedText {
    let sure = later.confidence == "high";
    let number = |open: &str, close: &str| match later.number.as_str() {
        "" => String::new(),
        number => format!("{open}{number}{close}"),
    };
    let zh_sure = if sure { "" } else { "（未完全核实）" };
    let en_sure = if sure { "" } else { " (not fully verified)" };
    texts(
        format!(
            "{} 《{}》{} {}：{}{zh_sure}",
            later.date,
            later.name,
            number("（", "）"),
            later.issuer.zh,
            later.says.zh
        ),
        format!(
            "{} 《{}》{}, {}: {}{en_sure}",
            later.date,
            later.name,
            number(" (", ")"),
            later.issuer.en,
            later.says.en
        ),
    )
}

/// All questions of one office, one after the other.
#[must_use]
pub fn asks(asks: &[LocalizedText]) -> LocalizedText {
    let join = |pick: fn(&LocalizedText) -> &str, between: &str| {
        asks.iter().map(pick).collect::<Vec<_>>().join(between)
    };
    texts(join(|t| &t.zh, ""), join(|t| &t.en, " "))
}

/// What to bring to an office; nothing if that is nothing.
#[must_use]
pub fn papers(book: &RuleBook, papers: &[PaperId]) -> Option<LocalizedText> {
    let names: Vec<&LocalizedText> = papers.iter().map(|id| &book.papers.at(*id).name).collect();
    let join = |pick: fn(&LocalizedText) -> &str, between: &str| {
        names.iter().map(|name| pick(name)).collect::<Vec<_>>().join(between)
    };
    (!names.is_empty()).then(|| texts(join(|t| &t.zh, "；"), join(|t| &t.en, "; ")))
}

/// The offices of a support.
#[must_use]
pub fn offices(support: &Support) -> LocalizedText {
    let join = |pick: fn(&LocalizedText) -> &str, between: &str| {
        let names = support.next_steps.iter().map(|step| pick(&step.name));
        names.collect::<Vec<_>>().join(between)
    };
    texts(join(|t| &t.zh, "；"), join(|t| &t.en, "; "))
}

/// Where to go for a support, with what to ask and bring there.
#[must_use]
pub fn next_step_line(book: &RuleBook, support: &Support) -> LocalizedText {
    let whole = whole_next_step(book, support);
    match support.next_steps.as_slice() {
        [only] => texts(
            format!("{}：{}", only.name.zh, whole.zh),
            format!("{}: {}", only.name.en, whole.en),
        ),
        // Several offices are named with what to ask at each of them.
        _ => whole,
    }
}

/// What to ask and bring for a support, at all its offices.
#[must_use]
pub fn whole_next_step(book: &RuleBook, support: &Support) -> LocalizedText {
    let several = support.next_steps.len() > 1;
    let mut whole = LocalizedText::default();
    for step in &support.next_steps {
        let asks = asks(&step.asks);
        let space = if whole.en.is_empty() { "" } else { " " };
        let (zh, en) = match several {
            true => (format!("{}：", step.name.zh), format!("{}: ", step.name.en)),
            false => Default::default(),
        };
        whole.zh += &format!("{zh}{}", asks.zh);
        whole.en += &format!("{space}{en}{}", asks.en);
        if let Some(papers) = papers(book, &step.papers) {
            whole.zh += &format!("带上{}。", papers.zh);
            whole.en += &format!(" Bring: {}.", papers.en);
        }
    }
    whole
}

/// What stands at the end of every answer.
#[must_use]
pub fn closing_line(book: &RuleBook) -> LocalizedText {
    let (zh, en) = (
        "以上按文件原文推断，不是承诺，也不是申请；能否办成，以经办机构的答复为准。",
        "This is our reading of the text. It is neither a promise nor an application: the office in charge decides.",
    );
    if book.supports.iter().any(|support| support.amount.is_some()) {
        return texts(zh, en);
    }
    texts(format!("{zh}政策没有规定金额。"), format!("{en} The text names no amounts."))
}

/// The text for when no question is left.
#[must_use]
pub fn no_question(answer: &Answer<'_>) -> LocalizedText {
    if answer.counts().undetermined > 0 {
        texts(
            "能问的都问了。待定的几项，取决于您还不清楚的情况；问清以后可以再查。",
            "Everything has been asked. What is still undetermined depends on things you do not know yet: come back once you do.",
        )
    } else {
        texts("没有别的问题会改变结果。", "No further answer would change anything.")
    }
}

/// A fact that the firm states otherwise than it follows.
#[must_use]
pub fn contradiction(
    label: &LocalizedText,
    stated: &LocalizedText,
    follows: &LocalizedText,
    from: &[&LocalizedText],
) -> LocalizedText {
    let join = |pick: fn(&LocalizedText) -> &str, between: &str| {
        from.iter().map(|t| pick(t)).collect::<Vec<_>>().join(between)
    };
    let (from_zh, from_en) = match from {
        [] => ("其他答案".to_owned(), "other answers".to_owned()),
        _ => (format!("“{}”", join(|t| &t.zh, "”“")), join(|t| &t.en, ", ")),
    };
    texts(
        format!(
            "“{}”填的是“{}”，但按{from_zh}推出来是“{}”。以填写的为准，请核对。",
            label.zh, stated.zh, follows.zh
        ),
        format!(
            "“{}” is given as “{}”, but from {from_en} we infer “{}”. We use what you gave: please check.",
            label.en, stated.en, follows.en
        ),
    )
}

/// The whole answer in one or two sentences.
#[must_use]
pub fn summary(answer: &Answer<'_>) -> LocalizedText {
    let Counts { applies, undetermined: open, .. } = answer.counts();
    let statement = texts(
        match (applies, open) {
            (0, 0) => "目前没有与您的企业直接有关的支持事项。".to_owned(),
            (0, open) => format!("还不能确定，有{open}项待定。"),
            (applies, 0) => format!("有{applies}项支持事项与您的企业有关。"),
            (applies, open) => format!("有{applies}项支持事项与您的企业有关，还有{open}项待定。"),
        },
        match (applies, open) {
            (0, 0) => "At present no support of this text concerns your firm.".to_owned(),
            (0, open) => format!("Nothing is settled yet. Supports undetermined: {open}."),
            (applies, 0) => format!("Supports that concern your firm: {applies}."),
            (applies, open) => {
                format!("Supports that concern your firm: {applies}. Undetermined: {open}.")
            }
        },
    );
    let nothing = applies == 0 && open == 0;
    match nothing.then(|| main_reason(answer)).flatten() {
        Some(label) => texts(
            format!(
                "{}这些事项大多以“{}”为前提，目前您的企业不是这种情况；以后有变化，可以再来查。",
                statement.zh, label.zh
            ),
            format!(
                "{} Most of them have this condition: “{}”. If that changes, look again.",
                statement.en, label.en
            ),
        ),
        None => statement,
    }
}

/// The criterion that keeps most supports from applying.
fn main_reason<'a>(answer: &Answer<'a>) -> Option<&'a LocalizedText> {
    let plan = answer.plan;
    let mut counts: HashMap<&str, (usize, &LocalizedText)> = HashMap::new();
    // That other places have documents of their own is no reason.
    for id in answer.supports().filter(|id| !answer.is_out_of_area(*id)) {
        let support = plan.book.supports.at(id);
        let by = answer.excluded_by(id);
        let criteria = support.criteria.iter().zip(plan.criteria.at(id));
        let failed = criteria.filter(|(criterion, node)| {
            Some(criterion.basis.excludes_by()) == by && answer.truth(**node) == Truth::False
        });
        for (criterion, _) in failed {
            counts.entry(&criterion.label.zh).or_insert((0, &criterion.label)).0 += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(text, (count, _))| (*count, Reverse(*text)));
    most.map(|(_, (_, label))| label)
}
