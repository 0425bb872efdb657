//! Messages about cells, rows and files, in Chinese and English.
//!
//! The core's `wording` has the faults of values, the same as for a profile. This module adds those that only a file
//! can have: a cell that is no number, a row with too many cells, a file that cannot be read. Typed errors go in,
//! pairs of texts come out. No message repeats what looks like a personal number.

use crate::error::ScreenError;
use crate::table::cells::RowFault;
use crate::table::format::FormatError;
use export_advisor_core::facts::{Catalogue, Fact, Fault, FaultKind, Kind, LocalizedText};
use export_advisor_core::wording::{self, BilingualError, shown};

fn texts(zh: String, en: String) -> LocalizedText {
    LocalizedText { zh, en }
}

/// The message for a cell that cannot be read, with a suggestion if there is one.
pub(crate) fn cell_fault(
    catalogue: &Catalogue,
    fact: &Fact,
    kind: &FaultKind,
    given: &str,
    suggestion: Option<&str>,
) -> LocalizedText {
    if *kind != FaultKind::WrongType {
        let fault = Fault {
            pointer: String::new(),
            key: fact.name.clone(),
            fact: Some(fact.id),
            kind: kind.clone(),
        };
        return wording::fault(catalogue, &fault, suggestion);
    }
    let (name, label) = (&fact.name, &fact.label.zh);
    let given = shown(given.trim());
    let (zh, en) = match &fact.kind {
        Kind::Bool => (
            "请填“是”或“否”，不知道的填“不清楚”，没问过的留空".to_owned(),
            "write yes or no, `unknown` if it is not known, nothing if it was not asked".to_owned(),
        ),
        Kind::Number { unit, .. } => (
            format!("请填一个确定的数（{}），如 300；大约数和区间不能用", unit.zh),
            format!("write one exact number ({}), such as 300; no range, no estimate", unit.en),
        ),
        _ => ("请对照事实目录填写".to_owned(), "see the fact catalogue".to_owned()),
    };
    texts(
        format!("“{label}”（{name}）里的“{given}”读不出来：{zh}。"),
        format!("`{given}` of `{name}` cannot be read: {en}."),
    )
}

/// The message for a cell of a fact's column that a merged cell covers.
pub(crate) fn merged(fact: &Fact) -> LocalizedText {
    let (name, label) = (&fact.name, &fact.label.zh);
    texts(
        format!(
            "“{label}”（{name}）这一格被合并单元格盖住，不知道是空还是与上面（左面）相同：请取消合并后逐格填写。"
        ),
        format!(
            "the cell of `{name}` is covered by a merged cell, so it is not known whether it is blank or the same: unmerge, and fill each cell."
        ),
    )
}

/// The message for a fault of a row as such.
pub(crate) fn row_fault(fault: &RowFault) -> LocalizedText {
    match fault {
        RowFault::TooFew { found, expected } => texts(
            format!("这一行只有{found}格，表头有{expected}格：可能少了分隔符，各格与表头对不上。"),
            format!(
                "the row has {found} cells, the header {expected}: a delimiter may be missing."
            ),
        ),
        RowFault::TooMany { found, expected, surplus } => {
            let rest: Vec<String> = surplus.iter().map(|cell| shown(cell)).collect();
            texts(
                format!(
                    "这一行有{found}格，表头只有{expected}格：可能某格里有没加引号的分隔符。多出的内容：{}。",
                    rest.join(" | ")
                ),
                format!(
                    "the row has {found} cells, the header {expected}: a cell may hold a delimiter without quotes. The surplus: {}.",
                    rest.join(" | ")
                ),
            )
        }
        RowFault::NotText => texts(
            "这一行有无法按文件编码解读的字节（以 � 代替）。".to_owned(),
            "the row has bytes that are no text in the file's encoding (shown as �).".to_owned(),
        ),
        RowFault::Nul => texts(
            "这一行含有空字符（NUL），文件可能已损坏。".to_owned(),
            "the row has a NUL character: the file may be damaged.".to_owned(),
        ),
        RowFault::NotJson { column, .. } => texts(
            format!("这一行不是一个 JSON 对象：第{column}列读不下去。"),
            format!("the line is no JSON object: it breaks at column {column}."),
        ),
        RowFault::KeyTwice(key) => texts(
            format!("键“{}”出现了两次，请只留一个。", shown(key)),
            format!("the key `{}` is given twice: keep one.", shown(key)),
        ),
        RowFault::NewKey { key, value } => texts(
            format!("前面各行没有键“{}”，没有可放的列；它的值：{}。", shown(key), shown(value)),
            format!(
                "the rows before have no key `{}`, so there is no column for it; its value: {}.",
                shown(key),
                shown(value)
            ),
        ),
    }
}

impl BilingualError for ScreenError {
    fn localized(&self) -> LocalizedText {
        let zh = match self {
            ScreenError::Io { path, source } => format!("{}：{source}", path.display()),
            ScreenError::Format(FormatError::Unknown(name)) => format!(
                "从文件名“{name}”看不出是什么格式：请命名为 .csv、.tsv、.xlsx、.ndjson、.parquet、.csv.gz、.csv.zst 等，或用 --from、--to 指明。"
            ),
            ScreenError::Format(FormatError::Compressed(name)) => {
                format!("“{name}”这种格式不能再压缩：请去掉 .gz 或 .zst。")
            }
            ScreenError::SameFile(path) => {
                format!("“{}”已是输入或另一个输出：请换一个文件名。", path.display())
            }
            ScreenError::Empty(path) => {
                format!("“{}”是空的：第一行应当是表头。", path.display())
            }
            ScreenError::NoObject(path) => format!(
                "“{}”没有一行是带键的 JSON 对象：NDJSON 是一行一个对象，外面没有数组的方括号，一个对象也不分成几行。",
                path.display()
            ),
            ScreenError::NoHeaderRow(row) => format!(
                "--header-row：名单没有第{row}行，或者这一行是空的；行号与表格软件里显示的一致。"
            ),
            ScreenError::OpenQuote { line } => format!(
                "文件第{line}行有一格以引号开头，到后面某行的引号之前都没有结尾的引号，无法判断这一行到哪里结束：请补上或删去引号。"
            ),
            ScreenError::Limit { path, line, exceeded } => {
                let line = line.map_or(String::new(), |line| format!("第{line}行"));
                format!("{}{line}：{}", path.display(), exceeded.localized().zh)
            }
            ScreenError::Compressed { path, source } => {
                format!("{}：{source}；压缩文件已损坏或不完整。", path.display())
            }
            ScreenError::Workbook { path, fault } => {
                format!("{}：{}", path.display(), fault.localized().zh)
            }
            ScreenError::Wrapper { path, fault } => {
                format!("{}：{}", path.display(), fault.localized().zh)
            }
            ScreenError::Parquet { path, fault } => {
                format!("{}：{}", path.display(), fault.localized().zh)
            }
            ScreenError::Encoding(name) => {
                format!("没有“{name}”这种编码：请写 utf-8、gb18030、utf-16le 或 utf-16be。")
            }
            ScreenError::WrongEncoding { row, fact } => format!(
                "文件先按 UTF-8 读取，但第{row}行的 {fact} 只有按 GB18030 才读得通：请加上 --encoding gb18030 重新运行。"
            ),
            ScreenError::RefusedCellCopied => {
                "有一格含个人证件号码，而它所在的列要原样复制。".to_owned()
            }
            ScreenError::Threads(source) => format!("无法启动线程：{source}"),
            ScreenError::Worker => "处理中断：有一个线程提前结束。".to_owned(),
            ScreenError::Manifest { path, fault } => {
                format!("{}：{}", path.display(), fault.localized().zh)
            }
            // The reader of headers and options writes them in the language of the job.
            ScreenError::Columns(lines) | ScreenError::Options(lines) => lines.join("\n"),
        };
        texts(zh, self.to_string())
    }
}
