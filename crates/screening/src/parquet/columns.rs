//! Columns with types as answers.
//!
//! Owns the shortcuts from typed values to answers: booleans as bits, each text of a dictionary once. All other
//! values are read as their text, which defines the meaning; a test compares a Parquet file with the CSV of the
//! same content.

use super::values::{kind_of, texts};
use crate::screen::column_reader::{CellOutcome, ColumnReader};
use arrow_array::cast::AsArray as _;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use export_advisor_core::evaluate::Column;
use export_advisor_core::facts::Kind;

/// The index of a text that is not read yet.
const UNREAD: u32 = u32::MAX;

/// The texts of a dictionary that have been read, from batch to batch.
#[derive(Debug, Default)]
pub(crate) struct DictionaryCache {
    /// Held, so that no other dictionary can have its address.
    values: Option<ArrayRef>,
    /// Per text, its index in the reader.
    entries: Vec<u32>,
}

impl DictionaryCache {
    /// Reads a column into the answers to its fact, and reports the outcome of each row.
    pub(crate) fn read(
        &mut self,
        reader: &mut ColumnReader<'_>,
        array: &ArrayRef,
        column: &mut Column,
        report: &mut dyn FnMut(usize, &CellOutcome, &str),
    ) {
        match array.data_type() {
            DataType::Boolean if reader.fact.kind == Kind::Bool => {
                let booleans = array.as_boolean();
                let all = vec![u64::MAX; booleans.len().div_ceil(64)];
                let answered = match booleans.nulls() {
                    Some(nulls) => nulls.inner().bit_chunks().iter_padded().collect(),
                    None => all,
                };
                let yes = booleans.values().bit_chunks();
                for (first, (answered, yes)) in
                    (0..).step_by(64).zip(answered.into_iter().zip(yes.iter_padded()))
                {
                    let rows = booleans.len().saturating_sub(first).min(64);
                    let within = u64::MAX
                        .checked_shl(u32::try_from(rows).unwrap_or(64))
                        .map_or(u64::MAX, |beyond| !beyond);
                    column.push_bools(rows, answered & within, yes, 0);
                }
            }
            DataType::Dictionary(key, value)
                if **key == DataType::Int32 && **value == DataType::Utf8 =>
            {
                self.dictionary(reader, array, column, report);
            }
            DataType::Utf8 => {
                let strings = array.as_string::<i32>();
                for row in 0..strings.len() {
                    let text = if strings.is_valid(row) { strings.value(row) } else { "" };
                    report(row, &reader.push(text, column), text);
                }
            }
            DataType::Utf8View => {
                let strings = array.as_string_view();
                for row in 0..strings.len() {
                    let text = if strings.is_valid(row) { strings.value(row) } else { "" };
                    report(row, &reader.push(text, column), text);
                }
            }
            kind => {
                let (value, kind) = (texts(array), kind_of(kind));
                let mut text = String::new();
                for row in 0..array.len() {
                    text.clear();
                    let _ = value(row, &mut text);
                    report(row, &reader.push_as(&text, kind, column), &text);
                }
            }
        }
    }

    fn dictionary(
        &mut self,
        reader: &mut ColumnReader<'_>,
        array: &ArrayRef,
        column: &mut Column,
        report: &mut dyn FnMut(usize, &CellOutcome, &str),
    ) {
        let found = array.as_dictionary::<Int32Type>();
        let values = found.values();
        let same = self.values.as_ref().is_some_and(|old| old.to_data().ptr_eq(&values.to_data()));
        if !same {
            reader.clear_dictionary();
            self.values = Some(values.clone());
            self.entries.clear();
            self.entries.resize(values.len(), UNREAD);
        }
        let texts = values.as_string::<i32>();
        let keys = found.keys();
        for row in 0..keys.len() {
            let key = if keys.is_valid(row) { usize::try_from(keys.value(row)).ok() } else { None };
            let Some((entry, key)) = key.and_then(|key| Some((self.entries.get_mut(key)?, key)))
            else {
                column.push_not_answered();
                continue;
            };
            let text = if texts.is_valid(key) { texts.value(key) } else { "" };
            if *entry == UNREAD {
                *entry = reader.add_dictionary_entry(text);
            }
            report(row, &reader.push_dictionary_entry(*entry, column), text);
        }
    }
}
