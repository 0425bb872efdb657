//! Values with types as text.
//!
//! Owns the text of a value of each type: what a person would write into a cell, so that a Parquet file is read as
//! the CSV of the same content. The items of a list are separated by `;`. A list without items is `[]`, which means
//! "known to be none"; null is blank.

use crate::error::parquet::ParquetError;
use crate::table::cells::{CellKind, Cells};
use arrow_array::cast::AsArray as _;
use arrow_array::temporal_conversions as temporal;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, RecordBatch, make_array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use std::fmt::{Display, Write as _};
use std::sync::Arc;

/// Whether values of a type have a text.
pub(crate) fn has_text(kind: &DataType) -> bool {
    use DataType as D;
    match kind {
        D::List(item) | D::LargeList(item) | D::FixedSizeList(item, _) => {
            has_text(item.data_type())
                && !matches!(item.data_type(), D::List(_) | D::LargeList(_) | D::FixedSizeList(..))
        }
        D::Dictionary(_, value) => has_text(value),
        D::Null | D::Boolean | D::Utf8 | D::LargeUtf8 | D::Utf8View => true,
        D::Int8 | D::Int16 | D::Int32 | D::Int64 => true,
        D::UInt8 | D::UInt16 | D::UInt32 | D::UInt64 => true,
        D::Float16 | D::Float32 | D::Float64 => true,
        D::Decimal32(..) | D::Decimal64(..) | D::Decimal128(..) | D::Decimal256(..) => true,
        D::Date32 | D::Date64 | D::Time32(_) | D::Time64(_) | D::Timestamp(..) => true,
        _ => false,
    }
}

/// A batch in which some cells, by row and column, are null.
///
/// # Errors
/// A column of a type that has no nulls.
pub(crate) fn without_cells(
    batch: &RecordBatch,
    cells: &[(usize, usize)],
) -> Result<RecordBatch, ParquetError> {
    let mut columns = batch.columns().to_vec();
    let mut fields: Vec<Field> =
        batch.schema().fields().iter().map(|f| f.as_ref().clone()).collect();
    for (index, (column, field)) in columns.iter_mut().zip(&mut fields).enumerate() {
        let rows: Vec<usize> =
            cells.iter().filter(|(_, column)| *column == index).map(|(row, _)| *row).collect();
        if rows.is_empty() {
            continue;
        }
        let has_value = |row: usize| column.is_valid(row) && !rows.contains(&row);
        let nulls = NullBuffer::from_iter((0..column.len()).map(has_value));
        let data = column.to_data().into_builder().nulls(Some(nulls)).build();
        *column = make_array(data.map_err(ParquetError::writing)?);
        *field = field.clone().with_nullable(true);
    }
    let schema = Schema::new_with_metadata(fields, batch.schema().metadata().clone());
    RecordBatch::try_new(Arc::new(schema), columns).map_err(ParquetError::writing)
}

/// A column as a function that appends the text of a row; `false` where it is null.
type TextOf<'a> = Box<dyn Fn(usize, &mut String) -> bool + 'a>;

/// The texts of a column, row by row; of a null the empty one.
pub(crate) fn column_texts(batch: &RecordBatch, column: usize) -> Vec<String> {
    let Some(array) = batch.columns().get(column) else {
        return vec![String::new(); batch.num_rows()];
    };
    let text_of = texts(array);
    let texts = (0..batch.num_rows()).map(|row| {
        let mut text = String::new();
        text_of(row, &mut text);
        text
    });
    texts.collect()
}

/// The texts of a column.
pub(super) fn texts(array: &ArrayRef) -> TextOf<'_> {
    use DataType as D;
    match array.data_type() {
        D::Utf8 => display(array, array.as_string::<i32>(), |a, row| a.value(row)),
        D::LargeUtf8 => display(array, array.as_string::<i64>(), |a, row| a.value(row)),
        D::Utf8View => display(array, array.as_string_view(), |a, row| a.value(row)),
        D::Boolean => display(array, array.as_boolean(), |a, row| a.value(row)),
        D::Int8 => number::<Int8Type>(array),
        D::Int16 => number::<Int16Type>(array),
        D::Int32 => number::<Int32Type>(array),
        D::Int64 => number::<Int64Type>(array),
        D::UInt8 => number::<UInt8Type>(array),
        D::UInt16 => number::<UInt16Type>(array),
        D::UInt32 => number::<UInt32Type>(array),
        D::UInt64 => number::<UInt64Type>(array),
        D::Float16 => {
            display(array, array.as_primitive::<Float16Type>(), |a, row| a.value(row).to_f32())
        }
        D::Float32 => number::<Float32Type>(array),
        D::Float64 => number::<Float64Type>(array),
        D::Decimal32(..) => {
            display(array, array.as_primitive::<Decimal32Type>(), |a, row| a.value_as_string(row))
        }
        D::Decimal64(..) => {
            display(array, array.as_primitive::<Decimal64Type>(), |a, row| a.value_as_string(row))
        }
        D::Decimal128(..) => {
            display(array, array.as_primitive::<Decimal128Type>(), |a, row| a.value_as_string(row))
        }
        D::Decimal256(..) => {
            display(array, array.as_primitive::<Decimal256Type>(), |a, row| a.value_as_string(row))
        }
        D::Date32 => display(array, array.as_primitive::<Date32Type>(), |a, row| {
            shown(temporal::date32_to_datetime(a.value(row)).map(|t| t.date()))
        }),
        D::Date64 => display(array, array.as_primitive::<Date64Type>(), |a, row| {
            shown(temporal::date64_to_datetime(a.value(row)).map(|t| t.date()))
        }),
        D::Time32(TimeUnit::Second) => {
            display(array, array.as_primitive::<Time32SecondType>(), |a, row| {
                shown(temporal::time32s_to_time(a.value(row)))
            })
        }
        D::Time32(_) => display(array, array.as_primitive::<Time32MillisecondType>(), |a, row| {
            shown(temporal::time32ms_to_time(a.value(row)))
        }),
        D::Time64(TimeUnit::Microsecond) => {
            display(array, array.as_primitive::<Time64MicrosecondType>(), |a, row| {
                shown(temporal::time64us_to_time(a.value(row)))
            })
        }
        D::Time64(_) => display(array, array.as_primitive::<Time64NanosecondType>(), |a, row| {
            shown(temporal::time64ns_to_time(a.value(row)))
        }),
        D::Timestamp(unit, zone) => timestamps(array, *unit, zone.is_some()),
        D::Dictionary(..) => {
            let any = array.as_any_dictionary();
            let keys = any.normalized_keys();
            let values = texts(any.values());
            Box::new(move |row, out| {
                array.is_valid(row) && keys.get(row).is_some_and(|key| values(*key, out))
            })
        }
        D::List(_) => {
            let list = array.as_list::<i32>();
            items(array, list.values(), move |row| {
                let offsets = list.value_offsets();
                (span(offsets.get(row)), span(offsets.get(row + 1)))
            })
        }
        D::LargeList(_) => {
            let list = array.as_list::<i64>();
            items(array, list.values(), move |row| {
                let offsets = list.value_offsets();
                (span(offsets.get(row)), span(offsets.get(row + 1)))
            })
        }
        D::FixedSizeList(_, size) => {
            let list = array.as_fixed_size_list();
            let size = usize::try_from(*size).unwrap_or(0);
            items(array, list.values(), move |row| (row * size, (row + 1) * size))
        }
        // Null, and what `has_text` refuses.
        _ => Box::new(|_, _| false),
    }
}

fn span<T: Copy + TryInto<usize>>(offset: Option<&T>) -> usize {
    offset.and_then(|offset| (*offset).try_into().ok()).unwrap_or(0)
}

fn display<'a, A, T: Display>(
    array: &'a ArrayRef,
    typed: &'a A,
    value: impl Fn(&'a A, usize) -> T + 'a,
) -> TextOf<'a> {
    Box::new(move |row, out| {
        let is_valid = array.is_valid(row);
        if is_valid {
            let _ = write!(out, "{}", value(typed, row));
        }
        is_valid
    })
}

fn number<T: ArrowPrimitiveType>(array: &ArrayRef) -> TextOf<'_>
where
    T::Native: Display,
{
    display(array, array.as_primitive::<T>(), |a, row| a.value(row))
}

fn shown(value: Option<impl Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn timestamps(array: &ArrayRef, unit: TimeUnit, utc: bool) -> TextOf<'_> {
    let zone = if utc { "Z" } else { "" };
    let text = move |time: Option<_>| format!("{}{zone}", shown(time));
    match unit {
        TimeUnit::Second => {
            display(array, array.as_primitive::<TimestampSecondType>(), move |a, row| {
                text(temporal::timestamp_s_to_datetime(a.value(row)))
            })
        }
        TimeUnit::Millisecond => {
            display(array, array.as_primitive::<TimestampMillisecondType>(), move |a, row| {
                text(temporal::timestamp_ms_to_datetime(a.value(row)))
            })
        }
        TimeUnit::Microsecond => {
            display(array, array.as_primitive::<TimestampMicrosecondType>(), move |a, row| {
                text(temporal::timestamp_us_to_datetime(a.value(row)))
            })
        }
        TimeUnit::Nanosecond => {
            display(array, array.as_primitive::<TimestampNanosecondType>(), move |a, row| {
                text(temporal::timestamp_ns_to_datetime(a.value(row)))
            })
        }
    }
}

fn items<'a>(
    array: &'a ArrayRef,
    values: &'a ArrayRef,
    span: impl Fn(usize) -> (usize, usize) + 'a,
) -> TextOf<'a> {
    let item = texts(values);
    Box::new(move |row, out| {
        if array.is_null(row) {
            return false;
        }
        let (start, end) = span(row);
        if start == end {
            out.push_str("[]");
        }
        for index in start..end {
            if index > start {
                out.push(';');
            }
            // A null item is no answer: the cell becomes a fault, which shows the item.
            if !item(index, out) {
                out.push_str("null");
            }
        }
        true
    })
}

/// The approximate total length of each row's texts.
pub(super) fn sizes(batch: &RecordBatch) -> Vec<usize> {
    let mut rows = vec![0; batch.num_rows()];
    for array in batch.columns() {
        for (row, size) in rows.iter_mut().zip(text_sizes(array)) {
            *row += size;
        }
    }
    rows
}

fn text_sizes(array: &ArrayRef) -> Vec<usize> {
    use DataType as D;
    /// A number or a day.
    const SHORT: usize = 16;
    let within = |items: &[usize], (start, end): (usize, usize)| -> usize {
        items.get(start..end).unwrap_or_default().iter().map(|size| size + 1).sum()
    };
    match array.data_type() {
        D::Utf8View => {
            // The length is in the lowest bits of a view.
            array.as_string_view().views().iter().map(|view| *view as u32 as usize).collect()
        }
        D::Utf8 => lengths(array.as_string::<i32>().value_offsets()),
        D::LargeUtf8 => lengths(array.as_string::<i64>().value_offsets()),
        D::Dictionary(..) => {
            let any = array.as_any_dictionary();
            let entries = text_sizes(any.values());
            let keys = any.normalized_keys();
            keys.into_iter().map(|key| entries.get(key).copied().unwrap_or(0)).collect()
        }
        D::List(_) => {
            let list = array.as_list::<i32>();
            let items = text_sizes(list.values());
            let offsets = list.value_offsets().windows(2);
            offsets.map(|pair| within(&items, (span(pair.first()), span(pair.last())))).collect()
        }
        D::LargeList(_) => {
            let list = array.as_list::<i64>();
            let items = text_sizes(list.values());
            let offsets = list.value_offsets().windows(2);
            offsets.map(|pair| within(&items, (span(pair.first()), span(pair.last())))).collect()
        }
        D::FixedSizeList(_, size) => {
            let items = text_sizes(array.as_fixed_size_list().values());
            let size = usize::try_from(*size).unwrap_or(0);
            (0..array.len()).map(|row| within(&items, (row * size, (row + 1) * size))).collect()
        }
        _ => vec![SHORT; array.len()],
    }
}

fn lengths<T: Copy + TryInto<usize>>(offsets: &[T]) -> Vec<usize> {
    let ends = offsets.windows(2).map(|pair| (span(pair.first()), span(pair.last())));
    ends.map(|(start, end)| end.saturating_sub(start)).collect()
}

/// Splits a batch into parts with no more text than `most`, except for single rows; with the size of each part's
/// text.
pub(super) fn parts(batch: &RecordBatch, most: usize) -> Vec<(RecordBatch, usize)> {
    let sizes = sizes(batch);
    let (mut parts, mut start, mut text) = (Vec::new(), 0, 0);
    for (row, size) in sizes.iter().enumerate() {
        if row > start && text + size > most {
            parts.push((batch.slice(start, row - start), text));
            (start, text) = (row, 0);
        }
        text += size;
    }
    parts.push((batch.slice(start, sizes.len() - start), text));
    parts
}

/// The kind of the cells of a type.
pub(super) fn kind_of(kind: &DataType) -> CellKind {
    match kind {
        DataType::Boolean => CellKind::Bool,
        kind if kind.is_floating() => CellKind::Fraction,
        kind if kind.is_numeric() => CellKind::Number,
        _ => CellKind::Text,
    }
}

/// A batch as rows of text.
pub(crate) fn batch_to_cells(batch: &RecordBatch) -> Cells<'static> {
    let columns: Vec<_> =
        (batch.columns().iter()).map(|array| (texts(array), kind_of(array.data_type()))).collect();
    let mut cells = Cells::new(columns.len());
    let mut text = String::new();
    for row in 0..batch.num_rows() {
        for (value, kind) in &columns {
            text.clear();
            let _ = value(row, &mut text);
            cells.push_as(&text, *kind);
        }
        cells.end_row();
    }
    cells
}
