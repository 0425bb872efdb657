//! A comparison of two books as a page for a reviewer: one file, without scripts and without anything to load.

use super::print::{Words, short};
use super::properties::text_parts;
use super::{BookDiff, Effect, ItemDiff, MoveExample, Property, PropertyDiff, TextPart};
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
.moves>li{margin:.5rem 0}nav ul{columns:2;font-size:.9em}@media(max-width:40rem){nav ul{columns:1}}@media print{nav{display:none}}
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
        let words = Words(lang);
        let title = words.of("两份规则的差别", "What changed in the rules");
        let mut out = String::new();
        let language = words.of("zh-CN", "en");
        let _ = write!(
            out,
            "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        );
        let (old, new) = (short(&self.old), short(&self.new));
        let _ = writeln!(out, "<p><code>{old}</code> → <code>{new}</code></p>");
        let headline = if self.is_empty() {
            words.of("没有差别。", "Nothing differs.").to_owned()
        } else {
            self.headline(&words)
        };
        let _ = writeln!(out, "<p class=\"effect\">{}</p>", escaped(&headline));
        if !self.items.is_empty() {
            let label = words.of("改动", "Changes");
            let _ = writeln!(out, "<nav aria-label=\"{label}\"><ul>");
            for (index, item) in self.items.iter().enumerate() {
                let title = escaped(words.0.of(&item.title));
                let _ = writeln!(out, "<li><a href=\"#item-{index}\">{title}</a></li>");
            }
            let _ = writeln!(out, "</ul></nav>");
        }
        for (index, item) in self.items.iter().enumerate() {
            write_item(index, item, &words, &mut out);
        }
        self.write_rows(&words, &mut out);
        self.write_files(&words, &mut out);
        out.push_str("</main>\n</body>\n</html>\n");
        out
    }

    fn write_rows(&self, words: &Words, out: &mut String) {
        if self.rows.is_empty() {
            return;
        }
        let _ = writeln!(out, "<h2>{}</h2>\n<dl>", words.of("表", "Tables"));
        for row in &self.rows {
            let (table, key) = (escaped(&row.table), escaped(&row.key));
            let _ = writeln!(out, "<dt><code>{table}</code> {key}</dt>");
            if let Some(old) = &row.old {
                let _ = writeln!(out, "<dd><del>{}</del></dd>", escaped(old));
            }
            if let Some(new) = &row.new {
                let _ = writeln!(out, "<dd><ins>{}</ins></dd>", escaped(new));
            }
        }
        out.push_str("</dl>\n");
    }

    fn write_files(&self, words: &Words, out: &mut String) {
        if self.files.is_empty() {
            return;
        }
        let _ = writeln!(out, "<h2>{}</h2>\n<ul>", words.of("规则文件", "Rule files"));
        for (path, change) in &self.files {
            let _ =
                writeln!(out, "<li><code>{}</code>: {}</li>", escaped(path), words.file(*change));
        }
        out.push_str("</ul>\n");
    }
}

fn write_item(index: usize, item: &ItemDiff, words: &Words, out: &mut String) {
    let title = escaped(words.0.of(&item.title));
    let (kind, change) = (words.kind(item.kind), escaped(&words.change(&item.change)));
    let _ = writeln!(out, "<section id=\"item-{index}\">\n<h2>{title}</h2>");
    let _ = writeln!(out, "<p>{kind} <code>{}</code>: {change}</p>", escaped(&item.id));
    for (id, sentence) in &item.sentences {
        let _ = writeln!(out, "<blockquote>{} {}</blockquote>", escaped(id), escaped(sentence));
    }
    if let Some(effect) = &item.effect {
        let _ = writeln!(out, "<p class=\"effect\">{}</p>", words.effect(effect));
        if let Effect::Moves(examples) = effect {
            out.push_str("<ul class=\"moves\">\n");
            examples.iter().for_each(|example| write_example(example, words, out));
            out.push_str("</ul>\n");
        }
    }
    if !item.properties.is_empty() {
        out.push_str("<dl>\n");
        item.properties.iter().for_each(|property| write_property(property, words, out));
        out.push_str("</dl>\n");
    }
    out.push_str("</section>\n");
}

fn write_example(example: &MoveExample, words: &Words, out: &mut String) {
    let (before, after) = (words.outcome(&example.before), words.outcome(&example.after));
    let _ = writeln!(out, "<li>{} → {}", escaped(&before), escaped(&after));
    let label = words.of("企业", "firm");
    let _ = writeln!(out, "<br>{label}: <code>{}</code>", escaped(&example.firm));
    if let Some(old) = &example.old_firm {
        let label = words.of("按旧规则读作", "as the old rules read it");
        let _ = writeln!(out, "<br>{label}: <code>{}</code>", escaped(old));
    }
    if example.is_contradictory {
        let note = words.of(
            "只有回答互相矛盾的企业会这样",
            "only firms whose answers contradict each other make this move",
        );
        let _ = writeln!(out, "<br>{note}");
    }
    for cause in &example.causes {
        let (before, after) = (words.truth(cause.before), words.truth(cause.after));
        let label = escaped(words.0.of(&cause.label));
        let _ = writeln!(out, "<br>{}: {label}: {before} → {after}", words.of("条件", "criterion"));
    }
    out.push_str("</li>\n");
}

fn write_property(property: &PropertyDiff, words: &Words, out: &mut String) {
    let _ = writeln!(out, "<dt>{}</dt>", escaped(&property.name));
    match (&property.old, &property.new) {
        (Some(Property::Text(old)), Some(Property::Text(new))) => {
            for (lang, old, new) in [("zh-CN", &old.zh, &new.zh), ("en", &old.en, &new.en)] {
                if old != new {
                    let _ = writeln!(out, "<dd lang=\"{lang}\">{}</dd>", marked(old, new));
                }
            }
        }
        (old, new) => {
            let text = |property: &Property| escaped(words.0.of(&property.localized()));
            if let Some(old) = old {
                let _ = writeln!(out, "<dd><del>{}</del></dd>", text(old));
            }
            if let Some(new) = new {
                let _ = writeln!(out, "<dd><ins>{}</ins></dd>", text(new));
            }
        }
    }
}

fn marked(old: &str, new: &str) -> String {
    let one = |part: &TextPart| match part {
        TextPart::Same(text) => escaped(text),
        TextPart::Removed(text) => format!("<del>{}</del>", escaped(text)),
        TextPart::Added(text) => format!("<ins>{}</ins>", escaped(text)),
    };
    text_parts(old, new).iter().map(one).collect()
}
