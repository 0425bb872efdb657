//! Columns with types as answers.
//!
//! Owns the ways from typed values to answers that are faster than text: yes/no as bits, texts of a
//! dictionary once each. Everything else goes through its text, which is the meaning; a test holds a
//! Parquet file to the CSV of the same content.

use super::values::{kind_of, texts};
use crate::columns::{Came, ColumnReader};
use arrow_array::cast::AsArray as _;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use export_advisor_core::evaluate::Column;
use export_advisor_core::facts::Kind;

/// Not looked at yet.
const NEW: u32 = u32::MAX;

/// What is remembered of a dictionary from batch to batch.
#[derive(Debug, Default)]
pub struct Memory {
    /// Kept, so that no other dictionary can take its place in memory.
    values: Option<ArrayRef>,
    /// Per text, what it was read as.
    places: Vec<u32>,
}

impl Memory {
    /// Reads a column into the answers to its fact, and tells what came of each row.
    pub fn read(
        &mut self,
        reader: &mut ColumnReader<'_>,
        array: &ArrayRef,
        column: &mut Column,
        tell: &mut dyn FnMut(usize, &Came, &str),
    ) {
        match array.data_type() {
            DataType::Boolean if reader.fact.kind == Kind::Bool => {
                let given = array.as_boolean();
                let all = vec![u64::MAX; given.len().div_ceil(64)];
                let known = match given.nulls() {
                    Some(nulls) => nulls.inner().bit_chunks().iter_padded().collect(),
                    None => all,
                };
                let yes = given.values().bit_chunks();
                for (first, (known, yes)) in
                    (0..).step_by(64).zip(known.into_iter().zip(yes.iter_padded()))
                {
                    let rows = given.len().saturating_sub(first).min(64);
                    let within = u64::MAX
                        .checked_shl(u32::try_from(rows).unwrap_or(64))
                        .map_or(u64::MAX, |beyond| !beyond);
                    column.push_bools(rows, known & within, yes, 0);
                }
            }
            DataType::Dictionary(key, value)
                if **key == DataType::Int32 && **value == DataType::Utf8 =>
            {
                self.dictionary(reader, array, column, tell);
            }
            DataType::Utf8 => {
                let given = array.as_string::<i32>();
                for row in 0..given.len() {
                    let text = if given.is_valid(row) { given.value(row) } else { "" };
                    tell(row, &reader.push(text, column), text);
                }
            }
            DataType::Utf8View => {
                let given = array.as_string_view();
                for row in 0..given.len() {
                    let text = if given.is_valid(row) { given.value(row) } else { "" };
                    tell(row, &reader.push(text, column), text);
                }
            }
            kind => {
                let (value, kind) = (texts(array), kind_of(kind));
                let mut text = String::new();
                for row in 0..array.len() {
                    text.clear();
                    let _ = value(row, &mut text);
                    tell(row, &reader.push_as(&text, kind, column), &text);
                }
            }
        }
    }

    fn dictionary(
        &mut self,
        reader: &mut ColumnReader<'_>,
        array: &ArrayRef,
        column: &mut Column,
        tell: &mut dyn FnMut(usize, &Came, &str),
    ) {
        let found = array.as_dictionary::<Int32Type>();
        let values = found.values();
        let same = self.values.as_ref().is_some_and(|old| old.to_data().ptr_eq(&values.to_data()));
        if !same {
            reader.forget();
            self.values = Some(values.clone());
            self.places.clear();
            self.places.resize(values.len(), NEW);
        }
        let words = values.as_string::<i32>();
        let keys = found.keys();
        for row in 0..keys.len() {
            let key = if keys.is_valid(row) { usize::try_from(keys.value(row)).ok() } else { None };
            let Some((place, key)) = key.and_then(|key| Some((self.places.get_mut(key)?, key)))
            else {
                column.push_not_answered();
                continue;
            };
            let text = if words.is_valid(key) { words.value(key) } else { "" };
            if *place == NEW {
                *place = reader.learn(text);
            }
            tell(row, &reader.push_learned(*place, column), text);
        }
    }
}
