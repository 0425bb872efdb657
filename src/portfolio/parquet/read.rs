//! A Parquet file as batches of columns.
//!
//! Owns opening and the size of what is handed on. Columns of text that the file keeps as a dictionary are
//! read as one, so that each different text is looked at once and passed on by number. Decoding happens in
//! order, on the thread that reads.

use super::TableError;
use super::groups::{self, Groups, WholeGroup};
use super::values::has_text;
use crate::portfolio::error::ScreenError;
use crate::portfolio::header::Columns;
use crate::portfolio::input::Meter;
use crate::portfolio::reader::Body;
use crate::wording::Lang;
use arrow_array::{RecordBatch, RecordBatchReader as _};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Encoding;
use parquet::schema::types::TypePtr;
use std::fs::File;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Rows that are decoded at once.
const BATCH: usize = 4096;

/// Rows that are handed on at once: a row group of the output.
const GROUP: usize = 1 << 15;

/// Bytes that are handed on at once, so that wide rows fill no memory.
const GROUP_BYTES: usize = 4 << 20;

/// A Parquet file that is being read.
pub struct ParquetReader {
    path: PathBuf,
    batches: ParquetRecordBatchReader,
    columns: Vec<String>,
    schema: SchemaRef,
    rows: u64,
    passed: u64,
    bytes: u64,
    meter: Meter,
    /// Where the row groups lie, if all can be copied.
    ranges: Option<Vec<Range<u64>>>,
    /// The file once more, and how it is decoded.
    again: Option<(File, ArrowReaderMetadata)>,
    /// What is handed on.
    handed: Handed,
}

/// What a file is handed on as.
enum Handed {
    /// Few rows at a time.
    Batches,
    /// As many as a row group of the output.
    Groups,
    /// The row groups of the file.
    Whole(Groups),
}

impl ParquetReader {
    /// Opens a file.
    ///
    /// # Errors
    /// It is no Parquet file, is damaged, or uses what is not known.
    pub fn open(path: PathBuf, file: File, meter: &Meter) -> Result<Self, ScreenError> {
        let failed = |fault| ScreenError::Table { path: path.clone(), fault };
        let reading = |error| failed(TableError::reading(error));
        let bytes = file.metadata().map_err(ScreenError::io(&path))?.len();
        if bytes == 0 {
            return Err(ScreenError::Empty(path));
        }
        let found = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(reading)?;
        let schema = Arc::clone(found.schema());
        if schema.fields().is_empty() {
            return Err(failed(TableError::NoColumns));
        }
        let metadata = Arc::clone(found.metadata());
        let rows = metadata.row_groups().iter().map(|group| group.num_rows()).sum::<i64>();
        let options = ArrowReaderOptions::new().with_schema(as_dictionaries(&found));
        let again = ArrowReaderMetadata::try_new(Arc::clone(&metadata), options);
        let found = again.map_err(reading)?;
        let again = file.try_clone().map_err(ScreenError::io(&path))?;
        let again = Some((again, found.clone()));
        let ranges = groups::ranges(&metadata);
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(file, found)
            .with_batch_size(BATCH)
            .build()
            .map_err(reading)?;
        let columns = schema.fields().iter().map(|field| field.name().clone()).collect();
        let rows = u64::try_from(rows).unwrap_or(0);
        let meter = meter.clone();
        let (passed, handed) = (0, Handed::Batches);
        Ok(Self {
            path,
            batches,
            columns,
            schema,
            rows,
            passed,
            bytes,
            meter,
            ranges,
            again,
            handed,
        })
    }

    /// Whether the row groups can be copied: none is too large.
    #[must_use]
    pub fn is_copied(&self) -> bool {
        self.ranges.is_some()
    }

    /// The types of the columns, as Parquet has them.
    #[must_use]
    pub fn fields(&self) -> &[TypePtr] {
        let again = self.again.as_ref();
        again.map_or(&[], |(_, found)| found.parquet_schema().root_schema().get_fields())
    }

    /// Hands on row groups from here on, for a Parquet output. Only the wanted columns are decoded where
    /// groups are copied.
    pub fn hand_on_groups(&mut self, wanted: impl Iterator<Item = usize>) {
        self.handed = match (self.ranges.take(), self.again.take()) {
            (Some(ranges), Some((file, found))) => {
                Handed::Whole(Groups::new(self.path.clone(), file, found, ranges, wanted, BATCH))
            }
            _ => Handed::Groups,
        };
    }

    /// The names of the columns.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The types of the columns, as the file gives them.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The text columns which the file does not keep as dictionaries: their values hardly repeat.
    pub fn plain(&self) -> impl Iterator<Item = &str> {
        let read = self.batches.schema();
        let text = |kind: &DataType| {
            matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
        };
        let fields = self.schema.fields().iter().enumerate();
        let plain = fields.filter(move |(place, field)| {
            let as_read = read.fields().get(*place);
            text(field.data_type()) && as_read.is_some_and(|field| text(field.data_type()))
        });
        plain.map(|(_, field)| field.name().as_str())
    }

    /// How many rows the file has.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Refuses columns whose type cannot be an answer, or, if all are needed as text, cannot be text.
    ///
    /// # Errors
    /// All such columns, in words.
    pub fn check(&self, columns: &Columns, all: bool, lang: Lang) -> Result<(), ScreenError> {
        let fields = self.schema.fields().iter().zip(&columns.facts);
        let wrong =
            fields.filter(|(field, fact)| (all || fact.is_some()) && !has_text(field.data_type()));
        let told: Vec<String> = wrong
            .map(|(field, fact)| {
                let (name, kind) = (field.name(), field.data_type());
                match (lang, fact.is_some()) {
                    (Lang::Zh, true) => format!(
                        "列“{name}”的类型是 {kind}，不能当作答案来读：请先转换成文本、数字、布尔或文本列表，或者加上 --map '{name}=-' 让它原样通过。"
                    ),
                    (Lang::En, true) => format!(
                        "the column `{name}` has type {kind}, which cannot be an answer: cast it to text, a number, a boolean or a list of text, or let it pass with --map '{name}=-'"
                    ),
                    (Lang::Zh, false) => format!(
                        "列“{name}”的类型是 {kind}，写不进文本或表格：请先转换成文本，或输出为 .parquet。"
                    ),
                    (Lang::En, false) => format!(
                        "the column `{name}` has type {kind}, which no text or sheet can hold: cast it to text, or write .parquet"
                    ),
                }
            })
            .collect();
        if told.is_empty() { Ok(()) } else { Err(ScreenError::Columns(told)) }
    }

    /// The next rows.
    ///
    /// # Errors
    /// The file is damaged.
    #[expect(clippy::should_implement_trait, reason = "an error ends it: no iterator")]
    pub fn next(&mut self) -> Result<Option<Body>, ScreenError> {
        if let Handed::Whole(groups) = &mut self.handed {
            let group = groups.next();
            let group =
                group.map_err(|fault| ScreenError::Table { path: self.path.clone(), fault })?;
            self.passes(group.as_ref().map_or(0, WholeGroup::rows));
            return Ok(group.map(Body::Group));
        }
        let (mut found, mut rows, mut bytes) = (Vec::<RecordBatch>::new(), 0, 0);
        while let Some(batch) = self.batches.next() {
            let batch = batch.map_err(|error| ScreenError::Table {
                path: self.path.clone(),
                fault: TableError::reading(error),
            })?;
            rows += batch.num_rows();
            bytes += batch.get_array_memory_size();
            found.push(batch);
            let few = matches!(self.handed, Handed::Batches);
            if few || rows >= GROUP || bytes >= GROUP_BYTES {
                break;
            }
        }
        self.passes(rows as u64);
        Ok((!found.is_empty()).then_some(Body::Batches(found)))
    }

    fn passes(&mut self, rows: u64) {
        self.passed += rows;
        self.meter.reach((self.bytes / self.rows.max(1)).saturating_mul(self.passed));
    }
}

/// The types in which the columns are read: text as a dictionary where the file has it so on every page.
fn as_dictionaries(found: &ArrowReaderMetadata) -> SchemaRef {
    let (schema, metadata) = (found.schema(), found.metadata());
    let leaves = metadata.file_metadata().schema_descr();
    let fields: Vec<Field> = (schema.fields().iter().enumerate())
        .map(|(place, field)| {
            let field = field.as_ref().clone();
            let text = matches!(
                field.data_type(),
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
            );
            let mut of_field =
                (0..leaves.num_columns()).filter(|at| leaves.get_column_root_idx(*at) == place);
            let Some(leaf) = of_field.next().filter(|_| text) else { return field };
            let whole = metadata.row_groups().iter().all(|group| {
                group.columns().get(leaf).is_some_and(|chunk| {
                    let mask = chunk.page_encoding_stats_mask();
                    mask.is_some_and(|mask| mask.is_only(Encoding::RLE_DICTIONARY))
                })
            });
            if whole && metadata.num_row_groups() > 0 {
                let text =
                    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
                field.with_data_type(text)
            } else {
                field
            }
        })
        .collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}
