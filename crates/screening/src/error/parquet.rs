//! Why a Parquet file cannot be read or written.
//!
//! Owns the error of the Parquet reader and writer, in English and Chinese. It exists in every build: a program
//! without the feature `parquet` refuses each Parquet file with [`ParquetError::NotBuilt`].

use export_advisor_core::facts::LocalizedText;
use export_advisor_core::wording::BilingualError;

/// Why a Parquet file cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParquetError {
    /// No Parquet file, or a damaged one.
    #[error("this is no Parquet file, or it is damaged or not complete: {0}")]
    Reading(String),
    /// What the writer says.
    #[error("the Parquet file cannot be written: {0}")]
    Writing(String),
    /// The program was built without the feature `parquet`.
    #[error(
        "this program was built without Parquet: use .csv, .ndjson or .xlsx, or a build with the feature `parquet`"
    )]
    NotBuilt,
    /// A file without columns.
    #[error("the file has no columns")]
    NoColumns,
}

impl BilingualError for ParquetError {
    fn localized(&self) -> LocalizedText {
        let zh = match self {
            Self::Reading(why) => format!("这不是 Parquet 文件，或者文件已损坏、不完整：{why}"),
            Self::Writing(why) => format!("Parquet 文件写不出来：{why}"),
            Self::NotBuilt => "本程序编译时没有包含 Parquet：请改用 .csv、.ndjson 或 .xlsx，或使用带 parquet 特性的版本。".to_owned(),
            Self::NoColumns => "文件里没有列。".to_owned(),
        };
        LocalizedText { zh, en: self.to_string() }
    }
}

impl ParquetError {
    pub(crate) fn reading(error: impl std::fmt::Display) -> Self {
        Self::Reading(error.to_string())
    }

    pub(crate) fn writing(error: impl std::fmt::Display) -> Self {
        Self::Writing(error.to_string())
    }
}
