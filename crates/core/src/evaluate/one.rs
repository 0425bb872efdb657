//! One firm.

use super::missing::Missing;
use crate::facts::{FactId, FactSet, Profile, Value};
use crate::plan::{DerivedNodes, NodeId, Plan};
use crate::rulebook::{DerivedAs, Status, WindowState};
use crate::truth::Truth;
use jiff::civil::Date;
use std::cell::OnceCell;

/// What a plan says of one firm on one day.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What the firm said.
    pub profile: &'a Profile,
    /// The day that windows are seen from.
    pub as_of: Date,
    truths: Vec<Truth>,
    /// Made when first asked for: a status alone needs none of it.
    missing: OnceCell<Missing>,
}

/// What is known of a derived fact's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing.
    Unknown,
    /// A yes/no fact.
    Bool(bool),
    /// A word, by place.
    Word(u16),
    /// A word of an ordered fact: this or lower.
    AtMost(u16),
    /// A list of words, by place; `complete` if nothing can be added.
    Words {
        /// The words.
        has: Vec<u16>,
        /// Whether that is all.
        complete: bool,
    },
    /// A list of codes; `complete` if nothing can be added.
    Codes {
        /// The codes.
        has: Vec<String>,
        /// Whether that is all.
        complete: bool,
    },
}

/// How many of the supports that are in their window have each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that apply.
    pub applies: usize,
    /// Those of which it is not known.
    pub undetermined: usize,
    /// Those that do not.
    pub does_not_apply: usize,
}

impl<'a> Answer<'a> {
    /// Evaluates the plan for a firm.
    #[must_use]
    pub fn new(plan: &'a Plan, profile: &'a Profile, as_of: Date) -> Self {
        let truths = plan.steps.run(|truths| settle(plan, profile, truths));
        Self { plan, profile, as_of, truths, missing: OnceCell::new() }
    }

    fn prospects(&self) -> &Missing {
        self.missing.get_or_init(|| Missing::new(self.plan, self.profile, &self.truths))
    }

    /// The truth of a node.
    #[must_use]
    pub fn truth(&self, node: NodeId) -> Truth {
        self.truths.get(node as usize).copied().unwrap_or(Truth::Unknown)
    }

    /// The status of a support.
    #[must_use]
    pub fn status(&self, support: usize) -> Status {
        self.plan
            .supports
            .get(support)
            .map_or(Status::Undetermined, |node| self.truth(*node).into())
    }

    /// Where the as-of date lies in a support's window.
    #[must_use]
    pub fn window(&self, support: usize) -> WindowState {
        let support = self.plan.book.supports.get(support);
        support.map_or(WindowState::Open, |support| support.window.state(self.as_of).0)
    }

    /// How many of the supports that are in their window have each status.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for support in 0..self.plan.supports.len() {
            if self.window(support) == WindowState::Open {
                match self.status(support) {
                    Status::Applies => counts.applies += 1,
                    Status::Undetermined => counts.undetermined += 1,
                    Status::DoesNotApply => counts.does_not_apply += 1,
                }
            }
        }
        counts
    }

    /// The facts that could decide a node which is not known, and only those.
    #[must_use]
    pub fn missing(&self, node: NodeId) -> FactSet {
        self.prospects().of(node)
    }

    /// The facts that could decide a support, and only those.
    #[must_use]
    pub fn missing_for(&self, support: usize) -> FactSet {
        self.prospects().of_support(self.plan, support, &self.truths)
    }

    /// What follows for a derived fact from other facts, whatever the firm states of it.
    #[must_use]
    pub fn follows(&self, nodes: &DerivedNodes) -> Stage {
        stage(self.plan, nodes, |node| self.truth(node))
    }

    /// Whether what the firm states of a derived fact contradicts what follows from other facts.
    #[must_use]
    pub fn contradicts(&self, nodes: &DerivedNodes) -> bool {
        let differs = nodes.follows.iter().zip(&nodes.stated).any(|(follows, stated)| {
            let (follows, stated) = (self.truth(*follows), self.truth(*stated));
            follows.is_known() && stated.is_known() && follows != stated
        });
        // A list may state what the derivation never gives.
        let nothing_follows = nodes.follows.iter().all(|node| self.truth(*node) == Truth::False);
        let something_stated = match self.profile.value(nodes.fact) {
            Value::Words(list) => !list.is_empty(),
            Value::Codes(list) => !list.is_empty(),
            _ => false,
        };
        differs || nothing_follows && something_stated
    }

    /// Whether the firm answered a fact itself.
    #[must_use]
    pub fn is_stated(&self, fact: FactId) -> bool {
        self.profile.value(fact).is_known()
    }
}

/// What is known of a derived fact's value, given the truths of what it follows from.
pub(super) fn stage(plan: &Plan, nodes: &DerivedNodes, truth: impl Fn(NodeId) -> Truth) -> Stage {
    let truths: Vec<Truth> = nodes.follows.iter().map(|node| truth(*node)).collect();
    let complete = truths.iter().all(|truth| truth.is_known());
    let holding = || truths.iter().enumerate().filter(|(_, t)| **t == Truth::True).map(|(i, _)| i);
    let Some(derivation) = plan.book.derivations.get(nodes.derivation) else {
        return Stage::Unknown;
    };
    match &derivation.rule {
        DerivedAs::Yes(_) => match truths.first() {
            Some(Truth::True) => Stage::Bool(true),
            Some(Truth::False) => Stage::Bool(false),
            _ => Stage::Unknown,
        },
        DerivedAs::Value(list) => {
            let word = holding().next().and_then(|place| list.get(place));
            word.map_or(Stage::Unknown, |(word, _)| Stage::Word(*word))
        }
        DerivedAs::AtMost(_) => {
            let place = |i: usize| u16::try_from(i).unwrap_or(u16::MAX);
            let upper = holding().next();
            let below = truths.get(..upper.unwrap_or(truths.len())).unwrap_or(&[]);
            match (upper, below.iter().all(|truth| *truth == Truth::False)) {
                (Some(upper), true) => Stage::Word(place(upper)),
                (None, true) => Stage::Word(place(truths.len())),
                (Some(upper), false) => Stage::AtMost(place(upper)),
                (None, false) => Stage::Unknown,
            }
        }
        DerivedAs::IncludesWord(list) => {
            let has: Vec<u16> = holding().filter_map(|i| list.get(i)).map(|(w, _)| *w).collect();
            if has.is_empty() && !complete {
                Stage::Unknown
            } else {
                Stage::Words { has, complete }
            }
        }
        DerivedAs::IncludesCode(list) => {
            let codes = holding().filter_map(|i| list.get(i)).map(|(code, _)| code.clone());
            let mut has: Vec<String> = codes.collect();
            has.sort_unstable();
            if has.is_empty() && !complete {
                Stage::Unknown
            } else {
                Stage::Codes { has, complete }
            }
        }
    }
}

/// Sets the truths of the tests that the answers decide.
fn settle(plan: &Plan, profile: &Profile, truths: &mut [Truth]) {
    let mut set = |node: NodeId, truth| {
        if let Some(slot) = truths.get_mut(node as usize) {
            *slot = truth;
        }
    };
    for ((_, value), probe) in profile.iter().zip(&plan.probes) {
        if value.is_known() {
            for node in &probe.all {
                set(*node, Truth::False);
            }
            probe.settle(value, |node| set(node, Truth::True));
        }
    }
}

impl Value {
    /// Whether this is "asked, does not know".
    #[must_use]
    pub fn is_asked_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}
