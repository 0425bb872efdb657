//! Where and when a policy holds, as its `policy.toml` says.

use super::dates::day;
use crate::condition::{Condition, Test};
use crate::diagnostic::nearest;
use crate::facts::{Catalogue, Kind, LocalizedText};
use crate::policy::{PolicyText, SentenceId};
use crate::rulebook::{Amendment, Area, InForce, Replacement};
use jiff::civil::Date;
use serde::Deserialize;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;

/// The fact that says in which areas of local documents a firm is.
const AREA_FACT: &str = "local_area";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AreaEntry {
    /// Values of the fact `local_area`: a firm in one of them is in the area.
    within: Spanned<Vec<String>>,
    name: LocalizedText,
    label: LocalizedText,
    #[serde(default)]
    sentences: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InForceEntry {
    from: Option<Spanned<toml::value::Datetime>>,
    until: Option<Spanned<toml::value::Datetime>>,
    #[serde(default)]
    sentences: Vec<Spanned<String>>,
    #[serde(default)]
    amended: Vec<ByEntry>,
    replaced: Option<ByEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByEntry {
    on: Spanned<toml::value::Datetime>,
    by: String,
    source: String,
}

/// A fault of such an entry: code, message, help, and where it stands.
pub(super) type ScopeFault = (&'static str, String, String, Range<usize>);

/// The area, if what it says can be, and the sentences that say so in any case.
pub(super) fn area(
    entry: AreaEntry,
    catalogue: &Catalogue,
    text: &PolicyText,
    faults: &mut Vec<ScopeFault>,
) -> (Option<Area>, Vec<SentenceId>) {
    let sentences = sentences(&entry.sentences, text, faults);
    (read_area(entry, &sentences, catalogue, faults), sentences)
}

fn read_area(
    entry: AreaEntry,
    sentences: &[SentenceId],
    catalogue: &Catalogue,
    faults: &mut Vec<ScopeFault>,
) -> Option<Area> {
    let span = entry.within.span();
    let Some(fact) = catalogue.find(AREA_FACT).filter(|fact| fact.kind == Kind::EnumList) else {
        let message = format!("no fact `{AREA_FACT}` says in which areas a firm is");
        let help = "add it to rules/facts/, with values from rules/tables/areas.tsv".to_owned();
        faults.push(("unknown-fact", message, help, span));
        return None;
    };
    let mut values = Vec::new();
    for name in entry.within.get_ref() {
        if let Some(value) = fact.value_index(name) {
            values.push(value);
            continue;
        }
        let near = nearest(name, fact.values.iter().map(|value| value.name.as_str()));
        let help = near.map_or_else(
            || "add it to rules/tables/areas.tsv".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        faults.push(("unknown-word", format!("no area is named `{name}`"), help, span.clone()));
    }
    values.sort_unstable();
    values.dedup();
    let texts = [&entry.name, &entry.label];
    if texts.iter().any(|text| text.lacks_a_language()) {
        let message = "a text of the area is empty in one language".to_owned();
        faults.push(("empty-text", message, "write it in Chinese and in English".to_owned(), span));
    } else if entry.within.get_ref().is_empty() {
        let help = "write `within = [\"pudong\"]`, or leave the area out: it holds everywhere";
        faults.push(("area", "the area is nowhere".to_owned(), help.to_owned(), span));
    }
    (!values.is_empty()).then(|| Area {
        label: entry.label,
        name: entry.name,
        condition: Arc::new(Condition::test(fact.id, Test::HasValue(values))),
        sentences: sentences.to_vec(),
    })
}

/// When the policy holds: since it was issued, if nothing else is said.
pub(super) fn in_force(
    entry: InForceEntry,
    issued: Date,
    text: &PolicyText,
    faults: &mut Vec<ScopeFault>,
) -> InForce {
    let mut date = |written: &Spanned<toml::value::Datetime>| {
        let read = day(&written.get_ref().to_string());
        if read.is_none() {
            let message = format!("`{}` is not a day", written.get_ref());
            faults.push(("date", message, "write it as 2025-01-01".to_owned(), written.span()));
        }
        read
    };
    let from = entry.from.as_ref().and_then(&mut date).unwrap_or(issued);
    let until = entry.until.as_ref().and_then(&mut date);
    let amendments = entry.amended.iter().filter_map(|by| {
        Some(Amendment { on: date(&by.on)?, by: by.by.clone(), source: by.source.clone() })
    });
    let amendments: Vec<Amendment> = amendments.collect();
    let replaced = entry.replaced.as_ref().and_then(|by| {
        Some(Replacement { on: date(&by.on)?, by: by.by.clone(), source: by.source.clone() })
    });
    let mut fault = |message: &str, help: &str, span: Range<usize>| {
        faults.push(("date", message.to_owned(), help.to_owned(), span));
    };
    if let (Some(last), Some(written)) = (until, &entry.until)
        && last < from
    {
        fault("the policy ends before it begins", "correct one of the two days", written.span());
    }
    if let (Some(by), Some(written)) = (&replaced, &entry.replaced)
        && by.on <= from
    {
        fault("the policy is replaced before it begins", "correct the day", written.on.span());
    }
    if !amendments.is_sorted_by_key(|amendment| amendment.on)
        && let Some(first) = entry.amended.first()
    {
        fault("the amendments stand in no order", "order them by date", first.on.span());
    }
    let all = entry.amended.iter().chain(&entry.replaced);
    for by in all.filter(|by| by.by.trim().is_empty() || by.source.trim().is_empty()) {
        let help = "write the document as `by = \"…\"` and where it was seen as `source = \"…\"`";
        fault("it is not said by what, or where that was seen", help, by.on.span());
    }
    let sentences = sentences(&entry.sentences, text, faults);
    InForce { from, until, sentences, amendments, replaced }
}

/// The sentences that some entries name.
pub(super) fn sentences(
    named: &[Spanned<String>],
    text: &PolicyText,
    faults: &mut Vec<ScopeFault>,
) -> Vec<SentenceId> {
    let mut all = Vec::new();
    for name in named {
        match text.select(name.get_ref()) {
            Some(found) => all.extend(found),
            None => faults.push((
                "unknown-sentence",
                format!("the text has no sentence `{}`", name.get_ref()),
                "write a sentence, an article, or a range as \"3..5\"; no title is counted"
                    .to_owned(),
                name.span(),
            )),
        }
    }
    all
}
