//! Tests of facts, their values, and what they need to be.

use super::{few, texts};
use crate::condition::Test;
use crate::facts::credit_code::{self, Holder};
use crate::facts::{Catalogue, Fact, Format, Kind, LocalizedText, Reference, Value};
use crate::plan::{Item, ValueDomain};
use crate::truth::Truth;
use rust_decimal::Decimal;

/// What a test asks, such as “从业人员不少于300人”.
#[must_use]
pub fn test(fact: &Fact, reference: &Reference, test: &Test) -> LocalizedText {
    let label = &fact.label;
    let number = |zh: &str, en: &str, n: &Decimal| {
        let (unit_zh, unit_en) = unit(fact);
        texts(format!("{}{zh}{n}{unit_zh}", label.zh), format!("{} {en} {n} {unit_en}", label.en))
    };
    let phrase = |zh: &str, en: &str, what: LocalizedText| {
        texts(format!("{}{zh}{}", label.zh, what.zh), format!("{} {en} {}", label.en, what.en))
    };
    match test {
        Test::Yes => label.clone(),
        Test::AtLeast(n) => number("不少于", "at least", n),
        Test::MoreThan(n) => number("多于", "more than", n),
        Test::Equals(n) => number("为", "is", n),
        Test::AtMost(w) => phrase("不超过", "at most", value_label(fact, *w)),
        Test::OneOf(values) => phrase("为", "is", any_value(fact, values)),
        Test::HasValue(values) => phrase("包括", "includes", any_value(fact, values)),
        Test::StartsWith(codes) => phrase("属于", "is in", any_code(fact, reference, codes)),
        Test::RegisteredIn(codes) => {
            phrase("的登记机关在", "registered in", any_code(fact, reference, codes))
        }
        Test::HasCode(codes) => phrase("包括", "include", any_code(fact, reference, codes)),
        Test::HasStart(codes) => {
            phrase("有属于", "include goods of", any_code(fact, reference, codes))
        }
        Test::Empty => texts(format!("没有{}", label.zh), format!("no {}", label.en)),
    }
}

/// How a test ended, to stand behind it: “location is in Yiwu: yes”.
pub(crate) fn test_outcome(truth: Truth) -> (&'static str, &'static str) {
    match truth {
        Truth::True => ("：是", ": yes"),
        Truth::False => ("：否", ": no"),
        Truth::Unknown => ("：不清楚", ": not known"),
    }
}

/// A value as people read it.
#[must_use]
pub fn value(
    catalogue: &Catalogue,
    fact: &Fact,
    reference: &Reference,
    value: &Value,
) -> LocalizedText {
    let _ = catalogue;
    match value {
        Value::NotAnswered => texts("未填", "not answered"),
        Value::Unknown => texts("不清楚", "not known"),
        Value::Bool(true) => texts("是", "yes"),
        Value::Bool(false) => texts("否", "no"),
        Value::NoCode => texts("没有", "none"),
        Value::Number(n) => {
            let (zh, en) = unit(fact);
            texts(format!("{n}{zh}"), format!("{n} {en}"))
        }
        Value::Enum(w) => value_label(fact, *w),
        Value::Code(code) => {
            let name = code_name(fact, reference, code);
            match holder(fact, code) {
                Some((zh, en)) => {
                    texts(format!("{}（{zh}）", name.zh), format!("{} ({en})", name.en))
                }
                None => name,
            }
        }
        Value::UncheckedCode(code) => {
            let code = super::faults::shown(code);
            texts(format!("{code}（校验不符）"), format!("{code} (fails its check)"))
        }
        Value::EnumList(values) if values.is_empty() => texts("没有", "none"),
        Value::EnumList(values) => {
            few(&values.iter().map(|index| value_label(fact, *index)).collect::<Vec<_>>(), "项")
        }
        Value::Codes(codes) if codes.is_empty() => texts("没有", "none"),
        Value::Codes(codes) => {
            let names: Vec<LocalizedText> =
                codes.iter().map(|c| code_name(fact, reference, c)).collect();
            few(&names, "项")
        }
    }
}

/// What a fact needs to be, such as “改为：是”.
#[must_use]
pub fn need(fact: &Fact, reference: &Reference, domain: &ValueDomain) -> LocalizedText {
    match domain {
        ValueDomain::Bool(yes) => value_of_bool(*yes),
        ValueDomain::EnumList(values) => any_value(fact, values),
        ValueDomain::Number { min, max } => {
            let (unit_zh, unit_en) = unit(fact);
            let mut zh = Vec::new();
            let mut en = Vec::new();
            if let Some((n, with)) = min {
                zh.push(format!("{}{n}{unit_zh}", if *with { "不少于" } else { "多于" }));
                en.push(format!("{} {n} {unit_en}", if *with { "at least" } else { "more than" }));
            }
            if let Some((n, with)) = max {
                zh.push(format!("{}{n}{unit_zh}", if *with { "不超过" } else { "少于" }));
                en.push(format!("{} {n} {unit_en}", if *with { "at most" } else { "less than" }));
            }
            texts(zh.join("，"), en.join(" and "))
        }
        ValueDomain::Code { starts, not } if starts.is_empty() => {
            let names = any_code(fact, reference, not);
            texts(format!("{}以外", names.zh), format!("outside {}", names.en))
        }
        ValueDomain::Code { starts, .. } => any_code(fact, reference, starts),
        ValueDomain::List { has, lacks, empty } => {
            let mut zh = Vec::new();
            let mut en = Vec::new();
            match empty {
                Some(true) => return texts("没有", "none"),
                Some(false) if has.is_empty() => {
                    zh.push("至少有一项".to_owned());
                    en.push("at least one".to_owned());
                }
                _ => {}
            }
            for any in has {
                let names = items(fact, reference, any);
                let (among, one_of) =
                    if any.len() > 1 { ("中的一项", "one of ") } else { ("", "") };
                zh.push(format!("含{}{among}", names.zh));
                en.push(format!("{one_of}{}", names.en));
            }
            if !lacks.is_empty() {
                let names = items(fact, reference, lacks);
                zh.push(format!("不含{}", names.zh));
                en.push(format!("none of {}", names.en));
            }
            texts(zh.join("，"), en.join(", "))
        }
    }
}

/// What kind of holder a credit code is of.
fn holder(fact: &Fact, code: &str) -> Option<(&'static str, &'static str)> {
    if !matches!(fact.kind, Kind::Code { format: Format::Uscc, .. }) {
        return None;
    }
    match credit_code::check(code).ok()? {
        Holder::Firm => Some(("企业", "a firm")),
        Holder::SoleTrader => Some(("个体工商户", "an individually owned business")),
        Holder::Cooperative => Some(("农民专业合作社", "a farmers' cooperative")),
        Holder::Other => None,
    }
}

fn value_of_bool(yes: bool) -> LocalizedText {
    if yes { texts("是", "yes") } else { texts("否", "no") }
}

fn items(fact: &Fact, reference: &Reference, items: &[Item]) -> LocalizedText {
    let names: Vec<LocalizedText> = items
        .iter()
        .map(|item| match item {
            Item::Enum(w) => value_label(fact, *w),
            Item::Code(code) | Item::Start(code) => code_name(fact, reference, code),
        })
        .collect();
    few(&names, "项")
}

fn unit(fact: &Fact) -> (&str, &str) {
    match &fact.kind {
        Kind::Number { unit, .. } => (&unit.zh, &unit.en),
        _ => ("", ""),
    }
}

fn value_label(fact: &Fact, index: u16) -> LocalizedText {
    fact.values.get(usize::from(index)).map(|w| w.label.clone()).unwrap_or_default()
}

fn any_value(fact: &Fact, indices: &[u16]) -> LocalizedText {
    let names: Vec<LocalizedText> = indices.iter().map(|index| value_label(fact, *index)).collect();
    either(&names)
}

fn any_code(fact: &Fact, reference: &Reference, codes: &[String]) -> LocalizedText {
    let names: Vec<LocalizedText> =
        codes.iter().map(|code| code_name(fact, reference, code)).collect();
    few(&names, "项")
}

fn either(names: &[LocalizedText]) -> LocalizedText {
    if names.len() > 5 {
        return few(names, "项");
    }
    let list = |pick: fn(&LocalizedText) -> &str, between: &str| {
        names.iter().map(pick).collect::<Vec<_>>().join(between)
    };
    texts(list(|t| &t.zh, "或"), list(|t| &t.en, " or "))
}

fn code_name(fact: &Fact, reference: &Reference, code: &str) -> LocalizedText {
    let format = match fact.kind {
        Kind::Code { format, .. } | Kind::Codes { format } => format,
        _ => return texts(code, code),
    };
    let padded = match format {
        Format::Division | Format::Uscc => format!("{code:0<6}"),
        _ => code.to_owned(),
    };
    let named = if format == Format::Uscc { Format::Division } else { format };
    match reference.name(named, &padded) {
        Some((zh, en)) if format == Format::Country => texts(zh, en),
        Some((zh, _)) => texts(zh, format!("{zh} ({code})")),
        None => texts(code, code),
    }
}
