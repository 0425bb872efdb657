//! A comparison of two books as a page for a reviewer: one file, without scripts and without anything to load.

use super::BookDiff;
use super::report::{Change, Report, Section};
use super::text_parts::TextPart;
use crate::wording::Lang;
use std::fmt::Write as _;

/// The style of the page: readable on a phone, in the dark and on paper.
const STYLE: &str = "
:root{color-scheme:light dark;--line:#8886;--add:#1a7f37;--del:#b3261e}
body{font:16px/1.6 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin:2rem 0 .5rem;border-top:1px solid var(--line);padding-top:1rem}
blockquote{margin:.5rem 0;padding:.25rem .75rem;border-left:3px solid var(--line)}
ins{color:var(--add);text-decoration:underline}del{color:var(--del)}
code{font-size:.9em}.effect{font-weight:600}ul{padding-left:1.2rem}dl{margin:.5rem 0}dt{font-weight:600}dd{margin:0 0 .5rem 1rem}
.moves>li{margin:.5rem 0}.counts{font-size:.9em;columns:2}@media(max-width:40rem){.counts{columns:1}}
";

/// Text as it stands in HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out
}

impl BookDiff {
    /// The comparison as an HTML page.
    #[must_use]
    pub fn to_html(&self, lang: Lang) -> String {
        let report = Report::new(self, lang);
        let title = report.title;
        let language = match lang {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        };
        let mut out = format!(
            "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        );
        let (old, new) = &report.versions;
        let _ = writeln!(out, "<p><code>{old}</code> → <code>{new}</code></p>");
        let _ = writeln!(out, "<p class=\"effect\">{}</p>", escaped(&report.headline));
        let (heading, moved) = &report.moved;
        if !moved.is_empty() {
            let _ = writeln!(out, "<nav aria-label=\"{heading}\">\n<h2>{heading}</h2>\n<ul>");
            for line in moved {
                let (title, moves) = (escaped(&line.title), escaped(&line.moves));
                let section = line.section;
                let _ = writeln!(out, "<li><a href=\"#item-{section}\">{title}</a>: {moves}</li>");
            }
            out.push_str("</ul>\n</nav>\n");
        }
        write_list("counts", report.counts.iter().map(|line| escaped(line)), &mut out);
        for (index, section) in report.sections.iter().enumerate() {
            write_section(index, section, &mut out);
        }
        let (heading, tables) = &report.tables;
        if !tables.is_empty() {
            let _ = writeln!(out, "<h2>{heading}</h2>");
        }
        for table in tables {
            let (name, counts) = (escaped(&table.name), escaped(&table.counts));
            let _ = writeln!(out, "<p><code>{name}</code>: {counts}</p>");
            write_changes(&table.rows, table.more.as_deref(), &mut out);
        }
        let (heading, files) = &report.files;
        if !files.is_empty() {
            let _ = writeln!(out, "<h2>{heading}</h2>");
        }
        let file =
            |(path, change): &(String, &str)| format!("<code>{}</code>: {change}", escaped(path));
        write_list("files", files.iter().map(file), &mut out);
        out.push_str("</main>\n</body>\n</html>\n");
        out
    }
}

/// A list of lines that are HTML already; nothing if it is empty.
fn write_list(class: &str, lines: impl Iterator<Item = String>, out: &mut String) {
    let lines: String = lines.map(|line| format!("<li>{line}</li>\n")).collect();
    if !lines.is_empty() {
        let _ = writeln!(out, "<ul class=\"{class}\">\n{lines}</ul>");
    }
}

fn write_section(index: usize, section: &Section, out: &mut String) {
    let (title, change) = (escaped(&section.title), escaped(&section.change));
    let _ = writeln!(out, "<section id=\"item-{index}\">\n<h2>{title}</h2>");
    let _ = writeln!(out, "<p>{change} · <code>{}</code></p>", escaped(&section.id));
    for (id, sentence) in &section.sentences {
        let _ = writeln!(out, "<blockquote>{} {}</blockquote>", escaped(id), escaped(sentence));
    }
    if let Some(effect) = section.effect {
        let _ = writeln!(out, "<p class=\"effect\">{effect}</p>");
    }
    let moves = section.moves.iter().map(|view| {
        let lines = view.lines.iter().map(|line| format!("<br>{}", escaped(line)));
        format!("<strong>{}</strong>{}", escaped(&view.outcomes), lines.collect::<String>())
    });
    write_list("moves", moves.chain(section.contradictory.as_deref().map(escaped)), out);
    write_changes(&section.changes, section.more.as_deref(), out);
    out.push_str("</section>\n");
}

fn write_changes(changes: &[Change], more: Option<&str>, out: &mut String) {
    if changes.is_empty() {
        return;
    }
    out.push_str("<dl>\n");
    for change in changes {
        let _ = writeln!(out, "<dt>{}</dt>", escaped(&change.name));
        for (lang, parts) in change.texts() {
            let lang = match lang {
                Some("zh") => " lang=\"zh-CN\"",
                Some("en") => " lang=\"en\"",
                _ => "",
            };
            let _ = writeln!(out, "<dd{lang}>{}</dd>", marked(parts));
        }
    }
    out.push_str("</dl>\n");
    if let Some(more) = more {
        let _ = writeln!(out, "<p>{}</p>", escaped(more));
    }
}

fn marked(parts: &[TextPart]) -> String {
    let one = |part: &TextPart| match part {
        TextPart::Same(text) => escaped(text),
        TextPart::Removed(text) => format!("<del>{}</del>", escaped(text)),
        TextPart::Added(text) => format!("<ins>{}</ins>", escaped(text)),
    };
    parts.iter().map(one).collect()
}
