//! Columns with what was found out, as a Parquet file.
//!
//! Owns the types of the added columns and the encoding of row groups. A row group is encoded by whoever
//! has its rows: a worker, if they came as columns, else the thread that writes, which gathers rows of text.
//! The input's columns are copied where they came as a whole row group.
//! Added columns: `uscc_ok` yes or no; derived facts and statuses in the words of the contract, whatever the
//! language, as dictionaries; `missing` names of facts parted by `;`; `faults` in words, null if there is
//! none. Of a row with faults all but `uscc_ok` and `faults` are null.

use super::groups::WholeGroup;
use super::statuses::{StatusChunk, StatusColumns};
use super::{ParquetReader, TableError};
use crate::cells::Cells;
use crate::csv::unguarded;
use crate::layout::Layout;
use crate::verdicts::Verdicts;
use arrow_array::builder::{BooleanBuilder, StringBuilder, StringDictionaryBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use export_advisor_core::evaluate::PartialValue;
use export_advisor_core::facts::FactSet;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::add_encoded_arrow_schema_to_metadata;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnDescPtr, ColumnPath, SchemaDescriptor, Type, TypePtr};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Rows of a row group that is gathered from rows of text.
const GROUP: usize = 1 << 16;

/// What all who encode share.
pub struct ParquetForm {
    /// All columns, as Parquet has them.
    root: TypePtr,
    /// Those that the library encodes: neither what is copied nor the statuses.
    encoded: SchemaRef,
    statuses: Vec<ColumnDescPtr>,
    /// How many columns are the input's.
    inputs: usize,
    properties: Arc<WriterProperties>,
    factory: ArrowRowGroupWriterFactory,
}

impl ParquetForm {
    /// The form of an output: columns of the input, by their types if they have any, and those that are
    /// added. `about` is written into the file's metadata.
    ///
    /// # Errors
    /// A type that Parquet cannot hold.
    pub fn new(
        columns: &[String],
        input: Option<&ParquetReader>,
        layout: &Layout,
        about: &[(&str, &str)],
    ) -> Result<Self, TableError> {
        let mut fields: Vec<Field> = match input {
            Some(read) => read.schema().fields().iter().map(|f| f.as_ref().clone()).collect(),
            None => columns.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect(),
        };
        let inputs = fields.len();
        let mut names = layout.names();
        fields.extend(names.next().map(|name| Field::new(name, DataType::Boolean, true)));
        fields.extend(names.map(|name| Field::new(name, DataType::Utf8, true)));
        let metadata = input.map(|read| read.schema().metadata().clone()).unwrap_or_default();
        let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
        let about =
            about.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), (*value).to_owned()));
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(
                concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
            )
            .set_key_value_metadata(Some(about.collect()))
            .set_offset_index_disabled(true)
            .set_statistics_enabled(EnabledStatistics::Chunk);
        // Every block has every status, and no two rows the same faults: such bounds tell nothing.
        for name in layout.names().skip(1) {
            let path = ColumnPath::from(name.to_owned());
            properties = properties.set_column_statistics_enabled(path, EnabledStatistics::None);
        }
        let plain = input.into_iter().flat_map(ParquetReader::plain);
        for name in plain.chain([layout.missing.as_str(), layout.faults.as_str()]) {
            let path = ColumnPath::from(name.to_owned());
            properties = properties.set_column_dictionary_enabled(path, false);
        }
        let mut properties = properties.build();
        add_encoded_arrow_schema_to_metadata(&schema, &mut properties);
        let properties = Arc::new(properties);
        // After the statuses come the missing facts and the faults.
        let places = |columns: usize| columns - 2 - layout.supports.len()..columns - 2;
        let copied = input.filter(|input| input.is_copied());
        let first = if copied.is_some() { inputs } else { 0 };
        let statuses = places(schema.fields().len());
        let encoded = (first..schema.fields().len()).filter(|place| !statuses.contains(place));
        let encoded = schema.project(&encoded.collect::<Vec<_>>()).map_err(TableError::writing)?;
        let encoded = Arc::new(encoded);
        let sink = std::io::sink();
        let writer = SerializedFileWriter::new(sink, root(&encoded, &[])?, Arc::clone(&properties));
        let writer = writer.map_err(TableError::writing)?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&encoded));
        let root = root(&schema, copied.map_or(&[], ParquetReader::fields))?;
        let leaves = SchemaDescriptor::new(Arc::clone(&root));
        let leaves = leaves.columns();
        let statuses = leaves.get(places(leaves.len())).unwrap_or_default().to_vec();
        Ok(Self { root, encoded, statuses, inputs, properties, factory })
    }

    /// Begins a row group, whose input's columns are copied or encoded anew.
    ///
    /// # Errors
    /// The encoder refuses a type.
    pub fn row_group(&self, copied: Option<WholeGroup>) -> Result<RowGroup<'_>, TableError> {
        let writers = self.factory.create_column_writers(0).map_err(TableError::writing)?;
        let (statuses, missing) = (StatusColumns::new(), StringBuilder::new());
        Ok(RowGroup { form: self, copied, writers, statuses, missing, rows: 0 })
    }
}

/// Columns as Parquet has them; the first as they are in a file, if there are such.
fn root(schema: &SchemaRef, first: &[TypePtr]) -> Result<TypePtr, TableError> {
    let converted = ArrowSchemaConverter::new().convert(schema).map_err(TableError::writing)?;
    let rest = converted.root_schema().get_fields().iter().skip(first.len());
    let fields = first.iter().chain(rest).cloned().collect();
    let root = Type::group_type_builder("schema").with_fields(fields).build();
    Ok(Arc::new(root.map_err(TableError::writing)?))
}

/// A row group that is encoded, to be put into the file.
#[derive(Debug)]
pub struct Encoded {
    copied: Option<WholeGroup>,
    /// What comes before the statuses, these, and what comes after.
    before: Vec<ArrowColumnChunk>,
    statuses: Vec<StatusChunk>,
    after: Vec<ArrowColumnChunk>,
}

impl Encoded {
    /// The file whose row group is copied, if one is.
    pub(crate) fn input(&self) -> Option<&Path> {
        self.copied.as_ref().map(WholeGroup::path)
    }
}

/// A row group that is being encoded.
pub struct RowGroup<'a> {
    form: &'a ParquetForm,
    copied: Option<WholeGroup>,
    writers: Vec<ArrowColumnWriter>,
    statuses: StatusColumns,
    missing: StringBuilder,
    rows: usize,
}

impl RowGroup<'_> {
    /// Adds rows that came as columns.
    ///
    /// # Errors
    /// The encoder refuses a value.
    pub fn add_batch(
        &mut self,
        batch: &RecordBatch,
        verdicts: &Verdicts,
        layout: &Layout,
    ) -> Result<(), TableError> {
        let inputs = if self.copied.is_some() { &[][..] } else { batch.columns() };
        let arrays = inputs.iter().cloned().chain(self.added(verdicts, layout));
        self.add(arrays.collect())
    }

    /// Adds rows of text.
    ///
    /// # Errors
    /// The encoder refuses a value.
    pub fn add_cells(
        &mut self,
        cells: &Cells<'_>,
        verdicts: &Verdicts,
        layout: &Layout,
    ) -> Result<(), TableError> {
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.form.encoded.fields().len());
        for column in 0..self.form.inputs {
            let mut texts = StringBuilder::with_capacity(cells.rows(), cells.rows() * 8);
            for row in 0..cells.rows() {
                let text = cells.get(row, column);
                let text = if cells.kind(row, column).is_some() { text } else { unguarded(text) };
                texts.append_option((!text.is_empty()).then_some(text));
            }
            arrays.push(Arc::new(texts.finish()));
        }
        arrays.extend(self.added(verdicts, layout));
        self.add(arrays)
    }

    fn add(&mut self, arrays: Vec<ArrayRef>) -> Result<(), TableError> {
        let mut writers = self.writers.iter_mut();
        for (field, array) in self.form.encoded.fields().iter().zip(&arrays) {
            for leaf in compute_leaves(field, array).map_err(TableError::writing)? {
                if let Some(writer) = writers.next() {
                    writer.write(&leaf).map_err(TableError::writing)?;
                }
            }
        }
        self.rows += arrays.first().map_or(0, |array| array.len());
        Ok(())
    }

    /// Ends it.
    ///
    /// # Errors
    /// The encoder fails.
    pub fn finish(self) -> Result<Encoded, TableError> {
        let close = |writer: ArrowColumnWriter| writer.close().map_err(TableError::writing);
        let mut before: Vec<_> =
            self.writers.into_iter().map(close).collect::<Result<_, TableError>>()?;
        let after = before.split_off(before.len().saturating_sub(2));
        let statuses = self.statuses.finish(&self.form.statuses)?;
        Ok(Encoded { copied: self.copied, before, statuses, after })
    }

    /// The added columns but for the statuses, which are kept apart.
    fn added(&mut self, verdicts: &Verdicts, layout: &Layout) -> Vec<ArrayRef> {
        let rows = verdicts.faults.len();
        let mut arrays: Vec<ArrayRef> = Vec::new();
        let mut ok = BooleanBuilder::with_capacity(rows);
        for row in 0..rows {
            ok.append_option(verdicts.uscc_ok.get(row).copied().flatten());
        }
        arrays.push(Arc::new(ok.finish()));
        for place in 0..layout.derived.len() {
            let column = verdicts.derived.get(place).map_or(&[][..], Vec::as_slice);
            arrays.push(derived(layout, place, column, rows));
        }
        self.statuses.add(verdicts);
        for row in 0..rows {
            if !verdicts.is_faulty(row) {
                let facts: FactSet = verdicts.missing.get(row).copied().unwrap_or_default();
                for (place, fact) in facts.iter().enumerate() {
                    let parting = if place > 0 { ";" } else { "" };
                    let _ = std::fmt::Write::write_str(&mut self.missing, parting);
                    let _ = std::fmt::Write::write_str(&mut self.missing, layout.fact(fact));
                }
                self.missing.append_value("");
            } else {
                self.missing.append_null();
            }
        }
        arrays.push(Arc::new(self.missing.finish()));
        let mut faults = StringBuilder::new();
        for row in 0..rows {
            let told = verdicts.faults.get(row).filter(|faults| !faults.is_empty());
            faults.append_option(told.map(|faults| faults.join(" ")));
        }
        arrays.push(Arc::new(faults.finish()));
        arrays
    }
}

/// A derived fact in words: of a bound `at_most:small`, of a list that may go on `at_least:US;JP`.
fn derived(layout: &Layout, place: usize, column: &[PartialValue], rows: usize) -> ArrayRef {
    let mut words = StringDictionaryBuilder::<Int32Type>::new();
    let word = |at: &u16| layout.word(place, *at);
    let list = |items: Vec<&str>, complete: bool| match (complete, items.is_empty()) {
        (true, true) => "none".to_owned(),
        (true, false) => items.join(";"),
        (false, _) => format!("at_least:{}", items.join(";")),
    };
    for row in 0..rows {
        match column.get(row) {
            None | Some(PartialValue::Unknown) => words.append_null(),
            Some(PartialValue::Bool(yes)) => {
                words.append_value(if *yes { "true" } else { "false" })
            }
            Some(PartialValue::Enum(at)) => words.append_value(word(at)),
            Some(PartialValue::AtMost(at)) => words.append_value(format!("at_most:{}", word(at))),
            Some(PartialValue::EnumList { has, complete }) => {
                words.append_value(list(has.iter().map(word).collect(), *complete));
            }
            Some(PartialValue::Codes { has, complete }) => {
                words.append_value(list(has.iter().map(String::as_str).collect(), *complete));
            }
        }
    }
    Arc::new(words.finish())
}

/// A Parquet file that is being written.
pub struct ParquetWriter<'a, W: Write + Send> {
    form: &'a ParquetForm,
    file: SerializedFileWriter<W>,
    open: Option<RowGroup<'a>>,
}

impl<'a, W: Write + Send> ParquetWriter<'a, W> {
    /// Begins a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(form: &'a ParquetForm, sink: W) -> Result<Self, TableError> {
        let properties = Arc::clone(&form.properties);
        let file = SerializedFileWriter::new(sink, Arc::clone(&form.root), properties);
        let file = file.map_err(TableError::writing)?;
        Ok(Self { form, file, open: None })
    }

    /// Puts a row group into the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn append(&mut self, encoded: Encoded) -> Result<(), TableError> {
        let mut group = self.file.next_row_group().map_err(TableError::writing)?;
        if let Some(copied) = encoded.copied {
            copied.append_to(&mut group)?;
        }
        for chunk in encoded.before {
            chunk.append_to_row_group(&mut group).map_err(TableError::writing)?;
        }
        for chunk in encoded.statuses {
            chunk.append_to(&mut group)?;
        }
        for chunk in encoded.after {
            chunk.append_to_row_group(&mut group).map_err(TableError::writing)?;
        }
        group.close().map_err(TableError::writing)?;
        Ok(())
    }

    /// Adds rows of text.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn add(
        &mut self,
        cells: &Cells<'_>,
        verdicts: &Verdicts,
        layout: &Layout,
    ) -> Result<(), TableError> {
        let mut group = match self.open.take() {
            Some(group) => group,
            None => self.form.row_group(None)?,
        };
        group.add_cells(cells, verdicts, layout)?;
        if group.rows >= GROUP {
            return self.append(group.finish()?);
        }
        self.open = Some(group);
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self) -> Result<W, TableError> {
        if let Some(group) = self.open.take() {
            self.append(group.finish()?)?;
        }
        // This writes the end of the file too.
        self.file.into_inner().map_err(TableError::writing)
    }
}
