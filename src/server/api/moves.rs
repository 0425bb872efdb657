//! What a change of the rules means for one firm, as answers of the API have it.
//!
//! In go the answers for one firm under two rule books, out come the supports whose outcome differs, each with the criteria
//! that moved it and the sentences that it cites.

use super::schema::{ApiExcludedBy, ApiStatus, ApiTruth, Bilingual};
use export_advisor_core::diff::{self, Move, SupportOutcome};
use export_advisor_core::evaluate::Answer;
use export_advisor_core::rulebook::{ExcludedBy, RuleBook, Status};
use export_advisor_core::truth::Truth;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A support whose outcome for the firm is another under another rule book.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiMove {
    /// The id of the support.
    #[schema(examples("guarantee-small-micro"))]
    support: String,
    /// Its title.
    title: Bilingual,
    /// The outcome under the old rule book; null if it has no such support.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    before: Option<ApiOutcome>,
    /// The outcome under the new rule book; null if it has no such support.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    after: Option<ApiOutcome>,
    /// The criteria that moved it; none if a rule book has no such support.
    #[schema(examples(json!([])))]
    causes: Vec<ApiCause>,
    /// The sentences that it cites.
    #[schema(examples(json!([])))]
    sentences: Vec<MovedSentence>,
}

/// The status of a support, and what excludes the firm.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApiOutcome {
    /// The status.
    status: ApiStatus,
    /// What excludes the firm if it does not apply; else null.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    excluded_by: Option<ApiExcludedBy>,
}

/// A criterion that moved a support.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApiCause {
    /// The id of the criterion.
    #[schema(examples("guarantee-small-micro/size"))]
    criterion: String,
    /// In a few words.
    label: Bilingual,
    /// Its truth under the old rule book; null if it has no such criterion.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    before: Option<ApiTruth>,
    /// Its truth under the new rule book; null if it has no such criterion.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    after: Option<ApiTruth>,
}

/// A sentence, word for word.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MovedSentence {
    /// The sentence: policy, measure, place after its title.
    #[schema(examples("gbf-2023-10:8.4"))]
    sentence_id: String,
    /// Word for word.
    #[schema(examples("鼓励政府性融资担保机构为符合条件的小微外贸企业提供融资增信支持。"))]
    text: String,
}

/// The supports that moved between the answers for one firm under two rule books.
pub(super) fn moves(old: &Answer<'_>, new: &Answer<'_>) -> Vec<ApiMove> {
    let (old_book, new_book) = (&old.plan.book, &new.plan.book);
    let moves = diff::moves(old, new).into_iter();
    moves.filter_map(|moved| one(&moved, old_book, new_book)).collect()
}

fn one(moved: &Move<'_>, old: &RuleBook, new: &RuleBook) -> Option<ApiMove> {
    let described = moved.describe(old, new)?;
    let causes = moved.causes.iter().zip(described.criteria);
    let sentences = described.sentences.into_iter();
    Some(ApiMove {
        support: moved.support.to_owned(),
        title: described.title.into(),
        before: moved.before.map(Into::into),
        after: moved.after.map(Into::into),
        causes: causes
            .map(|(cause, criterion)| ApiCause {
                criterion: criterion.id.clone(),
                label: (&criterion.label).into(),
                before: cause.before.map(Into::into),
                after: cause.after.map(Into::into),
            })
            .collect(),
        sentences: sentences
            .map(|(id, text)| MovedSentence {
                sentence_id: RuleBook::sentence_id(described.policy, id),
                text: text.to_owned(),
            })
            .collect(),
    })
}

impl From<SupportOutcome> for ApiOutcome {
    fn from(outcome: SupportOutcome) -> Self {
        let status = match outcome.status() {
            Status::Applies => ApiStatus::Applies,
            Status::DoesNotApply => ApiStatus::DoesNotApply,
            Status::Undetermined => ApiStatus::Undetermined,
        };
        let excluded_by = outcome.excluded_by().map(|by| match by {
            ExcludedBy::OutOfArea => ApiExcludedBy::OutOfArea,
            ExcludedBy::Text => ApiExcludedBy::Text,
            ExcludedBy::NoNeed => ApiExcludedBy::NoNeed,
            ExcludedBy::Reading => ApiExcludedBy::Reading,
        });
        Self { status, excluded_by }
    }
}

impl From<Truth> for ApiTruth {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::True => Self::True,
            Truth::False => Self::False,
            Truth::Unknown => Self::Unknown,
        }
    }
}
