//! What a comparison of two rule books on a list is asked to do.
//!
//! Owns [`BookComparisonOptions`] as plain data, and the screening that reads the list in the same way. It does nothing.

use crate::job::options::Options;
use crate::read::input::Input;
use crate::screen::questions::MissingColumn;
use crate::table::format::{Compression, FileFormat, FileType};
use crate::table::header::ColumnMapping;
use crate::table::limits::Limits;
use crate::write::target::Destination;
use crate::write::temporary_file::Mode;
use export_advisor_core::wording::Lang;
use jiff::civil::Date;

/// Which list is compared under two rule books, and where the result goes.
#[derive(Clone, Debug)]
pub struct BookComparisonOptions {
    /// The list.
    pub input: Input,
    /// The file type of the list.
    pub input_type: FileType,
    /// The day for which windows are evaluated.
    pub as_of: Date,
    /// The language of labels and messages.
    pub lang: Lang,
    /// The ids of the compared supports, in either book; none for all.
    pub supports: Vec<String>,
    /// The column that names firms in the details; `None` for that of the credit code, if there is one.
    pub key: Option<String>,
    /// Mappings of columns to facts of either book.
    pub map: Vec<ColumnMapping>,
    /// The sheet of a workbook; `None` for the first that is not hidden.
    pub sheet: Option<String>,
    /// The row of the header as spreadsheets number it; `None` if it is to be found.
    pub header_row: Option<usize>,
    /// The encoding of a text; `None` if it is to be detected.
    pub encoding: Option<String>,
    /// The delimiter of a text; `None` if it is to be detected.
    pub delimiter: Option<u8>,
    /// The number of threads.
    pub workers: usize,
    /// The limits on the input and the outputs.
    pub limits: Limits,
    /// The permissions of the files that are written.
    pub mode: Mode,
    /// Where the lines of the moved firms go, and their file type.
    pub details: Option<(Destination, FileType)>,
    /// Where the counts go.
    pub digest: Option<(Destination, DigestFormat)>,
    /// Counts of firms below this and above zero are hidden in the digest; 0 hides none.
    pub hide_below: u64,
}

/// The form of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestFormat {
    /// For programs.
    Json,
    /// One page with charts and no script.
    Html,
}

impl BookComparisonOptions {
    /// The screening that reads the list in the same way and writes nothing.
    pub(crate) fn screening(&self, supports: Vec<usize>) -> Options {
        Options {
            input: self.input.clone(),
            input_type: self.input_type,
            output: Destination::Discard,
            output_type: FileType { format: FileFormat::Csv, compression: Compression::Plain },
            as_of: self.as_of,
            lang: self.lang,
            supports,
            derive: Vec::new(),
            excluded_by: false,
            missing: MissingColumn::None,
            ask_next: false,
            keep_refused: false,
            map: self.map.clone(),
            sheet: self.sheet.clone(),
            header_row: self.header_row,
            encoding: self.encoding.clone(),
            delimiter: self.delimiter,
            bom: true,
            workers: self.workers,
            matches: None,
            report: None,
            summary: None,
            limits: self.limits,
            mode: self.mode,
        }
    }
}
