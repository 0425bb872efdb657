//! Numbers, ranges and amounts in the sentences of the form.
//!
//! In go numbers in the unit of their fact, out come texts that people say and that a field reads back. It reads nothing
//! and decides nothing.

use super::texts;
use crate::facts::{Fact, Interval, IntervalEnd, Kind, LocalizedText};
use rust_decimal::Decimal;

/// A number of a fact as a field shows it and reads it back: money with its unit, which stands nowhere else.
#[must_use]
pub fn written_number(fact: &Fact, number: Decimal) -> LocalizedText {
    match &fact.kind {
        Kind::Number { unit, whole, .. } if fact.is_money() => counted(number, *whole, unit),
        _ => {
            let plain = number.normalize().to_string();
            texts(plain.clone(), plain)
        }
    }
}

/// A number with its unit. “300 10,000 yuan” is no number that anyone would say, so in English money counts in yuan.
fn counted(number: Decimal, whole: bool, unit: &LocalizedText) -> LocalizedText {
    /// How many yuan a 万元 is.
    const WAN: Decimal = Decimal::from_parts(10_000, 0, 0, false, 0);
    let zh = format!("{}{}", number.normalize(), unit.zh);
    if whole || !unit.en.ends_with(" yuan") {
        return texts(zh, format!("{} {}", number.normalize(), unit.en));
    }
    let yuan = number.saturating_mul(WAN).normalize().to_string();
    let (units, fraction) = yuan.split_once('.').map_or((yuan.as_str(), ""), |(u, f)| (u, f));
    let digits = units.len();
    let grouped: String = (units.chars().enumerate())
        .flat_map(|(at, digit)| {
            let comma = (at > 0 && (digits - at).is_multiple_of(3)).then_some(',');
            comma.into_iter().chain([digit])
        })
        .collect();
    let point = if fraction.is_empty() { "" } else { "." };
    texts(zh, format!("{grouped}{point}{fraction} yuan"))
}

/// A range of a number with its unit, as [`Interval::parse`] reads it.
#[must_use]
pub fn range(interval: Interval, whole: bool, unit: &LocalizedText) -> LocalizedText {
    let Interval { from, end } = interval;
    let of = |number: Decimal| counted(number, whole, unit);
    let number = from.normalize();
    let less = if whole { "fewer" } else { "less" };
    match end {
        None => texts(format!("{}及以上", of(from).zh), format!("{} or more", of(from).en)),
        Some(IntervalEnd::Excluded(below)) if from.is_zero() => {
            texts(format!("不到{}", of(below).zh), format!("{less} than {}", of(below).en))
        }
        Some(IntervalEnd::Included(to)) if from.is_zero() => {
            texts(format!("{}以下", of(to).zh), format!("up to {}", of(to).en))
        }
        Some(IntervalEnd::Excluded(below)) if whole => {
            let last = of(below - Decimal::ONE);
            texts(format!("{number}到{}", last.zh), format!("{number} to {}", last.en))
        }
        Some(IntervalEnd::Excluded(below)) => texts(
            format!("{}以上，不到{}", of(from).zh, of(below).zh),
            format!("from {} to below {}", of(from).en, of(below).en),
        ),
        Some(IntervalEnd::Included(to)) => texts(
            format!("{}到{}", of(from).zh, of(to).zh),
            format!("{} to {}", of(from).en, of(to).en),
        ),
    }
}

/// A range that says too little to decide with.
#[must_use]
pub fn range_too_wide(label: &LocalizedText) -> LocalizedText {
    texts(
        format!("“{}”只知道一个范围，跨了档，还定不下来：请写准一些，或者再选一个范围。", label.zh),
        format!(
            "{}: the range is too wide to tell the size. Please write it more exactly, or choose a range again.",
            capital(&label.en)
        ),
    )
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// Two numbers that are unusual beside each other: asked once, and taken if they are sent again.
#[must_use]
pub fn unusual((fact, number): (&Fact, Decimal), (per, count): (&Fact, Decimal)) -> LocalizedText {
    let of = |fact: &Fact, number: Decimal| match &fact.kind {
        Kind::Number { unit, whole, .. } => rounded(number, *whole, unit),
        _ => LocalizedText::default(),
    };
    let each = of(fact, number.checked_div(count).unwrap_or(number));
    let (number, count) = (of(fact, number), of(per, count));
    texts(
        format!(
            "“{}”是{}，“{}”是{}，平均每{}{}。数字和单位都对吗？不对请改；没错就再点一次“继续”。",
            per.label.zh,
            count.zh,
            fact.label.zh,
            number.zh,
            unit_of(per),
            each.zh
        ),
        format!(
            "{}: {}. {}: {}. That is {} for each. Are the numbers and the unit right? Correct them if not; if they are, choose “continue” once more.",
            capital(&per.label.en),
            count.en,
            capital(&fact.label.en),
            number.en,
            each.en
        ),
    )
}

fn unit_of(fact: &Fact) -> &str {
    match &fact.kind {
        Kind::Number { unit, .. } => &unit.zh,
        _ => "",
    }
}

/// A number with the unit that people would use for one of its size, to three digits.
fn rounded(number: Decimal, whole: bool, unit: &LocalizedText) -> LocalizedText {
    let number = number.round_sf(3).unwrap_or(number).normalize();
    if whole || unit.zh != "万元" {
        return counted(number, whole, unit);
    }
    let by = |exponent: u32| {
        let power = Decimal::from(10_u64.pow(exponent));
        number.checked_div(power).unwrap_or(number).normalize()
    };
    let zh = match () {
        () if number >= Decimal::from(10_000) => format!("{}亿元", by(4)),
        () if number >= Decimal::ONE => format!("{number}万元"),
        () => format!("{}元", number.saturating_mul(Decimal::from(10_000)).normalize()),
    };
    let en = match () {
        () if number >= Decimal::from(100_000) => format!("{} billion yuan", by(5)),
        () if number >= Decimal::from(100) => format!("{} million yuan", by(2)),
        () => counted(number, whole, unit).en,
    };
    texts(zh, en)
}
