//! `GET /policies`, `GET /policies/{id}`, `GET /policies/{id}/later`: the documents, sentence by sentence, and those
//! that were issued after them.

use super::errands::ApiLaterDocument;
use super::error::{Problem, ProblemCode};
use super::params::{AskedRuleBook, RuleBookParams};
use super::schema::{Bilingual, PolicyScope, SentenceUse};
use crate::server::http::etag;
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::policy::Address;
use export_advisor_core::rulebook::{Policy, RuleBook};
use export_advisor_core::wording::shown;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A policy document.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PolicyHead {
    /// Its id.
    #[schema(examples("gbf-2023-10"))]
    id: String,
    /// Its official number.
    #[schema(examples("国办发〔2023〕10号"))]
    number: String,
    /// Its title.
    title: Bilingual,
    /// Who issued it.
    issuer: Bilingual,
    /// The date that the text carries.
    #[schema(examples("2023-04-11"), format = "date")]
    issued: String,
    /// Where and when it holds.
    #[serde(flatten)]
    scope: PolicyScope,
}

/// A policy document with its text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PolicyText {
    #[serde(flatten)]
    head: PolicyHead,
    /// The text as published; places in it count bytes of UTF-8.
    #[schema(examples("国务院办公厅关于推动外贸稳规模优结构的意见…"))]
    text: String,
    /// Its measures, in order.
    #[schema(examples(json!([])))]
    measures: Vec<MeasureText>,
}

/// A measure of a policy.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MeasureText {
    /// Its number.
    #[schema(examples(8))]
    number: u8,
    /// How it is named.
    address: Bilingual,
    /// Its title; a caption of ours, in 【】, if the text has none; empty if it has no supports either.
    title: Bilingual,
    /// The day on which somebody last compared its rules with the text, if that is written down.
    #[schema(examples("2026-11-29"), format = "date")]
    #[serde(skip_serializing_if = "Option::is_none")]
    checked: Option<String>,
    /// The heading of the part that it stands in.
    #[schema(examples("三、加大财政金融支持力度"))]
    part: String,
    /// Its sentences after the title, in order.
    #[schema(examples(json!([])))]
    sentences: Vec<SentenceText>,
}

/// A sentence of a policy.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SentenceText {
    /// Its number: measure, place after its title.
    #[schema(examples("8.4"))]
    id: String,
    /// Its id among those of all policies.
    #[schema(examples("gbf-2023-10:8.4"))]
    sentence_id: String,
    /// Where it stands, as an officer writes it.
    address: Bilingual,
    /// Word for word.
    #[schema(examples("鼓励政府性融资担保机构为符合条件的小微外贸企业提供融资增信支持。"))]
    text: String,
    /// Where it begins in the text, in bytes.
    #[schema(examples(5210))]
    start: usize,
    /// Where it ends in the text, in bytes.
    #[schema(examples(5309))]
    end: usize,
    /// The supports that cite it, or why it has none.
    used: SentenceUse,
}

/// Lists the policies.
///
/// A policy is a document that the rules come from; its text is at `/api/v1/policies/{id}`.
#[utoipa::path(get, path = "/api/v1/policies", operation_id = "list_policies", tag = "policies",
    params(RuleBookParams),
    responses(
        (status = 200, description = "All policies.", body = Vec<PolicyHead>),
        (status = 400, description = "A parameter is not known."),
        (status = 404, description = "No rule book of the version asked for was kept."),
        (status = 503, description = "The store does not answer."),
    ))]
pub(crate) async fn list(
    request: HttpRequest,
    asked: AskedRuleBook,
) -> Result<HttpResponse, Problem> {
    let advisor = &asked.advisor;
    let all: Vec<PolicyHead> = advisor.book().policies.iter().map(head).collect();
    Ok(etag::json(&request, asked.made(), &all))
}

/// One policy with its text, its measures and sentences.
///
/// Each sentence has its position in the text and the supports that cite it, or the reason why none does.
#[utoipa::path(get, path = "/api/v1/policies/{id}", operation_id = "get_policy", tag = "policies",
    params(("id" = String, Path, description = "The policy's id.", example = "gbf-2023-10"), RuleBookParams),
    responses(
        (status = 200, description = "The policy.", body = PolicyText),
        (status = 400, description = "A parameter is not known."),
        (status = 404, description = "There is no such policy, or no rule book of the version asked for was kept."),
        (status = 503, description = "The store does not answer."),
    ))]
pub(crate) async fn get(
    request: HttpRequest,
    id: web::Path<String>,
    asked: AskedRuleBook,
) -> Result<HttpResponse, Problem> {
    let book = asked.advisor.book();
    let (index, policy) = find(book, &id)?;
    Ok(etag::json(&request, asked.made(), &text(book, index, policy)))
}

/// The documents that were issued after a policy.
///
/// Those that touch it, by date. They are no conditions of its supports; each says how sure it is.
#[utoipa::path(get, path = "/api/v1/policies/{id}/later", operation_id = "list_later_documents", tag = "policies",
    params(("id" = String, Path, description = "The policy's id.", example = "gbf-2023-10"), RuleBookParams),
    responses(
        (status = 200, description = "The documents, by date.", body = Vec<ApiLaterDocument>),
        (status = 400, description = "A parameter is not known."),
        (status = 404, description = "There is no such policy, or no rule book of the version asked for was kept."),
        (status = 503, description = "The store does not answer."),
    ))]
pub(crate) async fn later(
    request: HttpRequest,
    id: web::Path<String>,
    asked: AskedRuleBook,
) -> Result<HttpResponse, Problem> {
    let (_, policy) = find(asked.advisor.book(), &id)?;
    Ok(etag::json(&request, asked.made(), &later_documents(policy)))
}

/// Answers for the description.
pub(super) fn examples(book: &RuleBook) -> Vec<(&'static str, Value)> {
    let all = book.policies.iter().enumerate().flat_map(|(index, policy)| {
        let later = later_documents(policy).into_iter();
        let later = later.filter_map(|document| serde_json::to_value(document).ok());
        let texts = [
            ("PolicyHead", serde_json::to_value(head(policy)).ok()),
            ("PolicyText", serde_json::to_value(text(book, index, policy)).ok()),
        ];
        let texts = texts.into_iter().filter_map(|(name, value)| Some((name, value?)));
        texts.chain(later.map(|document| ("ApiLaterDocument", document))).collect::<Vec<_>>()
    });
    all.collect()
}

fn later_documents(policy: &Policy) -> Vec<ApiLaterDocument> {
    let documents = policy.later.iter().map(|document| ApiLaterDocument {
        policy: policy.id.clone(),
        name: document.name.clone(),
        number: document.number.clone(),
        date: document.date.clone(),
        issuer: (&document.issuer).into(),
        says: (&document.says).into(),
        measures: document.measures.clone(),
        confidence: document.confidence.clone(),
        source: document.source.clone(),
    });
    documents.collect()
}

/// The policy of an id, with its index.
fn find<'b>(book: &'b RuleBook, id: &str) -> Result<(usize, &'b Policy), Problem> {
    let mut policies = book.policies.iter().enumerate();
    policies.find(|(_, policy)| policy.id == id).ok_or_else(|| {
        let detail = format!("there is no policy `{}`; see /api/v1/policies", shown(id));
        Problem::new(ProblemCode::NotFound).with(detail)
    })
}

fn head(policy: &Policy) -> PolicyHead {
    PolicyHead {
        id: policy.id.clone(),
        number: policy.number.clone(),
        title: (&policy.title).into(),
        issuer: (&policy.issuer).into(),
        issued: policy.issued.to_string(),
        scope: policy.into(),
    }
}

fn address(address: Option<Address>) -> Bilingual {
    address.map(|Address { zh, en }| Bilingual { zh: Some(zh), en: Some(en) }).unwrap_or_default()
}

fn text(book: &RuleBook, index: usize, policy: &Policy) -> PolicyText {
    let measures = policy.text.measures.iter().map(|measure| {
        let title = policy.measures.iter().find(|m| m.number == measure.number);
        let ids = policy.text.sentence_ids().filter(|id| id.measure == measure.number);
        let part = policy.text.parts.get(measure.part);
        MeasureText {
            number: measure.number,
            address: address(policy.text.measure_address(measure.number)),
            title: title.map(|m| (&m.title).into()).unwrap_or_default(),
            checked: title.and_then(|m| m.checked).map(|day| day.to_string()),
            part: part.map(|part| policy.text.slice(part).to_owned()).unwrap_or_default(),
            sentences: ids
                .filter_map(|id| {
                    let range = policy.text.range(id)?;
                    Some(SentenceText {
                        id: id.to_string(),
                        sentence_id: RuleBook::sentence_id(policy, id),
                        address: address(policy.text.address(id)),
                        text: policy.text.slice(&range).to_owned(),
                        start: range.start,
                        end: range.end,
                        used: SentenceUse::of(book, index, policy, id),
                    })
                })
                .collect(),
        }
    });
    PolicyText { head: head(policy), text: policy.text.text.clone(), measures: measures.collect() }
}
