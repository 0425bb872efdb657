//! What is said of a support without a firm: whom it is for, whom it is not for, its conditions as an outline, and the
//! verdict of the pages that ask about one support alone.

use super::{test, texts};
use crate::condition::{Condition, Test};
use crate::evaluate::Group;
use crate::facts::{Catalogue, LocalizedText, Reference};
use crate::formula::Formula;
use crate::rulebook::{ExcludedBy, Support};

/// Whom a support is for, in one line: all of its criteria.
#[must_use]
pub fn who_may(support: &Support) -> LocalizedText {
    let labels: Vec<&LocalizedText> = support.criteria.iter().map(|c| &c.label).collect();
    if labels.is_empty() {
        return texts("所有企业", "Every firm");
    }
    texts(
        joined(&labels, |label| &label.zh, "；"),
        format!("A firm that {}", joined(&labels, |label| &label.en, "; ")),
    )
}

/// Whom a support is not for, in one sentence for each thing that excludes: the text, no need, our reading.
#[must_use]
pub fn who_may_not(support: &Support) -> Vec<LocalizedText> {
    let excluding = ExcludedBy::ALL.map(|by| {
        let criteria = support.criteria.iter().filter(|c| c.basis.excludes_by() == by);
        (by, criteria.map(|criterion| &criterion.label).collect::<Vec<_>>())
    });
    let sentences = excluding.iter().filter_map(|(by, labels)| match (by, labels.as_slice()) {
        (ExcludedBy::Text, []) => {
            Some(texts("原文没有排除哪类企业。", "The text excludes nobody."))
        }
        (_, []) => None,
        (by, labels) => Some(not_without(*by, labels)),
    });
    sentences.collect()
}

/// That a firm must meet all of some criteria.
fn not_without(by: ExcludedBy, labels: &[&LocalizedText]) -> LocalizedText {
    let unless = joined(labels, |label| &label.en, " and ");
    // A label may quote a word of the text.
    let quoted = labels.iter().map(|label| label.zh.replace('“', "‘").replace('”', "’"));
    let quoted = quoted.collect::<Vec<_>>().join("”“");
    let fails = match labels {
        [_] => format!("不符合“{quoted}”的"),
        _ => format!("“{quoted}”有一条不符合的"),
    };
    match by {
        ExcludedBy::OutOfArea => texts(
            format!("只在有的地方适用：{quoted}。"),
            format!("It holds only for a firm that {unless}."),
        ),
        ExcludedBy::Text => {
            texts(format!("{fails}，不适用。"), format!("Not for a firm unless it {unless}."))
        }
        ExcludedBy::NoNeed => {
            texts(format!("{fails}，用不上。"), format!("Of no use to a firm unless it {unless}."))
        }
        ExcludedBy::Reading => texts(
            format!("{fails}，我们没有算上，但可以去问。"),
            format!("By our reading not for a firm unless it {unless}; but any firm can ask."),
        ),
    }
}

/// A condition in words: a line, and below it what the line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// What is tested, or how the parts are connected.
    pub line: LocalizedText,
    /// The parts; empty for a test.
    pub parts: Vec<Outline>,
}

/// A condition as an outline of *all of* and *any of*.
#[must_use]
pub fn outline(catalogue: &Catalogue, reference: &Reference, condition: &Condition) -> Outline {
    let below = |part: &Condition| outline(catalogue, reference, part);
    let leaf = |line: LocalizedText| Outline { line, parts: Vec::new() };
    match condition.formula() {
        Formula::Test((fact, of)) => leaf(test(catalogue.fact(*fact), reference, of)),
        Formula::And(parts) => Outline {
            line: texts("以下都要符合：", "all of these:"),
            parts: parts.iter().map(|part| below(part)).collect(),
        },
        Formula::Or(parts) => Outline {
            line: texts("符合以下任何一条：", "any of these:"),
            parts: parts.iter().map(|part| below(part)).collect(),
        },
        Formula::Not(inner) => match inner.formula() {
            Formula::Test((fact, of)) => {
                let fact = catalogue.fact(*fact);
                let label = &fact.label;
                leaf(match of {
                    Test::Empty => texts(format!("有{}", label.zh), format!("some {}", label.en)),
                    of => {
                        let of = test(fact, reference, of);
                        texts(format!("不是：{}", of.zh), format!("not: {}", of.en))
                    }
                })
            }
            _ => Outline {
                line: texts("不是以下情况：", "not this:"), parts: vec![below(inner)]
            },
        },
        Formula::Coalesce(first, second) => Outline {
            line: texts(
                "看第一条；不清楚的，看第二条：",
                "the first, or if that is not known the second:",
            ),
            parts: vec![below(first), below(second)],
        },
        Formula::Indeterminate => leaf(texts("要由办事的地方答复", "for the office to say")),
    }
}

/// What a support means for a firm, where nothing else was asked.
#[must_use]
pub fn verdict(group: Group) -> LocalizedText {
    match group {
        Group::Now => texts(
            "与您有关，现在可以去问、去办。",
            "It concerns you: you can go and ask for it now.",
        ),
        Group::Indirect => texts(
            "与您有关：可能间接受益，不用您去申请。",
            "It may help you indirectly; there is nothing to apply for.",
        ),
        Group::Undetermined => {
            texts("还不能确定，要再弄清几点。", "Not settled yet: there is more to find out.")
        }
        Group::AskAnyway => texts(
            "原文没有排除您的企业，可以去问。",
            "The text does not exclude your firm: you can ask.",
        ),
        Group::DoesNotApply => {
            texts("目前与您的企业无关。", "At present it does not concern your firm.")
        }
        Group::OutOfArea => texts(
            "这份文件在您的企业所在的地方不适用。",
            "The document does not hold where your firm is.",
        ),
        Group::Ended => texts(
            "现在办不了：已失效、已结束或尚未开始。",
            "It cannot be had now: it has lapsed, has closed or has not begun.",
        ),
    }
}

/// What a form that is about one support asks for.
#[must_use]
pub fn asked_for(support: &Support) -> LocalizedText {
    texts(
        format!("只问与“{}”有关的情况。", support.title.zh),
        format!("Only what matters for “{}” is asked.", support.title.en),
    )
}

/// How many supports a list shows, of how many.
#[must_use]
pub fn listed(shown: usize, all: usize) -> LocalizedText {
    match shown {
        0 => texts(
            "没有同时符合这些选择的支持事项，请少选一样。",
            "No support has all that you selected: please select less.",
        ),
        _ if shown == all => texts(format!("共{all}项。"), format!("{all} supports.")),
        _ => {
            texts(format!("选出{shown}项，全部共{all}项。"), format!("{shown} of {all} supports."))
        }
    }
}

/// How often a text stands on the page that was searched.
#[must_use]
pub fn searched(given: &str, found: usize) -> LocalizedText {
    let given = super::shown(given);
    match found {
        0 => texts(
            format!("没有找到“{given}”。换一个说法，或者只写其中一个词。"),
            format!("“{given}” was not found. Try another word, or fewer words."),
        ),
        1 => texts(format!("“{given}”找到1处。"), format!("“{given}” was found once.")),
        _ => texts(
            format!("“{given}”找到{found}处。"),
            format!("“{given}” was found {found} times."),
        ),
    }
}

/// A text that is too long to be searched for.
#[must_use]
pub fn search_too_long(most: usize) -> LocalizedText {
    texts(
        format!("要找的内容太长：请写{most}个字以内。"),
        format!("That is too long to search for: please write at most {most} characters."),
    )
}

fn joined(labels: &[&LocalizedText], pick: fn(&LocalizedText) -> &str, between: &str) -> String {
    labels.iter().map(|label| pick(label)).collect::<Vec<_>>().join(between)
}
