//! One JSON object a line.
//!
//! Owns reading lines into members and writing rows back as lines. A line keeps its own text: what is
//! found out is added before its closing brace, so that every key and digit of the caller's passes as it
//! was. A line that is no object is kept under the key `line`.

use super::cells::{Cells, RowFault};
use super::layout::{AGAIN, Layout};
use super::verdicts::Verdicts;
use export_advisor_core::evaluate::PartialValue;
use export_advisor_core::facts::json::escaped;
use foldhash::{HashMap, HashSet};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A line taken apart.
#[derive(Debug)]
pub struct Line<'a> {
    /// Its text, without space around it.
    pub text: &'a str,
    /// Its members, or the column where it breaks.
    pub members: Result<Vec<(Cow<'a, str>, &'a RawValue)>, usize>,
}

/// The lines of a text that are not blank, and how many are.
#[must_use]
pub fn lines(text: &str) -> (Vec<Line<'_>>, usize) {
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
        found.push(Line { text: line, members });
    }
    (found, blank)
}

/// The keys of the objects of a text, in the order in which they first come. If it goes on, its last line may
/// break off and is left out. Of more than `most` keys only one more is given.
#[must_use]
pub fn keys(text: &str, goes_on: bool, most: usize) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let mut seen = HashSet::default();
    let end = text.rfind('\n').filter(|_| goes_on);
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

/// What a member holds, as a cell of a table says it.
#[must_use]
pub fn cell(raw: &RawValue) -> String {
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

/// Lines as rows of a table with given columns; keys that have no column are faults.
#[must_use]
pub fn table(lines: &[Line<'_>], columns: &[String]) -> Cells<'static> {
    let mut cells = Cells::new(columns.len());
    let known: HashSet<&str> = columns.iter().map(String::as_str).collect();
    for line in lines {
        match &line.members {
            Ok(members) => {
                // Of a key that stands twice the first counts, here as where it is told.
                let found: HashMap<&str, &RawValue> =
                    members.iter().rev().map(|(key, raw)| (&**key, *raw)).collect();
                for name in columns {
                    cells.push(&found.get(&**name).map(|raw| cell(raw)).unwrap_or_default());
                }
                for (key, raw) in members.iter().filter(|(key, _)| !known.contains(&**key)) {
                    let (key, value) = (key.clone().into_owned(), cell(raw));
                    cells.fault(RowFault::NewKey { key, value });
                }
            }
            Err(column) => {
                cells.fault(RowFault::NotJson { column: *column, line: line.text.to_owned() });
            }
        }
        cells.end_row();
    }
    cells
}

/// Writes a line with what was found out of it.
pub fn write_line(
    line: &Line<'_>,
    row: usize,
    verdicts: &Verdicts,
    layout: &Layout,
    out: &mut Vec<u8>,
) {
    let open = line.text.strip_suffix('}').map(str::trim_end);
    match (&line.members, open) {
        (Ok(members), Some(open)) => {
            out.extend_from_slice(open.as_bytes());
            // Rare: a key that the first rows did not have.
            let clash = members.iter().any(|(key, _)| layout.is_added(key));
            let taken = |name: &str| clash && members.iter().any(|(key, _)| key == name);
            write_members(row, verdicts, layout, members.is_empty(), &taken, out);
        }
        _ => {
            out.extend_from_slice(b"{\"line\":");
            quote(line.text, out);
            write_members(row, verdicts, layout, false, &|_| false, out);
        }
    }
    out.extend_from_slice(b"}\n");
}

/// Writes rows of a table, each cell a text under its column's name.
pub fn write_rows(
    cells: &Cells<'_>,
    columns: &[String],
    verdicts: &Verdicts,
    layout: &Layout,
    out: &mut Vec<u8>,
) {
    let mut keys: Vec<Vec<u8>> = Vec::new();
    for name in columns {
        let mut key = vec![if keys.is_empty() { b'{' } else { b',' }];
        quote(name, &mut key);
        key.push(b':');
        keys.push(key);
    }
    for row in 0..cells.rows() {
        for (key, cell) in keys.iter().zip(cells.row(row)) {
            out.extend_from_slice(key);
            quote(super::csv::unguarded(cell), out);
        }
        write_members(row, verdicts, layout, columns.is_empty(), &|_| false, out);
        out.extend_from_slice(b"}\n");
    }
}

/// Writes the added members of a row, in the words of the contract, whatever the language.
fn write_members(
    row: usize,
    verdicts: &Verdicts,
    layout: &Layout,
    first: bool,
    taken: &dyn Fn(&str) -> bool,
    out: &mut Vec<u8>,
) {
    let mut first = first;
    let mut key = |name: &str, out: &mut Vec<u8>| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        if taken(name) {
            quote(&format!("{name}{AGAIN}"), out);
        } else {
            quote(name, out);
        }
        out.push(b':');
    };
    key(&layout.uscc_ok, out);
    let ok: &[u8] = match verdicts.uscc_ok.get(row) {
        Some(Some(true)) => b"true",
        Some(Some(false)) => b"false",
        _ => b"null",
    };
    out.extend_from_slice(ok);
    for (place, (column, values)) in layout.derived.iter().zip(&verdicts.derived).enumerate() {
        key(&column.name, out);
        stage(layout, place, values.get(row).unwrap_or(&PartialValue::Unknown), out);
    }
    for (column, (_, name)) in layout.supports.iter().enumerate() {
        key(name, out);
        match verdicts.status(row, column) {
            Some(status) => quote(status.as_str(), out),
            None => out.extend_from_slice(b"null"),
        }
    }
    key(&layout.missing, out);
    let missing = verdicts.missing.get(row).copied().unwrap_or_default();
    list(missing.iter().map(|fact| layout.fact(fact)), out);
    key(&layout.faults, out);
    list(verdicts.faults.get(row).into_iter().flatten().map(String::as_str), out);
}

/// A derived fact: its value, `null` if nothing is known, `{"at_most": …}` of a word that is bounded.
fn stage(layout: &Layout, place: usize, stage: &PartialValue, out: &mut Vec<u8>) {
    let word = |at: &u16| layout.word(place, *at);
    match stage {
        PartialValue::Unknown => out.extend_from_slice(b"null"),
        PartialValue::Bool(yes) => out.extend_from_slice(if *yes { b"true" } else { b"false" }),
        PartialValue::Enum(at) => quote(word(at), out),
        PartialValue::AtMost(at) => {
            out.extend_from_slice(b"{\"at_most\":");
            quote(word(at), out);
            out.push(b'}');
        }
        PartialValue::EnumList { has, complete } => items(has.iter().map(word), *complete, out),
        PartialValue::Codes { has, complete } => {
            items(has.iter().map(String::as_str), *complete, out)
        }
    }
}

/// A list that is complete, or `{"at_least": […]}`.
fn items<'a>(items: impl Iterator<Item = &'a str>, complete: bool, out: &mut Vec<u8>) {
    if complete {
        return list(items, out);
    }
    out.extend_from_slice(b"{\"at_least\":");
    list(items, out);
    out.push(b'}');
}

fn list<'a>(items: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        quote(item, out);
    }
    out.push(b']');
}

/// A text as JSON.
pub(super) fn quote(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(escaped(text).as_bytes());
    out.push(b'"');
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
