//! Texts that several cells of a workbook share.
//!
//! Owns the table of shared texts (`xl/sharedStrings.xml`) and decides which texts go into it. The table is bounded,
//! so that a list of any length takes the same memory: a column adds its first different texts only, and the whole
//! table is limited in texts and bytes. A cell whose text is not in the table holds the text itself. Which texts are
//! shared depends on the rows and their order alone. It also owns the escaping of text in the XML of workbooks.

use foldhash::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// The most texts that one column adds: a column of names or codes would otherwise fill the table.
const MOST_OF_COLUMN: u32 = 4096;
/// The most texts of the table.
const MOST_TEXTS: usize = 1 << 16;
/// The most bytes of their XML.
const MOST_BYTES: usize = 8 << 20;

/// The table of shared texts.
#[derive(Debug, Default)]
pub(super) struct SharedStrings {
    index: HashMap<Arc<str>, u32>,
    /// Per column, how many texts it added.
    added: Vec<u32>,
    /// The items of the table.
    items: String,
    /// How many cells refer to an item.
    references: u64,
}

impl SharedStrings {
    /// The index of the text of a cell; `None` if the cell must hold the text itself.
    pub(super) fn refer(&mut self, column: usize, text: &str) -> Option<u32> {
        let index = match self.index.get(text) {
            Some(index) => *index,
            None => self.add(column, text)?,
        };
        self.references += 1;
        Some(index)
    }

    fn add(&mut self, column: usize, text: &str) -> Option<u32> {
        if self.added.len() <= column {
            self.added.resize(column + 1, 0);
        }
        let added = self.added.get_mut(column).filter(|added| **added < MOST_OF_COLUMN)?;
        if self.index.len() >= MOST_TEXTS || self.items.len() + text.len() > MOST_BYTES {
            return None;
        }
        *added += 1;
        let index = u32::try_from(self.index.len()).ok()?;
        self.index.insert(Arc::from(text), index);
        self.items.push_str("<si>");
        write_text(text, &mut self.items);
        self.items.push_str("</si>");
        Some(index)
    }

    /// The part of the workbook.
    pub(super) fn part(&self) -> String {
        let mut part = String::with_capacity(self.items.len() + 256);
        let _ = write!(
            part,
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" count=\"{}\" uniqueCount=\"{}\">",
            self.references,
            self.index.len()
        );
        part.push_str(&self.items);
        part.push_str("</sst>");
        part
    }
}

/// Writes the element `t` of a text.
pub(super) fn write_text(text: &str, out: &mut String) {
    let is_padded = text.starts_with([' ', '\t', '\n']) || text.ends_with([' ', '\t', '\n']);
    out.push_str(if is_padded { "<t xml:space=\"preserve\">" } else { "<t>" });
    escape(text, out);
    out.push_str("</t>");
}

/// Writes a text as XML. Characters that XML cannot hold become `_xHHHH_`, as spreadsheets write them, and so does the
/// beginning of a text that reads like that.
fn escape(text: &str, out: &mut String) {
    let is_special = |c: char| {
        matches!(c, '&' | '<' | '>' | '_' | '\u{fffe}' | '\u{ffff}')
            || (c < ' ' && c != '\t' && c != '\n')
    };
    let mut rest = text;
    while let Some(at) = rest.find(is_special) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let mut characters = found.chars();
        match characters.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('_') if !reads_as_escape(found) => out.push('_'),
            Some(c) => {
                let _ = write!(out, "_x{:04X}_", u32::from(c));
            }
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

/// Whether a text begins with `_xHHHH_`.
fn reads_as_escape(text: &str) -> bool {
    let digits = text.strip_prefix("_x").and_then(|rest| rest.split_once('_')).map(|(d, _)| d);
    digits.is_some_and(|d| d.len() == 4 && d.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_does_not_grow_with_the_list() {
        let mut strings = SharedStrings::default();
        assert_eq!(strings.refer(0, "是"), Some(0));
        let most = MOST_OF_COLUMN;
        let found: Vec<_> = (0..most).map(|n| strings.refer(7, &n.to_string())).collect();
        assert_eq!(found.iter().flatten().count(), most as usize);
        // The column is full, but what is in the table already is shared, whoever added it.
        assert_eq!(strings.refer(7, "another"), None);
        assert_eq!(strings.refer(7, "是"), Some(0));
        assert_eq!(strings.refer(8, "5"), Some(6));
        assert_eq!(strings.refer(8, "another"), Some(most + 1));
        for column in 9..99 {
            for n in 0..=most {
                strings.refer(column, &format!("{column}:{n}"));
            }
        }
        assert_eq!(strings.index.len(), MOST_TEXTS);
        let mut long = SharedStrings::default();
        let texts = (0..3000).map(|n| format!("{n}{}", "x".repeat(4000)));
        assert!(texts.filter(|text| long.refer(0, text).is_some()).count() < 3000);
        assert!(long.items.len() < MOST_BYTES + 4096);
    }

    #[test]
    fn text_is_escaped_as_spreadsheets_do() {
        let escaped = |text| {
            let mut out = String::new();
            write_text(text, &mut out);
            out
        };
        assert_eq!(escaped("a<b & c>d_e"), "<t>a&lt;b &amp; c&gt;d_e</t>");
        assert_eq!(escaped("\r\u{1}\u{ffff}\t\n甲"), "<t>_x000D__x0001__xFFFF_\t\n甲</t>");
        assert_eq!(escaped("_x0041_ _x41_ _x"), "<t>_x005F_x0041_ _x41_ _x</t>");
        assert_eq!(escaped(" a"), "<t xml:space=\"preserve\"> a</t>");
        assert_eq!(escaped("a\n"), "<t xml:space=\"preserve\">a\n</t>");
    }
}
