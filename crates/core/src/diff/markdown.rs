//! A comparison of two books as Markdown, which is also the text for a terminal.

use super::BookDiff;
use super::report::{Change, Report, Section};
use super::text_parts::TextPart;
use crate::wording::Lang;
use std::fmt::Write as _;

impl BookDiff {
    /// The comparison as Markdown, which is also the text for a terminal.
    #[must_use]
    pub fn to_markdown(&self, lang: Lang) -> String {
        let report = Report::new(self, lang);
        let mut out = String::new();
        let (old, new) = &report.versions;
        let _ =
            writeln!(out, "# {}\n\n`{old}` → `{new}`\n\n**{}**\n", report.title, report.headline);
        let (heading, moved) = &report.moved;
        if !moved.is_empty() {
            let _ = writeln!(out, "## {heading}\n");
            for line in moved {
                let _ = writeln!(out, "- **{}** — {}", line.title, line.moves);
            }
            out.push('\n');
        }
        for line in &report.counts {
            let _ = writeln!(out, "- {line}");
        }
        if !report.counts.is_empty() {
            out.push('\n');
        }
        report.sections.iter().for_each(|section| write_section(section, &mut out));
        let (heading, tables) = &report.tables;
        if !tables.is_empty() {
            let _ = writeln!(out, "## {heading}\n");
            for table in tables {
                let _ = writeln!(out, "- `{}`: {}", table.name, table.counts);
                table.rows.iter().for_each(|row| write_change(row, "  ", &mut out));
                if let Some(more) = &table.more {
                    let _ = writeln!(out, "  - {more}");
                }
            }
            out.push('\n');
        }
        let (heading, files) = &report.files;
        if !files.is_empty() {
            let _ = writeln!(out, "## {heading}\n");
            for (path, change) in files {
                let _ = writeln!(out, "- `{path}`: {change}");
            }
        }
        out
    }
}

fn write_section(section: &Section, out: &mut String) {
    let _ = writeln!(out, "## {}\n\n{} · `{}`\n", section.title, section.change, section.id);
    for (id, sentence) in &section.sentences {
        let _ = writeln!(out, "> {id} {sentence}\n");
    }
    if let Some(effect) = section.effect {
        let _ = writeln!(out, "**{effect}**\n");
    }
    for view in &section.moves {
        let _ = writeln!(out, "- {}", view.outcomes);
        for line in &view.lines {
            let _ = writeln!(out, "  - {line}");
        }
    }
    if let Some(contradictory) = &section.contradictory {
        let _ = writeln!(out, "- {contradictory}");
    }
    if !section.moves.is_empty() || section.contradictory.is_some() {
        out.push('\n');
    }
    section.changes.iter().for_each(|change| write_change(change, "", out));
    if let Some(more) = &section.more {
        let _ = writeln!(out, "- {more}");
    }
    if !section.changes.is_empty() {
        out.push('\n');
    }
}

fn write_change(change: &Change, indent: &str, out: &mut String) {
    let mut texts = change.texts();
    match (texts.next(), texts.next()) {
        (Some((None, parts)), None) => {
            let _ = writeln!(out, "{indent}- {}: {}", change.name, marked(parts));
        }
        _ => {
            let _ = writeln!(out, "{indent}- {}", change.name);
            for (lang, parts) in change.texts() {
                let _ =
                    writeln!(out, "{indent}  - {}: {}", lang.unwrap_or_default(), marked(parts));
            }
        }
    }
}

/// Removed parts struck out, added ones bold.
fn marked(parts: &[TextPart]) -> String {
    let mut out = String::new();
    for part in parts {
        // Two marks without a blank between them are not read as two.
        let blank = if out.ends_with("~~") { " " } else { "" };
        match part {
            TextPart::Same(text) => out.push_str(text),
            TextPart::Removed(text) => {
                let _ = write!(out, "{blank}~~{text}~~");
            }
            TextPart::Added(text) => {
                let _ = write!(out, "{blank}**{text}**");
            }
        }
    }
    out
}
