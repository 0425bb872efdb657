//! What is wrong with a profile, and what was read otherwise than written.

use super::texts;
use crate::facts::credit_code::{CodeFault, without_personal_numbers};
use crate::facts::{Catalogue, Fault, FaultKind, Format, Kind, LocalizedText, Notice, NoticeKind};

/// The stable code of a fault of a profile.
#[must_use]
pub fn fault_code(kind: &FaultKind) -> &'static str {
    match kind {
        FaultKind::NotJson { .. } => "not_json",
        FaultKind::NotAnObject => "not_an_object",
        FaultKind::UnknownFact => "unknown_fact",
        FaultKind::Twice => "given_twice",
        FaultKind::WrongType => "wrong_type",
        FaultKind::NotAValue { .. } => "not_a_value",
        FaultKind::BadCode { .. } => "bad_code",
        FaultKind::NotWhole => "not_whole",
        FaultKind::OutOfRange { .. } => "out_of_range",
        FaultKind::TooManyDigits => "too_many_digits",
        FaultKind::PersonalNumber => "personal_number",
        FaultKind::SpreadsheetNumber => "spreadsheet_number",
        FaultKind::AmbiguousName { .. } => "ambiguous_name",
        FaultKind::AmbiguousUnit { .. } => "ambiguous_unit",
        FaultKind::NoResult => "no_result",
        FaultKind::OtherFormat => "other_format",
        FaultKind::TooLong => "too_long",
        FaultKind::TooMany => "too_many",
        FaultKind::More => "more_faults",
    }
}

/// What is wrong and what to write instead, with a `suggestion` of what was meant if there is one
/// ([`Suggestions`](crate::facts::Suggestions)).
#[must_use]
pub fn fault(catalogue: &Catalogue, fault: &Fault, suggestion: Option<&str>) -> LocalizedText {
    let fact = fault.fact.map(|id| catalogue.fact(id));
    let name = fact.map_or(fault.key.as_str(), |fact| fact.name.as_str());
    let name = &shown(name);
    let label = fact.map_or(name.as_str(), |fact| fact.label.zh.as_str());
    let near = match suggestion {
        Some(near) => texts(format!("是不是“{near}”？"), format!("did you mean `{near}`?")),
        None => LocalizedText::default(),
    };
    match &fault.kind {
        FaultKind::NotJson { line, column } => texts(
            format!("不是有效的 JSON：第{line}行第{column}列读不下去。"),
            format!("this is not valid JSON: it breaks at line {line}, column {column}"),
        ),
        FaultKind::NotAnObject => texts(
            "应当是一个 JSON 对象，如 {\"exports_goods\": true}。",
            "a JSON object is expected, such as {\"exports_goods\": true}",
        ),
        FaultKind::UnknownFact => texts(
            format!("没有名为“{name}”的事实项。{}", or(&near.zh, "请查看事实目录。")),
            format!("no fact is named `{name}`; {}", or(&near.en, "see the fact catalogue")),
        ),
        FaultKind::Twice => texts(
            format!("“{label}”（{name}）填了两次，请只留一个。"),
            format!("`{name}` is given twice: keep one"),
        ),
        FaultKind::WrongType => {
            let (zh, en) = fact.map_or(("", ""), |fact| expected(&fact.kind));
            texts(
                format!("“{label}”（{name}）应填{zh}；不清楚的填 \"unknown\"。"),
                format!("`{name}` must be {en}; write \"unknown\" if it is not known"),
            )
        }
        FaultKind::NotAValue { given } => {
            let given = shown(given);
            let values = fact.map(|f| f.values.iter().take(12).map(|w| w.name.as_str()));
            let values: Vec<&str> = values.into_iter().flatten().collect();
            texts(
                format!(
                    "“{label}”（{name}）没有“{given}”这个选项。{}可填：{}。",
                    near.zh,
                    values.join("、")
                ),
                format!(
                    "`{given}` is not a value of `{name}`; {}its values: {}",
                    space(&near.en),
                    values.join(", ")
                ),
            )
        }
        FaultKind::BadCode { format, given } => {
            let given = shown(given);
            let (zh, en) = code_form(*format);
            texts(
                format!("“{label}”（{name}）中的“{given}”读不出来：应填{zh}。{}", near.zh),
                format!(
                    "`{given}` of `{name}` cannot be read: write {en}; {}",
                    or(&near.en, "check the code")
                ),
            )
        }
        FaultKind::NotWhole => texts(
            format!("“{label}”（{name}）应填整数。"),
            format!("`{name}` must be a whole number"),
        ),
        FaultKind::OutOfRange { min, max } => texts(
            format!("“{label}”（{name}）应在{min}到{max}之间，请核对单位。"),
            format!("`{name}` must be between {min} and {max}: check the unit"),
        ),
        FaultKind::TooManyDigits => texts(
            format!("“{label}”（{name}）的位数太多，请四舍五入到分。"),
            format!("`{name}` has more digits than can be kept: round it"),
        ),
        FaultKind::PersonalNumber => texts(
            format!(
                "“{label}”（{name}）里填的像是个人身份证号码。本服务不收个人信息，已丢弃；请填企业的统一社会信用代码。"
            ),
            format!(
                "`{name}` looks like a personal identity number; it was discarded: give the firm's credit code"
            ),
        ),
        FaultKind::SpreadsheetNumber => texts(
            format!(
                "“{label}”（{name}）被表格软件当成了数字，末几位已经丢失，无法还原。请在源表里把这一列设为文本，重新填写。"
            ),
            format!(
                "`{name}` was turned into a number by a spreadsheet and has lost digits: make the column text there and enter it again"
            ),
        ),
        FaultKind::AmbiguousName { given, candidates, .. } => {
            let (given, listed) = (shown(given), candidate_list(candidates));
            texts(
                format!(
                    "“{label}”（{name}）中的“{given}”不止一个：{}。请在前面写明上级名称，或填代码。",
                    listed.zh
                ),
                format!(
                    "`{given}` of `{name}` names several: {}; write what it lies in before it, or the code",
                    listed.en
                ),
            )
        }
        FaultKind::AmbiguousUnit { given, readings: [one, other] } => {
            let given = shown(given);
            texts(
                format!(
                    "“{label}”（{name}）中的“{given}”可以读作{one}万元，也可以读作{other}万元：请写全单位，如“5万元”，或只填数字。"
                ),
                format!(
                    "`{given}` of `{name}` can be read as {one} or as {other} times 10,000 yuan: write the whole unit, such as 5万元, or the number alone"
                ),
            )
        }
        FaultKind::NoResult => texts(
            format!(
                "“{label}”（{name}）这一格是公式，文件里没有存它的结果：请在表格软件里打开、重新计算并保存。"
            ),
            format!(
                "the cell of `{name}` has a formula whose result is not in the file: open it in a spreadsheet, recalculate and save it"
            ),
        ),
        FaultKind::OtherFormat => texts(
            format!(
                "“{label}”（{name}）这一格的数字格式显示的不是这个数本身：请改为“常规”格式后核对。"
            ),
            format!(
                "the number format of the cell of `{name}` shows something else than the number: set the format to General and check"
            ),
        ),
        FaultKind::TooLong => {
            texts(format!("“{label}”（{name}）太长。"), format!("`{name}` is too long"))
        }
        FaultKind::TooMany => texts(
            format!("“{label}”（{name}）列的项数太多。"),
            format!("`{name}` lists too many items"),
        ),
        FaultKind::More => texts(
            "还有别的错误，这里没有全部列出：请先改正前面各处。",
            "there are more faults than are listed here: correct these first",
        ),
    }
}

/// A notice as code and text.
#[must_use]
pub fn notice(catalogue: &Catalogue, notice: &Notice) -> (&'static str, LocalizedText) {
    let fact = catalogue.fact(notice.fact);
    let (name, label) = (&fact.name, &fact.label);
    match &notice.kind {
        NoticeKind::Alias { given } => (
            "old_name",
            texts(
                format!("“{}”是旧名称，已按“{name}”读取，请改用新名称。", shown(given)),
                format!(
                    "`{}` is an older name and was read as `{name}`: use the new one",
                    shown(given)
                ),
            ),
        ),
        NoticeKind::OldValue { given, means } => {
            let of = |pick: fn(&LocalizedText) -> &str, between: &str, none: &str| {
                let labels = means.iter().filter_map(|index| fact.values.get(usize::from(*index)));
                let labels: Vec<&str> = labels.map(|value| pick(&value.label)).collect();
                if labels.is_empty() { none.to_owned() } else { labels.join(between) }
            };
            let given = shown(given);
            (
                "old_value",
                texts(
                    format!(
                        "“{}”的“{given}”是旧写法，已按“{}”读取，请核对。",
                        label.zh,
                        of(|t| &t.zh, "、", "没有")
                    ),
                    format!(
                        "`{given}` is an older value of `{name}` and was read as “{}”: please check",
                        of(|t| &t.en, ", ", "none")
                    ),
                ),
            )
        }
        NoticeKind::RetiredDivision { code, name: position, now } => (
            "retired_division",
            texts(
                format!(
                    "“{}”里的代码{code}（{position}）已停用，按现在的{now}读取，请核对。",
                    label.zh
                ),
                format!(
                    "the code {code} ({position}) of `{name}` is no longer in force and was read as {now}: please check"
                ),
            ),
        ),
        NoticeKind::SoleTrader => (
            "sole_trader",
            texts(
                "统一社会信用代码以92开头，登记的是个体工商户；原文写的是企业，能否享受请向办理机构确认。".to_owned(),
                "the credit code begins with 92, that of an individually owned business (个体工商户). The text speaks of enterprises: ask the office whether it is included".to_owned(),
            ),
        ),
        NoticeKind::UnknownDivision { code, province } => (
            "unknown_division",
            texts(
                format!(
                    "“{}”里的代码{code}是旧代码或不存在，只按前两位读作省份（{province}），请核对。",
                    label.zh
                ),
                format!(
                    "the code {code} of `{name}` is old or unknown, and was read as its province alone ({province}): please check"
                ),
            ),
        ),
        NoticeKind::CreditCode(fault) => {
            let reason = match fault {
                CodeFault::Length(n) => {
                    texts(format!("有{n}位，不是18位"), format!("it has {n} characters, not 18"))
                }
                CodeFault::Character { position, found } => texts(
                    format!("第{position}位的“{}”不会出现在信用代码里", shown(&found.to_string())),
                    format!(
                        "character {position} (`{}`) never occurs in one",
                        shown(&found.to_string())
                    ),
                ),
                CodeFault::BodyCheck { found, .. } => texts(
                    format!("第17位“{found}”与第9至16位对不上"),
                    format!("character 17 (`{found}`) does not fit characters 9 to 16"),
                ),
                CodeFault::Check { found, .. } => texts(
                    format!("第18位“{found}”与前17位对不上"),
                    format!("character 18 (`{found}`) does not fit the 17 before it"),
                ),
            };
            (
                "credit_code_check",
                texts(
                    format!(
                        "统一社会信用代码{}，可能抄错了。代码按原样保留，但不据此作任何推断。",
                        reason.zh
                    ),
                    format!(
                        "the credit code may be miscopied: {}. It is kept as given, and nothing is derived from it",
                        reason.en
                    ),
                ),
            )
        }
    }
}

/// The divisions or industries that a name may mean, with their codes.
pub(super) fn candidate_list(candidates: &[(String, String)]) -> LocalizedText {
    let zh = candidates.iter().map(|(code, name)| format!("{name}（{code}）"));
    let en = candidates.iter().map(|(code, name)| format!("{name} ({code})"));
    texts(zh.collect::<Vec<_>>().join("、"), en.collect::<Vec<_>>().join(", "))
}

fn expected(kind: &Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Bool => ("true 或 false", "true or false"),
        Kind::Number { whole: true, .. } => ("整数（不加引号）", "a whole number, without quotes"),
        Kind::Number { .. } => ("数字（不加引号）", "a number, without quotes"),
        Kind::Enum { .. } => ("列出的选项之一（文本）", "one of its values, as a text"),
        Kind::Code { .. } => ("代码（文本）", "a code, as a text"),
        Kind::EnumList => ("选项的列表", "a list of its values"),
        Kind::Codes { .. } => ("代码的列表", "a list of codes"),
    }
}

fn code_form(format: Format) -> (&'static str, &'static str) {
    match format {
        Format::Division => {
            ("六位行政区划代码，如330782", "six digits of GB/T 2260, such as 330782")
        }
        Format::Industry => (
            "国民经济行业代码，如F5292（字母加二至四位数字）",
            "a code of GB/T 4754-2017, such as F5292",
        ),
        Format::Uscc => ("18位统一社会信用代码", "the 18 characters of the credit code"),
        Format::Hs => ("六位HS编码，如870380", "six digits of the HS, such as 870380"),
        Format::Country => ("两位国家代码，如JP", "two letters of ISO 3166-1, such as JP"),
    }
}

/// A user's own text, made safe to show: shortened, control and bidi characters replaced, personal
/// identity numbers left out.
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    // Enough of it to show that much: a text may be as long as a file.
    const READ: usize = 40 * LONGEST;
    let read = text.char_indices().nth(READ).map_or(text, |(end, _)| text.split_at(end).0);
    let text = &without_personal_numbers(read);
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut out: String =
        text.chars().take(LONGEST).map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect();
    if text.chars().count() > LONGEST {
        out.push('…');
    }
    out
}

fn or<'a>(text: &'a str, instead: &'a str) -> &'a str {
    if text.is_empty() { instead } else { text }
}

fn space(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{text} ") }
}
