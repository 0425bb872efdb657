//! The reference population: made-up firms by which supports are ordered, the more specific first.

use crate::facts::{Catalogue, FactId, LocalizedText, Profile, Value};

/// How the answers of a reference population are shared out. It decides nothing for any firm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Population {
    /// What it stands for.
    pub note: LocalizedText,
    /// The facts, in the order in which they are drawn.
    pub(crate) draws: Vec<Draw>,
}

/// How the answers to one fact are shared out.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// The fact.
    pub fact: FactId,
    /// A yes/no fact drawn before: firms that answer it with no get the last of the values.
    pub(crate) only_if: Option<FactId>,
    /// How many values of a list a firm draws: a firm has several markets. 1 for all others.
    pub times: u8,
    /// The values, each with the share of all firms that answer with it or with one before it. The last
    /// one is "no", or "none".
    pub values: Vec<(Value, f64)>,
}

impl Population {
    /// So many firms of it, always the same.
    pub fn firms<'a>(
        &'a self,
        catalogue: &'a Catalogue,
        count: usize,
    ) -> impl Iterator<Item = Profile> + 'a {
        let mut random = Sequence(0);
        (0..count).map(move |_| {
            let mut profile = Profile::empty(catalogue);
            for draw in &self.draws {
                let shares: Vec<f64> = (0..draw.times).map(|_| random.next_share()).collect();
                let is_for = |fact: FactId| *profile.value(fact) == Value::Bool(true);
                let value = match draw.only_if.is_none_or(is_for) {
                    true => draw.values_at(&shares),
                    false => draw.values.last().map(|(value, _)| value.clone()),
                };
                if let Some(value) = value {
                    profile.set(draw.fact, value);
                }
            }
            profile
        })
    }
}

impl Draw {
    /// Shares out a fact by weights.
    #[must_use]
    pub fn new(
        fact: FactId,
        only_if: Option<FactId>,
        times: u8,
        weights: Vec<(Value, f64)>,
    ) -> Self {
        let all: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let mut share = 0.0;
        let values = weights.into_iter().map(|(value, weight)| {
            share += weight / all;
            (value, share)
        });
        Self { fact, only_if, times, values: values.collect() }
    }

    /// The value at some shares: the only one, or a list of all that were drawn.
    fn values_at(&self, shares: &[f64]) -> Option<Value> {
        let drawn = shares.iter().filter_map(|share| self.value(*share)).cloned();
        drawn.reduce(|all, one| match (all, one) {
            (Value::Codes(all), Value::Codes(one)) => Value::Codes(merged(all, one)),
            (Value::EnumList(all), Value::EnumList(one)) => Value::EnumList(merged(all, one)),
            (all, _) => all,
        })
    }

    /// The value at a share from 0 to 1 of all firms.
    fn value(&self, share: f64) -> Option<&Value> {
        let found = self.values.iter().find(|(_, upto)| share < *upto);
        found.or(self.values.last()).map(|(value, _)| value)
    }
}

/// Both lists, in order, each item once.
fn merged<T: Ord>(mut all: Vec<T>, more: Vec<T>) -> Vec<T> {
    all.extend(more);
    all.sort_unstable();
    all.dedup();
    all
}

/// Numbers without a pattern that matters here, the same on every machine: SplitMix64.
struct Sequence(u64);

impl Sequence {
    fn next_share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bits = u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or(0);
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }
}
