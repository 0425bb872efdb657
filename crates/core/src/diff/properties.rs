//! Which properties of an item differ between two books.

use super::outline::{Item, Property};
use crate::facts::LocalizedText;
use similar::{ChangeTag, TextDiff};
use std::collections::HashSet;

/// A property that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyDiff {
    /// Its name, such as `title` or `criterion insurance-sme/size condition`.
    pub name: String,
    /// What it was; none if it was added.
    pub old: Option<Property>,
    /// What it is; none if it was removed.
    pub new: Option<Property>,
}

/// A part of a text that was compared word by word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextPart {
    /// In both.
    Same(String),
    /// Only in the old text.
    Removed(String),
    /// Only in the new text.
    Added(String),
}

/// Compares two texts: by characters if they have Chinese ones, else by words.
#[must_use]
pub fn text_parts(old: &str, new: &str) -> Vec<TextPart> {
    let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let diff = if is_chinese(old) || is_chinese(new) {
        TextDiff::from_chars(old, new)
    } else {
        TextDiff::from_words(old, new)
    };
    let mut parts: Vec<TextPart> = Vec::new();
    for change in diff.iter_all_changes() {
        let text = change.value();
        match (change.tag(), parts.last_mut()) {
            (ChangeTag::Equal, Some(TextPart::Same(before)))
            | (ChangeTag::Delete, Some(TextPart::Removed(before)))
            | (ChangeTag::Insert, Some(TextPart::Added(before))) => before.push_str(text),
            (ChangeTag::Equal, _) => parts.push(TextPart::Same(text.to_owned())),
            (ChangeTag::Delete, _) => parts.push(TextPart::Removed(text.to_owned())),
            (ChangeTag::Insert, _) => parts.push(TextPart::Added(text.to_owned())),
        }
    }
    parts
}

/// The properties that differ, in the order of the new item; then those that only the old one has. Of several with one
/// name those that both items have are left out, and the others are compared in order.
pub(super) fn differing(old: &Item, new: &Item) -> Vec<PropertyDiff> {
    let old = &with_criteria_named_as_in(new, old);
    let mut seen: HashSet<&str> = HashSet::new();
    let names = new.properties.iter().chain(&old.properties).map(|(name, _)| name.as_str());
    let names: Vec<&str> = names.filter(|name| seen.insert(name)).collect();
    let mut found = Vec::new();
    for name in names {
        let of = |item: &'_ Item| -> Vec<Property> {
            let properties = item.properties.iter().filter(|(other, _)| other == name);
            properties.map(|(_, property)| property.clone()).collect()
        };
        let (mut was, mut is) = (of(old), of(new));
        if was == is {
            continue;
        }
        let both: Vec<Property> = was.iter().filter(|one| is.contains(one)).cloned().collect();
        was.retain(|one| !both.contains(one));
        is.retain(|one| !both.contains(one));
        if was.is_empty() && is.is_empty() {
            let order = |item: &Item| Some(Property::Value(in_order(&of(item))));
            let name = format!("order of {name}");
            found.push(PropertyDiff { name, old: order(old), new: order(new) });
            continue;
        }
        let count = was.len().max(is.len());
        let (mut was, mut is) = (was.into_iter(), is.into_iter());
        found.extend((0..count).map(|_| PropertyDiff {
            name: name.to_owned(),
            old: was.next(),
            new: is.next(),
        }));
    }
    found.extend(reordered_criteria(old, new));
    found
}

/// A support in which each criterion has the name that it has in another one, if it can be told by its label: the name of a
/// criterion is that of its facts, which a change of its condition may change.
fn with_criteria_named_as_in(new: &Item, old: &Item) -> Item {
    let labels = |item: &Item| -> Vec<(String, Property)> {
        let names = item.properties.iter().filter_map(|(name, property)| {
            let criterion = name.strip_prefix("criterion ")?.strip_suffix(" label")?;
            Some((criterion.to_owned(), property.clone()))
        });
        names.collect()
    };
    let (was, is) = (labels(old), labels(new));
    let mut named = old.clone();
    for (before, label) in was.iter().filter(|(name, _)| !is.iter().any(|(other, _)| other == name))
    {
        let mut same = is.iter().filter(|(_, other)| other == label);
        let same = same.find(|(name, _)| !was.iter().any(|(other, _)| other == name));
        let Some((after, _)) = same else { continue };
        let (before, after) = (format!("criterion {before} "), format!("criterion {after} "));
        for (name, _) in &mut named.properties {
            if let Some(property) = name.strip_prefix(&before) {
                *name = format!("{after}{property}");
            }
        }
    }
    named
}

fn in_order(properties: &[Property]) -> String {
    let texts = properties.iter().map(|property| match property {
        Property::Text(text) => text.zh.clone(),
        Property::Value(value) => value.clone(),
    });
    texts.collect::<Vec<_>>().join(" | ")
}

/// The order of the criteria that both supports have, if it differs: answers list them in it.
fn reordered_criteria(old: &Item, new: &Item) -> Option<PropertyDiff> {
    let criteria = |item: &Item| -> Vec<String> {
        let names = item.properties.iter().map(|(name, _)| name);
        let names =
            names.filter_map(|name| name.strip_prefix("criterion ")?.strip_suffix(" label"));
        names.map(str::to_owned).collect()
    };
    let (mut was, mut is) = (criteria(old), criteria(new));
    let both: Vec<String> = was.iter().filter(|id| is.contains(id)).cloned().collect();
    was.retain(|id| both.contains(id));
    is.retain(|id| both.contains(id));
    (was != is).then(|| PropertyDiff {
        name: "order of criteria".to_owned(),
        old: Some(Property::Value(was.join(" | "))),
        new: Some(Property::Value(is.join(" | "))),
    })
}

impl Property {
    /// The property in both languages.
    #[must_use]
    pub fn localized(&self) -> LocalizedText {
        match self {
            Self::Text(text) => text.clone(),
            Self::Value(value) => LocalizedText { zh: value.clone(), en: value.clone() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_by_characters_or_words() {
        use TextPart::{Added, Removed, Same};
        let text = |text: &str| text.to_owned();
        assert_eq!(
            text_parts("小微外贸企业", "中小微外贸企业"),
            [Added(text("中")), Same(text("小微外贸企业"))]
        );
        assert_eq!(
            text_parts("small firms", "large firms"),
            [Removed(text("small")), Added(text("large")), Same(text(" firms"))]
        );
    }
}
