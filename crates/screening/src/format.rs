//! The forms of files, and how a name tells them.
//!
//! Owns the list of formats that can be read and written, and of packings of text files. In go a file
//! name or the word of an option, out comes a [`FileType`] or what can be written instead. It opens
//! nothing.

use std::path::Path;

/// The form of a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Values parted by a delimiter, a header in the first line.
    Csv,
    /// The same, parted by tabs.
    Tsv,
    /// One JSON object a line.
    Ndjson,
    /// A workbook; its first visible sheet is the list.
    Xlsx,
    /// Columns of values with types.
    Parquet,
}

impl Format {
    /// The word of `--from` and `--to`, which is the ending of file names too.
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

    /// Whether it is text, which may be packed and piped.
    #[must_use]
    pub const fn is_text(self) -> bool {
        match self {
            Self::Csv | Self::Tsv | Self::Ndjson => true,
            Self::Xlsx | Self::Parquet => false,
        }
    }
}

/// How a text file is packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Packing {
    /// Not at all.
    #[default]
    Plain,
    /// `.gz`.
    Gzip,
    /// `.zst`.
    Zstd,
}

/// Form and packing of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileType {
    /// The form.
    pub format: Format,
    /// The packing.
    pub packing: Packing,
}

/// Why a name does not tell what a file is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The ending is none that is known.
    #[error(
        "`{0}` does not say what form it has: name it .csv, .tsv, .xlsx, .ndjson, .parquet, .csv.gz, .csv.zst …, or give its form with --from or --to"
    )]
    Unknown(String),
    /// A form that is not text cannot be packed again.
    #[error("`{0}` cannot be packed: write it without .gz or .zst")]
    Packed(String),
}

impl FileType {
    /// Delimited text, not packed.
    pub const CSV: Self = Self { format: Format::Csv, packing: Packing::Plain };
    /// A JSON object a line, not packed.
    pub const NDJSON: Self = Self { format: Format::Ndjson, packing: Packing::Plain };

    /// The word that means this, such as `csv.gz`.
    #[must_use]
    pub fn as_str(self) -> String {
        let ending = match self.packing {
            Packing::Plain => "",
            Packing::Gzip => ".gz",
            Packing::Zstd => ".zst",
        };
        format!("{}{ending}", self.format.as_str())
    }

    /// What a word such as `csv` or `csv.gz` means.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let (word, packing) = match word.rsplit_once('.') {
            Some((inner, "gz")) => (inner, Packing::Gzip),
            Some((inner, "zst")) => (inner, Packing::Zstd),
            _ => (word.as_str(), Packing::Plain),
        };
        let format = match word {
            "csv" | "txt" => Format::Csv,
            "tsv" | "tab" => Format::Tsv,
            "ndjson" | "jsonl" => Format::Ndjson,
            "xlsx" | "xlsm" => Format::Xlsx,
            "parquet" => Format::Parquet,
            _ => return None,
        };
        if packing != Packing::Plain && !format.is_text() {
            return None;
        }
        Some(Self { format, packing })
    }

    /// The packing that a file's name tells.
    #[must_use]
    pub fn packing_of(path: &Path) -> Packing {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("gz") => Packing::Gzip,
            Some("zst") => Packing::Zstd,
            _ => Packing::Plain,
        }
    }

    /// What a file's name says of it.
    ///
    /// # Errors
    /// The name has another ending.
    pub fn of_path(path: &Path) -> Result<Self, FormatError> {
        let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
        let (stem, packing) = match name.rsplit_once('.') {
            Some((stem, "gz")) => (stem, Packing::Gzip),
            Some((stem, "zst")) => (stem, Packing::Zstd),
            _ => (name.as_str(), Packing::Plain),
        };
        let ending = stem.rsplit_once('.').map_or("", |(_, ending)| ending);
        let Some(Self { format, .. }) = Self::of_word(ending) else {
            return Err(FormatError::Unknown(name));
        };
        if packing != Packing::Plain && !format.is_text() {
            return Err(FormatError::Packed(name));
        }
        Ok(Self { format, packing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_form_and_packing() {
        let of = |name: &str| FileType::of_path(Path::new(name)).map(|t| (t.format, t.packing));
        assert_eq!(of("a/客户.CSV"), Ok((Format::Csv, Packing::Plain)));
        assert_eq!(of("x.2026.tsv.gz"), Ok((Format::Tsv, Packing::Gzip)));
        assert_eq!(of("x.jsonl.zst"), Ok((Format::Ndjson, Packing::Zstd)));
        assert!(matches!(of("x.gz"), Err(FormatError::Unknown(_))));
        assert!(matches!(of("x"), Err(FormatError::Unknown(_))));
        assert!(matches!(of("x.doc"), Err(FormatError::Unknown(_))));
        assert_eq!(of("客户.xlsx"), Ok((Format::Xlsx, Packing::Plain)));
        assert_eq!(of("x.parquet"), Ok((Format::Parquet, Packing::Plain)));
        assert!(matches!(of("x.parquet.gz"), Err(FormatError::Packed(_))));
        assert_eq!(FileType::of_word("xlsx.gz"), None);
        assert_eq!(FileType::of_word("csv.gz").map(|t| t.packing), Some(Packing::Gzip));
    }
}
