//! Why a workbook cannot be read or written.
//!
//! Owns the error of the XLSX reader and writer, in English and Chinese, and the size of a sheet, which the
//! messages state. It names no other error.

use export_advisor_core::facts::LocalizedText;
use export_advisor_core::wording::BilingualError;

/// The most rows under the header of a sheet.
pub(crate) const MAX_ROWS: u64 = 1_048_575;

/// The most columns that a sheet can have.
pub(crate) const MAX_COLUMNS: usize = 16_384;

/// The most characters of a cell, as UTF-16 counts them.
pub(crate) const LONGEST_TEXT: usize = 32_767;

/// Why a workbook cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkbookError {
    /// No zip file, or one that breaks off.
    #[error(
        "this is no workbook, or it is damaged or not complete ({0}); open it and save it again"
    )]
    NotAZip(String),
    /// A workbook of the old form, or one that is locked with a password.
    #[error(
        "this is an old .xls workbook, or one that is locked with a password: save it as .xlsx without a password"
    )]
    OldOrLocked,
    /// A part that must exist.
    #[error("the workbook has no part `{0}`; open it and save it again")]
    NoPart(String),
    /// A part with a compression that workbooks do not use.
    #[error(
        "the part `{0}` is packed or locked in an unknown way; open the workbook and save it again"
    )]
    Compression(String),
    /// More than is read.
    #[error(
        "the part `{part}` would unpack to {size} MiB, more than the {limit} MiB that are read: save the list as .csv and screen that"
    )]
    TooLarge {
        /// The part.
        part: String,
        /// Its size.
        size: u64,
        /// The most that is read.
        limit: u64,
    },
    /// A part that decompresses to far more than any list does.
    #[error(
        "the part `{part}` unpacks to {ratio} times its size, as no list does: this looks like a file made to fill the memory, and is not read (limit `expansion`)"
    )]
    Bomb {
        /// The part.
        part: String,
        /// How much larger it becomes.
        ratio: u64,
    },
    /// A part that is not what its table of contents says, or is no XML.
    #[error("the part `{part}` is damaged: {message}; open the workbook and save it again")]
    Damaged {
        /// The part.
        part: String,
        /// What is wrong.
        message: String,
    },
    /// No sheet of that name.
    #[error("there is no sheet `{name}`; the workbook has: {}", .sheets.join(", "))]
    NoSheet {
        /// The name.
        name: String,
        /// The names of the sheets.
        sheets: Vec<String>,
    },
    /// All sheets are hidden.
    #[error("all sheets are hidden: name one with --sheet; the workbook has: {}", .0.join(", "))]
    AllHidden(Vec<String>),
    /// More rows than a sheet can have: how many, if all were counted.
    #[error(
        "a sheet holds at most {MAX_ROWS} rows under its header, and there are {}: write .csv or .parquet, or screen the list in parts",
        .0.map_or("more".to_owned(), |rows| rows.to_string())
    )]
    TooManyRows(Option<u64>),
    /// More columns than a sheet can have.
    #[error(
        "a sheet holds at most {MAX_COLUMNS} columns, and there would be {0}: write .csv or .parquet"
    )]
    TooManyColumns(usize),
    /// A text longer than a cell can hold.
    #[error(
        "row {row}, column `{column}`: a cell holds at most {LONGEST_TEXT} characters, and this text has {characters}: write .csv or .parquet"
    )]
    TooLong {
        /// The row, from 1.
        row: u64,
        /// The header of the column.
        column: String,
        /// How many characters the text has, as UTF-16 counts them.
        characters: usize,
    },
    /// What the writer says.
    #[error("the workbook cannot be written: {0}")]
    Writing(String),
}

impl BilingualError for WorkbookError {
    fn localized(&self) -> LocalizedText {
        let zh = match self {
            Self::NotAZip(why) => format!(
                "这不是 Excel 工作簿，或者文件已损坏、不完整（{why}）。请用 Excel 或 WPS 打开后重新保存。"
            ),
            Self::OldOrLocked => {
                "这是旧版 .xls 文件，或设有打开密码：请另存为不带密码的 .xlsx 文件。".to_owned()
            }
            Self::NoPart(part) => format!("工作簿缺少“{part}”部分：请打开后重新保存。"),
            Self::Compression(part) => {
                format!("工作簿里“{part}”部分的压缩或加密方式无法识别：请打开后重新保存。")
            }
            Self::TooLarge { part, size, limit } => format!(
                "工作簿里“{part}”部分解压后有 {size} MiB，超过上限 {limit} MiB：请把名单另存为 .csv 再筛查。"
            ),
            Self::Bomb { part, ratio } => format!(
                "工作簿里“{part}”部分解压后是原来的 {ratio} 倍，正常名单不会如此，疑似恶意文件，已拒绝读取（限额 expansion）。"
            ),
            Self::Damaged { part, message } => {
                format!("工作簿里“{part}”部分已损坏（{message}）：请打开后重新保存。")
            }
            Self::NoSheet { name, sheets } => {
                format!("没有名为“{name}”的工作表；现有工作表：{}。", sheets.join("、"))
            }
            Self::AllHidden(sheets) => format!(
                "所有工作表都是隐藏的：请用 --sheet 指明一个；现有工作表：{}。",
                sheets.join("、")
            ),
            Self::TooManyRows(rows) => {
                let count =
                    rows.map_or("名单超出了".to_owned(), |rows| format!("名单有 {rows} 行"));
                format!(
                    "一张工作表除表头外最多 {MAX_ROWS} 行，{count}：请输出为 .csv 或 .parquet，或分几次筛查。"
                )
            }
            Self::TooManyColumns(columns) => format!(
                "一张工作表最多 {MAX_COLUMNS} 列，输出将有 {columns} 列：请输出为 .csv 或 .parquet。"
            ),
            Self::TooLong { row, column, characters } => format!(
                "第{row}行“{column}”列的文字有 {characters} 个字符，一格最多能放 {LONGEST_TEXT} 个：请输出为 .csv 或 .parquet。"
            ),
            Self::Writing(why) => format!("工作簿写不出来：{why}"),
        };
        LocalizedText { zh, en: self.to_string() }
    }
}
