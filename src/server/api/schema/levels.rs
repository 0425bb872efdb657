//! An assessment by how much of it is wanted: one type a detail.
//!
//! Each answer says in `detail` which of them it is, so a client can tell them apart.

use super::policies::{AnswerPolicy, AnswerPolicyIds, ApiNote, ApiRelation};
use super::values::FactValue;
use super::values::NeededValue;
use super::{
    ApiAccess, ApiCitation, ApiCriterion, ApiEmphasis, ApiExcludedBy, ApiNeed, ApiOtherRule,
    ApiStatus, ApiTruth, ApiWarning, ApiWindow, Bilingual, NextQuestion, SentenceUse,
};
use crate::server::api::errands::{ApiContact, ApiErrand, ApiLaterDocument, NextStep};
use crate::server::api::error::Problem;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What the rule book says of one firm on one day. It is no promise and no application. `detail` says which of these it
/// is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(discriminator(property_name = "detail", mapping(
    ("full" = "#/components/schemas/FullAssessment"),
    ("reasons" = "#/components/schemas/ReasonsAssessment"),
    ("missing" = "#/components/schemas/MissingAssessment"),
    ("status" = "#/components/schemas/StatusAssessment"),
)))]
pub enum Assessment {
    /// Everything, with all texts.
    Full(Box<FullAssessment>),
    /// All that was found out of the firm.
    Reasons(Box<ReasonsAssessment>),
    /// Statuses, what is missing, the questions and the warnings.
    Missing(MissingAssessment),
    /// Statuses.
    Status(StatusAssessment),
}

/// An assessment of a batch. `detail` says which of these it is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(discriminator(property_name = "detail", mapping(
    ("missing" = "#/components/schemas/MissingAssessment"),
    ("status" = "#/components/schemas/StatusAssessment"),
)))]
pub enum BatchAssessment {
    /// Statuses, what is missing, the questions and the warnings.
    Missing(MissingAssessment),
    /// Statuses.
    Status(StatusAssessment),
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
    pub assessment: Option<BatchAssessment>,
    /// What is wrong with the profile; only of one with faults.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// An assessment with `detail=status`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusAssessment {
    /// The rule book's version: a hash of its content.
    #[schema(examples("sha256:0f3a…"))]
    pub rulebook: String,
    /// The day from which windows are seen.
    #[schema(examples("2026-11-25"), format = "date")]
    pub as_of: String,
    /// How much of an answer this is.
    pub detail: StatusDetail,
    /// What bodies that do not own the rules have laid over them, by id; left out if nobody has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(examples(json!(["example-county"])))]
    pub overlays: Vec<String>,
    /// The supports that were asked for, also those that do not apply.
    #[schema(examples(json!([])))]
    pub supports: Vec<SupportStatus>,
}

/// An assessment with `detail=missing`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingAssessment {
    /// The rule book's version: a hash of its content.
    #[schema(examples("sha256:0f3a…"))]
    pub rulebook: String,
    /// The day from which windows are seen.
    #[schema(examples("2026-11-25"), format = "date")]
    pub as_of: String,
    /// How much of an answer this is.
    pub detail: MissingDetail,
    /// What bodies that do not own the rules have laid over them, by id; left out if nobody has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(examples(json!(["example-county"])))]
    pub overlays: Vec<String>,
    /// The supports that were asked for, also those that do not apply.
    #[schema(examples(json!([])))]
    pub supports: Vec<SupportMissing>,
    /// What to ask next, the best first; empty if no further answer would change anything.
    #[schema(examples(json!([])))]
    pub questions: Vec<NextQuestion>,
    /// What a person should look at again.
    #[schema(examples(json!([])))]
    pub warnings: Vec<ApiWarning>,
}

/// An assessment with `detail=reasons`: all that was found out of the firm. The texts are in `/supports` and `/facts`,
/// under the same ids.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonsAssessment {
    /// The rule book's version: a hash of its content.
    #[schema(examples("sha256:0f3a…"))]
    pub rulebook: String,
    /// The day from which windows are seen.
    #[schema(examples("2026-11-25"), format = "date")]
    pub as_of: String,
    /// How much of an answer this is.
    pub detail: ReasonsDetail,
    /// What bodies that do not own the rules have laid over them, by id; left out if nobody has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(examples(json!(["example-county"])))]
    pub overlays: Vec<String>,
    /// The answer in a sentence, with counts.
    pub summary: Summary,
    /// The documents that were asked for.
    #[schema(examples(json!([])))]
    pub policies: Vec<AnswerPolicyIds>,
    /// The profile as it was read: normalised, without unanswered facts.
    #[schema(examples(json!({"exports_goods": true})))]
    pub profile: BTreeMap<String, FactValue>,
    /// What follows from the answers.
    #[schema(examples(json!([])))]
    pub derived: Vec<DerivedValue>,
    /// The supports that were asked for, also those that do not apply.
    #[schema(examples(json!([])))]
    pub supports: Vec<SupportReasons>,
    /// Where to go, by office, the one that settles most first: each counter of the supports that apply.
    #[schema(examples(json!([])))]
    pub errands: Vec<ErrandIds>,
    /// What to ask next, the best first; empty if no further answer would change anything.
    #[schema(examples(json!([])))]
    pub questions: Vec<NextQuestion>,
    /// What a person should look at again.
    #[schema(examples(json!([])))]
    pub warnings: Vec<ApiWarning>,
}

/// An assessment with `detail=full`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FullAssessment {
    /// The rule book's version: a hash of its content.
    #[schema(examples("sha256:0f3a…"))]
    pub rulebook: String,
    /// The day from which windows are seen.
    #[schema(examples("2026-11-25"), format = "date")]
    pub as_of: String,
    /// How much of an answer this is.
    pub detail: FullDetail,
    /// What bodies that do not own the rules have laid over them, by id; left out if nobody has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(examples(json!(["example-county"])))]
    pub overlays: Vec<String>,
    /// The answer in a sentence, with counts.
    pub summary: Summary,
    /// The documents that were asked for.
    #[schema(examples(json!([])))]
    pub policies: Vec<AnswerPolicy>,
    /// The profile as it was read: normalised, without unanswered facts.
    #[schema(examples(json!({"exports_goods": true})))]
    pub profile: BTreeMap<String, FactValue>,
    /// What follows from the answers.
    #[schema(examples(json!([])))]
    pub derived: Vec<Derived>,
    /// The supports that were asked for, also those that do not apply.
    #[schema(examples(json!([])))]
    pub supports: Vec<AssessedSupport>,
    /// Where to go, by office, the one that settles most first: each counter of the supports that apply.
    #[schema(examples(json!([])))]
    pub errands: Vec<ApiErrand>,
    /// What to ask next, the best first; empty if no further answer would change anything.
    #[schema(examples(json!([])))]
    pub questions: Vec<NextQuestion>,
    /// What a person should look at again.
    #[schema(examples(json!([])))]
    pub warnings: Vec<ApiWarning>,
    /// Every sentence of the first document by its number; `sentence_uses` has those of all.
    #[schema(deprecated, examples(json!({"8.4": ["guarantee-small-micro"]})))]
    pub sentences: BTreeMap<String, SentenceUse>,
    /// Every sentence of the texts by its `sentence_id`: the ids of the supports that cite it, or why it has none.
    #[schema(examples(json!({"gbf-2023-10:8.4": ["guarantee-small-micro"]})))]
    pub sentence_uses: BTreeMap<String, SentenceUse>,
    /// Later documents that touch the policies.
    #[schema(examples(json!([])))]
    pub later: Vec<ApiLaterDocument>,
}

/// `status`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(examples("status"))]
pub enum StatusDetail {
    /// Statuses.
    #[serde(rename = "status")]
    Status,
}

/// `missing`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(examples("missing"))]
pub enum MissingDetail {
    /// Also what is missing.
    #[serde(rename = "missing")]
    Missing,
}

/// `reasons`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(examples("reasons"))]
pub enum ReasonsDetail {
    /// Also the reasons.
    #[serde(rename = "reasons")]
    Reasons,
}

/// `full`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(examples("full"))]
pub enum FullDetail {
    /// Everything.
    #[serde(rename = "full")]
    Full,
}

/// The status of a support.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupportStatus {
    /// Its id, stable over versions of the rule book.
    #[schema(examples("guarantee-small-micro"))]
    pub id: String,
    /// Its status for this firm.
    pub status: ApiStatus,
    /// What excludes the firm, if the support does not apply.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub excluded_by: Option<ApiExcludedBy>,
    /// Whether it can be had on the as-of date.
    pub window: ApiWindow,
}

/// The status of a support, and what is missing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupportMissing {
    /// Its id, stable over versions of the rule book.
    #[schema(examples("guarantee-small-micro"))]
    pub id: String,
    /// Its status for this firm.
    pub status: ApiStatus,
    /// What excludes the firm, if the support does not apply.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub excluded_by: Option<ApiExcludedBy>,
    /// Whether it can be had on the as-of date.
    pub window: ApiWindow,
    /// The facts that could decide it, and only those; empty if it is decided.
    #[schema(examples(json!(["financing_need"])))]
    pub missing: Vec<String>,
}

/// What a support is for this firm, and why.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupportReasons {
    /// Its id, stable over versions of the rule book.
    #[schema(examples("guarantee-small-micro"))]
    pub id: String,
    /// Its status for this firm.
    pub status: ApiStatus,
    /// What excludes the firm, if the support does not apply.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub excluded_by: Option<ApiExcludedBy>,
    /// Whether it can be had on the as-of date.
    pub window: ApiWindow,
    /// What must hold, all of it; the order and the ids are those of `/supports`.
    #[schema(examples(json!([])))]
    pub criteria: Vec<CriterionReasons>,
    /// Groups that the text singles out; never decisive.
    #[schema(examples(json!([])))]
    pub emphases: Vec<EmphasisTruth>,
    /// The facts that could decide it, and only those; empty if it is decided.
    #[schema(examples(json!(["financing_need"])))]
    pub missing: Vec<String>,
    /// All smallest sets of changeable facts that would make it apply; empty if it applies, or if
    /// nothing that the firm can change would.
    #[schema(examples(json!([[]])))]
    pub would_change: Vec<Vec<NeedIds>>,
}

/// Whether a criterion holds, and why.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CriterionReasons {
    /// Its stable id.
    #[schema(examples("guarantee-small-micro/size"))]
    pub id: String,
    /// The stable id of its condition; equal conditions of several supports share it.
    #[schema(examples("n3f2a9c01b7d4"))]
    pub node: String,
    /// Whether it holds for this firm.
    pub truth: ApiTruth,
    /// The tests that decided it, or that are open.
    #[schema(examples(json!([])))]
    pub because: Vec<ReasonIds>,
    /// The facts that could decide it.
    #[schema(examples(json!([])))]
    pub missing: Vec<String>,
}

/// One test of one fact.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonIds {
    /// Its stable id.
    #[schema(examples("n81c0ffee1234"))]
    pub id: String,
    /// The fact.
    #[schema(examples("size"))]
    pub fact: String,
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
pub struct EmphasisTruth {
    /// Its index among the `emphases` of the support, from 0.
    #[schema(examples(0))]
    pub index: usize,
    /// Whether this firm is in it.
    pub truth: ApiTruth,
}

/// What one fact would have to be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedIds {
    /// The fact.
    #[schema(examples("exports_goods"))]
    pub fact: String,
    /// The values that do.
    pub needs: NeededValue,
}

/// A visit to one office.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrandIds {
    /// The id of the office.
    #[schema(examples("sinosure"))]
    pub channel: String,
    /// How it is reached where the firm is, the narrowest area first.
    #[schema(examples(json!([])))]
    pub contacts: Vec<ApiContact>,
    /// The supports that one goes there for.
    #[schema(examples(json!(["credit-insurance"])))]
    pub supports: Vec<String>,
    /// Supports without a counter on which it works too.
    #[schema(examples(json!([])))]
    pub also: Vec<String>,
}

/// The answer in a sentence. Only supports that can be had on the as-of date are counted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
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
    /// How many do not hold where the firm is: those of other places' documents. They count in none of the others.
    #[schema(examples(12))]
    pub out_of_area: usize,
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
    /// Why it has this value: the threshold, or what was looked up in which entries of a list, and how that ended; null
    /// if no test has decided it yet.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub because: Option<Bilingual>,
    /// Which rule or list says so, and its date.
    #[schema(examples("国统字〔2017〕213号，2017-12-28"))]
    pub source: String,
}

/// A fact that follows from others, without its source.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DerivedValue {
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
    /// Why it has this value: the threshold, or what was looked up in which entries of a list, and how that ended; null
    /// if no test has decided it yet.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub because: Option<Bilingual>,
}

/// A support and what it is for this firm, with all texts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessedSupport {
    /// Its id, stable over versions of the rule book.
    #[schema(examples("guarantee-small-micro"))]
    pub id: String,
    /// The id of its policy.
    #[schema(examples("gbf-2023-10"))]
    pub policy: String,
    /// The measure of that policy.
    #[schema(examples(8))]
    pub measure: u8,
    /// What it is, in a few words.
    pub title: Bilingual,
    /// What the text says, in one sentence that keeps its verb.
    pub summary: Bilingual,
    /// The kind of benefit, a word of `/rulebook`.
    #[schema(examples("guarantee"))]
    pub benefit: String,
    /// How it reaches a firm.
    pub access: ApiAccess,
    /// Its place among all supports, the most specific first, from 1.
    #[schema(examples(1))]
    pub order: usize,
    /// Its status for this firm.
    pub status: ApiStatus,
    /// What excludes the firm, if the support does not apply.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub excluded_by: Option<ApiExcludedBy>,
    /// Whether it can be had on the as-of date.
    pub window: ApiWindow,
    /// Why it cannot be had, if it cannot.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub window_reason: Option<Bilingual>,
    /// What has happened since the text appeared.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub note: Option<Bilingual>,
    /// The words of the text that it rests on.
    #[schema(examples(json!([])))]
    pub citations: Vec<ApiCitation>,
    /// What must hold, all of it.
    #[schema(examples(json!([])))]
    pub criteria: Vec<ApiCriterion>,
    /// Groups that the text singles out; never decisive.
    #[schema(examples(json!([])))]
    pub emphases: Vec<ApiEmphasis>,
    /// The facts that could decide it, and only those; empty if it is decided.
    #[schema(examples(json!(["financing_need"])))]
    pub missing: Vec<String>,
    /// All smallest sets of changeable facts that would make it apply; empty if it applies, or if
    /// nothing that the firm can change would.
    #[schema(examples(json!([[]])))]
    pub would_change: Vec<Vec<ApiNeed>>,
    /// What only the counter can tell.
    #[schema(examples(json!([])))]
    pub confirm: Vec<Bilingual>,
    /// Where to go.
    pub next_step: NextStep,
    /// The words of the text on amounts; null if it names none.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub amount: Option<Bilingual>,
    /// What overlays say of it.
    #[schema(examples(json!([])))]
    pub notes: Vec<ApiNote>,
    /// How it stands to supports of other documents.
    #[schema(examples(json!([])))]
    pub relations: Vec<ApiRelation>,
    /// What other rules say; never conditions of the text.
    #[schema(examples(json!([])))]
    pub see_also: Vec<ApiOtherRule>,
}
