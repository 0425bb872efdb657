//! The small parts of a workbook: sheet names, shared strings, number formats.
//!
//! Owns reading these parts and the helpers for XML that the sheets share. Shared strings are kept as one string,
//! whose size `package` limits. It knows no cell.

use crate::error::workbook::WorkbookError;
use crate::read::xlsx::numbers::NumberFormat;
use crate::read::xlsx::package::{Package, Part};
use foldhash::HashMap;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::collections::BTreeMap;
use std::io::BufReader;

/// The version of XML in workbooks.
const XML: XmlVersion = XmlVersion::Implicit1_0;

/// A sheet: its name and its part.
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) part: String,
    hidden: bool,
}

impl Sheet {
    /// Whether it is hidden.
    pub(super) fn is_hidden(&self) -> bool {
        self.hidden
    }
}

/// The small parts of a workbook.
pub(super) struct Workbook {
    pub(super) sheets: Vec<Sheet>,
    pub(super) from_1904: bool,
    /// Per cell style, the format of numbers.
    pub(super) styles: Vec<NumberFormat>,
    pub(super) shared_strings: SharedStrings,
}

/// Shared strings, by index.
#[derive(Default)]
pub(super) struct SharedStrings {
    text: String,
    ends: Vec<usize>,
}

impl SharedStrings {
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start =
            index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start..end)
    }
}

/// The XML events of a part.
pub(super) struct Xml {
    reader: quick_xml::Reader<BufReader<Part>>,
    buffer: Vec<u8>,
    part: String,
}

impl Xml {
    pub(super) fn new(part: Part, name: &str) -> Self {
        let mut reader = quick_xml::Reader::from_reader(BufReader::with_capacity(1 << 16, part));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), part: name.to_owned() }
    }

    /// The next event; `Eof` after the last.
    pub(super) fn next(&mut self) -> Result<Event<'_>, WorkbookError> {
        self.buffer.clear();
        match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => Ok(event),
            Err(error) => {
                let message = error.to_string();
                Err(WorkbookError::Damaged { part: self.part.clone(), message })
            }
        }
    }

    /// The position in the file.
    pub(super) fn position(&self) -> u64 {
        self.reader.get_ref().get_ref().position()
    }
}

/// An attribute without its namespace.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().flatten().find(|a| a.key.local_name().into_inner() == name)?;
    found.normalized_value(XML).ok().map(std::borrow::Cow::into_owned)
}

/// Resolves a reference such as `&amp;` or `&#20013;`.
pub(super) fn reference(found: &BytesRef<'_>, out: &mut String) {
    if let Ok(Some(c)) = found.resolve_char_ref() {
        out.push(c);
        return;
    }
    let name: &str = found;
    match quick_xml::escape::resolve_predefined_entity(name) {
        Some(text) => out.push_str(text),
        // A workbook declares no entities: an unknown one stays as it is.
        None => {
            out.push('&');
            out.push_str(name);
            out.push(';');
        }
    }
}

/// Replaces escapes such as `_x000D_`, by which workbooks write characters that XML cannot hold.
pub(super) fn unescape(text: &mut String, from: usize) {
    if !text.get(from..).unwrap_or("").contains("_x") {
        return;
    }
    let old = text.split_off(from);
    let mut rest = old.as_str();
    while let Some(at) = rest.find("_x") {
        let (before, found) = rest.split_at(at);
        text.push_str(before);
        let code = found.get(2..6).filter(|_| found.as_bytes().get(6) == Some(&b'_'));
        let c = code.and_then(|c| u32::from_str_radix(c, 16).ok()).and_then(char::from_u32);
        match c {
            Some(c) => {
                text.push(c);
                rest = found.get(7..).unwrap_or("");
            }
            None => {
                text.push_str("_x");
                rest = found.get(2..).unwrap_or("");
            }
        }
    }
    text.push_str(rest);
}

impl Workbook {
    /// Reads the small parts.
    pub(super) fn read(package: &mut Package) -> Result<Self, WorkbookError> {
        let mut root = "xl/workbook.xml".to_owned();
        if let Some(part) = package.part_if_any("_rels/.rels")? {
            let found = relations(part, "_rels/.rels", "")?;
            if let Some((_, target)) =
                found.into_values().find(|(kind, _)| kind.ends_with("/officeDocument"))
            {
                root = target;
            }
        }
        let (folder, file) = root.rsplit_once('/').unwrap_or(("", &root));
        let name = format!("{folder}/_rels/{file}.rels").trim_start_matches('/').to_owned();
        let related = match package.part_if_any(&name)? {
            Some(part) => relations(part, &name, folder)?,
            None => Relations::new(),
        };
        let mut book = Self {
            sheets: Vec::new(),
            from_1904: false,
            styles: Vec::new(),
            shared_strings: SharedStrings::default(),
        };
        book.workbook(package.part(&root)?, &root, &related)?;
        let of_kind = |kind: &str| {
            related.values().find(|(k, _)| k.ends_with(kind)).map(|(_, target)| target.clone())
        };
        if let Some(name) = of_kind("/styles")
            && let Some(part) = package.part_if_any(&name)?
        {
            book.styles = styles(part, &name)?;
        }
        if let Some(name) = of_kind("/sharedStrings")
            && let Some(part) = package.part_if_any(&name)?
        {
            book.shared_strings = shared_strings(part, &name)?;
        }
        Ok(book)
    }

    fn workbook(
        &mut self,
        part: Part,
        name: &str,
        related: &Relations,
    ) -> Result<(), WorkbookError> {
        let mut xml = Xml::new(part, name);
        loop {
            match xml.next()? {
                Event::Start(tag) => match tag.local_name().into_inner() {
                    "sheet" => {
                        let target = attribute(&tag, "id").and_then(|id| related.get(&id));
                        // Charts and macro sheets are listed too, but hold no cells.
                        let Some((kind, part)) = target else { continue };
                        if kind.ends_with("/worksheet") {
                            self.sheets.push(Sheet {
                                name: attribute(&tag, "name").unwrap_or_default(),
                                part: part.clone(),
                                hidden: attribute(&tag, "state").is_some_and(|s| s != "visible"),
                            });
                        }
                    }
                    "workbookPr" => {
                        self.from_1904 = attribute(&tag, "date1904")
                            .is_some_and(|yes| yes == "1" || yes == "true");
                    }
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// The sheet of a name; without a name, the first that is not hidden.
    pub(super) fn sheet(&self, name: Option<&str>) -> Result<&Sheet, WorkbookError> {
        let names = || self.sheets.iter().map(|sheet| sheet.name.clone()).collect();
        match name {
            Some(name) => (self.sheets.iter().find(|sheet| sheet.name == name))
                .ok_or_else(|| WorkbookError::NoSheet { name: name.to_owned(), sheets: names() }),
            None => (self.sheets.iter().find(|sheet| !sheet.hidden))
                .ok_or_else(|| WorkbookError::AllHidden(names())),
        }
    }
}

/// The relations of a part: id → kind and target. Sorted, since a damaged file may have several of one kind, of
/// which the first counts.
type Relations = BTreeMap<String, (String, String)>;

fn relations(part: Part, name: &str, folder: &str) -> Result<Relations, WorkbookError> {
    let mut xml = Xml::new(part, name);
    let mut found = Relations::new();
    loop {
        match xml.next()? {
            Event::Start(tag) if tag.local_name().into_inner() == "Relationship" => {
                let get = |name| attribute(&tag, name).unwrap_or_default();
                found.insert(get("Id"), (get("Type"), resolve(folder, &get("Target"))));
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

/// A target as the name of a part.
fn resolve(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "." | "" => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

fn styles(part: Part, name: &str) -> Result<Vec<NumberFormat>, WorkbookError> {
    let mut xml = Xml::new(part, name);
    let mut own: HashMap<u32, NumberFormat> = HashMap::default();
    let (mut styles, mut of_cells) = (Vec::new(), false);
    loop {
        match xml.next()? {
            Event::Start(tag) => {
                let id = || attribute(&tag, "numFmtId").and_then(|id| id.parse::<u32>().ok());
                match tag.local_name().into_inner() {
                    "numFmt" => {
                        if let (Some(id), Some(code)) = (id(), attribute(&tag, "formatCode")) {
                            own.insert(id, NumberFormat::from_code(&code));
                        }
                    }
                    "cellXfs" => of_cells = true,
                    "xf" if of_cells => {
                        let id = id().unwrap_or(0);
                        styles.push(
                            own.get(&id).cloned().unwrap_or_else(|| NumberFormat::built_in(id)),
                        );
                    }
                    _ => {}
                }
            }
            Event::End(tag) if tag.local_name().into_inner() == "cellXfs" => of_cells = false,
            Event::Eof => return Ok(styles),
            _ => {}
        }
    }
}

fn shared_strings(part: Part, name: &str) -> Result<SharedStrings, WorkbookError> {
    let mut xml = Xml::new(part, name);
    let mut strings = SharedStrings::default();
    // Phonetic hints are beside the text and no part of it.
    let (mut inside, mut is_phonetic, mut start) = (false, false, 0);
    loop {
        match xml.next()? {
            Event::Start(tag) => match tag.local_name().into_inner() {
                "si" => start = strings.text.len(),
                "t" => inside = !is_phonetic,
                "rPh" => is_phonetic = true,
                _ => {}
            },
            Event::End(tag) => match tag.local_name().into_inner() {
                "si" => {
                    unescape(&mut strings.text, start);
                    strings.ends.push(strings.text.len());
                }
                "t" => inside = false,
                "rPh" => is_phonetic = false,
                _ => {}
            },
            Event::Text(text) if inside => strings.text.push_str(&text.xml10_content()),
            Event::CData(text) if inside => strings.text.push_str(&text.xml10_content()),
            Event::GeneralRef(found) if inside => reference(&found, &mut strings.text),
            Event::Eof => return Ok(strings),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_names_of_parts() {
        assert_eq!(resolve("xl", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolve("xl", "/xl/styles.xml"), "xl/styles.xml");
        assert_eq!(resolve("xl/a", "../b.xml"), "xl/b.xml");
        assert_eq!(resolve("", "xl/workbook.xml"), "xl/workbook.xml");
    }

    #[test]
    fn characters_that_xml_cannot_hold_come_back() {
        for (text, expected) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x00_", "_x00_"),
            ("_xZZZZ_", "_xZZZZ_"),
            ("外_x4e2d_", "外中"),
            ("_x", "_x"),
        ] {
            let mut found = format!("_x000D_{text}");
            unescape(&mut found, 7);
            assert_eq!(found, format!("_x000D_{expected}"));
        }
    }
}
