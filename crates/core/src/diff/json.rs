//! A comparison of two books as JSON, in both languages, with everything that differs.

use super::report::headline;
use super::{BookDiff, Effect, ItemChange, ItemDiff, MoveExample, Property, PropertyDiff};
use crate::facts::LocalizedText;
use crate::truth::Truth;
use crate::wording::Lang;
use serde_json::{Value, json};

impl BookDiff {
    /// The comparison as JSON, in both languages.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let summary = LocalizedText { zh: headline(self, Lang::Zh), en: headline(self, Lang::En) };
        json!({
            "old": self.old,
            "new": self.new,
            "moves_firms": self.moves_firms(),
            "summary": summary,
            "items": self.items.iter().map(item_to_json).collect::<Vec<_>>(),
            "rows": self.rows.iter().map(|row| json!({
                "table": row.table, "key": row.key, "old": row.old, "new": row.new,
            })).collect::<Vec<_>>(),
            "files": self.files.iter().map(|(path, change)| json!({
                "path": path, "change": change.as_str(),
            })).collect::<Vec<_>>(),
        })
    }
}

fn item_to_json(item: &ItemDiff) -> Value {
    let (change, from) = match &item.change {
        ItemChange::Added => ("added", None),
        ItemChange::Removed => ("removed", None),
        ItemChange::Renamed { from } => ("renamed", Some(from)),
        ItemChange::Changed => ("changed", None),
        ItemChange::Reordered => ("reordered", None),
    };
    let property = |property: &PropertyDiff| {
        let value = |property: &Option<Property>| match property {
            None => Value::Null,
            Some(Property::Text(text)) => json!(text),
            Some(Property::Value(value)) => json!(value),
        };
        json!({
            "name": property.name,
            "criterion": property.criterion,
            "old": value(&property.old),
            "new": value(&property.new),
        })
    };
    let example = |example: &MoveExample| {
        let firm = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let causes = example.causes.iter().map(|cause| {
            json!({
                "criterion": cause.id,
                "label": cause.label,
                "before": cause.before.map(Truth::as_str),
                "after": cause.after.map(Truth::as_str),
            })
        });
        json!({
            "before": example.before,
            "after": example.after,
            "firm": firm(&example.firm),
            "old_firm": example.old_firm.as_deref().map(firm),
            "contradictory": example.is_contradictory,
            "causes": causes.collect::<Vec<_>>(),
        })
    };
    let (effect, moves) = match &item.effect {
        None => (None, Vec::new()),
        Some(Effect::None) => (Some("none"), Vec::new()),
        Some(Effect::Moves(examples)) => (Some("moves"), examples.iter().map(example).collect()),
        Some(Effect::TooLarge) => (Some("too_large"), Vec::new()),
    };
    let sentences = item.sentences.iter().map(|(id, text)| json!({ "id": id, "text": text }));
    json!({
        "kind": item.kind.as_str(),
        "id": item.id,
        "title": item.title,
        "change": change,
        "from": from,
        "effect": effect,
        "moves": moves,
        "properties": item.properties.iter().map(property).collect::<Vec<_>>(),
        "sentences": sentences.collect::<Vec<_>>(),
    })
}
