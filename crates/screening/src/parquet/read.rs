//! A Parquet file as batches of columns.
//!
//! Owns opening and the size of what is handed on. Columns of text that the file keeps as a dictionary are
//! read as one, so that each different text is read once and passed on by number. Decoding happens in
//! order, on the thread that reads.

use super::TableError;
use super::groups::{self, Groups, WholeGroup};
use super::guard::guarded;
use super::pages::{self, PageError, Pages};
use super::values::{has_text, parts};
use crate::error::ScreenError;
use crate::header::Columns;
use crate::input::Meter;
use crate::limits::{Growth, Limit, Limits};
use crate::reader::Body;
use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use export_advisor_core::wording::Lang;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::schema::types::TypePtr;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Rows that are decoded at once.
const BATCH: usize = 4096;

/// Rows that are handed on at once: a row group of the output.
const GROUP: usize = 1 << 15;

/// Bytes of text that are handed on at once, so that wide rows fill no memory.
pub(super) const GROUP_BYTES: usize = 4 << 20;

/// The most bytes that a batch is decoded to, beside the pages that its texts stand in.
const BATCH_BYTES: u64 = 64 << 20;

/// From so many row groups on they are decoded as one: each alone would cost more than its rows.
pub(super) const MANY_GROUPS: usize = 1024;

/// A Parquet file that is being read.
pub struct ParquetReader {
    path: PathBuf,
    file: File,
    found: ArrowReaderMetadata,
    /// The row groups that are decoded together, and the rows at once.
    groups: std::vec::IntoIter<Vec<usize>>,
    batch: usize,
    batches: Option<ParquetRecordBatchReader>,
    /// Parts of the batch that was decoded last, each with the size of its texts.
    parts: VecDeque<(RecordBatch, usize)>,
    growth: Growth,
    columns: Vec<String>,
    schema: SchemaRef,
    rows: u64,
    passed: u64,
    bytes: u64,
    meter: Meter,
    /// Where the row groups lie, if all can be copied.
    ranges: Option<Vec<Range<u64>>>,
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
    /// Opens a file, and looks at all sizes that it states.
    ///
    /// # Errors
    /// It is no Parquet file, is damaged, uses what is not known, or unpacks to more than is read.
    pub fn open(
        path: PathBuf,
        file: File,
        limits: &Limits,
        meter: &Meter,
    ) -> Result<Self, ScreenError> {
        guarded(&path.clone(), || Self::opened(path, file, limits, meter))
    }

    fn opened(
        path: PathBuf,
        file: File,
        limits: &Limits,
        meter: &Meter,
    ) -> Result<Self, ScreenError> {
        let failed = |fault| ScreenError::Table { path: path.clone(), fault };
        let reading = |error| failed(TableError::reading(error));
        let beyond = || ScreenError::limit(&path);
        let bytes = file.metadata().map_err(ScreenError::io(&path))?.len();
        if bytes == 0 {
            return Err(ScreenError::Empty(path));
        }
        let footer = footer(&file, bytes).map_err(ScreenError::io(&path))?;
        limits.check(Limit::Footer, footer).map_err(beyond())?;
        let found = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(reading)?;
        let schema = Arc::clone(found.schema());
        if schema.fields().is_empty() {
            return Err(failed(TableError::NoColumns));
        }
        let metadata = Arc::clone(found.metadata());
        let leaves = metadata.file_metadata().schema_descr().num_columns();
        limits.check(Limit::Columns, leaves).map_err(beyond())?;
        let growth = Growth::unpacked(limits, meter);
        let pages = pages::scan(&file, &metadata, &growth).map_err(|error| match error {
            PageError::Table(fault) => failed(fault),
            PageError::Exceeded(exceeded) => beyond()(exceeded),
        })?;
        let rows = metadata.row_groups().iter().map(|group| group.num_rows()).sum::<i64>();
        let many = metadata.num_row_groups() > MANY_GROUPS;
        let options = ArrowReaderOptions::new().with_schema(as_read(&found, &pages, many));
        let found = ArrowReaderMetadata::try_new(Arc::clone(&metadata), options);
        let found = found.map_err(reading)?;
        let width = found.schema().fields().iter().map(|field| width(field.data_type()));
        let width = width.sum::<u64>() + pages.longest_shared.iter().sum::<u64>();
        let batch = usize::try_from(BATCH_BYTES / width.max(1)).unwrap_or(BATCH).clamp(1, BATCH);
        let groups = 0..metadata.num_row_groups();
        // A dictionary is of one row group: those of two in one batch would be written out.
        let groups =
            if many { vec![groups.collect()] } else { groups.map(|at| vec![at]).collect() };
        let ranges = groups::ranges(&metadata);
        let columns = schema.fields().iter().map(|field| field.name().clone()).collect();
        let rows = u64::try_from(rows).unwrap_or(0);
        let meter = meter.clone();
        Ok(Self {
            path,
            file,
            found,
            groups: groups.into_iter(),
            batch,
            batches: None,
            parts: VecDeque::new(),
            growth,
            columns,
            schema,
            rows,
            passed: 0,
            bytes,
            meter,
            ranges,
            handed: Handed::Batches,
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
        self.found.parquet_schema().root_schema().get_fields()
    }

    /// Hands on row groups from here on, for a Parquet output. Only the wanted columns are decoded where
    /// groups are copied.
    ///
    /// # Errors
    /// The file cannot be opened once more.
    pub fn hand_on_groups(
        &mut self,
        wanted: impl Iterator<Item = usize>,
    ) -> Result<(), ScreenError> {
        self.handed = match self.ranges.take() {
            Some(ranges) => {
                let (path, found) = (self.path.clone(), self.found.clone());
                let file = self.file.try_clone().map_err(ScreenError::io(&path))?;
                let growth = self.growth.clone();
                Handed::Whole(Groups::new(path, file, found, ranges, wanted, self.batch, growth))
            }
            None => Handed::Groups,
        };
        Ok(())
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
        let read = self.found.schema();
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
        let (mut found, mut rows, mut bytes) = (Vec::new(), 0, 0);
        while let Some((part, text)) = self.part()? {
            self.growth.add(text as u64).map_err(ScreenError::limit(&self.path))?;
            rows += part.num_rows();
            bytes += text;
            found.push(part);
            let few = matches!(self.handed, Handed::Batches);
            if few || rows >= GROUP || bytes >= GROUP_BYTES {
                break;
            }
        }
        self.passes(rows as u64);
        Ok((!found.is_empty()).then_some(Body::Batches(found)))
    }

    /// Some rows, and the size of their texts.
    fn part(&mut self) -> Result<Option<(RecordBatch, usize)>, ScreenError> {
        let path = self.path.clone();
        guarded(&path, || {
            let reading = |fault| ScreenError::Table { path: path.clone(), fault };
            loop {
                if let Some(part) = self.parts.pop_front() {
                    return Ok(Some(part));
                }
                if let Some(batch) = self.batches.as_mut().and_then(Iterator::next) {
                    let batch = batch.map_err(TableError::reading).map_err(reading)?;
                    self.parts.extend(parts(&batch, GROUP_BYTES));
                    continue;
                }
                let Some(groups) = self.groups.next() else { return Ok(None) };
                let file = self.file.try_clone().map_err(ScreenError::io(&path))?;
                let found = self.found.clone();
                let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(file, found)
                    .with_row_groups(groups)
                    .with_batch_size(self.batch)
                    .build();
                self.batches = Some(batches.map_err(TableError::reading).map_err(reading)?);
            }
        })
    }

    fn passes(&mut self, rows: u64) {
        self.passed += rows;
        self.meter.reach((self.bytes / self.rows.max(1)).saturating_mul(self.passed));
    }
}

/// The size of the table of contents, as the end of the file states it; 0 where the end is none of a Parquet file, or
/// states more than the file has: the library then says that it is no such file, or a damaged one.
fn footer(mut file: &File, bytes: u64) -> std::io::Result<usize> {
    let Some(at) = bytes.checked_sub(8) else { return Ok(0) };
    let (mut size, mut magic) = ([0; 4], [0; 4]);
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut size)?;
    file.read_exact(&mut magic)?;
    let size = u32::from_le_bytes(size);
    let is_whole = &magic == b"PAR1" && u64::from(size) <= at;
    Ok(if is_whole { size as usize } else { 0 })
}

/// The types in which the columns are read: text as a dictionary where the file has it so on every page, else, as
/// bytes are, by where it stands in its page, so that a text that is repeated takes no memory each time.
fn as_read(found: &ArrowReaderMetadata, pages: &Pages, many: bool) -> SchemaRef {
    let (schema, metadata) = (found.schema(), found.metadata());
    let leaves = metadata.file_metadata().schema_descr();
    let mut of_columns = vec![0; schema.fields().len()];
    for leaf in (0..leaves.num_columns()).rev() {
        if let Some(first) = of_columns.get_mut(leaves.get_column_root_idx(leaf)) {
            *first = leaf;
        }
    }
    let fields = schema.fields().iter().zip(of_columns).map(|(field, leaf)| {
        let text =
            matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        if text && !many && pages.is_dictionary(leaf) {
            let text = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            field.as_ref().clone().with_data_type(text)
        } else {
            in_place(field)
        }
    });
    let fields: Vec<Field> = fields.collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// A field whose texts and bytes are read by where they stand.
fn in_place(field: &Field) -> Field {
    use DataType as D;
    let within = |item: &Field| Arc::new(in_place(item));
    let kind = match field.data_type() {
        D::Utf8 | D::LargeUtf8 => D::Utf8View,
        D::Binary | D::LargeBinary => D::BinaryView,
        D::List(item) => D::List(within(item)),
        D::LargeList(item) => D::LargeList(within(item)),
        D::FixedSizeList(item, size) => D::FixedSizeList(within(item), *size),
        D::Map(entries, sorted) => D::Map(within(entries), *sorted),
        D::Struct(fields) => D::Struct(fields.iter().map(|field| within(field)).collect()),
        other => other.clone(),
    };
    field.clone().with_data_type(kind)
}

/// The bytes of a decoded value.
fn width(kind: &DataType) -> u64 {
    use DataType as D;
    /// Where a text stands, or the items of a list.
    const PLACE: u64 = 16;
    match kind {
        D::FixedSizeBinary(size) => u64::try_from(*size).unwrap_or(0),
        D::FixedSizeList(item, size) => {
            u64::try_from(*size).unwrap_or(0).saturating_mul(width(item.data_type()))
        }
        D::Struct(fields) => fields.iter().map(|field| width(field.data_type())).sum(),
        _ => PLACE,
    }
}
