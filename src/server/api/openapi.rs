//! `GET /openapi.json`: the description of the API, OpenAPI 3.1.
//!
//! In go the handlers' own descriptions, the fact catalogue (the schema of a profile) and the route table (keys,
//! scopes, and the problems of the guard); out comes one document. That every error is a problem is stated here once,
//! not at each handler.

use super::answers::answers;
use super::error::ProblemCode;
use super::examples::{add_examples, apply_examples};
use super::unions::name_members;
use super::{
    assessments, audit, batch, codes, error, facts, health, metrics, policies, reload, rulebook,
    rulebooks, schema, screenings, shares, sql, supports,
};
use crate::server::access::{Requirement, Scope};
use crate::server::app::App;
use crate::server::http::etag::{self, Made};
use crate::server::http::query::NoQuery;
use crate::server::http::static_file::StaticFile;
use crate::server::route::Route;
use actix_web::{HttpRequest, HttpResponse, web};
use export_advisor_core::assessment::Advisor;
use export_advisor_core::facts::json_schema;
use serde_json::{Map, Value, json};
use utoipa::OpenApi as _;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "export-advisor",
        description = "Tells a firm which supports of a trade policy document concern it, why, what is missing, what would change the answer, and where to go. An answer is a pure function of (rule book, as-of date, profile); profiles are not stored, unless a firm asks for a share, and then sealed.",
        contact(name = "The operator of this service"),
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "assessments", description = "Answers for a firm"),
        (name = "screenings", description = "Answers for a list of firms"),
        (name = "shares", description = "An assessment handed to another, sealed"),
        (name = "policies", description = "The documents, sentence by sentence"),
        (name = "supports", description = "What the documents hold out"),
        (name = "rules", description = "Facts and the rule book"),
        (name = "operation", description = "Running the service"),
    ),
    paths(
        assessments::assess,
        batch::assess_batch,
        screenings::screen,
        screenings::screen_upload,
        screenings::compare,
        shares::create,
        shares::open,
        shares::delete,
        policies::list,
        policies::get,
        policies::later,
        supports::list,
        supports::get,
        facts::list,
        codes::list,
        rulebook::get,
        sql::get,
        rulebooks::list,
        rulebooks::compare,
        rulebooks::get,
        rulebooks::archive,
        health::health,
        health::ready,
        metrics::get,
        reload::reload,
        audit::list,
    ),
    modifiers(&Keys),
    components(schemas(schema::Assessment, error::Problem))
)]
struct Description;

/// The scheme of keys.
struct Keys;

impl utoipa::Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
        let scheme =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("ea_ID_SECRET");
        let scheme = scheme.description(Some("A key of the service's operator."));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(scheme.build()));
    }
}

/// The schemas of what clients send.
const REQUESTS: [&str; 3] = ["ListUpload", "Profile", "TwoLists"];

/// The routes whose requirements the description states.
pub(crate) struct Described(pub(crate) &'static [Route]);

/// The description for the rules built into the program.
pub(crate) fn builtin(routes: &[Route]) -> String {
    let loaded =
        export_advisor_core::script::load(&export_advisor_core::files::RuleFiles::builtin());
    format!("{:#}", document(&Advisor::new(loaded.book), routes))
}

fn document(advisor: &Advisor, routes: &[Route]) -> Value {
    let mut document = serde_json::to_value(Description::openapi()).unwrap_or(Value::Null);
    let mut profile = json_schema(&advisor.book().catalogue);
    if let Some(schema) = profile.as_object_mut() {
        schema.remove("$schema");
    }
    if let Some(schemas) =
        document.pointer_mut("/components/schemas").and_then(Value::as_object_mut)
    {
        schemas.insert("Profile".to_owned(), profile);
        schemas.sort_keys();
    }
    put_previous_first(&mut document);
    let profile = json!({ "$ref": "#/components/schemas/Profile" });
    let batch = json!({
        "type": "object",
        "required": ["profiles"],
        "additionalProperties": false,
        "properties": {
            "profiles": {
                "type": "array",
                "maxItems": batch::MOST_PROFILES,
                "items": profile,
                "description": "The profiles.",
                "examples": [[{ "exports_goods": true }]],
            }
        }
    });
    let [share, open, delete] = ["shares", "open", "delete"].map(|end| shares::body(end, &profile));
    for (path, schema_of_body) in [
        ("assessments", profile),
        ("assessments:batch", batch),
        ("shares", share),
        ("shares~1open", open),
        ("shares~1delete", delete),
    ] {
        let pointer =
            format!("/paths/~1api~1v1~1{path}/post/requestBody/content/application~1json/schema");
        if let Some(schema) = document.pointer_mut(&pointer) {
            *schema = schema_of_body;
        }
    }
    add_examples(&mut document);
    apply_examples(&mut document, &answers(advisor));
    open_answers(&mut document);
    name_members(&mut document);
    word_examples_of_parameters(&mut document);
    for route in routes {
        let path = route.path.replace('/', "~1");
        let pointer = format!("/paths/{path}/{}", route.method.as_str().to_lowercase());
        if let Some(operation) = document.pointer_mut(&pointer).and_then(Value::as_object_mut) {
            describe_problems(operation);
            describe_guard(route.requirement, operation);
        }
    }
    document
}

/// Lets answers have further members, since new ones are added at any time: a client that refuses them would break. What
/// clients send stays closed.
fn open_answers(document: &mut Value) {
    fn open(schema: &mut Value) {
        match schema {
            Value::Object(members) => {
                if members.contains_key("properties")
                    && members.get("additionalProperties") == Some(&Value::Bool(false))
                {
                    members.shift_remove("additionalProperties");
                }
                members.values_mut().for_each(open);
            }
            Value::Array(items) => items.iter_mut().for_each(open),
            _ => {}
        }
    }
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        if !REQUESTS.contains(&name.as_str()) {
            open(schema);
        }
    }
}

/// Puts the part `previous` of two lists before `list`: clients send parts in the order of the description.
fn put_previous_first(document: &mut Value) {
    let parts = document.pointer_mut("/components/schemas/TwoLists/properties");
    if let Some(parts) = parts.and_then(Value::as_object_mut)
        && let Some(list) = parts.shift_remove("list")
    {
        parts.insert("list".to_owned(), list);
    }
}

/// Moves the examples of parameters that may be left out into their descriptions: pages that try an operation would
/// send them.
fn word_examples_of_parameters(document: &mut Value) {
    let paths = document.pointer_mut("/paths").and_then(Value::as_object_mut);
    let operations = paths.into_iter().flat_map(|paths| paths.values_mut());
    let operations = operations.filter_map(Value::as_object_mut).flat_map(|path| path.values_mut());
    let parameters = operations.filter_map(|operation| operation.get_mut("parameters"));
    let parameters = parameters.filter_map(Value::as_array_mut).flatten();
    for parameter in parameters.filter_map(Value::as_object_mut) {
        if parameter.get("required") == Some(&Value::Bool(true)) {
            continue;
        }
        let Some(example) = parameter.remove("example") else { continue };
        let example = match &example {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
            }
            other => other.to_string(),
        };
        let before = parameter.get("description").and_then(Value::as_str).unwrap_or("");
        let text = format!("{before} Example: `{example}`.");
        parameter.insert("description".to_owned(), Value::String(text.trim().to_owned()));
    }
}

/// Adds to an operation whether it requires a key, and the problems that the guard answers.
fn describe_guard(requirement: Requirement, operation: &mut Map<String, Value>) {
    if requirement == Requirement::Nothing {
        operation.insert("security".to_owned(), json!([]));
        return;
    }
    let scopes: Vec<&str> = requirement.scope().into_iter().map(Scope::as_str).collect();
    let mut refusals = vec![ProblemCode::BadKey, ProblemCode::TooManyRequests];
    if !scopes.is_empty() {
        refusals.push(ProblemCode::LacksScope);
    }
    let with_key = json!({ "key": scopes });
    let security = match requirement {
        Requirement::Key(_) => json!([with_key]),
        _ => json!([{}, with_key]),
    };
    operation.insert("security".to_owned(), security);
    if requirement.needs_key() {
        refusals.extend([ProblemCode::NeedsKey, ProblemCode::StoreUnavailable]);
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    for code in refusals {
        let description = sentence(&code.title().en);
        let response = responses.entry(code.status().to_string());
        let response =
            response.or_insert_with(|| json!({ "description": "", "content": problem() }));
        if let Some(text) = response.get_mut("description")
            && !text.as_str().is_some_and(|text| text.contains(&description))
        {
            let before = text.as_str().unwrap_or("");
            *text = Value::String(format!("{before} {description}").trim().to_owned());
        }
        if code == ProblemCode::TooManyRequests {
            response["headers"] = json!({ "Retry-After": {
                "description": "Seconds until one more request is taken.",
                "schema": { "type": "integer", "minimum": 1 },
                "example": 3,
            } });
        }
    }
    responses.sort_keys();
}

/// Adds to every answer of a status from 400 that its body is a problem.
fn describe_problems(operation: &mut Map<String, Value>) {
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    for (status, response) in responses.into_iter().flatten() {
        if let Some(response) = response.as_object_mut().filter(|_| status.as_str() >= "400") {
            response.insert("content".to_owned(), problem());
        }
    }
}

/// The content of an answer that is a problem.
fn problem() -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({ "application/problem+json": { "schema": schema } })
}

/// A title as a sentence.
fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// Serves the description.
pub(crate) async fn get(
    app: web::Data<App>,
    request: HttpRequest,
    routes: web::Data<Described>,
    _: NoQuery,
) -> HttpResponse {
    let advisor = app.advisor();
    let book = advisor.book();
    let make = || {
        let text = format!("{:#}\n", document(&advisor, routes.0));
        StaticFile::new("application/json", text)
    };
    let made = Made { version: &book.version, is_stated: false };
    etag::file(&request, made, &app.files.description, make)
}
