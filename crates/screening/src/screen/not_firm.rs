//! Rows of a table that are no firm.
//!
//! Owns what tells them: totals, separators, rows without content, a running number alone, the header once more. Cells
//! go in, the kind comes out. Such a row keeps its cells and has no status; it is no fault. Lines of JSON are always firms.

use crate::table::cells::Cells;
use crate::table::header::Columns;
use export_advisor_core::facts::{FactId, LocalizedText};

/// What a row of totals begins with, in lower case, without spaces.
const TOTALS: [&str; 9] =
    ["合计", "总计", "小计", "共计", "本页小计", "本页合计", "total", "subtotal", "grandtotal"];

/// What a note below a table begins with, in lower case, without spaces; a colon follows.
const NOTES: [&str; 22] = [
    "注",
    "附注",
    "备注",
    "说明",
    "来源",
    "资料来源",
    "数据来源",
    "单位",
    "制表",
    "制表人",
    "制表单位",
    "制表日期",
    "填表人",
    "填表日期",
    "填报人",
    "填报单位",
    "审核",
    "审核人",
    "经办人",
    "联系人",
    "note",
    "source",
];

/// What a row is that is no firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotFirm {
    /// The totals of other rows.
    Total,
    /// Lines, dots or dashes alone.
    Separator,
    /// A note below the table, or who filled it in.
    Note,
    /// No content.
    Blank,
    /// A running number alone.
    Number,
    /// The header once more, as printed lists have it on every page.
    Header,
}

impl NotFirm {
    /// The kind of a row, if it is no firm.
    pub(crate) fn of_row(
        cells: &Cells<'_>,
        row: usize,
        columns: &Columns,
        uscc: Option<FactId>,
    ) -> Option<Self> {
        // What an earlier screening added is nothing of the row's own.
        let is_own = |column: usize| columns.results.binary_search(&column).is_err();
        let mut filled = (cells.row(row).enumerate())
            .filter(|(column, cell)| cell.bytes().any(|b| b != b' ') && is_own(*column));
        let Some((column, first)) = filled.next() else { return Some(Self::Blank) };
        let is_name = |column: usize, cell: &str| {
            columns.names.get(column).is_some_and(|name| name.trim() == cell.trim())
        };
        if is_name(column, first) {
            let mut others = filled.clone().peekable();
            let has_others = others.peek().is_some();
            if has_others && others.all(|(column, cell)| is_name(column, cell)) {
                return Some(Self::Header);
            }
        }
        if is_total(first) {
            // Beside its sums a row of totals has no answers of a firm.
            let is_sum = |(column, cell): (usize, &str)| {
                let is_code = columns
                    .facts
                    .get(column)
                    .is_some_and(|mapped| uscc.is_some() && mapped.map(|m| m.fact) == uscc);
                !is_code && cell.chars().all(|c| c.is_ascii_digit() || " ,.%-+/家户个".contains(c))
            };
            return filled.all(is_sum).then_some(Self::Total);
        }
        if is_separator(first) {
            return filled.all(|(_, cell)| is_separator(cell)).then_some(Self::Separator);
        }
        if is_note(first) {
            // Notes stand beside notes: who filled the table in, and when.
            return filled.all(|(_, cell)| is_note(cell)).then_some(Self::Note);
        }
        let passes = columns.facts.get(column).is_none_or(Option::is_none);
        let is_number = passes && first.trim().bytes().all(|b| b.is_ascii_digit());
        (is_number && filled.next().is_none()).then_some(Self::Number)
    }

    /// What it is, in words.
    pub(crate) fn text(self) -> LocalizedText {
        let (zh, en) = match self {
            Self::Total => {
                ("合计行，不是企业，没有状态。", "a row of totals is no firm: no status")
            }
            Self::Separator => {
                ("分隔线，不是企业，没有状态。", "a separator is no firm: no status")
            }
            Self::Note => {
                ("表下的注，不是企业，没有状态。", "a note below the table is no firm: no status")
            }
            Self::Blank => ("空行，不是企业，没有状态。", "a blank row is no firm: no status"),
            Self::Number => (
                "只有序号，不是企业，没有状态。",
                "a row with a running number alone is no firm: no status",
            ),
            Self::Header => {
                ("重复的表头，不是企业，没有状态。", "the header once more is no firm: no status")
            }
        };
        LocalizedText { zh: zh.to_owned(), en: en.to_owned() }
    }
}

/// Whether a cell begins a row of totals: `合计`, `小 计：`, `Total (12)`.
fn is_total(cell: &str) -> bool {
    /// Longer texts are names.
    const LONGEST: usize = 60;
    let starts_one = |c: char| "合总小共本tTsSgG".contains(c);
    if cell.len() > LONGEST || !cell.trim_start().starts_with(starts_one) {
        return false;
    }
    let text: String = cell.chars().filter(|c| !c.is_whitespace()).collect();
    let text = text.to_lowercase();
    // Behind the word there is a count at most.
    let is_count = |c: char| c.is_ascii_digit() || "（()）[]【】：:,.家户个条".contains(c);
    TOTALS.iter().any(|word| text.strip_prefix(word).is_some_and(|rest| rest.chars().all(is_count)))
}

/// Whether a cell is a note: `注：1. …`, `制表人：张三`, `Source: customs`.
fn is_note(cell: &str) -> bool {
    /// The longest of these with spaces within.
    const LONGEST: usize = 40;
    let Some((word, _)) = cell.split_once(['：', ':']) else { return false };
    if word.len() > LONGEST {
        return false;
    }
    let word: String = word.chars().filter(|c| !c.is_whitespace()).collect();
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit()).to_lowercase();
    NOTES.contains(&word.as_str())
}

/// Whether a cell has lines, dots or dashes alone.
fn is_separator(cell: &str) -> bool {
    cell.chars().all(|c| c.is_whitespace() || "-—–－=＝_＿*＊·.．…~～/\\|+#'".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_told_from_names() {
        for cell in
            ["注：本表截至年底", "注1: x", "备 注：", "Note: x", "数据来源：海关", "制表人：张三"]
        {
            assert!(is_note(cell), "{cell}");
        }
        for cell in
            ["注册资本", "注：册", "甲：乙", "说明书印刷厂：一分店", "Notes", "", "单位名称：甲"]
        {
            assert_eq!(is_note(cell), cell == "注：册", "{cell}");
        }
    }

    #[test]
    fn totals_are_told_from_names() {
        for cell in
            ["合计", " 总 计 ", "小计：", "合计（3家）", "Total", "SUBTOTAL (12)", "本页小计"]
        {
            assert!(is_total(cell), "{cell}");
        }
        for cell in ["合计科技有限公司", "甲", "", "12", "Total Energies (China)", "小计算机店"]
        {
            assert!(!is_total(cell), "{cell}");
        }
    }
}
