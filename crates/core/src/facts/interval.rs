//! A bound or a range, as people write it instead of a number: `50人以下`, `300-500万`, `up to 3 million yuan`.
//!
//! Owns the words of bounds in both languages; the numbers in them are read as everywhere ([`spelled`](super::spelled)). In goes a
//! text, out comes an [`Interval`] or nothing. A range is no number, so no reader of profiles takes one: whoever can
//! see that the rules do not distinguish its numbers may let one of them stand for it.
//!
//! Where usage differs on whether a bound belongs to the range (`50人以下`), it does: the wider range is right under
//! both readings.

use super::spelled::{BareUnit, number_of};
use super::spelling::fold;
use super::{Fact, Kind, Value};
use rust_decimal::Decimal;

/// A range of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The least number of it.
    pub from: Decimal,
    /// Where it ends; no end means any number from there.
    pub end: Option<IntervalEnd>,
}

/// The upper end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalEnd {
    /// The greatest number of it.
    Included(Decimal),
    /// The least number above it.
    Excluded(Decimal),
}

/// What a word says of the number beside it.
#[derive(Clone, Copy)]
enum Bound {
    AtLeast,
    AtMost,
    Below,
}

use Bound::{AtLeast, AtMost, Below};

/// Before the number. Longer words stand before those that they begin with.
const BEFORE: [(&str, Bound); 33] = [
    ("不超过", AtMost),
    ("不多于", AtMost),
    ("不大于", AtMost),
    ("不高于", AtMost),
    ("不少于", AtLeast),
    ("不小于", AtLeast),
    ("不低于", AtLeast),
    ("最多", AtMost),
    ("至多", AtMost),
    ("最少", AtLeast),
    ("至少", AtLeast),
    ("不到", Below),
    ("不足", Below),
    ("不满", Below),
    ("未满", Below),
    ("少于", Below),
    ("小于", Below),
    ("低于", Below),
    ("超过", AtLeast),
    ("多于", AtLeast),
    ("大于", AtLeast),
    ("高于", AtLeast),
    ("nomorethan", AtMost),
    ("upto", AtMost),
    ("atmost", AtMost),
    ("atleast", AtLeast),
    ("morethan", AtLeast),
    ("over", AtLeast),
    ("above", AtLeast),
    ("lessthan", Below),
    ("fewerthan", Below),
    ("below", Below),
    ("under", Below),
];

/// Before the number, as signs.
const SIGNS: [(&str, Bound); 6] =
    [("<=", AtMost), (">=", AtLeast), ("≤", AtMost), ("≥", AtLeast), ("<", Below), (">", AtLeast)];

/// After the number.
const AFTER: [(&str, Bound); 12] = [
    ("及以下", AtMost),
    ("及以上", AtLeast),
    ("以下", AtMost),
    ("以内", AtMost),
    ("之内", AtMost),
    ("以上", AtLeast),
    ("起", AtLeast),
    ("orless", AtMost),
    ("orfewer", AtMost),
    ("ormore", AtLeast),
    ("andmore", AtLeast),
    ("+", AtLeast),
];

/// Between the two numbers of a range.
const BETWEEN: [&str; 10] = ["到", "至", "~", "～", "—", "–", "−", "-", "to", "and"];

impl Interval {
    /// Reads a bound or a range of a fact's numbers as a field of a form spells it; nothing if the text is none, such as
    /// a number alone. A unit beside a number counts as in [`Profile::read_text`](super::Profile::read_text).
    #[must_use]
    pub fn parse(fact: &Fact, text: &str) -> Option<Self> {
        let Kind::Number { min, .. } = fact.kind else { return None };
        let folded = fold(text).to_lowercase();
        let number = |text: &str| match number_of(fact, text, BareUnit::of_form()) {
            Ok(Value::Number(number)) => Some(number),
            _ => None,
        };
        let phrases = BEFORE.iter().chain(&SIGNS);
        let before =
            phrases.filter_map(|(phrase, bound)| Some((folded.strip_prefix(phrase)?, *bound)));
        let after =
            AFTER.iter().filter_map(|(phrase, bound)| Some((folded.strip_suffix(phrase)?, *bound)));
        if let Some((text, bound)) = before.chain(after).next() {
            let number = number(text)?;
            let (from, end) = match bound {
                AtLeast => (number, None),
                AtMost => (min, Some(IntervalEnd::Included(number))),
                Below => (min, Some(IntervalEnd::Excluded(number)).filter(|_| number > min)),
            };
            // Fewer than nothing is no range.
            return (end.is_some() || matches!(bound, AtLeast)).then_some(Self { from, end });
        }
        let folded = folded.strip_prefix("between").unwrap_or(&folded);
        BETWEEN.iter().find_map(|phrase| {
            let (first, last) = folded.split_once(phrase)?;
            let to = number(last)?;
            // `1到2亿` is 1亿到2亿: the unit stands once, after both.
            let unit =
                last.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
            let is_bare = !first.is_empty()
                && first.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
            let from = if is_bare { number(&format!("{first}{unit}"))? } else { number(first)? };
            (from <= to).then_some(Self { from, end: Some(IntervalEnd::Included(to)) })
        })
    }
}
