//! What stops a screening.
//!
//! Owns [`ScreenError`], which wraps the errors of the formats; those are below it and do not name it. A fault of a
//! row is no error: it is written to the `faults` column. An error means that there is no output. Its message names
//! the file, and the line where one is known, and says what to do.

use crate::table::format::FormatError;
use crate::table::limits::{Exceeded, Limit};
pub(crate) mod manifest;
pub(crate) mod parquet;
pub(crate) mod workbook;
pub(crate) mod wrapper;

use self::manifest::ManifestError;
use self::parquet::ParquetError;
use self::workbook::WorkbookError;
use self::wrapper::WrapperError;
use std::path::PathBuf;

/// Why a file could not be screened.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// A file cannot be opened, read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file; `-` is standard input or output.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A name does not say what form a file has.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// An output, or its manifest, would replace the input or another output.
    #[error("`{}` is the input, or another output: write to another file", .0.display())]
    SameFile(PathBuf),
    /// The file is empty.
    #[error("`{}` is empty: the first line must name the columns", .0.display())]
    Empty(PathBuf),
    /// No line is a JSON object with a key.
    #[error("`{}` has no line that is a JSON object with a key: NDJSON has one object a line, in no array and not broken over lines", .0.display())]
    NoObject(PathBuf),
    /// No row of that number can be the header.
    #[error(
        "--header-row: the list has no row {0}, or it is blank; rows are numbered as spreadsheets show them"
    )]
    NoHeaderRow(usize),
    /// A quote that is never closed, or only by one of a later row.
    #[error(
        "line {line} of the file: a cell begins with a quote that is never closed, or only by that of a later row, so it is unknown where its row ends; close the quote, or remove it"
    )]
    OpenQuote {
        /// The line of the quote, from 1, the header included.
        line: u64,
    },
    /// A limit was exceeded.
    #[error("{}{}: {exceeded}", path.display(), .line.map_or(String::new(), |line| format!(", line {line}")))]
    Limit {
        /// The input.
        path: PathBuf,
        /// The line where the row begins, from 1, if it is a row that is too long.
        line: Option<u64>,
        /// The limit.
        exceeded: Exceeded,
    },
    /// A compressed file that breaks off or is damaged.
    #[error("{}: {source}; the packed file is damaged or not complete", path.display())]
    Compressed {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        source: std::io::Error,
    },
    /// A workbook that cannot be read or written.
    #[error("{}: {fault}", path.display())]
    Workbook {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: WorkbookError,
    },
    /// A Parquet file that cannot be read or written.
    #[error("{}: {fault}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: ParquetError,
    },
    /// A file whose list cannot be reached.
    #[error("{}: {fault}", path.display())]
    Wrapper {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: WrapperError,
    },
    /// No such encoding.
    #[error("there is no encoding `{0}`: write utf-8, gb18030, utf-16le or utf-16be")]
    Encoding(String),
    /// All columns that cannot be read as facts.
    #[error("{}", .0.join("\n"))]
    Columns(Vec<String>),
    /// A value that is invalid in UTF-8 and valid in GB18030: the file must be read again.
    #[error(
        "the file was taken for UTF-8, and row {row} reads as {fact} only in GB18030: run it again with --encoding gb18030"
    )]
    WrongEncoding {
        /// The row, from 1.
        row: u64,
        /// The fact whose value it is.
        fact: String,
    },
    /// A cell with a personal number stands in a column that was to be copied as it is: the job starts again, and
    /// copies none.
    #[error("a cell with a personal number stands in a column that is copied as it is")]
    RefusedCellCopied,
    /// Options that name what does not exist, all of them.
    #[error("{}", .0.join("\n"))]
    Options(Vec<String>),
    /// The system starts no thread.
    #[error("no thread can be started: {0}")]
    Threads(std::io::Error),
    /// A thread ended before its work was complete.
    #[error("a thread ended before its work was done")]
    Worker,
    /// The manifest cannot be run again.
    #[error("{}: {fault}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: ManifestError,
    },
}

/// The cause of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The options: they name what does not exist, or contradict each other.
    Options,
    /// The list, or the manifest.
    Input,
    /// Neither: a file, a disk or the system failed.
    System,
}

impl ScreenError {
    /// Its cause.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::Format(_)
            | Self::SameFile(_)
            | Self::Encoding(_)
            | Self::Options(_)
            | Self::NoHeaderRow(_)
            | Self::Workbook { fault: WorkbookError::NoSheet { .. }, .. }
            | Self::Parquet { fault: ParquetError::NotBuilt, .. } => Cause::Options,
            Self::Io { .. }
            | Self::Threads(_)
            | Self::Worker
            | Self::Workbook { fault: WorkbookError::Writing(_), .. }
            | Self::Parquet { fault: ParquetError::Writing(_), .. } => Cause::System,
            Self::Empty(_)
            | Self::NoObject(_)
            | Self::OpenQuote { .. }
            | Self::Limit { .. }
            | Self::Compressed { .. }
            | Self::Workbook { .. }
            | Self::Parquet { .. }
            | Self::Wrapper { .. }
            | Self::Columns(_)
            | Self::WrongEncoding { .. }
            | Self::RefusedCellCopied
            | Self::Manifest { .. } => Cause::Input,
        }
    }

    /// The limit that was exceeded, if that is what stopped it.
    #[must_use]
    pub fn exceeds(&self) -> Option<Limit> {
        match self {
            Self::Limit { exceeded, .. } => Some(exceeded.limit),
            Self::Workbook { fault: WorkbookError::Bomb { .. }, .. } => Some(Limit::Expansion),
            Self::Wrapper { fault: WrapperError::TooManyCells(_), .. } => Some(Limit::Columns),
            _ => None,
        }
    }

    /// Names the input that exceeds a limit.
    pub(crate) fn limit(path: impl Into<PathBuf>) -> impl FnOnce(Exceeded) -> Self {
        let path = path.into();
        move |exceeded| Self::Limit { path, line: None, exceeded }
    }

    /// Names the file whose content cannot be read: it exceeds a limit, holds no list, is damaged, or the system
    /// fails.
    pub(crate) fn source(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        use std::io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
        let path = path.into();
        let inner = source.get_ref();
        if let Some(exceeded) = inner.and_then(|inner| inner.downcast_ref::<Exceeded>()) {
            return Self::limit(path)(*exceeded);
        }
        if let Some(fault) = inner.and_then(|inner| inner.downcast_ref::<WrapperError>()) {
            return Self::Wrapper { path, fault: fault.clone() };
        }
        match source.kind() {
            UnexpectedEof | InvalidData | InvalidInput | Other => Self::Compressed { path, source },
            _ => Self::Io { path, source },
        }
    }

    /// Names the file that an error of the system is about.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
