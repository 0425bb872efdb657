//! Lines of JSON, one object a line.
//!
//! Owns the reading of lines into members, and of members into the cells of a table. It does not interpret a value. A
//! line that is no object is a fault of its row.

use crate::table::cells::{Cells, RowFault};
use export_advisor_core::facts::credit_code::without_personal_numbers;
use export_advisor_core::facts::json::escaped;
use foldhash::{HashMap, HashSet};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// A parsed line.
#[derive(Debug)]
pub(crate) struct JsonLine<'a> {
    /// Its text, without surrounding space.
    pub(crate) text: Cow<'a, str>,
    /// How many lines are before it, blank ones counted.
    pub(crate) position: usize,
    /// Its members, or the column where it breaks.
    pub(crate) members: Result<Vec<(Cow<'a, str>, &'a RawValue)>, usize>,
}

impl JsonLine<'_> {
    /// Makes a member `null`, so that no output repeats its value. The line is written anew, without space between its
    /// members.
    pub(crate) fn withhold(&mut self, key: &str) {
        let Ok(members) = &mut self.members else { return };
        let mut text = String::from("{");
        for (index, (name, value)) in members.iter_mut().enumerate() {
            if name == key {
                *value = RawValue::NULL;
            }
            let comma = if index > 0 { "," } else { "" };
            let _ = write!(text, "{comma}\"{}\":{}", escaped(name), value.get());
        }
        text.push('}');
        self.text = text.into();
    }

    /// The cell of a member; `None` if the line has no such member, or several.
    pub(crate) fn cell(&self, key: &str) -> Option<String> {
        let mut members = self.members.as_ref().ok()?.iter().filter(|(name, _)| name == key);
        let (_, raw) = members.next()?;
        members.next().is_none().then(|| cell(raw))
    }

    /// Masks the personal numbers of a line that is no object, and so has no members.
    pub(crate) fn mask(&mut self) {
        if self.members.is_err()
            && let Cow::Owned(masked) = without_personal_numbers(&self.text)
        {
            self.text = masked.into();
        }
    }
}

/// The lines of a text that are not blank, and the number of those that are.
pub(crate) fn lines(text: &str) -> (Vec<JsonLine<'_>>, usize) {
    let mut blank = 0;
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() {
            blank += 1;
            continue;
        }
        let members = serde_json::from_str::<Members<'_>>(line);
        let members = members.map(|m| m.0).map_err(|error| error.column().max(1));
        found.push(JsonLine { text: line.into(), position: found.len() + blank, members });
    }
    (found, blank)
}

/// The keys of the objects of a text, in the order of their first occurrence. The last line of a partial text may be
/// incomplete and is left out. Of more than `most` keys only one more is given.
pub(crate) fn keys(text: &str, is_partial: bool, most: usize) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let mut seen = HashSet::default();
    let end = text.rfind('\n').filter(|_| is_partial);
    let whole = end.and_then(|end| text.get(..end)).unwrap_or(text);
    for line in lines(whole).0 {
        for (key, _) in line.members.unwrap_or_default() {
            if keys.len() > most {
                return keys;
            }
            if !seen.contains(&*key) {
                seen.insert(key.clone().into_owned());
                keys.push(key.into_owned());
            }
        }
    }
    keys
}

/// The value of a member as the text of a cell.
pub(crate) fn cell(raw: &RawValue) -> String {
    let text = raw.get();
    if text == "null" {
        return String::new();
    }
    if text.starts_with('"') {
        return serde_json::from_str(text).unwrap_or_default();
    }
    if text.starts_with('[')
        && text != "[]"
        && let Ok(items) = serde_json::from_str::<Vec<String>>(text)
        && !items.is_empty()
    {
        return items.join(";");
    }
    text.to_owned()
}

/// Lines as rows of a table with given columns. Keys without a column are faults.
pub(crate) fn table(lines: &[JsonLine<'_>], columns: &[String]) -> Cells<'static> {
    let mut cells = Cells::new(columns.len());
    let with_column: HashSet<&str> = columns.iter().map(String::as_str).collect();
    for line in lines {
        match &line.members {
            Ok(members) => {
                // Of a key that occurs twice the first one counts, as it does where the fault is reported.
                let found: HashMap<&str, &RawValue> =
                    members.iter().rev().map(|(key, raw)| (&**key, *raw)).collect();
                for name in columns {
                    cells.push(&found.get(&**name).map(|raw| cell(raw)).unwrap_or_default());
                }
                for (key, raw) in members.iter().filter(|(key, _)| !with_column.contains(&**key)) {
                    let (key, value) = (key.clone().into_owned(), cell(raw));
                    cells.fault(RowFault::NewKey { key, value });
                }
            }
            Err(column) => {
                cells.fault(RowFault::NotJson {
                    column: *column,
                    line: line.text.clone().into_owned(),
                });
            }
        }
        cells.end_row();
    }
    cells
}

struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Text).map(Key)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    members.push((key, value));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Object).map(Members)
    }
}
