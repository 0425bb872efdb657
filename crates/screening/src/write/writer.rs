//! Screened chunks to an output, in order.
//!
//! Owns the boundary that every output format is behind. A chunk comes in the form that the format needs, an
//! [`Output`]: text formats as finished bytes, which the [`Writer`] passes on, others as cells with their added
//! columns, which it writes. The file gets its name when everything is on the disk, after [`Writer::finish`].

use super::target::{Finished, Target};
use super::xlsx::legend::Explanation;
use super::xlsx::writer::XlsxWriter;
use crate::error::ScreenError;
use crate::error::workbook::WorkbookError;
use crate::parquet::{ParquetWriter, guarded};
use crate::screen::job::Job;
use crate::screen::layout::Layout;
use crate::screen::screened::Output;
use crate::table::format::FileFormat;
use std::path::{Path, PathBuf};

/// An open output.
pub(crate) enum Writer<'a> {
    /// Text.
    Text(Target),
    /// A workbook.
    Xlsx(Box<XlsxWriter>, Target),
    /// A Parquet file.
    Parquet(Box<ParquetWriter<'a, Target>>, PathBuf),
}

impl<'a> Writer<'a> {
    /// Begins an output with its header: `header` for text, the names of columns for other formats.
    ///
    /// # Errors
    /// The target cannot be written, or cannot hold so many columns.
    pub(crate) fn begin(
        mut target: Target,
        format: FileFormat,
        header: &[u8],
        job: &'a Job<'_>,
    ) -> Result<Self, ScreenError> {
        let path = target.path().to_owned();
        match (format, &job.parquet) {
            (FileFormat::Xlsx, _) => {
                let begun = XlsxWriter::new(job.plan, &job.columns, &job.layout);
                let writer = begun.map_err(|fault| ScreenError::Workbook { path, fault })?;
                Ok(Self::Xlsx(Box::new(writer), target))
            }
            (FileFormat::Parquet, Some(schema)) => match ParquetWriter::new(schema, target) {
                Ok(writer) => Ok(Self::Parquet(Box::new(writer), path)),
                Err(fault) => Err(ScreenError::Parquet { path, fault }),
            },
            _ => {
                target.write(header)?;
                Ok(Self::Text(target))
            }
        }
    }

    /// Writes a chunk; chunks come in order. Gives the buffer of its text back.
    ///
    /// # Errors
    /// The target cannot be written, or cannot hold the rows.
    pub(crate) fn write(
        &mut self,
        output: Output,
        layout: &Layout,
    ) -> Result<Vec<u8>, ScreenError> {
        match (self, output) {
            (Self::Text(target), Output::Text(text)) => {
                target.write(&text)?;
                return Ok(text);
            }
            (Self::Xlsx(writer, target), Output::Rows(rows)) => {
                let fail = |fault: WorkbookError| {
                    let path = target.path().to_owned();
                    ScreenError::Workbook { path, fault }
                };
                writer.write(&rows.cells, &rows.added, layout).map_err(fail)
            }
            (Self::Parquet(writer, _), Output::RowGroup(group))
                if let Some(input) = group.input().map(Path::to_owned) =>
            {
                // The group is copied as it is in the input, so damage of the input may show only here.
                let fail = |fault| ScreenError::Parquet { path: input.clone(), fault };
                guarded(&input, || writer.append(group).map_err(fail))
            }
            (Self::Parquet(writer, path), output) => {
                let written = match output {
                    Output::RowGroup(group) => writer.append(group),
                    Output::Rows(rows) => writer.add(&rows.cells, &rows.added, layout),
                    Output::Text(_) | Output::Clients(_) | Output::Moves(_) => {
                        return Err(ScreenError::Worker);
                    }
                };
                written.map_err(|fault| ScreenError::Parquet { path: path.clone(), fault })
            }
            // The job gives chunks the form that the writer takes.
            _ => Err(ScreenError::Worker),
        }?;
        Ok(Vec::new())
    }

    /// Ends the file and syncs it to the disk; [`Finished::commit`] then gives it its name.
    ///
    /// # Errors
    /// The target cannot be written.
    pub(crate) fn finish(self, explanation: &Explanation<'_>) -> Result<Finished, ScreenError> {
        match self {
            Self::Text(target) => target.finish(),
            Self::Xlsx(writer, mut target) => {
                writer.finish(&mut target, explanation)?;
                target.finish()
            }
            Self::Parquet(writer, path) => match writer.finish() {
                Ok(target) => target.finish(),
                Err(fault) => Err(ScreenError::Parquet { path, fault }),
            },
        }
    }
}
