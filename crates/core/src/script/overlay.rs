//! Overlays: what bodies that do not own the rules add to them.
//!
//! An overlay is a folder with documents, facts, areas, contacts and notes of its own. Its files are laid over those of the
//! rules before anything is read, so they are checked, versioned and hashed with them. It adds and explains; a file of the
//! rules stays what it is, so no criterion of theirs can change.

use super::dates::day;
use super::offices::contact_faults;
use crate::diagnostic::{Diagnostic, nearest};
use crate::facts::{Format, LocalizedText, Reference, read_toml};
use crate::files::RuleFiles;
use crate::index::IndexVec;
use crate::rulebook::{Channel, ChannelId, Contact, Note, Overlay, OverlayId, RuleBook, Theme};
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

/// The folder of overlays among the rule files.
const FOLDER: &str = RuleFiles::OVERLAYS;
/// What no document of an overlay may be called: the folders of the rules that hold no document.
const RESERVED: [&str; 5] = ["derive", "facts", "overlays", "seeds", "tables"];
/// The one table to which an overlay may add rows: all others are what criteria of the rules are made of.
const AREAS: &str = "rules/tables/areas.tsv";

impl RuleFiles {
    /// These rules with an overlay laid over them. `name` is the overlay's folder, its files are named from there:
    /// `overlay.toml`, `areas.tsv`, `facts/own.toml`, `seeds/notice.txt`, `county-2026/policy.toml`.
    ///
    /// # Errors
    /// Each file that would stand in the place of one of the rules, and what an overlay cannot have.
    pub fn with_overlay(mut self, name: &str, overlay: &Self) -> Result<Self, Vec<Diagnostic>> {
        let mut faults = Vec::new();
        let shown = |path: &str| format!("{name}/{path}");
        let is_name = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !is_name(name) {
            let message = format!("`{name}` cannot be the name of an overlay");
            let help = "name its folder in lower-case letters, digits and `-`";
            faults.push(Diagnostic::new("overlay", name, message, help));
        }
        if overlay.get("overlay.toml").is_none() {
            let help = "add the file with `name` and `by`, as docs/overlays.md shows it";
            let message = "the folder has no overlay.toml";
            faults.push(Diagnostic::new("overlay", &shown("overlay.toml"), message, help));
        }
        let policies: Vec<&str> = (overlay.iter())
            .filter_map(|(path, _)| path.strip_suffix("/policy.toml"))
            .filter(|folder| !RESERVED.contains(folder))
            .collect();
        for (path, text) in overlay.iter() {
            let (folder, file) = path.split_once('/').unwrap_or(("", path));
            let target = match folder {
                "" if ["overlay.toml", "contacts.toml", "notes.toml"].contains(&file) => {
                    format!("{FOLDER}/{name}/{file}")
                }
                "" if file == "areas.tsv" => {
                    self.add_rows(&shown(path), text, &mut faults);
                    continue;
                }
                "" if file.ends_with(".md") => continue,
                "" if file == "logo.svg" => format!("{FOLDER}/{name}/{file}"),
                "facts" if file.ends_with(".toml") => format!("rules/facts/{name}-{file}"),
                "seeds" => format!("seeds/{file}"),
                _ if policies.contains(&folder) => format!("rules/{path}"),
                _ => {
                    let message = "an overlay has no such file";
                    let help = "it has overlay.toml, contacts.toml, notes.toml, areas.tsv, logo.svg, facts/, seeds/ and folders of documents with policy.toml";
                    faults.push(Diagnostic::new("overlay", &shown(path), message, help));
                    continue;
                }
            };
            if self.get(&target).is_some() {
                let message = format!("the rules have this file already: {target}");
                let help =
                    "an overlay adds to the rules and changes nothing in them: choose another name";
                faults.push(Diagnostic::new("overlay", &shown(path), message, help));
                continue;
            }
            self.insert(&target, text);
        }
        if !policies.is_empty() {
            let list = policies.iter().map(|policy| format!("{policy}\n")).collect::<String>();
            self.insert(&format!("{FOLDER}/{name}/{}", RuleFiles::DOCUMENTS), &list);
        }
        if faults.is_empty() { Ok(self) } else { Err(faults) }
    }

    /// Adds the rows of an overlay's areas to the table of areas.
    fn add_rows(&mut self, shown: &str, text: &str, faults: &mut Vec<Diagnostic>) {
        let is_row = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
        let mut fault = |message: &str, help: &str| {
            faults.push(Diagnostic::new("overlay", shown, message, help));
        };
        let Some(table) = self.get(AREAS) else {
            return fault("the rules have no table of areas", "name areas that the rules have");
        };
        let (mut lines, mut rows) = (table.lines().filter(is_row), text.lines().filter(is_row));
        if lines.next() != rows.next() {
            return fault(
                "the head is not that of rules/tables/areas.tsv",
                "copy its first line that does not begin with `#`",
            );
        }
        let key = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
        let known: Vec<String> = lines.map(key).collect();
        let mut merged = table.trim_end_matches('\n').to_owned();
        for row in rows {
            if known.contains(&key(row)) {
                return fault("an area has the name of one of the rules", "choose another name");
            }
            merged.push('\n');
            merged.push_str(row);
        }
        merged.push('\n');
        self.insert(AREAS, &merged);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OverlayFile {
    name: Spanned<LocalizedText>,
    by: LocalizedText,
    #[serde(default)]
    pages: PagesEntry,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PagesEntry {
    title: Option<LocalizedText>,
    lead: Option<LocalizedText>,
    closing: Option<LocalizedText>,
    colour: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactsFile {
    #[serde(default)]
    contact: Vec<ContactEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactEntry {
    channel: Spanned<String>,
    area: String,
    office: Option<LocalizedText>,
    phone: Option<String>,
    address: Option<LocalizedText>,
    hours: Option<LocalizedText>,
    url: Option<String>,
    source: String,
    checked: Spanned<toml::value::Datetime>,
    #[serde(default = "high")]
    confidence: String,
}

fn high() -> String {
    "high".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotesFile {
    #[serde(default)]
    note: Vec<NoteEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteEntry {
    support: Spanned<String>,
    /// How the division codes begin of the firms that it is for; all if nothing is said.
    #[serde(default)]
    area: String,
    zh: String,
    en: String,
}

/// Reads the overlays' contacts into the channels, and what else they say of themselves.
pub(super) fn read_overlays(
    files: &RuleFiles,
    reference: &Reference,
    channels: &mut IndexVec<ChannelId, Channel>,
    faults: &mut Vec<Diagnostic>,
) -> IndexVec<OverlayId, Overlay> {
    let names = files.iter().filter_map(|(path, _)| {
        path.strip_prefix(FOLDER)?.strip_prefix('/')?.strip_suffix("/overlay.toml")
    });
    let mut overlays: IndexVec<OverlayId, Overlay> = IndexVec::new();
    for name in names {
        let file = format!("{FOLDER}/{name}/overlay.toml");
        let Some(text) = files.get(&file) else { continue };
        let Some(read) = read_toml::<OverlayFile>(&file, text, faults) else { continue };
        let mut fault = |code, message: &str, help: &str, span: Range<usize>| {
            faults.push(Diagnostic::new(code, &file, message, help).at_bytes(text, span));
        };
        let pages = &read.pages;
        let texts = [&pages.title, &pages.lead, &pages.closing].into_iter().flatten();
        if texts.chain([read.name.get_ref(), &read.by]).any(LocalizedText::lacks_a_language) {
            let help = "write it in Chinese and in English";
            fault("empty-text", "a text is empty in one language", help, read.name.span());
        }
        let is_colour = |text: &str| {
            text.strip_prefix('#').is_some_and(|digits| {
                digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
            })
        };
        if let Some(colour) = pages.colour.as_ref().filter(|colour| !is_colour(colour.get_ref())) {
            fault("overlay", "this is no colour", "write it as `#005bac`", colour.span());
        }
        let colour = read.pages.colour.map(Spanned::into_inner).filter(|colour| is_colour(colour));
        let logo = files.get(&format!("{FOLDER}/{name}/logo.svg")).map(str::to_owned);
        if logo.as_deref().is_some_and(|logo| !is_drawing(logo)) {
            let message = "logo.svg is no plain drawing";
            let help = "save it as SVG without scripts and foreign objects";
            fault("overlay", message, help, read.name.span());
        }
        let theme = Theme {
            title: read.pages.title,
            lead: read.pages.lead,
            closing: read.pages.closing,
            colour,
            logo,
        };
        let name_text = read.name.into_inner();
        let id = overlays.push(Overlay {
            id: name.to_owned(),
            name: name_text,
            by: read.by,
            theme,
            notes: Vec::new(),
        });
        read_contacts(files, (name, id), reference, channels, faults);
    }
    overlays
}

fn is_drawing(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("<svg") && !text.contains("<script") && !text.contains("<foreignobject")
}

fn read_contacts(
    files: &RuleFiles,
    (name, id): (&str, OverlayId),
    reference: &Reference,
    channels: &mut IndexVec<ChannelId, Channel>,
    faults: &mut Vec<Diagnostic>,
) {
    let file = format!("{FOLDER}/{name}/contacts.toml");
    let Some(text) = files.get(&file) else { return };
    let Some(read) = read_toml::<ContactsFile>(&file, text, faults) else { return };
    for entry in read.contact {
        let span = entry.channel.span();
        let mut fault = |code, message: String, help: &str| {
            let fault = Diagnostic::new(code, &file, message, help);
            faults.push(fault.at_bytes(text, span.clone()));
        };
        let wanted = entry.channel.get_ref();
        let checked = entry.checked.get_ref().to_string();
        if checked.len() > 10 || day(&checked).is_none() {
            fault("date", format!("`{checked}` is not a day"), "write it as 2026-11-30");
        }
        let is_prefix = (2..=6).contains(&entry.area.len())
            && reference.begins(Format::Division, &entry.area, false);
        if !is_prefix {
            let help = "write two to six digits: an overlay speaks for a place";
            fault("impossible-code", "no division code begins with the `area`".to_owned(), help);
        }
        let contact = Contact {
            area: entry.area,
            phone: entry.phone,
            url: entry.url,
            source: entry.source,
            date: checked,
            confidence: entry.confidence,
            office: entry.office,
            address: entry.address,
            hours: entry.hours,
            overlay: Some(id),
        };
        for [code, message, help] in contact_faults(&contact) {
            fault(code, format!("a contact of `{wanted}` {message}"), help);
        }
        let Some(channel) = channels.iter_mut().find(|channel| channel.id == *wanted) else {
            let help = "use an id of rules/channels.toml";
            fault("unknown-channel", format!("no channel is named `{wanted}`"), help);
            continue;
        };
        channel.contacts.push(contact);
    }
}

/// Reads the overlays' notes, now that the supports are known.
pub(super) fn read_notes(
    files: &RuleFiles,
    reference: &Reference,
    book: &mut RuleBook,
    faults: &mut Vec<Diagnostic>,
) {
    let names: Vec<(OverlayId, String)> =
        book.overlays.iter_enumerated().map(|(id, overlay)| (id, overlay.id.clone())).collect();
    for (id, name) in names {
        let file = format!("{FOLDER}/{name}/notes.toml");
        let Some(text) = files.get(&file) else { continue };
        let Some(read) = read_toml::<NotesFile>(&file, text, faults) else { continue };
        for entry in read.note {
            let mut fault = |code, message: String, help: String| {
                let fault = Diagnostic::new(code, &file, message, help);
                faults.push(fault.at_bytes(text, entry.support.span()));
            };
            let wanted = entry.support.get_ref();
            let Some((support, _)) = book.find(wanted) else {
                let near = nearest(wanted, book.supports.iter().map(|s| s.id.as_str()));
                let help = near.map_or_else(
                    || "use the id of a support".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                fault("unknown-support", format!("no support is named `{wanted}`"), help);
                continue;
            };
            let note = LocalizedText { zh: entry.zh, en: entry.en };
            if note.lacks_a_language() {
                let help = "write it in Chinese and in English".to_owned();
                fault("empty-text", "a note is empty in one language".to_owned(), help);
            }
            if !entry.area.is_empty() && !reference.begins(Format::Division, &entry.area, false) {
                let message = format!("no division code begins with `{}`", entry.area);
                let help = "look it up in rules/tables/divisions.tsv".to_owned();
                fault("impossible-code", message, help);
            }
            let area = entry.area;
            book.overlays.at_mut(id).notes.push(Note { support, area, text: note });
        }
    }
}
