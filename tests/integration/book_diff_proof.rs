//! What the diagrams prove of all firms holds for the firms of a list.
//!
//! Random firms of both books, for every edit of `edits.toml` and for pairs of them: where the comparison of the books
//! proves that a support has no effect, no firm of the list moves; and every move of the list is a kind of move that it
//! names.

use crate::firms::Firms;
use crate::support::{advisor, files};
use export_advisor_core::RuleFiles;
use export_advisor_core::diff::{BookDiff, Effect, ItemChange, ItemKind};
use export_advisor_core::facts::LocalizedText;
use export_advisor_core::interrupt::Interrupt;
use export_advisor_core::plan::Plan;
use export_advisor_core::script::load;
use export_advisor_core::wording::Lang;
use export_advisor_screening::{
    BookComparison, BookComparisonOptions, Columns, FileType, Input, Limits, Meter, Mode, Progress,
    compare_rule_books,
};
use fastrand::Rng;
use jiff::civil::date;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct Edits {
    edit: Vec<Edit>,
}

#[derive(Deserialize)]
struct Edit {
    name: String,
    r#in: String,
    replace: String,
    with: String,
    #[serde(default)]
    in_cases: bool,
}

/// A rule book with its files.
struct Book {
    name: String,
    plan: Plan,
    files: RuleFiles,
}

impl Book {
    fn new(name: &str, files: RuleFiles) -> Self {
        let plan =
            Plan::new(load(&files).into_result().unwrap_or_else(|f| panic!("{name}: {}", f[0])));
        Self { name: name.to_owned(), plan, files }
    }

    fn diff(&self, new: &Self) -> BookDiff {
        BookDiff::new((&self.plan, &self.files), (&new.plan, &new.files), &Interrupt::never())
            .unwrap()
    }
}

/// The built-in book, then one for each edit.
fn books() -> Vec<Book> {
    let edits: Edits =
        toml::from_str(include_str!("../../crates/core/tests/core/edits.toml")).unwrap();
    let mut books = vec![Book::new("built-in", files().clone())];
    books.extend(edits.edit.iter().map(|edit| {
        let mut edited = files().clone();
        for (path, text) in files().iter() {
            if path == edit.r#in || (edit.in_cases && path.contains("/cases/")) {
                edited.insert(path, &text.replace(&edit.replace, &edit.with));
            }
        }
        Book::new(&edit.name, edited)
    }));
    books
}

struct Silent;

impl Progress for Silent {
    fn start(&mut self, _: &Columns, _: &Plan, _: &[LocalizedText]) {}
    fn advance(&mut self, _: &Meter) {}
}

fn compare(old: &Plan, new: &Plan, list: &Path) -> BookComparison {
    let options = BookComparisonOptions {
        input: Input::File(list.to_owned()),
        input_type: FileType::parse("ndjson").unwrap(),
        as_of: date(2026, 1, 15),
        lang: Lang::En,
        supports: Vec::new(),
        key: None,
        map: Vec::new(),
        sheet: None,
        header_row: None,
        encoding: None,
        delimiter: None,
        workers: 1,
        limits: Limits::default(),
        mode: Mode::default(),
        details: None,
        digest: None,
        hide_below: 0,
    };
    compare_rule_books(old, new, &options, &mut Silent).unwrap()
}

/// Writes a list of random firms of both books; their keys stand in the first line.
fn write_list(path: &Path, books: [&Plan; 2], seed: u64) {
    let names = &advisor().plan.book.catalogue.facts;
    let first: Vec<String> = names.iter().map(|fact| format!("\"{}\": null", fact.name)).collect();
    let mut text = format!("{{{}}}\n", first.join(", "));
    for (index, plan) in (0..).zip(books) {
        let mut firms = Firms::new(plan, seed + index);
        for _ in 0..200 {
            text.push_str(&firms.firm().to_json(&plan.book.catalogue));
            text.push('\n');
        }
    }
    std::fs::write(path, text).unwrap();
}

/// What the list shows and the comparison of the books does not name.
fn not_named(list: &BookComparison, books: &BookDiff) -> Vec<String> {
    let mut wrong = Vec::new();
    for support in &list.supports {
        let is_support = |item: &&export_advisor_core::diff::ItemDiff| {
            item.kind == ItemKind::Support
                && item.id == support.id
                && item.change != ItemChange::Reordered
        };
        let item = books.items.iter().find(is_support);
        for cell in support.cells.iter().filter(|cell| cell.is_move()) {
            let named = match (cell.before, cell.after, item) {
                (None, _, Some(item)) => item.change == ItemChange::Added,
                (_, None, Some(item)) => item.change == ItemChange::Removed,
                (Some(before), Some(after), Some(item)) => match &item.effect {
                    Some(Effect::Moves(kinds)) => kinds.iter().any(|kind| {
                        kind.before == before.to_string() && kind.after == after.to_string()
                    }),
                    Some(Effect::TooLarge) => true,
                    Some(Effect::None) | None => false,
                },
                (_, _, None) => false,
            };
            if !named {
                wrong.push(format!("{}: {cell:?}", support.id));
            }
        }
    }
    wrong
}

#[test]
fn no_firm_of_a_list_moves_where_no_effect_is_proved() {
    let books = books();
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.ndjson");
    let mut rng = Rng::with_seed(3);
    let of_edits = (1..books.len()).map(|new| (0, new));
    let pairs: Vec<(usize, usize)> = of_edits
        .chain((0..15).map(|_| (rng.usize(0..books.len()), rng.usize(0..books.len()))))
        .collect();
    let (mut moves, mut unmoved, mut wrong, mut planted) = (0, 0, Vec::new(), 0);
    for (index, (old, new)) in pairs.into_iter().enumerate() {
        let (old, new) = (&books[old], &books[new]);
        write_list(&list, [&old.plan, &new.plan], index as u64);
        let found = compare(&old.plan, &new.plan, &list);
        let diff = old.diff(new);
        let of_pair = not_named(&found, &diff).into_iter();
        wrong.extend(of_pair.map(|line| format!("{} → {}: {line}", old.name, new.name)));
        let moved: u64 = found.supports.iter().map(|support| support.moved()).sum();
        moves += moved;
        unmoved += found.supports.iter().filter(|support| support.moved() == 0).count();
        // A planted fault: the books are said to be the same.
        if moved > 0 {
            let nothing = BookDiff { items: Vec::new(), ..diff };
            assert!(!not_named(&found, &nothing).is_empty(), "{}: not noticed", new.name);
            planted += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(moves > 1_000 && unmoved > 1_000 && planted > 15, "{moves} {unmoved} {planted}");
}
