//! Text formats: a stream of bytes as chunks of whole records.
//!
//! Owns everything that must happen in the order of the file: the choice of encoding and delimiter, the header, and
//! the cutting of the stream into chunks. Bytes go in; chunks of UTF-8 come out, which begin and end where records
//! do. The screeners parse the chunks. A chunk's end depends on the list alone, never on how much a read happens to
//! return.

use super::csv::boundaries::{first_boundary, last_boundary};
use super::csv::records::{FirstRecord, first_records};
use super::detect::{delimiter, meaning, stated_delimiter};
use super::input::Source;
use super::ndjson;
use super::text_options::TextOptions;
use crate::error::ScreenError;
use crate::table::encoding::{Choice, Evidence, Utf8, choose};
use crate::table::format::FileFormat;
use crate::table::header_rows::{self, HeaderRows, SEARCHED};
use crate::table::limits::{Exceeded, Limit, Limits};
use export_advisor_core::evaluate::TILE_ROWS;
use export_advisor_core::facts::LocalizedText;
use std::io::{self, Read};
use std::path::PathBuf;

/// How much of a file is read before anything is decided.
const SAMPLE: usize = 1 << 20;

/// The size of a chunk of short records.
const CHUNK: usize = 128 << 10;

/// The most bytes of a chunk of long records, unless a single one is longer.
const LARGEST: usize = 4 * CHUNK;

/// A text that is being read.
pub(crate) struct TextReader {
    path: PathBuf,
    source: Source,
    utf8: Utf8,
    /// How the encoding was chosen.
    pub(crate) choice: Choice,
    /// The format.
    pub(crate) format: FileFormat,
    /// The delimiter of the cells.
    pub(crate) delimiter: u8,
    columns: Vec<String>,
    text: Vec<u8>,
    raw: Vec<u8>,
    /// Buffers of chunks that have been screened.
    free_buffers: Vec<Vec<u8>>,
    /// How many bytes have about as many rows as are evaluated together, or a multiple of them.
    target_size: usize,
    /// The most rows of a chunk, however short they are: each becomes as many cells as the header has, and the added
    /// ones.
    max_rows: usize,
    limits: Limits,
    at_end: bool,
    /// The lines that have been delivered.
    lines: u64,
    /// The rows up to the first one of a firm, as spreadsheets count them.
    position: usize,
    header_note: Option<LocalizedText>,
}

impl TextReader {
    /// Opens a text: reads its beginning and the header.
    ///
    /// # Errors
    /// The file cannot be read, is empty, or its header has no end.
    pub(crate) fn open(
        path: PathBuf,
        mut source: Source,
        options: &TextOptions<'_>,
    ) -> Result<Self, ScreenError> {
        let mut raw = Vec::new();
        let limit = u64::try_from(SAMPLE).unwrap_or(u64::MAX);
        source
            .by_ref()
            .take(limit)
            .read_to_end(&mut raw)
            .map_err(|e| ScreenError::source(&path, e))?;
        let whole = raw.len() < SAMPLE;
        let choice =
            options.encoding.unwrap_or_else(|| choose(&raw, whole, &|text| meaning(text, options)));
        let mut reader = Self {
            path,
            source,
            utf8: Utf8::new(choice.encoding),
            choice,
            format: options.format,
            delimiter: b',',
            columns: Vec::new(),
            text: Vec::new(),
            raw: Vec::new(),
            free_buffers: Vec::new(),
            target_size: CHUNK,
            max_rows: 0,
            limits: options.limits,
            at_end: whole,
            lines: 0,
            position: 0,
            header_note: None,
        };
        reader.utf8.add(&raw, whole, &mut reader.text);
        match options.format {
            FileFormat::Csv | FileFormat::Tsv => reader.read_header(options)?,
            _ if whole && reader.text.trim_ascii().is_empty() => {
                return Err(ScreenError::Empty(reader.path));
            }
            _ => {
                while !reader.at_end && !reader.text.contains(&b'\n') {
                    reader.read_on()?;
                }
                let most = options.limits.size(Limit::Columns);
                let text = String::from_utf8_lossy(&reader.text);
                reader.columns = ndjson::keys(&text, !reader.at_end, most);
                if reader.columns.is_empty() {
                    return Err(ScreenError::NoObject(reader.path));
                }
            }
        }
        let most = options.limits.check(Limit::Columns, reader.columns.len());
        most.map_err(ScreenError::limit(&reader.path))?;
        reader.max_rows = options.limits.chunk / row_memory(options.added, &reader.columns);
        Ok(reader)
    }

    fn read_header(&mut self, options: &TextOptions<'_>) -> Result<(), ScreenError> {
        let stated = stated_delimiter(&self.text).filter(|_| options.format != FileFormat::Tsv);
        if let Some((_, end)) = stated {
            self.lines += 1;
            self.position += 1;
            self.text.drain(..end);
        }
        self.delimiter = match options.format {
            FileFormat::Tsv => b'\t',
            _ => (options.delimiter.or(stated.map(|(delimiter, _)| delimiter)))
                .unwrap_or_else(|| delimiter(&self.text, options.headers)),
        };
        let wanted = options.header_row.map_or(SEARCHED, |row| row.max(SEARCHED));
        let most = self.limits.size(Limit::Columns);
        let records = loop {
            if self.at_end && self.text.iter().all(|b| matches!(b, b'\n' | b'\r')) {
                return Err(ScreenError::Empty(self.path.clone()));
            }
            let found = first_records(&self.text, self.delimiter, most, wanted, self.at_end);
            if !found.is_empty() {
                break found;
            }
            // A first record that is whole and does not end has an open quote.
            if self.at_end {
                return Err(self.too_long());
            }
            self.read_on()?;
        };
        let (first, last, names) = match options.header_row {
            None => {
                let rows: Vec<_> = records.iter().map(|record| record.cells.clone()).collect();
                let HeaderRows { first, last, names } =
                    header_rows::find(&rows, options.headers, options.mappings);
                (first, last, names)
            }
            Some(row) => {
                let is_it = |record: &FirstRecord| self.position + record.position + 1 == row;
                let found = records.iter().position(is_it).ok_or(ScreenError::NoHeaderRow(row))?;
                let names = records.get(found).map(|record| record.cells.clone());
                (found, found, names.unwrap_or_default())
            }
        };
        let [Some(upper), Some(lower)] = [first, last].map(|index| records.get(index)) else {
            return Err(ScreenError::Empty(self.path.clone()));
        };
        if lower.end - upper.start > self.limits.size(Limit::Line) {
            return Err(self.too_long());
        }
        let number = |record: &FirstRecord| (self.position + record.position + 1) as u64;
        self.header_note = header_rows::note(number(upper), number(lower), first);
        self.position += lower.position + 1;
        self.columns = names;
        self.lines += lines(self.text.get(..lower.end).unwrap_or_default());
        self.text.drain(..lower.end);
        Ok(())
    }

    /// Doubles the text while the first record has not ended, so that repeated searches for its end take a few
    /// times its length.
    fn read_on(&mut self) -> Result<(), ScreenError> {
        if self.text.len() > self.limits.size(Limit::Line) {
            return Err(self.too_long());
        }
        let wanted = 2 * self.text.len().max(CHUNK);
        while !self.at_end && self.text.len() < wanted {
            self.read_more()?;
        }
        Ok(())
    }

    /// The names of the columns.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows up to the first one of a firm, as spreadsheets count them.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// The next records.
    ///
    /// # Errors
    /// The file cannot be read on, or a record has no end.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, ScreenError> {
        // The end of a chunk depends on the list alone, not on how much a read returned.
        let longest = self.limits.size(Limit::Line);
        let mut most = self.target_size.min(longest.saturating_add(1));
        loop {
            while !self.at_end && self.text.len() < most {
                self.read_more()?;
            }
            if self.text.is_empty() && self.at_end {
                return Ok(None);
            }
            let text = self.text.get(..most.min(self.text.len())).unwrap_or_default();
            let last = self.at_end && text.len() == self.text.len();
            let end = self.last_end(text, last)?;
            if end > 0 {
                let end = self.limit_rows(end);
                let mut rest = self.free_buffers.pop().unwrap_or_default();
                rest.clear();
                rest.extend_from_slice(self.text.get(end..).unwrap_or_default());
                self.text.truncate(end);
                let chunk = std::mem::replace(&mut self.text, rest);
                let rows = lines(&chunk);
                self.lines += rows;
                self.target_size = target_size(chunk.len(), usize::try_from(rows).unwrap_or(0));
                return Ok(Some(chunk));
            }
            if most > longest {
                return Err(self.too_long());
            }
            most = most.saturating_mul(2).min(longest.saturating_add(1));
        }
    }

    /// Takes the buffer of a screened chunk, to use it again.
    pub(crate) fn reuse(&mut self, buffer: Vec<u8>) {
        if (1..=LARGEST).contains(&buffer.capacity()) {
            self.free_buffers.push(buffer);
        }
    }

    /// The end of the last whole record of a text; of the last text, its length.
    fn last_end(&self, text: &[u8], last: bool) -> Result<usize, ScreenError> {
        if self.format == FileFormat::Ndjson {
            let end = memchr::memrchr(b'\n', text).map_or(0, |index| index + 1);
            return Ok(if last { text.len() } else { end });
        }
        let boundary = last_boundary(text, self.delimiter);
        match boundary.open_quote {
            Some(quote) if last => {
                let before = text.get(..quote).unwrap_or_default();
                Err(ScreenError::OpenQuote { line: self.lines + lines(before) + 1 })
            }
            _ if last => Ok(text.len()),
            _ => Ok(boundary.end),
        }
    }

    /// The end of the first record, which is longer than a chunk should be; 0 if it is not read yet.
    fn first_end(&self) -> Result<usize, ScreenError> {
        let end = match self.format {
            FileFormat::Ndjson => memchr::memchr(b'\n', &self.text).map_or(0, |index| index + 1),
            _ => first_boundary(&self.text, self.delimiter),
        };
        if end == 0 && self.at_end { self.last_end(&self.text, true) } else { Ok(end) }
    }

    /// The end of the last record up to `end` that keeps the number of rows within `max_rows`.
    fn limit_rows(&self, end: usize) -> usize {
        let chunk = self.text.get(..end).unwrap_or_default();
        let most = self.max_rows.max(1);
        if memchr::memchr2_iter(b'\n', b'\r', chunk).count() <= most {
            return end;
        }
        let last_line = memchr::memchr2_iter(b'\n', b'\r', chunk).nth(most - 1);
        let few = last_line.and_then(|last| chunk.get(..=last)).unwrap_or(chunk);
        let end_of_few = match self.format {
            FileFormat::Ndjson => memchr::memrchr(b'\n', few).map_or(0, |index| index + 1),
            _ => last_boundary(few, self.delimiter).end,
        };
        if end_of_few > 0 {
            return end_of_few;
        }
        self.first_end().ok().filter(|first| *first > 0).unwrap_or(end)
    }

    fn too_long(&self) -> ScreenError {
        let quote = match self.format {
            FileFormat::Ndjson => None,
            _ => last_boundary(&self.text, self.delimiter).open_quote,
        };
        match quote {
            Some(quote) => {
                let before = self.text.get(..quote).unwrap_or_default();
                ScreenError::OpenQuote { line: self.lines + lines(before) + 1 }
            }
            None => ScreenError::Limit {
                path: self.path.clone(),
                line: Some(self.lines + 1),
                exceeded: Exceeded { limit: Limit::Line, most: self.limits.get(Limit::Line) },
            },
        }
    }

    /// Reads and decodes another piece of the source.
    fn read_more(&mut self) -> Result<(), ScreenError> {
        // UTF-8 is read to its final position.
        let is_copy = self.utf8.is_copy();
        let start = if is_copy { self.text.len() } else { 0 };
        let into = if is_copy { &mut self.text } else { &mut self.raw };
        into.resize(start + CHUNK, 0);
        let read = loop {
            match self.source.read(into.get_mut(start..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other.map_err(|e| ScreenError::source(&self.path, e))?,
            }
        };
        self.at_end = read == 0;
        into.truncate(start + read);
        if !is_copy {
            self.utf8.add(&self.raw, self.at_end, &mut self.text);
        }
        Ok(())
    }

    /// How the file is read, for the user.
    pub(crate) fn notes(&self) -> Vec<LocalizedText> {
        let name = self.choice.encoding.name();
        let (zh, en) = match self.choice.evidence {
            Evidence::Stated => ("按 --encoding", "as --encoding says"),
            Evidence::Bom => ("文件开头有字节顺序标记", "the file begins with its byte-order mark"),
            Evidence::Nuls => {
                ("每个英文字符旁都有空字节", "there is a NUL beside every ASCII character")
            }
            Evidence::Valid => ("全部字节都合乎 UTF-8", "all bytes are valid UTF-8"),
            Evidence::Converted => ("由网页或 JSON 转来", "converted"),
            Evidence::Ascii => {
                ("开头部分只有英文字符", "its beginning is all ASCII, which every encoding shares")
            }
            Evidence::Meaning => (
                "两种编码都读得通，但只有这样读表头和内容才有意义",
                "it can be read in two ways, and only so headers and values mean something",
            ),
            Evidence::NotUtf8 => ("字节不合乎 UTF-8", "its bytes are not UTF-8"),
            Evidence::LaterValue => (
                "后面有内容只有这样读才有意义",
                "a value further on means something only when read so",
            ),
        };
        let mut notes = Vec::new();
        // The encoding of the file has been told.
        if self.choice.evidence != Evidence::Converted {
            notes.push(LocalizedText {
                zh: format!("编码：{name}（{zh}）。如不对，请用 --encoding 指明。"),
                en: format!("encoding: {name} ({en}); --encoding overrules it"),
            });
        }
        if self.format == FileFormat::Csv && self.delimiter != b',' {
            let shown = match self.delimiter {
                b'\t' => "Tab".to_owned(),
                other => format!("“{}”", char::from(other)),
            };
            notes.push(LocalizedText {
                zh: format!("分隔符：{shown}"),
                en: format!("delimiter: {shown}"),
            });
        }
        notes.extend(self.header_note.clone());
        notes
    }
}

/// About how much memory a row needs at most while it is screened, beside its own text.
fn row_memory(added: usize, columns: &[String]) -> usize {
    /// The span of a cell.
    const CELL: usize = 16;
    // A row of NDJSON repeats all names.
    added + columns.iter().map(|name| CELL + name.len()).sum::<usize>()
}

/// The size of the next chunk, if so many bytes have so many rows.
fn target_size(bytes: usize, rows: usize) -> usize {
    let fit = (CHUNK * rows / bytes.max(1) / TILE_ROWS).max(1) * TILE_ROWS;
    // A hundredth less: a few rows above a multiple would cost as much as a whole batch.
    (fit * bytes / rows.max(1) / 100 * 99).clamp(1, LARGEST)
}

fn lines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}
