//! What the beginning of a text says about it: its delimiter, and how much of it is understood.
//!
//! Owns the guess of the delimiter, and the count of known headers and values by which two encodings are compared. A
//! sample of text goes in; it reads no file and decides nothing by itself.

use crate::read::csv::records::{Records, read_header};
use crate::read::ndjson;
use crate::read::text_options::TextOptions;
use crate::table::format::FileFormat;
use crate::table::limits::Limit;
use export_advisor_core::facts::Profile;
use export_advisor_core::wording::Lang;

/// The delimiter of the first line: the comma, unless it has none.
pub(crate) fn delimiter(text: &[u8]) -> u8 {
    let line = text.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default();
    let count = |wanted: u8| line.iter().filter(|b| **b == wanted).count();
    if count(b',') > 0 {
        return b',';
    }
    [b'\t', b';', b'|']
        .into_iter()
        .rev()
        .max_by_key(|d| count(*d))
        .filter(|d| count(*d) > 0)
        .unwrap_or(b',')
}

/// The number of known headers and values of a text in one encoding.
pub(crate) fn meaning(text: &str, options: &TextOptions<'_>) -> usize {
    /// The most rows that are read.
    const ROWS: usize = 500;
    /// The most cells that are read.
    const CELLS: usize = 1 << 18;
    let most = options.limits.size(Limit::Columns);
    if options.format == FileFormat::Ndjson {
        return ndjson::keys(text, true, most)
            .iter()
            .filter(|key| options.headers.knows(key))
            .count();
    }
    let delimiter_byte = match options.format {
        FileFormat::Tsv => b'\t',
        _ => options.delimiter.unwrap_or_else(|| delimiter(text.as_bytes())),
    };
    let (names, end) = read_header(text.as_bytes(), delimiter_byte, most);
    let known = names.iter().filter(|name| !name.is_ascii() && options.headers.knows(name)).count();
    let Ok(columns) = options.headers.read(&names, &[], Lang::Zh) else { return known };
    let rest = text.get(end..).unwrap_or("");
    let lines: usize =
        rest.split_inclusive('\n').take(ROWS.min(CELLS / names.len().max(1))).map(str::len).sum();
    let rows = rest.get(..lines).unwrap_or("");
    let (cells, _) = Records::new(delimiter_byte).read(rows.into(), names.len());
    let mut read = 0;
    for (column, mapped) in columns.facts.iter().enumerate() {
        let Some(mapped) = mapped else { continue };
        let fact = options.catalogue.fact(mapped.fact);
        for row in 0..cells.rows() {
            let cell = cells.get(row, column);
            if !cell.is_ascii() {
                let value = Profile::read_scaled(
                    fact,
                    &[cell],
                    mapped.shift,
                    options.reference,
                    &mut Vec::new(),
                );
                read += usize::from(value.is_ok());
            }
        }
    }
    known + read
}
