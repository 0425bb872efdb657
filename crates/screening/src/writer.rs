//! Rows to files, in order.
//!
//! Owns the boundary that every output format stands behind. Each chunk comes in the form
//! that the format wants, an [`Output`]: text formats as finished bytes, which the [`Writer`] only
//! passes on, others as cells and verdicts, which it writes itself, in order. The file appears under its
//! name only when everything is on the disk, after [`Writer::complete`].

use super::cells::Cells;
use super::error::ScreenError;
use super::format::Format;
use super::layout::Layout;
use super::output::{Complete, Target};
use super::parquet::{Encoded, ParquetWriter, guarded};
use super::screener::Task;
use super::verdicts::Verdicts;
use super::xlsx::{About, XlsxWriter};
use std::path::{Path, PathBuf};

/// A screened chunk in the form that a writer takes.
#[derive(Debug)]
pub enum Output {
    /// Finished text.
    Text(Vec<u8>),
    /// Cells with what was found out of them.
    Table(Box<Screened>),
    /// A row group that is encoded already.
    RowGroup(Encoded),
}

/// Rows with what was found out of them.
#[derive(Clone, Debug)]
pub struct Screened {
    /// The rows.
    pub cells: Cells<'static>,
    /// What was found out.
    pub verdicts: Verdicts,
}

/// An open output.
pub enum Writer<'a> {
    /// Text.
    Text(Target),
    /// A workbook.
    Xlsx(Box<XlsxWriter>, Target),
    /// A Parquet file.
    Parquet(Box<ParquetWriter<'a, Target>>, PathBuf),
}

impl<'a> Writer<'a> {
    /// Begins an output with its head: `head` for text, the names of columns for others.
    ///
    /// # Errors
    /// The target cannot be written, or cannot hold so many columns.
    pub fn begin(
        mut target: Target,
        format: Format,
        head: &[u8],
        task: &'a Task<'_>,
    ) -> Result<Self, ScreenError> {
        let path = target.path().to_owned();
        match (format, &task.parquet) {
            (Format::Xlsx, _) => {
                let begun = XlsxWriter::new(task.plan, &task.columns, &task.layout);
                let writer = begun.map_err(|fault| ScreenError::Book { path, fault })?;
                Ok(Self::Xlsx(Box::new(writer), target))
            }
            (Format::Parquet, Some(form)) => match ParquetWriter::new(form, target) {
                Ok(writer) => Ok(Self::Parquet(Box::new(writer), path)),
                Err(fault) => Err(ScreenError::Table { path, fault }),
            },
            _ => {
                target.write(head)?;
                Ok(Self::Text(target))
            }
        }
    }

    /// Writes a chunk; chunks come in order. Gives the memory of its text back, to be used again.
    ///
    /// # Errors
    /// The target cannot be written, or cannot hold the rows.
    pub fn write(&mut self, output: Output, layout: &Layout) -> Result<Vec<u8>, ScreenError> {
        match (self, output) {
            (Self::Text(target), Output::Text(text)) => {
                target.write(&text)?;
                return Ok(text);
            }
            (Self::Xlsx(writer, target), Output::Table(rows)) => {
                let written = writer.write(&rows.cells, &rows.verdicts, layout);
                written.map_err(|fault| ScreenError::Book { path: target.path().to_owned(), fault })
            }
            (Self::Parquet(writer, _), Output::RowGroup(encoded))
                if let Some(input) = encoded.input().map(Path::to_owned) =>
            {
                // What is copied is as the input has it: a damaged one may show only here.
                let fail = |fault| ScreenError::Table { path: input.clone(), fault };
                guarded(&input, || writer.append(encoded).map_err(fail))
            }
            (Self::Parquet(writer, path), output) => {
                let written = match output {
                    Output::RowGroup(encoded) => writer.append(encoded),
                    Output::Table(rows) => writer.add(&rows.cells, &rows.verdicts, layout),
                    Output::Text(_) => return Err(ScreenError::Worker),
                };
                written.map_err(|fault| ScreenError::Table { path: path.clone(), fault })
            }
            // A chunk has the form that the writer takes: see `run::prepare`.
            _ => Err(ScreenError::Worker),
        }?;
        Ok(Vec::new())
    }

    /// Ends the file and brings it to the disk; [`Complete::keep`] then gives it its name.
    ///
    /// # Errors
    /// The target cannot be written.
    pub fn complete(self, about: &About<'_>) -> Result<Complete, ScreenError> {
        match self {
            Self::Text(target) => target.complete(),
            Self::Xlsx(writer, mut target) => {
                writer.finish(&mut target, about)?;
                target.complete()
            }
            Self::Parquet(writer, path) => match writer.finish() {
                Ok(target) => target.complete(),
                Err(fault) => Err(ScreenError::Table { path, fault }),
            },
        }
    }
}
