//! What a reviewer reads of a comparison, in one language: whom it moves first, then each item, tables and files.
//!
//! Owns what is said and what is left out; Markdown and HTML only write it down. What a reader cannot use is a number here,
//! and stands in full in the JSON: moves of firms that contradict themselves, and all but the first of many changes of one
//! item or one table.

use super::property_names::{basis, property_name};
use super::text_parts::{TextPart, excerpts, text_parts};
use super::words::Words;
use super::{
    BookDiff, CriterionMove, Effect, ItemChange, ItemDiff, ItemKind, MoveExample, Property,
    PropertyDiff, RowDiff,
};
use crate::facts::LocalizedText;
use crate::wording::Lang;
use std::collections::BTreeMap;

/// How many changes of one item are shown.
const MOST_CHANGES: usize = 24;
/// How many rows of one table are shown.
const MOST_ROWS: usize = 8;

/// A comparison as a reviewer reads it.
pub(super) struct Report {
    pub(super) title: &'static str,
    /// The old version and the new one, short enough to be read.
    pub(super) versions: (String, String),
    /// The most important thing in one sentence.
    pub(super) headline: String,
    /// Which supports change for whom: the heading and a line for each.
    pub(super) moved: (&'static str, Vec<MovedLine>),
    /// How many items of each kind differ.
    pub(super) counts: Vec<String>,
    pub(super) sections: Vec<Section>,
    /// The heading of the tables, and each.
    pub(super) tables: (&'static str, Vec<TableSection>),
    /// The heading of the files, and each with what happened to it.
    pub(super) files: (&'static str, Vec<(String, &'static str)>),
}

/// A support that changes for some firms.
pub(super) struct MovedLine {
    /// The index of its section.
    pub(super) section: usize,
    pub(super) title: String,
    pub(super) moves: String,
}

/// An item that differs.
pub(super) struct Section {
    pub(super) title: String,
    pub(super) id: String,
    /// What it is and what happened to it.
    pub(super) change: String,
    /// The sentences that it rests on, with their numbers.
    pub(super) sentences: Vec<(String, String)>,
    /// What the change of its condition does.
    pub(super) effect: Option<&'static str>,
    pub(super) moves: Vec<MoveView>,
    /// Moves that no consistent firm makes.
    pub(super) contradictory: Option<String>,
    pub(super) changes: Vec<Change>,
    /// What is left out.
    pub(super) more: Option<String>,
}

/// A kind of move, with its smallest firm.
pub(super) struct MoveView {
    pub(super) outcomes: String,
    pub(super) lines: Vec<String>,
}

/// Something that differs: its name, and in one or two languages the parts of both texts.
pub(super) struct Change {
    pub(super) name: String,
    pub(super) texts: Vec<(Option<&'static str>, Vec<TextPart>)>,
}

/// A table of which rows differ.
pub(super) struct TableSection {
    pub(super) name: String,
    pub(super) counts: String,
    pub(super) rows: Vec<Change>,
    pub(super) more: Option<String>,
}

impl Report {
    pub(super) fn new(diff: &BookDiff, lang: Lang) -> Self {
        let words = Words(lang);
        let sections: Vec<Section> = diff.items.iter().map(|item| section(item, &words)).collect();
        let moved = diff.items.iter().enumerate().filter_map(|(section, item)| {
            let moves = match (&item.effect, &item.change) {
                _ if item.kind != ItemKind::Support => return None,
                (_, change @ (ItemChange::Added | ItemChange::Removed)) => words.change(change),
                (Some(Effect::Moves(moves)), _) => kinds_of_moves(moves, &words),
                _ => return None,
            };
            Some(MovedLine { section, title: lang.of(&item.title).to_owned(), moves })
        });
        Self {
            title: words.of("两份规则的差别", "What changed in the rules"),
            versions: (short(&diff.old), short(&diff.new)),
            headline: headline(diff, lang),
            moved: (words.of("哪些支持的结果会变", "Supports that change"), moved.collect()),
            counts: counts(diff, &words),
            sections,
            tables: (words.of("表", "Tables"), tables(&diff.rows, &words)),
            files: (
                words.of("规则文件", "Rule files"),
                diff.files.iter().map(|(path, c)| (path.clone(), words.file(*c))).collect(),
            ),
        }
    }
}

/// A version short enough to be read.
fn short(version: &str) -> String {
    const DIGITS: usize = 19;
    version.chars().take(DIGITS).collect()
}

/// The most important thing in one sentence.
pub(super) fn headline(diff: &BookDiff, lang: Lang) -> String {
    let words = Words(lang);
    if diff.is_empty() {
        return words.of("没有差别。", "Nothing differs.").to_owned();
    }
    let supports = || diff.items.iter().filter(|item| item.kind == ItemKind::Support);
    let of = |wanted: &ItemChange| supports().filter(|item| item.change == *wanted).count();
    let moving = supports().filter(|item| matches!(item.effect, Some(Effect::Moves(_)))).count();
    let mut parts = Vec::new();
    for (count, zh, one, many) in [
        (
            moving,
            "项支持的结果会变",
            "support changes for some firms",
            "supports change for some firms",
        ),
        (of(&ItemChange::Added), "项支持是新增的", "support is new", "supports are new"),
        (of(&ItemChange::Removed), "项支持被删除", "support is gone", "supports are gone"),
    ] {
        match (lang, count) {
            (_, 0) => {}
            (Lang::Zh, _) => parts.push(format!("{count} {zh}")),
            (Lang::En, 1) => parts.push(format!("1 {one}")),
            (Lang::En, _) => parts.push(format!("{count} {many}")),
        }
    }
    if diff.items.iter().any(|item| item.effect == Some(Effect::TooLarge)) {
        let text =
            words.of("有的条件太大，没有比较出来", "some conditions are too large to be compared");
        parts.push(text.to_owned());
    }
    if parts.is_empty() {
        let text =
            words.of("没有支持的结果会变（已证明）。", "No support changes for any firm (proved).");
        return text.to_owned();
    }
    format!("{}{}", parts.join(words.of("，", ", ")), words.of("。", "."))
}

/// For each kind of item how many differ.
fn counts(diff: &BookDiff, words: &Words) -> Vec<String> {
    let mut counts: BTreeMap<ItemKind, BTreeMap<String, usize>> = BTreeMap::new();
    for item in &diff.items {
        let change = match &item.change {
            ItemChange::Renamed { .. } => words.of("改名", "renamed").to_owned(),
            change => words.change(change),
        };
        *counts.entry(item.kind).or_default().entry(change).or_default() += 1;
    }
    let line = |(kind, changes): (ItemKind, BTreeMap<String, usize>)| {
        let changes = changes.iter().map(|(change, count)| match words.0 {
            Lang::Zh => format!("{change} {count}"),
            Lang::En => format!("{count} {change}"),
        });
        let changes: Vec<String> = changes.collect();
        format!(
            "{}{}{}",
            words.kind(kind),
            words.of("：", ": "),
            changes.join(words.of("，", ", "))
        )
    };
    counts.into_iter().map(line).collect()
}

fn section(item: &ItemDiff, words: &Words) -> Section {
    let (effect, moves) = match &item.effect {
        None => (None, [].as_slice()),
        Some(effect @ Effect::Moves(moves)) => (Some(words.effect(effect)), moves.as_slice()),
        Some(effect) => (Some(words.effect(effect)), [].as_slice()),
    };
    let (contradictory, consistent): (Vec<&MoveExample>, _) =
        moves.iter().partition(|example| example.is_contradictory);
    let mut changes = changes(&item.properties, words);
    let left_out = changes.len().saturating_sub(MOST_CHANGES);
    changes.truncate(MOST_CHANGES);
    Section {
        title: words.0.of(&item.title).to_owned(),
        id: item.id.clone(),
        change: format!("{} · {}", words.kind(item.kind), words.change(&item.change)),
        sentences: item.sentences.clone(),
        effect,
        moves: consistent.iter().map(|example| move_view(example, words)).collect(),
        contradictory: (!contradictory.is_empty()).then(|| {
            let label = words.of(
                "只有回答互相矛盾的企业才会：",
                "Only firms whose answers contradict each other: ",
            );
            let outcomes: Vec<String> = contradictory.iter().map(|e| outcomes(e, words)).collect();
            format!("{label}{}", outcomes.join(words.of("；", "; ")))
        }),
        changes,
        more: more(left_out, words),
    }
}

fn more(left_out: usize, words: &Words) -> Option<String> {
    (left_out > 0).then(|| match words.0 {
        Lang::Zh => format!("还有 {left_out} 处，见 --format json"),
        Lang::En => format!("{left_out} more; see --format json"),
    })
}

fn outcomes(example: &MoveExample, words: &Words) -> String {
    format!("{} → {}", words.outcome(&example.before), words.outcome(&example.after))
}

/// All kinds of moves of consistent firms in one line.
fn kinds_of_moves(moves: &[MoveExample], words: &Words) -> String {
    let consistent = moves.iter().filter(|example| !example.is_contradictory);
    let kinds: Vec<String> = consistent.map(|example| outcomes(example, words)).collect();
    if kinds.is_empty() {
        let text = words
            .of("只有回答互相矛盾的企业会变", "only for firms whose answers contradict each other");
        return text.to_owned();
    }
    kinds.join(words.of("；", "; "))
}

fn move_view(example: &MoveExample, words: &Words) -> MoveView {
    let lang = words.0;
    let (colon, comma) = (words.of("：", ": "), words.of("，", ", "));
    let answers = example
        .answers
        .iter()
        .map(|(label, value)| format!("{}{colon}{}", lang.of(label), lang.of(value)));
    let answers: Vec<String> = answers.collect();
    let firm = if answers.is_empty() {
        words.of("什么都没有填的企业", "a firm that has answered nothing").to_owned()
    } else {
        answers.join(comma)
    };
    let mut lines = vec![format!("{}{colon}{firm}", words.of("最小的例子", "smallest firm"))];
    if !example.unknown_before.is_empty() {
        let facts: Vec<&str> = example.unknown_before.iter().map(|fact| lang.of(fact)).collect();
        let label = words.of("旧规则还没有这些事实项", "facts that the old rules do not have");
        lines.push(format!("{label}{colon}{}", facts.join(words.of("、", ", "))));
    }
    let cause = |cause: &CriterionMove| {
        let label = lang.of(&cause.label);
        let (open, close) = (words.of("“", "\u{201c}"), words.of("”", "\u{201d}"));
        let (before, after) = (words.truth(cause.before), words.truth(cause.after));
        format!(
            "{} {open}{label}{close}{colon}{before} → {after}",
            words.of("因为条件", "because of")
        )
    };
    lines.extend(example.causes.iter().map(cause));
    MoveView { outcomes: outcomes(example, words), lines }
}

/// The changes of an item: a criterion that was added or removed is one of them.
fn changes(properties: &[PropertyDiff], words: &Words) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut rest = properties;
    while let Some(first) = rest.first() {
        let of_criterion = rest.iter().take_while(|p| p.criterion_key() == first.criterion_key());
        let count = if first.criterion_key().is_some() { of_criterion.count() } else { 1 };
        let (these, others) = rest.split_at(count);
        rest = others;
        match whole_criterion(these, words) {
            Some(change) => changes.push(change),
            None => changes.extend(these.iter().map(|property| change(property, words))),
        }
    }
    changes
}

/// A criterion that only one of the books has, in one line.
fn whole_criterion(properties: &[PropertyDiff], words: &Words) -> Option<Change> {
    let value = |name: &str, property: &PropertyDiff| {
        let side = property.new.as_ref().or(property.old.as_ref());
        property.name.ends_with(name).then(|| side.map(Property::localized)).flatten()
    };
    let find = |name: &str| properties.iter().find_map(|property| value(name, property));
    let is_new = properties.iter().all(|property| property.old.is_none());
    let is_gone = properties.iter().all(|property| property.new.is_none());
    let (label, condition) = (find(" label")?, find(" condition")?);
    let why = [find(" reason"), find(" defined by")].into_iter().flatten().next();
    let basis = basis(&find(" basis")?.en);
    let lang = words.0;
    let (colon, space) = (words.of("：", ": "), words.of("", " "));
    let why = why.map_or_else(String::new, |why| format!("{colon}{}", lang.of(&why)));
    let (open, close) = (words.of("（", "("), words.of("）", ")"));
    let text = format!(
        "{}{space}{open}{}{why}{close}{colon}{}",
        lang.of(&label),
        lang.of(&basis),
        lang.of(&condition)
    );
    let (name, part) = match (is_new, is_gone) {
        (true, false) => (words.of("新增条件", "new criterion"), TextPart::Added(text)),
        (false, true) => (words.of("删除条件", "removed criterion"), TextPart::Removed(text)),
        _ => return None,
    };
    Some(Change { name: name.to_owned(), texts: vec![(None, vec![part])] })
}

fn change(property: &PropertyDiff, words: &Words) -> Change {
    let name = property_name(&property.name, property.criterion.as_ref());
    let name = words.0.of(&name).to_owned();
    let texts = match (&property.old, &property.new) {
        (Some(Property::Text(old)), Some(Property::Text(new))) => {
            let both = [("zh", &old.zh, &new.zh), ("en", &old.en, &new.en)];
            let differing = both.into_iter().filter(|(_, old, new)| old != new);
            differing.map(|(lang, old, new)| (Some(lang), text_parts(old, new))).collect()
        }
        (old, new) => {
            let text = |property: &Property| words.0.of(&property.localized()).to_owned();
            vec![(None, both_values(old.as_ref().map(text), new.as_ref().map(text)))]
        }
    };
    Change { name, texts }
}

/// The parts of two values: one after the other, and of long ones what differs.
fn both_values(old: Option<String>, new: Option<String>) -> Vec<TextPart> {
    if let Some(parts) =
        old.as_deref().zip(new.as_deref()).and_then(|(old, new)| excerpts(old, new))
    {
        return parts;
    }
    old.map(TextPart::Removed).into_iter().chain(new.map(TextPart::Added)).collect()
}

fn tables(rows: &[RowDiff], words: &Words) -> Vec<TableSection> {
    let mut tables: BTreeMap<&str, Vec<&RowDiff>> = BTreeMap::new();
    for row in rows {
        tables.entry(&row.table).or_default().push(row);
    }
    let table = |(name, rows): (&str, Vec<&RowDiff>)| {
        let count = |old: bool, new: bool| {
            rows.iter().filter(|r| r.old.is_some() == old && r.new.is_some() == new).count()
        };
        let counts = [
            (count(true, true), "改动", "changed"),
            (count(false, true), "新增", "added"),
            (count(true, false), "删除", "removed"),
        ];
        let counts = counts.iter().filter(|(count, _, _)| *count > 0);
        let counts: Vec<String> = counts
            .map(|(count, zh, en)| match words.0 {
                Lang::Zh => format!("{zh} {count} 行"),
                Lang::En => format!("{count} {en}"),
            })
            .collect();
        let shown = rows.iter().take(MOST_ROWS).map(|row| Change {
            name: row.key.clone(),
            texts: vec![(None, both_values(row.old.clone(), row.new.clone()))],
        });
        TableSection {
            name: name.to_owned(),
            counts: counts.join(words.of("，", ", ")),
            rows: shown.collect(),
            more: more(rows.len().saturating_sub(MOST_ROWS), words),
        }
    };
    tables.into_iter().map(table).collect()
}

impl Change {
    /// What a reader needs to tell the texts of two languages apart.
    pub(super) fn texts(&self) -> impl Iterator<Item = (Option<&'static str>, &[TextPart])> {
        self.texts.iter().map(|(lang, parts)| (*lang, parts.as_slice()))
    }
}

/// A text of both languages from one.
pub(super) fn same(text: &str) -> LocalizedText {
    LocalizedText { zh: text.to_owned(), en: text.to_owned() }
}
