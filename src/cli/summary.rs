//! What a screening came to, for a terminal.
//!
//! Owns the form in which a [`Summary`] is printed: a table of supports, what to ask whom, what is missing
//! most, warnings, where faults are. It counts nothing.

use export_advisor_core::facts::{Catalogue, FactId, LocalizedText};
use export_advisor_core::rulebook::{RuleBook, WindowState};
use export_advisor_core::wording::{self, Lang};
use export_advisor_screening::{Report, Summary};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr as _;

/// How many lines of a ranking are shown.
const SHOWN: usize = 10;

/// Prints a summary.
pub(super) fn text(book: &RuleBook, report: &Report, lang: Lang) -> String {
    let mut out = String::new();
    let summary = PrintedSummary { book, summary: &report.summary, lang };
    summary.head(&mut out);
    summary.supports(&mut out);
    summary.questions(&mut out);
    summary.missing(&mut out);
    summary.warnings(&mut out);
    summary.faults(&mut out);
    out
}

struct PrintedSummary<'a> {
    book: &'a RuleBook,
    summary: &'a Summary,
    lang: Lang,
}

impl PrintedSummary<'_> {
    fn in_language<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    fn fact(&self, id: FactId) -> String {
        let catalogue: &Catalogue = &self.book.catalogue;
        let fact = catalogue.fact(id);
        match self.lang {
            Lang::Zh => format!("{}（{}）", fact.label.zh, fact.name),
            Lang::En => format!("{} ({})", fact.label.en, fact.name),
        }
    }

    fn head(&self, out: &mut String) {
        let summary = self.summary;
        let [right, wrong, none] = summary.codes;
        let partly = summary.faulty - summary.unreadable;
        let _ = match self.lang {
            Lang::Zh => writeln!(
                out,
                "共{}行：{}行全部读出，{partly}行有格子读不出来（那一项按未知处理），{}行拆不开（没有状态）。信用代码：{right}行无误，{wrong}行有误，{none}行没有。",
                summary.rows,
                summary.rows - summary.faulty,
                summary.unreadable
            ),
            Lang::En => writeln!(
                out,
                "{} rows: {} read whole, {partly} with cells that could not be read (their facts are unknown), {} that could not be taken apart (no status). Credit codes: {right} right, {wrong} wrong, {none} not given.",
                summary.rows,
                summary.rows - summary.faulty,
                summary.unreadable
            ),
        };
        if summary.blank > 0 {
            let _ = match self.lang {
                Lang::Zh => writeln!(out, "跳过{}个空行。", summary.blank),
                Lang::En => writeln!(out, "{} blank lines were passed over.", summary.blank),
            };
        }
        if summary.not_firms > 0 {
            let _ = match self.lang {
                Lang::Zh => writeln!(
                    out,
                    "{}行不是企业（合计、分隔线、空行），没有状态。",
                    summary.not_firms
                ),
                Lang::En => writeln!(
                    out,
                    "{} rows are no firm (totals, separators, blank rows): no status.",
                    summary.not_firms
                ),
            };
        }
        if summary.refused > 0 {
            let _ = match self.lang {
                Lang::Zh => writeln!(out, "{}格含个人证件号码，不予读取。", summary.refused),
                Lang::En => {
                    writeln!(
                        out,
                        "{} cells have a personal number and were not read.",
                        summary.refused
                    )
                }
            };
        }
    }

    fn supports(&self, out: &mut String) {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut head: Vec<String> = [
            self.in_language("支持事项", "support"),
            self.in_language("适用", "applies"),
            self.in_language("待定", "undetermined"),
            self.in_language("不适用", "does not apply"),
            self.in_language("别处的文件", "out of area"),
            self.in_language("因原文", "text"),
            self.in_language("没有需要", "no need"),
            self.in_language("我们的理解", "reading"),
        ]
        .map(str::to_owned)
        .to_vec();
        let labels = |texts: &[LocalizedText]| -> Vec<String> {
            texts.iter().map(|text| self.lang.of(text).to_owned()).collect()
        };
        head.extend(labels(&self.summary.sizes));
        head.extend(labels(&self.summary.regions));
        rows.push(head);
        for counts in &self.summary.supports {
            let Some(support) = self.book.supports.get(counts.support) else { continue };
            let [applies, not, open] = counts.total;
            let mut name = support.id.clone();
            if counts.window != WindowState::Open {
                let window = wording::window(counts.window);
                let _ = write!(name, " [{}]", self.lang.of(&window));
            }
            let mut row = vec![name, applies.to_string(), open.to_string(), not.to_string()];
            row.extend(counts.excluded_by.map(|rows| rows.to_string()));
            let applying = |[applies, _, _]: &[u64; 3]| *applies;
            for sizes in &counts.groups {
                row.push(sizes.iter().map(applying).sum::<u64>().to_string());
            }
            for region in 0..self.summary.regions.len() {
                let cells = counts.groups.iter().filter_map(|regions| regions.get(region));
                row.push(cells.map(applying).sum::<u64>().to_string());
            }
            rows.push(row);
        }
        let heading = self.in_language(
            "各支持事项的行数（“不适用”右边三列：因何不适用；再往右：适用者的规模和区域）",
            "rows per support (after “does not apply”: by what; then size and region of those to which it applies)",
        );
        let _ = writeln!(out, "\n{heading}");
        table(&rows, out);
    }

    fn questions(&self, out: &mut String) {
        if self.summary.questions.is_empty() {
            return;
        }
        let heading = self.in_language(
            "最值得问的问题（能定下多少个“待定”；问哪些客户：missing 列里有这一项的行）",
            "what to ask (how many undetermined statuses it could settle; whom: the rows whose column missing names it)",
        );
        let _ = writeln!(out, "\n{heading}");
        for ask in self.summary.questions.iter().take(SHOWN) {
            let question = self.lang.of(&self.book.catalogue.fact(ask.fact).question);
            let fact = self.fact(ask.fact);
            let _ = match self.lang {
                Lang::Zh => writeln!(
                    out,
                    "  {fact}：问{}个客户，可定{}项。{question}",
                    ask.rows, ask.decides
                ),
                Lang::En => writeln!(
                    out,
                    "  {fact}: ask {} firms, could settle {}. {question}",
                    ask.rows, ask.decides
                ),
            };
        }
    }

    fn missing(&self, out: &mut String) {
        if self.summary.missing.is_empty() {
            return;
        }
        let _ =
            writeln!(out, "\n{}", self.in_language("最常缺的信息", "facts that are missing most"));
        for (fact, rows) in self.summary.missing.iter().take(SHOWN) {
            let _ = match self.lang {
                Lang::Zh => writeln!(out, "  {}：{rows}行", self.fact(*fact)),
                Lang::En => writeln!(out, "  {}: {rows} rows", self.fact(*fact)),
            };
        }
    }

    fn warnings(&self, out: &mut String) {
        if self.summary.warnings.is_empty() {
            return;
        }
        let heading = self.in_language(
            "请核对的提醒（见 warnings 列）",
            "warnings to be checked (see the column warnings)",
        );
        let _ = writeln!(out, "\n{heading}");
        for (code, count) in &self.summary.warnings {
            let _ = match self.lang {
                Lang::Zh => writeln!(out, "  {code}：{count}次"),
                Lang::En => writeln!(out, "  {code}: {count}"),
            };
        }
    }

    fn faults(&self, out: &mut String) {
        let summary = self.summary;
        if summary.faults.is_empty() && summary.row_faults == 0 {
            return;
        }
        let _ = writeln!(out, "\n{}", self.in_language("有误之处", "where faults are"));
        for (fact, cells) in summary.faults.iter().take(SHOWN) {
            let _ = match self.lang {
                Lang::Zh => writeln!(out, "  {}：{cells}格", self.fact(*fact)),
                Lang::En => writeln!(out, "  {}: {cells} cells", self.fact(*fact)),
            };
        }
        if summary.row_faults > 0 {
            let _ = match self.lang {
                Lang::Zh => writeln!(out, "  整行：{}处", summary.row_faults),
                Lang::En => writeln!(out, "  whole rows: {}", summary.row_faults),
            };
        }
    }
}

/// Columns side by side, numbers to the right.
pub(super) fn table(rows: &[Vec<String>], out: &mut String) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let pad = " ".repeat(width.saturating_sub(cell.width()));
            if column == 0 {
                let _ = write!(line, "  {cell}{pad}");
            } else {
                let _ = write!(line, "  {pad}{cell}");
            }
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
}
