//! The types of the API's answers, as its description tells them.
//!
//! An assessment is written by `assessment` from ready text; that these types describe it to the
//! letter is held by a test which reads it into them and writes it again.

use super::errands::{ApiErrand, ApiLaterDocument, NextStep};
use super::error::Problem;
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::policy::SentenceId;
use export_advisor_core::rulebook::{Access, BackgroundKind, Basis, OtherRule, Policy, RuleBook};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The same words in Chinese and English.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"zh": "外贸企业", "en": "a foreign-trade enterprise"})))]
pub struct Bilingual {
    /// Chinese.
    #[schema(examples("外贸企业"))]
    pub zh: String,
    /// English.
    #[schema(examples("a foreign-trade enterprise"))]
    pub en: String,
}

/// The results of a batch.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchResults {
    /// The rule book's version.
    #[schema(examples("sha256:0f3a…"))]
    pub rulebook: String,
    /// The day from which windows are seen.
    #[schema(examples("2026-11-25"), format = "date")]
    pub as_of: String,
    /// One result a profile, in the order of the profiles.
    #[schema(examples(json!([])))]
    pub results: Vec<BatchResult>,
}

/// The result of one profile: an assessment, or a problem.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchResult {
    /// The place of the profile in the batch, from 0.
    #[schema(examples(0))]
    pub index: usize,
    /// The assessment; not of a profile with faults.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Assessment>,
    /// What is wrong with the profile; only of one with faults.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What the rule book says of one firm on one day. It is no promise and no application.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// The rule book's version: a hash of its content.
    #[schema(examples("sha256:0f3a…"))]
    pub rulebook: String,
    /// The day from which windows are seen.
    #[schema(examples("2026-11-25"), format = "date")]
    pub as_of: String,
    /// The answer in a sentence, with counts. Only with `detail=full`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    /// The profile as it was read: normalised, without unanswered facts. Only with `detail=full`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(json!({"exports_goods": true})))]
    pub profile: Option<BTreeMap<String, FactValue>>,
    /// What follows from the answers. Only with `detail=full`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(json!([])))]
    pub derived: Option<Vec<Derived>>,
    /// All supports of the rule book, also those that do not apply.
    #[schema(examples(json!([])))]
    pub supports: Vec<AssessedSupport>,
    /// Where to go, by office, the one that settles most first: each counter of the supports that
    /// apply. Only with `detail=full`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(json!([])))]
    pub errands: Option<Vec<ApiErrand>>,
    /// What to ask next, the best first; empty if no further answer would change anything.
    /// Not with `detail=status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(json!([])))]
    pub questions: Option<Vec<NextQuestion>>,
    /// What a person should look at again. Not with `detail=status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(json!([])))]
    pub warnings: Option<Vec<ApiWarning>>,
    /// Every sentence of the text: the ids of the supports that cite it, or why it has none.
    /// Only with `detail=full`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(json!({"8.4": ["guarantee-small-micro"]})))]
    pub sentences: Option<BTreeMap<String, SentenceUse>>,
    /// What came after the documents. Only with `detail=full`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(json!([])))]
    pub later: Option<Vec<ApiLaterDocument>>,
}

/// The answer in a sentence. Only supports that can be had on the as-of date are counted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"applies": 15, "undetermined": 9, "does_not_apply": 35, "text": {"zh": "…", "en": "…"}})))]
pub struct Summary {
    /// How many supports apply.
    #[schema(examples(15))]
    pub applies: usize,
    /// How many are open.
    #[schema(examples(9))]
    pub undetermined: usize,
    /// How many do not apply.
    #[schema(examples(35))]
    pub does_not_apply: usize,
    /// In words.
    pub text: Bilingual,
}

/// A fact that follows from others.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// The fact's name.
    #[schema(examples("size"))]
    pub fact: String,
    /// Its value, as far as it is known; null if only a bound is known.
    pub value: FactValue,
    /// For an ordered fact of which only an upper bound is known: that bound.
    #[schema(examples("small"))]
    pub at_most: Option<String>,
    /// Whether nothing can be added to it by further answers.
    #[schema(examples(true))]
    pub complete: bool,
    /// Whether it was used; false if the firm states the fact itself.
    #[schema(examples(true))]
    pub used: bool,
    /// The facts that it follows from.
    #[schema(examples(json!(["industry", "employees"])))]
    pub from: Vec<String>,
    /// Why it has this value, as far as the rules say it.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub because: Option<Bilingual>,
    /// Which rule or list says so, and its date.
    #[schema(examples("国统字〔2017〕213号，2017-12-28"))]
    pub source: String,
}

/// A value of a fact, of any type.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Value, examples("micro"))]
pub struct FactValue(pub Value);

/// The values that do for a fact.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Value, examples(json!({"one_of": [true]})))]
pub struct NeededValue(pub Value);

/// The status of a support.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(examples("applies"))]
pub enum ApiStatus {
    /// Every criterion holds.
    Applies,
    /// A criterion is known not to hold.
    DoesNotApply,
    /// Neither is known yet.
    Undetermined,
}

/// What excludes a firm from a support that does not apply to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(examples("text"))]
pub enum ApiExcludedBy {
    /// A stated or defined criterion does not hold.
    Text,
    /// The firm lacks the need that the support serves.
    NoNeed,
    /// Only our reading.
    Reading,
}

/// Where the as-of date lies in a support's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(examples("open"))]
pub enum ApiWindow {
    /// It can be had.
    Open,
    /// It cannot be had yet.
    NotYetOpen,
    /// Its last day is over.
    Closed,
    /// The thing itself has ended.
    Lapsed,
}

/// How a support reaches a firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(examples("apply"))]
pub enum ApiAccess {
    /// There is a counter to go to.
    Apply,
    /// Through the work of others.
    Indirect,
}

/// A truth of three values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(examples("true"))]
pub enum ApiTruth {
    /// Known to hold.
    True,
    /// Known not to hold.
    False,
    /// Not known yet.
    Unknown,
}

/// A support and what it is for this firm. With `detail=status` and `detail=missing` only `id`,
/// `status`, `excluded_by`, `window` and (with the latter) `missing` are there.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessedSupport {
    /// Its id, stable over versions of the rule book.
    #[schema(examples("guarantee-small-micro"))]
    pub id: String,
    /// The id of its policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples("gbf-2023-10"))]
    pub policy: Option<String>,
    /// The measure of that policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(8))]
    pub measure: Option<u8>,
    /// What it is, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Bilingual>,
    /// What the text says, in one sentence that keeps its verb.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Bilingual>,
    /// The kind of benefit, a word of `/rulebook`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples("guarantee"))]
    pub benefit: Option<String>,
    /// How it reaches a firm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<ApiAccess>,
    /// Its place among all supports, the most specific first, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(1))]
    pub order: Option<usize>,
    /// Its status for this firm.
    pub status: ApiStatus,
    /// What excludes the firm, if the support does not apply.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub excluded_by: Option<ApiExcludedBy>,
    /// Whether it can be had on the as-of date.
    pub window: ApiWindow,
    /// Why it cannot be had, if it cannot.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Bilingual>)]
    pub window_reason: Option<Option<Bilingual>>,
    /// What has happened since the text appeared.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Bilingual>)]
    pub note: Option<Option<Bilingual>>,
    /// The words of the text that it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(json!([])))]
    pub citations: Option<Vec<ApiCitation>>,
    /// What must hold, all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(json!([])))]
    pub criteria: Option<Vec<ApiCriterion>>,
    /// Groups that the text singles out; never decisive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(json!([])))]
    pub emphases: Option<Vec<ApiEmphasis>>,
    /// The facts that could decide it, and only those; empty if it is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(json!(["financing_need"])))]
    pub missing: Option<Vec<String>>,
    /// All smallest sets of changeable facts that would make it apply; empty if it applies, or if
    /// nothing that the firm can change would.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(json!([[]])))]
    pub would_change: Option<Vec<Vec<ApiNeed>>>,
    /// What only the counter can tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(json!([])))]
    pub confirm: Option<Vec<Bilingual>>,
    /// Where to go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_step: Option<NextStep>,
    /// What other rules say; never conditions of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples(json!([])))]
    pub see_also: Option<Vec<ApiOtherRule>>,
}

/// Keeps a null apart from a missing member.
fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Words of the text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiCitation {
    /// The sentence: measure, then place after its title.
    #[schema(examples("8.4"))]
    pub sentence: String,
    /// The words, to the character.
    #[schema(examples("鼓励政府性融资担保机构为符合条件的小微外贸企业提供融资增信支持"))]
    pub quote: String,
}

/// One thing that must hold.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiCriterion {
    /// Its stable id.
    #[schema(examples("guarantee-small-micro/size"))]
    pub id: String,
    /// In a few words.
    pub label: Bilingual,
    /// Where it comes from.
    pub basis: ApiBasis,
    /// The condition, as a rule script writes it.
    #[schema(examples("firm.size <= \"small\""))]
    pub condition: String,
    /// The facts that it names.
    #[schema(examples(json!(["size"])))]
    pub facts: Vec<String>,
    /// The stable id of its condition; equal conditions of several supports share it.
    #[schema(examples("n3f2a9c01b7d4"))]
    pub node: String,
    /// Whether it holds for this firm.
    pub truth: ApiTruth,
    /// The tests that decided it: those that hold it up, those that really failed, or those that
    /// are open.
    #[schema(examples(json!([])))]
    pub because: Vec<ApiReason>,
    /// The facts that could decide it.
    #[schema(examples(json!([])))]
    pub missing: Vec<String>,
}

/// Where a criterion comes from.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"kind": "defined", "by": "国统字〔2017〕213号"})))]
pub struct ApiBasis {
    /// `stated`: the text says so; `defined`: another rule defines the word; `interpreted`: our
    /// reading.
    #[schema(examples("defined"))]
    pub kind: String,
    /// The defining rule, for `defined`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples("国统字〔2017〕213号"))]
    pub by: Option<String>,
    /// Why we read it so, for `interpreted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Bilingual>,
}

/// One test of one fact that decided a criterion, or left it open.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiReason {
    /// Its stable id.
    #[schema(examples("n81c0ffee1234"))]
    pub id: String,
    /// The fact.
    #[schema(examples("size"))]
    pub fact: String,
    /// What is tested, in words.
    pub text: Bilingual,
    /// Its truth.
    pub truth: ApiTruth,
    /// Whether the fact's value was derived rather than stated.
    #[schema(examples(true))]
    pub derived: bool,
    /// The value that was used; null if there is none, `{"at_most": …}` if only a bound is known.
    pub value: FactValue,
}

/// A group that the text singles out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiEmphasis {
    /// As the text names it.
    pub label: Bilingual,
    /// Whether this firm is in it.
    pub truth: ApiTruth,
}

/// What one fact would have to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiNeed {
    /// The fact.
    #[schema(examples("exports_goods"))]
    pub fact: String,
    /// The values that do: `one_of`, `min` and `max`, `starts_with`, or `has_any`, `has_none` and
    /// `empty` for a list.
    pub needs: NeededValue,
    /// In words.
    pub text: Bilingual,
}

/// What another rule says.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiOtherRule {
    /// Its name and number.
    #[schema(examples("财金〔2025〕11号《政府性融资担保发展管理办法》"))]
    pub title: String,
    /// Its date, as far as known.
    #[schema(examples("2025-03-01"))]
    pub date: String,
    /// How sure we are: `high`, `medium` or `low`.
    #[schema(examples("high"))]
    pub confidence: String,
    /// What it says.
    pub says: Bilingual,
}

/// A question that could still settle something.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NextQuestion {
    /// The fact to ask for; its question is in `/facts`.
    #[schema(examples("financing_need"))]
    pub fact: String,
    /// How many supports it could still help to settle.
    #[schema(examples(7))]
    pub could_settle: usize,
    /// Their ids.
    #[schema(examples(json!(["guarantee-small-micro"])))]
    pub supports: Vec<String>,
}

/// What a person should look at again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiWarning {
    /// A stable code.
    #[schema(examples("contradiction"))]
    pub code: String,
    /// The facts that it is about.
    #[schema(examples(json!(["size", "employees"])))]
    pub facts: Vec<String>,
    /// What it says.
    pub message: Bilingual,
}

/// What became of a sentence of the text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(examples(json!(["guarantee-small-micro"])))]
pub enum SentenceUse {
    /// The ids of the supports that cite it.
    Supports(Vec<String>),
    /// Why it carries none.
    Background(BackgroundSentence),
}

/// Why a sentence carries no support.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackgroundSentence {
    /// `government`: it addresses public bodies only; `lapsed`: what it speaks of has ended.
    #[schema(examples("lapsed"))]
    pub background: String,
    /// In words.
    pub reason: Bilingual,
}

impl From<&LocalizedText> for Bilingual {
    fn from(texts: &LocalizedText) -> Self {
        Self { zh: texts.zh.clone(), en: texts.en.clone() }
    }
}

impl From<Access> for ApiAccess {
    fn from(access: Access) -> Self {
        match access {
            Access::Apply => Self::Apply,
            Access::Indirect => Self::Indirect,
        }
    }
}

impl From<&Basis> for ApiBasis {
    fn from(basis: &Basis) -> Self {
        let (by, reason) = match basis {
            Basis::Stated | Basis::Need => (None, None),
            Basis::Defined { by } => (Some(by.clone()), None),
            Basis::Interpreted { reason } => (None, Some(reason.into())),
        };
        Self { kind: basis.as_str().to_owned(), by, reason }
    }
}

impl From<&OtherRule> for ApiOtherRule {
    fn from(rule: &OtherRule) -> Self {
        Self {
            title: rule.title.clone(),
            date: rule.date.clone(),
            confidence: rule.confidence.clone(),
            says: (&rule.says).into(),
        }
    }
}

impl SentenceUse {
    /// What became of a sentence of a policy.
    pub(super) fn of(
        book: &RuleBook,
        policy_index: usize,
        policy: &Policy,
        id: SentenceId,
    ) -> Self {
        match policy.background.iter().find(|background| background.sentence == id) {
            Some(background) => Self::Background(BackgroundSentence {
                background: match background.kind {
                    BackgroundKind::Government => "government".to_owned(),
                    BackgroundKind::Lapsed { .. } => "lapsed".to_owned(),
                },
                reason: (&background.reason).into(),
            }),
            None => Self::Supports(book.citing(policy_index, id).map(|s| s.id.clone()).collect()),
        }
    }
}
