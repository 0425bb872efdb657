//! File formats, and how a file name states them.
//!
//! Owns the list of formats that can be read and written, and of compressions of text files. A file name or the
//! value of an option goes in; a [`FileType`] comes out, or an error that says what can be written instead. It opens
//! no file.

use std::path::Path;

/// The format of a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileFormat {
    /// Values separated by a delimiter, with a header in the first line.
    Csv,
    /// The same, separated by tabs.
    Tsv,
    /// One JSON object a line.
    Ndjson,
    /// A workbook; its first visible sheet is the list.
    Xlsx,
    /// Columns of values with types.
    Parquet,
}

impl FileFormat {
    /// The value of `--from` and `--to`, which is the extension of file names too.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Ndjson => "ndjson",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }

    /// Whether it is text, which may be compressed and piped.
    #[must_use]
    pub const fn is_text(self) -> bool {
        match self {
            Self::Csv | Self::Tsv | Self::Ndjson => true,
            Self::Xlsx | Self::Parquet => false,
        }
    }

    /// Whether people read a list in it, with words and labels, rather than programs.
    #[must_use]
    pub const fn is_for_people(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv | Self::Xlsx)
    }
}

/// How a text file is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    #[default]
    Plain,
    /// `.gz`.
    Gzip,
    /// `.zst`.
    Zstd,
}

/// Format and compression of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileType {
    /// The format.
    pub format: FileFormat,
    /// The compression.
    pub compression: Compression,
}

/// Why the format of a file is not known from its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The extension is unknown.
    #[error(
        "`{0}` does not say what form it has: name it .csv, .tsv, .xlsx, .ndjson, .parquet, .csv.gz, .csv.zst …, or give its form with --from or --to"
    )]
    Unknown(String),
    /// Only text formats can be compressed.
    #[error("`{0}` cannot be packed: write it without .gz or .zst")]
    Compressed(String),
}

impl FileType {
    /// Delimited text, not compressed.
    pub const CSV: Self = Self { format: FileFormat::Csv, compression: Compression::Plain };
    /// A JSON object a line, not compressed.
    pub const NDJSON: Self = Self { format: FileFormat::Ndjson, compression: Compression::Plain };

    /// A workbook.
    pub const XLSX: Self = Self { format: FileFormat::Xlsx, compression: Compression::Plain };

    /// Its name, such as `csv.gz`.
    #[must_use]
    pub fn name(self) -> String {
        let suffix = match self.compression {
            Compression::Plain => "",
            Compression::Gzip => ".gz",
            Compression::Zstd => ".zst",
        };
        format!("{}{suffix}", self.format.as_str())
    }

    /// Reads a name such as `csv` or `csv.gz`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let (name, compression) = match text.rsplit_once('.') {
            Some((inner, "gz")) => (inner, Compression::Gzip),
            Some((inner, "zst")) => (inner, Compression::Zstd),
            _ => (text.as_str(), Compression::Plain),
        };
        let format = match name {
            "csv" | "txt" => FileFormat::Csv,
            "tsv" | "tab" => FileFormat::Tsv,
            "ndjson" | "jsonl" => FileFormat::Ndjson,
            "xlsx" | "xlsm" => FileFormat::Xlsx,
            "parquet" => FileFormat::Parquet,
            _ => return None,
        };
        if compression != Compression::Plain && !format.is_text() {
            return None;
        }
        Some(Self { format, compression })
    }

    /// The compression that a file name states.
    #[must_use]
    pub fn compression_of(path: &Path) -> Compression {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("gz") => Compression::Gzip,
            Some("zst") => Compression::Zstd,
            _ => Compression::Plain,
        }
    }

    /// Reads the name of a form that can be read: also those that become another form, as the list in an archive, a
    /// page or a JSON document does. The content of the file decides in the end.
    #[must_use]
    pub fn parse_input(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let (name, suffix) = text.split_once('.').unwrap_or((&text, ""));
        let name = match name {
            "xls" | "et" if suffix.is_empty() => "xlsx",
            "zip" if suffix.is_empty() => "csv",
            "htm" | "html" => "csv",
            "json" => "ndjson",
            other => other,
        };
        Self::parse(&if suffix.is_empty() { name.to_owned() } else { format!("{name}.{suffix}") })
    }

    /// Reads the extension of the name of an input.
    ///
    /// # Errors
    /// The extension is unknown, or compresses a format that is not text.
    pub fn of_input(path: &Path) -> Result<Self, FormatError> {
        Self::read_path(path, Self::parse_input)
    }

    /// Reads the extension of a file name.
    ///
    /// # Errors
    /// The extension is unknown, or compresses a format that is not text.
    pub fn from_path(path: &Path) -> Result<Self, FormatError> {
        Self::read_path(path, Self::parse)
    }

    fn read_path(path: &Path, parse: fn(&str) -> Option<Self>) -> Result<Self, FormatError> {
        let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
        let (stem, compression) = match name.rsplit_once('.') {
            Some((stem, "gz")) => (stem, Compression::Gzip),
            Some((stem, "zst")) => (stem, Compression::Zstd),
            _ => (name.as_str(), Compression::Plain),
        };
        let ending = stem.rsplit_once('.').map_or("", |(_, ending)| ending);
        let Some(Self { format, .. }) = parse(ending) else {
            return Err(FormatError::Unknown(name));
        };
        if compression != Compression::Plain && !format.is_text() {
            return Err(FormatError::Compressed(name));
        }
        Ok(Self { format, compression })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_state_format_and_compression() {
        let of =
            |name: &str| FileType::from_path(Path::new(name)).map(|t| (t.format, t.compression));
        assert_eq!(of("a/客户.CSV"), Ok((FileFormat::Csv, Compression::Plain)));
        assert_eq!(of("x.2026.tsv.gz"), Ok((FileFormat::Tsv, Compression::Gzip)));
        assert_eq!(of("x.jsonl.zst"), Ok((FileFormat::Ndjson, Compression::Zstd)));
        assert!(matches!(of("x.gz"), Err(FormatError::Unknown(_))));
        assert!(matches!(of("x"), Err(FormatError::Unknown(_))));
        assert!(matches!(of("x.doc"), Err(FormatError::Unknown(_))));
        assert_eq!(of("客户.xlsx"), Ok((FileFormat::Xlsx, Compression::Plain)));
        assert_eq!(of("x.parquet"), Ok((FileFormat::Parquet, Compression::Plain)));
        assert!(matches!(of("x.parquet.gz"), Err(FormatError::Compressed(_))));
        assert_eq!(FileType::parse("xlsx.gz"), None);
        assert_eq!(FileType::parse("csv.gz").map(|t| t.compression), Some(Compression::Gzip));
    }
}
