//! Documents in answers: where and when each holds, and how supports of several stand to each other.

use super::{ApiTruth, ApiWindow, Bilingual};
use export_advisor_core::rulebook::{Policy, RuleBook, SupportId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A document of an answer, and whether it holds where the firm is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerPolicy {
    /// Its id.
    #[schema(examples("gbf-2023-10"))]
    pub id: String,
    /// Its official number; empty if it has none, as laws.
    #[schema(examples("国办发〔2023〕10号"))]
    pub number: String,
    /// Its title.
    pub title: Bilingual,
    /// Who issued it.
    pub issuer: Bilingual,
    /// The level of government that issued it: `national`, `province`, `city` or `county`.
    #[schema(examples("national"))]
    pub level: String,
    /// Where it holds; null if everywhere.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub area: Option<Bilingual>,
    /// The first day on which it is in force.
    #[schema(examples("2023-04-11"), format = "date")]
    pub in_force_from: String,
    /// The last day, if it names one.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required, examples("2025-12-31"), format = "date")]
    pub in_force_until: Option<String>,
    /// Whether it holds where the firm is.
    pub holds_here: ApiTruth,
    /// Whether it is in force on the as-of date.
    pub window: ApiWindow,
}

/// A document of an answer by its id.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerPolicyIds {
    /// Its id.
    #[schema(examples("gbf-2023-10"))]
    pub id: String,
    /// Whether it holds where the firm is.
    pub holds_here: ApiTruth,
    /// Whether it is in force on the as-of date.
    pub window: ApiWindow,
}

/// How a support stands to one of another document.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiRelation {
    /// `carries_out`, `extends`, `is_defined_by` or `replaces`, and seen from the other support `carried_out_by`,
    /// `extended_by`, `defines` or `replaced_by`.
    #[schema(examples("carries_out"))]
    pub kind: String,
    /// The other support.
    #[schema(examples("bonded-maintenance-pilot"))]
    pub support: String,
    /// Its policy.
    #[schema(examples("gbf-2023-10"))]
    pub policy: String,
    /// Where the two differ; null if nothing is said of it.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub difference: Option<Bilingual>,
}

impl ApiRelation {
    /// The relations of a support.
    pub(in crate::server::api) fn of(book: &RuleBook, id: SupportId) -> Vec<Self> {
        let related = book.related(id).map(|related| {
            let support = book.supports.at(related.support);
            Self {
                kind: related.kind.to_owned(),
                support: support.id.clone(),
                policy: book.policies.at(support.policy).id.clone(),
                difference: related.difference.map(Into::into),
            }
        });
        related.collect()
    }
}

/// A note of an overlay to a support: an explanation, never a criterion.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiNote {
    /// The overlay.
    #[schema(examples("example-county"))]
    pub overlay: String,
    /// Who is responsible for it.
    pub by: Bilingual,
    /// How the division codes begin of the firms that it is for; empty for all.
    #[schema(examples("330824"))]
    pub area: String,
    /// The note.
    pub text: Bilingual,
}

impl ApiNote {
    /// The notes to a support.
    pub(in crate::server::api) fn of(book: &RuleBook, id: SupportId) -> Vec<Self> {
        let notes = book.notes(id).map(|(overlay, note)| Self {
            overlay: overlay.id.clone(),
            by: (&overlay.by).into(),
            area: note.area.clone(),
            text: (&note.text).into(),
        });
        notes.collect()
    }
}

/// Where and when a document holds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::server::api) struct PolicyScope {
    /// The level of government that issued it: `national`, `province`, `city` or `county`.
    #[schema(examples("national"))]
    pub level: String,
    /// Where it holds; null if everywhere.
    pub area: Option<PolicyArea>,
    /// The first day on which it is in force.
    #[schema(examples("2023-04-11"), format = "date")]
    pub in_force_from: String,
    /// The last day, if it names one.
    #[schema(examples("2025-12-31"), format = "date")]
    pub in_force_until: Option<String>,
    /// What changed its text since, by date.
    #[schema(examples(json!([])))]
    pub amended: Vec<PolicyChange>,
    /// What stands in its place, if anything does.
    pub replaced: Option<PolicyChange>,
}

/// Where a document holds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::server::api) struct PolicyArea {
    /// Its name.
    pub name: Bilingual,
    /// The criterion that a firm is there, as each support of the document has it.
    pub label: Bilingual,
    /// The sentences that say so.
    #[schema(examples(json!(["2.1.1"])))]
    pub sentences: Vec<String>,
}

/// A change of a document by another.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::server::api) struct PolicyChange {
    /// The first day with it.
    #[schema(examples("2025-01-01"), format = "date")]
    pub on: String,
    /// The other document.
    #[schema(examples("海关总署公告2024年第167号"))]
    pub by: String,
    /// Where this was found.
    #[schema(examples("2025年10月31日原文转载，只看了开头（中评社）"))]
    pub source: String,
}

impl From<&Policy> for PolicyScope {
    fn from(policy: &Policy) -> Self {
        let in_force = &policy.in_force;
        let change = |on: jiff::civil::Date, by: &str, source: &str| PolicyChange {
            on: on.to_string(),
            by: by.to_owned(),
            source: source.to_owned(),
        };
        Self {
            level: policy.level.as_str().to_owned(),
            area: policy.area.as_ref().map(|area| PolicyArea {
                name: (&area.name).into(),
                label: (&area.label).into(),
                sentences: area.sentences.iter().map(ToString::to_string).collect(),
            }),
            in_force_from: in_force.from.to_string(),
            in_force_until: in_force.until.map(|day| day.to_string()),
            amended: (in_force.amendments.iter())
                .map(|one| change(one.on, &one.by, &one.source))
                .collect(),
            replaced: in_force.replaced.as_ref().map(|one| change(one.on, &one.by, &one.source)),
        }
    }
}
