//! The catalogue as a JSON Schema, a CSV header and a table.

use super::{Catalogue, Fact, Format, Kind, read};
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Map, Value, json};

/// The JSON Schema (2020-12) of a profile.
#[must_use]
pub fn json_schema(catalogue: &Catalogue) -> Value {
    let properties: Map<String, Value> =
        catalogue.facts.iter().map(|fact| (fact.name.clone(), fact_schema(fact))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Profile",
        "description": "What a firm says of itself. A missing key or null is “not answered”, \"unknown\" is “asked, does not know”, [] is “known to be none”.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "examples": [{ "exports_goods": true, "industry": "F5292", "employees": 6, "division": "330782" }],
    })
}

/// The facts' names, as the first line of a CSV file.
#[must_use]
pub fn csv_header(catalogue: &Catalogue) -> String {
    let names: Vec<&str> = catalogue.facts.iter().map(|fact| fact.name.as_str()).collect();
    names.join(",")
}

fn fact_schema(fact: &Fact) -> Value {
    let values: Vec<&str> = fact.values.iter().map(|value| value.name.as_str()).collect();
    let (form, example) = match &fact.kind {
        Kind::Bool => (json!({ "type": "boolean" }), json!(true)),
        Kind::Number { whole, min, max, .. } => {
            let kind = if *whole { "integer" } else { "number" };
            let form = json!({ "type": kind, "minimum": min.to_i64(), "maximum": max.to_i64() });
            (form, json!(120))
        }
        Kind::Enum { .. } => (json!({ "type": "string", "enum": values }), json!(values.first())),
        Kind::Code { format, none } => {
            let code = code_schema(*format);
            let form = if *none { json!({ "anyOf": [code, { "const": "none" }] }) } else { code };
            (form, json!(code_example(*format)))
        }
        Kind::EnumList => {
            let items = json!({ "type": "string", "enum": values });
            (json!({ "type": "array", "items": items }), json!([values.first()]))
        }
        Kind::Codes { format } => {
            let form = json!({ "type": "array", "items": code_schema(*format) });
            (form, json!([code_example(*format)]))
        }
    };
    let old: Vec<&str> = fact.old_values.iter().map(|old| old.name.as_str()).collect();
    let mut forms = vec![form, json!({ "const": "unknown" }), json!({ "type": "null" })];
    // A text is read as a cell of a list is, and so are the numbers 0 and 1 for a boolean.
    if !matches!(fact.kind, Kind::Code { .. }) {
        forms.push(match read::longest(&fact.kind) {
            Some(longest) => json!({ "type": "string", "maxLength": longest }),
            None => json!({ "type": "string" }),
        });
    }
    if fact.kind == Kind::Bool {
        forms.push(json!({ "enum": [0, 1] }));
    }
    if !old.is_empty() {
        forms.push(json!({ "type": "string", "enum": old, "deprecated": true }));
    }
    json!({
        "description": format!("{} {}", fact.question.en, fact.help.en),
        "examples": [example],
        "anyOf": forms,
    })
}

fn code_schema(format: Format) -> Value {
    // A code may be written with spaces or full-width characters, so patterns are not given.
    json!({ "type": "string", "maxLength": read::LONGEST, "examples": [code_example(format)] })
}

fn code_example(format: Format) -> &'static str {
    match format {
        Format::Division => "330782",
        Format::Industry => "F5292",
        Format::Uscc => "91110000600037341L",
        Format::Hs => "870380",
        Format::Country => "JP",
    }
}
