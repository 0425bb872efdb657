//! Examples of the description: every described field gets one.
//!
//! In goes the description that `utoipa` made, out comes the same with an example of each property. A property
//! without an own example gets one from the schema that it refers to.

use serde_json::{Value, json};

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
