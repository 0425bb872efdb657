//! Texts of the form: what is wrong with an answer as it was sent, why a question is asked, and the
//! progress. Their reader has a page in front of them, so they name no facts.

use super::faults::{candidate_list, shown};
use super::numbers::capital;
use super::{BilingualError, Lang, texts};
use crate::facts::{FaultKind, Format, LocalizedText, Together};
use crate::truth::Truth;

/// What is wrong with an answer as the form sent it.
#[derive(Clone, Debug, PartialEq)]
pub enum ValidationError {
    /// A question was sent without an answer.
    Nothing,
    /// A page with several questions was sent without any.
    NothingOnPage,
    /// A list was sent without a tick.
    NothingTicked,
    /// Something was ticked, and “none of these” too.
    NoneAndSome,
    /// One thing was ticked as so and as not certain.
    TickedTwice(LocalizedText),
    /// An answer was given, and “don't know” or “none” too.
    ValueAndOther,
    /// A range was chosen, and “don't know” too.
    RangeAndOther,
    /// A number was given, and a range that it is not in.
    NumberAndRange,
    /// A range that was written, and that the rules distinguish numbers of.
    TooWide(String),
    /// A name that several things have.
    Several(String),
    /// A name that nothing has.
    NotFound(Format, String),
    /// Anything that is wrong with a value wherever it comes from.
    Fault(FaultKind),
}

impl BilingualError for ValidationError {
    fn localized(&self) -> LocalizedText {
        match self {
            Self::Nothing => texts(
                "请先回答；说不准的，选“不清楚”，也可以跳过。",
                "Please answer first. If you are not sure, choose “don't know”, or skip the question.",
            ),
            Self::NothingOnPage => texts(
                "请至少填一项；暂时不想填，可以点“跳过”。",
                "Please fill in at least one field, or choose “skip”.",
            ),
            Self::NothingTicked => texts(
                "请勾选您有的；一项都没有，就勾“以上都没有”。",
                "Please tick what fits. If nothing does, tick “none of these”.",
            ),
            Self::NoneAndSome => texts(
                "勾了“以上都没有”，又勾了别的，请只留一种。",
                "“None of these” is ticked together with something else: please keep one of the two.",
            ),
            Self::TickedTwice(label) => texts(
                format!("“{}”既勾了“有”，又勾了“说不准”，请只留一个。", label.zh),
                format!(
                    "“{}” is ticked both as yes and as not sure: please keep one of the two.",
                    label.en
                ),
            ),
            Self::ValueAndOther => texts(
                "填了内容，又勾了“没有”或“不清楚”，请只留一个。",
                "There is an answer, and “none” or “don't know” is ticked too: please keep one.",
            ),
            Self::NumberAndRange => texts(
                "填的数不在选的范围里，请只留一个：要留数，就选“不选范围”。",
                "The number is not in the range that is chosen: please keep one. To keep the number, choose “no range”.",
            ),
            Self::RangeAndOther => texts(
                "选了范围，又勾了“不清楚”，请只留一个：要留“不清楚”，就选“不选范围”。",
                "A range is chosen, and “don't know” is ticked too: please keep one. To keep “don't know”, choose “no range”.",
            ),
            Self::TooWide(given) => {
                let given = shown(given);
                texts(
                    format!(
                        "“{given}”跨了档，还定不下来。写准一些，或者在下面选一个范围；说不出来，就再点一次“继续”。"
                    ),
                    format!(
                        "“{given}” is too wide to tell the size. Write it more exactly, or choose a range below. If you cannot, choose “continue” once more."
                    ),
                )
            }
            Self::Several(given) => {
                let given = shown(given);
                texts(
                    format!("叫“{given}”的不止一个，请在下面选一个。"),
                    format!("“{given}” may mean several things: please choose one below."),
                )
            }
            Self::NotFound(format, given) => not_found(*format, &shown(given)),
            Self::Fault(kind) => fault(kind),
        }
    }
}

impl std::fmt::Display for ValidationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.localized().en)
    }
}

impl std::error::Error for ValidationError {}

fn not_found(format: Format, given: &str) -> LocalizedText {
    let (zh, en) = match format {
        Format::Division => (
            "请填县、市或区的名称或拼音，例如“义乌”；也可以先空着。",
            "Write the name of a county, city or district, such as Yiwu or 义乌, or leave it out.",
        ),
        Format::Industry => (
            "写得更一般一些，例如“服装”“外贸”“软件”；也可以先空着。",
            "Write something more general, such as clothes, software or foreign trade, or leave it out.",
        ),
        Format::Country => (
            "请填国家或地区的名称，用顿号分开，例如“日本、韩国”。",
            "Write names of countries or regions, separated by commas, such as: Japan, South Korea.",
        ),
        Format::Hs => (
            "请填报关单上商品编号的前六位，例如 870380。",
            "Write the first six digits of the commodity code, such as 870380.",
        ),
        Format::Uscc => (
            "统一社会信用代码有18位，请对照营业执照再填一次。",
            "The credit code has 18 characters: please copy it from the business licence again.",
        ),
    };
    texts(format!("没有找到“{given}”。{zh}"), format!("“{given}” was not found. {en}"))
}

fn fault(kind: &FaultKind) -> LocalizedText {
    match kind {
        FaultKind::WrongType => texts(
            "没读懂这个数。写一个数，例如 12、680万、1.2亿；说不准的，写个范围，例如 20到50、500万以下。",
            "This could not be read as a number. Write one, such as 12 or 6.8 million yuan. If you only know it roughly, write a range, such as 20 to 50 or less than 5 million yuan.",
        ),
        FaultKind::NotWhole => texts("请填整数。", "Write a whole number."),
        FaultKind::OutOfRange { min, max } => texts(
            format!("应在{min}到{max}之间，请核对一下，也看看单位对不对。"),
            format!("It must be between {min} and {max}: please check it, and the unit."),
        ),
        FaultKind::TooManyDigits => texts(
            "位数太多，四舍五入到小数点后两位就够了。",
            "That has too many digits: two after the point are enough.",
        ),
        FaultKind::BadCode { format, given } => not_found(*format, &shown(given)),
        FaultKind::PersonalNumber => texts(
            "这里像是填了个人身份证号码。我们不收个人信息，已经清除；请填企业的内容。",
            "That looks like a personal identity number. We take no personal data and have discarded it: please give the firm's.",
        ),
        FaultKind::SpreadsheetNumber => texts(
            "这串代码被表格软件改成了数字，末几位已经丢了。请对照营业执照再填一次。",
            "A spreadsheet turned this code into a number and lost its last digits: please copy it from the business licence.",
        ),
        FaultKind::AmbiguousName { given, candidates, .. } => {
            let (given, listed) = (shown(given), candidate_list(candidates));
            texts(
                format!("“{given}”不止一个：{}。请在前面写明上级名称。", listed.zh),
                format!("“{given}” names several: {}. Write what it lies in before it.", listed.en),
            )
        }
        FaultKind::AmbiguousUnit { given, readings: [one, other] } => texts(
            format!(
                "“{}”可以读作{one}万元，也可以读作{other}万元：请只填万元数，或写全单位。",
                shown(given)
            ),
            format!(
                "“{}” can be read as {one} or as {other} times 10,000 yuan: write the number of 10,000 yuan alone, or the whole unit.",
                shown(given)
            ),
        ),
        FaultKind::NotAValue { .. } => {
            texts("请从列出的选项里选。", "Please choose one of the options.")
        }
        FaultKind::TooLong => {
            texts("内容太长，请写短一些。", "That is too long: please shorten it.")
        }
        FaultKind::TooMany => texts(
            "列得太多，填主要的几个就行。",
            "Those are too many: the most important ones are enough.",
        ),
        FaultKind::NotJson { .. }
        | FaultKind::NotAnObject
        | FaultKind::UnknownFact
        | FaultKind::More
        | FaultKind::NoResult
        | FaultKind::OtherFormat
        | FaultKind::Twice => texts(
            "这一项读不出来，请再填一次。",
            "This could not be read: please fill it in again.",
        ),
    }
}

/// Why a question is asked: a support that hangs on it, and how many there are.
#[must_use]
pub fn why(first: &LocalizedText, count: usize) -> LocalizedText {
    match count {
        0 | 1 => {
            texts(format!("“{}”要看这一点。", first.zh), format!("“{}” depends on this.", first.en))
        }
        _ => texts(
            format!("“{}”等{count}项要看这一点。", first.zh),
            format!("“{}” and {} more depend on this.", first.en, count - 1),
        ),
    }
}

/// How many countries a group has.
#[must_use]
pub fn group_size(count: usize) -> LocalizedText {
    texts(
        format!("{count}个国家或地区，选了可以逐个去掉"),
        format!("{count} countries; each can be removed"),
    )
}

/// What the form says while somebody types a name that nothing has.
#[must_use]
pub fn nothing_found() -> LocalizedText {
    texts(
        "没有找到。写得更一般一些，或者先空着，直接继续。",
        "Nothing was found. Write something more general, or leave it out and continue.",
    )
}

/// A name that several things have, on a page that asks which.
#[must_use]
pub fn choose(given: &str) -> LocalizedText {
    let given = shown(given);
    texts(
        format!("“{given}”可能是好几个，请在下面选一个；都不是，直接继续，这一项先空着。"),
        format!(
            "“{given}” may mean several things: please choose one below. If none fits, just continue; it is left out."
        ),
    )
}

/// A text on a page that was left for the next, and that nothing was found for: the field's label and the text.
#[must_use]
pub fn left_out(label: &LocalizedText, given: &str) -> LocalizedText {
    let given = shown(given);
    texts(
        format!("“{}”没有找到“{given}”，先空着。写得更一般一些再填，或者不填，都可以。", label.zh),
        format!(
            "{}: “{given}” was not found and is left out for now. You can write something more general, or leave it out.",
            label.en
        ),
    )
}

/// A text that may mean several things, of which none was chosen: the field's label and the text.
#[must_use]
pub fn not_chosen(label: &LocalizedText, given: &str) -> LocalizedText {
    let given = shown(given);
    texts(
        format!("“{}”填的“{given}”没有选是哪一个，先空着，以后可以再填。", label.zh),
        format!(
            "{}: none was chosen for “{given}”, so it is left out for now. You can fill it in later.",
            label.en
        ),
    )
}

/// Groups of countries were written: their members are shown before they count.
#[must_use]
pub fn group_opened(label: &LocalizedText) -> LocalizedText {
    texts(
        format!("“{}”里的国家组已经展开，请看一下：不要的去掉勾，再继续。", label.zh),
        format!(
            "{}: the group is opened. Please look at its countries, take off the ticks that do not fit, and continue.",
            label.en
        ),
    )
}

/// What is wrong with a field, with the field that it is about.
#[must_use]
pub fn in_field(label: &LocalizedText, error: &LocalizedText) -> LocalizedText {
    texts(format!("{}：{}", label.zh, error.zh), format!("{}: {}", capital(&label.en), error.en))
}

/// Whether a criterion holds, without blaming the firm.
#[must_use]
pub fn holds(truth: Truth) -> LocalizedText {
    match truth {
        Truth::True => texts("是", "yes"),
        Truth::False => texts("否", "no"),
        Truth::Unknown => texts("还不清楚", "not known yet"),
    }
}

/// What something was inferred from, and by which rule or list.
#[must_use]
pub fn inferred_from(lang: Lang, from: &str, source: &str) -> String {
    match (lang, from.is_empty()) {
        (Lang::Zh, true) => format!("依据：{source}"),
        (Lang::Zh, false) => format!("由“{from}”推断；依据：{source}"),
        (Lang::En, true) => format!("Source: {source}"),
        (Lang::En, false) => format!("Inferred from: {from}. Source: {source}"),
    }
}

/// Whom a support is for, for a firm that it is not for.
#[must_use]
pub fn only_for(lang: Lang, labels: &[&str]) -> String {
    match lang {
        _ if labels.is_empty() => String::new(),
        Lang::Zh => {
            let labels = labels.iter().map(|label| label.replace('“', "‘").replace('”', "’"));
            format!("以“{}”为前提", labels.collect::<Vec<_>>().join("”“"))
        }
        Lang::En => format!("only for a firm that: {}", labels.join("; ")),
    }
}

/// Questions were skipped that could still change something.
#[must_use]
pub fn skipped() -> LocalizedText {
    texts(
        "您跳过的问题里，有的会改变结果。它们列在下面，可以随时回答。",
        "Some of the questions that you skipped may change the result. They are listed below: answer them whenever you like.",
    )
}

/// What was filled in on a page and could not be used, by the labels of its fields.
#[must_use]
pub fn not_taken(labels: &[&LocalizedText]) -> LocalizedText {
    texts(
        format!(
            "这几项填的内容读不出来，没有采用，可以再填：{}。",
            joined(labels, |t| &t.zh, "、")
        ),
        format!(
            "These could not be read and were not used; you can fill them in again: {}.",
            joined(labels, |t| &t.en, ", ")
        ),
    )
}

fn joined(labels: &[&LocalizedText], pick: fn(&LocalizedText) -> &str, between: &str) -> String {
    labels.iter().map(|t| pick(t)).collect::<Vec<_>>().join(between)
}

/// What the field of the firm's name is called.
#[must_use]
pub fn firm_name() -> LocalizedText {
    texts("企业名称", "name of the firm")
}

/// The rules changed while somebody filled in the form; the answers that they no longer know.
#[must_use]
pub fn rules_changed(dropped: &[String]) -> LocalizedText {
    let dropped: Vec<String> = dropped.iter().map(|name| shown(name)).collect();
    if dropped.is_empty() {
        texts(
            "规则在您填写期间更新了，结果已按新规则重算；您的回答都还在。",
            "The rules changed while you filled this in. The result follows the new ones; your answers are all kept.",
        )
    } else {
        texts(
            format!(
                "规则在您填写期间更新了，结果已按新规则重算。这几项回答不再适用，没有保留：{}。",
                dropped.join("、")
            ),
            format!(
                "The rules changed while you filled this in. The result follows the new ones; these answers could not be kept: {}.",
                dropped.join(", ")
            ),
        )
    }
}

/// A link has filled in some answers.
#[must_use]
pub fn prefilled(labels: &[&LocalizedText]) -> LocalizedText {
    texts(
        format!("链接里已经填好：{}。开始后可以更改。", joined(labels, |t| &t.zh, "、")),
        format!(
            "The link has filled in: {}. You can change it after the start.",
            joined(labels, |t| &t.en, ", ")
        ),
    )
}

/// A link carried something that was not used.
#[must_use]
pub fn not_prefilled(count: usize) -> LocalizedText {
    texts(
        format!("链接里有{count}项没有采用：名称、代码和经营数字不从链接读取，读不出来的也不用。"),
        format!(
            "Not used from the link: {count}. Names, codes and figures are never taken from a link, nor what cannot be read."
        ),
    )
}

/// Heading and lead of a page with several questions; `limited` if it asks some of its questions only.
#[must_use]
pub fn page(together: Together, limited: bool) -> (LocalizedText, LocalizedText) {
    match together {
        Together::Basics if limited => (
            texts("先说说您的企业", "First, about your firm"),
            texts("知道多少填多少。", "Fill in what you know."),
        ),
        Together::Basics => (
            texts("您的企业在哪里，做什么？", "Where is your firm, and what does it do?"),
            texts(
                "信用代码可以不填；填了地点和行业，后面会少问很多。",
                "You can leave the credit code empty. Giving the place and industry saves you many questions later.",
            ),
        ),
        Together::Size => (
            texts("您的企业有多大？", "How large is your firm?"),
            texts(
                "只用来判断是大型、中型、小型还是微型。说不出准数的，选一个范围。",
                "Only used to tell whether it is large, medium, small or micro. A range will do.",
            ),
        ),
        Together::Activities => (
            texts("您的业务涉及哪些？", "What does your business involve?"),
            texts(
                "有的都勾上。没勾的就当作没有，后面不再问。",
                "Tick all that apply. Anything you leave unticked counts as “no”, and we will not ask again.",
            ),
        ),
        Together::Needs => (
            texts("您现在有哪些需要或情况？", "What do you need, or have to deal with, now?"),
            texts(
                "有的都勾上。没勾的就当作没有，后面不再问。",
                "Tick all that apply. Anything you leave unticked counts as “no”, and we will not ask again.",
            ),
        ),
    }
}

/// The first page was opened by its address, from which nothing that was entered comes back.
#[must_use]
pub fn begun_anew() -> LocalizedText {
    texts(
        "从这个地址打开的，是空白的第一页。刚才填过的还在：按浏览器的“后退”就能回去。",
        "This address opens the first page, empty. What you entered just now is still there: your browser's back button takes you to it.",
    )
}
