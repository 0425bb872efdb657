//! Numbers that a person knows only roughly: ranges that say no more than they know.
//!
//! A range is offered only between the limits that the rules test for this firm, given its other answers.
//! Then no rule distinguishes two numbers of the range, and any of them may stand for it. Where another answer moves a limit into the range, it stands for nothing
//! any more and the fact is unanswered again.

use export_advisor_core::condition::Test;
use export_advisor_core::evaluate::Answer;
use export_advisor_core::facts::{Fact, FactId, Kind, Profile, Value};
use export_advisor_core::plan::{Node, NodeId, Plan};
use export_advisor_core::truth::Truth;
use foldhash::HashSet;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// The most ranges that are offered; where there are more, the number is easier.
const MOST: usize = 6;

/// From (included) and below (excluded); no end means any number from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    /// The least number of it.
    pub(super) from: Decimal,
    /// The least number above it.
    pub(super) below: Option<Decimal>,
}

impl Range {
    /// As a page carries it.
    pub(super) fn to_text(self) -> String {
        format!("{}-{}", self.from, self.below.map_or(String::new(), |below| below.to_string()))
    }

    /// A range of a fact's numbers from its text; nothing if it is none.
    pub(super) fn of(fact: &Fact, text: &str) -> Option<Self> {
        let Kind::Number { whole, min, max, .. } = &fact.kind else { return None };
        let (from, below) = text.split_once('-')?;
        let below: Option<Decimal> =
            if below.is_empty() { None } else { Some(below.parse().ok()?) };
        let from: Decimal = from.parse().ok()?;
        // Either end is a number that could be the answer: one of them may stand for the range.
        let possible = |end: Decimal| (*min..=*max).contains(&end) && (!*whole || end.is_integer());
        let sound = possible(from) && below.is_none_or(|below| below > from && possible(below));
        sound.then_some(Self { from, below })
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
    let all = starts.zip(ends).map(|(from, below)| Range { from, below });
    all.filter(|range| range.below != Some(range.from)).collect()
}

/// A number that the rules do not distinguish from any other of the range; nothing if they do.
pub(super) fn stands_for(
    plan: &Plan,
    profile: &Profile,
    fact: FactId,
    range: Range,
) -> Option<Decimal> {
    let limits = limits(plan, profile, fact)?;
    let inside =
        |limit: &Decimal| *limit > range.from && range.below.is_none_or(|below| *limit < below);
    (!limits.iter().any(inside)).then_some(range.from)
}
