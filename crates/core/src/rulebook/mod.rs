//! The rule book: everything that the rules say, as plain data.
//!
//! Owns supports, criteria, derivations, background sentences and the book's version. It is made
//! by `script` from the rule files and read by everything above. It holds no script, no closure
//! and no firm; two books of the same files are equal.

mod cases;
mod channel;
mod criterion;
mod overlay;
mod population;
mod relation;
mod scope;

use crate::condition::Condition;
use crate::facts::{Catalogue, FactId, LocalizedText, Reference};
use crate::index::{IndexVec, index_type};
use crate::policy::{PolicyText, SentenceId};
use jiff::civil::Date;
use serde::Serialize;
use std::ops::Range;
use std::sync::Arc;

pub use cases::{Case, CaseFile, Exempt, read_cases, uncovered};
pub use channel::{Channel, ChannelId, Contact, NextStep, Paper, PaperId};
pub use criterion::{Basis, Criterion, Emphasis, ExcludedBy};
pub use overlay::{Note, Overlay, OverlayId, Theme};
pub use population::{Draw, Population};
pub use relation::{RelatedSupport, Relation, RelationKind};
pub use scope::{Amendment, Area, InForce, Level, Replacement};

index_type!(
    /// The index of a policy in the rule book.
    pub struct PolicyId
);
index_type!(
    /// The index of a support in the rule book, and in a plan of it.
    pub struct SupportId
);
index_type!(
    /// The index of a derivation in the rule book.
    pub struct DerivationId
);

/// A rule book.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleBook {
    /// `sha256:…` over the content of the rule files.
    pub version: String,
    /// The facts that a firm may state.
    pub catalogue: Catalogue,
    /// The code lists.
    pub reference: Reference,
    /// The kinds of benefit.
    pub kinds: Vec<BenefitKind>,
    /// The offices that supports name.
    pub channels: IndexVec<ChannelId, Channel>,
    /// What firms bring to them.
    pub papers: IndexVec<PaperId, Paper>,
    /// The firms by which supports are ordered, as far as the rules state them.
    pub population: Population,
    /// The documents.
    pub policies: IndexVec<PolicyId, Policy>,
    /// The supports, in the order of the documents and their measures.
    pub supports: IndexVec<SupportId, Support>,
    /// How facts follow from others; an entry comes after those that it needs.
    pub derivations: IndexVec<DerivationId, Derivation>,
    /// Answers that contradict each other.
    pub conflicts: Vec<Conflict>,
    /// What bodies that do not own the rules add to them.
    pub overlays: IndexVec<OverlayId, Overlay>,
}

/// A kind of benefit, such as `guarantee`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenefitKind {
    /// Its name.
    pub id: String,
    /// As people read it.
    pub label: LocalizedText,
    /// Whether a reader would look for an amount, so that the answer states that the text names none.
    pub amount: bool,
}

/// A policy document.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its folder's name, such as `gbf-2023-10`.
    pub id: String,
    /// Its official number, such as 国办发〔2023〕10号.
    pub number: String,
    /// Its title.
    pub title: LocalizedText,
    /// Who issued it.
    pub issuer: LocalizedText,
    /// The date that the text carries.
    pub issued: Date,
    /// The level of government that issued it.
    pub level: Level,
    /// Where it holds; everywhere if nothing is said.
    pub area: Option<Area>,
    /// From when, until when.
    pub in_force: InForce,
    /// The text with its structure.
    pub text: PolicyText,
    /// Titles of the measures, in order.
    pub measures: Vec<MeasureTitle>,
    /// The sentences that carry no support.
    pub background: Vec<Background>,
    /// Later documents.
    pub later: Vec<LaterDocument>,
}

impl Policy {
    /// How it is called in a line: its number, or its title if it has none, as laws.
    #[must_use]
    pub fn name(&self) -> LocalizedText {
        if self.number.is_empty() {
            let LocalizedText { zh, en } = &self.title;
            return LocalizedText { zh: format!("《{zh}》"), en: en.clone() };
        }
        LocalizedText { zh: self.number.clone(), en: self.number.clone() }
    }
}

/// A document that came after a policy and touches it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LaterDocument {
    /// Its title.
    pub name: String,
    /// Its official number; empty if it has none.
    pub number: String,
    /// Its date, as far as known.
    pub date: String,
    /// Who issued it.
    pub issuer: LocalizedText,
    /// What it says, in one sentence.
    pub says: LocalizedText,
    /// The measures that it touches.
    pub measures: Vec<u8>,
    /// How sure we are: `high`, `medium` or `low`.
    pub confidence: String,
    /// Where it was seen.
    pub source: String,
}

/// How a measure is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureTitle {
    /// Its number.
    pub number: u8,
    /// The name of its files after the number.
    pub slug: String,
    /// Its title; the Chinese is that of the text.
    pub title: LocalizedText,
    /// The day on which somebody last compared its rules with the text, if that is written down.
    pub checked: Option<Date>,
}

/// A sentence that carries no support, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Background {
    /// The sentence.
    pub sentence: SentenceId,
    /// What kind of background.
    pub kind: BackgroundKind,
    /// Why no firm is offered anything by it.
    pub reason: LocalizedText,
    /// Where the reason is found, if it is another rule.
    pub source: Option<String>,
}

/// Why a sentence carries no support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackgroundKind {
    /// It addresses public bodies only.
    Government,
    /// It says where or since when the document holds.
    Scope,
    /// It states duties of firms, and holds out nothing to them.
    Duty,
    /// It says nothing of foreign trade, or nothing of its own.
    Unrelated,
    /// What it speaks of has ended.
    Lapsed {
        /// Since when.
        on: Date,
    },
}

impl BackgroundKind {
    /// `government`, `scope`, `duty`, `unrelated` or `lapsed`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Government => "government",
            Self::Scope => "scope",
            Self::Duty => "duty",
            Self::Unrelated => "unrelated",
            Self::Lapsed { .. } => "lapsed",
        }
    }
}

/// One thing that a policy holds out to firms.
#[derive(Clone, Debug, PartialEq)]
pub struct Support {
    /// Its name, unique in the book.
    pub id: String,
    /// Its policy.
    pub policy: PolicyId,
    /// The measure that it belongs to.
    pub measure: u8,
    /// What it is, in a few words.
    pub title: LocalizedText,
    /// What the text says, in one sentence that keeps its verb.
    pub summary: LocalizedText,
    /// The index of its kind.
    pub kind: usize,
    /// Whether a firm can go to a counter.
    pub access: Access,
    /// The words of the text that it rests on.
    pub citations: Vec<Citation>,
    /// What must hold, all of it.
    pub criteria: Vec<Criterion>,
    /// Groups that the text singles out; never decisive.
    pub emphases: Vec<Emphasis>,
    /// What only the counter can confirm.
    pub confirm: Vec<LocalizedText>,
    /// Where to go, with what to ask and bring there; the first office is the one to start with.
    pub next_steps: Vec<NextStep>,
    /// What has happened since the text appeared.
    pub note: Option<LocalizedText>,
    /// The words of the text on amounts, shares and limits of money, if it has any.
    pub amount: Option<LocalizedText>,
    /// How it stands to supports of other documents.
    pub relations: Vec<Relation>,
    /// The supports that say how they stand to it.
    pub named_by: Vec<SupportId>,
    /// What other rules say; never conditions of the text.
    pub see_also: Vec<OtherRule>,
    /// Since when, until when.
    pub window: Window,
}

impl Support {
    /// The sentences that it cites, each once.
    #[must_use]
    pub fn sentences(&self) -> Vec<SentenceId> {
        let mut ids: Vec<SentenceId> = self.citations.iter().map(|c| c.sentence).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// How a support reaches a firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// There is a counter to go to.
    Apply,
    /// Through the work of others.
    Indirect,
}

impl Access {
    /// `apply` or `indirect`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Indirect => "indirect",
        }
    }
}

/// Words of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// The sentence.
    pub sentence: SentenceId,
    /// The words.
    pub quote: String,
    /// Where they stand in the policy's text, in bytes.
    pub range: Range<usize>,
}

/// What another rule says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OtherRule {
    /// Its name and number.
    pub title: String,
    /// Its date, as far as known.
    pub date: String,
    /// How sure we are: `high`, `medium` or `low`.
    pub confidence: String,
    /// What it says.
    pub says: LocalizedText,
}

/// Since when and until when a support can be had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub opens: Option<Date>,
    /// The last day, and why.
    pub closes: Option<(Date, LocalizedText)>,
    /// The first day without it, and why.
    pub lapsed: Option<(Date, LocalizedText)>,
}

/// Where the as-of date lies in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowState {
    /// In it.
    Open,
    /// Before it.
    NotYetOpen,
    /// After its last day.
    Closed,
    /// The thing itself has ended.
    Lapsed,
}

impl WindowState {
    /// `open`, `not_yet_open`, `closed` or `lapsed`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::NotYetOpen => "not_yet_open",
            Self::Closed => "closed",
            Self::Lapsed => "lapsed",
        }
    }
}

impl Window {
    /// Where `as_of` lies, with the reason where there is one.
    #[must_use]
    pub fn state(&self, as_of: Date) -> (WindowState, Option<&LocalizedText>) {
        if let Some((date, reason)) = self.lapsed.as_ref().filter(|(date, _)| *date <= as_of) {
            let _ = date;
            return (WindowState::Lapsed, Some(reason));
        }
        if let Some((_, reason)) = self.closes.as_ref().filter(|(date, _)| *date < as_of) {
            return (WindowState::Closed, Some(reason));
        }
        if self.opens.is_some_and(|date| as_of < date) {
            return (WindowState::NotYetOpen, None);
        }
        (WindowState::Open, None)
    }
}

/// How a fact follows from others, if the firm does not state it.
#[derive(Clone, Debug, PartialEq)]
pub struct Derivation {
    /// The fact.
    pub fact: FactId,
    /// When it has which value.
    pub rule: DerivedAs,
    /// Which rule or list says so, and its date.
    pub source: String,
    /// What to say of why the value follows, each where its condition holds.
    pub explanations: Vec<(LocalizedText, Arc<Condition>)>,
}

/// A derivation's conditions, by the type of its fact.
#[derive(Clone, Debug, PartialEq)]
pub enum DerivedAs {
    /// A yes/no fact: when it is yes.
    Yes(Arc<Condition>),
    /// An enum value: when it is which, by index.
    Value(Vec<(u16, Arc<Condition>)>),
    /// A value of an ordered fact: when it is at most which; one condition for each value but the
    /// last.
    AtMost(Vec<Arc<Condition>>),
    /// A list of enum values: when it has which.
    IncludesValue(Vec<(u16, Arc<Condition>)>),
    /// A list of codes: when it has which.
    IncludesCode(Vec<(String, Arc<Condition>)>),
}

impl DerivedAs {
    /// All conditions.
    pub fn conditions(&self) -> Vec<&Arc<Condition>> {
        match self {
            Self::Yes(condition) => vec![condition],
            Self::AtMost(list) => list.iter().collect(),
            Self::Value(list) | Self::IncludesValue(list) => list.iter().map(|(_, c)| c).collect(),
            Self::IncludesCode(list) => list.iter().map(|(_, c)| c).collect(),
        }
    }
}

/// Answers that contradict each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// Its name.
    pub id: String,
    /// What contradicts what.
    pub text: LocalizedText,
    /// When.
    pub condition: Arc<Condition>,
}

impl RuleBook {
    /// A support by its id, with its index.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<(SupportId, &Support)> {
        self.supports.iter_enumerated().find(|(_, support)| support.id == id)
    }

    /// The derivation of a fact.
    #[must_use]
    pub fn derivation(&self, fact: FactId) -> Option<&Derivation> {
        self.derivations.iter().find(|derivation| derivation.fact == fact)
    }

    /// The ids of the supports that cite a sentence of a policy.
    pub fn citing(
        &self,
        policy: impl Into<PolicyId>,
        id: SentenceId,
    ) -> impl Iterator<Item = &Support> {
        let policy = policy.into();
        self.supports.iter().filter(move |support| {
            support.policy == policy && support.citations.iter().any(|c| c.sentence == id)
        })
    }

    /// The id of a sentence among those of all policies, such as `gbf-2023-10:8.4`.
    #[must_use]
    pub fn sentence_id(policy: &Policy, id: SentenceId) -> String {
        format!("{}:{id}", policy.id)
    }

    /// Whether a policy is the first of the book, whose sentences and measures need no policy before their number.
    #[must_use]
    pub fn is_first(&self, policy: &Policy) -> bool {
        self.policies.iter().next().is_some_and(|first| first.id == policy.id)
    }

    /// How a sentence is named in an answer: `8.4`, with the policy before it unless that is the first of the book.
    #[must_use]
    pub fn sentence_key(&self, policy: &Policy, id: SentenceId) -> String {
        if self.is_first(policy) { id.to_string() } else { Self::sentence_id(policy, id) }
    }

    /// What overlays say of a support, each with the one that says it.
    pub fn notes(&self, id: SupportId) -> impl Iterator<Item = (&Overlay, &Note)> {
        self.overlays.iter().flat_map(move |overlay| {
            let notes = overlay.notes.iter().filter(move |note| note.support == id);
            notes.map(move |note| (overlay, note))
        })
    }

    /// The supports of other documents that stand in a relation to a support: those that it names, and those that name it.
    pub fn related(&self, id: SupportId) -> impl Iterator<Item = RelatedSupport<'_>> {
        let support = self.supports.at(id);
        let named = support.relations.iter().map(|relation| RelatedSupport {
            support: relation.to,
            kind: relation.kind.as_str(),
            difference: relation.difference.as_ref(),
        });
        let naming = support.named_by.iter().flat_map(move |other| {
            let relations = self.supports.at(*other).relations.iter();
            relations.filter(move |relation| relation.to == id).map(|relation| RelatedSupport {
                support: *other,
                kind: relation.kind.reverse(),
                difference: relation.difference.as_ref(),
            })
        });
        named.chain(naming)
    }
}

/// Status of a support for a firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Every criterion holds.
    Applies,
    /// A criterion is known not to hold.
    DoesNotApply,
    /// Neither is known yet.
    Undetermined,
}

impl Status {
    /// `applies`, `does_not_apply` or `undetermined`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applies => "applies",
            Self::DoesNotApply => "does_not_apply",
            Self::Undetermined => "undetermined",
        }
    }
}

impl From<crate::truth::Truth> for Status {
    fn from(truth: crate::truth::Truth) -> Self {
        match truth {
            crate::truth::Truth::True => Self::Applies,
            crate::truth::Truth::False => Self::DoesNotApply,
            crate::truth::Truth::Unknown => Self::Undetermined,
        }
    }
}
