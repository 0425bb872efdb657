//! Text formats: encoding, delimiter, columns, and the cutting of a stream into chunks of whole records.
//!
//! Owns everything that must happen in order; what can happen chunk by chunk is left to the workers. In
//! go bytes, out come chunks of UTF-8 that begin and end where records do.

use super::csv::{self, LONGEST_RECORD};
use super::encoding::{Choice, Evidence, Utf8, choose};
use super::error::ScreenError;
use super::format::Format;
use super::header::Headers;
use super::input::Source;
use super::ndjson;
use super::reader::Body;
use crate::evaluate::ROWS_TOGETHER;
use crate::facts::{Profile, Reference, Texts};
use crate::wording::Lang;
use std::io::{self, Read};
use std::path::PathBuf;

/// How much of a file is looked at before anything is decided.
const SAMPLE: usize = 1 << 20;

/// The size of a chunk, if its records are not long.
const CHUNK: usize = 128 << 10;

/// The size of a chunk whose records are long, but none is longer.
const LARGEST: usize = 4 * CHUNK;

/// What the reader is told.
pub struct TextOptions<'a> {
    /// The form.
    pub format: Format,
    /// The encoding, if it was said or a second look was taken.
    pub encoding: Option<Choice>,
    /// The delimiter, if it was said.
    pub delimiter: Option<u8>,
    /// The headers that mean something.
    pub headers: &'a Headers<'a>,
    /// The code lists.
    pub reference: &'a Reference,
    /// The facts.
    pub catalogue: &'a crate::facts::Catalogue,
    /// The most rows of a chunk, if it is not measured by its bytes alone.
    pub rows: Option<usize>,
}

/// A text that is being read.
pub struct TextReader {
    path: PathBuf,
    source: Source,
    utf8: Utf8,
    /// How the encoding was chosen.
    pub choice: Choice,
    format: Format,
    /// What parts the cells.
    pub delimiter: u8,
    columns: Vec<String>,
    text: Vec<u8>,
    raw: Vec<u8>,
    /// Memory of chunks that are done with.
    spare: Vec<Vec<u8>>,
    /// How many bytes have about as many rows as are evaluated together, or a multiple of them.
    aim: usize,
    /// The most rows of a chunk.
    rows: Option<usize>,
    done: bool,
    lines: u64,
}

impl TextReader {
    /// Opens a text: looks at its beginning, and reads the header.
    ///
    /// # Errors
    /// The file cannot be read, is empty, or its header has no end.
    pub fn open(
        path: PathBuf,
        mut source: Source,
        options: &TextOptions<'_>,
    ) -> Result<Self, ScreenError> {
        let mut raw = Vec::new();
        let limit = u64::try_from(SAMPLE).unwrap_or(u64::MAX);
        source.by_ref().take(limit).read_to_end(&mut raw).map_err(|e| failed(&path, e))?;
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
            spare: Vec::new(),
            aim: CHUNK,
            rows: options.rows,
            done: whole,
            lines: 0,
        };
        reader.utf8.add(&raw, whole, &mut reader.text);
        match options.format {
            Format::Csv | Format::Tsv => reader.header(options)?,
            _ if whole && reader.text.trim_ascii().is_empty() => {
                return Err(ScreenError::Empty(reader.path));
            }
            _ => {
                while !reader.done && !reader.text.contains(&b'\n') {
                    reader.double()?;
                }
                reader.columns = ndjson::keys(&String::from_utf8_lossy(&reader.text), !reader.done);
                if reader.columns.is_empty() {
                    return Err(ScreenError::NoObject(reader.path));
                }
            }
        }
        Ok(reader)
    }

    fn header(&mut self, options: &TextOptions<'_>) -> Result<(), ScreenError> {
        let blank = self.text.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
        self.lines += lines(self.text.get(..blank).unwrap_or_default());
        self.text.drain(..blank);
        if self.text.is_empty() {
            return Err(ScreenError::Empty(self.path.clone()));
        }
        self.delimiter = match options.format {
            Format::Tsv => b'\t',
            _ => options.delimiter.unwrap_or_else(|| delimiter(&self.text)),
        };
        loop {
            let (names, end) = csv::header(&self.text, self.delimiter);
            if end > LONGEST_RECORD {
                return Err(self.too_long());
            }
            let rest = self.text.get(end..).unwrap_or_default();
            // The record may go on, or its line end may, where the text ends.
            if rest.len() < 2 && !self.done {
                self.double()?;
                continue;
            }
            if csv::cut(self.text.get(..end).unwrap_or_default(), self.delimiter)
                .open_quote
                .is_some()
            {
                return Err(ScreenError::OpenQuote { line: self.lines + 1 });
            }
            let crlf = rest.starts_with(b"\r\n");
            let end = end + if crlf { 2 } else { usize::from(!rest.is_empty()) };
            self.columns = names;
            self.lines += lines(self.text.get(..end).unwrap_or_default());
            self.text.drain(..end);
            return Ok(());
        }
    }

    /// Reads on where the first record has not ended: as much again, so that looking for its end anew each
    /// time stays within a few times its length.
    fn double(&mut self) -> Result<(), ScreenError> {
        if self.text.len() > LONGEST_RECORD {
            return Err(self.too_long());
        }
        let wanted = 2 * self.text.len().max(CHUNK);
        while !self.done && self.text.len() < wanted {
            self.grow()?;
        }
        Ok(())
    }

    /// The names of the columns.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The next records.
    ///
    /// # Errors
    /// The file cannot be read on, or a record has no end.
    #[expect(clippy::should_implement_trait, reason = "an error ends it: no iterator")]
    pub fn next(&mut self) -> Result<Option<Body>, ScreenError> {
        while !self.done && self.text.len() < self.aim {
            self.grow()?;
        }
        loop {
            if self.text.is_empty() && self.done {
                return Ok(None);
            }
            // Not more than a chunk at once, however large the sample was.
            let window = self.text.get(..self.aim.min(self.text.len())).unwrap_or_default();
            let window = match self.rows {
                Some(rows) => first_lines(window, rows),
                None => window,
            };
            let last = self.done && window.len() == self.text.len();
            let mut end = self.end(window, last)?;
            if end == 0 && window.len() < self.text.len() {
                let all = self.done;
                end = self.end(&self.text, all)?;
            }
            if end > 0 {
                let mut rest = self.spare.pop().unwrap_or_default();
                rest.clear();
                rest.extend_from_slice(self.text.get(end..).unwrap_or_default());
                self.text.truncate(end);
                let chunk = std::mem::replace(&mut self.text, rest);
                let rows = lines(&chunk);
                self.lines += rows;
                self.aim = aim(chunk.len(), usize::try_from(rows).unwrap_or(0));
                return Ok(Some(match self.format {
                    Format::Csv | Format::Tsv => Body::Csv(chunk),
                    _ => Body::Ndjson(chunk),
                }));
            }
            if self.text.len() > LONGEST_RECORD {
                return Err(self.too_long());
            }
            self.grow()?;
        }
    }

    /// Takes back the memory of a chunk, to be used again.
    pub fn reuse(&mut self, memory: Vec<u8>) {
        if (1..=LARGEST).contains(&memory.capacity()) {
            self.spare.push(memory);
        }
    }

    /// Where the last whole record of a text ends; of the last text, its end.
    fn end(&self, text: &[u8], last: bool) -> Result<usize, ScreenError> {
        if self.format == Format::Ndjson {
            let end = memchr::memrchr(b'\n', text).map_or(0, |place| place + 1);
            return Ok(if last { text.len() } else { end });
        }
        let cut = csv::cut(text, self.delimiter);
        match cut.open_quote {
            Some(quote) if last => {
                let before = text.get(..quote).unwrap_or_default();
                Err(ScreenError::OpenQuote { line: self.lines + lines(before) + 1 })
            }
            _ if last => Ok(text.len()),
            _ => Ok(cut.end),
        }
    }

    fn too_long(&self) -> ScreenError {
        let quote = match self.format {
            Format::Ndjson => None,
            _ => csv::cut(&self.text, self.delimiter).open_quote,
        };
        match quote {
            Some(quote) => {
                let before = self.text.get(..quote).unwrap_or_default();
                ScreenError::OpenQuote { line: self.lines + lines(before) + 1 }
            }
            None => ScreenError::TooLong { line: self.lines + 1, longest: LONGEST_RECORD },
        }
    }

    /// Reads on.
    fn grow(&mut self) -> Result<(), ScreenError> {
        // UTF-8 is read to where it stays.
        let as_is = self.utf8.is_as_is();
        let start = if as_is { self.text.len() } else { 0 };
        let into = if as_is { &mut self.text } else { &mut self.raw };
        into.resize(start + CHUNK, 0);
        let read = loop {
            match self.source.read(into.get_mut(start..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other.map_err(|e| failed(&self.path, e))?,
            }
        };
        self.done = read == 0;
        into.truncate(start + read);
        if !as_is {
            self.utf8.add(&self.raw, self.done, &mut self.text);
        }
        Ok(())
    }

    /// How the file was read.
    #[must_use]
    pub fn told(&self) -> Vec<Texts> {
        let name = self.choice.encoding.name();
        let (zh, en) = match self.choice.evidence {
            Evidence::Said => ("按 --encoding", "as --encoding says"),
            Evidence::Mark => {
                ("文件开头有字节顺序标记", "the file begins with its byte-order mark")
            }
            Evidence::Nuls => {
                ("每个英文字符旁都有空字节", "there is a NUL beside every ASCII character")
            }
            Evidence::Valid => ("全部字节都合乎 UTF-8", "all bytes are valid UTF-8"),
            Evidence::Ascii => {
                ("开头部分只有英文字符", "its beginning is all ASCII, which every encoding shares")
            }
            Evidence::Meaning => (
                "两种编码都读得通，但只有这样读表头和内容才有意义",
                "it can be read in two ways, and only so headers and values mean something",
            ),
            Evidence::NotUtf8 => ("字节不合乎 UTF-8", "its bytes are not UTF-8"),
            Evidence::SecondLook => (
                "后面有内容只有这样读才有意义",
                "a value further on means something only when read so",
            ),
        };
        let mut told = vec![Texts {
            zh: format!("编码：{name}（{zh}）。如不对，请用 --encoding 指明。"),
            en: format!("encoding: {name} ({en}); --encoding overrules it"),
        }];
        if self.format == Format::Csv && self.delimiter != b',' {
            let shown = match self.delimiter {
                b'\t' => "Tab".to_owned(),
                other => format!("“{}”", char::from(other)),
            };
            told.push(Texts {
                zh: format!("分隔符：{shown}"), en: format!("delimiter: {shown}")
            });
        }
        told
    }
}

/// The first lines of a text. A record may take several, and a line may end in a lone CR.
fn first_lines(text: &[u8], lines: usize) -> &[u8] {
    let last = memchr::memchr2_iter(b'\n', b'\r', text).nth(lines.saturating_sub(1));
    last.and_then(|last| text.get(..=last)).unwrap_or(text)
}

fn failed(path: &std::path::Path, source: io::Error) -> ScreenError {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    let path = path.to_owned();
    match source.kind() {
        UnexpectedEof | InvalidData | InvalidInput | Other => ScreenError::Packed { path, source },
        _ => ScreenError::Io { path, source },
    }
}

/// How long the next chunk should be, where so many bytes had so many rows.
fn aim(bytes: usize, rows: usize) -> usize {
    let fit = (CHUNK * rows / bytes.max(1) / ROWS_TOGETHER).max(1) * ROWS_TOGETHER;
    // A hundredth less, since a few rows too many would cost as much as many.
    (fit * bytes / rows.max(1) / 100 * 99).clamp(1, LARGEST)
}

fn lines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// What parts the cells of the first line: the comma, unless there is none.
fn delimiter(text: &[u8]) -> u8 {
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

/// How many headers and values of a reading mean something.
fn meaning(text: &str, options: &TextOptions<'_>) -> usize {
    /// Enough rows to tell.
    const ROWS: usize = 500;
    if options.format == Format::Ndjson {
        return ndjson::keys(text, true).iter().filter(|key| options.headers.knows(key)).count();
    }
    let parts = match options.format {
        Format::Tsv => b'\t',
        _ => options.delimiter.unwrap_or_else(|| delimiter(text.as_bytes())),
    };
    let (names, end) = csv::header(text.as_bytes(), parts);
    let known = names.iter().filter(|name| !name.is_ascii() && options.headers.knows(name)).count();
    let Ok(columns) = options.headers.read(&names, &[], Lang::Zh) else { return known };
    let rest = text.get(end..).unwrap_or("");
    let lines: usize = rest.split_inclusive('\n').take(ROWS).map(str::len).sum();
    let rows = rest.get(..lines).unwrap_or("");
    let (cells, _) = csv::Records::new(parts).read(rows.into(), names.len());
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
