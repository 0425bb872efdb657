//! `GET /supports`, `GET /supports/{id}`: what the policies hold out, without a firm.

use super::errands::NextStep;
use super::error::{Problem, ProblemCode};
use super::params::{AskedRuleBook, RuleBookParams};
use super::schema::{
    ApiAccess, ApiBasis, ApiCitation, ApiNote, ApiOtherRule, ApiRelation, Bilingual,
};
use super::selection::{self, named};
use crate::server::app::App;
use crate::server::http::etag;
use crate::server::http::query::Query;
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::plan::{Node, NodeId, Plan};
use export_advisor_core::rulebook::{Access, RuleBook, Support, SupportId};
use export_advisor_core::wording;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

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
    /// The words of the text on amounts, if it has any.
    amount: Option<Bilingual>,
    /// What overlays say of it.
    #[schema(examples(json!([])))]
    notes: Vec<ApiNote>,
    /// How it stands to supports of other documents.
    #[schema(examples(json!([])))]
    relations: Vec<ApiRelation>,
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
    /// The tests of single facts that can decide it, in words; answers refer to them by their ids.
    #[schema(examples(json!([])))]
    tests: Vec<TestInfo>,
}

/// A test of one fact.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TestInfo {
    /// Its stable id; the same in every criterion that has it.
    #[schema(examples("n81c0ffee1234"))]
    id: String,
    /// The fact.
    #[schema(examples("size"))]
    fact: String,
    /// What is tested.
    text: Bilingual,
}

/// Which supports are listed. None of these is about a firm: answers about a firm belong in no address.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SupportsParams {
    /// Of these policies, separated by commas.
    #[param(example = "gbf-2023-10")]
    policy: Option<String>,
    /// Of this measure.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 255, example = 8)]
    measure: Option<String>,
    /// Of these kinds of benefit, separated by commas; `/rulebook` lists them.
    #[param(example = "guarantee")]
    kind: Option<String>,
    /// With one of these offices among their next steps, by id, separated by commas.
    #[param(example = "sinosure")]
    office: Option<String>,
    /// How they reach a firm: `apply` or `indirect`.
    #[param(pattern = "^(apply|indirect)$", example = "apply")]
    access: Option<String>,
    /// At most so many, from 1 to 1000; all if left out.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 1000, example = 100)]
    limit: Option<String>,
    /// Those behind this support, by id, in the order of the text: the last one of the page before.
    #[param(example = "guarantee-small-micro")]
    after: Option<String>,
    /// The version of a rule book that was in use before; the current one if left out. With it, the answer may be kept.
    rulebook: Option<String>,
}

/// Lists the supports.
///
/// A support is something that a firm may get or ask for: its sentences, its criteria, its next step. The list may be
/// limited by what a support is, never by facts of a firm.
#[utoipa::path(get, path = "/api/v1/supports", operation_id = "list_supports", tag = "supports",
    params(SupportsParams),
    responses(
        (status = 200, description = "The supports, in the order of the text.", body = Vec<SupportInfo>),
        (status = 400, description = "A parameter is not known, or names what the rule book does not have."),
        (status = 404, description = "No rule book of the version asked for was kept."),
        (status = 503, description = "The store does not answer."),
    ))]
pub(crate) async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    params: Query<SupportsParams>,
) -> Result<HttpResponse, Problem> {
    let params = params.parsed()?;
    let asked = AskedRuleBook::new(&app, params.rulebook.as_deref()).await?;
    let advisor = &asked.advisor;
    let wanted = wanted(advisor.book(), &params)?;
    let is_whole = wanted.len() == advisor.book().supports.len();
    let infos =
        || -> Vec<SupportInfo> { wanted.into_iter().map(|id| info(&advisor.plan, id)).collect() };
    if is_whole && asked.is_in_use(&app) {
        return Ok(etag::json_file(&request, asked.made(), &app.files.supports, infos));
    }
    Ok(etag::json(&request, asked.made(), &infos()))
}

/// The supports that parameters ask for.
fn wanted(book: &RuleBook, params: &SupportsParams) -> Result<Vec<SupportId>, Problem> {
    let policies = book.policies.iter().map(|policy| policy.id.as_str());
    let policies = named("policy", params.policy.as_deref(), policies, "/api/v1/policies")?;
    let kinds = book.kinds.iter().map(|kind| kind.id.as_str());
    let kinds = named("kind", params.kind.as_deref(), kinds, "/api/v1/rulebook")?;
    let offices = book.channels.iter().map(|channel| channel.id.as_str());
    let offices = named("office", params.office.as_deref(), offices, "/api/v1/rulebook")?;
    let bad = |detail: &str| Problem::new(ProblemCode::BadQuery).with(detail);
    let measure = params.measure.as_deref().map(|text| {
        let number = text.parse().ok().filter(|number| *number > 0);
        number.ok_or_else(|| bad("`measure` is the number of a measure, from 1"))
    });
    let measure: Option<u8> = measure.transpose()?;
    let access = match params.access.as_deref() {
        None => None,
        Some("apply") => Some(Access::Apply),
        Some("indirect") => Some(Access::Indirect),
        Some(_) => return Err(bad("`access` is `apply` or `indirect`")),
    };
    let is_wanted = |support: &Support| {
        let is_among = |indices: &Option<Vec<usize>>, index: usize| {
            indices.as_ref().is_none_or(|indices| indices.contains(&index))
        };
        let mut steps = support.next_steps.iter().filter_map(|step| step.channel);
        is_among(&policies, support.policy.index())
            && is_among(&kinds, support.kind)
            && offices.as_ref().is_none_or(|all| steps.any(|id| all.contains(&id.index())))
            && measure.is_none_or(|measure| measure == support.measure)
            && access.is_none_or(|access| access == support.access)
    };
    let limit = params.limit.as_deref().map(|text| {
        let number = text.parse::<usize>().ok().filter(|number| (1..=1000).contains(number));
        number.ok_or_else(|| bad("`limit` is a number from 1 to 1000"))
    });
    let limit = limit.transpose()?.unwrap_or(usize::MAX);
    let after = params.after.as_deref().map(|id| {
        let found = selection::chosen(book, Some(id), None)?.unwrap_or_default();
        match found.as_slice() {
            [one] => Ok(one.index() + 1),
            _ => Err(bad("`after` is the id of one support")),
        }
    });
    let first = after.transpose()?.unwrap_or_default();
    let all = book.supports.iter_enumerated().skip(first);
    let wanted = all.filter(|(_, support)| is_wanted(support)).map(|(id, _)| id);
    Ok(wanted.take(limit).collect())
}

/// One support.
///
/// What the rules state of it, without a firm.
#[utoipa::path(get, path = "/api/v1/supports/{id}", operation_id = "get_support", tag = "supports",
    params(("id" = String, Path, description = "The support's id.", example = "guarantee-small-micro"), RuleBookParams),
    responses(
        (status = 200, description = "The support.", body = SupportInfo),
        (status = 400, description = "A parameter is not known."),
        (status = 404, description = "There is no such support, or no rule book of the version asked for was kept."),
        (status = 503, description = "The store does not answer."),
    ))]
pub(crate) async fn get(
    request: HttpRequest,
    id: web::Path<String>,
    asked: AskedRuleBook,
) -> Result<HttpResponse, Problem> {
    let advisor = &asked.advisor;
    let (found, _) = advisor.book().find(&id).ok_or_else(|| {
        let id = wording::shown(&id);
        Problem::new(ProblemCode::NotFound)
            .with(format!("there is no support `{id}`; see /api/v1/supports"))
    })?;
    Ok(etag::json(&request, asked.made(), &info(&advisor.plan, found)))
}

/// The tests that can decide a criterion.
fn tests(plan: &Plan, criterion: NodeId) -> Vec<TestInfo> {
    let book = &plan.book;
    let tests = plan.tests(criterion).into_iter().filter_map(|id| match plan.node(id) {
        Node::Test((fact, test)) => {
            let fact = book.catalogue.fact(*fact);
            let text = (&wording::test(fact, &book.reference, test)).into();
            Some(TestInfo { id: plan.ids.at(id).clone(), fact: fact.name.clone(), text })
        }
        _ => None,
    });
    tests.collect()
}

/// Answers for the description.
pub(super) fn examples(plan: &Plan) -> Vec<(&'static str, Value)> {
    let infos = plan.book.supports.indices().map(|id| serde_json::to_value(info(plan, id)));
    infos.filter_map(Result::ok).map(|info| ("SupportInfo", info)).collect()
}

fn info(plan: &Plan, id: SupportId) -> SupportInfo {
    let book = &plan.book;
    let support = book.supports.at(id);
    let policy = book.policies.get(support.policy);
    let criteria = support.criteria.iter().zip(plan.criteria.at(id));
    let criteria = criteria.map(|(criterion, node)| CriterionInfo {
        tests: tests(plan, *node),
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
            .map(|c| ApiCitation {
                sentence: c.sentence.to_string(),
                sentence_id: RuleBook::sentence_id(book.policies.at(support.policy), c.sentence),
                quote: c.quote.clone(),
            })
            .collect(),
        criteria: criteria.collect(),
        emphases: support.emphases.iter().map(|e| (&e.label).into()).collect(),
        confirm: support.confirm.iter().map(Into::into).collect(),
        next_step: NextStep::of(book, support),
        note: support.note.as_ref().map(Into::into),
        see_also: support.see_also.iter().map(Into::into).collect(),
        amount: support.amount.as_ref().map(Into::into),
        notes: ApiNote::of(book, id),
        relations: ApiRelation::of(book, id),
        opens: support.window.opens.map(|date| date.to_string()),
        closes: support.window.closes.as_ref().map(|(date, _)| date.to_string()),
        lapsed: support.window.lapsed.as_ref().map(|(date, _)| date.to_string()),
    }
}
