//! What the beginning of a text says about it: its delimiter, and how much of it is understood.
//!
//! Owns the guess of the delimiter, and the count of known headers and values by which two encodings are compared. A
//! sample of text goes in; it reads no file and decides nothing by itself.

use crate::read::csv::records::{Records, first_records};
use crate::read::ndjson;
use crate::read::text_options::TextOptions;
use crate::table::format::FileFormat;
use crate::table::header::Headers;
use crate::table::header_rows::{self, HeaderRows, SEARCHED};
use crate::table::limits::Limit;
use export_advisor_core::facts::Profile;
use export_advisor_core::wording::Lang;

/// The delimiter of the first line that has any, since a title may stand above the header: the comma, or else what
/// the line has most of. A first line that is the header of one column has none.
pub(crate) fn delimiter(text: &[u8], headers: &Headers<'_>) -> u8 {
    let mut lines = text.split(|b| matches!(b, b'\n' | b'\r')).filter(|line| !line.is_empty());
    let of_line = |line: &[u8]| {
        let count = |wanted: u8| line.iter().filter(|b| **b == wanted).count();
        if count(b',') > 0 {
            return Some(b',');
        }
        let others = [b'\t', b';', b'|'].into_iter().rev().max_by_key(|d| count(*d));
        others.filter(|d| count(*d) > 0)
    };
    let Some(first) = lines.next() else { return b',' };
    let is_header = || headers.knows(&String::from_utf8_lossy(first));
    of_line(first)
        .or_else(|| lines.take(SEARCHED).find_map(of_line).filter(|_| !is_header()))
        .unwrap_or(b',')
}

/// The delimiter that a first line `sep=;` states, as some spreadsheets write it, and the offset after the line.
pub(crate) fn stated_delimiter(text: &[u8]) -> Option<(u8, usize)> {
    let rest = text.strip_prefix(b"sep=")?;
    match rest {
        [delimiter, b'\r', b'\n', ..] => Some((*delimiter, b"sep=;\r\n".len())),
        [delimiter, b'\r' | b'\n', ..] => Some((*delimiter, b"sep=;\n".len())),
        _ => None,
    }
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
    let (stated, text) = match stated_delimiter(text.as_bytes()) {
        Some((delimiter, end)) => (Some(delimiter), text.get(end..).unwrap_or("")),
        None => (None, text),
    };
    let delimiter_byte = match options.format {
        FileFormat::Tsv => b'\t',
        _ => options
            .delimiter
            .or(stated)
            .unwrap_or_else(|| delimiter(text.as_bytes(), options.headers)),
    };
    let records = first_records(text.as_bytes(), delimiter_byte, most, SEARCHED, true);
    let rows: Vec<Vec<String>> = records.iter().map(|record| record.cells.clone()).collect();
    if rows.is_empty() {
        return 0;
    }
    let HeaderRows { last, names, .. } =
        header_rows::find(&rows, options.headers, options.mappings);
    let end = records.get(last).map_or(0, |record| record.end);
    let known = names.iter().filter(|name| !name.is_ascii() && options.headers.knows(name)).count();
    let Ok(columns) = options.headers.read(&names, &[], Lang::Zh) else { return known };
    let rest = text.get(end..).unwrap_or("");
    let lines: usize =
        rest.split_inclusive('\n').take(ROWS.min(CELLS / names.len().max(1))).map(str::len).sum();
    let rows = rest.get(..lines).unwrap_or("");
    let cells = Records::new(delimiter_byte).read(rows.into(), names.len());
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
