//! Where to go, as the API's answers have it: offices, errands, and later documents.

use super::schema::Bilingual;
use export_advisor_core::rulebook::{RuleBook, Support};
use export_advisor_core::wording;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A visit to one office.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiErrand {
    /// The id of the office.
    #[schema(examples("sinosure"))]
    pub channel: String,
    /// The office.
    pub name: Bilingual,
    /// What it does.
    pub does: Bilingual,
    /// How it is reached where the firm is, the narrowest area first.
    #[schema(examples(json!([])))]
    pub contacts: Vec<ApiContact>,
    /// The supports that one goes there for.
    #[schema(examples(json!(["credit-insurance"])))]
    pub supports: Vec<String>,
    /// Supports without a counter on which it works too.
    #[schema(examples(json!([])))]
    pub also: Vec<String>,
    /// What to ask, each question once.
    #[schema(examples(json!([])))]
    pub ask: Vec<Bilingual>,
    /// What to bring, each paper once.
    #[schema(examples(json!([])))]
    pub bring: Vec<Bilingual>,
}

/// How an office is reached.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiContact {
    /// How the division codes of its area begin; empty for the whole country.
    #[schema(examples(""))]
    pub area: String,
    /// A telephone number.
    #[schema(examples("12366"))]
    pub phone: Option<String>,
    /// An address on the web.
    #[schema(examples("https://example.org/"))]
    pub url: Option<String>,
    /// Where this was found.
    pub source: String,
    /// When.
    #[schema(examples("2026-11-25"))]
    pub date: String,
    /// How sure we are.
    #[schema(examples("high"))]
    pub confidence: String,
    /// What the office is called there.
    pub office: Option<Bilingual>,
    /// Where it is.
    pub address: Option<Bilingual>,
    /// When it is open.
    pub hours: Option<Bilingual>,
    /// Who says so, if not the rules: the body that laid its own contacts over them.
    pub by: Option<Bilingual>,
}

/// A document that came after a policy and touches it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiLaterDocument {
    /// The id of the policy.
    #[schema(examples("gbf-2023-10"))]
    pub policy: String,
    /// Its title.
    pub name: String,
    /// Its official number; empty if it has none.
    pub number: String,
    /// Its date, as far as known.
    #[schema(examples("2024-11"))]
    pub date: String,
    /// Who issued it.
    pub issuer: Bilingual,
    /// What it says, in one sentence.
    pub says: Bilingual,
    /// The measures that it touches.
    #[schema(examples(json!([9, 15])))]
    pub measures: Vec<u8>,
    /// How sure we are.
    #[schema(examples("high"))]
    pub confidence: String,
    /// Where it was seen.
    pub source: String,
}

/// Where to go.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NextStep {
    /// Who to go to, or who does the work.
    pub channel: Bilingual,
    /// What to ask for there, or what the firm can do.
    pub ask: Bilingual,
    /// The same by office; the first is the one to start with.
    #[schema(examples(json!([])))]
    pub channels: Vec<ApiStep>,
}

/// An office that a support names.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiStep {
    /// Its id; null where the rules name it in words.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required, examples("sinosure"))]
    pub id: Option<String>,
    /// The office.
    pub name: Bilingual,
    /// What to ask there.
    pub ask: Bilingual,
    /// What to bring, if anything.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub bring: Option<Bilingual>,
}

impl NextStep {
    /// Where to go for a support.
    pub(super) fn of(book: &RuleBook, support: &Support) -> Self {
        let channels = support.next_steps.iter().map(|step| ApiStep {
            id: step.channel.map(|id| book.channels.at(id).id.clone()),
            name: (&step.name).into(),
            ask: (&wording::asks(&step.asks)).into(),
            bring: wording::papers(book, &step.papers).as_ref().map(Into::into),
        });
        Self {
            channel: (&wording::offices(support)).into(),
            ask: (&wording::whole_next_step(book, support)).into(),
            channels: channels.collect(),
        }
    }
}
