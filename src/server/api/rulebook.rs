//! `GET /rulebook`: which rules are in use.

use super::error::Problem;
use super::facts::WordInfo;
use super::params::{AskedRuleBook, RuleBookParams};
use crate::server::http::etag;
use actix_web::{HttpRequest, HttpResponse};
use export_advisor_core::rulebook::RuleBook;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The rule book in use.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleBookInfo {
    /// Its version: a hash of its content.
    #[schema(examples("sha256:0f3a…"))]
    version: String,
    /// How many policies it holds.
    #[schema(examples(1))]
    policies: usize,
    /// How many supports.
    #[schema(examples(57))]
    supports: usize,
    /// How many facts.
    #[schema(examples(58))]
    facts: usize,
    /// The kinds of benefit.
    #[schema(examples(json!([])))]
    kinds: Vec<WordInfo>,
    /// The offices that next steps name.
    #[schema(examples(json!([])))]
    offices: Vec<WordInfo>,
}

/// The rule book's version and size.
///
/// The version is a hash of all rules and texts: what is answered by one version never changes. Compare it to learn whether
/// the rules have changed.
#[utoipa::path(get, path = "/api/v1/rulebook", operation_id = "get_rulebook", tag = "rules",
    params(RuleBookParams),
    responses(
        (status = 200, description = "The rule book in use, or the one of the version asked for.", body = RuleBookInfo),
        (status = 400, description = "A parameter is not known."),
        (status = 404, description = "No rule book of the version asked for was kept."),
        (status = 503, description = "The store does not answer."),
    ))]
pub(crate) async fn get(
    request: HttpRequest,
    asked: AskedRuleBook,
) -> Result<HttpResponse, Problem> {
    let book = asked.advisor.book();
    Ok(etag::json(&request, asked.made(), &info(book)))
}

/// An answer for the description.
pub(super) fn example(book: &RuleBook) -> Value {
    serde_json::to_value(info(book)).unwrap_or_default()
}

/// What is said of a rule book.
pub(super) fn info(book: &RuleBook) -> RuleBookInfo {
    RuleBookInfo {
        version: book.version.clone(),
        policies: book.policies.len(),
        supports: book.supports.len(),
        facts: book.catalogue.facts.len(),
        kinds: (book.kinds.iter())
            .map(|kind| WordInfo { word: kind.id.clone(), label: (&kind.label).into() })
            .collect(),
        offices: (book.channels.iter())
            .map(|office| WordInfo { word: office.id.clone(), label: (&office.name).into() })
            .collect(),
    }
}
