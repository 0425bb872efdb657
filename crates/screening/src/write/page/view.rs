//! The counts of a screening in the form of its page: texts ready to be shown, widths of bars.
//!
//! Owns choices of what is shown and in which order: open supports first, rankings cut to what a person
//! reads. It writes no HTML.

use crate::job::options::{Options, Report};
use crate::manifest::program;
use crate::screen::summary::SupportCounts;
use export_advisor_core::facts::{FactId, LocalizedText};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::{ExcludedBy, WindowState};
use export_advisor_core::wording::{self, Lang};

/// How many lines of a ranking are shown.
const SHOWN: usize = 12;

/// The longest fault that is shown, in characters.
const FAULT: usize = 240;

/// A count as text, and the width of its bar in percent.
pub(super) struct Count {
    pub(super) text: String,
    pub(super) width: String,
    /// The left end of the bar in percent.
    pub(super) start: String,
    pub(super) is_zero: bool,
}

/// A support with its counts.
pub(super) struct SupportRow<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) window: Option<String>,
    pub(super) applies: Count,
    pub(super) undetermined: Count,
    pub(super) not: Count,
    /// Those to which it does not apply, by what excludes them, as of `ExcludedBy::ALL`.
    pub(super) excluded_by: [Count; ExcludedBy::COUNT],
    /// The bar in words, for a screen reader.
    pub(super) description: String,
    /// The rows to which it applies, per size, then per region.
    pub(super) sizes: Vec<Count>,
    pub(super) regions: Vec<Count>,
    /// Per size a row of cells, each a region: applies / undetermined / does not apply.
    pub(super) cross: Vec<CrossRow<'a>>,
}

/// A row of a cross table.
pub(super) struct CrossRow<'a> {
    pub(super) label: &'a str,
    pub(super) cells: Vec<[String; 3]>,
}

/// A line of a ranking.
pub(super) struct Ranked<'a> {
    pub(super) label: &'a str,
    pub(super) name: &'a str,
    pub(super) question: &'a str,
    pub(super) rows: Count,
    pub(super) decides: Count,
}

/// Rows of one size, per region and in all.
pub(super) struct Group<'a> {
    pub(super) label: &'a str,
    pub(super) cells: Vec<Count>,
    pub(super) total: Count,
}

/// All that the page shows.
pub(super) struct View<'a> {
    pub(super) input: String,
    pub(super) as_of: String,
    pub(super) rows: String,
    pub(super) good: String,
    /// Rows with a fault and with statuses; rows without.
    pub(super) partly: Count,
    pub(super) unreadable: Count,
    pub(super) not_firms: Option<String>,
    pub(super) refused: Option<String>,
    pub(super) blank: Option<String>,
    pub(super) warned: Count,
    /// Codes of warnings with how often each occurs.
    pub(super) warnings: Vec<(&'a str, Count)>,
    pub(super) codes: [Count; 3],
    pub(super) sizes: Vec<&'a str>,
    pub(super) regions: Vec<&'a str>,
    pub(super) groups: Vec<Group<'a>>,
    pub(super) supports: Vec<SupportRow<'a>>,
    pub(super) others: Vec<SupportRow<'a>>,
    pub(super) questions: Vec<Ranked<'a>>,
    pub(super) missing: Vec<Ranked<'a>>,
    pub(super) faults: Vec<Ranked<'a>>,
    pub(super) row_faults: Option<String>,
    pub(super) first_faults: Vec<(String, String)>,
    pub(super) run: Vec<(&'static str, String)>,
}

/// A number with separated thousands.
pub(crate) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A percentage with two digits after the point.
fn share(count: u64, of: u64) -> String {
    let hundredths = if of == 0 {
        0
    } else {
        (u128::from(count) * 20_000 + u128::from(of)) / (2 * u128::from(of))
    };
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn count(count: u64, of: u64, before: u64) -> Count {
    let is_zero = count == 0;
    Count { text: number(count), width: share(count, of), start: share(before, of), is_zero }
}

impl<'a> View<'a> {
    pub(super) fn new(plan: &'a Plan, options: &Options, report: &'a Report) -> Self {
        let summary = &report.summary;
        let lang = options.lang;
        let labels = |texts: &'a [LocalizedText]| -> Vec<&'a str> {
            texts.iter().map(|t| lang.of(t)).collect()
        };
        let (sizes, regions) = (labels(&summary.sizes), labels(&summary.regions));
        let (supports, others): (Vec<&SupportCounts>, Vec<&SupportCounts>) =
            summary.supports.iter().partition(|counts| counts.window == WindowState::Open);
        let rows = |counts: Vec<&'a SupportCounts>| -> Vec<SupportRow<'a>> {
            counts.into_iter().filter_map(|c| support(plan, lang, &sizes, c)).collect()
        };
        let good = summary.rows - summary.unreadable - summary.not_firms;
        let [right, wrong, none] = summary.codes;
        let some = |count: u64| (count > 0).then(|| number(count));
        Self {
            input: options
                .input
                .path()
                .file_name()
                .map_or("-".to_owned(), |name| name.to_string_lossy().into_owned()),
            as_of: options.as_of.to_string(),
            rows: number(summary.rows),
            good: number(good),
            partly: count(summary.faulty - summary.unreadable, summary.rows, 0),
            unreadable: count(summary.unreadable, summary.rows, 0),
            not_firms: some(summary.not_firms),
            refused: some(summary.refused),
            blank: some(summary.blank),
            warned: count(summary.warned, summary.rows, 0),
            warnings: {
                let most = summary.warnings.first().map_or(0, |(_, rows)| *rows);
                let all = summary.warnings.iter();
                all.map(|(code, rows)| (code.as_str(), count(*rows, most, 0))).collect()
            },
            codes: [
                count(right, summary.rows, 0),
                count(wrong, summary.rows, right),
                count(none, summary.rows, right + wrong),
            ],
            groups: groups(&sizes, &summary.groups),
            supports: rows(supports),
            others: rows(others),
            questions: {
                let most = summary.questions.iter().map(|ask| ask.decides).max().unwrap_or(0);
                let all = summary.questions.iter().take(SHOWN);
                all.map(|ask| ranked(plan, lang, ask.fact, ask.rows, good, ask.decides, most))
                    .collect()
            },
            missing: ranking(plan, lang, &summary.missing, good),
            faults: {
                let most = summary.faults.first().map_or(0, |(_, cells)| *cells);
                ranking(plan, lang, &summary.faults, most)
            },
            row_faults: some(summary.row_faults),
            first_faults: summary
                .first_faults
                .iter()
                .map(|(row, text)| (number(*row), shortened(text)))
                .collect(),
            run: run(plan, options, report),
            sizes,
            regions,
        }
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(FAULT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn groups<'a>(sizes: &[&'a str], counts: &[Vec<u64>]) -> Vec<Group<'a>> {
    let total = |row: &Vec<u64>| row.iter().sum::<u64>();
    let most = counts.iter().map(total).max().unwrap_or(0);
    let largest = counts.iter().flatten().copied().max().unwrap_or(0);
    let rows = sizes.iter().zip(counts);
    rows.map(|(label, row)| Group {
        label,
        cells: row.iter().map(|cell| count(*cell, largest, 0)).collect(),
        total: count(total(row), most, 0),
    })
    .collect()
}

fn support<'a>(
    plan: &'a Plan,
    lang: Lang,
    sizes: &[&'a str],
    counts: &SupportCounts,
) -> Option<SupportRow<'a>> {
    let support = plan.book.supports.get(counts.support)?;
    let [applies, not, undetermined] = counts.total;
    let all = applies + not + undetermined;
    let first = |[applies, _, _]: &[u64; 3]| *applies;
    let by_size = counts.groups.iter().map(|row| row.iter().map(first).sum::<u64>());
    let regions = counts.groups.first().map_or(0, Vec::len);
    let by_region = (0..regions).map(|region| {
        counts.groups.iter().filter_map(|row| row.get(region)).map(first).sum::<u64>()
    });
    let cross = sizes.iter().zip(&counts.groups).map(|(label, row)| CrossRow {
        label,
        cells: row
            .iter()
            .map(|[applies, not, undetermined]| [*applies, *undetermined, *not].map(number))
            .collect(),
    });
    let description = match lang {
        Lang::Zh => format!(
            "适用 {}%，待定 {}%，不适用 {}%",
            share(applies, all),
            share(undetermined, all),
            share(not, all)
        ),
        Lang::En => format!(
            "applies {}%, undetermined {}%, does not apply {}%",
            share(applies, all),
            share(undetermined, all),
            share(not, all)
        ),
    };
    Some(SupportRow {
        id: &support.id,
        title: lang.of(&support.title),
        window: (counts.window != WindowState::Open)
            .then(|| lang.of(&wording::window(counts.window)).to_owned()),
        applies: count(applies, all, 0),
        undetermined: count(undetermined, all, applies),
        not: count(not, all, applies + undetermined),
        excluded_by: counts.excluded_by.map(|rows| count(rows, not, 0)),
        description,
        sizes: by_size.map(|n| count(n, applies, 0)).collect(),
        regions: by_region.map(|n| count(n, applies, 0)).collect(),
        cross: cross.collect(),
    })
}

fn ranked<'a>(
    plan: &'a Plan,
    lang: Lang,
    fact: FactId,
    rows: u64,
    of: u64,
    decides: u64,
    most: u64,
) -> Ranked<'a> {
    let fact = plan.book.catalogue.fact(fact);
    Ranked {
        label: lang.of(&fact.label),
        name: &fact.name,
        question: lang.of(&fact.question),
        rows: count(rows, of, 0),
        decides: count(decides, most, 0),
    }
}

fn ranking<'a>(plan: &'a Plan, lang: Lang, facts: &[(FactId, u64)], of: u64) -> Vec<Ranked<'a>> {
    let shown = facts.iter().take(SHOWN);
    shown.map(|(fact, rows)| ranked(plan, lang, *fact, *rows, of, 0, 0)).collect()
}

/// The facts of the job, by which it can be run again.
fn run(plan: &Plan, options: &Options, report: &Report) -> Vec<(&'static str, String)> {
    let zh = options.lang == Lang::Zh;
    let t = |zh_name: &'static str, en: &'static str| if zh { zh_name } else { en };
    let output = options.output.path().file_name().map(|name| name.to_string_lossy().into_owned());
    let supports = if options.supports.len() == plan.book.supports.len() {
        t("全部", "all").to_owned()
    } else {
        let ids = options.supports.iter().filter_map(|index| plan.book.supports.get(*index));
        ids.map(|support| support.id.as_str()).collect::<Vec<_>>().join(", ")
    };
    let mut lines = vec![
        (t("规则集版本", "rule book"), plan.book.version.clone()),
        (t("基准日", "as of"), options.as_of.to_string()),
        (t("程序", "program"), program()),
        (t("名单", "list"), options.input.path().display().to_string()),
        (t("名单的 SHA-256", "SHA-256 of the list"), report.input_sha256.clone()),
        (t("读入行数", "rows read"), number(report.rows_in)),
        (t("写出行数", "rows written"), number(report.rows_out)),
        (t("结果文件", "screened list"), output.unwrap_or_else(|| "-".to_owned())),
        (t("结果文件的 SHA-256", "SHA-256 of the screened list"), report.written.sha256.clone()),
        (t("所问支持事项", "supports asked"), supports),
    ];
    for note in &report.notes {
        lines.push((t("读法", "how it was read"), options.lang.of(note).to_owned()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_shares_read_well() {
        assert_eq!(
            ["0", "999", "1,000", "12,345", "1,234,567"],
            [0, 999, 1000, 12345, 1_234_567].map(number).each_ref().map(String::as_str)
        );
        assert_eq!((share(1, 3), share(2, 3)), ("33.33".to_owned(), "66.67".to_owned()));
        assert_eq!(share(0, 0), "0.00");
        assert_eq!(share(u64::MAX, u64::MAX), "100.00");
        let part = count(1, 4, 2);
        assert_eq!((part.width.as_str(), part.start.as_str()), ("25.00", "50.00"));
    }
}
