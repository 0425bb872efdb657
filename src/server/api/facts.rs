//! `GET /facts`: the facts that may be stated of a firm.

use super::error::Problem;
use super::params::{AskedRuleBook, RuleBookParams};
use super::schema::Bilingual;
use crate::server::app::App;
use crate::server::http::etag;
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::facts::Kind;
use export_advisor_core::plan::Plan;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A fact that may be said of a firm.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FactInfo {
    /// Its name in JSON.
    #[schema(examples("employees"))]
    name: String,
    /// The id of its group.
    #[schema(examples("basics"))]
    group: String,
    /// The heading of its group.
    group_label: Bilingual,
    /// `bool`, `integer`, `decimal`, `word`, `code`, `words` or `codes`; every fact also takes
    /// `"unknown"` and null.
    #[serde(rename = "type")]
    #[schema(examples("integer"))]
    kind: String,
    /// For codes: `division`, `industry`, `uscc`, `hs` or `country`.
    #[schema(examples("division"))]
    format: Option<String>,
    /// The unit of a number.
    unit: Option<Bilingual>,
    /// The allowed words, if the fact has a list.
    #[schema(examples(json!([])))]
    values: Vec<WordInfo>,
    /// A short noun phrase.
    label: Bilingual,
    /// The question to the firm.
    question: Bilingual,
    /// Help with the answer.
    help: Bilingual,
    /// Whether a firm can change it itself within months.
    #[schema(examples(false))]
    changeable: bool,
    /// Whether it can follow from other facts.
    #[schema(examples(false))]
    derived: bool,
    /// Whether only an office can say it: a form lists it as something to find out, and asks no firm.
    #[schema(examples(false))]
    decided_by_office: bool,
    /// Older names, read with a warning.
    #[schema(examples(json!([])))]
    aliases: Vec<String>,
    /// The ids of the supports that hang on it.
    #[schema(examples(json!(["guarantee-small-micro"])))]
    used_by: Vec<String>,
}

/// An allowed word.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WordInfo {
    /// As written in JSON.
    #[schema(examples("micro"))]
    pub(super) word: String,
    /// As people read it.
    pub(super) label: Bilingual,
}

/// Lists the facts.
///
/// A fact is what a profile may state: its name, type, allowed values, question and help, and the supports that depend on it.
#[utoipa::path(get, path = "/api/v1/facts", operation_id = "list_facts", tag = "rules",
    params(RuleBookParams),
    responses(
        (status = 200, description = "All facts, in the order in which they are shown.", body = Vec<FactInfo>),
        (status = 400, description = "A parameter is not known."),
        (status = 404, description = "No rule book of the version asked for was kept."),
        (status = 503, description = "The store does not answer."),
    ))]
pub(crate) async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    asked: AskedRuleBook,
) -> Result<HttpResponse, Problem> {
    let infos = || infos(&asked.advisor.plan).collect::<Vec<_>>();
    if asked.is_in_use(&app) {
        return Ok(etag::json_file(&request, asked.made(), &app.files.facts, infos));
    }
    Ok(etag::json(&request, asked.made(), &infos()))
}

/// Answers for the description: a fact of each type.
pub(super) fn examples(plan: &Plan) -> Vec<(&'static str, Value)> {
    let infos = infos(plan).filter_map(|info| serde_json::to_value(info).ok());
    infos.map(|info| ("FactInfo", info)).collect()
}

fn infos(plan: &Plan) -> impl Iterator<Item = FactInfo> {
    let book = &plan.book;
    (book.catalogue.facts.iter()).map(move |fact| {
        let group = book.catalogue.groups.get(fact.group);
        let (kind, format, unit) = match &fact.kind {
            Kind::Bool => ("bool", None, None),
            Kind::Number { whole: true, unit, .. } => ("integer", None, Some(unit)),
            Kind::Number { unit, .. } => ("decimal", None, Some(unit)),
            Kind::Enum { .. } => ("word", None, None),
            Kind::Code { format, .. } => ("code", Some(format), None),
            Kind::EnumList => ("words", None, None),
            Kind::Codes { format } => ("codes", Some(format), None),
        };
        let used = plan.used_by.get(fact.id.index()).into_iter().flatten();
        FactInfo {
            name: fact.name.clone(),
            group: group.map(|g| g.id.clone()).unwrap_or_default(),
            group_label: group.map(|g| (&g.label).into()).unwrap_or_default(),
            kind: kind.to_owned(),
            format: format.map(|f| format!("{f:?}").to_lowercase()),
            unit: unit.map(Into::into),
            values: (fact.values.iter())
                .map(|w| WordInfo { word: w.name.clone(), label: (&w.label).into() })
                .collect(),
            label: (&fact.label).into(),
            question: (&fact.question).into(),
            help: (&fact.help).into(),
            changeable: fact.changeable,
            derived: plan.is_derived(fact.id),
            decided_by_office: fact.decided_by_office,
            aliases: fact.aliases.clone(),
            used_by: (used.filter_map(|index| book.supports.get(*index)))
                .map(|support| support.id.clone())
                .collect(),
        }
    })
}
