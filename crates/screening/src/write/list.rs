//! A list of texts in any format: one header, then rows, in order.
//!
//! Owns the form of a list that is made by the program and not by adding columns to another: the list of changes.
//! Files for people (delimited text, workbooks) have labels as the caller words them; those for programs (NDJSON,
//! Parquet) have stable names, and null where a text is blank.

use super::target::{Finished, Target};
use super::text_rows::TextRows;
use super::xlsx::list::XlsxList;
use crate::error::ScreenError;
use crate::parquet::ParquetList;
use crate::table::format::{FileFormat, FileType};
use jiff::civil::Date;

/// A list that is being written.
pub(crate) struct ListWriter {
    form: Form,
    buffer: Vec<u8>,
}

enum Form {
    Text(Target, TextRows),
    Xlsx(Box<XlsxList>, Target),
    Parquet(Box<ParquetList<Target>>),
}

/// What a list is begun with.
pub(crate) struct ListHeader<'h> {
    /// The names of the columns in formats for programs.
    pub(crate) names: &'h [&'h str],
    /// Their labels in files for people.
    pub(crate) labels: &'h [&'h str],
    /// The name of the sheet of a workbook.
    pub(crate) title: &'h str,
    /// The day that a workbook states as that of its creation.
    pub(crate) as_of: Date,
    /// The version of the rule book, which a workbook states among its properties.
    pub(crate) rulebook: &'h str,
    /// Whether delimited text begins with a byte-order mark.
    pub(crate) bom: bool,
}

impl ListWriter {
    /// Begins a list with its header.
    ///
    /// # Errors
    /// The target cannot be written.
    pub(crate) fn begin(
        mut target: Target,
        file_type: FileType,
        header: &ListHeader<'_>,
    ) -> Result<Self, ScreenError> {
        let path = target.path().to_owned();
        let delimiter = if file_type.format == FileFormat::Tsv { b'\t' } else { b',' };
        let form = match file_type.format {
            FileFormat::Csv | FileFormat::Tsv => {
                let rows = TextRows::Delimited { delimiter };
                target.write(&rows.header(header.labels, header.bom))?;
                Form::Text(target, rows)
            }
            FileFormat::Ndjson => Form::Text(target, TextRows::json(header.names)),
            FileFormat::Xlsx => {
                let begun = XlsxList::new(header);
                let list = begun.map_err(|fault| ScreenError::Workbook { path, fault })?;
                Form::Xlsx(Box::new(list), target)
            }
            FileFormat::Parquet => {
                let begun = ParquetList::new(header.names, path.clone(), target);
                let list = begun.map_err(|fault| ScreenError::Parquet { path, fault })?;
                Form::Parquet(Box::new(list))
            }
        };
        Ok(Self { form, buffer: Vec::new() })
    }

    /// Whether people read it, rather than programs.
    pub(crate) fn is_for_people(&self) -> bool {
        match &self.form {
            Form::Text(_, rows) => rows.is_for_people(),
            Form::Xlsx(..) => true,
            Form::Parquet(_) => false,
        }
    }

    /// Writes a row, a text a column.
    ///
    /// # Errors
    /// The target cannot be written, or a sheet cannot hold the row.
    pub(crate) fn write(&mut self, row: &[&str]) -> Result<(), ScreenError> {
        match &mut self.form {
            Form::Text(target, rows) => {
                self.buffer.clear();
                rows.write(row, &mut self.buffer);
                target.write(&self.buffer)
            }
            Form::Xlsx(list, target) => list.write(row).map_err(|fault| {
                let path = target.path().to_owned();
                ScreenError::Workbook { path, fault }
            }),
            Form::Parquet(list) => list
                .write(row)
                .map_err(|fault| ScreenError::Parquet { path: list.path().to_owned(), fault }),
        }
    }

    /// Ends the list and syncs it to the disk; [`Finished::commit`] then gives it its name.
    ///
    /// # Errors
    /// The target cannot be written.
    pub(crate) fn finish(self) -> Result<Finished, ScreenError> {
        match self.form {
            Form::Text(target, _) => target.finish(),
            Form::Xlsx(list, mut target) => {
                list.finish(&mut target)?;
                target.finish()
            }
            Form::Parquet(list) => {
                let path = list.path().to_owned();
                let target = list.finish();
                target.map_err(|fault| ScreenError::Parquet { path, fault })?.finish()
            }
        }
    }
}
