//! Examples of the description: every described field gets one.
//!
//! In goes the description that `utoipa` made, and answers of the service; out comes the same with an example of each
//! property: what an answer has there. What no answer has, such as a secret, keeps the example that is written beside it,
//! or has one from the schema that it refers to.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Gives every described field an example: `utoipa` puts those of a list on its items and those of
/// a map on its keys, and leaves a reference without one.
pub(super) fn add_examples(document: &mut Value) {
    each_property(document, &mut |property| {
        if let Some(examples) = inner_examples(property) {
            set_examples(property, examples);
        }
    });
    let schemas = document.pointer("/components/schemas").cloned().unwrap_or(Value::Null);
    each_property(document, &mut |property| {
        let examples = property.get("examples").and_then(Value::as_array);
        if examples.is_none_or(|list| list.iter().all(is_empty_list)) {
            let example = sample(property, &schemas, 0);
            set_examples(property, json!([example]));
        }
    });
}

/// Takes the examples that were put on the items or the keys of a property.
fn inner_examples(property: &mut Value) -> Option<Value> {
    // A map has them twice.
    let all = ["items", "propertyNames", "additionalProperties"].map(|inner| {
        let inner = property.get_mut(inner)?;
        let own = inner.as_object_mut().and_then(|object| object.remove("examples"));
        own.or_else(|| inner_examples(inner))
    });
    all.into_iter().flatten().next()
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
    let first = schema.get("examples").and_then(Value::as_array).and_then(|list| list.first());
    if let Some(example) = first.filter(|example| !is_empty_list(example)) {
        return example.clone();
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
        None => plain(schema),
    }
}

/// A value of a plain type.
fn plain(schema: &Value) -> Value {
    let kinds = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.and_then(Value::as_str).into_iter().collect::<Vec<&str>>(),
    };
    match kinds.into_iter().find(|kind| *kind != "null") {
        Some("string") => json!("…"),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        _ => Value::Null,
    }
}

/// Gives the properties of answers what an answer has there; `answers` have the names of their schemas.
pub(super) fn apply_examples(document: &mut Value, answers: &[(&str, Value)]) {
    let Some(schemas) = document.pointer("/components/schemas").and_then(Value::as_object) else {
        return;
    };
    let mut collector = ExampleCollector { schemas, examples: BTreeMap::new() };
    for (name, answer) in answers {
        if let Some(schema) = schemas.get(*name) {
            collector.collect(schema, &at_schema(name), answer);
        }
    }
    for (pointer, example) in collector.examples {
        if let Some(property) = document.pointer_mut(&pointer) {
            set_examples(property, json!([example]));
        }
    }
}

/// Where a named schema is.
fn at_schema(name: &str) -> String {
    format!("/components/schemas/{name}")
}

/// Examples of properties that answers have, by where the property is.
struct ExampleCollector<'d> {
    schemas: &'d Map<String, Value>,
    examples: BTreeMap<String, Value>,
}

impl<'d> ExampleCollector<'d> {
    /// Takes the examples of all properties of a value.
    fn collect(&mut self, schema: &'d Value, at: &str, value: &Value) {
        if let Some((name, target)) = self.named(schema) {
            return self.collect(target, &at_schema(name), value);
        }
        for (keyword, is_choice) in [("oneOf", true), ("anyOf", true), ("allOf", false)] {
            let parts = list(schema, keyword).iter().enumerate();
            let fitting = parts.filter(|(_, part)| !is_choice || self.fits(part, value));
            let fitting: Vec<_> = fitting.take(if is_choice { 1 } else { usize::MAX }).collect();
            for (index, part) in fitting {
                self.collect(part, &format!("{at}/{keyword}/{index}"), value);
            }
        }
        match value {
            Value::Array(items) => {
                let Some(schema) = schema.get("items") else { return };
                for item in items {
                    self.collect(schema, &format!("{at}/items"), item);
                }
            }
            Value::Object(members) => {
                for (name, inner) in properties(schema) {
                    let Some(value) = members.get(name).filter(|value| !is_empty(value)) else {
                        continue;
                    };
                    let at = format!("{at}/properties/{name}");
                    self.collect(inner, &at, value);
                    self.examples.entry(at).or_insert_with(|| shortened(value));
                }
                let Some(inner) = schema.get("additionalProperties").filter(|one| one.is_object())
                else {
                    return;
                };
                for value in members.values() {
                    self.collect(inner, &format!("{at}/additionalProperties"), value);
                }
            }
            _ => {}
        }
    }

    /// The schema that a reference names.
    fn named(&self, schema: &'d Value) -> Option<(&'d str, &'d Value)> {
        let name = schema.get("$ref")?.as_str()?.rsplit('/').next()?;
        Some((name, self.schemas.get(name)?))
    }

    /// Whether a value may be of a schema: its type, its values and its required members tell.
    fn fits(&self, schema: &'d Value, value: &Value) -> bool {
        if let Some((_, target)) = self.named(schema) {
            return self.fits(target, value);
        }
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let is_kind = |given: &Value| given == kind || (given == "number" && kind == "integer");
        let is_of_type = match schema.get("type") {
            None => true,
            Some(Value::Array(kinds)) => kinds.iter().any(is_kind),
            Some(given) => is_kind(given),
        };
        let has = |name: &Value| name.as_str().is_some_and(|name| value.get(name).is_some());
        let member_fits = |(name, inner): (&String, &'d Value)| {
            value.get(name).is_none_or(|value| self.fits(inner, value))
        };
        let choices = ["oneOf", "anyOf"].map(|keyword| list(schema, keyword));
        is_of_type
            && (list(schema, "enum").is_empty() || list(schema, "enum").contains(value))
            && list(schema, "required").iter().all(has)
            && properties(schema).all(member_fits)
            && choices
                .into_iter()
                .all(|parts| parts.is_empty() || parts.iter().any(|part| self.fits(part, value)))
    }
}

/// The list that a schema has under a keyword.
fn list<'d>(schema: &'d Value, keyword: &str) -> &'d [Value] {
    schema.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || is_empty_list(value)
}

/// A value as an example: of each list the first item, of a map by ids the first entry, and no hash, which would change
/// with every rule.
fn shortened(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().take(1).map(shortened).collect(),
        Value::Object(members) => {
            let is_map = members.keys().any(|key| key.contains(['.', ':']));
            let members = members.iter().take(if is_map { 1 } else { usize::MAX });
            members.map(|(name, value)| (name.clone(), shortened(value))).collect()
        }
        Value::String(text) if text.starts_with("sha256:") => json!("sha256:0f3a…"),
        other => other.clone(),
    }
}
