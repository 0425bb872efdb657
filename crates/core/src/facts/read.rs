//! How a text becomes a value: spellings folded, codes checked. Shared by all who read profiles.

use super::credit_code::{self, CodeFault, Holder};
use super::fault::{FaultKind, NoticeKind};
use super::names::{NameMatch, Named};
use super::spelling::{capitals, fold, spelling};
use super::{DivisionState, Fact, Format, Kind, Reference, Value};
use rust_decimal::Decimal;
use std::borrow::Cow;

/// The longest text that is read as one value, in characters.
pub(super) const LONGEST: usize = 200;
/// The longest text that is read as a value of a fact, in characters; `None` for a list, which has no longest.
pub(super) fn longest(kind: &Kind) -> Option<usize> {
    (!matches!(kind, Kind::EnumList | Kind::Codes { .. })).then_some(LONGEST)
}

/// Whether a text has more characters than that. Most texts have fewer bytes, which are not counted.
pub(super) fn is_longer(text: &str, longest: usize) -> bool {
    text.len() > longest && text.chars().count() > longest
}

/// A number from its JSON or plain spelling, without rounding.
pub(super) fn number(fact: &Fact, text: &str) -> Result<Value, FaultKind> {
    let Kind::Number { whole, min, max, .. } = &fact.kind else {
        return Err(FaultKind::WrongType);
    };
    let number = Decimal::from_str_exact(&without_exponent(text)?);
    let number = number.map_err(|_| FaultKind::TooManyDigits)?.normalize();
    if *whole && !number.is_integer() {
        return Err(FaultKind::NotWhole);
    }
    if number < *min || number > *max {
        return Err(FaultKind::OutOfRange { min: *min, max: *max });
    }
    Ok(Value::Number(number))
}

/// The same, multiplied by a power of ten.
pub(super) fn scaled(fact: &Fact, text: &str, shift: i8) -> Result<Value, FaultKind> {
    if shift == 0 {
        return number(fact, text);
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().map_err(|_| FaultKind::TooManyDigits)?;
    number(fact, &format!("{mantissa}e{}", exponent.saturating_add(shift.into())))
}

/// A plain number multiplied by a power of ten, as a text for people.
pub(super) fn plain_scaled(text: &str, shift: i8) -> String {
    let spelled = format!("{text}e{shift}");
    without_exponent(&spelled).map_or_else(|_| spelled.clone(), Cow::into_owned)
}

/// A number of JSON as a cell spells it, without exponent.
pub(super) fn plain_number(text: &str) -> Result<Cow<'_, str>, FaultKind> {
    without_exponent(text)
}

/// A number's plain spelling: `1.5e3` is `1500`, to the digit.
fn without_exponent(text: &str) -> Result<Cow<'_, str>, FaultKind> {
    /// More digits than any number that can be kept has.
    const MOST_DIGITS: u32 = 60;
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return Ok(Cow::Borrowed(text));
    };
    let exponent: i32 = exponent.parse().map_err(|_| FaultKind::TooManyDigits)?;
    if exponent.unsigned_abs() > MOST_DIGITS {
        return Err(FaultKind::TooManyDigits);
    }
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits_moved = usize::try_from(exponent.unsigned_abs()).unwrap_or(0);
    let zeros = "0".repeat(digits_moved);
    let (whole, fraction) = if exponent >= 0 {
        let padded = format!("{fraction}{zeros}");
        let (moved, rest) = padded.split_at_checked(digits_moved).unwrap_or((&padded, ""));
        (format!("{whole}{moved}"), rest.trim_end_matches('0').to_owned())
    } else {
        let padded = format!("{zeros}{whole}");
        let (rest, moved) =
            padded.split_at_checked(padded.len() - digits_moved).unwrap_or(("", &padded));
        (rest.to_owned(), format!("{moved}{fraction}").trim_end_matches('0').to_owned())
    };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{sign}{whole}{point}{fraction}").into())
}

/// Takes the commas out of a number that people group by thousands; `1,5`, `1234,567` and `0,500` are
/// no such numbers.
pub(super) fn ungrouped(text: &str) -> Option<String> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let unsigned = whole.strip_prefix('-').unwrap_or(whole);
    let grouped = match unsigned.split_once(',') {
        None => digits(unsigned),
        Some((first, rest)) => {
            let leads = digits(first) && first.len() <= 3 && !first.starts_with('0');
            leads && rest.split(',').all(|group| group.len() == 3 && digits(group))
        }
    };
    (grouped && digits(fraction)).then(|| text.replace(',', ""))
}

/// An enum value, by its name, one of its labels or another spelling.
pub(super) fn enum_value(fact: &Fact, text: &str) -> Result<u16, FaultKind> {
    if let Some(enum_value) = fact.value_index(text.trim()) {
        return Ok(enum_value);
    }
    let folded = guarded(text)?;
    let known = fact.value_index(&folded).or_else(|| fact.spelling(&spelling(text)));
    known.ok_or_else(|| FaultKind::NotAValue { given: text.to_owned() })
}

/// A code in its normal form; what was read otherwise than written is added to `notices`.
pub(super) fn code(
    format: Format,
    text: &str,
    reference: &Reference,
    notices: &mut Vec<NoticeKind>,
) -> Result<Value, FaultKind> {
    let given = capitals(guarded(text)?);
    let bad = || bad_code(format, text);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match format {
        Format::Division => division(&given, text, reference, notices),
        Format::Industry => match reference.industry(without_zero_fraction(&given)) {
            // A section letter alone is too wide for any rule.
            Some(known) if known.len() > 1 => Ok(Value::Code(known.to_owned())),
            Some(_) => Err(bad()),
            None => match named(format, text, reference)? {
                named if named.code.len() > 1 => Ok(Value::Code(named.code)),
                _ => Err(bad()),
            },
        },
        Format::Country => match reference.country(&given) {
            Some(known) => Ok(Value::Code(known.to_owned())),
            None => Err(bad()),
        },
        Format::Hs => {
            // `870323.0` is a number's spelling, `8703.23` a code's.
            let whole = without_zero_fraction(&given);
            let plain = if matches!(whole.len(), 6 | 8 | 10) && digits(whole) {
                Cow::Borrowed(whole)
            } else {
                Cow::Owned(given.replace('.', ""))
            };
            match plain.get(..6) {
                // Customs tariffs append two or four national digits to the six of the HS.
                Some(hs) if digits(&plain) && matches!(plain.len(), 6 | 8 | 10) => {
                    Ok(Value::Code(hs.to_owned()))
                }
                _ => Err(bad()),
            }
        }
        Format::Uscc => match credit_code::check(&given) {
            Ok(holder) => {
                if holder == Holder::SoleTrader {
                    notices.push(NoticeKind::SoleTrader);
                }
                Ok(Value::Code(given.into_owned()))
            }
            Err(CodeFault::Length(_)) => Err(bad()),
            Err(CodeFault::Character { found, .. }) if !found.is_ascii_graphic() => Err(bad()),
            Err(fault) => {
                notices.push(NoticeKind::CreditCode(fault));
                Ok(Value::UncheckedCode(given.into_owned()))
            }
        },
    }
}

/// A division, from its code or its name.
fn division(
    given: &str,
    text: &str,
    reference: &Reference,
    notices: &mut Vec<NoticeKind>,
) -> Result<Value, FaultKind> {
    let code = without_zero_fraction(given);
    if !code.bytes().all(|b| b.is_ascii_digit()) {
        let named = named(Format::Division, text, reference)?;
        let Some(now) = named.now else { return Ok(Value::Code(named.code)) };
        notices.push(NoticeKind::RetiredDivision {
            code: named.code,
            name: named.name,
            now: now.clone(),
        });
        return Ok(Value::Code(now));
    }
    // Codes of towns and villages begin with that of their county.
    let code = if matches!(code.len(), 9 | 12) { code.get(..6).unwrap_or(code) } else { code };
    match reference.division(code) {
        Some(DivisionState::Current) => Ok(Value::Code(code.to_owned())),
        Some(DivisionState::Retired { name, now }) => {
            notices.push(NoticeKind::RetiredDivision {
                code: code.to_owned(),
                name,
                now: now.clone(),
            });
            Ok(Value::Code(now))
        }
        None => match reference.province_of(code).filter(|_| code.len() == 6) {
            Some(province) => {
                let (code, province) = (code.to_owned(), province.to_owned());
                notices.push(NoticeKind::UnknownDivision { code, province: province.clone() });
                Ok(Value::Code(province))
            }
            None => Err(bad_code(Format::Division, text)),
        },
    }
}

fn bad_code(format: Format, text: &str) -> FaultKind {
    FaultKind::BadCode { format, given: text.trim().to_owned() }
}

/// The division or industry that a text names.
fn named(format: Format, text: &str, reference: &Reference) -> Result<Named, FaultKind> {
    match reference.named(format, text) {
        NameMatch::One(named) => Ok(named),
        NameMatch::Nothing => Err(bad_code(format, text)),
        NameMatch::Several(candidates) => {
            let given = text.trim().to_owned();
            Err(FaultKind::AmbiguousName { format, given, candidates })
        }
    }
}

/// A whole number without the zeros after its point, as which binary fractions are printed: `5191.0` is 5191.
pub(super) fn without_zero_fraction(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros))
            if !whole.is_empty()
                && !zeros.is_empty()
                && whole.bytes().all(|b| b.is_ascii_digit())
                && zeros.bytes().all(|b| b == b'0') =>
        {
            whole
        }
        _ => text,
    }
}

/// A text folded; refuses what must not be kept or is too long.
fn guarded(text: &str) -> Result<Cow<'_, str>, FaultKind> {
    let folded = fold(text);
    if credit_code::is_personal_number(&folded) {
        return Err(FaultKind::PersonalNumber);
    }
    if is_longer(text, LONGEST) {
        return Err(FaultKind::TooLong);
    }
    Ok(folded)
}
