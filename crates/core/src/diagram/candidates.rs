//! The values of a fact between which rules can tell a difference.
//!
//! Owns the list of candidates: for each class of answers that the tests of a fact distinguish, it has at least one value
//! that a firm can really give. Of codes these are the ones that exist, of numbers the limits and what lies between them.

use crate::condition::Test;
use crate::facts::{Fact, Format, Kind, Reference, Value, credit_code};
use rust_decimal::Decimal;

/// How many digits an office, a division and a code of goods have.
const DIGITS: usize = 6;

/// Values of a fact that stand for all others, given all tests of it. Of a list, these are lists of one item.
pub(super) fn candidates(fact: &Fact, reference: &Reference, tests: &[&Test]) -> Vec<Value> {
    let values = || 0..u16::try_from(fact.values.len()).unwrap_or(u16::MAX);
    match &fact.kind {
        Kind::Bool => vec![Value::Bool(true), Value::Bool(false)],
        Kind::Number { whole, min, max, .. } => {
            numbers(tests, *whole, *min, *max).into_iter().map(Value::Number).collect()
        }
        Kind::Enum { .. } => values().map(Value::Enum).collect(),
        Kind::EnumList => values().map(|value| Value::EnumList(vec![value])).collect(),
        Kind::Code { format, none } => {
            let codes = codes(*format, reference, tests).into_iter().map(Value::Code);
            codes.chain(none.then_some(Value::NoCode)).collect()
        }
        Kind::Codes { format } => {
            let codes = codes(*format, reference, tests).into_iter();
            codes.map(|code| Value::Codes(vec![code])).collect()
        }
    }
}

/// The limits that tests name, and numbers between, below and above them; only those that can be answered.
fn numbers(tests: &[&Test], whole: bool, min: Decimal, max: Decimal) -> Vec<Decimal> {
    let limits = tests.iter().filter_map(|test| match test {
        Test::AtLeast(n) | Test::MoreThan(n) | Test::Equals(n) => Some(*n),
        _ => None,
    });
    let mut limits: Vec<Decimal> = limits.chain([min, max]).collect();
    limits.sort_unstable();
    limits.dedup();
    let between = limits.windows(2).filter_map(|pair| {
        let (low, high) = (pair.first()?, pair.get(1)?);
        if whole {
            return Some(low.floor() + Decimal::ONE).filter(|next| next < high);
        }
        // A round number reads better than the middle.
        let round = low.floor() + Decimal::ONE;
        Some(if round < *high { round } else { (low + high) / Decimal::TWO })
    });
    let mut numbers: Vec<Decimal> = between.chain(limits.iter().copied()).collect();
    numbers.retain(|n| *n >= min && *n <= max && (!whole || n.is_integer()));
    numbers.iter_mut().for_each(|number| *number = number.normalize());
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The codes that exist; of a format without a list, made up ones for each start that a test names.
fn codes(format: Format, reference: &Reference, tests: &[&Test]) -> Vec<String> {
    match format {
        Format::Division | Format::Industry => {
            reference.list(format).into_iter().map(|(code, _)| code).collect()
        }
        Format::Country => {
            reference.countries().into_iter().map(|(code, ..)| code.to_owned()).collect()
        }
        Format::Hs => digits(tests),
        Format::Uscc => {
            let divisions = reference.list(Format::Division).into_iter().map(|(code, _)| code);
            let offices = divisions.chain(digits(tests));
            offices.filter_map(|office| credit_code::registered_in(&office)).collect()
        }
    }
}

/// Six digits for each start that a test names, so that they begin with no longer one if that is possible; and some that
/// begin with none.
fn digits(tests: &[&Test]) -> Vec<String> {
    let starts = tests.iter().flat_map(|test| match test {
        Test::StartsWith(starts)
        | Test::RegisteredIn(starts)
        | Test::HasCode(starts)
        | Test::HasStart(starts) => starts.as_slice(),
        _ => &[],
    });
    let mut starts: Vec<&str> = starts.map(String::as_str).chain([""]).collect();
    starts.sort_unstable();
    starts.dedup();
    let padded = starts.into_iter().flat_map(|start| {
        ('0'..='9').map(move |digit| {
            let missing = DIGITS.saturating_sub(start.chars().count());
            let mut code = start.to_owned();
            code.extend(std::iter::repeat_n(digit, missing));
            code
        })
    });
    padded.collect()
}
