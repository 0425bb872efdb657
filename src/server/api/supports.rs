//! `GET /supports`, `GET /supports/{id}`: what the policies hold out, without a firm.

use super::errands::NextStep;
use super::error::{Problem, ProblemCode};
use super::schema::{ApiAccess, ApiBasis, ApiCitation, ApiOtherRule, Bilingual};
use crate::server::app::App;
use crate::server::http::etag;
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::rulebook::{RuleBook, Support};
use serde::Serialize;
use utoipa::ToSchema;

/// A support, as the rules describe it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SupportInfo {
    /// Its id, stable over versions of the rule book.
    #[schema(examples("guarantee-small-micro"))]
    id: String,
    /// The id of its policy.
    #[schema(examples("gbf-2023-10"))]
    policy: String,
    /// The measure of that policy.
    #[schema(examples(8))]
    measure: u8,
    /// What it is, in a few words.
    title: Bilingual,
    /// What the text says, in one sentence that keeps its verb.
    summary: Bilingual,
    /// The kind of benefit.
    #[schema(examples("guarantee"))]
    benefit: String,
    /// How it reaches a firm.
    access: ApiAccess,
    /// The words of the text that it rests on.
    #[schema(examples(json!([])))]
    citations: Vec<ApiCitation>,
    /// What must hold, all of it.
    #[schema(examples(json!([])))]
    criteria: Vec<CriterionInfo>,
    /// Groups that the text singles out.
    #[schema(examples(json!([])))]
    emphases: Vec<Bilingual>,
    /// What only the counter can tell.
    #[schema(examples(json!([])))]
    confirm: Vec<Bilingual>,
    /// Where to go.
    next_step: NextStep,
    /// What has happened since the text appeared.
    note: Option<Bilingual>,
    /// What other rules say.
    #[schema(examples(json!([])))]
    see_also: Vec<ApiOtherRule>,
    /// The first day, if there is one.
    #[schema(examples("2023-01-01"))]
    opens: Option<String>,
    /// The last day, if there is one.
    #[schema(examples("2025-12-31"))]
    closes: Option<String>,
    /// The day since when it is no more, if there is one.
    #[schema(examples("2023-08-30"))]
    lapsed: Option<String>,
}

/// A criterion, as the rules describe it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CriterionInfo {
    /// Its stable id.
    #[schema(examples("guarantee-small-micro/size"))]
    id: String,
    /// In a few words.
    label: Bilingual,
    /// Where it comes from.
    basis: ApiBasis,
    /// The condition, as a rule script writes it.
    #[schema(examples("firm.size <= \"small\""))]
    condition: String,
    /// The facts that it names.
    #[schema(examples(json!(["size"])))]
    facts: Vec<String>,
}

/// Lists the supports.
#[utoipa::path(get, path = "/api/v1/supports", operation_id = "list_supports", tag = "supports",
    responses((status = 200, description = "All supports.", body = Vec<SupportInfo>)))]
pub(crate) async fn list(app: web::Data<App>, request: HttpRequest) -> HttpResponse {
    let advisor = app.advisor();
    let book = advisor.book();
    let all: Vec<SupportInfo> = book.supports.iter().map(|support| info(book, support)).collect();
    etag::json(&request, &book.version, &all)
}

/// One support.
#[utoipa::path(get, path = "/api/v1/supports/{id}", operation_id = "get_support", tag = "supports",
    params(("id" = String, Path, description = "The support's id.", example = "guarantee-small-micro")),
    responses(
        (status = 200, description = "The support.", body = SupportInfo),
        (status = 404, description = "There is no such support."),
    ))]
pub(crate) async fn get(
    app: web::Data<App>,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let advisor = app.advisor();
    let book = advisor.book();
    let (_, support) = book.find(&id).ok_or_else(|| Problem::new(ProblemCode::NotFound))?;
    Ok(etag::json(&request, &book.version, &info(book, support)))
}

fn info(book: &RuleBook, support: &Support) -> SupportInfo {
    let policy = book.policies.get(support.policy);
    let criteria = support.criteria.iter().map(|criterion| CriterionInfo {
        id: criterion.id.clone(),
        label: (&criterion.label).into(),
        basis: (&criterion.basis).into(),
        condition: criterion.condition.canonical(&book.catalogue),
        facts: (criterion.condition.facts().iter())
            .map(|fact| book.catalogue.fact(fact).name.clone())
            .collect(),
    });
    SupportInfo {
        id: support.id.clone(),
        policy: policy.map(|p| p.id.clone()).unwrap_or_default(),
        measure: support.measure,
        title: (&support.title).into(),
        summary: (&support.summary).into(),
        benefit: book.kinds.get(support.kind).map(|kind| kind.id.clone()).unwrap_or_default(),
        access: support.access.into(),
        citations: (support.citations.iter())
            .map(|c| ApiCitation { sentence: c.sentence.to_string(), quote: c.quote.clone() })
            .collect(),
        criteria: criteria.collect(),
        emphases: support.emphases.iter().map(|e| (&e.label).into()).collect(),
        confirm: support.confirm.iter().map(Into::into).collect(),
        next_step: NextStep::of(book, support),
        note: support.note.as_ref().map(Into::into),
        see_also: support.see_also.iter().map(Into::into).collect(),
        opens: support.window.opens.map(|date| date.to_string()),
        closes: support.window.closes.as_ref().map(|(date, _)| date.to_string()),
        lapsed: support.window.lapsed.as_ref().map(|(date, _)| date.to_string()),
    }
}
