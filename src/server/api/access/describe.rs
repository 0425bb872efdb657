//! What the guard asks and answers, told in the description of the API: from the guard's own table, so
//! that the two cannot differ.

use super::super::error::ProblemCode;
use super::guard::{Need, need};
use actix_web::http::Method;
use serde_json::{Map, Value, json};

/// Adds to an operation whether it asks for a key, and the problems that the guard answers.
pub(in super::super) fn describe(method: &Method, route: &str, operation: &mut Map<String, Value>) {
    let asked = need(method, route);
    let scopes: Vec<&str> = match asked {
        Need::Nothing => {
            operation.insert("security".to_owned(), json!([]));
            return;
        }
        Need::Limit => Vec::new(),
        Need::IfKey(scope) | Need::KeyUnlessLocal(scope) | Need::Key(scope) => vec![scope.as_str()],
    };
    let mut refusals = vec![ProblemCode::BadKey, ProblemCode::TooManyRequests];
    if !scopes.is_empty() {
        refusals.push(ProblemCode::LacksScope);
    }
    let with_key = json!({ "key": scopes });
    let security = match asked {
        Need::Key(_) => json!([with_key]),
        _ => json!([{}, with_key]),
    };
    operation.insert("security".to_owned(), security);
    if matches!(asked, Need::Key(_) | Need::KeyUnlessLocal(_)) {
        refusals.extend([ProblemCode::NeedsKey, ProblemCode::StoreUnavailable]);
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    for code in refusals {
        let description = sentence(&code.title().en);
        let entry = responses.entry(code.status().to_string()).or_insert_with(|| {
            let schema = json!({ "$ref": "#/components/schemas/Problem" });
            json!({ "description": "", "content": { "application/problem+json": { "schema": schema } } })
        });
        if let Some(told) = entry.get_mut("description")
            && !told.as_str().is_some_and(|told| told.contains(&description))
        {
            let before = told.as_str().unwrap_or("");
            *told = Value::String(format!("{before} {description}").trim().to_owned());
        }
        if code == ProblemCode::TooManyRequests {
            entry["headers"] = json!({ "Retry-After": {
                "description": "Seconds until one more request is taken.",
                "schema": { "type": "integer", "minimum": 1 },
                "example": 3,
            } });
        }
    }
    responses.sort_keys();
}

/// A title as a sentence.
fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
