//! Text formats: encoding, delimiter, columns, and the cutting of a stream into chunks of whole records.
//!
//! Owns everything that must happen in order; what can happen chunk by chunk is left to the workers. In
//! go bytes, out come chunks of UTF-8 that begin and end where records do.

use super::csv;
use super::encoding::{Choice, Evidence, Utf8, choose};
use super::error::ScreenError;
use super::format::Format;
use super::header::Headers;
use super::input::Source;
use super::limits::{Exceeded, Limit, Limits};
use super::ndjson;
use super::reader::Body;
use export_advisor_core::evaluate::TILE_ROWS;
use export_advisor_core::facts::{LocalizedText, Profile, Reference};
use export_advisor_core::wording::Lang;
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
    pub catalogue: &'a export_advisor_core::facts::Catalogue,
    /// What is read at most.
    pub limits: Limits,
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
    /// How many rows a chunk has at most, however short they are: each becomes as many cells as the header has,
    /// and all that is added to it.
    most_rows: usize,
    limits: Limits,
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
            most_rows: 0,
            limits: options.limits,
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
                let most = options.limits.size(Limit::Columns);
                let text = String::from_utf8_lossy(&reader.text);
                reader.columns = ndjson::keys(&text, !reader.done, most);
                if reader.columns.is_empty() {
                    return Err(ScreenError::NoObject(reader.path));
                }
            }
        }
        let most = options.limits.check(Limit::Columns, reader.columns.len());
        most.map_err(ScreenError::limit(&reader.path))?;
        reader.most_rows = options.limits.chunk / row_memory(&reader.columns);
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
            let most = self.limits.size(Limit::Columns);
            let (names, end) = csv::header(&self.text, self.delimiter, most);
            if end > self.limits.size(Limit::Line) {
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
        if self.text.len() > self.limits.size(Limit::Line) {
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
        // A chunk ends where the list says so, however much of it a read happened to bring.
        let longest = self.limits.size(Limit::Line);
        let mut most = self.aim.min(longest.saturating_add(1));
        loop {
            while !self.done && self.text.len() < most {
                self.grow()?;
            }
            if self.text.is_empty() && self.done {
                return Ok(None);
            }
            let window = self.text.get(..most.min(self.text.len())).unwrap_or_default();
            let last = self.done && window.len() == self.text.len();
            let end = self.end(window, last)?;
            if end > 0 {
                let end = self.few(end);
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
            if most > longest {
                return Err(self.too_long());
            }
            most = most.saturating_mul(2).min(longest.saturating_add(1));
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

    /// Where the first record ends, which is longer than a chunk should be; 0 if that is not read yet.
    fn first(&self) -> Result<usize, ScreenError> {
        let end = match self.format {
            Format::Ndjson => memchr::memchr(b'\n', &self.text).map_or(0, |index| index + 1),
            _ => csv::first(&self.text, self.delimiter),
        };
        if end == 0 && self.done { self.end(&self.text, true) } else { Ok(end) }
    }

    /// The end of the last record up to `end` with which a chunk has not too many rows.
    fn few(&self, end: usize) -> usize {
        let chunk = self.text.get(..end).unwrap_or_default();
        let most = self.most_rows.max(1);
        if memchr::memchr2_iter(b'\n', b'\r', chunk).count() <= most {
            return end;
        }
        let last = memchr::memchr2_iter(b'\n', b'\r', chunk).nth(most - 1);
        let few = last.and_then(|last| chunk.get(..=last)).unwrap_or(chunk);
        let cut = match self.format {
            Format::Ndjson => memchr::memrchr(b'\n', few).map_or(0, |index| index + 1),
            _ => csv::cut(few, self.delimiter).end,
        };
        if cut > 0 { cut } else { self.first().ok().filter(|first| *first > 0).unwrap_or(end) }
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
            None => ScreenError::Limit {
                path: self.path.clone(),
                line: Some(self.lines + 1),
                exceeded: Exceeded { limit: Limit::Line, most: self.limits.get(Limit::Line) },
            },
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
    pub fn told(&self) -> Vec<LocalizedText> {
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
        let mut told = vec![LocalizedText {
            zh: format!("编码：{name}（{zh}）。如不对，请用 --encoding 指明。"),
            en: format!("encoding: {name} ({en}); --encoding overrules it"),
        }];
        if self.format == Format::Csv && self.delimiter != b',' {
            let shown = match self.delimiter {
                b'\t' => "Tab".to_owned(),
                other => format!("“{}”", char::from(other)),
            };
            told.push(LocalizedText {
                zh: format!("分隔符：{shown}"),
                en: format!("delimiter: {shown}"),
            });
        }
        told
    }
}

fn failed(path: &std::path::Path, source: io::Error) -> ScreenError {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    let path = path.to_owned();
    if let Some(exceeded) = source.get_ref().and_then(|inner| inner.downcast_ref::<Exceeded>()) {
        return ScreenError::limit(path)(*exceeded);
    }
    match source.kind() {
        UnexpectedEof | InvalidData | InvalidInput | Other => ScreenError::Packed { path, source },
        _ => ScreenError::Io { path, source },
    }
}

/// About how much memory a row needs at most on its way, beside its own text.
fn row_memory(columns: &[String]) -> usize {
    /// What is added to a row, in text.
    const ADDED: usize = 2048;
    /// What a cell is read into.
    const CELL: usize = 16;
    // A row of an output that names its cells has all names.
    ADDED + columns.iter().map(|name| CELL + name.len()).sum::<usize>()
}

/// How long the next chunk should be, where so many bytes had so many rows.
fn aim(bytes: usize, rows: usize) -> usize {
    let fit = (CHUNK * rows / bytes.max(1) / TILE_ROWS).max(1) * TILE_ROWS;
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
    /// Enough cells too.
    const CELLS: usize = 1 << 18;
    let most = options.limits.size(Limit::Columns);
    if options.format == Format::Ndjson {
        return ndjson::keys(text, true, most)
            .iter()
            .filter(|key| options.headers.knows(key))
            .count();
    }
    let parts = match options.format {
        Format::Tsv => b'\t',
        _ => options.delimiter.unwrap_or_else(|| delimiter(text.as_bytes())),
    };
    let (names, end) = csv::header(text.as_bytes(), parts, most);
    let known = names.iter().filter(|name| !name.is_ascii() && options.headers.knows(name)).count();
    let Ok(columns) = options.headers.read(&names, &[], Lang::Zh) else { return known };
    let rest = text.get(end..).unwrap_or("");
    let lines: usize =
        rest.split_inclusive('\n').take(ROWS.min(CELLS / names.len().max(1))).map(str::len).sum();
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
