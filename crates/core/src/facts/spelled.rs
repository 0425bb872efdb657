//! A value as people and spreadsheets spell it: a field of a form, a cell of a file.
//!
//! Owns the one reading of such texts, so that the form, files and the HTTP stream mean the same by
//! the same words. In go a fact and what stands in its field, out comes a value or what is wrong with
//! it. The texts of JSON are read here too; `profile` adds its numbers, booleans and lists.
//!
//! It never guesses: `约300` and `300-500` are faults, a credit code that a spreadsheet turned into
//! a number is never rebuilt, and an industry number that may have lost its zero is refused.

use super::credit_code::{self, Holder, check, is_personal_number};
use super::fault::{FaultKind, NoticeKind};
use super::profile::old_value;
use super::spelling::{BETWEEN, fold, spelling};
use super::{Fact, Format, Kind, MoneyUnit, Reference, Value, money, read};
use rust_decimal::Decimal;

/// What people write for yes, folded and in lower case.
const YES: [&str; 14] =
    ["是", "有", "对", "√", "✓", "✔", "y", "yes", "t", "true", "1", "是的", "对的", "已"];
/// What people write for no.
const NO: [&str; 13] =
    ["否", "无", "×", "✗", "✘", "n", "no", "f", "false", "0", "没有", "不是", "错"];
/// What people write for "asked, does not know".
const UNKNOWN: [&str; 6] = ["unknown", "不详", "未知", "不清楚", "不知道", "don'tknow"];
/// What people write for "known to be none" where a list or a code is asked.
const NONE: [&str; 4] = ["none", "无", "没有", "[]"];

/// Reads what stands in the fields of one fact; blank is "not answered". `bare` says what a number without a unit
/// counts in, such as yuan in a column in yuan of a fact in 万元. A number that names its own unit is read by that.
pub(super) fn spelled(
    fact: &Fact,
    texts: &[&str],
    bare: BareUnit,
    reference: &Reference,
    notices: &mut Vec<NoticeKind>,
) -> Result<Value, FaultKind> {
    let texts: Vec<&str> = texts.iter().map(|t| t.trim()).filter(|t| !t.is_empty()).collect();
    let Some(first) = texts.first() else { return Ok(Value::NotAnswered) };
    if let Some(longest) = read::longest(&fact.kind)
        && texts.iter().any(|text| read::is_longer(text, longest))
    {
        return Err(FaultKind::TooLong);
    }
    if is_personal_number(&fold(&texts.concat())) {
        return Err(FaultKind::PersonalNumber);
    }
    let folded = fold(first).to_lowercase();
    let one = texts.len() == 1;
    let is = |list: &[&str]| one && list.contains(&folded.as_str());
    if is(&UNKNOWN) {
        return Ok(Value::Unknown);
    }
    // That a list is known to be empty is written as it always was.
    let is_old = one && !(fact.kind == Kind::EnumList && is(&NONE));
    let old = is_old.then(|| fact.old_spelling(&folded)).flatten();
    if let Some(old) = old.filter(|_| fact.spelling(&folded).is_none()) {
        return Ok(old_value(fact, old, first, notices));
    }
    match &fact.kind {
        Kind::Bool if one && read::without_zero_fraction(&folded) == "1" => Ok(Value::Bool(true)),
        Kind::Bool if one && read::without_zero_fraction(&folded) == "0" => Ok(Value::Bool(false)),
        Kind::Bool if is(&YES) => Ok(Value::Bool(true)),
        Kind::Bool if is(&NO) => Ok(Value::Bool(false)),
        Kind::Bool => Err(FaultKind::WrongType),
        Kind::Number { .. } => number_of(fact, &folded, bare),
        Kind::Enum { .. } => enum_value(fact, first)
            .or_else(|fault| province_of(fact, first, reference).ok_or(fault))
            .map(Value::Enum),
        Kind::Code { none: true, .. } if is(&NONE) => Ok(Value::NoCode),
        Kind::Code { format, .. } => code(*format, first, reference, notices),
        Kind::EnumList if is(&NONE) => Ok(Value::EnumList(Vec::new())),
        Kind::Codes { .. } if is(&NONE) => Ok(Value::Codes(Vec::new())),
        Kind::EnumList => {
            let mut values = Vec::new();
            for text in &texts {
                // An enum value may have a separator in it, so the whole is tried first.
                match enum_value(fact, text) {
                    Ok(enum_value) => values.push(enum_value),
                    Err(_) => {
                        for part in parts(text) {
                            values.push(enum_value(fact, part)?);
                        }
                    }
                }
            }
            values.sort_unstable();
            values.dedup();
            Ok(Value::EnumList(values))
        }
        Kind::Codes { format } => {
            let mut codes = Vec::new();
            for part in texts.iter().flat_map(|text| parts(text)) {
                several(*format, part, reference, notices, &mut codes)?;
            }
            codes.sort_unstable();
            codes.dedup();
            Ok(Value::Codes(codes))
        }
    }
}

/// The items of a list. A space is no separator here: names of countries have them. Separators alone
/// are one item, which no list has: that nothing stands between them does not say "none".
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let items = text.split(BETWEEN).map(str::trim).filter(|part| !part.is_empty());
    let alone = text.chars().all(|c| c.is_whitespace() || BETWEEN.contains(&c));
    items.chain(alone.then_some(text))
}

/// One item, or several parted by spaces.
fn several(
    format: Format,
    part: &str,
    reference: &Reference,
    notices: &mut Vec<NoticeKind>,
    codes: &mut Vec<String>,
) -> Result<(), FaultKind> {
    let mut take = |text: &str, notices: &mut Vec<NoticeKind>| {
        let value = code(format, text, reference, notices)?;
        if let Value::Code(code) | Value::UncheckedCode(code) = value {
            codes.push(code);
        }
        Ok(())
    };
    let kept = notices.len();
    let whole = take(part, notices);
    if whole.is_ok() || !part.contains(char::is_whitespace) {
        return whole;
    }
    notices.truncate(kept);
    // Where the items cannot be read either, the whole is what was meant.
    part.split_whitespace().try_for_each(|item| take(item, notices)).or(whole)
}

fn enum_value(fact: &Fact, text: &str) -> Result<u16, FaultKind> {
    match fact.spelling(&spelling(text)) {
        Some(enum_value) => Ok(enum_value),
        None => read::enum_value(fact, text),
    }
}

/// The province of a division, where a fact asks for a province: `330782`, `33` and 浙江省义乌市 are in 浙江省.
fn province_of(fact: &Fact, text: &str, reference: &Reference) -> Option<u16> {
    /// The table of the provinces.
    const PROVINCES: &str = "provinces";
    if fact.values_table.as_deref() != Some(PROVINCES) {
        return None;
    }
    let folded = fold(text);
    let digits = read::without_zero_fraction(&folded);
    let division = if digits.bytes().all(|b| b.is_ascii_digit()) {
        matches!(digits.len(), 2 | 6 | 9 | 12).then(|| digits.to_owned())?
    } else {
        // What a former name became does not matter: it is in the same province.
        match read::code(Format::Division, text, reference, &mut Vec::new()).ok()? {
            Value::Code(code) => code,
            _ => return None,
        }
    };
    fact.value_index(reference.province_name(&division)?)
}

/// A code, unless a spreadsheet may have taken digits of it.
pub(super) fn code(
    format: Format,
    text: &str,
    reference: &Reference,
    notices: &mut Vec<NoticeKind>,
) -> Result<Value, FaultKind> {
    let folded = fold(text).to_uppercase();
    let digits = !folded.is_empty() && folded.bytes().all(|b| b.is_ascii_digit());
    if spreadsheet_number(&folded) && !is_personal_number(&folded) {
        return Err(FaultKind::SpreadsheetNumber);
    }
    match format {
        // A spreadsheet keeps fifteen digits and writes zeros for the rest.
        Format::Uscc
            if digits
                && folded.len() == 18
                && folded.ends_with("000")
                && check(&folded).is_err() =>
        {
            return Err(FaultKind::SpreadsheetNumber);
        }
        Format::Industry => {
            let whole = read::without_zero_fraction(&folded);
            if reference.industry_with_zero(whole).is_some() {
                return Err(FaultKind::BadCode { format, given: whole.to_owned() });
            }
        }
        _ => {}
    }
    read::code(format, text, reference, notices)
}

/// `9.14403E+17`: a long code after a spreadsheet took it for a number.
fn spreadsheet_number(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once("E+") else { return false };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    digits(whole) && digits(fraction) && digits(exponent)
}

/// What a bare number counts in, and whether a unit stands beside the text.
#[derive(Clone, Copy)]
pub(super) struct BareUnit {
    /// The power of ten that a bare number is multiplied by.
    shift: i8,
    /// Whether a header or a key states the unit, which half a unit beside the number may repeat or multiply.
    is_stated: bool,
}

impl BareUnit {
    /// A header or a key states the unit: a bare number is multiplied by this power of ten.
    pub(super) fn stated(shift: i8) -> Self {
        Self { shift, is_stated: true }
    }

    /// A field of the form states none: whoever writes `5万` or `1.2亿` there states it.
    pub(super) fn of_form() -> Self {
        Self { shift: 0, is_stated: false }
    }
}

/// A number of a fact; the text is folded and in lower case.
pub(super) fn number_of(fact: &Fact, folded: &str, bare: BareUnit) -> Result<Value, FaultKind> {
    let Kind::Number { unit, .. } = &fact.kind else { return Err(FaultKind::WrongType) };
    if fact.is_money() {
        return amount(fact, folded, bare);
    }
    let counted = folded.strip_suffix(unit.zh.as_str());
    let counted = counted.or_else(|| folded.strip_suffix(&*spelling(&unit.en))).unwrap_or(folded);
    // Nothing beside a count states a power of ten, so `1.2万人` is one number.
    let (number, power) = money::power(counted).unwrap_or((counted, 0));
    let plain = read::ungrouped(number).ok_or(FaultKind::WrongType)?;
    read::scaled(fact, &plain, bare.shift.saturating_add(power))
}

/// An amount of money. A complete unit beside the number counts, whatever the header states. An incomplete one
/// (`5万`, `¥300`) counts where the header states yuan; elsewhere it may repeat the unit of the header or multiply
/// it, which are two amounts. Where nothing states a unit, a power of ten is one of yuan.
fn amount(fact: &Fact, folded: &str, bare: BareUnit) -> Result<Value, FaultKind> {
    let (number, unit) = money::amount(folded).ok_or(FaultKind::WrongType)?;
    let plain = read::ungrouped(number).ok_or(FaultKind::WrongType)?;
    let shift = match unit {
        None => bare.shift,
        Some(MoneyUnit::Complete(of)) => of,
        Some(MoneyUnit::Incomplete(of)) if !bare.is_stated && of != -money::WAN => of,
        Some(MoneyUnit::Incomplete(of)) => {
            let multiplied = of.saturating_add(bare.shift).saturating_add(money::WAN);
            let one = read::scaled(fact, &plain, of)?;
            if multiplied != of && one != Value::Number(Decimal::ZERO) {
                let readings = [of, multiplied].map(|shift| read::plain_scaled(&plain, shift));
                return Err(FaultKind::AmbiguousUnit { given: folded.to_owned(), readings });
            }
            of
        }
    };
    read::scaled(fact, &plain, shift)
}

/// Whether 18 characters can be taken for a credit code without folding and without a notice: ASCII capitals and
/// digits with a capital among the first seventeen, so that they are no personal number; not of a sole trader.
#[must_use]
pub fn is_plain_credit_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    let plain = |b: &u8| b.is_ascii_digit() || b.is_ascii_uppercase();
    bytes.len() == 18
        && bytes.iter().all(plain)
        && bytes.iter().take(17).any(u8::is_ascii_uppercase)
        && credit_code::check(text).is_ok_and(|holder| holder != Holder::SoleTrader)
}
