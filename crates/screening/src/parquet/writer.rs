//! Rows with their added columns as a Parquet file.
//!
//! Owns the types of the added columns and the encoding of row groups. A screener encodes the row groups of a
//! Parquet input, whose own columns are copied if the group was delivered raw; the thread that writes encodes rows
//! of text, which it collects into groups.
//!
//! `uscc_ok` is a boolean; derived facts, statuses and what excludes a firm are dictionaries of the words of the
//! contract, whatever the language; `missing` has names of facts, separated by `;`; `ask_next` has the name of one;
//! `warnings` and `faults` have messages, and are null if there is none. Whatever is encoded here has a dictionary where values
//! repeat, and is compressed with Zstandard. In a row that cannot be taken apart all added columns but `uscc_ok` and `faults` are null.

use super::reader::ParquetReader;
use super::row_groups::RawRowGroup;
use super::status_columns::{StatusChunk, StatusColumns};
use crate::error::parquet::ParquetError;
use crate::screen::added::AddedColumns;
use crate::screen::layout::Layout;
use crate::table::cells::Cells;
use crate::table::delimited::unguarded;
use arrow_array::builder::{BooleanBuilder, StringBuilder, StringDictionaryBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use export_advisor_core::evaluate::PartialValue;
use export_advisor_core::rulebook::ExcludedBy;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::add_encoded_arrow_schema_to_metadata;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnDescPtr, ColumnPath, SchemaDescriptor, Type, TypePtr};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// The rows of a row group that is collected from rows of text.
const GROUP: usize = 1 << 16;

/// The columns of an output, which all encoders share.
pub(crate) struct ParquetSchema {
    /// All columns, as Parquet has them.
    root: TypePtr,
    /// The columns that the library encodes: all but the copied ones and the statuses.
    encoded: SchemaRef,
    statuses: Vec<ColumnDescPtr>,
    /// How many columns are the input's.
    inputs: usize,
    /// How many columns stand after the statuses.
    after: usize,
    properties: Arc<WriterProperties>,
    factory: ArrowRowGroupWriterFactory,
}

impl ParquetSchema {
    /// The columns of the input, with their types if they have any, and the added ones. `key_values` become
    /// metadata of the file.
    ///
    /// # Errors
    /// A type that Parquet cannot hold.
    pub(crate) fn new(
        columns: &[String],
        input: Option<&ParquetReader>,
        layout: &Layout,
        key_values: &[(&str, &str)],
    ) -> Result<Self, ParquetError> {
        let mut fields: Vec<Field> = match input {
            // A cell of an encoded column may be withheld.
            Some(read) => (read.schema().fields().iter())
                .map(|field| field.as_ref().clone())
                .map(|field| {
                    let is_nullable = field.is_nullable() || !read.is_copied();
                    field.with_nullable(is_nullable)
                })
                .collect(),
            None => columns.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect(),
        };
        let inputs = fields.len();
        let mut names = layout.names();
        fields.extend(names.next().map(|name| Field::new(name, DataType::Boolean, true)));
        fields.extend(names.map(|name| Field::new(name, DataType::Utf8, true)));
        let metadata = input.map(|read| read.schema().metadata().clone()).unwrap_or_default();
        let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
        let key_values = key_values
            .iter()
            .map(|(key, value)| KeyValue::new((*key).to_owned(), (*value).to_owned()));
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(
                concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
            )
            .set_key_value_metadata(Some(key_values.collect()))
            .set_offset_index_disabled(true)
            .set_statistics_enabled(EnabledStatistics::Chunk);
        // Every row group has every status, and no two rows have the same faults: such bounds are useless.
        for name in layout.names().skip(1) {
            let path = ColumnPath::from(name.to_owned());
            properties = properties.set_column_statistics_enabled(path, EnabledStatistics::None);
        }
        for name in input.into_iter().flat_map(ParquetReader::plain) {
            let path = ColumnPath::from(name.to_owned());
            properties = properties.set_column_dictionary_enabled(path, false);
        }
        let mut properties = properties.build();
        add_encoded_arrow_schema_to_metadata(&schema, &mut properties);
        let properties = Arc::new(properties);
        let added = layout.names().count();
        let after = added - 1 - layout.derived.len() - layout.supports.len();
        let status_range = |columns: usize| {
            let end = columns - after;
            end - layout.supports.len()..end
        };
        let copied = input.filter(|input| input.is_copied());
        let first = if copied.is_some() { inputs } else { 0 };
        let statuses = status_range(schema.fields().len());
        let encoded = (first..schema.fields().len()).filter(|index| !statuses.contains(index));
        let encoded =
            schema.project(&encoded.collect::<Vec<_>>()).map_err(ParquetError::writing)?;
        let encoded = Arc::new(encoded);
        let sink = std::io::sink();
        let writer = SerializedFileWriter::new(sink, root(&encoded, &[])?, Arc::clone(&properties));
        let writer = writer.map_err(ParquetError::writing)?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&encoded));
        let root = root(&schema, copied.map_or(&[], ParquetReader::fields))?;
        let leaves = SchemaDescriptor::new(Arc::clone(&root));
        let leaves = leaves.columns();
        let statuses = leaves.get(status_range(leaves.len())).unwrap_or_default().to_vec();
        Ok(Self { root, encoded, statuses, inputs, after, properties, factory })
    }

    /// Begins a row group. The input's columns are copied from `copied`, or encoded.
    ///
    /// # Errors
    /// The encoder refuses a type.
    pub(crate) fn row_group(
        &self,
        copied: Option<RawRowGroup>,
    ) -> Result<RowGroup<'_>, ParquetError> {
        let writers = self.factory.create_column_writers(0).map_err(ParquetError::writing)?;
        let (statuses, missing) = (StatusColumns::new(), StringBuilder::new());
        Ok(RowGroup { schema: self, copied, writers, statuses, missing, rows: 0 })
    }
}

/// Columns as Parquet has them; the first ones as they are in a file.
fn root(schema: &SchemaRef, first: &[TypePtr]) -> Result<TypePtr, ParquetError> {
    let converted = ArrowSchemaConverter::new().convert(schema).map_err(ParquetError::writing)?;
    let rest = converted.root_schema().get_fields().iter().skip(first.len());
    let fields = first.iter().chain(rest).cloned().collect();
    let root = Type::group_type_builder("schema").with_fields(fields).build();
    Ok(Arc::new(root.map_err(ParquetError::writing)?))
}

/// An encoded row group, to be appended to the file.
#[derive(Debug)]
pub(crate) struct EncodedRowGroup {
    copied: Option<RawRowGroup>,
    /// The columns before the statuses, the statuses, and the columns after them.
    before: Vec<ArrowColumnChunk>,
    statuses: Vec<StatusChunk>,
    after: Vec<ArrowColumnChunk>,
}

impl EncodedRowGroup {
    /// The file whose row group is copied, if one is.
    pub(crate) fn input(&self) -> Option<&Path> {
        self.copied.as_ref().map(RawRowGroup::path)
    }
}

/// A row group that is being encoded.
pub(crate) struct RowGroup<'a> {
    schema: &'a ParquetSchema,
    copied: Option<RawRowGroup>,
    writers: Vec<ArrowColumnWriter>,
    statuses: StatusColumns,
    missing: StringBuilder,
    rows: usize,
}

impl RowGroup<'_> {
    /// Adds rows of columns.
    ///
    /// # Errors
    /// The encoder refuses a value.
    pub(crate) fn add_batch(
        &mut self,
        batch: &RecordBatch,
        added_columns: &AddedColumns,
        layout: &Layout,
    ) -> Result<(), ParquetError> {
        let inputs = if self.copied.is_some() { &[][..] } else { batch.columns() };
        let arrays = inputs.iter().cloned().chain(self.added(added_columns, layout));
        self.add(arrays.collect())
    }

    /// Adds rows of text.
    ///
    /// # Errors
    /// The encoder refuses a value.
    pub(crate) fn add_cells(
        &mut self,
        cells: &Cells<'_>,
        added_columns: &AddedColumns,
        layout: &Layout,
    ) -> Result<(), ParquetError> {
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.schema.encoded.fields().len());
        for column in 0..self.schema.inputs {
            let mut texts = StringBuilder::with_capacity(cells.rows(), cells.rows() * 8);
            for row in 0..cells.rows() {
                let text = cells.get(row, column);
                let text = if cells.kind(row, column).is_some() { text } else { unguarded(text) };
                texts.append_option((!text.is_empty()).then_some(text));
            }
            arrays.push(Arc::new(texts.finish()));
        }
        arrays.extend(self.added(added_columns, layout));
        self.add(arrays)
    }

    fn add(&mut self, arrays: Vec<ArrayRef>) -> Result<(), ParquetError> {
        let mut writers = self.writers.iter_mut();
        for (field, array) in self.schema.encoded.fields().iter().zip(&arrays) {
            for leaf in compute_leaves(field, array).map_err(ParquetError::writing)? {
                if let Some(writer) = writers.next() {
                    writer.write(&leaf).map_err(ParquetError::writing)?;
                }
            }
        }
        self.rows += arrays.first().map_or(0, |array| array.len());
        Ok(())
    }

    /// Encodes what is left.
    ///
    /// # Errors
    /// The encoder fails.
    pub(crate) fn finish(self) -> Result<EncodedRowGroup, ParquetError> {
        let close = |writer: ArrowColumnWriter| writer.close().map_err(ParquetError::writing);
        let mut before: Vec<_> =
            self.writers.into_iter().map(close).collect::<Result<_, ParquetError>>()?;
        let after = before.split_off(before.len().saturating_sub(self.schema.after));
        let statuses = self.statuses.finish(&self.schema.statuses)?;
        Ok(EncodedRowGroup { copied: self.copied, before, statuses, after })
    }

    /// The added columns except the statuses, which are encoded apart.
    fn added(&mut self, added_columns: &AddedColumns, layout: &Layout) -> Vec<ArrayRef> {
        let rows = added_columns.faults.len();
        let mut arrays: Vec<ArrayRef> = Vec::new();
        let mut ok = BooleanBuilder::with_capacity(rows);
        for row in 0..rows {
            ok.append_option(added_columns.uscc_ok.get(row).copied().flatten());
        }
        arrays.push(Arc::new(ok.finish()));
        for index in 0..layout.derived.len() {
            let column = added_columns.derived.get(index).map_or(&[][..], Vec::as_slice);
            arrays.push(derived(layout, index, column, rows));
        }
        self.statuses.add(added_columns);
        for support in 0..layout.excluded_by.len() {
            let mut values = StringDictionaryBuilder::<Int32Type>::new();
            for row in 0..rows {
                let by = added_columns.excluded_by(row, support);
                values.append_option(by.map(ExcludedBy::as_str));
            }
            arrays.push(Arc::new(values.finish()));
        }
        if layout.missing.is_some() {
            for row in 0..rows {
                if added_columns.has_no_status(row) {
                    self.missing.append_null();
                    continue;
                }
                for (index, fact) in added_columns.missing_facts(row).enumerate() {
                    let separator = if index > 0 { ";" } else { "" };
                    let _ = std::fmt::Write::write_str(&mut self.missing, separator);
                    let _ = std::fmt::Write::write_str(&mut self.missing, layout.fact(fact));
                }
                self.missing.append_value("");
            }
            arrays.push(Arc::new(self.missing.finish()));
        }
        if layout.ask_next.is_some() {
            let mut values = StringDictionaryBuilder::<Int32Type>::new();
            for row in 0..rows {
                values.append_option(added_columns.ask_next(row).map(|fact| layout.fact(fact)));
            }
            arrays.push(Arc::new(values.finish()));
        }
        for messages in [&added_columns.warnings, &added_columns.faults] {
            let mut texts = StringBuilder::new();
            for row in 0..rows {
                let found = messages.get(row).filter(|messages| !messages.is_empty());
                texts.append_option(found.map(|messages| messages.join(" ")));
            }
            arrays.push(Arc::new(texts.finish()));
        }
        arrays
    }
}

/// A derived fact as text: a bound is `at_most:small`, an incomplete list `at_least:US;JP`.
fn derived(layout: &Layout, index: usize, column: &[PartialValue], rows: usize) -> ArrayRef {
    let mut values = StringDictionaryBuilder::<Int32Type>::new();
    let value_of = |value: &u16| layout.value(index, *value);
    let list = |items: Vec<&str>, complete: bool| match (complete, items.is_empty()) {
        (true, true) => "none".to_owned(),
        (true, false) => items.join(";"),
        (false, _) => format!("at_least:{}", items.join(";")),
    };
    for row in 0..rows {
        match column.get(row) {
            None | Some(PartialValue::Unknown) => values.append_null(),
            Some(PartialValue::Bool(yes)) => {
                values.append_value(if *yes { "true" } else { "false" })
            }
            Some(PartialValue::Enum(value)) => values.append_value(value_of(value)),
            Some(PartialValue::AtMost(value)) => {
                values.append_value(format!("at_most:{}", value_of(value)))
            }
            Some(PartialValue::EnumList { has, complete }) => {
                values.append_value(list(has.iter().map(value_of).collect(), *complete));
            }
            Some(PartialValue::Codes { has, complete }) => {
                values.append_value(list(has.iter().map(String::as_str).collect(), *complete));
            }
        }
    }
    Arc::new(values.finish())
}

/// A Parquet file that is being written.
pub(crate) struct ParquetWriter<'a, W: Write + Send> {
    schema: &'a ParquetSchema,
    file: SerializedFileWriter<W>,
    group: Option<RowGroup<'a>>,
}

impl<'a, W: Write + Send> ParquetWriter<'a, W> {
    /// Begins a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn new(schema: &'a ParquetSchema, sink: W) -> Result<Self, ParquetError> {
        let properties = Arc::clone(&schema.properties);
        let file = SerializedFileWriter::new(sink, Arc::clone(&schema.root), properties);
        let file = file.map_err(ParquetError::writing)?;
        Ok(Self { schema, file, group: None })
    }

    /// Appends a row group.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn append(&mut self, encoded: EncodedRowGroup) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group().map_err(ParquetError::writing)?;
        if let Some(copied) = encoded.copied {
            copied.append_to(&mut group)?;
        }
        for chunk in encoded.before {
            chunk.append_to_row_group(&mut group).map_err(ParquetError::writing)?;
        }
        for chunk in encoded.statuses {
            chunk.append_to(&mut group)?;
        }
        for chunk in encoded.after {
            chunk.append_to_row_group(&mut group).map_err(ParquetError::writing)?;
        }
        group.close().map_err(ParquetError::writing)?;
        Ok(())
    }

    /// Adds rows of text.
    ///
    /// # Errors
    /// They cannot be written.
    pub(crate) fn add(
        &mut self,
        cells: &Cells<'_>,
        added_columns: &AddedColumns,
        layout: &Layout,
    ) -> Result<(), ParquetError> {
        let mut group = match self.group.take() {
            Some(group) => group,
            None => self.schema.row_group(None)?,
        };
        group.add_cells(cells, added_columns, layout)?;
        if group.rows >= GROUP {
            return self.append(group.finish()?);
        }
        self.group = Some(group);
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn finish(mut self) -> Result<W, ParquetError> {
        if let Some(group) = self.group.take() {
            self.append(group.finish()?)?;
        }
        // This writes the footer too.
        self.file.into_inner().map_err(ParquetError::writing)
    }
}
