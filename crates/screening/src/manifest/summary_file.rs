//! The summary of a screening for programs, such as a scheduler.
//!
//! Owns the form of the file (JSON) and its version. `openapi/summary.schema.json` describes it; members are added and never
//! change their meaning within a version. It holds counts, hashes and names of facts and supports, no cell of the list, and
//! no time: the same screening gives the same bytes. It counts nothing.

use super::{FileRecord, Manifest, SupportRecord};
use crate::screen::summary::Summary;
use export_advisor_core::facts::FactId;
use export_advisor_core::plan::Plan;
use serde::Serialize;

/// The version of the form.
const FORM: u32 = 1;

/// The content of the file.
#[derive(Debug, Serialize)]
pub(crate) struct SummaryFile<'a> {
    /// The version of the form.
    summary: u32,
    /// The program and its version.
    program: &'a str,
    /// The rule book's version.
    rulebook: &'a str,
    /// The day for which windows are evaluated.
    as_of: &'a str,
    input: &'a FileRecord,
    output: &'a FileRecord,
    /// The list to call.
    matches: Option<&'a FileRecord>,
    rows: Rows,
    credit_codes: CreditCodes,
    supports: Vec<Support<'a>>,
    /// What to ask, the question that could settle most first.
    questions: Vec<Question<'a>>,
    /// Facts that rows miss, the one that most miss first.
    missing: Vec<MissingFact<'a>>,
    faults: Faults<'a>,
    /// Warnings, the most frequent first.
    warnings: Vec<Warning<'a>>,
}

#[derive(Debug, Serialize)]
struct Rows {
    /// Rows read, which is rows written.
    total: u64,
    read_whole: u64,
    with_faulty_cells: u64,
    /// Rows that cannot be taken apart.
    without_status: u64,
    /// Totals, separators, blank rows.
    not_firms: u64,
    with_warnings: u64,
    /// Lines of the list to call.
    matches: u64,
    /// Blank lines, which are no rows.
    blank_lines: u64,
}

#[derive(Debug, Serialize)]
struct CreditCodes {
    valid: u64,
    invalid: u64,
    not_given: u64,
}

#[derive(Debug, Serialize)]
struct Support<'a> {
    window: &'static str,
    #[serde(flatten)]
    counts: &'a SupportRecord,
}

#[derive(Debug, Serialize)]
struct Question<'a> {
    fact: &'a str,
    /// The firms to ask.
    rows: u64,
    /// The undetermined statuses that their answers could settle.
    could_settle: u64,
}

#[derive(Debug, Serialize)]
struct MissingFact<'a> {
    fact: &'a str,
    rows: u64,
}

#[derive(Debug, Serialize)]
struct Faults<'a> {
    /// Cells whose fact is unknown, since they cannot be read.
    cells: u64,
    /// Faults of rows as such.
    rows: u64,
    /// Cells with a personal number.
    personal_numbers: u64,
    /// All of them by kind, the most frequent first.
    by_kind: Vec<FaultKind<'a>>,
}

#[derive(Debug, Serialize)]
struct FaultKind<'a> {
    code: &'a str,
    /// The fact of the cell; `None` for a fault of a row as such.
    fact: Option<&'a str>,
    count: u64,
}

#[derive(Debug, Serialize)]
struct Warning<'a> {
    code: &'a str,
    count: u64,
}

impl<'a> SummaryFile<'a> {
    /// The file of a screening.
    pub(crate) fn new(plan: &'a Plan, manifest: &'a Manifest, summary: &'a Summary) -> Self {
        let catalogue = &plan.book.catalogue;
        let name = |fact: FactId| catalogue.fact(fact).name.as_str();
        let [valid, invalid, not_given] = summary.codes;
        let windows = summary.supports.iter().map(|counts| counts.window);
        let counts = &manifest.counts;
        Self {
            summary: FORM,
            program: &manifest.program,
            rulebook: &manifest.rulebook,
            as_of: &manifest.as_of,
            input: &manifest.input,
            output: &manifest.output,
            matches: manifest.matches.as_ref(),
            rows: Rows {
                total: summary.rows,
                read_whole: summary.rows - summary.faulty - summary.not_firms,
                with_faulty_cells: summary.faulty - summary.unreadable,
                without_status: summary.unreadable,
                not_firms: summary.not_firms,
                with_warnings: summary.warned,
                matches: counts.matches,
                blank_lines: summary.blank,
            },
            credit_codes: CreditCodes { valid, invalid, not_given },
            supports: (manifest.supports.iter().zip(windows))
                .map(|(counts, window)| Support { window: window.as_str(), counts })
                .collect(),
            questions: (summary.questions.iter())
                .map(|ask| Question {
                    fact: name(ask.fact),
                    rows: ask.rows,
                    could_settle: ask.decides,
                })
                .collect(),
            missing: (summary.missing.iter())
                .map(|(fact, rows)| MissingFact { fact: name(*fact), rows: *rows })
                .collect(),
            faults: Faults {
                cells: summary.faulty_cells,
                rows: summary.row_faults,
                personal_numbers: summary.refused,
                by_kind: (summary.fault_kinds.iter())
                    .map(|kind| FaultKind {
                        code: kind.code,
                        fact: kind.fact.map(name),
                        count: kind.count,
                    })
                    .collect(),
            },
            warnings: (summary.warnings.iter())
                .map(|(code, count)| Warning { code, count: *count })
                .collect(),
        }
    }

    /// Its text.
    pub(crate) fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}
