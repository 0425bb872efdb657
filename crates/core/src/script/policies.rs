//! Reads the policies: `policy.toml`, `background.toml`, and the text that they were written for.

use super::dates::{day, is_date};
use super::limits::FAULTS;
use super::scope::{self, AreaEntry, InForceEntry};
use crate::diagnostic::Diagnostic;
use crate::facts::{Catalogue, LocalizedText, read_toml};
use crate::files::{RuleFiles, sha256};
use crate::index::IndexVec;
use crate::policy::{self, DocumentForm, SentenceId};
use crate::rulebook::{
    Background, BackgroundKind, InForce, LaterDocument, Level, MeasureTitle, Policy, PolicyId,
};
use jiff::civil::Date;
use serde::Deserialize;
use std::ops::Range;
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
    #[serde(default)]
    level: Level,
    /// Where it holds; everywhere if nothing is said.
    area: Option<AreaEntry>,
    #[serde(default)]
    in_force: InForceEntry,
    #[serde(default)]
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
    catalogue: &Catalogue,
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
    folders.into_iter().filter_map(|folder| read_policy(files, folder, catalogue, faults)).collect()
}

fn read_policy(
    files: &RuleFiles,
    folder: &str,
    catalogue: &Catalogue,
    faults: &mut Vec<Diagnostic>,
) -> Option<Policy> {
    let file = format!("{folder}/policy.toml");
    let toml = files.get(&file)?;
    let read: PolicyFile = read_toml(&file, toml, faults)?;
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
        let help = format!(
            "restore the text, or read the rules against the new one and write its SHA-256, {}",
            sha256(seed)
        );
        fault("seed-changed", message, &help, read.sha256.span());
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
    // A measure with a title is listed with its English one. One without, such as an article, is listed if it has a script,
    // with a caption of ours.
    let mut last = 0;
    for entry in &read.measure {
        let Some(measure) = text.measure(entry.number).filter(|_| entry.number > last) else {
            let message =
                format!("measure {} does not exist, or stands out of order", entry.number);
            fault("measure-title", message, "list measures once, in order", entry.title.span());
            continue;
        };
        last = entry.number;
        let title = text.slice(&measure.title);
        if !title.is_empty() && entry.title.get_ref() != title {
            let message = format!("measure {} is titled `{title}` in the text", measure.number);
            fault("measure-title", message, "copy the title from the text", entry.title.span());
        }
        if entry.title.get_ref().trim().is_empty() || entry.title_en.trim().is_empty() {
            let message = format!("the title of measure {} is empty in one language", entry.number);
            fault("empty-text", message, "write it in Chinese and in English", entry.title.span());
        }
    }
    for measure in &text.measures {
        let is_listed = read.measure.iter().any(|entry| entry.number == measure.number);
        let title = text.slice(&measure.title);
        if !is_listed && !title.is_empty() {
            let message = format!("measure {}, `{title}`, is not listed", measure.number);
            fault("measure-title", message, "add it as `[[measure]]`", read.sentences.span());
        }
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
        .map(|entry| {
            let has_title = text.measure(entry.number).is_some_and(|m| !m.title.is_empty());
            let title =
                LocalizedText { zh: entry.title.get_ref().clone(), en: entry.title_en.clone() };
            // A caption of ours is marked as lawyers mark it.
            let title = if has_title {
                title
            } else {
                LocalizedText { zh: format!("【{}】", title.zh), en: format!("[{}]", title.en) }
            };
            let checked = checked(&entry);
            MeasureTitle { checked, number: entry.number, slug: entry.slug, title }
        })
        .collect();
    let mut found = Vec::new();
    let area = read.area.map(|entry| scope::area(entry, catalogue, &text, &mut found));
    let (area, of_area) = area.unwrap_or_default();
    let in_force = scope::in_force(read.in_force, issued, &text, &mut found);
    for (code, message, help, span) in found {
        faults.push(Diagnostic::new(code, &file, message, help).at_bytes(toml, span));
    }
    let scope = of_scope(&of_area, &in_force);
    let background = read_background(files, folder, &text, scope, faults);
    Some(Policy {
        id: id.to_owned(),
        number: read.number,
        title: read.title,
        issuer: read.issuer,
        issued,
        level: read.level,
        area,
        in_force,
        text,
        measures,
        background,
        later,
    })
}

/// The sentences that say where and when a policy holds.
fn of_scope(of_area: &[SentenceId], in_force: &InForce) -> Vec<Background> {
    let where_it_holds = of_area
        .iter()
        .map(|id| (*id, "这句话说文件在哪里适用。", "It says where the document holds."));
    let when = in_force.sentences.iter();
    let when = when
        .map(|id| (*id, "这句话说文件什么时候施行。", "It says when the document is in force."));
    let all = where_it_holds.chain(when).map(|(sentence, zh, en)| Background {
        sentence,
        kind: BackgroundKind::Scope,
        reason: LocalizedText { zh: zh.to_owned(), en: en.to_owned() },
        source: None,
    });
    all.collect()
}

fn read_background(
    files: &RuleFiles,
    folder: &str,
    policy: &policy::PolicyText,
    mut kept: Vec<Background>,
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
        sentence: Option<Spanned<String>>,
        /// Several with one reason: sentences, articles, ranges.
        #[serde(default)]
        sentences: Vec<Spanned<String>>,
        kind: Spanned<Kind>,
        reason: LocalizedText,
        on: Option<toml::value::Datetime>,
        source: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Government,
        Duty,
        Unrelated,
        Lapsed,
    }
    let file = format!("{folder}/background.toml");
    let Some(toml) = files.get(&file) else { return kept };
    let Some(read) = read_toml::<File>(&file, toml, faults) else { return kept };
    for entry in read.background {
        if faults.len() > FAULTS {
            break;
        }
        let mut fault = |code, message: String, help: &str, span: Range<usize>| {
            faults.push(Diagnostic::new(code, &file, message, help).at_bytes(toml, span));
        };
        let on = entry.on.and_then(|date| day(&date.to_string()));
        let kind = match (entry.kind.get_ref(), on) {
            (Kind::Government, _) => BackgroundKind::Government,
            (Kind::Duty, _) => BackgroundKind::Duty,
            (Kind::Unrelated, _) => BackgroundKind::Unrelated,
            (Kind::Lapsed, Some(on)) => BackgroundKind::Lapsed { on },
            (Kind::Lapsed, None) => {
                let message = "a lapsed sentence needs its day".to_owned();
                fault("date", message, "add `on = 2023-08-30`", entry.kind.span());
                continue;
            }
        };
        if entry.sentence.is_none() && entry.sentences.is_empty() {
            let message = "a background entry names no sentence".to_owned();
            let help = "add `sentence = \"2.3\"`, or `sentences = [\"3..5\"]` for several";
            fault("unknown-sentence", message, help, entry.kind.span());
        }
        for named in entry.sentence.iter().chain(&entry.sentences) {
            let Some(ids) = policy.select(named.get_ref()) else {
                fault(
                    "unknown-sentence",
                    format!("the text has no sentence `{}`", named.get_ref()),
                    "write measure.sentence, the measure's title not counted",
                    named.span(),
                );
                continue;
            };
            for sentence in ids {
                if kept.iter().any(|other| other.sentence == sentence) {
                    let message = format!("sentence `{sentence}` stands twice");
                    fault("background-twice", message, "remove one", named.span());
                }
                let (reason, source) = (entry.reason.clone(), entry.source.clone());
                kept.push(Background { sentence, kind, reason, source });
            }
        }
    }
    kept
}
