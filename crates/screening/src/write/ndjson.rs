//! Rows as lines of JSON.
//!
//! Owns the added members of a line and their form. A line that is an object keeps its own text: the added members
//! are written before its closing brace, so every key and digit of the caller stays as it was. A line that is no
//! object becomes the member `line`. Words are those of the contract, whatever the language of the job.

use crate::read::ndjson::JsonLine;
use crate::screen::added::AddedColumns;
use crate::screen::layout::Layout;
use crate::table::cells::Cells;
use crate::table::delimited::unguarded;
use crate::table::names::SUFFIX;
use export_advisor_core::evaluate::PartialValue;
use export_advisor_core::facts::json::escaped;

/// Writes a line with its added members.
pub(crate) fn write_json_line(
    line: &JsonLine<'_>,
    row: usize,
    added: &AddedColumns,
    layout: &Layout,
    out: &mut Vec<u8>,
) {
    let text = line.text.strip_suffix('}').map(str::trim_end);
    match (&line.members, text) {
        (Ok(members), Some(text)) => {
            out.extend_from_slice(text.as_bytes());
            // Rare: a key that the first rows did not have.
            let clash = members.iter().any(|(key, _)| layout.is_added(key));
            let is_taken = |name: &str| clash && members.iter().any(|(key, _)| key == name);
            write_members(row, added, layout, members.is_empty(), &is_taken, out);
        }
        _ => {
            out.extend_from_slice(b"{\"line\":");
            quote(&line.text, out);
            write_members(row, added, layout, false, &|_| false, out);
        }
    }
    out.extend_from_slice(b"}\n");
}

/// Writes rows of a table, each cell a text under its column's name.
pub(crate) fn write_json_rows(
    cells: &Cells<'_>,
    columns: &[String],
    added: &AddedColumns,
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
            quote(unguarded(cell), out);
        }
        write_members(row, added, layout, columns.is_empty(), &|_| false, out);
        out.extend_from_slice(b"}\n");
    }
}

/// Writes the added members of a row, in the words of the contract, whatever the language.
fn write_members(
    row: usize,
    added: &AddedColumns,
    layout: &Layout,
    first: bool,
    is_taken: &dyn Fn(&str) -> bool,
    out: &mut Vec<u8>,
) {
    let mut first = first;
    let mut key = |name: &str, out: &mut Vec<u8>| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        if is_taken(name) {
            quote(&format!("{name}{SUFFIX}"), out);
        } else {
            quote(name, out);
        }
        out.push(b':');
    };
    key(&layout.uscc_ok, out);
    let ok: &[u8] = match added.uscc_ok.get(row) {
        Some(Some(true)) => b"true",
        Some(Some(false)) => b"false",
        _ => b"null",
    };
    out.extend_from_slice(ok);
    for (index, (column, values)) in layout.derived.iter().zip(&added.derived).enumerate() {
        key(&column.name, out);
        value(layout, index, values.get(row).unwrap_or(&PartialValue::Unknown), out);
    }
    for (column, (_, name)) in layout.supports.iter().enumerate() {
        key(name, out);
        match added.status(row, column) {
            Some(status) => quote(status.as_str(), out),
            None => out.extend_from_slice(b"null"),
        }
    }
    for (column, name) in layout.excluded_by.iter().enumerate() {
        key(name, out);
        match added.excluded_by(row, column) {
            Some(by) => quote(by.as_str(), out),
            None => out.extend_from_slice(b"null"),
        }
    }
    if let Some(name) = &layout.missing {
        key(name, out);
        list(added.missing_facts(row).map(|fact| layout.fact(fact)), out);
    }
    if let Some(name) = &layout.ask_next {
        key(name, out);
        match added.ask_next(row) {
            Some(fact) => quote(layout.fact(fact), out),
            None => out.extend_from_slice(b"null"),
        }
    }
    key(&layout.warnings, out);
    list(added.warnings.get(row).into_iter().flatten().map(AsRef::as_ref), out);
    key(&layout.faults, out);
    list(added.faults.get(row).into_iter().flatten().map(AsRef::as_ref), out);
}

/// A derived fact: its value, `null` if it is unknown, `{"at_most": …}` for a bound.
fn value(layout: &Layout, index: usize, value: &PartialValue, out: &mut Vec<u8>) {
    let text_of = |value_index: &u16| layout.value(index, *value_index);
    match value {
        PartialValue::Unknown => out.extend_from_slice(b"null"),
        PartialValue::Bool(yes) => out.extend_from_slice(if *yes { b"true" } else { b"false" }),
        PartialValue::Enum(value_index) => quote(text_of(value_index), out),
        PartialValue::AtMost(value_index) => {
            out.extend_from_slice(b"{\"at_most\":");
            quote(text_of(value_index), out);
            out.push(b'}');
        }
        PartialValue::EnumList { has, complete } => items(has.iter().map(text_of), *complete, out),
        PartialValue::Codes { has, complete } => {
            items(has.iter().map(String::as_str), *complete, out)
        }
    }
}

/// A complete list, or `{"at_least": […]}`.
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
pub(crate) fn quote(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(escaped(text).as_bytes());
    out.push(b'"');
}
