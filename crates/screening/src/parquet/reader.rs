//! A Parquet file as batches of columns.
//!
//! Owns opening and the size of what is delivered. A text column that the file stores as a dictionary is read as
//! one, so that each different text is read once and referred to by number. Decoding happens in order, on the
//! thread that reads, unless row groups are delivered raw.

use super::chunk::ParquetChunk;
use super::pages::{PageError, Pages, scan};
use super::panic_guard::guarded;
use super::row_groups::{GROUP_BYTES, MAX_GROUPS, RawRowGroup, RawRowGroups, byte_ranges};
use super::values::{has_text, parts};
use crate::error::ScreenError;
use crate::error::parquet::ParquetError;
use crate::table::header::Columns;
use crate::table::limits::{Growth, Limit, Limits};
use crate::table::meter::Meter;
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

/// Rows that are delivered at once: a row group of the output.
const GROUP: usize = 1 << 15;

/// The most bytes of a decoded batch, beside the pages that its texts point into.
const BATCH_BYTES: u64 = 64 << 20;

/// A Parquet file that is being read.
pub(crate) struct ParquetReader {
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
    rows_read: u64,
    bytes: u64,
    meter: Meter,
    /// The byte ranges of the row groups, if all can be copied.
    ranges: Option<Vec<Range<u64>>>,
    /// The form of delivery.
    delivery: Delivery,
}

/// How rows are delivered.
enum Delivery {
    /// Few rows at once.
    Batches,
    /// As many rows as a row group of the output.
    RowGroups,
    /// The row groups of the file, as they are.
    Raw(RawRowGroups),
}

impl ParquetReader {
    /// Opens a file, and checks all sizes that it states.
    ///
    /// # Errors
    /// It is no Parquet file, is damaged, uses unknown features, or exceeds a limit.
    pub(crate) fn open(
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
        let failed = |fault| ScreenError::Parquet { path: path.clone(), fault };
        let reading = |error| failed(ParquetError::reading(error));
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
            return Err(failed(ParquetError::NoColumns));
        }
        let metadata = Arc::clone(found.metadata());
        let leaves = metadata.file_metadata().schema_descr().num_columns();
        limits.check(Limit::Columns, leaves).map_err(beyond())?;
        let growth = Growth::expansion(limits, meter);
        let pages = scan(&file, &metadata, &growth).map_err(|error| match error {
            PageError::Table(fault) => failed(fault),
            PageError::Exceeded(exceeded) => beyond()(exceeded),
        })?;
        let rows = metadata.row_groups().iter().map(|group| group.num_rows()).sum::<i64>();
        let many = metadata.num_row_groups() > MAX_GROUPS;
        let options = ArrowReaderOptions::new().with_schema(schema_to_read(&found, &pages, many));
        let found = ArrowReaderMetadata::try_new(Arc::clone(&metadata), options);
        let found = found.map_err(reading)?;
        let width = found.schema().fields().iter().map(|field| width(field.data_type()));
        let width = width.sum::<u64>() + pages.longest_shared.iter().sum::<u64>();
        let batch = usize::try_from(BATCH_BYTES / width.max(1)).unwrap_or(BATCH).clamp(1, BATCH);
        let groups = 0..metadata.num_row_groups();
        // A dictionary belongs to one row group: a batch of two groups would repeat all texts.
        let groups =
            if many { vec![groups.collect()] } else { groups.map(|group| vec![group]).collect() };
        let ranges = byte_ranges(&metadata);
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
            rows_read: 0,
            bytes,
            meter,
            ranges,
            delivery: Delivery::Batches,
        })
    }

    /// Whether the row groups can be copied: none is too large.
    pub(crate) fn is_copied(&self) -> bool {
        self.ranges.is_some()
    }

    /// Decodes all columns, and copies none.
    pub(crate) fn decode_all(&mut self) {
        self.ranges = None;
    }

    /// The types of the columns, as Parquet has them.
    pub(crate) fn fields(&self) -> &[TypePtr] {
        self.found.parquet_schema().root_schema().get_fields()
    }

    /// Delivers row groups from here on, for a Parquet output. Where groups are copied, only the wanted columns are
    /// decoded.
    ///
    /// # Errors
    /// The file cannot be opened once more.
    pub(crate) fn deliver_row_groups(
        &mut self,
        wanted: impl Iterator<Item = usize>,
    ) -> Result<(), ScreenError> {
        self.delivery = match self.ranges.take() {
            Some(ranges) => {
                let (path, found) = (self.path.clone(), self.found.clone());
                let file = self.file.try_clone().map_err(ScreenError::io(&path))?;
                let growth = self.growth.clone();
                Delivery::Raw(RawRowGroups::new(
                    path, file, found, ranges, wanted, self.batch, growth,
                ))
            }
            None => Delivery::RowGroups,
        };
        Ok(())
    }

    /// The names of the columns.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The types of the columns, as the file gives them.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The text columns that the file does not store as dictionaries: their values hardly repeat.
    pub(crate) fn plain(&self) -> impl Iterator<Item = &str> {
        let read = self.found.schema();
        let text = |kind: &DataType| {
            matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
        };
        let fields = self.schema.fields().iter().enumerate();
        let plain = fields.filter(move |(index, field)| {
            let read = read.fields().get(*index);
            text(field.data_type()) && read.is_some_and(|field| text(field.data_type()))
        });
        plain.map(|(_, field)| field.name().as_str())
    }

    /// How many rows the file has.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Refuses columns whose type cannot be an answer or the key, or, if all are needed as text, cannot be text.
    ///
    /// # Errors
    /// All such columns, in words.
    pub(crate) fn check(
        &self,
        columns: &Columns,
        key: Option<usize>,
        all: bool,
        lang: Lang,
    ) -> Result<(), ScreenError> {
        let fields = self.schema.fields().iter().zip(&columns.facts).enumerate();
        let wrong = fields.filter(|(column, (field, fact))| {
            let is_needed = all || fact.is_some() || Some(*column) == key;
            is_needed && !has_text(field.data_type())
        });
        let faults: Vec<String> = wrong
            .map(|(column, (field, fact))| {
                let (name, kind) = (field.name(), field.data_type());
                if fact.is_none() && Some(column) == key {
                    return match lang {
                        Lang::Zh => format!(
                            "列“{name}”的类型是 {kind}，不能用来核对客户：请先转换成文本，或用 --key 指明另一列。"
                        ),
                        Lang::En => format!(
                            "the column `{name}` has type {kind}, which cannot be the key of a client: cast it to text, or name another with --key"
                        ),
                    };
                }
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
        if faults.is_empty() { Ok(()) } else { Err(ScreenError::Columns(faults)) }
    }

    /// The next rows.
    ///
    /// # Errors
    /// The file is damaged.
    pub(crate) fn next(&mut self) -> Result<Option<ParquetChunk>, ScreenError> {
        if let Delivery::Raw(groups) = &mut self.delivery {
            let group = groups.next();
            let group =
                group.map_err(|fault| ScreenError::Parquet { path: self.path.clone(), fault })?;
            self.advance(group.as_ref().map_or(0, RawRowGroup::rows));
            return Ok(group.map(ParquetChunk::Group));
        }
        let (mut found, mut rows, mut bytes) = (Vec::new(), 0, 0);
        while let Some((part, text)) = self.part()? {
            self.growth.add(text as u64).map_err(ScreenError::limit(&self.path))?;
            rows += part.num_rows();
            bytes += text;
            found.push(part);
            let few = matches!(self.delivery, Delivery::Batches);
            if few || rows >= GROUP || bytes >= GROUP_BYTES {
                break;
            }
        }
        self.advance(rows as u64);
        Ok((!found.is_empty()).then_some(ParquetChunk::Batches(found)))
    }

    /// The next decoded rows, and the size of their texts.
    fn part(&mut self) -> Result<Option<(RecordBatch, usize)>, ScreenError> {
        let path = self.path.clone();
        guarded(&path, || {
            let reading = |fault| ScreenError::Parquet { path: path.clone(), fault };
            loop {
                if let Some(part) = self.parts.pop_front() {
                    return Ok(Some(part));
                }
                if let Some(batch) = self.batches.as_mut().and_then(Iterator::next) {
                    let batch = batch.map_err(ParquetError::reading).map_err(reading)?;
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
                self.batches = Some(batches.map_err(ParquetError::reading).map_err(reading)?);
            }
        })
    }

    fn advance(&mut self, rows: u64) {
        self.rows_read += rows;
        self.meter.set_position((self.bytes / self.rows.max(1)).saturating_mul(self.rows_read));
    }
}

/// The size of the table of contents, as the end of the file states it; 0 if that is not the end of a Parquet file,
/// or states more than the file has: the library then reports the file as damaged.
fn footer(mut file: &File, bytes: u64) -> std::io::Result<usize> {
    let Some(offset) = bytes.checked_sub(8) else { return Ok(0) };
    let (mut size, mut magic) = ([0; 4], [0; 4]);
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(&mut size)?;
    file.read_exact(&mut magic)?;
    let size = u32::from_le_bytes(size);
    let is_whole = &magic == b"PAR1" && u64::from(size) <= offset;
    Ok(if is_whole { size as usize } else { 0 })
}

/// The types in which the columns are read: text as a dictionary where the file stores it so on every page, else as a
/// view into its page, as bytes are, so that a repeated text takes no memory each time.
fn schema_to_read(found: &ArrowReaderMetadata, pages: &Pages, many: bool) -> SchemaRef {
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
            with_views(field)
        }
    });
    let fields: Vec<Field> = fields.collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// A field whose texts and bytes are read as views.
fn with_views(field: &Field) -> Field {
    use DataType as D;
    let within = |item: &Field| Arc::new(with_views(item));
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
    /// A view of a text, or the offsets of a list.
    const VIEW: u64 = 16;
    match kind {
        D::FixedSizeBinary(size) => u64::try_from(*size).unwrap_or(0),
        D::FixedSizeList(item, size) => {
            u64::try_from(*size).unwrap_or(0).saturating_mul(width(item.data_type()))
        }
        D::Struct(fields) => fields.iter().map(|field| width(field.data_type())).sum(),
        _ => VIEW,
    }
}
