//! A comparison of two books as Markdown and as JSON.
//!
//! Owns how a reader meets it: whom it moves first, by which criterion and sentence, then texts, then everything else.

use super::properties::text_parts;
use super::{
    BookDiff, Effect, FileChange, ItemChange, ItemDiff, ItemKind, MoveExample, Property,
    PropertyDiff, TextPart,
};
use crate::facts::LocalizedText;
use crate::truth::Truth;
use crate::wording::Lang;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Texts of a report in one language.
pub(super) struct Words(pub(super) Lang);

impl Words {
    /// The text of the language.
    pub(super) const fn of(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// What kind of thing an item is.
    #[must_use]
    pub(super) const fn kind(&self, kind: ItemKind) -> &'static str {
        match kind {
            ItemKind::Policy => self.of("文件", "policy"),
            ItemKind::Background => self.of("背景句", "background"),
            ItemKind::Support => self.of("支持事项", "support"),
            ItemKind::Fact => self.of("事实项", "fact"),
            ItemKind::Derivation => self.of("推导", "derivation"),
            ItemKind::Warning => self.of("提醒", "warning"),
            ItemKind::Channel => self.of("窗口", "office"),
            ItemKind::Paper => self.of("材料", "paper"),
            ItemKind::BenefitKind => self.of("种类", "kind of benefit"),
            ItemKind::Population => self.of("参照企业", "reference population"),
        }
    }

    pub(super) fn change(&self, change: &ItemChange) -> String {
        match change {
            ItemChange::Added => self.of("新增", "added").to_owned(),
            ItemChange::Removed => self.of("删除", "removed").to_owned(),
            ItemChange::Renamed { from } => {
                format!("{} `{from}`", self.of("改名，原来叫", "renamed, was"))
            }
            ItemChange::Changed => self.of("改动", "changed").to_owned(),
            ItemChange::Reordered => {
                self.of("只换了次序", "only moved to another position").to_owned()
            }
        }
    }

    pub(super) const fn file(&self, change: FileChange) -> &'static str {
        match change {
            FileChange::Added => self.of("新增", "added"),
            FileChange::Removed => self.of("删除", "removed"),
            FileChange::Changed => self.of("改动", "changed"),
            FileChange::Reformatted => self.of("只改了排版或注释", "only formatting or comments"),
        }
    }

    /// An outcome or a truth value as people read it.
    pub(super) fn outcome(&self, outcome: &str) -> String {
        let (name, value) = outcome.rsplit_once(": ").map_or(("", outcome), |(name, v)| (name, v));
        let text = match value {
            "applies" => self.of("适用", "applies"),
            "undetermined" => self.of("待定", "undetermined"),
            "does_not_apply/text" => self.of("不适用（原文排除）", "does not apply (by the text)"),
            "does_not_apply/no_need" => self.of("不适用（用不上）", "does not apply (no need)"),
            "does_not_apply/reading" => {
                self.of("不适用（只按我们的理解）", "does not apply (by our reading)")
            }
            "true" => self.of("成立", "true"),
            "false" => self.of("不成立", "false"),
            "unknown" => self.of("未知", "unknown"),
            other => other,
        };
        if name.is_empty() { text.to_owned() } else { format!("{name}: {text}") }
    }

    pub(super) fn truth(&self, truth: Option<Truth>) -> &'static str {
        match truth {
            None => self.of("没有这一条", "not there"),
            Some(Truth::True) => self.of("符合", "met"),
            Some(Truth::False) => self.of("不符合", "not met"),
            Some(Truth::Unknown) => self.of("未知", "unknown"),
        }
    }

    pub(super) fn effect(&self, effect: &Effect) -> &'static str {
        match effect {
            Effect::None => {
                self.of("对任何企业都没有影响（已证明）", "no effect on any firm (proved)")
            }
            Effect::Moves(_) => self.of(
                "会移动企业：每种变动一家最小的企业",
                "moves firms: a smallest firm for each kind of move",
            ),
            Effect::TooLarge => self.of("条件太大，没有比较出来", "too large to be compared"),
        }
    }
}

impl BookDiff {
    /// The comparison as Markdown, which is also the text for a terminal.
    #[must_use]
    pub fn to_markdown(&self, lang: Lang) -> String {
        let words = Words(lang);
        let mut out = String::new();
        let _ = writeln!(out, "# {}\n", words.of("两份规则的差别", "What changed in the rules"));
        let _ = writeln!(out, "`{}` → `{}`\n", short(&self.old), short(&self.new));
        if self.is_empty() {
            let _ = writeln!(out, "{}", words.of("没有差别。", "Nothing differs."));
            return out;
        }
        let _ = writeln!(out, "**{}**\n", self.headline(&words));
        for item in &self.items {
            item_to_markdown(item, &words, &mut out);
        }
        if !self.rows.is_empty() {
            let _ = writeln!(out, "## {}\n", words.of("表", "Tables"));
            for row in &self.rows {
                let _ = writeln!(out, "- `{}` {}", row.table, row.key);
                if let Some(old) = &row.old {
                    let _ = writeln!(out, "  - − {old}");
                }
                if let Some(new) = &row.new {
                    let _ = writeln!(out, "  - + {new}");
                }
            }
            out.push('\n');
        }
        if !self.files.is_empty() {
            let _ = writeln!(out, "## {}\n", words.of("规则文件", "Rule files"));
            for (path, change) in &self.files {
                let _ = writeln!(out, "- `{path}`: {}", words.file(*change));
            }
        }
        out
    }

    /// The most important thing in one sentence.
    pub(super) fn headline(&self, words: &Words) -> String {
        let moving = self.items.iter().filter(|item| {
            item.kind == ItemKind::Support && matches!(item.effect, Some(Effect::Moves(_)))
        });
        let of = |wanted: &ItemChange| {
            let supports = self.items.iter().filter(|item| item.kind == ItemKind::Support);
            supports.filter(|item| item.change == *wanted).count()
        };
        let (moving, added, removed) =
            (moving.count(), of(&ItemChange::Added), of(&ItemChange::Removed));
        let is_too_large = self.items.iter().any(|item| item.effect == Some(Effect::TooLarge));
        let mut parts = Vec::new();
        if moving > 0 {
            parts.push(match words.0 {
                Lang::Zh => format!("{moving} 项支持的结果会变"),
                Lang::En => format!("{moving} supports change for some firms"),
            });
        }
        for (count, zh, en) in [(added, "新增", "added"), (removed, "删除", "removed")] {
            if count > 0 {
                parts.push(match words.0 {
                    Lang::Zh => format!("{zh} {count} 项支持"),
                    Lang::En => format!("{count} supports {en}"),
                });
            }
        }
        if is_too_large {
            parts.push(
                words
                    .of(
                        "有的条件太大，没有比较出来",
                        "some conditions are too large to be compared",
                    )
                    .to_owned(),
            );
        }
        if parts.is_empty() {
            return words
                .of("没有企业的结果会变（已证明）。", "No firm gets another result (proved).")
                .to_owned();
        }
        let (separator, end) = (words.of("，", ", "), words.of("。", "."));
        format!("{}{end}", parts.join(separator))
    }

    /// The comparison as JSON, in both languages.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let headline = LocalizedText {
            zh: self.headline(&Words(Lang::Zh)),
            en: self.headline(&Words(Lang::En)),
        };
        json!({
            "old": self.old,
            "new": self.new,
            "moves_firms": self.moves_firms(),
            "summary": headline,
            "items": self.items.iter().map(item_to_json).collect::<Vec<_>>(),
            "rows": self.rows.iter().map(|row| json!({
                "table": row.table, "key": row.key, "old": row.old, "new": row.new,
            })).collect::<Vec<_>>(),
            "files": self.files.iter().map(|(path, change)| json!({
                "path": path, "change": change.as_str(),
            })).collect::<Vec<_>>(),
        })
    }
}

/// A version short enough to be read.
pub(super) fn short(version: &str) -> String {
    const DIGITS: usize = 19;
    version.chars().take(DIGITS).collect()
}

fn item_to_markdown(item: &ItemDiff, words: &Words, out: &mut String) {
    let title = words.0.of(&item.title);
    let kind = words.kind(item.kind);
    let _ = writeln!(out, "## {kind} `{}`: {}\n", item.id, words.change(&item.change));
    let _ = writeln!(out, "{title}\n");
    for (id, sentence) in &item.sentences {
        let _ = writeln!(out, "> {id} {sentence}\n");
    }
    if let Some(effect) = &item.effect {
        let _ = writeln!(out, "**{}**\n", words.effect(effect));
        if let Effect::Moves(examples) = effect {
            for example in examples {
                example_to_markdown(example, words, out);
            }
            out.push('\n');
        }
    }
    for property in &item.properties {
        property_to_markdown(property, words, out);
    }
    if !item.properties.is_empty() {
        out.push('\n');
    }
}

fn example_to_markdown(example: &MoveExample, words: &Words, out: &mut String) {
    let (before, after) = (words.outcome(&example.before), words.outcome(&example.after));
    let _ = writeln!(out, "- {before} → {after}");
    let _ = writeln!(out, "  - {}: `{}`", words.of("企业", "firm"), example.firm);
    if let Some(old) = &example.old_firm {
        let _ =
            writeln!(out, "  - {}: `{old}`", words.of("按旧规则读作", "as the old rules read it"));
    }
    if example.is_contradictory {
        let note = words.of(
            "只有回答互相矛盾的企业会这样",
            "only firms whose answers contradict each other make this move",
        );
        let _ = writeln!(out, "  - {note}");
    }
    for cause in &example.causes {
        let label = words.0.of(&cause.label);
        let (before, after) = (words.truth(cause.before), words.truth(cause.after));
        let _ = writeln!(
            out,
            "  - {}: {label} (`{}`): {before} → {after}",
            words.of("条件", "criterion"),
            cause.id
        );
    }
}

fn property_to_markdown(property: &PropertyDiff, words: &Words, out: &mut String) {
    let _ = writeln!(out, "- {}", property.name);
    match (&property.old, &property.new) {
        (Some(Property::Text(old)), Some(Property::Text(new))) => {
            for (lang, old, new) in [("zh", &old.zh, &new.zh), ("en", &old.en, &new.en)] {
                if old != new {
                    let _ = writeln!(out, "  - {lang}: {}", marked(&text_parts(old, new)));
                }
            }
        }
        (old, new) => {
            let line = |property: &Property| words.0.of(&property.localized()).to_owned();
            if let Some(old) = old {
                let _ = writeln!(out, "  - − {}", line(old));
            }
            if let Some(new) = new {
                let _ = writeln!(out, "  - + {}", line(new));
            }
        }
    }
}

/// Removed parts struck out, added ones bold.
fn marked(parts: &[TextPart]) -> String {
    let one = |part: &TextPart| match part {
        TextPart::Same(text) => text.clone(),
        TextPart::Removed(text) => format!("~~{text}~~"),
        TextPart::Added(text) => format!("**{text}**"),
    };
    parts.iter().map(one).collect()
}

fn item_to_json(item: &ItemDiff) -> Value {
    let (change, from) = match &item.change {
        ItemChange::Added => ("added", None),
        ItemChange::Removed => ("removed", None),
        ItemChange::Renamed { from } => ("renamed", Some(from)),
        ItemChange::Changed => ("changed", None),
        ItemChange::Reordered => ("reordered", None),
    };
    let property = |property: &PropertyDiff| {
        let value = |property: &Option<Property>| match property {
            None => Value::Null,
            Some(Property::Text(text)) => json!(text),
            Some(Property::Value(value)) => json!(value),
        };
        json!({ "name": property.name, "old": value(&property.old), "new": value(&property.new) })
    };
    let example = |example: &MoveExample| {
        let firm = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let causes = example.causes.iter().map(|cause| {
            json!({
                "criterion": cause.id,
                "label": cause.label,
                "before": cause.before.map(Truth::as_str),
                "after": cause.after.map(Truth::as_str),
            })
        });
        json!({
            "before": example.before,
            "after": example.after,
            "firm": firm(&example.firm),
            "old_firm": example.old_firm.as_deref().map(firm),
            "contradictory": example.is_contradictory,
            "causes": causes.collect::<Vec<_>>(),
        })
    };
    let (effect, moves) = match &item.effect {
        None => (None, Vec::new()),
        Some(Effect::None) => (Some("none"), Vec::new()),
        Some(Effect::Moves(examples)) => (Some("moves"), examples.iter().map(example).collect()),
        Some(Effect::TooLarge) => (Some("too_large"), Vec::new()),
    };
    let sentences = item.sentences.iter().map(|(id, text)| json!({ "id": id, "text": text }));
    json!({
        "kind": item.kind.as_str(),
        "id": item.id,
        "title": item.title,
        "change": change,
        "from": from,
        "effect": effect,
        "moves": moves,
        "properties": item.properties.iter().map(property).collect::<Vec<_>>(),
        "sentences": sentences.collect::<Vec<_>>(),
    })
}
