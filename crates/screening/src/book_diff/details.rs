//! The lines of the moved firms.
//!
//! Owns the columns of the file of details: the row and the key of the firm, the support, its status and what excludes the
//! firm by both books, the criteria that moved it, and the sentences that it cites; `words` has the cells. Lines come in
//! the order of the rows; nothing is held back.

use super::books::Books;
use super::comparer::MovedFirm;
use crate::error::ScreenError;
use crate::table::format::FileType;
use crate::write::list::{ListHeader, ListWriter};
use crate::write::target::{Destination, Finished, Target};
use crate::write::temporary_file::Mode;
use export_advisor_core::wording::Lang;

/// The names of the columns in formats for programs.
const COLUMNS: [&str; 11] = [
    "row",
    "key",
    "support",
    "title",
    "before",
    "after",
    "excluded_by_before",
    "excluded_by_after",
    "causes",
    "sentences",
    "text",
];

/// The names of the columns in files for people.
const fn labels(lang: Lang) -> [&'static str; 11] {
    match lang {
        Lang::Zh => [
            "行",
            "企业",
            "支持事项",
            "名称",
            "原状态",
            "新状态",
            "原先因何不适用",
            "现在因何不适用",
            "起因的条件",
            "句",
            "原文",
        ],
        Lang::En => [
            "row",
            "firm",
            "support",
            "title",
            "before",
            "after",
            "excluded by, before",
            "excluded by, after",
            "criteria that moved it",
            "sentences",
            "text",
        ],
    }
}

/// The file of details while it is written.
pub(crate) struct DetailsWriter {
    writer: ListWriter,
    lines: u64,
}

impl DetailsWriter {
    /// Begins the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn begin(
        books: &Books<'_>,
        (destination, file_type): &(Destination, FileType),
        mode: Mode,
    ) -> Result<Self, ScreenError> {
        let target = Target::open(destination, file_type.compression, mode)?;
        let labels = labels(books.lang);
        let title = match books.lang {
            Lang::Zh => "状态变动",
            Lang::En => "Moves",
        };
        let (as_of, rulebook) = (books.as_of, &books.new.book.version);
        let header =
            ListHeader { names: &COLUMNS, labels: &labels, title, as_of, rulebook, bom: true };
        Ok(Self { writer: ListWriter::begin(target, *file_type, &header)?, lines: 0 })
    }

    /// Writes the lines of the firms of a chunk whose first row has a number.
    ///
    /// # Errors
    /// The file cannot be written, or a sheet cannot hold the lines.
    pub(crate) fn write(&mut self, firms: &[MovedFirm], first: u64) -> Result<(), ScreenError> {
        for firm in firms {
            let row = (first + firm.position as u64).to_string();
            for worded in &firm.moves {
                let firm = [row.as_str(), firm.key.as_str()].into_iter();
                let line: Vec<&str> = firm.chain(worded.cells.iter().map(String::as_str)).collect();
                self.writer.write(&line)?;
                self.lines += 1;
            }
        }
        Ok(())
    }

    /// Syncs the file, which has yet no name; and its lines.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn finish(self) -> Result<(Finished, u64), ScreenError> {
        Ok((self.writer.finish()?, self.lines))
    }
}
