//! One firm.

use super::missing::Missing;
use crate::facts::{FactId, FactSet, Profile, Value};
use crate::index::IndexVec;
use crate::plan::{DerivedNodes, NodeId, Plan, Register};
use crate::rulebook::{
    DerivedAs, ExcludedBy, Note, Overlay, PolicyId, Status, SupportId, WindowState,
};
use crate::truth::Truth;
use jiff::civil::Date;
use std::cell::OnceCell;

/// What a plan says of one firm on one day.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The firm's profile.
    pub profile: &'a Profile,
    /// The day that windows are seen from.
    pub as_of: Date,
    /// The supports that the answer is about, in the order of the book; `None` if it is about all.
    selected: Option<Vec<SupportId>>,
    truths: IndexVec<Register, Truth>,
    /// Made when first asked for: a status alone needs none of it.
    missing: OnceCell<Missing>,
}

/// What is known of a derived fact's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartialValue {
    /// Nothing.
    Unknown,
    /// A yes/no fact.
    Bool(bool),
    /// An enum value, by index.
    Enum(u16),
    /// A value of an ordered fact: this or lower.
    AtMost(u16),
    /// A list of enum values, by index; `complete` if nothing can be added.
    EnumList {
        /// The values.
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
    /// Those that do not, though their document holds where the firm is.
    pub does_not_apply: usize,
    /// Those whose document does not hold where the firm is.
    pub out_of_area: usize,
}

impl<'a> Answer<'a> {
    /// Evaluates the plan for a firm.
    #[must_use]
    pub fn new(plan: &'a Plan, profile: &'a Profile, as_of: Date) -> Self {
        let truths = plan.program.run(|truths| evaluate(plan, profile, truths));
        Self { plan, profile, as_of, selected: None, truths, missing: OnceCell::new() }
    }

    /// The same about some supports only: counts, questions and errands leave out the others.
    #[must_use]
    pub fn about(mut self, mut supports: Vec<SupportId>) -> Self {
        supports.sort_unstable();
        supports.dedup();
        self.selected = Some(supports);
        self
    }

    /// The supports that the answer is about, in the order of the book.
    pub fn supports(&self) -> impl Iterator<Item = SupportId> {
        let selected = self.selected.as_deref();
        let count = selected.map_or(self.plan.supports.len(), <[SupportId]>::len);
        (0..count).filter_map(move |index| match selected {
            None => Some(SupportId::from(index)),
            Some(selected) => selected.get(index).copied(),
        })
    }

    /// The documents of the supports that the answer is about, in the order of the book.
    #[must_use]
    pub fn policies(&self) -> Vec<PolicyId> {
        let book = &self.plan.book;
        match &self.selected {
            None => book.policies.indices().collect(),
            Some(selected) => {
                let of = selected.iter().map(|support| book.supports.at(*support).policy);
                let mut policies: Vec<PolicyId> = of.collect();
                policies.sort_unstable();
                policies.dedup();
                policies
            }
        }
    }

    /// Whether a document holds where the firm is.
    #[must_use]
    pub fn holds_here(&self, policy: PolicyId) -> Truth {
        self.plan.areas.at(policy).map_or(Truth::True, |area| self.truth(area))
    }

    /// The division code that the firm states; empty if it states none.
    #[must_use]
    pub fn division(&self) -> &'a str {
        let fact = self.plan.book.catalogue.find("division");
        match fact.map(|fact| self.profile.value(fact.id)) {
            Some(Value::Code(code)) => code.as_str(),
            _ => "",
        }
    }

    /// What overlays say of a support to firms where this one is.
    pub fn notes(&self, support: SupportId) -> impl Iterator<Item = (&'a Overlay, &'a Note)> {
        let (division, plan) = (self.division(), self.plan);
        plan.book.notes(support).filter(move |(_, note)| division.starts_with(&note.area))
    }

    /// Whether the answer is about a support.
    #[must_use]
    pub(crate) fn is_about(&self, support: SupportId) -> bool {
        self.selected.as_ref().is_none_or(|selected| selected.binary_search(&support).is_ok())
    }

    fn outcomes(&self) -> &Missing {
        self.missing.get_or_init(|| Missing::new(self.plan, self.profile, &self.truths))
    }

    /// The truth of a node.
    #[must_use]
    pub fn truth(&self, node: NodeId) -> Truth {
        *self.truths.at(node)
    }

    /// The status of a support.
    #[must_use]
    pub fn status(&self, support: impl Into<SupportId>) -> Status {
        self.truth(*self.plan.supports.at(support)).into()
    }

    /// What excludes the firm from a support that does not apply; nothing of another.
    #[must_use]
    pub fn excluded_by(&self, support: impl Into<SupportId>) -> Option<ExcludedBy> {
        let support = support.into();
        if self.status(support) != Status::DoesNotApply {
            return None;
        }
        let exclusion = self.plan.exclusions.at(support);
        Some(exclusion.excluded_by(|node| self.truth(node) == Truth::False))
    }

    /// Whether it is known that the document of a support does not hold where the firm is.
    #[must_use]
    pub(crate) fn is_out_of_area(&self, support: impl Into<SupportId>) -> bool {
        let area = self.plan.exclusions.at(support).area;
        area.is_some_and(|area| self.truth(area) == Truth::False)
    }

    /// Where the as-of date lies in a support's window.
    #[must_use]
    pub fn window(&self, support: impl Into<SupportId>) -> WindowState {
        self.plan.book.supports.at(support).window.state(self.as_of).0
    }

    /// How many of the supports that are in their window have each status.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for support in self.supports() {
            if self.window(support) == WindowState::Open {
                match self.status(support) {
                    Status::Applies => counts.applies += 1,
                    Status::Undetermined => counts.undetermined += 1,
                    Status::DoesNotApply if self.is_out_of_area(support) => counts.out_of_area += 1,
                    Status::DoesNotApply => counts.does_not_apply += 1,
                }
            }
        }
        counts
    }

    /// The facts that could decide a node which is not known, and only those.
    #[must_use]
    pub fn missing(&self, node: NodeId) -> FactSet {
        self.outcomes().of(node)
    }

    /// The facts that could decide a support, and only those.
    #[must_use]
    pub fn missing_for(&self, support: impl Into<SupportId>) -> FactSet {
        self.outcomes().of_support(self.plan, support.into(), &self.truths)
    }

    /// What follows for a derived fact from other facts, whatever the firm states of it.
    #[must_use]
    pub fn follows(&self, nodes: &DerivedNodes) -> PartialValue {
        partial_value(self.plan, nodes, |node| self.truth(node))
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
            Value::EnumList(list) => !list.is_empty(),
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
pub(super) fn partial_value(
    plan: &Plan,
    nodes: &DerivedNodes,
    truth: impl Fn(NodeId) -> Truth,
) -> PartialValue {
    let truths: Vec<Truth> = nodes.follows.iter().map(|node| truth(*node)).collect();
    let complete = truths.iter().all(|truth| truth.is_known());
    let holding = || truths.iter().enumerate().filter(|(_, t)| **t == Truth::True).map(|(i, _)| i);
    match &plan.book.derivations.at(nodes.derivation).rule {
        DerivedAs::Yes(_) => match truths.first() {
            Some(Truth::True) => PartialValue::Bool(true),
            Some(Truth::False) => PartialValue::Bool(false),
            _ => PartialValue::Unknown,
        },
        DerivedAs::Value(list) => {
            let value = holding().next().and_then(|index| list.get(index));
            value.map_or(PartialValue::Unknown, |(value, _)| PartialValue::Enum(*value))
        }
        DerivedAs::AtMost(_) => {
            let index = |i: usize| u16::try_from(i).unwrap_or(u16::MAX);
            let upper = holding().next();
            let below = truths.get(..upper.unwrap_or(truths.len())).unwrap_or(&[]);
            match (upper, below.iter().all(|truth| *truth == Truth::False)) {
                (Some(upper), true) => PartialValue::Enum(index(upper)),
                (None, true) => PartialValue::Enum(index(truths.len())),
                (Some(upper), false) => PartialValue::AtMost(index(upper)),
                (None, false) => PartialValue::Unknown,
            }
        }
        DerivedAs::IncludesValue(list) => {
            let has: Vec<u16> = holding().filter_map(|i| list.get(i)).map(|(w, _)| *w).collect();
            if has.is_empty() && !complete {
                PartialValue::Unknown
            } else {
                PartialValue::EnumList { has, complete }
            }
        }
        DerivedAs::IncludesCode(list) => {
            let codes = holding().filter_map(|i| list.get(i)).map(|(code, _)| code.clone());
            let mut has: Vec<String> = codes.collect();
            has.sort_unstable();
            if has.is_empty() && !complete {
                PartialValue::Unknown
            } else {
                PartialValue::Codes { has, complete }
            }
        }
    }
}

/// Sets the truths of the tests that the answers decide.
fn evaluate(plan: &Plan, profile: &Profile, truths: &mut IndexVec<Register, Truth>) {
    for ((_, value), test_index) in profile.iter().zip(&plan.test_indices) {
        if value.is_known() {
            for node in &test_index.all {
                *truths.at_mut(*node) = Truth::False;
            }
            test_index.evaluate(value, |node| *truths.at_mut(node) = Truth::True);
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
