//! Reads the policies: `policy.toml`, `background.toml`, and the text that they were written for.

use super::dates::{day, is_date};
use super::limits::FAULTS;
use crate::diagnostic::Diagnostic;
use crate::facts::{LocalizedText, toml_fault};
use crate::files::{RuleFiles, sha256};
use crate::index::IndexVec;
use crate::policy::{self, DocumentForm};
use crate::rulebook::{Background, BackgroundKind, LaterDocument, MeasureTitle, Policy, PolicyId};
use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    id: Spanned<String>,
    number: String,
    title: LocalizedText,
    issuer: LocalizedText,
    issued: Spanned<toml::value::Datetime>,
    seed: Spanned<String>,
    sha256: Spanned<String>,
    sentences: Spanned<usize>,
    /// How the text is numbered, where it does not show that.
    form: Option<DocumentForm>,
    measure: Vec<MeasureEntry>,
    #[serde(default)]
    later: Vec<LaterEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LaterEntry {
    name: Spanned<String>,
    #[serde(default)]
    number: String,
    date: String,
    issuer: LocalizedText,
    says: LocalizedText,
    measures: Vec<u8>,
    confidence: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureEntry {
    number: u8,
    slug: String,
    title: Spanned<String>,
    title_en: String,
    checked: Option<Spanned<toml::value::Datetime>>,
}

/// The policies, one a folder.
pub(super) fn read_policies(
    files: &RuleFiles,
    faults: &mut Vec<Diagnostic>,
) -> IndexVec<PolicyId, Policy> {
    let folders: Vec<&str> = files.policy_folders().collect();
    if folders.is_empty() {
        faults.push(Diagnostic::new(
            "no-policy",
            "rules",
            "no policy was found",
            "add a folder with a policy.toml",
        ));
    }
    folders.into_iter().filter_map(|folder| read_policy(files, folder, faults)).collect()
}

fn read_policy(files: &RuleFiles, folder: &str, faults: &mut Vec<Diagnostic>) -> Option<Policy> {
    let file = format!("{folder}/policy.toml");
    let toml = files.get(&file)?;
    let read: PolicyFile = match toml::from_str(toml) {
        Ok(read) => read,
        Err(error) => {
            faults.push(toml_fault(&file, toml, &error));
            return None;
        }
    };
    let mut fault = |code, message: String, help: &str, span| {
        faults.push(Diagnostic::new(code, &file, message, help).at_bytes(toml, span));
    };
    let id = folder.rsplit('/').next().unwrap_or(folder);
    if read.id.get_ref() != id {
        let message = format!("the id `{}` is not the folder's name `{id}`", read.id.get_ref());
        fault("policy-id", message, "make them equal", read.id.span());
    }
    let issued = day(&read.issued.get_ref().to_string()).unwrap_or_else(|| {
        fault(
            "date",
            format!("`{}` is not a day", read.issued.get_ref()),
            "write it as 2023-04-11",
            read.issued.span(),
        );
        Date::constant(2000, 1, 1)
    });
    let Some(seed) = files.get(read.seed.get_ref()) else {
        let message = format!("the text `{}` does not exist", read.seed.get_ref());
        fault(
            "no-seed",
            message,
            "put the published text there; seeds/ stands beside rules/",
            read.seed.span(),
        );
        return None;
    };
    if sha256(seed) != *read.sha256.get_ref() {
        let message = "the text is not the one that the rules were written for".to_owned();
        fault(
            "seed-changed",
            message,
            "restore the text, or read the rules against the new one and write its SHA-256",
            read.sha256.span(),
        );
    }
    let text = match policy::parse_as(seed, read.form) {
        Ok(text) => text,
        Err(errors) => {
            // Locating a fault scans the text.
            for error in errors.into_iter().take(FAULTS) {
                let index = error.index();
                let end = (index + 3).min(seed.len());
                faults.push(
                    Diagnostic::new(
                        "policy-text",
                        read.seed.get_ref(),
                        error.to_string(),
                        "compare the text with the published one",
                    )
                    .at_bytes(seed, index..end),
                );
            }
            return None;
        }
    };
    let count = text.sentence_ids().count();
    if count != *read.sentences.get_ref() {
        let message = format!("the text has {count} sentences, not {}", read.sentences.get_ref());
        fault(
            "sentence-count",
            message,
            "compare the text with the published one",
            read.sentences.span(),
        );
    }
    for (measure, entry) in text.measures.iter().zip(&read.measure) {
        let title = text.slice(&measure.title);
        if entry.title.get_ref() != title || entry.number != measure.number {
            let message = format!("measure {} is titled `{title}` in the text", measure.number);
            fault("measure-title", message, "copy the title from the text", entry.title.span());
        }
    }
    if text.measures.len() != read.measure.len() {
        let message = format!(
            "the text has {} measures, {} are listed",
            text.measures.len(),
            read.measure.len()
        );
        fault("measure-title", message, "list each measure once, in order", read.sentences.span());
    }
    let checked = |entry: &MeasureEntry| {
        let written = entry.checked.as_ref()?.get_ref().to_string();
        day(&written).filter(|day| *day >= issued)
    };
    for entry in &read.measure {
        if let (Some(written), None) = (&entry.checked, checked(entry)) {
            let message = format!("`{}` is no day since the text was issued", written.get_ref());
            let help =
                "write the day on which the rules were last compared with the text, as 2026-11-29";
            fault("date", message, help, written.span());
        }
    }
    for entry in &read.later {
        let known = |number: &u8| text.measures.iter().any(|measure| measure.number == *number);
        if !["high", "medium", "low"].contains(&entry.confidence.as_str()) {
            let message = format!("`{}` is no confidence", entry.confidence);
            fault("confidence", message, "write `high`, `medium` or `low`", entry.name.span());
        }
        if !is_date(&entry.date) || entry.source.trim().is_empty() {
            let message = "a later document has no date or no source".to_owned();
            let help = "write them as `date = \"2024-11-25\"` and `source = \"…\"`";
            fault("date", message, help, entry.name.span());
        }
        if entry.measures.is_empty() || !entry.measures.iter().all(known) {
            let message = "a later document touches no measure of this text".to_owned();
            fault("unknown-measure", message, "write `measures = [9, 15]`", entry.name.span());
        }
    }
    for pair in read.later.windows(2) {
        let [before, after] = pair else { continue };
        // A month is before and after each of its days.
        let length = before.date.len().min(after.date.len());
        if before.date.get(..length) > after.date.get(..length) {
            let message =
                format!("a document of {} stands before one of {}", before.date, after.date);
            fault("date", message, "order later documents by date", after.name.span());
        }
    }
    let later = (read.later.into_iter())
        .map(|entry| LaterDocument {
            name: entry.name.into_inner(),
            number: entry.number,
            date: entry.date,
            issuer: entry.issuer,
            says: entry.says,
            measures: entry.measures,
            confidence: entry.confidence,
            source: entry.source,
        })
        .collect();
    let measures = (read.measure.into_iter())
        .map(|entry| MeasureTitle {
            checked: checked(&entry),
            number: entry.number,
            slug: entry.slug,
            title: LocalizedText { zh: entry.title.into_inner(), en: entry.title_en },
        })
        .collect();
    let background = read_background(files, folder, &text, faults);
    Some(Policy {
        id: id.to_owned(),
        number: read.number,
        title: read.title,
        issuer: read.issuer,
        issued,
        text,
        measures,
        background,
        later,
    })
}

fn read_background(
    files: &RuleFiles,
    folder: &str,
    policy: &policy::PolicyText,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Background> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        background: Vec<Entry>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entry {
        sentence: Spanned<String>,
        kind: Kind,
        reason: LocalizedText,
        on: Option<toml::value::Datetime>,
        source: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Government,
        Lapsed,
    }
    let file = format!("{folder}/background.toml");
    let Some(toml) = files.get(&file) else { return Vec::new() };
    let read: File = match toml::from_str(toml) {
        Ok(read) => read,
        Err(error) => {
            faults.push(toml_fault(&file, toml, &error));
            return Vec::new();
        }
    };
    let mut kept: Vec<Background> = Vec::new();
    for entry in read.background {
        if faults.len() > FAULTS {
            break;
        }
        let span = entry.sentence.span();
        let given = entry.sentence.get_ref();
        let mut fault = |code, message: String, help: &str| {
            faults.push(Diagnostic::new(code, &file, message, help).at_bytes(toml, span.clone()));
        };
        let Some(sentence) = given.parse().ok().filter(|id| policy.sentence(*id).is_some()) else {
            fault(
                "unknown-sentence",
                format!("the text has no sentence `{given}`"),
                "write measure.sentence, the measure's title not counted",
            );
            continue;
        };
        if kept.iter().any(|other| other.sentence == sentence) {
            fault("background-twice", format!("sentence `{given}` stands twice"), "remove one");
        }
        let on = entry.on.and_then(|date| day(&date.to_string()));
        let kind = match (entry.kind, on) {
            (Kind::Government, _) => BackgroundKind::Government,
            (Kind::Lapsed, Some(on)) => BackgroundKind::Lapsed { on },
            (Kind::Lapsed, None) => {
                fault(
                    "date",
                    "a lapsed sentence needs its day".to_owned(),
                    "add `on = 2023-08-30`",
                );
                continue;
            }
        };
        kept.push(Background { sentence, kind, reason: entry.reason, source: entry.source });
    }
    kept
}
