//! Units of money, as people write them.
//!
//! Owns the one table of units, and the grammar that headers and cells share: a currency, a power of ten and the
//! base unit, of which each may be absent (`RMB million`, `万元`, `亿`). Texts come folded: half-width, in lower
//! case, without space. A unit without its base is incomplete: whoever reads it knows what else states the unit.

/// The power of ten from yuan to 万元, in which money is kept.
pub(super) const WAN: i8 = 4;

/// Names of the currency. Those marked as a unit also mean yuan where they stand alone in a header.
const CURRENCIES: [(&str, bool); 5] =
    [("人民币", false), ("rmb", true), ("cny", true), ("¥", false), ("￥", false)];

/// The base unit.
const BASES: [&str; 2] = ["元", "yuan"];

/// Powers of ten: the spelling and the exponent.
const POWERS: [(&str, i8); 11] = [
    ("千", 3),
    ("thousand", 3),
    ("万", 4),
    ("wan", 4),
    ("百万", 6),
    ("million", 6),
    ("千万", 7),
    ("亿", 8),
    ("hundredmillion", 8),
    ("billion", 9),
    ("万亿", 12),
];

/// Powers of ten that are read in headers alone: in a cell they would run into the number.
const HEADER_POWERS: [(&str, i8); 11] = [
    ("000", 3),
    ("k", 3),
    ("1000", 3),
    ("thousands", 3),
    ("10k", 4),
    ("10000", 4),
    ("10,000", 4),
    ("tenthousand", 4),
    ("10thousand", 4),
    ("millions", 6),
    ("100million", 8),
];

/// What a text says about the unit of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyUnit {
    /// A power of ten and the base unit or a currency: the power of ten to 万元.
    Complete(i8),
    /// The same, with the base unit or the power of ten missing: what it is if nothing else states a unit.
    Incomplete(i8),
}

/// The unit that stands in a header. A currency without a unit, such as 人民币, is [`MoneyUnit::Incomplete`]; a
/// power of ten alone is complete, since the number stands elsewhere.
#[must_use]
pub fn header_unit(folded: &str) -> Option<MoneyUnit> {
    let unit = parse(folded, true)?;
    let exponent = unit.exponent.unwrap_or(0) - WAN;
    let complete = unit.exponent.is_some() || unit.base || unit.names_yuan;
    Some(if complete { MoneyUnit::Complete(exponent) } else { MoneyUnit::Incomplete(exponent) })
}

/// An amount as a cell spells it: the number, and the unit before or after it.
pub(super) fn amount(folded: &str) -> Option<(&str, Option<MoneyUnit>)> {
    let (rest, before) = match strip_currency(folded) {
        Some((rest, _)) => (rest, true),
        None => (folded, false),
    };
    let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-')));
    let (number, after) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
    if number.is_empty() {
        return None;
    }
    if after.is_empty() {
        return Some((number, before.then_some(MoneyUnit::Incomplete(-WAN))));
    }
    let unit = parse(after, false)?;
    let exponent = unit.exponent.unwrap_or(0) - WAN;
    let complete = unit.base || unit.exponent.is_some() && (unit.currency || before);
    let unit =
        if complete { MoneyUnit::Complete(exponent) } else { MoneyUnit::Incomplete(exponent) };
    Some((number, Some(unit)))
}

/// A count as a cell spells it with a power of ten after the number, and none of money: `1.2万`, `3 thousand`.
pub(super) fn power(folded: &str) -> Option<(&str, i8)> {
    let end = folded.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))?;
    let (number, after) = folded.split_at_checked(end).filter(|(number, _)| !number.is_empty())?;
    let found = POWERS.iter().find(|(spelling, _)| *spelling == after);
    found.map(|(_, exponent)| (number, *exponent))
}

/// The parts of a unit.
#[derive(Clone, Copy, Debug, Default)]
struct Parts {
    exponent: Option<i8>,
    base: bool,
    currency: bool,
    /// Whether the currency is named so that it means yuan by itself.
    names_yuan: bool,
}

/// Parses `[currency] [power] [base] [currency]`, in headers also `[power] of [currency]`; at least one part.
fn parse(folded: &str, in_header: bool) -> Option<Parts> {
    let mut parts = Parts::default();
    let mut rest = folded;
    if in_header {
        rest = rest.strip_prefix("in").unwrap_or(rest);
    }
    rest = take_currency(rest, &mut parts);
    let own = HEADER_POWERS.iter().filter(|_| in_header);
    let powers = POWERS.iter().chain(own);
    let found = powers.filter(|(spelling, _)| rest.starts_with(spelling));
    if let Some((spelling, exponent)) = found.max_by_key(|(spelling, _)| spelling.len()) {
        parts.exponent = Some(*exponent);
        rest = rest.strip_prefix(spelling)?;
        if in_header {
            rest = rest.strip_prefix("of").unwrap_or(rest);
        }
    }
    // `RMB million yuan`, `million RMB yuan`.
    rest = take_currency(rest, &mut parts);
    if let Some(left) = BASES.iter().find_map(|base| rest.strip_prefix(base)) {
        (parts.base, rest) = (true, left);
    }
    rest = take_currency(rest, &mut parts);
    let any = parts.exponent.is_some() || parts.base || parts.currency;
    (rest.is_empty() && any).then_some(parts)
}

fn take_currency<'t>(text: &'t str, parts: &mut Parts) -> &'t str {
    match strip_currency(text) {
        Some((rest, names_yuan)) => {
            parts.currency = true;
            parts.names_yuan |= names_yuan;
            rest
        }
        None => text,
    }
}

fn strip_currency(text: &str) -> Option<(&str, bool)> {
    CURRENCIES.iter().find_map(|(name, is_unit)| Some((text.strip_prefix(name)?, *is_unit)))
}

#[cfg(test)]
mod tests {
    use super::MoneyUnit::{Complete, Incomplete};
    use super::*;

    #[test]
    fn every_power_of_ten_of_a_header() {
        for (shift, spellings) in [
            (-4, &["元", "人民币元", "元人民币", "rmb", "cny", "yuan", "rmb元", "cnyyuan"][..]),
            (-1, &["千元", "千", "人民币千元", "rmb千元", "thousandyuan", "rmb000", "cnythousand"]),
            (-1, &["kyuan", "inthousandsofrmb", "thousandrmb", "rmb1000"]),
            (
                0,
                &["万元", "万", "人民币万元", "万元人民币", "rmb万元", "wanyuan", "wan", "10kyuan"],
            ),
            (0, &["10,000yuan", "10000yuan", "tenthousandyuan", "rmb10,000", "cny10k"]),
            (2, &["百万元", "百万", "人民币百万元", "millionyuan", "rmbmillion", "millionrmb"]),
            (2, &["millionsofcny", "inmillionsofyuan", "cnymillion"]),
            (3, &["千万元", "千万", "人民币千万元"]),
            (4, &["亿元", "亿", "人民币亿元", "亿元人民币", "rmb亿元", "100millionyuan"]),
            (5, &["billionyuan", "rmbbillion"]),
            (8, &["万亿元"]),
        ] {
            for spelling in spellings {
                assert_eq!(header_unit(spelling), Some(Complete(shift)), "{spelling}");
            }
        }
        for unclear in ["人民币", "¥", "￥"] {
            assert_eq!(header_unit(unclear), Some(Incomplete(-4)), "{unclear}");
        }
        for none in ["", "十万元", "百元", "美元", "usd", "元人", "in", "of", "人"] {
            assert_eq!(header_unit(none), None, "{none}");
        }
    }

    #[test]
    fn every_power_of_ten_of_a_cell() {
        for (text, number, unit) in [
            ("300", "300", None),
            ("300元", "300", Some(Complete(-4))),
            ("¥300元", "300", Some(Complete(-4))),
            ("人民币300元", "300", Some(Complete(-4))),
            ("300yuan", "300", Some(Complete(-4))),
            ("3千元", "3", Some(Complete(-1))),
            ("¥3千元", "3", Some(Complete(-1))),
            ("3thousandyuan", "3", Some(Complete(-1))),
            ("1,200万元", "1,200", Some(Complete(0))),
            ("5万人民币", "5", Some(Complete(0))),
            ("¥5万", "5", Some(Complete(0))),
            ("5wanyuan", "5", Some(Complete(0))),
            ("3百万元", "3", Some(Complete(2))),
            ("rmb5million", "5", Some(Complete(2))),
            ("5millionyuan", "5", Some(Complete(2))),
            ("5millioncny", "5", Some(Complete(2))),
            ("2千万元", "2", Some(Complete(3))),
            ("3.2亿元", "3.2", Some(Complete(4))),
            ("cny3.2billion", "3.2", Some(Complete(5))),
            ("1.2万亿元", "1.2", Some(Complete(8))),
            ("1,200万", "1,200", Some(Incomplete(0))),
            ("3.2亿", "3.2", Some(Incomplete(4))),
            ("3千", "3", Some(Incomplete(-1))),
            ("5million", "5", Some(Incomplete(2))),
            ("2千万", "2", Some(Incomplete(3))),
            ("rmb500", "500", Some(Incomplete(-4))),
            ("500人民币", "500", Some(Incomplete(-4))),
            ("-5", "-5", None),
        ] {
            assert_eq!(amount(text), Some((number, unit)), "{text}");
        }
        for none in ["", "元", "约300", "300美元", "300人", "rmb", "3十万元", "5k元", "5usd"]
        {
            assert_eq!(amount(none), None, "{none}");
        }
    }
}
