//! One row of a list, as a person pastes it from a spreadsheet into a page.
//!
//! Owns what of a pasted text is the header, what each column holds, and what the cells of the first row say; all by
//! the headers and the reading of cells of a whole list. In go a text and the header that was pasted before, since the
//! second row comes without one; out come typed values, and for each column that is not read the reason. Nothing is
//! guessed: without any header only a valid credit code is read, which can be nothing else. It reads no file, keeps
//! nothing and evaluates nothing.

use crate::read::csv::records::first_records;
use crate::read::detect::delimiter;
use crate::table::header::{Headers, Mapped, Meaning, columns_of_earlier_screenings};
use crate::table::header_rows::{self, SEARCHED};
use crate::table::header_text::fold;
use export_advisor_core::facts::{
    Catalogue, Fact, FactId, FaultKind, Format, Kind, LocalizedText, Notice, Profile, Reference,
    Value, code_spelling, credit_code,
};
use export_advisor_core::wording::BilingualError;
use std::fmt;

/// The most columns of a row.
pub const MOST_COLUMNS: usize = 500;

/// What people write over the names of firms.
const FIRM_NAMES: [&str; 14] = [
    "企业名称",
    "企业全称",
    "企业",
    "公司名称",
    "公司",
    "单位名称",
    "商户名称",
    "客户名称",
    "name",
    "firm",
    "firm name",
    "name of the firm",
    "company",
    "company name",
];

/// What a pasted text is.
#[derive(Debug, PartialEq)]
pub enum Pasted {
    /// A header alone: the names of its columns, by which the next rows are read.
    Header(Vec<String>),
    /// A row of a firm.
    Row(PastedRow),
}

/// The row of a firm.
#[derive(Debug, PartialEq)]
pub struct PastedRow {
    /// The names of the columns; empty if there is no header.
    pub header: Vec<String>,
    /// The cells that are not blank, in order.
    pub cells: Vec<PastedCell>,
    /// How many rows after it were not read; of a long list, those among its first rows.
    pub further_rows: usize,
}

/// A cell that is not blank.
#[derive(Debug, PartialEq)]
pub struct PastedCell {
    /// The number of its column, from 1.
    pub column: usize,
    /// The name of its column; empty if it has none.
    pub header: String,
    /// Its text.
    pub text: String,
    /// What it says.
    pub content: CellContent,
}

/// What a cell says.
#[derive(Debug, PartialEq)]
pub enum CellContent {
    /// The name of the firm.
    FirmName,
    /// A value of a fact.
    Value(FactId, Value, Vec<Notice>),
    /// Something that is no value of its fact.
    Faulty(FactId, FaultKind),
    /// Nothing: its column is not read.
    NotRead(NotRead),
}

/// Why a column is not read. The labels are those of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRead {
    /// It has no name.
    NoHeader,
    /// Its name is that of no fact.
    UnknownHeader,
    /// Its name is that of several facts.
    Ambiguous(Vec<LocalizedText>),
    /// It is money, in yuan or in 10,000 yuan.
    NoUnit(LocalizedText),
    /// It is money in two units.
    TwoUnits(LocalizedText),
    /// Another column has the same fact.
    Twice(LocalizedText),
    /// A screening added it: it is no answer of the firm.
    EarlierScreening,
}

impl NotRead {
    /// The reason and the remedy, for the reader of a page.
    #[must_use]
    pub fn localized(&self) -> LocalizedText {
        let texts = |zh: String, en: String| LocalizedText { zh, en };
        match self {
            Self::NoHeader => {
                texts("这一列没有列名".to_owned(), "the column has no name".to_owned())
            }
            Self::UnknownHeader => {
                texts("这一列不是要问的内容".to_owned(), "nothing is asked by this name".to_owned())
            }
            Self::Ambiguous(labels) => {
                let join = |pick: fn(&LocalizedText) -> &str, between: &str| {
                    labels.iter().map(pick).collect::<Vec<_>>().join(between)
                };
                texts(
                    format!("可能是{}，请在那一题里填", join(|label| &label.zh, "，也可能是")),
                    format!("it may be {}: answer its question", join(|label| &label.en, ", or ")),
                )
            }
            Self::NoUnit(label) => texts(
                format!(
                    "“{}”没写单位，可能是元，也可能是万元。请在列名里写上单位，或者在那一题里填",
                    label.zh
                ),
                format!(
                    "“{}” has no unit: it may be yuan or 10,000 yuan. Write the unit into the name of the column, or answer its question",
                    label.en
                ),
            ),
            Self::TwoUnits(label) => texts(
                format!("“{}”写了两个单位，请只留一个，或者在那一题里填", label.zh),
                format!("“{}” has two units: keep one, or answer its question", label.en),
            ),
            Self::Twice(label) => texts(
                format!("“{}”有两列，请只留一列，或者在那一题里填", label.zh),
                format!("“{}” has two columns: keep one, or answer its question", label.en),
            ),
            Self::EarlierScreening => texts(
                "这是筛查得出的结果，不是企业的回答".to_owned(),
                "it is a result of a screening, and no answer of the firm".to_owned(),
            ),
        }
    }
}

/// Why nothing of a text can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasteError {
    /// It is blank.
    Blank,
    /// A cell begins with a quote that is never closed.
    OpenQuote,
    /// It has no header, none was pasted before, and no cell is a credit code.
    NoHeader,
    /// It has more columns than [`MOST_COLUMNS`].
    TooManyColumns,
}

impl BilingualError for PasteError {
    fn localized(&self) -> LocalizedText {
        let (zh, en) = match self {
            Self::Blank => (
                "粘贴框是空的。请在表格里选中一家企业的那一行，复制，再粘贴到这里。".to_owned(),
                "The box is empty. Select the row of a firm in your spreadsheet, copy it, and paste it here."
                    .to_owned(),
            ),
            Self::OpenQuote => (
                "有一格以引号开头，但没有收尾的引号，看不出这一格到哪里为止。请补上或删掉这个引号。"
                    .to_owned(),
                "A cell begins with a quote that is never closed, so it is unknown where it ends. Close the quote, or remove it."
                    .to_owned(),
            ),
            Self::NoHeader => (
                "看不出哪一列是什么。请连同表头一起粘贴一次；以后只粘贴企业那一行就行。".to_owned(),
                "It is unknown what each column is. Paste the header row together with the row once; after that, the row alone will do."
                    .to_owned(),
            ),
            Self::TooManyColumns => (
                format!("超过{MOST_COLUMNS}列了。请少选几列再粘贴。"),
                format!("There are more than {MOST_COLUMNS} columns. Select fewer and paste again."),
            ),
        };
        LocalizedText { zh, en }
    }
}

impl fmt::Display for PasteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.localized().en)
    }
}

impl std::error::Error for PasteError {}

/// Reads the first row of a pasted text. `last_header` has the names of the columns of what was pasted before; a header
/// in the text replaces them.
///
/// # Errors
/// Nothing of it can be read.
pub fn read(
    catalogue: &Catalogue,
    reference: &Reference,
    text: &str,
    last_header: &[String],
) -> Result<Pasted, PasteError> {
    let headers = Headers::new(catalogue);
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // Spreadsheets copy with tabs, whatever stands in the cells.
    let delimiter = if text.contains('\t') { b'\t' } else { delimiter(text.as_bytes(), &headers) };
    let records = first_records(text.as_bytes(), delimiter, MOST_COLUMNS, SEARCHED, true);
    let has_content = |row: &Vec<String>| row.iter().any(|cell| !cell.is_empty());
    let rows: Vec<Vec<String>> =
        records.into_iter().map(|record| record.cells).filter(has_content).collect();
    if rows.is_empty() {
        let blank = |c: char| c.is_whitespace() || c == char::from(delimiter);
        return Err(if text.chars().all(blank) {
            PasteError::Blank
        } else {
            PasteError::OpenQuote
        });
    }
    if rows.iter().any(|row| row.len() > MOST_COLUMNS) {
        return Err(PasteError::TooManyColumns);
    }
    let found = header_rows::find(&rows, &headers, &[]);
    let known = found.names.iter().filter(|name| headers.knows(name)).count();
    // One cell may read like a header and be an answer.
    let is_alone = rows.len() <= found.last + 1;
    let has_header = known > 1 || known == 1 && last_header.is_empty() && !is_alone;
    let (header, first) =
        if has_header { (found.names, found.last + 1) } else { (last_header.to_vec(), 0) };
    let Some(row) = rows.get(first) else { return Ok(Pasted::Header(header)) };
    let cells = match header.is_empty() {
        true => by_credit_code(catalogue, reference, row)?,
        false => by_header(&headers, catalogue, reference, &header, row),
    };
    Ok(Pasted::Row(PastedRow { header, cells, further_rows: rows.len() - first - 1 }))
}

/// What a column holds.
#[derive(Clone, Copy)]
enum Column {
    FirmName,
    Fact(Mapped),
}

/// The cells of a row, read by its header.
fn by_header(
    headers: &Headers<'_>,
    catalogue: &Catalogue,
    reference: &Reference,
    header: &[String],
    row: &[String],
) -> Vec<PastedCell> {
    let columns = columns(headers, catalogue, header);
    let content = |column: usize, text: &str| match columns.get(column) {
        None => CellContent::NotRead(NotRead::NoHeader),
        Some(Err(reason)) => CellContent::NotRead(reason.clone()),
        Some(Ok(Column::FirmName)) => CellContent::FirmName,
        Some(Ok(Column::Fact(mapped))) => {
            value(catalogue.fact(mapped.fact), text, mapped.shift, reference)
        }
    };
    filled(header, row, content)
}

/// What the columns hold, or why they are not read.
fn columns(
    headers: &Headers<'_>,
    catalogue: &Catalogue,
    names: &[String],
) -> Vec<Result<Column, NotRead>> {
    let label = |fact: FactId| catalogue.fact(fact).label.clone();
    let results = columns_of_earlier_screenings(names);
    let mut has_name = false;
    let of_name = |(column, name): (usize, &String)| {
        if results.contains(&column) {
            return Err(NotRead::EarlierScreening);
        }
        match headers.meanings(name) {
            Meaning::Known(meant) => match meant.as_slice() {
                [one] => Ok(Column::Fact(*one)),
                several => {
                    Err(NotRead::Ambiguous(several.iter().map(|one| label(one.fact)).collect()))
                }
            },
            Meaning::NoUnit(facts) => Err(facts
                .first()
                .map_or(NotRead::UnknownHeader, |fact| NotRead::NoUnit(label(*fact)))),
            Meaning::TwoUnits([one, _]) => Err(NotRead::TwoUnits(label(one.fact))),
            Meaning::Nothing if name.trim().is_empty() => Err(NotRead::NoHeader),
            Meaning::Nothing if !has_name && is_firm_name(name) => {
                has_name = true;
                Ok(Column::FirmName)
            }
            Meaning::Nothing => Err(NotRead::UnknownHeader),
        }
    };
    let mut columns: Vec<Result<Column, NotRead>> = names.iter().enumerate().map(of_name).collect();
    for fact in &catalogue.facts {
        let holds = |column: &Result<Column, NotRead>| matches!(column, Ok(Column::Fact(mapped)) if mapped.fact == fact.id);
        let of_fact = columns.iter().enumerate().filter(|(_, column)| holds(column));
        let of_fact: Vec<usize> = of_fact.map(|(column, _)| column).collect();
        if of_fact.len() < 2 {
            continue;
        }
        let is_fallback =
            |column: &&usize| names.get(**column).is_some_and(|name| headers.is_fallback(name));
        let exact: Vec<usize> =
            of_fact.iter().filter(|column| !is_fallback(column)).copied().collect();
        for column in of_fact.iter().filter(|column| exact != [**column]) {
            if let Some(decided) = columns.get_mut(*column) {
                *decided = Err(NotRead::Twice(fact.label.clone()));
            }
        }
    }
    columns
}

fn is_firm_name(header: &str) -> bool {
    let folded = fold(header);
    FIRM_NAMES.iter().any(|name| fold(name) == folded)
}

/// The cells of a row without a header: a valid credit code, if it has one.
fn by_credit_code(
    catalogue: &Catalogue,
    reference: &Reference,
    row: &[String],
) -> Result<Vec<PastedCell>, PasteError> {
    let is_code = |cell: &String| credit_code::check(&code_spelling(cell)).is_ok();
    let holds_code = |fact: &&Fact| matches!(fact.kind, Kind::Code { format: Format::Uscc, .. });
    let mut codes = row.iter().enumerate().filter(|(_, cell)| is_code(cell));
    match (codes.next(), codes.next(), catalogue.facts.iter().find(holds_code)) {
        (Some((code, _)), None, Some(fact)) => Ok(filled(&[], row, |column, text| {
            if column == code {
                value(fact, text, 0, reference)
            } else {
                CellContent::NotRead(NotRead::NoHeader)
            }
        })),
        _ => Err(PasteError::NoHeader),
    }
}

/// What a cell of a fact says.
fn value(fact: &Fact, text: &str, shift: i8, reference: &Reference) -> CellContent {
    let mut notices = Vec::new();
    match Profile::read_scaled(fact, &[text], shift, reference, &mut notices) {
        Ok(value) => CellContent::Value(fact.id, value, notices),
        Err(kind) => CellContent::Faulty(fact.id, kind),
    }
}

/// The cells of a row that are not blank.
fn filled(
    header: &[String],
    row: &[String],
    mut content: impl FnMut(usize, &str) -> CellContent,
) -> Vec<PastedCell> {
    let cells = row.iter().enumerate().filter(|(_, text)| !text.is_empty());
    cells
        .map(|(column, text)| PastedCell {
            column: column + 1,
            header: header.get(column).cloned().unwrap_or_default(),
            text: text.clone(),
            content: content(column, text),
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::test_plan::plan;

    fn read_after(text: &str, last_header: &[String]) -> Result<Pasted, PasteError> {
        let book = &plan().book;
        read(&book.catalogue, &book.reference, text, last_header)
    }

    fn row(text: &str, last_header: &[String]) -> PastedRow {
        match read_after(text, last_header) {
            Ok(Pasted::Row(row)) => row,
            other => panic!("{text:?}: {other:?}"),
        }
    }

    /// What was read: the name of a fact, `name`, or why not.
    fn outcomes(row: &PastedRow) -> Vec<String> {
        let of = |cell: &PastedCell| match &cell.content {
            CellContent::FirmName => "name".to_owned(),
            CellContent::Value(fact, value, _) => {
                format!("{}={value:?}", plan().book.catalogue.fact(*fact).name)
            }
            CellContent::Faulty(fact, _) => {
                format!("{}!", plan().book.catalogue.fact(*fact).name)
            }
            CellContent::NotRead(reason) => format!("{reason:?}").chars().take(8).collect(),
        };
        row.cells.iter().map(of).collect()
    }

    #[test]
    fn a_row_is_read_with_its_header_and_the_next_one_without() {
        let header = "企业名称\t是否出口\t从业人数\t营业收入（元）\t备注";
        let first = row(&format!("{header}\n甲公司\t是\t12\t6800000\t老客户\n"), &[]);
        let expected = ["name", "exports_goods=Bool(true)", "employees=Number(12)"];
        assert_eq!(outcomes(&first)[..3], expected);
        assert!(
            outcomes(&first)[3].starts_with("revenue_wan=Number(680"),
            "{:?}",
            outcomes(&first)
        );
        assert_eq!(outcomes(&first)[4], "UnknownH");
        assert_eq!((first.header.len(), first.further_rows), (5, 0));
        // The next row, from the same spreadsheet.
        let next = row("乙公司\t否\t很多\t\t", &first.header);
        assert_eq!(outcomes(&next), ["name", "exports_goods=Bool(false)", "employees!"]);
        assert_eq!(next.header, first.header);
        // A header alone is remembered, and another header replaces the last.
        let Ok(Pasted::Header(other)) = read_after("从业人数\t是否进口", &first.header)
        else {
            panic!()
        };
        assert_eq!(other, ["从业人数", "是否进口"]);
        // A title above, several rows, quotes with a tab and a line end in them.
        let long = row("名单\n企业名称\t是否出口\n\"甲\t\n公司\"\t是\n乙\t否\n丙\t否\n", &[]);
        assert_eq!((long.cells[0].text.as_str(), long.further_rows), ("甲\t\n公司", 2));
        let comma = row("exports_goods,markets\ntrue,\"US, JP\"", &[]);
        assert_eq!(comma.cells.len(), 2, "{comma:?}");
        assert!(outcomes(&comma)[1].contains("US"), "{comma:?}");
        // An answer that reads like a header is an answer.
        let answer = row("丁公司\t出口企业", &["企业名称".to_owned(), "备注".to_owned()]);
        assert_eq!(outcomes(&answer), ["name", "UnknownH"]);
    }

    #[test]
    fn what_is_not_certain_is_not_read_and_says_why() {
        let read = row(
            "营业收入\t是否出口\t有无出口\t\t资产总额（万元）\t行业\t行业代码\n5\t是\t否\tx\t9\t批发\tF51",
            &[],
        );
        assert_eq!(
            outcomes(&read),
            [
                "NoUnit(L",
                "Twice(Lo",
                "Twice(Lo",
                "NoHeader",
                "assets_wan=Number(9)",
                "Twice(Lo",
                "industry=Code(\"F51\")"
            ]
        );
        let two = row("是否出口\trevenue_wan（元）\n是\t5", &[]);
        assert_eq!(outcomes(&two)[1], "TwoUnits");
        let screened = row("是否出口\tuscc_ok\tsize\tfaults\n是\t是\t小型\t", &[]);
        assert_eq!(outcomes(&screened)[1..], ["EarlierS", "EarlierS"]);
        for cell in &read.cells {
            if let CellContent::NotRead(reason) = &cell.content {
                let LocalizedText { zh, en } = reason.localized();
                assert!(!zh.is_empty() && en.is_ascii() || en.contains('“'), "{zh} {en}");
            }
        }
    }

    #[test]
    fn without_a_header_only_a_credit_code_is_read() {
        let code = "91110000600037341L";
        let read = row(&format!("某公司\t{code}\t6\t是"), &[]);
        let uscc = format!("uscc=Code({code:?})");
        assert_eq!(outcomes(&read), ["NoHeader", uscc.as_str(), "NoHeader", "NoHeader"]);
        for (text, error) in [
            ("某公司\t6\t是", PasteError::NoHeader),
            ("某公司\t91110000600037341M", PasteError::NoHeader),
            ("", PasteError::Blank),
            (" \n\t\t\n", PasteError::Blank),
            ("\"甲\t是", PasteError::OpenQuote),
            ("是\t".repeat(600).as_str(), PasteError::TooManyColumns),
        ] {
            assert_eq!(read_after(text, &[]), Err(error), "{text:?}");
            assert!(!error.localized().zh.is_empty() && !error.to_string().is_empty());
        }
    }
}
