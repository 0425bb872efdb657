//! Which of the first rows of a table is its header.
//!
//! Owns the search: a title or notes may stand above the header, and the header may have two rows, the upper of which
//! names groups of columns. Rows of text go in, the header's rows and names come out. It reads no file. A row is a
//! header by the facts that its cells name, so a list without any known header begins with its header as before.

use super::header::{ColumnMapping, Headers};
use export_advisor_core::facts::LocalizedText;

/// How many rows are searched.
pub(crate) const SEARCHED: usize = 20;

/// The rows of a header, by index among the rows that were searched, and the names of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeaderRows {
    /// The first row.
    pub(crate) first: usize,
    /// The last row.
    pub(crate) last: usize,
    /// The names of the columns.
    pub(crate) names: Vec<String>,
}

/// Finds the header among the first rows, of which there is at least one. `mappings` of the user name columns of the
/// header; one that gives a number says that the first row is the header.
pub(crate) fn find(
    rows: &[Vec<String>],
    headers: &Headers<'_>,
    mappings: &[ColumnMapping],
) -> HeaderRows {
    let known = |row: &[String]| row.iter().filter(|name| headers.knows(name)).count();
    let row = |index: usize| rows.get(index).map_or(&[][..], Vec::as_slice);
    let filled = |row: &[String]| row.iter().filter(|cell| !is_blank(cell)).count();
    // The first of those that name the most facts. A row of groups has fewer cells than the header under it, while a
    // row of a firm has no more than the header above it.
    let best = (0..rows.len()).rev().max_by_key(|index| known(row(*index))).unwrap_or(0);
    let is_named = mappings.iter().any(|(header, _)| {
        header.starts_with('#') || row(0).iter().any(|name| name.trim() == header.trim())
    });
    let is_title = known(row(0)) == 0 || filled(row(0)) < filled(row(best));
    // An answer may read like a header, so one such cell makes no header of a row, unless only titles stand above it.
    let has_titles = rows.iter().take(best).all(|above| filled(above) <= 1);
    let is_header = known(row(best)) > 1 || has_titles;
    let header = if is_title && is_header && !is_named { best } else { 0 };
    if known(row(header)) == 0 {
        return HeaderRows { first: 0, last: 0, names: row(0).to_vec() };
    }
    let (upper, lower) = (row(header), row(header + 1));
    if continues(upper, lower, headers) {
        let names = together(upper, lower);
        return HeaderRows { first: header, last: header + 1, names };
    }
    let above = header.checked_sub(1).map_or(&[][..], row);
    // A row of groups names columns that the row below it leaves blank; any other row is a title.
    let fills = |(above, name): (&String, &String)| !is_blank(above) && is_blank(name);
    let has_groups = filled(above) > 1 && above.iter().zip(upper).any(fills);
    let names = if has_groups { together(above, upper) } else { upper.to_vec() };
    HeaderRows { first: header - usize::from(has_groups), last: header, names }
}

/// Whether the row under a header belongs to it: it names facts, fills blanks of the header, and has nothing under a
/// known header, where a firm would have an answer.
fn continues(header: &[String], next: &[String], headers: &Headers<'_>) -> bool {
    let filled: Vec<usize> =
        (0..next.len()).filter(|column| next.get(*column).is_some_and(|c| !is_blank(c))).collect();
    let named = filled.iter().filter(|column| next.get(**column).is_some_and(|n| headers.knows(n)));
    let is_first_blank = || {
        let first = header.iter().position(|cell| !is_blank(cell));
        first.is_some_and(|column| !filled.contains(&column))
    };
    let names = named.count();
    (names > 1 || names == 1 && is_first_blank())
        && filled.iter().any(|column| header.get(*column).is_none_or(|cell| is_blank(cell)))
        && !filled.iter().any(|column| header.get(*column).is_some_and(|name| headers.knows(name)))
}

fn is_blank(cell: &str) -> bool {
    cell.trim().is_empty()
}

/// The names of two rows: those of the lower one, and where it is blank, of the upper one.
fn together(upper: &[String], lower: &[String]) -> Vec<String> {
    let columns = upper.len().max(lower.len());
    let cell =
        |row: &[String], column: usize| row.get(column).filter(|cell| !is_blank(cell)).cloned();
    let name = |column| cell(lower, column).or_else(|| cell(upper, column)).unwrap_or_default();
    (0..columns).map(name).collect()
}

/// Where the header is, for the user; nothing if it is the first row. `rows` are numbered as spreadsheets show them.
pub(crate) fn note(first: u64, last: u64, skipped: usize) -> Option<LocalizedText> {
    if skipped == 0 && first == last {
        return None;
    }
    let (zh, en) = match first == last {
        true => (format!("第{first}行"), format!("row {first}")),
        false => (format!("第{first}、{last}两行"), format!("rows {first} and {last}")),
    };
    let (above_zh, above_en) = match skipped {
        0 => (String::new(), String::new()),
        rows => (
            format!("，上面{rows}行不是表头，没有读"),
            format!("; {rows} rows above it are no header and are not read"),
        ),
    };
    Some(LocalizedText {
        zh: format!("表头在{zh}{above_zh}。如不对，请用 --header-row 指明。"),
        en: format!("the header is in {en}{above_en}; --header-row names another"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_plan::plan;

    fn found(rows: &[&[&str]]) -> (usize, usize, Vec<String>) {
        let headers = Headers::new(&plan().book.catalogue);
        let owned = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
        let rows: Vec<Vec<String>> = rows.iter().map(owned).collect();
        let HeaderRows { first, last, names } = find(&rows, &headers, &[]);
        (first, last, names)
    }

    #[test]
    fn a_header_is_found_under_titles_and_in_two_rows() {
        let head: &[&str] = &["企业名称", "是否出口", "从业人数"];
        let firm: &[&str] = &["甲", "是", "3"];
        assert_eq!(found(&[head, firm]).0, 0);
        assert_eq!(
            found(&[&["2026年外贸企业名单"], &["制表：商务局", "", "单位：家"], head, firm]).0,
            2
        );
        assert_eq!(
            found(&[&["名单"], head, firm]),
            (1, 1, head.iter().map(|c| (*c).to_owned()).collect())
        );
        // Groups above, without and with names of their own.
        let groups: &[&str] = &["基本情况", "", "规模"];
        assert_eq!(
            found(&[groups, head, firm]),
            (1, 1, head.iter().map(|c| (*c).to_owned()).collect())
        );
        let upper: &[&str] = &["企业名称", "是否出口", "经营情况", ""];
        let lower: &[&str] = &["", "", "营业收入（万元）", "从业人数"];
        let (first, last, names) = found(&[&["名单"], upper, lower, &["甲", "是", "1", "2"]]);
        assert_eq!((first, last), (1, 2));
        assert_eq!(names, ["企业名称", "是否出口", "营业收入（万元）", "从业人数"]);
        // A firm whose remark is the name of a fact is no header.
        let remark: &[&str] = &["甲", "", "从业人数"];
        assert_eq!(found(&[&["企业名称", "是否出口", "备注"], remark]).1, 0);
        // An answer that reads like a header makes none of the row of its firm.
        let kinds: &[&[&str]] = &[&["公司", "类型", "说明"], &["甲", "出口企业", "大"]];
        assert_eq!(found(kinds).0, 0);
        let blank: &[&[&str]] =
            &[&["企业名称", "从业人数", ""], &["甲", "", "加工贸易"], &["乙", "5", "一般贸易"]];
        assert_eq!(found(blank).1, 0);
        // Nothing is known: the first row, as before.
        assert_eq!(
            found(&[&["甲", "乙"], &["1", "2"]]),
            (0, 0, vec!["甲".to_owned(), "乙".to_owned()])
        );
    }
}
