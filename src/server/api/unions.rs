//! Unions of the description, in the form that generators of clients understand.
//!
//! Generators make a class of each member of a union, and many of them can name a class only after a schema of its own.
//! In goes the finished description; out comes the same, in which each list and each enum within a union is a schema with
//! a name, and a reference within a union has nothing beside it.

use serde_json::{Map, Value, json};

/// Gives the lists and enums within unions schemas of their own, and takes descriptions from references within unions.
pub(super) fn name_members(document: &mut Value) {
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut)
    else {
        return;
    };
    let mut named = Map::new();
    for (name, schema) in schemas.iter_mut() {
        name_union(name, schema, &mut named);
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (property, schema) in properties.into_iter().flatten() {
            name_union(&pascal_case(property), schema, &mut named);
        }
    }
    for (name, schema) in named {
        let taken = schemas.insert(name, schema);
        debug_assert!(taken.is_none(), "two schemas have one name");
    }
    schemas.sort_keys();
}

/// Names the members of a schema that is a union, and lets a value be of several members where some are scalars: clients
/// convert scalars into each other, and refuse what fits two members of `oneOf` then.
fn name_union(owner: &str, schema: &mut Value, named: &mut Map<String, Value>) {
    let is_scalar = |member: &Value| {
        let kind = member.get("type").and_then(Value::as_str);
        kind.is_some_and(|kind| ["boolean", "integer", "number", "string"].contains(&kind))
    };
    let members = schema.get("oneOf").and_then(Value::as_array);
    if members.is_some_and(|members| members.iter().any(is_scalar))
        && let Some(schema) = schema.as_object_mut()
        && let Some(members) = schema.remove("oneOf")
    {
        schema.insert("anyOf".to_owned(), members);
    }
    for union in ["anyOf", "oneOf"] {
        let members = schema.get_mut(union).and_then(Value::as_array_mut);
        for member in members.into_iter().flatten().filter_map(Value::as_object_mut) {
            if member.contains_key("$ref") {
                member.remove("description");
            } else if member.get("type") == Some(&json!("array")) {
                if let Some(items) = member.get_mut("items").and_then(Value::as_object_mut) {
                    name_enum(owner, items, named);
                }
                name_schema(format!("{owner}List"), member, named);
            } else {
                name_enum(owner, member, named);
            }
        }
    }
}

/// Names a schema that is an enum of texts, unless its values are old names.
fn name_enum(owner: &str, schema: &mut Map<String, Value>, named: &mut Map<String, Value>) {
    let is_text = schema.get("type") == Some(&json!("string"));
    if is_text && schema.contains_key("enum") && !schema.contains_key("deprecated") {
        name_schema(format!("{owner}Value"), schema, named);
    }
}

/// Moves a schema among those with a name, and leaves a reference to it.
fn name_schema(name: String, schema: &mut Map<String, Value>, named: &mut Map<String, Value>) {
    let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
    let moved = match reference {
        Value::Object(reference) => std::mem::replace(schema, reference),
        _ => return,
    };
    named.insert(name, Value::Object(moved));
}

/// `revenue_wan` as `RevenueWan`.
fn pascal_case(name: &str) -> String {
    let parts = name.split('_').map(|part| {
        let mut letters = part.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    parts.collect()
}
