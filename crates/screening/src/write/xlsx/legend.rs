//! The sheets of a workbook that explain it: the counts, and the meaning of columns and statuses.
//!
//! Owns their content, made of the summary and the rule book. The legend is in both languages, since a list goes from
//! hand to hand; the summary is in the language of the job.

use crate::manifest::program;
use crate::screen::layout::Layout;
use crate::screen::summary::Summary;
use crate::table::header::Columns;
use export_advisor_core::facts::{FactId, LocalizedText};
use export_advisor_core::plan::Plan;
use export_advisor_core::rulebook::{ExcludedBy, Status};
use export_advisor_core::wording::{self, Lang};
use jiff::civil::Date;
use rust_xlsxwriter::{Color, Format, FormatAlign, Worksheet, XlsxError};

/// How many lines of a ranking are shown.
const SHOWN: usize = 30;

/// What the sheets explain.
pub(crate) struct Explanation<'a> {
    /// The rules.
    pub(crate) plan: &'a Plan,
    /// The input's columns.
    pub(crate) columns: &'a Columns,
    /// The added columns.
    pub(crate) layout: &'a Layout,
    /// The counts.
    pub(crate) summary: &'a Summary,
    /// The day for which windows are evaluated.
    pub(crate) as_of: Date,
    /// `sha256:…` of the input.
    pub input_sha256: &'a str,
}

impl Explanation<'_> {
    fn t<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.layout.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    fn of<'t>(&self, texts: &'t LocalizedText) -> &'t str {
        self.layout.lang.of(texts)
    }

    fn label(&self, fact: FactId) -> &str {
        self.of(&self.plan.book.catalogue.fact(fact).label)
    }
}

/// A sheet that is written line by line.
pub(super) struct Page<'a> {
    sheet: &'a mut Worksheet,
    row: u32,
    head: Format,
    title: Format,
    wrap: Format,
}

impl<'a> Page<'a> {
    /// Begins at the first line of a sheet.
    pub(super) fn new(sheet: &'a mut Worksheet) -> Self {
        let head = Format::new().set_bold().set_background_color(Color::RGB(0xE8_ED_F2));
        Self {
            sheet,
            row: 0,
            head: head.set_text_wrap().set_align(FormatAlign::Top),
            title: Format::new().set_bold().set_font_size(13),
            wrap: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        }
    }

    fn title(&mut self, text: &str) -> Result<(), XlsxError> {
        if self.row > 0 {
            self.row += 1;
        }
        self.sheet.write_string_with_format(self.row, 0, text, &self.title)?;
        self.row += 1;
        Ok(())
    }

    /// Writes the heads of columns.
    pub(super) fn head(&mut self, cells: &[&str]) -> Result<(), XlsxError> {
        for (column, cell) in (0..).zip(cells) {
            self.sheet.write_string_with_format(self.row, column, *cell, &self.head)?;
        }
        self.row += 1;
        Ok(())
    }

    /// Writes a line: texts first, numbers after them.
    pub(super) fn line(&mut self, texts: &[&str], numbers: &[u64]) -> Result<(), XlsxError> {
        let mut column = 0;
        for text in texts {
            self.sheet.write_string_with_format(self.row, column, *text, &self.wrap)?;
            column += 1;
        }
        for number in numbers {
            #[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
            self.sheet.write_number_with_format(self.row, column, *number as f64, &self.wrap)?;
            column += 1;
        }
        self.row += 1;
        Ok(())
    }
}

/// Writes the sheet of counts.
pub(crate) fn summary(
    sheet: &mut Worksheet,
    explanation: &Explanation<'_>,
) -> Result<(), XlsxError> {
    let summary = explanation.summary;
    sheet.set_name(explanation.t("汇总", "Summary"))?;
    sheet.set_column_width(0, 34)?.set_column_width(1, 34)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    let mut page = Page::new(sheet);
    page.title(explanation.t("本次筛查", "This screening"))?;
    let counts = [
        (explanation.t("行数", "rows"), summary.rows),
        (
            explanation.t(
                "有格子读不出来的行（那一项按未知处理，见 faults 列）",
                "rows with cells that could not be read (their facts are unknown; see faults)",
            ),
            summary.faulty - summary.unreadable,
        ),
        (
            explanation.t(
                "拆不开的行（没有状态，见 faults 列）",
                "rows that could not be taken apart (no status; see faults)",
            ),
            summary.unreadable,
        ),
        (
            explanation.t(
                "不是企业的行（合计、分隔线、空行，没有状态）",
                "rows that are no firm (totals, separators, blank rows; no status)",
            ),
            summary.not_firms,
        ),
        (explanation.t("含个人证件号码的格子", "cells with a personal number"), summary.refused),
        (
            explanation.t("有提醒的行（见 warnings 列）", "rows with warnings (see warnings)"),
            summary.warned,
        ),
        (explanation.t("跳过的空行", "blank rows passed over"), summary.blank),
    ];
    for (name, count) in counts {
        page.line(&[name], &[count])?;
    }
    page.title(explanation.t("各支持事项的行数", "Rows per support"))?;
    let mut head = vec![
        explanation.t("支持事项", "support"),
        explanation.t("名称", "title"),
        explanation.t("时间窗口", "window"),
        explanation.t("适用", "applies"),
        explanation.t("待定", "undetermined"),
        explanation.t("不适用", "does not apply"),
        explanation.t("不适用：别处的文件", "does not apply: document of another place"),
        explanation.t("不适用：因原文的条件", "does not apply: by the text"),
        explanation.t("不适用：没有需要", "does not apply: no need"),
        explanation.t("不适用：只是我们的理解", "does not apply: only by our reading"),
    ];
    let applying = explanation.t("适用者：", "applies to: ");
    let groups: Vec<String> = (summary.sizes.iter().chain(&summary.regions))
        .map(|texts| format!("{applying}{}", explanation.of(texts)))
        .collect();
    head.extend(groups.iter().map(String::as_str));
    page.head(&head)?;
    for counts in &summary.supports {
        let Some(support) = explanation.plan.book.supports.get(counts.support) else { continue };
        let [applies, not, undetermined] = counts.total;
        let mut numbers = vec![applies, undetermined, not];
        numbers.extend(counts.excluded_by);
        let first = |[applies, _, _]: &[u64; 3]| *applies;
        numbers.extend(counts.groups.iter().map(|row| row.iter().map(first).sum::<u64>()));
        numbers.extend((0..summary.regions.len()).map(|region| {
            counts.groups.iter().filter_map(|row| row.get(region)).map(first).sum::<u64>()
        }));
        let window = wording::window(counts.window);
        page.line(
            &[&support.id, explanation.of(&support.title), explanation.of(&window)],
            &numbers,
        )?;
    }
    page.title(explanation.t("最值得问的问题", "What to ask"))?;
    page.head(&[
        explanation.t("事实项", "fact"),
        explanation.t("问题", "question"),
        explanation.t("表中的名称（missing 列里找）", "name (look for it in missing)"),
        explanation.t("问多少家", "firms to ask"),
        explanation.t("可定下多少个“待定”", "undetermined statuses it could settle"),
    ])?;
    for ask in summary.questions.iter().take(SHOWN) {
        let fact = explanation.plan.book.catalogue.fact(ask.fact);
        page.line(
            &[explanation.label(ask.fact), explanation.of(&fact.question), &fact.name],
            &[ask.rows, ask.decides],
        )?;
    }
    page.title(explanation.t("读不出来的格子", "Cells that could not be read"))?;
    page.head(&[explanation.t("事实项", "fact"), explanation.t("格数", "cells")])?;
    for (fact, cells) in summary.faults.iter().take(SHOWN) {
        page.line(&[explanation.label(*fact)], &[*cells])?;
    }
    if summary.row_faults > 0 {
        page.line(&[explanation.t("整行", "whole rows")], &[summary.row_faults])?;
    }
    page.title(explanation.t("提醒", "Warnings"))?;
    page.head(&[explanation.t("代号", "code"), explanation.t("次数", "how often")])?;
    for (code, count) in &summary.warnings {
        page.line(&[code], &[*count])?;
    }
    Ok(())
}

/// Writes the sheet of meanings.
pub(crate) fn legend(
    sheet: &mut Worksheet,
    explanation: &Explanation<'_>,
) -> Result<(), XlsxError> {
    sheet.set_name(explanation.t("说明", "Legend"))?;
    sheet.set_column_width(0, 34)?.set_column_width(1, 60)?.set_column_width(2, 70)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    let book = &explanation.plan.book;
    let layout = explanation.layout;
    let mut page = Page::new(sheet);
    page.title("由来 · Where this comes from")?;
    let (day, program) = (explanation.as_of.to_string(), program());
    for (name, value) in [
        ("规则集版本 · rule book", book.version.as_str()),
        ("基准日 · as of", &day),
        ("名单的 SHA-256 · SHA-256 of the list", explanation.input_sha256),
        ("程序 · program", &program),
    ] {
        page.line(&[name, value], &[])?;
    }
    page.title("状态 · Statuses")?;
    page.head(&["词 · word", "含义", "meaning"])?;
    for (status, zh, en) in [
        (
            Status::Applies,
            "按已填的信息，条件都满足；以办理部门的答复为准。",
            "by the answers given, all criteria hold; the body in charge has the last word",
        ),
        (
            Status::DoesNotApply,
            "按已填的信息，至少有一项条件不满足。",
            "by the answers given, at least one criterion does not hold",
        ),
        (
            Status::Undetermined,
            "信息不足，还不能判断；缺什么见 missing 列。",
            "not enough is known to tell; the column missing names what would decide",
        ),
    ] {
        page.line(&[layout.status(status), zh, en], &[])?;
    }
    page.line(
        &[
            "",
            "没有状态：这一行拆不成一格一格，见 faults 列；改正后重新筛查。",
            "no status: the row could not be taken apart into cells, see faults; correct it and screen again",
        ],
        &[],
    )?;
    if !layout.excluded_by.is_empty() {
        exclusions(&mut page, layout)?;
    }
    page.title("增加的列 · Added columns")?;
    page.head(&["列 · column", "含义", "meaning"])?;
    page.line(
        &[
            &layout.uscc_ok,
            "统一社会信用代码能否通过校验：yes 通过，no 不通过，空白为没有填。",
            "whether the credit code passes its checks: yes, no, blank if none is given",
        ],
        &[],
    )?;
    for column in &layout.derived {
        let fact = book.catalogue.fact(column.fact);
        page.line(
            &[
                &column.name,
                &format!("{}：已填的以所填为准，否则由其他信息推出；推不出的空白。", fact.label.zh),
                &format!(
                    "{}: as stated, else as it follows from other answers; blank if it does not",
                    fact.label.en
                ),
            ],
            &[],
        )?;
    }
    for (index, name) in &layout.supports {
        let Some(support) = book.supports.get(*index) else { continue };
        page.line(&[name, &support.title.zh, &support.title.en], &[])?;
    }
    for (name, (_, support)) in layout.excluded_by.iter().zip(&layout.supports) {
        page.line(
            &[
                name,
                &format!("{support} 不适用时，因为什么；其他情况空白。"),
                &format!("what excludes the firm where {support} does not apply; else blank"),
            ],
            &[],
        )?;
    }
    if let Some(name) = &layout.missing {
        page.line(
            &[
                name,
                "填上就可能定下“待定”的信息，以“;”隔开；各项含义见下表。",
                "facts that could settle an undetermined status, parted by `;`; see below",
            ],
            &[],
        )?;
    }
    if let Some(name) = &layout.ask_next {
        page.line(
            &[
                name,
                "先问哪一项：填上可能定下最多“待定”的信息；问什么都定不下来的空白。",
                "what to ask first: the fact that could settle most undetermined statuses; blank if none could",
            ],
            &[],
        )?;
    }
    page.line(
        &[
            &layout.faults,
            "这一行哪里读不出来、怎样改。",
            "what of the row cannot be read, and what to write",
        ],
        &[],
    )?;
    page.title("列与信息 · Columns and facts")?;
    page.head(&["列或名称 · column or name", "含义", "meaning"])?;
    for (header, mapped) in explanation.columns.names.iter().zip(&explanation.columns.facts) {
        let Some(mapped) = mapped else { continue };
        let fact = book.catalogue.fact(mapped.fact);
        let read = |label: &str| format!("{label} ({})", fact.name);
        page.line(&[header, &read(&fact.label.zh), &read(&fact.label.en)], &[])?;
    }
    for (fact, _) in &explanation.summary.missing {
        let fact = book.catalogue.fact(*fact);
        page.line(&[&fact.name, &fact.question.zh, &fact.question.en], &[])?;
    }
    Ok(())
}

/// Writes the meanings of what excludes a firm.
fn exclusions(page: &mut Page<'_>, layout: &Layout) -> Result<(), XlsxError> {
    page.title("不适用的原因 · What excludes a firm")?;
    page.head(&["词 · word", "含义", "meaning"])?;
    for (by, zh, en) in [
        (
            ExcludedBy::OutOfArea,
            "文件在企业所在的地方不适用。",
            "the document does not hold where the firm is",
        ),
        (
            ExcludedBy::Text,
            "原文写明、或由其他规定界定的条件，至少有一项不满足。",
            "a criterion that the text states, or another rule defines, does not hold",
        ),
        (
            ExcludedBy::NoNeed,
            "原文没有排除，但按已填的信息没有这方面的需要。",
            "the text does not exclude the firm, but by the answers given it has no such need",
        ),
        (
            ExcludedBy::Reading,
            "原文没有排除，只是按我们的理解不适用；可以向办理部门问一问。",
            "the text does not exclude the firm, only our reading does; the body in charge can be asked",
        ),
    ] {
        page.line(&[layout.exclusion(by), zh, en], &[])?;
    }
    Ok(())
}
