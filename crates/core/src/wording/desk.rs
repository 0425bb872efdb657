//! Texts of the adviser's page: the live status, what was filled in at once, what was read of a pasted row.
//!
//! The reader fills in the page for one firm after another, by keyboard or with a screen reader: each text is short.

use super::faults::shown;
use super::texts;
use crate::evaluate::Counts;
use crate::facts::LocalizedText;

/// How many of the texts are named where a few suffice.
const NAMED: usize = 3;

/// Where a firm stands, in one line: what applies, what is open, how many questions are left, which answers could not
/// be read.
#[must_use]
pub fn desk_status(counts: Counts, questions: usize, not_read: &[&LocalizedText]) -> LocalizedText {
    let Counts { applies, undetermined, .. } = counts;
    let (left_zh, left_en) = match questions {
        0 => ("没有要问的了".to_owned(), "no questions left".to_owned()),
        1 => ("还有1题".to_owned(), "1 question left".to_owned()),
        left => (format!("还有{left}题"), format!("{left} questions left")),
    };
    let (faults_zh, faults_en) = match not_read {
        [] => (String::new(), String::new()),
        labels => (
            format!("；没读懂：{}", joined(labels, |label| &label.zh, "、")),
            format!("; could not be read: {}", joined(labels, |label| &label.en, ", ")),
        ),
    };
    let apply = if applies == 1 { "applies" } else { "apply" };
    texts(
        format!("适用{applies}项，待定{undetermined}项，{left_zh}{faults_zh}"),
        format!("{applies} {apply}, {undetermined} open, {left_en}{faults_en}"),
    )
}

/// How many questions of a section are left, or how many were answered if none is.
#[must_use]
pub fn section_state(left: usize, answered: usize) -> LocalizedText {
    match (left, answered) {
        (0, 0) => texts("", ""),
        (0, answered) => texts(format!("已答{answered}题"), format!("{answered} answered")),
        (left, _) => texts(format!("还有{left}题"), format!("{left} left")),
    }
}

/// How many questions were answered with “no” at once.
#[must_use]
pub fn filled_with_no(count: usize) -> LocalizedText {
    let questions = if count == 1 { "question" } else { "questions" };
    texts(format!("已把{count}题填成“否”"), format!("{count} {questions} answered “no”"))
}

/// What was read of a pasted row, by the names of its columns.
#[must_use]
pub fn pasted(columns: &[&str]) -> LocalizedText {
    match columns {
        [] => texts("这一行里没有读到内容。", "Nothing was read of this row."),
        columns => {
            let count = columns.len();
            let what = if count == 1 { "column" } else { "columns" };
            texts(
                format!("读了{count}列：{}。", names(columns, "、")),
                format!("{count} {what} read: {}.", names(columns, ", ")),
            )
        }
    }
}

/// A header was pasted without a row.
#[must_use]
pub fn pasted_header(columns: usize) -> LocalizedText {
    texts(
        format!("记住了表头（{columns}列）。现在粘贴企业那一行。"),
        format!("The header with {columns} columns is remembered. Now paste the row of a firm."),
    )
}

/// The columns that have content which is no answer.
#[must_use]
pub fn pasted_faulty(columns: &[&str]) -> LocalizedText {
    texts(
        format!("内容没读懂，请在那几题里改：{}。", names(columns, "、")),
        format!("Not understood; correct it at its question: {}.", names(columns, ", ")),
    )
}

/// The columns that nothing is asked by.
#[must_use]
pub fn pasted_unknown(columns: &[&str]) -> LocalizedText {
    texts(
        format!("不是要问的内容，没有读：{}。", names(columns, "、")),
        format!("Not read, since nothing is asked by these names: {}.", names(columns, ", ")),
    )
}

/// A column that is not read, and why.
#[must_use]
pub fn pasted_not_read(column: &str, reason: &LocalizedText) -> LocalizedText {
    let column = shown(column);
    texts(
        format!("没有读“{column}”：{}。", reason.zh),
        format!("“{column}” was not read: {}.", reason.en),
    )
}

/// How many cells stand in columns without a name.
#[must_use]
pub fn pasted_without_name(cells: usize) -> LocalizedText {
    texts(
        format!("有{cells}格没有列名，没有读。"),
        format!("Not read, since their columns have no name: {cells}."),
    )
}

/// More rows were pasted than one.
#[must_use]
pub fn pasted_more(rows: usize) -> LocalizedText {
    texts(
        format!("后面还有{rows}行没有读：一次只读一家企业。"),
        format!("Not read: {rows} more. One firm is read at a time."),
    )
}

/// The row is of another firm than the page was filled in for.
#[must_use]
pub fn pasted_other_firm() -> LocalizedText {
    texts(
        "这是另一家企业，前一家的回答没有带过来。",
        "This is another firm: the answers of the last one were not carried over.",
    )
}

/// A name of a firm that holds a personal identity number, or nothing that can be shown.
#[must_use]
pub fn pasted_no_name() -> LocalizedText {
    texts(
        "企业名称没有用：里面像是有身份证号。",
        "The name of the firm was not used: it seems to hold a personal identity number.",
    )
}

fn names(columns: &[&str], between: &str) -> String {
    columns.iter().map(|column| shown(column)).collect::<Vec<_>>().join(between)
}

/// The first few labels, and how many more there are.
fn joined(labels: &[&LocalizedText], pick: fn(&LocalizedText) -> &str, between: &str) -> String {
    let named: Vec<&str> = labels.iter().take(NAMED).map(|label| pick(label)).collect();
    let more = labels.len().saturating_sub(NAMED);
    let named = named.join(between);
    if more == 0 { named } else { format!("{named} +{more}") }
}
