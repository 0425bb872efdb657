//! The description of the API: OpenAPI 3.1, from the handlers, with the profile's form from the
//! fact catalogue.

use super::retiring::{RETIRING, find};
use super::state::State;
use super::{
    access, assessments, audit, batch, catalogue, error, health, metrics, policies, reload,
    screenings, shares, sql, supports, types,
};
use actix_web::http::Method;
use actix_web::{HttpResponse, web};
use arc_swap::ArcSwapOption;
use export_advisor_core::assessment::Advisor;
use export_advisor_core::facts::{Catalogue, json_schema};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::OpenApi as _;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "export-advisor",
        description = "Tells a firm which supports of a trade policy document concern it, why, what is missing, what would change the answer, and where to go. An answer is a pure function of (rule book, as-of date, profile); profiles are not stored, unless a firm asks for a share, and then sealed.",
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
        shares::create,
        shares::open,
        shares::delete,
        policies::list,
        policies::get,
        supports::list,
        supports::get,
        catalogue::facts,
        catalogue::rulebook,
        sql::get,
        health::health,
        health::ready,
        metrics::metrics,
        reload::reload,
        audit::list,
    ),
    modifiers(&Keys),
    components(schemas(types::Assessment, error::Problem))
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

/// The description for the rules built into the program.
#[must_use]
pub fn description() -> String {
    let loaded =
        export_advisor_core::script::load(&export_advisor_core::files::RuleFiles::builtin());
    format!("{:#}", document(&loaded.book.catalogue))
}

fn document(catalogue: &Catalogue) -> Value {
    let mut document = serde_json::to_value(Description::openapi()).unwrap_or(Value::Null);
    let mut profile = json_schema(catalogue);
    if let Some(schema) = profile.as_object_mut() {
        schema.remove("$schema");
    }
    if let Some(schemas) =
        document.pointer_mut("/components/schemas").and_then(Value::as_object_mut)
    {
        schemas.insert("Profile".to_owned(), profile);
        schemas.sort_keys();
    }
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
    for (path, form) in [
        ("assessments", profile),
        ("assessments:batch", batch),
        ("shares", share),
        ("shares~1open", open),
        ("shares~1delete", delete),
    ] {
        let body =
            format!("/paths/~1api~1v1~1{path}/post/requestBody/content/application~1json/schema");
        if let Some(schema) = document.pointer_mut(&body) {
            *schema = form;
        }
    }
    exemplify(&mut document);
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, operations) in paths.into_iter().flatten() {
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes());
            if let (Ok(method), Some(operation)) = (method, operation.as_object_mut()) {
                if find(RETIRING, method.as_str(), path).is_some() {
                    operation.insert("deprecated".to_owned(), Value::Bool(true));
                }
                access::describe(&method, path, operation);
            }
        }
    }
    document
}

/// Gives every described field an example: `utoipa` puts those of a list on its items and those of
/// a map on its keys, and leaves a reference without one.
fn exemplify(document: &mut Value) {
    each_property(document, &mut |property| {
        for inner in ["items", "propertyNames"] {
            let examples = property.get_mut(inner).and_then(Value::as_object_mut);
            if let Some(examples) = examples.and_then(|object| object.remove("examples")) {
                set_examples(property, examples);
            }
        }
    });
    let schemas = document.pointer("/components/schemas").cloned().unwrap_or(Value::Null);
    each_property(document, &mut |property| {
        let told = property.get("examples").and_then(Value::as_array);
        if told.is_none_or(|list| list.iter().all(is_empty_list)) {
            let example = sample(property, &schemas, 0);
            set_examples(property, json!([example]));
        }
    });
}

/// Calls `change` with every property of every schema.
fn each_property(document: &mut Value, change: &mut dyn FnMut(&mut Value)) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    let mut objects: Vec<&mut Value> =
        schemas.into_iter().flat_map(|all| all.values_mut()).collect();
    while let Some(object) = objects.pop() {
        let Some(object) = object.as_object_mut() else { continue };
        for (key, inner) in object {
            match (key.as_str(), inner) {
                ("properties", Value::Object(properties)) => {
                    properties.values_mut().for_each(&mut *change);
                }
                ("allOf", Value::Array(parts)) => objects.extend(parts.iter_mut()),
                _ => {}
            }
        }
    }
}

fn is_empty_list(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

fn set_examples(property: &mut Value, examples: Value) {
    if let Some(object) = property.as_object_mut() {
        object.insert("examples".to_owned(), examples);
    }
}

/// A value that a schema describes.
fn sample(schema: &Value, schemas: &Value, depth: usize) -> Value {
    /// Deep enough for every answer; a circle of references ends here.
    const DEEPEST: usize = 16;
    if depth > DEEPEST {
        return Value::Null;
    }
    let below = |schema: &Value| sample(schema, schemas, depth + 1);
    let told = schema.get("examples").and_then(Value::as_array).and_then(|list| list.first());
    if let Some(told) = told.filter(|told| !is_empty_list(told)) {
        return told.clone();
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or("");
        return schemas.get(name).map_or(Value::Null, below);
    }
    for key in ["oneOf", "anyOf"] {
        let choices = schema.get(key).and_then(Value::as_array).into_iter().flatten();
        let mut real = choices.filter(|choice| choice.get("type") != Some(&json!("null")));
        if let Some(choice) = real.next() {
            return below(choice);
        }
    }
    if let Some(first) = schema.get("enum").and_then(Value::as_array).and_then(|list| list.first())
    {
        return first.clone();
    }
    if let Some(items) = schema.get("items") {
        return json!([below(items)]);
    }
    match schema.get("properties").and_then(Value::as_object) {
        Some(properties) => {
            properties.iter().map(|(name, inner)| (name.clone(), below(inner))).collect()
        }
        None => Value::Null,
    }
}

/// The description as it was last served, with the version of the rule book that it was made for.
#[derive(Debug, Default)]
pub(super) struct Described(ArcSwapOption<(String, web::Bytes)>);

impl Described {
    /// The description for a rule book: made once, since that takes longer than any other answer.
    fn of(&self, advisor: &Advisor) -> web::Bytes {
        let version = &advisor.book().version;
        if let Some((_, text)) = self.0.load().as_deref().filter(|(of, _)| of == version) {
            return text.clone();
        }
        let text = web::Bytes::from(format!("{:#}\n", document(&advisor.book().catalogue)));
        self.0.store(Some(Arc::new((version.clone(), text.clone()))));
        text
    }
}

/// Serves the description.
pub(super) async fn serve(state: web::Data<State>) -> HttpResponse {
    let text = state.described.of(&state.advisor());
    HttpResponse::Ok().content_type("application/json").body(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_made_once_for_each_rule_book() {
        let mut book =
            export_advisor_core::script::load(&export_advisor_core::files::RuleFiles::builtin())
                .book;
        let described = Described::default();
        let first = described.of(&Advisor::new(book.clone()));
        let again = described.of(&Advisor::new(book.clone()));
        assert_eq!(first.as_ptr(), again.as_ptr());
        book.version.push('x');
        let other = described.of(&Advisor::new(book));
        assert_ne!(first.as_ptr(), other.as_ptr());
    }
}
