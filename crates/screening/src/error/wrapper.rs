//! Why the list in a file cannot be reached: the file is of another kind than a list, or what holds the list is not
//! readable.
//!
//! Owns the error of everything that stands around a list, in English and Chinese: old and locked workbooks, archives,
//! pages and JSON documents. Each message says what the file is and what to do. It names no other error.

use export_advisor_core::facts::LocalizedText;
use export_advisor_core::wording::{BilingualError, shown};

/// Why the list in a file cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrapperError {
    /// A workbook of the old binary form.
    #[error(
        "this is an old binary workbook (.xls or .et): open it in a spreadsheet program and save it as .xlsx"
    )]
    OldWorkbook,
    /// A workbook that is encrypted.
    #[error(
        "this workbook is locked with a password: open it, remove the password and save it as .xlsx"
    )]
    Locked,
    /// A file of another program in the same container as old workbooks.
    #[error("this is no list but another document of an office program: save the list as .xlsx")]
    OfficeDocument,
    /// A file of a kind that is known and holds no list that is read.
    #[error("this is {}, which is not read: save the list as {}", .kind.en, .save_as)]
    Foreign {
        /// What it is.
        kind: LocalizedText,
        /// What to save the list as.
        save_as: &'static str,
    },
    /// A workbook or a Parquet file that is compressed as text can be.
    #[error("this is a packed {0} file, and only text is read packed: unpack it first")]
    Packed(&'static str),
    /// An archive without a list.
    #[error("the archive holds no list: put one .csv, .xlsx, .ndjson or .parquet file into it")]
    NoList,
    /// An archive with more than one list.
    #[error("the archive holds more than one list: unpack it and screen one after the other: {}", .0.join(", "))]
    ManyLists(Vec<String>),
    /// An archive in an archive.
    #[error("the archive holds another archive, `{0}`: unpack it first")]
    NestedArchive(String),
    /// An encrypted entry.
    #[error("`{0}` in the archive is locked with a password: unpack it and screen the file in it")]
    LockedEntry(String),
    /// An entry that is compressed in a way that is not read.
    #[error("`{0}` in the archive is packed in a way that is not read: unpack it first")]
    Method(String),
    /// An archive that is damaged.
    #[error("the archive is damaged or not complete: {0}")]
    Archive(String),
    /// A page without a table.
    #[error(
        "this is a web page without a table; a workbook that was saved as a page has its sheets in a folder beside it: save it as .xlsx"
    )]
    NoTable,
    /// A page with more than one table of several columns.
    #[error(
        "this is a web page with more than one table of several columns: open it in a spreadsheet program, keep the list alone and save it as .xlsx"
    )]
    ManyTables,
    /// A table in a cell of another one.
    #[error(
        "this is a web page with a table in a cell of another table: open it in a spreadsheet program and save the list as .xlsx"
    )]
    NestedTable,
    /// A page that breaks off.
    #[error("the web page breaks off inside its table: it is not complete; fetch it again")]
    PageEnds,
    /// A table with more columns in a row than are read.
    #[error("a row of the table has more than {0} cells (limit `columns`)")]
    TooManyCells(usize),
    /// A JSON document without an array of objects.
    #[error(
        "the JSON document holds no array of objects: write [{{…}}, {{…}}], or {{\"firms\": [{{…}}, {{…}}]}}, or one object a line"
    )]
    NoArray,
    /// An array whose items are no objects.
    #[error(
        "the items of the JSON array are no objects: write one object a firm, as in [{{…}}, {{…}}]"
    )]
    NotObjects,
    /// A JSON document with more than one array of objects.
    #[error(
        "the JSON document holds more than one array of objects, `{}` and `{}`: keep the one that is the list",
        shown(.0), shown(.1)
    )]
    ManyArrays(String, String),
    /// A JSON document that breaks off or goes on where it should end.
    #[error("the JSON document is damaged or not complete: {}", .0.en)]
    Json(LocalizedText),
}

impl BilingualError for WrapperError {
    fn localized(&self) -> LocalizedText {
        let zh = match self {
            Self::OldWorkbook => "这是旧版二进制工作簿（.xls 或 .et）：请用 Excel 或 WPS 打开，另存为 .xlsx。".to_owned(),
            Self::Locked => "这个工作簿设有打开密码：请打开后取消密码，另存为 .xlsx。".to_owned(),
            Self::OfficeDocument => {
                "这不是名单，而是办公软件的另一种文档：请把名单另存为 .xlsx。".to_owned()
            }
            Self::Foreign { kind, save_as } => {
                format!("这是{}，本程序不读：请把名单另存为 {save_as}。", kind.zh)
            }
            Self::Packed(form) => format!("这是压缩过的 {form} 文件，只有文本可以压缩后读取：请先解压。"),
            Self::NoList => {
                "压缩包里没有名单：请放入一个 .csv、.xlsx、.ndjson 或 .parquet 文件。".to_owned()
            }
            Self::ManyLists(names) => {
                format!("压缩包里不止一份名单，请解压后逐份筛查：{}。", names.join("、"))
            }
            Self::NestedArchive(name) => format!("压缩包里还有压缩包“{name}”：请先解压。"),
            Self::LockedEntry(name) => {
                format!("压缩包里的“{name}”设有密码：请解压后筛查里面的文件。")
            }
            Self::Method(name) => format!("压缩包里“{name}”的压缩方式不支持：请先解压。"),
            Self::Archive(why) => format!("压缩包已损坏或不完整：{why}"),
            Self::NoTable => "这是没有表格的网页；存成网页的工作簿，各工作表在旁边的文件夹里：请另存为 .xlsx。".to_owned(),
            Self::ManyTables => "这是网页，其中不止一张多列的表格：请用 Excel 或 WPS 打开，只留名单，另存为 .xlsx。".to_owned(),
            Self::NestedTable => {
                "这是网页，其中表格的格子里还有表格：请用 Excel 或 WPS 打开，把名单另存为 .xlsx。".to_owned()
            }
            Self::PageEnds => "网页在表格中间就断了，不完整：请重新下载。".to_owned(),
            Self::TooManyCells(most) => format!("表格有一行超过 {most} 格（限额 columns）。"),
            Self::NoArray => "JSON 文件里没有由对象组成的数组：请写成 [{…}, {…}]，或 {\"firms\": [{…}, {…}]}，或一行一个对象。".to_owned(),
            Self::NotObjects => "JSON 数组里的各项不是对象：请每家企业写一个对象，如 [{…}, {…}]。".to_owned(),
            Self::ManyArrays(first, second) => format!(
                "JSON 文件里不止一个由对象组成的数组（“{}”和“{}”）：请只留名单。",
                shown(first),
                shown(second)
            ),
            Self::Json(why) => format!("JSON 文件已损坏或不完整：{}", why.zh),
        };
        LocalizedText { zh, en: self.to_string() }
    }
}
