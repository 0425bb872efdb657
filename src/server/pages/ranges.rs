//! Numbers that a person knows only roughly: ranges that say no more than they know.
//!
//! A person chooses one or writes one. A range is offered only between the limits that the rules test for this firm, given its other answers.
//! Then no rule distinguishes two numbers of the range, and any of them may stand for it. Where another answer moves a limit into the range, it stands for nothing
//! any more and the fact is unanswered again.

use export_advisor_core::condition::Test;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{
    Fact, FactId, Interval, IntervalEnd, Kind, LocalizedText, Profile, Value,
};
use export_advisor_core::plan::{Node, NodeId, Plan};
use export_advisor_core::truth::Truth;
use export_advisor_core::wording;
use foldhash::HashSet;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// The most ranges that are offered; where there are more, the number is easier.
const MOST: usize = 6;

/// A range of a fact's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range(Interval);

impl Range {
    /// From a number to below another, which is a limit of the rules or nothing.
    fn between(from: Decimal, below: Option<Decimal>) -> Self {
        Self(Interval { from, end: below.map(IntervalEnd::Excluded) })
    }

    /// A bound or a range as a person wrote it; nothing if the text is none.
    pub(super) fn written(fact: &Fact, text: &str) -> Option<Self> {
        Interval::parse(fact, text).map(Self)
    }

    /// Whether two ranges have the same numbers of a fact: up to 199 people is fewer than 200.
    pub(super) fn is_same(self, other: Self, fact: &Fact) -> bool {
        let whole = matches!(fact.kind, Kind::Number { whole: true, .. });
        let end = |range: Self| match range.0.end {
            Some(IntervalEnd::Included(to)) if whole => {
                Some(IntervalEnd::Excluded(to + Decimal::ONE))
            }
            end => end,
        };
        self.0.from == other.0.from && end(self) == end(other)
    }

    /// As a page carries it.
    pub(super) fn to_text(self) -> String {
        let end = match self.0.end {
            None => String::new(),
            Some(IntervalEnd::Excluded(below)) => below.normalize().to_string(),
            Some(IntervalEnd::Included(to)) => format!("{}!", to.normalize()),
        };
        format!("{}-{end}", self.0.from.normalize())
    }

    /// A range of a fact's numbers from its text; nothing if it is none.
    pub(super) fn of(fact: &Fact, text: &str) -> Option<Self> {
        let Kind::Number { whole, min, max, .. } = &fact.kind else { return None };
        // Each end is a number that could be the answer: one of them may stand for the range.
        let possible = |text: &str| {
            let end: Decimal = text.parse().ok()?;
            ((*min..=*max).contains(&end) && (!*whole || end.is_integer())).then_some(end)
        };
        let (from, end) = text.split_once('-')?;
        let from = possible(from)?;
        let end = match (end, end.strip_suffix('!')) {
            ("", _) => None,
            (_, Some(to)) => Some(IntervalEnd::Included(possible(to).filter(|to| *to >= from)?)),
            (below, None) => {
                Some(IntervalEnd::Excluded(possible(below).filter(|below| *below > from)?))
            }
        };
        Some(Self(Interval { from, end }))
    }

    /// Whether a number is in it.
    pub(super) fn contains(self, number: Decimal) -> bool {
        let is_below = match self.0.end {
            None => true,
            Some(IntervalEnd::Excluded(below)) => number < below,
            Some(IntervalEnd::Included(to)) => number <= to,
        };
        number >= self.0.from && is_below
    }

    /// How a field shows it, so that it reads as the same range.
    pub(super) fn label(self, fact: &Fact) -> LocalizedText {
        match &fact.kind {
            Kind::Number { unit, whole, .. } => wording::range(self.0, *whole, unit),
            _ => LocalizedText::default(),
        }
    }

    /// Whether a rule that tests for `limit` or more distinguishes two numbers of it.
    fn is_split_by(self, limit: Decimal) -> bool {
        limit > self.0.from && self.contains(limit)
    }
}

/// The limits of a number that can still matter for a firm, whatever it answers otherwise; sorted.
/// Nothing if a rule tests the number otherwise than by a limit.
fn limits(plan: &Plan, profile: &Profile, fact: FactId) -> Option<Vec<Decimal>> {
    let mut profile = profile.clone();
    profile.set(fact, Value::NotAnswered);
    let answer = Answer::new(plan, &profile, Date::ZERO);
    let derived = plan.derived.iter().flat_map(|nodes| &nodes.follows);
    let mut waiting: Vec<NodeId> =
        plan.criteria.iter().flatten().chain(&plan.conflicts).chain(derived).copied().collect();
    let mut seen = HashSet::default();
    let mut found = Vec::new();
    while let Some(id) = waiting.pop() {
        if answer.truth(id) != Truth::Unknown || !seen.insert(id) {
            continue;
        }
        match plan.node(id) {
            Node::Test((of, Test::AtLeast(limit))) if *of == fact => found.push(*limit),
            Node::Test((of, _)) if *of == fact => return None,
            node => waiting.extend(node.parts()),
        }
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

/// The ranges that a firm may choose from, in order; none if there are too many or too few.
pub(super) fn offered(plan: &Plan, profile: &Profile, fact: FactId) -> Vec<Range> {
    let Some(limits) = limits(plan, profile, fact) else { return Vec::new() };
    if limits.is_empty() || limits.len() >= MOST {
        return Vec::new();
    }
    let starts = std::iter::once(Decimal::ZERO).chain(limits.iter().copied());
    let ends = limits.iter().copied().map(Some).chain(std::iter::once(None));
    let ranges = starts.zip(ends).filter(|(from, below)| *below != Some(*from));
    ranges.map(|(from, below)| Range::between(from, below)).collect()
}

/// A number that the rules do not distinguish from any other of the range; nothing if they do.
pub(super) fn stands_for(
    plan: &Plan,
    profile: &Profile,
    fact: FactId,
    range: Range,
) -> Option<Decimal> {
    let limits = limits(plan, profile, fact)?;
    (!limits.iter().any(|limit| range.is_split_by(*limit))).then_some(range.0.from)
}

/// Two numbers of a firm that are unusual beside each other.
#[derive(Clone, Copy)]
pub(super) struct Unusual<'a> {
    /// A number, and its fact.
    pub(super) number: (&'a Fact, Decimal),
    /// The number that it is one for each of.
    pub(super) per: (&'a Fact, Decimal),
}

impl Unusual<'_> {
    /// As a page carries it, so that other numbers are asked about again.
    pub(super) fn to_text(self) -> String {
        format!("{}/{}", self.number.1.normalize(), self.per.1.normalize())
    }
}

/// Whether a number of a firm is unusual beside another, as the catalogue says it; none of either is not.
pub(super) fn unusual<'a>(
    plan: &'a Plan,
    profile: &Profile,
    fact: &'a Fact,
) -> Option<Unusual<'a>> {
    let ratio = fact.usual_per.as_ref()?;
    let positive = |id: FactId| match profile.value(id) {
        Value::Number(number) if !number.is_zero() => Some(*number),
        _ => None,
    };
    let (number, per) = (positive(fact.id)?, positive(ratio.per)?);
    let each = number.checked_div(per)?;
    let is_usual = (ratio.least..=ratio.most).contains(&each);
    let per = (plan.book.catalogue.fact(ratio.per), per);
    (!is_usual).then_some(Unusual { number: (fact, number), per })
}
