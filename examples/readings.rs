//! Prints `docs/readings.md`: how each sentence of the policy is read, from the rule book and `docs/readings.toml`.
//!
//! `cargo run --example readings > docs/readings.md`. A test fails if the page is not what this prints.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "an example")]

use export_advisor_core::files::RuleFiles;
use export_advisor_core::policy::SentenceId;
use export_advisor_core::rulebook::{BackgroundKind, Basis, Criterion, Policy, RuleBook, Support};
use export_advisor_core::script::load;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// More criteria than this may not be our own reading.
const MOST_READINGS: usize = 25;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    sentence: Vec<Sentence>,
    fault: Vec<Fault>,
}

/// What the rule book does not hold of a sentence.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentence {
    id: String,
    addressed: String,
    verb: String,
    considered: String,
    doubt: String,
}

/// A kind of fault, and how it was searched for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    kind: String,
    search: String,
    found: String,
    case: Option<String>,
}

#[allow(dead_code, reason = "the test calls `page`")]
fn main() {
    print!("{}", page(include_str!("../docs/readings.toml")));
}

/// The page, from its hand-written part and the built-in rules.
pub(crate) fn page(written: &str) -> String {
    let written: Written = toml::from_str(written).unwrap();
    let files = RuleFiles::builtin();
    let book = load(&files).into_result().unwrap();
    let policy = book.policies.iter().next().unwrap();
    let mut entries: BTreeMap<SentenceId, &Sentence> = BTreeMap::new();
    for entry in &written.sentence {
        let id = entry.id.parse().unwrap();
        assert!(entries.insert(id, entry).is_none(), "{id} is there twice");
    }
    let ids: Vec<SentenceId> = policy.text.sentence_ids().collect();
    for id in &ids {
        assert!(entries.contains_key(id), "docs/readings.toml has no entry for {id}");
    }
    assert_eq!(entries.len(), ids.len(), "an entry is for no sentence");
    let mut out = String::new();
    counts(&mut out, &book, policy, &entries);
    faults(&mut out, &files, &written.fault);
    overview(&mut out, &book, &entries);
    for measure in &policy.measures {
        let _ =
            writeln!(out, "## {}. {} · {}\n", measure.number, measure.title.zh, measure.title.en);
        for (id, entry) in entries.iter().filter(|(id, _)| id.measure == measure.number) {
            sentence(&mut out, &book, policy, *id, entry);
        }
    }
    out.trim_end().to_owned() + "\n"
}

fn counts(
    out: &mut String,
    book: &RuleBook,
    policy: &Policy,
    entries: &BTreeMap<SentenceId, &Sentence>,
) {
    let criteria = || book.supports.iter().flat_map(|support| &support.criteria);
    let count = |basis: &str| criteria().filter(|c| c.basis.as_str() == basis).count();
    let doubts = entries.iter().filter(|(_, entry)| !entry.doubt.is_empty());
    let doubts: Vec<String> = doubts.map(|(id, _)| link(*id)).collect();
    assert!(count("interpreted") <= MOST_READINGS, "too many criteria are our own reading");
    let readings = book
        .supports
        .iter()
        .filter(|s| s.criteria.iter().any(|c| c.basis.as_str() == "interpreted"));
    let readings: Vec<String> = readings.flat_map(Support::sentences).map(link).collect();
    let _ = writeln!(
        out,
        "# Readings of {number}

<!-- Generated: `cargo run --example readings > docs/readings.md`. Edit docs/readings.toml, or the rules. -->

How each sentence of {zh} is read: whom it addresses, which supports carry it, what
narrows them and on what basis, and what was considered and left out.

A criterion *narrows* whom the sentence reaches. Its basis is *stated* (the sentence or the title of its measure
says so), *defined* (another rule defines the word) or *interpreted* (our reading, with a reason). A *need* narrows
nothing: the sentence reaches the firm, but helps only one that has it.

| | |
| --- | --- |
| Sentences | {sentences}: {cited} with supports, {background} background |
| Supports | {supports} |
| Criteria that narrow | {stated} stated, {defined} defined, {interpreted} interpreted (at most {MOST_READINGS}) |
| Needs | {needs} |
| Interpreted | {readings} |
| In doubt | {in_doubt} sentences: {doubts} |
",
        number = policy.number,
        zh = policy.title.zh,
        sentences = entries.len(),
        cited = entries.len() - policy.background.len(),
        background = policy.background.len(),
        supports = book.supports.len(),
        stated = count("stated"),
        defined = count("defined"),
        interpreted = count("interpreted"),
        needs = count("need"),
        readings = readings.join(", "),
        in_doubt = doubts.len(),
        doubts = doubts.join(", "),
    );
}

fn faults(out: &mut String, files: &RuleFiles, faults: &[Fault]) {
    out.push_str("## Faults of the rule book before, and how they were searched for\n\n");
    for fault in faults {
        let _ = writeln!(
            out,
            "**{}**\n\n- Search: {}\n- Found: {}",
            fault.kind, fault.search, fault.found
        );
        if let Some(case) = &fault.case {
            let line = format!("name = \"{case}\"");
            let (path, _) = (files.iter())
                .find(|(path, text)| {
                    path.contains("/cases/") && text.lines().any(|one| one == line)
                })
                .unwrap_or_else(|| panic!("no case is named {case}"));
            let _ =
                writeln!(out, "- Case: “{case}” in `rules/{}`", path.trim_start_matches("rules/"));
        }
        out.push('\n');
    }
}

fn overview(out: &mut String, book: &RuleBook, entries: &BTreeMap<SentenceId, &Sentence>) {
    out.push_str("## Overview\n\n| Sentence | Supports | Narrows | Needs | In doubt |\n| --- | --- | --- | ---: | --- |\n");
    for (id, entry) in entries {
        let supports: Vec<&Support> = book.citing(0_usize, *id).collect();
        let narrows =
            ["stated", "defined", "interpreted"].map(|basis| (basis, of_basis(&supports, basis)));
        let narrows =
            narrows.iter().filter(|(_, n)| *n > 0).map(|(basis, n)| format!("{n} {basis}"));
        let names: Vec<String> = supports.iter().map(|s| format!("`{}`", s.id)).collect();
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            link(*id),
            if names.is_empty() { "background".to_owned() } else { names.join(", ") },
            narrows.collect::<Vec<_>>().join(", "),
            of_basis(&supports, "need"),
            if entry.doubt.is_empty() { "" } else { "yes" },
        );
    }
    out.push('\n');
}

fn of_basis(supports: &[&Support], basis: &str) -> usize {
    supports.iter().flat_map(|s| &s.criteria).filter(|c| c.basis.as_str() == basis).count()
}

fn sentence(out: &mut String, book: &RuleBook, policy: &Policy, id: SentenceId, entry: &Sentence) {
    let _ = writeln!(
        out,
        "### {id}\n\n> {}\n\n| | |\n| --- | --- |",
        policy.text.sentence(id).unwrap()
    );
    let mut row = |name: &str, text: &str| {
        if !text.is_empty() {
            let _ = writeln!(out, "| {name} | {} |", text.replace('|', "\\|"));
        }
    };
    row("Addressed", &entry.addressed);
    row("Verb", &entry.verb);
    for support in book.citing(0_usize, id) {
        let criteria = |needs: bool| {
            let some = support.criteria.iter().filter(|c| (c.basis == Basis::Need) == needs);
            some.map(criterion).collect::<Vec<_>>().join("<br>")
        };
        let title = &support.title;
        row(
            "**Support**",
            &format!(
                "**`{}`** {} · {} ({})",
                support.id,
                title.zh,
                title.en,
                support.access.as_str()
            ),
        );
        row("Narrows", &criteria(false));
        row("Needs", &criteria(true));
        let emphases = support.emphases.iter().map(|e| format!("{} · {}", e.label.zh, e.label.en));
        row("Emphasis", &emphases.collect::<Vec<_>>().join("<br>"));
    }
    for background in policy.background.iter().filter(|background| background.sentence == id) {
        let kind = match background.kind {
            BackgroundKind::Government => "government only".to_owned(),
            BackgroundKind::Lapsed { on } => format!("lapsed on {on}"),
        };
        row("Background", &format!("{kind}: {}", background.reason.en));
    }
    row("Not cited", &not_cited(book, policy, id));
    row("Left out", &entry.considered);
    row("In doubt", if entry.doubt.is_empty() { "no" } else { &entry.doubt });
    out.push('\n');
}

fn criterion(criterion: &Criterion) -> String {
    let label = format!("{} · {}", criterion.label.zh, criterion.label.en);
    match &criterion.basis {
        Basis::Need => label,
        Basis::Stated => format!("{label} — stated"),
        Basis::Defined { by } => format!("{label} — defined by {by}"),
        Basis::Interpreted { reason } => format!("{label} — **interpreted**: {}", reason.en),
    }
}

/// The words of a cited sentence that no support cites.
fn not_cited(book: &RuleBook, policy: &Policy, id: SentenceId) -> String {
    let range = policy.text.range(id).unwrap();
    let quotes: Vec<_> = (book.citing(0_usize, id).flat_map(|support| &support.citations))
        .filter(|citation| citation.sentence == id)
        .map(|citation| citation.range.clone())
        .collect();
    if quotes.is_empty() {
        return String::new();
    }
    let sentence = policy.text.slice(&range);
    let left = sentence.char_indices().map(|(at, c)| {
        let cited = quotes.iter().any(|quote| quote.contains(&(range.start + at)));
        if cited { '…' } else { c }
    });
    let left: String = left.collect();
    let parts = left
        .split('…')
        .map(|part| part.trim_matches(['，', '。', '、']))
        .filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" … ")
}

fn link(id: SentenceId) -> String {
    format!("[{id}](#{})", id.to_string().replace('.', ""))
}
