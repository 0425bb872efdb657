//! Cases: what a rule's author expects of a firm, in TOML beside the measure.

use super::{ExcludedBy, Status};
use crate::diagnostic::{Diagnostic, nearest};
use crate::facts::read_toml;
use crate::files::RuleFiles;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// The cases of one file.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// Its path.
    pub path: String,
    /// The cases in order.
    pub cases: Vec<Case>,
    /// Statuses for which no case can be given.
    pub(crate) exempt: Vec<Exempt>,
}

/// A status of a support for which no case can be given, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exempt {
    /// The support.
    pub support: String,
    /// The status.
    pub status: Status,
    /// Why there is none.
    pub reason: String,
}

/// The support and status pairs without a case and without a written reason.
#[must_use]
pub fn uncovered<'a>(supports: &[&'a str], files: &[CaseFile]) -> Vec<(&'a str, Status)> {
    let statuses = [Status::Applies, Status::DoesNotApply, Status::Undetermined];
    let pairs = supports.iter().flat_map(|id| statuses.map(|status| (*id, status)));
    pairs
        .filter(|(id, status)| {
            !files.iter().any(|file| {
                file.cases.iter().any(|case| case.expect.get(*id) == Some(status))
                    || file.exempt.iter().any(|e| e.support == *id && e.status == *status)
            })
        })
        .collect()
}

/// One firm, and what is expected of it. What is left out is not compared.
#[derive(Clone, Debug)]
pub struct Case {
    /// What the case is about.
    pub name: String,
    /// The line on which it begins.
    pub line: usize,
    /// The day on which it is asked.
    pub as_of: Date,
    /// The profile, as JSON.
    pub firm: String,
    /// Support → status.
    pub expect: BTreeMap<String, Status>,
    /// Support → what excludes the firm.
    pub excluded_by: BTreeMap<String, ExcludedBy>,
    /// Support → its missing facts.
    pub missing: BTreeMap<String, Vec<String>>,
    /// Support → the smallest sets of facts that would change it.
    pub would_change: BTreeMap<String, Vec<Vec<String>>>,
}

/// The day on which a case is asked if it names none.
const DEFAULT_DAY: Date = jiff::civil::date(2026, 11, 25);

/// Reads the cases of all policies; `supports` are the ids that exist. Where the rules have `faults`
/// already, some supports may be missing: then no case is reported to name one that does not exist.
pub fn read_cases(
    files: &RuleFiles,
    supports: &[&str],
    faults: &mut Vec<Diagnostic>,
) -> Vec<CaseFile> {
    let whole = faults.is_empty();
    let mut read = Vec::new();
    for folder in files.policy_folders() {
        for (path, text) in files.within(&format!("{folder}/cases"), ".toml") {
            let Some(DraftFile { case: drafts, no_case: exempt, .. }) =
                read_toml(path, text, faults)
            else {
                continue;
            };
            let mut cases = Vec::new();
            for draft in drafts {
                let span = draft.name.span();
                let span_of_name = span.clone();
                match draft.build(text) {
                    Ok(case) => {
                        let named = (case.expect.keys())
                            .chain(case.excluded_by.keys())
                            .chain(case.missing.keys())
                            .chain(case.would_change.keys());
                        let unknown = |id: &&String| whole && !supports.contains(&id.as_str());
                        for id in named.filter(unknown) {
                            let near = nearest(id, supports.iter().copied());
                            faults.push(
                                Diagnostic::new(
                                    "unknown-support",
                                    path,
                                    format!("no support is named `{id}`"),
                                    near.map_or_else(
                                        || "use an id that a script defines".to_owned(),
                                        |near| format!("did you mean `{near}`?"),
                                    ),
                                )
                                .at_bytes(text, span_of_name.clone()),
                            );
                        }
                        cases.push(case);
                    }
                    Err((message, help)) => faults
                        .push(Diagnostic::new("case", path, message, help).at_bytes(text, span)),
                }
            }
            for entry in &exempt {
                let unknown = whole && !supports.contains(&entry.support.as_str());
                if unknown || entry.reason.trim().is_empty() {
                    faults.push(
                        Diagnostic::new(
                            "no-case-reason",
                            path,
                            format!("`{}` is no support, or its reason is empty", entry.support),
                            "name a support that exists and say why it can have no such case",
                        )
                        .at_text(text, &format!("\"{}\"", entry.support)),
                    );
                }
            }
            let exempt = exempt.into_iter().map(|e| Exempt {
                support: e.support,
                status: e.status.into(),
                reason: e.reason,
            });
            read.push(CaseFile { path: path.to_owned(), cases, exempt: exempt.collect() });
        }
    }
    read
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftFile {
    #[serde(default)]
    case: Vec<DraftCase>,
    #[serde(default)]
    no_case: Vec<DraftExempt>,
    /// Read by the analysis, which alone knows whether there is such a finding.
    #[serde(default, rename = "accept")]
    _accept: Vec<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftExempt {
    support: String,
    status: Expected,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftCase {
    name: Spanned<String>,
    as_of: Option<toml::value::Datetime>,
    firm: BTreeMap<String, Spanned<toml::Value>>,
    #[serde(default)]
    expect: BTreeMap<String, Expected>,
    #[serde(default)]
    excluded_by: BTreeMap<String, Exclusion>,
    missing: Option<OneOrEach<Vec<String>>>,
    would_change: Option<OneOrEach<Vec<Vec<String>>>>,
    #[serde(default, rename = "why")]
    _why: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Expected {
    Applies,
    DoesNotApply,
    Undetermined,
}

impl From<Expected> for Status {
    fn from(expected: Expected) -> Self {
        match expected {
            Expected::Applies => Self::Applies,
            Expected::DoesNotApply => Self::DoesNotApply,
            Expected::Undetermined => Self::Undetermined,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Exclusion {
    OutOfArea,
    Text,
    NoNeed,
    Reading,
}

impl From<Exclusion> for ExcludedBy {
    fn from(exclusion: Exclusion) -> Self {
        match exclusion {
            Exclusion::OutOfArea => Self::OutOfArea,
            Exclusion::Text => Self::Text,
            Exclusion::NoNeed => Self::NoNeed,
            Exclusion::Reading => Self::Reading,
        }
    }
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "`missing` is a list of facts, `would_change` a list of such lists: `missing = [\"x\"]`, `would_change = [[\"x\"]]`; or one for each support: `missing = { support-id = [\"x\"] }`"
)]
enum OneOrEach<T> {
    One(T),
    Each(BTreeMap<String, T>),
}

impl DraftCase {
    fn build(self, text: &str) -> Result<Case, (String, String)> {
        let name = self.name.get_ref().clone();
        let line = text.get(..self.name.span().start).unwrap_or("").matches('\n').count() + 1;
        let as_of = match self.as_of {
            None => DEFAULT_DAY,
            Some(date) => date.to_string().parse().map_err(|_| {
                (format!("`{date}` is not a day"), "write `as_of = 2023-06-01`".to_owned())
            })?,
        };
        let members: Result<Vec<String>, _> =
            self.firm.iter().map(|(fact, value)| member(fact, value, text)).collect();
        let firm = format!("{{{}}}", members?.join(","));
        let expect: BTreeMap<String, Status> =
            self.expect.into_iter().map(|(id, expected)| (id, expected.into())).collect();
        if expect.is_empty() {
            return Err((
                format!("the case `{name}` expects nothing"),
                "add `expect = { support-id = \"applies\" }`".to_owned(),
            ));
        }
        let excluded_by = self.excluded_by.into_iter().map(|(id, by)| (id, by.into())).collect();
        let missing = each(self.missing, &expect, "missing")?;
        let would_change = each(self.would_change, &expect, "would_change")?;
        Ok(Case { name, line, as_of, firm, expect, excluded_by, missing, would_change })
    }
}

/// A fact and its value as JSON. A number keeps its own digits: no value of a firm is ever a float.
fn member(
    fact: &str,
    value: &Spanned<toml::Value>,
    text: &str,
) -> Result<String, (String, String)> {
    let written = text.get(value.span()).unwrap_or("");
    let json = match value.get_ref() {
        toml::Value::Float(number) if !number.is_finite() => {
            let help = "write the number, or leave the fact out if the firm does not answer it";
            return Err((format!("`{fact} = {written}` is no number"), help.to_owned()));
        }
        toml::Value::Float(_) => written.trim_start_matches('+').replace('_', ""),
        other => serde_json::to_string(other).map_err(|error| {
            (format!("`{fact}` cannot be read: {error}"), "use plain values".to_owned())
        })?,
    };
    Ok(format!("{}:{json}", serde_json::Value::from(fact)))
}

fn each<T>(
    given: Option<OneOrEach<T>>,
    expect: &BTreeMap<String, Status>,
    key: &str,
) -> Result<BTreeMap<String, T>, (String, String)> {
    match given {
        None => Ok(BTreeMap::new()),
        Some(OneOrEach::Each(map)) => Ok(map),
        Some(OneOrEach::One(list)) => match (expect.keys().next(), expect.len()) {
            (Some(only), 1) => Ok(BTreeMap::from([(only.clone(), list)])),
            _ => Err((
                format!("`{key}` is one list, but several supports are expected"),
                format!("name the support: `{key} = {{ support-id = [ … ] }}`"),
            )),
        },
    }
}
