//! The list to call while it is written.
//!
//! Owns the boundary between its two forms: delimited text, whose lines screeners have finished, and a workbook, whose
//! cells are written here. Each line gets the number of its row in the list. It decides nothing.

use super::target::{Finished, Target};
use super::text_rows::TextRows;
use super::xlsx::calls::CallWriter;
use super::xlsx::legend::Explanation;
use crate::error::ScreenError;
use crate::error::workbook::WorkbookError;
use crate::screen::job::Job;
use crate::screen::matches::{MatchLine, Matches};

/// An open list to call.
pub(crate) struct CallList {
    target: Target,
    /// The workbook; `None` for text.
    workbook: Option<Box<CallWriter>>,
    rows: u64,
}

impl CallList {
    /// Begins the list with its header.
    ///
    /// # Errors
    /// The target cannot be written.
    pub(crate) fn begin(
        mut target: Target,
        matches: &Matches,
        job: &Job<'_>,
        bom: bool,
    ) -> Result<Self, ScreenError> {
        let names = matches.header(&job.columns, job.layout.lang);
        let workbook = match matches.delimiter {
            None => {
                let begun = CallWriter::new(&names, job.layout.lang);
                Some(Box::new(begun.map_err(|fault| workbook_error(&target, fault))?))
            }
            Some(delimiter) => {
                let header = TextRows::Delimited { delimiter }.header(&names, bom);
                target.write(&header)?;
                None
            }
        };
        Ok(Self { target, workbook, rows: 0 })
    }

    /// Writes a line; lines come in the order of the rows.
    ///
    /// # Errors
    /// The target cannot be written, or a sheet cannot hold the line.
    pub(crate) fn write(&mut self, number: u64, line: &MatchLine) -> Result<(), ScreenError> {
        self.rows += 1;
        match (&mut self.workbook, line) {
            (None, MatchLine::Text(text)) => {
                self.target.write(number.to_string().as_bytes())?;
                self.target.write(text)
            }
            (Some(workbook), MatchLine::Cells(cells, supports)) => workbook
                .write(number, cells, supports)
                .map_err(|fault| workbook_error(&self.target, fault)),
            // The job gives lines the form that the list has.
            _ => Err(ScreenError::Worker),
        }
    }

    /// Ends the list and syncs it to the disk; also the number of its lines.
    ///
    /// # Errors
    /// The target cannot be written.
    pub(crate) fn finish(
        mut self,
        explanation: &Explanation<'_>,
    ) -> Result<(Finished, u64), ScreenError> {
        if let Some(workbook) = self.workbook {
            workbook.finish(&mut self.target, explanation)?;
        }
        Ok((self.target.finish()?, self.rows))
    }
}

fn workbook_error(target: &Target, fault: WorkbookError) -> ScreenError {
    ScreenError::Workbook { path: target.path().to_owned(), fault }
}
