//! Which properties of an item differ between two books.

use super::outline::{Item, Property};
use crate::facts::LocalizedText;
use std::collections::HashSet;

/// A property that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyDiff {
    /// Its name, such as `title` or `criterion insurance-sme/size condition`.
    pub name: String,
    /// The label of the criterion that it is a property of.
    pub criterion: Option<LocalizedText>,
    /// What it was; none if it was added.
    pub old: Option<Property>,
    /// What it is; none if it was removed.
    pub new: Option<Property>,
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
            found.push(PropertyDiff { name, criterion: None, old: order(old), new: order(new) });
            continue;
        }
        let count = was.len().max(is.len());
        let (mut was, mut is) = (was.into_iter(), is.into_iter());
        let criterion = criterion_label(new, name).or_else(|| criterion_label(old, name));
        found.extend((0..count).map(|_| PropertyDiff {
            name: name.to_owned(),
            criterion: criterion.clone(),
            old: was.next(),
            new: is.next(),
        }));
    }
    found.extend(reordered_criteria(old, new));
    found
}

/// What stands in a property's name for the criterion that it is of.
fn criterion_key(name: &str) -> Option<&str> {
    // The names of facts have no blanks.
    name.strip_prefix("criterion ")?.split(' ').next()
}

/// The label of the criterion that a property is of.
fn criterion_label(item: &Item, name: &str) -> Option<LocalizedText> {
    let label = format!("criterion {} label", criterion_key(name)?);
    item.properties.iter().find_map(|(name, property)| match property {
        Property::Text(text) if *name == label => Some(text.clone()),
        _ => None,
    })
}

impl PropertyDiff {
    /// What stands in its name for the criterion that it is of.
    pub(super) fn criterion_key(&self) -> Option<&str> {
        criterion_key(&self.name)
    }
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
        criterion: None,
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
