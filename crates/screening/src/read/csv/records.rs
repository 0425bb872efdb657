//! The cells of whole records.
//!
//! Owns reading the cells of a chunk of delimited text, and of a header. Records without quotes are cut at the
//! delimiters, 64 bytes at a time; all others are read by `csv-core`. A row with too few or too many cells has a
//! fault.

use super::boundaries::last_boundary;
use crate::fast::bytes::{WIDTH, structure};
use crate::table::cells::{Cells, RowFault};
use crate::table::delimited::{is_formula, unguarded};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use std::borrow::Cow;

/// Reads the cells of chunks of whole records. It keeps the buffers for records with quotes.
pub(crate) struct Records {
    quoted: Quoted,
    delimiter: u8,
}

impl Records {
    /// A reader of records whose cells are separated by `delimiter`.
    pub(crate) fn new(delimiter: u8) -> Self {
        Self { quoted: Quoted::new(delimiter), delimiter }
    }

    /// The cells of whole records, rows of `columns` cells each. Blank lines are no rows and are skipped.
    ///
    /// A row with too few cells is padded with blanks, one with too many is cut; both have a fault, unless the
    /// surplus is blank, as it is where a spreadsheet once used more columns.
    pub(crate) fn read<'t>(&mut self, text: Cow<'t, str>, columns: usize) -> Cells<'t> {
        let mut cells = Cells::new(columns);
        let mut unquoted = String::new();
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(first) = bytes.get(at) {
            if matches!(first, b'\r' | b'\n') {
                let both = *first == b'\r' && bytes.get(at + 1) == Some(&b'\n');
                // The line end of the previous record has been passed.
                cells.skip(1);
                at += if both { 2 } else { 1 };
                continue;
            }
            let start = at;
            let mut may_be_formula = false;
            let plain = plain(bytes, at, self.delimiter, &mut cells, &mut may_be_formula);
            let end = plain.unwrap_or_else(|| {
                may_be_formula = true;
                self.quoted.record(bytes, start, text.len(), &mut unquoted, &mut cells)
            });
            finish(&mut cells, &text, &unquoted, start..end, columns, may_be_formula);
            at = match (bytes.get(end), bytes.get(end + 1)) {
                (Some(b'\r'), Some(b'\n')) => end + 2,
                (Some(_), _) => end + 1,
                (None, _) => break,
            };
        }
        let mut text = text;
        if !unquoted.is_empty() {
            text.to_mut().push_str(&unquoted);
        }
        cells.set_text(text);
        cells
    }
}

/// One of the first records of a text.
#[derive(Debug)]
pub(crate) struct FirstRecord {
    /// Its cells, without the guards against formulas.
    pub(crate) cells: Vec<String>,
    /// How many rows are before it, blank ones counted.
    pub(crate) position: usize,
    /// The offset at which it begins.
    pub(crate) start: usize,
    /// The offset after its line end.
    pub(crate) end: usize,
}

/// The first records of a text, as many as are wanted and complete; the last record of the whole text is complete
/// without a line end, unless it has an open quote. Of more than `most` cells only one more is given.
pub(crate) fn first_records(
    bytes: &[u8],
    delimiter: u8,
    most: usize,
    wanted: usize,
    is_whole: bool,
) -> Vec<FirstRecord> {
    let mut found: Vec<FirstRecord> = Vec::new();
    let (mut start, mut position) = (0, 0);
    while found.len() < wanted {
        let rest = bytes.get(start..).unwrap_or_default();
        let line_end = |bytes: &[u8]| match bytes {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        if rest.is_empty() {
            break;
        }
        let blank = line_end(rest);
        if blank > 0 {
            (start, position) = (start + blank, position + 1);
            continue;
        }
        let (cells, end) = read_header(rest, delimiter, most);
        let after = rest.get(end..).unwrap_or_default();
        // Where the text ends, the record or its line end may be incomplete.
        let is_complete = after.len() > 1 || is_whole;
        if !is_complete
            || last_boundary(rest.get(..end).unwrap_or_default(), delimiter).open_quote.is_some()
        {
            break;
        }
        let end = start + end + line_end(after);
        found.push(FirstRecord { cells, position, start, end });
        (start, position) = (end, position + 1);
    }
    found
}

/// The cells of the first record, without the guards against formulas, and its end. Of more than `most` cells only
/// one more is given.
fn read_header(bytes: &[u8], delimiter: u8, most: usize) -> (Vec<String>, usize) {
    let mut cells = Cells::new(usize::MAX);
    let mut unquoted = String::new();
    let end = plain(bytes, 0, delimiter, &mut cells, &mut false);
    let end = end.unwrap_or_else(|| {
        Quoted::new(delimiter).record(bytes, 0, bytes.len(), &mut unquoted, &mut cells)
    });
    let names = cells.spans_of_row().into_iter().take(most.saturating_add(1)).map(|range| {
        let name = if range.start >= bytes.len() && !unquoted.is_empty() {
            unquoted
                .get(range.start - bytes.len()..range.end - bytes.len())
                .unwrap_or("")
                .to_owned()
        } else {
            String::from_utf8_lossy(bytes.get(range).unwrap_or_default()).into_owned()
        };
        unguarded(name.trim()).to_owned()
    });
    (names.collect(), end)
}

/// Reads a record without quotes and returns its end; `None`, and no cells, if a cell begins with a quote.
fn plain(
    bytes: &[u8],
    start: usize,
    delimiter: u8,
    cells: &mut Cells<'_>,
    may_be_formula: &mut bool,
) -> Option<usize> {
    let complete = cells.cells_of_row();
    // Whether a cell begins with the next byte.
    let mut starts_before = 1;
    let (mut from, mut at) = (start, start);
    while at < bytes.len() {
        let rest = bytes.get(at..)?;
        let found = match rest.first_chunk() {
            Some(block) => structure(block, delimiter),
            None => {
                let mut padded = [b' '; WIDTH];
                padded.get_mut(..rest.len())?.copy_from_slice(rest);
                structure(&padded, delimiter)
            }
        };
        let end = found.lines & found.lines.wrapping_neg();
        // All positions up to the end of the record, or all.
        let within = end.wrapping_sub(1) | end;
        let mut ends = (found.delimiters | found.lines) & within;
        let starts = (ends << 1 | starts_before) & within;
        if found.quotes & starts != 0 {
            cells.truncate_row(complete);
            return None;
        }
        *may_be_formula |= found.formulas & starts != 0;
        starts_before = ends >> (WIDTH - 1);
        while ends != 0 {
            let offset = at + ends.trailing_zeros() as usize;
            cells.push_span(from..offset);
            from = offset + 1;
            ends &= ends - 1;
        }
        if end != 0 {
            return Some(at + end.trailing_zeros() as usize);
        }
        at += WIDTH;
    }
    cells.push_span(from..bytes.len());
    Some(bytes.len())
}

/// Ends a row: counts its cells and records its faults.
fn finish(
    cells: &mut Cells<'_>,
    text: &str,
    unquoted: &str,
    record: std::ops::Range<usize>,
    columns: usize,
    may_be_formula: bool,
) {
    let at = |range: std::ops::Range<usize>| {
        let past = range.start.wrapping_sub(text.len())..range.end.wrapping_sub(text.len());
        text.get(range).or_else(|| unquoted.get(past)).unwrap_or("")
    };
    let found = cells.cells_of_row();
    let raw = text.get(record.clone()).unwrap_or("");
    if memchr::memchr(0, raw.as_bytes()).is_some() {
        cells.fault(RowFault::Nul);
    }
    let mut whole = found == columns;
    if found < columns {
        cells.fault(RowFault::TooFew { found, expected: columns });
    } else if found > columns {
        let surplus = cells.surplus().into_iter().map(|range| at(range).to_owned());
        let surplus: Vec<String> = surplus.collect();
        if surplus.iter().any(|cell| !cell.trim().is_empty()) {
            cells.fault(RowFault::TooMany { found, expected: columns, surplus });
        }
        whole = false;
    }
    // A record with a cell that a spreadsheet could run is not copied: the writer adds the guard.
    whole = whole
        && !(may_be_formula && cells.spans_of_row().into_iter().any(|range| is_formula(at(range))));
    cells.push_record(if whole { record } else { 0..0 });
    cells.end_row();
}

/// Records with quotes, read by `csv-core`.
struct Quoted {
    reader: Reader,
    out: Vec<u8>,
    ends: Vec<usize>,
}

impl Quoted {
    fn new(delimiter: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        Self { reader, out: vec![0; 4096], ends: vec![0; 256] }
    }

    /// Reads the record at `start` into `unquoted` and returns its end. The spans of its cells are those in
    /// `unquoted`, moved by `offset`.
    fn record(
        &mut self,
        bytes: &[u8],
        start: usize,
        offset: usize,
        unquoted: &mut String,
        cells: &mut Cells<'_>,
    ) -> usize {
        self.reader.reset();
        // At the start of its input the reader removes U+FEFF as a byte-order mark; in a cell it is a character. A
        // line end before a record is skipped.
        let _ = self.reader.read_record(b"\n", &mut self.out, &mut self.ends);
        let (mut read, mut written, mut ended) = (start, 0, 0);
        loop {
            let input = bytes.get(read..).unwrap_or_default();
            let out = self.out.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(ended..).unwrap_or_default();
            let (result, ate, wrote, ends) = self.reader.read_record(input, out, ends);
            read += ate;
            written += wrote;
            ended += ends;
            match result {
                ReadRecordResult::OutputFull => self.out.resize(self.out.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                // Without more input the next call ends the record.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        let base = offset + unquoted.len();
        let text = self.out.get(..written).unwrap_or_default();
        // The cells are cut at ASCII characters, so they are valid UTF-8 if the record is.
        unquoted.push_str(&String::from_utf8_lossy(text));
        let mut from = 0;
        for end in self.ends.get(..ended).unwrap_or_default() {
            cells.push_span(base + from..base + end);
            from = *end;
        }
        // The reader stops after the first character of the line end.
        let last = read.checked_sub(1).and_then(|offset| bytes.get(offset));
        let ended = last.is_some_and(|b| matches!(b, b'\n' | b'\r'));
        if ended && read > start { read - 1 } else { read }
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::string_slice, reason = "tests")]
mod tests {
    use super::*;

    fn rows(text: &str, columns: usize) -> Vec<Vec<String>> {
        let cells = Records::new(b',').read(text.into(), columns);
        (0..cells.rows()).map(|row| cells.row(row).map(str::to_owned).collect()).collect()
    }

    /// The same by `csv-core` alone.
    fn reference(text: &str, columns: usize) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        let mut reader = ReaderBuilder::new().build();
        let (mut out, mut ends) = (vec![0; 10_000], vec![0; 1_000]);
        let mut bytes = text.as_bytes();
        let (mut written, mut ended) = (0, 0);
        loop {
            let (result, read, wrote, more) =
                reader.read_record(bytes, &mut out[written..], &mut ends[ended..]);
            bytes = &bytes[read..];
            written += wrote;
            ended += more;
            match result {
                ReadRecordResult::Record => {
                    let mut from = 0;
                    let mut cells: Vec<String> = ends[..ended]
                        .iter()
                        .map(|end| {
                            let cell = String::from_utf8(out[from..*end].to_vec()).unwrap();
                            from = *end;
                            cell
                        })
                        .collect();
                    cells.resize(columns, String::new());
                    found.push(cells);
                    (written, ended) = (0, 0);
                }
                ReadRecordResult::End => return found,
                _ => {}
            }
        }
    }

    #[test]
    fn cells_are_those_of_csv_core_and_cuts_do_not_change_them() {
        let mut rng = fastrand::Rng::with_seed(4);
        for _ in 0..20_000 {
            let pieces = ["a", "小", ",", ",", "\n", "\r\n", "\r", "\"", "\"\"", "\",", ",\"", " "];
            let text: String =
                (0..rng.usize(0..24)).map(|_| pieces[rng.usize(0..pieces.len())]).collect();
            let expected = reference(&text, 3);
            assert_eq!(rows(&text, 3), expected, "{text:?}");
            let offset = crate::read::csv::boundaries::last_boundary(text.as_bytes(), b',').end;
            let mut cut = rows(&text[..offset], 3);
            cut.extend(rows(&text[offset..], 3));
            assert_eq!(cut, expected, "{text:?} cut at {offset}");
        }
    }

    #[test]
    fn surplus_and_missing_cells_are_faults() {
        let text = "a,b\n\n1\n1,2,,\n1,2,\"x,y\"\n\"a\0\",b";
        let cells = Records::new(b',').read(text.into(), 2);
        assert_eq!(cells.skipped(), 1);
        assert_eq!(cells.rows(), 5);
        assert_eq!([0, 1, 4].map(|row| cells.position(row)), [0, 2, 5]);
        let expected = [
            (1, RowFault::TooFew { found: 1, expected: 2 }),
            (3, RowFault::TooMany { found: 3, expected: 2, surplus: vec!["x,y".to_owned()] }),
            (4, RowFault::Nul),
        ];
        assert_eq!(cells.faults(), expected);
        assert_eq!(cells.record(0), Some("a,b"));
        assert_eq!(cells.record(2), None, "blank surplus is not copied");
    }
}
