//! The types of the API's answers, as its description has them.
//!
//! An assessment is written by `assessment` from ready text; that these types describe it to the
//! letter is held by a test which reads it into them and writes it again. `levels` has the assessments, `values` the
//! values of facts, `comparison` what differs between two rule books, `policies` documents in answers, and this file what they have in common.

mod comparison;
mod levels;
mod policies;
mod values;

pub(super) use self::comparison::RuleBookComparison;
pub(super) use self::levels::FullAssessment;
pub use self::levels::{Assessment, BatchResults};
pub(super) use self::policies::{ApiNote, ApiRelation, PolicyScope};
use self::values::{FactValue, NeededValue};

use export_advisor_core::facts::LocalizedText;
use export_advisor_core::policy::SentenceId;
use export_advisor_core::rulebook::{Access, Basis, OtherRule, Policy, RuleBook};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The same text in Chinese and English; with the parameter `lang` in that language only.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"zh": "外贸企业", "en": "is a foreign-trade enterprise"})))]
pub struct Bilingual {
    /// Chinese.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("外贸企业"))]
    pub zh: Option<String>,
    /// English.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("is a foreign-trade enterprise"))]
    pub en: Option<String>,
}

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
    /// The document does not hold where the firm is.
    OutOfArea,
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

/// Words of the text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiCitation {
    /// The sentence by its number: measure, then place after its title; with the policy before it where an assessment
    /// rests on several. `sentence_id` is the same in every answer.
    #[schema(deprecated, examples("8.4"))]
    pub sentence: String,
    /// The sentence: policy, measure, place after its title.
    #[schema(examples("gbf-2023-10:8.4"))]
    pub sentence_id: String,
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
    /// reading; `need`: the support helps only a firm that wants this; `area`: the document holds only here.
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
    /// `government`: it addresses public bodies only; `scope`: it says where or since when the document holds; `duty`: it
    /// states duties of firms; `unrelated`: it says nothing of foreign trade; `lapsed`: what it speaks of has ended.
    #[schema(examples("lapsed"))]
    pub background: String,
    /// In words.
    pub reason: Bilingual,
}

impl From<&LocalizedText> for Bilingual {
    fn from(texts: &LocalizedText) -> Self {
        Self { zh: Some(texts.zh.clone()), en: Some(texts.en.clone()) }
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
            Basis::Stated | Basis::Need | Basis::Area => (None, None),
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
                background: background.kind.as_str().to_owned(),
                reason: (&background.reason).into(),
            }),
            None => Self::Supports(book.citing(policy_index, id).map(|s| s.id.clone()).collect()),
        }
    }
}
